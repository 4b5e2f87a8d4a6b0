"""What did a reader make of a spoiled file: read right, refused with its reasons, or a wrong number?"""

from __future__ import annotations

import contextlib
import importlib
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest.mock import patch

import pandas as pd

from cls_analysis.errors import InvalidInput
from cls_analysis.sources import get_source
from cls_analysis.sources.codes import Scope
from cls_analysis.sources.notes import collect
from cls_analysis.sources.observations import validate_observations
from tests.corpus.layout import LAYOUTS, Sheet, arranged, named, open_sheet, to_bytes
from tests.corpus.makers import MAKERS
from tests.corpus.mutations import Mutation
from tests.sources.made import paths_of

READ, BLANKED, NOTED, REFUSED, WRONG, UNCLEAR, CRASHED, NONE = (
    "read right", "read with a blank", "left out, noted", "refused", "WRONG", "refused unclearly", "CRASHED", "does not apply",
)  # fmt: skip
# Files whose rows are counted, not compared with a list of territories: their length is declared (`min_rows`).
COUNTED = {"banatic": "cls_analysis.sources.banatic", "cartosante": "cls_analysis.sources.cartosante"}
ONLY = {"insee-appartenance": ("2024",), "insee-cog": ("communes",)}
USUAL = ("90",)
# Registers that hold sites without a usable address: such a row is counted nowhere, and the note says how many.
REGISTERS = {"ans-rpps": r"are not located|without a located site", "finess": r"could not be placed"}
PERSONS = re.compile("SECRET|INVENT")  # names in the made-up directory
VALUES = ("observed", "estimated")


@dataclass(frozen=True)
class Outcome:
    kind: str
    detail: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Valid:
    """A valid made-up source: its folder, its spoiled file opened, and what the reader makes of it."""

    source_id: str
    departements: tuple[str, ...]
    folder: Path
    sheet: Sheet
    data: bytes
    frames: tuple[pd.DataFrame, ...]
    path: Path


@dataclass
class Bench:
    """Valid fixtures, made once; each is spoiled in place, read, and put back."""

    root: Path
    made: dict[tuple[str, tuple[str, ...]], Valid | None] = field(default_factory=dict)

    def valid(self, source_id: str, departements: tuple[str, ...]) -> Valid | None:
        """The fixture of a reader for some départements, or None where the maker has none of them."""
        departements = (LAYOUTS[source_id].small or departements) if departements == USUAL else departements
        key = (source_id, departements)
        if key not in self.made:
            self.made[key] = _make(self.root / "-".join(departements), source_id, departements)
        return self.made[key]

    def outcome(self, source_id: str, mutation: Mutation) -> Outcome:
        valid = self.valid(source_id, mutation.departements)
        if valid is None:
            return Outcome(NONE, "no fixture of these départements")
        try:
            spoiled = mutation.spoil(valid.sheet)
        except LookupError as error:
            return Outcome(NONE, str(error))
        data = spoiled if isinstance(spoiled, bytes) else to_bytes(spoiled)
        if data == to_bytes(valid.sheet):
            return Outcome(NONE, "it changes nothing here")
        return self.read(valid, data, cause=mutation.cause, blank=mutation.blank)

    def read(self, valid: Valid, data: bytes, *, cause: str = ".", blank: bool = False) -> Outcome:
        """What the reader makes of that file in the place of the valid one."""
        valid.path.write_bytes(data)
        try:
            with collect() as notes:
                frames = read_all(valid.folder, valid.source_id, valid.departements, rows=len(valid.sheet.body))
                kind, detail = compare(frames, valid.frames, blank=blank)
                if kind == WRONG:
                    kind, detail = said(frames, valid, notes) or (kind, detail)
                if kind not in (READ, BLANKED, NOTED):
                    validate_observations(frames[0], get_source(valid.source_id))
            return Outcome(kind, detail, tuple(notes))
        except InvalidInput as error:
            lost = unclear(error, valid, cause)
            return Outcome(UNCLEAR if lost else REFUSED, f"{lost}: {error}" if lost else str(error))
        except Exception as error:  # any other error is the fault that this corpus looks for: it is reported as such
            return Outcome(CRASHED, f"{type(error).__name__}: {error}")
        finally:
            valid.path.write_bytes(valid.data)


def _make(root: Path, source_id: str, departements: tuple[str, ...]) -> Valid | None:
    try:
        MAKERS[source_id](root, departements)
    except IndexError:
        return None
    layout = LAYOUTS[source_id]
    path = paths_of(root, source_id)[layout.key]
    sheet = arranged(named(open_sheet(path, layout)))
    if not sheet.body:
        return None
    path.write_bytes(to_bytes(sheet))
    frames = read_all(root, source_id, departements, rows=len(sheet.body))
    return Valid(source_id, departements, root, sheet, path.read_bytes(), tuple(frames), path)


def read_all(root: Path, source_id: str, departements: tuple[str, ...], *, rows: int) -> list[pd.DataFrame]:
    """What the reader makes of the files; `rows` is how many rows the spoiled file is known to have when whole."""
    source, scope = get_source(source_id), Scope(frozenset(departements))
    paths = paths_of(root, source_id)
    chosen = ONLY.get(source_id)
    tables = [table for table in source.tables if chosen is None or table.name in chosen]
    if source_id in COUNTED:
        module = importlib.import_module(COUNTED[source_id])
        file = replace(module.FILE, min_rows=rows)
        with patch.object(module, "FILE", file):
            return [source.read(paths), *(table.read(paths) for table in tables)]
    return [source.read(paths, scope=scope), *(table.read(paths, scope=scope) for table in tables)]


def compare(frames: list[pd.DataFrame], valid: tuple[pd.DataFrame, ...], *, blank: bool) -> tuple[str, str]:
    """Whether what was read is what was there; with `blank`, a value may have become a blank, never another value."""
    for one, other in zip(frames, valid, strict=True):
        if _same(one, other):
            continue
        if not blank:
            return WRONG, _difference(one, other)
        detail = _only_blanks(one, other)
        if detail:
            return WRONG, detail
    return (READ, "") if all(_same(a, b) for a, b in zip(frames, valid, strict=True)) else (BLANKED, "")


def said(frames: Sequence[pd.DataFrame], valid: Valid, notes: Sequence[str]) -> tuple[str, str] | None:
    """What a reader left out and said so: blanks whose territories are all in its notes, or sites of a register."""
    both = _beside(frames[0], valid.frames[0])
    if both is None or not all(_same(a, b) for a, b in zip(frames[1:], valid.frames[1:], strict=True)):
        return None
    changed = both[both["value"].ne(both["value_valid"]) & ~(both["value"].isna() & both["value_valid"].isna())]
    if changed.empty:
        return None
    text = "\n".join(notes)
    if changed["value"].isna().all() and all(code in text for code in changed["code"].unique()):
        return BLANKED, ""
    less = changed["value"] < changed["value_valid"]
    if valid.source_id in REGISTERS and less.all() and re.search(REGISTERS[valid.source_id], text):
        return NOTED, ""
    return None


def _same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    if one is other:
        return True
    with contextlib.suppress(AssertionError):
        pd.testing.assert_frame_equal(one, other, check_categorical=False, rtol=1e-12)
        return True
    return False


def _difference(one: pd.DataFrame, other: pd.DataFrame) -> str:
    if len(one) != len(other):
        return f"{len(one)} rows for {len(other)}"
    left, right = one.astype("str"), other.astype("str")
    found = (left != right).any(axis=1)
    return f"{int(found.sum())} rows differ: {left[found].head(2).to_dict('records')} for {right[found].head(2).to_dict('records')}"


def _only_blanks(one: pd.DataFrame, other: pd.DataFrame) -> str:
    if "value" not in one or len(one) != len(other):
        return _difference(one, other)
    both = _beside(one, other)
    if both is None:
        return _difference(one, other)
    same = (both["value"] == both["value_valid"]) | (both["value"].isna() & both["value_valid"].isna())
    blanked = both["value"].isna() & ~both["status"].isin(VALUES)
    wrong = ~(same | blanked)
    return f"{int(wrong.sum())} values changed" if wrong.any() else ""


def _beside(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame | None:
    """Both frames of observations side by side (`value`, `value_valid`); None where a key is in one only."""
    if "value" not in one or "value" not in other:
        return None
    keys = ["level", "code", "variable", "period", "sex", "age"]
    both = one.astype(dict.fromkeys(keys, "str")).merge(
        other.astype(dict.fromkeys(keys, "str")),
        on=keys,
        how="outer",
        validate="one_to_one",
        suffixes=("", "_valid"),
        indicator=True,
    )
    return both if (both["_merge"] == "both").all() else None


def unclear(error: InvalidInput, valid: Valid, cause: str) -> str:
    """What a refusal does not tell: the file, the next command, or the cause."""
    text = str(error)
    if valid.path.name not in text:
        return f"the file {valid.path.name} is not named"
    if PERSONS.search(text):
        return "a person is named"
    if not error.hint:
        return "no next command"
    return "" if cause_of(text, cause) else f"no cause like {cause!r}"


def cause_of(text: str, cause: str) -> bool:
    """Whether a refusal tells a cause like that one."""
    return re.search(cause, text, re.IGNORECASE) is not None


@contextlib.contextmanager
def bench() -> Iterator[Bench]:
    folder = Path(tempfile.mkdtemp(prefix="corpus-"))
    try:
        yield Bench(folder)
    finally:
        shutil.rmtree(folder)


def counts(outcomes: Mapping[tuple[str, str], Outcome]) -> dict[str, dict[str, int]]:
    """Reader -> kind of outcome -> how many."""
    table: dict[str, dict[str, int]] = {}
    for (source_id, _), outcome in outcomes.items():
        row = table.setdefault(source_id, {})
        row[outcome.kind] = row.get(outcome.kind, 0) + 1
    return table
