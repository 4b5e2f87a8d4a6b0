"""A made-up mirror, written once, and copies of one source of it, free to spoil."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

DEPARTEMENTS = ("90",)


def write_mirror(mirror: Path, makers: Mapping[str, Callable[[Path, Sequence[str]], None]]) -> Path:
    """Every source of `makers` for the Territoire de Belfort."""
    for make in makers.values():
        make(mirror, DEPARTEMENTS)
    return mirror


def copier(pristine: Path, folder: Path) -> Callable[[str], Path]:
    """A function that copies one source of the mirror into `folder`, which it returns."""

    def copy(source_id: str) -> Path:
        shutil.copytree(pristine / source_id, folder / source_id)
        return folder

    return copy
