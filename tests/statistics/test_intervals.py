"""Intervals of counts and proportions: published figures, plain oracles, properties, edges."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cls_analysis.errors import InvalidInput
from cls_analysis.statistics import byar_interval, exact_poisson_interval, poisson_interval, wilson_interval

COUNTS = st.integers(0, 10_000)
LEVELS = st.sampled_from([0.8, 0.9, 0.95, 0.99, 0.998])


def test_byar_gives_the_published_limits_of_100_events():
    # unit test of the phdata port of PHEindicatormethods: byars_lower(100)
    assert byar_interval(100)[0] == pytest.approx(81.36210549052788, abs=1e-10)


@pytest.mark.parametrize(
    ("count", "lower", "upper"),
    # Garwood 1936, table of fiducial limits (as reprinted in Breslow and Day 1987, table 2.10: factors x count)
    [
        (0, 0.0, 3.689),
        (1, 0.0253, 5.572),
        (2, 0.242, 7.225),
        (5, 1.624, 11.668),
        (10, 4.795, 18.390),
        (50, 37.111, 65.919),
    ],
)
def test_exact_poisson_gives_garwoods_table(count, lower, upper):
    assert exact_poisson_interval(count) == pytest.approx((lower, upper), abs=6e-4)


def test_wilson_gives_newcombes_example():
    # Newcombe 1998 (Stat Med 17:857-72), table I: 81/263 -> 0.2553 to 0.3662; 15/148 -> 0.0624 to 0.1605; 0/20 -> 0 to 0.1611
    for (x, n), limits in {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0, 0.1611)}.items():
        assert wilson_interval(x, n) == pytest.approx(limits, abs=5e-5)


def plain_byar(count, z):
    lower = float("nan")
    if count > 0:
        base = 1 - 1 / (9 * count) - z / (3 * math.sqrt(count))
        lower = count * base**3 if base >= 0 else float("nan")
    return lower, (count + 1) * (1 - 1 / (9 * (count + 1)) + z / (3 * math.sqrt(count + 1))) ** 3


@given(COUNTS, LEVELS)
def test_each_interval_is_its_definition(count, level):
    z = stats.norm.ppf(0.5 + level / 2)
    assert byar_interval(count, level=level) == pytest.approx(plain_byar(count, z), nan_ok=True)
    tail = (1 - level) / 2
    low = stats.chi2.ppf(tail, 2 * count) / 2 if count else 0.0
    assert exact_poisson_interval(count, level=level) == pytest.approx((low, stats.chi2.isf(tail, 2 * count + 2) / 2))
    chosen = exact_poisson_interval if count < 10 else byar_interval
    assert poisson_interval(count, level=level) == chosen(count, level=level)


@given(st.integers(0, 500), st.integers(1, 500), LEVELS)
def test_wilson_limits_solve_the_score_equation(count, n, level):
    if count > n:
        count, n = n, count
    z2, p = stats.norm.ppf(0.5 + level / 2) ** 2, count / n
    for limit in wilson_interval(count, n, level=level):
        assert (p - limit) ** 2 == pytest.approx(z2 * limit * (1 - limit) / n, abs=1e-12)


@given(COUNTS, LEVELS)
def test_limits_grow_with_the_count_and_bracket_it(count, level):
    for interval in (exact_poisson_interval, poisson_interval):
        lower, upper = interval([count, count + 1], level=level)
        assert lower[0] <= count <= upper[0]
        # Byar's approximation meets the exact limits at 10 with a step far below one event
        assert lower[0] <= lower[1] + 0.05
        assert upper[0] <= upper[1] + 0.05


def test_a_wider_level_gives_a_wider_interval():
    for x in (0, 1, 9, 10, 400):
        narrow, wide = poisson_interval(x, level=0.9), poisson_interval(x, level=0.99)
        assert wide[0] <= narrow[0] <= narrow[1] <= wide[1]


@pytest.mark.parametrize("mean", [1, 4, 9.5, 10, 30, 200])
def test_poisson_intervals_cover_the_truth_as_often_as_they_say(mean):
    # exact expectation over the Poisson law, no simulation error: conservative, and not absurdly so
    x = np.arange(0, 1000)
    weight = stats.poisson.pmf(x, mean)
    lower, upper = poisson_interval(x)
    coverage = weight[(lower <= mean) & (mean <= upper)].sum()
    assert 0.945 <= coverage <= (1.0 if mean < 5 else 0.985)


@pytest.mark.parametrize(("p", "n"), [(0.02, 50), (0.1, 40), (0.5, 25), (0.3, 400)])
def test_wilson_covers_near_its_level(p, n):
    x = np.arange(n + 1)
    lower, upper = wilson_interval(x, n)
    coverage = stats.binom.pmf(x, n, p)[(lower <= p) & (p <= upper)].sum()
    assert 0.92 <= coverage <= 0.985


def test_byar_is_nan_where_its_formula_turns_negative():
    assert math.isnan(byar_interval(0)[0])
    assert byar_interval(1)[0] > 0
    assert math.isnan(byar_interval(1, level=0.998)[0])
    assert byar_interval(0)[1] == pytest.approx(3.69, abs=0.3)


def test_one_number_gives_floats_and_a_list_gives_arrays():
    assert all(type(x) is float for x in poisson_interval(3))
    assert all(type(x) is float for x in wilson_interval(np.int64(3), 5))
    assert [x.shape for x in poisson_interval([3])] == [(1,), (1,)]
    assert [x.shape for x in poisson_interval([])] == [(0,), (0,)]
    assert wilson_interval([1, 2], 4)[0].shape == (2,)


def test_exact_at_the_edges_of_wilson():
    lower, upper = wilson_interval([0, 7], [7, 7])
    assert lower[0] == 0.0
    assert upper[1] == 1.0


@pytest.mark.parametrize("bad", [-1, float("nan"), float("inf"), [3, -2, float("nan")], "x", None])
def test_a_count_that_is_no_count_is_refused(bad):
    for interval in (byar_interval, exact_poisson_interval, poisson_interval):
        with pytest.raises(InvalidInput):
            interval(bad)


def test_all_problems_are_named_at_once():
    with pytest.raises(InvalidInput) as error:
        wilson_interval([1, -2, 5, 1], [0, 4, 3, float("nan")])
    text = str(error.value)
    for part in ("n[0] is 0", "count[1] is -2", "count[2] is 5, above n[2] = 3", "n[3] is nan"):
        assert part in text


@pytest.mark.parametrize("level", [0, 1, -0.5, 95, float("nan"), None])
def test_a_level_outside_0_to_1_is_refused(level):
    with pytest.raises(InvalidInput):
        poisson_interval(4, level=level)
