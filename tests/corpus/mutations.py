"""What can happen to a producer's file before it reaches a reader? Every fault of the corpus, under one name.

A `Mutation` turns an opened valid file into a spoiled one (cells, or bytes for what breaks the file itself). It says
what a reader may answer: `cause` is what a refusal must tell, `blank` that a reader may leave a blank where a mark
was put. Faults that do not apply to a file (no such column, a workbook's fault in a text file) raise `LookupError`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.corpus.layout import Sheet

Spoil = Callable[[Sheet], "Sheet | bytes"]
ANY_CAUSE = r"."


@dataclass(frozen=True)
class Mutation:
    """One fault: `departements` are those of the fixture it is made on (one with leading zeros, one with Paris ...)."""

    name: str
    spoil: Spoil
    cause: str = ANY_CAUSE
    blank: bool = False
    departements: tuple[str, ...] = ("90",)


def gathered() -> dict[str, Mutation]:
    """Every mutation by name; two of one name are an error."""
    from tests.corpus import of_bytes, of_cells, of_rows

    found: dict[str, Mutation] = {}
    for mutation in (*of_bytes.MUTATIONS, *of_rows.MUTATIONS, *of_cells.MUTATIONS):
        if mutation.name in found:
            raise ValueError(f"two mutations are named {mutation.name!r}")
        found[mutation.name] = mutation
    return found


def only_text(sheet: Sheet) -> None:
    if not sheet.text:
        raise LookupError("a fault of text files")


def only_workbook(sheet: Sheet) -> None:
    if sheet.text:
        raise LookupError("a fault of workbooks")
