"""A code is followed with dates and reasons, from 1943 to the last package."""

import pytest

from cls_analysis import geography
from cls_analysis.errors import DataMissing, InvalidInput, UnknownName

COG_HEADER = (
    "MOD,DATE_EFF,TYPECOM_AV,COM_AV,TNCC_AV,NCC_AV,NCCENR_AV,LIBELLE_AV,"
    "TYPECOM_AP,COM_AP,TNCC_AP,NCC_AP,NCCENR_AP,LIBELLE_AP\n"
)


def test_goncourt_joined_bourmont_on_the_first_of_january_2019():
    event = geography.trace("52225")[0]
    assert (event.date, event.date_from, event.code_after) == ("2019-01-01", None, "52064")
    assert event.name_before == "Goncourt"


def test_an_event_after_2019_has_an_interval_and_says_that_it_is_deduced():
    event = next(e for e in geography.trace("70264") if e.code_after == "70180")
    assert event.basis == "packages"
    assert event.when == "2024-01-02 to 2025-01-01"
    assert event.reason == "commune nouvelle"


def test_what_a_commune_absorbed_is_told_too():
    absorbed = {e.code_before for e in geography.trace("70180")}
    assert {"70264", "70530"} <= absorbed


def test_a_trace_stops_at_the_year_asked():
    assert all(e.date <= "2016-01-01" for e in geography.trace("85165", to=2016))
    assert len(geography.trace("85165", to=2016)) < len(geography.trace("85165"))


def test_a_commune_to_which_nothing_happened_has_no_event():
    assert geography.trace("52289") == []


def test_an_unknown_code_is_refused_with_near_codes_of_its_departement():
    with pytest.raises(UnknownName, match=r"'52999' never existed.*near: 52"):
        geography.trace("52999")


def test_heirs_of_a_code_are_where_its_land_is():
    assert geography.heirs("52225") == ["52064"]
    assert geography.heirs("52121") == ["52121"]
    assert geography.heirs("60696") == ["60057"]  # Voisinlieu, merged into Beauvais in 1943
    assert geography.heirs("85165", 2019) == ["85084"]  # commune déléguée from 2016 to 2023


def test_insees_file_of_events_gives_exact_dates(tmp_path):
    path = tmp_path / "v_mvt_commune.csv"
    path.write_text(
        COG_HEADER
        + "32,2025-01-01,COM,70264,0,GEORFANS,Georfans,Georfans,COM,70180,4,BELLES FONTAINES,Belles-Fontaines,Les B\n"
        + "32,2025-01-01,COM,70264,0,GEORFANS,Georfans,Georfans,COMD,70264,0,GEORFANS,Georfans,Georfans\n"
        + "10,2025-06-01,COM,70180,4,X,X,Les B,COM,70180,4,Y,Y,Les C\n",
        encoding="utf-8",
    )
    events = geography.trace("70264", events=path)
    assert [(e.when, e.reason, e.code_after, e.basis) for e in events] == [
        ("2025-01-01", "commune nouvelle", "70180", "insee-cog"),
        ("2025-06-01", "changement de nom", "70180", "insee-cog"),
    ]


def test_a_file_that_is_not_insees_is_refused_with_its_missing_columns(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("MOD,DATE_EFF\n32,2025-01-01\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        geography.read_events(path)
    assert len(caught.value.problems) == 6
    with pytest.raises(DataMissing):
        geography.read_events(tmp_path / "absent.csv")


def test_an_unknown_kind_of_event_is_refused(tmp_path):
    path = tmp_path / "v.csv"
    path.write_text(COG_HEADER + "99,2025-01-01,COM,70264,0,A,A,A,COM,70180,4,B,B,B\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match="MOD=99"):
        geography.read_events(path)
