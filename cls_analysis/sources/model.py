"""What is a published dataset, its files and its variables? Frozen declarations, no reading here.

A `Source` says everything a report must cite (producer, title, vintage, licence, address, caveats) and everything
a build must check (files, expected columns, variables with their plausible bounds). One module of this package
declares one source; nothing else in the project knows a file's quirks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pandas as pd

Kind = Literal["count", "rate", "mean", "median", "score"]
LICENCE_OUVERTE = "Licence Ouverte 2.0"


@dataclass(frozen=True)
class Variable:
    """One measured quantity. Only a `count` may be summed or converted between vintages.

    `label` and `unit` are French (they are printed). `minimum` and `maximum` bound what is plausible: a value
    outside is refused, never clipped. `integer` says that the producer publishes whole numbers.

    >>> Variable("pmun", "Population municipale", "habitants", "count", integer=True).minimum
    0.0
    """

    name: str
    label: str
    unit: str
    kind: Kind
    minimum: float | None = 0.0
    maximum: float | None = None
    integer: bool = False


@dataclass(frozen=True)
class Remote:
    """Where a producer publishes a file, vintage by vintage, and in what wrapping (docs/fetching.md).

    `addresses` pairs a vintage with its address where each has its own; `pattern` holds `{year}` where all follow one
    rule. An address without either vintage is `File.url`: it always gives the newest. `form` is that of the bytes that
    come (csv, json, zip, xlsx, parquet, gzip, text); `member` is the glob of the one file wanted in a zip; `query` the
    parameters, whose values may hold `{year}`. `hosts` are the further hosts that a redirect may lead to. `changes` is
    an Opendatasoft dataset's address, whose `metas.default.modified` tells when the data last changed.
    """

    form: str
    addresses: tuple[tuple[str, str], ...] = ()
    pattern: str | None = None
    member: str | None = None
    query: tuple[tuple[str, str], ...] = ()
    hosts: tuple[str, ...] = ()
    changes: str | None = None
    max_bytes: int = 2_000_000_000


@dataclass(frozen=True)
class File:
    """One file as the producer publishes it: `path` inside a mirror, `key` under which a reader receives it.

    `url` is cited in reports. `remote` says how to fetch it when the address alone does not; `by_hand` says why the
    address does not give this very file, which must then be put into the mirror by hand.
    """

    key: str
    path: str
    url: str | None = None
    media_type: str = "text/csv"
    encoding: str | None = "utf-8"
    separator: str | None = ","
    columns: tuple[str, ...] = ()
    min_rows: int = 1
    remote: Remote | None = None
    by_hand: str | None = None


@dataclass(frozen=True)
class Table:
    """A table that is not numeric observations (memberships, events): `columns` are its names once read."""

    name: str
    title: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    read: Callable[[Mapping[str, Path]], pd.DataFrame]


@dataclass(frozen=True)
class Source:
    """One published dataset of one vintage; `read` returns OBSERVATIONS (docs/architecture.md).

    `at(year)` is the same source at another vintage, where its reader can read one (`vintages.py`).
    """

    id: str
    producer: str
    title: str
    vintage: str
    licence: str
    geography: str
    files: tuple[File, ...]
    variables: tuple[Variable, ...]
    read: Callable[[Mapping[str, Path]], pd.DataFrame]
    updated: str | None = None
    caveats: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    modes: tuple[str, ...] = ("official",)
    homepage: str | None = None
    at: Callable[[str], Source] | None = None
    names: Mapping[str, Variable] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_name = {variable.name: variable for variable in self.variables}
        if len(by_name) != len(self.variables):
            seen = [variable.name for variable in self.variables]
            twice = sorted({name for name in seen if seen.count(name) > 1})
            raise ValueError(f"source {self.id!r} declares twice: {', '.join(twice)}")
        object.__setattr__(self, "names", by_name)


def count(name: str, label: str, unit: str, *, integer: bool = True) -> Variable:
    """A quantity that adds up (persons, deaths, equipments)."""
    return Variable(name, label, unit, "count", integer=integer)


def share(name: str, label: str, unit: str = "%") -> Variable:
    """A percentage between 0 and 100."""
    return Variable(name, label, unit, "rate", maximum=100.0)


def rate(name: str, label: str, unit: str, *, maximum: float | None = None) -> Variable:
    """A rate with its unit (per 100 000, consultations per inhabitant); zero or more."""
    return Variable(name, label, unit, "rate", maximum=maximum)
