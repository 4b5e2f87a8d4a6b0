"""What is withheld cannot be computed back."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cls_analysis.participation.small_cells import SHOWN, possible_values, protect


@pytest.mark.parametrize(
    ("count", "status"), [(0, "observed"), (1, "suppressed"), (4, "suppressed"), (5, "observed"), (6, "observed")]
)
def test_the_threshold_is_five_respondents(count: int, status: str) -> None:
    assert protect([[count, 40, 50], [30, 30, 30], [20, 20, 20]])[0, 0] == status


def test_a_withheld_cell_has_company_in_its_line_and_column() -> None:
    status = protect([[20, 3, 9], [8, 12, 30], [15, 25, 40]])
    hidden = status != SHOWN
    assert (hidden.sum(axis=1) != 1).all() and (hidden.sum(axis=0) != 1).all()


def test_a_line_alone_keeps_its_total_safe() -> None:
    assert protect([[2, 30, 40]], known_columns=[False] * 3).tolist() == [
        ["suppressed", "suppressed_secondary", "observed"]
    ]


def test_two_cells_of_one_respondent_each_do_not_betray_one_another() -> None:
    # Withholding only the two ones would leave "1 + 1 = 2": too few possible values.
    assert (protect([[1, 1, 40, 50]], known_columns=[False] * 4)[0] != SHOWN).sum() == 3


def brute_force(table: np.ndarray, hidden: np.ndarray, cell: tuple[int, int]) -> set[int]:
    """Every value of a hidden cell that fits the shown cells and all margins, by trying them all."""
    places = [tuple(map(int, p)) for p in np.argwhere(hidden)]
    top = [min(table[i][hidden[i]].sum(), table[:, j][hidden[:, j]].sum()) for i, j in places]
    values = set()
    for guess in itertools.product(*(range(int(t) + 1) for t in top)):
        trial = table.copy()
        for place, value in zip(places, guess, strict=True):
            trial[place] = value
        if (trial.sum(axis=0) == table.sum(axis=0)).all() and (trial.sum(axis=1) == table.sum(axis=1)).all():
            values.add(int(trial[cell]))
    return values


def test_the_possible_values_are_those_of_brute_force() -> None:
    table = np.array([[20, 3, 9], [8, 2, 6], [15, 25, 40]])
    hidden = np.array([[False, True, True], [False, True, True], [False, False, False]])
    known = [True] * 3
    low, high = possible_values(table, hidden, (0, 1), known_lines=known, known_columns=known)
    assert (low, high) == (min(brute_force(table, hidden, (0, 1))), max(brute_force(table, hidden, (0, 1))))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 14), min_size=3, max_size=3), min_size=2, max_size=3))
def test_no_withheld_cell_of_a_random_table_is_left_fewer_than_five_values(rows: list[list[int]]) -> None:
    table = np.array(rows)
    hidden = protect(table) != SHOWN
    if hidden.all():
        return
    known_lines, known_columns = [True] * table.shape[0], [True] * table.shape[1]
    for i, j in np.argwhere(hidden):
        low, high = possible_values(
            table, hidden, (int(i), int(j)), known_lines=known_lines, known_columns=known_columns
        )
        assert high - low + 1 >= 5
    assert hidden[(table > 0) & (table < 5)].all()
