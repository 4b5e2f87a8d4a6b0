"""A made-up workbook in the form of BANATIC's national export: inline strings, 177 columns, one row per grouping and member."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

WIDTH = 177
PLACES = {
    "Département": 0, "N° SIREN": 3, "Nom du groupement": 4, "Nature juridique": 5, "Date de création": 9,
    "Siren membre": 46, "Nom membre": 47, "Catégorie des membres du groupement": 48,
}  # fmt: skip
BOOK = (
    '<?xml version="1.0" encoding="UTF-8"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="{title}" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
LINKS = (
    '<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
)
Row = tuple[str, str, str, str, str, str]  # SIREN, name, nature, member, name of the member, category


def letters(column: int) -> str:
    out = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        out = chr(65 + rest) + out
    return out


def header(places: dict[str, int] | None = None) -> list[str]:
    cells = [f"Compétence {n}" for n in range(WIDTH)]
    for title, column in (places or PLACES).items():
        cells[column] = title
    return cells


def cells_of(row: Row, places: dict[str, int] | None = None) -> list[str]:
    at = places or PLACES
    cells = ["OUI" if n % 7 == 0 else "NON" for n in range(WIDTH)]
    titles = (
        "N° SIREN",
        "Nom du groupement",
        "Nature juridique",
        "Siren membre",
        "Nom membre",
        "Catégorie des membres du groupement",
    )
    for title, text in zip(titles, row, strict=True):
        cells[at[title]] = text
    cells[at["Département"]] = "52 - Haute-Marne"
    return cells


def xml_row(number: int, cells: Sequence[str], *, prefix: str = "", references: bool = True) -> str:
    p = prefix
    body = "".join(
        f'<{p}c{f" r={chr(34)}{letters(n)}{number}{chr(34)}" if references else ""} t="inlineStr"><{p}is><{p}t>{escape(text)}</{p}t></{p}is></{p}c>'
        for n, text in enumerate(cells)
        if text or not references
    )
    return f'<{p}row r="{number}">{body}</{p}row>'


def write(
    path: Path, rows: Iterable[Row], *, places: dict[str, int] | None = None, title: str = "Groupements", prefix: str = "",
    references: bool = True, before: str = "",
) -> Path:  # fmt: skip
    """The workbook, streamed to `path` as it is made; `before` goes before the root of the sheet."""
    space = f'xmlns{":" + prefix[:-1] if prefix else ""}="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/workbook.xml", BOOK.format(title=title))
        archive.writestr("xl/_rels/workbook.xml.rels", LINKS)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(
                f'<?xml version="1.0" encoding="UTF-8"?>{before}<{prefix}worksheet {space}><{prefix}sheetData>'.encode()
            )
            sheet.write(xml_row(1, header(places), prefix=prefix, references=references).encode())
            for number, row in enumerate(rows, start=2):
                sheet.write(xml_row(number, cells_of(row, places), prefix=prefix, references=references).encode())
            sheet.write(f"</{prefix}sheetData></{prefix}worksheet>".encode())
    return path
