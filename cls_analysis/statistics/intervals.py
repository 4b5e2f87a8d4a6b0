"""How far could this count, or this share, be from the truth by chance alone?

Limits for Poisson counts (Byar's approximation, exact) and for binomial proportions (Wilson). Events may be
rare here, so no normal approximation of a count or of a rate is used anywhere in this package.

References: Breslow NE, Day NE. *Statistical methods in cancer research*, vol. II. IARC 1987, p. 69. Garwood
F. *Fiducial limits for the Poisson distribution*. Biometrika 1936;28:437-42. Wilson EB. *Probable inference,
the law of succession, and statistical inference*. J Am Stat Assoc 1927;22:209-12. Eayres D. *Commonly used
public health statistics and their confidence intervals*. APHO 2008.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from cls_analysis.statistics._check import Check, Floats, check_level, positions

Limit = Any  # a float for scalar input, an array otherwise
EXACT_BELOW = 10  # events; under this, poisson_interval is exact


def normal_quantile(level: float) -> float:
    """Two-sided normal quantile at full precision (1.959964 at 0.95)."""
    return float(special.ndtri(0.5 + check_level(level) / 2))


def _shape(lower: Floats, upper: Floats, scalar: bool) -> tuple[Limit, Limit]:
    return (float(lower[0]), float(upper[0])) if scalar else (lower, upper)


def byar_limits(count: Floats, level: float) -> tuple[Floats, Floats]:
    """Byar's limits of checked counts."""
    z = normal_quantile(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        base = 1 - 1 / (9 * count) - z / (3 * np.sqrt(count))
    lower: Floats = np.where((count > 0) & (base >= 0), count * np.where(base >= 0, base, 0.0) ** 3, np.nan)
    more = count + 1
    upper: Floats = more * (1 - 1 / (9 * more) + z / (3 * np.sqrt(more))) ** 3
    return lower, upper


def exact_limits(count: Floats, level: float) -> tuple[Floats, Floats]:
    """Exact (Garwood) limits of checked counts, from the quantiles of the gamma distribution."""
    tail = (1 - check_level(level)) / 2
    lower = np.where(count > 0, special.gammaincinv(np.where(count > 0, count, 1.0), tail), 0.0)
    return lower, np.asarray(special.gammainccinv(count + 1, tail), dtype=np.float64)


def poisson_limits(count: Floats, level: float) -> tuple[Floats, Floats]:
    """Exact limits below 10 events, Byar's from 10."""
    few = count < EXACT_BELOW
    lower, upper = byar_limits(count, level)
    lower[few], upper[few] = exact_limits(count[few], level)
    return lower, upper


def wilson_limits(count: Floats, n: Floats, level: float) -> tuple[Floats, Floats]:
    """Wilson limits of checked counts."""
    z2 = normal_quantile(level) ** 2
    middle = 2 * count + z2
    half = np.sqrt(z2 * (z2 + 4 * count * (1 - count / n)))
    lower = np.where(count == 0, 0.0, (middle - half) / (2 * (n + z2)))
    upper = np.where(count == n, 1.0, (middle + half) / (2 * (n + z2)))
    return np.clip(lower, 0, 1), np.clip(upper, 0, 1)


def byar_interval(count: npt.ArrayLike, level: float = 0.95) -> tuple[Limit, Limit]:
    """Byar's approximate limits of a Poisson count.

    Args: `count` events (0 or more; one number or a list); `level` confidence level. Returns `(lower, upper)`
    in events: floats for one number, arrays for a list. Edges: `lower` is NaN where the cubed term is
    negative or undefined (always at 0 events; at 1 event from a level of about 0.99), because a negative
    number of events is no limit. Missing or negative counts are refused. Raises `InvalidInput`. Reference:
    Breslow and Day 1987.

    >>> lower, upper = byar_interval(10)
    >>> round(lower, 4), round(upper, 4)
    (4.7874, 18.3915)
    """
    check = Check()
    (x,), scalar = check.arrays(count=(count, {"low": 0}))
    check.done()
    return _shape(*byar_limits(x, level), scalar)


def exact_poisson_interval(count: npt.ArrayLike, level: float = 0.95) -> tuple[Limit, Limit]:
    """Exact (chi-square) limits of a Poisson count.

    Args and returns as `byar_interval`. Edges: at 0 events the lower limit is 0 and the upper limit 3.69 (at
    95 %). Raises `InvalidInput` for a missing or negative count. Reference: Garwood 1936.

    >>> [round(x, 4) for x in exact_poisson_interval(0)]
    [0.0, 3.6889]
    """
    check = Check()
    (x,), scalar = check.arrays(count=(count, {"low": 0}))
    check.done()
    return _shape(*exact_limits(x, level), scalar)


def poisson_interval(count: npt.ArrayLike, level: float = 0.95) -> tuple[Limit, Limit]:
    """Limits of a Poisson count: exact below 10 events, Byar's approximation from 10.

    Args, returns and errors as `byar_interval`; never NaN at usual levels, because Byar's formula is only
    used where it is accurate. Reference: Eayres 2008.

    >>> lower, upper = poisson_interval([9, 10])
    >>> lower.round(3).tolist(), upper.round(3).tolist()
    ([4.115, 4.787], [17.085, 18.391])
    """
    check = Check()
    (x,), scalar = check.arrays(count=(count, {"low": 0}))
    check.done()
    return _shape(*poisson_limits(x, level), scalar)


def wilson_interval(count: npt.ArrayLike, n: npt.ArrayLike, level: float = 0.95) -> tuple[Limit, Limit]:
    """Wilson score limits of a proportion.

    Args: `count` of `n` (same length, or one number for all; two Series are matched by index). Returns
    `(lower, upper)` as proportions between 0 and 1. Edges: exactly 0 below at count 0, exactly 1 above at
    count n. Raises `InvalidInput` for `n` of 0 or less, `count` negative or above `n`, or missing. Reference:
    Wilson 1927.

    >>> [round(x, 4) for x in wilson_interval(65, 100)]
    [0.5525, 0.7364]
    """
    check = Check()
    (x, total), scalar = check.arrays(count=(count, {"low": 0}), n=(n, {"above": 0}))
    for i in positions(x > total):
        check.add(f"count[{i}] is {x[i]:g}, above n[{i}] = {total[i]:g}")
    check.done()
    return _shape(*wilson_limits(x, total, level), scalar)
