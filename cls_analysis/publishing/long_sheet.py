"""How is a sheet of a hundred thousand cells written in a tenth of the time? By column, each different value once.

XlsxWriter goes through some twenty calls for each cell. A table of published values repeats itself (indicators, territories,
statuses), so `LongSheet.fill` writes each different value of a column once and joins the rows. Everything else of the sheet, its
headings and the rest of the file stay XlsxWriter's. The cells read back are those that its own calls give (tests).

Reference: ECMA-376 part 1, 18.3.1.4 (c, cell) and 18.3.1.73 (row); XlsxWriter 3, `Workbook.add_worksheet(worksheet_class=)`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from cls_analysis.columns import Column
from cls_analysis.errors import InvalidInput

MAX_TEXT = 32_767  # characters that a cell holds
_ROW = "\0"  # in a cell, the place of the number of its row: XML knows no such character
_NO_NUMBERS = ("NAN", "INF", "-INF")


class LongSheet(Worksheet):
    """A worksheet whose rows below the headings are given at once, by column."""

    dim_rowmax: int | None  # the last row, as XlsxWriter counts
    _columns: Sequence[list[str]] = ()

    def fill(self, columns: Sequence[tuple[Sequence[Any], Callable[[Any], Any]]]) -> None:
        """Cells from the second row on: the values of each column, and what is written for each different one (text, number,
        boolean; None or an empty text leaves the cell empty), but a finite float, which is written as it is.

        Raises InvalidInput for text that no cell holds and for a number that is not finite.
        """
        self._columns = [
            Column.of(values).texts(partial(self._cells, f'<c r="{xl_col_to_name(number)}{_ROW}"', plain))
            for number, (values, plain) in enumerate(columns)
        ]
        self._check_dimensions(len(columns[0][0]), len(columns) - 1)

    def _cells(self, start: str, plain: Callable[[Any], Any], values: Sequence[Any]) -> Iterable[str]:
        """Cells of any row; empty for an empty one."""
        if set(map(type, values)) == {float} and all(map(math.isfinite, values)):
            return [f"{start}><v>{value:.16G}</v></c>" for value in values]  # which nobody words otherwise
        return [self._cell(start, plain(value)) for value in values]

    def _cell(self, start: str, value: Any) -> str:
        if value is None or value == "":
            return ""
        if isinstance(value, bool):
            return f'{start} t="b"><v>{value:d}</v></c>'
        if isinstance(value, int | float):
            number = f"{value:.16G}"
            if number in _NO_NUMBERS:
                raise InvalidInput(f"{number} is no number for a workbook")
            return f"{start}><v>{number}</v></c>"
        text = str(value)
        if len(text) > MAX_TEXT:
            raise InvalidInput(f"text of {len(text)} characters, a cell holds {MAX_TEXT}: {text[:40]}...")
        return f'{start} t="s"><v>{self.str_table._get_shared_string_index(text)}</v></c>'

    def _write_rows(self) -> None:
        if max(*self.table, *self.row_info, 0, 0) > 0:
            raise InvalidInput("a row below the headings was written apart: `fill` gives them all")
        last, self.dim_rowmax = self.dim_rowmax, 0
        super()._write_rows()  # the headings
        self.dim_rowmax = last
        rows = map("".join, zip(*self._columns, strict=True))
        self.fh.write("".join(_row(str(number), cells) for number, cells in enumerate(rows, start=2) if cells))


def _row(number: str, cells: str) -> str:
    return f'<row r="{number}">{cells.replace(_ROW, number)}</row>'
