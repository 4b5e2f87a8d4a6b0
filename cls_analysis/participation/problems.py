"""What is wrong in a coordinator's file, said so that it can be mended without help.

A problem names the file, the row as a spreadsheet numbers it (the header is row 1), the column, the
value found, its cause and what to do. Causes and remedies are in French: their reader is the
coordinator who fills the French files.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from cls_analysis.errors import ClsError, DataMissing, InvalidInput, UnknownName

Severity = Literal["error", "warning"]


class _InFrench(ClsError):
    """An error whose reader is the coordinator.

    >>> print(FilesRefused(["votes.csv : a", "axes.csv : b"], hint="corriger"))
    2 problèmes :
      - votes.csv : a
      - axes.csv : b
    À faire : corriger
    """

    def __str__(self) -> str:
        text = self.problems[0]
        if len(self.problems) > 1:
            text = f"{len(self.problems)} problèmes :\n" + "\n".join(f"  - {p}" for p in self.problems)
        return f"{text}\nÀ faire : {self.hint}" if self.hint else text


class FilesRefused(_InFrench, InvalidInput):
    """What was typed cannot be used as it is."""


class FolderMissing(_InFrench, DataMissing):
    """A territory of which nothing was gathered yet."""


class TerritoryUnknown(_InFrench, UnknownName):
    """A name that is neither a territory nor a folder of participation."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing to mend. `severity` "error" stops loading; "warning" is handled by a declared rule.

    >>> print(Problem("votes.csv", 3, "gravite", "7", "note hors de 0 à 4", "corriger la note"))
    votes.csv, ligne 3, colonne gravite, « 7 » : note hors de 0 à 4. À faire : corriger la note.
    """

    file: str
    row: int | None
    column: str | None
    value: str | None
    cause: str
    fix: str
    severity: Severity = "error"

    def __str__(self) -> str:
        where = self.file
        if self.row is not None:
            where += f", ligne {self.row}"
        if self.column:
            where += f", colonne {self.column}"
        if self.value:
            where += f", « {shorten(self.value)} »"
        return f"{where} : {self.cause}. À faire : {self.fix}."


def shorten(value: str, length: int = 60) -> str:
    """The beginning of a value on one line, control characters shown as escapes."""
    flat = "".join(c if c.isprintable() else repr(c)[1:-1] for c in value)
    return flat if len(flat) <= length else flat[: length - 1] + "…"


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Those that stop loading."""
    return [p for p in problems if p.severity == "error"]


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """By file, row and column, each said once."""
    return sorted(set(problems), key=lambda p: (p.file, p.row or 0, p.column or "", p.cause, p.value or ""))
