"""A small made-up notebook that behaves like a real one: parameters, prose, figures, declaration."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from tests.publishing.made_up import made_up_notebook


@pytest.fixture(scope="session")
def notebook_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("notebooks") / "pre_diagnostic.ipynb"
    nbformat.write(made_up_notebook(), path)
    return path
