"""Which rows of a published table are about a territory? The table is read once per process, then cut by territory.

A published table is sorted, so that the rows of a territory lie together. It is read whole (120 MB for France, texts as
dictionaries) in less time than a search through it takes, and kept as long as its file is the same one: the reports made in
kernels forked from a warm parent share it, and a slice is a copy of a few runs of rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cls_analysis.errors import DataMissing

Span = tuple[int, int]


@dataclass(frozen=True)
class _Whole:
    """A table in one piece, texts as dictionaries, and where the rows of each (type, territory) lie."""

    table: pa.Table
    spans: Mapping[tuple[str, str], tuple[Span, ...]]

    def codes(self, column: str) -> tuple[np.ndarray, list[str]]:
        """Positions in the dictionary, row by row, and the dictionary."""
        values = self.table.column(column).chunk(0)
        return values.indices.to_numpy(zero_copy_only=False), values.dictionary.to_pylist()


def read_slice(
    path: Path, wanted: Mapping[str, Sequence[str]], *, indicators: Sequence[str] | None = None
) -> pd.DataFrame:
    """Rows of a published table whose territory is wanted, by type (of some indicators), in the order of the file.

    DataMissing names a file that is absent or cannot be read.
    """
    whole = _opened(path)
    spans = sorted(
        span for kind, codes in wanted.items() for code in set(codes) for span in whole.spans.get((kind, str(code)), ())
    )
    if indicators is None:
        pieces = [whole.table.slice(start, stop - start) for start, stop in _joined(spans)]
        return _plain(pa.concat_tables(pieces) if pieces else whole.table.slice(0, 0)).to_pandas()
    rows = np.concatenate([np.arange(start, stop) for start, stop in spans]) if spans else np.empty(0, dtype=np.int64)
    codes, names = whole.codes("indicator")
    rows = rows[np.isin(codes[rows], [i for i, name in enumerate(names) if name in set(indicators)])]
    return _plain(whole.table.take(pa.array(rows, type=pa.int64()))).to_pandas()


def _joined(spans: Sequence[Span]) -> list[Span]:
    """The same rows in as few runs as possible: communes of one département lie together."""
    joined: list[Span] = []
    for start, stop in spans:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((start, stop))
    return joined


def _plain(table: pa.Table) -> pa.Table:
    """The same with ordinary text in the place of dictionaries."""
    columns = [
        column.cast(pa.large_string()) if pa.types.is_dictionary(column.type) else column for column in table.columns
    ]
    return pa.table(columns, names=table.column_names)


def _opened(path: Path) -> _Whole:
    try:
        state = path.stat()
    except FileNotFoundError:
        raise DataMissing(f"{path.name} is not built", hint="cls-analysis data build") from None
    return _whole(path, state.st_size, state.st_mtime_ns, state.st_ino)


@lru_cache(maxsize=6)
def _whole(path: Path, _size: int, _changed: int, _inode: int) -> _Whole:
    try:
        texts = [field.name for field in pq.read_schema(path) if pa.types.is_large_string(field.type)]
        table = pq.read_table(path, read_dictionary=texts)
    except (pa.ArrowException, OSError) as error:
        raise DataMissing(
            f"{path.name} of {path.parent.parent.name} cannot be read, it is damaged: {str(error).splitlines()[0]}",
            hint="remove the folder, then cls-analysis data build",
        ) from error
    columns = [
        column.dictionary_encode()
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        else column
        for column in table.columns
    ]
    table = pa.table(columns, names=table.column_names).unify_dictionaries().combine_chunks()
    if not len(table):
        return _Whole(table, {})
    pieces = _Whole(table, {})
    (kinds, kind_names), (places, place_names) = pieces.codes("territory_type"), pieces.codes("territory")
    starts = np.flatnonzero(np.r_[True, (kinds[1:] != kinds[:-1]) | (places[1:] != places[:-1])])
    stops = np.r_[starts[1:], len(table)]
    spans: dict[tuple[str, str], tuple[Span, ...]] = {}
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        key = (kind_names[kinds[start]], place_names[places[start]])
        spans[key] = (*spans.get(key, ()), (start, stop))
    return _Whole(table, spans)
