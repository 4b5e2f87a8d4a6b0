"""Which communes and inhabitants of a département do the health contracts cover?

« 100 % couverte » is often said of communautés, not of inhabitants: this counts communes and people, and names what
is left out, with the EPCI it belongs to.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cls_analysis.geography import administrative
from cls_analysis.geography.perimeters import list_perimeters, load_perimeter
from cls_analysis.geography.places import Territory, territory


@dataclass(frozen=True)
class Coverage:
    """Coverage of one département. Populations municipales of the reference COG; `uncovered` has `code_commune`,
    `name`, `population`, `siren_epci`, `epci_name`; `perimeters` has `perimeter`, `communes`, `population` (inside)."""

    departement: Territory
    communes: int
    covered_communes: int
    population: int
    covered_population: int
    uncovered: pd.DataFrame
    perimeters: pd.DataFrame

    @property
    def share_population(self) -> float:
        """Covered inhabitants over inhabitants, 0 to 1."""
        return self.covered_population / self.population


def coverage(departement: str) -> Coverage:
    """Coverage of a département by the known perimeters; one commune in two perimeters counts once.

    A perimeter that only gathers others (`contains`) is left out of the list. UnknownName for an unknown département.

    >>> c = coverage("52")
    >>> c.covered_communes, c.communes, c.uncovered["name"].tolist()
    (425, 426, ['Liffol-le-Petit'])
    """
    place = territory(departement, territory_type="departement")
    inside = administrative.communes()
    inside = inside[inside["departement"] == place.territory]
    found = [p for p in map(load_perimeter, list_perimeters()) if not p.contains]
    rows, covered = [], set()
    for perimeter in found:
        held = inside[inside["code_commune"].isin(perimeter.communes())]
        covered |= set(held["code_commune"])
        if len(held):
            rows.append((perimeter.id, len(held), int(held["population"].sum())))
    out = inside["code_commune"].isin(covered)
    left = inside[~out].merge(administrative.membership(), on="code_commune", how="left", validate="1:1")
    names = administrative.epci().rename(columns={"name": "epci_name"})[["siren_epci", "epci_name"]]
    left = left.merge(names, on="siren_epci", how="left", validate="m:1")
    return Coverage(
        departement=place,
        communes=len(inside),
        covered_communes=int(out.sum()),
        population=int(inside["population"].sum()),
        covered_population=int(inside.loc[out, "population"].sum()),
        uncovered=left[["code_commune", "name", "population", "siren_epci", "epci_name"]],
        perimeters=pd.DataFrame(rows, columns=["perimeter", "communes", "population"]),
    )
