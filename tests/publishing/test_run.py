"""Running a notebook: strict parameters, one clock, errors that name the cell and keep the message."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from cls_analysis.errors import DataMissing, InvalidInput, ReportFailed
from cls_analysis.publishing.run import declared_parameters, run_notebook


def test_the_parameters_cell_is_read_with_its_defaults(notebook_path: Path) -> None:
    assert declared_parameters(notebook_path)["territory"] == '"petr-exemple"'


def test_every_unknown_parameter_is_named_before_anything_runs(notebook_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        run_notebook(notebook_path, {"teritory": "x", "colour": 1, "data": "embedded"})
    assert len(caught.value.problems) == 2
    assert "'teritory' (did you mean 'territory'?)" in caught.value.problems[0]
    assert "territory, data, edition, trouble" in str(caught.value.hint)


def test_a_missing_notebook_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match=r"nowhere\.ipynb"):
        run_notebook(tmp_path / "nowhere.ipynb", {})


def test_a_file_that_is_no_notebook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.ipynb"
    path.write_text('{"cells": [')
    with pytest.raises(InvalidInput, match="not a readable notebook"):
        declared_parameters(path)


def test_a_notebook_without_a_parameters_cell_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plain.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), path)
    with pytest.raises(InvalidInput, match="no cell tagged 'parameters'"):
        declared_parameters(path)


def test_an_error_of_ours_keeps_its_message_and_its_hint_without_a_traceback(notebook_path: Path) -> None:
    with pytest.raises(ReportFailed) as caught:
        run_notebook(notebook_path, {"territory": "petr-x", "trouble": "raise"}, timeout=60)
    assert caught.value.problems == ["pre_diagnostic.ipynb, cell 4 (import os, time): territory 'petr-x' is not known"]
    assert caught.value.hint == "cls-analysis territories list"
    assert "Traceback" not in str(caught.value)


def test_a_notebook_that_hangs_is_stopped_by_its_clock(notebook_path: Path) -> None:
    with pytest.raises(ReportFailed, match="had not finished after 3 s"):
        run_notebook(notebook_path, {"trouble": "hang"}, timeout=3)


def test_a_kernel_that_dies_is_reported(notebook_path: Path) -> None:
    with pytest.raises(ReportFailed, match="process died"):
        run_notebook(notebook_path, {"trouble": "die"}, timeout=60)
