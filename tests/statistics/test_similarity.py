"""The nearest areas are those that a plain loop finds, whatever the units and the order."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cls_analysis.errors import InvalidInput
from cls_analysis.statistics.similarity import nearest


def slow(frame: pd.DataFrame, target: str, k: int, logarithm=()) -> list[str]:
    names = [n for n in frame.index if not any(math.isnan(v) for v in frame.loc[n])]
    columns = {}
    for c in frame.columns:
        raw = [math.log(frame.loc[n, c]) if c in logarithm else frame.loc[n, c] for n in names]
        mean = sum(raw) / len(raw)
        sd = math.sqrt(sum((v - mean) ** 2 for v in raw) / len(raw))
        if sd > 0:
            columns[c] = dict(zip(names, [(v - mean) / sd for v in raw], strict=True))
    far = {n: math.sqrt(sum((col[n] - col[target]) ** 2 for col in columns.values())) for n in names if n != target}
    return sorted(far, key=lambda n: (round(far[n], 9), n))[:k]


@pytest.fixture
def areas() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    frame = pd.DataFrame({"size": rng.lognormal(9, 1, 60), "age": rng.normal(25, 4, 60), "poor": rng.normal(15, 3, 60)})
    frame.index = [f"a{i:02d}" for i in range(60)]
    frame.loc["a05", "poor"] = np.nan
    return frame


def test_the_result_is_that_of_a_plain_loop(areas) -> None:
    for target in ("a00", "a17", "a59"):
        assert nearest(areas, target, k=7, logarithm=["size"]).index.tolist() == slow(areas, target, 7, ["size"])


def test_units_and_order_of_rows_change_nothing(areas) -> None:
    base = nearest(areas, "a03", logarithm=["size"])
    scaled = areas.assign(age=areas["age"] * 12, size=areas["size"] / 1000, poor=areas["poor"] / 100 + 4)
    assert (
        nearest(scaled.sample(frac=1, random_state=1), "a03", logarithm=["size"]).index.tolist() == base.index.tolist()
    )


def test_an_area_without_a_value_is_never_a_neighbour(areas) -> None:
    assert "a05" not in nearest(areas, "a00", k=100).index
    with pytest.raises(InvalidInput, match="no value for poor"):
        nearest(areas, "a05")


def test_a_column_that_does_not_vary_says_nothing(areas) -> None:
    flat = areas.assign(flat=3.0)
    assert nearest(flat, "a00").index.tolist() == nearest(areas, "a00").index.tolist()


@pytest.mark.parametrize(
    ("change", "words"),
    [({"target": "z"}, "not in the frame"), ({"k": 0}, "k is 0"), ({"logarithm": ["none"]}, "column 'none'")],
)
def test_wrong_arguments_are_named(areas, change, words) -> None:
    with pytest.raises(InvalidInput, match=words):
        nearest(areas, **{"target": "a00", **change})


def test_a_zero_has_no_logarithm(areas) -> None:
    with pytest.raises(InvalidInput, match="a07"):
        nearest(areas.assign(size=areas["size"].where(areas.index != "a07", 0)), "a00", logarithm=["size"])


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 30), st.integers(0, 10_000))
def test_an_identical_area_comes_first(n, seed) -> None:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n, 3)), index=[f"x{i}" for i in range(n)], columns=list("abc"))
    frame.loc["twin"] = frame.loc["x0"]
    assert nearest(frame, "x0", k=1).index.tolist() == ["twin"]
