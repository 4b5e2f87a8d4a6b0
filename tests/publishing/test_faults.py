"""Faults of the machine: a disk that is really full, a table cut short. Nothing half-written, and the error says what."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from cls_analysis.diagnostic.slices import in_texts, read_slice
from cls_analysis.errors import DataMissing, StorageFailed
from cls_analysis.publishing import making
from cls_analysis.publishing.batch import run_batch
from cls_analysis.publishing.making import Job, finished, make
from cls_analysis.publishing.manifest import output_problems


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 400 kB, on which a page and the one that replaces it have room."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(disk)]
    if os.name != "posix" or os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("SKIPPED LOUDLY: no right to mount a small disk here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_disk_that_fills_while_a_report_is_written_leaves_the_last_good_one(
    job: Callable[..., Job], small_disk: Path
) -> None:
    given = replace(job(formats=("html",)), out=small_disk / "reports")
    good = make(given)
    before = {path.name: path.read_bytes() for path in good.folder.iterdir()}
    free = os.statvfs(small_disk)
    (small_disk / "ballast").write_bytes(b"x" * (free.f_bavail * free.f_frsize - 16_384))
    with pytest.raises(StorageFailed, match="No space left") as caught:
        make(replace(given, formats=("html", "csv")))
    assert caught.value.exit_code == StorageFailed.exit_code
    assert {path.name: path.read_bytes() for path in good.folder.iterdir()} == before
    assert output_problems(good.manifest) == []
    assert [path.name for path in (given.out / making.WORK).iterdir() if path.is_dir()] == []
    [outcome] = run_batch([replace(given, formats=("html", "csv"))], workers=1)
    assert outcome.result is None
    assert "No space left" in (outcome.problem or "")
    (small_disk / "ballast").unlink()
    assert finished(given) is not None
    assert output_problems(make(given).manifest) == []


@pytest.mark.parametrize("harm", ["cut", "overwritten", "empty"])
def test_a_damaged_table_is_named_and_never_read_in_part(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "official" / "published" / "indicators.parquet"
    path.parent.mkdir(parents=True)
    codes = [f"{n:05d}" for n in range(5000)]
    pd.DataFrame({"territory_type": "commune", "territory": codes, "value": 1.5}).to_parquet(path)
    assert len(read_slice(path, {"commune": codes[:7]})) == 7
    content = path.read_bytes()
    path.write_bytes({"cut": content[:-100], "overwritten": b"\0" * 4000 + content[4000:], "empty": b""}[harm])
    with pytest.raises(DataMissing, match=r"indicators\.parquet of official cannot be read, it is damaged"):
        read_slice(path, {"commune": codes[:7]})


def test_a_slice_has_the_rows_of_the_file_in_their_order_whatever_the_order_asked(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    frame = pd.DataFrame(
        {
            "territory_type": pd.Categorical(["commune"] * 4 + ["epci"] * 2),
            "territory": ["01001", "01001", "01002", "01003", "200000001", "200000002"],
            "indicator": pd.Categorical(["a", "b", "a", None, "a", "b"]),
            "value": [1.0, None, 3.0, 4.0, 5.0, 6.0],
        }
    )
    frame.to_parquet(path)
    got = in_texts(read_slice(path, {"epci": ["200000002"], "commune": ["01003", "01001", "01001", "99999"]}))
    plain = frame.astype({"territory_type": "str", "indicator": "str"})
    pd.testing.assert_frame_equal(got, plain.iloc[[0, 1, 3, 5]].reset_index(drop=True), check_dtype=False)
    only = read_slice(path, {"commune": ["01002", "01001"], "epci": ["200000002"]}, indicators=["b"])
    assert only["territory"].tolist() == ["01001", "200000002"]
    assert read_slice(path, {"commune": []}).empty
    with pytest.raises(DataMissing, match="not built"):
        read_slice(tmp_path / "absent.parquet", {"commune": ["01001"]})
