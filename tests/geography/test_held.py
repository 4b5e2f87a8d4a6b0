"""What is asked in plain lists is what the tables say."""

import os
from pathlib import Path

import pytest

from cls_analysis import geography
from cls_analysis.geography import held, places


@pytest.mark.parametrize("kind", ["departement", "region"])
def test_the_communes_held_are_those_of_the_table(kind):
    frame = geography.communes()
    assert list(held.communes()) == frame["code_commune"].tolist()
    told = {str(code): tuple(part["code_commune"]) for code, part in frame.groupby(kind)}
    assert dict(held.holding(kind)) == told and list(held.holding(kind)) == sorted(told)


def test_the_members_of_every_epci_are_those_of_the_table_and_four_islands_have_none():
    told = {str(siren): tuple(part["code_commune"]) for siren, part in geography.membership().groupby("siren_epci")}
    assert dict(held.holding("epci")) == told
    alone = [code for code, commune in held.communes().items() if commune.epci is None]
    assert alone == geography.communes_without_epci()["code_commune"].tolist()


def test_the_first_territory_is_where_most_inhabitants_live_and_equal_ones_stand_by_code(monkeypatch):
    made = {
        "1": held.Commune("1", "Un", "88", "44", 10, None),
        "2": held.Commune("2", "Deux", "52", "44", 10, "200"),
        "3": held.Commune("3", "Trois", "70", "27", 11, "200"),
        "4": held.Commune("4", "Quatre", "70", "27", None, "200"),
    }
    monkeypatch.setattr(held, "communes", lambda: made)
    assert held.by_population(made, "departement") == ("70", "52", "88")
    assert held.by_population(made, "region") == ("44", "27")
    assert held.by_population(made, "epci") == ("200",)
    assert held.population(made) == 31


@pytest.mark.parametrize("kind", ["epci", "departement", "region"])
def test_what_is_asked_once_for_all_is_what_is_asked_of_each(kind):
    for above in ("epci", "departement", "region"):
        told = held.lying(kind, above)
        assert list(told) == list(held.holding(kind))
        for code in list(told)[::97]:
            assert told[code] == held.by_population(held.holding(kind)[code], above)


def test_a_perimeter_changed_by_hand_is_another_at_the_next_question(tmp_path, monkeypatch):
    text = (geography.perimeters_dir() / "pays-chaumont.toml").read_text(encoding="utf-8")
    path = Path(tmp_path) / "pays-chaumont.toml"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setenv("CLS_PERIMETERS", str(tmp_path))
    before = geography.territory("pays-chaumont")
    key = places.perimeter_key()
    path.write_text(text.replace(f'name = "{before.name}"', 'name = "Autre nom"', 1), encoding="utf-8")
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 1))
    assert places.perimeter_key() != key
    assert geography.territory("pays-chaumont").name == "Autre nom" != before.name


def test_a_table_changed_by_who_asked_for_it_is_whole_for_the_next():
    mine = geography.communes()
    mine.loc[0, "name"] = "Ailleurs"
    mine["population"] = 0
    assert geography.communes().loc[0, "name"] != "Ailleurs"
    assert (geography.communes()["population"] > 0).mean() > 0.9
    members = geography.membership()
    members.loc[:, "siren_epci"] = "x"
    assert "x" not in set(geography.membership()["siren_epci"])
