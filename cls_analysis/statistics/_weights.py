"""Values with population weights: the common ground of the inequality measures."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cls_analysis.statistics._check import Check, Floats

Weighted = tuple[Floats, Floats]


def weighted(value: npt.ArrayLike, population: npt.ArrayLike | None, *, low: float | None = None) -> Weighted:
    """Checked values and their population shares; areas with no population are left out."""
    y, share, _ = keyed(value, population, None, low=low)
    return y, share


def keyed(
    value: npt.ArrayLike,
    population: npt.ArrayLike | None,
    other: npt.ArrayLike | None,
    *,
    low: float | None = None,
) -> tuple[Floats, Floats, Floats]:
    """As `weighted`, with a third array kept alongside."""
    check = Check()
    limits: dict[str, Any] = {} if low is None else {"low": low}
    given: dict[str, tuple[Any, dict[str, Any]]] = {"value": (value, limits)}
    if population is not None:
        given["population"] = (population, {"low": 0})
    if other is not None:
        given["rank"] = (other, {})
    arrays, _ = check.arrays(**given)
    y = arrays[0]
    n = arrays[1] if population is not None else np.ones_like(y)
    r = arrays[-1] if other is not None else np.zeros_like(y)
    if len(n) and np.nansum(n) <= 0:
        check.add("population sums to 0; the weights need at least one area with people")
    check.done()
    lived = n > 0
    return y[lived], n[lived] / max(n.sum(), np.finfo(float).tiny), r[lived]


def mid_ranks(rank: Floats, share: Floats) -> Floats:
    """Mid-point of each area's place in the cumulative population, by rank; equal ranks share one place."""
    _, code = np.unique(rank, return_inverse=True)
    mass = np.bincount(code, weights=share)
    return (np.cumsum(mass) - mass / 2)[code]
