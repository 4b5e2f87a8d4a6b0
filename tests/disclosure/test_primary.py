"""Each rule below, at and above its threshold; what a withheld row loses."""

from __future__ import annotations

import pandas as pd
import pytest

from cls_analysis.disclosure import publish
from cls_analysis.errors import InvalidInput, UnknownName

from .helpers import Entry, members, no_comparisons, row, table

M = members(("commune", "01001", "01001"), ("france", "FR", "01001"), ("france", "FR", "01002"))


def status_of(count, *, secrecy="health", denominator=5000.0, own=None, **options):
    entry = Entry("cases", secrecy=secrecy, threshold=own, **options)
    frame = table(row(count, denominator=denominator))
    published, _, _ = publish(frame, no_comparisons(), catalogue={"cases": entry}, members=M)
    return published.loc[0, "status"]


@pytest.mark.parametrize(
    ("secrecy", "count", "expected"),
    [
        ("health", 0, "suppressed"),
        ("health", 1, "suppressed"),
        ("health", 10, "suppressed"),
        ("health", 11, "observed"),
        ("health", 12, "observed"),
        ("practitioners", 0, "suppressed"),
        ("practitioners", 4, "suppressed"),
        ("practitioners", 5, "observed"),
        ("practitioners", 6, "observed"),
        ("import", 10, "suppressed"),
        ("import", 11, "observed"),
    ],
)
def test_a_count_is_judged_below_at_and_above_its_threshold(secrecy, count, expected):
    method = "density" if secrecy == "practitioners" else "rate"
    assert status_of(count, secrecy=secrecy, method=method) == expected


@pytest.mark.parametrize("count", [0, 1, 4, 10])
def test_population_and_civil_registration_have_no_threshold(count):
    assert status_of(count, secrecy="none", method="count") == "observed"


@pytest.mark.parametrize(("count", "expected"), [(19, "suppressed"), (20, "observed"), (21, "observed")])
def test_an_import_keeps_its_own_threshold(count, expected):
    assert status_of(count, secrecy="import", own=20) == expected


def test_an_import_may_agree_on_a_lower_threshold_but_a_health_indicator_may_not():
    assert status_of(12, secrecy="import", own=5) == "observed"
    assert status_of(7, secrecy="import", own=5, method="count") == "observed"
    assert status_of(7, secrecy="health", own=5) == "suppressed"


@pytest.mark.parametrize(("denominator", "expected"), [(10, "suppressed"), (11, "observed"), (12, "observed")])
def test_a_ratio_hides_with_its_denominator(denominator, expected):
    assert status_of(11, denominator=float(denominator)) == expected


@pytest.mark.parametrize(("count", "expected"), [(89, "observed"), (90, "suppressed"), (100, "suppressed")])
def test_a_share_hides_with_what_is_left_of_its_denominator(count, expected):
    assert status_of(count, denominator=100.0, method="share", unit="%") == expected


def test_observed_over_expected_deaths_is_not_a_share():
    assert status_of(100, denominator=101.0, method="smr", unit="% de la référence") == "observed"


@pytest.mark.parametrize(("count", "expected"), [(9, "too_few_events"), (10, "observed"), (11, "observed")])
def test_a_rate_of_fewer_than_ten_public_events_is_not_shown(count, expected):
    assert status_of(count, secrecy="none", min_events=10) == expected


@pytest.mark.parametrize("count", [5, 7])
def test_a_density_of_practitioners_is_no_rate_of_events(count):
    assert status_of(count, secrecy="practitioners") == "observed"
    assert status_of(2, secrecy="none") == "observed"


@pytest.mark.parametrize(("count", "expected"), [(19, "too_few_events"), (20, "observed")])
def test_a_rate_without_an_interval_needs_twenty_events(count, expected):
    frame = table(row(count, interval=False))
    published, _, _ = publish(frame, no_comparisons(), catalogue={"cases": Entry("cases")}, members=M)
    assert published.loc[0, "status"] == expected


def test_a_withheld_row_loses_value_interval_and_counts_and_keeps_its_key():
    frame = table(row(3), row(50, code="01002"))
    published, _, report = publish(frame, no_comparisons(), catalogue={"cases": Entry("cases")}, members=M)
    assert published.loc[0, ["value", "lower", "upper", "numerator", "denominator"]].isna().all()
    assert published.loc[0, "territory"] == "01001"
    pd.testing.assert_series_equal(published.loc[1], frame.loc[1], check_names=False)
    assert list(published.columns) == list(frame.columns)
    assert report.after["suppressed"] == 1


@pytest.mark.parametrize("status", ["not_published", "missing", "not_applicable", "too_few_events"])
def test_a_row_the_producer_withheld_keeps_its_status_and_shows_nothing(status):
    frame = table(row(50, status=status))
    published, _, _ = publish(frame, no_comparisons(), catalogue={"cases": Entry("cases")}, members=M)
    assert published.loc[0, "status"] == status
    assert published.loc[0, ["value", "numerator", "denominator"]].isna().all()


def test_publishing_does_not_change_what_it_was_given():
    frame = table(row(3))
    before = frame.copy(deep=True)
    publish(frame, no_comparisons(), catalogue={"cases": Entry("cases")}, members=M)
    pd.testing.assert_frame_equal(frame, before)


def test_a_comparison_with_a_withheld_side_loses_its_numbers():
    frame = table(row(3), row(50, code="01002"), row(5000, level="france", code="FR", denominator=500000.0))
    base = {"indicator": "cases", "territory_type": "commune", "period": "2023", "sex": "all", "age": "all",
            "comparator_type": "france", "comparator": "FR", "comparator_value": 1.0, "difference": 2.0, "ratio": 3.0,
            "p": 0.01, "p_adjusted": 0.02, "significance": "higher", "method": "exact"}  # fmt: skip
    comparisons = pd.DataFrame(
        [
            {**base, "territory": "01001"},
            {**base, "territory": "01002"},
            {**base, "territory": "01002", "comparator_type": "commune", "comparator": "01001"},
        ]
    )
    _, compared, _ = publish(frame, comparisons, catalogue={"cases": Entry("cases")}, members=M)
    assert compared.loc[0, ["difference", "ratio", "p", "p_adjusted"]].isna().all()
    assert compared.loc[0, "comparator_value"] == 1.0
    assert compared.loc[2, ["comparator_value", "difference", "ratio", "p", "p_adjusted"]].isna().all()
    assert list(compared["significance"]) == ["not_tested", "higher", "not_tested"]


def test_unknown_indicators_and_rules_are_named():
    with pytest.raises(UnknownName, match="'cases' of the table has no catalogue entry"):
        publish(table(row(3)), no_comparisons(), catalogue={}, members=M)
    with pytest.raises(UnknownName, match="'secret-defense'"):
        publish(
            table(row(3)),
            no_comparisons(),
            catalogue={"cases": Entry("cases", secrecy="secret-defense")},
            members=M,
        )


def test_a_duplicate_key_and_an_unknown_status_are_refused():
    with pytest.raises(InvalidInput, match="key given twice: cases commune 01001"):
        publish(table(row(3), row(4)), no_comparisons(), catalogue={"cases": Entry("cases")}, members=M)
    with pytest.raises(InvalidInput, match="'oops'"):
        publish(table(row(3, status="oops")), no_comparisons(), catalogue={"cases": Entry("cases")}, members=M)


@pytest.mark.parametrize(("count", "expected"), [(10, "suppressed"), (11, "observed")])
def test_a_percentage_gives_its_count_back_per_hundred_whatever_scale_the_entry_names(count, expected):
    # a share averaged from published percentages is already in percent: its entry has scale 1 and no numerator
    entry = {"cases": Entry("cases", method="estimated_share", unit="%", scale=1)}
    shown = row(count, scale=100, denominator=500.0) | {"numerator": None}
    published, _, _ = publish(table(shown), no_comparisons(), catalogue=entry, members=members())
    assert list(published["status"]) == [expected]


def test_the_catalogue_holds_the_threshold_of_an_import():
    from cls_analysis.disclosure import threshold_of
    from cls_analysis.indicators import load_catalogue

    entry = load_catalogue()["depistage-sein"]
    assert entry.secrecy == "import"
    assert threshold_of(entry) == 11
    assert threshold_of(entry.model_copy(update={"threshold": 20})) == 20
    assert threshold_of(entry.model_copy(update={"threshold": 5})) == 5


def test_a_percentage_of_counts_with_another_scale_than_a_hundred_is_refused():
    from cls_analysis.indicators import load_catalogue

    fields = load_catalogue()["depistage-sein"].model_dump()
    kind = type(load_catalogue()["depistage-sein"])
    assert kind(**fields).scale == 100
    for method in ("share", "rate", "ratio"):
        with pytest.raises(ValueError, match="needs scale 100, not 1"):
            kind(**(fields | {"scale": 1, "method": method}))
    with pytest.raises(ValueError, match="threshold"):
        kind(**(fields | {"threshold": 0}))
