"""Is the national build within three times of a database doing the same scans and group-bys? And how do costs grow?

1. The sums under THE TABLE: every count of every built source, summed over the communes of each territory (EPCI, département,
   région, France), by period, sex and age: DuckDB on the same Parquet files, then our own steps (`Inputs`, `Groups`, the
   build's `indicators` step, which does intervals, standardisation and coverage besides).
2. Cost curves: opening and drawing 10, 100 and 1,000 territories; the same sums over 1, 4 and 16 times the rows.

python benchmarks/bench_duckdb.py [official|embedded] [--territories 10,100,1000]    # needs a build of that mode
"""

from __future__ import annotations

import argparse
import importlib.util
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cls_analysis import geography, indicators, sources
from cls_analysis.build import load_build
from cls_analysis.diagnostic import opening

AIM = 3.0
LEVELS = ("epci", "departement", "region", "france")
QUERY = """
SELECT m.territory_type, m.territory, o.variable, o.period, o.sex, o.age, sum(o.value) AS total, count(*) AS communes
FROM read_parquet($files) o JOIN members m ON m.code_commune = o.code
WHERE o.level = 'commune' AND o.value IS NOT NULL
GROUP BY ALL
"""


def timed(call: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def territories_above() -> pd.DataFrame:
    """Communes of each territory summed over."""
    members = geography.members()
    return members[members["territory_type"].isin(LEVELS)][["territory_type", "territory", "code_commune"]].astype(str)


def by_duckdb(files: list[str], members: pd.DataFrame) -> float:
    """The total of the sums, made by DuckDB with two threads."""
    import duckdb

    link = duckdb.connect(config={"threads": 2})
    link.register("members", members)
    made = link.execute(QUERY, {"files": files}).fetchnumpy()
    return float(np.sum(made["total"]))


def by_arrow(files: list[str], members: pd.DataFrame) -> float:
    """The total of the same sums, made as the build does: codes as positions, one sparse product per file."""
    from scipy import sparse

    names = members.drop_duplicates(["territory_type", "territory"]).reset_index(drop=True)
    order = pd.MultiIndex.from_frame(names[["territory_type", "territory"]])
    row = order.get_indexer(pd.MultiIndex.from_frame(members[["territory_type", "territory"]]))
    codes = pd.Index(members["code_commune"].unique())
    matrix = sparse.csr_array(
        (np.ones(len(members)), (row, codes.get_indexer(members["code_commune"]))), shape=(len(names), len(codes))
    )
    made = 0.0
    for path in files:
        table = pq.read_table(path, columns=["level", "code", "variable", "period", "sex", "age", "value"])
        frame = table.filter(pa.compute.equal(table["level"].cast(pa.string()), "commune")).to_pandas()
        frame = frame[frame["value"].notna()]
        if frame.empty:
            continue
        keys = frame.groupby(["variable", "period", "sex", "age"], observed=True, sort=False).ngroup().to_numpy()
        text = frame["code"].astype("category")
        place = codes.get_indexer(text.cat.categories)[text.cat.codes]
        known = place >= 0
        shape = (len(codes), int(keys.max()) + 1)
        values = sparse.csr_array((frame["value"].to_numpy()[known], (place[known], keys[known])), shape=shape)
        values.sum_duplicates()
        sums = matrix @ values
        made += float(sums.sum())
    return made


def counted_files(mode: str) -> list[str]:
    """Built sources that hold communes."""
    folder = sources.processed_dir() / mode / "sources"
    found = []
    for name in sources.load_lock(mode):
        path = folder / f"{name}.parquet"
        table = pq.read_table(path, columns=["level"])
        if len(table) and "commune" in set(pa.compute.unique(table["level"]).to_pylist()):
            found.append(str(path))
    return found


def repeated(files: list[str], times: int, folder: Path) -> list[str]:
    """The same files with their rows repeated."""
    made = []
    for path in files:
        table = pq.read_table(path)
        target = folder / f"{times}-{Path(path).name}"
        pq.write_table(pa.concat_tables([table] * times).unify_dictionaries(), target, compression="zstd")
        made.append(str(target))
    return made


def opened(mode: str, count: int) -> float:
    """Seconds to open this many territories one after the other, national tables already read."""
    codes = geography.epci()["siren_epci"].astype(str).tolist()
    chosen = [codes[i % len(codes)] for i in range(count)]
    processed = sources.processed_dir()
    opening.read_setting(geography.territory(codes[0]), mode, processed, "2026")
    return timed(lambda: [opening.read_setting(geography.territory(c), mode, processed, "2026") for c in chosen])


def bar(value: float, most: float) -> str:
    """A bar of characters."""
    return "#" * max(1, round(40 * value / most))


def main() -> None:
    """Print the two comparisons."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mode", nargs="?", default="embedded")
    parser.add_argument("--territories", default="10,100,1000")
    options = parser.parse_args()
    files, members = counted_files(options.mode), territories_above()
    steps = load_build(options.mode)["seconds"]
    if importlib.util.find_spec("duckdb"):
        same = np.isclose(by_duckdb(files, members), by_arrow(files, members), rtol=1e-9)
        print("the two give the same sums" if same else "THE TWO DISAGREE")
        theirs = min(timed(lambda: by_duckdb(files, members)) for _ in range(3))
    else:
        print("duckdb is not installed: pip install -e '.[dev]'")
        theirs = float("nan")
    ours = min(timed(lambda: by_arrow(files, members)) for _ in range(3))
    catalogue = indicators.load_catalogue()
    print(f"{options.mode}: {len(files)} files, {sum(pq.read_metadata(f).num_rows for f in files):,} rows")
    print(f"DuckDB, two threads         {theirs:7.2f} s")
    print(f"ours, the same sums         {ours:7.2f} s   {ours / theirs:.2f} times, aim at most {AIM:g}")
    print(
        f"the build's indicators step {steps.get('indicators', float('nan')):7.2f} s   "
        f"{len(catalogue)} indicators with intervals, coverage, standardisation (at the last build)"
    )
    with tempfile.TemporaryDirectory() as name:
        curve = {}
        for times in (1, 4, 16):
            larger = repeated(files, times, Path(name))
            curve[times] = (
                timed(lambda larger=larger: by_arrow(larger, members)),
                timed(lambda larger=larger: by_duckdb(larger, members)) if theirs == theirs else float("nan"),
            )
            for path in larger:
                Path(path).unlink()
    most = max(ours for ours, _ in curve.values())
    print("rows x   ours s   DuckDB s")
    for times, (mine, other) in curve.items():
        print(f"{times:>6} {mine:8.2f} {other:10.2f}   {bar(mine, most)}")
    counts = [int(word) for word in options.territories.split(",")]
    spent = {count: opened(options.mode, count) for count in counts}
    print("territories   s to open   ms each")
    for count, seconds in spent.items():
        print(f"{count:>11} {seconds:11.2f} {1000 * seconds / count:9.0f}   {bar(seconds, max(spent.values()))}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
