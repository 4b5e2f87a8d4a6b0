"""Is the indicator rising or falling, or is it noise?

A straight line through the last points, each weighted by the precision its interval shows. A trend is called
only if its slope is significant and keeps its sign whichever point is left out. After the "recent trend"
markers of Fingertips.

Reference: OHID, *Fingertips trend markers* (technical guidance). Armitage P. Biometrics 1955;11:375-86.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import special

from cls_analysis.errors import InvalidInput
from cls_analysis.statistics._check import Check, Floats, columns_present, floats_of, plain, positions
from cls_analysis.statistics._groups import group_rows
from cls_analysis.statistics.intervals import normal_quantile

TREND_COLUMNS = ("slope", "chi2", "p", "direction", "points", "first_period", "last_period")


def trend(
    frame: pd.DataFrame,
    *,
    by: str | Sequence[str],
    period: str,
    value: str,
    lower: str,
    upper: str,
    points: int = 5,
    level: float = 0.95,
) -> pd.DataFrame:
    """Trend of each group's series over its last `points` periods.

    `frame`: one row per group and period; `period` a number (a year; gaps between years count as they are),
    `value` with its limits `lower, upper` at `level`. Periods must not overlap. Weighted least squares with
    weights 1 / se^2, se = (upper - lower) / 2z. Returns one row per group, sorted: keys, `slope` (per unit of
    period), `chi2` (slope^2 / its variance, 1 degree of freedom), `p`, `direction`: `rising` or `falling` if
    p < 1 - level and the slope keeps its sign when any one point is left out, else `stable`; then `points,
    first_period, last_period`. `not_computable` with NaN: fewer than `points` periods, a missing value or
    limit among them, an interval of no width. Raises `InvalidInput`: a period given twice or missing, an
    infinite figure, a value outside its limits, `points` below 3. Reference: OHID.

    >>> frame = pd.DataFrame({"area": "a", "year": range(2018, 2023), "rate": [10, 12, 13, 15, 16.]})
    >>> frame = frame.assign(low=frame.rate - 1, high=frame.rate + 1)
    >>> row = trend(frame, by="area", period="year", value="rate", lower="low", upper="high").iloc[0]
    >>> float(round(row.slope, 3)), float(round(row.chi2, 2)), row.direction
    (1.5, 86.43, 'rising')
    """
    if isinstance(points, bool) or not isinstance(points, int | np.integer) or points < 3:
        raise InvalidInput(f"points is {points!r}; a trend needs a whole number of 3 or more")
    z = normal_quantile(level)
    columns_present(frame, [period, value, lower, upper])
    groups = group_rows(frame, by, TREND_COLUMNS)
    check = Check()
    when, v, low, high = (floats_of(frame, c) for c in (period, value, lower, upper))
    check.values(when, lambda i: f"{groups.label(int(groups.codes[i]))}: column {period!r}")
    for name, x in ((value, v), (lower, low), (upper, high)):
        check.values(
            x,
            lambda i, n=name: (
                f"{groups.label(int(groups.codes[i]))}, {period}="  # type: ignore[misc]
                f"{plain(when[i])}: column {n!r}"
            ),
            missing_ok=True,
        )
    slack = 1e-9 * np.maximum(np.abs(v), 1)
    for i in positions((v < low - slack) | (v > high + slack)):
        check.add(
            f"{groups.label(int(groups.codes[i]))}, {period}={plain(when[i])}: column {value!r} is "
            f"{plain(v[i])}, outside {lower!r} = {plain(low[i])} to {upper!r} = {plain(high[i])}"
        )
    order = np.lexsort((when, groups.codes))
    g, t = groups.codes[order], when[order]
    for i in positions((g[1:] == g[:-1]) & (t[1:] == t[:-1])):
        check.add(f"{groups.label(int(g[i]))}: {period}={plain(t[i])} is given twice")
    check.done()

    size = np.bincount(groups.codes, minlength=groups.size)
    enough = size >= points
    ends = np.cumsum(size)
    index = order[(ends[enough][:, None] - points + np.arange(points))]  # last rows of each group that has enough
    x, y, se = when[index], v[index], (high[index] - low[index]) / (2 * z)
    usable = (np.isfinite(y) & (se > 0)).all(axis=1)
    place = np.flatnonzero(enough)[usable]
    slope, chi2 = np.full(groups.size, np.nan), np.full(groups.size, np.nan)
    direction = np.full(groups.size, "not_computable", dtype=object)
    first, last = np.full(groups.size, np.nan), np.full(groups.size, np.nan)
    first[enough], last[enough] = x[:, 0], x[:, -1]
    x, y, w = x[usable], y[usable], 1 / se[usable] ** 2
    slope[place], information = _line(x, y, w)
    chi2[place] = slope[place] ** 2 * information
    p = special.chdtrc(1, chi2)
    # leave each point out in turn: a zero weight
    left_out = w[:, None, :] * (1 - np.eye(points))
    again, _ = _line(x[:, None, :], y[:, None, :], left_out)
    sign = np.sign(slope[place])
    firm = (p[place] < 1 - level) & (np.sign(again) == sign[:, None]).all(axis=1)
    direction[place] = np.where(firm, np.where(sign > 0, "rising", "falling"), "stable")
    return groups.result(
        slope=slope,
        chi2=chi2,
        p=p,
        direction=direction.astype(str),
        points=np.where(np.isfinite(slope), points, size.clip(max=points)),
        first_period=first,
        last_period=last,
    )


def _line(x: Floats, y: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Weighted slope along the last axis, and the inverse of its variance."""
    total = w.sum(axis=-1, keepdims=True)
    dx = x - (w * x).sum(axis=-1, keepdims=True) / total
    dy = y - (w * y).sum(axis=-1, keepdims=True) / total
    information = (w * dx**2).sum(axis=-1)
    return (w * dx * dy).sum(axis=-1) / information, information
