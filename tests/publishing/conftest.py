"""Fixtures: a small made-up notebook that behaves like a real one, executed once; a job that makes its report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from cls_analysis.publishing.making import Job
from cls_analysis.publishing.page import render_page
from cls_analysis.publishing.publication import Publication, read_publication
from cls_analysis.publishing.run import run_notebook
from tests.publishing.made_up import made_up_notebook


@pytest.fixture(scope="session")
def notebook_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("notebooks") / "pre_diagnostic.ipynb"
    nbformat.write(made_up_notebook(), path)
    return path


@pytest.fixture(scope="session")
def executed(notebook_path: Path) -> nbformat.NotebookNode:
    return run_notebook(notebook_path, {"territory": "petr-exemple"}, timeout=120)


@pytest.fixture(scope="session")
def publication(executed: nbformat.NotebookNode) -> Publication:
    return read_publication(executed)


@pytest.fixture(scope="session")
def page(executed: nbformat.NotebookNode, publication: Publication) -> str:
    return render_page(executed, publication)


@pytest.fixture
def job(notebook_path: Path, tmp_path: Path) -> Callable[..., Job]:
    """A job for one territory; `trouble` says what goes wrong in the notebook."""

    def make_job(territory: str = "petr-exemple", trouble: str = "", **options: Any) -> Job:
        parameters = {"territory": territory} | ({"trouble": trouble} if trouble else {})
        settings: dict[str, Any] = {"timeout": 60.0, "inputs": {"table": "abc"}, "formats": ("html", "xlsx", "csv")}
        return Job(
            territory=territory, kind="pre-diagnostic", notebook=notebook_path, out=tmp_path / "reports",
            parameters=parameters, **(settings | options),
        )  # fmt: skip

    return make_job
