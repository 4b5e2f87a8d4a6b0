"""Does a standardised figure differ from its comparator, beyond chance?

For figures that are no longer counts: standardised rates and life expectancies, known by a value and its
interval, and standardised ratios against 100. As in `comparison`, the own part of a comparator that contains
the territory is taken out when it exceeds 10 %.

References: Altman DG, Bland JM. *Interaction revisited: the difference between two estimates*. BMJ
2003;326:219. Breslow NE, Day NE. *Statistical methods in cancer research*, vol. II. IARC 1987, p. 68-73.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from cls_analysis.statistics._check import Check, check_level, check_number, check_option, positions
from cls_analysis.statistics.comparison import OWN_PART_LIMIT
from cls_analysis.statistics.intervals import exact_limits, normal_quantile


def compare_standardised(
    value: npt.ArrayLike,
    lower: npt.ArrayLike,
    upper: npt.ArrayLike,
    comparator: npt.ArrayLike,
    comparator_lower: npt.ArrayLike,
    comparator_upper: npt.ArrayLike,
    *,
    own_share: npt.ArrayLike = 0.0,
    scale: str = "log",
    level: float = 0.95,
) -> pd.DataFrame:
    """Standardised rates or life expectancies against their comparators, from values and intervals.

    `scale` "log" for rates and ratios (all values and limits above 0), "linear" for life expectancy and
    differences: the scale on which the standard error is read from the interval and the test is made (Altman
    and Bland 2003). A comparator that contains the territory (`own_share`, of its population) is comparator =
    s x own + (1 - s) x rest; above 10 % the rest is solved for, with its variance. Exact where every age has
    that share; for exactness otherwise subtract the counts by age before standardising. Columns as
    `compare_rates`. A missing value or limit (too few events) gives NaN throughout, as do limits that do not
    bracket, or (log) are not above 0. Raises `InvalidInput` for an infinite figure, a share below 0 or above
    1.

    >>> row = compare_standardised(120, 100, 144, 100, 98, 102).iloc[0]
    >>> float(row.difference), float(row.ratio), float(round(row.p, 4))
    (20.0, 1.2, 0.0514)
    """
    check_option(scale, "scale", ("log", "linear"))
    z = normal_quantile(level)
    check, maybe = Check(), {"missing_ok": True}
    arrays, _ = check.arrays(
        value=(value, maybe),
        lower=(lower, maybe),
        upper=(upper, maybe),
        comparator=(comparator, maybe),
        comparator_lower=(comparator_lower, maybe),
        comparator_upper=(comparator_upper, maybe),
        own_share=(own_share, {"low": 0}),
    )
    v, low, high, c, c_low, c_high, share = arrays
    for i in positions(share > 1):
        check.add(f"own_share[{i}] is {share[i]:g}; it must be 1 or less")
    check.done()
    bad = ~((low <= v) & (v <= high) & (c_low <= c) & (c <= c_high) & (share < 1))
    if scale == "log":
        bad |= ~((low > 0) & (c_low > 0))
    v, low, high, c, c_low, c_high = (np.where(bad, 1.0, a) for a in (v, low, high, c, c_low, c_high))
    if scale == "log":  # standard errors on the value's own scale, by the delta method
        se, c_se = v * np.log(high / low) / (2 * z), c * np.log(c_high / c_low) / (2 * z)
    else:
        se, c_se = (high - low) / (2 * z), (c_high - c_low) / (2 * z)
    out = (share > OWN_PART_LIMIT) & ~bad
    s = np.where(out, share, 0.0)
    rest = (c - s * v) / (1 - s)
    rest_var = (c_se**2 - s**2 * se**2) / (1 - s) ** 2
    bad |= (rest_var < 0) | ((rest <= 0) & (scale == "log"))
    rest, rest_se = np.where(bad, 1.0, rest), np.sqrt(np.where(bad, 0.0, rest_var))
    spread = z * np.hypot(se, rest_se)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = v / rest
        log_se = np.hypot(se / v, rest_se / rest)
        score = np.log(ratio) / log_se if scale == "log" else (v - rest) / np.hypot(se, rest_se)
        ratios = (ratio, ratio * np.exp(-z * log_se), ratio * np.exp(z * log_se))
        p = np.where(v == rest, 1.0, 2 * special.ndtr(-np.abs(score)))
    frame = pd.DataFrame(
        {
            "value": v,
            "comparator": rest,
            "difference": v - rest,
            "difference_lower": v - rest - spread,
            "difference_upper": v - rest + spread,
            "ratio": ratios[0],
            "ratio_lower": ratios[1],
            "ratio_upper": ratios[2],
            "p": p,
        }
    )
    frame.loc[bad] = np.nan
    return frame.assign(own_share=share, own_part_removed=out & ~bad)


def compare_ratio(
    observed: npt.ArrayLike,
    expected: npt.ArrayLike,
    *,
    own_share: npt.ArrayLike = 0.0,
    per: float = 100,
    level: float = 0.95,
) -> pd.DataFrame:
    """A standardised ratio (ICM) against `per`: exact Poisson test of observed against expected events.

    `own_share`: the territory's share of the reference population whose rates gave `expected`; above 10 % its
    own events are taken out of them, expected = (expected - s x observed) / (1 - s). Columns as
    `compare_rates`, with `comparator` = `per`; limits are exact and agree with `p` (1 is outside the ratio's
    limits when p < 1 - level). Nothing expected gives NaN. Raises `InvalidInput`: negative or missing
    figures, a share outside 0 to 1.

    >>> row = compare_ratio(130, 100).iloc[0]
    >>> float(row.value), float(row.ratio), float(round(row.p, 4))
    (130.0, 1.3, 0.0046)
    """
    check_level(level)
    check_number(per, "per", above=0)
    check = Check()
    (x, e, share), _ = check.arrays(
        observed=(observed, {"low": 0}), expected=(expected, {"low": 0}), own_share=(own_share, {"low": 0})
    )
    for i in positions(share >= 1):
        check.add(f"own_share[{i}] is {share[i]:g}; it must be below 1")
    check.done()
    out = share > OWN_PART_LIMIT
    s = np.where(out, share, 0.0)
    e = (e - s * x) / (1 - s)
    empty = e <= 0
    e = np.where(empty, 1.0, e)
    more = np.where(x > 0, special.gammainc(np.maximum(x, 1e-300), e), 1.0)
    p = np.minimum(1, 2 * np.minimum(special.gammaincc(x + 1, e), more))
    low, high = exact_limits(x, level)
    ratio, ratio_low, ratio_high = x / e, low / e, high / e
    frame = pd.DataFrame(
        {
            "value": per * ratio,
            "comparator": float(per),
            "difference": per * (ratio - 1),
            "difference_lower": per * (ratio_low - 1),
            "difference_upper": per * (ratio_high - 1),
            "ratio": ratio,
            "ratio_lower": ratio_low,
            "ratio_upper": ratio_high,
            "p": p,
        }
    )
    frame.loc[empty] = np.nan
    return frame.assign(own_share=share, own_part_removed=out & ~empty)
