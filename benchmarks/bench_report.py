"""What does a report cost, and where does the time go?

Side by side, in one run, on the same notebook and data: (a) `papermill` then `jupyter nbconvert` as two plain
commands; (b) our `report`; (c) our `batch`, per report, with 2 workers; (d) the floor: the notebook's own calls in
one warm process. (a) is the mean of a perimeter and an EPCI, the others that of all the territories.
Run: `python benchmarks/bench_report.py [--territories N] [--data MODE]`.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import nbformat

from cls_analysis.publishing import engine
from cls_analysis.publishing.batch import raise_for_failures, rehearsal_of, run_batch
from cls_analysis.publishing.making import Job, make
from cls_analysis.publishing.page import render_page
from cls_analysis.publishing.publication import read_publication
from cls_analysis.publishing.report import plan_batch, territories_of
from cls_analysis.publishing.run import run_notebook
from cls_analysis.publishing.workbook import published_rows, write_csv, write_workbook

STEPS = {
    "opening": r"Diagnostic|Partage",
    "maps": r"d\.(map|cover|location_map|composition_map)\(",
    "charts": r"d\.(dots|line|pyramid|funnel|concentration|bars)\(",
    "tables": r"d\.(\w*table|members|similar|scorecard|dictionary|gradient)\(",
    "declaration": r"d\.publication\(",
}


def timed(call: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def two_plain_commands(job: Job, folder: Path) -> dict[str, float]:
    """(a): papermill, then nbconvert, each its own process."""
    executed = folder / "executed.ipynb"
    parameters = [word for name, value in job.parameters.items() for word in ("-p", name, str(value))]
    environment = {**os.environ, **job.environment}
    commands = {
        "papermill": [
            sys.executable,
            "-m",
            "papermill",
            str(job.notebook),
            str(executed),
            "--no-progress-bar",
            *parameters,
        ],
        "nbconvert": [sys.executable, "-m", "nbconvert", "--to", "html", "--no-input", str(executed)],
    }
    return {
        name: timed(lambda command=command: subprocess.run(command, env=environment, check=True, capture_output=True))
        for name, command in commands.items()
    }


def our_steps(job: Job, folder: Path) -> dict[str, float]:
    """(b), step by step: notebook, page, workbook and CSV."""
    made: dict[str, object] = {}

    def notebook() -> None:
        made["executed"] = run_notebook(job.notebook, job.parameters, environment=job.environment)

    def page() -> None:
        executed = made["executed"]
        assert isinstance(executed, nbformat.NotebookNode)
        made["publication"] = read_publication(executed)
        (folder / "page.html").write_text(render_page(executed, made["publication"]), encoding="utf-8")

    def files() -> None:
        rows = published_rows(made["publication"])
        write_workbook(rows, made["publication"], folder / "a.xlsx")
        write_csv(rows, folder / "a.csv")

    return {"notebook": timed(notebook), "page": timed(page), "workbook and CSV": timed(files)}


def warm_shares(job: Job, folder: Path) -> dict[str, float]:
    """What a report of a batch costs once its worker is warm, step by step: seconds of the second of two runs.

    The cells are timed by papermill, and gathered by what they call.
    """
    engine.register(rehearsal_of(job))
    run_notebook(job.notebook, job.parameters, environment=job.environment, engine=engine.FORKED)
    began = time.perf_counter()
    executed = run_notebook(job.notebook, job.parameters, environment=job.environment, engine=engine.FORKED)
    whole = time.perf_counter() - began
    shares = dict.fromkeys(("fork and talk", *STEPS, "words, other cells"), 0.0)
    for cell in executed.cells:
        spent = float(cell.metadata.get("papermill", {}).get("duration") or 0.0)
        name = next((step for step, calls in STEPS.items() if re.search(calls, cell.source)), "words, other cells")
        shares[name] += spent if cell.cell_type == "code" else 0.0
    shares["fork and talk"] = whole - sum(shares.values())
    publication = read_publication(executed)
    shares["page"] = timed(lambda: (folder / "w.html").write_text(render_page(executed, publication), encoding="utf-8"))
    rows = published_rows(publication)
    shares["workbook"] = timed(lambda: write_workbook(rows, publication, folder / "w.xlsx"))
    shares["CSV"] = timed(lambda: write_csv(rows, folder / "w.csv"))
    engine.warm_parent().close()
    return shares


def floor(jobs: Sequence[Job]) -> tuple[float, float]:
    """(d): (first, each later one) seconds of the notebook's own calls, one process, nothing else."""
    cells = [cell for cell in nbformat.read(jobs[0].notebook, as_version=4).cells if cell.cell_type == "code"]
    os.environ.update(jobs[0].environment)
    os.chdir(jobs[0].notebook.parent)

    def once(job: Job) -> None:
        namespace: dict[str, object] = {"__name__": "floor", "display": lambda *_things, **_options: None}
        for cell in cells:
            exec(cell.source, namespace)
            if "parameters" in cell.metadata.get("tags", []):
                namespace.update(job.parameters)

    with contextlib.redirect_stdout(io.StringIO()):
        seconds = [timed(lambda job=job: once(job)) for job in jobs]
    return seconds[0], sum(seconds[1:]) / max(1, len(seconds) - 1)


def chosen(count: int) -> list[str]:
    """The perimeters, then EPCI from all over the country, as many as wanted: the first and the last are the two plain ones."""
    perimeters, epci = territories_of(["perimeter"]), territories_of(["epci"])
    others = max(0, count - len(perimeters))
    return [*perimeters[:count], *(epci[i * len(epci) // max(1, others)] for i in range(others))]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--territories", type=int, default=20)
    parser.add_argument("--data", default="auto")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        jobs, _ = plan_batch(chosen(options.territories), data=options.data, out=folder / "batch")
        both = [two_plain_commands(job, folder) for job in (jobs[0], jobs[-1])]
        plain = {name: (both[0][name] + both[1][name]) / 2 for name in both[0]}
        steps = our_steps(jobs[0], folder)
        report = timed(lambda: make(replace(jobs[0], out=folder / "one")))
        outcomes = []
        batch = timed(lambda: outcomes.extend(run_batch(jobs, workers=options.workers))) / len(jobs)
        raise_for_failures(outcomes)
        shares = warm_shares(jobs[-1], folder)
        first, later = floor(jobs)
        shutil.rmtree(folder / "batch")
    memory = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    a = sum(plain.values())
    print(f"{len(jobs)} territories, {options.workers} workers, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"(a) two plain commands      {a:7.2f} s   " + ", ".join(f"{k} {v:.2f}" for k, v in plain.items()))
    print(f"(b) report                  {report:7.2f} s   " + ", ".join(f"{k} {v:.2f}" for k, v in steps.items()))
    print(f"(c) batch, per report       {batch:7.2f} s")
    print(f"(d) floor, first / later    {first:7.2f} / {later:.2f} s")
    print(f"(c)/(a)     {batch / a:5.2f}   aim at most 0.25")
    print(f"(c)/((d)/2) {batch / (later / 2):5.2f}   aim at most 1.5")
    print(f"largest process {memory:.0f} MB")
    print("one report of a batch, its worker warm:")
    for step, seconds in shares.items():
        print(f"  {step:<20} {seconds:6.2f} s  {100 * seconds / sum(shares.values()):3.0f} %")


if __name__ == "__main__":
    main()
