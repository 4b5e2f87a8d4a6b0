"""Inequality with and without an order: published figures, slow oracles, properties."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cls_analysis.errors import InvalidInput
from cls_analysis.statistics import (
    atkinson,
    between_group_sd,
    between_group_variance,
    concentration_curve,
    concentration_index,
    gini,
    index_of_disparity,
    mean_difference,
    mean_log_deviation,
    population_attributable,
    slope_index,
    theil,
)

# WHO healthequal, tests/testthat/test-aci.R, test-rci.R: R's set.seed(123); round(rnorm(5, 100, 40)) gives these populations
WHO_POP, WHO_VALUE, WHO_ORDER = [78, 91, 162, 103, 105], [20, 30, 40, 50, 60], [1, 2, 3, 4, 5]

SIZES = st.integers(2, 12)


@st.composite
def areas(draw, low=0.1):
    n = draw(SIZES)
    floats = st.floats(low, 1000, allow_nan=False).map(lambda x: round(x, 3))
    value = draw(hnp.arrays(float, n, elements=floats))
    population = draw(hnp.arrays(float, n, elements=st.integers(1, 5000).map(float)))
    rank = draw(hnp.arrays(float, n, elements=st.integers(1, 6).map(float)))
    return value, population, rank


def people(value, population):
    """Everybody in a row: the definition of a population weight."""
    return np.repeat(value, np.asarray(population, int))


def test_concentration_indices_are_those_of_who_healthequal():
    assert concentration_index(WHO_VALUE, WHO_POP, WHO_ORDER, kind="absolute") == pytest.approx(7.3284202, abs=1e-6)
    assert concentration_index(WHO_VALUE, WHO_POP, WHO_ORDER) == pytest.approx(0.17776859, abs=1e-7)


def plain_slope(value, population, rank):
    """Ranks one by one, then the normal equations of weighted least squares."""
    total = sum(population)
    x = []
    for r in rank:
        before = sum(n for n, other in zip(population, rank, strict=True) if other < r)
        same = sum(n for n, other in zip(population, rank, strict=True) if other == r)
        x.append((before + same / 2) / total)
    design = np.column_stack([np.ones(len(x)), x])
    weights = np.diag(population)
    return np.linalg.solve(design.T @ weights @ design, design.T @ weights @ np.asarray(value))


@given(areas())
def test_slope_index_is_weighted_least_squares_on_the_cumulative_population(data):
    value, population, rank = data
    result = slope_index(value, population, rank)
    if len(set(rank)) == 1:
        assert all(math.isnan(x) for x in result)
        return
    intercept, slope = plain_slope(value, population, rank)
    assert result.intercept == pytest.approx(intercept, rel=1e-6, abs=1e-6)
    assert result.sii == result.slope == pytest.approx(slope, rel=1e-6, abs=1e-6)
    if intercept > 1e-3 and intercept + slope > 0:
        assert result.rii == pytest.approx((intercept + slope) / intercept, rel=1e-4)


def test_slope_index_recovers_a_known_gradient():
    population = np.array([10, 30, 20, 40.0])
    middle = (np.cumsum(population) - population / 2) / 100
    result = slope_index(120 - 30 * middle, population, [1, 2, 3, 4])
    assert result == pytest.approx((-30, 0.75, 120, -30))


def test_slope_index_agrees_with_statsmodels():
    sm = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(0)
    population, value = rng.integers(10, 500, 200), rng.normal(50, 5, 200)
    rank = rng.permutation(200)
    order = np.argsort(rank)
    x = np.empty(200)
    x[order] = (np.cumsum(population[order]) - population[order] / 2) / population.sum()
    fit = sm.WLS(value, sm.add_constant(x), weights=population).fit()
    result = slope_index(value, population, rank)
    assert (result.intercept, result.slope) == pytest.approx(tuple(fit.params))


@given(areas())
def test_the_order_of_rows_and_the_scale_of_population_change_nothing(data):
    value, population, rank = data
    turn = np.arange(len(value))[::-1]
    for f in (slope_index, concentration_index):
        first = np.atleast_1d(f(value, population, rank))
        np.testing.assert_allclose(
            first, np.atleast_1d(f(value[turn], population[turn] * 7, rank[turn] * 3)), rtol=1e-5, atol=1e-7
        )
    for g in (gini, theil, mean_log_deviation, lambda v, p: atkinson(v, 0.7, p)):
        assert g(value, population) == pytest.approx(g(value[turn] * 13, population[turn] * 0.01), abs=1e-9)


@given(areas())
def test_the_curve_holds_the_concentration_index(data):
    value, population, rank = data
    curve = concentration_curve(value, population, rank)
    area = np.trapezoid(curve.value_share, curve.population_share)
    assert 1 - 2 * area == pytest.approx(concentration_index(value, population, rank), abs=1e-9)
    assert curve.iloc[0].tolist() == [0, 0]
    assert curve.iloc[-1].tolist() == pytest.approx([1, 1])
    lorenz = concentration_curve(value, population, value)
    assert 1 - 2 * np.trapezoid(lorenz.value_share, lorenz.population_share) == pytest.approx(
        gini(value, population), abs=1e-9
    )


def plain_gini(value, population):
    mean = np.average(value, weights=population)
    total = sum(population)
    gap = sum(a * b * abs(x - y) for (x, a), (y, b) in itertools.product(zip(value, population, strict=True), repeat=2))
    return gap / (2 * total**2 * mean)


@given(areas(low=0))
def test_gini_is_half_the_relative_mean_difference(data):
    value, population, _ = data
    if value.sum() > 0:
        assert gini(value, population) == pytest.approx(plain_gini(value, population), abs=1e-9)


@given(areas())
def test_weights_are_people(data):
    value, population, _ = data
    population = np.maximum(population // 100, 1)
    crowd = people(value, population)
    for f in (
        gini,
        theil,
        mean_log_deviation,
        lambda v, p=None: atkinson(v, 1.5, p),
        lambda v, p=None: atkinson(v, 1, p),
    ):
        assert f(value, population) == pytest.approx(f(crowd), abs=1e-9)


def test_pysal_agrees_without_weights():
    pysal_gini = pytest.importorskip("inequality.gini").Gini
    from inequality.atkinson import atkinson as pysal_atkinson
    from inequality.theil import Theil, TheilD

    rng = np.random.default_rng(1)
    value, group = rng.gamma(2, 10, 300), rng.integers(0, 7, 300)
    assert gini(value) == pytest.approx(pysal_gini(value).g)
    assert theil(value) == pytest.approx(Theil(value).T)
    split, parts = TheilD(value, group), theil(value, group=group)
    assert (parts.between, parts.within) == pytest.approx((np.ravel(split.bg)[0], np.ravel(split.wg)[0]))
    for epsilon in (0, 0.5, 1, 2):
        assert atkinson(value, epsilon) == pytest.approx(float(pysal_atkinson(value, epsilon)))


def test_pysals_published_figures():
    # inequality/tests: atkinson of 10..50 is 0.06315 (0.5) and 0.1316096 (1); Theil of two halves 0 and 10 is ln 2, all between
    assert atkinson([10, 20, 30, 40, 50], 0.5) == pytest.approx(0.06315, abs=1e-5)
    assert atkinson([10, 20, 30, 40, 50], 1) == pytest.approx(0.1316096, abs=1e-6)
    assert theil([0, 0, 0, 10, 10, 10], group=[0, 0, 0, 1, 1, 1]) == pytest.approx((math.log(2), math.log(2), 0))


@given(areas(low=0), st.data())
def test_theils_parts_add_up(data, more):
    value, population, _ = data
    if value.sum() == 0:
        return
    group = more.draw(st.lists(st.sampled_from("abc"), min_size=len(value), max_size=len(value)))
    parts = theil(value, population, group)
    assert parts.total == pytest.approx(parts.between + parts.within, abs=1e-9)
    assert parts.total == pytest.approx(theil(value, population), abs=1e-12)
    assert min(parts.between, parts.within) > -1e-12
    means = pd.DataFrame({"g": group, "n": population, "v": value * population}).groupby("g").sum()
    assert parts.between == pytest.approx(theil(means.v / means.n, means.n), abs=1e-9)


def test_everybody_equal_is_zero_inequality():
    value, n = [7, 7, 7], [1, 20, 3]
    assert (gini(value, n), theil(value, n), mean_log_deviation(value, n), atkinson(value, 2, n)) == pytest.approx(
        (0,) * 4
    )
    assert index_of_disparity(value, n) == pytest.approx(0, abs=1e-9)
    assert concentration_index(value, n, [3, 1, 2]) == pytest.approx(0)


def test_a_zero_gives_the_mathematical_limit():
    assert gini([0, 4]) == 0.5
    assert theil([0, 4]) == pytest.approx(math.log(2))
    assert mean_log_deviation([0, 4]) == math.inf
    assert [atkinson([0, 4], e) for e in (1, 2)] == [1, 1]
    assert atkinson([0, 4], 0.5) == pytest.approx(0.5)
    assert mean_log_deviation([0, 4], [0, 10]) == 0  # nobody lives in the area with 0


@pytest.mark.parametrize("f", [gini, theil, mean_log_deviation, lambda v, p=None: atkinson(v, 1, p)])
def test_edges_of_one_area_no_area_and_zero_mean(f):
    assert f([5]) == pytest.approx(0)
    assert math.isnan(f([]))
    assert math.isnan(f([0, 0]))


@pytest.mark.parametrize("f", [gini, theil, mean_log_deviation, lambda v, p=None: atkinson(v, 1, p)])
@pytest.mark.parametrize(
    ("value", "population"),
    [
        ([1, -1], None),
        ([1, np.nan], None),
        ([1, 2], [1, -1]),
        ([1, 2], [0, 0]),
        ([1, 2], [1, 2, 3]),
        ([1, 2], [1, np.inf]),
    ],
)
def test_what_is_no_value_or_weight_is_refused(f, value, population):
    with pytest.raises(InvalidInput):
        f(value, population)


def test_series_are_matched_by_key_not_by_position():
    value = pd.Series({"a": 1.0, "b": 2.0, "c": 9.0})
    population = pd.Series({"c": 1.0, "a": 100.0, "b": 10.0})
    rank = pd.Series({"b": 2, "c": 3, "a": 1})
    plain = ([1, 2, 9], [100, 10, 1])
    assert gini(value, population) == gini(*plain)
    assert slope_index(value, population, rank) == slope_index(*plain, [1, 2, 3])
    assert theil(value, population, group=pd.Series({"c": "y", "b": "x", "a": "x"})) == theil(
        *plain, group=["x", "x", "y"]
    )
    with pytest.raises(InvalidInput, match="not in population: \\['a'\\]"):
        gini(value, population.drop("a"))
    with pytest.raises(InvalidInput, match="duplicates"):
        gini(value, pd.concat([population, population[:1]]))


def test_bad_options_are_refused():
    with pytest.raises(InvalidInput):
        atkinson([1, 2], -1)
    with pytest.raises(InvalidInput):
        concentration_index([1, 2], [1, 1], [1, 2], kind="weird")
    with pytest.raises(InvalidInput):
        theil([1, 2], group=["a", None])
    with pytest.raises(InvalidInput):
        theil([1, 2], group=["a"])


# --- distance from the mean, the best or a reference: hand-worked

VALUE, POP = [10.0, 20.0, 40.0], [1.0, 1.0, 2.0]  # mean 27.5


def test_hand_worked_disparities():
    assert between_group_variance(VALUE, POP) == pytest.approx((17.5**2 + 7.5**2 + 2 * 12.5**2) / 4)
    assert between_group_variance(VALUE, POP, weighted=False) == pytest.approx((17.5**2 + 7.5**2 + 12.5**2) / 3)
    assert between_group_sd(VALUE, POP) == pytest.approx(math.sqrt(between_group_variance(VALUE, POP)))
    assert index_of_disparity(VALUE, POP) == pytest.approx(100 * (17.5 + 7.5 + 2 * 12.5) / 4 / 27.5)
    assert index_of_disparity(VALUE, POP, weighted=False) == pytest.approx(100 * (17.5 + 7.5 + 12.5) / 3 / 27.5)
    assert mean_difference(VALUE, POP) == pytest.approx((30 + 20 + 0) / 4)
    assert mean_difference(VALUE, POP, weighted=False) == pytest.approx((30 + 20 + 0) / 3)
    assert mean_difference(VALUE, POP, favourable="low") == pytest.approx((0 + 10 + 2 * 30) / 4)
    assert mean_difference(VALUE, POP, reference="mean") == pytest.approx((17.5 + 7.5 + 2 * 12.5) / 4)
    assert mean_difference(VALUE, POP, reference=1) == pytest.approx((10 + 0 + 2 * 20) / 4)


def test_population_attributable_is_whos():
    par, paf = population_attributable(VALUE, POP, reference=2)
    assert (par, paf) == pytest.approx((12.5, 100 * 12.5 / 27.5))
    assert population_attributable(VALUE, POP, reference="best", favourable="low").par == pytest.approx(-17.5)


@pytest.mark.parametrize("reference", ["worst", 3, -1, True, 0.5, None])
def test_an_unknown_reference_is_refused(reference):
    with pytest.raises(InvalidInput, match="reference"):
        mean_difference(VALUE, POP, reference=reference)


def test_no_group_gives_nan():
    assert math.isnan(between_group_variance([], []))
    assert math.isnan(index_of_disparity([], []))
    assert math.isnan(mean_difference([], []))
    assert all(math.isnan(x) for x in slope_index([], [], []))
    assert math.isnan(concentration_index([], [], []))
    assert len(concentration_curve([], [], [])) == 0
