"""Means, published values and bassins de vie on the small country."""

from __future__ import annotations

import numpy as np
import pytest

from cls_analysis.indicators.absence import SourceAbsent
from cls_analysis.indicators.methods import METHODS

from .helpers import POPULATION, ground, indicator, obs, pick

V = {"A": 2.0, "B": 4.0, "C": 1.0, "D": 9.0, "E": 3.0, "F": 5.0}
W = {"A": 10.0, "B": 30.0, "C": 20.0, "D": 0.0, "E": 40.0, "F": 100.0}


def run(method, tables, bassins=None, **fields):
    return METHODS[method](indicator(method=method, **fields), ground(tables, bassins=bassins)).frame


def test_a_mean_weighs_each_commune_by_its_own_weight():
    frame = run("weighted_mean", {"s": [obs("n", V), obs("w", W)]}, weights="s:w")
    assert pick(frame, "e1")["value"] == pytest.approx((2 * 10 + 4 * 30) / 40)
    assert pick(frame, "e2")["value"] == pytest.approx((1 * 20 + 3 * 40) / 60)
    assert pick(frame, "e2")["status"] == "observed"


def test_a_commune_without_weight_counts_for_nothing_and_does_not_lower_the_coverage():
    frame = run("weighted_mean", {"s": [obs("n", {**V, "D": "missing"}), obs("w", W)]}, weights="s:w")
    assert pick(frame, "e2")["value"] == pytest.approx(140 / 60) and pick(frame, "e2")["coverage"] == 1


def test_a_mean_is_converted_as_the_product_by_its_weight():
    old_v = {"A1": 1.0, "A2": 3.0, "X": 4.0, "B": 4.0, "C": 1.0, "D": 0.0, "E": 3.0, "F": 5.0}
    old_w = {"A1": 10.0, "A2": 30.0, "X": 8.0, "B": 30.0, "C": 20.0, "D": 0.0, "E": 40.0, "F": 100.0}
    frame = run("weighted_mean", {"s": [obs("n", old_v, cog=2020), obs("w", old_w, cog=2020)]}, weights="s:w")
    assert pick(frame, "A")["value"] == pytest.approx((10 + 90) / 40)
    assert pick(frame, "C")["value"] == pytest.approx((2 * 4 + 20 * 1) / 22)


def test_the_weight_may_come_from_another_vintage_than_the_value():
    old_v = {"A1": 1.0, "A2": 3.0, "X": 4.0, "B": 4.0, "C": 1.0, "D": 0.0, "E": 3.0, "F": 5.0}
    new_w = {"A": 40.0, **{k: W[k] for k in "BCDEF"}}
    old_w = {"A1": 10.0, "A2": 30.0, "X": 0.0, "B": 30.0, "C": 20.0, "D": 0.0, "E": 40.0, "F": 100.0}
    frame = run("weighted_mean", {"s": [obs("n", V)], "t": [obs("w", old_w, cog=2020)]}, weights="t:w")
    same = run("weighted_mean", {"s": [obs("n", V)], "t": [obs("w", new_w)]}, weights="t:w")
    assert pick(frame, "e1")["value"] == pytest.approx(pick(same, "e1")["value"])
    assert old_v


def test_a_rate_rebuilt_from_communes_is_called_estimated():
    frame = run("estimated_share", {"s": [obs("n", V), obs("w", W)]}, weights="s:w")
    assert pick(frame, "A")["status"] == "observed" and pick(frame, "p")["status"] == "estimated"


def test_secret_communes_of_a_poverty_rate_lower_its_coverage_until_nothing_is_said():
    secret = {**V, "A": "not_published", "C": "not_published"}
    frame = run("estimated_share", {"s": [obs("n", secret), obs("w", W)]}, weights="s:w", min_coverage=0.5)
    assert pick(frame, "e1")["coverage"] == pytest.approx(2 / 3) and pick(frame, "e1")["value"] == 4.0
    hidden = {**V, "B": "not_published"}
    frame = run("estimated_share", {"s": [obs("n", hidden), obs("w", W)]}, weights="s:w", min_coverage=0.5)
    assert pick(frame, "e1")["status"] == "not_published" and np.isnan(pick(frame, "e1")["value"])


def test_the_share_below_a_level_counts_the_people_of_the_communes_below():
    frame = run("share_below", {"s": [obs("n", V), obs("w", W)]}, weights="s:w", cutoff=2.5, scale=100)
    assert pick(frame, "p")["value"] == pytest.approx(100 * (10 + 20) / 100)


def test_a_median_stands_only_where_it_was_published():
    frame = run("published", {"s": [obs("n", {**V, "B": "not_published"})]})
    assert pick(frame, "A")["value"] == 2.0 and pick(frame, "B")["status"] == "not_published"
    assert pick(frame, "p")["status"] == "not_applicable" and pick(frame, "e1")["status"] == "missing"
    assert frame.loc[frame["territory_type"] != "commune", "value"].isna().all()


def test_a_median_of_a_merged_commune_is_not_made_up():
    old = {"A1": 1.0, "A2": 3.0, "X": 4.0, "B": 4.0, "C": 1.0, "D": 9.0, "E": 3.0, "F": 5.0}
    frame = run("published", {"s": [obs("n", old, cog=2020)]})
    assert pick(frame, "A")["status"] == "not_applicable" and pick(frame, "B")["status"] == "not_applicable"
    assert pick(frame, "E")["value"] == 3.0


def test_a_bassin_reaches_a_territory_by_where_its_people_live():
    bassins = {"A": "b1", "B": "b1", "C": "b2", "D": "b2", "E": "b2", "F": "b3"}
    tables = {"s": [obs("n", {"b1": 10.0, "b2": 20.0, "b3": "not_published"}, level="bassin_de_vie"), obs("w", W)]}
    frame = run("bassin_de_vie", tables, bassins=bassins, weights="s:w", geography="bassin_de_vie")
    assert pick(frame, "b1")["value"] == 10 and pick(frame, "b1")["status"] == "observed"
    row = pick(frame, "p")
    assert row["value"] == pytest.approx((10 * 40 + 20 * 60) / 100)
    assert row["status"] == "estimated" and row["coverage"] == 1
    assert pick(frame, "D2")["status"] == "not_published" and pick(frame, "D2")["coverage"] == pytest.approx(400 / 1400)
    assert "commune" not in set(frame["territory_type"])


def test_a_departement_published_by_the_producer_has_one_value_and_it_is_his():
    bassins = {"A": "b1", "B": "b1", "C": "b2", "D": "b2", "E": "b2", "F": "b3"}
    tables = {
        "s": [
            obs("n", {"b1": 10.0, "b2": 20.0, "b3": 30.0}, level="bassin_de_vie"),
            obs("n", {"D1": 14.0, "D2": "not_published"}, level="departement"),
            obs("w", W),
        ]
    }
    frame = run("bassin_de_vie", tables, bassins=bassins, weights="s:w", geography="bassin_de_vie", min_coverage=0.2)
    assert not frame.duplicated(["territory_type", "territory", "comparator_type", "comparator"]).any()
    assert pick(frame, "D1")["value"] == 14 and pick(frame, "D1")["status"] == "observed"
    assert pick(frame, "D2")["status"] == "not_published"  # not the estimate of its bassins
    assert pick(frame, "R")["value"] == 14 and pick(frame, "R")["coverage"] == pytest.approx(600 / 2000)
    assert pick(frame, "p")["value"] == pytest.approx((10 * 40 + 20 * 60) / 100)


def test_a_published_density_is_not_divided_again_and_an_other_unit_is_only_multiplied():
    rows = [obs("n", {"D1": 47.4, "D2": 60.0}, level="departement"), obs("n", {"FR": 56.3}, level="france")]
    frame = run("departement_mean", {"s": rows}, geography="departement", tier="B")
    assert pick(frame, "D1")["value"] == 47.4 and pick(frame, "FR")["value"] == 56.3
    bassins = dict.fromkeys(POPULATION.index, "b1")
    tables = {"s": [obs("n", {"b1": 8.4}, level="bassin_de_vie"), obs("w", W)]}
    frame = run("bassin_de_vie", tables, bassins=bassins, weights="s:w", geography="bassin_de_vie", scale=10)
    assert pick(frame, "b1")["value"] == pytest.approx(84) and pick(frame, "p")["value"] == pytest.approx(84)


def test_without_the_membership_a_bassin_says_why_it_is_missing():
    tables = {"s": [obs("n", {"b1": 10.0}, level="bassin_de_vie"), obs("w", W)]}
    with pytest.raises(SourceAbsent, match="membership"):
        run("bassin_de_vie", tables, weights="s:w", geography="bassin_de_vie")


def test_a_departement_keeps_its_published_figure_and_a_region_gets_an_approximate_mean():
    frame = run(
        "departement_mean",
        {"s": [obs("n", {"D1": 10.0, "D2": 20.0}, level="departement")]},
        geography="departement",
        tier="B",
    )
    assert pick(frame, "D1")["value"] == 10 and pick(frame, "D1")["status"] == "observed"
    row = pick(frame, "R")
    assert row["value"] == pytest.approx((10 * 600 + 20 * 1400) / 2000)
    assert row["status"] == "estimated" and row["reliability"] == "approximate"
    assert set(frame["territory_type"]) == {"departement", "region", "france"}


def test_the_producers_own_region_replaces_the_mean_of_its_departements():
    rows = [
        obs("n", {"D1": 10.0, "D2": 20.0}, level="departement"),
        obs("n", {"R": 12.5, "99": 1.0}, level="region"),
    ]
    frame = run("departement_mean", {"s": rows}, geography="departement", tier="B")
    assert pick(frame, "R")["value"] == 12.5 and pick(frame, "R")["status"] == "observed"
    assert pick(frame, "FR")["status"] == "estimated" and "99" not in set(frame["territory"])


def test_a_median_of_an_epci_serves_a_perimeter_only_when_they_are_one(monkeypatch):
    rows = [obs("n", V), obs("n", {"e1": 21.0, "e2": 22.0, "e9": 1.0}, level="epci")]
    frame = run("published", {"s": rows})
    assert pick(frame, "e1")["value"] == 21.0 and "e9" not in set(frame["territory"])
    assert pick(frame, "p")["status"] == "not_applicable"
    from . import helpers

    monkeypatch.setattr(helpers, "PERIMETER", ("A", "B"))
    frame = run("published", {"s": rows})
    assert pick(frame, "p")["value"] == 21.0 and pick(frame, "p")["status"] == "observed"
