"""How frequent is the event, per head or per share, and within which limits?

Crude rates (Poisson events over a population or person-years) and proportions (people with a trait among
people). A rate may exceed one event per head (consultations); a proportion may not.

Reference: Eayres D. *Commonly used public health statistics and their confidence intervals*. APHO 2008.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cls_analysis.statistics._check import Check, Floats, check_number, columns_present, plain, positions
from cls_analysis.statistics._groups import Groups, group_rows, rate_columns
from cls_analysis.statistics.intervals import poisson_limits, wilson_limits

RATE_COLUMNS = ("value", "lower", "upper", "count", "population")


def crude_rate(
    frame: pd.DataFrame,
    *,
    by: str | Sequence[str],
    count: str,
    population: str,
    per: float = 100_000,
    level: float = 0.95,
) -> pd.DataFrame:
    """Crude rate of each group, with Poisson limits.

    `frame`: long form; rows of one group (ages, years) are added. `by`: the key column or columns; `count`:
    events; `population`: people or person-years. Returns one row per group, sorted by key: keys, `value,
    lower, upper` (per `per`), `count, population` (sums). Limits: `poisson_interval` of the summed count over
    the population. Zero events: value 0, lower 0, upper above 0. No minimum of events is applied: that is
    disclosure's affair. Raises `InvalidInput`: a negative or missing count, a negative or missing population,
    a group whose population is 0, a missing key. Reference: Eayres 2008.

    >>> frame = pd.DataFrame({"area": ["a", "b"], "deaths": [65, 0], "people": [100, 5000]})
    >>> crude_rate(frame, by="area", count="deaths", population="people", per=100).round(4)
      area  value    lower    upper  count  population
    0    a   65.0  50.1632  82.8491   65.0       100.0
    1    b    0.0   0.0000   0.0738    0.0      5000.0
    """
    check_number(per, "per", above=0)
    groups, x, n, check = _summed(frame, by, count, population)
    check.done()
    lower, upper = poisson_limits(x, level)
    scale = per / n
    return groups.result(value=x * scale, lower=lower * scale, upper=upper * scale, count=x, population=n)


def proportion(
    frame: pd.DataFrame,
    *,
    by: str | Sequence[str],
    count: str,
    population: str,
    per: float = 100,
    level: float = 0.95,
) -> pd.DataFrame:
    """Share of each group's population that has a trait, with Wilson limits.

    Columns, key and sums as `crude_rate`; `value, lower, upper` are in percent at `per=100`.
    Raises `InvalidInput` also where the count is above the population, in a row or in a group's total.
    Reference: Wilson 1927.

    >>> frame = pd.DataFrame({"area": ["a"], "ill": [65], "people": [100]})
    >>> proportion(frame, by="area", count="ill", population="people").round(2)
      area  value  lower  upper  count  population
    0    a   65.0  55.25  73.64   65.0       100.0
    """
    check_number(per, "per", above=0)
    groups, x, n, check = _summed(frame, by, count, population)
    events, people = (
        frame[count].to_numpy(float, na_value=np.nan),
        frame[population].to_numpy(float, na_value=np.nan),
    )
    for i in positions(events > people):
        check.add(
            f"{groups.label(int(groups.codes[i]))}: column {count!r} is {plain(events[i])}, "
            f"above column {population!r} = {plain(people[i])}"
        )
    check.done()
    lower, upper = wilson_limits(x, n, level)
    return groups.result(value=per * x / n, lower=per * lower, upper=per * upper, count=x, population=n)


def _summed(
    frame: pd.DataFrame, by: str | Sequence[str], count: str, population: str
) -> tuple[Groups, Floats, Floats, Check]:
    """Groups, summed counts and populations, and the problems found so far."""
    columns_present(frame, [count, population])
    groups = group_rows(frame, by, RATE_COLUMNS)
    check = Check()
    events, people = rate_columns(frame, groups, count, population, check)
    x, n = groups.sums(events), groups.sums(people)
    for g in positions(n == 0):
        check.add(f"{groups.label(int(g))}: column {population!r} is 0 in all; a rate needs a population above 0")
    return groups, x, n, check
