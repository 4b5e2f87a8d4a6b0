"""What must go with a withheld count: totals, overlapping territories, sexes, ages, years, shared numerators."""

from __future__ import annotations

import pandas as pd
import pytest

from cls_analysis.disclosure import Edition, publish
from cls_analysis.errors import DisclosureBreach

from .helpers import Entry, members, no_comparisons, row, table

CATALOGUE = {"cases": Entry("cases", method="count")}


def place(level, code, communes):
    return [(level, code, c) for c in communes]


def run(frame, triples, catalogue=CATALOGUE, **options):
    published, _, report = publish(frame, no_comparisons(), catalogue=catalogue, members=members(*triples), **options)
    return published, report


def statuses(published):
    return dict(zip(published["territory"], published["status"], strict=True))


def communes_of(epci, counts, **options):
    rows = [row(n, code=f"{epci}{i}", denominator=1000.0 + 100 * n, **options) for i, n in enumerate(counts)]
    total = row(sum(counts), level="epci", code=epci, denominator=1000.0 * len(counts) + 100 * sum(counts), **options)
    return [*rows, total], place("epci", epci, [f"{epci}{i}" for i in range(len(counts))])


def test_one_small_commune_takes_the_cheapest_sufficient_neighbour_with_it():
    rows, places = communes_of("e", [3, 12, 40, 90])
    published, report = run(table(*rows), places)
    # 12 is cheaper but, known to be 11 or more, leaves the small count between 0 and 4
    assert statuses(published) == {
        "e0": "suppressed",
        "e1": "observed",
        "e2": "suppressed_secondary",
        "e3": "observed",
        "e": "observed",
    }
    assert report.engines["line"] == 1


def test_two_small_communes_whose_sum_leaves_room_need_no_third():
    rows, places = communes_of("e", [4, 6, 40])
    published, _ = run(table(*rows), places)
    assert list(published["status"]) == ["suppressed", "suppressed", "observed", "observed"]


@pytest.mark.parametrize("pair", [(0, 0), (10, 10), (1, 2)])
def test_two_small_communes_whose_sum_gives_them_away_need_a_third(pair):
    rows, places = communes_of("e", [*pair, 40])
    published, _ = run(table(*rows), places)
    assert (published["status"] == "suppressed_secondary").sum() == 1


def test_a_total_goes_when_its_parts_leave_nothing_else_and_its_own_total_keeps_a_partner():
    rows, places = communes_of("e", [10, 10])
    more, other = communes_of("f", [30, 50])
    top = row(100, level="departement", code="D", denominator=12000.0)
    published, _ = run(
        table(*rows, *more, top), [*places, *other, *place("departement", "D", ["e0", "e1", "f0", "f1"])]
    )
    found = statuses(published)
    assert found["e"] == "suppressed_secondary"
    assert "suppressed_secondary" in {found["f"], found["D"]}


def test_two_perimeters_that_differ_by_one_commune_do_not_give_it():
    rows = [row(100, level="perimeter", code="wide"), row(97, level="perimeter", code="narrow")]
    places = [*place("perimeter", "wide", ["a", "b", "c"]), *place("perimeter", "narrow", ["a", "b"])]
    published, _ = run(table(*rows), places)
    assert (published["status"] == "suppressed_secondary").sum() == 1


def test_two_perimeters_that_differ_by_a_large_commune_are_both_shown():
    rows = [row(100, level="perimeter", code="wide"), row(47, level="perimeter", code="narrow")]
    places = [*place("perimeter", "wide", ["a", "b", "c"]), *place("perimeter", "narrow", ["a", "b"])]
    published, _ = run(table(*rows), places)
    assert (published["status"] == "observed").all()


def test_two_hierarchies_safe_alone_are_unsafe_together():
    counts = {"a": 5, "b": 30, "c": 40, "d": 60}
    communes = [row(n, code=c, denominator=100.0 * n + 500) for c, n in counts.items()]
    epci = [row(35, level="epci", code="e1", denominator=8e3), row(100, level="epci", code="e2", denominator=2e4)]
    basins = [
        row(45, level="perimeter", code="p1", denominator=9e3),
        row(90, level="perimeter", code="p2", denominator=1e4),
    ]
    one = [*place("epci", "e1", "ab"), *place("epci", "e2", "cd")]
    two = [*place("perimeter", "p1", "ac"), *place("perimeter", "p2", "bd")]
    alone_1, _ = run(table(*communes, *epci), one)
    alone_2, _ = run(table(*communes, *basins), two)
    both, _ = run(table(*communes, *epci, *basins), [*one, *two])
    first, second, third = statuses(alone_1), statuses(alone_2), statuses(both)
    assert first["b"] == second["c"] == "suppressed_secondary"
    withheld_separately = {"a", "b", "c"}
    assert withheld_separately != {k for k, v in third.items() if v.startswith("suppressed")}
    assert third["a"] == "suppressed"


def test_a_sex_is_not_given_by_the_other_and_the_total():
    rows = [row(30, sex="all"), row(26, sex="F"), row(4, sex="M")]
    published, _ = run(table(*rows), place("commune", "01001", ["01001"]))
    found = dict(zip(published["sex"], published["status"], strict=True))
    assert found["M"] == "suppressed"
    assert "suppressed_secondary" in {found["F"], found["all"]}


def test_a_sex_that_is_not_in_the_table_is_not_given_by_the_other_and_the_total():
    published, _ = run(table(row(30, sex="all"), row(26, sex="F")), place("commune", "01001", ["01001"]))
    assert (published["status"] == "suppressed_secondary").sum() == 1


def test_an_age_is_not_given_by_nested_bands():
    rows = [row(100, age="all"), row(60, age="0-64"), row(40, age="65+"), row(37, age="75+")]
    published, _ = run(table(*rows), place("commune", "01001", ["01001"]))
    assert (published["status"] == "suppressed_secondary").sum() == 1
    assert dict(zip(published["age"], published["status"], strict=True))["0-64"] == "observed"


def test_a_year_is_not_given_by_the_pooled_period():
    rows = [row(n, period=str(y)) for y, n in ((2020, 20), (2021, 25), (2022, 3))]
    published, _ = run(table(*rows, row(48, period="2020-2022")), place("commune", "01001", ["01001"]))
    assert (published["status"] == "suppressed_secondary").sum() == 1


def test_the_same_count_in_two_indicators_is_one_cell():
    catalogue = {"cases": Entry("cases", method="count"), "cases-rate": Entry("cases-rate")}
    rows, places = communes_of("e", [3, 40, 90])
    rates, _ = communes_of("e", [3, 40, 90], indicator="cases-rate")
    published, _ = run(table(*rows, *rates), places, catalogue)
    by_indicator = published.set_index(["indicator", "territory"])["status"]
    assert (by_indicator["cases"] == by_indicator["cases-rate"]).all()
    assert by_indicator["cases", "e1"] == "suppressed_secondary"


def test_a_reference_filter_and_a_column_name_the_same_cell():
    catalogue = {
        "cases": Entry("cases", method="count"),
        "women": Entry("women", method="count", numerator="src:cases?sex=F@2023"),
    }
    rows = [row(30), row(3, sex="M"), row(27, indicator="women")]
    published, _ = run(table(*rows), place("commune", "01001", ["01001"]), catalogue)
    found = dict(zip(zip(published["indicator"], published["sex"], strict=True), published["status"], strict=True))
    assert found["cases", "M"] == "suppressed"
    assert "suppressed_secondary" in {found["women", "all"], found["cases", "all"]}


def test_two_sums_of_variables_do_not_give_the_difference():
    catalogue = {
        "one": Entry("one", method="count", numerator="src:a"),
        "both": Entry("both", method="count", numerator=["src:a", "src:b"]),
    }
    rows = [row(30, indicator="one"), row(33, indicator="both")]
    published, _ = run(table(*rows), place("commune", "01001", ["01001"]), catalogue)
    assert (published["status"] == "suppressed_secondary").sum() == 1


def test_a_count_and_its_secret_denominator_do_not_give_the_rest():
    catalogue = {
        "part": Entry("part", method="count", numerator="src:treated"),
        "whole": Entry("whole", method="count", numerator="src:patients"),
        "share": Entry(
            "share", method="share", unit="%", numerator="src:treated", denominator="src:patients", scale=100
        ),
    }
    rows = [
        row(95, indicator="part"),
        row(100, indicator="whole"),
        row(95, indicator="share", denominator=100.0, scale=100),
    ]
    published, _ = run(table(*rows), place("commune", "01001", ["01001"]), catalogue)
    found = dict(zip(published["indicator"], published["status"], strict=True))
    assert found["share"] == "suppressed"
    assert (published["status"].isin(["suppressed", "suppressed_secondary"])).sum() >= 2


def test_public_population_is_never_withheld():
    catalogue = {"people": Entry("people", secrecy="none", method="count", numerator="insee:population")}
    rows, places = communes_of("e", [3, 12, 40], indicator="people")
    published, report = run(table(*rows), places, catalogue)
    assert (published["status"] == "observed").all()
    assert report.cells == 0


def test_a_blank_that_a_total_leaves_out_is_no_piece_of_it():
    rows, places = communes_of("e", [20, 30])
    rows.append({**row(None, code="e2"), "status": "not_published"})
    published, _ = run(table(*rows), [*places, ("epci", "e", "e2")])
    assert list(published["status"]) == ["observed", "observed", "observed", "not_published"]


def test_a_blank_of_the_producer_inside_a_total_is_not_given_back():
    rows = [row(20, code="a"), row(30, code="b"), {**row(None, code="c"), "status": "not_published"}]
    rows.append(row(53, level="epci", code="e"))
    published, _ = run(table(*rows), place("epci", "e", "abc"))
    assert (published["status"] == "suppressed_secondary").sum() == 1


def test_an_earlier_edition_and_a_changed_perimeter_do_not_give_the_commune_between():
    old = table(row(97, level="perimeter", code="p"))
    then = Edition("2025", old, members(*place("perimeter", "p", ["a", "b"])))
    now = [row(100, level="perimeter", code="p"), row(500, level="departement", code="D")]
    places = [*place("perimeter", "p", ["a", "b", "c"]), *place("departement", "D", "abcdef")]
    alone, _ = run(table(*now), places)
    after, _ = run(table(*now), places, earlier=[then])
    assert statuses(alone)["p"] == "observed"
    assert statuses(after)["p"] == "suppressed_secondary"
    assert len(after) == 2


def test_what_earlier_editions_already_give_away_is_told():
    old = table(row(97, level="perimeter", code="p"), row(100, level="perimeter", code="q"))
    then = Edition(
        "2025", old, members(*place("perimeter", "p", ["a", "b"]), *place("perimeter", "q", ["a", "b", "c"]))
    )
    places = [*place("perimeter", "p", ["a", "b"]), *place("perimeter", "q", ["a", "b", "c"])]
    with pytest.raises(DisclosureBreach, match="earlier edition"):
        run(table(row(97, level="perimeter", code="p")), places, earlier=[then])


def test_the_result_does_not_depend_on_the_order_of_rows_and_is_the_same_twice():
    rows, places = communes_of("e", [3, 12, 40, 90, 0, 17, 25])
    more, other = communes_of("f", [3, 12, 9, 9, 2, 55])
    places = [*places, *other, *place("perimeter", "P", [f"e{i}" for i in range(7)])]
    rows = [*rows, *more, row(187, level="perimeter", code="P", denominator=1e5)]
    once, _ = run(table(*rows), places)
    again, _ = run(table(*rows), places)
    turned, _ = run(table(*rows[::-1]), places[::-1])
    pd.testing.assert_frame_equal(once, again)
    assert statuses(once) == statuses(turned)
