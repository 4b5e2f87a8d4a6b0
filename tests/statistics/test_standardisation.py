"""Direct and indirect standardisation."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cls_analysis.errors import InvalidInput
from cls_analysis.statistics import (
    byar_interval,
    directly_standardised_rate,
    european_standard_population,
    poisson_interval,
    standardised_ratio,
)

AGES = ["<20", "20-24", "25-29", "30-34", "35-39", "40+"]
STANDARD = dict(zip(AGES, [319933, 931318, 786511, 488235, 237863, 61313], strict=True))
# Down syndrome in Michigan by birth order and age of the mother: Fleiss 1981, table 14.4, the example of Fay and Feuer 1997
CASES = {
    "1": [107, 141, 60, 40, 39, 25],
    "2": [25, 150, 110, 84, 82, 39],
    "3": [3, 71, 114, 103, 108, 75],
    "4": [1, 26, 64, 89, 137, 96],
    "5+": [0, 8, 63, 112, 262, 295],
}
BIRTHS = {
    "1": [230061, 329449, 114920, 39487, 14208, 3052],
    "2": [72202, 326701, 208667, 83228, 28466, 5375],
    "3": [15050, 175702, 207081, 117300, 45026, 8660],
    "4": [2293, 68800, 132424, 98301, 46075, 9834],
    "5+": [327, 30666, 123419, 149919, 104088, 34392],
}
MICHIGAN = pd.concat(
    [pd.DataFrame({"order": k, "age": AGES, "cases": CASES[k], "births": BIRTHS[k]}) for k in CASES]
).sample(frac=1, random_state=3)
CALL = {"by": "order", "age": "age", "count": "cases", "population": "births"}


def test_fay_and_feuers_example_is_found_again():
    row = (
        directly_standardised_rate(MICHIGAN, **CALL, standard=STANDARD, interval="fay-feuer")
        .set_index("order")
        .loc["5+"]
    )
    # dsrTest (R), vignette "dsrTest - examples", method "gamma"
    assert (row.value, row.lower, row.upper) == pytest.approx((75.52901, 67.70212, 188.30017), abs=1e-5)


def test_epitools_results_are_found_again():
    result = directly_standardised_rate(MICHIGAN, **CALL, standard=STANDARD, interval="fay-feuer", per=1)
    # R package tidyrates 0.0.1, README (three significant figures), from epitools::ageadjust.direct
    assert result.value.tolist() == pytest.approx([0.000923, 0.000912, 0.000851, 0.000927, 0.000755], abs=6e-7)
    assert result.lower.tolist() == pytest.approx([0.000804, 0.000824, 0.000772, 0.000800, 0.000677], abs=6e-7)
    assert result.upper.tolist() == pytest.approx([0.00106, 0.00101, 0.000942, 0.00115, 0.00188], abs=6e-6)


def plain_direct(rows, standard, level):
    """The textbook, one band at a time."""
    total = sum(standard.values())
    rate = variance = events = 0.0
    for age, x, n in rows:
        w = standard[age] / total
        rate += w * x / n
        variance += w**2 * x / n**2
        events += x
    low, high = byar_interval(events, level=level)
    scale = (variance / events) ** 0.5
    return rate, rate + scale * (low - events), rate + scale * (high - events)


@pytest.mark.parametrize("level", [0.9, 0.95, 0.998])
def test_dobson_is_the_textbook_formula(level):
    result = directly_standardised_rate(MICHIGAN, **CALL, standard=STANDARD, level=level, per=1).set_index("order")
    for k in CASES:
        expected = plain_direct(zip(AGES, CASES[k], BIRTHS[k], strict=True), STANDARD, level)
        assert result.loc[k, ["value", "lower", "upper"]].tolist() == pytest.approx(expected)


def test_a_standard_proportional_to_the_area_gives_the_crude_rate_and_byars_limits():
    one = MICHIGAN[MICHIGAN["order"] == "1"]
    row = directly_standardised_rate(one, **CALL, standard=one.set_index("age").births, per=1).iloc[0]
    births = one.births.sum()
    assert row.value == pytest.approx(412 / births)
    assert (row.lower, row.upper) == pytest.approx(tuple(x / births for x in byar_interval(412)))


@given(st.floats(1e-6, 1e9), st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_scale_of_the_standard_and_order_of_rows_change_nothing(factor, random):
    order = list(range(len(MICHIGAN)))
    random.shuffle(order)
    scaled = {a: w * factor for a, w in reversed(STANDARD.items())}
    pd.testing.assert_frame_equal(
        directly_standardised_rate(MICHIGAN, **CALL, standard=STANDARD),
        directly_standardised_rate(MICHIGAN.iloc[order], **CALL, standard=scaled),
    )


@pytest.mark.parametrize(
    ("events", "status"), [(0, "too_few_events"), (1, "too_few_events"), (9, "too_few_events"), (10, "observed")]
)
def test_nothing_is_returned_below_ten_events(events, status):
    frame = pd.DataFrame({"order": "x", "age": AGES, "cases": [events, 0, 0, 0, 0, 0], "births": 1000})
    row = directly_standardised_rate(frame, **CALL, standard=STANDARD).iloc[0]
    assert row.status == status
    assert np.isnan([row.value, row.lower, row.upper]).all() == (status == "too_few_events")
    assert row["count"] == events
    assert row.population == 6000


def test_without_a_minimum_zero_events_give_zero_and_the_gamma_upper_limit():
    frame = pd.DataFrame({"order": "x", "age": AGES, "cases": 0, "births": [1000, 2000, 1000, 1000, 500, 100]})
    gamma = directly_standardised_rate(frame, **CALL, standard=STANDARD, min_events=0, interval="fay-feuer", per=1)
    share = np.array(list(STANDARD.values())) / sum(STANDARD.values()) / frame.births
    assert gamma[["value", "lower"]].to_numpy().tolist() == [[0, 0]]
    assert gamma.upper.item() == pytest.approx(share.max() * stats.chi2.ppf(0.975, 2) / 2)
    dobson = directly_standardised_rate(frame, **CALL, standard=STANDARD, min_events=0).iloc[0]
    assert dobson.value == 0
    assert np.isnan([dobson.lower, dobson.upper]).all()


def test_coverage_of_both_intervals_by_simulation():
    rng = np.random.default_rng(8)
    births = np.array([300, 700, 900, 800, 500, 200])
    rates = np.array([2, 4, 8, 12, 20, 40]) / 1000
    weights = np.array(list(STANDARD.values())) / sum(STANDARD.values())
    n = 4000
    frame = pd.DataFrame(
        {
            "order": np.repeat(np.arange(n), 6),
            "age": np.tile(AGES, n),
            "cases": rng.poisson(np.tile(rates * births, n)),
            "births": np.tile(births, n),
        }
    )
    truth = (weights * rates).sum() * 1e5
    for interval, low, high in (("dobson", 0.93, 0.975), ("fay-feuer", 0.94, 0.99)):
        r = directly_standardised_rate(frame, **CALL, standard=STANDARD, interval=interval)
        assert low < ((r.lower <= truth) & (truth <= r.upper)).mean() < high  # binomial error 0.003


def test_recovers_known_rates_whatever_the_age_structure():
    rng = np.random.default_rng(2)
    esp = european_standard_population(95)
    bands = len(esp)
    areas = pd.DataFrame({"area": np.repeat(np.arange(60), bands), "age": np.tile(esp.index, 60)})
    people = rng.integers(20_000, 90_000, len(areas))
    risk = np.tile(np.exp(np.linspace(-9, -2, bands)), 60) * np.repeat(np.linspace(0.8, 1.2, 60), bands)
    frame = areas.assign(deaths=rng.poisson(people * risk), people=people)
    r = directly_standardised_rate(frame, by="area", age="age", count="deaths", population="people", standard=esp)
    truth = 1e5 * (np.exp(np.linspace(-9, -2, bands)) * esp.to_numpy() / esp.sum()).sum() * np.linspace(0.8, 1.2, 60)
    assert ((r.lower <= truth) & (truth <= r.upper)).mean() > 0.85
    assert np.abs(r.value / truth - 1).max() < 0.05


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda f: f[~((f["order"] == "2") & (f.age == "40+"))], ["order='2'", "no row for age='40+'"]),
        (lambda f: pd.concat([f, f[(f["order"] == "3") & (f.age == "<20")]]), ["order='3', age='<20'", "2 rows"]),
        (lambda f: f.replace({"age": {"40+": "40-44"}}), ["'40-44'", "not a band of the standard"]),
        (lambda f: f.assign(births=f.births.where(f.births != 327, 0)), ["order='5+', age='<20'", "'births'", "0"]),
        (lambda f: f.assign(cases=f.cases.where(f.cases != 262, -262)), ["order='5+', age='35-39'", "'cases'", "-262"]),
        (lambda f: f.assign(cases=f.cases.where(f.cases != 262)), ["order='5+', age='35-39'", "nan"]),
        (lambda f: f.assign(age=f.age.where(f.cases != 262)), ["'age' is missing in 1 rows"]),
    ],
)
def test_invalid_frames_are_named_by_group_age_and_value(edit, said):
    with pytest.raises(InvalidInput) as error:
        directly_standardised_rate(edit(MICHIGAN), **CALL, standard=STANDARD)
    for part in said:
        assert part in str(error.value)


@pytest.mark.parametrize(
    "standard", [{}, {"<20": -1, "20-24": 2}, dict.fromkeys(AGES, 0), dict.fromkeys(AGES, float("nan"))]
)
def test_an_invalid_standard_is_refused(standard):
    with pytest.raises(InvalidInput):
        directly_standardised_rate(MICHIGAN, **CALL, standard=standard)


def test_an_unknown_interval_is_refused():
    with pytest.raises(InvalidInput, match="dobson"):
        directly_standardised_rate(MICHIGAN, **CALL, standard=STANDARD, interval="normal")


# --- indirect

REFERENCE = pd.DataFrame({"age": AGES, "cases": [136, 396, 411, 428, 628, 530], "births": list(STANDARD.values())})


def plain_ratio(rows, reference):
    expected = sum(reference[age][0] / reference[age][1] * n for age, _, n in rows)
    return sum(x for _, x, _ in rows), expected


def test_the_ratio_is_observed_over_expected():
    result = standardised_ratio(MICHIGAN, **CALL, reference=REFERENCE).set_index("order")
    table = {a: (x, n) for a, x, n in REFERENCE.itertuples(index=False)}
    for k in CASES:
        observed, expected = plain_ratio(list(zip(AGES, CASES[k], BIRTHS[k], strict=True)), table)
        row = result.loc[k]
        assert (row.observed, row.expected) == pytest.approx((observed, expected))
        assert row.value == pytest.approx(100 * observed / expected)
        assert (row.lower, row.upper) == pytest.approx(tuple(100 * x / expected for x in poisson_interval(observed)))


def test_the_reference_against_itself_is_100_and_the_parts_average_to_it():
    whole = standardised_ratio(REFERENCE.assign(order="all"), **CALL, reference=REFERENCE)
    assert whole.value.item() == pytest.approx(100)
    total = MICHIGAN.groupby("age")[["cases", "births"]].sum().reset_index()
    parts = standardised_ratio(MICHIGAN, **CALL, reference=total)
    assert parts.observed.sum() == pytest.approx(parts.expected.sum())


def test_the_reference_may_name_its_columns_count_and_population():
    renamed = REFERENCE.rename(columns={"cases": "count", "births": "population"}).sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(
        standardised_ratio(MICHIGAN, **CALL, reference=REFERENCE),
        standardised_ratio(MICHIGAN, **CALL, reference=renamed),
    )


def test_a_band_without_local_population_adds_nothing_to_expected():
    frame = MICHIGAN[MICHIGAN["order"] == "5+"].assign(births=lambda f: f.births.where(f.age != "<20", 0))
    row = standardised_ratio(frame, **CALL, reference=REFERENCE).iloc[0]
    rest = REFERENCE[REFERENCE.age != "<20"]
    other = standardised_ratio(frame[frame.age != "<20"], **CALL, reference=rest).iloc[0]
    assert row.expected == pytest.approx(other.expected)
    assert row.value == pytest.approx(other.value)


def test_a_missing_reference_count_is_zero():
    gap = REFERENCE.assign(cases=REFERENCE.cases.where(REFERENCE.age != "<20"))
    zero = REFERENCE.assign(cases=REFERENCE.cases.where(REFERENCE.age != "<20", 0))
    pd.testing.assert_frame_equal(
        standardised_ratio(MICHIGAN, **CALL, reference=gap), standardised_ratio(MICHIGAN, **CALL, reference=zero)
    )


def test_nothing_expected_gives_no_ratio():
    row = standardised_ratio(MICHIGAN, **CALL, reference=REFERENCE.assign(cases=0)).iloc[0]
    assert row.expected == 0
    assert np.isnan([row.value, row.lower, row.upper]).all()


def test_zero_observed_has_lower_limit_zero_and_a_positive_upper():
    row = standardised_ratio(MICHIGAN.assign(cases=0), **CALL, reference=REFERENCE).iloc[0]
    assert (row.value, row.lower) == (0, 0)
    assert row.upper > 0


def test_a_reference_without_people_where_people_live_is_refused():
    with pytest.raises(InvalidInput, match=r"reference, age='40\+'.*'births' is 0"):
        standardised_ratio(
            MICHIGAN, **CALL, reference=REFERENCE.assign(births=REFERENCE.births.where(REFERENCE.age != "40+", 0))
        )


@pytest.mark.parametrize(
    "edit",
    [
        lambda r: r.iloc[:-1],
        lambda r: pd.concat([r, r.iloc[:1]]),
        lambda r: r.assign(births=-1),
        lambda r: r.drop(columns="births"),
    ],
)
def test_an_invalid_reference_is_refused(edit):
    with pytest.raises(InvalidInput):
        standardised_ratio(MICHIGAN, **CALL, reference=edit(REFERENCE))


def test_a_missing_band_is_refused_rather_than_counted_as_nobody():
    with pytest.raises(InvalidInput, match="order='2': no row for age='40\\+'"):
        standardised_ratio(
            MICHIGAN[~((MICHIGAN["order"] == "2") & (MICHIGAN.age == "40+"))], **CALL, reference=REFERENCE
        )


def test_empty_frames_give_empty_results():
    assert len(directly_standardised_rate(MICHIGAN.iloc[:0], **CALL, standard=STANDARD)) == 0
    assert len(standardised_ratio(MICHIGAN.iloc[:0], **CALL, reference=REFERENCE)) == 0
