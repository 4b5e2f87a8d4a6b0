"""Membership, comparators and rests."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cls_analysis import geography
from cls_analysis.errors import InvalidInput
from cls_analysis.indicators import main_comparators, make_groups

from .helpers import POPULATION, members


def test_a_territory_across_two_departements_has_the_one_where_most_people_live():
    pairs = main_comparators(members(), POPULATION).set_index(["territory", "comparator_type"])["comparator"]
    assert pairs["p", "departement"] == "D1"  # 600 of its people in D1, 400 in D2
    assert pairs["e2", "departement"] == "D2"  # 300 in D1, 400 in D2
    assert pairs["p", "france"] == "FR"
    assert ("D1", "departement") not in pairs.index and pairs["D1", "region"] == "R"


def test_the_rest_leaves_out_only_the_part_that_lies_in_the_comparator():
    groups = make_groups(members(), POPULATION)
    keys = groups.keys
    row = keys.index[(keys["territory"] == "p") & (keys["comparator"] == "FR")][0]
    held = groups.units[groups.matrix[[row]].toarray()[0] > 0]
    assert list(held) == ["F"]
    row = keys.index[(keys["territory"] == "e2") & (keys["comparator"] == "D2")][0]
    assert list(groups.units[groups.matrix[[row]].toarray()[0] > 0]) == ["F"]


def test_a_small_part_of_a_comparator_has_no_rest():
    large = POPULATION.copy()
    large["F"] = 100_000.0
    keys = make_groups(members(), large).keys
    assert keys[(keys["territory"] == "e1") & (keys["comparator"] == "FR")].empty


def test_a_member_without_a_population_row_is_refused_by_name():
    with pytest.raises(InvalidInput, match="ZZ"):
        make_groups(pd.concat([members(), pd.DataFrame([("epci", "e1", "ZZ")], columns=members().columns)]), POPULATION)


def test_all_of_france_is_in_its_regions_departements_and_communes():
    population = geography.communes().set_index("code_commune")["population"]
    groups = make_groups(geography.members(), population)
    total = groups.sum(groups.population)
    for kind in ("commune", "departement", "region", "france"):
        rows = (groups.keys["territory_type"] == kind) & (groups.keys["comparator_type"] == "")
        assert total[rows].sum() == pytest.approx(population.sum()), kind


def test_main_comparators_agree_with_the_geography_for_the_first_contracts():
    population = geography.communes().set_index("code_commune")["population"]
    pairs = main_comparators(geography.members(), population)
    for name in geography.list_perimeters():
        mine = pairs[pairs["territory"] == name].set_index("comparator_type")["comparator"].to_dict()
        theirs = {t.territory_type: t.territory for t in geography.comparators(name)}
        assert {k: mine[k] for k in theirs} == theirs
    assert np.isfinite(len(pairs))
