"""How far are the groups from their mean, or from the best of them, and what would be gained by joining it?

Formulas of the WHO *Handbook on health inequality monitoring* (2013), as in its HEAT and `healthequal`
software. The reference is the population-weighted mean, the best group, or a named one; nothing is cut at 0.

References: WHO 2013. Harper S, Lynch J. *Methods for measuring cancer disparities*. NCI 2005. Pearcy JN,
Keppel KG. *A summary measure of health disparity*. Public Health Rep 2002;117:273-80.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cls_analysis.errors import InvalidInput
from cls_analysis.statistics._check import Check, Floats, check_option
from cls_analysis.statistics._weights import weighted as _shares

NAN = float("nan")


class PopulationAttributable(NamedTuple):
    """Change of the mean (`par`, in the value's unit) and in percent of it (`paf`)."""

    par: float
    paf: float


def _spread(value: npt.ArrayLike, population: npt.ArrayLike, equal: bool) -> tuple[Floats, Floats, float]:
    """Values, weights of the sum (population shares, or equal shares), and the population-weighted mean."""
    y, share = _shares(value, population)
    if not len(y):
        return np.array([NAN]), np.ones(1), NAN
    return y, np.full(len(y), 1 / len(y)) if equal else share, float((share * y).sum())


def between_group_variance(value: npt.ArrayLike, population: npt.ArrayLike, *, weighted: bool = True) -> float:
    """Variance between groups, around the population-weighted mean (the value's unit, squared).

    `weighted=False` counts every group once in the sum; the reference stays the population-weighted mean. NaN
    for no group. Raises `InvalidInput`: non-finite values, negative populations. Reference: WHO 2013.

    >>> between_group_variance([1, 3], [50, 50])
    1.0
    """
    y, weight, mean = _spread(value, population, equal=not weighted)
    return float((weight * (y - mean) ** 2).sum())


def between_group_sd(value: npt.ArrayLike, population: npt.ArrayLike, *, weighted: bool = True) -> float:
    """Square root of `between_group_variance` (the value's unit).

    >>> between_group_sd([1, 3], [50, 50])
    1.0
    """
    return float(np.sqrt(between_group_variance(value, population, weighted=weighted)))


def index_of_disparity(value: npt.ArrayLike, population: npt.ArrayLike, *, weighted: bool = True) -> float:
    """Mean absolute distance to the population-weighted mean, in percent of it.

    `weighted=False` counts every group once in the sum. NaN for no group or a mean of 0. Raises as
    `between_group_variance`. Reference: Pearcy and Keppel 2002; WHO 2013.

    >>> index_of_disparity([1, 3], [50, 50])
    50.0
    """
    y, weight, mean = _spread(value, population, equal=not weighted)
    return float(100 * (weight * np.abs(y - mean)).sum() / mean) if mean else NAN


def _reference_level(value: npt.ArrayLike, population: npt.ArrayLike, reference: Any, favourable: str) -> float:
    """Level of the reference: "best", "mean", or the value at a position (0 is the first)."""
    check_option(favourable, "favourable", ("high", "low"))
    y, share = _shares(value, population)
    if isinstance(reference, str):
        check_option(reference, "reference", ("best", "mean"))
        if not len(y):
            return NAN
        if reference == "mean":
            return float((share * y).sum())
        return float(y.max() if favourable == "high" else y.min())
    (every,), _ = Check().arrays(value=(value, {}))
    if isinstance(reference, bool) or not isinstance(reference, int | np.integer) or not 0 <= reference < len(every):
        raise InvalidInput(
            f"reference is {reference!r}; it must be 'best', 'mean' or a position from 0 to {len(every) - 1}"
        )
    return float(every[reference])


def mean_difference(
    value: npt.ArrayLike,
    population: npt.ArrayLike,
    *,
    reference: str | int = "best",
    weighted: bool = True,
    favourable: str = "high",
) -> float:
    """Mean absolute difference of the groups from a reference (the value's unit).

    `reference`: "best" (highest value if `favourable="high"`, lowest if "low", among groups with people),
    "mean" (population-weighted) or a group's position (0 first). `weighted=False` counts every group once,
    the reference included. NaN for no group. Raises `InvalidInput` as `between_group_variance`, and for an
    unknown reference. Reference: WHO 2013 (MDB, MDM, MDR).

    >>> mean_difference([10, 20, 40], [1, 1, 2], reference="best")
    12.5
    """
    level = _reference_level(value, population, reference, favourable)
    y, weight, _ = _spread(value, population, equal=not weighted)
    return float((weight * np.abs(y - level)).sum())


def population_attributable(
    value: npt.ArrayLike, population: npt.ArrayLike, *, reference: str | int, favourable: str = "high"
) -> PopulationAttributable:
    """Change of the mean if every group had the reference's level: `(par, paf)`.

    `par` = reference's value minus the population-weighted mean, in the value's unit; `paf` = 100 x par /
    mean. WHO's sign: positive where the mean would rise, so negative for deaths avoided. `reference` as in
    `mean_difference`. Nothing is cut at 0. `paf` is NaN where the mean is 0. Reference: WHO 2013 (PAR, PAF).

    >>> population_attributable([10, 20, 40], [1, 1, 2], reference=0)
    PopulationAttributable(par=-17.5, paf=-63.63636363636363)
    """
    level = _reference_level(value, population, reference, favourable)
    y, share = _shares(value, population)
    mean = float((share * y).sum()) if len(y) else NAN
    par = level - mean
    return PopulationAttributable(par=par, paf=100 * par / mean if mean else NAN)
