"""Which steps of the last build may stand in the new one? Those made from the very same things.

Four steps of a build are kept by the hash of all that they read: the checks of the sources (lock, code), each indicator
(indicators/parts.py), the contours of the bassins de vie, and the door of disclosure (the two tables, the rules, the members, the code). What is kept is what a
build from nothing would write, byte for byte. `build.json` holds the keys; files are verified by their own hash before use.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cls_analysis import geography, sources
from cls_analysis.errors import DataMissing, StorageFailed
from cls_analysis.indicators.model import Indicator
from cls_analysis.sources.code import code_behind, said

PACKAGE = Path(__file__).parent
PUBLISHED = ("published/indicators.parquet", "published/comparisons.parquet")
#: words of an entry that no rule of disclosure reads
TEXTS = frozenset(
    {"label", "short_label", "question", "definition", "reading", "caveat", "sentence_subject", "sentence_unit", "gender",
     "plural", "variant_words", "decimals", "mandatory"}
)  # fmt: skip


def linked(source: str, target: str) -> None:
    """A second name for a file (its writers replace, never edit); a copy where the disk has no such names."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def last_build(folder: Path) -> dict[str, Any]:
    """What the last build of a folder said of itself; empty where there is none that can be read."""
    try:
        told = json.loads((folder / "build.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def load_build(mode: str, *, processed: Path | None = None) -> dict[str, Any]:
    """What the last build says of itself: `missing` (indicator -> reason), `absences` (the same in codes and fields:
    indicators/absence.py), `unmatched_codes`, `disclosure`, `families`
    (perimeter -> number of tests corrected together), `checks` (status -> how many), `stamp`, `seconds`.

    Raises `DataMissing` where that mode was never built, `StorageFailed` where the file is damaged.
    """
    path = (processed or sources.processed_dir()) / mode / "build.json"
    if not path.is_file():
        raise DataMissing(f"{mode} data are not built", hint=f"cls-analysis data build --data {mode}")
    told = last_build(path.parent)
    if not told:
        raise StorageFailed(f"{path.name} of the {mode} data is damaged", hint=f"cls-analysis data build --data {mode}")
    return told


def ground_key(bassins: pd.DataFrame | None) -> str:
    """Hash of what lies under every indicator: embedded geography, perimeters, membership in bassins de vie."""
    digest = hashlib.sha256()
    perimeters = geography.perimeters_dir()
    for path in [*sorted((PACKAGE / "geography" / "data").glob("*.parquet")), *sorted(perimeters.glob("*.toml"))]:
        digest.update(f"{path.name}:{said(path)}\n".encode())
    if bassins is not None:
        digest.update(pd.util.hash_pandas_object(bassins, index=False).to_numpy().tobytes())
    return digest.hexdigest()


def contours_key(bassins: Path) -> str:
    """Hash of what the contours of the bassins de vie are made from: their communes, the contours of these, the code."""
    embedded = (PACKAGE / "geography" / "data" / "contours.parquet").read_bytes()
    code = code_behind("cls_analysis.geography.dissolved")
    return _hash([*(hashlib.sha256(read).hexdigest() for read in (bassins.read_bytes(), embedded)), code])


def source_identities(mode: str, processed: Path) -> dict[str, str]:
    """Identity of each built source: the hash of all that the lock says of it."""
    lock = sources.load_lock(mode, processed)
    return {name: _hash([json.dumps(entry, sort_keys=True)]) for name, entry in lock.items()}


def checks_key(mode: str, processed: Path) -> str:
    """Hash of what the checks read: every built source, the declarations, the code."""
    modules = sorted(path.stem for path in (PACKAGE / "sources").rglob("*.py"))
    code = code_behind("cls_analysis.sources.crosschecks", *(f"cls_analysis.sources.{name}" for name in modules))
    return _hash(
        [code, json.dumps(source_identities(mode, processed), sort_keys=True), _told(mode, processed), ground_key(None)]
    )


def _told(mode: str, processed: Path) -> str:
    return json.dumps([sources.load_trust(mode, processed), sources.load_changes(mode, processed)], sort_keys=True)


def disclosure_key(
    tables: Iterable[Path], catalogue: Mapping[str, Indicator], members: pd.DataFrame, earlier: Iterable[str]
) -> str:
    """Hash of what the door reads: the tables, the rules (not the words) of the entries, the members, the code."""
    rules = {name: entry.model_dump(mode="json", exclude=set(TEXTS)) for name, entry in sorted(catalogue.items())}
    who = pd.util.hash_pandas_object(members, index=False).to_numpy().tobytes()
    files = [hashlib.sha256(path.read_bytes()).hexdigest() for path in tables]
    code = code_behind("cls_analysis.disclosure")
    return _hash([*files, json.dumps(rules, sort_keys=True), hashlib.sha256(who).hexdigest(), code, *earlier])


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of the published files of a folder."""
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in PUBLISHED}


def take_published(last: Path, folder: Path, expected: Mapping[str, str]) -> bool:
    """Put the last build's published files into `folder`, if they are the ones that were written; False otherwise."""
    try:
        if hashes(last) != dict(expected):
            return False
    except OSError:
        return False
    for name in PUBLISHED:
        (folder / name).unlink(missing_ok=True)
        linked(str(last / name), str(folder / name))
    return True


def _hash(texts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()
