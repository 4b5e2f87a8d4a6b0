"""A source is read cell by cell: what is asked for comes whole, in order, and nothing else is read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from cls_analysis.errors import DataMissing
from cls_analysis.sources import layout
from cls_analysis.sources.layout import ORDER, CellFile, FrameCells, write_cells
from cls_analysis.sources.store import _arrow

CODES = [f"{n:05d}" for n in range(1, 41)]


def made(seed: int = 0) -> pd.DataFrame:
    """Three variables over two years, one of them by sex and age and one unknown in the second year, shuffled."""
    rows = [
        (level, code, variable, period, sex, age)
        for level, codes in (("commune", CODES), ("epci", ["200000001"]))
        for variable, period in (("a", "2022"), ("a", "2023"), ("b", "2022"), ("c", "2022"), ("c", "2023"))
        for sex, age in (
            (("F", "0-4"), ("F", "5+"), ("M", "0-4"), ("M", "5+")) if variable == "b" else (("all", "all"),)
        )
        for code in codes
    ]
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(rows, columns=["level", "code", "variable", "period", "sex", "age"])
    frame["value"] = np.arange(len(frame), dtype=float)
    frame["status"], frame["cog"] = "observed", 2024
    return frame.iloc[random.permutation(len(frame))].reset_index(drop=True)


@pytest.fixture(params=[10, 64, 100_000])
def small_groups(request, monkeypatch):
    """Row groups shorter than a cell, of some cells, and one for all."""
    monkeypatch.setattr(layout, "GROUP_ROWS", request.param)
    return request.param


def test_every_cell_comes_back_whole_and_in_order(tmp_path, small_groups):
    frame, path = made(), tmp_path / "s.parquet"
    write_cells(_arrow(frame), path, {})
    stored, memory = CellFile(path), FrameCells(lambda _: frame)
    assert set(stored.places) == set(memory.held("s")) and len(stored.places) == 10
    for cell in reversed(list(stored.places)):
        mine = stored.rows(cell).astype(str).reset_index(drop=True)
        theirs = memory.rows("s", cell).astype(str).reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, theirs[mine.columns])
        assert mine.sort_values(list(ORDER)).index.equals(mine.index)


def test_a_cell_is_read_without_the_rest_of_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(layout, "GROUP_ROWS", 40)
    path = tmp_path / "s.parquet"
    write_cells(_arrow(made()), path, {})
    read, real = [], pq.ParquetFile.read_row_groups
    monkeypatch.setattr(
        pq.ParquetFile, "read_row_groups", lambda self, groups, **o: read.append(groups) or real(self, groups, **o)
    )
    stored = CellFile(path)
    assert len(stored.rows(("commune", "a", "2023"))) == 40
    stored.rows(("commune", "a", "2023"))
    assert len(read) == 1 and len(read[0]) == 1 < pq.ParquetFile(path).num_row_groups


def test_memory_holds_a_fixed_number_of_row_groups(tmp_path, monkeypatch):
    monkeypatch.setattr(layout, "GROUP_ROWS", 40)
    monkeypatch.setattr(layout, "GROUPS_HELD", 2)
    path = tmp_path / "s.parquet"
    write_cells(_arrow(made()), path, {})
    stored = CellFile(path)
    for cell in stored.places:
        stored.rows(cell)
    assert len(stored.groups) == 2


def test_the_same_rows_in_any_order_give_the_same_bytes(tmp_path):
    for seed in (1, 2):
        write_cells(_arrow(made(seed).sort_values("value")), tmp_path / f"{seed}.parquet", {b"cls_key": b"k"})
        write_cells(_arrow(made(seed)), tmp_path / f"{seed}-shuffled.parquet", {b"cls_key": b"k"})
    assert len({path.read_bytes() for path in tmp_path.glob("*.parquet")}) == 1


def test_several_cells_are_those_that_are_wanted(tmp_path, small_groups):
    frame, path = made(), tmp_path / "s.parquet"
    write_cells(_arrow(frame), path, {})
    found = CellFile(path).several(lambda cell: cell[1] == "c")
    wanted = frame[frame["variable"] == "c"].sort_values(list(ORDER))
    assert found["value"].tolist() == wanted["value"].tolist()
    assert CellFile(path).several(lambda cell: cell[1] == "nothing").empty


def test_a_table_without_rows_is_a_file_without_cells(tmp_path):
    write_cells(_arrow(made().iloc[:0]), tmp_path / "s.parquet", {})
    stored = CellFile(tmp_path / "s.parquet")
    assert not stored.places and stored.several(lambda _: True).empty


def test_a_file_of_an_older_version_is_refused_by_name(tmp_path):
    pq.write_table(_arrow(made()), tmp_path / "s.parquet")
    with pytest.raises(DataMissing, match=r"s\.parquet was written by an older version"):
        _ = CellFile(tmp_path / "s.parquet").places
