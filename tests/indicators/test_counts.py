"""Counts, rates, shares, ratios and growth on a country small enough to be worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cls_analysis.errors import InvalidInput
from cls_analysis.indicators.methods import METHODS

from .helpers import ground, indicator, obs, pick

N = {"A": 10, "B": 20, "C": 30, "D": 0, "E": 40, "F": 100}
D = {"A": 100, "B": 200, "C": 300, "D": 0, "E": 400, "F": 1000}


def run(method, tables, **fields):
    return METHODS[method](indicator(method=method, **fields), ground(tables)).frame


def test_a_count_is_summed_over_every_kind_of_territory():
    frame = run("count", {"s": [obs("n", N)]})
    got = {k: pick(frame, k)["value"] for k in ("A", "e1", "e2", "p", "D1", "D2", "R", "FR")}
    assert got == {"A": 10, "e1": 30, "e2": 70, "p": 100, "D1": 60, "D2": 140, "R": 200, "FR": 200}
    assert (frame["lower"].isna() & frame["upper"].isna()).all()


def test_a_rate_is_the_ratio_of_the_sums_and_not_the_mean_of_the_rates():
    uneven = {"A": 90, "B": 20, "C": 30, "D": 0, "E": 40, "F": 100}
    frame = run("rate", {"s": [obs("n", uneven), obs("d", D)]}, denominator="s:d", scale=1000)
    row = pick(frame, "e1")
    assert row["value"] == pytest.approx(1000 * 110 / 300)
    assert row["numerator"] == 110 and row["denominator"] == 300 and row["coverage"] == 1


def test_the_limits_of_a_rate_are_those_of_its_poisson_count():
    frame = run("rate", {"s": [obs("n", {**N, "A": 4}), obs("d", D)]}, denominator="s:d", scale=1000)
    row = pick(frame, "A")
    assert row["lower"] == pytest.approx(stats.chi2.ppf(0.025, 8) / 2 / 100 * 1000)
    assert row["upper"] == pytest.approx(stats.chi2.ppf(0.975, 10) / 2 / 100 * 1000)
    assert row["reliability"] == "small"


def test_pooled_years_multiply_the_denominator():
    frame = run("rate", {"s": [obs("n", N), obs("d", D)]}, denominator="s:d", scale=1000, years=5)
    assert pick(frame, "FR")["denominator"] == 10_000
    assert pick(frame, "FR")["value"] == pytest.approx(20.0)


def test_too_few_events_give_no_rate_and_keep_no_value():
    frame = run("rate", {"s": [obs("n", N), obs("d", D)]}, denominator="s:d", scale=1000, min_events=20)
    assert pick(frame, "A")["status"] == "too_few_events"
    assert np.isnan(pick(frame, "A")["value"]) and np.isnan(pick(frame, "A")["upper"])
    assert pick(frame, "B")["status"] == "observed"


def test_a_zero_is_a_value_and_a_share_without_anybody_is_not_applicable():
    frame = run("share", {"s": [obs("n", {**N, "C": 0}), obs("d", D)]}, denominator="s:d", scale=100)
    assert pick(frame, "C")["value"] == 0 and pick(frame, "C")["status"] == "observed"
    assert pick(frame, "D")["status"] == "not_applicable" and np.isnan(pick(frame, "D")["value"])


def test_a_share_has_wilson_limits():
    frame = run("share", {"s": [obs("n", N), obs("d", D)]}, denominator="s:d", scale=100)
    row, z, p, n = pick(frame, "p"), stats.norm.ppf(0.975), 0.1, 1000
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    assert row["lower"] == pytest.approx(100 * (middle - half)) and row["upper"] == pytest.approx(100 * (middle + half))


def test_a_share_above_one_is_refused():
    with pytest.raises(InvalidInput, match="above its denominator"):
        run("share", {"s": [obs("n", {**N, "A": 101}), obs("d", D)]}, denominator="s:d", scale=100)


def test_an_unknown_commune_leaves_numerator_and_denominator_and_lowers_the_coverage():
    frame = run(
        "share",
        {"s": [obs("n", {**N, "A": "not_published"}), obs("d", D)]},
        denominator="s:d",
        scale=100,
        min_coverage=0.6,
    )
    row = pick(frame, "e1")
    assert (row["numerator"], row["denominator"]) == (20, 200)
    assert row["coverage"] == pytest.approx(200 / 300) and row["status"] == "estimated"
    assert row["reliability"] == "approximate"


@pytest.mark.parametrize(("floor", "status"), [(0.66, "estimated"), (0.67, "not_published")])
def test_below_the_declared_coverage_there_is_no_value_but_a_reason(floor, status):
    frame = run(
        "share",
        {"s": [obs("n", {**N, "A": "not_published"}), obs("d", D)]},
        denominator="s:d",
        scale=100,
        min_coverage=floor,
    )
    assert pick(frame, "e1")["status"] == status
    assert np.isfinite(pick(frame, "e1")["value"]) == (status == "estimated")


def test_a_commune_absent_from_the_source_is_missing_and_never_zero():
    few = {k: v for k, v in N.items() if k != "F"}
    frame = run("count", {"s": [obs("n", few)]})
    assert pick(frame, "F")["status"] == "missing"
    assert pick(frame, "D2")["status"] == "missing" and np.isnan(pick(frame, "D2")["value"])
    assert pick(frame, "e2")["value"] == 70


def test_a_total_that_lacks_a_commune_is_not_called_a_total():
    frame = run("count", {"s": [obs("n", {**N, "B": "missing"})]})
    assert pick(frame, "e1")["status"] == "missing"


def test_a_commune_without_inhabitants_does_not_lower_the_coverage():
    frame = run("count", {"s": [obs("n", {k: v for k, v in N.items() if k != "D"})]})
    assert pick(frame, "e2")["coverage"] == 1 and pick(frame, "e2")["status"] == "observed"


def test_counts_of_an_older_geography_are_converted_and_their_total_kept():
    old = {"A1": 6, "A2": 4, "X": 8, "B": 14, "C": 28, "D": 0, "E": 40, "F": 100}
    frame = run("count", {"s": [obs("n", old, cog=2020)]})
    assert [pick(frame, c)["value"] for c in "ABC"] == [10, 20, 30]
    assert pick(frame, "FR")["value"] == sum(old.values())


def test_a_merged_commune_with_one_unknown_part_is_unknown():
    old = {"A1": 6, "A2": "not_published", "X": 8, "B": 14, "C": 28, "D": 0, "E": 40, "F": 100}
    frame = run("count", {"s": [obs("n", old, cog=2020)]})
    assert pick(frame, "A")["status"] == "not_published"


def test_a_code_that_the_vintage_does_not_know_is_listed():
    land = ground({"s": [obs("n", {**N, "ZZ": 7})]})
    METHODS["count"](indicator(method="count"), land)
    assert land.inputs.unmatched == {"s@2026": ["ZZ"]}


def test_a_ratio_of_two_counts_has_the_odds_of_wilson_limits():
    frame = run("ratio", {"s": [obs("n", N), obs("d", D)]}, denominator="s:d", scale=100)
    row = pick(frame, "FR")
    assert row["value"] == 10 and row["lower"] < 10 < row["upper"]
    low = stats.binomtest(200, 2200).proportion_ci(method="wilson").low
    assert row["lower"] == pytest.approx(100 * low / (1 - low))


def test_a_balance_subtracts_and_its_variance_adds():
    frame = run(
        "balance",
        {"s": [obs("n", N), obs("m", {**N, "F": 300}), obs("d", D)]},
        numerator=["s:n", "-s:m"],
        denominator="s:d",
        scale=1000,
    )
    row = pick(frame, "FR")
    assert row["value"] == pytest.approx(-100) and row["numerator"] == -200
    assert row["upper"] - row["value"] == pytest.approx(1.959964 * np.sqrt(600) / 2000 * 1000, rel=1e-6)


def test_growth_per_year_is_geometric_and_names_both_years():
    double = {k: 2 * v for k, v in D.items()}
    frame = run(
        "change_per_year",
        {"s": [obs("n", D, period="2013"), obs("n", double, period="2023")]},
        start="s:n@2013",
        numerator="s:n@2023",
    )
    row = pick(frame, "p")
    assert row["value"] == pytest.approx((2**0.1 - 1) * 100) and row["period"] == "2013-2023"


def test_censuses_less_than_five_years_apart_are_not_compared():
    with pytest.raises(InvalidInput, match="less than 5 years"):
        run(
            "change_per_year",
            {"s": [obs("n", D, period="2020"), obs("n", D, period="2023")]},
            start="s:n@2020",
            numerator="s:n@2023",
        )


def test_age_groups_are_sums_of_the_bands_that_tile_them():
    bands = [
        obs("n", dict.fromkeys(D, v), sex=sex, age=age)
        for sex in ("F", "M")
        for age, v in (("0-64", 5), ("65-74", 2), ("75+", 1))
    ]
    frame = run("share", {"s": bands}, numerator="s:n?age=65+", denominator="s:n", scale=100)
    assert pick(frame, "A")["numerator"] == 6 and pick(frame, "A")["denominator"] == 16


def test_indicators_of_the_departement_give_no_finer_row():
    frame = run(
        "rate",
        {
            "s": [
                obs("n", {"D1": 6, "D2": 14}, level="departement"),
                obs("d", {"D1": 600, "D2": 1400}, level="departement"),
            ]
        },
        denominator="s:d",
        scale=100,
        geography="departement",
        tier="B",
    )
    assert set(frame["territory_type"]) == {"departement", "region", "france"}
    assert pick(frame, "R")["value"] == 1.0


def test_the_rest_of_a_comparator_is_computed_without_the_territory():
    frame = run("count", {"s": [obs("n", N)]})
    rest = pick(frame, "e1", comparator_type="departement", comparator="D1")
    assert rest["value"] == 30  # D1 (60) without e1 (30)


def test_a_census_share_has_no_interval_where_its_size_would_hide_the_survey():
    tables = {"s": [obs("n", {k: min(v, D[k]) for k, v in N.items()}), obs("d", D)]}
    local = run("share", tables, denominator="s:d", scale=100, intervals="local")
    whole = run("share", tables, denominator="s:d", scale=100)
    none = run("share", tables, denominator="s:d", scale=100, intervals="none")
    for name in ("R", "FR"):
        assert np.isnan([pick(local, name)["lower"], pick(local, name)["upper"]]).all()
        assert pick(local, name)["value"] == pick(whole, name)["value"] > 0
    assert pick(local, "e1")["lower"] == pick(whole, "e1")["lower"] > 0
    assert none["lower"].isna().all() and none["value"].equals(whole["value"])
