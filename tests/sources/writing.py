"""How a made-up file is drawn and written: stable figures from a key, text tables, workbooks, the places of a mirror."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

from cls_analysis.sources import get_source
from cls_analysis.sources.codes import PLM, departement_of, known_communes


def draw(*key: object, below: int = 1000) -> int:
    """A stable made-up whole number from its key."""
    return int(hashlib.sha256("/".join(map(str, key)).encode()).hexdigest()[:8], 16) % below


def communes(year: int, departements: Sequence[str]) -> list[str]:
    return sorted(code for code in known_communes(year) if departement_of(code) in departements)


def lines(
    path: Path,
    rows: Sequence[Sequence[object]],
    *,
    sep: str = ",",
    end: str = "\n",
    bom: bool = False,
    last: bool = True,
) -> None:
    """Write a text table; a cell that holds the separator is quoted as producers do."""
    path.parent.mkdir(parents=True, exist_ok=True)

    def cell(value: object) -> str:
        text = str(value)
        return f'"{text}"' if sep in text or '"' in text else text

    text = end.join(sep.join(cell(value) for value in row) for row in rows) + (end if last else "")
    path.write_bytes((b"\xef\xbb\xbf" if bom else b"") + text.encode())


def workbook(path: Path, sheets: dict[str, Sequence[Sequence[object]]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    if value != "":
                        sheet.write(number, column, value)


def path_of(mirror: Path, source_id: str, key: str) -> Path:
    return mirror / next(file.path for file in get_source(source_id).files if file.key == key)


def paths_of(mirror: Path, source_id: str) -> dict[str, Path]:
    return {file.key: mirror / file.path for file in get_source(source_id).files}


def with_arrondissements(codes: Sequence[str]) -> list[str]:
    return [part for code in codes for part in PLM.get(code, (code,))]
