"""What people said, typed in spreadsheets and spoiled by them: each file of a participation folder is read the same, or refused by name.

The faults of bytes, rows, codes and numbers of the corpus, on a table of collections (a commune, a count) and on a table of
votes (notes); free texts may change, figures and codes may not.
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cls_analysis.errors import InvalidInput
from cls_analysis.participation import load
from tests.corpus.layout import Layout, Sheet, to_bytes
from tests.corpus.mutations import Mutation, gathered
from tests.participation.conftest import FILES, PLACES, write_folder

TODAY = dt.date(2025, 6, 1)
PART = 1 if os.environ.get("CLS_CORPUS") == "all" else 3
COLLECTIONS = Layout("recueils", "commune", number="participants", twin="epci", separator=";", decimal=",")
VOTES = Layout("votes", "enjeu", number="gravite", twin="importance", separator=";", decimal=",")
ROWS = {
    "recueils": [
        ("id", "type", "date", "lieu", "epci", "commune", "public", "participants", "operateur"),
        *(
            (f"R{n:02d}", "atelier", f"{n + 9}/03/2024", "Salle", "200000001", "01001", "habitants|elus", str(17 + n), "porteur")
            for n in range(1, 9)
        ),
    ],
    "votes": [
        ("votant", "college", "enjeu", "gravite", "importance", "frequence", "impact", "faisabilite"),
        *((f"N{n}", "elus", enjeu, str(n % 5), "3", "2", "1", "0") for n in range(1, 7) for enjeu in ("E1", "E2")),
    ],
}  # fmt: skip
_WHOLE = "a row is a row: the coordinator's own table has no list to compare with; guard: the counts of the report, read by its author"
_PLAUSIBLE = "other plausible figures, typed by the same hand; guard: the report shows every count"
LIMITS = {
    **dict.fromkeys(
        ("cut at the end of a line", "cut in the middle of a line", "the first row lost", "a middle row lost", "the last row lost", "only one row left", "only the header"),
        _WHOLE,
    ),
    **dict.fromkeys(
        ("the cells of two columns exchanged", "two headers exchanged", "a column moved down by a row", "the codes sorted alone",
         "the first number in every row", "numbers a hundred times too large", "a decimal point lost", "last figure of the file lost"),
        _PLAUSIBLE,
    ),
}  # fmt: skip


def sheet_of(table: str) -> Sheet:
    layout = {"recueils": COLLECTIONS, "votes": VOTES}[table]
    return Sheet(layout, tuple(ROWS[table]))


def frames(folder: Path) -> dict[str, pd.DataFrame]:
    found = load("pays-imaginaire", folder, places=PLACES, today=TODAY)
    return {"recueils": found.recueils, "votes": found.votes}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_folder(tmp_path_factory.mktemp("spoken") / "pays-imaginaire", {"commentaires/carte.md": None})
    for table in ROWS:
        (root / f"{table}.csv").write_bytes(to_bytes(sheet_of(table)))
    return root


def judge(folder: Path, table: str, data: bytes, valid: dict[str, pd.DataFrame]) -> str:
    """`same`, `blank` (a cell became a blank, nothing else), `refused`, or what went wrong."""
    path = folder / f"{table}.csv"
    whole = path.read_bytes()
    path.write_bytes(data)
    try:
        found = frames(folder)
    except InvalidInput as error:
        return "refused" if path.name in str(error) else f"the file is not named: {error}"
    except Exception as error:  # any other exception is the fault that this corpus looks for
        return f"CRASHED {type(error).__name__}: {error}"
    finally:
        path.write_bytes(whole)
    if _same(found[table], valid[table]):
        return "same"
    if _only_blanks(found[table], valid[table]):
        return "blank"
    return f"WRONG: {len(found[table])} rows for {len(valid[table])}"


def _same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Equal rows whatever their order; a blank and a missing value are the same."""
    if list(one.columns) != list(other.columns) or len(one) != len(other):
        return False
    texts = [sorted(map(str, frame.astype("str").itertuples(index=False, name=None))) for frame in (one, other)]
    return texts[0] == texts[1]


def _only_blanks(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Whether the rows are the same but for cells that hold nothing any more: an honest blank."""
    if list(one.columns) != list(other.columns) or len(one) != len(other):
        return False
    left, right = one.reset_index(drop=True), other.reset_index(drop=True)
    same = left.astype("str") == right.astype("str")
    return bool((same | left.isna() | left.astype("str").eq("")).all(axis=None))


def spoiled(table: str, mutation: Mutation) -> bytes | None:
    try:
        made = mutation.spoil(sheet_of(table))
    except (LookupError, ValueError):
        return None
    data = made if isinstance(made, bytes) else to_bytes(made)
    return None if data == to_bytes(sheet_of(table)) else data


@pytest.mark.parametrize("table", sorted(ROWS))
def test_no_fault_of_a_participation_table_changes_a_figure_unseen(folder: Path, table: str) -> None:
    valid = frames(folder)
    wrong, met = [], 0
    for place, (name, mutation) in enumerate(gathered().items()):
        data = spoiled(table, mutation)
        if data is None or ((place + sorted(ROWS).index(table)) % PART and name not in LIMITS):
            continue
        met += 1
        found = judge(folder, table, data, valid)
        if found not in ("same", "blank", "refused") and name not in LIMITS:
            wrong.append(f"{name}: {found[:300]}")
    assert not wrong, "\n".join(wrong)
    assert met >= 40


def test_limits_are_faults_that_exist_and_say_what_stands_guard() -> None:
    assert set(LIMITS) <= set(gathered())
    assert all("guard" in reason for reason in LIMITS.values())


FEW = settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("name", sorted(name for name in FILES if name != "commentaires/carte.md"))
@FEW
@given(data=st.data())
def test_random_bytes_in_any_file_of_the_folder_never_crash(folder: Path, name: str, data: st.DataObject) -> None:
    path = folder / name
    whole = path.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    noise = data.draw(st.binary(min_size=1, max_size=5))
    path.write_bytes(whole[:place] + noise + whole[place + len(noise) :])
    try:
        frames(folder)
    except InvalidInput as error:
        assert error.problems and error.hint
    finally:
        path.write_bytes(whole)
