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
    aside, cut = tmp_path / "builds" / f".{'a' * 64}.gone", tmp_path / "files" / f".{'b' * 64}.1.part"
    put, coming = tmp_path / "files" / f".{'c' * 64}.gone", tmp_path / "files" / f".{'d' * 64}.2.part"
    aside.mkdir(parents=True)
    for path in (cut, put, coming):
        path.write_text("cut")
    for path in (aside, cut, put):
        age(path, 31)
    pruning.prune(tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.parent != tmp_path] == [coming]
    assert pruning.prune(tmp_path / "none") == []


@pytest.mark.parametrize("kept_in", ["builds", "files"])
@pytest.mark.parametrize("name", ["thesis", ".thesis.gone", ".thesis.1.part", "a" * 63, "A" * 64, f".{'a' * 64}.part"])
def test_what_the_cache_did_not_name_stays_however_old(name: str, kept_in: str, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    copied(write_build(tmp_path / "there"), cache)
    file, folder = cache / kept_in / name, cache / kept_in / f"{name} folder"
    file.write_text("years of work")
    folder.mkdir()
    (folder / "chapter").write_text("more of it")
    for path in (file, folder / "chapter", folder):
        age(path, 400)
    assert pruning.prune(cache) == []
    file.rename(tmp_path / "file")
    shutil.rmtree(folder)
    file.mkdir()  # a folder that bears the very name
    (file / "chapter").write_text("more of it")
    age(file, 400)
    assert pruning.prune(cache) == []
    assert (file / "chapter").read_text() == "more of it"


@pytest.mark.parametrize("kept_in", ["builds", "files"])
@pytest.mark.parametrize("name", ["a" * 64, f".{'a' * 64}.gone", f".{'a' * 64}.1.part", "link"])
@pytest.mark.parametrize("to", ["folder", "file", "nothing"])
def test_a_symbolic_link_stays_with_what_it_leads_to(to: str, name: str, kept_in: str, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    copied(write_build(tmp_path / "there"), cache)
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "folder" / "kept", tmp_path / "file"):
        path.write_text("years of work")
    link = cache / kept_in / name
    link.symlink_to(tmp_path / to)
    for path in (tmp_path / "folder", tmp_path / "file"):
        age(path, 400)
    os.utime(link, (0, 0), follow_symlinks=False)
    assert pruning.prune(cache) == []
    assert link.is_symlink()
    assert (tmp_path / "folder" / "kept").read_text() == (tmp_path / "file").read_text() == "years of work"


def test_a_link_that_bears_the_name_of_what_is_put_aside_is_not_replaced(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    copied(write_build(tmp_path / "there"), cache)
    unnamed, link = cache / "files" / ("a" * 64), cache / "files" / f".{'a' * 64}.gone"
    unnamed.write_text("of a build that left")
    age(unnamed, 31)
    link.symlink_to(tmp_path / "elsewhere")
    assert pruning.prune(cache) == []
    link.unlink()
    assert pruning.prune(cache) == [unnamed.name]


def test_where_no_build_json_is_left_every_file_stays(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = copied(write_build(tmp_path / "there"), cache)
    kept = {path.name for path in (cache / "files").glob("[!.]*")}
    aged(first, 31)
    assert pruning.prune(cache) == [first.build]
    assert {path.name for path in (cache / "files").glob("[!.]*")} == kept
    shutil.rmtree(cache / "builds")
    assert pruning.prune(cache) == []
    assert {path.name for path in (cache / "files").glob("[!.]*")} == kept


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
