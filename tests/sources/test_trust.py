"""Every file that enters a build is told: the producer's, by a hash that says so, or not verified."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cls_analysis import sources
from cls_analysis.cli.data import app
from cls_analysis.diagnostic.controls import counted
from cls_analysis.errors import DataMissing, InvalidInput, StorageFailed, UnknownName
from cls_analysis.sources.journal import load_accepted, record, sha256
from cls_analysis.sources.trust import Records, known_files, reviewed, trust
from tests.sources.doors import built, scoped

SOURCE = "insee-populations-reference"
PATH = "insee-populations-reference/2023/donnees_communes.csv"
RUN = CliRunner()


@pytest.fixture
def mirror(made: Callable[[str], Path]) -> Iterator[Path]:
    with scoped(SOURCE, ("90",)):
        yield made(SOURCE)


def level(processed: Path) -> str:
    return sources.load_trust("official", processed)[SOURCE][PATH]["level"]


def listed(mirror: Path) -> None:
    (mirror / "MANIFEST.csv").write_text(f"path,sha256\n{PATH},{sha256(mirror / PATH)}\n", encoding="utf-8")


def fetched(mirror: Path) -> None:
    entry = {
        "source": SOURCE, "vintage": "2023", "url": "https://producer.example/a", "final_url": "https://producer.example/a",
        "fetched_at": "2026-05-04T10:00:00+00:00", "sha256": sha256(mirror / PATH), "bytes": 1,
    }  # fmt: skip
    (mirror / ".fetching").mkdir()
    record(mirror, {PATH: entry})


def spoil(mirror: Path) -> None:
    """Another plausible figure in one cell, the sums kept: what no reader can see."""
    text = (mirror / PATH).read_text(encoding="utf-8")
    rows = list(csv.reader(text.splitlines(), delimiter=";"))
    rows[1][8], rows[1][10] = str(int(rows[1][8]) + 1), str(int(rows[1][10]) + 1)
    (mirror / PATH).write_text("".join(";".join(row) + "\r\n" for row in rows), encoding="utf-8", newline="")


def test_a_file_that_nothing_vouches_for_is_read_and_told(mirror: Path, tmp_path: Path) -> None:
    checks = built(mirror, tmp_path / "out")
    assert level(tmp_path / "out") == "unverified"
    (check,) = [check for check in checks if check.key == f"trust/{SOURCE}"]
    assert check.status == "doubtful" and check.detail == f"fichier non vérifié par empreinte : {PATH}"
    said = counted(checks).plain.replace("\u202f", " ").replace("\xa0", " ")
    assert "1 fichier n’est pas vérifié par empreinte" in said and "Populations de référence" in said


def test_the_second_build_of_an_unverified_file_does_not_make_it_verified(mirror: Path, tmp_path: Path) -> None:
    for _ in range(2):
        built(mirror, tmp_path / "out")
    assert level(tmp_path / "out") == "unverified"


def test_a_file_listed_by_the_manifest_is_trusted_and_stays_so_when_the_manifest_goes(
    mirror: Path, tmp_path: Path
) -> None:
    listed(mirror)
    checks = built(mirror, tmp_path / "out")
    assert level(tmp_path / "out") == "listed"
    assert {c.status for c in checks if c.key.startswith("trust/")} == {"ok"}
    (mirror / "MANIFEST.csv").unlink()
    for _ in range(2):
        built(mirror, tmp_path / "out")
        told = sources.load_trust("official", tmp_path / "out")[SOURCE][PATH]
        assert (told["level"], told["why"]) == ("unchanged", "listed: MANIFEST.csv of the mirror")
    spoil(mirror)
    built(mirror, tmp_path / "out")
    assert level(tmp_path / "out") == "unverified"


def test_a_downloaded_file_is_compared_with_the_journal_at_each_build(mirror: Path, tmp_path: Path) -> None:
    fetched(mirror)
    built(mirror, tmp_path / "out")
    assert level(tmp_path / "out") == "fetched"
    before = sources.load_observations(SOURCE, mode="official", processed=tmp_path / "out")
    spoil(mirror)
    with pytest.raises(InvalidInput) as caught:
        built(mirror, tmp_path / "out")
    said = str(caught.value)
    assert "changed after its download of 2026-05-04" in said and "opened and saved by a spreadsheet" in said
    assert f"cls-analysis data fetch {SOURCE}" in said and f"cls-analysis data trust {PATH}" in said
    assert sources.load_observations(SOURCE, mode="official", processed=tmp_path / "out").equals(before)


def test_a_file_with_which_this_version_was_tested_is_known_wherever_it_lies() -> None:
    path, one = next(iter(known_files().items()))
    told = trust([{"path": path, "sha256": one["sha256"]}], Records(), {})[path]
    assert told["level"] == "known" and one["producer"] in told["why"]
    other = trust([{"path": path, "sha256": "0" * 64}], Records(), {})[path]
    assert other["level"] == "unverified" and "differs from the published file" in other["why"]


def test_known_files_are_files_of_declared_sources_and_none_twice() -> None:
    declared = {file.path for source in sources.all_sources().values() for file in source.files}
    assert set(known_files()) <= declared
    assert len({one["sha256"] for one in known_files().values()}) == len(known_files()) >= 10


def test_a_file_is_accepted_after_review_with_its_hash_and_the_reason_and_only_that_file(
    mirror: Path, tmp_path: Path
) -> None:
    fetched(mirror)
    spoil(mirror)
    asked = ["trust", PATH, "--because", "compared with the page of the producer", "--mirror", str(mirror)]
    result = RUN.invoke(app, asked)
    assert result.exit_code == 0 and "accepted, SHA-256" in result.stdout and "data build" in result.stdout
    entry = load_accepted(mirror)[PATH]
    assert entry["sha256"] == sha256(mirror / PATH) and set(entry) == {"sha256", "because", "accepted_at"}
    built(mirror, tmp_path / "out")
    told = sources.load_trust("official", tmp_path / "out")[SOURCE]
    assert told[PATH]["level"] == "accepted" and "page of the producer" in told[PATH]["why"] and reviewed(told)
    spoil(mirror)
    with pytest.raises(InvalidInput, match="changed after its download"):
        built(mirror, tmp_path / "out")


@pytest.mark.parametrize("where", ["whole path", "inside the mirror"])
def test_a_file_may_be_named_by_its_whole_path(mirror: Path, where: str) -> None:
    name = str(mirror / PATH) if where == "whole path" else PATH
    assert RUN.invoke(app, ["trust", name, "--because", "seen and compared", "--mirror", str(mirror)]).exit_code == 0
    assert PATH in load_accepted(mirror)


def test_what_cannot_be_accepted_is_said(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(path: str, because: str = "seen and compared") -> BaseException | None:
        return RUN.invoke(app, ["trust", path, "--because", because, "--mirror", str(mirror)]).exception

    assert isinstance(asked("insee-cog/2026/nothing.csv"), DataMissing)
    (mirror / "other").mkdir()
    (mirror / "other" / "notes.csv").write_text("a", encoding="utf-8")
    assert isinstance(asked("other/notes.csv"), UnknownName)
    assert isinstance(asked(PATH, because="ok"), InvalidInput)
    listed(mirror)
    spoil(mirror)
    refused = asked(PATH)
    assert isinstance(refused, InvalidInput) and "MANIFEST.csv of the mirror lists another hash" in str(refused)
    assert load_accepted(mirror) == {}

    def full(*_args: object, **_options: object) -> None:
        raise OSError(30, "Read-only file system")

    (mirror / "MANIFEST.csv").unlink()
    monkeypatch.setattr("cls_analysis.sources.journal.os.fsync", full)
    assert isinstance(asked(PATH), StorageFailed)


def test_the_manifest_decides_over_a_download_of_another_file(mirror: Path, tmp_path: Path) -> None:
    fetched(mirror)
    spoil(mirror)
    listed(mirror)
    built(mirror, tmp_path / "out")
    assert level(tmp_path / "out") == "listed"


def test_status_shows_the_level_and_its_proof(mirror: Path, tmp_path: Path) -> None:
    built(mirror, tmp_path / "out")
    asked = ["status", "--data", "official", "--processed", str(tmp_path / "out"), "--mirror", str(mirror)]
    row = json.loads(RUN.invoke(app, [*asked, "--json"]).stdout)["official"]["sources"][SOURCE]
    assert row["trust"] == "unverified" and row["files"][0]["level"] == "unverified"
    table = RUN.invoke(app, asked).stdout
    assert SOURCE in table and "unverified" in table
    assert "unverified: differs from the published file" in RUN.invoke(app, ["status", SOURCE, *asked[1:]]).stdout
