"""The embedded build of the project, made once if nobody did, and territories opened on it."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from cls_analysis.diagnostic import Diagnostic
from cls_analysis.diagnostic.standing import ensure_built, is_built
from cls_analysis.sources import processed_dir


@cache
def opened(territory: str, data: str) -> Diagnostic:
    """A territory opened once for all tests; tests that draw use `fresh`."""
    return Diagnostic.open(territory, data=data)


@pytest.fixture(scope="session")
def embedded() -> Path:
    ensure_built("embedded", processed_dir())
    return processed_dir()


@pytest.fixture
def langres(embedded: Path) -> Diagnostic:
    """The Pays de Langres on simulated data, nothing drawn yet."""
    diagnostic = opened("petr-langres", "embedded")
    diagnostic.drawn.clear()
    return diagnostic


@pytest.fixture(scope="session")
def official() -> Path:
    """The official build; skipped, loudly, without a mirror."""
    mirror = os.environ.get("CLS_DATA_MIRROR")
    if not mirror or not Path(mirror, "MANIFEST.csv").is_file():
        pytest.skip("CLS_DATA_MIRROR names no mirror of the official files: official reports are not tested")
    if not is_built("official", processed_dir()):
        ensure_built("official", processed_dir())
    return processed_dir()
