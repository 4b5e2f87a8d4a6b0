"""How long does the national build take, step by step, and how much memory? What does a change cost? Fresh builds in a temporary folder.

From nothing; again with nothing changed; with one indicator's part lost; with one source to be read again. Each run is a
process of its own, and tells the steps that it went through (none of an earlier run), what it computed again and its
peak memory. How the sums grow with rows and territories: bench_duckdb.py.

python benchmarks/bench_build.py [official|embedded]      # official needs CLS_DATA_MIRROR, and is taken where it is named
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cls_analysis.build import build, load_build

AIM_SECONDS, AIM_GB = 60.0, 2.0
SOURCE = {"official": "insee-comparateur", "embedded": "demo-social"}


@dataclass(frozen=True)
class Run:
    """One build: seconds of the clock and of processor (readers beside included), seconds by step, peak memory in GB."""

    wall: float
    spent: float
    steps: dict[str, float]
    recomputed: int
    rows: int
    peak: float
    peak_beside: float


def one(mode: str, folder: str) -> Run:
    """Build in this process, and what it cost. A step is timed from its first word to the next one's."""
    mirror = Path(os.environ["CLS_DATA_MIRROR"]) if mode == "official" else None
    heard: list[tuple[str, float]] = []
    start = time.perf_counter()
    build(mode, mirror=mirror, processed=Path(folder), progress=lambda word: heard.append((word, time.perf_counter())))
    end = time.perf_counter()
    steps: dict[str, float] = {}
    for (word, began), (_, ended) in zip(heard, [*heard[1:], ("", end)], strict=True):
        name = "indicators" if word.startswith("indicator") else word
        steps[name] = steps.get(name, 0.0) + ended - began
    told = load_build(mode, processed=Path(folder))
    mine, beside = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return Run(
        end - start,
        sum(use.ru_utime + use.ru_stime for use in (mine, beside)),
        steps,
        0 if "unchanged" in steps else len(told["recomputed"]),
        told["rows"],
        mine.ru_maxrss / 1e6,
        beside.ru_maxrss / 1e6,
    )


def lose_a_part(mode: str, folder: Path) -> None:
    """Forget one indicator, as a changed entry would, and one file, so that the build is not found whole."""
    (folder / mode / "parts" / "taux-chomage.json").unlink()
    (folder / mode / "indicators.parquet").unlink()


def lose_a_source(mode: str, folder: Path) -> None:
    """Make one source one that was read from another file, as a correction by its producer would."""
    lock = folder / mode / "lock.json"
    told = json.loads(lock.read_text(encoding="utf-8"))
    told["sources"][SOURCE[mode]]["key"] = "read from another file"
    lock.write_text(json.dumps(told), encoding="utf-8")
    (folder / mode / "indicators.parquet").unlink()


def main(mode: str) -> None:
    """Print the runs."""
    runs = (
        ("from nothing", None),
        ("again, nothing changed", None),
        ("one indicator's part lost", lose_a_part),
        (f"{SOURCE[mode]} read again, found the same", lose_a_source),
    )
    with tempfile.TemporaryDirectory() as name:
        for said, before in runs:
            if before is not None:
                before(mode, Path(name))
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
                run = pool.submit(one, mode, name).result()
            print(
                f"{mode}, {said}: {run.wall:.1f} s ({run.spent:.1f} s of processor), {run.recomputed} indicators computed"
            )
            if said == "from nothing":
                print(f"  {run.rows:,} rows; aim {AIM_SECONDS:.0f} s and {AIM_GB:.0f} GB")
            print(
                f"  peak memory {run.peak:.2f} GB"
                + (f", of a reader beside {run.peak_beside:.2f} GB" if run.peak_beside else "")
            )
            for step, seconds in run.steps.items():
                print(f"  {step:<12} {seconds:7.1f} s  {100 * seconds / run.wall:3.0f} %", flush=True)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "official" if os.environ.get("CLS_DATA_MIRROR") else "embedded")
