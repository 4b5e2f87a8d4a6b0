"""Was a build made by this code, this catalogue and these sources, or is it an older one?

A stamp is made of three hashes: the catalogue's files, the modules that compute (indicators, statistics, disclosure,
geography with its embedded tables and perimeters, simulation where there is one, the build itself), and the lock of the sources (each with the
hash of its files and of the code that read them). The build keeps it in `build.json`. A stamp says "made from the same
things", never "right"; the files that reports read must besides be, byte for byte, those that the build wrote. A module is
hashed by what it says, comments and layout aside; a docstring counts: a false alarm costs a build, a stale table costs a wrong
report. Where code and catalogue are, byte for byte, those of the build, they say the same and are not parsed again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from cls_analysis import geography, sources
from cls_analysis.errors import DataMissing
from cls_analysis.sources import remote
from cls_analysis.sources.code import said
from cls_analysis.sources.store import load_absent
from cls_analysis.unchanged import sha256

PACKAGE = Path(__file__).parent
CODE = ("indicators", "statistics", "disclosure", "geography")
WORDS = {
    "catalogue": "the catalogue of indicators changed since",
    "code": "the code or the perimeters changed since",
    "sources": "the sources are not those it was computed from",
}


def stamp_of(mode: str, processed: Path | None = None) -> dict[str, str]:
    """Hashes of what the tables of `mode` would be computed from now: `catalogue`, `code`, `sources`, and `whole` of the three.

    `processed` holds `<mode>/lock.json`, as `sources.load_lock` reads it; a mode without sources has the hash of none.
    """
    perimeters = geography.perimeters_dir()
    parts = {
        "catalogue": _hash_files(_catalogue(), PACKAGE),
        "code": _hash_files(_modules(mode), PACKAGE) + _hash_files(perimeters.glob("*.toml"), perimeters),
        "sources": _hash_sources(mode, processed),
    }
    parts["code"] = _hash_text(parts["code"])
    return {**parts, "whole": _hash_text(mode + "".join(parts[name] for name in sorted(parts)))}


def bytes_of(mode: str) -> str:
    """Hash of the bytes of the catalogue, the modules and the perimeters behind the stamp of `mode`: a few milliseconds, where
    saying what a hundred modules say takes half a second. A file whose size, date and place did not change is not read again."""
    digest, perimeters = hashlib.sha256(), geography.perimeters_dir()
    files = [(path.relative_to(PACKAGE), path) for path in (*_catalogue(), *_modules(mode))]
    files += [(path.relative_to(perimeters), path) for path in perimeters.glob("*.toml")]
    for name, path in sorted(files):
        digest.update(f"{name.as_posix()}:{sha256(path)}\n".encode())
    return digest.hexdigest()


def _catalogue() -> list[Path]:
    return [*(PACKAGE / "indicators" / "catalogue").glob("*.toml")]


def _modules(mode: str) -> list[Path]:
    """The modules that compute, and the embedded tables."""
    modules = [path for room in CODE for path in (PACKAGE / room).rglob("*.py")]
    modules += [PACKAGE / "build.py", PACKAGE / "kept.py", *(PACKAGE / "geography" / "data").glob("*.parquet")]
    return modules + ([*(PACKAGE / "demo").rglob("*.py")] if mode == "embedded" else [])


def _hash_sources(mode: str, processed: Path | None) -> str:
    lock = {"sources": sources.load_lock(mode, processed), "absent": load_absent(mode, processed)}
    lock |= {"trust": sources.load_trust(mode, processed)}
    return _hash_text(json.dumps(lock, sort_keys=True))


def stale_reason(mode: str, processed: Path | None = None) -> str:
    """Why the built tables of `mode` are not those that a build would make now; empty text if they are.

    `DataMissing` where that mode was never built. The sources are compared with the stored lock: whether a file of the
    mirror changed is known only to the next build, which reads it.
    """
    path = (processed or sources.processed_dir()) / mode / "build.json"
    if not path.is_file():
        raise DataMissing(f"{mode} data are not built", hint=f"cls-analysis data build --data {mode}")
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return f"{path.name} is damaged"
    kept = told.get("stamp") if isinstance(told, dict) else None
    if not isinstance(kept, dict):
        return "it was made by a version that kept no stamp"
    if told.get("bytes") == bytes_of(mode) and set(WORDS) <= set(kept):
        now = {**kept, "sources": _hash_sources(mode, processed)}
    else:
        now = stamp_of(mode, processed)
    reasons = [words for name, words in WORDS.items() if kept.get(name) != now[name]]
    other = remote.altered(path.parent, told)
    if other:
        reasons.append(f"{', '.join(other)}: not what the build wrote (a damaged disk, or changed by hand)")
    return "; ".join(reasons)


def is_current(mode: str, processed: Path | None = None) -> bool:
    """Whether the built tables of `mode` are those that a build would make now; False too where it was never built."""
    try:
        return not stale_reason(mode, processed)
    except DataMissing:
        return False


def _hash_files(paths: Iterable[Path], root: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.relative_to(root).as_posix()}:{said(path)}\n".encode())
    return digest.hexdigest()


def _hash_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
