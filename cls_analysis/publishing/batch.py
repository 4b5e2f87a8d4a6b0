"""How are many reports made, when any of them may fail, hang or take its process down?

One list of jobs, one `concurrent.futures.Executor`: threads of this machine, each of which holds the hand of one process at a
time, or a Dask cluster's own executor. Every report is made in a process of its own, forked from a warm parent (warm.py)
that makes one itself before.
A job that fails is an outcome, never the end of the batch. One whose process dies (killed, out of memory) is run again, alone,
once the others are done; a second death is reported. What is finished is on disk, whole, whatever happens next.

Reference: concurrent.futures, `ThreadPoolExecutor`; cluster.py for Dask.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from cls_analysis.errors import ClsError, ReportFailed
from cls_analysis.publishing import engine
from cls_analysis.publishing.making import Job, ReportResult, clear_workspace, finished, make
from cls_analysis.publishing.warm import ProcessDied, TookTooLong

WARM_FROM = 2  # reports per worker from which the others may wait for one made in the warm parent
CHECK_EVERY = 20.0  # seconds without any end after which the executor is asked whether it still can


@dataclass(frozen=True)
class Outcome:
    """How one job ended: a result, or the problem in words; `attempts` counts the runs (0: reused)."""

    job: Job
    result: ReportResult | None
    problem: str | None
    attempts: int


OnOutcome = Callable[[Outcome], None]
Made = tuple[ReportResult | None, str | None]


def work(job: Job, forks: engine.Forks | None = None, *, warming: bool = False) -> Made:
    """Make one report in a process that made none before: (result, None), or (None, problem) for a fault of its own.

    `forks` default to those of this process; `warming` has the first report made in their warm parent. Raises
    ProcessDied when the process, or its warm parent, was killed.
    """
    try:
        if not engine.CAN_FORK or job.engine != engine.FORKED:
            return make(job), None
        return (forks or engine.forks_of(os.getpid())).run(make, job, timeout=job.timeout, warming=warming), None
    except ProcessDied:
        clear_workspace(job)
        raise
    except TookTooLong:
        clear_workspace(job)
        return (
            None,
            f"{job.notebook.name} was stopped: it had not finished after {job.timeout:g} s (try: --timeout SECONDS)",
        )
    except ClsError as error:
        return None, "; ".join(error.problems) + (f" (try: {error.hint})" if error.hint else "")
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"


def run_batch(
    jobs: Sequence[Job],
    *,
    workers: int = 2,
    resume: bool = False,
    scheduler: str | None = None,
    on_outcome: OnOutcome | None = None,
    forks: engine.Forks | None = None,
) -> list[Outcome]:
    """Make every report that can be made; outcomes in the order of `jobs`.

    `resume` keeps a report already made from the same inputs whose files are intact; `scheduler` is the address of
    a Dask scheduler (extra `cluster`). `on_outcome` hears of each as it ends. `forks` that the caller has started while it
    planned are used, and closed, in place of new ones. Ctrl-C ends the workers and raises.
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
    if queue:
        with _here(len(queue), workers, forks) if scheduler is None else _there(scheduler, len(queue)) as found:
            for index in _drain(found, jobs, queue, settle, attempt=1):
                for lost in _drain(found, jobs, deque([index]), settle, attempt=2):
                    problem = "its process died twice (killed, or out of memory)"
                    settle(lost, Outcome(jobs[lost], None, problem, attempts=2))
    return [outcomes[index] for index in range(len(jobs))]


@dataclass(frozen=True)
class _Makers:
    """Who makes reports: how one is sent, how many at once, a check that they still can, and what of an answer is believed."""

    submit: Callable[[Job], Future[Made]]
    at_once: int
    check: Callable[[], None]
    seen: Callable[[ReportResult | None, str | None], Made]


def _drain(
    makers: _Makers, jobs: Sequence[Job], queue: deque[int], settle: Callable[[int, Outcome], None], *, attempt: int
) -> list[int]:
    """Run the queue, with so many in flight; the jobs whose process died."""
    running: dict[Future[Made], int] = {}
    died: list[int] = []
    while queue or running:
        while queue and len(running) < makers.at_once:
            index = queue.popleft()
            running[makers.submit(jobs[index])] = index
        done, _ = wait(running, timeout=CHECK_EVERY, return_when=FIRST_COMPLETED)
        if not done:
            makers.check()
        for future in done:
            index = running.pop(future)
            try:
                result, problem = makers.seen(*future.result())
            except ProcessDied:
                died.append(index)
            except CancelledError:  # by the executor: it says why, or this report alone is lost
                makers.check()
                settle(index, Outcome(jobs[index], None, "it was cancelled by the scheduler", attempt))
            except Exception as error:
                settle(index, Outcome(jobs[index], None, f"{type(error).__name__}: {error}", attempt))
            else:
                settle(index, Outcome(jobs[index], result, problem, attempt))
    return sorted(died)


@contextmanager
def _here(count: int, workers: int, forks: engine.Forks | None) -> Iterator[_Makers]:
    """This machine's executor, its warm parent started; both end with the block, and every report in the making with them."""
    forks = forks or engine.Forks(ahead=min(1, workers - 1))
    task = partial(work, forks=forks, warming=count >= WARM_FROM * workers)
    with ThreadPoolExecutor(workers, thread_name_prefix="report") as executor:
        try:
            if engine.CAN_FORK:
                forks.parent().wait()
            yield _Makers(lambda job: executor.submit(task, job), workers, lambda: None, lambda *made: made)
        finally:
            executor.shutdown(wait=False, cancel_futures=True)
            forks.close()


@contextmanager
def _there(scheduler: str, count: int) -> Iterator[_Makers]:
    """The workers of a Dask cluster, which itself reruns the jobs of a dead worker on another (cluster.py)."""
    from cls_analysis.publishing import cluster

    with cluster.connected(scheduler) as found:
        task = partial(cluster.work_there, warming=count >= WARM_FROM * found.workers)
        yield _Makers(lambda job: found.executor.submit(task, job), count, found.check, cluster.seen)


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
