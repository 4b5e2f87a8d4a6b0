"""Which rows does a report stand on? Reading one slice of the published tables, once.

Only `published/` is read: what the door withheld is not there. A slice holds the territory, its EPCI, its
comparators, its peers (EPCI of its régions) and its communes; those of the départements around are read where a map draws them.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cls_analysis import geography
from cls_analysis.diagnostic.slices import Beside, PublishedTable, opened
from cls_analysis.diagnostic.standing import refuse_simulated_among_official
from cls_analysis.errors import InvalidInput
from cls_analysis.figures.classes import Breaks, breaks
from cls_analysis.figures.setting import Place, Setting
from cls_analysis.geography import held
from cls_analysis.sources import load_lock
from cls_analysis.unchanged import once_per_file

SIMULATED_CITATION = "Données simulées par cls_analysis (démonstration), à la place de : "
MAP_LEVELS = ("commune", "epci", "bassin_de_vie")


def citations(mode: str, processed: Path) -> dict[str, str]:
    """Citation of each source by id: producer, title, vintage, date; simulated sources say so."""
    from cls_analysis.figures.setting import cite
    from cls_analysis.sources import all_sources

    lock = load_lock(mode, processed=processed)
    known = all_sources()
    cited = {}
    for source_id, entry in lock.items():
        source = known.get(source_id)
        text = cite(source) if source is not None else str(entry.get("title") or source_id)
        cited[source_id] = f"{SIMULATED_CITATION}{text}" if entry.get("simulated") else text
    for source_id, source in known.items():
        cited.setdefault(source_id, cite(source))
    return cited


def load_breaks(mode: str, processed: Path, catalogue: Mapping[str, Any]) -> dict[tuple[str, str], Breaks]:
    """Class bounds by (indicator, level) for the whole edition, computed once and kept beside the published table.

    Quantiles of all published areas of France at that level, latest period, so every territory's map has the same classes.
    """
    table = processed / mode / "published" / "indicators.parquet"
    kept = processed / mode / "published" / "breaks.json"
    stamp = hashlib.sha256(f"{table.stat().st_size}:{table.stat().st_mtime_ns}:2".encode()).hexdigest()[:16]
    try:
        stored = json.loads(kept.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        stored = {}
    if stored.get("stamp") != stamp:
        stored = {"stamp": stamp, "bounds": _edition_bounds(table, catalogue)}
        beside = kept.with_name(f"{kept.name}.{os.getpid()}")
        beside.write_text(json.dumps(stored, sort_keys=True), encoding="utf-8")
        beside.replace(kept)
    return {
        (name, level): Breaks(
            tuple(entry["bounds"]),
            entry["method"],
            int(entry["decimals"]),
            ends=tuple(entry["ends"]) if entry["ends"] else None,
        )
        for name, by_level in stored["bounds"].items()
        for level, entry in by_level.items()
    }


def _edition_bounds(table: Path, catalogue: Mapping[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    columns = ["indicator", "territory_type", "period", "sex", "age", "value"]
    read = pq.read_table(table, columns=columns, filters=[("territory_type", "in", MAP_LEVELS)])
    whole = (pc.field("sex") == "all") & (pc.field("age") == "all") & pc.field("value").is_valid()
    frame = read.filter(whole).to_pandas()
    bounds: dict[str, dict[str, dict[str, Any]]] = {}
    for (name, level), rows in frame.groupby(["indicator", "territory_type"], observed=True, sort=True):
        entry = catalogue.get(str(name))
        if entry is None:
            continue
        latest = max(rows["period"].astype(str).unique(), key=lambda p: (p[-4:], p))
        made = breaks(rows.loc[rows["period"].astype(str) == latest, "value"], decimals=entry.decimals)
        bounds.setdefault(str(name), {})[str(level)] = {
            "bounds": list(made.bounds), "method": made.method, "decimals": made.decimals, "ends": made.ends,
        }  # fmt: skip
    return bounds


def read_setting(territory: Any, mode: str, processed: Path, edition: str) -> Setting:
    """The setting of a report: published rows around the territory, catalogue, citations."""
    from cls_analysis.indicators import load_catalogue

    compared = geography.comparators(territory)
    members = [geography.territory(code) for code in territory.epci]
    peers = _peers(territory)
    beside = geography.neighbours("departement")
    around = set(territory.departements).union(*(beside.get(code, ()) for code in territory.departements))
    france = geography.communes()
    communes = france.loc[france["departement"].isin(around), "code_commune"].tolist()
    near: dict[str, list[str]] = {}
    for place in (territory, *compared, *members):
        near.setdefault(place.territory_type, []).append(place.territory)
    wanted = {**near, "commune": list(territory.communes)}
    drawn = geography.membership()
    drawn = drawn[drawn["code_commune"].isin(communes)]
    wanted["epci"] = sorted({*near.get("epci", ()), *(p.territory for p in peers), *drawn["siren_epci"]})
    mapping = bassins(mode, processed)
    if mapping:
        wanted["bassin_de_vie"] = sorted({mapping[c] for c in communes if c in mapping})
    folder = processed / mode / "published"
    table, comparisons = opened(folder / "indicators.parquet"), opened(folder / "comparisons.parquet")
    _check(table, mode)
    return Setting(
        territory=Place.from_territory(territory),
        comparators=tuple(Place.from_territory(c) for c in compared),
        table=table.cut(wanted),
        comparisons=comparisons.cut(near),
        catalogue=load_catalogue(),
        sources=citations(mode, processed),
        members=tuple(Place.from_territory(m) for m in members) if territory.territory_type == "perimeter" else (),
        peers=tuple(peers),
        edition=edition,
        wider=Beside(table, comparisons, [*communes, *territory.communes], sorted({*near, "epci"})),
    )


@lru_cache(maxsize=4)
def _check(published: PublishedTable, mode: str) -> None:
    """That a table was built by this catalogue, and holds no simulated row among official ones: asked once of a table that was read."""
    _check_units(published.table, mode)
    refuse_simulated_among_official(published.table, mode)


def _check_units(table: pd.DataFrame, mode: str) -> None:
    """Rows built with another unit than the catalogue's would be printed wrong by a power of ten: refused."""
    from cls_analysis.indicators import load_catalogue

    catalogue = load_catalogue()
    built = table.loc[table["value"].notna(), ["indicator", "unit"]].drop_duplicates()
    problems = [
        f"{name} was built in {unit!r}; the catalogue says {catalogue[name].unit!r}"
        for name, unit in zip(built["indicator"], built["unit"], strict=True)
        if name in catalogue and catalogue[name].unit != unit
    ]
    if problems:
        raise InvalidInput(
            problems, hint=f"the build is older than the catalogue: cls-analysis data build --data {mode}"
        )


def _peers(territory: Any) -> list[Place]:
    """Every EPCI whose inhabitants mostly live in the territory's main région, by SIREN."""
    names = held.names("epci")
    return [Place("epci", siren, names[siren]) for siren in _epci_by_main_region().get(territory.main_region, ())]


@cache
def _epci_by_main_region() -> Mapping[str, Sequence[str]]:
    """SIREN of the EPCI, sorted, by the région where most of their inhabitants live."""
    found: dict[str, list[str]] = {}
    for siren, regions in held.lying("epci", "region").items():
        found.setdefault(regions[0], []).append(siren)
    return found


class Bassins(dict[str, str]):
    """Bassin de vie of each commune of the reference COG."""

    @cached_property
    def members(self) -> dict[str, list[str]]:
        """The communes of each bassin, which reports made in forks of one process gather once."""
        found: dict[str, list[str]] = {}
        for commune, bassin in self.items():
            found.setdefault(bassin, []).append(commune)
        return found


def bassins(mode: str, processed: Path) -> Bassins:
    """The bassins de vie as the build used them; empty where they are not known."""
    path = processed / mode / "bassins.parquet"
    return _bassins(path) if path.is_file() else Bassins()


def bassin_contours(mode: str, processed: Path) -> Path:
    """The file of their contours, which the build dissolved; it may lack, as the bassins may."""
    return processed / mode / "bassins-contours.parquet"


@once_per_file(2)
def _bassins(path: Path) -> Bassins:
    frame = pd.read_parquet(path)
    columns = (frame[name].astype("str").tolist() for name in ("code_commune", "bassin_de_vie"))
    return Bassins(zip(*columns, strict=True))
