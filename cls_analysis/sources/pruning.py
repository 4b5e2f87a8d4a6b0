"""Which copies of builds may leave the cache? Those that nothing on this machine has used for thirty days.

The cache of `remote.py` keeps a folder by build and a file by hash. The date of a build's folder is that of its last use. When a
new build is copied, builds of an older date are removed, then the files that no build left in the cache names. A reader dates a
build before it looks whether it is whole, and a file before it links to it; here each is dated again under its lock: what is
being used is kept, what is gone is downloaded again.

Only what bears a name that the cache gives may go: a folder of `builds` or a file of `files` named by its hash, and what is put
aside (`.HASH.gone`) or being downloaded (`.HASH.PROCESS.part`). What anybody else keeps there stays, and so does any symbolic link.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from filelock import Timeout

from cls_analysis.sources.locks import passing_lock

KEPT_DAYS = 30
_HASH = "[0-9a-f]{64}"  # of a build.json or of a file, as remote.py names their copies
_COPY = re.compile(_HASH)
_ASIDE = re.compile(rf"\.{_HASH}\.gone")
_COMING = re.compile(rf"\.{_HASH}\.[0-9]+\.part")


def used(path: Path) -> None:
    """Date a build or a file of the cache as used now; nothing where it is not there, or the cache may only be read."""
    with suppress(OSError):
        os.utime(path)


def prune(home: Path, *, keep: str = "", days: float = KEPT_DAYS) -> list[str]:
    """Remove what was not used for `days` from the cache `home`; names of the builds and files that went.

    `keep` is a build that stays whatever its date. What another process holds, or may not be removed, stays for another time:
    tidying never fails a report. Files stay where no build.json, or not every one, can be read: none is known to be unnamed.
    """
    limit = time.time() - days * 86400
    builds, files = home / "builds", home / "files"
    gone = [path.name for path in _folders(builds, _COPY) if path.name != keep and _removed(path, limit)]
    named = _named(builds)
    gone += [
        path.name
        for path in _files(files, _COPY)
        if named is not None and path.name not in named and _removed(path, limit)
    ]
    for path in [
        *_folders(builds, _ASIDE),
        *_files(files, _ASIDE),
        *_files(files, _COMING),
    ]:  # of a process that was killed
        with suppress(OSError):
            if path.lstat().st_mtime < limit:
                _delete(path)
    return gone


def _folders(home: Path, name: re.Pattern[str]) -> Iterator[Path]:
    return (path for path in sorted(home.glob("*")) if name.fullmatch(path.name) and _is_kind(path, stat.S_ISDIR))


def _files(home: Path, name: re.Pattern[str]) -> Iterator[Path]:
    return (path for path in sorted(home.glob("*")) if name.fullmatch(path.name) and _is_kind(path, stat.S_ISREG))


def _is_kind(path: Path, kind: Callable[[int], bool]) -> bool:
    """Whether it is there and of that kind itself: a symbolic link is neither a file nor a folder."""
    try:
        return kind(path.lstat().st_mode)
    except OSError:
        return False


def _named(builds: Path) -> set[str] | None:
    """Hashes that a build of the cache names; None where one cannot be read, or there is none: no file is then taken for unnamed."""
    found: set[str] = set()
    try:
        for path in builds.glob("*/*/build.json"):
            found |= {str(entry["sha256"]) for entry in json.loads(path.read_text(encoding="utf-8"))["files"].values()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return found or None


def _removed(path: Path, limit: float) -> bool:
    """Whether it was removed: put out of sight under its lock, looked at again, and put back if somebody came for it."""
    aside = path.with_name(f".{path.name}.gone")
    try:
        if path.lstat().st_mtime >= limit or aside.is_symlink():
            return False
        with passing_lock(path.with_name(f".{path.name}.lock"), timeout=0):
            if path.lstat().st_mtime >= limit:
                return False
            path.rename(aside)
            if aside.lstat().st_mtime >= limit:
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
