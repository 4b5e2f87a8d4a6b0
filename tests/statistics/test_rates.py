"""Crude rates and proportions."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cls_analysis.errors import InvalidInput
from cls_analysis.statistics import crude_rate, poisson_interval, proportion, wilson_interval

FRAME = pd.DataFrame(
    {
        "area": ["b", "a", "b", "c"],
        "sex": ["F", "F", "M", "F"],
        "deaths": [3, 10, 4, 0],
        "people": [100, 2000, 200, 50],
    }
)
CALL = {"count": "deaths", "population": "people"}


def test_rows_of_one_group_are_added_and_groups_sorted():
    result = crude_rate(FRAME, by="area", per=1000, **CALL)
    assert list(result.columns) == ["area", "value", "lower", "upper", "count", "population"]
    assert result.area.tolist() == ["a", "b", "c"]
    assert result.index.tolist() == [0, 1, 2]
    assert result.value.tolist() == pytest.approx([5, 7 / 300 * 1000, 0])
    assert result["count"].tolist() == [10, 7, 0]


def test_limits_are_those_of_the_count():
    row = crude_rate(FRAME, by="area", **CALL).set_index("area").loc["b"]
    lower, upper = poisson_interval(7)
    assert (row.lower, row.upper) == pytest.approx((lower / 300 * 1e5, upper / 300 * 1e5))


@pytest.mark.parametrize("events", [0, 1, 9, 10])
def test_few_events_still_give_a_rate_with_its_limits(events):
    frame = pd.DataFrame({"area": ["x"], "deaths": [events], "people": [1000]})
    row = crude_rate(frame, by="area", per=1000, **CALL).iloc[0]
    assert (row.lower, row.upper) == poisson_interval(events)
    assert row.lower <= row.value < row.upper


def test_by_may_name_several_columns():
    result = crude_rate(FRAME, by=["area", "sex"], **CALL)
    assert result[["area", "sex"]].to_numpy().tolist() == [["a", "F"], ["b", "F"], ["b", "M"], ["c", "F"]]


def test_a_rate_may_exceed_one_event_per_head():
    frame = pd.DataFrame({"area": ["x"], "deaths": [500], "people": [100]})
    assert crude_rate(frame, by="area", per=1, **CALL).value.item() == 5


@given(st.permutations(range(4)))
def test_the_order_of_rows_changes_nothing(order):
    pd.testing.assert_frame_equal(
        crude_rate(FRAME, by="area", **CALL), crude_rate(FRAME.iloc[list(order)], by="area", **CALL)
    )


def test_the_argument_is_left_as_it_was():
    before = FRAME.copy(deep=True)
    crude_rate(FRAME, by=["area"], **CALL)
    proportion(FRAME, by=["area"], **CALL)
    pd.testing.assert_frame_equal(FRAME, before)


def test_an_empty_frame_gives_an_empty_result():
    result = crude_rate(FRAME.iloc[:0], by="area", **CALL)
    assert len(result) == 0
    assert list(result.columns) == ["area", "value", "lower", "upper", "count", "population"]


@pytest.mark.parametrize("dtype", ["str", "object", "category", "Int64", "int64", "datetime64[ns]"])
def test_keys_of_any_type_come_back_sorted(dtype):
    keys = pd.Series([3, 1, 2, 1]).astype("Int64" if dtype == "Int64" else "int64")
    keys = pd.to_datetime(keys, unit="D") if dtype.startswith("date") else keys.astype(dtype)
    result = proportion(FRAME.assign(area=keys), by="area", **CALL)
    assert result["count"].tolist() == [10, 4, 3]
    assert result.area.dtype == keys.dtype


def test_proportion_is_wilson_in_percent():
    row = proportion(FRAME, by="area", **CALL).iloc[0]
    assert (row.lower, row.upper) == pytest.approx(tuple(100 * x for x in wilson_interval(10, 2000)))
    assert row.value == 0.5


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"deaths": [3, -1, 4, 0]}, ["area='a'", "'deaths'", "-1"]),
        ({"deaths": [3, np.nan, 4, 0]}, ["area='a'", "'deaths'", "nan"]),
        ({"deaths": [3, np.inf, 4, 0]}, ["area='a'", "inf"]),
        ({"people": [100, -5, 200, 50]}, ["area='a'", "'people'", "-5"]),
        ({"people": [100, 0, 200, 50]}, ["area='a'", "'people'", "0"]),
        ({"area": ["b", None, "b", "c"]}, ["'area'", "missing"]),
    ],
)
def test_what_is_invalid_is_named_by_group_column_and_value(change, said):
    with pytest.raises(InvalidInput) as error:
        crude_rate(FRAME.assign(**change), by="area", **CALL)
    for part in said:
        assert part in str(error.value)


def test_several_problems_come_in_one_error():
    with pytest.raises(InvalidInput) as error:
        crude_rate(FRAME.assign(deaths=[-3, -1, 4, 0], people=[1, 1, 1, 0]), by="area", **CALL)
    assert len(error.value.problems) == 3


def test_more_people_with_the_trait_than_people_is_refused():
    with pytest.raises(InvalidInput, match=r"area='c'.*51.*above.*50"):
        proportion(FRAME.assign(deaths=[3, 10, 4, 51]), by="area", **CALL)


def test_unknown_columns_and_names_taken_by_the_result_are_refused():
    with pytest.raises(InvalidInput, match="no column 'dead'"):
        crude_rate(FRAME, by="area", count="dead", population="people")
    with pytest.raises(InvalidInput, match="'value'"):
        crude_rate(FRAME.assign(value=1), by="value", **CALL)
    with pytest.raises(InvalidInput, match="by is empty"):
        crude_rate(FRAME, by=[], **CALL)
