"""Every benchmark, one after the other, each in a process of its own: `python -m benchmarks [SUBJECT ...]`.

A subject is the name of a file without `bench_` (statistics, spatial, geography, sources, build, duckdb, disclosure, figures, report). A
benchmark that needs the official files says so and is skipped where no mirror is named (CLS_DATA_MIRROR).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ORDER = ("statistics", "spatial", "geography", "sources", "build", "duckdb", "disclosure", "figures", "report")
NEEDS_MIRROR = frozenset({"sources"})


def subjects() -> list[str]:
    """Every subject found, the known ones first, in the order in which a report is made."""
    found = {path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py")}
    return [s for s in ORDER if s in found] + sorted(found - set(ORDER))


def main(wanted: list[str]) -> int:
    """Run the subjects wanted (all without argument); the number of those that failed is the exit code."""
    unknown = sorted(set(wanted) - set(subjects()))
    if unknown:
        print(f"no benchmark called {', '.join(unknown)}; there are {', '.join(subjects())}", file=sys.stderr)
        return 2
    failed = 0
    for subject in wanted or subjects():
        print(f"\n=== {subject} ===", flush=True)
        if subject in NEEDS_MIRROR and not os.environ.get("CLS_DATA_MIRROR"):
            print("skipped: CLS_DATA_MIRROR names no folder of official files")
            continue
        done = subprocess.run([sys.executable, str(HERE / f"bench_{subject}.py")], check=False)
        failed += done.returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
