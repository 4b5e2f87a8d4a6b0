"""Do the raters agree on the order of the items?

Reference: Kendall MG, Babington Smith B. *The problem of m rankings*. Ann Math Stat 1939;10:275-87. Siegel S,
Castellan NJ. *Nonparametric statistics for the behavioral sciences*. 2nd ed. 1988, p. 262-72.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from cls_analysis.errors import InvalidInput


class KendallsW(NamedTuple):
    """Coefficient of concordance (0 none, 1 full), its chi-square test, and the sizes."""

    w: float
    chi2: float
    p: float
    raters: int
    items: int


def kendalls_w(ratings: npt.ArrayLike) -> KendallsW:
    """Kendall's coefficient of concordance, corrected for ties.

    `ratings`: one row per rater, one column per item; scores or ranks (each row is ranked, ties at their
    mean). The test, chi2 = raters x (items - 1) x w, is approximate below 8 items. NaN with fewer than two
    raters or items, or where every rater ties everything. Raises `InvalidInput` for a missing rating (leave
    the rater or item out first) or a table that is not rectangular. Reference: Siegel and Castellan 1988.

    >>> round(kendalls_w([[1, 2, 3, 4], [1, 3, 2, 4], [2, 1, 3, 4]]).w, 4)
    0.7778
    """
    try:
        table = np.asarray(ratings, dtype=float)
    except (TypeError, ValueError):
        raise InvalidInput("ratings must be a table of numbers, one row per rater, all of one length") from None
    if table.ndim != 2:
        raise InvalidInput(f"ratings has {table.ndim} dimensions; it must have one row per rater, one column per item")
    if not np.isfinite(table).all():
        where = [f"rater {r}, item {c}: the rating is missing or infinite" for r, c in np.argwhere(~np.isfinite(table))]
        raise InvalidInput(where[:40], hint="leave that rater or that item out")
    m, n = table.shape
    if m < 2 or n < 2:
        return KendallsW(np.nan, np.nan, np.nan, m, n)
    from scipy import stats  # half a second to import, at every start of a report that never asks for it

    ranks = stats.rankdata(table, axis=1)
    sums = ranks.sum(axis=0)
    ties = sum(float((t**3 - t).sum()) for t in (np.unique(row, return_counts=True)[1].astype(float) for row in ranks))
    room = m**2 * (n**3 - n) - m * ties
    if room <= 0:
        return KendallsW(np.nan, np.nan, np.nan, m, n)
    w = float(12 * ((sums - sums.mean()) ** 2).sum() / room)
    chi2 = m * (n - 1) * w
    return KendallsW(w, chi2, float(special.chdtrc(n - 1, chi2)), m, n)
