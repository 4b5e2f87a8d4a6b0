"""Imports enter the official data under their own ids, marked restricted where they are, and never beside simulated ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cls_analysis.cli import app
from cls_analysis.errors import InvalidInput, UnknownName
from cls_analysis.sources import load_absent, load_lock, load_observations
from cls_analysis.sources.imports import (
    KINDS,
    import_thresholds,
    load_import,
    restricted_imports,
    write_imports,
    write_template,
)
from tests.imports.made_up import AGES, BY_AGE, DEATHS, SCREENING, SIMPLE, by_age, put

HEAD = ["Code", "Décès"]
RUN = CliRunner()


def test_an_import_becomes_a_source_of_its_own_marked_restricted(tmp_path: Path) -> None:
    put(tmp_path / "in", "deces", DEATHS + BY_AGE, by_age())
    put(tmp_path / "in", "sein", SCREENING, [["Code", "Dépistées", "Invitées"], ["52269", 40, 80]])
    results = write_imports("official", tmp_path / "out", tmp_path / "in")
    lock = load_lock("official", tmp_path / "out")
    assert [result.name for result in results] == ["deces", "sein"]
    assert lock["import-deces"]["restricted"] is True
    assert lock["import-deces"]["threshold"] == 11
    assert lock["import-deces"]["producer"] == "ORS inventé"
    assert lock["import-deces"]["origin"] == "import"
    assert lock["import-deces"]["simulated"] is False
    assert [file["path"] for file in lock["import-deces"]["files"]] == ["imports/deces.toml", "imports/deces.csv"]
    assert lock["import-depistages"]["restricted"] is False
    assert restricted_imports("official", tmp_path / "out") == ["import-deces"]
    assert import_thresholds("official", tmp_path / "out") == {"import-deces": 11}
    frame = load_observations("import-deces", mode="official", processed=tmp_path / "out")
    assert set(frame["sex"].astype(str)) == {"F", "M"}
    assert frame["value"].sum() == 4 * sum(range(len(AGES)))
    assert set(load_absent("official", tmp_path / "out")) == {"import-ald", "import-medecin-traitant"}
    assert str(tmp_path) not in json.dumps(lock)


def test_simulated_data_take_no_import(tmp_path: Path) -> None:
    put(tmp_path / "in", "deces", DEATHS + SIMPLE, [HEAD, ["52269", 12]])
    assert write_imports("embedded", tmp_path / "out", tmp_path / "in") == []
    assert load_lock("embedded", tmp_path / "out") == {}


def test_one_faulty_import_refuses_them_all_and_leaves_what_was_built(tmp_path: Path) -> None:
    put(tmp_path / "in", "deces", DEATHS + SIMPLE, [HEAD, ["52269", 12]])
    write_imports("official", tmp_path / "out", tmp_path / "in")
    put(tmp_path / "in", "deces", DEATHS + SIMPLE, [HEAD, ["52269", 13]])
    put(tmp_path / "in", "faux", DEATHS.replace("import-deces", "import-x") + SIMPLE, [HEAD, ["52269", -1]])
    with pytest.raises(InvalidInput, match=r"faux\.csv, row 2"):
        write_imports("official", tmp_path / "out", tmp_path / "in")
    assert load_observations("import-deces", mode="official", processed=tmp_path / "out")["value"].tolist() == [12.0]


def test_an_import_taken_away_is_withdrawn_at_the_next_build(tmp_path: Path) -> None:
    path = put(tmp_path / "in", "deces", DEATHS + SIMPLE, [HEAD, ["52269", 12]])
    other = put(
        tmp_path / "in",
        "autre",
        DEATHS.replace("import-deces", "import-autre").replace("restricted", "public") + SIMPLE,
        [HEAD, ["52269", 3]],
    )
    write_imports("official", tmp_path / "out", tmp_path / "in")
    for gone in (path, other):
        gone.unlink()
        gone.with_suffix(".csv").unlink()
    write_imports("official", tmp_path / "out", tmp_path / "in")
    assert load_lock("official", tmp_path / "out") == {}
    assert "import-deces" in load_absent("official", tmp_path / "out")


def test_two_partners_may_share_a_variable_but_not_a_cell_nor_two_vintages(tmp_path: Path) -> None:
    put(tmp_path / "in", "a", DEATHS + SIMPLE, [HEAD, ["52269", 12]])
    put(tmp_path / "in", "b", DEATHS.replace("restricted", "public") + SIMPLE, [HEAD, ["52121", 5]])
    write_imports("official", tmp_path / "out", tmp_path / "in")
    frame = load_observations("import-deces", mode="official", processed=tmp_path / "out")
    assert dict(zip(frame["code"].astype(str), frame["value"], strict=True)) == {"52121": 5.0, "52269": 12.0}
    assert restricted_imports("official", tmp_path / "out") == ["import-deces"]
    put(tmp_path / "in", "b", DEATHS + SIMPLE, [HEAD, ["52269", 5]])
    with pytest.raises(InvalidInput, match=r"a\.toml and b\.toml: both give 'deces'"):
        write_imports("official", tmp_path / "out", tmp_path / "in")
    put(tmp_path / "in", "b", DEATHS.replace("cog = 2026", "cog = 2024") + SIMPLE, [HEAD, ["52121", 5]])
    with pytest.raises(InvalidInput, match="COG 2024 and 2026"):
        write_imports("official", tmp_path / "out", tmp_path / "in")


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    put(tmp_path / "in", "deces", DEATHS + BY_AGE, by_age())
    for out in ("one", "two"):
        write_imports("official", tmp_path / out, tmp_path / "in")
    one, two = (tmp_path / out / "official" / "sources" / "import-deces.parquet" for out in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_template_is_refused_blank_and_sound_once_filled_in(tmp_path: Path, kind: str, form: str) -> None:
    table, toml = write_template("essai", kind=kind, territory="petr-langres", form=form, folder=tmp_path)
    told = "\n".join(load_import(toml).problems)
    assert "template" in told
    text = (
        toml.read_text(encoding="utf-8")
        .replace("Nom du partenaire", "ORS inventé")
        .replace("Convention ou licence, avec sa date", "Convention")
    )
    toml.write_text(text, encoding="utf-8")
    assert "not one number" in "\n".join(load_import(toml).problems)
    if form == "csv":
        filled = table.read_text(encoding="utf-8-sig").splitlines()
        blanks = 2 if KINDS[kind].denominator else 1
        rows = [
            filled[0],
            *[line.removesuffix(";" * blanks) + f";{7 + place % 2}" * blanks for place, line in enumerate(filled[1:])],
        ]
        table.write_text("\n".join(rows) + "\n", encoding="utf-8")
        result = load_import(toml)
        assert result.problems == ()
        assert result.observations is not None
        assert set(result.observations["value"]) == {7.0, 8.0}


def test_a_template_never_overwrites_and_wants_a_known_kind(tmp_path: Path) -> None:
    write_template("essai", kind="ald", folder=tmp_path)
    with pytest.raises(InvalidInput, match="never overwritten"):
        write_template("essai", kind="ald", folder=tmp_path)
    with pytest.raises(UnknownName, match="kinds: deces"):
        write_template("autre", kind="inconnu", folder=tmp_path)
    with pytest.raises(InvalidInput, match="cannot name"):
        write_template("../sortie", kind="ald", folder=tmp_path)


def test_the_command_line_writes_checks_and_lists(tmp_path: Path) -> None:
    folder = ["--folder", str(tmp_path)]
    assert RUN.invoke(app, ["imports", "list", *folder]).exit_code == 0
    written = RUN.invoke(app, ["imports", "template", "deces-2018-2022", *folder])
    assert written.exit_code == 0
    assert "import-deces" in (tmp_path / "deces-2018-2022.toml").read_text(encoding="utf-8")
    blank = RUN.invoke(app, ["imports", "check", "deces-2018-2022", *folder])
    assert isinstance(blank.exception, InvalidInput)
    assert blank.exception.exit_code == 3
    put(tmp_path, "bon", DEATHS + SIMPLE, [HEAD, ["52269", 12]])
    good = RUN.invoke(app, ["imports", "check", "bon", *folder])
    assert good.exit_code == 0, good.output
    assert "no problem" in good.output
    assert "icm-mortalite-generale (2018-2022)" in good.output
    listed = RUN.invoke(app, ["imports", "list", *folder], env={"COLUMNS": "300"})
    assert "restreinte" in listed.output
    narrow = RUN.invoke(app, ["imports", "list", *folder], env={"COLUMNS": "80"}).output
    assert "import-deces:deces " in narrow and narrow.startswith("2 imports\n")
    assert "problems" in listed.output


def test_an_import_half_remembered_is_suggested(tmp_path: Path) -> None:
    put(tmp_path, "deces-2018-2022", DEATHS + SIMPLE, [HEAD, ["52269", 12]])
    missing = RUN.invoke(app, ["imports", "check", "deces-2018", "--folder", str(tmp_path)])
    assert "near: deces-2018-2022" in str(missing.exception)
