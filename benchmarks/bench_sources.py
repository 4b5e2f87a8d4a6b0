"""How long, and in how much memory, are the official files read, source by source?

    python benchmarks/bench_sources.py --mirror MIRROR [--json]

A first build from nothing, then a second one that should read nothing. Aim: 40 s and 1.5 GB for the first on two free
cores. Wall clock and processor time both: on a busy machine only the second means something. Without a mirror, the embedded build.
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import tempfile
import time
from pathlib import Path

from cls_analysis.sources import build_sources, load_lock


def run(mode: str, mirror: Path | None, processed: Path) -> dict[str, dict[str, float]]:
    """Seconds of wall and processor, and peak memory so far (MB), for each source of one build."""
    marks: list[tuple[str, float, float]] = []

    def mark(source_id: str, _done: int, _total: int) -> None:
        marks.append((source_id, time.perf_counter(), time.process_time()))

    build_sources(mode, mirror=mirror, processed=processed, progress=mark)
    marks.append(("end", time.perf_counter(), time.process_time()))
    spent = {
        source_id: {"wall_s": round(after[1] - wall, 2), "cpu_s": round(after[2] - cpu, 2)}
        for (source_id, wall, cpu), after in itertools.pairwise(marks)
    }
    total = {name: round(sum(one[name] for one in spent.values()), 2) for name in ("wall_s", "cpu_s")}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {**spent, "total": {**total, "peak_mb": round(peak)}}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mirror", type=Path, default=None)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    mode = "official" if options.mirror else "embedded"
    with tempfile.TemporaryDirectory() as folder:
        first = run(mode, options.mirror, Path(folder))
        second = run(mode, options.mirror, Path(folder))["total"]
        rows = {source_id: entry["rows"] for source_id, entry in load_lock(mode, Path(folder)).items()}
        size = sum(path.stat().st_size for path in Path(folder).rglob("*.parquet")) / 2**20
    result = {"mode": mode, "first": first, "second": second, "rows": rows, "parquet_mb": round(size, 1)}
    if options.json:
        print(json.dumps(result, indent=1))
        return
    print(f"{mode}: {'source':32} {'rows':>10} {'wall s':>8} {'cpu s':>8}")
    for source_id, one in first.items():
        if source_id != "total":
            print(
                f"{'':{len(mode) + 2}}{source_id:32} {rows.get(source_id, 0):>10,} {one['wall_s']:>8} {one['cpu_s']:>8}"
            )
    print(f"first build {first['total']}; second build {second}; {result['parquet_mb']} MB of Parquet")


if __name__ == "__main__":
    main()
