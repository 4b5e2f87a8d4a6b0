"""Does the territory's count differ from that of its comparator, beyond chance?

A test of the difference or ratio (never a look at two overlapping intervals), the territory's own part taken
out of a comparator that contains it when that part exceeds 10 %. `own_share` says how much of the comparator
is the territory itself: "computed" (the territory lies inside; its share is its population over the
comparator's), 0 (it lies outside), or the share itself.

References: Przyborowski J, Wilenski H. *Homogeneity of results in testing samples from Poisson series*.
Biometrika 1940;31:313-23 (conditional test). Campbell I. *Chi-squared and Fisher-Irwin tests of two-by-two
tables*. Stat Med 2007;26:3661-75. Newcombe RG. Stat Med 1998;17:873-90. Donner A, Zou GY. *Closed-form
confidence intervals for functions of the normal mean and standard deviation*. Stat Methods Med Res
2012;21:347-59 (MOVER).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from cls_analysis.statistics._check import Bools, Check, Floats, check_level, check_number, check_option, positions
from cls_analysis.statistics.intervals import poisson_limits, wilson_limits

OWN_PART_LIMIT = 0.10  # above, the territory's own part is taken out of its comparator


def compare_rates(
    count: npt.ArrayLike,
    population: npt.ArrayLike,
    comparator_count: npt.ArrayLike,
    comparator_population: npt.ArrayLike,
    *,
    own_share: str | npt.ArrayLike = "computed",
    per: float = 100_000,
    level: float = 0.95,
) -> pd.DataFrame:
    """Crude rates against their comparators: exact conditional test.

    Arrays of one length (a single comparator may be one number; Series are matched by index). Returns one row
    per pair: `value, comparator` (per `per`; the comparator as tested, own part out where it exceeds 10 %),
    `difference, difference_lower, difference_upper` (MOVER from `poisson_interval`), `ratio, ratio_lower,
    ratio_upper` (exact), `p` (two-sided: twice the smaller binomial tail), `own_share, own_part_removed`.
    Edges: no event on either side gives p = 1 and a NaN ratio; no event in the comparator an infinite upper
    ratio; a comparator that is only the territory itself is not a comparison (p NaN). Raises `InvalidInput`:
    negative or missing figures, populations of 0 or less, an own part above the comparator's. Reference:
    Przyborowski and Wilenski 1940.

    >>> row = compare_rates(30, 10_000, 200, 100_000, own_share=0).iloc[0]
    >>> float(row.difference), float(row.ratio), float(round(row.p, 4))
    (100.0, 1.5, 0.058)
    """
    check_number(per, "per", above=0)
    x, n, cx, cn, share, out, empty = _counts(count, population, comparator_count, comparator_population, own_share)
    tail = (1 - check_level(level)) / 2
    safe = np.where(empty, 1.0, cn)
    expected_share = n / (n + safe)
    below, above = (
        special.betaincc(x + 1, np.maximum(cx, 1e-300), expected_share),
        special.betainc(np.maximum(x, 1e-300), cx + 1, expected_share),
    )  # P(X <= x) and P(X >= x) for X binomial(x + cx, expected_share), written with the beta function
    p = np.minimum(1, 2 * np.minimum(np.where(cx > 0, below, 1.0), np.where(x > 0, above, 1.0)))
    low = np.where(x > 0, special.betaincinv(np.maximum(x, 1e-300), cx + 1, tail), 0.0)
    high = np.where(cx > 0, special.betainccinv(x + 1, np.maximum(cx, 1e-300), tail), 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(x + cx > 0, (x / n) / (cx / safe), np.nan)
        ratio_low, ratio_high = (side / (1 - side) * safe / n for side in (low, high))
    none = x + cx == 0
    ratio_low, ratio_high = np.where(none, np.nan, ratio_low), np.where(none, np.nan, ratio_high)
    mine = tuple(per * side / n for side in poisson_limits(x, level))
    theirs = tuple(per * side / safe for side in poisson_limits(cx, level))
    return _table(per * x / n, per * cx / safe, mine, theirs, (ratio, ratio_low, ratio_high), p, share, out, empty)


def compare_proportions(
    count: npt.ArrayLike,
    population: npt.ArrayLike,
    comparator_count: npt.ArrayLike,
    comparator_population: npt.ArrayLike,
    *,
    own_share: str | npt.ArrayLike = "computed",
    per: float = 100,
    level: float = 0.95,
) -> pd.DataFrame:
    """Proportions against their comparators.

    Arguments and columns as `compare_rates`; `p` from the chi-square with N - 1 where every expected cell is
    1 or more (Campbell 2007), else from the hypergeometric (twice the smaller tail); difference limits:
    Newcombe's (MOVER from Wilson); ratio limits: MOVER from Wilson. Raises also for a count above its
    population.

    >>> row = compare_proportions(30, 100, 200, 1000, own_share=0).iloc[0]
    >>> float(row.difference), float(round(row.ratio, 4)), float(round(row.p, 4))
    (10.0, 1.5, 0.0191)
    """
    check_number(per, "per", above=0)
    x, n, cx, cn, share, out, empty = _counts(
        count, population, comparator_count, comparator_population, own_share, bounded=True
    )
    check_level(level)
    safe, cx = np.where(empty, 1.0, cn), np.where(empty, 0.0, cx)
    total, events = n + safe, x + cx
    with np.errstate(divide="ignore", invalid="ignore"):
        least = np.minimum(n, safe) * np.minimum(events, total - events) / total
        chi2 = (total - 1) * (x * (safe - cx) - cx * (n - x)) ** 2 / (events * (total - events) * n * safe)
        p = np.where((events == 0) | (events == total), 1.0, special.chdtrc(1, chi2))
    rare = (least < 1) & (events > 0) & (events < total)
    if rare.any():
        from scipy import stats  # half a second to import, at every start of a report that never asks for it

        law = stats.hypergeom(np.round(total[rare]), np.round(events[rare]), np.round(n[rare]))
        p[rare] = np.minimum(1, 2 * np.minimum(law.cdf(x[rare]), law.sf(x[rare] - 1)))
    mine, theirs = wilson_limits(x, n, level), wilson_limits(cx, safe, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(events > 0, (x / n) / (cx / safe), np.nan)
    ratios = _mover_ratio(x / n, cx / safe, mine, theirs)
    scaled = [tuple(per * side for side in pair) for pair in (mine, theirs)]
    return _table(per * x / n, per * cx / safe, scaled[0], scaled[1], (ratio, *ratios), p, share, out, empty)


def _counts(
    count: Any,
    population: Any,
    comparator_count: Any,
    comparator_population: Any,
    own_share: Any,
    *,
    bounded: bool = False,
) -> tuple[Floats, Floats, Floats, Floats, Floats, Bools, Bools]:
    """Checked counts with the own part taken out; the flags are "removed" and "nothing left"."""
    check = Check()
    given: dict[str, Any] = {
        "count": (count, {"low": 0}),
        "population": (population, {"above": 0}),
        "comparator_count": (comparator_count, {"low": 0}),
        "comparator_population": (comparator_population, {"above": 0}),
    }
    computed = isinstance(own_share, str)
    if computed:
        check_option(own_share, "own_share", ("computed",))
    else:
        given["own_share"] = (own_share, {"low": 0})
    arrays, _ = check.arrays(**given)
    x, n, cx, cn = arrays[:4]
    share = n / cn if computed else arrays[4]
    for i in positions(share > 1):
        check.add(f"own_share at {i} is {share[i]:g}: the territory is larger than the comparator that contains it")
    out = share > OWN_PART_LIMIT
    for name, own, whole in (("count", x, cx), ("population", n, cn)):
        for i in positions(out & (own > whole)):
            check.add(f"{name}[{i}] is {own[i]:g}, above the {whole[i]:g} of the comparator that contains it")
    if bounded:
        for name, part, whole in (("count", x, n), ("comparator_count", cx, cn)):
            for i in positions(part > whole):
                check.add(f"{name}[{i}] is {part[i]:g}, above its population {whole[i]:g}")
        for i in positions(out & (cx - x > cn - n) & (cn >= n)):
            check.add(f"comparator[{i}] without the territory has more events ({cx[i] - x[i]:g}) than people")
    check.done()
    cx, cn = np.where(out, cx - x, cx), np.where(out, cn - n, cn)
    return x, n, cx, cn, share, out, cn <= 0


def _mover_ratio(a: Floats, b: Floats, mine: tuple[Floats, ...], theirs: tuple[Floats, ...]) -> tuple[Floats, Floats]:
    """Limits of a/b from the limits of a and of b (Donner and Zou 2012)."""
    (l1, u1), (l2, u2) = mine, theirs
    with np.errstate(divide="ignore", invalid="ignore"):
        low = (a * b - np.sqrt(np.maximum((a * b) ** 2 - l1 * u2 * (2 * a - l1) * (2 * b - u2), 0))) / (
            u2 * (2 * b - u2)
        )
        high = (a * b + np.sqrt(np.maximum((a * b) ** 2 - u1 * l2 * (2 * a - u1) * (2 * b - l2), 0))) / (
            l2 * (2 * b - l2)
        )
    none = (a == 0) & (b == 0)
    # at 2b = u2 the lower formula is 0/0; its limit follows from the linear equation
    flat = np.isclose(2 * b, u2)
    low = np.where(flat & (b > 0), l1 * (2 * a - l1) / np.where(a * b > 0, 2 * a * b, 1.0), low)
    low = np.where((a == 0) | (l1 == 0), 0.0, low)
    return np.where(none, np.nan, low), np.where(none, np.nan, np.where(l2 == 0, np.inf, high))


def _table(
    value: Floats,
    comparator: Floats,
    mine: tuple[Floats, ...],
    theirs: tuple[Floats, ...],
    ratios: tuple[Floats, ...],
    p: Floats,
    share: Floats,
    out: Bools,
    empty: Bools,
) -> pd.DataFrame:
    difference = value - comparator
    frame = pd.DataFrame(
        {
            "value": value,
            "comparator": comparator,
            "difference": difference,
            "difference_lower": difference - np.hypot(value - mine[0], theirs[1] - comparator),
            "difference_upper": difference + np.hypot(mine[1] - value, comparator - theirs[0]),
            "ratio": ratios[0],
            "ratio_lower": ratios[1],
            "ratio_upper": ratios[2],
            "p": p,
        }
    )
    frame.loc[empty, frame.columns != "value"] = np.nan
    return frame.assign(own_share=share, own_part_removed=out)
