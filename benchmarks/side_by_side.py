"""Two ways to the same figures, measured side by side in one run: seconds, memory, and how far the results agree.

`agree` is the largest relative difference between the two results (see docs/statistics.md where it is not rounding). Each
side runs in a process of its own, so that `peak` is its memory above the inputs. Seconds are of wall time; the load of the
machine is printed first, for they mean little on a busy one.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Result = np.ndarray


@dataclass(frozen=True)
class Case:
    """One row of the table: two ways to the same figures, on inputs made once."""

    name: str
    size: str
    aim_seconds: float | None
    inputs: Callable[[], Any]
    ours: Callable[[Any], Result]
    other_name: str
    other: Callable[[Any], Result]
    relative: bool = True


def peak_kb(reset: bool = False) -> int:
    """Highest resident memory of this process, counted afresh from a reset (Linux; elsewhere since its start)."""
    try:
        if reset:
            Path("/proc/self/clear_refs").write_text("5")
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _measure(case: Case, small: Case, which: str, seed_result: Any) -> None:
    """Run one side, after the same at a small size; put (seconds, peak MB above the inputs, result) in the pipe."""
    warnings.simplefilter("ignore")
    run = case.ours if which == "ours" else case.other
    data = case.inputs()
    (small.ours if which == "ours" else small.other)(small.inputs())  # imports and first calls are not what is timed
    before = peak_kb(reset=True)
    start = time.perf_counter()
    result = run(data)
    seconds = time.perf_counter() - start
    peak = (peak_kb() - before) / 1024
    seed_result.send((seconds, peak, np.asarray(result, dtype=float)))
    seed_result.close()


def measure(case: Case, small: Case, which: str) -> tuple[float, float, Result]:
    context = multiprocessing.get_context("fork")
    receive, send = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(case, small, which, send))
    process.start()
    send.close()
    answer = receive.recv()
    process.join()
    return answer


def run(cases: Callable[[bool], list[Case]], description: str | None, argv: list[str] | None = None) -> int:
    """Print the table of `cases(quick)`; 1 if an aim is missed."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes, seconds")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    options = parser.parse_args(argv)
    print(
        f"{'statistic':<28} {'size':<34} {'ours s':>8} {'aim':>5} {'peak MB':>8}  {'instead':<22} {'s':>9} {'peak MB':>8} "
        f"{'ratio':>8} {'agree':>9}"
    )
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    missed = 0
    for case, small in zip(cases(options.quick), cases(True), strict=True):
        if options.only not in case.name:
            continue
        ours, our_peak, a = measure(case, small, "ours")
        other, other_peak, b = measure(case, small, "other")
        here = np.isfinite(a) & np.isfinite(b)
        gap = np.abs(a[here] - b[here])
        agree = (gap / np.maximum(np.abs(b[here]), 1e-12)).max() if case.relative else gap.mean()
        aim = f"{case.aim_seconds:g}" if case.aim_seconds and not options.quick else ""
        missed += bool(aim) and ours > float(aim)
        print(
            f"{case.name:<28} {case.size:<34} {ours:>8.3f} {aim:>5} {our_peak:>8.0f}  {case.other_name:<22} {other:>9.3f} "
            f"{other_peak:>8.0f} {other / ours:>7.1f}x {agree:>9.1e}",
            flush=True,
        )
    print(
        "agree: largest relative difference; for local_moran the mean absolute difference of the p-values (both simulated)"
    )
    return 1 if missed else 0
