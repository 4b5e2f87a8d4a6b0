"""A file is read again when it is another one, and only then."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cls_analysis.unchanged import once_per_file, sha256, state


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.txt"
    path.write_text("one")
    return path


def reader(most: int | None = None) -> tuple[list[str], Callable[[Path, str], str]]:
    asked: list[str] = []

    @once_per_file(most)
    def read(path: Path, ending: str) -> str:
        """What the file says."""
        asked.append(path.name)
        return path.read_text() + ending

    return asked, read


def test_a_file_that_stays_is_read_once_for_each_other_argument(file: Path) -> None:
    asked, read = reader()
    assert [read(file, "!"), read(file, "!"), read(file, "?")] == ["one!", "one!", "one?"]
    assert asked == ["a.txt", "a.txt"]
    assert read.__doc__ == "What the file says."


def test_a_file_that_changed_is_read_again_even_with_the_size_and_date_it_had(file: Path) -> None:
    _, read = reader()
    before = file.stat()
    assert read(file, "") == "one"
    time.sleep(0.05)  # dates of some systems move every hundredth of a second
    file.write_text("two")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert read(file, "") == "two"


def test_a_file_renamed_into_its_place_is_another_one(file: Path) -> None:
    _, read = reader()
    assert read(file, "") == "one"
    other = file.with_name("b.txt")
    other.write_text("six")
    other.replace(file)
    assert read(file, "") == "six"


def test_only_so_many_files_are_remembered(tmp_path: Path) -> None:
    asked, read = reader(most=1)
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    assert [read(tmp_path / name, "") for name in "abba"] == ["a", "b", "b", "a"]
    assert asked == ["a", "b", "a"]


def test_a_file_that_is_gone_is_not_remembered(file: Path) -> None:
    _, read = reader()
    read(file, "")
    file.unlink()
    with pytest.raises(FileNotFoundError):
        read(file, "")
    with pytest.raises(FileNotFoundError):
        state(file)


def test_a_hash_is_that_of_the_bytes(file: Path) -> None:
    assert sha256(file) == hashlib.sha256(b"one").hexdigest()
    file.write_bytes(b"\0" * 100_000)
    assert sha256(file) == hashlib.sha256(b"\0" * 100_000).hexdigest()
