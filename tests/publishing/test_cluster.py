"""The same batch on a Dask cluster of three processes, one of them killed while it renders."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from cls_analysis.errors import ReportFailed
from cls_analysis.publishing.batch import Outcome, run_batch
from cls_analysis.publishing.making import Job, make
from cls_analysis.publishing.manifest import output_problems

distributed = pytest.importorskip("distributed", reason="SKIPPED LOUDLY: the extra `cluster` is not installed")

pytestmark = pytest.mark.slow


def test_a_killed_cluster_worker_costs_nothing_and_the_bytes_are_those_of_this_machine(
    job: Callable[..., Job],
) -> None:
    jobs = [job(f"t{n}", "raise" if n == 1 else "", formats=("html", "csv"), timeout=200.0) for n in range(5)]
    killed: list[int] = []
    with distributed.LocalCluster(
        n_workers=3, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        pids = [worker.pid for worker in cluster.workers.values()]

        def kill_one(_outcome: Outcome) -> None:
            if not killed:
                killed.append(pids[1])
                os.kill(pids[1], signal.SIGKILL)

        outcomes = run_batch(jobs, scheduler=cluster.scheduler_address, on_outcome=kill_one)
    assert killed
    assert [outcome.result is not None for outcome in outcomes] == [True, False, True, True, True]
    made = [outcome.result for outcome in outcomes if outcome.result]
    assert all(output_problems(result.manifest) == [] for result in made)
    files = [path for path in made[0].files if path.suffix in {".html", ".csv"}]
    cluster_bytes: dict[Path, bytes] = {path: path.read_bytes() for path in files}
    assert {path: path.read_bytes() for path in make(jobs[0]).files} == cluster_bytes


def test_a_scheduler_that_does_not_answer_is_named(job: Callable[..., Job]) -> None:
    with pytest.raises(ReportFailed, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        run_batch([job()], scheduler="tcp://127.0.0.1:9")
