"""Where, in a published table, is the row of a key? Rows as plain Python values, found without a search.

A report asks for every indicator of a few places, and for its many communes only where it draws a map. So rows are put in
lots, each made when it is first asked for: one per indicator and period for the communes, one for all the others, and, of the
comparisons, one for the places that the report is about. A lot knows the position of each key, and holds as lists the columns
that were read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

FINEST = "commune"  # by far the most rows, of which only the mapped indicators are read
ROW_KEY = ("indicator", "territory_type", "territory", "period", "sex", "age")
TEST_KEY = (*ROW_KEY, "comparator_type", "comparator")


def plain_values(column: pd.Series) -> list[Any]:
    """A column as a list of Python's own values; each distinct text is made once, a blank one is None."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return list(column.to_numpy().tolist())
    if not isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype("str").astype("category")
    codes, texts = column.cat.codes.to_numpy(), column.cat.categories.to_numpy(dtype=object)
    values = texts.take(codes) if len(texts) else np.full(len(codes), None, dtype=object)
    values[codes < 0] = None
    return list(values.tolist())


@dataclass(frozen=True)
class Lot:
    """Some rows of a table, whose `key` columns tell them apart."""

    table: pd.DataFrame
    positions: Any
    key: Sequence[str]

    @cached_property
    def _read(self) -> dict[str, list[Any]]:
        return {}

    def column(self, name: str) -> list[Any]:
        """One column, row by row."""
        if name not in self._read:
            self._read[name] = plain_values(self.table[name].iloc[self.positions])
        return self._read[name]

    def keys(self) -> Iterable[tuple[str, ...]]:
        """The key of each row."""
        return zip(*(self.column(name) for name in self.key), strict=True)

    @cached_property
    def found(self) -> dict[tuple[str, ...], int]:
        """The position in the lot of each key."""
        return dict(zip(self.keys(), range(len(self.positions)), strict=True))

    @cached_property
    def doubled(self) -> dict[str, list[tuple[str, ...]]]:
        """Keys met again, by indicator; empty in a table that is unique by key."""
        again: dict[str, list[tuple[str, ...]]] = {}
        if len(self.found) < len(self.positions):
            known: set[tuple[str, ...]] = set()
            for key in self.keys():
                if key in known:
                    again.setdefault(key[0], []).append(key)
                known.add(key)
        return again

    @cached_property
    def periods(self) -> dict[str, list[str]]:
        """The periods of each indicator, earliest first (by last year, then first)."""
        return {name: sorted(found, key=lambda p: (p[-4:], p)) for name, found in self._by_indicator("period").items()}

    @cached_property
    def sexes(self) -> dict[str, set[str]]:
        """The sexes of each indicator."""
        return self._by_indicator("sex")

    def _by_indicator(self, name: str) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for indicator, value in set(zip(self.column("indicator"), self.column(name), strict=True)):
            found.setdefault(indicator, set()).add(value)
        return found


@dataclass(frozen=True)
class Lots:
    """The lots of one published table and of its comparisons, shared by all the settings that stand on them.

    `near` are the codes of the places that the report is about.
    """

    table: pd.DataFrame
    comparisons: pd.DataFrame
    near: frozenset[str]

    @cached_property
    def _made(self) -> dict[tuple[str, ...], Lot]:
        return {}

    def rows(self, indicator: str, territory_type: str, period: str = "") -> Lot:
        """The rows among which are those of an indicator for a type of territory (and a period; empty: all of them)."""
        if territory_type != FINEST:
            return self._others
        name = (indicator, period)
        if name not in self._made:
            rows = self.positions(indicator)
            rows = rows[self._finest[rows]]
            rows = rows[(self.table["period"].iloc[rows] == period).to_numpy(bool)] if period else rows
            self._made[name] = Lot(self.table, rows, ROW_KEY)
        return self._made[name]

    @cached_property
    def _others(self) -> Lot:
        return Lot(self.table, np.flatnonzero(~self._finest), ROW_KEY)

    def valued(self, places: Collection[tuple[str, str]]) -> frozenset[str]:
        """The indicators that have a value for one of some (type, territory), communes apart."""
        lot = self._others
        rows = zip(*(lot.column(n) for n in ("territory_type", "territory", "indicator", "value")), strict=True)
        return frozenset(name for kind, code, name, value in rows if (kind, code) in places and pd.notna(value))

    def tests(self, territory: str) -> Lot:
        """The comparisons among which are those of a territory with others."""
        name = ("compared", *(() if territory in self.near else (territory,)))
        if name not in self._made:
            wanted = self.near if territory in self.near else {territory}
            none = np.empty(0, dtype=np.int64)
            rows = self.comparisons
            mine = none if rows.empty else np.flatnonzero(rows["territory"].isin(wanted).to_numpy(bool))
            self._made[name] = Lot(rows, mine, () if rows.empty else TEST_KEY)
        return self._made[name]

    @cached_property
    def _finest(self) -> Any:
        return (self.table["territory_type"] == FINEST).to_numpy(bool)

    def positions(self, indicator: str) -> Any:
        """The positions in the table of every row of an indicator."""
        return self._by_indicator.get(indicator, np.empty(0, dtype=np.int64))

    @cached_property
    def _by_indicator(self) -> dict[str, Any]:
        grouped = self.table.groupby("indicator", observed=True, sort=False).indices
        return {str(name): rows for name, rows in grouped.items()}

    @cached_property
    def _sexes(self) -> dict[str, str]:
        return {}

    def only_sex(self, indicator: str) -> str:
        """The sex of an indicator that exists for one sex only (a life expectancy of women); `all` for any other."""
        if indicator not in self._sexes:
            known = self._others.sexes.get(indicator, set())
            if len(known) < 2 and "all" not in known:  # what the communes have decides
                known = set(self.table["sex"].iloc[self.positions(indicator)].astype(str).unique())
            self._sexes[indicator] = next(iter(known)) if len(known) == 1 else "all"
        return self._sexes[indicator]
