"""A made-up mirror, written once, copies of one source of it, free to spoil, and what its reader gives."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from cls_analysis.sources import get_source, validate_observations
from cls_analysis.sources.codes import Scope
from tests.sources.made import paths_of

DEPARTEMENTS = ("90",)
BELFORT = Scope(frozenset(DEPARTEMENTS))


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


def read(mirror: Path, source_id: str, departements: str = "90") -> pd.DataFrame:
    """The observations of a source for départements separated by spaces, in the form of the contract."""
    source = get_source(source_id)
    frame = source.read(paths_of(mirror, source_id), scope=Scope(frozenset(departements.split())))
    return validate_observations(frame, source)


def one(frame: pd.DataFrame, **wanted: str) -> tuple[float, str]:
    """Value and status of the one row with these columns."""
    found = frame.loc[np.logical_and.reduce([frame[key] == value for key, value in wanted.items()])]
    assert len(found) == 1, f"{len(found)} rows for {wanted}"
    return float(found["value"].iloc[0]), str(found["status"].iloc[0])
