"""How long does the national build take, step by step, and how much memory? One fresh build in a temporary folder.

python benchmarks/bench_build.py [official|embedded]      # official needs CLS_DATA_MIRROR, and is taken where it is named
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from cls_analysis.build import build, load_build

AIM_SECONDS, AIM_GB = 60.0, 2.0


def lower_a_part(folder: Path) -> None:
    """Forget one indicator, as a changed entry would, and one file, so that the build is not found whole."""
    (folder / "parts" / "taux-chomage.json").unlink()
    (folder / "indicators.parquet").unlink()


def main(mode: str) -> None:
    """Build once from nothing, once again unchanged, and print the share of each step."""
    mirror = Path(os.environ["CLS_DATA_MIRROR"]) if mode == "official" else None
    with tempfile.TemporaryDirectory() as folder:
        for run in ("from nothing", "again, sources unchanged"):
            start, cpu = time.perf_counter(), time.process_time()
            build(mode, mirror=mirror, processed=Path(folder))
            wall, spent = time.perf_counter() - start, time.process_time() - cpu
            told = load_build(mode, processed=Path(folder))
            print(
                f"{mode}, {run}: {wall:.1f} s ({spent:.1f} s of processor), {told['rows']:,} rows (aim {AIM_SECONDS:.0f} s)"
            )
            for step, seconds in told["seconds"].items():
                print(f"  {step:<12} {seconds:7.1f} s  {100 * seconds / wall:3.0f} %")
        lower_a_part(Path(folder) / mode)
        start = time.perf_counter()
        build(mode, mirror=mirror, processed=Path(folder))
        told = load_build(mode, processed=Path(folder))
        print(f"{mode}, one indicator's part lost: {time.perf_counter() - start:.1f} s, computed {told['recomputed']}")
    peaks = [resource.getrusage(who).ru_maxrss / 1e6 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(f"peak memory {peaks[0]:.2f} GB, of a reader beside {peaks[1]:.2f} GB (aim {AIM_GB:.0f} GB)")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "official" if os.environ.get("CLS_DATA_MIRROR") else "embedded")
