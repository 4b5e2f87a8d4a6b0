"""The CSV holds what a rank is counted from, and what a map by bassin de vie shows; each place is told with its communes."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from cls_analysis.diagnostic import annex, beside
from cls_analysis.figures.french import rounded
from cls_analysis.figures.standing import rank_of

pytestmark = pytest.mark.slow


@pytest.fixture
def drawn(langres):
    """A report that has drawn its scorecard and nothing else."""
    d = replace(langres)
    d.scorecard()
    return d


def own_places(d):
    return {("epci", m.territory) for m in d.setting.members} | {(d.territory.territory_type, d.territory.territory)}


def published(d) -> pd.DataFrame:
    return pd.DataFrame(annex.published_rows(d))


def test_without_a_figure_that_ranks_no_other_epci_is_given(langres):
    d = replace(langres)
    assert not beside.ranked(d)
    assert "epci" not in set(beside.rows(d, own_places(d))["territory_type"])


def test_the_rank_of_the_scorecard_can_be_counted_again_from_the_rows(drawn):
    rows = published(drawn)
    members = {m.territory for m in drawn.setting.members}
    counted = 0
    for name in sorted(beside.ranked(drawn)):
        told = rank_of(drawn.setting, name)
        if told is None:
            continue
        period = drawn.setting.period(name)
        mine = rows[
            (rows["indicator"] == name) & (rows["period"] == period) & (rows["sex"] == "all") & (rows["age"] == "all")
        ]
        others = mine[(mine["territory_type"] == "epci") & ~mine["territory"].isin(members) & mine["value"].notna()]
        others = others[others["coverage"].isna() | (others["coverage"] >= 0.95)]
        decimals = drawn.catalogue[name].decimals
        value = rounded(mine.loc[mine["territory"] == drawn.territory.territory, "value"].item(), decimals)
        assert told == (1 + sum(rounded(v, decimals) > value for v in others["value"]), len(others) + 1)
        counted += 1
    assert counted > 5


def test_every_row_is_there_once_and_every_place_is_told_with_its_communes(drawn):
    rows = published(drawn)
    assert not rows.duplicated(["indicator", "territory_type", "territory", "period", "sex", "age"]).any()
    assert rows["territory_name"].notna().all()
    told = {
        (t["territory_type"], t["territory"])
        for t in annex.compositions(drawn, annex.published_rows(drawn))["territories"]
    }
    seen = rows.loc[rows["territory_type"] != "commune", ["territory_type", "territory"]]
    assert set(map(tuple, seen.to_numpy())) == told


def test_a_bassin_is_told_with_all_its_communes_and_named_as_one(drawn):
    seen = beside.places(drawn, annex.published_rows(drawn))
    assert {kind for kind, _ in seen} == {"epci", "bassin_de_vie"} and not seen & own_places(drawn)
    for kind, code, communes in beside.bassins(drawn, seen):
        assert kind == "bassin_de_vie" and (kind, code) in seen
        assert {drawn.atlas.bassins[c] for c in communes} == {code}
    assert all(name.startswith("bassin de vie") for name in beside.bassin_names(drawn).values())
