"""Which rows of other territories does a report stand on? Those it is ranked among, and the bassins de vie of its maps.

A rank, a funnel or "20 EPCI are less well placed" can only be checked with the EPCI behind it; a map by bassin de vie, with the
bassins' values. So the workbook and the CSV hold, beside the report's own rows: the peers on the indicators that rank them, for the
period shown (men and women, all ages together), and the bassins de vie where the territory's communes lie, on the indicators shown. All
are rows that the door has published. The manifest tells of which communes each of these places is made.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
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
    setting, table = diagnostic.setting, diagnostic.setting.table
    names = ranked(diagnostic)
    peers = {p.territory for p in setting.peers if ("epci", p.territory) not in already}
    whole = (table["sex"] == "all") & (table["age"] == "all") & table["indicator"].isin(names)
    mine = np.flatnonzero(of_places(table, "epci", peers) & whole)
    latest = {name: setting.period(name) for name in names}
    told = zip(table["indicator"].iloc[mine], table["period"].iloc[mine], strict=True)
    mine = mine[np.fromiter((latest[name] == period for name, period in told), dtype=bool, count=len(mine))]
    near = of_places(table, "bassin_de_vie", _own_bassins(diagnostic)) & table["indicator"].isin(diagnostic.shown_in)
    return table.iloc[np.union1d(mine, np.flatnonzero(near))]


def of_places(table: pd.DataFrame, territory_type: str, territories: Collection[str]) -> pd.Series:
    """Which rows are those of some territories of a type."""
    return (table["territory_type"] == territory_type) & table["territory"].isin(list(territories))


def places(diagnostic: Diagnostic, declared: Mapping[str, Sequence[str]]) -> set[Key]:
    """The EPCI and bassins de vie of the declared rows (by column) that are neither the territory nor inside it, as (type, code)."""
    own = {("epci", m.territory) for m in diagnostic.setting.members}
    own.add((diagnostic.territory.territory_type, diagnostic.territory.territory))
    told = set(zip(declared["territory_type"], declared["territory"], strict=True))
    return {(kind, code) for kind, code in told - own if kind in ("epci", "bassin_de_vie")}


def bassins(diagnostic: Diagnostic, seen: set[Key]) -> Iterator[tuple[str, str, list[str]]]:
    """(type, code, communes of the reference COG) of the bassins among `seen`, in order."""
    members = diagnostic.atlas.bassins.members
    for code in sorted(code for kind, code in seen if kind == "bassin_de_vie"):
        yield "bassin_de_vie", code, members.get(code, [])


def bassin_names(diagnostic: Diagnostic) -> dict[str, str]:
    """Names of the territory's bassins de vie: that of their main commune, as the maps give it."""
    known = diagnostic.atlas.communes["name"]
    return {b: f"bassin de vie : {known.get(b, b)}".replace("'", APOSTROPHE) for b in _own_bassins(diagnostic)}


def _own_bassins(diagnostic: Diagnostic) -> set[str]:
    mapping = diagnostic.atlas.bassins
    return {mapping[c] for c in diagnostic.territory.communes if c in mapping}
