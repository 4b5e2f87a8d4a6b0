"""How much supply can the people here reach, given all the others who reach for it too?

Two-step floating catchment area. Step 1: each site shares its supply among the people within reach. Step 2:
each origin adds up the shares of the sites within its reach. Enhanced: nearer pairs weigh more, by steps or a
decay function. (The French APL is a measure of this family.)

What is shared out equals what is reached: sum(population x access) = supply of the sites that reach anybody.

References: Luo W, Wang F. Environ Plan B 2003;30:865-84. Luo W, Qi Y. *An enhanced two-step floating
catchment area method*. Health Place 2009;15:1100-7.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cls_analysis.errors import InvalidInput
from cls_analysis.statistics._check import (
    Check,
    Floats,
    Ints,
    check_number,
    columns_present,
    floats_of,
    numbers_by_key,
    plain,
)

Keyed = Mapping[Any, float] | pd.Series


def floating_catchment(
    population: Keyed,
    supply: Keyed,
    cost: pd.DataFrame,
    *,
    radius: float,
    decay: Callable[[Floats], npt.ArrayLike] | None = None,
    steps: Sequence[tuple[float, float]] | None = None,
) -> pd.Series[float]:
    """Supply per head within reach of each origin.

    `population`: origin -> people; `supply`: site -> supply (doctors, beds); Series (by index) or mappings.
    `cost`: a long frame `origin, site, cost` (minutes, km), joined by key; a pair that is not listed is out
    of reach, so is a cost above `radius` (at it is within). `steps`: [(cost, weight), ...], the weight of the
    first step whose cost is not exceeded, 0 beyond the last; `decay`: a function of an array of costs giving
    weights of 0 or more; neither: weight 1. Returns a Series named `access`, one value per origin in the
    order of `population`: supply per head. 0 where no supply is within reach. A site that reaches nobody is
    not shared out. An origin without people has an access but draws on no site. Raises `InvalidInput`:
    origins or sites of `cost` that `population` or `supply` lack, pairs given twice, negative or missing
    figures, negative weights, both `decay` and `steps`. Reference: Luo and Wang 2003; Luo and Qi 2009.

    >>> cost = pd.DataFrame({"origin": ["a", "b", "b"], "site": ["s", "s", "t"], "cost": [5, 10, 40]})
    >>> floating_catchment({"a": 1000, "b": 3000}, {"s": 4, "t": 1}, cost, radius=30).to_dict()
    {'a': 0.001, 'b': 0.001}
    """
    if decay is not None and steps is not None:
        raise InvalidInput("both decay and steps are given; they are two ways to say the same thing", hint="drop one")
    check_number(radius, "radius", low=0)
    if decay is not None and not callable(decay):
        raise InvalidInput(f"decay is {decay!r}; it must be a function of an array of costs")
    columns_present(cost, ["origin", "site", "cost"], "cost")
    check = Check()
    origins, people = _keyed(population, "population", check)
    sites, offered = _keyed(supply, "supply", check)
    travel = floats_of(cost, "cost")
    check.values(
        travel,
        lambda i: f"origin={plain(cost['origin'].iloc[i])!r}, site={plain(cost['site'].iloc[i])!r}: column 'cost'",
        low=0,
    )
    check.done()
    o = _places(cost["origin"], origins, "origin", "population", check)
    s = _places(cost["site"], sites, "site", "supply", check)
    check.done()
    pair = o.astype(np.int64) * max(len(sites), 1) + s
    pair.sort()
    for twice in np.unique(pair[1:][pair[1:] == pair[:-1]]):
        check.add(
            f"origin={plain(origins[twice // len(sites)])!r}, site={plain(sites[twice % len(sites)])!r}: "
            "the pair is given twice"
        )
    check.done()
    del pair

    within = travel <= radius
    if not within.all():
        o, s, travel = o[within], s[within], travel[within]
    weight = _weights(travel, decay, steps)
    drawn = people[o] if weight is None else people[o] * weight
    demand = np.bincount(s, weights=drawn, minlength=len(sites))
    ratio = np.divide(offered, demand, out=np.zeros_like(offered), where=demand > 0)
    drawn = ratio[s] if weight is None else ratio[s] * weight
    return pd.Series(
        np.bincount(o, weights=drawn, minlength=len(origins)), index=origins, name="access", dtype=np.float64
    )


def _keyed(values: Keyed, name: str, check: Check) -> tuple[pd.Index[Any], Floats]:
    series = numbers_by_key(values, name)
    x = series.to_numpy(dtype=np.float64)
    if not series.index.is_unique:
        check.add(f"{name} repeats {series.index[series.index.duplicated()].unique()[:5].tolist()}")
    check.values(x, lambda i: f"{name}[{plain(series.index[i])!r}]", low=0)
    return series.index, x


def _places(column: pd.Series[Any], keys: pd.Index[Any], name: str, table: str, check: Check) -> Ints:
    """Position of each key of the column; those that the table lacks are listed."""
    codes, distinct = pd.factorize(column)
    if (codes < 0).any():
        check.add(f"cost: column {name!r} is missing in {int((codes < 0).sum())} rows")
    place = keys.get_indexer(pd.Index(distinct))
    lacking = np.flatnonzero(place < 0)
    if len(lacking):
        check.add(
            f"{len(lacking)} values of {name!r} in cost are not in {table}: "
            f"{[plain(distinct[i]) for i in lacking[:10]]}"
        )
    return np.append(place, -1)[codes].astype(np.int64)


def _weights(
    travel: Floats,
    decay: Callable[[Floats], npt.ArrayLike] | None,
    steps: Sequence[tuple[float, float]] | None,
) -> Floats | None:
    """Weight of each pair within the radius; None when all weigh 1."""
    if steps is not None:
        try:
            ends = np.array([float(c) for c, _ in steps])
            given = np.array([float(w) for _, w in steps])
        except (TypeError, ValueError):
            raise InvalidInput(f"steps are {steps!r}; they must be pairs (cost, weight)") from None
        if not len(ends) or (np.diff(ends) <= 0).any() or not np.isfinite(np.append(ends, given)).all():
            raise InvalidInput(f"steps are {list(steps)}; their costs must be finite and increase")
        if (given < 0).any():
            raise InvalidInput(f"steps are {list(steps)}; a weight is negative")
        return np.append(given, 0.0)[np.searchsorted(ends, travel, side="left")]
    if decay is None:
        return None
    weight = np.asarray(decay(travel), dtype=np.float64)
    if weight.shape != travel.shape:
        raise InvalidInput(
            f"decay gave {weight.shape} weights for {travel.shape} costs; it must take an array of "
            "costs and return one weight for each"
        )
    bad = np.flatnonzero(~np.isfinite(weight) | (weight < 0))
    if len(bad):
        raise InvalidInput(
            [f"decay({plain(travel[i])}) is {plain(weight[i])}; a weight must be 0 or more" for i in bad[:10]]
        )
    return weight
