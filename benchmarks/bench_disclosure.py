"""How long, how much memory and how much information does the door take over the whole country?

Simulated counts with many small ones on the real communes, EPCI, perimeters, départements and régions: one
variable per indicator, expected cases proportional to population. Prints cells by status, engines, weight lost,
time, peak memory, and what the audit finds. `--quick` runs 2 indicators over one région; `--sexes` adds F and M.

    python benchmarks/bench_disclosure.py --quick
"""

from __future__ import annotations

import argparse
import resource
import time
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cls_analysis import geography
from cls_analysis.disclosure import audit, audit_against, publish

REGION = "44"


@dataclass(frozen=True)
class Entry:
    """A made-up catalogue entry."""

    id: str
    numerator: str
    secrecy: str = "health"
    method: str = "rate"
    unit: str = "pour 100 000 habitants"
    denominator: str = "demo-population:population"
    scale: float = 100_000
    decimals: int = 1


def simulate(*, indicators: int, sexes: bool, quick: bool, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame, dict]:
    """THE TABLE of made-up counts, `members`, and the catalogue."""
    communes = geography.communes()
    members = geography.members()[["territory_type", "territory", "code_commune"]]
    if quick:
        keep = communes.loc[communes["region"].astype(str) == REGION, "code_commune"]
        inside = members["code_commune"].isin(list(keep))
        whole = inside.groupby([members["territory_type"], members["territory"]]).transform("all")
        members, communes = members[whole], communes[communes["code_commune"].isin(list(keep))]
    members = members[members["territory_type"] != "bassin_de_vie"]
    population = communes.set_index("code_commune")["population"].astype(float)
    generator = np.random.default_rng(seed)
    rates = np.geomspace(2e-4, 5e-2, indicators)
    labels = [("F", 0.52), ("M", 0.48)] if sexes else [("all", 1.0)]
    frames, catalogue = [], {}
    base = members.assign(population=members["code_commune"].map(population))
    people = base.groupby(["territory_type", "territory"], sort=True)["population"].sum()
    for i, rate in enumerate(rates):
        name = f"simulated-{i:02d}"
        catalogue[name] = Entry(name, f"simulated:cases_{i:02d}")
        counts = {}
        for sex, share in labels:
            local = generator.gamma(20, 1 / 20, len(population))
            drawn = pd.Series(generator.poisson(population.to_numpy() * rate * share * local), index=population.index)
            summed = base.assign(n=base["code_commune"].map(drawn)).groupby(["territory_type", "territory"])["n"].sum()
            counts[sex] = (summed.reindex(people.index), people * share)
        if sexes:
            counts["all"] = (counts["F"][0] + counts["M"][0], people)
        for sex, (n, d) in counts.items():
            value = 1e5 * n / d.where(d > 0)
            frames.append(
                pd.DataFrame(
                    {"indicator": name, "sex": sex, "value": value, "lower": value * 0.9, "upper": value * 1.1,
                     "numerator": n.astype(float), "denominator": d}
                ).reset_index()
            )  # fmt: skip
    table = pd.concat(frames, ignore_index=True).assign(
        period="2023", age="all", unit="pour 100 000 habitants", method="rate", status="observed",
        reliability="ok", coverage=1.0, simulated=True, source_ids="simulated",
    )  # fmt: skip
    return table, members, catalogue


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--sexes", action="store_true")
    parser.add_argument("--indicators", type=int, default=20)
    options = parser.parse_args()
    table, members, catalogue = simulate(
        indicators=2 if options.quick else options.indicators, sexes=options.sexes, quick=options.quick
    )
    print(f"rows {len(table):,}; territories {len(members.drop_duplicates(['territory_type', 'territory'])):,}")
    empty = pd.DataFrame(columns=["indicator"])
    started = time.monotonic()
    published, _, report = publish(table, empty, catalogue=catalogue, members=members)
    print(f"publish {time.monotonic() - started:.1f} s; {report.to_dict()['after']}")
    print(
        f"cells {report.cells:,}, sensitive {report.sensitive:,}, relations {report.relations:,}, {report.rounds} rounds"
    )
    print(f"engines {dict(report.engines)}")
    found = audit_against(published, table, catalogue=catalogue, members=members)
    print(
        f"audit {found.seconds:.1f} s: {found.attacked:,} counts attacked, {len(found.breaches)} breaches, "
        f"{found.unproved} unproved, {found.redundant} given away among those withheld for others; {dict(found.engines)}"
    )
    blind = audit(published, catalogue=catalogue, members=members)
    print(f"reader's audit {blind.seconds:.1f} s: {blind.attacked:,} attacked, {len(blind.breaches)} breaches")
    known = table["numerator"].where(published["status"].eq("suppressed_secondary"))
    print(f"people in the counts withheld for others: {100 * known.sum() / table['numerator'].sum():.3f} %")
    print(pd.crosstab(published["territory_type"], published["status"]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"peak memory {peak:.2f} GB")


if __name__ == "__main__":
    main()
