"""Which communes does a territory hold, and where do most of its inhabitants live? Asked in plain lists, made once.

A report asks it of hundreds of territories. Records by code and tuples of codes answer in microseconds where a selection in a
table of 35,000 communes takes milliseconds. Reference COG only; the tables of `administrative` say the same for any year.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from operator import attrgetter
from typing import NamedTuple

import pandas as pd

from cls_analysis.geography import administrative


class Commune(NamedTuple):
    """A commune of the reference COG; `epci` is None where it belongs to none, `population` where nobody is counted."""

    code: str
    name: str
    departement: str
    region: str
    population: int | None
    epci: str | None


@cache
def communes() -> Mapping[str, Commune]:
    """Every commune by code, in the order of `administrative.communes` (by code).

    >>> communes()["52269"].name, communes()["52269"].departement
    ('Langres', '52')
    """
    frame, member = administrative.communes(), administrative.membership()
    epci = dict(zip(member["code_commune"].tolist(), member["siren_epci"].tolist(), strict=True))
    people = [None if n is pd.NA else int(n) for n in frame["population"].tolist()]
    columns = (frame[name].tolist() for name in ("code_commune", "name", "departement", "region"))
    return {c: Commune(c, n, d, r, p, epci.get(c)) for c, n, d, r, p in zip(*columns, people, strict=True)}


@cache
def holding(kind: str) -> Mapping[str, tuple[str, ...]]:
    """Codes of the communes of each territory of a kind (`departement`, `epci`, `region`), sorted; by sorted territory.

    >>> len(holding("departement")["52"])
    426
    """
    holder: Callable[[Commune], str | None] = attrgetter(kind)
    groups: dict[str, list[str]] = {}
    for code, commune in communes().items():
        if (found := holder(commune)) is not None:
            groups.setdefault(found, []).append(code)
    return {found: tuple(groups[found]) for found in sorted(groups)}


def by_population(codes: Iterable[str], kind: str) -> tuple[str, ...]:
    """The territories of a kind in which these communes lie, the one with most of their inhabitants first (equal: by code).

    >>> by_population(["52269", "70400"], "departement")
    ('52', '70')
    """
    holder: Callable[[Commune], str | None] = attrgetter(kind)
    known, people = communes(), dict[str, int]()
    for commune in (known[code] for code in codes):
        if (found := holder(commune)) is not None:
            people[found] = people.get(found, 0) + (commune.population or 0)
    return tuple(sorted(people, key=lambda code: (-people[code], code)))


@cache
def lying(kind: str, above: str) -> Mapping[str, tuple[str, ...]]:
    """`by_population` of the communes of every territory of a kind (`departement`, `epci`, `region`), by its code.

    >>> lying("departement", "region")["52"]
    ('44',)
    """
    return {code: by_population(codes, above) for code, codes in holding(kind).items()}


@cache
def populations(kind: str) -> Mapping[str, int]:
    """`population` of every territory of a kind (`departement`, `epci`, `region`), by its code.

    >>> grand_est = ("08", "10", "51", "52", "54", "55", "57", "67", "68", "88")
    >>> populations("region")["44"] == sum(populations("departement")[code] for code in grand_est)
    True
    """
    return {code: population(codes) for code, codes in holding(kind).items()}


def population(codes: Iterable[str]) -> int:
    """Inhabitants of these communes, of those that are counted (population municipale, `administrative.communes`)."""
    known = communes()
    return sum(known[code].population or 0 for code in codes)


@cache
def names(kind: str) -> Mapping[str, str]:
    """Name by code of the communes, EPCI, départements or régions.

    >>> names("region")["44"]
    'Grand Est'
    """
    if kind == "commune":
        return {code: commune.name for code, commune in communes().items()}
    tables = {"epci": administrative.epci, "departement": administrative.departements, "region": administrative.regions}
    frame = tables[kind]()
    return dict(zip(frame["siren_epci" if kind == "epci" else "code"].tolist(), frame["name"].tolist(), strict=True))
