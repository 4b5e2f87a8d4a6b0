"""Is this cell a number, a producer's mark, or something to refuse?

A number is read only in the producer's own writing (decimal point, or decimal comma); thousands may be grouped by
spaces. Marks (`s`, `nd`, `NS`, blank ...) are declared per source and give a status, never a value. Anything else,
a value out of its variable's bounds, or a decimal where whole numbers are published is refused by row.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cls_analysis.sources.model import Variable
from cls_analysis.sources.notes import note
from cls_analysis.sources.text import shown

STATUSES = ("observed", "estimated", "not_published", "missing", "not_applicable")
CODE_OF = {status: position for position, status in enumerate(STATUSES)}
OBSERVED, ESTIMATED, NOT_PUBLISHED, MISSING, NOT_APPLICABLE = range(5)
_SPACES = "\u0020\u00a0\u202f"
_PLAIN = {  # [0-9], not \d: figures of other scripts are not a producer's
    ".": r"[+-]?[0-9]+(?:\.[0-9]+)?",
    ",": r"[+-]?[0-9]+(?:,[0-9]+)?",
}
_EXPONENT = r"[+-]?[0-9]+(?:\.[0-9]+)?[eE]-[0-9]{1,3}"
_GROUPED = {
    mark: rf"[+-]?[0-9]{{1,3}}(?:[{_SPACES}][0-9]{{3}})+(?:{sep}[0-9]+)?" for mark, sep in ((".", r"\."), (",", ","))
}
CEILING = 1e10  # nothing published by commune, département or for France passes it, whatever its unit
FRACTIONS_FROM = 8  # so many shares, none above 1: fractions where percentages are declared


def parse_column(
    raw: pd.Series,
    variable: Variable,
    *,
    marks: Mapping[str, str],
    decimal: str = ".",
    where: str,
    column: str,
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Values (float64, null when not a number), statuses (int8 position in `STATUSES`) and problems by row.

    `raw` is text indexed by the row of the file; `marks` maps what the producer writes for no value to a status.

    >>> v = Variable("n", "n", "n", "count", integer=True)
    >>> parse_column(pd.Series(["12", "s"]), v, marks={"s": "not_published"}, where="f", column="N")
    (array([12., nan]), array([0, 2], dtype=int8), [])
    """
    text = raw.str.strip()
    values = np.full(len(text), np.nan)
    status = np.full(len(text), -1, dtype=np.int8)
    for mark, meaning in marks.items():
        status[(text == mark).to_numpy()] = CODE_OF[meaning]
    todo = status < 0
    plain = todo & text.str.fullmatch(_PLAIN[decimal]).to_numpy()
    if (
        decimal == "." and not variable.integer
    ):  # tiny numbers as programs write them; a count in that form lost figures
        plain |= todo & text.str.fullmatch(_EXPONENT).to_numpy()
    grouped = todo & ~plain & text.str.fullmatch(_GROUPED[decimal]).to_numpy()
    if grouped.any():
        note(f"{where}: {int(grouped.sum())} numbers of {column!r} had thousands grouped by spaces; read as numbers")
    for chosen in (plain, grouped):
        if chosen.any():
            digits = text[chosen].str.replace(rf"[{_SPACES}]", "", regex=True) if chosen is grouped else text[chosen]
            values[chosen] = (digits.str.replace(",", ".") if decimal == "," else digits).astype("float64")
            status[chosen] = OBSERVED
    problems = _refused(text[status < 0], decimal=decimal, where=where, column=column)
    status[status < 0] = MISSING
    return values, status, [*problems, *out_of_bounds(values, raw.index, variable, where=where, column=column)]


def parse_cells(
    cells: Sequence[object], rows: pd.Index, variable: Variable, *, marks: Mapping[str, str], where: str, column: str
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """The same for the typed cells of a workbook: a number is a number, text must be a mark or a plain number.

    Dates, booleans and times are refused: they are numbers that a spreadsheet changed.
    """
    kinds = {type(cell) for cell in cells}
    if kinds <= {float, int}:
        values = np.asarray(cells, dtype="float64")
        status = np.zeros(len(values), dtype=np.int8)
        if not np.isfinite(values).all():
            return values, status, [f"{where}, column {column!r}: a value is not a finite number"]
        return values, status, out_of_bounds(values, rows, variable, where=where, column=column)
    values = np.full(len(cells), np.nan)
    status = np.full(len(cells), -1, dtype=np.int8)
    problems = []
    texts, places = [], []
    for place, cell in enumerate(cells):
        if type(cell) in (float, int):
            values[place], status[place] = float(cell), OBSERVED  # type: ignore[arg-type]
        elif isinstance(cell, str):
            texts.append(cell)
            places.append(place)
        else:
            kind = (
                "a date"
                if isinstance(cell, datetime.date | datetime.time | datetime.timedelta)
                else f"a {type(cell).__name__}"
            )
            problems.append(f"{where}, row {rows[place]}, column {column!r}: {cell!s} is {kind}, not a number")
            status[place] = MISSING
    problems += out_of_bounds(values, rows, variable, where=where, column=column)
    if texts:
        read, marked, wrong = parse_column(
            pd.Series(texts, index=rows[places], dtype="str"), variable, marks=marks, where=where, column=column
        )
        values[places], status[places] = read, marked
        problems += wrong
    return values, status, problems[:20]


def with_missing(values: np.ndarray, status: np.ndarray, more: int) -> tuple[np.ndarray, np.ndarray]:
    """The same values and statuses with so many `missing` ones after them.

    >>> with_missing(np.array([1.0]), np.array([0], dtype=np.int8), 1)
    (array([ 1., nan]), array([0, 3], dtype=int8))
    """
    return np.append(values, np.full(more, np.nan)), np.append(status, np.full(more, MISSING, dtype=np.int8))


def out_of_bounds(values: np.ndarray, rows: pd.Index, variable: Variable, *, where: str, column: str) -> list[str]:
    """Values below the minimum, above the maximum, or not whole where whole numbers are published; by row."""
    with np.errstate(invalid="ignore"):
        checks = [
            (
                values < variable.minimum if variable.minimum is not None else None,
                f"is below {variable.minimum:g}" if variable.minimum is not None else "",
            ),
            (
                values > (CEILING if variable.maximum is None else variable.maximum),
                f"is above {CEILING if variable.maximum is None else variable.maximum:g}",
            ),
            (values != np.round(values) if variable.integer else None, "is not a whole number"),
        ]
    problems = []
    for found, why in checks:
        if found is None:
            continue
        bad = np.flatnonzero(found & ~np.isnan(values))
        for place in bad[:5]:
            problems.append(f"{where}, row {rows[place]}, column {column!r}: {values[place]:g} {why}")
        if len(bad) > 5:
            problems.append(f"{where}, column {column!r}: {len(bad) - 5} more values, each {why}")
    return [*problems, *_fractions(values, variable, where=where, column=column)]


def _fractions(values: np.ndarray, variable: Variable, *, where: str, column: str) -> list[str]:
    """A column of percentages of which none passes 1 (and some are not whole) holds fractions."""
    if variable.maximum != 100 or not variable.unit.startswith("%"):
        return []
    held = values[~np.isnan(values)]
    if len(held) < FRACTIONS_FROM or held.max() > 1 or (held == np.round(held)).all():
        return []
    return [
        f"{where}, column {column!r}: none of its {len(held)} percentages passes 1; likely fractions instead of percentages"
    ]


def _refused(cells: pd.Series, *, decimal: str, where: str, column: str) -> list[str]:
    if cells.empty:
        return []
    other = "," if decimal == "." else "."
    problems = []
    for row, cell in cells.head(5).items():
        if cell == "":
            why = "is blank, where the producer leaves no blank"
        elif pd.Series([cell]).str.fullmatch(_PLAIN[other]).iloc[0]:
            why = f"is written with {other!r}, where the producer writes {decimal!r}"
        elif cell.startswith("="):
            why = "is a formula, not its value"
        else:
            why = "is neither a number nor a mark of this producer"
        problems.append(f"{where}, row {row}, column {column!r}: {cell!r} {why}")
    if len(cells) > 5:
        problems.append(
            f"{where}, column {column!r}: {len(cells) - 5} more such cells ({shown(map(repr, cells.unique()), most=5)})"
        )
    return problems
