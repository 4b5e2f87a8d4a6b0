"""Of which communes was a territory made when its counts were published?

A perimeter that gains or loses a commune is another territory: the difference of its two published totals is that
commune's count. So a report's manifest tells the composition of every territory it publishes: the communes of perimeters
and EPCI, number and hash of those of départements, régions and France. Codes of an older vintage are brought to the
reference COG by the table of passage, a commune that was cut standing for all its parts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from cls_analysis import geography
from cls_analysis.errors import InvalidInput

COLUMNS = ["territory_type", "territory", "code_commune"]
#: levels whose communes are told by number and hash alone: lists would weigh more than the report
HASHED = ("departement", "region", "france")


def fingerprint(communes: Iterable[str]) -> str:
    """SHA-256 of the sorted codes, one a line.

    >>> fingerprint(["52002", "52001"]) == fingerprint(["52001", "52002"])
    True
    """
    return hashlib.sha256("\n".join(sorted(set(communes))).encode()).hexdigest()


def describe(territories: Iterable[tuple[str, str, Sequence[str]]], *, cog: int) -> dict[str, Any]:
    """The entry of a manifest for territories given as (type, code, communes of that `cog`), sorted.

    >>> made = describe([("epci", "200000001", ["52002", "52001"])], cog=2026)
    >>> made["territories"][0]["communes"]
    ['52001', '52002']
    """
    entries: dict[tuple[str, str], dict[str, Any]] = {}
    for kind, code, communes in territories:
        number, sha256 = _told(tuple(communes)) if kind in HASHED else _number_and_hash(communes)
        entry = {"territory_type": kind, "territory": code, "number": number, "sha256": sha256}
        entries[kind, code] = entry if kind in HASHED else entry | {"communes": sorted(set(communes))}
    return {"cog": cog, "territories": [entries[key] for key in sorted(entries)]}


def _number_and_hash(communes: Sequence[str]) -> tuple[int, str]:
    return len(set(communes)), fingerprint(communes)


_told = lru_cache(maxsize=256)(_number_and_hash)  # large territories, the same ones in many reports


def members_then(folder: Path, members: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """`members` with the compositions that the manifests below `folder` tell, and what had to be taken as it is now.

    Same columns and territories as `members` (territory_type, territory, code_commune), and those the manifests add.
    Without any manifest that tells compositions, `members` itself and one sentence. InvalidInput when a list does not
    have its own hash, when two manifests give a territory two compositions (two editions in one folder), or when a
    département's, région's or France's hash is neither today's nor that of its vintage.
    """
    told: dict[tuple[str, str], frozenset[str]] = {}
    problems: list[str] = []
    manifests = 0
    now = _by_territory(members)
    for path in sorted(folder.rglob("manifest*.json")):
        composition = told_by(path)
        if composition is None:
            continue
        manifests += 1
        cog = composition["cog"]
        for entry in composition["territories"]:
            key = (str(entry["territory_type"]), str(entry["territory"]))
            communes = _communes(entry, key, cog, now)
            name = f"{path.relative_to(folder).as_posix()}: {key[0]} {key[1]}"
            if communes is None:
                problems.append(f"{name} has a composition that no geography of {cog} gives")
                continue
            if told.setdefault(key, communes) != communes:
                problems.append(f"{name} has another composition than in another manifest of the folder")
    if problems:
        raise InvalidInput(problems, hint="one folder per edition: cls-analysis check NEW --earlier OLD")
    if not manifests:
        return members, (f"{folder.name}: no manifest tells compositions, today's are taken",)
    keys = pd.MultiIndex.from_frame(members[COLUMNS[:2]].astype(str))
    kept = members.loc[~keys.isin(list(told)), COLUMNS]
    fresh = [(*key, code) for key in sorted(told) for code in sorted(told[key])]
    return pd.concat([kept, pd.DataFrame(fresh, columns=COLUMNS)], ignore_index=True), ()


def told_by(manifest: Path) -> Mapping[str, Any] | None:
    """The entry of a manifest (`describe`), or None where it has none; InvalidInput for what this program did not write."""
    try:
        content = json.loads(manifest.read_text("utf-8"))
        found = content.get("composition")
        if not found or not found["territories"]:
            return None
        lacking = [e for e in found["territories"] if not {"territory_type", "territory", "sha256"} <= set(e)]
        if lacking or not isinstance(found["cog"], int):
            raise ValueError("its composition is not whole")
    except (ValueError, OSError, AttributeError, KeyError, TypeError) as error:
        raise InvalidInput(f"{manifest.name} cannot be read: {error}", hint="make the report again") from error
    return dict(found)


def _communes(
    entry: Mapping[str, Any], key: tuple[str, str], cog: int, now: Mapping[tuple[str, str], frozenset[str]]
) -> frozenset[str] | None:
    """Communes of an entry in the reference COG; None where its hash fits nothing."""
    if "communes" in entry:
        listed = frozenset(map(str, entry["communes"]))
        return _brought(listed, cog) if fingerprint(listed) == entry["sha256"] else None
    today = now.get(key, frozenset())
    if fingerprint(today) == entry["sha256"]:
        return today
    if cog == geography.REFERENCE_COG:
        return None
    table = geography.communes(cog)
    column = {"departement": "departement", "region": "region"}.get(key[0])
    inside = table if column is None else table[table[column].astype(str) == key[1]]
    listed = frozenset(inside["code_commune"].astype(str))
    return _brought(listed, cog) if fingerprint(listed) == entry["sha256"] else None


def _brought(communes: frozenset[str], cog: int) -> frozenset[str]:
    """The same land in codes of the reference COG; a code that the vintage did not know stays as it is."""
    if cog == geography.REFERENCE_COG:
        return communes
    table = geography.passage(cog, geography.REFERENCE_COG)
    inside = table[table["origin"].isin(list(communes))]
    return frozenset(inside["destination"].astype(str)) | (communes - set(inside["origin"]))


def _by_territory(members: pd.DataFrame) -> dict[tuple[str, str], frozenset[str]]:
    wanted = members[members["territory_type"].isin(HASHED)]
    groups = (
        wanted["code_commune"]
        .astype(str)
        .groupby([wanted["territory_type"].astype(str), wanted["territory"].astype(str)])
    )
    return {(str(kind), str(code)): frozenset(part) for (kind, code), part in groups}
