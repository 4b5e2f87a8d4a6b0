"""How long do the geography's usual questions take, cold and warm?

    python benchmarks/bench_geography.py

Aims: a perimeter and its neighbours drawn in 0.3 s warm, a table of passage in 1 s, `members()` in 0.5 s.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

import numpy as np
import pandas as pd


def timed(label: str, question: Callable[[], object]) -> None:
    """Print the time of a first and of a second call."""
    spent = []
    for _ in range(2):
        start = time.perf_counter()
        question()
        spent.append(time.perf_counter() - start)
    print(f"{label:<48} {spent[0]:8.3f} s  {spent[1]:8.3f} s")


def main() -> None:
    """Run every question once cold and once warm."""
    start = time.perf_counter()
    from cls_analysis import geography

    print(f"{'import':<48} {time.perf_counter() - start:8.3f} s")
    print(f"{'question':<48} {'cold':>10}  {'warm':>10}")
    around = geography.neighbours("epci")

    def drawn() -> None:
        one = geography.territory("petr-langres")
        near = sorted({n for siren in one.epci for n in around[siren]})
        geography.contours("perimeter", ["petr-langres"])
        geography.contours("commune", one.communes)
        geography.contours("epci", near)

    rng = np.random.default_rng(1)
    codes = geography.communes(2023)["code_commune"]
    frame = pd.DataFrame(
        {
            "code_commune": np.tile(codes, 10),
            "age": np.repeat(np.arange(10).astype(str), len(codes)),
            "n": rng.integers(0, 1000, 10 * len(codes)),
        }
    )
    timed("members()", geography.members)
    timed("territory and comparators", lambda: geography.comparators("petr-langres"))
    timed("a perimeter, its communes and its neighbours drawn", drawn)
    timed("every EPCI drawn", lambda: geography.contours("epci"))
    timed("neighbours of every commune", geography.neighbours)
    timed("passage 2009 to 2026", lambda: geography.passage(2009, 2026))
    timed(
        f"convert {len(frame):,} rows 2023 to 2026",
        lambda: geography.convert(frame, counts=["n"], source=2023, target=2026, by=["age"]),
    )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
