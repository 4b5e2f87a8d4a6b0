"""Fixtures: a made-up mirror of one département, written once; the official files where they are."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sources.made import MAKERS

DEPARTEMENTS = ("90",)


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up mirror: every source for the Territoire de Belfort. Copy before changing."""
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


@pytest.fixture(scope="session")
def official() -> Path:
    """The official mirror, or a loud skip."""
    asked = os.environ.get("CLS_DATA_MIRROR")
    if not asked or not Path(asked).is_dir():
        pytest.skip("OFFICIAL FILES ABSENT: set CLS_DATA_MIRROR to the mirror to run this test")
    return Path(asked)
