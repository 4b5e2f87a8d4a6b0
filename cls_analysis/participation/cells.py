"""Is each cell of a declared table what its column asks for?

Turns a `Sheet` into a typed DataFrame, whose index is the spreadsheet row, and the list of everything
wrong in it. A cell that is wrong is null in the frame, so that the checks that follow can go on; a frame
from a sheet with errors is never analysed.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

import pandas as pd

from .places import Places
from .privacy import control_characters, doubts, findings
from .problems import Problem
from .reading import PARSERS, Sheet, column_positions
from .tables import Column, Table

_FREE_TEXT = ("text", "list", "money")
_DTYPES = {"int": "Int64", "year": "Int64", "number": "float64"}


def empty_frame(table: Table) -> pd.DataFrame:
    """The columns of a table with no row, typed."""
    return _frame(table, [], [])


def check_sheet(sheet: Sheet, table: Table, places: Places | None) -> tuple[pd.DataFrame, list[Problem]]:
    """Typed rows of a sheet (missing optional columns added as null) and every problem of form in it."""
    problems = _header_problems(sheet, table)
    where = column_positions(sheet.header)
    records = []
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        record: dict[str, object] = {}
        for column in table.columns:
            text = row[where[column.name]] if column.name in where else ""
            record[column.name], found = check_cell(
                sheet.file, number, column, text, places, present=column.name in where
            )
            problems += found
        records.append(record)
    frame = _frame(table, records, list(sheet.numbers))
    problems += _duplicate_keys(sheet, table, frame)
    return frame, problems


def _frame(table: Table, records: list[dict[str, object]], numbers: list[int]) -> pd.DataFrame:
    data = {
        c.name: pd.Series([r[c.name] for r in records], dtype=_DTYPES.get(c.kind, "object"), index=numbers)
        for c in table.columns
    }
    frame = pd.DataFrame(data, index=numbers)
    frame.index.name = "row"
    return frame


def rows_of(frame: pd.DataFrame) -> Iterator[tuple[object, dict[str, Any]]]:
    """(spreadsheet row, values by column) of each row; what is missing is None, whatever the column's type."""
    names = [str(c) for c in frame.columns]
    columns = [frame[c].astype(object).tolist() for c in frame.columns]
    for i, row in enumerate(frame.index):
        values = (column[i] for column in columns)
        yield (
            row,
            {
                n: None if v is pd.NA or (isinstance(v, float) and v != v) else v
                for n, v in zip(names, values, strict=True)
            },
        )


def _header_problems(sheet: Sheet, table: Table) -> list[Problem]:
    known = list(table.column)
    problems = []
    for name in sheet.header:
        if name and name not in table.column:
            near = difflib.get_close_matches(name.casefold(), known, n=1)
            fix = f"écrire « {near[0]} »" if near else "retirer la colonne, ou voir le modèle : " + ", ".join(known)
            problems.append(Problem(sheet.file, 1, name, None, "colonne inconnue", fix))
    problems += [
        Problem(sheet.file, 1, c.name, None, "colonne obligatoire absente", "l'ajouter à la ligne de titres")
        for c in table.columns
        if c.required and c.name not in sheet.header
    ]
    return problems


def check_cell(
    file: str, row: int, column: Column, text: str, places: Places | None, *, present: bool = True
) -> tuple[object, list[Problem]]:
    """The typed value of one cell (None when empty or wrong) and its problems."""
    if not text:
        if column.required and present:
            return None, [
                Problem(file, row, column.name, None, "valeur obligatoire absente", f"la remplir ({column.help})")
            ]
        return (() if column.kind in ("choices", "epcis", "list", "money") else None), []
    problems = (
        text_problems(file, row, column.name, text)
        if column.kind in _FREE_TEXT
        else [_control(file, row, column.name, text, codes) for codes in [control_characters(text)] if codes]
    )
    try:
        value = PARSERS[column.kind](text)
    except ValueError as error:
        cause = str(error) if "attendu" in str(error) else f"date impossible ({error})"
        return None, [
            *problems,
            Problem(file, row, column.name, text, cause, f"corriger, par exemple « {column.example} »"),
        ]
    problems += list(_value_problems(file, row, column, text, value, places))
    return (None if any(p.severity == "error" for p in problems) else value), problems


def _value_problems(
    file: str, row: int, column: Column, text: str, value: object, places: Places | None
) -> Iterator[Problem]:
    if column.choices is not None:
        for item in value if isinstance(value, tuple) else (value,):
            if item not in column.choices:
                near = difflib.get_close_matches(str(item).casefold(), list(column.choices), n=1)
                fix = f"écrire « {near[0]} »" if near else "choisir parmi : " + ", ".join(column.choices)
                yield Problem(file, row, column.name, str(item), "valeur hors liste", fix)
    if isinstance(value, int | float) and column.low is not None:
        high = float("inf") if column.high is None else column.high
        if not column.low <= value <= high:
            cause = (
                f"nombre hors de {column.low:g} à {high:g}"
                if column.high is not None
                else f"nombre inférieur à {column.low:g}"
            )
            yield Problem(file, row, column.name, text, cause, "corriger le nombre")
    if column.kind == "epcis" and isinstance(value, tuple):
        for siren in value:
            if not (siren.isdigit() and len(siren) == 9):
                yield Problem(file, row, column.name, siren, "SIREN attendu (9 chiffres)", "séparer les SIREN par |")
            elif places is not None and siren not in places.epci:
                inside = ", ".join(f"{s} ({n})" for s, n in places.epci.items())
                yield Problem(
                    file, row, column.name, siren, f"EPCI hors du périmètre {places.name}", f"choisir parmi : {inside}"
                )
    if column.kind == "commune" and isinstance(value, str):
        if len(value) == 4 and value.isdigit():
            yield Problem(
                file,
                row,
                column.name,
                value,
                "code INSEE à 4 chiffres : le zéro initial a été perdu",
                f"écrire « 0{value} »",
            )
        elif places is not None and value not in places.communes:
            yield Problem(
                file, row, column.name, value, f"commune hors du périmètre {places.name}", "vérifier le code INSEE"
            )


def text_problems(file: str, row: int | None, column: str | None, text: str) -> list[Problem]:
    """Traces of a person and control characters in a free text."""
    problems = [
        Problem(
            file,
            row,
            column,
            f.text,
            f"{f.what} : une donnée personnelle n'entre pas dans ces fichiers",
            "l'enlever ou reformuler sans que la personne soit reconnaissable",
        )
        for f in findings(text)
    ]
    problems += [
        Problem(file, row, column, f.text, f.what, "relire ; si c'est une personne, enlever son nom", "warning")
        for f in doubts(text)
    ]
    codes = control_characters(text)
    return [*problems, _control(file, row, column, text, codes)] if codes else problems


def _control(file: str, row: int | None, column: str | None, text: str, codes: list[str]) -> Problem:
    return Problem(
        file,
        row,
        column,
        text,
        f"caractère de contrôle invisible ({', '.join(sorted(set(codes)))})",
        "retaper le texte sans copier-coller, ou le coller sans mise en forme",
    )


def _duplicate_keys(sheet: Sheet, table: Table, frame: pd.DataFrame) -> list[Problem]:
    key = list(table.key)
    whole = frame[frame[[k for k in key if table.column[k].required]].notna().all(axis=1)]
    problems = []
    for value, group in whole.groupby(key, dropna=False, sort=False):
        if len(group) > 1:
            shown = " / ".join("" if v is None or v != v else str(v) for v in value)
            problems += [
                Problem(
                    sheet.file,
                    int(row),
                    "+".join(key),
                    shown,
                    f"doublon de la ligne {group.index[0]}",
                    "garder une seule ligne, ou donner un autre identifiant",
                )
                for row in group.index[1:]
            ]
    return problems
