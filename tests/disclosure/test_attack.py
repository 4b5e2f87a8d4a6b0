"""The attack against slow enumeration, textbook tables, and random linked tables that must resist it."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import sparse

from cls_analysis.disclosure import audit, audit_against, publish
from cls_analysis.disclosure import door as door_module
from cls_analysis.disclosure.cells import build_cells
from cls_analysis.disclosure.linear import System, attack
from cls_analysis.disclosure.protect import protect
from cls_analysis.disclosure.rules import SHOWN, primary

from .helpers import Entry, members, no_comparisons, row, table

SLOW = settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def margins(core):
    """A table with its totals, as a vector, and its relations."""
    core = np.asarray(core, dtype=float)
    m, n = core.shape
    full = np.zeros((m + 1, n + 1))
    full[:m, :n], full[m, :n], full[:m, n], full[m, n] = core, core.sum(0), core.sum(1), core.sum()
    lines = []
    for i in range(m + 1):
        line = np.zeros_like(full)
        line[i, :n], line[i, n] = 1, -1
        lines.append(line.ravel())
    for j in range(n + 1):
        line = np.zeros_like(full)
        line[:m, j], line[m, j] = 1, -1
        lines.append(line.ravel())
    return full, np.array(lines)


def system(lines, ceiling=np.inf):
    size = lines.shape[1]
    return System(
        sparse.csr_array(lines),
        np.zeros(len(lines)),
        np.zeros(size),
        np.full(size, float(ceiling)),
        np.ones(size, dtype=bool),
    )


def enumerate_bounds(lines, values, hidden, ceiling):
    """Slow obvious attacker: every whole table that fits."""
    cells = np.flatnonzero(hidden)
    low, high = np.full(len(values), np.inf), np.full(len(values), -np.inf)
    for guess in itertools.product(range(int(ceiling) + 1), repeat=len(cells)):
        x = values.copy()
        x[cells] = guess
        if np.abs(lines @ x).max() < 1e-9:
            low, high = np.minimum(low, x), np.maximum(high, x)
    return low, high


def test_a_4x4_table_with_two_suppressed_cells_per_line_still_gives_one_back():
    # Two withheld cells on each line used, so no line alone gives anything; together they give every one:
    # rows 0-2 hold (0,0) (0,1), (1,0) (1,1)... plus zeros that leave no room to move.
    full, lines = margins([[0, 5, 20, 30], [7, 0, 15, 12], [20, 30, 0, 9], [14, 18, 8, 0]])
    hidden = np.zeros((5, 5), dtype=bool)
    hidden[[0, 0, 1, 1, 2, 2, 3, 3], [0, 1, 0, 1, 2, 3, 2, 3]] = True
    # the two 2x2 blocks: 0 + 5, 7 + 0 -> the sum of the diagonal is 0, both other cells are bounded from above only
    found = attack(system(lines), full.ravel(), hidden.ravel(), np.full(25, 1.0), witness=full.ravel())
    widths = found.width.reshape(5, 5)
    assert widths[0, 0] == widths[1, 1] == 5
    pinned = margins([[0, 5, 20, 30], [0, 7, 15, 12], [20, 30, 0, 9], [14, 18, 8, 0]])[0]
    found = attack(system(lines), pinned.ravel(), hidden.ravel(), np.full(25, 1.0), witness=pinned.ravel())
    assert (found.width.reshape(5, 5)[:2, :2] == 0).all()


def test_the_cell_that_two_suppressed_per_line_gives_back_is_found_where_lines_alone_show_nothing():
    # Willenborg and de Waal's pattern: an odd chain; the sum of two rows less two columns leaves one cell.
    _, lines = margins(np.zeros((4, 4)))
    core = np.array([[3, 20, 20, 20], [20, 4, 6, 20], [20, 5, 7, 20], [20, 20, 20, 20]])
    hidden = np.zeros((5, 5), dtype=bool)
    hidden[1:3, 1:3] = True
    hidden[0, 0] = hidden[0, 1] = hidden[3, 0] = True
    hidden[3, 1] = False
    full, _ = margins(core)
    found = attack(system(lines), full.ravel(), hidden.ravel(), np.full(25, 1.0), witness=full.ravel())
    alone = hidden.sum(axis=1)
    assert alone[0] == 2
    assert found.width.reshape(5, 5)[0, 0] == 0


def test_whole_counts_tighten_what_real_numbers_leave_open():
    # 2x + 2y = 6 style parity: three pairwise sums known, so x is half a sum
    lines = np.array([[1, 1, 0, -1, 0, 0], [0, 1, 1, 0, -1, 0], [1, 0, 1, 0, 0, -1]], dtype=float)
    values = np.array([3.0, 4.0, 5.0, 7.0, 9.0, 8.0])
    hidden = np.array([True, True, True, False, False, False])
    found = attack(system(lines), values, hidden, np.full(6, 1.0), witness=values)
    assert (found.width[:3] < 1e-6).all()
    # a + b + c = 1 over whole counts with a + b, b + c, a + c unknown but each at most 1
    odd = np.array([[1, 1, 1, -1.0]])
    some = attack(system(odd, ceiling=1), np.array([1.0, 0, 0, 1.0]), np.array([True] * 3 + [False]), np.full(4, 1.0))
    assert (some.width[:3] == 1).all()


@SLOW
@given(st.integers(0, 2**32 - 1))
def test_the_attack_finds_what_enumeration_finds(seed):
    generator = np.random.default_rng(seed)
    full, lines = margins(generator.integers(0, 5, (3, 3)))
    hidden = np.zeros((4, 4), dtype=bool)
    hidden[:3, :3] = generator.random((3, 3)) < 0.55
    hidden = hidden.ravel()
    if hidden.sum() > 6:
        return
    low, high = enumerate_bounds(lines, full.ravel(), hidden, 4)
    for wanted in (1.0, 3.0):
        for witness in (full.ravel(), None):
            found = attack(system(lines, 4), full.ravel(), hidden, np.full(16, wanted), witness=witness)
            assert (found.lower <= low + 1e-6).all()
            assert (found.upper >= high - 1e-6).all()
            assert ((found.width >= wanted) == (high - low >= wanted)).all()
            assert ((found.seen_width >= wanted) == (high - low >= wanted)).all()


def linked(seed, *, sexes=False, basins=True):
    """A random small country: communes in two crossing hierarchies, perimeters that overlap, a total."""
    generator = np.random.default_rng(seed)
    codes = [f"{i:05d}" for i in range(int(generator.integers(5, 9)))]
    places = {("france", "FR"): codes}
    for level, number in (("epci", 3), *((("perimeter", 2),) if basins else ())):
        for code, owner in zip(codes, generator.integers(0, number, len(codes)), strict=True):
            places.setdefault((level, f"{level}{owner}"), []).append(code)
    start = int(generator.integers(0, 3))
    places["perimeter", "wide"] = codes[start:]
    counts = {c: generator.choice([0, 1, 3, 8, 12, 15, 25, 60], size=2) for c in codes}
    if not sexes:
        counts = {c: np.array([n[0], 0]) for c, n in counts.items()}
    everyone = {**{("commune", c): [c] for c in codes}, **places}
    rows = []
    for (level, code), inside in everyone.items():
        n = sum(counts[c] for c in inside)
        parts = [("all", n.sum()), *((("F", n[0]), ("M", n[1])) if sexes else ())]
        rows += [
            row(int(v), level=level, code=code, sex=s, denominator=100.0 * len(inside) + int(n.sum())) for s, v in parts
        ]
    return table(*rows), members(*[(t, k, c) for (t, k), inside in everyone.items() for c in inside])


CATALOGUE = {"cases": Entry("cases", method="count")}


def independent_widths(frame, published, where):
    """Interval of every withheld count by plain integer programs on communes alone, written apart from the engine."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    people = sorted(set(where["code_commune"]))
    sexes = ["F", "M"] if (frame["sex"] == "F").any() else ["all"]
    columns = {(c, s): i for i, (c, s) in enumerate(itertools.product(people, sexes))}
    inside = where.groupby(["territory_type", "territory"])["code_commune"].apply(list).to_dict()

    def line(r):
        chosen = [r.sex] if r.sex in sexes else sexes
        a = np.zeros(len(columns))
        for c, s in itertools.product(inside[r.territory_type, r.territory], chosen):
            a[columns[c, s]] = 1
        return a

    lines, low, high = [], [], []
    for r in published.itertuples():
        lines.append(line(r))
        low.append({"suppressed": 0, "suppressed_secondary": 11}.get(r.status, r.numerator))
        high.append({"suppressed": 10, "suppressed_secondary": 1e6}.get(r.status, r.numerator))
    rule = LinearConstraint(np.array(lines), low, high)
    widths = {}
    for i, r in enumerate(published.itertuples()):
        if r.status != "suppressed":
            continue
        ends = []
        for sign in (1, -1):
            best = milp(sign * lines[i], constraints=rule, integrality=np.ones(len(columns)), bounds=Bounds(0, 1e6))
            assert best.status == 0
            ends.append(sign * best.fun)
        widths[i] = ends[1] - ends[0]
    return widths


@SLOW
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_random_linked_tables_resist_an_independent_attacker(seed, sexes):
    frame, where = linked(seed, sexes=sexes)
    published, _, _ = publish(frame, no_comparisons(), catalogue=CATALOGUE, members=where)
    widths = independent_widths(frame, published, where)
    assert all(width >= 5 - 1e-6 for width in widths.values()), widths
    assert audit_against(published, frame, catalogue=CATALOGUE, members=where).breaches == ()
    assert audit(published, catalogue=CATALOGUE, members=where).breaches == ()


@SLOW
@given(st.integers(0, 2**32 - 1))
def test_the_heuristic_alone_protects_too(seed):
    frame, where = linked(seed)
    cells = build_cells(frame, primary(frame, CATALOGUE), catalogue=CATALOGUE, members=where)
    hidden = cells.sensitive | np.array([str(t).startswith("~") for t in cells.labels["territory"]])
    found = protect(cells, hidden=hidden, hideable=~hidden, largest=0)
    after = attack(cells.system, cells.value, found.hidden, cells.protection, witness=cells.value)
    assert not len(found.failed)
    assert "integer program" not in found.engines
    assert (after.seen_width >= cells.protection - 1e-6)[cells.sensitive].all()


def test_the_integer_program_loses_no_more_than_the_heuristic_on_average():
    best = worst = 0.0
    for seed in range(15):
        frame, where = linked(seed)
        cells = build_cells(frame, primary(frame, CATALOGUE), catalogue=CATALOGUE, members=where)
        hidden = cells.sensitive | np.array([str(t).startswith("~") for t in cells.labels["territory"]])
        for largest in (None, 0):
            options = {} if largest is None else {"largest": largest}
            found = protect(cells, hidden=hidden, hideable=~hidden, **options)
            lost = cells.weight[found.hidden & ~hidden].sum()
            best, worst = (best + lost, worst) if largest is None else (best, worst + lost)
    assert best <= worst


def test_a_door_without_secondary_suppression_is_caught(monkeypatch):
    frame, where = linked(3)

    def weakened(cells, *, hidden, hideable, **_):
        return door_module.Protection(hidden, {}, 0, np.empty(0, dtype=np.intp))

    monkeypatch.setattr(door_module, "protect", weakened)
    published, _, _ = publish(frame, no_comparisons(), catalogue=CATALOGUE, members=where)
    caught = [
        audit_against(published, frame, catalogue=CATALOGUE, members=where),
        audit(published, catalogue=CATALOGUE, members=where),
    ]
    assert all(c.breaches and "can be computed back" in c.breaches[0] for c in caught)


def test_a_weakened_threshold_is_caught():
    frame, where = linked(3)
    published, _, _ = publish(
        frame, no_comparisons(), catalogue={"cases": Entry("cases", "practitioners", "count")}, members=where
    )
    found = audit(published, catalogue=CATALOGUE, members=where)
    assert any("its rule withholds it" in words for words in found.breaches)


def test_the_union_of_two_protections_made_apart_is_caught():
    counts = {"a": 5, "b": 30, "c": 40, "d": 60}
    rows = [row(n, code=c) for c, n in counts.items()]
    rows += [row(35, level="epci", code="e1"), row(100, level="epci", code="e2")]
    rows += [row(45, level="perimeter", code="p1"), row(90, level="perimeter", code="p2")]
    where = members(
        *[
            (t, k, c)
            for t, k, inside in (
                ("epci", "e1", "ab"),
                ("epci", "e2", "cd"),
                ("perimeter", "p1", "ac"),
                ("perimeter", "p2", "bd"),
            )
            for c in inside
        ]
    )
    frame = table(*rows)
    status = pd.Series(["suppressed", "suppressed_secondary", "suppressed_secondary", *["observed"] * 5])
    published = door_module.withhold(frame, status)
    assert audit(published, catalogue=CATALOGUE, members=where).breaches
    assert audit(published.drop(index=[6, 7]), catalogue=CATALOGUE, members=where).breaches == ()
    assert audit(published.drop(index=[4, 5]), catalogue=CATALOGUE, members=where).breaches == ()


def test_what_the_door_publishes_keeps_no_number_in_a_withheld_row():
    frame, where = linked(8, sexes=True)
    published, _, _ = publish(frame, no_comparisons(), catalogue=CATALOGUE, members=where)
    withheld = ~published["status"].isin(SHOWN)
    assert withheld.any()
    assert published.loc[withheld, ["value", "lower", "upper", "numerator", "denominator"]].isna().all(axis=None)


def test_the_status_of_a_share_says_nothing_of_its_denominator():
    catalogue = {"share": Entry("share", method="share", unit="%", numerator="src:a", denominator="src:b", scale=100)}
    rows = [row(3, indicator="share", code=c, denominator=400.0, scale=100) for c in ("a", "b")]
    rows.append(row(60, indicator="share", level="epci", code="e", denominator=1200.0, scale=100))
    rows.append(row(54, indicator="share", code="c", denominator=400.0, scale=100))
    frame, where = table(*rows), members(*[("epci", "e", c) for c in "abc"])
    published, _, _ = publish(frame, no_comparisons(), catalogue=catalogue, members=where)
    found = audit(published, catalogue=catalogue, members=where)
    assert found.inconsistent == 0
    assert found.breaches == ()


def test_a_blank_rate_of_few_events_does_not_stop_the_attack():
    rows = [
        row(15, code="a", interval=False),
        row(15, code="b", interval=False),
        row(3, code="c"),
        row(33, level="epci", code="e"),
    ]
    catalogue = {"cases": Entry("cases")}
    frame, where = table(*rows), members(*[("epci", "e", c) for c in "abc"])
    published, _, _ = publish(frame, no_comparisons(), catalogue=catalogue, members=where)
    assert list(published["status"][:3]) == ["too_few_events", "too_few_events", "suppressed"]
    found = audit(published, catalogue=catalogue, members=where)
    assert found.breaches == ()
    assert found.inconsistent == 0
    assert found.attacked >= 1
