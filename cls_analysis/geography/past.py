"""Of which communes was a territory made in another year, in which EPCI, with how many inhabitants?

A perimeter is followed through its EPCI as they were on 1 January of that year, an EPCI through its members of that
year, a commune through the passage between the two vintages of the COG; départements and regions through the COG alone.
Populations are those that the package of that year carries (`COMMUNE_POPULATION_YEAR`).
"""

from __future__ import annotations

import pandas as pd

from cls_analysis.errors import UnknownName
from cls_analysis.geography import crosswalk, vintages
from cls_analysis.geography.administrative import communes, epci, membership
from cls_analysis.geography.places import Territory

COLUMNS = ["code_commune", "name", "departement", "siren_epci", "epci", "population"]


def composition(of: Territory, *, year: int | None = None) -> pd.DataFrame:
    """Give the communes of a territory in the COG of a year (the reference COG by default).

    Returns one row per commune: `code_commune`, `name`, `departement`, `siren_epci` and `epci` (missing where the
    commune is in no EPCI), `population` (population municipale, inhabitants), in the order of the codes.
    Raises `UnknownName` for an EPCI that did not exist in that year, and for a vintage that no package holds.

    >>> from cls_analysis.geography import territory
    >>> len(composition(territory("petr-vosges-saonoises"), year=2023))
    144
    """
    at = vintages.REFERENCE_COG if year is None else year
    places = communes(at)
    known = membership(at)
    if year is None:
        codes = list(of.communes)
    elif of.perimeter is not None:
        codes = of.perimeter.communes(year)
    elif of.territory_type == "epci":
        codes = known.loc[known["siren_epci"] == of.territory, "code_commune"].tolist()
        if not codes:
            raise UnknownName(
                f"EPCI {of.territory} ({of.name}) does not exist in {year}",
                hint=f"cls-analysis territories show {of.territory}",
            )
    elif of.territory_type == "commune":
        links = crosswalk.passage(vintages.REFERENCE_COG, year)
        codes = links.loc[links["origin"] == of.territory, "destination"].tolist()
    elif of.territory_type in ("departement", "region"):
        codes = places.loc[places[of.territory_type] == of.territory, "code_commune"].tolist()
    else:
        codes = places["code_commune"].tolist()
    names = epci(at)[["siren_epci", "name"]].rename(columns={"name": "epci"})
    frame = places[places["code_commune"].isin(codes)]
    frame = frame.merge(known, on="code_commune", how="left", validate="1:1")
    frame = frame.merge(names, on="siren_epci", how="left", validate="m:1")
    return frame[COLUMNS].sort_values("code_commune", ignore_index=True)
