"""What was fetched, from which address, when, and is it still the same file? The journal of a mirror.

`<mirror>/.fetching/journal.json`: one entry per path (address asked, address that answered, time, size, SHA-256,
validators). Written beside under a lock, then renamed: two processes never lose each other's entries.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from cls_analysis.errors import InvalidInput, StorageFailed

FOLDER = ".fetching"


def folder_of(mirror: Path) -> Path:
    """Where a mirror keeps its journal, its locks and what is on its way."""
    return mirror / FOLDER


def load_journal(mirror: Path) -> dict[str, dict[str, Any]]:
    """Entries by path; empty when nothing was fetched. `InvalidInput` for a damaged journal."""
    path = folder_of(mirror) / "journal.json"
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


def record(mirror: Path, entries: Mapping[str, Mapping[str, Any]]) -> None:
    """Add or replace entries, the others untouched, all at once."""
    folder = folder_of(mirror)
    path = folder / "journal.json"
    try:
        with FileLock(f"{path}.lock", timeout=60):
            merged = {**load_journal(mirror), **{name: dict(entry) for name, entry in entries.items()}}
            beside = path.with_name("journal.json.new")
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
