"""How does a reader say what it repaired, without hanging it on a DataFrame?

Readers call `note("...")`; `collect()` gathers the notes of one reading, and the build writes them in the lock,
where reports and `cls-analysis data status` find them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[list[str] | None] = ContextVar("cls_source_notes", default=None)


def note(text: str) -> None:
    """Record one sentence about the file being read; nothing happens when nobody collects."""
    collected = _current.get()
    if collected is not None and text not in collected:
        collected.append(text)


@contextmanager
def collect() -> Iterator[list[str]]:
    """The notes of what is read inside the block.

    >>> with collect() as notes:
    ...     note("3 codes had lost their leading zero")
    >>> notes
    ['3 codes had lost their leading zero']
    """
    notes: list[str] = []
    token = _current.set(notes)
    try:
        yield notes
    finally:
        _current.reset(token)
