"""Two-step floating catchment areas."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cls_analysis.errors import InvalidInput
from cls_analysis.statistics import floating_catchment


def plain_catchment(population, supply, cost, radius, weight):
    pairs = [(o, s, weight(c)) for o, s, c in cost.itertuples(index=False) if c <= radius]
    ratio = {}
    for site in supply:
        demand = sum(population[o] * w for o, s, w in pairs if s == site)
        ratio[site] = supply[site] / demand if demand > 0 else 0.0
    return {origin: sum(ratio[s] * w for o, s, w in pairs if o == origin) for origin in population}


def step_weight(steps):
    def weight(cost):
        return next((w for end, w in steps if cost <= end), 0.0)

    return weight


STEPS = [(10, 1.0), (20, 0.68), (30, 0.22)]  # Luo and Qi 2009, the slow decay


@st.composite
def maps(draw):
    origins = [f"o{i}" for i in range(draw(st.integers(1, 6)))]
    sites = [f"s{i}" for i in range(draw(st.integers(1, 4)))]
    population = {o: draw(st.integers(0, 900)) for o in origins}
    supply = {s: draw(st.integers(0, 9)) for s in sites}
    rows = [(o, s, draw(st.integers(0, 45))) for o in origins for s in sites if draw(st.booleans())]
    return population, supply, pd.DataFrame(rows, columns=["origin", "site", "cost"])


@given(maps())
@settings(max_examples=60)
def test_every_variant_is_the_plain_two_steps(data):
    population, supply, cost = data
    for kwargs, weight in (
        ({}, lambda _: 1.0),
        ({"steps": STEPS}, step_weight(STEPS)),
        ({"decay": lambda c: np.exp(-c / 10)}, lambda c: np.exp(-c / 10)),
    ):
        result = floating_catchment(population, supply, cost, radius=30, **kwargs)
        assert result.to_dict() == pytest.approx(plain_catchment(population, supply, cost, 30, weight))


@given(maps())
@settings(max_examples=60)
def test_what_is_shared_out_is_what_is_reached(data):
    population, supply, cost = data
    people = pd.Series(population)
    for kwargs, weight in (({}, lambda _: 1.0), ({"steps": STEPS}, step_weight(STEPS))):
        access = floating_catchment(population, supply, cost, radius=30, **kwargs)
        reached = {s for o, s, c in cost.itertuples(index=False) if c <= 30 and people[o] > 0 and weight(c) > 0}
        assert (people * access).sum() == pytest.approx(sum(supply[s] for s in reached))


def test_pysal_agrees_where_everybody_reaches_something():
    fca = pytest.importorskip("access.fca")
    rng = np.random.default_rng(1)
    n, m = 60, 12
    population = pd.Series(rng.integers(10, 3000, n), index=[f"o{i}" for i in range(n)])
    supply = pd.Series(rng.integers(1, 20, m), index=[f"s{i}" for i in range(m)])
    cost = pd.DataFrame(
        {"origin": np.repeat(population.index, m), "site": np.tile(supply.index, n), "cost": rng.uniform(0, 60, n * m)}
    )
    theirs = fca.two_stage_fca(
        population.rename("demand").to_frame(),
        supply.rename("supply").to_frame(),
        cost.rename(columns={"site": "dest"}),
        max_cost=30,
        demand_index=True,
        demand_name="demand",
        supply_name="supply",
        weight_fn=lambda c: np.exp(-c / 15),
    )
    ours = floating_catchment(population, supply, cost, radius=30, decay=lambda c: np.exp(-c / 15))
    assert ours[theirs.index].to_numpy() == pytest.approx(theirs.to_numpy())


COST = pd.DataFrame({"origin": ["a", "b", "b"], "site": ["s", "s", "t"], "cost": [5.0, 30.0, 40.0]})


def test_the_radius_is_within_and_order_is_that_of_the_population():
    result = floating_catchment(pd.Series({"b": 300, "a": 100, "c": 9}), {"t": 1, "s": 4}, COST, radius=30)
    assert result.index.tolist() == ["b", "a", "c"]
    assert result.tolist() == [0.01, 0.01, 0.0]
    assert floating_catchment({"b": 300, "a": 100}, {"t": 1, "s": 4}, COST, radius=29.9).to_dict() == {
        "b": 0.0,
        "a": 0.04,
    }


def test_an_origin_without_people_has_an_access_but_takes_no_share():
    assert floating_catchment({"a": 0, "b": 200}, {"s": 4, "t": 1}, COST, radius=30).to_dict() == {"a": 0.02, "b": 0.02}
    assert floating_catchment({"a": 0, "b": 0}, {"s": 4, "t": 1}, COST, radius=30).to_dict() == {"a": 0, "b": 0}


def test_a_step_includes_its_end_and_nothing_lies_beyond_the_last():
    result = floating_catchment({"a": 100, "b": 100}, {"s": 3, "t": 1}, COST, radius=99, steps=[(5, 1.0), (30, 0.5)])
    assert result.to_dict() == pytest.approx({"a": 3 / 150, "b": 0.5 * 3 / 150})


def test_no_pairs_give_zero_access():
    assert floating_catchment({"a": 1}, {"s": 1}, COST.iloc[:0], radius=5).to_dict() == {"a": 0.0}
    assert floating_catchment({}, {}, COST.iloc[:0], radius=5).empty


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ({"population": {"a": 1}}, "'origin' in cost are not in population: \\['b'\\]"),
        ({"supply": {"s": 1}}, "'site' in cost are not in supply: \\['t'\\]"),
        ({"population": {"a": -1, "b": 1}}, "population\\['a'\\] is -1"),
        ({"supply": {"s": np.nan, "t": 1}}, "supply\\['s'\\] is nan"),
        ({"cost": pd.concat([COST, COST.iloc[:1]])}, "origin='a', site='s': the pair is given twice"),
        ({"cost": COST.assign(cost=[1, -1, 2])}, "origin='b', site='s': column 'cost' is -1"),
        ({"cost": COST.assign(cost=[1, np.nan, 2])}, "nan"),
        ({"cost": COST.drop(columns="site")}, "no column 'site'"),
        ({"radius": -1}, "radius"),
        ({"radius": np.nan}, "radius"),
        ({"decay": np.exp, "steps": STEPS}, "both decay and steps"),
        ({"decay": lambda c: -c}, "decay\\(5\\) is -5"),
        ({"decay": lambda _: 1.0}, "one weight for each"),
        ({"steps": [(10, 1), (10, 2)]}, "increase"),
        ({"steps": [(10, -1)]}, "negative"),
        ({"steps": []}, "increase"),
        ({"population": [1, 2]}, "by key"),
        ({"supply": pd.Series([1, 2], index=["s", "s"])}, "repeats"),
    ],
)
def test_what_is_invalid_is_named(edit, said):
    call = {"population": {"a": 1, "b": 2}, "supply": {"s": 1, "t": 1}, "cost": COST, "radius": 30} | edit
    with pytest.raises(InvalidInput, match=said):
        floating_catchment(call.pop("population"), call.pop("supply"), call.pop("cost"), **call)
