"""Is this area unusual among the others, and in which fifth does it stand?

Control limits of a funnel plot, and groups of equal size by rank.

References: Spiegelhalter DJ. *Funnel plots for comparing institutional performance*. Stat Med
2005;24:1185-202. Eayres D. *Commonly used public health statistics and their confidence intervals*. APHO
2008. OHID, *Assigning deprivation categories* (ranks with ties at their minimum).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from cls_analysis.errors import InvalidInput
from cls_analysis.statistics._check import Check, Floats, check_level, check_option, positions
from cls_analysis.statistics.intervals import normal_quantile


def funnel_limits(
    count: npt.ArrayLike,
    denominator: npt.ArrayLike,
    *,
    kind: str,
    target: float,
    levels: Sequence[float] = (0.95, 0.998),
) -> pd.DataFrame:
    """Control limits around a target, and where each area lies.

    `kind` "proportion": `count` of `denominator` people, `target` between 0 and 1, limits target +- z x
    standard error at the target (the score test, which Wilson's interval inverts), cut to 0 and 1. `kind`
    "ratio": observed `count` over expected events `denominator`, `target` above 0 (1, or 100 for an ICM);
    exact Poisson limits: the ratio whose tail probability is half of 1 - level when `denominator` events are
    expected (gamma continuation between whole counts); 0 where even no event would not be unusual. Returns
    one row per area, in the order given: `value` (count / denominator, times the target for a ratio),
    `denominator, target`, then `lower_95, upper_95, lower_99_8, upper_99_8` (one pair per level), and
    `beyond`: the highest level whose limits the value lies strictly outside, NaN inside all. Order of areas
    plays no part. Raises `InvalidInput`: a denominator of 0 or less, a negative count, count above
    denominator for a proportion, a target out of range. Reference: Spiegelhalter 2005; same limits as
    PHEindicatormethods.

    >>> funnel_limits([8], [10], kind="proportion", target=0.5, levels=[0.95]).round(3)
       value  denominator  target  lower_95  upper_95  beyond
    0    0.8         10.0     0.5      0.19      0.81     NaN
    """
    check_option(kind, "kind", ("proportion", "ratio"))
    for level in levels:
        check_level(level, "levels")
    check = Check()
    (x, n), _ = check.arrays(count=(count, {"low": 0}), denominator=(denominator, {"above": 0}))
    if not np.isfinite(target) or not (target > 0 and (kind == "ratio" or target < 1)):
        check.add(f"target is {target}; a {kind} needs one above 0" + (" and below 1" if kind == "proportion" else ""))
    if kind == "proportion":
        for i in positions(x > n):
            check.add(f"count[{i}] is {x[i]:g}, above denominator[{i}] = {n[i]:g}")
    check.done()
    value = x / n * (target if kind == "ratio" else 1)
    columns: dict[str, Floats | float] = {"value": value, "denominator": n, "target": target}
    beyond = np.full(len(value), np.nan)
    for level in sorted(levels):
        lower, upper = _score_limits(n, target, level) if kind == "proportion" else _ratio_limits(n, target, level)
        name = f"{level * 100:.10g}".replace(".", "_")
        columns[f"lower_{name}"], columns[f"upper_{name}"] = lower, upper
        beyond[(value < lower) | (value > upper)] = level
    return pd.DataFrame({**columns, "beyond": beyond})


def _score_limits(n: Floats, target: float, level: float) -> tuple[Floats, Floats]:
    half = normal_quantile(level) * np.sqrt(target * (1 - target) / n)
    return np.maximum(target - half, 0), np.minimum(target + half, 1)


def _ratio_limits(expected: Floats, target: float, level: float) -> tuple[Floats, Floats]:
    tail = (1 - level) / 2
    # P(X <= k) = Q(k + 1, E) and P(X >= k) = P(k, E): solve for k, a real number. Q grows and P falls with k.
    high = _solve(lambda k: special.gammaincc(k, expected), expected, 1 - tail)
    low = np.maximum(_solve(lambda k: special.gammaincc(k, expected), expected, tail) - 1, 0)
    return target * low / expected, target * high / expected


def _solve(rising: object, expected: Floats, level: float) -> Floats:
    """k > 0 where `rising(k)` reaches `level`, by bisection on all areas at once."""
    low = np.zeros_like(expected)
    high = expected + 10 * np.sqrt(expected) + 40
    for _ in range(100):
        middle = (low + high) / 2
        below = rising(middle) < level  # type: ignore[operator]
        low, high = np.where(below, middle, low), np.where(below, high, middle)
        if np.all(high - low <= 1e-13 * high):
            break
    return (low + high) / 2


def quantile_groups(values: npt.ArrayLike, k: int, *, higher_is_first: bool = False) -> Floats:
    """Group (1 to k) of each value, by rank; equal values share a group.

    Ranks take ties at their minimum; group = floor(k + 1 - ceil((n + 1 - rank) k / n)), over the n values
    present. Group 1 holds the lowest values, or the highest with `higher_is_first`. NaN values get NaN; all
    are NaN when fewer values than groups. Groups may be unequal, or empty, when ties straddle a boundary:
    look at the sizes. Raises `InvalidInput` for an infinite value or a k below 1. Reference: OHID; same as
    PHEindicatormethods.

    >>> quantile_groups([10, 20, 30, 40, 50, 50], 3).tolist()
    [1.0, 1.0, 2.0, 2.0, 3.0, 3.0]
    """
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise InvalidInput(f"k is {k!r}; it must be a whole number of groups, 1 or more")
    check = Check()
    (x,), _ = check.arrays(values=(values, {"missing_ok": True}))
    check.done()
    out = np.full(len(x), np.nan)
    here = ~np.isnan(x)
    present = -x[here] if higher_is_first else x[here]
    n = len(present)
    if n < k:
        return out
    rank = np.searchsorted(np.sort(present), present, side="left") + 1
    out[here] = np.maximum(k + 1 + (-(n + 1 - rank) * k) // n, 1)  # -(-a // n) is the ceiling, in whole numbers
    return out
