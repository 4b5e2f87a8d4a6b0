"""What is one check of the sources, and when is it doubtful or broken? Shared by all that checks what was read.

A check gives a figure, a tolerance and a status: `ok`; `doubtful` (the report's annex says so); `broken` (a file, a unit or
a column must be wrong: the build stops). Labels, tolerances and details are French, they are printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "doubtful", "broken"]


@dataclass(frozen=True)
class Check:
    """One comparison: `label` and `tolerance` are French (printed), `value` is what `tolerance` bounds, `detail` names cases."""

    key: str
    sources: tuple[str, ...]
    label: str
    status: Status
    value: float
    tolerance: str
    detail: str = ""


def graded(
    key: str, sources: Sequence[str], label: str, value: float, *, ok: float, broken: float, unit: str, detail: str = ""
) -> Check:
    """A check whose value must stay at or under `ok`; over `broken` the build stops.

    >>> graded("k", ["s"], "Écart", 3.0, ok=1, broken=10, unit="%").status
    'doubtful'
    """
    status: Status = "ok" if value <= ok else "doubtful" if value <= broken else "broken"
    return Check(key, tuple(sources), label, status, round(float(value), 4), f"au plus {french(ok)} {unit}", detail)


def cases(items: Iterable[object], *, most: int = 6) -> str:
    """The first cases, and how many more.

    >>> cases("abc", most=2)
    'a, b et 1 autres'
    """
    listed = [str(item) for item in items]
    rest = f" et {len(listed) - most} autres" if len(listed) > most else ""
    return ", ".join(listed[:most]) + rest


def french(number: float) -> str:
    return f"{number:g}".replace(".", ",")
