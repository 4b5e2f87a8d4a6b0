"""What did the coordinator write in this file, cell by cell, and on which row?

CSV (UTF-8, or Windows text: decoding.py; `;` or `,` or tab) and the first sheet of an xlsx workbook give the same thing: a header and
rows of strings numbered as a spreadsheet does. A row whose first cell begins with `#` is a comment.
Nothing is interpreted as markup or as a formula: a cell that begins with `=` is its text.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .decoding import decoded
from .problems import Problem

_MAX_BYTES = 20_000_000
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_FRENCH = re.compile(r"\d{1,2}/\d{1,2}/\d{4}")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?", re.ASCII)


@dataclass(frozen=True)
class Sheet:
    """A header and its rows; `numbers[i]` is the spreadsheet row of `rows[i]` (the header is row 1)."""

    file: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]


def find_file(folder: Path, name: str) -> tuple[Path | None, list[Problem]]:
    """`name.csv` or `name.xlsx` of a folder; both at once is a problem."""
    found = [p for p in (folder / f"{name}.csv", folder / f"{name}.xlsx") if p.is_file()]
    if len(found) > 1:
        return None, [
            Problem(
                found[0].name,
                None,
                None,
                None,
                f"{name}.csv et {name}.xlsx existent tous les deux",
                "ne garder que le fichier à jour",
            )
        ]
    return (found[0] if found else None), []


def read_sheet(path: Path, *, file: str | None = None) -> tuple[Sheet | None, list[Problem]]:
    """The cells of a CSV or xlsx file, stripped; `file` is the name used in problems."""
    label = file or path.name
    if path.stat().st_size > _MAX_BYTES:
        return None, [Problem(label, None, None, None, "fichier de plus de 20 Mo", "vérifier l'export")]
    grid, problems = _xlsx(path, label) if path.suffix.lower() == ".xlsx" else _csv(path, label)
    if grid is None:
        return None, problems
    numbered = [(i, [c.strip() for c in row]) for i, row in enumerate(grid, 1)]
    filled = [(i, row) for i, row in numbered if any(row) and not row[0].startswith("#")]
    if not filled:
        return None, [
            *problems,
            Problem(
                label,
                1,
                None,
                None,
                "fichier vide, sans ligne de titres",
                "repartir du modèle (cls-analysis participation template)",
            ),
        ]
    header = [name.lstrip("\ufeff") for name in filled[0][1]]
    while header and not header[-1]:
        header.pop()
    for position, name in enumerate(header):
        if name and name in header[:position]:
            problems.append(Problem(label, filled[0][0], name, None, "colonne en double", "n'en garder qu'une"))
    rows, numbers = [], []
    for number, row in filled[1:]:
        extra = [c for c in row[len(header) :] if c]
        if extra:
            problems.append(
                Problem(
                    label,
                    number,
                    None,
                    extra[0],
                    f"{len(row)} cellules pour {len(header)} colonnes",
                    "mettre entre guillemets le texte qui contient le séparateur",
                )
            )
        rows.append(tuple((row + [""] * len(header))[: len(header)]))
        numbers.append(number)
    return Sheet(label, tuple(header), tuple(rows), tuple(numbers)), problems


def _csv(path: Path, label: str) -> tuple[list[list[str]] | None, list[Problem]]:
    text, said = decoded(path.read_bytes(), label)
    if text is None:
        return None, said
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    separator = max(";,\t", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)), said
    except csv.Error as error:
        return None, [
            *said,
            Problem(
                label,
                None,
                None,
                None,
                f"guillemets mal fermés ({error})",
                "ouvrir le fichier dans un tableur et l'enregistrer de nouveau",
            ),
        ]


def _xlsx(path: Path, label: str) -> tuple[list[list[str]] | None, list[Problem]]:
    from cls_analysis import workbooks

    try:
        cells = next(iter(workbooks.sheets(path).values()), [])
    except workbooks.Unreadable as error:
        return None, [
            Problem(label, None, None, None, f"classeur illisible ({error})", "l'enregistrer de nouveau en xlsx ou CSV")
        ]
    return [[_cell(c) for c in row] for row in cells], []


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def parse_date(text: str) -> dt.date:
    """JJ/MM/AAAA or AAAA-MM-JJ.

    >>> parse_date("05/03/2024") == parse_date("2024-03-05")
    True
    """
    if _ISO.fullmatch(text):
        return dt.date.fromisoformat(text)
    if _FRENCH.fullmatch(text):
        day, month, year = (int(part) for part in text.split("/"))
        return dt.date(year, month, day)
    raise ValueError("date attendue au format JJ/MM/AAAA ou AAAA-MM-JJ")


def parse_number(text: str) -> float:
    """A number with a decimal comma or point; spaces between thousands are accepted.

    >>> parse_number("1 234,5")
    1234.5
    """
    compact = re.sub(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))", "", text).replace("\u2212", "-")
    if not _NUMBER.fullmatch(compact):
        raise ValueError("nombre attendu (virgule ou point décimal, sans unité)")
    return float(compact.replace(",", "."))


def parse_int(text: str) -> int:
    """A whole number."""
    value = parse_number(text)
    if not value.is_integer():
        raise ValueError("nombre entier attendu")
    return int(value)


def parse_year(text: str) -> int:
    """A year from 1990 to 2100."""
    value = parse_int(text)
    if not 1990 <= value <= 2100:
        raise ValueError("année attendue, entre 1990 et 2100")
    return value


def parse_list(text: str) -> tuple[str, ...]:
    """Items separated by `|`, stripped, empty ones dropped."""
    return tuple(item.strip() for item in text.split("|") if item.strip())


def parse_yesno(text: str) -> bool:
    """oui or non (also 1 or 0)."""
    known = {"oui": True, "non": False, "1": True, "0": False}
    if text.casefold() not in known:
        raise ValueError("« oui » ou « non » attendu")
    return known[text.casefold()]


def parse_money(text: str) -> tuple[tuple[str, float], ...]:
    """`Financeur:montant` items separated by `|`; a missing amount is NaN.

    >>> parse_money("ARS (FIR):8 000|EPCI")
    (('ARS (FIR)', 8000.0), ('EPCI', nan))
    """
    parts: list[tuple[str, float]] = []
    for item in parse_list(text):
        name, _, amount = item.rpartition(":") if ":" in item else (item, "", "")
        parts.append((name.strip(), parse_number(amount.strip()) if amount.strip() else float("nan")))
    return tuple(parts)


def parse_code(text: str) -> str:
    """An identifier: letters, digits, `.`, `_`, `-`, at most 40."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", text):
        raise ValueError("identifiant attendu : lettres sans accent, chiffres, point ou tiret")
    return text


PARSERS: dict[str, Callable[[str], object]] = {
    "id": parse_code,
    "text": str,
    "int": parse_int,
    "number": parse_number,
    "date": parse_date,
    "year": parse_year,
    "choice": str,
    "choices": parse_list,
    "epcis": parse_list,
    "commune": str,
    "yesno": parse_yesno,
    "list": parse_list,
    "money": parse_money,
}


def column_positions(header: Sequence[str]) -> dict[str, int]:
    """Position of each named column, the first one where a name is repeated."""
    return {name: i for i, name in reversed(list(enumerate(header))) if name}
