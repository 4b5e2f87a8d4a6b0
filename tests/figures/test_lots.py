"""The rows of a setting are found by key whatever their order, once, and no setting answers for another."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cls_analysis.errors import InvalidInput
from cls_analysis.figures.lots import FINEST, Lot, Lots
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


def test_a_blank_text_is_none_and_a_number_is_a_number():
    frame = pd.DataFrame({"text": ["a", None, "a"], "kind": pd.Categorical([None, "b", "a"]), "n": [1.5, None, 2.0]})
    lot = Lot(frame, [0, 1, 2], ())
    assert list(lot.column("text")) == ["a", None, "a"] and list(lot.column("kind")) == [None, "b", "a"]
    assert lot.column("n")[0] == 1.5 and lot.column("n")[1] != lot.column("n")[1]


WORDS = st.sampled_from(["a", "b", "c", None])


def test_a_blank_sex_is_no_sex_of_another_row():
    frame = pd.DataFrame({"indicator": ["a", None, "b"], "sex": ["F", "M", None]})
    assert Lot(frame, range(3), ()).sexes == {"a": {"F"}, None: {"M"}, "b": {None}}


@given(st.lists(st.tuples(WORDS, WORDS, WORDS)), st.tuples(*[st.sampled_from(["a", "b", "c", "absent"])] * 3))
def test_a_key_is_found_where_a_search_row_by_row_finds_it(rows, asked):
    frame = pd.DataFrame(rows, columns=["indicator", "territory", "period"]).astype("str")
    lot = Lot(frame, range(len(rows)), ("indicator", "territory", "period"))
    for key in {*rows, asked}:
        places = [place for place, row in enumerate(rows) if row == key]
        assert lot.find(*key) == (places[-1] if places else None)
    again = [row for place, row in enumerate(rows) if row in rows[:place]]
    assert sorted(map(str, again)) == sorted(str(key) for keys in lot.doubled.values() for key in keys)


def test_a_key_of_very_many_values_is_one_number_still():
    keys = [f"indicator territory_{n} x y z t u v".replace("_", str(n)).split() for n in range(1500)]
    frame = pd.DataFrame([[f"{word}{n}" for word in key] for n, key in enumerate(keys)])
    lot = Lot(frame, range(len(keys)), tuple(frame.columns))  # 1501 to the power of 8: more than 64 bits hold
    assert [lot.find(*row) for row in frame.itertuples(index=False)] == list(range(len(keys)))
    assert lot.find(*frame.iloc[0, :-1], frame.iloc[1, -1]) is None


class Elsewhere:
    """The communes apart, as a report reads them, and what it asked for."""

    def __init__(self, communes: pd.DataFrame, tests: pd.DataFrame) -> None:
        self.communes, self.compared, self.asked = communes, tests, []

    def rows(self, indicator: str) -> pd.DataFrame:
        self.asked.append(indicator)
        return self.communes[self.communes["indicator"] == indicator]

    def tests(self, territory: str) -> pd.DataFrame:
        self.asked.append(territory)
        return self.compared[self.compared["territory"] == territory]

    def made_up(self) -> frozenset[str]:
        return frozenset(self.communes.loc[self.communes["simulated"], "indicator"])


def test_communes_and_comparisons_read_apart_answer_as_those_of_one_table():
    communes = pd.concat([communal("part-65-plus"), communal("apl").assign(period="2017")])
    elsewhere = comparisons().replace({"territory": {OWN.territory: "ailleurs"}})
    whole = pd.concat([table(), communes], ignore_index=True).sort_values("territory_type", kind="stable")
    together = setting(table=whole, comparisons=pd.concat([comparisons(), elsewhere]))
    wider = Elsewhere(communes, elsewhere)
    own = pd.concat([table(), communes.head(2)]).sort_values("territory_type", kind="stable")
    apart = setting(table=own, wider=wider)
    places = [Place("commune", code, code) for code in communes["territory"].unique()]
    for name, period in (("part-65-plus", "2022"), ("apl", "2017"), ("apl", "2022")):
        assert apart.select(name, places, period=period) == together.select(name, places, period=period)
        assert apart.values(name, places, period=period) == together.values(name, places, period=period)
        pd.testing.assert_frame_equal(
            apart.rows(name).reset_index(drop=True), together.rows(name).reset_index(drop=True), check_dtype=False
        )
        assert list(apart.rows(name, ["value"])) == ["value"] == list(together.rows(name, ["value"]))
    assert wider.asked == ["part-65-plus", "apl"]  # each once
    here, other = apart.own("apl"), replace(apart.own("apl"), place=Place(OWN.territory_type, "ailleurs", "Ailleurs"))
    assert apart.compare(here, REGION) == together.compare(here, REGION) is not None
    assert wider.asked == ["part-65-plus", "apl"]  # for what is near nothing is read
    assert apart.compare(other, REGION) == together.compare(other, REGION) is not None
    assert wider.asked[-1] == "ailleurs"


def test_the_communes_lie_apart_by_indicator_and_period_and_the_others_together():
    rows = pd.concat([table(), communal("part-65-plus"), communal("apl").assign(period="2017")], ignore_index=True)
    made = lots(rows)
    assert made.rows("apl", "epci") is made.rows("part-65-plus", "region")
    assert len(made.rows("apl", FINEST, "2017").positions) == len(communal())
    assert not len(made.rows("apl", FINEST, "2022").positions)
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
