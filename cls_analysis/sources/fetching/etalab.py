"""The administrative geography that this package embeds, at its producers' addresses: may a newer one be trusted?

`etalab-decoupage`: lists of communes and EPCI of a year (npm package @etalab/decoupage-administratif, one version by year).
`etalab-contours`: outlines of the communes of a year, simplified at 100 m (GeoJSON). No build reads them: they renew what
is embedded (`python -m cls_analysis.geography.embed`), and each is compared with it before it is kept.
https://github.com/etalab/decoupage-administratif, https://github.com/etalab/contours-administratifs
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cls_analysis import geography
from cls_analysis.errors import InvalidInput
from cls_analysis.sources.codes import ARRONDISSEMENTS, DEPARTEMENTS, departement_of, known_communes
from cls_analysis.sources.fetching.plan import Job
from cls_analysis.sources.model import File, Remote
from cls_analysis.sources.text import shown

VERSIONS = (("2026", "6.0.0"), ("2025", "5.3.0"), ("2024", "4.1.0"), ("2023", "3.1.1"))
PACKAGE = "https://unpkg.com/@etalab/decoupage-administratif@{version}/data/{name}.json"
CONTOURS = "https://etalab-datasets.geo.data.gouv.fr/contours-administratifs/{year}/geojson/communes-100m.geojson"
JSON = "application/json"
FEW = 0.01  # share of the communes that may differ from the embedded list of that year (or of the nearest one)
_BOX = (-64.0, -22.0, 56.0, 52.0)  # west, south, east, north of France and its five DROM, in degrees


def decoupage() -> Job:
    """Communes and EPCI of a year."""
    year = VERSIONS[0][0]
    files = tuple(
        File(
            name,
            f"etalab-decoupage/{year}/{name}.json",
            PACKAGE.format(version=VERSIONS[0][1], name=name),
            JSON,
            separator=None,
            remote=Remote(
                "json", addresses=tuple((y, PACKAGE.format(version=version, name=name)) for y, version in VERSIONS)
            ),
        )
        for name in ("communes", "epci")
    )
    return Job("etalab-decoupage", year, files, check_decoupage, "https://github.com/etalab/decoupage-administratif")


def contours() -> Job:
    """Outlines of the communes of a year."""
    file = File(
        "communes",
        "etalab-contours/2025/communes-100m.geojson",
        CONTOURS.replace("{year}", "2025"),
        "application/geo+json",
        separator=None,
        remote=Remote("json", pattern=CONTOURS, hosts=("object.data.gouv.fr",), max_bytes=500_000_000),
    )
    return Job("etalab-contours", "2025", (file,), check_contours, "https://github.com/etalab/contours-administratifs")


def check_decoupage(paths: Mapping[str, Path]) -> list[str]:
    """Notes on a list of communes and EPCI; `InvalidInput` where it is not one, or holds members that it does not list."""
    where = "communes.json"
    communes, problems = _records(paths["communes"], ("code", "nom", "type"), where)
    held = {str(one["code"]) for one in communes if one.get("type") == "commune-actuelle"}
    problems += [] if problems else _compared(held, where)
    groups, wrong = _records(paths["epci"], ("code", "nom", "membres"), "epci.json")
    problems += wrong
    lost = sorted({str(m.get("code")) for group in groups for m in group.get("membres", [])} - held) if held else []
    if lost:
        problems.append(
            f"epci.json: {len(lost)} members are in no list of communes: {shown(lost)}; two vintages are mixed"
        )
    if problems:
        raise InvalidInput(problems, hint="compare the version with the package's own page, docs/fetching.md")
    return [f"{len(held):,} communes, {len(groups):,} EPCI"]


def check_contours(paths: Mapping[str, Path]) -> list[str]:
    """Notes on a file of outlines; `InvalidInput` where it is none, or its communes are not those of France."""
    where = paths["communes"].name
    loaded = _loaded(paths["communes"], where)
    features = loaded.get("features") if isinstance(loaded, dict) else None
    if not isinstance(features, list) or not features:
        raise InvalidInput(
            f"{where}: is no collection of outlines (key 'features')", hint="check the address, docs/fetching.md"
        )
    problems, held = [], set()
    for place, feature in enumerate(features):
        code = (feature.get("properties") or {}).get("code") if isinstance(feature, dict) else None
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        if not isinstance(code, str):
            problems.append(
                f"{where}, outline {place + 1}: no text code; the properties are {shown((feature.get('properties') or {}), most=6)}"
            )
        elif departement_of(code) in DEPARTEMENTS and (why := _not_an_outline(geometry)):
            problems.append(f"{where}, outline {place + 1}, commune {code}: {why}")
        else:
            held.add(code)
    problems = [*problems[:10], f"{where}: {len(problems) - 10} more outlines"] if len(problems) > 10 else problems
    problems += _compared(held, where) if not problems else []
    if problems:
        raise InvalidInput(problems, hint="check the address and the year, docs/fetching.md")
    return [f"outlines of {len(held):,} communes"]


def _loaded(path: Path, where: str) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise InvalidInput(f"{where}: is not JSON ({error}); likely cut short", hint="fetch it again") from error


def _records(path: Path, keys: tuple[str, ...], where: str) -> tuple[list[dict[str, Any]], list[str]]:
    loaded = _loaded(path, where)
    if not isinstance(loaded, list) or not loaded or not all(isinstance(one, dict) for one in loaded):
        return [], [f"{where}: is not a list of records"]
    lost = [key for key in keys if key not in loaded[0]]
    return loaded, [f"{where}: keys missing: {shown(lost)}; a record holds {shown(loaded[0])}"] if lost else []


def _compared(codes: set[str], where: str) -> list[str]:
    """The communes against the embedded list that fits best."""
    held = {code for code in codes if departement_of(code) in DEPARTEMENTS and code not in ARRONDISSEMENTS}
    apart = {year: held ^ known_communes(year) for year in geography.VINTAGES}
    year = min(apart, key=lambda one: (len(apart[one]), -one))
    if len(apart[year]) <= FEW * len(known_communes(year)):
        return []
    return [
        f"{where}: {len(apart[year])} communes are not those of COG {year}, the nearest: {shown(sorted(apart[year]))}; "
        "likely cut short, or another file"
    ]


def _not_an_outline(geometry: object) -> str:
    """Why a geometry is not that of a commune of France, or nothing."""
    if not isinstance(geometry, dict) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        return f"is not an outline but {geometry.get('type') if isinstance(geometry, dict) else geometry!r}"
    rings: Any = geometry.get("coordinates")
    polygons: Any = [rings] if geometry["type"] == "Polygon" else rings
    try:
        ring = polygons[0][0]
        closed = len(ring) >= 4 and ring[0] == ring[-1]
        west, south, east, north = _BOX
        inside = all(west <= point[0] <= east and south <= point[1] <= north for point in ring)
    except (TypeError, IndexError, KeyError):
        return "has no ring of points"
    if not closed:
        return "its outline is not closed"
    return "" if inside else "lies outside France: longitude and latitude exchanged, or metres for degrees"
