"""Do the files and pages of a made-up example say so, are empty chapters left out, and does a whole run hold?"""

from __future__ import annotations

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from cls_analysis import geography
from cls_analysis.diagnostic.standing import ensure_built
from cls_analysis.disclosure import check_folder
from cls_analysis.errors import InvalidInput
from cls_analysis.figures import DataTable
from cls_analysis.figures.participation_charts import Line, Words, share_bars, stacked
from cls_analysis.indicators import load_catalogue
from cls_analysis.publishing.making import ReportResult
from cls_analysis.publishing.page import render_page
from cls_analysis.publishing.publication import Publication
from cls_analysis.publishing.report import make_report, plan_report
from cls_analysis.publishing.run import declared_parameters
from cls_analysis.sources import processed_dir
from tests.partage.made_up import pretend_built

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
WORDS = Words(id="essai", title="Titre", subtitle="En %", reading="Lecture.", source="Source.")
TABLE = DataTable(("Réponse", "Part"), (("Oui", "60 %"),), (False, True))


def publication(*statuses: str) -> Publication:
    return Publication(
        title="Essai", kind="diagnostic-partage", territory="pays-imaginaire", territory_name="Pays imaginaire",
        edition="2026", statuses=statuses,
    )  # fmt: skip


def test_the_files_of_a_made_up_example_carry_it_in_their_name() -> None:
    assert publication("fictional").stem == "diagnostic-partage-pays-imaginaire-exemple-fictif"
    both = publication("fictional", "simulated").stem
    assert both == "diagnostic-partage-pays-imaginaire-exemple-fictif-donnees-simulees"
    assert publication().stem == "diagnostic-partage-pays-imaginaire"


def notebook(html: str) -> nbformat.NotebookNode:
    shown = new_code_cell("d.x()", outputs=[new_output("display_data", data={"text/html": html})])
    optional = new_markdown_cell("## Chapitre facultatif\n\nUne phrase.", metadata={"tags": ["optional"]})
    return new_notebook(cells=[new_markdown_cell("## Chapitre tenu"), optional, shown])


def test_an_optional_chapter_that_shows_nothing_is_left_out_of_page_and_contents() -> None:
    page = render_page(notebook(""), publication())
    assert "Chapitre facultatif" not in page and "Chapitre tenu" in page


def test_an_optional_chapter_that_shows_something_is_kept() -> None:
    page = render_page(notebook("<p>Quelque chose.</p>"), publication("fictional"))
    assert page.count("Chapitre facultatif") >= 2  # contents and chapter
    assert "Exemple fictif" in page[page.index('<header class="cover">') : page.index("</header>")]


@pytest.mark.parametrize("name", ["diagnostic_partage", "bilan_annuel"])
def test_the_notebooks_declare_the_same_parameters_and_hold_no_output(name: str) -> None:
    path = NOTEBOOKS / f"{name}.ipynb"
    assert {"territory", "data", "edition", "participation"} <= set(declared_parameters(path))
    cells = nbformat.read(path, as_version=4).cells
    assert all(not c.get("outputs") and c.get("execution_count") is None for c in cells)
    assert len({c.id for c in cells}) == len(cells)


def test_a_made_up_example_is_planned_apart_from_the_real_reports(tmp_path: Path, monkeypatch) -> None:
    pretend_built(tmp_path, monkeypatch)
    options = {"data": "official", "processed": tmp_path, "out": tmp_path / "reports"}
    real = plan_report("petr-langres", "diagnostic-partage", **options)
    made_up = plan_report("petr-langres", "diagnostic-partage", participation="exemple-fictif-petr-langres", **options)
    assert real.out == tmp_path / "reports"
    assert made_up.out == tmp_path / "reports" / "exemple-fictif-petr-langres"
    assert real.inputs["participation"] != made_up.inputs["participation"]


def test_a_notebook_without_participation_refuses_one(tmp_path: Path, monkeypatch) -> None:
    pretend_built(tmp_path, monkeypatch)
    with pytest.raises(InvalidInput, match="participation"):
        plan_report("petr-langres", data="official", processed=tmp_path, participation="exemple-fictif-petr-langres")


def test_a_withheld_share_draws_no_bar() -> None:
    lines = [Line("Oui", "60 %", 60.0, 50.0, 70.0), Line("Non", "secret", None)]
    drawing = share_bars(WORDS, lines, TABLE)
    assert drawing.svg.count("<rect") == 1 and "Non : secret" in drawing.alt.replace("\u00a0", " ")


def test_a_stacked_bar_is_as_long_as_its_count() -> None:
    figure = stacked(WORDS, [("A", [3, 1]), ("B", [0, 4])], {"x": "Fait", "y": "À faire"}, TABLE)
    assert figure.svg.count("<rect") == 3  # no part for a zero
    assert [item.count for item in figure.legend] == ["3", "5"]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """Where the whole runs of this file put their reports; the embedded tables are built if nobody did."""
    ensure_built("embedded", processed_dir())
    return tmp_path_factory.mktemp("reports")


def whole_run(
    out: Path, territory: str, kind: str, data: str = "embedded", **options: str | None
) -> tuple[ReportResult, str]:
    result = make_report(territory, kind, data=data, out=out, formats=("html", "xlsx", "csv"), **options)
    assert result.page is not None
    return result, result.page.read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_whole_run_of_the_example_and_its_yearly_review_against_that_edition(made: Path) -> None:
    example = "exemple-fictif-petr-langres"
    first, page = whole_run(made, "petr-langres", "diagnostic-partage", participation=example)
    assert 'id="fiche-a01"' in page and page.count('class="sheet"') == 39
    assert "exemple-fictif" in first.page.name and "donnees-simulees" in first.page.name
    assert "depuis l’édition précédente" not in page  # no earlier edition was named
    assert [p.name for p in first.files if p.name.endswith("-participation.csv")]
    second, page = whole_run(made, "petr-langres", "bilan-annuel", participation=example, previous=first.folder.name)
    shown = page.split("<figure", 1)[1].split("depuis l’édition précédente", 1)[1].split("</figure>")[0]
    words = re.sub(r"<[^>]+>", " ", shown)
    assert "aucune différence" in words  # the same data
    assert "supposée la même" not in words  # the manifest of the earlier edition tells its communes
    assert str(made) not in second.manifest.read_text(encoding="utf-8")
    found = check_folder(made / example, catalogue=load_catalogue(), members=geography.members())
    assert found.rows > 1000  # the workbook and both CSV were read, and only one of these holds THE TABLE's rows
    assert [b for b in found.breaches if ".html" not in b] == []  # numbers of pages are tried in tests/disclosure_run


@pytest.mark.slow
def test_a_whole_run_where_nothing_is_gathered_says_what_is_to_be_done(made: Path) -> None:
    result, page = whole_run(made, "pays-chaumont", "diagnostic-partage")
    assert "Rien n’est encore recueilli" in page and "Exemple fictif" not in page
    assert "exemple-fictif" not in result.page.name and not [p for p in result.files if "participation" in p.name]
    assert "Fiches actions" not in page


@pytest.mark.official
@pytest.mark.slow
def test_a_whole_run_on_the_official_files(made: Path) -> None:
    if not os.environ.get("CLS_DATA_MIRROR"):
        pytest.skip("CLS_DATA_MIRROR names no mirror of the official files: the whole run was NOT checked on them")
    _, page = whole_run(
        made, "petr-langres", "diagnostic-partage", data="official", participation="exemple-fictif-petr-langres"
    )
    assert 'id="fiche-a01"' in page and "Données simulées" not in page
