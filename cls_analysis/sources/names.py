"""Does each row still carry the name of its code, or were the codes (or the figures) moved to other rows?

A column sorted alone or moved down by a row in a spreadsheet leaves valid codes, valid names and valid figures that
no longer belong together. Names are compared with the Code officiel géographique embedded in `cls_analysis.geography`:
a row whose name is that of another commune of the same file is a problem. A name that is nobody's (another spelling,
an old name, a made-up one) says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

import pandas as pd

from cls_analysis import geography
from cls_analysis.sources.text import fold, shown


def check_names(
    codes: pd.Series,
    names: pd.Series,
    year: int,
    *,
    where: str,
    column: str,
    tolerated: float = 0.0,
    known: Mapping[str, str] | None = None,
) -> list[str]:
    """One problem that lists the rows whose name is another commune's of the file; `codes` and `names` share their index.

    `known` gives the names of another list of codes (`{code: folded name}`) than the communes of `year`.
    `tolerated` is the share of rows that a producer itself names so (old names that another commune bears).

    Nothing is compared for a vintage that the embedded geography does not hold, or for a name that several communes of
    the file bear.

    >>> rows = pd.Series(["90010", "90001"]), pd.Series(["Andelnans", "Belfort"])
    >>> check_names(*rows, 2024, where="f.csv", column="Commune")[0][:38]
    "f.csv, row 0, 1, column 'Commune': 'An"
    """
    known = _names(year) if known is None else known
    listed = codes.tolist()
    own = [known.get(code) for code in listed]  # not `map`: it would index the 35 000 names each time
    bearers: dict[str, set[str]] = {}
    for code, name in zip(listed, own, strict=True):
        if name is not None:
            bearers.setdefault(name, set()).add(str(code))
    moved = {
        row: (name, code)
        for row, code, name, wanted in zip(codes.index, listed, names.tolist(), own, strict=True)
        if wanted is not None and fold(name) != wanted and bearers.get(fold(name), set()) - {code}
    }
    if len(moved) <= tolerated * len(codes):
        return []
    first = next(iter(moved))
    name, code = moved[first]
    other = sorted(bearers[fold(name)])[0]
    return [
        f"{where}, row {shown(moved, most=5)}, column {column!r}: {name!r} is the name of {other}, not of {code} "
        f"({len(moved)} rows carry another commune's name); codes or figures were moved without their rows"
    ]


def name_column(titles: Iterable[str], *words: str) -> str | None:
    """The column whose title is one of those words (accents and case do not count), where the file has one."""
    return next((title for title in titles if fold(title) in words), None)


@cache
def epci_names(year: int) -> Mapping[str, str]:
    """Folded names of the EPCI of a vintage, for `known`."""
    frame = geography.epci(year)
    return {str(code): fold(name) for code, name in zip(frame["siren_epci"], frame["name"], strict=True)}


@cache
def _names(year: int) -> dict[str, str]:
    if year not in geography.VINTAGES:
        return {}
    frame = geography.communes(year)
    return {str(code): fold(name) for code, name in zip(frame["code_commune"], frame["name"], strict=True)}
