"""What does a partner's CSV or XLSX hold, cell by cell, before any meaning is given to it?

CSV: UTF-8 (with or without a byte-order mark) or Windows text, `;`, `,`, tab or `|`. XLSX: one sheet, typed cells; a formula is
refused by its cell, because only its last computed value would be read and nobody could check it; a date where a
code, an age or a number is expected is told as such (spreadsheets turn `5-9` into 9 May). Rows keep their number in the file.
"""

from __future__ import annotations

import csv
import datetime
import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd

from cls_analysis import workbooks
from cls_analysis.sources.imports.spec import ImportSpec
from cls_analysis.sources.text import fold, match_columns, shown

MOST_BYTES = 50_000_000
_SEPARATORS: tuple[str, ...] = (";", ",", "\t", "|")
_UNREADABLE = (zipfile.BadZipFile, zlib.error, KeyError, ValueError, OSError, EOFError, ElementTree.ParseError)
_NAMES = ("commune", "nom commune", "nom de la commune", "libelle", "libelle commune", "nom", "libgeo")
_PERSONS = (
    "prenom",
    "prenoms",
    "date de naissance",
    "numero de securite sociale",
    "nir",
    "nom de naissance",
    "nom patient",
    "nom du patient",
)


@dataclass(frozen=True)
class Cells:
    """Cells of the mapped columns (typed in a workbook, text in a CSV), indexed by the row of the file.

    `names` is the partner's own column of names of communes, where it has one: codes are compared with it.
    """

    frame: pd.DataFrame
    where: str
    typed: bool
    names: pd.Series | None = None
    notes: tuple[str, ...] = ()


def read_cells(path: Path, spec: ImportSpec) -> tuple[Cells | None, list[str]]:
    """The table of an import, or None and everything that is wrong in its structure."""
    where = path.name
    if not path.is_file():
        return None, [f"{where}: is not there; the TOML names it, put it beside"]
    if path.is_symlink():
        return None, [f"{where}: is a link to another file; put the file itself"]
    size = path.stat().st_size
    if size == 0:
        return None, [f"{where}: is empty"]
    if size > MOST_BYTES:
        return None, [f"{where}: {size} bytes; a table by commune has at most {MOST_BYTES}"]
    data = path.read_bytes()
    if path.suffix.lower() == ".xlsx":
        return _workbook(data, spec, where)
    return _text(data, spec, where)


def _text(data: bytes, spec: ImportSpec, where: str) -> tuple[Cells | None, list[str]]:
    if data[:4] == b"PK\x03\x04" or data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return None, [f"{where}: is a workbook or a zip archive, not a text, under the name of a CSV; save it as .xlsx"]
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return None, [f"{where}: is encoded in UTF-16; save it as « CSV UTF-8 »"]
    text, encoding, problem = _decode(data, spec, where)
    if text is None:
        return None, [problem]
    if "\x00" in text:
        return None, [f"{where}: holds null bytes; it is not a text file"]
    if text[:200].lstrip().lower().startswith(("<!doctype", "<html")):
        return None, [f"{where}: is a web page, not a table"]
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    top = lines.split("\n")[: spec.header_row]
    if len(top) < spec.header_row or not top[-1].strip():
        return None, [f"{where}, row {spec.header_row}: no header there (key 'header_row')"]
    separator: str = spec.separator or max(_SEPARATORS, key=top[-1].count)
    rows = list(csv.reader(io.StringIO(lines), delimiter=separator))
    notes = (f"{where}: read as Windows text (cp1252)",) if encoding == "cp1252" and spec.encoding is None else ()
    return _table(rows, spec, where, typed=False, notes=notes)


def _decode(data: bytes, spec: ImportSpec, where: str) -> tuple[str | None, str, str]:
    try:
        if spec.encoding != "cp1252":
            return data.decode("utf-8-sig"), "utf-8", ""
    except UnicodeDecodeError as error:
        if spec.encoding == "utf-8":
            row = data[: error.start].count(b"\n") + 1
            return (
                None,
                "",
                f"{where}, row {row}: not valid UTF-8 (byte {data[error.start]:#04x}); likely Windows text: encoding = 'cp1252'",
            )
    try:
        return data.decode("cp1252"), "cp1252", ""
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        return None, "", f"{where}, row {row}: neither UTF-8 nor Windows text (byte {data[error.start]:#04x})"


def _workbook(data: bytes, spec: ImportSpec, where: str) -> tuple[Cells | None, list[str]]:
    import openpyxl  # slow to import, and a report that only knows the declarations reads no workbook

    try:
        workbooks.refuse_harmful(io.BytesIO(data))
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    except _UNREADABLE as error:
        return None, [f"{where}: is not a readable workbook ({error}); save it again as .xlsx"]
    try:
        if spec.sheet is not None and spec.sheet not in book.sheetnames:
            return None, [
                f"{where}: sheet {spec.sheet!r} is missing; the workbook holds {shown(map(repr, book.sheetnames))}"
            ]
        if spec.sheet is None and len(book.sheetnames) > 1:
            return None, [
                f"{where}: holds {len(book.sheetnames)} sheets ({shown(map(repr, book.sheetnames))}): say which (key 'sheet')"
            ]
        sheet = book[spec.sheet or book.sheetnames[0]]
        rows: list[list[object]] = []
        formulas = []
        for number, row in enumerate(sheet.iter_rows(), start=1):
            cells: list[object] = []
            for cell in row:
                if cell.data_type == "f":
                    formulas.append(f"{cell.column_letter}{number}")
                    cells.append(_FORMULA)
                else:
                    cells.append("" if cell.value is None else cell.value)
            rows.append(cells)
    except _UNREADABLE as error:
        return None, [f"{where}: is not a readable workbook ({error}); save it again as .xlsx"]
    finally:
        book.close()
    made, problems = _table(rows, spec, f"{where}, sheet {sheet.title!r}", typed=True)
    if formulas:
        used = made is None or (made.frame == _FORMULA).any(axis=None)
        if used:
            problems = [
                f"{where}: formulas are not read, only values: cells {shown(formulas)}; paste the values and save again",
                *problems,
            ]
    return made, problems


_FORMULA = "=formula"


def _table(
    rows: Sequence[Sequence[object]], spec: ImportSpec, where: str, *, typed: bool, notes: tuple[str, ...] = ()
) -> tuple[Cells | None, list[str]]:
    """The mapped columns under our names, empty rows dropped, rows kept by `keep` only."""
    if len(rows) < spec.header_row:
        return None, [f"{where}, row {spec.header_row}: no header there (key 'header_row')"]
    header = [str(title).strip() for title in rows[spec.header_row - 1]]
    while header and not header[-1]:
        header.pop()
    personal = sorted({title for title in header if fold(title) in _PERSONS})
    if personal:
        return None, [
            f"{where}: columns that name persons: {shown(map(repr, personal))}; give counts by territory, never persons"
        ]
    wanted = {name: title for name, title in spec.columns.model_dump().items() if title is not None}
    filters = {f"keep {title}": title for title in spec.keep}
    positions, problems = match_columns(header, {**wanted, **filters}, where=where)
    width, body, index, uneven = len(header), [], [], []
    for number, row in enumerate(rows[spec.header_row :], start=spec.header_row + 1):
        cells = [_clean(cell) for cell in row]
        if all(cell == "" for cell in cells):
            continue
        if typed:
            cells = [*cells, *[""] * (width - len(cells))]
            if any(cell != "" for cell in cells[width:]):
                uneven.append(f"{where}, row {number}: a cell beyond the last column of the header")
            cells = cells[:width]
        elif len(cells) != width:
            uneven.append(
                f"{where}, row {number}: {len(cells)} cells where the header has {width} ({shown(cells, most=3)})"
            )
            continue
        body.append(cells)
        index.append(number)
    if len(uneven) > 10:
        uneven = [*uneven[:10], f"{where}: {len(uneven) - 10} more rows without {width} cells"]
    problems += uneven
    if not body:
        problems.append(f"{where}: holds no row under its header")
    if problems:
        return None, problems
    frame = pd.DataFrame(
        {name: [row[place] for row in body] for name, place in positions.items()},
        index=pd.Index(index, name="row"),
        dtype=object,
    )
    named = next((place for place, title in enumerate(header) if fold(title) in _NAMES), None)
    names = None
    if named is not None and named not in positions.values():
        names = pd.Series([str(row[named]) for row in body], index=frame.index, name=header[named], dtype="str")
    for title, value in spec.keep.items():
        kept = frame[f"keep {title}"].map(lambda cell, value=value: fold(cell) == fold(value))
        if not kept.any():
            found = shown(map(repr, frame[f"keep {title}"].unique()))
            return None, [f"{where}, column {title!r}: no row is {value!r} (key 'keep'); the column holds {found}"]
        frame = frame[kept]
        names = None if names is None else names[kept]
    return Cells(frame[list(wanted)], where, typed, names, notes), []


def _clean(cell: object) -> object:
    return cell.strip() if isinstance(cell, str) else cell


def as_text(cells: pd.Series, *, where: str, column: str) -> tuple[pd.Series, list[str]]:
    """Codes and labels as text: a whole number is its figures; a date or a fraction is a problem that names its row."""
    problems, texts = [], []
    for row, cell in cells.items():
        if isinstance(cell, str):
            texts.append(cell)
        elif isinstance(cell, datetime.date | datetime.time):
            problems.append(
                f"{where}, row {row}, column {column!r}: {cell} is a date; the spreadsheet changed what was typed (format the column as text)"
            )
            texts.append("")
        elif isinstance(cell, bool) or (isinstance(cell, float) and not cell.is_integer()):
            problems.append(f"{where}, row {row}, column {column!r}: {cell!r} is not a code or a label")
            texts.append("")
        else:
            texts.append(str(int(cell)))
    if len(problems) > 5:
        problems = [*problems[:5], f"{where}, column {column!r}: {len(problems) - 5} more such cells"]
    return pd.Series(texts, index=cells.index, dtype="str"), problems


def title_of(spec: ImportSpec, key: str) -> str:
    """The partner's title of one of our columns."""
    titles: Mapping[str, str | None] = spec.columns.model_dump()
    return titles.get(key) or key
