"""Faults of rows, columns and headers: lost, repeated, moved, shifted, merged, totals and notes among the data."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from cls_analysis.sources.text import fold
from tests.corpus.layout import Row, Sheet, is_number
from tests.corpus.mutations import Mutation, Spoil


def body(change: Callable[[tuple[Row, ...]], object]) -> Spoil:
    return lambda sheet: sheet.with_body(list(change(sheet.body)))


def all_columns(change: Callable[[Row, int, int], Row]) -> Spoil:
    """A change of every row from the header on; given the positions of the number and of its twin."""

    def spoil(sheet: Sheet) -> Sheet:
        top, one, other = sheet.layout.top, sheet.number, sheet.twin
        return replace(
            sheet, rows=(*sheet.rows[:top], *(change(_wide(row, sheet), one, other) for row in sheet.rows[top:]))
        )

    return spoil


def _wide(row: Row, sheet: Sheet) -> Row:
    return (*row, *[""] * (len(sheet.header) - len(row)))


def total(label: str, code: str) -> Spoil:
    """A row of sums, as spreadsheets add it at the end."""

    def spoil(sheet: Sheet) -> Sheet:
        number = sheet.number
        values = [float(str(row[number]).replace(",", ".")) for row in sheet.body if is_number(row[number])][:50]
        row: list[object] = [""] * len(sheet.header)
        row[sheet.code] = code
        if label:
            row[sheet.code - 1 if sheet.code else 1] = label
        row[number] = str(round(sum(values))) if sheet.text else round(sum(values))
        return sheet.with_body([*sheet.body, tuple(row)])

    return spoil


def total_filled(code: str) -> Spoil:
    """A row of another level, complete: the figures of the first row under another code."""

    def spoil(sheet: Sheet) -> Sheet:
        place = sheet.code
        first = sheet.body[0]
        return sheet.with_body([*sheet.body, (*first[:place], code, *first[place + 1 :])])

    return spoil


def note_row(text: str) -> Spoil:
    return lambda sheet: sheet.with_body([*sheet.body, (text, *[""] * (len(sheet.header) - 1))])


def one_row(change: Callable[[Row], Row]) -> Spoil:
    def spoil(sheet: Sheet) -> Sheet:
        middle = len(sheet.body) // 2
        rows = list(sheet.body)
        rows[middle] = change(rows[middle])
        return sheet.with_body(rows)

    return spoil


def renamed(change: Callable[[str], str], *, which: str = "number") -> Spoil:
    def spoil(sheet: Sheet) -> Sheet:
        place = getattr(sheet, which)
        return sheet.with_header(lambda header: (*header[:place], change(str(header[place])), *header[place + 1 :]))

    return spoil


def headers(change: Callable[[str], str]) -> Spoil:
    return lambda sheet: sheet.with_header(lambda header: tuple(change(str(title)) for title in header))


def other_year(title: str) -> str:
    changed = re.sub(
        r"(?:20)?(\d\d)(?!.*\d)", lambda found: found.group(0)[:-2] + f"{int(found.group(1)) - 1:02d}", title
    )
    if changed == title:
        raise LookupError("no year in the header")
    return changed


def swapped_header(sheet: Sheet) -> Sheet:
    one, other = sheet.number, sheet.twin
    return sheet.with_header(lambda row: _swap(row, one, other))


def swapped_code_and_label(sheet: Sheet) -> Sheet:
    code = sheet.code
    return sheet.with_header(lambda row: _swap(row, code, code + 1))


def swapped_cells(sheet: Sheet) -> Sheet:
    one, other = sheet.number, sheet.twin
    return sheet.with_body([_swap(row, one, other) for row in sheet.body])


def _swap(row: Row, one: int, other: int) -> Row:
    cells = list(row)
    cells[one], cells[other] = cells[other], cells[one]
    return tuple(cells)


def shifted_column(sheet: Sheet) -> Sheet:
    """The cells of one column moved down by one row, as when a cell was inserted in a spreadsheet."""
    number = sheet.number
    cells = ["" if place == 0 else sheet.body[place - 1][number] for place in range(len(sheet.body))]
    return sheet.with_body(
        [(*row[:number], cell, *row[number + 1 :]) for row, cell in zip(sheet.body, cells, strict=True)]
    )


def sorted_column(sheet: Sheet) -> Sheet:
    """The codes sorted without their rows (a column sorted alone in a spreadsheet)."""
    code = sheet.code
    codes = sorted((row[code] for row in sheet.body), key=str, reverse=True)
    return sheet.with_body([(*row[:code], one, *row[code + 1 :]) for row, one in zip(sheet.body, codes, strict=True)])


def header_on_two_rows(sheet: Sheet) -> Sheet:
    top = sheet.layout.top
    band = ("Ensemble", *[""] * (len(sheet.header) - 1))
    return replace(sheet, rows=(*sheet.rows[:top], band, *sheet.rows[top:]))


def header_again(sheet: Sheet) -> Sheet:
    middle = len(sheet.body) // 2
    return sheet.with_body([*sheet.body[:middle], sheet.header, *sheet.body[middle:]])


def units_row(sheet: Sheet) -> Sheet:
    """A row of units under the header where the producer writes none; taken off where it writes one."""
    top = sheet.layout.top
    if sheet.layout.units:
        return replace(sheet, rows=(*sheet.rows[: top + 1], *sheet.rows[top + 2 :]))
    return sheet.with_body([("", *["en nombre"] * (len(sheet.header) - 1)), *sheet.body])


def merged(sheet: Sheet) -> Sheet:
    """The code written once for two rows, as merged cells are saved."""
    code = sheet.code
    rows = list(sheet.body)
    rows[3] = (*rows[3][:code], "", *rows[3][code + 1 :])
    return sheet.with_body(rows)


def another_value(sheet: Sheet) -> Sheet:
    """A row repeated at the end with another number."""
    number = sheet.number
    place = sheet.filled(number)[0]
    row = sheet.body[place]
    changed = (
        row[number] + 1 if not sheet.text else str(row[number])[:-1] + ("1" if str(row[number])[-1] != "1" else "2")
    )
    return sheet.with_body([*sheet.body, (*row[:number], changed, *row[number + 1 :])])


_ROWS = r"missing|twice|repeat|duplicate|sum|add up|total|expected|cut short|without|not .*once|together"
_CODE = r"not a code|code|known|SIREN|is not|row \d+|without"
_COLUMN = r"column|header"
_CELLS = r"row \d+|cells|column|row of"
MUTATIONS = (
    Mutation("a row twice", body(lambda rows: [*rows[:3], rows[2], *rows[3:]]), _ROWS),
    Mutation("all the rows twice", body(lambda rows: [*rows, *rows]), _ROWS),
    Mutation("a row again with another number", another_value, _ROWS + r"|differ|two|several|" + _CELLS),
    Mutation("the first row lost", body(lambda rows: rows[1:]), _ROWS),
    Mutation("a middle row lost", body(lambda rows: [*rows[: len(rows) // 2], *rows[len(rows) // 2 + 1 :]]), _ROWS),
    Mutation("the last row lost", body(lambda rows: rows[:-1]), _ROWS),
    Mutation("only one row left", body(lambda rows: rows[:1]), _ROWS),
    Mutation("rows in another order", body(reversed)),
    Mutation("a row without its last cells", one_row(lambda row: row[: len(row) // 2]), _CELLS),
    Mutation("a row with a cell more", one_row(lambda row: (*row, "7")), _CELLS),
    Mutation("a row shifted to the right", one_row(lambda row: ("", *row[:-1])), _CELLS),
    Mutation("a row shifted to the left", one_row(lambda row: (*row[1:], "")), _CELLS),
    Mutation("a row of separators only", body(lambda rows: [*rows[:2], tuple("" for _ in rows[0]), *rows[2:]]), _CELLS + "|code"),
    Mutation("a row of spaces only", body(lambda rows: [*rows[:2], tuple(" " for _ in rows[0]), *rows[2:]]), _CELLS + "|code"),
    Mutation("a total row named Total", total("", "Total"), _CODE),
    Mutation("a total row without code", total("Total", ""), _CODE),
    Mutation("a total row coded 00000", total("", "00000"), _CODE),
    Mutation("a total row coded as France", total("", "FR"), _CODE),
    Mutation("a row of a département among the rows", total_filled("2B"), _CODE + "|missing"),
    Mutation("a row of the metropolis", total_filled("FRM"), _CODE),
    Mutation("a note under the rows", note_row("Lecture : exemple."), _CODE),
    Mutation("a source under the rows", note_row("* données provisoires"), _CODE),
    Mutation("columns in another order", all_columns(lambda row, _a, _b: tuple(reversed(row)))),
    Mutation("two columns moved with their header", all_columns(_swap)),
    Mutation("a column lost", all_columns(lambda row, one, _b: (*row[:one], *row[one + 1 :])), _COLUMN),
    Mutation("a column twice", all_columns(lambda row, one, _b: (*row, row[one])), _COLUMN),
    Mutation("a column more at the end", all_columns(lambda row, _a, _b: (*row, "nouveau"))),
    Mutation("a column more first", all_columns(lambda row, _a, _b: ("nouveau", *row))),
    Mutation("an index column without header first", lambda sheet: replace(sheet, rows=(*sheet.rows[: sheet.layout.top], *(("" if not place else str(place), *row) for place, row in enumerate(sheet.rows[sheet.layout.top :])))), _COLUMN),
    Mutation("a column renamed", renamed(lambda _title: "valeur brute"), _COLUMN),
    Mutation("the code column renamed", renamed(lambda _title: "identifiant", which="code"), _COLUMN),
    Mutation("a header left blank", renamed(lambda _title: ""), _COLUMN),
    Mutation("a header of another year", renamed(other_year), _COLUMN),
    Mutation("headers in capitals", headers(str.upper), _COLUMN),
    Mutation("headers without accents", headers(fold), _COLUMN),
    Mutation("headers with spaces", headers(lambda title: f" {title}  "), _COLUMN),
    Mutation("headers with line ends", headers(lambda title: title.replace(" ", "\n", 1)), _COLUMN + "|cells|row"),
    Mutation("two headers exchanged", swapped_header, r"row|column|sum"),
    Mutation("the headers of code and name exchanged", swapped_code_and_label, _CODE + "|column|header"),
    Mutation("the cells of two columns exchanged", swapped_cells, r"row|column|sum|unit"),
    Mutation("a column moved down by a row", shifted_column, r"row|column|sum"),
    Mutation("the codes sorted alone", sorted_column, r"row|column|sum|code|order|twice|without"),
    Mutation("a band above the header", header_on_two_rows, r"header|column|cells|title"),
    Mutation("the header again among the rows", header_again, _CODE),
    Mutation("a row of units added or lost", units_row, _CODE + "|unit"),
    Mutation("a code merged over two rows", merged, _CODE),
)  # fmt: skip
