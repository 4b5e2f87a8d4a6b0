"""Where are the territories, who touches whom, how far and how large?

Contours are IGN's, simplified, COG 2026, in metres: Lambert-93 (EPSG:2154) in the métropole, the legal system of each
overseas département. Larger territories are dissolved from their communes; borders are shared vertex for vertex, so
no sliver appears. Eight restored communes have no contour: they are returned with a null geometry and named by
`missing_contours()`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import shapely

from cls_analysis.errors import InvalidInput, UnknownName
from cls_analysis.geography import administrative, dissolved, held, outline, places, store
from cls_analysis.geography.vintages import REFERENCE_COG

if TYPE_CHECKING:
    import geopandas as gpd  # slow to import, and most users of geography draw nothing

LEVELS = ("commune", "epci", "perimeter", "departement", "region")
ZONES = tuple(outline.CRS)
_LISTED = 20


@lru_cache(maxsize=1)
def _geometries() -> pd.Series:
    """Contour by commune code, each in the system of its zone."""
    table = pq.read_table(store.path("contours"))
    return pd.Series(outline.decode(table), index=pd.Index(table.column("code").to_pylist()), dtype=object)


@lru_cache(maxsize=1)
def _drawable() -> Mapping[str, shapely.Geometry]:
    """The same by code, for who asks for a few."""
    known = _geometries()
    return dict(zip(known.index.tolist(), known.to_numpy(), strict=True))


@lru_cache(maxsize=8)
def _dissolved(level: str) -> pd.Series:
    """Contour by code of the levels dissolved when the data were embedded: epci, departement, region."""
    table = pq.read_table(store.path("layers"), filters=[("level", "=", level)])
    return pd.Series(outline.decode(table), index=pd.Index(table.column("code").to_pylist()), dtype=object)


def missing_contours() -> pd.DataFrame:
    """The communes of COG 2026 without a contour, with the columns of `communes`.

    >>> missing_contours()["code_commune"].tolist()
    ['12218', '14581', '15031', '15035', '15047', '15171', '49126', '69114']
    """
    frame = administrative.communes()
    return frame[~frame["code_commune"].isin(_geometries().index)].reset_index(drop=True)


def contours(
    level: str = "commune", codes: Iterable[str] | None = None, *, zone: str | None = None
) -> gpd.GeoDataFrame:
    """Contours of the territories of a level: `code`, `geometry`, sorted by code (in the order of `codes` if given).

    `zone` is `metro` (default when `codes` is None) or an overseas département (`971` to `974`, `976`); with
    `codes`, it follows from them. The system is EPSG:2154 for `metro`, otherwise `outline.CRS[zone]`. A territory
    whose communes all lack a contour has a null geometry; one that lacks some is drawn without them
    (`missing_contours`). UnknownName for an unknown level, zone or code; InvalidInput for codes of several zones.

    >>> contours("epci", ["200072999"]).crs.to_epsg()
    2154
    """
    if level not in LEVELS:
        raise UnknownName(
            f"level {level!r} has no contours here; known: {', '.join(LEVELS)}",
            hint="for another level, dissolve({commune: territory})",
        )
    if codes is None:
        return _layer(level, _known_zone(zone or "metro"), _key(level)).copy()
    wanted = list(dict.fromkeys(codes))
    groups = _members(level)
    _refuse_unknown(wanted, level)
    found = sorted({outline.zone_of(groups[c][0]) for c in wanted})
    if len(found) > 1:
        raise InvalidInput(
            f"the codes lie in several zones ({', '.join(found)}), which no map system holds together",
            hint="ask one zone at a time",
        )
    geometries = _drawn(level, wanted)
    return _frame(wanted, geometries, found[0] if found else _known_zone(zone or "metro"))


def dissolve(mapping: Mapping[str, str], *, kept: Path | None = None) -> gpd.GeoDataFrame:
    """Contours of any grouping of communes, from {code_commune: territory} (bassins de vie, care zones, ...).

    `kept` is a file of groups dissolved before (`keep_dissolved`): those with the same communes are taken from it. Columns
    `code`, `geometry`, `missing` (number of member communes without a contour). Raises UnknownName for codes
    not in COG 2026, InvalidInput when the communes lie in several zones.
    """
    _refuse_unknown(sorted(mapping))
    zones = sorted({outline.zone_of(c) for c in mapping})
    if len(zones) > 1:
        raise InvalidInput(
            f"the communes lie in several zones ({', '.join(zones)})", hint="dissolve one zone at a time"
        )
    groups: dict[str, list[str]] = {}
    for commune in sorted(mapping):
        groups.setdefault(mapping[commune], []).append(commune)
    names, drawn = sorted(groups), _drawable()
    known = dissolved.read_dissolved(kept) if kept else {}
    codes = [tuple(c for c in groups[n] if c in drawn) for n in names]
    frame = _frame(names, [known.get(c) or _dissolve(c) for c in codes], zones[0] if zones else "metro")
    return frame.assign(missing=[sum(c not in drawn for c in groups[n]) for n in names])


def keep_dissolved(mapping: Mapping[str, str], path: Path) -> None:
    """Dissolve a grouping of all France ({code_commune: territory}) once, into a file for `dissolve(..., kept=path)`.

    Communes without a contour are left out, as `dissolve` leaves them out of what it draws.
    """
    dissolved.write_dissolved(mapping, _drawable(), path)


def _refuse_unknown(codes: Iterable[str], level: str = "commune") -> None:
    known = _members(level)
    unknown = [c for c in dict.fromkeys(codes) if c not in known]
    if unknown:
        more = [f"and {len(unknown) - _LISTED} more"] if len(unknown) > _LISTED else []
        raise UnknownName(
            [f"{level} {c!r} is not in COG {REFERENCE_COG}" for c in unknown[:_LISTED]] + more,
            hint=f"cls-analysis territories {f'trace {unknown[0]}' if level == 'commune' else 'list'}",
        )


def _known_zone(zone: str) -> str:
    if zone not in ZONES:
        raise UnknownName(f"zone {zone!r} is not known; known: {', '.join(ZONES)}")
    return zone


def _members(level: str) -> Mapping[str, tuple[str, ...]]:
    return _grouped(level, _key(level))


def _key(level: str) -> tuple[tuple[str, int], ...]:
    """What is kept of a level is kept under this: the files of the perimeters for theirs, nothing for the others."""
    return places.perimeter_key() if level == "perimeter" else ()


@lru_cache(maxsize=16)
def _grouped(level: str, key: tuple[tuple[str, int], ...]) -> Mapping[str, tuple[str, ...]]:
    base = administrative.communes()
    if level == "commune":
        return {code: (code,) for code in sorted(base["code_commune"].tolist())}
    if level == "perimeter":
        members = places.perimeter_members(key)
        return {str(k): tuple(v) for k, v in members.groupby("territory")["code_commune"].agg(list).items()}
    return held.holding(level)


def _frame(codes: Iterable[str], geometries: list[object], zone: str) -> gpd.GeoDataFrame:
    import geopandas as gpd

    return gpd.GeoDataFrame({"code": list(codes)}, geometry=geometries, crs=outline.CRS[zone])


@lru_cache(maxsize=32)
def _layer(level: str, zone: str, key: tuple[tuple[str, int], ...]) -> gpd.GeoDataFrame:
    groups = _grouped(level, key)
    codes = [c for c in sorted(groups) if outline.zone_of(groups[c][0]) == zone]
    return _frame(codes, _drawn(level, codes), zone)


def _drawn(level: str, codes: list[str]) -> list[object | None]:
    """Geometries in the order of `codes`; None where no member commune has a contour."""
    if level == "perimeter":
        groups = _members(level)
        return [_dissolve(groups[c]) for c in codes]
    known = _geometries() if level == "commune" else _dissolved(level)
    return [known.get(c) for c in codes]


@lru_cache(maxsize=4096)
def _dissolve(codes: tuple[str, ...]) -> object | None:
    known = _drawable()
    drawn = np.array([known[code] for code in codes if code in known], dtype=object)
    return outline.dissolve(drawn) if len(drawn) else None


def areas() -> pd.DataFrame:
    """Area of each commune with a contour: `code_commune`, `area_km2` (km², of the simplified contour).

    Approximate: simplification and projection make it differ from INSEE's area, by about 1 % for most communes
    and more for small ones and coasts. Communes without a contour are absent, never zero. COG 2026.
    """
    known = _geometries()
    return pd.DataFrame({"code_commune": known.index, "area_km2": shapely.area(known.to_numpy()) / 1e6})


def centroids() -> pd.DataFrame:
    """A point inside each commune with a contour: `code_commune`, `zone`, `x`, `y` (metres, system of the zone)."""
    known = _geometries()
    points = shapely.centroid(known.to_numpy())
    return pd.DataFrame(
        {
            "code_commune": known.index,
            "zone": [outline.zone_of(c) for c in known.index],
            "x": shapely.get_x(points),
            "y": shapely.get_y(points),
        }
    )


def distances(origins: Iterable[str], destinations: Iterable[str]) -> pd.DataFrame:
    """Straight distances between centroids of communes: `origin`, `destination`, `km`.

    Null when a commune has no contour or the two lie in different zones. UnknownName for codes not in COG 2026.
    """
    start, end = list(dict.fromkeys(origins)), list(dict.fromkeys(destinations))
    _refuse_unknown(start + end)
    place = centroids().set_index("code_commune")
    one, two = place.reindex(start), place.reindex(end)
    km = np.hypot(
        one["x"].to_numpy()[:, None] - two["x"].to_numpy(), one["y"].to_numpy()[:, None] - two["y"].to_numpy()
    )
    same = one["zone"].to_numpy(dtype=object)[:, None] == two["zone"].to_numpy(dtype=object)
    values = np.where(same, km / 1000, np.nan).ravel()
    return pd.DataFrame({"origin": np.repeat(start, len(end)), "destination": np.tile(end, len(start)), "km": values})


@lru_cache(maxsize=1)
def _touching() -> pd.DataFrame:
    """Pairs of communes with a border of positive length, both ways: `a`, `b`."""
    pairs = store.table("borders")[["a", "b"]]
    return pd.concat([pairs, pairs.rename(columns={"a": "b", "b": "a"})], ignore_index=True)


def borders() -> pd.DataFrame:
    """Shared borders of communes, each pair once (`a` < `b`): `a`, `b`, `length_m` (metres, simplified contours)."""
    return store.table("borders").copy()


def neighbours(level: str = "commune") -> dict[str, list[str]]:
    """Territories that share a border of positive length (not a mere point): {code: sorted codes}.

    Every territory of the level is a key, islands and communes without a contour with an empty list.
    `level`: commune, epci, departement, region (perimeters overlap: use those of their EPCI).
    """
    if level not in LEVELS or level == "perimeter":
        raise UnknownName(f"neighbours of level {level!r} are not defined; known: commune, epci, departement, region")
    return {code: list(near) for code, near in _near(level).items()}


@lru_cache(maxsize=4)
def _near(level: str) -> dict[str, list[str]]:
    groups = _members(level)
    holder = {c: code for code, communes in groups.items() for c in communes}
    pairs = _touching()
    a, b = pairs["a"].map(holder), pairs["b"].map(holder)
    kept = a.notna() & b.notna() & (a != b)
    linked = pd.DataFrame({"a": a[kept], "b": b[kept]}).drop_duplicates().sort_values(["a", "b"])
    found = linked.groupby("a")["b"].agg(list).to_dict()
    return {code: found.get(code, []) for code in sorted(groups)}
