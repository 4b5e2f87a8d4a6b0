"""Tests of difference between a territory and its comparators."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from cls_analysis import statistics
from cls_analysis.indicators import compare, compute_table, load_catalogue, main_comparators

from .helpers import POPULATION, ground, indicator, members, obs

N = {"A": 90, "B": 60, "C": 30, "D": 0, "E": 40, "F": 100}
D = {"A": 100, "B": 200, "C": 300, "D": 0, "E": 400, "F": 1000}
PAIRS = main_comparators(members(), POPULATION)


def built(entries, tables, simulated=()):
    return compute_table({e.id: e for e in entries}, ground(tables, simulated=simulated))


def run(**fields):
    entry = indicator(**{"method": "share", "denominator": "s:d", "scale": 100, **fields})
    made = built([entry], {"s": [obs("n", N), obs("d", D), obs("w", D)]})
    return compare(made.table, made.rests, PAIRS).set_index(["territory", "comparator_type"])


def test_the_difference_is_that_of_the_printed_values():
    row = run().loc[("e1", "france")]
    assert row["comparator_value"] == pytest.approx(16.0)
    assert row["difference"] == pytest.approx(50 - 16) and row["ratio"] == pytest.approx(50 / 16)


def test_a_large_territory_is_tested_against_the_rest_of_its_comparator():
    row = run().loc[("e1", "france")]  # 15 % of the country: 150/300 against 170/1700
    p = statistics.compare_proportions([150], [300], [170], [1700], own_share=0.0)["p"][0]
    assert row["p"] == pytest.approx(p) and row["method"] == "compare_proportions, own part removed"
    assert row["significance"] == "higher"


def test_a_territory_that_is_its_whole_comparator_has_nothing_to_be_tested_against():
    frame = run()
    assert ("R", "france") in frame.index
    row = frame.loc[("R", "france")]
    assert row["difference"] == 0 and row["significance"] in {"not_tested", "not_different"}


def test_rates_are_tested_as_poisson_counts():
    row = run(method="rate", scale=1000, unit="pour 1 000 hab.").loc[("e2", "departement")]  # e2 is mostly in D2
    rest = (100, 1000)  # D2 without E
    p = statistics.compare_rates([70], [700], [rest[0]], [rest[1]], own_share=0.0)["p"][0]
    assert row["p"] == pytest.approx(p)


def test_the_family_of_one_territory_is_corrected_together():
    frame = run().reset_index()
    for _, rows in frame.groupby(["territory_type", "territory"]):
        adjusted = statistics.benjamini_hochberg(rows["p"].to_numpy()).adjusted
        assert np.allclose(rows["p_adjusted"], adjusted, equal_nan=True)


def test_means_and_access_scores_are_not_tested():
    frame = run(method="weighted_mean", weights="s:w", denominator=())
    assert set(frame["significance"]) == {"not_tested"} and frame["p"].isna().all()


def test_a_territory_without_a_value_is_not_compared():
    entry = indicator(method="share", denominator="s:d", scale=100)
    made = built([entry], {"s": [obs("n", {**N, "A": "not_published", "B": "not_published"}), obs("d", D)]})
    assert "e1" not in set(compare(made.table, made.rests, PAIRS)["territory"])


def test_one_row_per_indicator_territory_and_comparator():
    frame = run().reset_index()
    assert not frame.duplicated(
        ["indicator", "territory_type", "territory", "period", "sex", "age", "comparator_type"]
    ).any()
    assert set(frame["comparator_type"]) == {"departement", "region", "france"}


def several(*entries):
    """Comparisons of some entries over the same counts, in two periods for those that ask for both."""
    made = built(entries, {"s": [obs(v, x, period=p) for v, x in (("n", N), ("d", D)) for p in ("2022", "2023")]})
    return compare(made.table, made.rests, PAIRS, catalogue={e.id: e for e in entries})


def share(name, **fields):
    return indicator(**{"id": name, "method": "share", "denominator": "s:d", "scale": 100, **fields})


def test_what_is_not_compared_has_no_row_and_what_is_not_tested_keeps_its_gap():
    frame = several(share("un"), share("deux", compare=False), share("trois", tested=False))
    assert set(frame["indicator"]) == {"un", "trois"}
    mine = frame[(frame["territory"] == "e1") & (frame["comparator_type"] == "france")].set_index("indicator")
    assert mine.loc["trois", "significance"] == "not_tested" and np.isnan(mine.loc["trois", "p"])
    assert mine.loc["trois", "difference"] == mine.loc["un", "difference"] == pytest.approx(50 - 16)
    assert mine.loc["un", "significance"] == "higher"


def test_the_family_holds_the_headline_period_only_and_its_size_is_told():
    frame = several(share("un", period=["2022", "2023"]), share("deux"), share("trois", tested=False))
    mine = frame[frame["territory"] == "e1"]
    tested = mine[mine["p"].notna()]
    assert set(zip(tested["indicator"], tested["period"], strict=True)) == {("un", "2023"), ("deux", "2023")}
    assert set(mine["family"]) == {6}  # two indicators, three comparators
    worst = tested["p"].max()  # the same p twice for each comparator: by hand, adjusted = p x 6 / rank, from the top
    assert tested.loc[tested["p"] == worst, "p_adjusted"].to_numpy() == pytest.approx(worst)
    lowest = tested["p"].min()
    assert tested.loc[tested["p"] == lowest, "p_adjusted"].to_numpy() == pytest.approx(min(lowest * 6 / 2, worst))
    older = mine[(mine["indicator"] == "un") & (mine["period"] == "2022")]
    assert set(older["significance"]) == {"not_tested"} and older["difference"].notna().all()


def test_a_region_is_not_tested_on_a_census_share_without_interval():
    frame = several(share("un", intervals="local")).set_index(["territory", "comparator_type"])
    assert np.isnan(frame.loc[("R", "france"), "p"]) and np.isfinite(frame.loc[("e1", "france"), "p"])


def test_a_design_effect_counts_fewer_people_in_the_interval_and_in_the_test():
    entries = [share("un"), share("deux", design_effect=4)]
    made = built(entries, {"s": [obs(v, x, period="2023") for v, x in (("n", N), ("d", D))]})
    row = made.table[(made.table["territory"] == "e1")].set_index("indicator")
    n, d = row.loc["deux", ["numerator", "denominator"]].astype(float)
    assert (n, d) == tuple(
        row.loc["un", ["numerator", "denominator"]].astype(float)
    )  # what is printed is what was counted
    assert row.loc["deux", ["lower", "upper"]].tolist() == pytest.approx(
        [100 * x for x in statistics.wilson_interval(n / 4, d / 4)]
    )
    frame = compare(made.table, made.rests, PAIRS, catalogue={e.id: e for e in entries})
    mine = frame[(frame["territory"] == "e1") & (frame["comparator_type"] == "france")].set_index("indicator")
    assert mine.loc["deux", "difference"] == mine.loc["un", "difference"]
    assert mine.loc["deux", "p"] > mine.loc["un", "p"]


def test_a_design_effect_is_only_for_shares_of_people():
    with pytest.raises(ValidationError, match="design_effect"):
        indicator(method="rate", denominator="s:d", design_effect=2)


def test_no_test_is_made_of_what_holds_no_chance():
    """Professionals and services are all counted, and where they settle is decided: a difference is no draw."""
    catalogue = load_catalogue()
    supply = [
        e
        for e in catalogue.values()
        if e.method == "rate" and e.chapter in {"offre", "autonomie", "environnement", "prevention"}
    ]
    assert len(supply) > 40
    assert not [e.id for e in supply if e.tested or e.intervals != "none"]
    assert not catalogue["solde-naturel"].tested  # it follows the ages, which are not tested either


def test_every_tested_census_share_has_a_design_effect():
    """The census asks two dwellings in five in the towns: no share of it is a simple draw."""
    census = [
        e for e in load_catalogue().values()
        if e.method in {"share", "ratio"} and e.compare and e.tested and any(s.startswith(("insee-comparateur", "insee-rp")) for s in e.sources())
    ]  # fmt: skip
    assert {e.id for e in census} >= {"taux-chomage", "taux-activite"}
    assert not [e.id for e in census if e.design_effect < 4]


def test_the_catalogue_tests_no_history_and_compares_no_crude_mortality():
    catalogue = load_catalogue()
    history = [entry for name, entry in catalogue.items() if name.startswith("histoire-")]
    assert history and not any(entry.tested for entry in history)
    alone = {"taux-brut-mortalite", "taux-brut-mortalite-departement", "gini-niveau-vie-communes", "part-ald"}
    assert {n for n, e in catalogue.items() if not e.compare} == {
        *alone,
        "taux-natalite",
        "part-15-64-ans",
        "population-par-age",
        "gradient-mortalite-absolu",
        "gradient-mortalite-relatif",
        "theil-mortalite-entre-epci",
    }
