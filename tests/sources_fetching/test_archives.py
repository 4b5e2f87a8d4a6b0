"""A producer's archive gives its one dataset, or is refused before anything is written in its place."""

from __future__ import annotations

import stat
import struct
import zipfile
from pathlib import Path

import pytest

from cls_analysis.errors import InvalidInput
from cls_analysis.sources.fetching import extract_member


def make(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, body in members.items():
            opened.writestr(name, body)
    return path


def test_the_one_member_that_matches_is_written(tmp_path) -> None:
    archive = make(tmp_path / "a.zip", {"DS_BPE_2024_data.csv": b"GEO;OBS\n", "DS_BPE_2024_metadata.csv": b"x"})
    extract_member(archive, "*_data.csv", tmp_path / "data.csv")
    assert (tmp_path / "data.csv").read_bytes() == b"GEO;OBS\n"


@pytest.mark.parametrize(
    "name", ["../evil_data.csv", "/etc/evil_data.csv", "a/../../evil_data.csv", "..\\evil_data.csv"]
)
def test_a_path_that_leaves_the_folder_is_refused(tmp_path, name) -> None:
    archive = make(tmp_path / "a.zip", {name: b"x"})
    with pytest.raises(InvalidInput, match="outside the folder"):
        extract_member(archive, "*_data.csv", tmp_path / "data.csv")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.zip"]


def test_a_link_is_refused(tmp_path) -> None:
    info = zipfile.ZipInfo("x_data.csv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as opened:
        opened.writestr(info, "/etc/hostname")
    with pytest.raises(InvalidInput, match="is a link"):
        extract_member(tmp_path / "a.zip", "*_data.csv", tmp_path / "data.csv")


def test_a_bomb_is_stopped_while_it_unpacks(tmp_path) -> None:
    archive = make(tmp_path / "a.zip", {"x_data.csv": b"0" * 60_000_000})
    with pytest.raises(InvalidInput, match="unpacks to more"):
        extract_member(archive, "*_data.csv", tmp_path / "data.csv")
    assert not (tmp_path / "data.csv").exists()


def test_more_bytes_than_allowed_are_refused_from_the_headers(tmp_path) -> None:
    archive = make(tmp_path / "a.zip", {"x_data.csv": bytes(range(256)) * 100})
    with pytest.raises(InvalidInput, match="more than the 1000 allowed"):
        extract_member(archive, "*_data.csv", tmp_path / "data.csv", max_bytes=1000)


@pytest.mark.parametrize(
    "members", [{"readme.txt": b"x"}, {"a_data.csv": b"1", "b_data.csv": b"2"}, {}], ids=["none", "two", "empty"]
)
def test_one_member_and_one_only_is_expected(tmp_path, members) -> None:
    archive = make(tmp_path / "a.zip", members)
    with pytest.raises(InvalidInput, match="one is expected"):
        extract_member(archive, "*_data.csv", tmp_path / "data.csv")


def test_a_damaged_archive_leaves_the_last_good_file(tmp_path) -> None:
    (tmp_path / "data.csv").write_bytes(b"the last good file")
    archive = make(tmp_path / "a.zip", {"x_data.csv": b"CODGEO;NB\n" * 1000})
    whole = archive.read_bytes()
    for damage in (whole[: len(whole) // 2], b"", b"PK\x03\x04", whole[:40] + b"\xff\xff\xff" + whole[43:]):
        archive.write_bytes(damage)
        with pytest.raises(InvalidInput, match="not a whole zip"):
            extract_member(archive, "*_data.csv", tmp_path / "data.csv")
        assert (tmp_path / "data.csv").read_bytes() == b"the last good file"


def test_an_encrypted_member_is_refused(tmp_path) -> None:
    archive = make(tmp_path / "a.zip", {"x_data.csv": b"CODGEO;NB\n"})
    raw = bytearray(archive.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = raw.find(signature) + offset
        raw[at : at + 2] = struct.pack("<H", struct.unpack("<H", raw[at : at + 2])[0] | 1)
    archive.write_bytes(raw)
    with pytest.raises(InvalidInput, match="encrypted"):
        extract_member(archive, "*_data.csv", tmp_path / "data.csv")
