"""Does the workbook carry what was gathered and decided, hide what the page hides, and run nothing that was typed?"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from cls_analysis.diagnostic.partage import Partage
from cls_analysis.diagnostic.participation_sheets import sheets
from cls_analysis.errors import InvalidInput
from cls_analysis.participation import load
from cls_analysis.publishing.extra_sheets import extra_sheets, long_rows
from cls_analysis.publishing.publication import Publication
from cls_analysis.publishing.workbook import published_rows, write_extra_csv, write_workbook
from tests.partage.made_up import partage

EVIL = ("=cmd|' /C calc'!A0", "+33 habitants", "-2+3", "@SUM(1)", "\t=1", "=HYPERLINK(1)")


@pytest.fixture
def d(tmp_path: Path) -> Partage:
    return partage(tmp_path)


def publication(made: list[dict[str, object]], *statuses: str) -> Publication:
    return Publication(
        title="Essai", kind="bilan-annuel", territory="pays-imaginaire", territory_name="Pays imaginaire", edition="2026",
        statuses=statuses, sheets=made,
        rows={name: [] for name in ("indicator", "territory_type", "territory", "period", "sex", "age", "value", "lower", "upper", "numerator",
                          "denominator", "unit", "method", "status", "reliability", "coverage", "simulated", "source_ids")},
    )  # fmt: skip


def written(made: list[dict[str, object]], folder: Path) -> tuple[dict[str, list[list[object]]], str, bytes]:
    """The sheets as read back, the CSV, the bytes of the workbook."""
    p = publication(made)
    write_workbook(published_rows(p), p, folder / "a.xlsx")
    write_extra_csv(p, folder / "a.csv")
    book = CalamineWorkbook.from_path(str(folder / "a.xlsx"))
    read = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    return read, (folder / "a.csv").read_text("utf-8-sig"), (folder / "a.xlsx").read_bytes()


def test_every_table_of_the_participation_has_its_sheet(d: Partage, tmp_path: Path) -> None:
    read, text, _ = written(sheets(d), tmp_path)
    wanted = ("Recueils", "Paroles", "Répondants", "Questionnaire", "Non-réponse", "Ressources", "Lecture croisée", "Priorités",
              "Actions", "Indicateurs d’actions", "Évaluation", "Avenants")  # fmt: skip
    assert set(wanted) <= set(read)
    priority = dict(zip(read["Priorités"][0], read["Priorités"][1], strict=True))
    assert (priority["Enjeu"], priority["Décision"], priority["Motif"]) == ("E1", "Retenu", "Premier besoin.")
    assert {row[1] for row in read["Actions"][1:]} == {"1.1", "1.3"}  # 1.2 was removed by the amendment
    assert {line[0] for line in csv.reader(io.StringIO(text), delimiter=";")} >= set(wanted)


def test_the_yearly_review_holds_the_sheets_of_the_contract_only(d: Partage) -> None:
    names = {s["name"] for s in sheets(replace(d, kind="bilan-annuel"))}
    assert names == {"Actions", "Indicateurs d’actions", "Évaluation", "Avenants"}


def test_a_made_up_set_says_so_on_every_sheet(d: Partage) -> None:
    d.gathered_here = replace(d.p, fictional=True)
    assert all(s["name"].endswith("(fictif)") and len(s["name"]) <= 31 for s in sheets(d))


def test_a_withheld_cell_has_no_number_and_no_line_total(d: Partage, tmp_path: Path) -> None:
    read, _, _ = written(sheets(d), tmp_path)
    head, *rows = read["Questionnaire"]
    hidden = [dict(zip(head, row, strict=True)) for row in rows if row[-1] == "secret"]
    assert hidden  # two respondents: everything is
    assert all(
        r[c] == ""
        for r in hidden
        for c in ("Effectif", "Réponses à la question", "Part (%)", "Borne basse (%)", "Part redressée (%)")
    )


def test_the_sheets_give_the_shipped_example_no_more_than_the_page() -> None:
    """Every count of the sheet is one that `tally` and `cross` print, and no voter is named."""
    p = load("exemple-fictif-petr-langres")
    from tests.participation.attack import real_counts

    q = p.questionnaires["habitants"]
    d = partage_of(p)
    made = {s["name"]: s for s in sheets(d)}
    sheet = made["Questionnaire (fictif)"]
    at = {c: i for i, c in enumerate(sheet["columns"])}
    labels = {x.libelle: x for x in q.codebook.question}
    by = {"EPCI": "epci", "âge": "age", "sexe": "sexe"}
    shown = {
        (labels[r[at["Question"]]].id, r[at["Réponse"]], by[r[at["Croisement"]]], r[at["Groupe"]]): r[at["Effectif"]]
        for r in sheet["rows"]
        if r[at["Croisement"]] in by and r[at["Statut"]] == ""
    }
    assert len(shown) > 100 and all(n == 0 or n >= 5 for n in shown.values())
    small = real_counts(q, "sante").query("0 < count < 5")
    assert len(small) > 3
    votes = str(made["Priorités (fictif)"]["rows"])
    assert not [v for v in set(p.votes["votant"]) if re.search(rf"\b{v}\b", votes)]


def partage_of(p) -> Partage:
    from types import SimpleNamespace

    from tests.partage.made_up import setting

    return Partage(
        territory=SimpleNamespace(territory_type="perimeter", territory="pays-imaginaire"), setting=setting(), atlas=SimpleNamespace(),
        mode="official", edition="2026", processed=Path(), gathered_here=p,
    )  # fmt: skip


@pytest.mark.parametrize("text", EVIL)
def test_what_a_spreadsheet_would_run_is_written_as_words(text: str, tmp_path: Path) -> None:
    made = [{"name": "Essai", "title": "t", "columns": ["Texte"], "rows": [[text]]}]
    read, table, raw = written(made, tmp_path)
    assert read["Essai"][1][0] == f"'{text}"
    with zipfile.ZipFile(io.BytesIO(raw)) as book:
        assert not [n for n in book.namelist() if n.startswith("xl/worksheets/") and b"<f>" in book.read(n)]
    cells = [line[3] for line in csv.reader(io.StringIO(table), delimiter=";")]
    assert f"'{text}" in cells


def test_what_respondents_typed_reaches_the_workbook_as_words(tmp_path: Path) -> None:
    judged = "annee;action;avancement_pct;etat;freins;leviers;suite\n2024;A1;20;en_cours;=1+1;@x;poursuivre\n"
    read, _, _ = written(sheets(partage(tmp_path, {"evaluations.csv": judged})), tmp_path)
    line = dict(zip(read["Évaluation"][0], next(r for r in read["Évaluation"] if r[1] == "A1"), strict=True))
    assert (line["Freins"], line["Leviers"]) == ("'=1+1", "'@x")


@pytest.mark.parametrize(
    "sheet",
    [
        {"name": "a" * 32, "title": "", "columns": ["x"], "rows": []},
        {"name": "a/b", "title": "", "columns": ["x"], "rows": []},
        {"name": "a", "title": "", "columns": ["x", "y"], "rows": [["1"]]},
    ],
)
def test_a_malformed_sheet_is_refused(sheet: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        extra_sheets(publication([sheet]))


def test_two_sheets_of_one_name_are_refused() -> None:
    sheet = {"name": "a", "title": "", "columns": ["x"], "rows": [["1"]]}
    with pytest.raises(InvalidInput, match="two sheets"):
        extra_sheets(publication([sheet, {**sheet, "name": "A"}]))


def test_empty_cells_make_no_line_of_the_csv() -> None:
    made = extra_sheets(publication([{"name": "a", "title": "", "columns": ["x", "y"], "rows": [[None, 3], ["", 0]]}]))
    assert list(long_rows(made)) == [("a", 1, "y", 3), ("a", 2, "y", 0)]
