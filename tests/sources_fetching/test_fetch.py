"""A whole `data fetch` against producers that behave and producers that do not; nothing wrong enters, nothing good is lost."""

from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path

import openpyxl
import pytest

from cls_analysis.errors import FetchFailed, StorageFailed
from cls_analysis.sources import get_source
from cls_analysis.sources.fetching import all_jobs, get_job
from cls_analysis.sources.fetching.fetch import fetch, raise_for
from cls_analysis.sources.fetching.plan import job_of, remote_of, wanted
from cls_analysis.sources.journal import accept, load_journal, sha256
from cls_analysis.sources.model import File
from tests.sources.made import MAKERS
from tests.sources_fetching.banatic_workbook import write
from tests.sources_fetching.producers import FETCHABLE, FETCHABLE_MORE, QUICK, job, local, publish, resolver, zipped
from tests.sources_more.made_more import MAKERS as MORE

POPULATIONS = "insee-populations-reference"
POPULATIONS_PATH = f"{POPULATIONS}/2023/donnees_communes.csv"
EPCI_PATH = "dgcl-epci/2025/epcicom2025.xlsx"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    for source_id in FETCHABLE:
        MAKERS[source_id](folder, ("90",))
    return folder


def run(server, mirror: Path, *source_ids: str, **options):
    return fetch([job(i) for i in source_ids], mirror, resolve=resolver(server), network=QUICK, **options)


def one(server, mirror: Path, source_id: str, **options):
    return run(server, mirror, source_id, **options)[0]


def address_of(source_id: str, key: str | None = None, vintage: str | None = None) -> str:
    this = job(source_id)
    return next(local(item.address.url) for item in wanted(this, vintage or this.vintage) if key in (None, item.key))


def recast(path: Path, old: str, new: str) -> bytes:
    text = path.read_bytes().decode()
    assert old in text
    return text.replace(old, new).encode()


def test_every_source_with_an_address_comes_byte_for_byte_to_its_place(stand_in, tmp_path, made) -> None:
    for source_id in FETCHABLE:
        publish(stand_in, source_id, made)
    outcomes = run(stand_in, tmp_path, *FETCHABLE)
    assert [(o.source, o.status) for o in outcomes] == [(i, "fetched") for i in FETCHABLE], outcomes
    journal = load_journal(tmp_path)
    paths = [file.path for i in FETCHABLE for file in get_source(i).files]
    assert sorted(journal) == sorted(paths)
    for path in paths:
        assert (tmp_path / path).read_bytes() == (made / path).read_bytes()
        assert journal[path]["sha256"] == sha256(tmp_path / path)
        assert journal[path]["url"].startswith(stand_in.root)
    asked = sum(stand_in.asked.values())
    assert {o.status for o in run(stand_in, tmp_path, *FETCHABLE)} == {"kept"}
    assert sum(stand_in.asked.values()) == asked
    left = {p.name for p in (tmp_path / ".fetching").rglob("*") if not p.name.startswith(".pace-")}
    assert left == {"incoming", "journal.json"}


@pytest.mark.parametrize("source_id", FETCHABLE_MORE)
def test_melodi_archives_exports_and_stable_addresses_come_to_their_places_too(stand_in, tmp_path, source_id) -> None:
    MORE[source_id](tmp_path / "made", ("90",))
    publish(stand_in, source_id, tmp_path / "made")
    mirror = tmp_path / "mirror"
    outcome = one(stand_in, mirror, source_id)
    assert outcome.status == "fetched", outcome.said
    for file in get_source(source_id).files:
        assert (mirror / file.path).read_bytes() == (tmp_path / "made" / file.path).read_bytes()


def test_what_is_tried_here_is_what_can_be_fetched() -> None:
    tried = {*FETCHABLE, *FETCHABLE_MORE, "banatic-export"}
    fetchable = {name for name, each in all_jobs().items() if all(remote_of(file) for file in each.files)}
    assert tried <= fetchable
    assert not any(name.startswith("import-") for name in all_jobs())


def test_the_export_of_banatic_is_read_whole_before_it_is_kept(stand_in, tmp_path) -> None:
    workbook = write(tmp_path / "made.xlsx", [("900000001", "PETR A", "PETR", "200072999", "CC", "CC")])
    export = get_job("banatic-export")
    path = local(wanted(export, export.vintage)[0].address.url)
    stand_in.files[path] = workbook.read_bytes()
    done = fetch([export], tmp_path / "mirror", resolve=resolver(stand_in), network=QUICK)[0]
    assert (done.status, done.said) == ("fetched", ("1 members of groupings",))
    stand_in.files[path] = workbook.read_bytes()[:-100]
    again = fetch([export], tmp_path / "mirror", resolve=resolver(stand_in), network=QUICK, again=True)[0]
    assert again.status == "failed"
    kept = tmp_path / "mirror" / "banatic-export/courant/banatic_france.xlsx"
    assert kept.read_bytes() == workbook.read_bytes()


def test_a_vintage_that_is_not_there_yet_gives_the_one_before_and_says_so(stand_in, tmp_path, made) -> None:
    publish(stand_in, POPULATIONS, made, vintage="2022")
    outcome = one(stand_in, tmp_path, POPULATIONS)
    assert (outcome.status, outcome.vintage) == ("fetched", "2022")
    assert any("404" in said for said in outcome.said)
    assert "2023 is not there, 2022 was taken instead" in outcome.said
    assert any("reads vintage 2023 until" in said and f'{POPULATIONS} = "2022"' in said for said in outcome.said)
    assert (tmp_path / POPULATIONS / "2022" / "donnees_communes.csv").is_file()
    assert not (tmp_path / POPULATIONS / "2023").exists()


def test_no_vintage_at_any_address_is_a_failure_that_lists_the_addresses(stand_in, tmp_path) -> None:
    outcome = one(stand_in, tmp_path, POPULATIONS)
    assert outcome.status == "failed"
    assert len([said for said in outcome.said if "404" in said]) == 3
    with pytest.raises(FetchFailed) as caught:
        raise_for([outcome])
    assert caught.value.exit_code == 6


def test_a_vintage_asked_for_goes_beside_the_one_that_is_there(stand_in, tmp_path, made) -> None:
    publish(stand_in, POPULATIONS, made)
    publish(stand_in, POPULATIONS, made, vintage="2021")
    one(stand_in, tmp_path, POPULATIONS)
    assert one(stand_in, tmp_path, POPULATIONS, millesime="2021").status == "fetched"
    assert sorted(p.name for p in (tmp_path / POPULATIONS).iterdir()) == ["2021", "2023"]
    refused = one(stand_in, tmp_path, POPULATIONS, millesime="1999")
    assert refused.status == "no address"
    assert "declared: 2023, 2022, 2021" in refused.said[0]


def spoiled_sheet(made: Path, tmp_path: Path) -> bytes:
    book = openpyxl.load_workbook(made / EPCI_PATH)
    book.worksheets[0].title = "Feuil1"
    book.save(tmp_path / "spoiled.xlsx")
    return (tmp_path / "spoiled.xlsx").read_bytes()


def test_a_renamed_sheet_is_refused_the_last_good_file_stays_and_the_others_go_on(stand_in, tmp_path, made) -> None:
    mirror = tmp_path / "mirror"
    (mirror / EPCI_PATH).parent.mkdir(parents=True)
    (mirror / EPCI_PATH).write_bytes(b"the last good file")
    publish(stand_in, "dgcl-epci", made, bodies={"composition": spoiled_sheet(made, tmp_path)})
    publish(stand_in, POPULATIONS, made)
    bad, good = run(stand_in, mirror, "dgcl-epci", POPULATIONS, again=True)
    assert (bad.status, good.status) == ("failed", "fetched")
    assert "'Epcicom2025' is missing; the workbook holds Feuil1" in bad.said[0]
    assert any(".refused" in said for said in bad.said)
    assert (mirror / EPCI_PATH).read_bytes() == b"the last good file"
    assert EPCI_PATH not in load_journal(mirror)
    with pytest.raises(FetchFailed, match="Epcicom2025"):
        raise_for([bad, good])


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("PMUN", "POPMUN", "columns missing: PMUN"),
        (";90010;", ";90999;", "90999"),
        ("\r\n27;", "\r\n27;;", "cells"),
    ],
)
def test_changed_columns_or_codes_are_refused_by_the_reader(stand_in, tmp_path, made, old, new, cause) -> None:
    publish(stand_in, POPULATIONS, made)
    one(stand_in, tmp_path, POPULATIONS)
    good = (tmp_path / POPULATIONS_PATH).read_bytes()
    publish(stand_in, POPULATIONS, made, bodies={"communes": recast(made / POPULATIONS_PATH, old, new)})
    outcome = one(stand_in, tmp_path, POPULATIONS, again=True)
    assert outcome.status == "failed"
    assert cause in " ".join(outcome.said)
    assert (tmp_path / POPULATIONS_PATH).read_bytes() == good


def test_one_more_column_in_a_new_vintage_is_read_and_noted(stand_in, tmp_path, made) -> None:
    lines = (made / POPULATIONS_PATH).read_bytes().decode().split("\r\n")
    wider = "\r\n".join(f"{line};{'PNEW' if n == 0 else n}" if line else "" for n, line in enumerate(lines)).encode()
    publish(stand_in, POPULATIONS, made, bodies={"communes": wider})
    outcome = one(stand_in, tmp_path, POPULATIONS)
    assert outcome.status == "fetched"
    assert any("PNEW" in said for said in outcome.said)


@pytest.mark.parametrize("fault", ["html-200", "empty", "broken", "cut-always", "gzip-bomb", "moved-elsewhere"])
def test_a_site_that_fails_leaves_the_last_good_file_and_its_journal(stand_in, tmp_path, made, fault) -> None:
    publish(stand_in, POPULATIONS, made)
    publish(stand_in, POPULATIONS, made, vintage="2022")
    one(stand_in, tmp_path, POPULATIONS)
    before = (tmp_path / POPULATIONS_PATH).read_bytes(), load_journal(tmp_path)
    stand_in.faults[address_of(POPULATIONS)] = fault
    outcome = one(stand_in, tmp_path, POPULATIONS, again=True)
    assert outcome.status == "failed"
    assert outcome.vintage == "2023"  # only 404 leads to the vintage before
    assert not (tmp_path / POPULATIONS / "2022").exists()
    assert before == ((tmp_path / POPULATIONS_PATH).read_bytes(), load_journal(tmp_path))


@pytest.mark.parametrize(
    "body", [zipped("other.csv", b"a;b\n"), zipped("../donnees_communes.csv", b"a;b\n"), b"PK\x03\x04 cut"]
)
def test_an_archive_that_is_not_the_producer_s_is_refused(stand_in, tmp_path, body) -> None:
    stand_in.files[address_of(POPULATIONS)] = body
    assert one(stand_in, tmp_path, POPULATIONS).status == "failed"
    assert not (tmp_path / POPULATIONS).exists()
    assert not (tmp_path.parent / "donnees_communes.csv").exists()


def test_a_source_of_several_files_takes_its_place_whole_or_not_at_all(stand_in, tmp_path, made) -> None:
    publish(stand_in, "insee-cog", made)
    stand_in.faults[address_of("insee-cog", "mouvements")] = "html-200"
    assert one(stand_in, tmp_path, "insee-cog").status == "failed"
    assert not (tmp_path / "insee-cog").exists()
    del stand_in.faults[address_of("insee-cog", "mouvements")]
    assert one(stand_in, tmp_path, "insee-cog").status == "fetched"


def test_an_interrupted_fetch_goes_on_where_it_stopped(stand_in, tmp_path, made) -> None:
    publish(stand_in, "dgcl-epci", made)
    path = address_of("dgcl-epci")
    stand_in.cut.add(path)
    assert one(stand_in, tmp_path, "dgcl-epci").status == "failed"
    assert not (tmp_path / EPCI_PATH).exists()
    stand_in.cut.clear()
    stand_in.ranges.clear()
    assert one(stand_in, tmp_path, "dgcl-epci").status == "fetched"
    assert len(stand_in.ranges) == 1
    assert int(stand_in.ranges[0].removeprefix("bytes=").removesuffix("-")) > 0
    assert (tmp_path / EPCI_PATH).read_bytes() == (made / EPCI_PATH).read_bytes()


def test_a_file_altered_since_it_was_fetched_is_fetched_again(stand_in, tmp_path, made) -> None:
    publish(stand_in, POPULATIONS, made)
    one(stand_in, tmp_path, POPULATIONS)
    (tmp_path / POPULATIONS_PATH).write_bytes(b"altered")
    assert one(stand_in, tmp_path, POPULATIONS).status == "fetched"
    assert (tmp_path / POPULATIONS_PATH).read_bytes() == (made / POPULATIONS_PATH).read_bytes()


def test_a_file_altered_and_accepted_after_review_is_kept_until_asked_again(stand_in, tmp_path, made) -> None:
    publish(stand_in, POPULATIONS, made)
    one(stand_in, tmp_path, POPULATIONS)
    (tmp_path / POPULATIONS_PATH).write_bytes(b"reviewed")
    accept(tmp_path, POPULATIONS_PATH, because="a line corrected by the producer's letter")
    outcome = one(stand_in, tmp_path, POPULATIONS)
    assert outcome.status == "kept" and "accepted after review" in outcome.said[0]
    (tmp_path / POPULATIONS_PATH).write_bytes(b"altered again")
    assert one(stand_in, tmp_path, POPULATIONS).status == "fetched"


def test_a_vintage_that_its_reader_refuses_is_not_downloaded(stand_in, tmp_path) -> None:
    outcome = one(stand_in, tmp_path, "insee-ds-filosofi", millesime="2022")
    assert outcome.status == "no address" and "2022 does not exist" in outcome.said[0]
    assert sum(stand_in.asked.values()) == 0


def test_a_file_put_there_by_hand_is_kept_and_said(stand_in, tmp_path) -> None:
    (tmp_path / POPULATIONS_PATH).parent.mkdir(parents=True)
    (tmp_path / POPULATIONS_PATH).write_bytes(b"mine")
    outcome = one(stand_in, tmp_path, POPULATIONS)
    assert outcome.status == "kept"
    assert "by hand" in outcome.said[0]
    assert sum(stand_in.asked.values()) == 0


def test_a_source_without_an_address_is_said_and_fails_only_when_named(tmp_path) -> None:
    outcomes = fetch([job_of(get_source("cartosante")), job_of(get_source("banatic"))], tmp_path)
    assert [o.status for o in outcomes] == ["by hand", "by hand"]
    assert "no stable address" in outcomes[0].said[0]
    raise_for(outcomes)
    with pytest.raises(FetchFailed, match="cartosante"):
        raise_for(outcomes, ["cartosante"])


def _child(root: str, mirror: str, answer) -> None:
    def resolve(url: str) -> str:
        return f"{root}/{url.removeprefix('https://')}"

    found = fetch([job(i) for i in ("dgcl-epci", POPULATIONS)], Path(mirror), resolve=resolve, network=QUICK)
    answer.put([o.status for o in found])


def test_two_processes_at_once_share_the_work_and_the_journal(stand_in, tmp_path, made) -> None:
    for source_id in ("dgcl-epci", POPULATIONS):
        publish(stand_in, source_id, made)
    context = multiprocessing.get_context("fork")
    answer = context.Queue()
    children = [context.Process(target=_child, args=(stand_in.root, str(tmp_path), answer)) for _ in range(2)]
    for child in children:
        child.start()
    found = [answer.get(timeout=60) for _ in children]
    for child in children:
        child.join(timeout=60)
    assert sorted(status for statuses in found for status in statuses) == ["fetched", "fetched", "kept", "kept"]
    assert sorted(load_journal(tmp_path)) == [EPCI_PATH, POPULATIONS_PATH]
    assert {count for path, count in stand_in.asked.items()} == {1}
    assert not list((tmp_path / ".fetching").rglob("*.lock"))


def test_a_fetch_that_fails_leaves_no_lock_and_no_empty_folder(stand_in, tmp_path) -> None:
    assert one(stand_in, tmp_path, POPULATIONS).status == "failed"
    left = sorted(p.name for p in (tmp_path / ".fetching").rglob("*") if not p.name.startswith(".pace-"))
    assert left == ["incoming"]
    assert not list((tmp_path / ".fetching").rglob("*.lock"))


def test_a_fetch_that_is_killed_leaves_the_mirror_as_it_was_and_the_next_one_succeeds(stand_in, tmp_path, made) -> None:
    publish(stand_in, POPULATIONS, made)
    one(stand_in, tmp_path, POPULATIONS)
    good = (tmp_path / POPULATIONS_PATH).read_bytes()
    (tmp_path / POPULATIONS_PATH).write_bytes(good + b"altered")
    path = address_of(POPULATIONS)
    stand_in.faults[path] = "drip"
    stand_in.asked.clear()
    context = multiprocessing.get_context("fork")
    child = context.Process(target=_child, args=(stand_in.root, str(tmp_path), context.Queue()))
    child.start()
    deadline = time.monotonic() + 30
    while not stand_in.asked[path] and time.monotonic() < deadline:
        time.sleep(0.02)
    assert stand_in.asked[path] == 1
    child.kill()
    child.join(timeout=30)
    assert (tmp_path / POPULATIONS_PATH).read_bytes() == good + b"altered"
    stand_in.faults.clear()
    assert one(stand_in, tmp_path, POPULATIONS).status == "fetched"
    assert (tmp_path / POPULATIONS_PATH).read_bytes() == good


def test_a_folder_that_cannot_be_written_is_an_error_before_any_request(stand_in, tmp_path, made) -> None:
    publish(stand_in, POPULATIONS, made)
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageFailed, match="cannot be written") as caught:
        one(stand_in, tmp_path / "file" / "mirror", POPULATIONS)
    assert caught.value.exit_code == 9
    assert sum(stand_in.asked.values()) == 0


def test_a_read_only_folder_is_left_alone_even_by_root(stand_in, tmp_path, made) -> None:
    publish(stand_in, POPULATIONS, made)
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    mirror.chmod(0o555)
    with pytest.raises(StorageFailed, match="marked read-only") as caught:
        one(stand_in, mirror, POPULATIONS)
    assert "--mirror" in str(caught.value)
    assert list(mirror.iterdir()) == []
    assert sum(stand_in.asked.values()) == 0


def test_a_reader_that_breaks_down_is_a_failure_of_that_source_only(stand_in, tmp_path, made) -> None:
    from dataclasses import replace

    publish(stand_in, POPULATIONS, made)

    def breaks(_paths):
        raise KeyError("nobody foresaw this")

    broken = replace(job(POPULATIONS), check=breaks)
    outcome = fetch([broken], tmp_path, resolve=resolver(stand_in), network=QUICK)[0]
    assert outcome.status == "failed"
    assert "KeyError" in outcome.said[0]
    assert not (tmp_path / POPULATIONS_PATH).exists()


def test_a_melodi_address_gives_the_data_file_of_the_archive_for_any_vintage() -> None:
    url = "https://api.insee.fr/melodi/file/DS_X/DS_X_2024_CSV_FR"
    file = File("data", "made-up/2024/DS_X_2024_data.csv", url)
    from cls_analysis.sources.fetching.plan import Job

    item = wanted(Job("made-up", "2024", (file,), lambda _: []), "2025")[0]
    assert item.address.url == url.replace("2024", "2025")
    assert (item.path, item.address.form, item.member) == ("made-up/2025/DS_X_2025_data.csv", "zip", "*_data.csv")


@pytest.mark.official
def test_official_files_served_by_the_stand_in_pass_their_own_readers(stand_in, tmp_path) -> None:
    asked = os.environ.get("CLS_DATA_MIRROR")
    if not asked or not Path(asked).is_dir():
        pytest.skip("OFFICIAL FILES ABSENT: set CLS_DATA_MIRROR to the mirror to run this test")
    ids = FETCHABLE
    for source_id in ids:
        publish(stand_in, source_id, Path(asked))
    outcomes = fetch([job_of(get_source(i)) for i in ids], tmp_path, resolve=resolver(stand_in), network=QUICK)
    assert {(o.source, o.status) for o in outcomes} == {(i, "fetched") for i in ids}, outcomes
