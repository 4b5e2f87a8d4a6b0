"""The checker names the file, the row and the cause of each fault, and finds nothing in a right folder."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from cls_analysis.errors import DataMissing, InvalidInput
from cls_analysis.participation import check, load

from .conftest import FILES, PLACES, TODAY, write_folder


def swap(file: str, old: str, new: str) -> tuple[str, dict[str, str]]:
    assert old in FILES[file], f"{old!r} is not in {file}"
    return file, {file: FILES[file].replace(old, new, 1)}


#: name -> (file and content changed), row, column, words of the cause.
FAULTS = {
    "unknown type of collection": (swap("recueils.csv", ";atelier;", ";ateliers;"), 2, "type", "valeur hors liste"),
    "impossible date": (swap("recueils.csv", "14/03/2024", "31/02/2024"), 2, "date", "date impossible"),
    "date in English order": (swap("recueils.csv", "2024-03-20", "03-20-2024"), 3, "date", "JJ/MM/AAAA"),
    "date to come": (swap("recueils.csv", "14/03/2024", "14/03/2026"), 2, "date", "date à venir"),
    "no participant": (swap("recueils.csv", ";18;", ";0;"), 2, "participants", "nombre hors de 1"),
    "participants in words": (swap("recueils.csv", ";18;", ";dix-huit;"), 2, "participants", "nombre attendu"),
    "missing operator": (swap("recueils.csv", ";4;msa", ";4;"), 3, "operateur", "obligatoire absente"),
    "small collection located": (
        swap("recueils.csv", ";200000002;;elus;4", ";200000002;01002;elus;4"),
        3,
        "commune",
        "moins de 10",
    ),
    "EPCI outside": (swap("recueils.csv", "200000002", "200000009"), 3, "epci", "EPCI hors du périmètre"),
    "malformed SIREN": (swap("recueils.csv", "200000001", "20000001"), 2, "epci", "9 chiffres"),
    "lost leading zero": (swap("recueils.csv", ";01001;", ";1001;"), 2, "commune", "zéro initial"),
    "commune outside": (swap("recueils.csv", ";01001;", ";75056;"), 2, "commune", "commune hors du périmètre"),
    "repeated identifier": (swap("recueils.csv", "R02;", "R01;"), 3, "id", "doublon de la ligne 2"),
    "unknown column": (swap("recueils.csv", "participants", "participant"), 1, "participant", "colonne inconnue"),
    "missing column": (swap("recueils.csv", ";operateur", ";mode"), 1, "operateur", "obligatoire absente"),
    "too many cells": (swap("recueils.csv", "Salle;200000001", "Salle; des fêtes;200000001"), 2, None, "cellules pour"),
    "statement of an unknown collection": (swap("verbatims.csv", "R02", "R03"), 3, "recueil", "absent de recueils.csv"),
    "statement of a small collection located": (
        swap("verbatims.csv", "200000002;;", "200000002;01002;"),
        3,
        "commune",
        "pas de lieu plus fin",
    ),
    "unknown theme": (swap("verbatims.csv", "mobilite", "mobilité"), 3, "theme", "valeur hors liste"),
    "public who was not there": (
        swap("verbatims.csv", ";habitants;Il", ";associations;Il"),
        2,
        "public",
        "public absent du recueil",
    ),
    "an e-mail": (
        swap("verbatims.csv", "Le car", "Écrire à a.b@exemple.fr. Le car"),
        3,
        "texte",
        "adresse électronique",
    ),
    "a telephone": (
        swap("verbatims.csv", "Le car", "Appeler le 03.25.00.00.00, le car"),
        3,
        "texte",
        "numéro de téléphone",
    ),
    "a name": (swap("verbatims.csv", "Le car", "M. Durand dit que le car"), 3, "texte", "nom d’une personne"),
    "a person's illness": (
        swap("verbatims.csv", "Le car", "Mon mari a un cancer, le car"),
        3,
        "texte",
        "état de santé",
    ),
    "a name in a pilot": (swap("actions.csv", ";CC du Nord;", ";Mme Martin;"), 2, "pilote", "nom d’une personne"),
    "a reversing character": (swap("verbatims.csv", "Le car", "Le \u202ecar"), 3, "texte", "caractère de contrôle"),
    "quanti finding without indicator": (
        swap("constats.csv", "apl-medecins-generalistes", ""),
        2,
        "indicateurs",
        "sans indicateur",
    ),
    "indicator not in the catalogue": (
        swap("constats.csv", "apl-medecins", "apl-medecin"),
        2,
        "indicateurs",
        "absent du catalogue",
    ),
    "validated by nobody": (swap("constats.csv", "valide;COPIL", "valide;"), 2, "instance", "sans instance"),
    "decision without reason": (swap("enjeux.csv", ";Premier besoin.", ";"), 2, "motif", "décision sans motif"),
    "issue on a discarded finding": (swap("enjeux.csv", "soins;C1", "soins;C2"), 3, "constats", "constat écarté"),
    "note above 4": (swap("votes.csv", "E1;4", "E1;5"), 2, "gravite", "hors de 0 à 4"),
    "half a note": (swap("votes.csv", "E1;4", "E1;3,5"), 2, "gravite", "entier attendu"),
    "a vote twice": (swap("votes.csv", "N1;elus;E2", "N1;elus;E1"), 3, "votant+enjeu", "doublon"),
    "voter in two colleges": (swap("votes.csv", "N1;elus;E2", "N1;professionnels;E2"), 3, "college", "déjà inscrit"),
    "effectiveness out of scale": (swap("hanlon.csv", "1,2", "12"), 2, "efficacite", "hors de 0.5 à 1.5"),
    "PEARL in other words": (swap("hanlon.csv", "1,2;oui", "1,2;peut-être"), 2, "pertinence", "« oui » ou « non »"),
    "specific objective without axis": (swap("objectifs.csv", "specifique;AX1", "specifique;"), 2, "axe", "sans axe"),
    "objective under a transversal axis": (
        swap("objectifs.csv", "specifique;AX1", "specifique;AT1"),
        2,
        "axe",
        "sans axe thématique",
    ),
    "operational objective alone": (swap("objectifs.csv", ";;OS1", ";;"), 3, "parent", "sans objectif spécifique"),
    "action of an unknown objective": (swap("actions.csv", ";OP1;", ";OP9;"), 2, "objectif", "absent de objectifs.csv"),
    "transversal axis that is not": (swap("actions.csv", ";AT1;", ";AX1;"), 2, "axes_transversaux", "pas transversal"),
    "end before start": (swap("actions.csv", "31/12/2026", "31/12/2023"), 2, "fin", "précède le début"),
    "funding above budget": (swap("actions.csv", "ARS:8000", "ARS:9000"), 2, "financeurs", "dépassent le budget"),
    "added by no amendment": (
        swap("actions.csv", "a_lancer;AV1", "a_lancer;AV7"),
        4,
        "origine",
        "aucune ligne « ajout »",
    ),
    "target without year": (
        swap("indicateurs_actions.csv", ";40;2026;", ";40;;"),
        2,
        "annee_cible",
        "cible sans année",
    ),
    "target the wrong way": (swap("indicateurs_actions.csv", ";hausse;", ";baisse;"), 2, "cible", "va contre le sens"),
    "former value that is not": (
        swap("avenants.csv", "CC du Nord", "CC de l’Est"),
        3,
        "ancienne_valeur",
        "la fiche porte",
    ),
    "field that does not change": (swap("avenants.csv", "A1;pilote", "A1;pilotte"), 3, "champ", "champ absent"),
    "two dates of one amendment": (
        swap("avenants.csv", "15/04/2025;suppression", "16/04/2025;suppression"),
        4,
        "date",
        "deux dates",
    ),
    "done at 20 %": (swap("evaluations.csv", "20;en_cours", "20;realisee"), 2, "avancement_pct", "à moins de 100 %"),
    "progress of 120": (swap("evaluations.csv", ";20;", ";120;"), 2, "avancement_pct", "hors de 0 à 100"),
    "evaluated before it began": (swap("evaluations.csv", "2024;A1", "2023;A1"), 2, "annee", "ne débute qu'en 2024"),
    "value with its unit": (swap("mesures.csv", ";12", ";12 %"), 2, "valeur", "sans unité"),
    "measure of nothing": (swap("mesures.csv", "A1-P1", "A1-P2"), 2, "indicateur", "absent de indicateurs_actions.csv"),
    "wrong territory": (
        swap("contrat.toml", "pays-imaginaire", "pays-voisin"),
        None,
        "territory",
        "le dossier s'appelle",
    ),
    "made-up set in a real folder": (
        swap("contrat.toml", "intitule", "fictif = true\nintitule"),
        None,
        "fictif",
        "vrai territoire",
    ),
    "unknown key of the contract": (
        swap("contrat.toml", "intitule", "titre = 'x'\nintitule"),
        None,
        "titre",
        "clé inconnue",
    ),
    "broken TOML": (swap("contrat.toml", '"CLS imaginaire"', '"CLS imaginaire'), 2, None, "syntaxe TOML"),
    "questionnaire column that is not there": (
        swap("questionnaires/habitants/reponses.csv", "renonce", "renoncement"),
        1,
        "renonce",
        "absente des réponses",
    ),
    "e-mail in an open answer": (
        swap("questionnaires/habitants/reponses.csv", "Trop loin", "x.y@exemple.org"),
        2,
        "remarque",
        "adresse électronique",
    ),
    "open answer with an unknown code": (
        swap("questionnaires/habitants/reponses.csv", ";mobilite", ";transports"),
        2,
        "theme",
        "thème hors liste",
    ),
    "codebook of an unknown collection": (
        swap("questionnaires/habitants/codebook.toml", "R01", "R09"),
        None,
        "recueil",
        "absent de recueils",
    ),
    "comment without figure": (
        swap("commentaires/carte.md", "figure: carte-apl", "date: 2024-01-01"),
        2,
        "figure",
        "non nommée",
    ),
    "comment with a telephone": (
        swap("commentaires/carte.md", "Texte.", "Texte.\nTél. 06 00 00 00 00"),
        6,
        None,
        "téléphone",
    ),
}


def test_a_right_folder_has_no_problem(folder: Path, checked) -> None:
    assert checked(folder) == []


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_named_with_its_file_its_row_and_its_cause(tmp_path: Path, checked, name: str) -> None:
    (file, changes), row, column, cause = FAULTS[name]
    problems = checked(write_folder(tmp_path / "pays-imaginaire", changes))
    hits = [p for p in problems if p.file == file and p.row == row and p.column == column and cause in p.cause]
    assert hits, "\n".join(map(str, problems))
    assert all(p.severity == "error" and p.fix for p in hits)


def test_everything_wrong_is_said_at_once(tmp_path: Path, checked) -> None:
    changes = {}
    for name in ("unknown theme", "decision without reason", "note above 4", "end before start", "progress of 120"):
        changes |= FAULTS[name][0][1]
    files = {p.file for p in checked(write_folder(tmp_path / "pays-imaginaire", changes))}
    assert files == {"verbatims.csv", "enjeux.csv", "votes.csv", "actions.csv", "evaluations.csv"}


def test_a_csv_of_a_french_windows_is_read_and_said(folder: Path, checked) -> None:
    before = load("pays-imaginaire", folder, places=PLACES, today=TODAY)
    path = folder / "ressources.csv"
    text = path.read_bytes().decode("utf-8-sig").replace("Bus santé", "Bus santé, l’œuvre à 2 €…")
    path.write_bytes(text.encode("cp1252"))
    (problem,) = checked(folder)
    assert (problem.file, problem.row, problem.severity) == ("ressources.csv", 2, "warning")
    assert "lu comme du texte Windows" in problem.cause
    after = load("pays-imaginaire", folder, places=PLACES, today=TODAY)
    assert after.warnings == (problem,)
    assert after.ressources["intitule"].str.contains("Bus santé, l’œuvre à 2 €…", regex=False).any()
    assert list(after.ressources["id"]) == list(before.ressources["id"])


@pytest.mark.parametrize("encoding", ["mac_roman", "cp850", "cp437", "utf-16", "utf-16-le"])
def test_a_file_that_is_neither_utf_8_nor_windows_text_is_told_with_its_row(
    encoding: str, folder: Path, checked
) -> None:
    path = folder / "ressources.csv"
    path.write_bytes(path.read_bytes().decode("utf-8-sig").encode(encoding))
    problem = next(p for p in checked(folder) if p.file == "ressources.csv")
    assert problem.severity == "error" and "ni en UTF-8 ni en texte Windows" in problem.cause
    assert problem.row == (2 if not encoding.startswith("utf-16") else 1)


def test_two_encodings_in_one_file_are_no_text_of_windows(folder: Path, checked) -> None:
    path = folder / "ressources.csv"
    path.write_bytes(path.read_bytes() + "R9;Maison d’été;;;;;;\n".encode("cp1252"))
    assert any("ni en UTF-8 ni en texte Windows" in p.cause and p.severity == "error" for p in checked(folder))


def test_a_misspelt_file_name_is_not_silently_ignored(folder: Path, checked) -> None:
    (folder / "recueils.csv").rename(folder / "recueil.csv")
    found = [p for p in checked(folder) if p.file == "recueil.csv"]
    assert found and "recueils.csv" in found[0].fix


def test_two_versions_of_one_file_are_refused(folder: Path, checked) -> None:
    (folder / "axes.xlsx").write_bytes(b"")
    assert any("existent tous les deux" in p.cause for p in checked(folder))


def test_an_unreadable_workbook_is_told(folder: Path, checked) -> None:
    (folder / "afom.csv").unlink()
    (folder / "afom.xlsx").write_bytes(b"not a workbook")
    assert any(p.file == "afom.xlsx" and "illisible" in p.cause for p in checked(folder))


def test_a_workbook_a_comma_csv_and_a_semicolon_csv_read_the_same(folder: Path, checked) -> None:
    import xlsxwriter

    before = load("pays-imaginaire", folder, places=PLACES, today=TODAY)
    rows = [line.split(";") for line in FILES["votes.csv"].splitlines()]
    (folder / "votes.csv").unlink()
    with xlsxwriter.Workbook(folder / "votes.xlsx") as book:
        sheet = book.add_worksheet()
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                if cell.isdigit():
                    sheet.write_number(r, c, int(cell))
                elif cell:
                    sheet.write_string(r, c, cell)
    assert CalamineWorkbook.from_path(str(folder / "votes.xlsx")).sheet_names
    (folder / "enjeux.csv").write_text(FILES["enjeux.csv"].replace(";", ","), encoding="utf-8-sig")
    assert checked(folder) == []
    after = load("pays-imaginaire", folder, places=PLACES, today=TODAY)
    assert before.votes.equals(after.votes)
    assert before.enjeux.equals(after.enjeux)


def test_a_cell_that_begins_with_equals_is_text(tmp_path: Path, checked) -> None:
    _, changes = swap("verbatims.csv", "Le car passe", "=A1+B1 le car passe")
    path = write_folder(tmp_path / "pays-imaginaire", changes)
    assert checked(path) == []
    assert load("pays-imaginaire", path, places=PLACES, today=TODAY).verbatims["texte"][1].startswith("=A1+B1")


def test_markup_stays_text(tmp_path: Path, checked) -> None:
    _, changes = swap("verbatims.csv", "Le car passe", "<script>alert(1)</script> le car passe")
    path = write_folder(tmp_path / "pays-imaginaire", changes)
    assert checked(path) == []
    assert "<script>" in load("pays-imaginaire", path, places=PLACES, today=TODAY).verbatims["texte"][1]


def test_a_commune_named_in_the_text_of_a_small_collection_is_a_warning(tmp_path: Path, checked) -> None:
    _, changes = swap("verbatims.csv", "Le car passe", "À Bassecombe, le car passe")
    (problem,) = checked(write_folder(tmp_path / "pays-imaginaire", changes))
    assert (problem.severity, problem.row, problem.value) == ("warning", 3, "Bassecombe")


@pytest.mark.parametrize(("participants", "refused"), [(9, True), (10, False), (11, False)])
def test_the_threshold_of_location_is_ten_participants(
    tmp_path: Path, checked, participants: int, refused: bool
) -> None:
    _, changes = swap("recueils.csv", ";18;", f";{participants};")
    path = write_folder(tmp_path / "pays-imaginaire", changes)
    assert any("pas de lieu plus fin" in p.cause for p in checked(path)) is refused


def test_loading_a_wrong_folder_raises_everything_once(tmp_path: Path) -> None:
    changes = FAULTS["note above 4"][0][1] | FAULTS["end before start"][0][1]
    path = write_folder(tmp_path / "pays-imaginaire", changes)
    with pytest.raises(InvalidInput) as error:
        load("pays-imaginaire", path, places=PLACES, today=TODAY)
    assert len(error.value.problems) == 2


def test_a_folder_that_does_not_exist_is_said_with_the_next_command(tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match="participation template"):
        check("pays-imaginaire", tmp_path / "nowhere")


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_file_is_reported_and_never_crashes_the_checker(tmp_path: Path, checked, seed: int) -> None:
    """Bytes overwritten, cut, shuffled or random: the checker answers, and says something of what it cannot read."""
    chance = random.Random(seed)
    path = write_folder(tmp_path / "pays-imaginaire")
    for name in chance.sample(sorted(FILES), 4):
        data = bytearray((path / name).read_bytes())
        kind = seed % 4
        if kind == 0:
            for _ in range(6):
                data[chance.randrange(len(data))] = chance.choice(b'\x00\n";=|,\xff')
        elif kind == 1:
            del data[chance.randrange(len(data)) :]
        elif kind == 2:
            cells = bytes(data).split(b";")
            chance.shuffle(cells)
            data = bytearray(b";".join(cells))
        else:
            data = bytearray(chance.randbytes(200))
        (path / name).write_bytes(bytes(data))
    problems = checked(path)
    assert problems
    assert all(p.file and p.cause and p.fix for p in problems)
