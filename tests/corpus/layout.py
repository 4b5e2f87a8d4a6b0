"""A made-up file as cells that can be spoiled, and written back as its producer (or a spreadsheet) writes it.

`LAYOUTS` says for each reader which of its files is spoiled, where its header is, and which columns are the code, a
number and a second number. A `Sheet` is that file opened: rows of cells, text for CSV, typed for a workbook.
"""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import xlsxwriter
from python_calamine import CalamineWorkbook

from cls_analysis import geography

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Layout:
    """The file of a reader that is spoiled: `top` is the row of its header (0 first), `units` rows follow it."""

    key: str
    code: str
    level: str = "commune"
    number: str | None = None
    twin: str | None = None
    share: str | None = None
    separator: str | None = ","
    decimal: str = "."
    top: int = 0
    units: int = 0
    sheet: str | None = None
    name: str | None = None


LAYOUTS: dict[str, Layout] = {
    "ameli-demographie": Layout("effectifs", "departement", "departement", "effectif", "densite"),
    "banatic": Layout("groupements", "siren", "epci", "pop", "dep"),
    "cartosante": Layout(
        "bassins", "Code", "bassin_de_vie", "Densité de généralistes lib. 2024", "Densité d'infirmiers lib. 2024",
        "Part des bénéf. ophtalmo. dans pop. 2024", separator=";", top=2, name="Libellé"),
    "dgcl-epci": Layout("composition", "insee", "commune", "pmun_2025", "ptot_2025", separator=None, sheet="Epcicom2025", name="nom_membre"),
    "drees-apl": Layout(
        "mg", "Code commune INSEE", "commune", "APL aux médecins généralistes",
        "APL aux médecins généralistes de moins de 65 ans", separator=None, top=8, units=1, sheet="APL 2023", name="Commune"),
    "insee-appartenance": Layout("2024", "CODGEO", number="EPCI", twin="BV2022", name="LIBGEO"),
    "insee-bpe": Layout("2013", "depcom", number="Pharmacie", twin="Boulangerie", separator=None, sheet="bpe2013_ensemble"),
    "insee-cog": Layout("communes", "COM", number="REG", twin="DEP", name="LIBELLE"),
    "insee-comparateur": Layout("communes", "insee_com", number="population_2021", twin="menages_2021", name="commune"),
    "insee-filosofi": Layout(
        "communes", "CODGEO", number="D121", twin="D921", share="TP6021", separator=";", decimal=","
    ),
    "insee-populations-historiques": Layout("communes", "codgeo", number="p19_pop", twin="p13_pop", name="libgeo"),
    "insee-populations-reference": Layout("communes", "COM", number="PMUN", twin="PCAP", separator=";", name="Commune"),
    "insee-statistiques-locales": Layout(
        "bassins", "Code", "bassin_de_vie", "Médiane du niveau de vie 2021", "Taux de pauvreté 2021",
        "Part des maisons dans le total des logements 2022", separator=";", top=2, name="Libellé"),
    "inserm-cepidc": Layout("causes", "departement", "departement", "valeur", "annee"),
    "urbasante": Layout(
        "communes", "code_insee", "commune", "Part des pers. âgées de 65", "Part des pers. âgées de - de 25", name="nom"),
}  # fmt: skip


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

    def column(self, title: str | None) -> int:
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
    rows = tuple(tuple(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=layout.separator))
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
        return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in (separator, '"', "\n")) else text

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
