"""How is a batch made on a Dask cluster, whose workers may share nothing with this machine but an address?

The jobs of `batch.py` run on the cluster's own `Executor`; Dask itself reruns the jobs of a worker that dies. A worker needs
the same version of the project as here (checked before anything is sent, and again for each report: code, notebook,
tables, perimeter, libraries, by hash), the data (a folder it sees, or an address that it copies into its own cache), and
the folder of the reports (one that it shares with this machine, or an address). A report that a worker says it wrote and
that is not there for this machine is a failure, never a success.

Reference: Dask.distributed, `Client.get_executor`, `Client.run`.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cls_analysis.diagnostic.standing import PROCESSED, stand
from cls_analysis.errors import ClsError, DataMissing, InvalidInput, ReportFailed
from cls_analysis.publishing.making import Job, ReportResult
from cls_analysis.publishing.manifest import code_sha256, output_problems, versions
from cls_analysis.publishing.report import input_hashes, notebook_of
from cls_analysis.publishing.scheduler import require_scheduler
from cls_analysis.sources.places import is_address
from cls_analysis.unchanged import sha256

WAIT = 30.0  # seconds that a scheduler that greeted, then a first worker, may take to answer
SEEN = 10.0  # seconds that a file written elsewhere may take to be seen through a shared folder
_ONE_AT_A_TIME = threading.Lock()  # a worker with several threads makes one report after the other

Answer = tuple[ReportResult | None, str | None]


@dataclass(frozen=True)
class Cluster:
    """A cluster that answered: its executor, how many workers it has now, and a check that some are left."""

    executor: Executor
    workers: int
    check: Callable[[], None]


@contextmanager
def connected(address: str) -> Iterator[Cluster]:
    """The cluster whose scheduler is at `address` (tcp://HOST:PORT), its workers checked to run the same code as here.

    DataMissing without Dask, InvalidInput for workers that run another version, ReportFailed when no scheduler or no worker answers.
    """
    require_scheduler(address)  # the command has asked before planning, which may take minutes; other callers have not
    from distributed import Client

    try:
        client = Client(address, timeout=WAIT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ReportFailed(
            f"no Dask scheduler answers at {address}: {error}", hint="dask scheduler, then the address it prints"
        ) from error
    try:
        try:
            _wait_for_workers(client, address)
            _refuse_other_versions(client)
            count = len(client.nthreads())
        except (OSError, RuntimeError) as error:
            raise _gone(address) from error
        yield Cluster(client.get_executor(pure=False, retries=1), count, lambda: _refuse_empty(client, address))
    finally:
        client.close()


def _wait_for_workers(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=WAIT)
    except TimeoutError as error:
        raise ReportFailed(f"the scheduler at {address} has no worker", hint=f"dask worker {address}") from error


def _gone(address: str) -> ReportFailed:
    return ReportFailed(
        f"the scheduler at {address} is gone; what was finished is kept",
        hint="dask scheduler, then the same command with --resume",
    )


def _refuse_empty(client: Any, address: str) -> None:
    """ReportFailed when the scheduler is gone, or has had no worker for a while: nothing would ever end."""
    for _ in range(int(WAIT)):
        if client.status != "running":
            raise _gone(address)
        try:
            if client.nthreads():
                return
        except OSError:
            pass  # the next turn reads that the client is no longer connected
        time.sleep(1)
    raise ReportFailed(
        f"the scheduler at {address} has no worker left; what was finished is kept",
        hint=f"dask worker {address}, then the same command with --resume",
    )


def _refuse_other_versions(client: Any) -> None:
    here = (code_sha256(), versions())
    try:
        told: Mapping[str, Any] = client.run(_versions_here)
    except (ImportError, AttributeError) as error:
        raise InvalidInput(
            f"the workers cannot load this version of cls_analysis: {error}",
            hint="install the same version of the project on every machine of the cluster",
        ) from error
    problems = [
        f"worker {worker}: {'; '.join(_differences(here, there))}"
        for worker, there in sorted(told.items())
        if there != here
    ]
    if problems:
        raise InvalidInput(
            problems, hint="install the same version of the project on every machine, then start the workers again"
        )


def _versions_here() -> tuple[str, dict[str, str]]:
    return code_sha256(), versions()


def _differences(here: tuple[str, Mapping[str, str]], there: tuple[str, Mapping[str, str]]) -> list[str]:
    found = ["its code is not the code of this machine"] if here[0] != there[0] else []
    return found + [
        f"{name} {there[1].get(name)}, here {version}"
        for name, version in here[1].items()
        if there[1].get(name) != version
    ]


def work_there(job: Job, *, warming: bool = False) -> Answer:
    """Make one report in a worker of the cluster: (result, None) or (None, problem) for a fault of its own."""
    from cls_analysis.publishing import batch

    with _ONE_AT_A_TIME:
        try:
            mine = on_this_machine(job)
        except ClsError as error:
            hint = f" (try: {error.hint})" if error.hint else ""
            return None, f"worker {socket.gethostname()}: {'; '.join(error.problems)}{hint}"
        return batch.work(mine, warming=warming)


def on_this_machine(job: Job) -> Job:
    """The same job with the paths of this machine; what it would be made from must be what was planned, hash for hash.

    DataMissing when the data cannot be seen or copied, InvalidInput naming every input that is not the planned one.
    """
    notebook = job.notebook if job.notebook.is_file() else notebook_of(job.kind).resolve()
    if "notebook" not in job.inputs:  # a job without hashes of inputs: nothing to hold it against
        return replace(job, notebook=notebook)
    if sha256(notebook) != job.inputs["notebook"]:
        raise InvalidInput(
            f"{notebook.name} is not the notebook of the plan", hint="the same version of the project everywhere"
        )
    mode, place = str(job.inputs["mode"]), job.environment[PROCESSED]
    if not is_address(place) and not Path(place).is_dir():
        raise DataMissing(
            f"the folder of the data, {place}, is not on this machine",
            hint="a folder that all workers see, or an address: --processed https://... | s3://...",
        )
    found = stand(mode, processed=place, say=None)
    participation = str(job.parameters.get("participation", ""))
    now = input_hashes(job.territory, notebook=notebook, mode=mode, processed=found.folder, participation=participation)
    other = [
        name for name in sorted(set(now) | set(job.inputs) - {"previous"}) if now.get(name) != job.inputs.get(name)
    ]
    if other:
        raise InvalidInput(
            f"other inputs than those of the plan: {', '.join(other)}",
            hint="the same version of the project, perimeters and participation folders on every machine",
        )
    return replace(job, notebook=notebook, environment={**job.environment, PROCESSED: str(found.folder)})


def seen(result: ReportResult | None, problem: str | None) -> Answer:
    """The answer of a worker, once its report is seen from here; a report that is not is a problem in words."""
    if result is None:
        return None, problem
    wrong = output_problems(result.manifest)
    until = time.monotonic() + SEEN
    while wrong and time.monotonic() < until:  # a shared folder may lag
        time.sleep(0.5)
        wrong = output_problems(result.manifest)
    if wrong:
        return None, (
            f"a worker wrote {result.folder}, which this machine does not see whole ({wrong[0]}) "
            "(try: --out with a folder that every worker shares)"
        )
    return result, None
