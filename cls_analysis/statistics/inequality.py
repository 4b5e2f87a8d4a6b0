"""How unequal are the areas or groups, whatever their order?

Measures of spread of a value per head between areas, weighted by population: Gini, Theil (with its split
between and within groups), mean log deviation, Atkinson, variance between groups, disparity from the mean,
distance to the best, and what would be gained if all had the reference's level. Natural units: nothing is
multiplied by 1000. They compare areas, never individuals. Formulas of the WHO *Handbook on health inequality
monitoring* (2013), as in its HEAT and `healthequal` software; where a zero has a mathematical limit, that
limit is returned.

References: Theil H. *Economics and information theory*. 1967. Atkinson AB. J Econ Theory 1970;2:244-63.
Harper S, Lynch J. *Methods for measuring cancer disparities*. NCI 2005. Pearcy JN, Keppel KG. Public Health
Rep 2002;117:273-80.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from cls_analysis.errors import InvalidInput
from cls_analysis.statistics._check import Check, Floats, check_number
from cls_analysis.statistics._weights import weighted

NAN = float("nan")


class TheilParts(NamedTuple):
    """Theil index and its parts: total = between + within."""

    total: float
    between: float
    within: float


def gini(value: npt.ArrayLike, population: npt.ArrayLike | None = None) -> float:
    """Gini index of values per head (0 equal, towards 1 unequal), weighted by population where given.

    Half the relative mean difference, without small-sample correction. NaN for no area or a mean of 0. Raises
    `InvalidInput` for negative or non-finite values, negative populations, unequal lengths. Reference: Gini
    1912.

    >>> gini([1, 2, 3, 4])
    0.25
    """
    y, share = weighted(value, population, low=0)
    mean = (share * y).sum()
    if mean == 0:
        return NAN
    order = np.argsort(y, kind="stable")
    y, share = y[order], share[order]
    place = np.cumsum(share) - share / 2
    return float(max(2 * (share * y * (place - 0.5)).sum() / mean, 0.0))


def theil(value: npt.ArrayLike, population: npt.ArrayLike | None = None, group: Any = None) -> float | TheilParts:
    """Theil's T, in natural units; with `group`, `TheilParts(total, between, within)`.

    `group`: one label per area (an EPCI, a class of deprivation; a Series is matched by index like the
    others). `between` is the inequality left if every area had its group's mean; the parts add up. A value of
    0 adds 0 (its limit). NaN for no area or a mean of 0. Raises `InvalidInput` as `gini`, and for a missing
    label. Reference: Theil 1967.

    >>> parts = theil([1, 1, 3, 3], [10, 10, 10, 10], group=["a", "a", "b", "b"])
    >>> round(parts.total, 4), round(parts.between, 4), round(parts.within, 4)
    (0.1308, 0.1308, 0.0)
    """
    if group is None:
        y, share = weighted(value, population, low=0)
        return _theil(y, share)
    codes = _group_codes(group, value)
    stacked, _ = Check().arrays(value=(value, {}))
    if len(codes) != len(stacked[0]):
        raise InvalidInput(f"lengths differ: value has {len(stacked[0])}, group has {len(codes)}")
    y, share = weighted(value, population, low=0)
    if population is not None:
        checked, _ = Check().arrays(value=(value, {}), population=(population, {}))
        codes = codes[checked[1] > 0]
    mean = (share * y).sum()
    if mean == 0:
        return TheilParts(NAN, NAN, NAN)
    size = np.bincount(codes, weights=share)
    held = np.bincount(codes, weights=share * y)
    some = size > 0
    means = np.divide(held, size, out=np.zeros_like(held), where=some)
    between = float(special.xlogy(held / mean, means / mean)[some].sum())
    own = means[codes]
    ratio = np.divide(y, own, out=np.ones_like(y), where=own > 0)
    within = float(special.xlogy(share * y / mean, ratio).sum())
    return TheilParts(total=_theil(y, share), between=between, within=within)


def _theil(y: Floats, share: Floats) -> float:
    mean = (share * y).sum()
    return float((share * special.xlogy(y / mean, y / mean)).sum()) if mean else NAN


def _group_codes(group: Any, value: Any) -> np.ndarray:
    labels = group
    if isinstance(group, pd.Series) and isinstance(value, pd.Series) and not group.index.equals(value.index):
        position = pd.Series(np.arange(len(group)), index=group.index)
        check = Check()
        (_, place), _ = check.arrays(value=(value, {}), group=(position, {}))
        labels = group.iloc[place.astype(int)]
    codes, _ = pd.factorize(np.asarray(labels, dtype=object))
    if (codes < 0).any():
        raise InvalidInput(f"group is missing at position {np.flatnonzero(codes < 0)[:5].tolist()}")
    return codes


def mean_log_deviation(value: npt.ArrayLike, population: npt.ArrayLike | None = None) -> float:
    """Mean log deviation, in natural units: the mean of log(mean / value).

    Infinite where a populated area has a value of 0 (its limit). NaN for no area or a mean of 0. Raises as
    `gini`.

    >>> round(mean_log_deviation([1, 1, 3, 3]), 4)
    0.1438
    """
    y, share = weighted(value, population, low=0)
    mean = (share * y).sum()
    if mean == 0:
        return NAN
    with np.errstate(divide="ignore"):
        return float(max((share * np.log(mean / y)).sum(), 0.0))


def atkinson(value: npt.ArrayLike, epsilon: float, population: npt.ArrayLike | None = None) -> float:
    """Atkinson index (0 equal, 1 unequal) for an aversion to inequality `epsilon` of 0 or more.

    1 where a populated area has a value of 0 and epsilon is 1 or more (its limit). NaN for no area or a mean
    of 0. Raises `InvalidInput` as `gini`, and for a negative epsilon. Reference: Atkinson 1970.

    >>> round(atkinson([1, 1, 3, 3], 1), 4), atkinson([1, 1, 3, 3], 0)
    (0.134, 0.0)
    """
    check_number(epsilon, "epsilon", low=0)
    y, share = weighted(value, population, low=0)
    mean = (share * y).sum()
    if mean == 0:
        return NAN
    relative = y / mean
    with np.errstate(divide="ignore", over="ignore"):
        if epsilon == 1:
            equal = np.exp((share * np.log(relative)).sum())
        else:
            equal = (share * relative ** (1 - epsilon)).sum() ** (1 / (1 - epsilon))
    return float(min(max(1 - equal, 0.0), 1.0))
