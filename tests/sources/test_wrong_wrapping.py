"""A file wrapped in another format is refused with its true cause, a year that is none before any network."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cls_analysis.cli.data import app
from cls_analysis.errors import InvalidInput
from cls_analysis.sources.model import File
from cls_analysis.sources.reading import _decode


def test_a_compressed_file_with_the_name_of_a_text_is_called_so(tmp_path: Path) -> None:
    path = tmp_path / "communes.csv"
    path.write_bytes(gzip.compress(b"code;nombre\n52001;3\n"))
    with pytest.raises(InvalidInput, match="compressed by gzip"):
        _decode(path, File(key="communes", path="x/communes.csv", url=None), where="x/communes.csv")


def test_a_vintage_that_is_no_year_is_refused_and_no_folder_is_made(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["fetch", "--millesime", "../x", "--mirror", str(tmp_path / "m")])
    assert isinstance(done.exception, InvalidInput) and "is not a year" in str(done.exception)
    assert not (tmp_path / "m").exists()
