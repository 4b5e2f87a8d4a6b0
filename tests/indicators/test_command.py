"""`cls-analysis indicators`: ids and words are never cut, what is built is told, and an entry's references can be found."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from cls_analysis.cli import app
from cls_analysis.errors import UnknownName
from cls_analysis.indicators import load_catalogue, write_table
from cls_analysis.indicators.table import COLUMNS


def run(*words):
    result = CliRunner().invoke(app, ["indicators", *map(str, words)], env={"COLUMNS": "60"})
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def published(folder, mode, indicator, **rows):
    """A published table of one indicator: {territory: value} at the commune, and a build that says nothing is missing."""
    row = dict.fromkeys(COLUMNS, "") | {"indicator": indicator, "territory_type": "commune", "period": "2021"}
    row |= {"sex": "all", "age": "all", "simulated": False, "lower": None, "upper": None, "coverage": 1.0}
    frame = pd.DataFrame([row | {"territory": code, "value": value} for code, value in rows.items()])
    write_table(frame, folder / mode / "published" / "indicators.parquet")
    (folder / mode / "build.json").write_text(json.dumps({"missing": {}}), "utf-8")


def test_the_list_gives_whole_ids_and_levels_in_a_narrow_pipe():
    text = run("list", "--chapter", "autonomie")
    entries = [i for i in load_catalogue().values() if i.chapter == "autonomie"]
    assert entries and all(f"{i.id} " in text and f"{i.geography} " in text for i in entries)
    assert text.startswith(f"{len(entries)} indicators")


def test_the_list_is_searched_in_ids_labels_and_definitions():
    assert run("list", "--search", "contre la GRIPPE").startswith("1 indicator\n")


def test_an_indicator_tells_how_many_territories_have_a_value_and_that_the_build_is_older(tmp_path):
    published(tmp_path, "official", "taux-chomage", a=1.0, b=2.0, c=None)
    text = run("show", "taux-chomage", "--processed", tmp_path)
    assert "official: 2021, with a value: 2 commune (an older build: cls-analysis data build --data official)" in text
    assert "embedded: not built (cls-analysis data build --data embedded)" in text


def test_an_indicator_without_value_tells_why(tmp_path):
    published(tmp_path, "official", "taux-chomage", a=1.0)
    (tmp_path / "official" / "build.json").write_text(
        json.dumps({"missing": {"taux-chomage": "source not built: insee-comparateur"}}), "utf-8"
    )
    assert "official: no value, source not built: insee-comparateur" in run(
        "show", "taux-chomage", "--processed", tmp_path
    )
    assert "official: not in the last build" in run("show", "taux-pauvrete", "--processed", tmp_path)


def test_the_variables_of_a_source_are_listed_as_an_entry_writes_them(tmp_path):
    text = run("variables", "drees-apl", "--processed", tmp_path)
    assert "drees-apl:pop_standardisee_mg " in text and "count" in text
    found = json.loads(run("variables", "--search", "voiture", "--json", "--processed", tmp_path))
    assert {one["reference"] for one in found} >= {"insee-statistiques-locales:part_travail_voiture"}
    assert {one["built"] for one in found} == {"-"}


def test_a_source_misspelt_is_suggested():
    with pytest.raises(UnknownName, match="near: drees-apl"):
        run("variables", "drees-app")
