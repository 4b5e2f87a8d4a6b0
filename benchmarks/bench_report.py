"""What does a report cost, and where does the time go?

Side by side, in one run, on the same notebook and data: (a) `papermill` then `jupyter nbconvert` as two plain
commands; (b) our `report`; (c) our `batch`, per report, with 2 workers, their start included and then left out; (d) the
floor: the notebook's own calls, their displays drawn, in one warm process, for the same territories, half of them before (c), and
then in as many such processes at once as there are workers, for some of them: what a second core is worth. (a) is the mean of a perimeter and
an EPCI, the others that of all the territories. Seconds are of wall time, which means little on a busy machine; (c) and (d) are also given in
seconds of processor. `--curve 10,100,1000` measures batches of these sizes only, and what all of France would take.
Run: `python benchmarks/bench_report.py [--territories N] [--data MODE] [--curve N,N]`.
"""

from __future__ import annotations

import argparse
import ast
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
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path

import nbformat
from curves import bar
from IPython.core.formatters import DisplayFormatter

from cls_analysis.publishing import engine
from cls_analysis.publishing.batch import Outcome, raise_for_failures, run_batch
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


SAMPLE = 80  # territories, of those that two floors at once are measured with
IMPORTS = "from cls_analysis.diagnostic import Diagnostic"


@dataclass(frozen=True)
class Batch:
    """One batch: seconds in all, seconds before its first report was begun, seconds of processor, reports."""

    seconds: float
    start: float
    processor: float
    reports: int

    @property
    def each(self) -> float:
        """Seconds per report, the start included."""
        return self.seconds / self.reports


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
    """(b), step by step. The kernel's start is what papermill does not count as a cell; imports are those of an interpreter that
    does nothing else, and reading is what is left of the cell that opens the territory."""
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

    whole, converted, written = timed(notebook), timed(page), timed(files)
    bare, importing = (
        timed(lambda code=code: subprocess.run([sys.executable, "-c", code], check=True)) for code in ("", IMPORTS)
    )
    by_step = _cells(made["executed"])
    opening = by_step.pop("opening")
    return {
        "kernel start": whole - opening - sum(by_step.values()), "imports": importing - bare,
        "reading": opening - (importing - bare), "drawing": sum(by_step.values()), "conversion": converted, "writing": written,
    }  # fmt: skip


def _cells(executed: nbformat.NotebookNode) -> dict[str, float]:
    """Seconds of the cells by what they call, on papermill's clock."""
    shares = dict.fromkeys((*STEPS, "words, other cells"), 0.0)
    for cell in executed.cells:
        spent = float(cell.metadata.get("papermill", {}).get("duration") or 0.0)
        name = next((step for step, calls in STEPS.items() if re.search(calls, cell.source)), "words, other cells")
        shares[name] += spent if cell.cell_type == "code" else 0.0
    return shares


def warm_shares(job: Job, folder: Path) -> dict[str, float]:
    """What a report of a batch costs once its worker is warm, step by step.

    The cells are timed by papermill and gathered by what they call; fork and end is that of a process that does nothing.
    """
    notebook = partial(run_notebook, job.notebook, job.parameters, environment=job.environment, engine=engine.FORKED)
    with contextlib.closing(engine.Forks()) as forks:
        forks.run(make, replace(job, engine=engine.FORKED, out=folder / "warming"), warming=True)
        executed = forks.run(partial(notebook, output=folder / "clocked.ipynb"))
        forked = timed(lambda: forks.run(os.getpid))
    shares = {"fork and end": forked, **_cells(executed)}
    publication = read_publication(executed)
    shares["page"] = timed(lambda: (folder / "w.html").write_text(render_page(executed, publication), encoding="utf-8"))
    rows = published_rows(publication)
    shares["workbook"] = timed(lambda: write_workbook(rows, publication, folder / "w.xlsx"))
    shares["CSV"] = timed(lambda: write_csv(rows, folder / "w.csv"))
    return shares


def processor() -> float:
    """Seconds of processor of this process and of those it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def batch(jobs: Sequence[Job], workers: int) -> Batch:
    """(c): a batch, which must succeed whole."""
    heard: list[tuple[float, Outcome]] = []
    before, began = processor(), time.perf_counter()
    outcomes = run_batch(jobs, workers=workers, on_outcome=lambda o: heard.append((time.perf_counter() - began, o)))
    seconds = time.perf_counter() - began
    raise_for_failures(outcomes)
    start = min(at - outcome.result.seconds for at, outcome in heard if outcome.result)
    return Batch(seconds, start, processor() - before, len(jobs))


def floor(jobs: Sequence[Job]) -> tuple[float, float, float]:
    """(d): seconds of the first, seconds of each later one, of processor for each later one; one process, nothing else.

    What a cell displays, or ends with, is drawn as IPython draws it, for drawings are what a report should cost.
    """
    drawn = DisplayFormatter().format
    cells = [cell for cell in nbformat.read(jobs[0].notebook, as_version=4).cells if cell.cell_type == "code"]

    def once(job: Job) -> None:
        namespace: dict[str, object] = {
            "__name__": "floor", "display": lambda *things, **_options: [drawn(thing) for thing in things],
        }  # fmt: skip
        for cell in cells:
            code = ast.parse(cell.source)
            last = code.body.pop() if code.body and isinstance(code.body[-1], ast.Expr) else None
            exec(compile(code, "cell", "exec"), namespace)
            if last is not None:
                drawn(eval(compile(ast.Expression(last.value), "cell", "eval"), namespace))
            if "parameters" in cell.metadata.get("tags", []):
                namespace.update(job.parameters)

    with _among_notebooks(jobs[0]), contextlib.redirect_stdout(io.StringIO()):
        first = timed(lambda: once(jobs[0]))
        before = processor()
        seconds = [timed(lambda job=job: once(job)) for job in jobs[1:]]
        used = processor() - before
    count = max(1, len(seconds))
    return first, sum(seconds) / count, used / count


def floors_at_once(jobs: Sequence[Job], count: int) -> float:
    """(d) again: seconds of each later one in `count` processes at once, each with its share of the territories (two at least)."""
    jobs = list(islice(cycle(jobs), max(len(jobs), 2 * count)))
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        shares = list(pool.map(floor, [jobs[number::count] for number in range(count)]))
    later = [len(jobs[number::count]) - 1 for number in range(count)]
    return sum(one * share[1] for one, share in zip(later, shares, strict=True)) / sum(later)


def verdict(ratio: float, aim: float) -> str:
    """A ratio, its aim, and whether it is met."""
    return f"{ratio:5.2f}   aim at most {aim:g}: {'met' if round(ratio, 2) <= aim else 'MISSED'}"


@contextmanager
def _among_notebooks(job: Job) -> Iterator[None]:
    """The folder and the variables of a notebook, for as long as the block lasts."""
    folder, variables = Path.cwd(), dict(os.environ)
    os.environ.update(job.environment)
    os.chdir(job.notebook.parent)
    try:
        yield
    finally:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(variables)


def chosen(count: int) -> list[str]:
    """The perimeters, then EPCI from all over the country, as many as wanted: the first and the last are the two plain ones."""
    perimeters, epci = territories_of(["perimeter"]), territories_of(["epci"])
    others = max(0, count - len(perimeters))
    others = min(others, len(epci))
    return [*perimeters[:count], *(epci[i * len(epci) // max(1, others)] for i in range(others))]


def curve(sizes: Sequence[int], *, data: str, workers: int) -> None:
    """Print what batches of these sizes cost, and what all EPCI and perimeters would, along the line of the last two."""
    points: list[Batch] = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            jobs, _ = plan_batch(chosen(size), data=data, out=Path(name))
            points.append(batch(jobs, workers))
    most = max(made.seconds for made in points)
    print("territories    wall s    start s  s/report  processor s/report")
    for made in points:
        print(
            f"{made.reports:11d} {made.seconds:9.1f} {made.start:10.1f} {made.each:9.2f} {made.processor / made.reports:19.2f}"
            f"   {bar(made.seconds, most)}"
        )
    last = points[-1]
    slope = (last.seconds - last.start) / last.reports
    if len(points) > 1 and last.reports > points[-2].reports:
        slope = (last.seconds - points[-2].seconds) / (last.reports - points[-2].reports)
    france = len(chosen(10**6))
    whole = last.seconds + slope * (france - last.reports)
    print(
        f"all of France ({france} EPCI and perimeters): about {whole / 60:.0f} min on {workers} workers, {slope:.2f} s a report"
    )


def side_by_side(count: int, *, data: str, workers: int) -> None:
    """Print (a), (b), (c), (d), their ratios, and the share of each step."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        jobs, _ = plan_batch(chosen(count), data=data, out=folder / "batch")
        both = [two_plain_commands(job, folder) for job in (jobs[0], jobs[-1])]
        plain = {name: (both[0][name] + both[1][name]) / 2 for name in both[0]}
        steps = our_steps(jobs[0], folder)
        report = timed(lambda: make(replace(jobs[0], out=folder / "one")))
        before = floor(jobs[::2])  # half of (d) before (c), half after: a machine is not as fast all the time
        c = batch(jobs, workers)
        first, later, used = (sum(both) / 2 for both in zip(before, floor(jobs[1::2]), strict=True))
        at_once = floors_at_once(jobs[:: -(-len(jobs) // SAMPLE)], workers)
        shares = warm_shares(jobs[-1], folder)
        shutil.rmtree(folder / "batch")
    memory = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    a, started, half = sum(plain.values()), (c.seconds - c.start) / c.reports, later / 2
    print(f"{len(jobs)} territories, {workers} workers, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"(a) two plain commands      {a:7.2f} s   " + ", ".join(f"{k} {v:.2f}" for k, v in plain.items()))
    print(f"(b) report                  {report:7.2f} s   " + ", ".join(f"{k} {v:.2f}" for k, v in steps.items()))
    print(f"(c) batch, per report       {c.each:7.2f} s   processor {c.processor / c.reports:.2f} s")
    print(
        f"    its start left out      {started:7.2f} s   the start: {c.start:.1f} s, {100 * c.start / c.seconds:.0f} %"
    )
    print(f"(d) floor, first / later    {first:7.2f} / {later:.2f} s   processor {used:.2f} s")
    print(f"    {workers} floors at once                 {at_once:.2f} s each")
    print(f"(c)/(a)     {verdict(c.each / a, 0.25)}")
    print(f"(c)/((d)/2) {verdict(c.each / half, 1.5)}; its start left out {started / half:.2f}")
    print(
        f"(c)/({workers} floors at once, per report) {c.each / at_once * workers:5.2f}; its start left out {started / at_once * workers:.2f}"
    )
    print(f"processor of (c)/(d) {c.processor / c.reports / used:5.2f}, the start included")
    print(f"largest process {memory:.0f} MB")
    print("one report of a batch, its worker warm:")
    for step, seconds in shares.items():
        print(f"  {step:<20} {seconds:6.2f} s  {100 * seconds / sum(shares.values()):3.0f} %")


def main() -> None:
    """Print the table, or the curve."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--territories", type=int, default=20)
    parser.add_argument("--data", default="auto")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--curve", default="", help="sizes of batches, comma-separated: 10,100,1000")
    options = parser.parse_args()
    if options.territories < 4:
        parser.error("--territories: at least 4, for each half of the floor leaves its first report out")
    if options.curve:
        curve([int(n) for n in options.curve.split(",")], data=options.data, workers=options.workers)
    else:
        side_by_side(options.territories, data=options.data, workers=options.workers)


if __name__ == "__main__":
    main()
