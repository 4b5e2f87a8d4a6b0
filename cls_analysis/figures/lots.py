"""Where, in a published table, is the row of a key? Its cells, found without a search.

A report asks for every indicator of a few places, and for its many communes only where it draws a map. So rows are put in
lots, each made when it is first asked for: one per indicator and period for the communes, one for all the others, and, of the
comparisons, one for the places that the report is about. A lot knows the position of each key, and reads a cell when it is wanted.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pandas as pd

from cls_analysis.columns import Column

FINEST = "commune"  # by far the most rows, of which only the mapped indicators are read
ROW_KEY = ("indicator", "territory_type", "territory", "period", "sex", "age")
TEST_KEY = (*ROW_KEY, "comparator_type", "comparator")


class Wider(Protocol):
    """Rows that a report asks for now and then, read when it does (`diagnostic/slices.py`)."""

    def rows(self, indicator: str) -> pd.DataFrame:
        """Every row of an indicator for the communes in and around the territory."""

    def tests(self, territory: str) -> pd.DataFrame:
        """The comparisons of a territory that the report is not about."""

    def made_up(self) -> frozenset[str]:
        """The indicators that have a simulated value for one of these communes."""


@dataclass(frozen=True)
class Lot:
    """Some rows of a table, whose `key` columns tell them apart."""

    table: pd.DataFrame
    positions: Any
    key: Sequence[str]

    @cached_property
    def _read(self) -> dict[str, Sequence[Any]]:
        return {}

    def column(self, name: str) -> Sequence[Any]:
        """One column, row by row: numbers as they are, of texts a blank one is None."""
        if name not in self._read:
            column = self.table[name].iloc[self.positions]
            numbers = pd.api.types.is_numeric_dtype(column.dtype)
            self._read[name] = column.to_numpy() if numbers else Column.of_series(column)
        return self._read[name]

    @cached_property
    def _weights(self) -> Sequence[Mapping[Hashable, int]]:
        """For each column of the key, what each of its values counts for in the number of a key: no two keys have the same."""
        weights, unit = [], 1
        for name in self.key:
            told = Column.of(self.column(name))
            weights.append({value: number * unit for number, value in enumerate((None, *told.categories))})
            unit *= 1 + len(told.categories)
        return weights

    @cached_property
    def _numbers(self) -> list[int]:
        """The number of each row's key."""
        numbers: Any = np.zeros(len(self.positions), dtype=np.int64)
        for name, weights in zip(self.key, self._weights, strict=True):
            told = Column.of(self.column(name))
            wide = max(weights.values()) >= 2**55  # of many such, Python's own numbers
            counted = np.array(list(weights.values()), dtype=object if wide else np.int64)
            numbers = numbers + counted[told.codes + 1]
        return list(numbers.tolist())

    @cached_property
    def _places(self) -> Mapping[int, int]:
        return dict(zip(self._numbers, range(len(self.positions)), strict=True))

    def find(self, *key: str) -> int | None:
        """The position in the lot of a key; None where there is no such row."""
        if not len(self.positions):
            return None
        number = 0
        for name, weights in zip(key, self._weights, strict=True):
            weight = weights.get(name)
            if weight is None:
                return None
            number += weight
        return self._places.get(number)

    @cached_property
    def doubled(self) -> Mapping[str, Sequence[tuple[str, ...]]]:
        """Keys met again, by indicator; empty in a table that is unique by key."""
        again: dict[str, list[tuple[str, ...]]] = {}
        if len(self._places) < len(self.positions):
            known: set[int] = set()
            for row, number in enumerate(self._numbers):
                if number in known:
                    key = tuple(self.column(name)[row] for name in self.key)
                    again.setdefault(key[0], []).append(key)
                known.add(number)
        return again

    @cached_property
    def periods(self) -> Mapping[str, Sequence[str]]:
        """The periods of each indicator, earliest first (by last year, then first)."""
        return {name: sorted(found, key=lambda p: (p[-4:], p)) for name, found in self._by_indicator("period").items()}

    @cached_property
    def sexes(self) -> Mapping[str, Collection[str]]:
        """The sexes of each indicator."""
        return self._by_indicator("sex")

    def _by_indicator(self, name: str) -> dict[str, set[str]]:
        indicators, values = Column.of(self.column("indicator")), Column.of(self.column(name))
        # of each, the last one stands for a blank, whose code is -1
        names, told = [*indicators.categories, None], [*values.categories, None]
        found: dict[str, set[str]] = {}
        for one, other in set(zip(indicators.codes.tolist(), values.codes.tolist(), strict=True)):
            found.setdefault(names[one], set()).add(told[other])
        return found


@dataclass(frozen=True)
class Lots:
    """The lots of one published table and of its comparisons, shared by all the settings that stand on them.

    `near` are the codes of the places that the report is about; with `wider`, the communes and the comparisons of others are
    asked there.
    """

    table: pd.DataFrame
    comparisons: pd.DataFrame
    near: frozenset[str]
    wider: Wider | None = None

    @cached_property
    def _made(self) -> dict[tuple[str, ...], Lot]:
        return {}

    def rows(self, indicator: str, territory_type: str, period: str = "") -> Lot:
        """The rows among which are those of an indicator for a type of territory (and a period; empty: all of them)."""
        if territory_type != FINEST:
            return self._others
        name = (indicator, period)
        if name not in self._made:
            table = self._communes(indicator)
            wanted = (table["period"] == period).to_numpy(bool) if period else np.ones(len(table), dtype=bool)
            self._made[name] = Lot(table, np.flatnonzero(wanted), ROW_KEY)
        return self._made[name]

    @cached_property
    def _by_commune(self) -> dict[str, pd.DataFrame]:
        return {}

    def _communes(self, indicator: str) -> pd.DataFrame:
        if indicator not in self._by_commune:
            if self.wider is not None:
                self._by_commune[indicator] = self.wider.rows(indicator)
            else:
                self._by_commune[indicator] = self.table.iloc[np.flatnonzero(self._finest & self._of(indicator))]
        return self._by_commune[indicator]

    @cached_property
    def _others(self) -> Lot:
        return Lot(self.table, np.flatnonzero(~self._finest), ROW_KEY)

    def valued(self, places: Collection[tuple[str, str]]) -> frozenset[str]:
        """The indicators that have a value for one of some (type, territory), communes apart."""
        wanted = np.zeros(len(self.table), dtype=bool)
        for kind in {kind for kind, _ in places} - {FINEST}:
            codes = [code for other, code in places if other == kind]
            wanted |= ((self.table["territory_type"] == kind) & self.table["territory"].isin(codes)).to_numpy(bool)
        return frozenset(self.table["indicator"][wanted & self.table["value"].notna().to_numpy(bool)])

    def tests(self, territory: str) -> Lot:
        """The comparisons among which are those of a territory with others."""
        name = ("compared", *(() if territory in self.near else (territory,)))
        if name not in self._made:
            beyond = self.wider if territory not in self.near else None
            rows = beyond.tests(territory) if beyond is not None else self.comparisons
            wanted = self.near if territory in self.near else {territory}
            none = np.empty(0, dtype=np.int64)
            mine = none if rows.empty else np.flatnonzero(rows["territory"].isin(wanted).to_numpy(bool))
            self._made[name] = Lot(rows, mine, () if rows.empty else TEST_KEY)
        return self._made[name]

    @cached_property
    def _finest(self) -> Any:
        return (self.table["territory_type"] == FINEST).to_numpy(bool)

    def _of(self, indicator: str) -> Any:
        return (self.table["indicator"] == indicator).to_numpy(bool)

    def every(self, indicator: str, columns: Sequence[str]) -> pd.DataFrame:
        """Every row of an indicator (some columns), in the order of the table: by type of territory where communes are read apart."""
        if self.wider is None:
            return self.table[list(columns)].iloc[np.flatnonzero(self._of(indicator))]
        read = list({"territory_type": None} | dict.fromkeys(columns))
        others = self.table[read].iloc[np.flatnonzero(self._of(indicator) & ~self._finest)]
        found = pd.concat([others, self._communes(indicator)[read]])
        return found.sort_values("territory_type", kind="stable")[list(columns)]

    @cached_property
    def _sexes(self) -> dict[str, str]:
        return {}

    def only_sex(self, indicator: str) -> str:
        """The sex of an indicator that exists for one sex only (a life expectancy of women); `all` for any other."""
        if indicator not in self._sexes:
            known = set(self._others.sexes.get(indicator, ()))
            if len(known) < 2 and "all" not in known:  # what the communes have decides
                known |= set(self._communes(indicator)["sex"].astype(str).unique())
            self._sexes[indicator] = next(iter(known)) if len(known) == 1 else "all"
        return self._sexes[indicator]
