"""`cls-analysis data` says what exists and what is built, in words and in JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cls_analysis import sources
from cls_analysis.cli.data import app
from cls_analysis.errors import DataMissing, UnknownName

RUN = CliRunner()


def test_nothing_built_says_which_command_builds(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["status", "--processed", str(tmp_path)])
    assert result.exit_code == 0
    assert "embedded: nothing is built. Try: cls-analysis data build --data embedded" in result.stdout


def test_status_gives_origin_rows_age_and_the_indicators_that_use_a_source(tmp_path: Path) -> None:
    sources.build_sources("embedded", processed=tmp_path)
    result = RUN.invoke(app, ["status", "--data", "embedded", "--processed", str(tmp_path), "--json"])
    row = json.loads(result.stdout)["embedded"]["sources"]["etalab-decoupage"]
    assert (row["origin"], row["age_days"]) == ("embedded", 0)
    assert row["rows"] == sources.load_lock("embedded", tmp_path)["etalab-decoupage"]["rows"] > 100_000
    assert row["indicators"] == sorted(row["indicators"])
    assert len(row["indicators"]) > 0


def test_an_unknown_mode_is_named() -> None:
    result = RUN.invoke(app, ["status", "--data", "real"])
    assert isinstance(result.exception, UnknownName)
    assert "'real'" in str(result.exception)


def test_official_data_without_a_mirror_is_refused_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLS_DATA_MIRROR", raising=False)
    result = RUN.invoke(app, ["build", "--data", "official"])
    assert isinstance(result.exception, DataMissing)


def test_the_list_of_sources_gives_the_path_of_every_file_of_a_mirror() -> None:
    listed = json.loads(RUN.invoke(app, ["sources", "--json"]).stdout)
    assert sorted(listed) == sorted(sources.all_sources())
    paths = [file["path"] for source in listed.values() for file in source["files"]]
    assert len(paths) == len(set(paths)) > 20
    found = RUN.invoke(app, ["sources", "--search", "apl"])
    assert "drees-apl" in found.stdout
    assert "insee-cog" not in found.stdout


def test_the_table_holds_in_eighty_columns_and_cuts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources.build_sources("embedded", processed=tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    result = RUN.invoke(app, ["status", "--data", "embedded", "--processed", str(tmp_path)])
    assert "…" not in result.stdout
    lines = [line for line in result.stdout.splitlines() if line.startswith("etalab-decoupage")]
    assert len(lines) == 1 and lines[0].split()[1:3] == ["2026", "embedded"]


def test_a_source_named_is_told_whole_with_its_indicators_by_name(tmp_path: Path) -> None:
    sources.build_sources("embedded", processed=tmp_path)
    result = RUN.invoke(app, ["status", "etalab-decoupage", "--processed", str(tmp_path)])
    listed = json.loads(RUN.invoke(app, ["status", "--processed", str(tmp_path), "--json"]).stdout)
    names = listed["embedded"]["sources"]["etalab-decoupage"]["indicators"]
    assert f"used by {len(names)} indicators: {', '.join(names)}" in result.stdout
    assert "official: nothing of it is built" in result.stdout
    assert isinstance(RUN.invoke(app, ["status", "etalab"]).exception, UnknownName)


def test_a_newer_vintage_that_lies_in_the_mirror_is_said_with_the_line_to_write(tmp_path: Path) -> None:
    path = tmp_path / "ans-rpps" / "2027" / "ps-libreacces-personne-activite.txt"
    path.parent.mkdir(parents=True)
    path.write_text("made up", encoding="utf-8")
    asked = ["status", "--processed", str(tmp_path / "out"), "--mirror", str(tmp_path)]
    assert 'write ans-rpps = "2027" in vintages.toml' in RUN.invoke(app, asked).stdout
    (tmp_path / "vintages.toml").write_text('ans-rpps = "2027"\n', encoding="utf-8")
    assert "2027 lies" not in RUN.invoke(app, asked).stdout


def test_a_wrong_declaration_of_vintages_is_said_and_the_rest_is_shown(tmp_path: Path) -> None:
    (tmp_path / "vintages.toml").write_text('inserm-fdep = "2021"\n', encoding="utf-8")
    result = RUN.invoke(app, ["status", "--processed", str(tmp_path / "out"), "--mirror", str(tmp_path)])
    assert result.exit_code == 0
    assert "vintages.toml, key 'inserm-fdep': its reader knows vintage 2020 only" in result.stdout
    assert "nothing is built" in result.stdout
