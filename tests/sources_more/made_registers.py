"""Made-up registers: establishments (FINESS) and health professionals (RPPS), all persons invented."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cls_analysis import geography
from tests.sources.made import communes, draw, lines, path_of, with_arrondissements


def names_of(codes: Sequence[str]) -> dict[str, str]:
    """Names of communes, from the embedded geography."""
    frame = geography.communes().set_index("code_commune")["name"].astype("str")
    return {code: frame[code] for code in codes if code in frame.index}


def finess(mirror: Path, departements: Sequence[str]) -> None:
    rows: list[list[object]] = [["finess", "etalab", "93", "2026-01-01"]]
    labels = {"500": "Etablissement d'hébergement pour personnes âgées dépendantes", "620": "Pharmacie d'Officine"}
    number = 0
    names = names_of(communes(2026, departements))
    for code in with_arrondissements(communes(2026, departements)):
        for category, label in labels.items():
            for _ in range(draw(code, "finess", category, below=3)):
                number += 1
                cells = [""] * 32
                cells[0], cells[1], cells[3] = "structureet", f"9000{number:05d}", "UN NOM"
                cells[12], cells[13], cells[18], cells[19] = code[2:], code[:2], category, label
                cells[15] = f"{code[:2]}000 {names.get(code, 'PARIS').upper()}"
                rows.append(list(cells))
    lines(path_of(mirror, "finess", "etablissements"), rows, sep=";")


RPPS_HEADER = [
    "Type d'identifiant PP", "Identifiant PP", "Identification nationale PP", "Code civilité d'exercice", "Libellé civilité d'exercice",
    "Code civilité", "Libellé civilité", "Nom d'exercice", "Prénom d'exercice", "Code profession", "Libellé profession",
    "Code catégorie professionnelle", "Libellé catégorie professionnelle", "Code type savoir-faire", "Libellé type savoir-faire",
    "Code savoir-faire", "Libellé savoir-faire", "Code mode exercice", "Libellé mode exercice", "Numéro SIRET site", "Numéro SIREN site",
    "Numéro FINESS site", "Numéro FINESS établissement juridique", "Identifiant technique de la structure", "Raison sociale site",
    "Enseigne commerciale site", "Complément destinataire (coord. structure)", "Complément point géographique (coord. structure)",
    "Numéro Voie (coord. structure)", "Indice répétition voie (coord. structure)", "Code type de voie (coord. structure)",
    "Libellé type de voie (coord. structure)", "Libellé Voie (coord. structure)", "Mention distribution (coord. structure)",
    "Bureau cedex (coord. structure)", "Code postal (coord. structure)", "Code commune (coord. structure)", "Libellé commune (coord. structure)",
    "Code pays (coord. structure)", "Libellé pays (coord. structure)", "Téléphone (coord. structure)", "Téléphone 2 (coord. structure)",
    "Télécopie (coord. structure)", "Adresse e-mail (coord. structure)", "Code Département (structure)", "Libellé Département (structure)",
    "Ancien identifiant de la structure", "Autorité d'enregistrement", "Code secteur d'activité", "Libellé secteur d'activité",
    "Code section tableau pharmaciens", "Libellé section tableau pharmaciens", "Code rôle", "Libellé rôle", "Code genre activité",
    "Libellé genre activité", "",
]  # fmt: skip


def activity(person: int, **cells: str) -> list[str]:
    """One activity of a made-up person; keys are `profession word category skill mode structure commune sector sector_word postcode town`."""
    titles = {
        "profession": "Code profession", "word": "Libellé profession", "category": "Code catégorie professionnelle", "skill": "Code savoir-faire",
        "mode": "Code mode exercice", "structure": "Identifiant technique de la structure", "commune": "Code commune (coord. structure)",
        "sector": "Code secteur d'activité", "sector_word": "Libellé secteur d'activité",
        "postcode": "Code postal (coord. structure)", "town": "Libellé commune (coord. structure)",
    }  # fmt: skip
    filled = {
        "word": {"10": "Médecin", "21": "Pharmacien", "60": "Infirmier"}.get(cells["profession"], ""),
        "category": "C",
        "mode": "L",
        "sector": "SA07",
        **cells,
    }
    row = dict.fromkeys(RPPS_HEADER, "")
    row |= {"Identifiant PP": f"100{person:08d}", "Nom d'exercice": 'SECRET"NOM', "Prénom d'exercice": "INVENTÉ"}
    row |= {titles[key]: text for key, text in filled.items()}
    return list(row.values())


RPPS_ROWS = [
    activity(1, profession="10", skill="SM54", commune="90010", structure="R1"),
    activity(1, profession="10", skill="SM54", commune="90008", structure="R2", mode="S"),
    activity(1, profession="10", skill="SM26", commune="90010", structure="R1"),
    activity(2, profession="10", skill="SM54", commune="90010", structure="R1"),
    activity(3, profession="10", skill="SM02", commune="90010", structure="R1"),
    activity(4, profession="10", skill="SM54", commune="90010", category="E"),
    activity(5, profession="10", skill="SM54", commune="90010", sector="SA64"),
    activity(6, profession="10", skill="SM54", commune=""),
    activity(7, profession="60", commune="90010"),
    activity(8, profession="60", commune="99999"),
    activity(9, profession="21", commune="90010", structure="P1", sector="SA33", sector_word="Pharmacie d'officine"),
    activity(10, profession="21", commune="90010", structure="P1", sector="SA33", sector_word="Pharmacie d'officine"),
    activity(11, profession="21", commune="90008", structure="P2", sector="SA33", sector_word="Pharmacie d'officine"),
    activity(
        12, profession="21", commune="90008", structure="H1", sector="SA01", sector_word="Etablissement public de santé"
    ),
]


def rpps(mirror: Path, departements: Sequence[str]) -> None:
    del departements
    path = path_of(mirror, "ans-rpps", "activites")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join("|".join(row) + "\n" for row in [RPPS_HEADER, *RPPS_ROWS]), encoding="utf-8")
