"""A lock that leaves no file behind still keeps everybody else out."""

from __future__ import annotations

import multiprocessing
import time
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from cls_analysis.sources.locks import passing_lock


def _count(folder: str, times: int) -> None:
    """Add one to a number so many times, as two processes would that share nothing but a lock."""
    number = Path(folder) / "number"
    for _ in range(times):
        with passing_lock(Path(folder) / "number.lock", timeout=30):
            before = int(number.read_text())
            time.sleep(0.0005)
            number.write_text(str(before + 1))


def test_a_lock_whose_file_is_removed_each_time_still_lets_one_process_in_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "number").write_text("0")
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=_count, args=(str(tmp_path), 40)) for _ in range(4)]
    for child in children:
        child.start()
    for child in children:
        child.join(timeout=60)
    assert (tmp_path / "number").read_text() == "160"
    assert not (tmp_path / "number.lock").exists()


def test_who_waited_in_vain_leaves_the_holder_s_file(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with passing_lock(path, timeout=1):
        with pytest.raises(Timeout), passing_lock(path, timeout=0.05):
            pass
        assert path.exists()
    assert not path.exists()


def test_a_block_that_fails_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="of the block"), passing_lock(tmp_path / "a.lock", timeout=1):
        raise ValueError("of the block")
    assert list(tmp_path.iterdir()) == []


def test_who_lets_go_of_a_removed_file_leaves_the_next_holder_s(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with FileLock(path, timeout=1):
        path.unlink()
        path.touch()  # the next holder's, made before this one lets go
    assert path.exists()
