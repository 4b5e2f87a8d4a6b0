"""A column told by its different values is the column: whatever its cells, in memory, in JSON and from pandas."""

from __future__ import annotations

import base64
import json
import math
import struct
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cls_analysis.columns import Column

CELLS = (
    st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from([0.0, 1.0, 0.5]) | st.sampled_from(["", "a", "1"])
)


def packed(*codes: int) -> str:
    return base64.b64encode(struct.pack(f"<{len(codes)}i", *codes)).decode()


def typed(values: Any) -> list[tuple[type, Any]]:
    return [(type(value), value) for value in values]


@given(st.lists(CELLS))
def test_a_column_gives_back_its_cells_each_of_its_kind(cells: list[Any]) -> None:
    column = Column.of(cells)
    assert typed(column) == typed(cells) == typed(column[row] for row in range(len(cells)))
    assert typed(column[1:]) == typed(cells[1:])
    assert typed(column.categories) == list(dict.fromkeys(typed(cell for cell in cells if cell is not None)))
    assert column.where(lambda cell: cell == 1).tolist() == [cell is not None and cell == 1 for cell in cells]
    assert column.texts(lambda cells: map(repr, cells)) == ["" if cell is None else repr(cell) for cell in cells]


@given(st.lists(CELLS))
def test_what_json_holds_of_a_column_is_read_back(cells: list[Any]) -> None:
    assert typed(Column.read(json.loads(json.dumps(Column.of(cells).told())))) == typed(cells)
    assert typed(Column.read(cells)) == typed(cells)


@pytest.mark.parametrize(
    "series",
    [
        pd.Series(["b", None, "a", "b"]),
        pd.Series(["b", None, "a", "b"], dtype="category"),
        pd.Series(["b", "c", "a", "b"], dtype="category").iloc[[0, 2]],
        pd.Series([1.5, math.nan, 0.0, 1.5]),
        pd.Series([3, 1, 3]),
        pd.Series([True, False, True]),
        pd.Series([], dtype="category"),
        pd.Series([], dtype=float),
    ],
)
def test_a_series_of_pandas_is_its_plain_values_with_none_for_a_blank(series: pd.Series) -> None:
    plain = [None if pd.isna(value) else value for value in series.astype(object).tolist()]
    column = Column.of_series(series)
    assert typed(column) == typed(plain)
    assert list(column.categories) == list(dict.fromkeys(value for value in plain if value is not None))


def test_other_values_may_stand_for_the_categories_even_one_for_two() -> None:
    homonyms = Column.of(["a", None, "b", "a"]).renamed(["same", "same"])
    assert list(homonyms) == list(Column.read(homonyms.told())) == ["same", None, "same", "same"]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("abc", "a list of its values"),
        ({"a": 1}, "a list of its values"),
        ({"categories": ["a"], "codes": packed(1)}, "from -1 to 0"),
        ({"categories": ["a"], "codes": packed(-2)}, "from -1 to 0"),
        ({"categories": ["a"], "codes": [0]}, "32-bit integers in Base64"),
        ({"categories": ["a"], "codes": None}, "32-bit integers in Base64"),
        ({"categories": ["a"], "codes": "AAAA"}, "32-bit integers in Base64"),
        ({"categories": ["a"], "codes": "é"}, "32-bit integers in Base64"),
        ({"categories": ["a"], "codes": "AAAAA*=="}, "32-bit integers in Base64"),
        ({"categories": ["a", None], "codes": packed(0, 1)}, "a blank cell has the code -1"),
        ({"categories": [["a"]], "codes": packed(0)}, "a category of a column is a text"),
        ({"categories": "ab", "codes": packed(0, 1)}, "a list of its values"),
        ([["a"]], "a cell is a text"),
    ],
)
def test_what_is_no_column_is_refused(told: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Column.read(told)


def test_codes_of_no_row_are_no_numbers_and_no_error() -> None:
    assert list(Column.read({"categories": [], "codes": packed()})) == []
    assert len(Column.read({"categories": ["a"], "codes": packed()})) == 0


def test_codes_are_told_as_an_outsider_would_pack_them() -> None:
    assert Column.of(["b", None, "a", "b"]).told() == {"categories": ["b", "a"], "codes": packed(0, -1, 1, 0)}


def test_pandas_takes_a_column_as_its_cells() -> None:
    frame = pd.DataFrame({"a": Column.of(["x", None, "x"]), "n": Column.of([1.0, 2.0, None])})
    assert frame["a"].tolist()[0] == "x" and pd.isna(frame["a"][1]) and frame["n"].sum() == 3.0
    assert np.isnan(frame["n"][2])


@pytest.mark.parametrize("made", [["x"], ["x", "y", "z"]])
def test_what_is_not_made_of_each_category_is_refused_rather_than_shifted(made: list[str]) -> None:
    with pytest.raises(ValueError, match="zip"):
        Column.of([1, 2]).texts(lambda categories: made)
    with pytest.raises(ValueError, match="zip"):
        Column.of([1, 2]).renamed(made)


def test_numbers_of_numpy_are_told_as_pythons_own() -> None:
    assert json.dumps(Column.of(np.array([1.5, 2.0])).told()["categories"]) == "[1.5, 2.0]"
