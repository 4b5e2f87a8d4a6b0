"""How long would people live if today's mortality in this area lasted?

Abridged life table after Chiang (II), ages 0, 1, 5, 10, ... 90 and over, people dying in a band having lived
0.1 of it before age 1 and half of it afterwards. Variance after Silcocks, with the term of the open last
band. Same results as `PHEindicatormethods::phe_life_expectancy`, whose test figures are this module's.

References: Chiang CL. *The life table and its construction*, in *Introduction to stochastic processes in
biostatistics*. Wiley 1968:189-214. Silcocks PBS, Jenner DA, Reza R. *Life expectancy as a summary of
mortality in a population*. J Epidemiol Community Health 2001;55:38-43. Eayres D, Williams ES. *Evaluation of
methodologies for small area life expectancy estimation*. J Epidemiol Community Health 2004;58:243-9. Toson B,
Baker A. ONS 2003 (the 5000 threshold).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cls_analysis.statistics._check import (
    Bools,
    Check,
    Floats,
    check_level,
    columns_present,
    floats_of,
    plain,
    positions,
)
from cls_analysis.statistics._groups import band_codes, group_rows
from cls_analysis.statistics.intervals import normal_quantile

AGE_STARTS = (0, 1, *range(5, 95, 5))
MIN_POPULATION = 5000  # at or below, no life expectancy (Toson and Baker 2003)
WIDEST_YEARS = 20  # a 95 % interval wider than this says nothing
LIFE_COLUMNS = ("age_start", "value", "lower", "upper", "status")
# Why a life expectancy is not given, the first reason that holds, in this order; else "observed".
REASONS = (
    "missing_band",
    "negative",
    "no_population_in_band",
    "deaths_above_population",
    "population_too_small",
    "no_deaths_in_last_band",
    "no_survivors",
    "interval_too_wide",
)


def life_expectancy(
    frame: pd.DataFrame,
    *,
    by: str | Sequence[str],
    age_start: str,
    deaths: str,
    population: str,
    level: float = 0.95,
) -> pd.DataFrame:
    """Life expectancy at each age of each group.

    `frame`: one row per group and age band; `age_start` the first age of the band (0, 1, 5, 10, ... 90; the
    last is open). `deaths` and `population` (person-years) cover the same years. Returns 20 rows per group,
    sorted by key and age: keys, `age_start, value, lower, upper` (years), `status`. `status` is `observed`,
    or says why the value and limits are NaN. For all ages of a group: `missing_band` (no row, or a missing
    figure), `negative`, `no_population_in_band`, `deaths_above_population`, `population_too_small` (5000 or
    fewer in all), `no_deaths_in_last_band`. For one age: `no_survivors`, `interval_too_wide` (the 95 %
    interval is wider than 20 years, whatever `level`). Raises `InvalidInput`: a band given twice, an age that
    is not a band (sum 95+ into 90+ first), an infinite figure. References: Chiang 1968; Silcocks 2001; Eayres
    and Williams 2004.

    >>> frame = pd.DataFrame({"area": "a", "age": AGE_STARTS, "people": 1000.0})
    >>> frame["deaths"] = [4, 1, 1, 1, 2, 2, 2, 3, 4, 5, 8, 12, 18, 25, 35, 50, 70, 100, 150, 250]
    >>> table = life_expectancy(frame, by="area", age_start="age", deaths="deaths", population="people")
    >>> table.head(2).round(2)
      area  age_start  value  lower  upper    status
    0    a          0  68.70  66.39  71.01  observed
    1    a          1  67.98  65.67  70.28  observed
    """
    check_level(level)
    columns_present(frame, [age_start, deaths, population])
    groups = group_rows(frame, by, LIFE_COLUMNS)
    check = Check(hint="the bands are 0, 1, 5, 10, ... 90; sum older ones into 90")
    bands = pd.Index(AGE_STARTS)
    starts = pd.to_numeric(frame[age_start], errors="coerce")
    band = band_codes(starts, bands, name=age_start, known_as="abridged life table", check=check)
    columns = {name: floats_of(frame, name) for name in (deaths, population)}
    for name, x in columns.items():
        check.values(
            x,
            lambda i, n=name: (
                f"{groups.label(int(groups.codes[i]))}, {age_start}="  # type: ignore[misc]
                f"{plain(starts.iloc[i])}: column {n!r}"
            ),
            missing_ok=True,
        )
    cell = groups.codes * len(bands) + band
    for c in positions(np.bincount(cell[band >= 0], minlength=1) > 1):
        check.add(f"{groups.label(c // len(bands))}, {age_start}={bands[c % len(bands)]}: more than one row")
    check.done()

    table = np.full((2, groups.size * len(bands)), np.nan)
    table[:, cell] = columns[deaths], columns[population]
    d, n = table.reshape(2, groups.size, len(bands))
    reason = _refused(d, n)
    value, error = _life_table(d, n, reason == "")
    value, error = value[:, : len(bands)], error[:, : len(bands)]
    late = np.where(
        np.isnan(value),
        "no_survivors",
        np.where(2 * normal_quantile(0.95) * error > WIDEST_YEARS, "interval_too_wide", ""),
    )
    why = np.where((reason == "")[:, None], late, reason[:, None]).ravel()
    shown = why == ""
    half = normal_quantile(level) * error.ravel()
    value = np.where(shown, value.ravel(), np.nan)
    keys = groups.keys.loc[groups.keys.index.repeat(len(bands))].reset_index(drop=True)
    result = pd.DataFrame(
        {
            "age_start": np.tile(np.asarray(AGE_STARTS), groups.size),
            "value": value,
            "lower": value - half,
            "upper": value + half,
            "status": np.where(shown, "observed", why),
        }
    )
    return pd.concat([keys, result], axis=1)


def _refused(d: Floats, n: Floats) -> np.ndarray:
    """Per group, the first of REASONS that forbids a life table, or an empty string."""
    with np.errstate(invalid="ignore"):
        tests: list[Any] = [
            (np.isnan(d) | np.isnan(n)).any(axis=1),
            ((d < 0) | (n < 0)).any(axis=1),
            (n == 0).any(axis=1),
            (d > n).any(axis=1),
            n.sum(axis=1) <= MIN_POPULATION,
            d[:, -1] == 0,
        ]
    return np.select(tests, REASONS[: len(tests)], default="")


def _life_table(d: Floats, n: Floats, usable: Bools) -> tuple[Floats, Floats]:
    """Expectancy and standard error at each age; NaN for unusable groups and ages nobody reaches."""
    value = np.full(d.shape, np.nan)
    error = np.full(d.shape, np.nan)
    d, n = d[usable], n[usable]
    m = d / n
    width = np.diff(np.asarray(AGE_STARTS, dtype=float))  # of the closed bands
    lived = np.array([0.1] + [0.5] * (len(width) - 1))  # share of the band lived by those who die in it
    mc = m[:, :-1]
    # Chiang: q = nM / (1 + (1 - a) nM), and 1 where the rate is so high that nobody could survive the band
    q = np.where(mc <= 1 / (width * lived), mc * width / (1 + (1 - lived) * mc * width), 1.0)
    alive = np.cumprod(np.column_stack([np.ones(len(d)), 1 - q]), axis=1)
    years = np.column_stack([width * (alive[:, 1:] + lived * -np.diff(alive, axis=1)), alive[:, -1] / m[:, -1]])
    ahead = np.cumsum(years[:, ::-1], axis=1)[:, ::-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        e = np.where(alive > 0, ahead / alive, np.nan)
        var_q = np.where(mc > 0, q**2 * (1 - q) / d[:, :-1], 0.0)
        after = np.where(alive[:, 1:] > 0, e[:, 1:], 0.0)  # weighted by alive**2, which is 0 with it
        spread = var_q * alive[:, :-1] ** 2 * ((1 - lived) * width + after) ** 2
        last = alive[:, -1] ** 2 / (d[:, -1] * m[:, -1] ** 2)  # Silcocks: variance of 1/M in the open band
        total = np.cumsum(np.column_stack([spread, last])[:, ::-1], axis=1)[:, ::-1]
        se = np.where(alive > 0, np.sqrt(total) / alive, np.nan)
    value[usable], error[usable] = e, se
    return value, error
