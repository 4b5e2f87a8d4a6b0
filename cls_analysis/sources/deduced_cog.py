"""Of which vintage are the codes of a file that does not say it? Deduced from the official lists, then checked in full."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from cls_analysis.sources.codes import ARRONDISSEMENTS, FRANCE, Scope, check_communes, known_communes
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
