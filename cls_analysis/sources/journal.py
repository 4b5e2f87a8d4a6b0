"""What was fetched, from which address, when, and is it still the same file? The journal of a mirror.

`<mirror>/.fetching/journal.json`: one entry per path (address asked, address that answered, time, size, SHA-256,
validators). `<mirror>/.fetching/accepted.json`: the files that an analyst looked at and accepted, with their hash, the
date and the reason (`cls-analysis data trust`). Both are written beside under a lock, then renamed: two processes never
lose each other's entries.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from filelock import Timeout

from cls_analysis.errors import InvalidInput, StorageFailed
from cls_analysis.sources.locks import passing_lock

FOLDER = ".fetching"


def folder_of(mirror: Path) -> Path:
    """Where a mirror keeps its journal, its locks and what is on its way."""
    return mirror / FOLDER


def load_journal(mirror: Path) -> dict[str, dict[str, Any]]:
    """Entries by path; empty when nothing was fetched. `InvalidInput` for a damaged journal."""
    return _load(folder_of(mirror) / "journal.json")


def load_accepted(mirror: Path) -> dict[str, dict[str, Any]]:
    """Files accepted after review, by path: `sha256`, `because`, `accepted_at`; empty when none was."""
    return _load(folder_of(mirror) / "accepted.json")


def record(mirror: Path, entries: Mapping[str, Mapping[str, Any]]) -> None:
    """Add or replace entries, the others untouched, all at once."""
    _merge(folder_of(mirror) / "journal.json", entries)


def accept(mirror: Path, path: str, *, because: str) -> str:
    """Record that this very file of the mirror was reviewed and accepted; returns its SHA-256.

    Another file under the same path is not accepted. `InvalidInput` for a reason that says nothing, `StorageFailed` where
    the folder cannot be written.
    """
    if len(because.split()) < 2:
        raise InvalidInput(
            f"the reason {because!r} says nothing to a later reader",
            hint='say what was looked at: --because "compared with the producer\'s page, same total"',
        )
    digest = sha256(mirror / path)
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    folder = folder_of(mirror)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _merge(folder / "accepted.json", {path: {"sha256": digest, "because": because.strip(), "accepted_at": now}})
    except OSError as error:
        raise StorageFailed(
            f"{folder} cannot be written: {error.strerror or error}",
            hint="copy or link the files into a folder that can be written, and build from it (--mirror DIR)",
        ) from error
    return digest


def _load(path: Path) -> dict[str, dict[str, Any]]:
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise InvalidInput(
            f"{path} is damaged: {error}", hint="remove it; the files stay, and count as put there by hand"
        ) from error
    if not isinstance(loaded, dict) or not all(isinstance(entry, dict) for entry in loaded.values()):
        raise InvalidInput(f"{path} does not hold entries by path", hint="remove it; the files stay")
    return loaded


def _merge(path: Path, entries: Mapping[str, Mapping[str, Any]]) -> None:
    try:
        with passing_lock(f"{path}.lock", timeout=60):
            merged = {**_load(path), **{name: dict(entry) for name, entry in entries.items()}}
            beside = path.with_name(f"{path.name}.new")
            with beside.open("w", encoding="utf-8") as out:
                json.dump(merged, out, ensure_ascii=False, indent=1, sort_keys=True)
                out.write("\n")
                out.flush()
                os.fsync(out.fileno())
            beside.replace(path)
    except Timeout as error:
        raise StorageFailed(f"{path}: another process holds its lock", hint="wait for it to end") from error


def state_of(mirror: Path, path: str, entries: Mapping[str, Mapping[str, Any]]) -> str:
    """`absent`, `recorded` (same bytes as fetched), `changed` (other bytes than fetched) or `by hand` (not in the journal)."""
    file = mirror / path
    if not file.is_file():
        return "absent"
    entry = entries.get(path)
    if entry is None:
        return "by hand"
    return "recorded" if entry.get("sha256") == sha256(file) else "changed"


def sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
