"""Fixtures: a made-up mirror of the Territoire de Belfort for the sources whose official file is not here yet."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sources_more.made_more import MAKERS

DEPARTEMENTS = ("90",)


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made-up mirror. Copy before changing."""
    mirror = tmp_path_factory.mktemp("mirror")
    for make in MAKERS.values():
        make(mirror, DEPARTEMENTS)
    return mirror


@pytest.fixture
def made(pristine: Path, tmp_path: Path) -> Callable[[str], Path]:
    """A copy of one source of the made-up mirror, free to spoil."""

    def copy(source_id: str) -> Path:
        shutil.copytree(pristine / source_id, tmp_path / source_id)
        return tmp_path

    return copy
