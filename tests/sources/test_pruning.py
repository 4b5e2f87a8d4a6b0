"""The cache of builds keeps what is used and lets the rest go, whoever reads meanwhile."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import time
from pathlib import Path

import pytest

from cls_analysis.sources import pruning, remote
from cls_analysis.sources.locks import passing_lock
from tests.sources.test_remote import same, write_build

fsspec = pytest.importorskip("fsspec", reason="SKIPPED LOUDLY: the extra `cluster` is not installed")


def age(path: Path, days: float) -> None:
    """Date a folder or a file so many days back."""
    then = time.time() - days * 86400
    os.utime(path, (then, then))


def copied(there: Path, cache: Path) -> remote.Copy:
    return remote.local_copy(there.as_uri(), "official", cache=cache)


def aged(copy: remote.Copy, days: float) -> None:
    """As if the build and its files had last been used so many days ago."""
    for path in [*(copy.folder.parents[1] / "files").glob("*"), copy.folder]:
        age(path, days)


def named(copy: remote.Copy) -> set[str]:
    told = json.loads((copy.folder / "official" / "build.json").read_text())
    return {entry["sha256"] for entry in told["files"].values()}


def test_a_build_unused_for_a_month_leaves_when_another_is_copied_with_the_files_that_it_alone_names(
    tmp_path: Path,
) -> None:
    cache = tmp_path / "cache"
    first = copied(write_build(tmp_path / "there"), cache)
    lost = named(first)
    aged(first, 31)
    second = copied(write_build(tmp_path / "there", comparisons=b"other gaps"), cache)
    assert not first.folder.exists()
    assert same(second, tmp_path / "there")
    assert {path.name for path in (cache / "files").glob("[!.]*")} == named(second)
    assert named(second) & lost  # what both name stayed


def test_a_build_used_meanwhile_stays_whole_however_old_its_copy(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = copied(write_build(tmp_path / "there"), cache)
    aged(first, 400)
    again = remote.local_copy(first.address, "official", cache=cache)  # pinned: the report of another day
    assert again.folder == first.folder
    kept = shutil.copytree(tmp_path / "there", tmp_path / "kept")
    copied(write_build(tmp_path / "there", comparisons=b"other gaps"), cache)
    assert same(again, kept)
    assert named(again) <= {path.name for path in (cache / "files").glob("*")}


def test_younger_builds_stay(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = copied(write_build(tmp_path / "there"), cache)
    aged(first, 29)
    copied(write_build(tmp_path / "there", comparisons=b"other gaps"), cache)
    assert first.folder.is_dir()


def test_what_another_process_holds_stays(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = copied(write_build(tmp_path / "there"), cache)
    aged(first, 31)
    with passing_lock(first.folder.with_name(f".{first.build}.lock"), timeout=1):
        assert pruning.prune(cache) == []
    assert first.folder.is_dir()
    assert first.build in pruning.prune(cache)
    assert list((cache / "builds").glob("*")) == []


def test_somebody_who_comes_while_a_build_is_put_aside_gets_it_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    first = copied(write_build(tmp_path / "there"), cache)
    aged(first, 31)
    plain = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if not self.name.startswith("."):
            pruning.used(self)  # the reader dates it between the look and the move
        return plain(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    assert pruning.prune(cache) == []
    assert same(first, tmp_path / "there")


def test_a_build_json_that_cannot_be_read_keeps_every_file(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = copied(write_build(tmp_path / "there"), cache)
    for path in (cache / "files").glob("*"):
        age(path, 31)
    (first.folder / "official" / "build.json").unlink()
    (first.folder / "official" / "build.json").write_text("cut {")
    assert pruning.prune(cache) == []
    assert len(list((cache / "files").glob("[!.]*"))) == len({*named_before(tmp_path / "there")})


def named_before(there: Path) -> list[str]:
    told = json.loads((there / "official" / "build.json").read_text())
    return [entry["sha256"] for entry in told["files"].values()]


def test_what_killed_processes_left_goes_too_and_a_cache_that_is_not_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "builds" / ".old.gone").mkdir(parents=True)
    (tmp_path / "files" / ".a.1.part").write_text("cut")
    (tmp_path / "files" / ".b.2.part").write_text("coming")
    for path in (tmp_path / "files" / ".a.1.part", tmp_path / "builds" / ".old.gone"):
        age(path, 31)
    pruning.prune(tmp_path)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [".b.2.part"]
    assert pruning.prune(tmp_path / "none") == []


def _read(address: str, cache: Path, times: int) -> bool:
    """Whether a reader found its build whole each time, be it kept, put back, or copied again."""
    found = []
    for _ in range(times):
        copy = remote.local_copy(address, "official", cache=cache)
        found.append((copy.folder / "official" / "published" / "indicators.parquet").stat().st_size == 25_000)
    return all(found)


def _prune(_address: str, cache: Path, times: int) -> bool:
    for _ in range(times):
        for path in (cache / "builds").glob("[!.]*"):
            if path.stat().st_mtime < time.time() - 86400:
                pruning.prune(cache)
    return True


def test_who_comes_back_to_an_old_build_while_it_is_pruned_gets_a_whole_one(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = copied(write_build(tmp_path / "there"), cache)
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        for _ in range(6):
            aged(first, 31)
            work = [(_prune, 20), (_read, 3), (_read, 3)]
            answers = [pool.apply_async(do, (first.address, cache, n)) for do, n in work]
            assert all(answer.get(60) for answer in answers)
    assert same(first, tmp_path / "there")
