"""What is wrong with this input? Problems are collected, named by group, column and value, and raised once.

The public functions of this package describe what they need to a `Check`, read the cleaned arrays from it,
and call `Check.done()`, which raises one `InvalidInput` holding all the problems. Nothing is repaired, filled
or dropped here. Two `Series` are matched by their index (the key), never by position; arrays of different
lengths are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cls_analysis.errors import InvalidInput

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
LISTED = 40  # problems printed in full; the rest are counted


def plain(value: Any) -> Any:
    """The value as a person would write it (no `np.float64(...)`)."""
    if isinstance(value, np.generic):
        value = value.item()
    return int(value) if isinstance(value, float) and value.is_integer() else value


def positions(mask: Any) -> list[int]:
    """Where a condition holds."""
    return [int(i) for i in np.flatnonzero(mask)]


def check_level(level: float, name: str = "level") -> float:
    """A confidence level strictly between 0 and 1."""
    if not isinstance(level, int | float | np.number) or not 0 < float(level) < 1:
        raise InvalidInput(f"{name} is {level!r}; it must lie strictly between 0 and 1", hint="level=0.95")
    return float(level)


def check_number(value: Any, name: str, *, low: float | None = None, above: float | None = None) -> float:
    """One finite number, not below `low` (or strictly above `above`): a multiplier, a radius, a threshold."""
    fine = isinstance(value, int | float | np.number) and not isinstance(value, bool) and np.isfinite(value)
    if not fine or (low is not None and value < low) or (above is not None and value <= above):
        wanted = (
            ""
            if low is None and above is None
            else f", {plain(low)} or more"
            if above is None
            else f" above {plain(above)}"
        )
        raise InvalidInput(f"{name} is {value!r}; it must be a finite number{wanted}")
    return float(value)


def numbers_by_key(values: Any, name: str) -> pd.Series[Any]:
    """A Series (by its index) or a mapping, as a Series of floats."""
    if not isinstance(values, pd.Series | Mapping):
        raise InvalidInput(f"{name} is a {type(values).__name__}; it must be a Series or a mapping, by key")
    try:
        if isinstance(values, pd.Series):
            return pd.Series(values.to_numpy(dtype=np.float64, na_value=np.nan), index=values.index, name=values.name)
        return pd.Series(dict(values), dtype=float)
    except (TypeError, ValueError):
        raise InvalidInput(f"{name} holds something that is not a number: {values!r:.80}") from None


def check_option(value: Any, name: str, allowed: Sequence[Any]) -> Any:
    """One of a few named options."""
    if not any(value is a or (type(value) is type(a) and value == a) for a in allowed):
        raise InvalidInput(f"{name} is {value!r}; it must be one of {', '.join(map(repr, allowed))}")
    return value


class Check:
    """Collects problems; `done()` raises them together."""

    def __init__(self, hint: str | None = None) -> None:
        self.problems: list[str] = []
        self.hidden = 0
        self.hint = hint

    def add(self, problem: str) -> None:
        if len(self.problems) < LISTED:
            self.problems.append(problem)
        else:
            self.hidden += 1

    def done(self) -> None:
        if self.problems:
            more = [f"... and {self.hidden} more"] if self.hidden else []
            raise InvalidInput(self.problems + more, hint=self.hint)

    def values(
        self,
        x: Floats,
        where: Callable[[int], str],
        *,
        low: float | None = None,
        above: float | None = None,
        missing_ok: bool = False,
    ) -> None:
        """Finite, and not below `low` (or strictly above `above`); `where(i)` names the i-th value."""
        bad = np.isinf(x) if missing_ok else ~np.isfinite(x)
        for i in positions(bad):
            self.add(f"{where(i)} is {plain(x[i])}; it must be a finite number")
        if low is not None:
            for i in positions(np.isfinite(x) & (x < low)):
                self.add(f"{where(i)} is {plain(x[i])}; it must be {plain(low)} or more")
        if above is not None:
            for i in positions(np.isfinite(x) & (x <= above)):
                self.add(f"{where(i)} is {plain(x[i])}; it must be above {plain(above)}")

    def arrays(self, **given: tuple[Any, dict[str, Any]]) -> tuple[list[Floats], bool]:
        """`name=(values, limits)` -> float arrays of one length, and whether all were single numbers."""
        first: tuple[str, pd.Series[Any]] | None = None
        out: list[tuple[str, Floats, bool, dict[str, Any]]] = []
        for name, (values, limits) in given.items():
            if isinstance(values, pd.Series):
                if first is None:
                    first = (name, values)
                elif not values.index.equals(first[1].index):
                    values = self._match(name, values, *first)
            try:
                x = (
                    np.asarray(values, dtype=np.float64)
                    if not isinstance(values, pd.Series)
                    else (values.to_numpy(dtype=np.float64, na_value=np.nan))
                )
            except (TypeError, ValueError):
                self.add(f"{name} holds something that is not a number: {values!r:.80}")
                self.done()
                raise AssertionError from None  # done() has raised
            if x.ndim > 1:
                self.add(f"{name} has {x.ndim} dimensions; it must be one number or one list of numbers")
                self.done()
            out.append((name, np.atleast_1d(x), x.ndim == 0, limits))
        lengths = {n: len(x) for n, x, scalar, _ in out if not scalar}
        if len(set(lengths.values())) > 1:
            self.add("lengths differ: " + ", ".join(f"{n} has {k}" for n, k in lengths.items()))
            self.done()
        size = next(iter(lengths.values()), 1)
        for name, x, scalar, limits in out:
            self.values(x, (lambda i, n=name, s=scalar: n if s else f"{n}[{i}]"), **limits)  # type: ignore[misc]
        return [np.broadcast_to(x, (size,)).copy() if len(x) != size else x for _, x, _, _ in out], not lengths

    def _match(self, name: str, values: pd.Series[Any], other: str, keyed: pd.Series[Any]) -> pd.Series[Any]:
        """`values` in the order of `keyed`, by index label; both must have the same unique labels."""
        for label, series in ((name, values), (other, keyed)):
            if not series.index.is_unique:
                twice = series.index[series.index.duplicated()].unique()[:5].tolist()
                self.add(f"the index of {label} has duplicates: {twice}")
        self.done()
        lacking = keyed.index.difference(values.index, sort=False)
        foreign = values.index.difference(keyed.index, sort=False)
        if len(lacking):
            self.add(f"{len(lacking)} labels of {other} are not in {name}: {lacking[:5].tolist()}")
        if len(foreign):
            self.add(f"{len(foreign)} labels of {name} are not in {other}: {foreign[:5].tolist()}")
        self.done()
        return values.reindex(keyed.index)


def columns_present(frame: pd.DataFrame, names: Sequence[str], what: str = "the frame") -> None:
    """Raise unless `frame` is a DataFrame with these columns, each once."""
    if not isinstance(frame, pd.DataFrame):
        raise InvalidInput(f"{what} is a {type(frame).__name__}; it must be a pandas DataFrame")
    lacking = [n for n in names if n not in frame.columns]
    if lacking:
        raise InvalidInput(
            f"{what} has no column {', '.join(map(repr, lacking))}; it has {', '.join(map(repr, frame.columns))}"
        )
    twice = [n for n in names if (frame.columns == n).sum() > 1]
    if twice:
        raise InvalidInput(f"{what} has more than one column {', '.join(map(repr, twice))}")


def floats_of(frame: pd.DataFrame, name: str) -> Floats:
    """A column as floats, pandas' missing values as NaN."""
    try:
        return frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        raise InvalidInput(f"column {name!r} holds something that is not a number (type {frame[name].dtype})") from None
