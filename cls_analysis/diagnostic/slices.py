"""Which rows of a published table are about a territory? The table is read once per process, then cut by territory.

A published table is sorted, so that the rows of a territory lie together. It is read whole (for France, 1.7 million rows in 107 MB:
a text is a category, that is a small number per row) in less time than a search through the file takes, and kept as long as
its file is the same one: the reports made in processes forked from a warm parent share it, and a slice copies a few runs of rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cls_analysis.errors import DataMissing
from cls_analysis.unchanged import once_per_file

Span = tuple[int, int]


@dataclass(frozen=True, eq=False)
class PublishedTable:
    """A published table as it was when its file was read, its texts as categories, and where the rows of each (type, territory) lie."""

    table: pd.DataFrame
    spans: Mapping[tuple[str, str], tuple[Span, ...]]

    @cached_property
    def _by_indicator(self) -> Mapping[str, Any]:
        """The rows of each indicator, in order."""
        told = self.table["indicator"].cat
        order = np.argsort(told.codes.to_numpy(), kind="stable").astype(np.int32)
        ends = np.searchsorted(told.codes.to_numpy()[order], np.arange(len(told.categories) + 1))
        return {name: order[start:end] for name, start, end in zip(told.categories, ends, ends[1:], strict=False)}

    def lying(self, wanted: Mapping[str, Sequence[str]]) -> Sequence[Span]:
        """Where the rows of some territories, by type, lie: in order, in as few runs as possible."""
        return _joined(
            sorted(
                span
                for kind, codes in wanted.items()
                for code in {str(code) for code in codes}
                for span in self.spans.get((kind, code), ())
            )
        )

    def positions(self, spans: Sequence[Span], indicators: Sequence[str] | None = None) -> Any:
        """The rows that lie in some spans (of some indicators), in order; no row lies in two."""
        if indicators is None:
            return np.concatenate([np.arange(*span) for span in spans]) if spans else np.empty(0, dtype=np.int64)
        edges = np.array(spans, dtype=np.int32).reshape(-1, 2)  # of one kind with the rows, which are not copied then
        found = [self._by_indicator[name] for name in set(indicators) if name in self._by_indicator]
        inside = [
            rows[start:end] for rows in found for start, end in np.searchsorted(rows, edges).tolist() if start < end
        ]
        return np.sort(np.concatenate(inside)) if inside else np.empty(0, dtype=np.int64)

    def cut(self, wanted: Mapping[str, Sequence[str]], *, indicators: Sequence[str] | None = None) -> pd.DataFrame:
        """What `read_slice` gives."""
        return self._at(self.positions(self.lying(wanted), indicators))

    def _at(self, positions: Any) -> pd.DataFrame:
        return self.table.take(positions).reset_index(drop=True)


@dataclass(frozen=True, eq=False)
class Beside:
    """What a report reads of its published tables when it asks: indicators of some communes, comparisons of some territory.

    The tables are those that it was opened with, whatever is built meanwhile.
    """

    table: PublishedTable
    comparisons: PublishedTable
    communes: Sequence[str]
    types: Sequence[str]

    @cached_property
    def _spans(self) -> Sequence[Span]:
        return self.table.lying({"commune": self.communes})

    def rows(self, indicator: str) -> pd.DataFrame:
        """Every row of an indicator for these communes, in the order of the file."""
        return self.table._at(self.table.positions(self._spans, [indicator]))

    def tests(self, territory: str) -> pd.DataFrame:
        """The comparisons of a territory, of whichever of the types it is."""
        return self.comparisons.cut({kind: [territory] for kind in self.types})

    def made_up(self) -> frozenset[str]:
        """The indicators that have a simulated value for one of these communes."""
        table = self.table.table
        if not table["simulated"].any():
            return frozenset()
        rows = table[["indicator", "value", "simulated"]].take(self.table.positions(self._spans))
        return frozenset(rows.loc[rows["value"].notna() & rows["simulated"].astype(bool), "indicator"].unique())


def read_slice(
    path: Path, wanted: Mapping[str, Sequence[str]], *, indicators: Sequence[str] | None = None
) -> pd.DataFrame:
    """Rows of a published table whose territory is wanted, by type (of some indicators), in the order of the file.

    Texts are categories, those of the whole table. DataMissing names a file that is absent or cannot be read.
    """
    return opened(path).cut(wanted, indicators=indicators)


def in_texts(rows: pd.DataFrame) -> pd.DataFrame:
    """The same rows with ordinary texts in the place of categories, for who goes on working with them."""
    return rows.astype(dict.fromkeys(rows.select_dtypes("category").columns, "str"))


def _joined(spans: Sequence[Span]) -> list[Span]:
    """The same rows in as few runs as possible: communes of one département lie together."""
    joined: list[Span] = []
    for start, stop in spans:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((start, stop))
    return joined


def opened(path: Path) -> PublishedTable:
    """A published table, read unless this process has read that very file. DataMissing as `read_slice` says."""
    try:
        return _whole(path)
    except FileNotFoundError:
        raise DataMissing(f"{path.name} is not built", hint="cls-analysis data build") from None


@once_per_file(6)
def _whole(path: Path) -> PublishedTable:
    try:
        texts = [field.name for field in pq.read_schema(path) if pa.types.is_large_string(field.type)]
        table = _in_categories(pq.read_table(path, read_dictionary=texts))
    except (pa.ArrowException, OSError) as error:
        raise DataMissing(
            f"{path.name} of {path.parent.parent.name} cannot be read, it is damaged: {str(error).splitlines()[0]}",
            hint="remove the folder, then cls-analysis data build",
        ) from error
    pa.default_memory_pool().release_unused()
    return PublishedTable(table, _spans(table))


def _in_categories(read: pa.Table) -> pd.DataFrame:
    """The table in pandas, each text column a category over plain Python texts."""
    columns = [
        column.dictionary_encode()
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        else column
        for column in read.columns
    ]
    table = pa.table(columns, names=read.column_names).unify_dictionaries().combine_chunks()
    return pd.DataFrame({name: _column(values) for name, values in zip(table.column_names, table.columns, strict=True)})


def _column(values: pa.ChunkedArray) -> Any:
    if not pa.types.is_dictionary(values.type):
        return values.to_pandas()
    whole = values.combine_chunks()
    texts = np.array(whole.dictionary.to_pylist(), dtype=object)
    order = np.argsort(texts)  # so that sorting by a category is sorting by its text
    place = np.append(np.argsort(order), -1).astype(np.int32)  # a blank stays one
    codes = place[whole.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
    return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(pd.Index(texts[order], dtype=object)))


def _texts(told: Any, codes: Any) -> list[Any]:
    """The category of each code; None for a blank."""
    categories = [*told.categories, None]
    return [categories[code] for code in codes.tolist()]


def _spans(table: pd.DataFrame) -> dict[tuple[str, str], tuple[Span, ...]]:
    """Where the rows of each (type, territory) lie: one run in a sorted table."""
    if table.empty:
        return {}
    kinds, places = (table[name].cat for name in ("territory_type", "territory"))
    own, there = kinds.codes.to_numpy(), places.codes.to_numpy()
    starts = np.flatnonzero(np.r_[True, (own[1:] != own[:-1]) | (there[1:] != there[:-1])])
    named = zip(_texts(kinds, own[starts]), _texts(places, there[starts]), strict=True)
    spans: dict[tuple[str, str], tuple[Span, ...]] = {}
    for key, start, stop in zip(named, starts.tolist(), [*starts[1:].tolist(), len(table)], strict=True):
        if None not in key:  # of a territory
            spans[key] = (*spans.get(key, ()), (start, stop))
    return spans
