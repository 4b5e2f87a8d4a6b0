"""How is a sheet of a hundred thousand cells written in a tenth of the time? By column, each different value once.

XlsxWriter goes through some twenty calls for each cell. A table of published values repeats itself (indicators, territories,
statuses), so `LongSheet.fill` writes each different value of a column once and joins the rows. Everything else of the sheet, its
headings and the rest of the file stay XlsxWriter's. The cells read back are those that its own calls give, but a number is
written to its last digit, where XlsxWriter stops at the sixteenth (tests).

Reference: ECMA-376 part 1, 18.3.1.4 (c, cell) and 18.3.1.73 (row); XlsxWriter 3, `Workbook.add_worksheet(worksheet_class=)`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from cls_analysis.columns import Column, decimal
from cls_analysis.errors import InvalidInput

MAX_TEXT = 32_767  # characters that a cell holds
_ROW = "\0"  # in a cell, the place of the number of its row: XML knows no such character


class LongSheet(Worksheet):
    """A worksheet whose rows below the headings are given at once, by column."""

    dim_rowmax: int | None  # the last row, as XlsxWriter counts
    _columns: Sequence[list[str]] = ()

    def fill(self, columns: Sequence[tuple[Sequence[Any], Callable[[Any], Any]]]) -> None:
        """Cells from the second row on: the values of each column, and what is written for each different one (text, number,
        boolean; None or an empty text leaves the cell empty). A column of finite floats alone is written as it is.

        Raises InvalidInput for text that no cell holds and for a number that is not finite.
        """
        self._columns = [self._column(xl_col_to_name(number), *column) for number, column in enumerate(columns)]
        self._check_dimensions(len(columns[0][0]), len(columns) - 1)

    def _column(self, name: str, values: Sequence[Any], plain: Callable[[Any], Any]) -> list[str]:
        """Cells of each row; empty for an empty one."""
        start = f'<c r="{name}{_ROW}"'

        def numbers(decimals: Sequence[str]) -> list[str]:
            return [f"{start}><v>{text}</v></c>" for text in decimals]

        def cells(different: Sequence[Any]) -> Iterable[str]:
            return (self._cell(start, plain(value)) for value in different)

        return Column.of(values).texts(cells, numbers)  # numbers nobody words otherwise

    def _cell(self, start: str, value: Any) -> str:
        if value is None or value == "":
            return ""
        if isinstance(value, bool):
            return f'{start} t="b"><v>{value:d}</v></c>'
        if isinstance(value, int | float):
            if isinstance(value, float) and not math.isfinite(value):
                raise InvalidInput(f"{value} is no number for a workbook")
            return f"{start}><v>{decimal(value)}</v></c>"
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
        rows = enumerate(map("".join, zip(*self._columns, strict=True)), start=2)
        self.fh.write("".join([f'<row r="{n}">{cells.replace(_ROW, str(n))}</row>' for n, cells in rows if cells]))
