"""Which copies of builds may leave the cache? Those that nothing on this machine has used for thirty days.

The cache of `remote.py` keeps a folder by build and a file by hash. The date of a build's folder is that of its last use. When a
new build is copied, builds of an older date are removed, then the files that no build left in the cache names. A reader dates a
build before it looks whether it is whole, and a file before it links to it; here each is dated again under its lock: what is
being used is kept, what is gone is downloaded again.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from filelock import Timeout

from cls_analysis.sources.locks import passing_lock

KEPT_DAYS = 30


def used(path: Path) -> None:
    """Date a build or a file of the cache as used now; nothing where it is not there, or the cache may only be read."""
    with suppress(OSError):
        os.utime(path)


def prune(home: Path, *, keep: str = "", days: float = KEPT_DAYS) -> list[str]:
    """Remove what was not used for `days` from the cache `home`; names of the builds and files that went.

    `keep` is a build that stays whatever its date. What another process holds, or may not be removed, stays for another time:
    tidying never fails a report.
    """
    limit = time.time() - days * 86400
    builds, files = home / "builds", home / "files"
    gone = [path.name for path in _shown(builds) if path.name != keep and _removed(path, limit)]
    named = _named(builds)
    gone += [
        path.name for path in _shown(files) if named is not None and path.name not in named and _removed(path, limit)
    ]
    for path in [
        *builds.glob(".*.gone"),
        *files.glob(".*.gone"),
        *files.glob(".*.part"),
    ]:  # of a process that was killed
        with suppress(OSError):
            if path.stat().st_mtime < limit:
                _delete(path)
    return gone


def _shown(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.glob("*")) if not path.name.startswith("."))


def _named(builds: Path) -> set[str] | None:
    """Hashes that a build of the cache names; None where one cannot be read, so that no file is taken for unnamed."""
    found: set[str] = set()
    try:
        for path in builds.glob("*/*/build.json"):
            found |= {str(entry["sha256"]) for entry in json.loads(path.read_text(encoding="utf-8"))["files"].values()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return found


def _removed(path: Path, limit: float) -> bool:
    """Whether it was removed: put out of sight under its lock, looked at again, and put back if somebody came for it."""
    aside = path.with_name(f".{path.name}.gone")
    try:
        if path.stat().st_mtime >= limit:
            return False
        with passing_lock(path.with_name(f".{path.name}.lock"), timeout=0):
            if path.stat().st_mtime >= limit:
                return False
            path.rename(aside)
            if aside.stat().st_mtime >= limit:
                aside.rename(path)
                return False
            _delete(aside)
    except (OSError, Timeout):
        return False
    return True


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
