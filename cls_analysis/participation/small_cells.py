"""Which cells of a crossing must be withheld so that no small group of respondents can be told?

Declared rule. Primary: a cell of 1 to `threshold` - 1 respondents. Secondary: with it a second cell of the same
line and column, smallest first, until no withheld cell can be computed back. A cell can be computed back when the
published cells and margins leave it fewer than `threshold` possible values: each cell's lowest and highest possible
value are found by linear programming (an attacker who knows the margins and that a cell withheld as small
is not 0 knows no more). Zero respondents is published as 0.
Reference: Hundepool et al., Statistical disclosure control, 2012, ch. 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

from .vocabulary import MIN_RESPONDENTS

SHOWN, PRIMARY, SECONDARY = "observed", "suppressed", "suppressed_secondary"


def protect(
    counts: npt.ArrayLike,
    *,
    threshold: int = MIN_RESPONDENTS,
    known_lines: Sequence[bool] | None = None,
    known_columns: Sequence[bool] | None = None,
) -> npt.NDArray[np.str_]:
    """Status of each cell of a table of counts (lines are groups, columns answers).

    `known_lines`, `known_columns`: which totals a reader may know (all, when None). The total of a line is not
    known where several answers are allowed, nor that of a column which is itself withheld elsewhere.
    Returns `observed`, `suppressed` or `suppressed_secondary`. If no pattern of cells is enough, every cell is withheld.

    >>> protect([[20, 3, 9], [8, 12, 30], [15, 25, 40]]).tolist()[0]
    ['observed', 'suppressed', 'suppressed_secondary']
    """
    table = np.asarray(counts, dtype=int)
    totals = _Totals(
        np.ones(table.shape[0], dtype=bool) if known_lines is None else np.asarray(known_lines, dtype=bool),
        np.ones(table.shape[1], dtype=bool) if known_columns is None else np.asarray(known_columns, dtype=bool),
    )
    primary = (table > 0) & (table < threshold)
    withheld = primary.copy()
    while not withheld.all():
        exposed = _exposed(table, withheld, threshold, totals)
        if exposed is None:
            break
        withheld[_partner(table, withheld, exposed, totals)] = True
    return np.where(primary, PRIMARY, np.where(withheld, SECONDARY, SHOWN))


@dataclass(frozen=True)
class _Totals:
    lines: npt.NDArray[np.bool_]
    columns: npt.NDArray[np.bool_]

    def of(self, axis: int) -> npt.NDArray[np.bool_]:
        return self.lines if axis == 0 else self.columns


def possible_values(
    counts: npt.ArrayLike,
    withheld: npt.ArrayLike,
    cell: tuple[int, int],
    *,
    known_lines: npt.ArrayLike,
    known_columns: npt.ArrayLike,
) -> tuple[float, float]:
    """Lowest and highest value that a withheld cell may take, given known totals and shown cells (inf if unbounded)."""
    table, hidden = np.asarray(counts, dtype=int), np.asarray(withheld, dtype=bool)
    totals = _Totals(np.asarray(known_lines, dtype=bool), np.asarray(known_columns, dtype=bool))
    places = [(int(i), int(j)) for i, j in np.argwhere(hidden)]
    rows, sums = [], []
    for axis in (0, 1):
        for k in np.flatnonzero(totals.of(axis)):
            members = [float(p[axis] == k) for p in places]
            if any(members):
                rows.append(members)
                sums.append(sum(float(table[p]) for p in places if p[axis] == k))
    if not (totals.lines[cell[0]] or totals.columns[cell[1]]):
        return 0.0, float("inf")
    goal = np.array([float(p == cell) for p in places])
    low, high = (linprog(sign * goal, A_eq=rows, b_eq=sums, bounds=(0, None), method="highs") for sign in (1.0, -1.0))
    if low.fun is None or high.fun is None:
        return 0.0, float("inf")
    return float(np.ceil(low.fun - 1e-7)), float(np.floor(-high.fun + 1e-7))


def _exposed(
    table: npt.NDArray[np.int_], withheld: npt.NDArray[np.bool_], threshold: int, totals: _Totals
) -> tuple[int, int] | None:
    """The cell that can be computed back, the one most alone in its line or column first."""
    alone = []
    for i, j in np.argwhere(withheld):
        cell = int(i), int(j)
        low, high = possible_values(table, withheld, cell, known_lines=totals.lines, known_columns=totals.columns)
        if high - low + 1 < threshold:
            company = [int(withheld[i, :].sum())] * bool(totals.lines[i]) + [int(withheld[:, j].sum())] * bool(
                totals.columns[j]
            )
            alone.append((min(company), cell))
    return min(alone)[1] if alone else None


def _partner(
    table: npt.NDArray[np.int_], withheld: npt.NDArray[np.bool_], cell: tuple[int, int], totals: _Totals
) -> tuple[int, int]:
    """The next cell to withhold: in the line or column of the exposed one, where fewest are; one that closes a cycle
    with those withheld already (so that fewer are needed in all), then the smallest.

    Zeros are taken last; outside that line and column only when nothing is left in them.
    """
    i, j = cell
    line = [(i, k) for k in range(table.shape[1])] if totals.lines[i] else []
    column = [(k, j) for k in range(table.shape[0])] if totals.columns[j] else []
    candidates = [
        (int(table[p] == 0), sum(bool(withheld[q]) for q in group), not crossing(p).any(), int(table[p]), p)
        for group, crossing in ((line, lambda p: withheld[:, p[1]]), (column, lambda p: withheld[p[0], :]))
        for p in group
        if not withheld[p]
    ]
    if candidates:
        return min(candidates)[4]
    return min((int(table[int(a), int(b)]), (int(a), int(b))) for a, b in np.argwhere(~withheld))[1]
