"""How long, and in how much memory, is a workbook of BANATIC's size read into compositions of PETR?

    python benchmarks/bench_fetching.py [--mb 300] [--json]

A made-up national export of that many megabytes of XML (the real one: about 1400), written once to a temporary folder,
then read in a fresh process: rows, seconds of wall and processor, peak memory above that of the imports. Aim: memory
that does not depend on the size, under 300 MB in all; the processor's time in proportion to the XML.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
MEMBERS = 11  # members of a grouping, as in BANATIC on average


def made_up(rows: int) -> Iterator[tuple[str, str, str, str, str, str]]:
    for n in range(rows):
        group = n // MEMBERS
        nature = "PETR" if group % 75 == 0 else "SIVU"
        yield (
            f"{900000000 + group}",
            f"Groupement {group}",
            nature,
            f"{210000000 + n % 35000:09d}",
            f"Membre {n}",
            "Commune",
        )


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(path: str, answer: Any) -> None:
    """Read the whole workbook in this process and send what it took."""
    from cls_analysis.geography import banatic
    from cls_analysis.sources.banatic_members import read_links

    start_mb, wall, cpu = peak_mb(), time.perf_counter(), time.process_time()
    groupings = banatic.gather(read_links(Path(path)))
    answer.put({
        "groupings": len(groupings.names), "members": sum(map(len, groupings.members.values())),
        "wall_s": round(time.perf_counter() - wall, 1), "cpu_s": round(time.process_time() - cpu, 1),
        "imports_mb": round(start_mb), "peak_mb": round(peak_mb()),
    })  # fmt: skip


def run(megabytes: int, folder: Path) -> dict[str, Any]:
    """Write one made-up workbook of about that many megabytes of XML, read it in a fresh process."""
    from tests.sources_fetching.banatic_workbook import cells_of, write, xml_row

    one = len(xml_row(50000, cells_of(next(made_up(1)))))
    path = write(folder / "banatic.xlsx", made_up(megabytes * 1_000_000 // one))
    with zipfile.ZipFile(path) as archive:
        xml = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    context = multiprocessing.get_context("spawn")
    answer = context.Queue()
    child = context.Process(target=measure, args=(str(path), answer))
    child.start()
    found = answer.get(timeout=1800)
    child.join()
    return {"xml_mb": round(xml / 1e6), "zip_mb": round(path.stat().st_size / 1e6), **found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=int, nargs="+", default=[30, 300])
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    for size in asked.mb:
        with tempfile.TemporaryDirectory() as folder:
            found = run(size, Path(folder))
        print(json.dumps(found) if asked.json else "  ".join(f"{key} {value}" for key, value in found.items()))


if __name__ == "__main__":
    main()
