"""How is a long column of few different values told, kept and written? Each value once, then, row by row, which one it is.

A table of published values repeats itself (indicators, territories, statuses): what is done for each different value is done for
a tenth of the rows. `Column` is pandas' categorical without pandas: values of any kind, in order of first appearance, and a form
that JSON holds, in which a notebook declares its rows.

Reference: pandas, "Categorical data" (categories, codes); Apache Arrow, "Dictionary-encoded layout".
"""

from __future__ import annotations

import math
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, overload

import numpy as np
import pandas as pd

BLANK = -1
_KEYS = {"categories", "codes"}
_CELLS = frozenset({str, int, float, bool})
_UNUSUAL = ("e", "n", "-0.0\n")  # a power of ten, no number or infinity, a negative zero


def decimal(value: float) -> str:
    """Shortest decimal writing that reads back as the same number, never in powers of ten.

    >>> decimal(1e-7), decimal(2.0), decimal(-0.0), decimal(0.1 + 0.2), decimal(2**53 + 1)
    ('0.0000001', '2', '0', '0.30000000000000004', '9007199254740993')
    """
    if isinstance(value, int):
        return str(int(value))
    number = float(value)
    text = repr(number)
    if text.endswith(".0"):
        return text[:-2] if number else "0"
    return format(Decimal(text), "f") if "e" in text else text


@dataclass(frozen=True, eq=False)
class Column(Sequence[Any]):
    """A sequence of values: `categories`, those that it holds (none is None; two may be equal), and `codes` (rows,), the place of
    each row's among them; -1: None."""

    categories: tuple[Any, ...]
    codes: np.ndarray[Any, np.dtype[np.int32]]

    @classmethod
    def of(cls, values: Iterable[Any]) -> Column:
        """Of values that can be hashed; 1, 1.0 and True are different, NaN is kept. ValueError for what cannot.

        >>> Column.of(["a", None, "a", 1, True])
        Column(('a', 1, True), [0, -1, 0, 1, 2])
        """
        if isinstance(values, Column):
            return values
        listed = values.tolist() if isinstance(values, np.ndarray) else list(values)
        mixed = len(set(map(type, listed)) - {type(None)}) > 1
        keys: list[Any] = list(zip(map(type, listed), listed, strict=True)) if mixed else listed
        blank: Any = (type(None), None) if mixed else None
        try:
            different = [key for key in dict.fromkeys(keys) if key != blank]
        except TypeError as error:
            raise ValueError(f"a cell is a text, a number, a boolean or blank: {error}") from None
        places = {blank: BLANK} | {key: number for number, key in enumerate(different)}
        codes = np.fromiter(map(places.__getitem__, keys), dtype=np.int32, count=len(keys))
        return cls(tuple(key[1] if mixed else key for key in different), codes)

    @classmethod
    def of_series(cls, series: pd.Series) -> Column:
        """Of a column of pandas whose values are of one kind, as Python's own; what pandas takes for blank is None."""
        codes, different = pd.factorize(series)
        return cls(tuple(different.tolist()), codes.astype(np.int32))

    @classmethod
    def read(cls, told: Any) -> Column:
        """What `told` says, or that of a plain list of values. ValueError for anything else."""
        if isinstance(told, list | tuple | Column):
            return cls.of(told)
        listed = isinstance(told, Mapping) and isinstance(told.get("categories"), list | tuple) and set(told) == _KEYS
        if not listed:
            raise ValueError("a column is a list of its values, or {categories: [...], codes: Base64}")
        categories, codes = tuple(told["categories"]), _read_codes(told["codes"])
        if not _CELLS.issuperset(map(type, categories)):
            raise ValueError("a category of a column is a text, a number or a boolean; a blank cell has the code -1")
        if codes.size and (codes.min() < BLANK or codes.max() >= len(categories)):
            raise ValueError(f"the codes of a column are numbers from {BLANK} to {len(categories) - 1}")
        return cls(categories, codes)

    def told(self) -> dict[str, Any]:
        """What JSON can hold of it, and `read` reads: {categories: [...], codes: Base64 of 32-bit integers, little-endian}."""
        return {"categories": list(self.categories), "codes": b64encode(self.codes.astype("<i4").tobytes()).decode()}

    def renamed(self, categories: Iterable[Any]) -> Column:
        """The same rows with other values, one for each category (two may be equal)."""
        return Column(self._one_for_each(categories), self.codes)

    def texts(
        self,
        write: Callable[[Sequence[Any]], Iterable[str]],
        decimals: Callable[[Sequence[str]], Iterable[str]] | None = None,
    ) -> list[str]:
        """A text per row, empty for None; `write` gives those of all categories at once, or `decimals` from their decimal writing
        if all are finite floats.

        >>> Column.of([1, 1, True, None]).texts(lambda categories: map(repr, categories))
        ['1', '1', 'True', '']
        """
        written = self._decimals if decimals else None
        made = write(self.categories) if written is None or decimals is None else decimals(written)
        return self._rows([*self._one_for_each(made), ""])

    @cached_property
    def _decimals(self) -> Sequence[str] | None:
        """`decimal` of each category, once for whoever writes them; None where one is no finite float."""
        if set(map(type, self.categories)) != {float}:
            return None
        written = "\n".join(map(repr, self.categories)) + "\n"
        if not any(sign in written for sign in _UNUSUAL):
            return written.replace(".0\n", "\n").splitlines()
        return [*map(decimal, self.categories)] if all(map(math.isfinite, self.categories)) else None

    def where(self, told: Callable[[Any], bool]) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """The rows (rows,) whose value is told so; no blank one is."""
        return np.array([*map(told, self.categories), False], dtype=np.bool_)[self.codes]

    def _one_for_each(self, made: Iterable[Any]) -> tuple[Any, ...]:
        """What was made of the categories; ValueError where it is not one of each."""
        return tuple(one for one, _ in zip(made, self.categories, strict=True))

    def _rows(self, different: list[Any]) -> list[Any]:
        table = np.empty(len(different), dtype=object)
        table[:] = different
        return list(table[self.codes].tolist())

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows([*self.categories, None]))

    @overload
    def __getitem__(self, row: int) -> Any: ...
    @overload
    def __getitem__(self, row: slice) -> Column: ...
    def __getitem__(self, row: int | slice) -> Any:
        if isinstance(row, slice):
            return Column(self.categories, self.codes[row])
        code = self.codes[row]
        return None if code == BLANK else self.categories[code]

    def __repr__(self) -> str:
        return f"Column({self.categories!r}, {self.codes.tolist()})"


def _read_codes(told: Any) -> np.ndarray[Any, np.dtype[np.int32]]:
    try:
        codes = np.frombuffer(b64decode(told, validate=True), dtype="<i4")
    except (TypeError, ValueError) as error:
        raise ValueError(f"the codes of a column are not 32-bit integers in Base64: {error}") from None
    return codes.astype(np.int32)
