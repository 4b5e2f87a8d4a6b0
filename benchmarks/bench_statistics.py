"""How fast is each statistic beside what a user would pick instead? One run, side by side.

    .venv/bin/python benchmarks/bench_statistics.py            sizes of issue 3 (a few minutes)
    .venv/bin/python benchmarks/bench_statistics.py --quick    small sizes (seconds)

Alternatives: the textbook formula applied group by group with pandas (`groupby.apply`), PySAL `access`, `esda` and
`inequality`, statsmodels. `agree` is the largest relative difference between the two results (see docs/statistics.md
where it is not rounding). Each side runs in a process of its own, so that `peak` is its memory above the inputs.
Seconds are of wall time; the load of the machine is printed first, for they mean little on a busy one.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats as sps

import cls_analysis.statistics as s

Result = np.ndarray


@dataclass(frozen=True)
class Case:
    """One row of the table: two ways to the same figures, on inputs made once."""

    name: str
    size: str
    aim_seconds: float | None
    inputs: Callable[[], Any]
    ours: Callable[[Any], Result]
    other_name: str
    other: Callable[[Any], Result]
    relative: bool = True


def by_age(areas: int, bands: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    esp = s.european_standard_population(90 if bands == 20 else 95, infants="split")
    labels = esp.index[:bands]
    people = rng.integers(5, 3000, areas * 2 * bands)
    risk = np.tile(np.exp(np.linspace(-9, -1.8, bands)), areas * 2)
    frame = pd.DataFrame(
        {
            "area": np.repeat([f"{i:05d}" for i in range(areas)], 2 * bands),
            "sex": np.tile(np.repeat(["F", "M"], bands), areas),
            "age": np.tile(labels, areas * 2),
            "deaths": rng.poisson(people * risk),
            "people": people,
        }
    )
    return frame.sample(frac=1, random_state=1).reset_index(drop=True)


KEYS = {"by": ["area", "sex"], "age": "age", "count": "deaths", "population": "people"}


def direct_ours(frame: pd.DataFrame) -> Result:
    standard = s.european_standard_population(90, infants="split")
    return s.directly_standardised_rate(frame, **KEYS, standard=standard, min_events=1)["upper"].to_numpy()


def direct_other(frame: pd.DataFrame) -> Result:
    standard = s.european_standard_population(90, infants="split")

    def textbook(g: pd.DataFrame) -> float:
        w = standard.loc[g["age"]].to_numpy() / standard.sum()
        x = g["deaths"].sum()
        if x == 0:
            return np.nan
        rate = (w * g["deaths"] / g["people"]).sum()
        variance = (w**2 * g["deaths"] / g["people"] ** 2).sum()
        z = sps.norm.ppf(0.975)
        high = (x + 1) * (1 - 1 / (9 * (x + 1)) + z / (3 * np.sqrt(x + 1))) ** 3
        return 1e5 * (rate + np.sqrt(variance / x) * (high - x))

    return frame.groupby(["area", "sex"])[["age", "deaths", "people"]].apply(textbook).to_numpy()


def reference_of(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.groupby("age", as_index=False)[["deaths", "people"]].sum()


def ratio_ours(frame: pd.DataFrame) -> Result:
    return s.standardised_ratio(frame, **KEYS, reference=reference_of(frame))["value"].to_numpy()


def ratio_other(frame: pd.DataFrame) -> Result:
    reference = reference_of(frame).set_index("age")
    rate = reference["deaths"] / reference["people"]

    def textbook(g: pd.DataFrame) -> float:
        return 100 * g["deaths"].sum() / (rate.loc[g["age"]].to_numpy() * g["people"]).sum()

    return frame.groupby(["area", "sex"])[["age", "deaths", "people"]].apply(textbook).to_numpy()


def life_inputs(groups: int) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    people = rng.integers(400, 5000, groups * 20)
    risk = np.tile(np.exp(np.linspace(-7, -1.4, 20)), groups)
    return pd.DataFrame(
        {
            "area": np.repeat(np.arange(groups), 20),
            "age": np.tile(s.AGE_STARTS, groups),
            "deaths": rng.poisson(people * risk) + 1,
            "people": people,
        }
    )


def life_ours(frame: pd.DataFrame) -> Result:
    r = s.life_expectancy(frame, by="area", age_start="age", deaths="deaths", population="people")
    return r.loc[r["age_start"] == 0, "value"].to_numpy()


def life_other(frame: pd.DataFrame) -> Result:
    width = np.append(np.diff(s.AGE_STARTS), 0)
    lived = np.array([0.1] + [0.5] * 19)

    def textbook(g: pd.DataFrame) -> float:
        m = (g["deaths"] / g["people"]).to_numpy()
        q = np.append(np.minimum(width * m / (1 + (1 - lived) * width * m), 1)[:-1], 1)
        alive = np.append(1, np.cumprod(1 - q)[:-1])
        years = width * (alive - (1 - lived) * alive * q)
        years[-1] = alive[-1] / m[-1]
        return float(years.sum())

    return frame.groupby("area")[["deaths", "people"]].apply(textbook).to_numpy()


def lattice(n: int) -> tuple[int, dict[int, list[int]]]:
    side = int(np.sqrt(n))
    near: dict[int, list[int]] = {}
    for i in range(side * side):
        r, c = divmod(i, side)
        near[i] = [
            a * side + b
            for a in range(max(r - 1, 0), min(r + 2, side))
            for b in range(max(c - 1, 0), min(c + 2, side))
            if (a, b) != (r, c)
        ]
    return side, near


def map_inputs(n: int) -> dict[str, Any]:
    side, near = lattice(n)
    rng = np.random.default_rng(5)
    value = rng.normal(size=(side, side))
    value[: side // 4, : side // 4] += 1.0
    people = rng.integers(50, 5000, side * side)
    return {
        "value": value.ravel(),
        "near": near,
        "people": people,
        "count": rng.poisson(people * rng.gamma(4, 0.0025, side * side)),
    }


def pysal_w(near: dict[int, list[int]]) -> Any:
    from libpysal.weights import W

    return W(near, id_order=list(near), silence_warnings=True)


def bayes_ours(d: dict[str, Any]) -> Result:
    return s.empirical_bayes(d["count"], d["people"], weights=d["near"])


def bayes_other(d: dict[str, Any]) -> Result:
    from esda.smoothing import Spatial_Empirical_Bayes

    return Spatial_Empirical_Bayes(d["count"], d["people"], pysal_w(d["near"])).r.ravel()


def global_bayes_ours(d: dict[str, Any]) -> Result:
    return s.empirical_bayes(d["count"], d["people"])


def global_bayes_other(d: dict[str, Any]) -> Result:
    from esda.smoothing import Empirical_Bayes

    return Empirical_Bayes(d["count"], d["people"]).r.ravel()


def moran_ours(d: dict[str, Any]) -> Result:
    r = s.moran(d["value"], d["near"])
    return np.array([r, r.variance])


def moran_other(d: dict[str, Any]) -> Result:
    from esda import Moran

    r = Moran(d["value"], pysal_w(d["near"]), permutations=0)
    return np.array([r.I, r.VI_rand])


def local_ours(d: dict[str, Any]) -> Result:
    return s.local_moran(d["value"], d["near"], permutations=999, seed=1)["p"].to_numpy()


def local_other(d: dict[str, Any]) -> Result:
    from esda import Moran_Local

    return np.minimum(2 * Moran_Local(d["value"], pysal_w(d["near"]), permutations=999, seed=1, n_jobs=1).p_sim, 1)


def access_inputs(origins: int, sites: int, pairs: int) -> dict[str, Any]:
    rng = np.random.default_rng(7)
    per = pairs // origins
    start = rng.integers(0, sites, origins)
    site = (start[:, None] + np.arange(per) * (sites // per or 1)) % sites
    names = np.array([f"{i:05d}" for i in range(max(origins, sites))])
    cost = pd.DataFrame(
        {
            "origin": pd.Series(np.repeat(names[:origins], per), dtype="str"),
            "site": pd.Series(names[site.ravel()], dtype="str"),
            "cost": rng.uniform(0, 60, origins * per),
        }
    )
    return {
        "population": pd.Series(rng.integers(10, 5000, origins), index=pd.Index(names[:origins], dtype="str")),
        "supply": pd.Series(rng.integers(1, 10, sites).astype(float), index=pd.Index(names[:sites], dtype="str")),
        "cost": cost,
    }


STEPS = [(10, 1.0), (20, 0.68), (30, 0.22)]


def access_ours(d: dict[str, Any]) -> Result:
    return s.floating_catchment(d["population"], d["supply"], d["cost"], radius=30, steps=STEPS).to_numpy()


def access_other(d: dict[str, Any]) -> Result:
    from access.access import weights
    from access.fca import two_stage_fca

    found = two_stage_fca(
        d["population"].rename("demand").to_frame(),
        d["supply"].rename("supply").to_frame(),
        d["cost"].rename(columns={"site": "dest"}),
        max_cost=30,
        demand_index=True,
        demand_name="demand",
        supply_name="supply",
        weight_fn=weights.step_fn(dict(STEPS)),
    )
    return found.reindex(d["population"].index).fillna(0).to_numpy()


def values_inputs(n: int) -> dict[str, Any]:
    rng = np.random.default_rng(9)
    return {
        "value": rng.gamma(3, 10, n),
        "group": rng.integers(0, 1200, n),
        "people": rng.integers(50, 5000, n),
        "rank": rng.permutation(n),
        "p": rng.beta(0.5, 2, n),
    }


def theil_ours(d: dict[str, Any]) -> Result:
    return np.array(s.theil(d["value"], group=d["group"]))


def theil_other(d: dict[str, Any]) -> Result:
    from inequality.theil import TheilD

    r = TheilD(d["value"], d["group"])
    return np.array([np.ravel(r.T)[0], np.ravel(r.bg)[0], np.ravel(r.wg)[0]])


def gini_ours(d: dict[str, Any]) -> Result:
    return np.array([s.gini(d["value"])])


def gini_other(d: dict[str, Any]) -> Result:
    from inequality.gini import Gini

    return np.array([Gini(d["value"]).g])


def slope_ours(d: dict[str, Any]) -> Result:
    r = s.slope_index(d["value"], d["people"], d["rank"])
    return np.array([r.intercept, r.slope])


def slope_other(d: dict[str, Any]) -> Result:
    import statsmodels.api as sm

    order = np.argsort(d["rank"])
    n = d["people"][order]
    x = (np.cumsum(n) - n / 2) / n.sum()
    return np.asarray(sm.WLS(d["value"][order], sm.add_constant(x), weights=n).fit().params)


def wilson_ours(d: dict[str, Any]) -> Result:
    return s.wilson_interval(d["people"] // 3, d["people"])[1]


def wilson_other(d: dict[str, Any]) -> Result:
    from statsmodels.stats.proportion import proportion_confint

    return np.asarray(proportion_confint(d["people"] // 3, d["people"], method="wilson")[1])


def bh_ours(d: dict[str, Any]) -> Result:
    return s.benjamini_hochberg(d["p"]).adjusted


def bh_other(d: dict[str, Any]) -> Result:
    from statsmodels.stats.multitest import multipletests

    return multipletests(d["p"], method="fdr_bh")[1]


def trend_inputs(areas: int) -> pd.DataFrame:
    rng = np.random.default_rng(11)
    rate = rng.normal(100, 10, areas * 8)
    half = rng.uniform(5, 20, areas * 8)
    return pd.DataFrame(
        {
            "area": np.repeat(np.arange(areas), 8),
            "year": np.tile(np.arange(2015, 2023), areas),
            "rate": rate,
            "low": rate - half,
            "high": rate + half,
        }
    )


def trend_ours(frame: pd.DataFrame) -> Result:
    return s.trend(frame, by="area", period="year", value="rate", lower="low", upper="high")["slope"].to_numpy()


def trend_other(frame: pd.DataFrame) -> Result:
    import statsmodels.api as sm

    def fit(g: pd.DataFrame) -> float:
        g = g.sort_values("year").tail(5)
        weights = ((g["high"] - g["low"]) / 2) ** -2
        return float(sm.WLS(g["rate"], sm.add_constant(g["year"]), weights=weights).fit().params.iloc[1])

    return frame.groupby("area")[["year", "rate", "low", "high"]].apply(fit).to_numpy()


def cases(quick: bool) -> list[Case]:
    areas, groups, n = (700, 300, 2500) if quick else (35_000, 10_000, 35_000)
    sites, pairs = (300, 100_000) if quick else (10_000, 5_000_000)
    trends = 200 if quick else 5000
    loop = "pandas groupby.apply"
    return [
        Case(
            "directly_standardised_rate",
            f"{areas} areas x 20 ages x 2 sexes",
            1,
            lambda: by_age(areas, 20),
            direct_ours,
            loop,
            direct_other,
        ),
        Case(
            "standardised_ratio",
            f"{areas} areas x 20 ages x 2 sexes",
            1,
            lambda: by_age(areas, 20),
            ratio_ours,
            loop,
            ratio_other,
        ),
        Case(
            "life_expectancy", f"{groups} groups x 20 ages", 1, lambda: life_inputs(groups), life_ours, loop, life_other
        ),
        Case(
            "empirical_bayes, global",
            f"{n} areas",
            1,
            lambda: map_inputs(n),
            global_bayes_ours,
            "esda",
            global_bayes_other,
        ),
        Case("empirical_bayes, local", f"{n} areas", 1, lambda: map_inputs(n), bayes_ours, "esda", bayes_other),
        Case("moran", f"{n} areas", None, lambda: map_inputs(n), moran_ours, "esda", moran_other),
        Case(
            "local_moran",
            f"{n} areas x 999",
            60,
            lambda: map_inputs(n),
            local_ours,
            "esda (no numba)",
            local_other,
            relative=False,
        ),
        Case(
            "floating_catchment, steps",
            f"{pairs} pairs",
            5,
            lambda: access_inputs(areas, sites, pairs),
            access_ours,
            "PySAL access",
            access_other,
        ),
        Case(
            "trend",
            f"{trends} areas x 8 years",
            None,
            lambda: trend_inputs(trends),
            trend_ours,
            "statsmodels WLS each",
            trend_other,
        ),
        Case(
            "theil, 1200 groups",
            f"{n} areas",
            None,
            lambda: values_inputs(n),
            theil_ours,
            "PySAL inequality",
            theil_other,
        ),
        Case("gini", f"{n} areas", None, lambda: values_inputs(n), gini_ours, "PySAL inequality", gini_other),
        Case("slope_index", f"{n} areas", None, lambda: values_inputs(n), slope_ours, "statsmodels WLS", slope_other),
        Case("wilson_interval", f"{n} areas", None, lambda: values_inputs(n), wilson_ours, "statsmodels", wilson_other),
        Case("benjamini_hochberg", f"{n} tests", None, lambda: values_inputs(n), bh_ours, "statsmodels", bh_other),
    ]


def peak_kb(reset: bool = False) -> int:
    """Highest resident memory of this process, counted afresh from a reset (Linux; elsewhere since its start)."""
    try:
        if reset:
            Path("/proc/self/clear_refs").write_text("5")
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _measure(case: Case, which: str, seed_result: Any) -> None:
    """Run one side; put (seconds, peak MB above the inputs, result) in the pipe."""
    warnings.simplefilter("ignore")
    run = case.ours if which == "ours" else case.other
    data = case.inputs()
    small = cases(quick=True)[[c.name for c in cases(quick=True)].index(case.name)]
    (small.ours if which == "ours" else small.other)(small.inputs())  # imports and first calls are not what is timed
    before = peak_kb(reset=True)
    start = time.perf_counter()
    result = run(data)
    seconds = time.perf_counter() - start
    peak = (peak_kb() - before) / 1024
    seed_result.send((seconds, peak, np.asarray(result, dtype=float)))
    seed_result.close()


def measure(case: Case, which: str) -> tuple[float, float, Result]:
    context = multiprocessing.get_context("fork")
    receive, send = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(case, which, send))
    process.start()
    send.close()
    answer = receive.recv()
    process.join()
    return answer


def main(argv: list[str] | None = None) -> int:
    """Print the table; 1 if an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes, seconds")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    options = parser.parse_args(argv)
    print(
        f"{'statistic':<28} {'size':<34} {'ours s':>8} {'aim':>5} {'peak MB':>8}  {'instead':<22} {'s':>9} {'peak MB':>8} "
        f"{'ratio':>8} {'agree':>9}"
    )
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    missed = 0
    for case in cases(options.quick):
        if options.only not in case.name:
            continue
        ours, our_peak, a = measure(case, "ours")
        other, other_peak, b = measure(case, "other")
        here = np.isfinite(a) & np.isfinite(b)
        gap = np.abs(a[here] - b[here])
        agree = (gap / np.maximum(np.abs(b[here]), 1e-12)).max() if case.relative else gap.mean()
        aim = f"{case.aim_seconds:g}" if case.aim_seconds and not options.quick else ""
        missed += bool(aim) and ours > float(aim)
        print(
            f"{case.name:<28} {case.size:<34} {ours:>8.3f} {aim:>5} {our_peak:>8.0f}  {case.other_name:<22} {other:>9.3f} "
            f"{other_peak:>8.0f} {other / ours:>7.1f}x {agree:>9.1e}",
            flush=True,
        )
    print(
        "agree: largest relative difference; for local_moran the mean absolute difference of the p-values (both simulated)"
    )
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
