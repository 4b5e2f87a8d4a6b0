"""Where are the project's own files (data/raw/perimeters, data/processed) when a command runs from any folder?

A project is the nearest folder, upwards from the working folder, that holds `data/raw/perimeters`; failing that,
the source tree this package was installed from (editable install).
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from cls_analysis.errors import DataMissing

MARK = Path("data") / "raw" / "perimeters"


def project_root(start: Path | None = None) -> Path:
    """Folder of the project, from `start` (the working folder by default); DataMissing when there is none."""
    here = (start or Path.cwd()).resolve()
    for folder, mark in _upwards(here):
        if mark.is_dir():
            return folder
    raise DataMissing(
        f"no project found from {here}: no folder above it holds {MARK.as_posix()}",
        hint="run from the project's folder, or set CLS_PERIMETERS to the folder of perimeter files",
    )


@lru_cache(maxsize=64)
def _upwards(here: Path) -> tuple[tuple[Path, Path], ...]:
    """Folders that may be the project's, and what would show it (kept: a report asks for it hundreds of times)."""
    return tuple((folder, folder / MARK) for folder in (here, *here.parents, *Path(__file__).resolve().parents))


def perimeters_dir() -> Path:
    """Folder of the perimeter files: `CLS_PERIMETERS`, or data/raw/perimeters of the project."""
    named = os.environ.get("CLS_PERIMETERS")
    if not named:
        return project_root() / MARK
    folder = Path(named)
    if not folder.is_dir():
        raise DataMissing(f"CLS_PERIMETERS names {folder}, which is not a folder", hint="unset CLS_PERIMETERS")
    return folder
