"""Which rows of other territories does a report stand on? Those it is ranked among, and the bassins de vie of its maps.

A rank, a funnel or "20 EPCI are less well placed" can only be checked with the EPCI behind it; a map by bassin de vie, with the
bassins' values. So the workbook and the CSV hold, beside the report's own rows: the peers on the indicators that rank them, for the
period shown (men and women, all ages together), and the bassins de vie where the territory's communes lie, on the indicators shown. All
are rows that the door has published. The manifest tells of which communes each of these places is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from cls_analysis.figures.french import APOSTROPHE

if TYPE_CHECKING:
    from cls_analysis.diagnostic.core import Diagnostic

Key = tuple[str, str]


def ranked(diagnostic: Diagnostic) -> set[str]:
    """Indicators for which the report shows the territory among its peers: scorecard, funnel, facts of the first page."""
    drawn = {
        i for f in diagnostic.drawn if f.kind == "scorecard" or f.id.startswith("entonnoir-") for i in f.indicators
    }
    chosen = vars(diagnostic).get("essential")  # made only where the page has it
    return drawn | ({f.indicator for f in chosen.facts if f.place is not None} if chosen is not None else set())


def rows(diagnostic: Diagnostic, already: set[Key]) -> pd.DataFrame:
    """Published rows of the peers and bassins (THE TABLE's columns), without those of the places `already` there."""
    setting = diagnostic.setting
    table, kinds = setting.table, setting.table["territory_type"].astype(str)
    names = ranked(diagnostic)
    peers = {p.territory for p in setting.peers if ("epci", p.territory) not in already} if names else set()
    latest = table["indicator"].astype(str).map({name: setting.period(name) for name in names})
    mine = (kinds == "epci") & table["territory"].isin(peers) & (table["period"].astype(str) == latest)
    mine &= (table["sex"].astype(str) == "all") & (table["age"].astype(str) == "all")
    near = (kinds == "bassin_de_vie") & table["territory"].isin(_own_bassins(diagnostic))
    return table[mine | (near & table["indicator"].isin(set(diagnostic.shown_in)))]


def places(diagnostic: Diagnostic) -> set[Key]:
    """The territories of `rows`, as (type, code)."""
    own = {("epci", m.territory) for m in diagnostic.setting.members}
    own.add((diagnostic.territory.territory_type, diagnostic.territory.territory))
    found = rows(diagnostic, own)
    return set(zip(found["territory_type"].astype(str), found["territory"].astype(str), strict=True))


def bassins(diagnostic: Diagnostic, seen: set[Key]) -> Iterator[tuple[str, str, list[str]]]:
    """(type, code, communes of the reference COG) of the bassins among `seen`, in order."""
    held: dict[str, list[str]] = {code: [] for kind, code in sorted(seen) if kind == "bassin_de_vie"}
    for commune, code in diagnostic.atlas.bassins.items():
        if code in held:
            held[code].append(commune)
    for code, communes in held.items():
        yield "bassin_de_vie", code, communes


def bassin_names(diagnostic: Diagnostic) -> dict[str, str]:
    """Names of the territory's bassins de vie: that of their main commune, as the maps give it."""
    known = diagnostic.atlas.communes["name"]
    return {b: f"bassin de vie : {known.get(b, b)}".replace("'", APOSTROPHE) for b in _own_bassins(diagnostic)}


def _own_bassins(diagnostic: Diagnostic) -> set[str]:
    mapping = diagnostic.atlas.bassins
    return {mapping[c] for c in diagnostic.territory.communes if c in mapping}
