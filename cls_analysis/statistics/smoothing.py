"""What rate would we believe of an area too small for its own rate to mean much?

Marshall's empirical Bayes smoother: each rate is drawn towards the mean of all areas, or of its
neighbourhood, the more so the smaller its population. A smoothed rate is for maps; it is not an estimate to
publish for the area.

Reference: Marshall RJ. *Mapping disease and mortality rates using empirical Bayes estimators*. Appl Stat
1991;40:283-94.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from cls_analysis.statistics._check import Check, Floats
from cls_analysis.statistics._neighbours import adjacency


def empirical_bayes(count: npt.ArrayLike, population: npt.ArrayLike, *, weights: Any = None) -> Floats:
    """Empirical Bayes rate of each area, in events per head.

    `count` and `population` per area (two Series are matched by index). `weights`: None for the global
    smoother; neighbours (as in `moran`) for the local one, where mean and variance are those of the area and
    its neighbours. Returns one rate per area, in the order of `count`, between the area's own rate and the
    mean. The variance between areas is cut at 0 (Marshall): then every rate is the mean. An island, alone in
    its neighbourhood, keeps its own rate. Raises `InvalidInput`: a population of 0 or less, a negative or
    missing count. Reference: Marshall 1991.

    >>> empirical_bayes([0, 10, 60], [100, 1000, 3000]).round(4).tolist()
    [0.0159, 0.014, 0.0191]
    """
    check = Check()
    (x, n), _ = check.arrays(count=(count, {"low": 0}), population=(population, {"above": 0}))
    check.done()
    if not len(x):
        return x
    rate = x / n
    if weights is None:
        people, near = np.full_like(x, n.sum()), np.full_like(x, len(x))
        mean = x.sum() / people
        scatter = (n * (rate - mean) ** 2).sum() / people - mean / (people / near)
    else:
        around = adjacency(weights, count if hasattr(count, "index") else population, len(x))
        around = ((around > 0).astype(float) + sparse.eye_array(len(x))).tocsr()
        people = np.asarray(around @ n)
        near = np.asarray(around @ np.ones(len(x)))
        mean = around @ x / people
        # sum over the neighbourhood of n (r - m)^2, opened out so that it is three sparse products
        squares = around @ (n * rate**2) - 2 * mean * (around @ x) + mean**2 * people
        scatter = squares / people - mean / (people / near)
        scatter = np.where(near == 1, np.inf, scatter)
    between = np.maximum(scatter, 0)
    noise = mean / n
    with np.errstate(invalid="ignore"):
        trust = np.where(
            np.isinf(between),
            1.0,
            np.divide(between, between + noise, out=np.zeros_like(noise), where=between + noise > 0),
        )
    return trust * rate + (1 - trust) * mean
