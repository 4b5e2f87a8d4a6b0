"""How fast is each statistic of rates, survival and inequality beside what a user would pick instead?

    .venv/bin/python benchmarks/bench_statistics.py            full sizes (a few minutes)
    .venv/bin/python benchmarks/bench_statistics.py --quick    small sizes (seconds)

Alternatives: the textbook formula applied group by group with pandas (`groupby.apply`), PySAL `inequality`, statsmodels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats as sps
from side_by_side import Case, Result, run

import cls_analysis.statistics as s


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


if __name__ == "__main__":
    raise SystemExit(run(cases, __doc__))
