"""How do two processes wait for each other in a folder of a user's without leaving lock files behind?

The file of the lock is removed by its holder, before it lets go: who waited on that file finds it without a name when its turn
comes, and takes the one that bears the name (filelock looks at the number of links once it holds a lock). Unlinked after it
was let go, it could be the next holder's: filelock itself must leave the file where it is when it lets go.
Reference: filelock documentation; flock(2).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock


@contextmanager
def passing_lock(path: Path | str, *, timeout: float) -> Iterator[None]:
    """Hold the lock of that path while the block runs; its file is gone afterwards, whatever the block raised.

    One holder at a time, since filelock takes no lock on a file without a name (3.21) and removes none when it lets go (4.0).

    `filelock.Timeout` when another process holds it for more than `timeout` seconds: its file then stays.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with passing_lock(Path(folder) / "a.lock", timeout=1):
    ...         held = [p.name for p in Path(folder).iterdir()]
    ...     print(held, list(Path(folder).iterdir()))
    ['a.lock'] []
    """
    with FileLock(path, timeout=timeout):
        try:
            yield
        finally:
            Path(path).unlink(missing_ok=True)
