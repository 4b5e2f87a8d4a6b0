"""A report can be drawn for any EPCI: overseas, with a commune that has no contour, where something is not published."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from cls_analysis import geography
from cls_analysis.diagnostic import annex
from cls_analysis.diagnostic.drawing import Atlas
from cls_analysis.diagnostic.opening import Bassins
from cls_analysis.errors import InvalidInput, NothingToDraw


@pytest.mark.parametrize("departement", ["971", "972", "973", "974", "976"])
def test_a_territory_overseas_is_located_in_its_own_departement(departement: str) -> None:
    members = geography.membership().merge(geography.communes(), on="code_commune", how="inner", validate="1:1")
    siren = str(members.loc[members["departement"] == departement, "siren_epci"].dropna().iloc[0])
    base, shape = Atlas(geography.territory(siren), Bassins()).location
    assert base.inside == {departement}
    assert shape.startswith("M")


def test_a_commune_without_a_contour_is_named_and_the_others_are_drawn() -> None:
    absent = geography.missing_contours()
    siren = geography.membership().set_index("code_commune").loc[absent["code_commune"].iloc[0], "siren_epci"]
    place = geography.territory(str(siren))
    atlas = Atlas(place, Bassins())
    assert set(atlas.undrawn) == set(absent.loc[absent["code_commune"].isin(place.communes), "name"])
    assert atlas.base("commune").inside == atlas.drawn
    assert len(atlas.drawn) == len(place.communes) - len(atlas.undrawn)


def test_what_is_not_published_is_a_sentence_and_what_is_wrong_stays_an_error() -> None:
    entry = SimpleNamespace(label="Part des ALD")
    setting = SimpleNamespace(indicator=lambda _name: entry, own=lambda _name: SimpleNamespace(status="missing"))

    @annex.or_said("carte")
    def draw(_self: Any, indicator: str, *, level: str = "commune") -> Any:
        raise NothingToDraw(indicator) if level == "commune" else InvalidInput("not a level")

    said = draw(SimpleNamespace(setting=setting), "part-ald")
    assert "Part des ALD" in said._repr_html_()
    assert "pas de carte" in said._repr_html_()
    with pytest.raises(InvalidInput, match="not a level"):
        draw(SimpleNamespace(setting=setting), "part-ald", level="rue")
