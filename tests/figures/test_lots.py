"""The rows of a setting are found by key whatever their order, once, and no setting answers for another."""

from __future__ import annotations

import pandas as pd
import pytest

from cls_analysis.errors import InvalidInput
from cls_analysis.figures.lots import FINEST, Lots, plain_values
from cls_analysis.figures.setting import Place
from cls_analysis.figures.standing import rank_of
from tests.figures.made_up import (
    COMPARATORS,
    DEPARTEMENT,
    EPCI,
    OWN,
    REGION,
    communal,
    comparisons,
    record,
    setting,
    table,
)


def lots(rows: pd.DataFrame) -> Lots:
    return Lots(rows, comparisons(), frozenset({OWN.territory}))


def test_a_blank_text_is_none_and_a_number_is_a_python_number():
    assert plain_values(pd.Series(["a", None, "a"], dtype="str")) == ["a", None, "a"]
    assert plain_values(pd.Series([None, "b", "a", "b"], dtype="category")) == [None, "b", "a", "b"]
    assert plain_values(pd.Series([None, None], dtype="category")) == [None, None]
    assert plain_values(pd.Series([1.5, 2.0])) == [1.5, 2.0]


def test_the_communes_lie_apart_by_indicator_and_period_and_the_others_together():
    rows = pd.concat([table(), communal("part-65-plus"), communal("apl").assign(period="2017")], ignore_index=True)
    made = lots(rows)
    assert made.rows("apl", "epci") is made.rows("part-65-plus", "region")
    assert len(made.rows("apl", FINEST, "2017").found) == len(communal())
    assert not made.rows("apl", FINEST, "2022").found
    assert made.rows("apl", FINEST).periods == {"apl": ["2017"]}


def test_the_comparisons_of_a_place_that_the_report_is_not_about_are_found_too():
    made = setting(comparisons=comparisons().replace({"territory": {OWN.territory: "ailleurs"}}))
    elsewhere = Place(OWN.territory_type, "ailleurs", "Ailleurs")
    [row] = setting(
        table=table().replace({"territory": {OWN.territory: "ailleurs"}})
    ).select("apl", [elsewhere], period="2022")  # fmt: skip
    found = made.compare(row, REGION)
    assert found is not None and found.significance == "lower"
    assert made.compare(made.own("apl"), REGION) is None


def test_an_indicator_of_one_sex_is_known_from_its_communes_as_well():
    women = pd.DataFrame([record("esperance", OWN, 85.0, sex="F")])
    alone = pd.concat([table().query("indicator != 'esperance'"), women], ignore_index=True)
    assert setting(table=alone).own("esperance").value == 85.0
    both = pd.concat([alone, communal("esperance")], ignore_index=True)
    assert setting(table=both).own("esperance").status == "missing"
    fine = pd.concat([alone.query("indicator != 'esperance'"), communal("esperance").assign(sex="F")])
    assert lots(fine.reset_index(drop=True)).only_sex("esperance") == "F"


def test_two_rows_of_a_commune_with_one_key_are_refused_and_only_for_their_indicator():
    rows = pd.concat([table(), communal(), communal().head(1)], ignore_index=True)
    made = setting(table=rows)
    with pytest.raises(InvalidInput, match="part-65-plus, commune, 99000, 2022, all, all has two rows"):
        made.select("part-65-plus", [Place("commune", "99000", "Commune 0")], period="2022")
    twice = setting(table=pd.concat([table(), table().query("indicator == 'apl'").head(1)], ignore_index=True))
    assert twice.own("pauvrete").shown
    with pytest.raises(InvalidInput, match="two rows"):
        twice.own("apl")


def test_the_values_shown_leave_out_what_is_withheld_absent_or_known_for_too_few():
    made = setting()
    assert made.values("pauvrete", EPCI, period="2022") == [10.1, 12.9]
    assert made.values("pauvrete", EPCI, period="1999") == []
    partial = setting(table=table().assign(coverage=0.5))
    assert partial.values("pauvrete", EPCI, period="2022", covering=0.95) == []


def test_what_is_told_has_a_value_of_the_territory_or_of_a_comparator():
    hidden = table()
    hidden.loc[hidden["indicator"].isin(["apl", "pauvrete"]), "value"] = None
    region = hidden["territory"].eq(REGION.territory) & hidden["indicator"].eq("pauvrete")
    hidden.loc[region, "value"] = 14.2
    told = setting(table=hidden).told
    assert "pauvrete" in told and "apl" not in told


def test_an_answer_is_kept_by_its_setting_and_never_given_by_another():
    here, there = setting(), setting(territory=EPCI[0], members=(), comparators=COMPARATORS)
    assert here.own("apl") is here.own("apl")
    assert (here.own("apl").value, there.own("apl").value) == (2.13, 2.6)
    only = table()
    only = only[~((only["indicator"] == "apl") & (only["territory"] == OWN.territory))]
    framed = setting(table=only)
    assert framed.own("apl").status == "missing"
    assert framed.focused("apl").own("apl").place == DEPARTEMENT
    assert framed.own("apl").status == "missing"


def test_a_rank_does_not_count_the_epci_of_the_territory_itself():
    assert rank_of(setting(peers=EPCI), "apl") is None
    assert rank_of(setting(peers=EPCI, members=EPCI[:1]), "apl") == (1, 3)
