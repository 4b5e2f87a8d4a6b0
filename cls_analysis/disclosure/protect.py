"""What else must be withheld, at least cost, so that no sensitive count can be computed back?

Rounds of attack and repair. The attack (linear.py) finds sensitive counts whose interval is narrower than their
protection. Each is repaired by the first engine that can: `line`, the cheapest other count among those that enter the very
same relations (the optimum of one added cell); `integer program`, the least weight over a neighbourhood of relations
such that a pair of tables within it keeps the interval open (HiGHS), everything outside held still, so that a repair
found locally holds globally; `heuristic`, one cheap count nearby, for what is too large. Withholding more never
narrows an interval, so rounds end. At the end a count withheld for others that could be computed anyway is given back.
Reference: Fischetti and Salazar (2001), Management Science 47; Castro (2012), EJOR 216, for the heuristics.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from cls_analysis.disclosure.cells import Cells
from cls_analysis.disclosure.linear import Bools, Floats, Ints, attack, column_prints
from cls_analysis.disclosure.quiet import integer_program

_MAX_CELLS = 1000
_MAX_CELLS_AGAIN = 400
_MAX_UNKNOWNS = 8000
_NODES = 200
_TARGETS = 12
_TWINS = 5
_ROUNDS = 400
_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Protection:
    """`hidden` cells, the number of repairs by engine, rounds, and sensitive cells that could not be protected."""

    hidden: Bools
    engines: Mapping[str, int]
    rounds: int
    failed: Ints


@dataclass(frozen=True)
class _Ground:
    cells: Cells
    rows: sparse.csr_array
    columns: sparse.csc_array
    up: Floats  # how far each count may rise and fall if it is withheld
    down: Floats
    twins: Ints  # cells with identical columns share a number
    part: Ints  # cells that no relation links, however far, have another number


def protect(cells: Cells, *, hidden: Bools, hideable: Bools, largest: int = _MAX_UNKNOWNS) -> Protection:
    """Withhold from `hideable` until every sensitive hidden cell is as uncertain as its protection asks.

    `largest` bounds the unknowns of an integer program; 0 leaves everything to line and heuristic.
    Deterministic: ties go to the lower index, programs are limited by nodes, not by time.
    """
    ground = _prepare(cells)
    start = hidden.copy()
    hidden = hidden.copy()
    wanted = np.where(hidden, cells.protection, 0.0)
    engines: Counter[str] = Counter()
    rounds = 0
    failed = np.empty(0, dtype=np.intp)
    open_ = np.ones(len(hidden), dtype=bool)  # cells of parts where something may still be weak
    while rounds < _ROUNDS:
        rounds += 1
        weak = _weak(cells, hidden & open_, np.where(open_, wanted, 0.0), engines)
        if not len(weak) and open_.all():
            break
        if not len(weak):
            open_ = np.ones(len(hidden), dtype=bool)
            continue
        before = hidden
        hidden = _repair(ground, hidden, hideable, wanted, weak, engines, largest)
        if (hidden == before).all():
            failed = weak
            break
        open_ = np.isin(ground.part, ground.part[weak])
    hidden = _give_back(cells, hidden, start)
    return Protection(hidden, dict(engines), rounds, failed)


def _weak(cells: Cells, hidden: Bools, wanted: Floats, engines: Counter[str]) -> Ints:
    """Sensitive cells that an attacker bounds too tightly; linear programs only once propagation finds none."""
    quick = attack(cells.system, cells.value, hidden, wanted, witness=cells.value, exact=False)
    active = wanted > 0
    weak = np.flatnonzero(active & (quick.width < wanted - _TOLERANCE))
    if len(weak) or not (active & (quick.seen_width < wanted - _TOLERANCE)).any():
        return weak
    full = attack(cells.system, cells.value, hidden, wanted, witness=cells.value)
    for name, number in full.engines.items():
        engines[f"attack: {name}"] += number
    return np.flatnonzero(active & (full.seen_width < wanted - _TOLERANCE))


def _prepare(cells: Cells) -> _Ground:
    from scipy.sparse.csgraph import connected_components  # slow to import too

    system = cells.system
    columns = sparse.csc_array(system.matrix)
    _, twins = np.unique(column_prints(columns), return_inverse=True)
    m, n = system.matrix.shape
    entries = sparse.coo_array(system.matrix)
    graph = sparse.coo_array((np.ones(entries.nnz), (entries.coords[0], entries.coords[1] + m)), shape=(m + n, m + n))
    _, part = connected_components(graph, directed=False)
    return _Ground(
        cells,
        system.matrix,
        columns,
        system.ceiling - cells.value,
        cells.value - system.floor,
        twins,
        part[m:],
    )


def _repair(
    ground: _Ground, hidden: Bools, hideable: Bools, wanted: Floats, weak: Ints, engines: Counter[str], largest: int
) -> Bools:
    hidden = hidden.copy()
    order = np.argsort(ground.twins, kind="stable")
    sorted_twins = ground.twins[order]
    left: list[int] = []
    for twin in np.unique(ground.twins[weak]):
        group = order[np.searchsorted(sorted_twins, twin) : np.searchsorted(sorted_twins, twin, side="right")]
        inside = weak[ground.twins[weak] == twin] if len(weak) < 64 else group[np.isin(group, weak)]
        pick = _line(ground, hidden, hideable, wanted, group, inside)
        if pick is None:
            left += [int(k) for k in inside]
        else:
            hidden[pick] = True
            engines["line"] += 1
    touched = np.zeros(ground.rows.shape[0], dtype=bool)
    for k in left:
        own = _rows_of(ground, np.array([k]))
        if touched[own].any():
            continue  # a neighbour was repaired in this round: attack again first
        found = _program(ground, hidden, hideable, wanted, k, left, largest)
        if found is not None:
            engines["integer program"] += 1
        else:
            found = _heuristic(ground, hidden, hideable, wanted, k)
            if found is None:
                continue  # all around is withheld already: a later round tells whether that is enough
            engines["heuristic"] += 1
        hidden[found] = True
        touched[own] = True
        touched[_rows_of(ground, found)] = True
    return hidden


def _line(ground: _Ground, hidden: Bools, hideable: Bools, wanted: Floats, group: Ints, weak: Ints) -> int | None:
    """Cheapest single cell of the group that opens all its weak cells, their sum being held still."""
    candidates = group[hideable[group] & ~hidden[group]]
    if not len(candidates):
        return None
    inside = group[hidden[group]]
    up, down = ground.up[inside].sum(), ground.down[inside].sum()
    cost = ground.cells.weight[candidates]
    for j in candidates[np.lexsort((candidates, cost))]:
        rise = np.minimum(ground.up[weak], _less(down + ground.down[j], ground.down[weak]))
        fall = np.minimum(ground.down[weak], _less(up + ground.up[j], ground.up[weak]))
        if (rise + fall >= wanted[weak] - _TOLERANCE).all():
            return int(j)
    return None


def _less(total: float, own: Floats) -> Floats:
    return np.full(len(own), np.inf) if np.isinf(total) else total - own


def _rows_of(ground: _Ground, cells: Ints) -> Ints:
    return np.unique(np.concatenate([_column(ground, int(k)) for k in cells]))


def _column(ground: _Ground, k: int) -> Ints:
    return ground.columns.indices[ground.columns.indptr[k] : ground.columns.indptr[k + 1]]


def _cells_of(ground: _Ground, rows: Ints) -> Ints:
    parts = [ground.rows.indices[ground.rows.indptr[r] : ground.rows.indptr[r + 1]] for r in rows]
    return np.unique(np.concatenate(parts)) if parts else np.empty(0, dtype=np.intp)


def _program(
    ground: _Ground, hidden: Bools, hideable: Bools, wanted: Floats, k: int, weak: list[int], largest: int
) -> Ints | None:
    """Least weight to withhold around cell k; None if too large.

    The neighbourhood grows twice at most; once it holds a solution, one step further looks for a cheaper one.
    """
    rows = _rows_of(ground, np.array([k]))
    best: Ints | None = None
    for _ in range(3):
        block = _cells_of(ground, rows)
        block = block[hidden[block] | hideable[block]]
        near = np.isin(weak, block)
        targets = [k, *[j for j, inside in zip(weak, near, strict=True) if inside and j != k]][:_TARGETS]
        for wave in (targets, [k]):
            small, up, down = _condense(ground, hidden, block, wave)
            limit = _MAX_CELLS if best is None else _MAX_CELLS_AGAIN
            if len(small) > limit or 2 * len(small) * len(wave) > largest:
                continue
            found = _solve(ground, hidden, wanted, small, wave, up, down)
            if found is None or not len(found):
                continue
            if best is not None:
                cheaper = ground.cells.weight[found].sum() < ground.cells.weight[best].sum()
                return found if cheaper else best
            best = found
            break
        rows = _rows_of(ground, block)
        if len(rows) > _MAX_CELLS:
            break
    return best


def _condense(ground: _Ground, hidden: Bools, block: Ints, targets: list[int]) -> tuple[Ints, Floats, Floats]:
    """One stand-in for hidden twins, with their room summed, and the few cheapest of the other twins."""
    own = np.isin(block, targets)
    inner = block[hidden[block] & ~own]
    twin, first, place = np.unique(ground.twins[inner], return_index=True, return_inverse=True)
    up = np.zeros(len(twin))
    down = np.zeros(len(twin))
    np.add.at(up, place, ground.up[inner])
    np.add.at(down, place, ground.down[inner])
    outer = block[~hidden[block]]
    order = np.lexsort((outer, ground.cells.weight[outer], ground.twins[outer]))
    outer = outer[order]
    starts = (
        np.flatnonzero(np.r_[True, np.diff(ground.twins[outer]) != 0]) if len(outer) else np.empty(0, dtype=np.intp)
    )
    rank = np.arange(len(outer)) - np.repeat(starts, np.diff(np.r_[starts, len(outer)]))
    outer = outer[rank < _TWINS]
    aims = np.array(targets, dtype=np.intp)
    cells = np.r_[aims, inner[first], outer]
    return (
        cells,
        np.r_[ground.up[aims], up, ground.up[outer]],
        np.r_[ground.down[aims], down, ground.down[outer]],
    )


def _solve(
    ground: _Ground, hidden: Bools, wanted: Floats, block: Ints, targets: list[int], room_up: Floats, room_down: Floats
) -> Ints | None:
    n = len(block)
    rows = _rows_of(ground, block)
    relations = ground.rows[rows][:, block]
    candidate = np.flatnonzero(~hidden[block])
    position = {int(c): i for i, c in enumerate(block)}
    cap = 4 * max(wanted[t] for t in targets)
    up, down = np.minimum(room_up, cap), np.minimum(room_down, cap)
    tables = 2 * len(targets)
    width = len(candidate) + tables * n
    pick = sparse.csr_array(
        (np.ones(len(candidate)), (candidate, np.arange(len(candidate)))), shape=(n, len(candidate))
    )
    eye = sparse.eye_array(n, format="csr")
    keep = [sparse.hstack([sparse.csr_array((relations.shape[0] * tables, len(candidate))),
                           sparse.kron(sparse.eye_array(tables), relations)])]  # fmt: skip
    low, high = [np.zeros(relations.shape[0] * tables)], [np.zeros(relations.shape[0] * tables)]
    only = sparse.csr_array(eye[candidate])
    open_up = sparse.csr_array(sparse.diags_array(up) @ pick)
    open_down = sparse.csr_array(sparse.diags_array(down) @ pick)
    tall = sparse.kron(sparse.eye_array(tables), only)
    if len(candidate):
        stack_up = sparse.vstack([open_up[candidate]] * tables)
        stack_down = sparse.vstack([open_down[candidate]] * tables)
        keep += [sparse.hstack([-stack_up, tall]), sparse.hstack([stack_down, tall])]
        size = len(candidate) * tables
        low += [np.full(size, -np.inf), np.zeros(size)]
        high += [np.zeros(size), np.full(size, np.inf)]
    r, c, a, need = [], [], [], []
    for i, t in enumerate(targets):
        at = position[t]
        r += [i, i]
        c += [len(candidate) + 2 * i * n + at, len(candidate) + (2 * i + 1) * n + at]
        a += [1.0, -1.0]
        need.append(wanted[t])
    keep.append(sparse.coo_array((a, (r, c)), shape=(len(targets), width)))
    low.append(np.array(need))
    high.append(np.full(len(targets), np.inf))
    from scipy.optimize import Bounds as Box  # slow to import: a report reads what was published, and solves nothing
    from scipy.optimize import LinearConstraint

    result = integer_program(
        np.r_[ground.cells.weight[block[candidate]], np.zeros(tables * n)],
        constraints=LinearConstraint(sparse.csc_array(sparse.vstack(keep)), np.concatenate(low), np.concatenate(high)),
        integrality=np.r_[np.ones(len(candidate)), np.zeros(tables * n)],
        bounds=Box(
            np.r_[np.zeros(len(candidate)), np.tile(-down, tables)], np.r_[np.ones(len(candidate)), np.tile(up, tables)]
        ),
        options={"node_limit": _NODES},
    )
    if result.x is None:
        return None
    return block[candidate[result.x[: len(candidate)] > 0.5]]


def _heuristic(ground: _Ground, hidden: Bools, hideable: Bools, wanted: Floats, k: int) -> Ints | None:
    """Cheapest count, for the room it gives, in the nearest relations that still have one to withhold."""
    seen = np.zeros(len(hidden), dtype=bool)
    ring = np.array([k], dtype=np.intp)
    while len(ring):
        seen[ring] = True
        block = _cells_of(ground, _rows_of(ground, ring))
        candidates = block[hideable[block] & ~hidden[block]]
        if len(candidates):
            room = np.minimum(ground.up[candidates] + ground.down[candidates], wanted[k])
            price = ground.cells.weight[candidates] / np.maximum(np.minimum(room, wanted[k]), 0.1)
            return candidates[np.lexsort((candidates, price))[:1]]
        ring = block[~seen[block] & hidden[block]]
    return None


def _give_back(cells: Cells, hidden: Bools, start: Bools) -> Bools:
    """Show again what was withheld for others and can be computed all the same: it protects nobody."""
    while True:
        extra = hidden & ~start
        found = attack(cells.system, cells.value, hidden, np.where(extra, 1.0, 0.0), witness=cells.value)
        useless = extra & (found.width < 1 - _TOLERANCE)
        if not useless.any():
            return hidden
        hidden = hidden & ~useless
