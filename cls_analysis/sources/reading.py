"""What does a file hold, row by row, before any meaning is given to it?

Text files are decoded strictly, split by the producer's separator and checked line by line: a line with a cell too
few or too many, a header that changed, a file cut in the middle of its last line are problems that name the row.
Workbooks are read with calamine. Every frame is indexed by the row of the file, so that later checks can name it.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cls_analysis import workbooks
from cls_analysis.errors import InvalidInput
from cls_analysis.sources.model import File
from cls_analysis.sources.notes import note
from cls_analysis.sources.text import fold, shown

_SEPARATORS = (";", ",", "\t", "|")


@dataclass(frozen=True)
class Grid:
    """Text cells under the producer's own headers, indexed by the row of the file; `where` names it in messages."""

    frame: pd.DataFrame
    where: str
    titles: tuple[str, ...] = ()


def read_csv(path: Path, file: File, *, titles: int = 0, final_newline: bool = True) -> Grid:
    """A text table as published: every cell text, headers stripped, rows that hold nothing dropped (noted).

    `titles` lines come before the header. `final_newline` says whether the producer ends its last line: if so, a
    file without it was cut short. Raises `InvalidInput` with every problem of structure.
    """
    where = file.path
    text = _decode(path, file, where=where)
    problems = []
    if "\x00" in text:
        raise InvalidInput(f"{where}: holds null bytes; it is not a text file", hint="download the file again")
    if final_newline and text and not text.endswith("\n"):
        problems.append(f"{where}: the last line does not end; likely a file cut short")
    lines = text.split("\n", titles + 1)
    if len(lines) < titles + 2 and not (len(lines) == titles + 1 and lines[titles].strip()):
        raise InvalidInput([*problems, f"{where}: has no header line"], hint="download the file again")
    separator = _separator(lines[titles], file, where=where)
    body = text.split("\n", titles)[titles] if titles else text
    frame, wrong = _split(body, separator, first=titles + 1, where=where)
    problems += wrong
    if frame is not None:
        lost = [c for c in file.columns if fold(c) not in {fold(title) for title in frame.columns}]
        if lost:
            problems.append(
                f"{where}: columns missing: {shown(lost, most=30)}; the header holds {shown(frame.columns, most=40)}"
            )
        folded = [fold(title) for title in frame.columns]
        twice = sorted({title for title in folded if folded.count(title) > 1 and title})
        if twice:
            problems.append(f"{where}: columns written twice in the header: {shown(twice)}")
        more = [c for c in frame.columns if file.columns and fold(c) not in {fold(title) for title in file.columns}]
        if more:
            note(f"{where}: columns not known to this reader, not read: {shown(more, most=20)}")
        if frame.empty:
            problems.append(f"{where}: holds no row under its header; likely a file cut short")
    if problems or frame is None:
        raise InvalidInput(problems, hint=f"compare {where} with the producer's file, then build again")
    names = {fold(title): title for title in file.columns}
    frame.columns = pd.Index([names.get(fold(title), title) for title in frame.columns])
    frame = _drop_empty(frame, where=where)
    return Grid(frame, where, tuple(lines[:titles]))


def read_sheets(path: Path, file: File) -> dict[str, list[list[object]]]:
    """Every sheet of a workbook as rows of typed cells (row 1 of the sheet is the first); hidden sheets included.

    A formula is refused, with its sheet and cell: the producers publish values, and the value saved beside a formula
    may be stale or absent.
    """
    try:
        sheets = workbooks.sheets(path)
        formulas = _formulas(path, list(sheets))
    except workbooks.Unreadable as error:
        raise InvalidInput(
            f"{file.path}: is not a readable workbook ({error}); likely a download cut short, or another format",
            hint="download the file again",
        ) from error
    if formulas:
        raise InvalidInput([f"{file.path}, {place}" for place in formulas], hint="download the file again")
    return sheets


def _formulas(path: Path, names: Sequence[str]) -> list[str]:
    """`sheet 'APL 2023', cell C12: is a formula, not its value`, for the first formula of each sheet."""
    found = []
    with zipfile.ZipFile(path) as archive:
        parts = sorted(name for name in archive.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name))
        for part in parts:
            data = archive.read(part)
            place = re.search(rb"<f[ >/]", data)
            if place is not None:
                cells = re.findall(rb'<c r="([A-Z]+\d+)"', data[: place.start()][-2000:])
                number = int(re.sub(r"\D", "", part)) - 1
                sheet = repr(names[number]) if number < len(names) else part
                cell = cells[-1].decode() if cells else "?"
                row = re.sub(r"\D", "", cell)
                found.append(f"sheet {sheet}, row {row}, cell {cell}: is a formula, not its value")
    return found


def find_sheet(sheets: Mapping[str, Sequence[object]], name: str, *, where: str) -> str:
    """The sheet of that name, whatever its case, accents or underscores; `InvalidInput` lists those there are."""
    wanted = fold(name.replace("_", " "))
    for title in sheets:
        if fold(title.replace("_", " ")) == wanted:
            return title
    raise InvalidInput(
        f"{where}: sheet {name!r} is missing; the workbook holds {shown(sheets)}", hint="download the file again"
    )


def cell_text(cell: object) -> str:
    """A code or a name in a workbook cell as text: `1001.0` is `1001`, text is stripped."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _decode(path: Path, file: File, *, where: str) -> str:
    data = path.read_bytes()
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InvalidInput(
            f"{where}: is encoded in UTF-16, the producer writes {file.encoding}", hint="download the file again"
        )
    if data[:2] == b"\x1f\x8b":
        raise InvalidInput(f"{where}: is compressed by gzip, not the text file", hint="unpack it: gunzip, or 7-Zip")
    if data[:4] == b"PK\x03\x04":
        raise InvalidInput(
            f"{where}: is a zip archive or a workbook, not the text file", hint="unpack it, or download the CSV"
        )
    if data[:200].lstrip().lower().startswith((b"<!doctype", b"<html")):
        raise InvalidInput(f"{where}: is a web page, not the file", hint="download the file again")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InvalidInput(
            f"{where}, row {line}: not valid {file.encoding} (byte {data[error.start]:#04x}); "
            "likely saved again by a spreadsheet in a Windows encoding",
            hint="download the file again",
        ) from error
    if "\ufffd" in text or "Ã©" in text or "Ã¨" in text:
        raise InvalidInput(
            f"{where}: accented letters were damaged by a wrong conversion", hint="download the file again"
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _separator(header: str, file: File, *, where: str) -> str:
    """The producer's separator, or another when the header can only be read with it (noted)."""
    declared = file.separator or ","
    wanted = {fold(title) for title in file.columns}

    def held(separator: str) -> int:
        return len({fold(cell) for cell in next(csv.reader([header], delimiter=separator), [])} & wanted)

    if not wanted or held(declared) > 1:
        return declared
    best = max(_SEPARATORS, key=held)
    if held(best) == len(wanted):
        note(f"{where}: cells are separated by {best!r} where the producer writes {declared!r}")
        return best
    return declared


def _split(body: str, separator: str, *, first: int, where: str) -> tuple[pd.DataFrame | None, list[str]]:
    """Cells of every line, indexed by row; lines with a cell too few or too many are problems."""
    try:
        raw = pd.read_csv(
            io.StringIO(body), sep=separator, header=None, dtype="str", keep_default_na=False, na_filter=False,
            skip_blank_lines=False, engine="c",
        )  # fmt: skip
    except (pd.errors.ParserError, pd.errors.EmptyDataError):
        raw = None
    if raw is None or raw.isna().to_numpy().any() or _quoted_short(raw, body, separator):
        return None, _uneven_lines(body, separator, first=first, where=where)
    header = [str(title).strip() for title in raw.iloc[0]]
    frame = raw.iloc[1:].copy()
    frame.columns = pd.Index(header)
    frame.index = pd.RangeIndex(first + 1, first + 1 + len(frame), name="row")
    return frame, []


def _quoted_short(raw: pd.DataFrame, body: str, separator: str) -> bool:
    """Whether some line lacks cells: pandas fills them with empty text, so the separators are counted."""
    if '"' in body:
        width = len(raw.columns)
        return any(0 < len(row) != width for row in csv.reader(io.StringIO(body), delimiter=separator))
    counts = pd.Series(body.rstrip("\n").split("\n")).str.count("[|]" if separator == "|" else separator)
    return bool(
        ((counts + 1 != len(raw.columns)) & (counts > 0)).any()
        or (counts.eq(0) & (len(raw.columns) > 1)).iloc[:-1].any()
    )


def _uneven_lines(body: str, separator: str, *, first: int, where: str) -> list[str]:
    problems: list[str] = []
    width = 0
    for number, row in enumerate(csv.reader(io.StringIO(body), delimiter=separator), start=first):
        width = width or len(row)
        if len(row) != width:
            problems.append(
                f"{where}, row {number}: {len(row)} cells where the header has {width} ({shown(row, most=3)})"
            )
    if len(problems) > 12:
        problems = [*problems[:12], f"{where}: {len(problems) - 12} more rows without {width} cells"]
    return problems or [f"{where}: cannot be split into {width} columns"]


def _drop_empty(frame: pd.DataFrame, *, where: str) -> pd.DataFrame:
    empty = frame.apply(lambda column: column.str.strip().eq("")).all(axis=1)
    if empty.any():
        note(f"{where}: {int(empty.sum())} rows hold nothing (row {shown(frame.index[empty], most=3)}); dropped")
        return frame[~empty]
    return frame
