"""What was answered, and what was done with each faulty answer?

Cleaning follows declared rules and every decision is kept: test rows and repeated answers are set aside; spelling, case
and accents are matched to the codebook; a value out of the codebook is a non-response.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from . import vocabulary as words
from .cells import text_problems
from .codebook import Codebook, Question, fold, read_codebook
from .places import Places
from .problems import Problem
from .reading import Sheet, find_file, parse_number, read_sheet

DECISIONS = {
    "test": "ligne d’essai, écartée",
    "repeat": "réponse répétée, écartée",
    "empty": "réponse vide, écartée",
    "out_of_codebook": "valeur hors codebook, comptée comme non-réponse",
    "out_of_range": "nombre hors bornes, compté comme non-réponse",
    "not_a_number": "nombre illisible, compté comme non-réponse",
    "rounded_down": "nombre décimal, ramené à l’entier inférieur",
    "recoded": "écriture ramenée à celle du codebook",
}


@dataclass(frozen=True)
class Questionnaire:
    """Cleaned answers: one row per respondent kept, one column per question, plus `row` and, if known, `age_band`.

    `decisions`: `row, column, value, decision` for each thing that cleaning did. `received` counts every row.
    """

    name: str
    codebook: Codebook
    answers: pd.DataFrame
    decisions: pd.DataFrame
    received: int


def read_questionnaires(
    folder: Path, *, recueils: Collection[str], places: Places | None
) -> tuple[Mapping[str, Questionnaire], list[Problem]]:
    """Every questionnaire of a folder, and every problem in them."""
    found: dict[str, Questionnaire] = {}
    problems: list[Problem] = []
    root = folder / "questionnaires"
    for path in sorted(p for p in root.iterdir() if p.is_dir()) if root.is_dir() else []:
        label = f"questionnaires/{path.name}"
        codebook, wrong = read_codebook(path / "codebook.toml", file=f"{label}/codebook.toml")
        problems += wrong
        file, wrong = find_file(path, "reponses")
        problems += wrong
        if codebook is None:
            continue
        if codebook.recueil not in recueils:
            problems.append(
                Problem(
                    f"{label}/codebook.toml",
                    None,
                    "recueil",
                    codebook.recueil,
                    "absent de recueils",
                    "l'ajouter à recueils.csv, ou corriger",
                )
            )
        problems += [
            p for text in _printed(codebook) for p in text_problems(f"{label}/codebook.toml", None, None, text)
        ]
        problems += _epci_problems(codebook, f"{label}/codebook.toml", places)
        if file is None:
            problems.append(
                Problem(f"{label}/reponses.csv", None, None, None, "fichier absent", "y déposer l'export des réponses")
            )
            continue
        sheet, wrong = read_sheet(file, file=f"{label}/{file.name}")
        problems += wrong
        if sheet is not None:
            questionnaire, wrong = clean(sheet, codebook, name=path.name)
            problems += wrong
            if questionnaire is not None:
                found[path.name] = questionnaire
    return found, problems


def clean(sheet: Sheet, codebook: Codebook, *, name: str) -> tuple[Questionnaire | None, list[Problem]]:
    """Cleaned answers of a sheet. A missing column is an error; a faulty answer a warning, handled as declared."""
    wanted = [codebook.identifiant, *(t.colonne for t in codebook.essai)]
    wanted += [c for q in codebook.question for c in (q.colonne, q.codage) if c]
    missing = [c for c in dict.fromkeys(wanted) if c not in sheet.header]
    if missing:
        return None, [
            Problem(
                sheet.file,
                1,
                c,
                None,
                "colonne du codebook absente des réponses",
                "corriger « colonne » dans codebook.toml",
            )
            for c in missing
        ]
    at = {c: sheet.header.index(c) for c in wanted}
    problems: list[Problem] = []
    decisions: list[dict[str, object]] = []
    kept: list[dict[str, object]] = []
    seen: dict[str, int] = {}

    def decide(row: int, column: str, value: str, decision: str) -> None:
        decisions.append({"row": row, "column": column, "value": value, "decision": decision})
        if decision != "recoded":
            problems.append(
                Problem(
                    sheet.file,
                    row,
                    column,
                    value,
                    DECISIONS[decision],
                    "rien, ou corriger la réponse si la saisie est en cause",
                    "warning",
                )
            )

    for number, cells in zip(sheet.numbers, sheet.rows, strict=True):
        identity = cells[at[codebook.identifiant]]
        mark = next((t for t in codebook.essai if fold(cells[at[t.colonne]]) == fold(t.valeur)), None)
        if mark is not None:
            decide(number, mark.colonne, mark.valeur, "test")
            continue
        if identity and identity in seen:
            decide(number, codebook.identifiant, identity, "repeat")
            continue
        if not any(cells[at[q.colonne]] for q in codebook.question if q.id not in codebook.roles.values()):
            decide(number, codebook.identifiant, identity, "empty")
            continue
        seen.setdefault(identity, number)
        record: dict[str, object] = {"row": number}
        for q in codebook.question:
            text = cells[at[q.colonne]]
            if q.type == "ouverte":
                problems += text_problems(sheet.file, number, q.colonne, text)
                record[q.id] = text or None
                record[f"{q.id}__theme"] = _coded(
                    sheet.file, number, q, cells[at[q.codage]] if q.codage else "", problems
                )
            else:
                record[q.id], notes = read_answer(q, text)
                for value, decision in notes:
                    decide(number, q.colonne, value, decision)
        kept.append(record)
    return Questionnaire(
        name,
        codebook,
        _answers(codebook, kept),
        pd.DataFrame(decisions, columns=["row", "column", "value", "decision"]),
        len(sheet.rows),
    ), problems


def read_answer(question: Question, text: str) -> tuple[object, list[tuple[str, str]]]:
    """The value of one closed answer and the decisions it took, as (value, decision) pairs."""
    if not text:
        return None, []
    if question.type == "nombre":
        return _number(question, text)
    spellings = {fold(s): m.code for m in question.modalites for s in (m.code, m.libelle, *m.alias)}
    exact = {s for m in question.modalites for s in (m.code, m.libelle, *m.alias)}
    notes: list[tuple[str, str]] = []
    codes: list[str] = []
    for item in text.split(question.separateur) if question.type == "multiple" else [text]:
        item = item.strip()
        code = spellings.get(fold(item))
        if code is None:
            notes += [(item, "out_of_codebook")] if item else []
        else:
            notes += [] if item in exact else [(item, "recoded")]
            codes += [] if code in codes else [code]
    if question.type == "multiple":
        return tuple(codes) or None, notes
    return (codes[0] if codes else None), notes


def _number(question: Question, text: str) -> tuple[float | None, list[tuple[str, str]]]:
    try:
        value = parse_number(text.removesuffix(" ans"))
    except ValueError:
        return None, [(text, "not_a_number")]
    if (question.min is not None and value < question.min) or (question.max is not None and value > question.max):
        return None, [(text, "out_of_range")]
    if question.entier and not value.is_integer():
        return float(np.floor(value)), [(text, "rounded_down")]
    return value, []


def _coded(file: str, row: int, question: Question, text: str, problems: list[Problem]) -> tuple[str, ...]:
    themes = tuple(t.strip() for t in text.split("|") if t.strip())
    for theme in themes:
        if theme not in words.THEMES:
            problems.append(
                Problem(
                    file, row, question.codage, theme, "thème hors liste", "choisir parmi : " + ", ".join(words.THEMES)
                )
            )
    return tuple(t for t in themes if t in words.THEMES)


def _answers(codebook: Codebook, kept: list[dict[str, object]]) -> pd.DataFrame:
    columns = ["row"]
    for q in codebook.question:
        columns += [q.id, f"{q.id}__theme"] if q.type == "ouverte" else [q.id]
    frame = pd.DataFrame(kept, columns=columns).astype(
        {q.id: "float64" for q in codebook.question if q.type == "nombre"}
    )
    age = codebook.roles.get("age")
    if age is None:
        return frame
    asked = codebook.asked(age)
    band = age_bands(frame[age], codebook.tranches_age) if asked.type == "nombre" else frame[age]
    return frame.assign(age_band=band)


def age_bands(age: pd.Series, lower_bounds: Collection[int]) -> pd.Series:
    """`18-29`, …, `75+` for each age; null below the first bound and where age is missing.

    >>> age_bands(pd.Series([17.0, 18, 80]), (18, 75)).tolist()
    [None, '18-74', '75+']
    """
    bounds = sorted(lower_bounds)
    labels = [f"{a}-{b - 1}" for a, b in itertools.pairwise(bounds)] + [f"{bounds[-1]}+"]
    position = np.searchsorted(bounds, age.to_numpy(dtype=float), side="right") - 1
    known = age.notna().to_numpy() & (position >= 0)
    return pd.Series(
        [labels[p] if ok else None for p, ok in zip(position, known, strict=True)], index=age.index, dtype=object
    )


def _printed(codebook: Codebook) -> list[str]:
    """Every text of a codebook that a report prints."""
    labels = [m.libelle for q in codebook.question for m in q.modalites]
    return list(dict.fromkeys([codebook.titre, *(q.libelle for q in codebook.question), *labels]))


def _epci_problems(codebook: Codebook, file: str, places: Places | None) -> list[Problem]:
    asked = codebook.roles.get("epci")
    if asked is None or places is None:
        return []
    return [
        Problem(
            file,
            None,
            asked,
            m.code,
            f"EPCI hors du périmètre {places.name}",
            "code de modalité = SIREN de l'EPCI, ou « hors »",
        )
        for m in codebook.asked(asked).modalites
        if m.code not in places.epci and m.code not in ("hors", "nsp")
    ]
