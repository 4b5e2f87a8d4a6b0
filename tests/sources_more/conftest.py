"""Fixtures: a made-up mirror of the Territoire de Belfort for the sources whose official file is not here yet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sources.mirrors import copier, write_mirror
from tests.sources_more.made_more import MAKERS


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up mirror. Copy before changing."""
    return write_mirror(tmp_path_factory.mktemp("mirror"), MAKERS)


@pytest.fixture
def made(pristine: Path, tmp_path: Path) -> Callable[[str], Path]:
    """A copy of one source of the made-up mirror, free to spoil."""
    return copier(pristine, tmp_path)
