"""Workers that share no folder of data with this machine: a made-up build over HTTP, a cache for each, the same bytes."""

from __future__ import annotations

import functools
import hashlib
import http.server
import json
import os
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from cls_analysis.diagnostic.standing import PROCESSED, stand
from cls_analysis.errors import ClsError, DataMissing, InvalidInput, ReportFailed
from cls_analysis.publishing import batch, cluster
from cls_analysis.publishing.batch import run_batch
from cls_analysis.publishing.making import Job, ReportResult, make
from cls_analysis.publishing.manifest import output_problems
from cls_analysis.publishing.report import input_hashes
from cls_analysis.sources import remote
from cls_analysis.stamp import stamp_of
from tests.publishing.made_up import made_up_notebook

distributed = pytest.importorskip("distributed", reason="SKIPPED LOUDLY: the extra `cluster` is not installed")

READING = """\
from pathlib import Path
import pandas as pd
told = pd.read_parquet(Path(os.environ["CLS_PROCESSED"]) / "embedded" / "published" / "indicators.parquet")["value"].sum()
Html(f"<p>Somme lue : {told}</p>")
"""


def made_up_build(processed: Path, value: float = 41.5) -> Path:
    """A build that is current for this code and holds one number; build.json last."""
    folder = processed / "embedded"
    (folder / "published").mkdir(parents=True, exist_ok=True)
    pd.DataFrame({"value": [value]}).to_parquet(folder / "published" / "indicators.parquet")
    pd.DataFrame({"value": [1.0]}).to_parquet(folder / "published" / "comparisons.parquet")
    (folder / "lock.json").write_text('{"sources": {}, "absent": {}, "read": {}}')
    told = {"mode": "embedded", "stamp": stamp_of("embedded", processed), "files": remote.hashes(folder)}
    (folder / "build.json").write_text(json.dumps(told))
    return processed


@pytest.fixture
def built(tmp_path: Path) -> Path:
    return made_up_build(tmp_path / "processed")


@pytest.fixture
def address(built: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_args: object) -> None:
            """Silence."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(built)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def reading(tmp_path: Path) -> Path:
    """The made-up notebook with one cell that reads the data."""
    notebook = made_up_notebook()
    notebook.cells.insert(6, nbformat.v4.new_code_cell(READING, id="cell-reading"))
    path = tmp_path / "notebooks" / "pre_diagnostic.ipynb"
    path.parent.mkdir()
    nbformat.write(notebook, path)
    return path


def planned(territory: str, notebook: Path, where: str, out: Path) -> Job:
    """A job as `plan_report` makes them, its data at `where` (a folder or an address)."""
    found = stand("embedded", processed=where, say=None)
    inputs = input_hashes(territory, notebook=notebook, mode="embedded", processed=found.folder)
    return Job(
        territory=territory, kind="pre-diagnostic", notebook=notebook, out=out, inputs=inputs, timeout=200.0,
        parameters={"territory": territory, "data": "embedded"}, environment={PROCESSED: found.where},
        formats=("html", "csv"),
    )  # fmt: skip


def hashes(result: ReportResult) -> dict[str, str]:
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in result.files}
    manifest = json.loads(result.manifest.read_text("utf-8")) | {"made_at": ""}
    return found | {"manifest": hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()}


def _own_cache(folder: str, dask_worker: object = None) -> str:
    """In a worker: a cache that no other process has."""
    os.environ["CLS_CACHE"] = str(Path(folder) / f"cache-{os.getpid()}")
    return os.environ["CLS_CACHE"]


@pytest.mark.slow
def test_three_workers_with_caches_of_their_own_make_the_bytes_of_this_machine_from_an_address(
    address: str, built: Path, reading: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLS_CACHE", str(tmp_path / "cache-here"))
    names = [f"t{n}" for n in range(4)]
    there = [planned(name, reading, address, tmp_path / "far") for name in names]
    here = [make(planned(name, reading, str(built), tmp_path / "near")) for name in names[:2]]
    with (
        distributed.LocalCluster(
            n_workers=3, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        ) as workers,
        distributed.Client(workers) as client,
    ):
        client.run(_own_cache, str(tmp_path))
        outcomes = run_batch(there, scheduler=workers.scheduler_address)
    assert not any(str(built) in str(job) for job in there), "nothing but the address leads to the data"
    assert [outcome.problem for outcome in outcomes] == [None] * 4
    made = [outcome.result for outcome in outcomes if outcome.result]
    assert all("Somme lue : 41.5" in result.files[0].read_text("utf-8") for result in made)
    assert [hashes(result) for result in made[:2]] == [hashes(result) for result in here]
    caches = sorted(tmp_path.glob("cache-*/builds/*/embedded/build.json"))
    assert len(caches) >= 2, "at least one worker took its own copy, besides this machine"


def test_what_a_worker_has_must_be_what_was_planned(
    address: str, built: Path, reading: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLS_CACHE", str(tmp_path / "cache"))
    job = planned("t1", reading, address, tmp_path / "out")
    mine = cluster.on_this_machine(job)
    assert Path(mine.environment[PROCESSED]).is_relative_to(tmp_path / "cache")
    made_up_build(built, value=99.0)
    assert cluster.on_this_machine(job) == mine  # pinned, and copied already
    monkeypatch.setenv("CLS_CACHE", str(tmp_path / "another-machine"))
    with pytest.raises(DataMissing, match="another one than when the work was planned"):
        cluster.on_this_machine(job)
    result, problem = cluster.work_there(job)
    assert result is None
    assert problem is not None
    assert problem.startswith("worker ")
    reading.write_text(reading.read_text("utf-8").replace("Somme", "Total"), "utf-8")
    with pytest.raises(InvalidInput, match="is not the notebook of the plan"):
        cluster.on_this_machine(job)


def test_a_folder_of_data_that_a_worker_does_not_see_is_named(built: Path, reading: Path, tmp_path: Path) -> None:
    job = planned("t1", reading, str(built), tmp_path / "out")
    assert cluster.on_this_machine(job) == job
    built.rename(tmp_path / "moved")
    with pytest.raises(DataMissing, match="is not on this machine") as caught:
        cluster.on_this_machine(job)
    assert "--processed" in str(caught.value.hint)


def test_a_report_that_only_its_worker_sees_is_no_success(
    built: Path, reading: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "SEEN", 0.1)
    result = make(planned("t1", reading, str(built), tmp_path / "out"))
    assert cluster.seen(result, None) == (result, None)
    result.files[0].unlink()
    assert output_problems(result.manifest)
    answer, problem = cluster.seen(result, None)
    assert answer is None
    assert problem is not None
    assert "--out with a folder that every worker shares" in problem


def test_a_build_at_an_address_that_is_older_than_the_code_is_refused_with_what_to_do(
    address: str, built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLS_CACHE", str(tmp_path / "cache"))
    path = built / "embedded" / "build.json"
    told = json.loads(path.read_text())
    told["stamp"]["catalogue"] = "that of last year"
    path.write_text(json.dumps(told))
    with pytest.raises(
        DataMissing, match="not of this version of the code: the catalogue of indicators changed"
    ) as caught:
        stand("auto", processed=address, say=None)
    assert "data build --data embedded" in str(caught.value.hint)
    with pytest.raises(ClsError, match="nothing at"):
        stand("official", processed=address, say=None)


def test_a_scheduler_without_workers_is_an_error_and_not_an_endless_wait(
    built: Path, reading: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "WAIT", 2.0)
    job = planned("t1", reading, str(built), tmp_path / "out")
    with distributed.LocalCluster(n_workers=0, dashboard_address=None, host="127.0.0.1") as empty:
        with pytest.raises(ReportFailed, match="has no worker") as caught:
            run_batch([job], scheduler=empty.scheduler_address)
        assert "dask worker tcp://" in str(caught.value.hint)


def test_reports_cancelled_by_a_scheduler_that_is_gone_end_the_batch_with_its_name(
    built: Path, reading: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = planned("t1", reading, str(built), tmp_path / "out")

    def cancelled(_job: Job) -> Future[tuple[ReportResult | None, str | None]]:
        future: Future[tuple[ReportResult | None, str | None]] = Future()
        future.cancel()
        future.set_running_or_notify_cancel()
        return future

    class Lost:
        status = "connecting"

    def check() -> None:
        cluster._refuse_empty(Lost(), "tcp://10.0.0.1:8786")

    @contextmanager
    def there(*_: object) -> Iterator[batch._Makers]:
        yield batch._Makers(cancelled, 1, check, cluster.seen)

    monkeypatch.setattr(batch, "_there", there)
    with pytest.raises(ReportFailed, match=r"the scheduler at tcp://10\.0\.0\.1:8786 is gone") as caught:
        run_batch([job], scheduler="tcp://10.0.0.1:8786")
    assert "--resume" in str(caught.value.hint)
