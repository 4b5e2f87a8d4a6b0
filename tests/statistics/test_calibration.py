"""Where nothing differs, a test says so 19 times in 20: simulated under the null, with fixed seeds."""

import numpy as np
import pytest

from cls_analysis.statistics import (
    benjamini_hochberg,
    compare_proportions,
    compare_rates,
    compare_ratio,
    compare_standardised,
    wilson_interval,
)

DRAWS = 4000
ABOVE = 0.05 + 3 * np.sqrt(0.05 * 0.95 / DRAWS)  # what a true 5 % stays under, chance of the simulation included


@pytest.fixture
def rng():
    return np.random.default_rng(20221)


@pytest.mark.parametrize("events", [3, 15, 80, 600])
def test_rates_of_equal_risk_differ_one_time_in_twenty_at_most(rng, events):
    mine, theirs = rng.poisson(events, DRAWS), rng.poisson(30 * events, DRAWS)
    p = compare_rates(mine, 1000.0, theirs, 30_000.0, own_share=0.0)["p"]
    assert (p < 0.05).mean() < ABOVE


@pytest.mark.parametrize("share", [0.02, 0.11, 0.75])
@pytest.mark.parametrize("people", [200, 20_000])
def test_shares_drawn_one_by_one_differ_one_time_in_twenty(rng, share, people):
    mine, theirs = rng.binomial(people, share, DRAWS), rng.binomial(50 * people, share, DRAWS)
    found = (compare_proportions(mine, people, theirs, 50 * people, own_share=0.0)["p"] < 0.05).mean()
    assert 0.02 < found < ABOVE


@pytest.mark.parametrize("expected", [4.0, 40.0, 400.0])
def test_a_ratio_of_one_is_told_from_one_at_most_one_time_in_twenty(rng, expected):
    assert (compare_ratio(rng.poisson(expected, DRAWS), expected)["p"] < 0.05).mean() < ABOVE


def test_a_difference_of_two_counts_known_by_its_interval_is_calibrated(rng):
    """Births minus deaths, as the catalogue's method `balance` gives it to the comparison."""
    people = np.array([40_000.0, 2_000_000.0])[:, None]
    births, deaths = rng.poisson(0.009 * people, (2, DRAWS)), rng.poisson(0.013 * people, (2, DRAWS))
    value, half = (births - deaths) / people, 1.96 * np.sqrt(births + deaths) / people
    own, other = ((value[i], value[i] - half[i], value[i] + half[i]) for i in (0, 1))
    found = (compare_standardised(*own, *other, scale="linear")["p"] < 0.05).mean()
    assert 0.03 < found < ABOVE


def test_a_family_of_nested_comparators_finds_a_false_difference_one_time_in_twenty_at_most(rng):
    """Département within région within France: the tests of one territory lean the same way."""
    mine = rng.binomial(8_000, 0.11, (DRAWS, 2))
    near = mine + rng.binomial(40_000, 0.11, (DRAWS, 2))
    far = near + rng.binomial(900_000, 0.11, (DRAWS, 2))
    p = np.column_stack([
        compare_proportions(mine[:, k], 8_000, whole[:, k] - mine[:, k], size - 8_000, own_share=0.0)["p"]
        for k in (0, 1)
        for whole, size in ((near, 48_000), (far, 948_000))
    ])  # fmt: skip
    false = np.mean([benjamini_hochberg(row).rejected.any() for row in p])
    assert false < ABOVE


def _census(rng, share, addresses=1200, taken=0.4):
    """A town of addresses of 1 to 30 people who resemble their neighbours, two addresses in five seen: its share and people."""
    size = rng.choice([1, 2, 3, 4, 30], p=[0.3, 0.25, 0.2, 0.2, 0.05], size=addresses)
    likeness = 0.06  # correlation of two people of one address
    weight = (1 - likeness) / likeness
    ill = rng.binomial(size, rng.beta(share * weight, (1 - share) * weight, addresses))
    seen = rng.permutation(addresses)[: int(taken * addresses)]
    return ill[seen].sum() / size[seen].sum(), float(size.sum())


@pytest.mark.parametrize(("effect", "honest"), [(1.0, False), (4.0, True)])
def test_a_census_share_needs_its_design_effect(rng, effect, honest):
    """Two addresses in five, neighbours alike: taken for a full count, one share in five or more is called different; counted
    for a quarter of the people, one in twenty at most, and the interval holds the truth 19 times in 20."""
    drawn = [_census(rng, 0.11) for _ in range(1000)]
    share, people = (np.array(column) for column in zip(*drawn, strict=True))
    told = people / effect
    p = compare_proportions(share * told, told, 0.11 * 1e6 / effect, 1e6 / effect, own_share=0.0)["p"]
    lower, upper = wilson_interval(share * told, told)
    held = ((lower <= 0.11) & (upper >= 0.11)).mean()
    assert bool((p < 0.05).mean() < 0.07) is honest
    assert bool(held > 0.93) is honest
    assert honest or (p < 0.05).mean() > 0.2
