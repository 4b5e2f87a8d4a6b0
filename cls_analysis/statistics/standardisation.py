"""Would this area still differ if its population had the same ages as the others'?

Direct standardisation (the area's rates applied to a standard population) and indirect standardisation (the
reference's rates applied to the area's population; at per=100 the French *indice comparatif*, ICM for
deaths).

References: Dobson AJ, Kuulasmaa K, Eberle E, Scherer J. *Confidence intervals for weighted sums of Poisson
parameters*. Stat Med 1991;10:457-62. Fay MP, Feuer EJ. *Confidence intervals for directly standardized rates:
a method based on the gamma distribution*. Stat Med 1997;16:791-801. Breslow NE, Day NE. *Statistical methods
in cancer research*, II. 1987.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from cls_analysis.errors import InvalidInput
from cls_analysis.statistics._check import (
    Check,
    Floats,
    check_level,
    check_number,
    check_option,
    columns_present,
    floats_of,
    numbers_by_key,
    plain,
    positions,
)
from cls_analysis.statistics._groups import band_codes, full_table, group_rows, rate_columns
from cls_analysis.statistics.intervals import byar_limits, poisson_limits

DIRECT_COLUMNS = ("value", "lower", "upper", "count", "population", "status")
RATIO_COLUMNS = ("observed", "expected", "value", "lower", "upper")


def directly_standardised_rate(
    frame: pd.DataFrame,
    *,
    by: str | Sequence[str],
    age: str,
    count: str,
    population: str,
    standard: Mapping[Any, float] | pd.Series[Any],
    per: float = 100_000,
    level: float = 0.95,
    interval: str = "dobson",
    min_events: float = 10,
) -> pd.DataFrame:
    """Directly standardised rate of each group.

    `frame`: one row per group and age band; joined to `standard` (age -> weight, any scale) by the values of
    `age`. Every band of the standard must be in every group, once, with a population above 0; a band with no
    deaths is a row with 0. Returns one row per group, sorted: keys, `value, lower, upper` (per `per`),
    `count, population` (sums), `status`. `interval`: "dobson" (the Byar limits of the total count, rescaled)
    or "fay-feuer" (gamma; conservative). Below `min_events` value and limits are NaN and `status` is
    `too_few_events`, else `observed`; with `min_events=0` and no event, Dobson's limits do not exist (NaN)
    and Fay and Feuer's do. Raises `InvalidInput` naming group, age and value: missing, repeated or unknown
    bands, a population of 0 or less, a negative or missing count, a negative weight. References: Dobson 1991;
    Fay and Feuer 1997.

    >>> frame = pd.DataFrame({"area": "a", "age": ["0-64", "65+"]})
    >>> frame = frame.assign(deaths=[10, 40], people=[8000, 2000])
    >>> directly_standardised_rate(frame, by="area", age="age", count="deaths", population="people",
    ...                            standard={"0-64": 80, "65+": 20}).round(2)
      area  value   lower  upper  count  population    status
    0    a  500.0  371.08  659.2   50.0     10000.0  observed
    """
    check_level(level)
    check_number(per, "per", above=0)
    check_number(min_events, "min_events", low=0)
    check_option(interval, "interval", ("dobson", "fay-feuer"))
    columns_present(frame, [age, count, population])
    groups = group_rows(frame, by, DIRECT_COLUMNS)
    bands, weights = _standard(standard)
    check = Check()
    band = band_codes(frame[age], bands, name=age, known_as="standard", check=check)
    events, people = rate_columns(
        frame,
        groups,
        count,
        population,
        check,
        above=0,
        where=lambda i: f"{groups.label(int(groups.codes[i]))}, {age}={plain(frame[age].iloc[i])!r}",
    )
    if (band >= 0).all():
        full_table(groups, band, bands, name=age, check=check)
    check.done()

    share = weights[band] / people
    x, n = groups.sums(events), groups.sums(people)
    rate, variance = groups.sums(share * events), groups.sums(share**2 * events)
    if interval == "dobson":
        lower, upper = _dobson(x, rate, variance, level)
    else:
        largest = np.zeros(groups.size)
        np.maximum.at(largest, groups.codes, share)
        lower, upper = _fay_feuer(rate, variance, largest, level)
    few = x < min_events
    value, lower, upper = (np.where(few, np.nan, per * part) for part in (rate, lower, upper))
    status = np.where(few, "too_few_events", "observed")
    return groups.result(value=value, lower=lower, upper=upper, count=x, population=n, status=status)


def _standard(standard: Mapping[Any, float] | pd.Series[Any]) -> tuple[pd.Index[Any], Floats]:
    """Bands and weights that sum to 1."""
    series = numbers_by_key(standard, "standard")
    check = Check()
    if not series.index.is_unique:
        check.add(f"standard repeats {series.index[series.index.duplicated()].unique().tolist()}")
    weights: Floats = np.asarray(series.to_numpy(dtype=np.float64))
    check.values(weights, lambda i: f"standard[{plain(series.index[i])!r}]", low=0)
    if len(weights) == 0 or np.nansum(weights) <= 0:
        check.add("standard has no weight above 0")
    check.done()
    return series.index, weights / weights.sum()


def _dobson(x: Floats, rate: Floats, variance: Floats, level: float) -> tuple[Floats, Floats]:
    low, high = byar_limits(x, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.sqrt(variance / x)
    return rate + scale * (low - x), rate + scale * (high - x)


def _fay_feuer(rate: Floats, variance: Floats, largest: Floats, level: float) -> tuple[Floats, Floats]:
    tail = (1 - level) / 2
    some = rate > 0
    y, v = np.where(some, rate, 1.0), np.where(some, variance, 1.0)
    lower = np.where(some, v / y * special.gammaincinv(y**2 / v, tail), 0.0)
    y, v = rate + largest, variance + largest**2
    return lower, v / y * special.gammainccinv(y**2 / v, tail)


def standardised_ratio(
    frame: pd.DataFrame,
    *,
    by: str | Sequence[str],
    age: str,
    count: str,
    population: str,
    reference: pd.DataFrame,
    per: float = 100,
    level: float = 0.95,
) -> pd.DataFrame:
    """Observed over expected events of each group (indirect standardisation; the ICM at per=100).

    `frame`: one row per group and age band. `reference`: one row per band, with the same `age` column and its
    counts and populations in columns named as `count` and `population` say (or literally `count` and
    `population`). expected = sum over bands of reference rate x local population. Returns one row per group,
    sorted: keys, `observed, expected, value, lower, upper`; `value = per x observed/expected`, limits from
    `poisson_interval` of the observed count. A band with a local population of 0 adds nothing to the expected
    events (its events, if any, stay in `observed`); a reference count that is missing is 0; where nothing is
    expected the ratio is NaN. Raises `InvalidInput`: a band of the reference absent from a group, repeated or
    unknown; a negative or missing count or population; a reference population of 0 in a band where people
    live. Reference: Breslow and Day 1987.

    >>> france = pd.DataFrame({"age": ["0-64", "65+"], "count": [100, 900], "population": [80_000, 20_000]})
    >>> area = france.assign(area="a", count=[10, 110], population=[8_000, 2_000])
    >>> standardised_ratio(area, by="area", age="age", count="count", population="population",
    ...                    reference=france).round(2)
      area  observed  expected  value  lower   upper
    0    a     120.0     100.0  120.0  99.49  143.49
    """
    check_level(level)
    check_number(per, "per", above=0)
    columns_present(frame, [age, count, population])
    columns_present(reference, [age], "reference")
    groups = group_rows(frame, by, RATIO_COLUMNS)
    ref_count, ref_population = (
        _reference_column(reference, n, d) for n, d in ((count, "count"), (population, "population"))
    )
    check = Check()
    bands = pd.Index(reference[age])
    if bands.hasnans:
        check.add(f"reference: column {age!r} is missing in {int(bands.isna().sum())} rows")
    if not bands.is_unique:
        check.add(f"reference repeats {age} {bands[bands.duplicated()].unique().tolist()}")
    ref_x: Floats
    ref_x, ref_n = floats_of(reference, ref_count).copy(), floats_of(reference, ref_population)
    ref_x[np.isnan(ref_x)] = 0.0
    check.values(ref_x, lambda i: f"reference, {age}={plain(bands[i])!r}: column {ref_count!r}", low=0)
    check.values(ref_n, lambda i: f"reference, {age}={plain(bands[i])!r}: column {ref_population!r}", low=0)
    check.done()

    band = band_codes(frame[age], bands, name=age, known_as="reference", check=check)
    events, people = rate_columns(
        frame,
        groups,
        count,
        population,
        check,
        where=lambda i: f"{groups.label(int(groups.codes[i]))}, {age}={plain(frame[age].iloc[i])!r}",
    )
    if (band >= 0).all():
        full_table(groups, band, bands, name=age, check=check)
        inhabited = np.bincount(band, weights=np.nan_to_num(people), minlength=len(bands)) > 0
        for b in positions(inhabited & (ref_n == 0)):
            check.add(f"reference, {age}={plain(bands[b])!r}: column {ref_population!r} is 0; no rate can be taken")
    check.done()

    rates = np.divide(ref_x, ref_n, out=np.zeros_like(ref_x), where=ref_n > 0)
    observed, expected = groups.sums(events), groups.sums(rates[band] * people)
    lower, upper = poisson_limits(observed, level)
    scale = np.divide(per, expected, out=np.full_like(expected, np.nan), where=expected > 0)
    return groups.result(
        observed=observed, expected=expected, value=observed * scale, lower=lower * scale, upper=upper * scale
    )


def _reference_column(reference: pd.DataFrame, named: str, default: str) -> str:
    for name in (named, default):
        if name in reference.columns:
            return name
    raise InvalidInput(f"reference has no column {named!r} (nor {default!r}); it has {list(reference.columns)}")
