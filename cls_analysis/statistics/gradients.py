"""Does the indicator follow deprivation, from the most to the least disadvantaged, and how steeply?

Measures along an order: slope and relative index of inequality, concentration index and its curve. `rank` 1
is the most disadvantaged area; areas of equal rank share one place, so results do not depend on the order of
the rows. These are gradients across areas: they say nothing of individuals (the ecological fallacy).

References: Mackenbach JP, Kunst AE. *Measuring the magnitude of socio-economic inequalities in health*. Soc
Sci Med 1997;44:757-71. Kakwani N, Wagstaff A, van Doorslaer E. *Socioeconomic inequalities in health*. J
Econometrics 1997;77:87-103. WHO, *Handbook on health inequality monitoring*, 2013.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from cls_analysis.statistics._check import check_option
from cls_analysis.statistics._weights import keyed, mid_ranks


class SlopeIndex(NamedTuple):
    """Slope index and its fitted line (all in the value's unit, `rii` a ratio)."""

    sii: float
    rii: float
    intercept: float
    slope: float


def slope_index(value: npt.ArrayLike, population: npt.ArrayLike, rank: npt.ArrayLike) -> SlopeIndex:
    """Slope and relative index of inequality, by population-weighted least squares.

    `value` of each area (a rate, a share), its `population` (weights), its `rank` (1 = most disadvantaged;
    ties allowed). The value is regressed on the mid-point of the area's place in the cumulative population.
    Returns `SlopeIndex(sii, rii, intercept, slope)`: `sii` = fitted at 1 (least disadvantaged) minus fitted
    at 0 (most), hence negative where the disadvantaged have more; `rii` = fitted at 1 over fitted at 0. All
    NaN with fewer than two distinct ranks; `rii` NaN where the two fitted ends differ in sign or the lower
    end is 0. Areas without population weigh nothing. Raises `InvalidInput`: non-finite figures, negative
    populations, unequal lengths. Variant: linear, weighted, no transformation (name it wherever it is shown).
    Reference: Mackenbach and Kunst 1997.

    >>> fit = slope_index([30, 20, 10], [100, 100, 100], [1, 2, 3])
    >>> round(fit.sii, 4), round(fit.rii, 4), round(fit.intercept, 4)
    (-30.0, 0.1429, 35.0)
    """
    y, share, order = keyed(value, population, rank)
    x = mid_ranks(order, share) if len(y) else y
    centred = x - (share * x).sum()
    spread = (share * centred**2).sum()
    if len(y) == 0 or spread <= 1e-15:
        return SlopeIndex(np.nan, np.nan, np.nan, np.nan)
    mean = (share * y).sum()
    slope = float((share * centred * (y - mean)).sum() / spread)
    intercept = float(mean - slope * (share * x).sum())
    top = intercept + slope
    rii = top / intercept if intercept != 0 and top * intercept >= 0 else np.nan
    return SlopeIndex(sii=slope, rii=rii, intercept=intercept, slope=slope)


def concentration_index(
    value: npt.ArrayLike, population: npt.ArrayLike, rank: npt.ArrayLike, *, kind: str = "relative"
) -> float:
    """Concentration index along deprivation, population-weighted.

    `kind` "relative" (RCI, between -1 and 1 for values of one sign) or "absolute" (ACI = RCI x mean, in the
    value's unit). Negative where the value is concentrated among the disadvantaged (rank 1). NaN for no area,
    and for the relative index where the mean is 0. Arguments and errors as `slope_index`. Reference: Kakwani
    et al. 1997.

    >>> concentration_index([30, 20, 10], [100, 100, 100], [1, 2, 3])  # doctest: +ELLIPSIS
    -0.2222...
    """
    check_option(kind, "kind", ("relative", "absolute"))
    y, share, order = keyed(value, population, rank)
    if not len(y):
        return float("nan")
    mean = float((share * y).sum())
    absolute = float(2 * (share * y * (mid_ranks(order, share) - 0.5)).sum())
    if kind == "absolute":
        return absolute
    return absolute / mean if mean else float("nan")


def concentration_curve(value: npt.ArrayLike, population: npt.ArrayLike, rank: npt.ArrayLike) -> pd.DataFrame:
    """Points of the concentration curve: share of the population against share of the total value.

    Arguments as `slope_index`; `value` is per head, so an area holds value x population. Returns
    `population_share, value_share`, from (0, 0) to (1, 1), one point per distinct rank, most disadvantaged
    first. One minus twice the area under it (trapezes) is the relative `concentration_index`. With
    `rank=value` it is the Lorenz curve and the index is the Gini. `value_share` is NaN where the total is 0;
    no area gives no point.

    >>> concentration_curve([30, 20, 10], [100, 100, 100], [1, 2, 3]).round(3).value_share.tolist()
    [0.0, 0.5, 0.833, 1.0]
    """
    y, share, order = keyed(value, population, rank)
    if not len(y):
        return pd.DataFrame({"population_share": pd.Series(dtype=float), "value_share": pd.Series(dtype=float)})
    _, code = np.unique(order, return_inverse=True)
    people = np.append(0.0, np.cumsum(np.bincount(code, weights=share)))
    held = np.append(0.0, np.cumsum(np.bincount(code, weights=share * y)))
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = held / held[-1] if held[-1] else np.full_like(held, np.nan)
    return pd.DataFrame({"population_share": people / people[-1], "value_share": shares})
