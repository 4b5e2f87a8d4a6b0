"""Faults of single cells: codes that lost their zeros, numbers written otherwise, marks, dates, impossible values."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from tests.corpus.layout import Sheet
from tests.corpus.mutations import Mutation, Spoil, only_workbook

AIN, AISNE = ("06",), ("2A",)


def codes(change: Callable[[Any], Any], *, some: bool = False) -> Spoil:
    """A change of all the codes, or of three of them; a fault that changes nothing does not apply."""

    def spoil(sheet: Sheet) -> Sheet:
        rows = [0, len(sheet.body) // 2, len(sheet.body) - 2] if some else None
        return _changed(sheet, sheet.with_cells(sheet.code, lambda cell: change(_plain(cell)), rows=rows))

    return spoil


def one_code(code: str) -> Spoil:
    """The code of a middle row replaced."""
    return lambda sheet: sheet.with_cells(sheet.code, lambda _cell: code, rows=[len(sheet.body) // 2])


def _plain(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _changed(before: Sheet, after: Sheet) -> Sheet:
    if after.rows == before.rows:
        raise LookupError("it changes nothing here")
    return after


def beside(sheet: Sheet) -> Sheet:
    """Paris as a commune beside its arrondissements, or the arrondissements beside Paris, with figures of their own."""
    code = sheet.code
    held = {str(row[code]) for row in sheet.body}
    first = next((row for row in sheet.body if str(row[code]).startswith("75")), None)
    if first is None or len(str(first[code])) != 5:
        raise LookupError("no commune of Paris here")
    added = ["75056"] if "75056" not in held else [f"751{number:02d}" for number in range(1, 21)]
    return sheet.with_body([*sheet.body, *((*first[:code], one, *first[code + 1 :]) for one in added)])


def one_arrondissement_lost(sheet: Sheet) -> Sheet:
    code = sheet.code
    kept = [row for row in sheet.body if str(row[code]) != "75107"]
    if len(kept) == len(sheet.body):
        raise LookupError("no arrondissement here")
    return sheet.with_body(kept)


def number(change: Callable[[Any], Any], *, every: bool = False, which: str = "number") -> Spoil:
    """A change of one number of the file (the third there is), or of all the numbers of a column."""

    def spoil(sheet: Sheet) -> Sheet:
        column = getattr(sheet, which)
        filled = sheet.filled(column)
        rows = filled if every else [filled[min(2, len(filled) - 1)]]
        return _changed(sheet, sheet.with_cells(column, change, rows=rows))

    return spoil


def as_text(change: Callable[[str], str]) -> Callable[[Any], str]:
    return lambda cell: change(_plain(cell))


def written(text: str, **where: Any) -> Spoil:
    return number(lambda _cell: text, **where)


def typed(value: object) -> Spoil:
    """A typed cell of a workbook (date, boolean)."""

    def spoil(sheet: Sheet) -> Sheet:
        only_workbook(sheet)
        return number(lambda _cell: value)(sheet)

    return spoil


def as_date(sheet: Sheet) -> Sheet:
    """A number turned into a date by a spreadsheet: the typed date in a workbook, its text in a CSV."""
    day = datetime.date(2021, 3, 12)
    return number(lambda _cell: day.strftime("%d/%m/%Y") if sheet.text else day)(sheet)


def other_decimal(text: str) -> str:
    return text.replace(".", ",") if "." in text else text.replace(",", ".") if "," in text else text


def with_decimal(sheet: Sheet) -> Sheet:
    """One decimal added in the mark that the producer does not use."""
    mark = "." if sheet.layout.decimal == "," else ","
    return number(as_text(lambda text: f"{text.split('.')[0].split(',')[0]}{mark}5"))(sheet)


def grouped(mark: str) -> Callable[[str], str]:
    """Thousands grouped by a mark, the digits unchanged; a decimal part is kept."""

    def change(text: str) -> str:
        whole, point, rest = text.partition("." if "." in text else ",")
        digits = whole.lstrip("-")
        sign = whole[: len(whole) - len(digits)]
        if len(digits) < 4:
            return text
        parts = [digits[max(0, end - 3) : end] for end in range(len(digits), 0, -3)][::-1]
        return sign + mark.join(parts) + point + rest

    return as_text(change)


def scaled(factor: float) -> Callable[[Any], Any]:
    """The same number in another unit (a share as a fraction, a count in thousands), as that file would write it."""

    def change(cell: Any) -> Any:
        if isinstance(cell, float | int):
            return cell * factor
        value = float(cell.replace(",", ".")) * factor
        text = f"{value:.6f}".rstrip("0").rstrip(".")
        return text.replace(".", ",") if "," in cell else text

    return change


def excel_series(sheet: Sheet) -> Sheet:
    """A number dragged over the column: every row holds the first number."""
    first = sheet.body[sheet.filled(sheet.number)[0]][sheet.number]
    return number(lambda _cell: first, every=True)(sheet)


_CODE = r"twice|not a code|not codes|code|SIREN|known|missing|row \d+|rows \d+|without"
_NUMBER = r"plausible|blank|row \d+|finite|formula|column|sum|add up|do not make"
_MARK = _NUMBER
MUTATIONS = (
    Mutation("leading zeros lost everywhere", codes(lambda c: c.lstrip("0")), _CODE, departements=AIN),
    Mutation("leading zeros lost in some codes", codes(lambda c: c.lstrip("0"), some=True), _CODE, departements=AIN),
    Mutation("codes as decimal numbers", codes(lambda c: f"{c}.0"), _CODE),
    Mutation("codes as decimal numbers without zero", codes(lambda c: f"{c}.0".lstrip("0")), _CODE, departements=AIN),
    Mutation("codes as decimal comma numbers", codes(lambda c: f"{c},0"), _CODE),
    Mutation("codes in scientific writing", codes(lambda c: f"{float(c):.2E}" if c.isdigit() else c), _CODE),
    Mutation("codes with spaces around", codes(lambda c: f" {c} "), _CODE),
    Mutation("codes with a no-break space", codes(lambda c: f"{c}\u00a0"), _CODE),
    Mutation("codes with a zero-width space", codes(lambda c: f"{c}\u200b", some=True), _CODE),
    Mutation("codes with an apostrophe", codes(lambda c: f"'{c}"), _CODE),
    Mutation("codes as a formula of text", codes(lambda c: f'="{c}"'), _CODE + "|formula"),
    Mutation("codes with a prefix", codes(lambda c: f"COM-{c}"), _CODE),
    Mutation("codes grouped by a space", codes(lambda c: f"{c[:2]} {c[2:]}"), _CODE),
    Mutation("letter O for zero in codes", codes(lambda c: c.replace("0", "O"), some=True), _CODE),
    Mutation("letter l for one in codes", codes(lambda c: c.replace("1", "l")), _CODE),
    Mutation("Corsican codes in small letters", codes(str.lower), _CODE, departements=AISNE),
    Mutation("Corsican codes with 20", codes(lambda c: c.replace("2A", "20")), _CODE, departements=AISNE),
    Mutation("last figure of a code lost", codes(lambda c: c[:-1], some=True), _CODE),
    Mutation("a figure more in a code", codes(lambda c: f"{c}0", some=True), _CODE),
    Mutation("an unknown code", one_code("90999"), _CODE),
    Mutation("a code of an older vintage", one_code("90073"), _CODE + "|vintage"),
    Mutation("a code of a foreign country", one_code("99109"), _CODE),
    Mutation("a code of an overseas collectivity", one_code("98818"), _CODE),
    Mutation("a blank code", one_code(""), _CODE),
    Mutation("a code that is a name", one_code("Belfort"), _CODE),
    Mutation("a code of another territory of the file", lambda s: s.with_cells(s.code, lambda _c: s.body[0][s.code], rows=[1]), _CODE + "|repeat|duplicate"),
    Mutation("the commune beside its arrondissements", beside, r"arrondissement|not a code|not codes|COG|beside|sum|twice|without", departements=("75",)),
    Mutation("an arrondissement lost", one_arrondissement_lost, r"arrondissement", departements=("75",)),
    Mutation("one decimal in the other mark", with_decimal, _NUMBER),
    Mutation("all the decimals in the other mark", number(as_text(other_decimal), every=True), _NUMBER),
    Mutation("thousands grouped by a space", number(grouped(" "), every=True), _NUMBER),
    Mutation("thousands grouped by a no-break space", number(grouped("\u00a0"), every=True), _NUMBER),
    Mutation("thousands grouped by a narrow space", number(grouped("\u202f"), every=True), _NUMBER),
    Mutation("thousands grouped by a thin space", number(grouped("\u2009"), every=True), _NUMBER),
    Mutation("thousands grouped by a point", number(grouped("."), every=True), _NUMBER),
    Mutation("thousands grouped by a comma", number(grouped(","), every=True), _NUMBER),
    Mutation("thousands grouped by an apostrophe", number(grouped("'"), every=True), _NUMBER),
    Mutation("a negative number", number(as_text(lambda t: f"-{t}") ), _NUMBER),
    Mutation("a negative number with a true minus", number(as_text(lambda t: f"\u2212{t}")), _NUMBER),
    Mutation("a number in parentheses", number(as_text(lambda t: f"({t})")), _NUMBER),
    Mutation("a plus sign", number(as_text(lambda t: f"+{t}")), _NUMBER),
    Mutation("zeros before a number", number(as_text(lambda t: f"00{t}")), _NUMBER),
    Mutation("a huge number", written("999999999999999"), _NUMBER),
    Mutation("a number of forty figures", written("9" * 40), _NUMBER),
    Mutation("an infinite number", written("inf"), _NUMBER),
    Mutation("Infinity", written("-Infinity"), _NUMBER),
    Mutation("not a number", written("nan"), _MARK),
    Mutation("a number beyond floats", written("1e309"), _NUMBER),
    Mutation("a power of ten", written("1E+05"), _NUMBER),
    Mutation("a hexadecimal number", written("0x1F"), _NUMBER),
    Mutation("a number with underscores", written("1_000"), _NUMBER),
    Mutation("figures of another script", written("\u0661\u0662"), _NUMBER),
    Mutation("letter O for zero in a number", written("1O"), _NUMBER),
    Mutation("a fraction", written("1/2"), _NUMBER),
    Mutation("a formula", written("=A1+B1"), _NUMBER + "|formula"),
    Mutation("an error of a spreadsheet", written("#REF!"), _NUMBER),
    Mutation("an error of a lookup", written("#N/A"), _NUMBER),
    Mutation("hashes of a narrow column", written("####"), _NUMBER),
    Mutation("a percent sign", number(as_text(lambda t: f"{t}%")), _NUMBER),
    Mutation("a unit in the cell", number(as_text(lambda t: f"{t} hab.")), _NUMBER),
    Mutation("a currency in the cell", number(as_text(lambda t: f"{t} \u20ac")), _NUMBER),
    Mutation("a call for a note in the cell", number(as_text(lambda t: f"{t} (1)")), _NUMBER),
    Mutation("a superscript in the cell", number(as_text(lambda t: f"{t}\u00b9")), _NUMBER),
    Mutation("a provisional mark in the cell", number(as_text(lambda t: f"{t} p")), _NUMBER),
    Mutation("two numbers in a cell", number(as_text(lambda t: f"{t} / {t}")), _NUMBER),
    Mutation("a number rounded to a bound", written("<5"), _NUMBER),
    Mutation("a date for a number", as_date, _NUMBER),
    Mutation("a month for a number", written("mars-21"), _NUMBER),
    Mutation("a word for a boolean", written("VRAI"), _NUMBER),
    Mutation("a boolean of a workbook", typed(True), _NUMBER),
    Mutation("a time of a workbook", typed(datetime.datetime(1900, 1, 12, 6, 0)), _NUMBER),
    Mutation("a mark s of secrecy", written("s"), _MARK, blank=True),
    Mutation("a mark nd", written("nd"), _MARK, blank=True),
    Mutation("a mark NS", written("NS"), _MARK, blank=True),
    Mutation("a mark N/A", written("N/A"), _MARK, blank=True),
    Mutation("a mark of Géoclip's secrecy", written("N/A - secret statistique"), _MARK, blank=True),
    Mutation("a dash for a number", written("-"), _MARK, blank=True),
    Mutation("two points for a number", written(".."), _MARK, blank=True),
    Mutation("an asterisk for a number", written("***"), _MARK, blank=True),
    Mutation("a blank for a number", written(""), _MARK, blank=True),
    Mutation("a blank for every number", written("", every=True), _MARK, blank=True),
    Mutation("a secret mark in every number", written("s", every=True), _MARK, blank=True),
    Mutation("a decimal point lost", number(as_text(lambda t: t.replace(".", "").replace(",", "")), every=True), _NUMBER),
    Mutation("a share above one hundred", written("250", which="share"), _NUMBER),
    Mutation("shares as fractions", number(scaled(0.01), every=True, which="share"), _NUMBER + "|fraction"),
    Mutation("numbers in thousands", number(scaled(0.001), every=True), _NUMBER + "|sum"),
    Mutation("numbers a hundred times too large", number(scaled(100), every=True), _NUMBER + "|sum"),
    Mutation("the first number in every row", excel_series, _NUMBER + "|same"),
)  # fmt: skip
