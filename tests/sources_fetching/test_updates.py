"""Is there something newer? Each kind of address has its honest answer; the commands print it and exit as documented."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cls_analysis.cli import data as command
from cls_analysis.errors import FetchFailed, UnknownName
from cls_analysis.sources import fetching, get_source
from cls_analysis.sources.fetching.fetch import fetch
from cls_analysis.sources.fetching.jobs import all_jobs
from cls_analysis.sources.fetching.plan import Job, job_of, remote_of, wanted
from cls_analysis.sources.fetching.updates import updates
from cls_analysis.sources.journal import load_journal, record
from cls_analysis.sources.model import File
from tests.sources.made import MAKERS
from tests.sources_fetching.producers import QUICK, job, local, publish, resolver

RUN = CliRunner()
WORKBOOK = b"PK\x03\x04 the first bytes of a workbook"


def ask(server, mirror: Path, source_id: str):
    return updates([job(source_id)], mirror, resolve=resolver(server), network=QUICK)[0]


def epci(vintage: str) -> str:
    return local(wanted(job("dgcl-epci"), vintage)[0].address.url)


def test_the_address_of_a_later_year_that_answers_is_a_newer_vintage(stand_in, tmp_path) -> None:
    stand_in.files[epci("2026")] = WORKBOOK
    found = ask(stand_in, tmp_path, "dgcl-epci")
    assert (found.answer, found.newest) == ("newer", "2026")
    assert "this version reads 2025" in found.said
    assert list(tmp_path.iterdir()) == []


def test_404_at_both_later_years_is_current(stand_in, tmp_path) -> None:
    found = ask(stand_in, tmp_path, "dgcl-epci")
    assert (found.answer, found.newest, found.said) == ("current", "2025", "404 at the addresses of 2026, 2027")


@pytest.mark.parametrize(
    ("fault", "cause"), [("html-200", "web page"), ("broken", "500"), ("moved-elsewhere", "does not declare")]
)
def test_a_site_that_gives_something_else_cannot_tell(stand_in, tmp_path, fault, cause) -> None:
    stand_in.faults[epci("2026")] = fault
    found = ask(stand_in, tmp_path, "dgcl-epci")
    assert (found.answer, found.newest) == ("cannot tell", None)
    assert cause in found.said


def test_page_numbers_and_files_brought_by_hand_cannot_tell(stand_in, tmp_path) -> None:
    assert "page number" in ask(stand_in, tmp_path, "insee-populations-reference").said
    by_hand = updates([job_of(get_source("cartosante"))], tmp_path)[0]
    assert (by_hand.answer, by_hand.newest) == ("cannot tell", None)


def test_one_address_for_every_vintage_is_compared_with_the_last_fetch(stand_in, tmp_path) -> None:
    MAKERS["drees-apl"](tmp_path / "made", ("90",))
    publish(stand_in, "drees-apl", tmp_path / "made")
    assert ask(stand_in, tmp_path, "drees-apl").answer == "cannot tell"
    fetch([job("drees-apl")], tmp_path, resolve=resolver(stand_in), network=QUICK)
    assert ask(stand_in, tmp_path, "drees-apl").answer == "current"
    address = local(wanted(job("drees-apl"), "2023")[0].address.url)
    stand_in.files[address] = WORKBOOK
    changed = ask(stand_in, tmp_path, "drees-apl")
    assert changed.answer == "newer"
    assert "changed since" in changed.said


def test_a_change_in_the_last_file_of_a_source_is_seen_too(stand_in, tmp_path) -> None:
    MAKERS["drees-apl"](tmp_path / "made", ("90",))
    publish(stand_in, "drees-apl", tmp_path / "made")
    fetch([job("drees-apl")], tmp_path, resolve=resolver(stand_in), network=QUICK)
    stand_in.files[local(wanted(job("drees-apl"), "2023")[-1].address.url)] = WORKBOOK
    assert ask(stand_in, tmp_path, "drees-apl").answer == "newer"


def test_an_opendatasoft_dataset_tells_when_its_data_changed(stand_in, tmp_path) -> None:
    file = get_source("ameli-demographie").files[0]
    page = local(file.remote.changes)
    stand_in.files[page] = json.dumps({"metas": {"default": {"modified": "2026-07-06T09:00:00+00:00"}}}).encode()
    assert ask(stand_in, tmp_path, "ameli-demographie").answer == "cannot tell"
    for fetched, answer in (("2026-01-01", "newer"), ("2026-08-01", "current")):
        (tmp_path / ".fetching").mkdir(exist_ok=True)
        record(tmp_path, {file.path: {"fetched_at": f"{fetched}T00:00:00+00:00"}})
        assert ask(stand_in, tmp_path, "ameli-demographie").answer == answer
    stand_in.files[page] = b'{"metas": []}'
    assert "does not say" in ask(stand_in, tmp_path, "ameli-demographie").said


@pytest.mark.parametrize(
    ("titles", "answer", "newest"),
    [(["stock 2025", "stock 2027"], "newer", "2027"), (["stock 2025"], "cannot tell", None), ([], "cannot tell", None)],
)
def test_a_dataset_s_page_is_asked_for_its_list_of_files(stand_in, tmp_path, titles, answer, newest) -> None:
    page = Job(
        "made-up",
        "2026",
        (File("a", "made-up/2026/a.csv", "https://www.data.gouv.fr/datasets/made-up/"),),
        lambda _: [],
    )
    listed = [{"title": title, "last_modified": f"2026-0{n + 1}-01T00:00:00"} for n, title in enumerate(titles)]
    stand_in.files["/www.data.gouv.fr/api/1/datasets/made-up/"] = json.dumps({"resources": listed}).encode()
    found = updates([page], tmp_path, resolve=resolver(stand_in), network=QUICK)[0]
    assert (found.answer, found.newest) == (answer, newest)
    assert fetch([page], tmp_path, resolve=resolver(stand_in), network=QUICK)[0].status == "by hand"


@pytest.fixture
def two_jobs(stand_in, monkeypatch) -> dict[str, Job]:
    """Two made-up sources on loopback, as the command finds them."""
    jobs = {
        name: Job(name, "2025", (File("a", f"{name}/2025/a.csv", f"{stand_in.root}/{name}.csv"),), lambda _: ["read"])
        for name in ("made-a", "made-b")
    }
    stand_in.files["/made-a.csv"] = b"x;y\n1;2\n"
    monkeypatch.setattr(fetching, "all_jobs", lambda: jobs)

    def get(name: str) -> Job:
        if name not in jobs:
            raise UnknownName(f"{name!r} is not known")
        return replace(jobs[name])

    monkeypatch.setattr(fetching, "get_job", get)
    return jobs


@pytest.mark.usefixtures("two_jobs")
def test_the_command_keeps_what_came_and_exits_with_6_for_what_did_not(tmp_path) -> None:
    result = RUN.invoke(command.app, ["fetch", "--mirror", str(tmp_path)])
    assert isinstance(result.exception, FetchFailed)
    assert result.exception.exit_code == 6
    assert "made-b" in str(result.exception)
    assert "made-a.csv" not in str(result.exception)
    assert (tmp_path / "made-a/2025/a.csv").read_bytes() == b"x;y\n1;2\n"
    assert sorted(load_journal(tmp_path)) == ["made-a/2025/a.csv"]


@pytest.mark.usefixtures("two_jobs")
def test_the_command_says_what_to_build_next_and_status_shows_what_was_fetched(tmp_path) -> None:
    result = RUN.invoke(command.app, ["fetch", "made-a", "--mirror", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "data build --data official" in result.stdout
    told = RUN.invoke(
        command.app, ["status", "--mirror", str(tmp_path), "--processed", str(tmp_path / "none"), "--json"]
    )
    row = json.loads(told.stdout)["fetched"]["made-a/2025/a.csv"]
    assert (row["source"], row["vintage"], row["age_days"], row["there"]) == ("made-a", "2025", 0, True)
    assert row["final_url"].endswith("/made-a.csv")
    shown = RUN.invoke(command.app, ["status", "--mirror", str(tmp_path), "--processed", str(tmp_path / "none")])
    assert "1 fetched files" in shown.stdout
    unknown = RUN.invoke(command.app, ["fetch", "made-c", "--mirror", str(tmp_path)])
    assert isinstance(unknown.exception, UnknownName)


@pytest.mark.usefixtures("two_jobs")
def test_the_command_lists_updates_as_json(tmp_path) -> None:
    found = json.loads(RUN.invoke(command.app, ["update", "--mirror", str(tmp_path), "--json"]).stdout)
    assert [(one["source"], one["answer"]) for one in found] == [("made-a", "cannot tell"), ("made-b", "cannot tell")]


def test_every_source_is_in_the_list_of_addresses_to_try_or_to_bring_by_hand() -> None:
    page = (Path(__file__).parents[2] / "docs" / "fetching.md").read_text(encoding="utf-8")
    tried, by_hand = page.split("Brought by hand")
    for name, one in all_jobs().items():
        fetchable = all(remote_of(file) for file in one.files)
        assert f"`{name}`" in (tried if fetchable else by_hand), name
