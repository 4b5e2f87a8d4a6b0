"""What is under the maps of a territory? Base maps by level, prepared once and shared by all its maps."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cls_analysis import geography
from cls_analysis.diagnostic.opening import Bassins
from cls_analysis.errors import InvalidInput, UnknownName
from cls_analysis.figures.mapbase import BaseMap, base_map, overlay, window

TOWNS = 12
CONTOUR_SOURCE = (
    "IGN, Admin Express, contours simplifiés des communes, géographie au 1er janvier 2026, Licence Ouverte 2.0"
)


class EmbeddedSource(NamedTuple):
    """A source that is embedded with the program, cited as a declared one is."""

    id: str
    producer: str
    title: str
    vintage: str
    licence: str
    updated: str = ""
    files: tuple[Any, ...] = ()


CONTOURS = EmbeddedSource(
    "ign-admin-express", "IGN", "Admin Express, contours simplifiés des communes", "2026", "Licence Ouverte 2.0"
)


@lru_cache(maxsize=1)
def _communes() -> pd.DataFrame:
    frame = geography.communes().merge(geography.membership(), on="code_commune", how="left", validate="1:1")
    return frame.set_index("code_commune", drop=False).rename_axis(None)


@lru_cache(maxsize=1)
def _commune_names() -> dict[str, str]:
    return dict(zip(_communes()["code_commune"].tolist(), _communes()["name"].tolist(), strict=True))


@lru_cache(maxsize=1)
def _without_contour() -> frozenset[str]:
    return frozenset(geography.missing_contours()["code_commune"])


@dataclass(frozen=True)
class Atlas:
    """The geometry around one territory. `bassins` maps a commune to its bassin de vie (empty when not known), `kept` is the file
    of their contours that the build dissolved."""

    territory: Any
    bassins: Bassins
    kept: Path | None = None

    @cached_property
    def communes(self) -> pd.DataFrame:
        """Every commune of France: name, département, population, EPCI."""
        return _communes()

    @cached_property
    def drawn(self) -> frozenset[str]:
        """The territory's communes that have a contour."""
        return frozenset(set(self.territory.communes) - _without_contour())

    @property
    def undrawn(self) -> list[str]:
        """Names of the territory's communes without a contour: said in a note, never dropped in silence."""
        absent = sorted(set(self.territory.communes) - self.drawn)
        return [str(self.communes.loc[code, "name"]) for code in absent]

    @cached_property
    def around(self) -> list[str]:
        """Communes of the territory's départements and of those that touch them: what a map may show."""
        near = geography.neighbours("departement")
        own = set(self.territory.departements)
        wanted = own.union(*(near.get(code, ()) for code in own))
        return self.communes.index[self.communes["departement"].isin(wanted)].tolist()

    @cached_property
    def towns(self) -> list[tuple[str, str]]:
        """The most populated communes of the territory, largest first."""
        inside = self.communes.loc[list(self.territory.communes)]
        ordered = inside.sort_values(["population", "code_commune"], ascending=[False, True])
        return list(zip(ordered["code_commune"], ordered["name"], strict=True))[:TOWNS]

    @cached_property
    def groups(self) -> dict[str, str]:
        """EPCI of each commune of the territory."""
        inside = self.communes.loc[list(self.territory.communes)]
        known = inside[inside["siren_epci"].notna()]
        return dict(zip(known["code_commune"], known["siren_epci"], strict=True))

    def base(self, level: str) -> BaseMap:
        """The base map of a level: commune, epci or bassin_de_vie."""
        if level == "commune":
            return self._by_commune
        if level == "epci":
            return self._by_epci
        if level == "bassin_de_vie":
            return self._by_bassin
        raise UnknownName(f"no map by {level!r}", hint="one of commune, epci, bassin_de_vie")

    @cached_property
    def _names(self) -> dict[str, str]:
        return _commune_names()

    @cached_property
    def _areas(self) -> Any:
        areas = geography.contours("commune", codes=self.around)
        return areas[areas.geometry.notna() & ~areas.geometry.is_empty]

    @cached_property
    def _by_commune(self) -> BaseMap:
        return base_map(self._areas, inside=self.drawn, names=self._names, groups=self.groups, towns=self.towns)

    @cached_property
    def _by_epci(self) -> BaseMap:
        kinds = geography.epci()
        shapes = geography.contours(
            "epci", codes=sorted(self.communes.loc[self.around, "siren_epci"].dropna().unique())
        )
        inside = set(self.groups.values())
        return base_map(
            shapes, inside=inside, names=dict(zip(kinds["siren_epci"], kinds["name"], strict=True)), place_word="EPCI"
        )

    @cached_property
    def _by_bassin(self) -> BaseMap:
        if not self.bassins:
            raise InvalidInput("bassins de vie are not known", hint="cls-analysis data sources insee-appartenance")
        inside = {self.bassins[c] for c in self.drawn if c in self.bassins}
        shapes = geography.dissolve(self._bassins_near(inside), kept=self.kept)
        names = {code: str(self.communes["name"].get(code, code)) for code in shapes["code"]}
        base = base_map(shapes, inside=inside, names=names, place_word="bassin de vie")
        return replace(base, outline=overlay(base, self._own_shape))  # the territory's, not that of its bassins

    def _bassins_near(self, inside: Collection[str]) -> dict[str, str]:
        """Bassin de vie of each commune around, of those that the window of the map may show: dissolving the others takes
        longer than drawing the map."""
        own = [self.bassins.get(code) for code in self._areas["code"]]
        west, south, east, north = self._areas.geometry.bounds.to_numpy().T
        about = np.isin(np.array(own, dtype=object).astype(str), sorted(inside))
        if not about.any():
            return {}
        (left, low, right, high), _ = window(
            (west[about].min(), south[about].min(), east[about].max(), north[about].max())
        )
        seen = (east >= left) & (west <= right) & (north >= low) & (south <= high)
        near = {bassin for bassin, shown in zip(own, seen, strict=True) if shown}
        pairs = zip(self._areas["code"], own, strict=True)
        return {code: bassin for code, bassin in pairs if bassin is not None and bassin in near}

    def spilling(self, level: str) -> frozenset[str]:
        """Bassins de vie of which less than half of the inhabitants live in the territory (none at other levels)."""
        if level != "bassin_de_vie":
            return frozenset()
        own = self.communes.loc[list(self.territory.communes), "population"]
        inside = own.groupby(own.index.map(self.bassins.get)).sum()
        whole = self.communes["population"].reindex(
            [c for bassin in inside.index for c in self.bassins.members[bassin]]
        )
        people = whole.groupby(whole.index.map(self.bassins.get)).sum()
        share = inside / people.reindex(inside.index)
        return frozenset(share.index[share < 0.5])

    @cached_property
    def location(self) -> tuple[BaseMap, str]:
        """Base of the régions' départements and the path of the territory over it."""
        regions = set(self.territory.regions)
        departements = geography.departements()
        own = departements[departements["region"].isin(regions)]
        shapes = geography.contours("departement")
        if not set(own["code"]) & set(shapes["code"]):  # overseas, in a map system of its own
            shapes = geography.contours("departement", codes=sorted(own["code"]))
        base = base_map(
            shapes,
            inside=set(own["code"]) & set(shapes["code"]),
            names=dict(zip(departements["code"], departements["name"], strict=True)),
            place_word="département",
            max_height=560,
        )
        return base, overlay(base, self._own_shape)

    @cached_property
    def _own_shape(self) -> Any:
        return self._areas[self._areas["code"].isin(self.drawn)].geometry.union_all()
