"""Where are the project's own files (data/raw/perimeters, data/processed) when a command runs from any folder?

A project is the nearest folder, upwards from the working folder, that holds `data/raw/perimeters`; failing that,
the source tree this package was installed from (editable install).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from cls_analysis.errors import DataMissing

MARK = Path("data") / "raw" / "perimeters"
_SOURCE = Path(__file__).resolve().parent


def project_root(start: Path | None = None) -> Path:
    """Folder of the project, from `start` (the working folder by default); DataMissing when there is none."""
    here = os.path.realpath(start) if start else os.getcwd()
    for folder in (*_upwards(here), *_upwards(str(_SOURCE))):
        if os.path.isdir(f"{folder}/{MARK}"):
            return Path(folder)
    raise DataMissing(
        f"no project found from {here}: no folder above it holds {MARK.as_posix()}",
        hint="run from the project's folder, or set CLS_PERIMETERS to the folder of perimeter files",
    )


def _upwards(folder: str) -> Iterator[str]:
    """That folder and those above it (as texts: this is asked hundreds of times by a report)."""
    above = ""
    while folder != above:
        yield folder
        folder, above = os.path.dirname(folder), folder


def perimeters_dir() -> Path:
    """Folder of the perimeter files: `CLS_PERIMETERS`, or data/raw/perimeters of the project."""
    named = os.environ.get("CLS_PERIMETERS")
    if not named:
        return project_root() / MARK
    folder = Path(named)
    if not folder.is_dir():
        raise DataMissing(f"CLS_PERIMETERS names {folder}, which is not a folder", hint="unset CLS_PERIMETERS")
    return folder
