"""Making a report: whole or not at all, the last good one kept, resumed only when everything still matches."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from cls_analysis.errors import InvalidInput, ReportFailed, StorageFailed
from cls_analysis.publishing import making
from cls_analysis.publishing.making import Job, finished, make
from cls_analysis.publishing.manifest import output_problems

MakeJob = Callable[..., Job]


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, the moment of making taken out of the manifest."""
    found = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    found["manifest.json"] = b"\n".join(
        line for line in found["manifest.json"].splitlines() if b'"made_at"' not in line
    )
    return found


def test_a_report_is_made_twice_with_the_same_bytes_and_then_reused(job: MakeJob) -> None:
    one = make(job())
    first = bytes_of(one.folder)
    assert [path.suffix for path in one.files] == [".html", ".xlsx", ".csv"]
    assert all("-donnees-simulees." in path.name for path in one.files)
    assert bytes_of(make(job()).folder) == first
    kept = finished(job())
    assert kept is not None
    assert kept.reused
    assert kept.files == one.files


def test_a_simulated_report_and_an_official_one_of_one_edition_do_not_replace_each_other(job: MakeJob) -> None:
    simulated = make(job())
    before = bytes_of(simulated.folder)
    official = make(job(trouble="real"))
    assert [simulated.folder.name, official.folder.name] == ["2026-simule", "2026"]
    assert bytes_of(simulated.folder) == before
    assert output_problems(simulated.manifest) == output_problems(official.manifest) == []
    kept = [finished(job()), finished(job(trouble="real"))]
    assert [result and result.folder for result in kept] == [simulated.folder, official.folder]


def test_other_inputs_parameters_formats_or_a_damaged_file_are_not_reused(job: MakeJob) -> None:
    result = make(job(formats=("html", "csv")))
    done = job(formats=("html",))
    assert finished(done) is not None
    assert finished(replace(done, inputs={"table": "abd"})) is None
    assert finished(replace(done, parameters={**done.parameters, "edition": "2027"})) is None
    assert finished(replace(done, formats=("html", "pdf"))) is None
    assert result.page is not None
    result.page.write_text("cut sh")
    assert finished(done) is None


def test_a_path_of_this_machine_does_not_enter_the_manifest(job: MakeJob) -> None:
    result = make(replace(job(formats=("csv",)), environment={"CLS_PROCESSED": "/somewhere/else"}))
    assert "/somewhere" not in result.manifest.read_text()
    assert str(Path.cwd()) not in result.manifest.read_text()


def test_a_failed_run_leaves_the_last_good_report(job: MakeJob) -> None:
    good = make(job(formats=("html",)))
    before = bytes_of(good.folder)
    with pytest.raises(ReportFailed):
        make(job(trouble="raise", formats=("html",)))
    assert bytes_of(good.folder) == before
    assert output_problems(good.manifest) == []
    assert [path.name for path in (job().out / making.WORK).iterdir() if path.is_dir()] == []


def test_a_report_for_another_territory_than_asked_is_refused(job: MakeJob) -> None:
    given = job()
    with pytest.raises(InvalidInput, match="declares territory 'petr-exemple', but 'autre' was asked for"):
        make(replace(given, territory="autre"))


def test_files_that_a_new_run_replaces_do_not_outlive_it(job: MakeJob) -> None:
    first = make(job(formats=("html", "csv")))
    (first.folder / "notes-de-l-analyste.txt").write_text("à garder")
    make(job(formats=("html",)))
    names = sorted(path.name for path in first.folder.iterdir())
    assert [name.rsplit(".", 1)[1] for name in names] == ["json", "txt", "html"]


def test_an_unknown_format_is_refused(job: MakeJob) -> None:
    with pytest.raises(InvalidInput, match="format 'docx'"):
        job(formats=("html", "docx"))


def test_a_full_disk_says_so_and_leaves_no_half_report(job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    good = make(job(formats=("html",)))
    before = bytes_of(good.folder)

    def full(*_args: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "page.html")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(StorageFailed, match="No space left"):
        make(job(formats=("html",)))
    monkeypatch.undo()
    assert bytes_of(good.folder) == before


def test_a_report_already_being_made_elsewhere_is_not_made_twice_at_once(
    job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "LOCK_WAIT", 0.1)
    given = job()
    work = given.out / making.WORK
    work.mkdir(parents=True)
    with (
        FileLock(work / "petr-exemple.pre-diagnostic.lock"),
        pytest.raises(StorageFailed, match="another run is making"),
    ):
        make(given)


def test_a_run_killed_while_it_moves_files_is_never_taken_for_a_report(job: MakeJob, tmp_path: Path) -> None:
    given = job(formats=("html", "csv"))
    good = make(given)
    script = textwrap.dedent(
        f"""
        import os, pathlib, signal
        from cls_analysis.publishing.making import Job, make
        moved = []
        plain = pathlib.Path.replace
        def replace(self, target):
            if self.suffix == ".html":
                self.write_text("other bytes")
            plain(self, target)
            moved.append(target)
            os.kill(os.getpid(), signal.SIGKILL)
        pathlib.Path.replace = replace
        make(Job("petr-exemple", "pre-diagnostic", pathlib.Path({str(given.notebook)!r}),
                 pathlib.Path({str(given.out)!r}), dict({dict(given.parameters)!r}),
                 inputs={dict(given.inputs)!r}, formats=("html", "csv")))
        """
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, check=False)
    assert ended.returncode == -9, ended.stderr
    assert output_problems(good.manifest) != []
    assert finished(given) is None
    again = make(given)
    assert output_problems(again.manifest) == []
    assert finished(given) is not None


def test_the_manifest_is_valid_json_with_every_part(job: MakeJob) -> None:
    result = make(job(formats=("csv",)))
    manifest = json.loads(result.manifest.read_text())
    assert {"made_at", "versions", "parameters", "inputs", "indicators", "figures", "sources", "outputs"} <= set(
        manifest
    )
    shutil.rmtree(result.folder)
    assert finished(job(formats=("csv",))) is None
