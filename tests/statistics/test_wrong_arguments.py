"""An argument of the wrong kind is refused by name, as `InvalidInput`, wherever it is given; nothing is computed from it."""

import numpy as np
import pandas as pd
import pytest

from cls_analysis.errors import InvalidInput
from cls_analysis.statistics import (
    atkinson,
    compare_proportions,
    compare_rates,
    compare_ratio,
    crude_rate,
    directly_standardised_rate,
    floating_catchment,
    local_moran,
    moran,
    proportion,
    standardised_ratio,
)

FRAME = pd.DataFrame({"area": ["a", "a"], "age": ["young", "old"], "deaths": [10, 20], "people": [1000, 500]})
KEYS = {"by": "area", "count": "deaths", "population": "people"}
AGES = KEYS | {"age": "age"}
STANDARD = {"young": 70, "old": 30}
REFERENCE = FRAME.drop(columns="area")
COST = pd.DataFrame({"origin": ["a"], "site": ["s"], "cost": [5.0]})


@pytest.mark.parametrize("per", [0, -100, np.nan, np.inf, "100", None, True])
@pytest.mark.parametrize(
    "call",
    [
        lambda per: crude_rate(FRAME, per=per, **KEYS),
        lambda per: proportion(FRAME, per=per, **KEYS),
        lambda per: directly_standardised_rate(FRAME, standard=STANDARD, per=per, **AGES),
        lambda per: standardised_ratio(FRAME, reference=REFERENCE, per=per, **AGES),
        lambda per: compare_rates(3, 10, 30, 100, per=per),
        lambda per: compare_proportions(3, 10, 30, 100, per=per),
        lambda per: compare_ratio(3, 10, per=per),
    ],
)
def test_a_rate_per_nothing_is_refused(call, per):
    with pytest.raises(InvalidInput, match="per is"):
        call(per)


@pytest.mark.parametrize("few", [-1, np.nan, "10", None])
def test_a_minimum_of_events_that_is_no_number_is_refused(few):
    with pytest.raises(InvalidInput, match="min_events"):
        directly_standardised_rate(FRAME, standard=STANDARD, min_events=few, **AGES)


@pytest.mark.parametrize(
    "standard",
    [None, [70, 30], {"young": "many", "old": 30}, pd.DataFrame({"age": ["young", "old"], "weight": [70, 30]}),
     pd.Series(["many", "few"], index=["young", "old"])],
)  # fmt: skip
def test_a_standard_that_maps_no_age_to_a_weight_is_refused(standard):
    with pytest.raises(InvalidInput, match="standard"):
        directly_standardised_rate(FRAME, standard=standard, **AGES)


@pytest.mark.parametrize("epsilon", [-0.1, np.nan, np.inf, "1", None])
def test_an_aversion_that_is_no_number_is_refused(epsilon):
    with pytest.raises(InvalidInput, match="epsilon"):
        atkinson([1, 2], epsilon)


@pytest.mark.parametrize("neighbours", [{0: 1, 1: 0}, {0: "1", 1: "0"}, {0: None, 1: [0]}])
def test_neighbours_that_are_not_listed_are_refused(neighbours):
    with pytest.raises(InvalidInput, match="list of neighbours"):
        moran([1.0, 2.0], neighbours)


@pytest.mark.parametrize("seed", [-1, 1.5, "one", None, True])
def test_a_seed_that_is_no_whole_number_is_refused(seed):
    with pytest.raises(InvalidInput, match="seed"):
        local_moran([1.0, 2.0], {0: [1], 1: [0]}, permutations=9, seed=seed)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [({"radius": "30"}, "radius"), ({"radius": None}, "radius"), ({"radius": -1}, "radius"),
     ({"radius": 30, "decay": "gauss"}, "decay"), ({"radius": 30, "steps": [10, 20]}, "steps"),
     ({"radius": 30, "steps": [(10, "half")]}, "steps"), ({"radius": 30, "steps": 3}, "steps")],
)  # fmt: skip
def test_a_catchment_that_makes_no_sense_is_refused(wrong, named):
    with pytest.raises(InvalidInput, match=named):
        floating_catchment({"a": 10}, {"s": 1}, COST, **wrong)


@pytest.mark.parametrize("people", [{"a": "ten"}, pd.Series(["ten"], index=["a"]), [10], 10])
def test_populations_that_are_no_numbers_by_key_are_refused(people):
    with pytest.raises(InvalidInput, match="population"):
        floating_catchment(people, {"s": 1}, COST, radius=30)


def test_a_catchment_of_nobody_is_an_empty_series_of_numbers():
    result = floating_catchment({}, {}, COST.iloc[:0], radius=30)
    assert len(result) == 0
    assert result.dtype == np.float64
