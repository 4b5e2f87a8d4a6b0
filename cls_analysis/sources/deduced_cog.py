"""Of which vintage are the codes of a file that does not say it? Deduced from the official lists, then checked in full."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import pandas as pd

from cls_analysis.sources.codes import (
    ARRONDISSEMENTS,
    DROM,
    FRANCE,
    PLM,
    Scope,
    check_communes,
    communes_within,
    departement_of,
    known_communes,
)
from cls_analysis.sources.names import check_names, name_column
from cls_analysis.sources.notes import note
from cls_analysis.sources.reading import Grid
from cls_analysis.sources.text import shown


def fitting_cog(
    codes: Collection[str],
    candidates: Sequence[int],
    *,
    where: str,
    scope: Scope = FRANCE,
    absent: Callable[[str], bool] = lambda _code: False,
) -> tuple[int, list[str]]:
    """The first vintage that lists these communes exactly (`absent` ones excepted); the first candidate's problems otherwise.

    Melodi files do not write the vintage of their codes: it is deduced, then checked in full.
    """
    first: list[str] | None = None
    for year in candidates:
        problems = check_communes(codes, year, where=where, scope=scope, absent=absent)
        if not problems:
            return year, []
        first = problems if first is None else first
    return candidates[0], first or []


def nearest_cog(
    codes: Collection[str], candidates: Sequence[int], *, where: str, scope: Scope = FRANCE
) -> tuple[int, list[str]]:
    """The vintage that knows every code and misses the fewest communes, for a file that does not list all communes.

    Problems where no candidate knows every code. The first of equal candidates is kept.
    """
    communes = {code for code in codes if code not in ARRONDISSEMENTS}
    unknown = {year: communes - known_communes(year) for year in candidates}
    lost = {year: sum(scope.holds(code) for code in known_communes(year) - communes) for year in candidates}
    best = min(candidates, key=lambda year: (len(unknown[year]), lost[year]))
    if unknown[best]:
        return best, [
            f"{where}: {len(unknown[best])} codes are not communes of COG {best} (the nearest vintage): {shown(sorted(unknown[best]))}"
        ]
    return best, []


FEW = 0.03  # share of the communes that a file of nearly all of them may lack


def gaps(
    codes: Collection[str],
    cog: int,
    *,
    where: str,
    scope: Scope = FRANCE,
    absent: Callable[[str], bool] = lambda _code: False,
) -> tuple[list[str], list[str]]:
    """The communes of that COG that a file lacks, and the problems: too many of them, a city without some arrondissements.

    A few are not refused: the reader gives them as `missing`, and the note names them, so that the hole is seen.
    """
    held = set(codes)
    cities = {ARRONDISSEMENTS[code] for code in held if code in ARRONDISSEMENTS}
    problems = [
        f"{where}: arrondissements of {city} are missing: {shown(sorted(set(PLM[city]) - held))}"
        for city in sorted(cities)
        if set(PLM[city]) - held
    ]
    expected = [code for code in communes_within(cog, scope) if not absent(code)]
    lost = sorted(set(expected) - held - cities)
    if len(lost) > FEW * len(expected):
        problems.append(
            f"{where}: {len(lost)} communes of COG {cog} are missing: {shown(lost)}. Likely a file cut short or another vintage"
        )
    elif lost:
        note(
            f"{where}: {len(lost)} communes of COG {cog} are not in the file, given as missing: {shown(lost, most=1000)}"
        )
    return lost, problems


def nearly_all(
    grid: Grid, codes: pd.Series, candidates: Sequence[int], *, scope: Scope = FRANCE
) -> tuple[int, list[str], list[str]]:
    """For a table of nearly all the communes of the métropole: its COG, the communes it lacks, what is wrong with its codes.

    Where the table has a column of names, a name that is another commune's is a problem.
    """
    where = grid.where
    cog, problems = nearest_cog(set(codes), candidates, where=where, scope=scope)
    if title := name_column(grid.frame.columns, "commune", "libelle commune", "nom de la commune"):
        problems += check_names(codes, grid.frame[title], cog, where=where, column=title, tolerated=0.01)
    lost, holes = gaps(set(codes), cog, where=where, scope=scope, absent=lambda code: departement_of(code) in DROM)
    note(f"{where}: codes are those of COG {cog}")
    return cog, lost, [*problems, *holes]
