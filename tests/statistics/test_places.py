"""Funnel limits and quantile groups."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cls_analysis.errors import InvalidInput
from cls_analysis.statistics import exact_poisson_interval, funnel_limits, quantile_groups


@pytest.mark.parametrize(
    ("population", "limits"),
    # PHEindicatormethods, tests/testthat/testdata_funnel_prop_outputs.csv; baseline 80.642448 %
    [
        (1, (3.204264, 100, 0, 100)),
        (10, (56.154344, 100, 42.03259, 100)),
        (50, (69.691035, 91.593861, 63.375595, 97.909301)),
        (1008, (78.203374, 83.081521, 76.796814, 84.488082)),
        (110000, (80.408963, 80.875933, 80.274317, 81.010578)),
    ],
)
def test_proportion_limits_are_phes(population, limits):
    row = funnel_limits([1], [population], kind="proportion", target=0.80642448).iloc[0]
    found = [100 * row[c] for c in ("lower_95", "upper_95", "lower_99_8", "upper_99_8")]
    assert found == pytest.approx(limits, abs=2e-6)


@pytest.mark.parametrize(
    ("side", "expected", "ratio"),
    # PHEindicatormethods, tests/testthat/testdata_funnel_ratio_outputs.csv: expected events and ISR of each limit
    [
        ("lower_95", 5.571644585, 17.94802207),
        ("upper_95", 0.025317898, 3949.774946),
        ("lower_99_8", 9.233410143, 10.83023482),
        ("upper_99_8", 0.04540199, 4405.093268),
        ("lower_95", 18.39035799, 54.3763205),
        ("upper_95", 4.795387629, 208.5337156),
        ("lower_99_8", 24.13397235, 41.43536693),
        ("upper_99_8", 2.960519925, 337.778507),
        ("lower_95", 770.4222128, 92.93605352),
        ("upper_95", 664.5083011, 107.7488421),
        ("upper_99_8", 636.1521174, 112.5516964),
    ],
)
def test_ratio_limits_are_phes(side, expected, ratio):
    assert funnel_limits([1], [expected], kind="ratio", target=100)[side].item() == pytest.approx(ratio, rel=2e-6)


@given(st.integers(0, 400), st.floats(0.01, 400), st.sampled_from([0.95, 0.998]))
def test_beyond_the_ratio_limits_means_the_exact_test_is_significant(count, expected, level):
    row = funnel_limits([count], [expected], kind="ratio", target=1, levels=[level]).iloc[0]
    low, high = exact_poisson_interval(count, level=level)
    if min(abs(low - expected), abs(high - expected)) > 1e-6:
        assert (not math.isnan(row.beyond)) == (not low <= expected <= high)


def test_limits_narrow_as_the_denominator_grows_and_bracket_the_target():
    n = np.geomspace(0.05, 1e5, 60)
    for kind, target, size in (("ratio", 100, n), ("proportion", 0.3, np.geomspace(1, 1e5, 60))):
        r = funnel_limits(np.zeros(60), size, kind=kind, target=target)
        assert (np.diff(r.upper_95) <= 1e-12).all()
        assert (np.diff(r.lower_95) >= -1e-12).all()
        assert ((r.lower_99_8 <= r.lower_95) & (r.lower_95 <= target) & (target <= r.upper_95)).all()
        assert (r.upper_95 <= r.upper_99_8).all()


def test_under_the_target_few_areas_fall_outside():
    rng = np.random.default_rng(4)
    expected = rng.uniform(5, 300, 20_000)
    r = funnel_limits(rng.poisson(expected), expected, kind="ratio", target=1)
    assert 0.02 < r.beyond.notna().mean() < 0.05
    assert (r.beyond == 0.998).mean() < 0.003


def test_the_highest_level_crossed_is_named():
    r = funnel_limits([50, 63, 95, 5], 100, kind="proportion", target=0.5)
    assert r.beyond.fillna(0).tolist() == [0, 0.95, 0.998, 0.998]
    assert r.value.tolist() == [0.5, 0.63, 0.95, 0.05]


@pytest.mark.parametrize(
    "bad",
    [
        {"count": [-1]},
        {"denominator": [0]},
        {"count": [11]},
        {"kind": "rate"},
        {"target": 0},
        {"target": 1.0},
        {"target": np.nan},
        {"levels": [95]},
    ],
)
def test_invalid_funnels_are_refused(bad):
    with pytest.raises(InvalidInput):
        funnel_limits(**{"count": [5], "denominator": [10], "kind": "proportion", "target": 0.5} | bad)


def plain_groups(values, k, higher_is_first):
    """OHID's rule, one value at a time."""
    values = [-v if higher_is_first else v for v in values]
    n = len(values)
    groups = []
    for v in values:
        rank = 1 + sum(other < v for other in values)
        groups.append(max(math.floor((k + 1) - math.ceil((n + 1 - rank) * k / n)), 1))
    return groups


@given(st.lists(st.integers(0, 20), min_size=10, max_size=60), st.integers(1, 10), st.booleans())
def test_groups_follow_the_rule(values, k, higher_is_first):
    found = quantile_groups(values, k, higher_is_first=higher_is_first)
    assert found.tolist() == plain_groups(values, k, higher_is_first)
    assert len({(v, g) for v, g in zip(values, found, strict=True)}) == len(set(values))  # ties stay together


def test_groups_are_of_equal_size_without_ties():
    assert (
        np.bincount(quantile_groups(np.random.default_rng(0).permutation(100), 5).astype(int))[1:].tolist() == [20] * 5
    )


def test_missing_values_get_no_group_and_too_few_values_give_none():
    assert quantile_groups([3, np.nan, 1], 2).tolist()[::2] == [2, 1]
    assert np.isnan(quantile_groups([3, np.nan, 1], 2)[1])
    assert np.isnan(quantile_groups([3, np.nan, 1], 3)).all()
    assert quantile_groups([], 3).shape == (0,)
    assert quantile_groups([5, 5, 5, 5], 4).tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("k", [0, -2, 2.5, True, None])
def test_a_number_of_groups_that_is_none_is_refused(k):
    with pytest.raises(InvalidInput):
        quantile_groups([1, 2, 3], k)
