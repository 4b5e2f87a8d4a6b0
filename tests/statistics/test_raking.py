"""Raking weights of a survey."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cls_analysis.errors import InvalidInput
from cls_analysis.statistics import raking_weights

ANSWERS = pd.DataFrame({"sex": list("FFFMFM"), "age": ["y", "y", "o", "y", "o", "o"]})


def test_deming_and_stephans_method_on_a_two_by_two_table_keeps_the_odds_ratio():
    weights = raking_weights(ANSWERS, margins={"sex": {"F": 1, "M": 1}, "age": {"y": 30, "o": 70}})
    table = ANSWERS.assign(w=weights).pivot_table(index="sex", columns="age", values="w", aggfunc="sum")
    before = ANSWERS.assign(w=1.0).pivot_table(index="sex", columns="age", values="w", aggfunc="sum")
    assert table.sum(axis=1).tolist() == pytest.approx([3, 3])
    assert table.sum(axis=0).to_dict() == pytest.approx({"y": 1.8, "o": 4.2})
    odds = [t.loc["F", "o"] * t.loc["M", "y"] / t.loc["F", "y"] / t.loc["M", "o"] for t in (table, before)]
    assert odds[0] == pytest.approx(odds[1])


@given(st.floats(1, 1e6), st.permutations(range(6)))
@settings(max_examples=25)
def test_scale_of_the_margins_and_order_of_the_answers_change_nothing(scale, order):
    margins = {"sex": {"F": 52, "M": 48}, "age": {"y": 40, "o": 60}}
    scaled = {k: {c: n * scale for c, n in m.items()} for k, m in margins.items()}
    first = raking_weights(ANSWERS, margins=margins)
    assert raking_weights(ANSWERS.iloc[order], margins=scaled) == pytest.approx(first[order], abs=1e-6)
    assert first.mean() == pytest.approx(1)


@pytest.mark.parametrize(
    ("margins", "said"),
    [
        ({"sex": {"F": 1}}, "sex='M' is answered"),
        ({"sex": {"F": 1, "M": 1, "X": 1}}, "sex='X' has people"),
        ({"sex": {"F": -1, "M": 1}}, "-1"),
        ({}, "empty"),
        ({"town": {"a": 1}}, "no column"),
        ({"sex": {"F": 0, "M": 0}}, "add up to 0"),
    ],
)
def test_margins_that_do_not_fit_are_refused(margins, said):
    with pytest.raises(InvalidInput, match=said):
        raking_weights(ANSWERS, margins=margins)


def test_margins_that_contradict_each_other_are_refused():
    twins = pd.DataFrame({"a": ["x", "y"], "b": ["x", "y"]})
    with pytest.raises(InvalidInput, match="no weights meet"):
        raking_weights(twins, margins={"a": {"x": 1, "y": 3}, "b": {"x": 3, "y": 1}})


def test_a_category_nobody_belongs_to_weighs_nothing_and_no_answer_gives_none():
    assert raking_weights(ANSWERS, margins={"sex": {"F": 1, "M": 0}}).tolist() == pytest.approx(
        [1.5, 1.5, 1.5, 0, 1.5, 0]
    )
    assert raking_weights(ANSWERS.iloc[:0], margins={"sex": {}}).shape == (0,)
    with pytest.raises(InvalidInput, match="missing in 1"):
        raking_weights(ANSWERS.assign(sex=[*"FFFMF", np.nan]), margins={"sex": {"F": 1, "M": 1}})
