"""Fixtures: a made-up mirror of one département, written once; the official files where they are."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sources.made import MAKERS
from tests.sources.mirrors import copier, write_mirror


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up mirror. Copy before changing."""
    return write_mirror(tmp_path_factory.mktemp("mirror"), MAKERS)


@pytest.fixture
def made(pristine: Path, tmp_path: Path) -> Callable[[str], Path]:
    """A copy of one source of the made-up mirror, free to spoil."""
    return copier(pristine, tmp_path)


@pytest.fixture(scope="session")
def official() -> Path:
    """The official mirror, or a loud skip."""
    asked = os.environ.get("CLS_DATA_MIRROR")
    if not asked or not Path(asked).is_dir():
        pytest.skip("OFFICIAL FILES ABSENT: set CLS_DATA_MIRROR to the mirror to run this test")
    return Path(asked)
