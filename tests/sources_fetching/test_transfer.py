"""A file comes whole and right, or the last good one stays; each fault of a site has its outcome."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import resource
from pathlib import Path

import pytest

from cls_analysis.errors import FetchFailed, StorageFailed
from cls_analysis.sources.fetching import Address, Pace, download
from cls_analysis.sources.fetching.transfer import Network

GOOD = ("CODGEO;NB\n" + "".join(f"{i:05d};{i % 97}\n" for i in range(20_000))).encode()


@pytest.fixture
def network() -> Network:
    return Network(connect=2, read=0.5, total=20, tries=3, sleep=lambda _: None)


def get(stand_in, tmp_path: Path, name: str, network: Network, **more):
    address = Address(f"{stand_in.root}/{name}", **{"max_bytes": 5_000_000, **more})
    return download(address, tmp_path / "file.csv", network=network)


def leftovers(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if ".part" in p.name or p.name.endswith(".plain"))


@pytest.mark.parametrize(
    "name",
    ["good", "moved", "busy-once", "broken-once", "cut-once", "resumed-wrong", "encoded", "gzipped-file"],
)
def test_a_fault_that_passes_ends_with_the_whole_file(stand_in, tmp_path, network, name) -> None:
    receipt = get(stand_in, tmp_path, name, network)
    assert (tmp_path / "file.csv").read_bytes() == GOOD
    assert receipt.sha256 == hashlib.sha256(GOOD).hexdigest()
    assert receipt.bytes == len(GOOD)
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("missing", "404"),
        ("broken", "500"),
        ("busy-long", "86400"),
        ("loop", "redirects"),
        ("moved-elsewhere", "host 'localhost'"),
        ("moved-to-file", "does not declare"),
        ("cut-always", "tries"),
        ("stalled", "tries"),
        ("html-200", "web page"),
        ("empty", "0 bytes"),
        ("gzip-cut", "damaged gzip"),
        ("gzip-bomb", "more than 5000000"),
        ("encoded-bomb", "more than 5000000"),
        ("huge", "announced"),
        ("endless", "more than 5000000"),
    ],
)
def test_a_fault_that_stays_is_named_and_the_last_good_file_is_untouched(
    stand_in, tmp_path, network, name, cause
) -> None:
    (tmp_path / "file.csv").write_bytes(b"the last good file")
    with pytest.raises(FetchFailed, match=cause) as caught:
        get(stand_in, tmp_path, name, network)
    assert stand_in.root in str(caught.value)
    assert caught.value.hint
    assert (tmp_path / "file.csv").read_bytes() == b"the last good file"


def test_a_transfer_slower_than_its_limit_is_given_up(stand_in, tmp_path) -> None:
    slow = Network(connect=2, read=2, total=0.3, tries=2, sleep=lambda _: None)
    with pytest.raises(FetchFailed, match="too slow"):
        get(stand_in, tmp_path, "drip", slow)


def test_a_cut_transfer_asks_only_for_the_rest(stand_in, tmp_path, network) -> None:
    receipt = get(stand_in, tmp_path, "cut-once", network)
    assert receipt.resumed
    assert stand_in.ranges == [f"bytes={len(GOOD) // 2}-"]


def test_a_run_that_was_killed_resumes_in_the_next_run(stand_in, tmp_path, network) -> None:
    once = Network(connect=2, read=0.5, total=20, tries=1, sleep=lambda _: None)
    with pytest.raises(FetchFailed):
        get(stand_in, tmp_path, "cut-once", once)
    assert (tmp_path / "file.csv.part").stat().st_size == len(GOOD) // 2
    assert get(stand_in, tmp_path, "cut-once", network).resumed
    assert (tmp_path / "file.csv").read_bytes() == GOOD


def test_halves_of_two_versions_are_never_joined(stand_in, tmp_path, network) -> None:
    get(stand_in, tmp_path, "cut-and-changed", network)
    assert (tmp_path / "file.csv").read_bytes() == b"CODGEO;NB\n00001;1\n"


def test_a_part_without_a_strong_validator_is_not_resumed(stand_in, tmp_path, network) -> None:
    (tmp_path / "file.csv.part").write_bytes(b"somebody else's bytes")
    (tmp_path / "file.csv.part.json").write_text(json.dumps({"etag": 'W/"weak"'}))
    assert not get(stand_in, tmp_path, "good", network).resumed
    assert (tmp_path / "file.csv").read_bytes() == GOOD


def test_a_wrong_hash_is_refused_and_the_right_one_passes(stand_in, tmp_path, network) -> None:
    with pytest.raises(FetchFailed, match="SHA-256"):
        get(stand_in, tmp_path, "good", network, sha256="0" * 64)
    assert not (tmp_path / "file.csv").exists()
    get(stand_in, tmp_path, "good", network, sha256=hashlib.sha256(GOOD).hexdigest())


def test_text_where_a_workbook_is_expected_is_refused(stand_in, tmp_path, network) -> None:
    with pytest.raises(FetchFailed, match="not those of a xlsx"):
        get(stand_in, tmp_path, "good", network, form="xlsx")


def test_the_wait_that_a_site_asks_for_is_kept(stand_in, tmp_path) -> None:
    waits: list[float] = []
    get(stand_in, tmp_path, "busy-once", Network(connect=2, read=0.5, tries=3, sleep=waits.append))
    assert waits == [3.0]


def test_a_declared_host_may_be_redirected_to(stand_in, tmp_path, network) -> None:
    get(stand_in, tmp_path, "moved-elsewhere", network, hosts=("localhost",))
    assert (tmp_path / "file.csv").read_bytes() == GOOD


def test_an_address_without_encryption_is_refused_off_this_machine(tmp_path, network) -> None:
    with pytest.raises(FetchFailed, match="not encrypted"):
        download(Address("http://producer.example/file.csv"), tmp_path / "file.csv", network=network)


def test_the_program_says_who_it_is(stand_in, tmp_path, network) -> None:
    get(stand_in, tmp_path, "good", network)
    assert all(agent.startswith("cls-analysis/") for agent in stand_in.agents)


def test_a_folder_that_cannot_be_written_is_a_storage_error(stand_in, tmp_path, network) -> None:
    (tmp_path / "not-a-folder").write_text("a file")
    with pytest.raises(StorageFailed):
        download(Address(f"{stand_in.root}/good"), tmp_path / "not-a-folder" / "file.csv", network=network)


def _fetch_with_a_small_quota(url: str, folder: str, answer) -> None:
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
    try:
        download(Address(url), Path(folder) / "file.csv", network=Network(tries=1))
    except StorageFailed as error:
        answer.put(str(error))
    else:
        answer.put("no error")


def test_a_full_disk_is_a_storage_error_and_the_last_good_file_stays(stand_in, tmp_path) -> None:
    (tmp_path / "file.csv").write_bytes(b"the last good file")
    context = multiprocessing.get_context("fork")
    answer = context.Queue()
    child = context.Process(target=_fetch_with_a_small_quota, args=(f"{stand_in.root}/good", str(tmp_path), answer))
    child.start()
    said = answer.get(timeout=20)
    child.join()
    assert "File too large" in said
    assert (tmp_path / "file.csv").read_bytes() == b"the last good file"


def _fetch(url: str, folder: str) -> None:
    download(Address(url), Path(folder) / "file.csv", network=Network(tries=2))


def test_two_processes_at_once_leave_one_whole_file(stand_in, tmp_path) -> None:
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=_fetch, args=(f"{stand_in.root}/good", str(tmp_path))) for _ in range(4)]
    for child in children:
        child.start()
    for child in children:
        child.join(20)
    assert [child.exitcode for child in children] == [0, 0, 0, 0]
    assert (tmp_path / "file.csv").read_bytes() == GOOD
    assert leftovers(tmp_path) == []


def test_a_host_is_not_asked_more_often_than_it_allows(tmp_path) -> None:
    now = [1000.0]
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    pace = Pace(tmp_path, {"api.example": (3, 60.0)}, clock=lambda: now[0], sleep=sleep)
    for _ in range(7):
        pace.wait("api.example")
    assert slept == [60.0, 60.0]
    assert pace.wait("other.example") == 0.0


def test_a_damaged_record_of_requests_stops_nobody(tmp_path) -> None:
    (tmp_path / ".pace-api.example.json").write_text("{not json")
    assert Pace(tmp_path).wait("api.example") == 0.0


def test_no_credential_of_the_environment_is_sent(stand_in, tmp_path, network, monkeypatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".netrc").write_text("machine 127.0.0.1 login somebody password secret\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("NETRC", str(home / ".netrc"))
    seen: list[str | None] = []
    original = stand_in.RequestHandlerClass.good

    def good(self) -> None:
        seen.append(self.headers.get("Authorization"))
        original(self)

    monkeypatch.setattr(stand_in.RequestHandlerClass, "good", good)
    get(stand_in, tmp_path, "good", network)
    assert seen == [None]
