"""A small made-up country for a whole run: real places around one perimeter, invented counts, many of them small.

Every commune of the départements of the perimeter has a few practitioners and deaths; EPCI, perimeter, départements,
région and France add up. Values have decimals enough to be recognised wherever they are written.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from cls_analysis import disclosure, geography
from cls_analysis.indicators import load_catalogue, write_table
from cls_analysis.stamp import stamp_of

TERRITORY = "petr-langres"
#: indicator -> cases expected per inhabitant (None: the population itself), denominators being inhabitants
RATES = {
    "population-municipale": None,
    "densite-medecins-generalistes": 9e-4,
    "densite-orthophonistes": 2.2e-4,
    "densite-infirmiers": 1.4e-3,
    "taux-mortalite-standardise": 7e-4,
}
#: indicator -> (share, per inhabitant): a part of a count that is itself protected
SHARES = {"part-deces-avant-65-ans": (0.18, 2.4e-3), "part-generalistes-60-ans-ou-plus": (0.35, 9e-4)}
SOURCES = ("demo-deces", "demo-population", "demo-professionnels", "etalab-decoupage")


def places() -> pd.DataFrame:
    """Members of the territories that get rows: those that lie wholly in the départements of the perimeter, and what is above."""
    here = geography.territory(TERRITORY)
    communes = geography.communes()
    near = set(communes.loc[communes["departement"].isin(here.departements), "code_commune"])
    members = geography.members()[["territory_type", "territory", "code_commune"]].astype(str)
    members = members[
        members["territory_type"].isin(["commune", "epci", "perimeter", "departement", "region", "france"])
    ]
    inside = (
        members["code_commune"].isin(near).groupby([members["territory_type"], members["territory"]]).transform("all")
    )
    above = {(c.territory_type, c.territory) for c in geography.comparators(here)} | {
        ("departement", code) for code in here.departements
    }
    keys = pd.MultiIndex.from_frame(members[["territory_type", "territory"]])
    return members[inside | keys.isin(list(above))].reset_index(drop=True)


def table(*, seed: int = 7) -> tuple[pd.DataFrame, pd.DataFrame]:
    """THE TABLE of the country, before the door, and its members."""
    members, catalogue = places(), load_catalogue()
    communes = geography.communes().set_index("code_commune")["population"].astype(float)
    generator = np.random.default_rng(seed)
    frames = []

    def counted(mean: pd.Series) -> pd.Series:
        drawn = pd.Series(generator.poisson(mean), index=mean.index).astype(float)
        return _sums(members, drawn)

    population = _sums(members, communes)
    for name, rate in RATES.items():
        entry = catalogue[name]
        n = population if rate is None else counted(communes * rate)
        frames.append(_rows(entry, n, None if rate is None else population))
    for name, (share, rate) in SHARES.items():
        part, rest = counted(communes * rate * share), counted(communes * rate * (1 - share))
        frames.append(_rows(catalogue[name], part, part + rest))
    frame = pd.concat(frames, ignore_index=True)
    return frame[frame["denominator"].isna() | (frame["denominator"] > 0)].reset_index(drop=True), members


def _sums(members: pd.DataFrame, by_commune: pd.Series) -> pd.Series:
    values = members["code_commune"].map(by_commune)
    return values.groupby([members["territory_type"], members["territory"]]).sum()


def _rows(entry, numerator: pd.Series, denominator: pd.Series | None) -> pd.DataFrame:
    value = numerator if denominator is None else entry.scale * numerator / denominator.where(denominator > 0)
    apart = 1e-3 * np.sqrt(2.0 + np.arange(len(numerator)))  # no limit is a round number, so that none is met by chance
    limits = (value * (0.8 + apart), value * (1.1 + apart)) if denominator is not None else (np.nan, np.nan)
    frame = pd.DataFrame(
        {"value": value, "lower": limits[0], "upper": limits[1], "numerator": numerator, "denominator": denominator}
    ).reset_index()
    for column in ("lower", "upper", "denominator"):
        frame[column] = frame[column].astype(float)
    return frame.assign(
        indicator=entry.id, period=entry.period[-1], sex="all", age="all", unit=entry.unit, method=entry.method,
        status="observed", reliability="ok", coverage=1.0, simulated=entry.id != "population-municipale",
        source_ids="etalab-decoupage" if entry.id == "population-municipale"
        else "demo-deces" if "deces" in entry.id or "mortalite" in entry.id else "demo-professionnels;etalab-decoupage",
    )  # fmt: skip


def comparisons(frame: pd.DataFrame) -> pd.DataFrame:
    """Perimeter and EPCI against the comparators of the perimeter; the tests are made up."""
    rates = frame[frame["indicator"] != "population-municipale"]
    own = rates[rates["territory_type"].isin(["perimeter", "epci"])]
    parts = []
    for comparator in geography.comparators(geography.territory(TERRITORY)):
        other = rates[
            (rates["territory_type"] == comparator.territory_type) & (rates["territory"] == comparator.territory)
        ]
        both = own.merge(other[["indicator", "value"]], on="indicator", validate="m:1", suffixes=("", "_other"))
        parts.append(
            both.assign(
                comparator_type=comparator.territory_type, comparator=comparator.territory, comparator_value=both["value_other"],
                difference=both["value"] - both["value_other"], ratio=both["value"] / both["value_other"], p=0.01, p_adjusted=0.04,
                significance=np.where(both["value"] > both["value_other"], "higher", "lower"),
            )
        )  # fmt: skip
    columns = [
        "indicator", "territory_type", "territory", "period", "sex", "age", "comparator_type", "comparator",
        "comparator_value", "difference", "ratio", "p", "p_adjusted", "significance", "method",
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)[columns]


def write(processed: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Put the country where a report looks for it; returns the private table, the published one, the members."""
    frame, members = table()
    published, compared, _ = disclosure.publish(frame, comparisons(frame), catalogue=load_catalogue(), members=members)
    folder = processed / "embedded"
    write_table(frame, folder / "indicators.parquet")
    write_table(published, folder / "published" / "indicators.parquet")
    write_table(compared, folder / "published" / "comparisons.parquet")
    entry = {
        "simulated": True, "files": [], "title": "Table inventée", "vintage": "2023", "licence": "", "producer": "exemple",
        "notes": [], "origin": "simulated", "rows": 1, "updated": None, "geography": "COG 2026", "key": "0", "tables": {}, "caveats": [],
    }  # fmt: skip
    lock = {name: entry | {"simulated": name != "etalab-decoupage"} for name in SOURCES}
    (folder / "lock.json").write_text(json.dumps({"absent": {}, "read": {}, "sources": lock}), "utf-8")
    made = {"mode": "embedded", "rows": len(frame), "missing": {}, "unmatched_codes": {}, "seconds": {}, "earlier": {}}
    made["stamp"] = stamp_of("embedded", processed)  # or the report would build the real country instead
    (folder / "build.json").write_text(json.dumps(made), "utf-8")
    return frame, published, members
