"""Which tables beside THE TABLE does a report declare, and how are they written without harm?

A declaration may carry `sheets`: tables of what was gathered and decided (`diagnostic/participation_sheets.py`). Each becomes a sheet of the
workbook, and all of them one CSV, a line per cell. Text is written as text: a formula typed by a respondent stays words.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cls_analysis.errors import InvalidInput
from cls_analysis.publishing.publication import Publication

_FORBIDDEN = set("[]:*?/\\'")
CSV_COLUMNS = ("feuille", "ligne", "colonne", "valeur")


class ExtraSheet(BaseModel):
    """One table: `name` fits a spreadsheet (31 characters, no reserved one), every row has a value per column."""

    model_config = ConfigDict(frozen=True)
    name: str = Field(min_length=1, max_length=31)
    title: str
    columns: tuple[str, ...] = Field(min_length=1)
    rows: tuple[tuple[str | bool | int | float | None, ...], ...]

    @model_validator(mode="after")
    def _square(self) -> ExtraSheet:
        if set(self.name) & _FORBIDDEN:
            raise ValueError(f"sheet {self.name!r}: a spreadsheet refuses {' '.join(sorted(_FORBIDDEN))}")
        uneven = [i for i, row in enumerate(self.rows, start=1) if len(row) != len(self.columns)]
        if uneven:
            raise ValueError(f"sheet {self.name!r}: rows {uneven[:5]} have not {len(self.columns)} values")
        return self


def extra_sheets(publication: Publication) -> tuple[ExtraSheet, ...]:
    """The sheets that a declaration carries; InvalidInput lists what is malformed or named twice."""
    declared = (publication.model_extra or {}).get("sheets", ())
    try:
        sheets = tuple(ExtraSheet.model_validate(s) for s in declared)
    except ValidationError as error:
        raise InvalidInput([str(e["msg"]) for e in error.errors()], hint="see participation_sheets.py") from error
    names = [s.name.casefold() for s in sheets]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise InvalidInput([f"two sheets are called {n!r}" for n in twice])
    return sheets


def long_rows(sheets: tuple[ExtraSheet, ...]) -> Iterator[tuple[Any, ...]]:
    """One (sheet, line, column, value) per cell that is not empty; lines are numbered from 1."""
    for sheet in sheets:
        for number, row in enumerate(sheet.rows, start=1):
            for column, value in zip(sheet.columns, row, strict=True):
                if value is not None and value != "":
                    yield sheet.name, number, column, value
