"""Partners' tables before the same faults as the producers': read right, refused by file and row, or a blank that is said.

A table of screenings by commune, as CSV and as workbook, described by its TOML. Its coverage is declared, so that a row
that was lost is seen. Rows of random text and bytes follow.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cls_analysis.sources.imports.reading import ImportResult, load_import
from tests.corpus.layout import Layout, Sheet, named, to_bytes
from tests.corpus.mutations import Mutation, gathered
from tests.corpus.outcome import (
    BLANKED,
    CRASHED,
    NONE,
    READ,
    REFUSED,
    UNCLEAR,
    WRONG,
    Outcome,
    Valid,
    cause_of,
    compare,
    said,
)
from tests.corpus.test_random import ODD
from tests.imports.made_up import SCREENING
from tests.sources.made import communes, draw

HEADER = ("Code", "Commune", "Dépistées", "Invitées", "Remarque")
FORMATS = ("csv", "xlsx")
ALL = os.environ.get("CLS_CORPUS") == "all"  # else one fault in three for each format
PART = 3
LAYOUT = Layout(
    "table", "Code", number="Dépistées", twin="Invitées", separator=";", decimal=",", sheet="Feuille1", name="Commune"
)
# Marks that partners write, read as no value: a lookup that found nothing, a number hidden under a bound.
MARKS = {"an error of a lookup", "a number rounded to a bound", "a row without its last cells"}
LIMITS = {
    "a column moved down by a row": "other plausible figures; guard: the denominator, and the partner who is shown the table (imports check)",
    "the commune beside its arrondissements": "no fault for a partner who gives both: they are kept at two levels",
}


class Table:
    """A valid table in its folder; each fault is written in its place, read, and judged."""

    def __init__(self, folder: Path, kind: str, departements: tuple[str, ...]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        codes = communes(2026, departements)
        layout = replace(LAYOUT, separator=None) if kind == "xlsx" else LAYOUT
        rows = [
            (
                code,
                "x",
                *(
                    _cell(number, kind)
                    for number in (50 + draw(code, "n", below=2000), 3000 + draw(code, "d", below=500))
                ),
                "",
            )
            for code in codes
        ]
        self.sheet = named(Sheet(layout, (HEADER, *rows), name="Feuille1"))
        self.path = folder / f"depistage.{kind}"
        self.toml = folder / "depistage.toml"
        coverage = ", ".join(f'"{code}"' for code in departements)
        self.toml.write_text(SCREENING.replace("[columns]", f"coverage = [{coverage}]\n[columns]"), encoding="utf-8")
        self.path.write_bytes(to_bytes(self.sheet))
        frame = self._read().observations
        assert frame is not None, self._read().problems
        self.valid = Valid(
            "import-depistages", departements, folder, self.sheet, self.path.read_bytes(), (frame,), self.path
        )

    def _read(self) -> ImportResult:
        return load_import(self.toml)

    def judge(self, data: bytes, *, cause: str = ".", blank: bool = False) -> Outcome:
        """What `load_import` makes of those bytes."""
        self.path.write_bytes(data)
        try:
            result = self._read()
        except Exception as error:  # any exception is the fault that this corpus looks for
            return Outcome(CRASHED, f"{type(error).__name__}: {error}")
        finally:
            self.path.write_bytes(self.valid.data)
        if result.observations is None:
            text = "\n".join(result.problems)
            if self.path.name not in text:
                return Outcome(UNCLEAR, f"the file is not named: {text}")
            return (
                Outcome(REFUSED, text)
                if cause_of(text, cause)
                else Outcome(UNCLEAR, f"no cause like {cause!r}: {text}")
            )
        kind, detail = compare([result.observations], self.valid.frames, blank=blank)
        if kind == WRONG:
            kind, detail = said([result.observations], self.valid, result.notes) or (kind, detail)
        return Outcome(kind, detail, result.notes)


def _cell(number: int, kind: str) -> object:
    return float(number) if kind == "xlsx" else str(number)


class Tables:
    def __init__(self, root: Path) -> None:
        self.root, self.made = root, {}

    def of(self, kind: str, departements: tuple[str, ...]) -> Table:
        key = (kind, departements)
        if key not in self.made:
            self.made[key] = Table(self.root / kind / "-".join(departements), kind, departements)
        return self.made[key]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tables]:
    yield Tables(tmp_path_factory.mktemp("partners"))


def outcome(tables: Tables, kind: str, mutation: Mutation) -> Outcome:
    table = tables.of(kind, mutation.departements)
    try:
        spoiled = mutation.spoil(table.sheet)
    except LookupError as error:
        return Outcome(NONE, str(error))
    data = spoiled if isinstance(spoiled, bytes) else to_bytes(spoiled)
    return table.judge(data, cause=mutation.cause, blank=mutation.blank or mutation.name in MARKS)


@pytest.mark.parametrize("kind", FORMATS)
def test_no_fault_of_a_partner_s_table_gives_a_wrong_number(tables: Tables, kind: str) -> None:
    wrong, met = [], 0
    for place, (name, mutation) in enumerate(gathered().items()):
        if not ALL and name not in LIMITS and (place + FORMATS.index(kind)) % PART:
            continue
        found = outcome(tables, kind, mutation)
        if found.kind == NONE:
            continue
        met += 1
        limit = name in LIMITS
        if limit and found.kind != WRONG:
            wrong.append(f"{name}: {found.kind}; it is no longer a limit, take it off the list")
        elif not limit and found.kind not in (READ, BLANKED, REFUSED):
            wrong.append(f"{name}: {found.kind}: {found.detail[:300]}")
    assert not wrong, "\n".join(wrong)
    assert met >= 40


FEW = settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("kind", FORMATS)
@FEW
@given(data=st.data())
def test_a_random_text_in_a_partner_s_number_is_refused_or_leaves_a_blank(
    tables: Tables, kind: str, data: st.DataObject
) -> None:
    table = tables.of(kind, ("90",))
    row = data.draw(st.integers(0, len(table.sheet.body) - 1))
    text = data.draw(ODD)
    spoiled = table.sheet.with_cells(table.sheet.number, lambda _cell: text, rows=[row])
    assert table.judge(to_bytes(spoiled), blank=True).kind not in (WRONG, CRASHED, UNCLEAR), text


@pytest.mark.parametrize("kind", FORMATS)
@FEW
@given(data=st.data())
def test_random_bytes_in_a_partner_s_file_never_crash(tables: Tables, kind: str, data: st.DataObject) -> None:
    table = tables.of(kind, ("90",))
    place = data.draw(st.integers(0, len(table.valid.data) - 1))
    noise = data.draw(st.binary(min_size=1, max_size=6))
    found = table.judge(table.valid.data[:place] + noise + table.valid.data[place + len(noise) :])
    assert found.kind not in (CRASHED, UNCLEAR), found
