"""Of a report's many tests, which findings can be believed together?

Reference: Benjamini Y, Hochberg Y. *Controlling the false discovery rate*. J R Stat Soc B 1995;57:289-300.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cls_analysis.statistics._check import Bools, Check, Floats, check_level, positions


class Adjusted(NamedTuple):
    """p-values adjusted for the family of tests, and which are called significant."""

    adjusted: Floats
    rejected: Bools


def benjamini_hochberg(p: npt.ArrayLike, fdr: float = 0.05) -> Adjusted:
    """Benjamini and Hochberg's adjustment of a family of p-values.

    Returns `Adjusted(adjusted, rejected)`, arrays in the order of `p`; `rejected` where adjusted <= fdr, so
    that at most a share `fdr` of the rejected is expected to be false. A NaN is a test not made: it stays
    NaN, is not rejected and does not count in the family. Raises `InvalidInput` for a p outside 0 to 1.

    >>> result = benjamini_hochberg([0.01, 0.04, 0.03, 0.5])
    >>> result.adjusted.round(4).tolist(), result.rejected.tolist()
    ([0.04, 0.0533, 0.0533, 0.5], [True, False, False, False])
    """
    check_level(fdr, "fdr")
    check = Check()
    (x,), _ = check.arrays(p=(p, {"low": 0, "missing_ok": True}))
    for i in positions(x > 1):
        check.add(f"p[{i}] is {x[i]:g}; it must be 1 or less")
    check.done()
    adjusted = np.full(len(x), np.nan)
    made = np.flatnonzero(~np.isnan(x))
    order = made[np.argsort(-x[made], kind="stable")]
    m = len(order)
    adjusted[order] = np.minimum(np.minimum.accumulate(x[order] * m / np.arange(m, 0, -1)), 1.0)
    return Adjusted(adjusted, adjusted <= fdr)
