"""Tests of a difference against a comparator, and of many at once."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cls_analysis.errors import InvalidInput
from cls_analysis.statistics import (
    benjamini_hochberg,
    byar_interval,
    compare_proportions,
    compare_rates,
    compare_ratio,
    compare_standardised,
    exact_poisson_interval,
)

# Benjamini and Hochberg 1995, section 4.2: 15 p-values of the thrombolysis trial; four are rejected at 0.05
TRIAL = [
    0.0001,
    0.0004,
    0.0019,
    0.0095,
    0.0201,
    0.0278,
    0.0298,
    0.0344,
    0.0459,
    0.3240,
    0.4262,
    0.5719,
    0.6528,
    0.7590,
    1.0,
]


def test_the_example_of_benjamini_and_hochberg():
    assert benjamini_hochberg(TRIAL).rejected.sum() == 4


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_adjusted_p_is_scipys_in_any_order_and_missing_tests_do_not_count(p, random):
    random.shuffle(p)
    with_gap = [*p[:1], float("nan"), *p[1:]]
    found = benjamini_hochberg(with_gap)
    assert np.delete(found.adjusted, 1) == pytest.approx(stats.false_discovery_control(p), abs=1e-12)
    assert np.isnan(found.adjusted[1])
    assert not found.rejected[1]


def test_statsmodels_agrees_on_what_is_rejected():
    multi = pytest.importorskip("statsmodels.stats.multitest")
    p = np.random.default_rng(0).beta(0.3, 2, 500)
    rejected, adjusted, *_ = multi.multipletests(p, 0.1, "fdr_bh")
    found = benjamini_hochberg(p, fdr=0.1)
    assert found.rejected.tolist() == rejected.tolist()
    assert found.adjusted == pytest.approx(adjusted)


def test_no_test_gives_nothing_and_a_p_above_one_is_refused():
    assert benjamini_hochberg([]).adjusted.shape == (0,)
    for bad in ([1.2], [-0.1], [np.inf]):
        with pytest.raises(InvalidInput):
            benjamini_hochberg(bad)


# --- rates


def plain_binomial_p(x, n, cx, cn):
    law = stats.binom(x + cx, n / (n + cn))
    return min(1.0, 2 * min(law.cdf(x), law.sf(x - 1)))


COUNT = st.integers(0, 60)
POP = st.integers(100, 100_000)


@given(COUNT, POP, COUNT, POP)
@settings(max_examples=80)
def test_the_test_of_rates_is_the_exact_binomial_and_agrees_with_its_interval(x, n, cx, cn):
    row = compare_rates(x, n, cx, cn, own_share=0).iloc[0]
    assert row.p == pytest.approx(plain_binomial_p(x, n, cx, cn), rel=1e-6, abs=1e-12)
    if abs(row.p - 0.05) > 1e-9 and x + cx > 0:
        assert (row.p < 0.05) == (not row.ratio_lower <= 1 <= row.ratio_upper)
    assert row.difference == pytest.approx(1e5 * (x / n - cx / cn))
    assert row.difference_lower <= row.difference <= row.difference_upper


def test_scipys_tests_of_two_poisson_means_tell_much_the_same():
    row = compare_rates(41, 28010, 15, 19017, own_share=0).iloc[0]
    exact = stats.binomtest(41, 56, 28010 / (28010 + 19017)).pvalue  # two-sided by likelihood, not by doubling
    assert row.p == pytest.approx(exact, abs=0.02)
    assert row.p == pytest.approx(stats.poisson_means_test(41, 28010, 15, 19017).pvalue, abs=0.03)  # less conservative


def test_swapping_the_sides_turns_the_ratio_over():
    a = compare_rates(12, 4000, 30, 22_000, own_share=0).iloc[0]
    b = compare_rates(30, 22_000, 12, 4000, own_share=0).iloc[0]
    assert (a.p, a.ratio, a.ratio_lower, a.difference_lower) == pytest.approx(
        (b.p, 1 / b.ratio, 1 / b.ratio_upper, -b.difference_upper)
    )


@pytest.mark.parametrize(("compare", "events"), [(compare_rates, 40), (compare_proportions, 40)])
def test_the_own_part_is_taken_out_above_ten_per_cent(compare, events):
    # 30 % of the comparator: compared with the other 70 %
    inside = compare(events, 3000, 100, 10_000).iloc[0]
    apart = compare(events, 3000, 100 - events, 7000, own_share=0).iloc[0]
    assert inside.own_part_removed
    assert inside.own_share == pytest.approx(0.3)
    assert inside[["ratio", "p", "comparator", "difference_upper"]].tolist() == pytest.approx(
        apart[["ratio", "p", "comparator", "difference_upper"]].tolist()
    )
    # exactly 10 %: left in
    edge = compare(events, 1000, 100, 10_000).iloc[0]
    assert not edge.own_part_removed
    assert edge.comparator == pytest.approx(compare(events, 1000, 100, 10_000, own_share=0).iloc[0].comparator)
    just = compare(events, 1001, 100, 10_000).iloc[0]
    assert just.own_part_removed


def test_a_comparator_that_is_the_territory_itself_is_no_comparison():
    row = compare_rates(10, 1000, 10, 1000).iloc[0]
    assert row.value == 1000
    assert row[["comparator", "difference", "ratio", "p"]].isna().all()


def test_no_events_anywhere_prove_nothing_and_none_in_one_side_give_one_sided_limits():
    none = compare_rates(0, 1000, 0, 5000, own_share=0).iloc[0]
    assert none.p == 1
    assert np.isnan([none.ratio, none.ratio_lower, none.ratio_upper]).all()
    up = compare_rates(5, 1000, 0, 5000, own_share=0).iloc[0]
    assert (up.ratio, up.ratio_upper) == (np.inf, np.inf)
    assert up.ratio_lower > 1
    down = compare_rates(0, 1000, 50, 5000, own_share=0).iloc[0]
    assert (down.ratio, down.ratio_lower) == (0, 0)
    assert down.ratio_upper < 1


def test_size_of_the_tests_under_no_difference():
    rng = np.random.default_rng(3)
    n = 20_000
    rates = compare_rates(rng.poisson(25, n), 1000, rng.poisson(250, n), 10_000, own_share=0)
    shares = compare_proportions(rng.binomial(120, 0.2, n), 120, rng.binomial(900, 0.2, n), 900, own_share=0)
    assert 0.03 < (rates.p < 0.05).mean() < 0.05  # exact: conservative
    assert (shares.p < 0.05).mean() == pytest.approx(0.05, abs=0.006)
    for r, truth in ((rates, 0), (shares, 0)):
        covered = ((r.difference_lower <= truth) & (truth <= r.difference_upper)).mean()
        assert 0.94 < covered < 0.975


def test_one_comparator_serves_all_areas_and_series_are_matched_by_key():
    x, n = pd.Series({"a": 5, "b": 50}), pd.Series({"b": 4000, "a": 1000})
    r = compare_rates(x, n, 300, 100_000)
    assert r.value.tolist() == [500, 1250]
    assert r.comparator.tolist() == [300, 300]


# --- proportions


def test_newcombes_example_of_a_difference():
    # Newcombe 1998 (Stat Med 17:873-90), table II, example (a): 56/70 - 48/80, method 10: 0.0524 to 0.3339
    row = compare_proportions(56, 70, 48, 80, own_share=0, per=1).iloc[0]
    assert (row.difference, row.difference_lower, row.difference_upper) == pytest.approx(
        (0.2, 0.0524, 0.3339), abs=5e-5
    )


@given(st.integers(0, 80), st.integers(80, 200), st.integers(0, 90), st.integers(90, 300))
@settings(max_examples=80)
def test_the_test_of_proportions_is_chi_square_with_n_minus_1_or_hypergeometric(x, n, cx, cn):
    row = compare_proportions(x, n, cx, cn, own_share=0).iloc[0]
    table = np.array([[x, n - x], [cx, cn - cx]])
    if 0 in table.sum(axis=0):
        assert row.p == 1
        return
    expected = stats.contingency.expected_freq(table)
    if expected.min() >= 1:
        chi2 = stats.chi2_contingency(table, correction=False).statistic * (n + cn - 1) / (n + cn)
        assert row.p == pytest.approx(stats.chi2.sf(chi2, 1), rel=1e-6, abs=1e-12)
    else:
        law = stats.hypergeom(n + cn, x + cx, n)
        assert row.p == pytest.approx(min(1, 2 * min(law.cdf(x), law.sf(x - 1))))
    assert row.ratio_lower <= row.ratio * (1 + 1e-9)
    assert row.ratio <= row.ratio_upper * (1 + 1e-9) or np.isnan(row.ratio_upper)


@pytest.mark.parametrize(
    "args",
    [
        (5, 4, 1, 10),
        (1, 10, 11, 10),
        (-1, 10, 1, 10),
        (1, 0, 1, 10),
        (1, 10, np.nan, 10),
        (5, 60, 1, 100),
        (5, 200, 50, 100),
    ],
)
def test_invalid_proportions_are_refused(args):
    with pytest.raises(InvalidInput):
        compare_proportions(*args)


# --- values with intervals


def test_altman_and_blands_example():
    # BMJ 2003;326:219: relative risks 0.67 (0.46 to 0.98) and 0.88 (0.71 to 1.08); ratio 0.76 (0.49 to 1.17), P = 0.2
    row = compare_standardised(0.67, 0.46, 0.98, 0.88, 0.71, 1.08).iloc[0]
    assert (row.ratio, row.ratio_lower, row.ratio_upper) == pytest.approx((0.76, 0.49, 1.17), abs=0.006)
    assert row.p == pytest.approx(0.2, abs=0.03)


def test_a_difference_of_life_expectancies_is_a_z_test():
    row = compare_standardised(80, 79, 81, 82, 81.8, 82.2, scale="linear").iloc[0]
    z = 2 / np.hypot(1, 0.2) * stats.norm.ppf(0.975)
    assert row.p == pytest.approx(2 * stats.norm.sf(z))
    assert (row.difference_lower, row.difference_upper) == pytest.approx((-2 - np.hypot(1, 0.2), -2 + np.hypot(1, 0.2)))


def test_the_own_part_of_a_standardised_comparator_is_solved_for():
    own, rest, s = 120.0, 90.0, 0.4
    se_own, se_rest = 6.0, 4.0
    whole, se_whole = s * own + (1 - s) * rest, np.hypot(s * se_own, (1 - s) * se_rest)
    z = stats.norm.ppf(0.975)
    args = (own, own - z * se_own, own + z * se_own, whole, whole - z * se_whole, whole + z * se_whole)
    row = compare_standardised(*args, own_share=s, scale="linear").iloc[0]
    assert row.own_part_removed
    assert row.comparator == pytest.approx(rest)
    assert row.difference_upper - row.difference == pytest.approx(z * np.hypot(se_own, se_rest))
    left = compare_standardised(*args, own_share=0.1, scale="linear").iloc[0]
    assert left.comparator == pytest.approx(whole)


def test_what_is_missing_stays_missing():
    r = compare_standardised([np.nan, 100, 100], [1, np.nan, 90], [2, 110, 110], 100, [99, 99, 101], 102)
    assert r.p.isna().all()
    assert r[["value", "difference", "ratio"]].isna().all().all()
    with pytest.raises(InvalidInput):
        compare_standardised(np.inf, 1, 2, 1, 1, 1)
    with pytest.raises(InvalidInput):
        compare_standardised(1, 1, 1, 1, 1, 1, own_share=1.5)


# --- ratios


@given(st.integers(0, 200), st.floats(0.1, 200))
@settings(max_examples=80)
def test_the_test_of_a_ratio_is_exact_poisson_and_agrees_with_its_interval(x, e):
    row = compare_ratio(x, e).iloc[0]
    law = stats.poisson(e)
    assert row.p == pytest.approx(min(1, 2 * min(law.cdf(x), law.sf(x - 1))), rel=1e-6, abs=1e-12)
    assert (row.ratio_lower, row.ratio_upper) == pytest.approx(tuple(v / e for v in exact_poisson_interval(x)))
    if abs(row.p - 0.05) > 1e-9:
        assert (row.p < 0.05) == (not row.ratio_lower <= 1 <= row.ratio_upper)


def test_own_events_are_taken_out_of_what_was_expected():
    row = compare_ratio(130, 100, own_share=0.25).iloc[0]
    assert row.own_part_removed
    assert row.value == pytest.approx(100 * 130 / ((100 - 0.25 * 130) / 0.75))
    assert compare_ratio(130, 100, own_share=0.1).iloc[0].value == pytest.approx(130)
    assert np.isnan(compare_ratio([0], [0]).p.item())


def test_byar_and_exact_tests_tell_the_same_at_scale():
    lower, _ = byar_interval(1300)
    assert (compare_ratio(1300, lower).p.item()) == pytest.approx(0.05, abs=0.001)
