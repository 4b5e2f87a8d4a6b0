"""Which EPCI and communes may a participation file of this territory name?

A small frozen view of `geography`, so that everything else here works on any `Places`, a made-up one in
a test included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Places:
    """`epci`: SIREN -> name. `communes`: code INSEE -> (name, SIREN of its EPCI)."""

    territory: str
    name: str
    epci: Mapping[str, str]
    communes: Mapping[str, tuple[str, str]]


def places_of(territory_id: str) -> Places:
    """EPCI and communes of a territory, in the reference COG. `UnknownName` if there is no such territory."""
    from cls_analysis import geography

    place = geography.territory(territory_id)
    wanted = set(place.communes)
    membership = geography.membership()
    membership = membership[membership["code_commune"].isin(wanted)]
    names = geography.communes().set_index("code_commune")["name"]
    epci_names = geography.epci().set_index("siren_epci")["name"]
    sirens = sorted(membership["siren_epci"].dropna().unique())
    return Places(
        territory=territory_id,
        name=place.name,
        epci={siren: str(epci_names[siren]) for siren in sirens},
        communes={
            str(code): (str(names[code]), str(siren))
            for code, siren in zip(membership["code_commune"], membership["siren_epci"], strict=True)
        },
    )
