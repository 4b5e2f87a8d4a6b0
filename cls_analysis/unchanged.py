"""Has this file changed since it was read? Its size, its two dates and its place on the disk say so, at the price of one question.

What is made of a file and kept in memory (a table, a hash, a parsed perimeter) is kept with `once_per_file`, so that one rule tells
when it is made again.

Reference: stat(2); git's documentation of "racy" index entries, which the change date (ctime) answers here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import TypeVar, TypeVarTuple

State = tuple[int, int, int, int]
T = TypeVar("T")
Ts = TypeVarTuple("Ts")


def state(path: Path) -> State:
    """Size in bytes, date of the content, date of any change (nanoseconds), and inode; OSError where there is no such file."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def once_per_file(most: int | None) -> Callable[[Callable[[Path, *Ts], T]], Callable[[Path, *Ts], T]]:
    """Remember what a function makes of a file, its first argument, for the `most` last ones, until the file is another one.

    Its other arguments can be hashed. OSError where there is no such file.
    """

    def remembering(make: Callable[[Path, *Ts], T]) -> Callable[[Path, *Ts], T]:
        @lru_cache(maxsize=most)
        def made(path: Path, _state: State, more: tuple[*Ts]) -> T:
            return make(path, *more)

        @wraps(make)
        def remembered(path: Path, *more: *Ts) -> T:
            return made(path, state(path), more)

        return remembered

    return remembering


@once_per_file(None)
def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
