"""How are many reports made, when any of them may fail, hang or take its worker down?

One list of jobs, one `concurrent.futures.Executor`: processes of this machine, or a Dask cluster's own
executor. A job that fails is an outcome, never the end of the batch. A worker that dies (killed, out of
memory) breaks its pool: the pool is replaced, and each job that was running then is run again alone, so that
a second death is certainly its own and is reported. What is finished is on disk, whole, whatever happens next.

Reference: concurrent.futures, `BrokenProcessPool`; cluster.py for Dask.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from cls_analysis.errors import ClsError, ReportFailed
from cls_analysis.publishing import engine
from cls_analysis.publishing.making import Job, ReportResult, finished, make

REHEARSE_FROM = 2  # reports per worker from which rehearsing one in each warm parent pays
CHECK_EVERY = 20.0  # seconds without any end after which the executor is asked whether it still can
GRACE = 120.0  # seconds beyond a job's own timeout before its worker is put down


@dataclass(frozen=True)
class Outcome:
    """How one job ended: a result, or the problem in words; `attempts` counts the runs (0: reused)."""

    job: Job
    result: ReportResult | None
    problem: str | None
    attempts: int


OnOutcome = Callable[[Outcome], None]


def work(job: Job, *, hard_limit: bool = True) -> tuple[ReportResult | None, str | None]:
    """Make one report in a worker: (result, None) or (None, problem). Never raises for a report's own fault."""
    engine.register()
    if hard_limit:
        # a hang that no Python exception can end (in C code) ends the worker, which the batch survives
        faulthandler.dump_traceback_later(job.timeout + GRACE, exit=True)
    try:
        return make(job), None
    except ClsError as error:
        return None, "; ".join(error.problems) + (f" (try: {error.hint})" if error.hint else "")
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"
    finally:
        if hard_limit:
            faulthandler.cancel_dump_traceback_later()


def run_batch(
    jobs: Sequence[Job],
    *,
    workers: int = 2,
    resume: bool = False,
    scheduler: str | None = None,
    on_outcome: OnOutcome | None = None,
) -> list[Outcome]:
    """Make every report that can be made; outcomes in the order of `jobs`.

    `resume` keeps a report already made from the same inputs whose files are intact; `scheduler` is the address of
    a Dask scheduler (extra `cluster`). `on_outcome` hears of each as it ends. Ctrl-C ends the workers and raises.
    """
    jobs = [job if job.engine else replace(job, engine=engine.FORKED) for job in jobs]
    outcomes: dict[int, Outcome] = {}

    def settle(index: int, outcome: Outcome) -> None:
        outcomes[index] = outcome
        if on_outcome is not None:
            on_outcome(outcome)

    queue: deque[int] = deque()
    for index, job in enumerate(jobs):
        kept = finished(job) if resume else None
        if kept is None:
            queue.append(index)
        else:
            settle(index, Outcome(job, kept, None, attempts=0))
    if scheduler is not None and queue:
        _run_on_cluster(jobs, queue, settle, scheduler)
    else:
        _run_locally(jobs, queue, settle, workers)
    return [outcomes[index] for index in range(len(jobs))]


def _run_on_cluster(
    jobs: Sequence[Job], queue: deque[int], settle: Callable[[int, Outcome], None], scheduler: str
) -> None:
    """On the workers of a Dask cluster, which itself reruns the jobs of a dead worker on another (cluster.py)."""
    from cls_analysis.publishing import cluster

    def verified(index: int, outcome: Outcome) -> None:
        result, problem = cluster.seen(outcome.result, outcome.problem)
        settle(index, replace(outcome, result=result, problem=problem))

    with cluster.connected(scheduler) as found:
        rehearse = len(queue) >= REHEARSE_FROM * found.workers
        task = partial(cluster.work_there, rehearse=rehearse)
        _drain(found.executor, jobs, queue, verified, at_once=len(queue), attempt=1, task=task, check=found.check)


def _run_locally(jobs: Sequence[Job], queue: deque[int], settle: Callable[[int, Outcome], None], workers: int) -> None:
    rehearsal = rehearsal_of(jobs[queue[0]]) if len(queue) >= REHEARSE_FROM * workers else None
    while queue:
        with _pool(min(workers, len(queue)), rehearsal) as executor:
            suspects = _drain(executor, jobs, queue, settle, at_once=workers, attempt=1)
        for index in suspects:
            with _pool(1) as alone:
                died = _drain(alone, jobs, deque([index]), settle, at_once=1, attempt=2)
            for lost in died:
                problem = "its worker died twice (killed, or out of memory)"
                settle(lost, Outcome(jobs[lost], None, problem, attempts=2))


def _drain(
    executor: Executor,
    jobs: Sequence[Job],
    queue: deque[int],
    settle: Callable[[int, Outcome], None],
    *,
    at_once: int,
    attempt: int,
    task: Callable[[Job], tuple[ReportResult | None, str | None]] | None = None,
    check: Callable[[], None] = lambda: None,
) -> list[int]:
    """Run the queue with at most `at_once` in flight; the jobs in flight when a worker died, if one did.

    `check` is called while nothing ends, and raises when nothing ever will.
    """
    running: dict[Future[tuple[ReportResult | None, str | None]], int] = {}
    while queue or running:
        suspects: list[int] = []
        while queue and len(running) < at_once:
            try:
                running[executor.submit(task or work, jobs[queue[0]])] = queue[0]
            except BrokenProcessPool:
                break  # the futures below say which jobs were running
            queue.popleft()
        if not running:
            return []
        done, _ = wait(running, timeout=CHECK_EVERY, return_when=FIRST_COMPLETED)
        if not done:
            check()
        for future in done:
            index = running.pop(future)
            try:
                result, problem = future.result()
            except BrokenProcessPool:
                suspects.append(index)
            except Exception as error:
                settle(index, Outcome(jobs[index], None, f"{type(error).__name__}: {error}", attempt))
            else:
                settle(index, Outcome(jobs[index], result, problem, attempt))
        if suspects:
            suspects += [running[future] for future in running]
            return sorted(suspects)
    return []


def rehearsal_of(job: Job) -> dict[str, Any]:
    """What a warm parent runs once so that later kernels find tables, contours and fonts already read."""
    return {
        "notebook": str(job.notebook),
        "cwd": str(job.notebook.parent),
        "parameters": dict(job.parameters),
        "environment": dict(job.environment),
    }


@contextmanager
def _pool(workers: int, rehearsal: dict[str, Any] | None = None) -> Iterator[Executor]:
    """A pool of fresh processes, ended with whatever they started when the block ends early."""
    before = set(multiprocessing.active_children())
    executor = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(rehearsal,),
    )
    try:
        yield executor
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()
        raise
    else:
        executor.shutdown(wait=True, cancel_futures=True)


def _start_worker(rehearsal: dict[str, Any] | None) -> None:
    """Leave Ctrl-C to the parent, end with it if it is killed, one thread per process, kernels forked warm."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True, name="parent-watch").start()
    engine.register(rehearsal)


def _end_with(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _failures(outcomes: Sequence[Outcome], unplanned: Mapping[str, str]) -> dict[str, str]:
    failed = {outcome.job.territory: outcome.problem or "" for outcome in outcomes if outcome.result is None}
    return {**unplanned, **failed}


def summary(outcomes: Sequence[Outcome], unplanned: Mapping[str, str] | None = None) -> str:
    """One line of counts, then one line per failed report.

    >>> print(summary([], {"nowhere": "not known"}))
    0 reports made, 0 kept, 1 failed
      nowhere: not known
    """
    made = sum(outcome.result is not None and outcome.attempts > 0 for outcome in outcomes)
    kept = sum(outcome.result is not None and outcome.attempts == 0 for outcome in outcomes)
    failed = _failures(outcomes, unplanned or {})
    lines = [f"{made} reports made, {kept} kept, {len(failed)} failed"]
    return "\n".join(lines + [f"  {territory}: {problem}" for territory, problem in failed.items()])


def raise_for_failures(outcomes: Sequence[Outcome], unplanned: Mapping[str, str] | None = None) -> None:
    """ReportFailed (exit code 7) naming each report that failed and why, if any did.

    `unplanned` maps a territory that could not even be planned (an unknown name) to its problem.
    """
    failed = _failures(outcomes, unplanned or {})
    if failed:
        raise ReportFailed(
            [f"{territory}: {problem}" for territory, problem in failed.items()],
            hint="fix the cause, then the same command with --resume",
        )
