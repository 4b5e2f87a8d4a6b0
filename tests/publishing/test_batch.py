"""Batches: every report that can be made is made, whatever happens to the others and to the workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from cls_analysis.errors import ReportFailed
from cls_analysis.publishing.batch import Outcome, raise_for_failures, run_batch, summary
from cls_analysis.publishing.making import Job, make
from cls_analysis.publishing.manifest import output_problems

MakeJob = Callable[..., Job]


def pages(job: Job) -> dict[str, bytes]:
    return {path.parent.parent.name: path.read_bytes() for path in sorted(job.out.glob("*/2026-simule/*.html"))}


def test_failed_hung_and_killed_reports_do_not_stop_the_others_and_resume_redoes_only_them(job: MakeJob) -> None:
    options = {"formats": ("html",), "timeout": 20.0}
    jobs = [job("a", **options), job("b", "raise", **options), job("c", "die", **options), job("d", **options)]
    jobs.append(job("e", "hang", formats=("html",), timeout=4.0))
    heard: list[Outcome] = []
    outcomes = run_batch(jobs, workers=2, on_outcome=heard.append)
    assert [outcome.result is not None for outcome in outcomes] == [True, False, False, True, False]
    assert len(heard) == 5
    with pytest.raises(ReportFailed) as caught:
        raise_for_failures(outcomes)
    assert caught.value.exit_code == 7
    assert [line[:2] for line in caught.value.problems] == ["b:", "c:", "e:"]
    assert "territory 'b' is not known" in caught.value.problems[0]
    assert "process died" in caught.value.problems[1]
    assert "had not finished" in caught.value.problems[2]
    assert summary(outcomes).startswith("2 reports made, 0 kept, 3 failed")
    before = pages(jobs[0])
    again = run_batch([jobs[0], jobs[3], job("b", **options)], workers=1, resume=True)
    assert [outcome.attempts for outcome in again] == [0, 0, 1]
    assert {name: page for name, page in pages(jobs[0]).items() if name != "b"} == before


def test_a_report_from_a_batch_has_the_bytes_of_a_report_made_alone(job: MakeJob) -> None:
    given = job("a", formats=("html", "xlsx", "csv"))
    [outcome] = run_batch([given], workers=2)
    assert outcome.result is not None
    batch = {path.name: path.read_bytes() for path in outcome.result.files}
    assert {path.name: path.read_bytes() for path in make(given).files} == batch


def test_the_report_made_in_the_warm_parent_and_the_one_beside_have_the_bytes_of_reports_made_alone(
    job: MakeJob, tmp_path: Path
) -> None:
    given = [job(name, formats=("html", "xlsx", "csv")) for name in ("a", "b", "c", "d")]
    outcomes = run_batch(given, workers=2)  # enough for one of them to be made in the parent
    for outcome in outcomes:
        assert outcome.result is not None, outcome.problem
        alone = make(replace(outcome.job, out=tmp_path / "alone", engine=None))
        assert [path.name for path in alone.files] == [path.name for path in outcome.result.files]
        for mine, theirs in zip(alone.files, outcome.result.files, strict=True):
            assert mine.read_bytes() == theirs.read_bytes(), mine.name


def test_a_report_whose_process_is_killed_once_is_made_again_and_one_killed_twice_is_reported(
    job: MakeJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "killing_work.py"
    module.write_text(
        textwrap.dedent(
            f"""
            import os, pathlib, signal
            from cls_analysis.publishing.making import make as plain

            def make(job):
                flag = pathlib.Path({str(tmp_path)!r}) / f"killed-{{job.territory}}"
                if job.territory == "always" or (job.territory == "once" and not flag.exists()):
                    flag.touch()
                    os.kill(os.getpid(), signal.SIGKILL)
                result = plain(job)
                if job.territory == "late" and not flag.exists():
                    flag.touch()
                    os.kill(os.getpid(), signal.SIGKILL)
                return result
            """
        )
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    import killing_work

    monkeypatch.setattr("cls_analysis.publishing.batch.make", killing_work.make)
    jobs = [job(name, formats=("csv",)) for name in ("a", "once", "always", "late", "b")]
    outcomes = run_batch(jobs, workers=2)
    assert [outcome.result is not None for outcome in outcomes] == [True, True, False, True, True], [
        outcome.problem for outcome in outcomes
    ]
    assert [outcome.attempts for outcome in outcomes][1:] == [2, 2, 2, 1]
    assert outcomes[0].attempts in (1, 2)  # begun before the one in the warm parent, it may be lost with that parent
    assert outcomes[2].problem == "its process died twice (killed, or out of memory)"
    assert all(output_problems(o.result.manifest) == [] for o in outcomes if o.result)


SCRIPT = """
import pathlib, signal, sys
from cls_analysis.publishing.batch import run_batch
from cls_analysis.publishing.making import Job

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job starts with it ignored
    notebook, out, resume = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3] == "resume"
    jobs = [Job(f"t{n}", "pre-diagnostic", notebook, out, {"territory": f"t{n}"}, inputs={"t": 1}, formats=("html",))
            for n in range(30)]
    run_batch(jobs, workers=2, resume=resume, on_outcome=lambda o: print(o.job.territory, o.attempts, flush=True))
"""


def started(script: Path, notebook: Path, out: Path, mode: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(script), str(notebook), str(out), mode]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def descendants(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def all_gone(processes: list[psutil.Process], *, within: float = 15.0) -> list[psutil.Process]:
    _, alive = psutil.wait_procs(processes, timeout=within)
    return alive


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
def test_a_batch_stopped_in_the_middle_leaves_no_process_and_resumes_to_the_same_bytes(
    how: signal.Signals, notebook_path: Path, tmp_path: Path
) -> None:
    script = tmp_path / "run.py"
    script.write_text(SCRIPT)
    running = started(script, notebook_path, tmp_path / "cut", "fresh")
    assert running.stdout is not None
    assert running.stdout.readline() in {"t0 1\n", "t1 1\n"}
    left = descendants(running)
    os.kill(running.pid, how)
    running.wait(timeout=20)
    assert running.returncode != 0
    assert all_gone(left) == []
    manifests = list((tmp_path / "cut").glob("*/2026-simule/manifest.json"))
    assert 1 <= len(manifests) < 30
    assert [output_problems(path) for path in manifests] == [[]] * len(manifests)
    if how is signal.SIGINT:
        return  # what follows does not depend on the signal
    resumed = started(script, notebook_path, tmp_path / "cut", "resume")
    out, err = resumed.communicate(timeout=90)
    assert resumed.returncode == 0, err
    assert sum(line.endswith(" 0") for line in out.splitlines()) == len(manifests)
    whole = started(script, notebook_path, tmp_path / "whole", "fresh")
    assert whole.wait(timeout=90) == 0
    cut, undisturbed = (
        {path.relative_to(root): path.read_bytes() for path in root.glob("*/2026-simule/*.html")}
        for root in (tmp_path / "cut", tmp_path / "whole")
    )
    assert cut == undisturbed
    assert len(cut) == 30


def test_a_warm_parent_killed_in_the_middle_is_replaced_and_every_report_is_made(job: MakeJob) -> None:
    killed: list[int] = []

    def kill_parent(_outcome: Outcome) -> None:
        if not killed:
            [parent] = psutil.Process().children()
            killed.append(parent.pid)
            parent.kill()

    jobs = [job(f"t{n}", formats=("html",)) for n in range(6)]
    outcomes = run_batch(jobs, workers=2, on_outcome=kill_parent)
    assert killed
    assert [outcome.problem for outcome in outcomes] == [None] * 6, [outcome.problem for outcome in outcomes]
    assert {outcome.attempts for outcome in outcomes} <= {1, 2}
    assert psutil.Process().children() == []
    alone = make(jobs[5])
    assert alone.page is not None
    assert pages(jobs[0])["t5"] == alone.page.read_bytes()
    assert [path for path in (jobs[0].out / ".work").iterdir() if path.is_dir()] == []
