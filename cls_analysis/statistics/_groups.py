"""Rows of a long frame, put in their group and age band by key, sorted, without a loop over areas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cls_analysis.errors import InvalidInput
from cls_analysis.statistics._check import Check, Floats, Ints, columns_present, floats_of, plain, positions


@dataclass(frozen=True)
class Groups:
    """The `by` groups of a frame: `keys` one sorted row per group, `codes` the group of each row."""

    keys: pd.DataFrame
    codes: Ints

    @property
    def size(self) -> int:
        return len(self.keys)

    def label(self, group: int) -> str:
        return ", ".join(f"{c}={plain(self.keys[c].iloc[group])!r}" for c in self.keys.columns)

    def sums(self, x: Floats) -> Floats:
        return np.bincount(self.codes, weights=x, minlength=self.size).astype(np.float64)

    def result(self, **columns: Any) -> pd.DataFrame:
        """Keys and result columns side by side, index reset."""
        return pd.concat([self.keys, pd.DataFrame(columns, index=self.keys.index)], axis=1)


def sorted_codes(column: pd.Series[Any]) -> tuple[Ints, pd.Index[Any]]:
    """Codes of a column over its sorted distinct values; -1 where missing."""
    codes, uniques = pd.factorize(column)
    index = pd.Index(uniques)
    try:
        order = np.asarray(index.argsort())
    except TypeError:  # mixed types have no order of their own
        order = np.argsort(index.astype(str).to_numpy(), kind="stable")
    place = np.empty(len(order) + 1, dtype=np.int64)
    place[order] = np.arange(len(order))
    place[-1] = -1
    return place[codes], index.take(order)


def group_rows(frame: pd.DataFrame, by: str | Sequence[str], reserved: Sequence[str]) -> Groups:
    """Group a frame by one or several columns, sorted; `reserved` names may not be group names."""
    names = [by] if isinstance(by, str) else list(by)
    if not names:
        raise InvalidInput("by is empty; it must name at least one column", hint="by='territory'")
    columns_present(frame, names)
    taken = [n for n in names if n in reserved]
    if taken:
        raise InvalidInput(
            f"by names {', '.join(map(repr, taken))}, which is also a column of the result",
            hint="rename that column before the call",
        )
    check = Check()
    parts: list[tuple[Ints, pd.Index[Any]]] = []
    total, combined = 1, np.zeros(len(frame), dtype=np.int64)
    for name in names:
        codes, values = sorted_codes(frame[name])
        for row in positions(codes < 0):
            check.add(f"row {frame.index[row]!r}: column {name!r} is missing; it is a key of the groups")
        parts.append((codes, values))
        total *= max(len(values), 1)
        combined = combined * max(len(values), 1) + codes
    check.done()
    if total <= max(4 * len(frame), 1_000_000):
        seen = np.zeros(total, dtype=bool)
        seen[combined] = True
        present = np.flatnonzero(seen)
        codes_out = (np.cumsum(seen) - 1)[combined]
    else:
        present, codes_out = np.unique(combined, return_inverse=True)
    keys: dict[str, Any] = {}
    rest = present
    for name, (_, values) in zip(reversed(names), reversed(parts), strict=True):
        rest, code = np.divmod(rest, max(len(values), 1))
        keys[name] = values.take(code)
    ordered = pd.DataFrame({n: pd.Series(keys[n]).reset_index(drop=True) for n in names})
    return Groups(ordered, codes_out.astype(np.int64))


def band_codes(column: pd.Series[Any], bands: pd.Index[Any], *, name: str, known_as: str, check: Check) -> Ints:
    """Position of each row's band in `bands`; unknown and missing bands are problems."""
    codes, values = sorted_codes(column)
    places = np.append(bands.get_indexer(pd.Index(values)), -1)
    for value in values[places[:-1] < 0]:
        check.add(f"column {name!r}: {plain(value)!r} is not a band of the {known_as}")
    if (codes < 0).any():
        check.add(f"column {name!r} is missing in {int((codes < 0).sum())} rows")
    return places[codes].astype(np.int64)


def full_table(groups: Groups, band: Ints, bands: pd.Index[Any], *, name: str, check: Check) -> Ints:
    """Cell of each row in a groups x bands table; duplicates and absent cells are problems."""
    n = len(bands)
    cell = groups.codes * n + band
    filled = np.bincount(cell, minlength=groups.size * n)
    for c in positions(filled > 1):
        check.add(f"{groups.label(c // n)}, {name}={plain(bands[c % n])!r}: {filled[c]} rows; there must be one")
    for c in positions(filled == 0):
        check.add(f"{groups.label(c // n)}: no row for {name}={plain(bands[c % n])!r}")
    return cell


def rate_columns(
    frame: pd.DataFrame,
    groups: Groups,
    count: str,
    population: str,
    check: Check,
    where: Callable[[int], str] | None = None,
    above: float | None = None,
) -> tuple[Floats, Floats]:
    """Count (0 or more) and population (0 or more, or above `above`) of a frame, checked row by row."""
    at = where or (lambda i: groups.label(int(groups.codes[i])))
    x, n = floats_of(frame, count), floats_of(frame, population)
    check.values(x, lambda i: f"{at(i)}: column {count!r}", low=0)
    check.values(n, lambda i: f"{at(i)}: column {population!r}", low=None if above is not None else 0, above=above)
    return x, n
