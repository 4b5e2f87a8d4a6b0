"""Do like areas lie together, and where?

Moran's I for the whole map and, with conditional permutations, for each area (LISA), with Benjamini-Hochberg
over the areas because one test per area is made.

An area without neighbours (an island) has no spatial lag: it counts in the mean and variance of the map, its
own statistic is NaN and its class is `ns`.

References: Moran PAP. Biometrika 1950;37:17-23. Cliff AD, Ord JK. *Spatial processes*. 1981 (moments).
Anselin L. *Local indicators of spatial association*. Geogr Anal 1995;27:93-115. Caldas de Castro M, Singer
BH. Geogr Anal 2006;38:180-208.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse, special

from cls_analysis.errors import InvalidInput
from cls_analysis.statistics._check import Check, Floats, Ints, check_level
from cls_analysis.statistics._neighbours import adjacency, row_standardised
from cls_analysis.statistics.multiplicity import benjamini_hochberg

LOCAL_CLASSES = ("HH", "LL", "HL", "LH", "ns")


class Moran(float):
    """Moran's I: a float that carries its moments and test under randomisation, and the number of islands."""

    expected: float
    variance: float
    z: float
    p: float
    islands: int

    def __new__(cls, statistic: float, *, expected: float, variance: float, islands: int) -> Self:
        self = super().__new__(cls, statistic)
        self.expected, self.variance, self.islands = expected, variance, islands
        self.z = (statistic - expected) / variance**0.5 if variance > 0 else float("nan")
        self.p = float(2 * special.ndtr(-abs(self.z)))
        return self

    def __getnewargs_ex__(self) -> tuple[tuple[float], dict[str, Any]]:
        return (float(self),), {"expected": self.expected, "variance": self.variance, "islands": self.islands}


def moran(value: npt.ArrayLike, neighbours: Any) -> Moran:
    """Moran's I with row-standardised weights.

    `value`: one number per area. `neighbours`: a mapping area -> list of neighbours (or -> mapping to
    weights), a libpysal `W` or `Graph`. Areas are the index labels of `value` if it is a Series, else
    positions 0 to n - 1 (for a `W` or `Graph`, its own order). Returns a float carrying `expected` (-1 / (n -
    1)), `variance`, `z`, `p` under randomisation, `islands`. NaN where all values are equal, nobody has
    neighbours, or fewer than 4 areas (for the test). Islands: see the module. Raises `InvalidInput`: a
    missing value, areas that do not match, an area its own neighbour. Reference: Cliff and Ord 1981.

    >>> line = {0: [1], 1: [0, 2], 2: [1, 3], 3: [2]}
    >>> round(moran([1, 2, 3, 4], line), 4), round(moran([1, 4, 1, 4], line), 4)
    (0.4, -1.0)
    """
    z, w = _standard(value, neighbours)
    n, s0 = len(z), float(w.sum())
    islands = int((np.diff(w.indptr) == 0).sum())
    m2 = float((z**2).sum())
    if n < 2 or m2 == 0 or s0 == 0:
        return Moran(np.nan, expected=np.nan, variance=np.nan, islands=islands)
    statistic = n / s0 * float(z @ (w @ z)) / m2
    expected = -1 / (n - 1)
    variance = np.nan
    if n > 3:
        both = w + w.T
        s1 = float((both.multiply(both)).sum() / 2)
        s2 = float(((np.asarray(w.sum(axis=1)).ravel() + np.asarray(w.sum(axis=0)).ravel()) ** 2).sum())
        k = (z**4).mean() / (m2 / n) ** 2
        first = n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2)
        second = k * ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)
        variance = (first - second) / ((n - 1) * (n - 2) * (n - 3) * s0**2) - expected**2
    return Moran(statistic, expected=expected, variance=float(variance), islands=islands)


def local_moran(
    value: npt.ArrayLike, neighbours: Any, *, permutations: int = 999, seed: int = 0, fdr: float = 0.05
) -> pd.DataFrame:
    """Local Moran of each area, its permutation test, and its class.

    `value`, `neighbours` as in `moran`. Returns one row per area in the order of `value` (its index, if a
    Series): `statistic` (z x mean z of the neighbours, z with variance (n - 1) / n; as PySAL), `p` (two-sided
    pseudo p-value: twice the smaller tail, (extreme + 1) / (permutations + 1), at most 1), `p_adjusted`
    (Benjamini-Hochberg over the areas that have neighbours), `class`: HH, LL, HL (high among low), LH where
    p_adjusted <= fdr, else ns; and `island`. The others' values are dealt again to each area's neighbours,
    its own kept; one deal of ranks per permutation serves all areas (as PySAL does). Same `seed`, same
    result, whatever the machine. With few permutations nothing can be significant: the smallest p is 2 /
    (permutations + 1), and Benjamini-Hochberg needs a share of at least 2 / (permutations + 1) / fdr of the
    areas at it (4 % at 999 and 0.05). Raises `InvalidInput` as `moran`. Reference: Anselin 1995.

    >>> n = 40
    >>> circle = {i: [(i - 2) % n, (i - 1) % n, (i + 1) % n, (i + 2) % n] for i in range(n)}
    >>> values = [10.0] * 8 + [i % 3 for i in range(n - 8)]
    >>> result = local_moran(values, circle, permutations=999, seed=1)
    >>> result["class"].iloc[:8].tolist()
    ['ns', 'ns', 'HH', 'HH', 'HH', 'HH', 'ns', 'ns']
    """
    check_level(fdr, "fdr")
    if isinstance(permutations, bool) or not isinstance(permutations, int | np.integer) or permutations < 1:
        raise InvalidInput(f"permutations is {permutations!r}; it must be a whole number of 1 or more")
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise InvalidInput(f"seed is {seed!r}; it must be a whole number of 0 or more")
    z, w = _standard(value, neighbours)
    n = len(z)
    index = value.index if isinstance(value, pd.Series) else pd.RangeIndex(n)
    spread = np.sqrt((z**2).sum() / (n - 1)) if n > 1 else 0.0
    island = np.diff(w.indptr) == 0
    statistic = np.full(n, np.nan)
    p = np.full(n, np.nan)
    lag = np.zeros(n)
    if spread > 0:
        z = z / spread
        lag = np.asarray(w @ z)
        statistic = np.where(island, np.nan, z * lag)
        p = _pseudo_p(z, w, lag, permutations, seed)
    adjusted, significant = benjamini_hochberg(p, fdr)
    names = np.where(z > 0, np.where(lag > 0, "HH", "HL"), np.where(lag > 0, "LH", "LL"))
    return pd.DataFrame(
        {
            "statistic": statistic,
            "p": p,
            "p_adjusted": adjusted,
            "class": np.where(significant, names, "ns"),
            "island": island,
        },
        index=index,
    )


def _standard(value: npt.ArrayLike, neighbours: Any) -> tuple[Floats, sparse.csr_array]:
    """Centred values and row-standardised weights."""
    check = Check()
    (x,), scalar = check.arrays(value=(value, {}))
    if scalar:
        check.add("value is one number; it must be a list, one per area")
    check.done()
    w = row_standardised(adjacency(neighbours, value, len(x)))
    z = x - x.mean() if len(x) else x
    return np.where(np.abs(z) < 1e-12 * np.abs(x).max(initial=0), 0.0, z), w


def _pseudo_p(z: Floats, w: sparse.csr_array, lag: Floats, permutations: int, seed: int) -> Floats:
    """Two-sided pseudo p-values of the lag given the area's own value.

    A deal is a random ordering of areas without repeats, q. Area i with k neighbours gets the first k of q
    that are not i: drawn without replacement from the others, as conditional permutation asks. So the dealt
    lag is the same for all areas of k equal weights, except the few that appear in their own deal. That makes
    areas x permutations comparisons instead of areas x permutations x neighbours look-ups. The test of z_i x
    lag given z_i is the test of the lag.
    """
    n = len(z)
    k = np.diff(w.indptr)
    most = int(k.max(initial=0))
    p = np.full(n, np.nan)
    if most == 0 or n < 2:
        return p
    rng = np.random.default_rng(seed)
    deals = _deals(rng, n, min(most + 1, n), permutations)
    first = w.indptr[:-1]
    equal = k > 0
    longest = np.maximum.reduceat(np.append(w.data, 0.0), np.minimum(first, w.nnz))[:n]
    equal &= np.isclose(np.where(k > 0, longest, 0.0) * k, 1.0)
    above = np.zeros(n, dtype=np.int64)  # deals whose lag is at least the observed one
    below = np.zeros(n, dtype=np.int64)
    values = z[deals]
    for size in np.unique(k[equal]):
        areas = np.flatnonzero(equal & (k == size))
        _count_equal(areas, int(size), z, lag, deals, values, above, below)
    unequal = np.flatnonzero((k > 0) & ~equal)
    for start in range(0, len(unequal), 256):
        _count_unequal(unequal[start : start + 256], z, w, lag, deals, above, below)
    has = k > 0
    p[has] = np.minimum(1.0, 2 * (np.minimum(above, below)[has] + 1) / (permutations + 1))
    return p


def _deals(rng: np.random.Generator, n: int, width: int, permutations: int) -> Ints:
    """`permutations` rows of `width` distinct areas, each uniform without replacement."""
    return np.stack([rng.choice(n, size=width, replace=False) for _ in range(permutations)])


def _count_equal(
    areas: Ints, size: int, z: Floats, lag: Floats, deals: Ints, values: Floats, above: Ints, below: Ints
) -> None:
    """Tail counts of areas with `size` neighbours of equal weight."""
    tolerance = 1e-12
    dealt = values[:, :size].mean(axis=1)
    ordered = np.sort(dealt)
    seen = lag[areas]
    above[areas] = len(ordered) - np.searchsorted(ordered, seen - tolerance, side="left")
    below[areas] = np.searchsorted(ordered, seen + tolerance, side="right")
    # put right the deals in which an area met itself among the first `size`: the next one takes its place
    mine = np.zeros(len(z), dtype=bool)
    mine[areas] = True
    deal, place = np.nonzero(mine[deals[:, :size]])
    who = deals[deal, place]
    wrong = dealt[deal]
    right = wrong + (values[deal, size] - z[who]) / size if values.shape[1] > size else wrong
    np.add.at(above, who, (right >= lag[who] - tolerance).astype(int) - (wrong >= lag[who] - tolerance))
    np.add.at(below, who, (right <= lag[who] + tolerance).astype(int) - (wrong <= lag[who] + tolerance))


def _count_unequal(
    areas: Ints, z: Floats, w: sparse.csr_array, lag: Floats, deals: Ints, above: Ints, below: Ints
) -> None:
    """Tail counts of areas whose neighbours weigh differently: every look-up is made."""
    tolerance = 1e-12
    sizes = np.diff(w.indptr)[areas]
    weights = np.zeros((len(areas), int(sizes.max())))
    for row, area in enumerate(areas):  # at most 256 areas at a time
        weights[row, : sizes[row]] = w.data[w.indptr[area] : w.indptr[area + 1]]
    width = weights.shape[1]
    total = np.zeros((len(areas), len(deals)))
    met = np.zeros((len(areas), len(deals)), dtype=np.int64)
    for j in range(width):  # the j-th of the deal that is not the area itself
        met |= deals[:, j][None, :] == areas[:, None]
        total += weights[:, j][:, None] * z[deals[np.arange(len(deals))[None, :], j + met]]
    above[areas] = (total >= lag[areas][:, None] - tolerance).sum(axis=1)
    below[areas] = (total <= lag[areas][:, None] + tolerance).sum(axis=1)
