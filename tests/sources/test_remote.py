"""A build that lies at an address is copied by content: only what is lacking, verified, whole or not at all."""

from __future__ import annotations

import hashlib
import http.server
import json
import multiprocessing
import socket
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from cls_analysis.errors import DataMissing, FetchFailed, InvalidInput, StorageFailed
from cls_analysis.sources import far, remote

fsspec = pytest.importorskip("fsspec", reason="SKIPPED LOUDLY: the extra `cluster` is not installed")


def write_build(folder: Path, mode: str = "official", **contents: bytes) -> Path:
    """A made-up build of `mode` in `folder`, build.json last; `contents` replaces the bytes of a file by its stem."""
    files = {
        "published/indicators.parquet": b"rows " * 5000, "published/comparisons.parquet": b"gaps " * 3000,
        "lock.json": b"{}", "checks.json": b"[]",
    }  # fmt: skip
    for name in files:
        files[name] = contents.get(Path(name).stem, files[name])
        (folder / mode / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / mode / name).write_bytes(files[name])
    told = {"mode": mode, "files": remote.hashes(folder / mode)}
    (folder / mode / "build.json").write_text(json.dumps(told))
    return folder


class Asked(http.server.SimpleHTTPRequestHandler):
    """A plain folder over HTTP that remembers what was asked; `broken` answers with a fault for a while."""

    paths: list[str]
    broken: list[int]

    def do_GET(self) -> None:
        self.paths.append(self.path)
        if self.broken:
            status = self.broken.pop()
            self.send_response(status)
            if status == 200:  # promises more than it gives
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.wfile.write(b"cut")
                self.close_connection = True
                return
            self.end_headers()
            return
        super().do_GET()

    def log_message(self, *_args: object) -> None:
        """Silence."""


class Served:
    """A folder served on loopback; `asked` lists the paths, `broken` holds the next faults."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        self.broken: list[int] = []
        handler = type("Handler", (Asked,), {"paths": self.asked, "broken": self.broken})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def there(tmp_path: Path) -> Path:
    return write_build(tmp_path / "there")


@pytest.fixture
def served(there: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(far, "PAUSE", 0.01)
    found = Served(there)
    yield found
    found.stop()


def same(copy: remote.Copy, there: Path, mode: str = "official") -> bool:
    names = ["build.json", *json.loads((there / mode / "build.json").read_text())["files"]]
    return all((copy.folder / mode / name).read_bytes() == (there / mode / name).read_bytes() for name in names)


@pytest.mark.parametrize("kind", ["http", "file", "memory"])
def test_a_build_is_copied_byte_for_byte_and_the_second_time_nothing_comes(
    kind: str, served: Served, there: Path, tmp_path: Path
) -> None:
    address = {"http": served.address, "file": there.as_uri(), "memory": "memory://builds/one"}[kind]
    if kind == "memory":
        memory = fsspec.filesystem("memory")
        for path in (p for p in there.rglob("*") if p.is_file()):
            memory.pipe_file(f"/builds/one/{path.relative_to(there).as_posix()}", path.read_bytes())
    first = remote.local_copy(address, "official", cache=tmp_path / "cache")
    assert same(first, there)
    assert first.fetched_bytes == sum(
        entry["bytes"] for entry in json.loads((there / "official" / "build.json").read_text())["files"].values()
    )
    assert remote.modes_at(address) == ["official"]
    again = remote.local_copy(address, "official", cache=tmp_path / "cache")
    assert again.folder == first.folder
    assert again.fetched_bytes == 0


def test_only_the_files_that_changed_are_downloaded_and_the_earlier_build_stays(
    served: Served, there: Path, tmp_path: Path
) -> None:
    first = remote.local_copy(served.address, "official", cache=tmp_path / "cache")
    served.asked.clear()
    write_build(there, comparisons=b"other gaps")
    second = remote.local_copy(served.address, "official", cache=tmp_path / "cache")
    assert served.asked == ["/official/build.json", "/official/published/comparisons.parquet"]
    assert second.folder != first.folder
    assert same(second, there)
    assert (first.folder / "official" / "published" / "comparisons.parquet").read_bytes() == b"gaps " * 3000


def test_a_pinned_build_needs_no_network_once_it_is_copied_and_no_other_takes_its_place(
    served: Served, there: Path, tmp_path: Path
) -> None:
    first = remote.local_copy(served.address, "official", cache=tmp_path / "cache")
    served.asked.clear()
    assert remote.local_copy(first.address, "official", cache=tmp_path / "cache").folder == first.folder
    assert remote.modes_at(first.address, cache=tmp_path / "cache") == ["official"]
    assert served.asked == []
    write_build(there, indicators=b"newer rows")
    with pytest.raises(DataMissing, match="another one than when the work was planned") as caught:
        remote.local_copy(first.address, "official", cache=tmp_path / "empty")
    assert "--resume" in str(caught.value.hint)


def test_a_file_that_is_not_the_one_listed_is_refused_and_never_kept(
    served: Served, there: Path, tmp_path: Path
) -> None:
    wrong = there / "official" / "published" / "indicators.parquet"
    for damaged in (b"Rows " * 5000, b"rows " * 4999, b"rows " * 5001):
        wrong.write_bytes(damaged)
        with pytest.raises(FetchFailed, match=r"indicators\.parquet.*not the file that its build\.json lists"):
            remote.local_copy(served.address, "official", cache=tmp_path / "cache")
        digest = hashlib.sha256(b"rows " * 5000).hexdigest()
        assert not (tmp_path / "cache" / "files" / digest).exists()
        assert not list((tmp_path / "cache").rglob("*.part"))
    wrong.write_bytes(b"rows " * 5000)
    assert same(remote.local_copy(served.address, "official", cache=tmp_path / "cache"), there)


def test_a_copy_damaged_on_this_disk_is_fetched_again(served: Served, there: Path, tmp_path: Path) -> None:
    first = remote.local_copy(served.address, "official", cache=tmp_path / "cache")
    kept = first.folder / "official" / "lock.json"
    kept.chmod(0o644)
    kept.write_bytes(b"{ }")
    again = remote.local_copy(first.address, "official", cache=tmp_path / "cache")
    assert again.fetched_bytes == 2
    assert same(again, there)


def test_passing_faults_are_tried_again_and_lasting_ones_name_the_address_the_cause_and_what_to_do(
    served: Served, there: Path, tmp_path: Path
) -> None:
    served.broken += [200, 503]
    assert same(remote.local_copy(served.address, "official", cache=tmp_path / "cache"), there)
    served.broken += [503] * far.TRIES
    with pytest.raises(FetchFailed, match=r"http://127\.0\.0\.1.*official/build\.json.*503"):
        remote.local_copy(served.address, "official", cache=tmp_path / "cache")
    served.broken[:] = [403]
    with pytest.raises(FetchFailed, match="refused"):
        remote.local_copy(served.address, "official", cache=tmp_path / "cache")
    served.stop()
    with pytest.raises(FetchFailed, match="nothing listens there") as caught:
        remote.local_copy(served.address, "official", cache=tmp_path / "cache")
    assert "curl -I" in str(caught.value.hint)


def test_a_build_copied_without_one_of_its_files_is_told_to_be_copied_whole(
    served: Served, there: Path, tmp_path: Path
) -> None:
    (there / "official" / "checks.json").unlink()
    with pytest.raises(DataMissing, match=r"nothing at .*official/checks\.json, which its build\.json lists") as caught:
        remote.local_copy(served.address, "official", cache=tmp_path / "cache")
    assert "copy the whole build there again" in str(caught.value.hint)


def test_no_network_is_told_from_a_wrong_address(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataMissing, match=r"nothing at .*elsewhere/official/build\.json \(status 404\)"):
        remote.local_copy(f"{served.address}/elsewhere", "official", cache=tmp_path / "cache")

    def unknown(*_args: object, **_kw: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(FetchFailed, match=r"this name is not known \(misspelt, or no network\)"):
        remote.local_copy("http://data.example.org/cls", "official", cache=tmp_path / "cache")


def test_the_password_of_an_address_is_never_printed(served: Served, tmp_path: Path) -> None:
    address = served.address.replace("http://", "http://me:hidden@")
    with pytest.raises(DataMissing) as caught:
        remote.local_copy(f"{address}/elsewhere", "official", cache=tmp_path / "cache")
    assert "hidden" not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (b"<!doctype html><title>Sign in</title>", "is a web page"),
        (b"[1, 2]", "not the JSON of a build"),
        (b'{"mode": "official"}', "does not list its files"),
        (b'{"mode": "embedded", "files": {}}', "a build of 'embedded' data, not of official"),
        (b'{"mode": "official", "files": {"lock.json": {"bytes": 1, "sha256": "../../x"}}}', "no size and SHA-256"),
        (b'{"mode": "official", "files": {}}', "does not list published/indicators.parquet"),
    ],
)
def test_what_is_no_list_of_files_is_refused(text: bytes, match: str, there: Path, tmp_path: Path) -> None:
    (there / "official" / "build.json").write_bytes(text)
    with pytest.raises((DataMissing, FetchFailed), match=match):
        remote.local_copy(there.as_uri(), "official", cache=tmp_path / "cache")


def test_a_file_listed_outside_the_build_is_not_followed(there: Path, tmp_path: Path) -> None:
    (there.parent / "secret").write_bytes(b"x")
    path = there / "official" / "build.json"
    told = json.loads(path.read_text())
    told["files"]["../../secret"] = {"bytes": 1, "sha256": hashlib.sha256(b"x").hexdigest()}
    path.write_text(json.dumps(told))
    copy = remote.local_copy(there.as_uri(), "official", cache=tmp_path / "cache")
    made = {p.relative_to(copy.folder).as_posix() for p in copy.folder.rglob("*") if p.is_file()}
    assert made == {"official/build.json", *(f"official/{name}" for name in told["files"] if ".." not in name)}
    assert not (tmp_path / "cache" / "files" / hashlib.sha256(b"x").hexdigest()).exists()
    assert not list((tmp_path / "cache").rglob("secret"))


def test_without_fsspec_an_address_says_what_to_install_and_http_needs_nothing(
    served: Served, there: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "fsspec.core", None)
    with pytest.raises(DataMissing, match="needs fsspec") as caught:
        remote.local_copy("s3://bucket/processed", "official", cache=tmp_path / "cache")
    assert "cls-analysis[cluster]" in str(caught.value.hint)
    assert same(remote.local_copy(served.address, "official", cache=tmp_path / "cache"), there)


def test_a_scheme_without_its_driver_and_one_that_nobody_knows_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidInput, match="carrier"):
        remote.local_copy("carrier-pigeon://roof/processed", "official", cache=tmp_path / "cache")
    monkeypatch.setitem(sys.modules, "s3fs", None)  # not installed, whatever this machine has
    with pytest.raises(DataMissing, match="driver of s3:// is not installed"):
        remote.local_copy("s3://bucket/processed", "official", cache=tmp_path / "cache")
    with pytest.raises(DataMissing, match="driver"):
        remote.modes_at("s3://bucket/processed")


def test_a_build_that_cannot_be_read_is_not_taken_for_absent(served: Served, there: Path) -> None:
    assert remote.modes_at(served.address) == ["official"]
    served.broken += [403]
    with pytest.raises(FetchFailed, match="refused"):
        remote.modes_at(served.address)


def test_a_cache_that_cannot_be_written_is_named_with_what_to_set(there: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where a folder should be")
    with pytest.raises(StorageFailed) as caught:
        remote.local_copy(there.as_uri(), "official", cache=tmp_path / "cache")
    assert "CLS_CACHE" in str(caught.value.hint)


def test_the_cache_is_the_users_unless_another_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLS_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert remote.cache_dir() == tmp_path / "cls-analysis"
    monkeypatch.setenv("CLS_CACHE", str(tmp_path / "mine"))
    assert remote.cache_dir() == tmp_path / "mine"


def _copied(address: str, cache: Path) -> int:
    return remote.local_copy(address, "official", cache=cache).fetched_bytes


def test_processes_that_start_together_download_each_file_once(served: Served, there: Path, tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        came = pool.starmap(_copied, [(served.address, tmp_path / "cache")] * 3)
    assert sorted(came)[:2] == [0, 0]
    assert served.asked.count("/official/published/indicators.parquet") == 1
    assert same(remote.local_copy(served.address, "official", cache=tmp_path / "cache"), there)
