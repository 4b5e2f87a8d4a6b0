"""How long, and in how much memory, is a directory of health professionals of the real size counted by commune?

    python benchmarks/bench_rpps.py [--rows 2000000] [--json]

A made-up extraction of that many activities (57 columns, about 500 bytes a line: 1 GB for two million), written once to a
temporary folder, then read in a fresh process: seconds of wall and processor, peak memory with and without that of the
imports. Aim: at most 500 MB in all.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
WORDS = {
    "10": "Médecin", "21": "Pharmacien", "40": "Chirurgien-Dentiste", "50": "Sage-Femme", "60": "Infirmier",
    "70": "Masseur-Kinésithérapeute", "80": "Pédicure-Podologue", "91": "Orthophoniste", "93": "Psychologue",
}  # fmt: skip
LINE = 500  # bytes of an activity in the real file


def write(path: Path, rows: int) -> Path:
    """Activities of made-up persons (1.5 each on average), in every commune of France."""
    from cls_analysis import geography
    from tests.sources_more.made_more import RPPS_HEADER, activity

    drawn = random.Random(7)
    communes = geography.communes()
    places = list(zip(communes["code_commune"], communes["name"], strict=True))
    patterns = []
    for profession, word in WORDS.items():
        for mode in "LS":
            cells = activity(
                0, profession=profession, word=word, skill="SM54" if profession == "10" else "", mode=mode, structure="@S",
                commune="@C", sector="SA33" if profession == "21" else "SA07",
                sector_word="Pharmacie d'officine" if profession == "21" else "Cabinet individuel",
            )  # fmt: skip
            cells[RPPS_HEADER.index("Identifiant PP")] = "@P"
            cells[RPPS_HEADER.index("Code postal (coord. structure)")] = "@Z"
            cells[RPPS_HEADER.index("Libellé commune (coord. structure)")] = "@T"
            cells[RPPS_HEADER.index("Libellé Voie (coord. structure)")] = "@V"
            patterns.append("|".join(cells) + "\n")
    with path.open("w", encoding="utf-8") as stream:
        stream.write("|".join(RPPS_HEADER) + "\n")
        for number in range(rows):
            code, name = places[int(len(places) * drawn.random() ** 2)]
            line = patterns[int(len(patterns) * drawn.random())]
            line = line.replace("@P", f"1{int(rows / 1.5 * drawn.random()):010d}").replace(
                "@S", f"R{number % 400000:011d}"
            )
            line = line.replace("@C", code).replace("@Z", f"{code[:2]}000").replace("@T", name)
            stream.write(line.replace("@V", "x" * max(0, LINE - len(line))))
    return path


def measure(path: str, answer: Any) -> None:
    """Count the whole directory in this process and send what it took."""
    from benchmarks.bench_fetching import peak_mb
    from cls_analysis.sources import get_source

    start_mb, wall, cpu = peak_mb(), time.perf_counter(), time.process_time()
    frame = get_source("ans-rpps").read({"activites": Path(path)})
    answer.put({
        "observations": len(frame), "wall_s": round(time.perf_counter() - wall, 1), "cpu_s": round(time.process_time() - cpu, 1),
        "imports_mb": round(start_mb), "peak_mb": round(peak_mb()),
    })  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "rpps.txt", asked.rows)
        context = multiprocessing.get_context("spawn")
        answer = context.Queue()
        child = context.Process(target=measure, args=(str(path), answer))
        child.start()
        found = {"rows": asked.rows, "file_mb": round(path.stat().st_size / 1e6), **answer.get(timeout=1800)}
        child.join()
    print(json.dumps(found) if asked.json else "  ".join(f"{key} {value}" for key, value in found.items()))


if __name__ == "__main__":
    main()
