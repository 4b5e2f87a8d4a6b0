"""The command line of the territories says what the library knows, and nothing more."""

import csv
import io
import json

import pytest
from typer.testing import CliRunner

from cls_analysis import geography
from cls_analysis.cli.territories import app
from cls_analysis.errors import InvalidInput, UnknownName


def run(*words):
    return CliRunner(env={"COLUMNS": "160"}).invoke(app, list(words))


def test_the_perimeters_are_listed_by_default():
    result = run("list")
    assert result.exit_code == 0
    for name in geography.list_perimeters():
        assert name in result.output


def test_a_search_needs_neither_accents_nor_capitals_nor_curly_apostrophes():
    assert "200040178" in run("list", "--type", "epci", "--search", "l’outre-foret").output


def test_a_search_keeps_matching_names_only():
    result = run("list", "--type", "epci", "--search", "langres")
    assert "200072999" in result.output
    assert "1 territories of type epci" in result.output


def test_json_of_a_territory_can_be_read_back():
    document = json.loads(run("show", "petr-langres", "--json").output)
    assert document["population"] == geography.territory("petr-langres").population
    assert len(document["communes"]) == 168
    assert document["outside_departement"] == ["70400", "70430", "70450"]
    assert document["date_composition"] == "2025-01-01"
    assert document["perimeter"]["generations"][0]["start"] == "2019"


def test_show_names_the_communes_outside_the_departement():
    assert "La Rochelle (70450)" in run("show", "petr-langres").output.replace("\n", " ")


def test_csv_of_communes_has_one_row_each():
    rows = list(csv.DictReader(io.StringIO(run("communes", "petr-vosges-saonoises", "--csv", "--year", "2023").output)))
    assert [r["code_commune"] for r in rows] == geography.load_perimeter("petr-vosges-saonoises").communes(2023)
    assert len(rows) == 144
    assert sum(int(r["population"]) for r in rows) == 79_358


def test_the_composition_of_another_year_says_which_census_it_counts():
    output = " ".join(run("communes", "bassin-de-joinville", "--year", "2019").output.split())
    assert "59 communes, COG 2019, EPCI of 2019-01-01" in output
    assert "RP 2016" in output


@pytest.mark.parametrize(("code", "count"), [("200072999", 54), ("52", 426), ("region:94", 360), ("85084", 1)])
def test_communes_of_every_type_of_territory_in_another_year(code, count):
    rows = run("communes", code, "--csv", "--year", "2023").output.strip().splitlines()
    assert len(rows) == count + 1


def test_trace_tells_events_and_heirs():
    output = run("trace", "52225").output
    assert "2019-01-01" in output
    assert "In COG 2026: 52064 Bourmont-entre-Meuse-et-Mouzon" in output
    assert "no event since 1943" in run("trace", "52289").output


def test_coverage_of_haute_marne_is_not_100_per_cent():
    output = run("coverage", "--departement", "52").output
    assert "425 of 426 communes, 99.8% of" in output
    assert "Liffol-le-Petit (52289)" in output


def test_check_finds_nothing_wrong_in_the_shipped_perimeters():
    assert "7 perimeters, no problem." in run("check").output


@pytest.mark.parametrize(
    "words",
    [
        ("show", "petr-langre"),
        ("communes", "petr-langres", "--year", "2020"),
        ("trace", "52999"),
        ("coverage", "--departement", "99"),
        ("list", "--type", "ville"),
    ],
)
def test_an_unknown_name_ends_with_its_own_exit_code(words):
    result = run(*words)
    assert isinstance(result.exception, UnknownName)
    assert result.exception.exit_code == 4


def test_check_fails_on_a_wrong_perimeter(tmp_path, monkeypatch):
    (tmp_path / "x.toml").write_text('id = "x"', encoding="utf-8")
    monkeypatch.setenv("CLS_PERIMETERS", str(tmp_path))
    assert isinstance(run("check").exception, InvalidInput)


@pytest.mark.parametrize("command", ["list", "show", "communes", "trace", "coverage", "check"])
def test_every_command_shows_an_example(command):
    assert f"cls-analysis territories {command}" in run(command, "--help").output


def test_show_tells_of_what_a_perimeter_was_made_in_another_year():
    output = run("show", "petr-vosges-saonoises", "--year", "2023").output
    assert "144 communes" in output and "RP 2020" in output
    document = json.loads(run("show", "petr-vosges-saonoises", "--year", "2023", "--json").output)
    assert document["cog"] == 2023 and len(document["communes"]) == 144
    assert sum(e["communes"] for e in document["epci"]) == 144
    assert sum(e["population"] for e in document["epci"]) == document["population"] == 79_358


def test_a_year_without_a_package_is_refused_with_the_nearest_one():
    result = run("show", "petr-langres", "--year", "2020")
    assert result.exit_code and "2021" in str(result.exception) + str(getattr(result.exception, "hint", ""))


def test_a_table_in_a_pipe_is_as_wide_as_it_needs_and_no_word_is_cut():
    result = CliRunner(env={"COLUMNS": "60"}).invoke(app, ["list"])
    assert "Grand Saint-Dizier, Der & Vallées" in result.output and "…" not in result.output


def test_brackets_in_a_name_are_printed_and_never_read_as_markup(tmp_path, monkeypatch):
    source = (geography.perimeters_dir() / "petr-langres.toml").read_text("utf-8")
    name = geography.load_perimeter("petr-langres").name
    (tmp_path / "petr-langres.toml").write_text(source.replace(f'"{name}"', '"Pays [red]X[/] :smile:"', 1), "utf-8")
    monkeypatch.setenv("CLS_PERIMETERS", str(tmp_path))
    result = run("list")
    assert result.exit_code == 0
    assert "Pays [red]X[/] :smile:" in result.output
