"""A made-up file as cells that can be spoiled, and written back as its producer (or a spreadsheet) writes it.

`layouts.py` says where the code and the numbers are. A `Sheet` is the file opened: rows of cells, text for CSV, typed
for a workbook.
"""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import xlsxwriter
from python_calamine import CalamineWorkbook

from cls_analysis import geography
from tests.corpus.layouts import LAYOUTS, Layout

__all__ = ["LAYOUTS", "Layout", "Sheet", "is_number", "named", "open_sheet", "to_bytes"]

Row = tuple[Any, ...]
_QUOTING: dict[str, Literal[0, 1, 3]] = {"needed": csv.QUOTE_MINIMAL, "all": csv.QUOTE_ALL, "never": csv.QUOTE_NONE}
UNREAD = 0.25  # share of rows that the reader leaves out, kept at the end of the fixture


@dataclass(frozen=True)
class Sheet:
    """An opened file: all its `rows`, the columns of its layout by position, and how it is written."""

    layout: Layout
    rows: tuple[Row, ...]
    others: tuple[tuple[str, tuple[Row, ...]], ...] = ()
    end: str = "\n"
    bom: bool = False
    closed: bool = True
    name: str | None = None
    hidden: tuple[str, ...] = ()

    @property
    def text(self) -> bool:
        return self.layout.separator is not None

    @property
    def header(self) -> Row:
        return self.rows[self.layout.top]

    @property
    def first(self) -> int:
        """Position of the first row of data."""
        return self.layout.top + 1 + self.layout.units

    @property
    def body(self) -> tuple[Row, ...]:
        return self.rows[self.first :]

    def column(self, title: str | int | None) -> int:
        if isinstance(title, int):
            return title
        if title is None or title not in self.header:
            raise LookupError(title)
        return self.header.index(title)

    @property
    def code(self) -> int:
        return self.column(self.layout.code)

    @property
    def number(self) -> int:
        return self.column(self.layout.number)

    @property
    def twin(self) -> int:
        return self.column(self.layout.twin)

    @property
    def share(self) -> int:
        return self.column(self.layout.share)

    def with_body(self, body: Sequence[Row]) -> Sheet:
        return replace(self, rows=(*self.rows[: self.first], *body))

    def with_header(self, change: Callable[[Row], Row]) -> Sheet:
        top = self.layout.top
        return replace(self, rows=(*self.rows[:top], change(self.header), *self.rows[top + 1 :]))

    def filled(self, column: int) -> list[int]:
        """Rows of the body whose cell of that column is a number."""
        return [place for place, row in enumerate(self.body) if is_number(row[column])]

    def with_cells(self, column: int, change: Callable[[Any], Any], *, rows: Sequence[int] | None = None) -> Sheet:
        """The cells of a column changed, in all rows of the body or in some."""
        chosen = set(range(len(self.body)) if rows is None else rows)
        return self.with_body(
            [
                (*row[:column], change(row[column]), *row[column + 1 :]) if place in chosen else row
                for place, row in enumerate(self.body)
            ]
        )


def is_number(cell: object) -> bool:
    if isinstance(cell, bool):
        return False
    if isinstance(cell, float | int):
        return True
    return isinstance(cell, str) and cell.replace(",", ".").replace(".", "", 1).replace("-", "", 1).isdigit()


def open_sheet(path: Path, layout: Layout) -> Sheet:
    """The valid file as cells."""
    if layout.separator is None:
        with CalamineWorkbook.from_path(str(path)) as book:
            sheets = {
                name: tuple(tuple(row) for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False))
                for name in book.sheet_names
            }
        rows = sheets.pop(layout.sheet or "")
        return Sheet(layout, rows, tuple(sheets.items()), name=layout.sheet)
    data = path.read_bytes()
    end = "\r\n" if b"\r\n" in data else "\n"
    text = data.decode("utf-8-sig")
    rows = tuple(
        tuple(row)
        for row in csv.reader(
            io.StringIO(text, newline=""), delimiter=layout.separator, quoting=_QUOTING[layout.quoting]
        )
    )
    return Sheet(layout, rows, (), end, data.startswith(b"\xef\xbb\xbf"), text.endswith(end))


def named(sheet: Sheet) -> Sheet:
    """The sheet with the real names of its communes, where it has a column of names."""
    if sheet.layout.name is None:
        return sheet
    column, code = sheet.column(sheet.layout.name), sheet.code
    names = _names()
    return sheet.with_body(
        [(*row[:column], names.get(str(row[code]), row[column]), *row[column + 1 :]) for row in sheet.body]
    )


def arranged(sheet: Sheet) -> Sheet:
    """The rows that the reader keeps first, then a few of those that it leaves out."""
    if not sheet.layout.read:
        return sheet
    places = {sheet.column(title): words for title, words in sheet.layout.read.items()}
    kept = [row for row in sheet.body if all(str(row[place]) in words for place, words in places.items())]
    others = [row for row in sheet.body if not all(str(row[place]) in words for place, words in places.items())]
    return sheet.with_body([*kept, *others[: max(1, int(UNREAD * len(kept)))]])


@cache
def _names() -> dict[str, str]:
    frame = geography.communes()
    return dict(zip(frame["code_commune"].astype("str"), frame["name"].astype("str"), strict=True))


def to_bytes(sheet: Sheet) -> bytes:
    """The file, written back."""
    if not sheet.text:
        return _workbook(sheet)
    separator = sheet.layout.separator or ","

    def cell(value: object) -> str:
        text = str(value)
        if sheet.layout.quoting == "never":
            return text
        return (
            '"' + text.replace('"', '""') + '"'
            if sheet.layout.quoting == "all" or any(mark in text for mark in (separator, '"', "\n"))
            else text
        )

    text = sheet.end.join(separator.join(cell(value) for value in row) for row in sheet.rows)
    return (b"\xef\xbb\xbf" if sheet.bom else b"") + (text + (sheet.end if sheet.closed else "")).encode()


def _workbook(sheet: Sheet) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        dates = book.add_format({"num_format": "yyyy-mm-dd"})
        names = [name for name, _ in sheet.others]
        ordered = [*sheet.others, (sheet.name or "", sheet.rows)] if names else [(sheet.name or "", sheet.rows)]
        for name, rows in ordered:
            page = book.add_worksheet(name)
            if name in sheet.hidden:
                page.hide()
            for place, row in enumerate(rows):
                for column, value in enumerate(row):
                    _write(page, place, column, value, dates)
    return stream.getvalue()


def _write(page: Any, place: int, column: int, value: object, dates: Any) -> None:
    if isinstance(value, bool):
        page.write_boolean(place, column, value)
    elif isinstance(value, datetime.date):
        page.write_datetime(place, column, value, dates)
    elif isinstance(value, str) and value.startswith("="):
        page.write_formula(place, column, value, None, 12)
    elif isinstance(value, str):
        if value:
            page.write_string(place, column, value)
    elif value is not None:
        page.write_number(place, column, value)
