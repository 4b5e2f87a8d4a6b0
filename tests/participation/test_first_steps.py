"""What a person who opens a spreadsheet and a text editor on Windows meets: each slip is told in French, with the right remedy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import xlsxwriter
from typer.testing import CliRunner

from cls_analysis.cli import app
from cls_analysis.errors import DataMissing, UnknownName
from cls_analysis.participation import write_templates
from cls_analysis.participation.checking import named_folder
from cls_analysis.participation.problems import FilesRefused, FolderMissing, TerritoryUnknown

from .conftest import FILES, write_folder


def workbook(path: Path, text: str, **cells: tuple[float, str]) -> None:
    """A table as a workbook; `cells`: place -> number and its format."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for r, line in enumerate(text.splitlines()):
            for c, cell in enumerate(line.split(";")):
                (sheet.write_number if cell.isdigit() else sheet.write_string)(
                    r, c, int(cell) if cell.isdigit() else cell
                )
        for place, (number, form) in cells.items():
            sheet.write_number(place, number, book.add_format({"num_format": form}))


def only(problems):
    (problem,) = problems
    return problem


@pytest.mark.parametrize(
    "name", ["~$axes.xlsx", ".~lock.axes.csv#", "Thumbs.db", "desktop.ini", "Compte rendu d’été.docx"]
)
def test_what_the_desktop_leaves_in_a_folder_is_no_fault(folder: Path, checked, name: str) -> None:
    (folder / name).write_bytes(b"x")
    assert checked(folder) == []


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("recueils - Copie.csv", "garder recueils.csv s'il est à jour"),
        ("recueils (1).xlsx", "garder recueils.csv s'il est à jour"),
        ("recueils.ods", "garder recueils.csv s'il est à jour"),
        ("budget d’été.xlsx", "le retirer du dossier"),
    ],
)
def test_a_table_that_nobody_reads_is_told_with_what_to_do(folder: Path, checked, name: str, fix: str) -> None:
    (folder / name).write_bytes(b"x")
    assert only(checked(folder)).fix.startswith(fix)


def test_another_form_of_workbook_is_to_be_saved_again_not_renamed(folder: Path, checked) -> None:
    (folder / "afom.csv").rename(folder / "afom.ods")
    fixes = [p.fix for p in checked(folder) if p.file == "afom.ods"]
    assert fixes == ["l'ouvrir et l'enregistrer sous afom.xlsx (changer le nom ne suffit pas)"]


@pytest.mark.parametrize(("number", "written"), [(0.3, "30"), (1, "100")])
def test_a_cell_in_the_format_of_percentages_is_never_read_as_a_fraction_of_one_percent(
    folder: Path, checked, number: float, written: str
) -> None:
    (folder / "evaluations.csv").unlink()
    workbook(folder / "evaluations.xlsx", FILES["evaluations.csv"], C2=(number, "0%"))
    problem = only(p for p in checked(folder) if p.severity == "error")
    assert (problem.row, problem.column) == (2, "avancement_pct") and problem.fix.endswith(f"écrire {written}")


def test_a_measured_fraction_of_one_percent_in_a_workbook_is_doubted_and_in_a_text_file_believed(
    folder: Path, checked
) -> None:
    changed = FILES["indicateurs_actions.csv"].replace("par an", "% des séances")
    write_folder(
        folder, {"indicateurs_actions.csv": changed, "mesures.csv": FILES["mesures.csv"].replace(";12", ";0,4")}
    )
    assert checked(folder) == []
    (folder / "mesures.csv").unlink()
    workbook(folder / "mesures.xlsx", FILES["mesures.csv"], C2=(0.4, "0%"))
    assert [(p.severity, p.value) for p in checked(folder)] == [("warning", "0.4")]


@pytest.mark.parametrize(
    ("line", "fix"),
    [
        ("intitule = “CLS”", "guillemets courbes"),
        ("intitule = CLS du Pays", 'intitule = "CLS du Pays"'),
        ('intitule = "CLS', "chaque guillemet"),
    ],
)
def test_a_slip_in_a_toml_file_is_told_with_its_line_and_its_remedy(folder: Path, checked, line: str, fix: str) -> None:
    (folder / "contrat.toml").write_text(f'territory = "pays-imaginaire"\n{line}\n', encoding="utf-8")
    problem = next(p for p in checked(folder) if p.file == "contrat.toml")
    assert problem.row == 2 and fix in problem.fix and line in str(problem.value)


@pytest.mark.parametrize(
    ("file", "old", "new", "cause"),
    [
        ("contrat.toml", 'intitule = "CLS imaginaire"', "intitule = 3", "texte attendu"),
        ("contrat.toml", "intitule", "titre", "clé inconnue"),
        ("contrat.toml", 'intitule = "CLS imaginaire"', 'intitule = "C"\nphase = "un"', "liste attendue"),
        (
            "questionnaires/habitants/codebook.toml",
            'type = "nombre"',
            'type = "chiffre"',
            "valeur hors liste : 'unique'",
        ),
        ("questionnaires/habitants/codebook.toml", "min = 18", 'min = "dix-huit"', "nombre attendu"),
    ],
)
def test_what_the_model_refuses_is_said_in_french(
    folder: Path, checked, file: str, old: str, new: str, cause: str
) -> None:
    assert old in FILES[file]
    (folder / file).write_text(FILES[file].replace(old, new, 1), encoding="utf-8")
    found = [str(p) for p in checked(folder) if p.file == file]
    assert any(cause in text for text in found), found
    assert not re.search(r"\b(Input|should|valid)\b", " ".join(found))


def test_a_file_of_notepad_in_windows_letters_is_told_as_such(folder: Path, checked) -> None:
    path = folder / "questionnaires/habitants/codebook.toml"
    path.write_bytes(FILES["questionnaires/habitants/codebook.toml"].encode("cp1252"))
    assert "UTF-8" in next(p.cause for p in checked(folder) if p.file.endswith("codebook.toml"))
    path.write_bytes(FILES["questionnaires/habitants/codebook.toml"].replace("\n", "\r\n").encode("utf-8-sig"))
    assert checked(folder) == []


def test_a_comment_saved_as_a_document_is_not_lost_in_silence(folder: Path, checked) -> None:
    (folder / "commentaires").mkdir(exist_ok=True)
    (folder / "commentaires" / "Accès aux soins (été).docx").write_bytes(b"x")
    problem = next(p for p in checked(folder) if p.file.startswith("commentaires/Accès"))
    assert ".md" in problem.fix


def test_the_commands_speak_french_to_the_coordinator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLS_PARTICIPATION", str(tmp_path))
    run = CliRunner().invoke
    assert "écrit " in run(app, ["participation", "template", "petr-langres"]).output
    assert "conservé " in run(app, ["participation", "template", "petr-langres"]).output
    assert "aucune erreur, 0 avertissement\n" in run(app, ["participation", "check", "petr-langres"]).output
    shown = run(app, ["participation", "show", "petr-langres", "--date", "30/06/2025"])
    assert shown.exit_code == 0 and "fichier" in shown.output
    wrong = run(app, ["participation", "show", "petr-langres", "--date", "hier"]).exception
    assert isinstance(wrong, FilesRefused) and "JJ/MM/AAAA" in str(wrong)
    missing = run(app, ["participation", "show", "petr-langre"]).exception
    assert isinstance(missing, TerritoryUnknown) and isinstance(missing, UnknownName)
    assert str(missing).endswith("À faire : cls-analysis participation show petr-langres")
    known = run(app, ["participation", "show", "pays-chaumont"]).exception  # a territory, of which nothing was gathered
    assert isinstance(known, FolderMissing) and isinstance(known, DataMissing)
    assert "participation template pays-chaumont" in str(known)


def test_the_readme_names_the_territory_s_epci_and_its_tables_hold(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLS_PARTICIPATION", str(tmp_path))
    write_templates("petr-langres")
    text = (named_folder("petr-langres") / "LISEZMOI.md").read_text("utf-8")
    assert "| `200072999` |" in text and "'" not in text
    widths = [len(re.findall(r"(?<!\\)\|", line)) for line in text.splitlines() if line.startswith("| `")]
    assert set(widths) == {5}
    write_templates("exemple-fictif-autre")
    assert "Vos EPCI" not in (named_folder("exemple-fictif-autre") / "LISEZMOI.md").read_text("utf-8")
