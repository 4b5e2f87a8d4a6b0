"""A partner's made-up table, from its folder to the page: its threshold holds, and the report says « Diffusion restreinte »."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from cls_analysis import build as building
from cls_analysis import geography
from cls_analysis.diagnostic import Diagnostic, standing
from cls_analysis.publishing.page import render_page
from cls_analysis.publishing.publication import read_publication
from cls_analysis.sources import get_source, write_observations
from cls_analysis.sources.imports import import_thresholds, write_imports
from tests.imports.made_up import SCREENING, put

pytestmark = pytest.mark.slow
TERRITORY = "petr-langres"
#: one EPCI whose women screened are few, whatever its size; the two others have many
FEW, THRESHOLD = "200027308", 300


def rows() -> list[Sequence[object]]:
    """Women screened and invited by commune: half of those invited, except in one EPCI where 250 are in all."""
    found: list[Sequence[object]] = [["Code", "Dépistées", "Invitées"]]
    for siren in geography.territory(TERRITORY).epci:
        communes = list(geography.territory(siren).communes)
        for position, code in enumerate(communes):
            few = siren == FEW
            found.append([code, (250 // len(communes) + (position < 250 % len(communes))) if few else 20, 40])
    return found


def build(home: Path, *, confidentiality: str, threshold: int | None) -> None:
    """The official tables of a machine that has the partner's folder and nothing else."""
    toml = SCREENING.replace('"public"', f'"{confidentiality}"')
    if threshold is not None:
        toml = toml.replace("[columns]", f"threshold = {threshold}\n[columns]")
    put(home / "in", "depistages", toml, rows())
    source = get_source("etalab-decoupage")
    write_observations(
        source, source.read({}), mode="official", processed=home / "out", origin="embedded", files=[], key="k"
    )
    write_imports("official", home / "out", home / "in")
    folder = home / "out" / "official"
    (folder / "published").mkdir()
    made = building._tables("official", home / "out", folder, {}, lambda _: None, [], last=folder, before={})
    (folder / "build.json").write_text(json.dumps(made), encoding="utf-8")


def opened(home: Path, monkeypatch: pytest.MonkeyPatch) -> Diagnostic:
    monkeypatch.setattr(standing, "ensure_built", lambda *_, **__: None)
    return Diagnostic.open(TERRITORY, data="official", processed=home / "out")


def page(d: Diagnostic) -> str:
    """The page of two cells: the table of the chapter and the declaration."""
    table = nbformat.v4.new_code_cell("table", outputs=[
        nbformat.v4.new_output("display_data", data={"text/html": d.table("prevention").html})])  # fmt: skip
    data = json.loads(json.dumps(d.publication()._repr_mimebundle_(), default=str))
    declared = nbformat.v4.new_code_cell("publication", outputs=[nbformat.v4.new_output("display_data", data=data)])
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("## Prévention"), table, declared])
    return render_page(notebook, read_publication(notebook))


def screened(d: Diagnostic) -> pd.DataFrame:
    rows = d.rows("depistage-sein")
    return rows[rows["territory_type"] == "epci"].set_index("territory")


def test_a_restricted_import_marks_the_report_and_its_threshold_withholds_what_is_under_it(tmp_path, monkeypatch):
    build(tmp_path, confidentiality="restricted", threshold=THRESHOLD)
    assert import_thresholds("official", tmp_path / "out") == {"import-depistages": THRESHOLD}
    d = opened(tmp_path, monkeypatch)
    table = screened(d)
    assert table.loc[FEW, "status"] == "suppressed" and pd.isna(table.loc[FEW, "value"])
    own = d.setting.own("depistage-sein")
    assert own.shown or own.status == "suppressed_secondary"
    others = table.loc[[s for s in d.territory.epci if s != FEW], "status"]
    assert "observed" in set(others) or own.shown  # what is not needed to protect it stays
    assert d.publication().data["statuses"] == ["restricted"]
    assert "Diffusion restreinte" in page(d)


def test_an_open_import_without_a_threshold_is_shown_from_eleven_and_marks_nothing(tmp_path, monkeypatch):
    build(tmp_path, confidentiality="public", threshold=None)
    d = opened(tmp_path, monkeypatch)
    table = screened(d)
    assert table.loc[FEW, "status"] == "observed" and table.loc[FEW, "numerator"] == 250
    assert d.publication().data["statuses"] == []
    assert "Diffusion restreinte" not in page(d)
