"""How tightly can a reader bound each withheld count? An exact attack on a system of linear relations.

Counts x satisfy A x = b (totals), floor <= x <= ceiling (what anyone knows: non-negative, the threshold that a status
tells) and mostly x integer. The published ones are known. For every withheld one the attack gives an outer interval
(no feasible table lies beyond) and an inner one (its two ends are reached by tables that fit all that is
published). Method, by growing cost: withheld counts that enter the same relations are summed into one unknown,
within which the bounds have a closed form; bounds are propagated through the relations with integer rounding; what is
still in doubt is decided by linear programs, one objective per connected component at a time, and by an
integer program where a vertex is fractional. References: Fischetti and Salazar (2001), "Solving the cell suppression
problem on tabular data with linear constraints", Management Science 47; Hundepool et al. (2012), section 4.3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from cls_analysis.disclosure.quiet import integer_program

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[Any]
_TOLERANCE = 1e-6
_REACH = 1000.0  # an unbounded unknown is let vary that far: beyond any protection asked for
_SWEEPS = 100
_SPREAD = 12  # tables far apart, in six halvings of what is in doubt: each spares the exact programs of what it opens
_NODES = 5000


@dataclass(frozen=True)
class System:
    """A x = rhs, floor <= x <= ceiling; `integral` marks whole counts. Floors are finite, ceilings may be inf."""

    matrix: sparse.csr_array
    rhs: Floats
    floor: Floats
    ceiling: Floats
    integral: Bools


@dataclass(frozen=True)
class Bounds:
    """Per cell: outer interval, inner interval (empty: inf, -inf), `inconsistent` where no table fits."""

    lower: Floats
    upper: Floats
    seen_lower: Floats
    seen_upper: Floats
    inconsistent: Bools
    engines: Mapping[str, int] = field(default_factory=dict)

    @property
    def width(self) -> Floats:
        """Largest width the attacker's interval can have."""
        return self.upper - self.lower

    @property
    def seen_width(self) -> Floats:
        """Width that is proved to be open, -inf when nothing is proved."""
        return self.seen_upper - self.seen_lower


def attack(
    system: System,
    values: Floats,
    hidden: Bools,
    wanted: Floats,
    *,
    witness: Floats | None = None,
    exact: bool = True,
) -> Bounds:
    """Bound every hidden cell given the values of the others.

    `wanted` is the width under which a cell is of interest (0: never): work stops on a cell once its inner interval is
    that wide or its outer one is narrower. `witness` is a full table that fits, if one is known (the true one).
    Without `exact`, linear programs are left out: outer intervals stay valid, only wider.
    """
    work = _Reduced(system, values, hidden, witness)
    work.propagate()
    if exact:
        work.decide(wanted[work.cells])
    return work.bounds(len(values), values)


def fit(system: System, values: Floats, hidden: Bools) -> Floats:
    """One full table that fits the values of the cells that are not hidden (a best effort where none does)."""
    work = _Reduced(system, values, hidden, None)
    work.propagate()
    return work.table(values)


class _Reduced:
    """Working state of one attack: withheld cells, summed by identical column. Private and short-lived."""

    def __init__(self, system: System, values: Floats, hidden: Bools, witness: Floats | None) -> None:
        self.cells = np.flatnonzero(hidden)
        known = np.where(hidden, 0.0, values)
        columns = sparse.csc_array(system.matrix[:, self.cells])
        rhs = system.rhs - system.matrix @ known
        rows = np.flatnonzero(np.diff(sparse.csr_array(columns).indptr))
        columns = sparse.csc_array(columns[rows])
        self.rhs = rhs[rows]
        self.floor, self.ceiling = system.floor[self.cells], system.ceiling[self.cells]
        self.whole = system.integral[self.cells]
        prints = column_prints(columns) + self.whole
        _, first, self.group = np.unique(prints, return_index=True, return_inverse=True)
        self.matrix = sparse.csr_array(columns[:, first])
        self.group_whole = self.whole[first]
        size = len(first)
        self.low: Floats = np.asarray(np.bincount(self.group, weights=self.floor, minlength=size), dtype=np.float64)
        self.infinite = np.bincount(self.group, weights=np.isinf(self.ceiling), minlength=size)
        self.finite = np.bincount(
            self.group, weights=np.where(np.isinf(self.ceiling), 0.0, self.ceiling), minlength=size
        )
        self.high = np.where(self.infinite > 0, np.inf, self.finite)
        self.start_low = self.low.copy()
        self.seen_low: Floats = np.full(size, np.inf)
        self.seen_high: Floats = np.full(size, -np.inf)
        if witness is not None:
            total = np.bincount(self.group, weights=witness[self.cells], minlength=size)
            self.seen_low, self.seen_high = total.astype(np.float64), total.astype(np.float64)
        self.engines: Counter[str] = Counter()
        self.bad = np.zeros(size, dtype=bool)
        entries = sparse.coo_array(self.matrix)
        self.r, self.c = entries.coords
        self.a = entries.data.astype(np.float64)
        self.free = np.bincount(self.c, minlength=size) == 0

    def propagate(self) -> None:
        """Tighten the sums by every relation in turn until nothing moves (outer bounds stay valid if cut short)."""
        if not len(self.a):
            return
        r, c, a = self.r, self.c, self.a
        order = np.argsort(c, kind="stable")
        starts = np.flatnonzero(np.r_[True, np.diff(c[order]) > 0])
        touched = c[order][starts]
        m = len(self.rhs)
        low, high = self.low, self.high
        for _ in range(_SWEEPS):
            least = np.where(a > 0, a * low[c], a * high[c])
            most = np.where(a > 0, a * high[c], a * low[c])
            without_least = _others(r, least, m)
            without_most = _others(r, most, m)
            top = (self.rhs[r] - without_least) / a
            bottom = (self.rhs[r] - without_most) / a
            upper, lower = np.where(a > 0, top, bottom), np.where(a > 0, bottom, top)
            new_high = high.copy()
            new_low = low.copy()
            new_high[touched] = np.minimum(high[touched], np.minimum.reduceat(upper[order], starts))
            new_low[touched] = np.maximum(low[touched], np.maximum.reduceat(lower[order], starts))
            new_high = np.where(self.group_whole, np.floor(new_high + _TOLERANCE), new_high)
            new_low = np.where(self.group_whole, np.ceil(new_low - _TOLERANCE), new_low)
            moved = (new_high < high - _TOLERANCE) | (new_low > low + _TOLERANCE)
            low, high = new_low, new_high
            if not moved.any() or (low > high + 1e-4).any():
                break
        self.low, self.high = low.astype(np.float64), high.astype(np.float64)

    def cell_interval(self, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """Bounds of each cell when the sum of its group lies between low and high."""
        g = self.group
        own_infinite = np.isinf(self.ceiling)
        others_high = np.where(
            self.infinite[g] - own_infinite > 0,
            np.inf,
            self.finite[g] - np.where(own_infinite, 0.0, self.ceiling),
        )
        others_low = self.start_low[g] - self.floor
        with np.errstate(invalid="ignore"):
            lower = np.maximum(self.floor, np.where(self.free[g], -np.inf, low[g] - others_high))
            upper = np.minimum(self.ceiling, np.where(self.free[g], np.inf, high[g] - others_low))
        return lower, upper

    def _seen(self) -> tuple[Floats, Floats]:
        lower, upper = self.cell_interval(self.seen_low, self.seen_high)
        nothing = ~np.isfinite(self.seen_low[self.group]) & ~self.free[self.group]
        return np.where(nothing, np.inf, lower), np.where(nothing, -np.inf, upper)

    def doubtful(self, wanted: Floats) -> Ints:
        """Groups with a cell whose outer interval is wide enough and whose inner one is not yet."""
        lower, upper = self.cell_interval(self.low, self.high)
        seen_lower, seen_upper = self._seen()
        doubt = (wanted > 0) & (upper - lower >= wanted - _TOLERANCE)
        doubt &= seen_upper - seen_lower < wanted - _TOLERANCE
        doubt &= ~self.bad[self.group]
        return np.unique(self.group[doubt])

    def decide(self, wanted: Floats) -> None:
        """Settle every doubt by linear (and where needed integer) programs."""
        if not len(self.a):
            return
        self._parts()
        n = self.matrix.shape[1]
        settled = np.zeros((2, n), dtype=bool)
        spread = 0
        while True:
            groups = self.doubtful(wanted)
            groups = groups[~settled[:, groups].all(axis=0)]
            if not len(groups):
                return
            if spread < _SPREAD:  # a few tables far apart settle most doubts at once
                direction = (-1.0, 1.0)[spread % 2]
                half = (np.arange(len(groups)) >> (spread // 2 - 1)) % 2 if spread >= 2 else np.zeros(len(groups))
                self._solve(groups, direction * np.where(half == 1, -1.0, 1.0), exact=False)
                spread += 1
                continue
            _, pick = np.unique(self.part[groups], return_index=True)
            targets = groups[pick]
            side = np.where(settled[0, targets], 1, 0)
            self._solve(targets, np.where(side == 0, -1.0, 1.0), exact=True)
            settled[side, targets] = True

    def _parts(self) -> None:
        """Label the connected components of relations and sums."""
        from scipy.sparse.csgraph import connected_components  # slow to import too

        m, n = self.matrix.shape
        graph = sparse.coo_array((np.ones(len(self.r)), (self.r, self.c + m)), shape=(m + n, m + n))
        _, labels = connected_components(graph, directed=False)
        self.row_part, self.part = labels[:m], labels[m:]

    def table(self, values: Floats) -> Floats:
        """Solve for feasibility, then share each sum out over its cells."""
        base = np.where(np.isfinite(self.low), self.low, 0.0)
        if len(self.a):
            self._parts()
            self._solve(np.flatnonzero(~self.free), np.zeros(int((~self.free).sum())), exact=False, whole_only=False)
        sums = np.where(np.isfinite(self.seen_low), self.seen_low, base)
        result = values.astype(float).copy()
        result[self.cells] = self.floor
        left = sums - self.start_low
        for position in np.flatnonzero(left[self.group] > 0):
            g = self.group[position]
            give = min(left[g], self.ceiling[position] - self.floor[position])
            result[self.cells[position]] += give
            left[g] -= give
        return result

    def _solve(self, groups: Ints, signs: Floats, *, exact: bool, whole_only: bool = True) -> None:
        """Minimise signs * sum of groups over their components; with `exact`, one group per component."""
        parts = np.unique(self.part[groups])
        columns = np.flatnonzero(np.isin(self.part, parts))
        rows = np.flatnonzero(np.isin(self.row_part, parts))
        cost = np.zeros(len(self.part))
        cost[groups] = signs
        solution = self._program(rows, columns, cost, whole=False)
        if solution is None:
            if len(parts) > 1:
                for part in parts:
                    inside = self.part[groups] == part
                    self._solve(groups[inside], signs[inside], exact=exact, whole_only=whole_only)
                return
            self.bad[columns] = True
            self.engines["inconsistent"] += 1
            return
        self.engines["linear program"] += 1
        x = np.zeros(len(self.part))
        x[columns] = solution
        broken = np.abs(x - np.round(x)) > 1e-5
        broken &= self.group_whole
        fractional = np.unique(self.part[columns][broken[columns]])
        if exact:
            self._record_optimum(groups, signs, x)
        good = columns[~(whole_only & np.isin(self.part[columns], fractional))]
        self._record_seen(good, x)
        if not exact:
            return
        for part in fractional:
            own_columns = np.flatnonzero(self.part == part)
            own_rows = np.flatnonzero(self.row_part == part)
            whole = self._program(own_rows, own_columns, cost, whole=True)
            self.engines["integer program"] += 1
            if whole is None:
                self.engines["undecided"] += 1
                continue
            x[own_columns] = whole
            own = self.part[groups] == part
            self._record_optimum(groups[own], signs[own], x)
            self._record_seen(own_columns, x)

    def _record_seen(self, columns: Ints, x: Floats) -> None:
        value = np.where(self.group_whole[columns], np.round(x[columns]), x[columns])
        self.seen_low[columns] = np.minimum(self.seen_low[columns], value)
        self.seen_high[columns] = np.maximum(self.seen_high[columns], value)

    def _record_optimum(self, groups: Ints, signs: Floats, x: Floats) -> None:
        down, up = groups[signs > 0], groups[signs < 0]
        low = np.where(self.group_whole[down], np.ceil(x[down] - 1e-5), x[down])
        high = np.where(self.group_whole[up], np.floor(x[up] + 1e-5), x[up])
        at_reach = x[up] >= self._reach()[up] - 1e-3  # the cap is ours, not the attacker's
        self.low[down] = np.maximum(self.low[down], low)
        self.high[up] = np.where(at_reach, self.high[up], np.minimum(self.high[up], high))

    def _reach(self) -> Floats:
        base = np.where(np.isfinite(self.seen_high), np.maximum(self.seen_high, self.low), self.low)
        return np.where(np.isinf(self.high), base + _REACH, self.high)

    def _program(self, rows: Ints, columns: Ints, cost: Floats, *, whole: bool) -> Floats | None:
        matrix = self.matrix[rows][:, columns]
        low = self.low[columns]
        high = np.maximum(self._reach()[columns], low) if not np.isfinite(self.high[columns]).all() else None
        high = self.high[columns] if high is None else high
        if (low > high + 1e-4).any():
            return None
        from scipy.optimize import (
            Bounds as Box,  # slow to import: a report reads what was published, and solves nothing
        )
        from scipy.optimize import LinearConstraint, linprog

        if whole:
            found = integer_program(
                cost[columns],
                constraints=LinearConstraint(sparse.csc_array(matrix), self.rhs[rows], self.rhs[rows]),
                integrality=self.group_whole[columns].astype(int),
                bounds=Box(low, high),
                options={"node_limit": _NODES, "mip_rel_gap": 0.0},
            )
        else:
            program: Any = linprog
            found = program(
                cost[columns],
                A_eq=sparse.csc_array(matrix),
                b_eq=self.rhs[rows],
                bounds=np.stack([low, np.maximum(high, low)], axis=1),
                method="highs-ds",
            )
        return None if found.status != 0 or found.x is None else np.asarray(found.x, dtype=np.float64)

    def bounds(self, size: int, values: Floats) -> Bounds:
        """Back to all cells: a known one is its own interval."""
        lower, upper = values.astype(float).copy(), values.astype(float).copy()
        seen_lower, seen_upper = lower.copy(), upper.copy()
        lower[self.cells], upper[self.cells] = self.cell_interval(self.low, self.high)
        seen_lower[self.cells], seen_upper[self.cells] = self._seen()
        inconsistent = np.zeros(size, dtype=bool)
        inconsistent[self.cells] = self.bad[self.group] | (lower[self.cells] > upper[self.cells] + 1e-4)
        return Bounds(lower, upper, seen_lower, seen_upper, inconsistent, dict(self.engines))


def column_prints(columns: sparse.csc_array) -> NDArray[np.int64]:
    """A number per column (signs +1 and -1), equal for identical columns; even, and 0 for an empty one."""
    salt = 2 * np.random.default_rng(20260101).integers(-(2**61), 2**61, size=columns.shape[0])
    terms = salt[columns.indices] * np.sign(columns.data).astype(np.int64)
    total = np.r_[np.int64(0), np.cumsum(terms)]  # wraps around, and so does the difference
    return np.asarray(total[columns.indptr[1:]] - total[columns.indptr[:-1]])


def _others(rows: Ints, terms: Floats, size: int) -> Floats:
    """For every term, the sum of the other terms of its row; infinite as soon as one of them is."""
    infinite = np.isinf(terms)
    count = np.bincount(rows, weights=infinite, minlength=size)
    total = np.bincount(rows, weights=np.where(infinite, 0.0, terms), minlength=size)
    sign = np.where(infinite, np.sign(terms), 0.0)
    signed = np.bincount(rows, weights=sign, minlength=size)
    rest = total[rows] - np.where(infinite, 0.0, terms)
    left = count[rows] - infinite
    direction = np.sign(signed[rows] - sign)
    return np.where(left > 0, np.where(direction == 0, 1.0, direction) * np.inf, rest)
