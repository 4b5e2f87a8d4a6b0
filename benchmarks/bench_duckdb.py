"""Are the build's sums within three times of a database doing the same scans and group-bys? And how do costs grow?

1. The sums under THE TABLE: every variable and year that the built sources know by commune, brought to the reference
   COG (an unknown origin makes its commune unknown) and summed over the communes of each EPCI, département and région, and of
   France. Ours are the build's own calls (`Inputs.counts`, then `aggregate`, which gives coverage and status besides), on
   the build's own files; DuckDB does it in one query, and the two are compared territory by territory. `plain` is DuckDB
   without the conversion, a join and a group-by less than ours does: the least that a database could take.
2. Cost curves: the same over 1, 4 and 16 times the rows (as many more variables, as a longer file has); the sums over 10,
   100 and 1,000 territories, on the build's calls; opening as many territories.

python benchmarks/bench_duckdb.py [official|embedded] [--territories 10,100,1000] [--rows 1,4,16]    # needs a build of that mode
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from curves import bar

from cls_analysis import geography, indicators, sources
from cls_analysis.build import load_build
from cls_analysis.diagnostic import opening
from cls_analysis.indicators.groups import Groups
from cls_analysis.indicators.inputs import OVERSEAS
from cls_analysis.indicators.methods.frame import Ground, aggregate
from cls_analysis.sources.layout import CELLS, CellFile, StoredCells

AIM = 3.0
CONVERTED_UP_TO = (
    4  # over more rows, the groups of the conversion fill DuckDB's memory; the plain query is run at every size
)
LEVELS = ("epci", "departement", "region", "france")
QUERY = """
WITH units AS (
    SELECT o.filename, o.variable, o.period, p.destination AS code, sum(o.value * p.weight) AS value
    FROM read_parquet($files, filename = true) o JOIN passage p ON p.cog = o.cog AND p.origin = o.code
    WHERE o.level = 'commune' AND o.sex = 'all' AND o.age = 'all'
    GROUP BY ALL HAVING count(o.value) = any_value(p.origins)
)
SELECT m.territory_type, m.territory, u.filename, u.variable, u.period, sum(u.value) AS total, sum(m.people) AS people
FROM units u JOIN members m ON m.code_commune = u.code GROUP BY ALL
"""
PLAIN = """
SELECT m.territory_type, m.territory, o.filename, o.variable, o.period, sum(o.value) AS total, sum(m.people) AS people
FROM read_parquet($files, filename = true) o JOIN members m ON m.code_commune = o.code
WHERE o.level = 'commune' AND o.sex = 'all' AND o.age = 'all' AND o.value IS NOT NULL GROUP BY ALL
"""


def timed(call: Callable[[], object]) -> tuple[float, float]:
    """Seconds that a call takes: of the clock, of processor."""
    began, spent = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - began, time.process_time() - spent


def ground_of(files: Sequence[Path]) -> Ground:
    """The build's own ground, reading these files."""
    places = {path.stem: path for path in files}
    return indicators.make_ground(StoredCells(places.__getitem__), dict.fromkeys(places, False))


def whole(path: Path) -> list[tuple[str, str]]:
    """Variables and years that a source knows by commune, both sexes and all ages together."""
    stored = CellFile(path)
    found = []
    for cell in stored.places:
        if cell[0] == "commune":
            rows = stored.rows(cell)
            if ((rows["sex"] == "all") & (rows["age"] == "all")).any():
                found.append((cell[1], cell[2]))
    return found


def by_build(
    ground: Ground, groups: Groups, wanted: Sequence[tuple[str, str, str]]
) -> Iterator[tuple[str, str, str, np.ndarray]]:
    """The sums of each (source, variable, period), as an indicator of the build asks for them."""
    for source, variable, period in wanted:
        read = ground.inputs.counts((f"{source}:{variable}",), period)
        yield source, variable, period, aggregate(groups, (read,), floor=0.0).sums[0]


def by_duckdb(files: Sequence[Path], passage: pd.DataFrame, members: pd.DataFrame, query: str = QUERY) -> pd.DataFrame:
    """The same sums (or those of another query), by DuckDB with two threads."""
    with duckdb.connect(config={"threads": 2, "memory_limit": "4GB"}) as link:
        link.register("members", members)
        link.register("passage", passage)
        return link.execute(query, {"files": [str(path) for path in files]}).df()


def passages(files: Sequence[Path]) -> pd.DataFrame:
    """The weights from each vintage of the files to the reference COG, with the number of origins of each destination."""
    years = sorted(
        {int(y) for path in files for y in pa.compute.unique(pq.read_table(path, columns=["cog"])["cog"]).to_pylist()}
    )
    made = []
    for year in years:
        table = geography.passage(year, geography.REFERENCE_COG)[["origin", "destination", "weight"]].assign(cog=year)
        table = table[~table["destination"].str.startswith(OVERSEAS)]
        made.append(table.assign(origins=table.groupby("destination")["origin"].transform("size")))
    return pd.concat(made, ignore_index=True)


def compared(
    files: Sequence[Path], ground: Ground, groups: Groups, wanted: Sequence[tuple[str, str, str]], theirs: pd.DataFrame
) -> str:
    """What the two say of each other, territory by territory."""
    keys = groups.keys
    parts = [
        keys.assign(source=source, variable=variable, period=period, ours=sums)
        for source, variable, period, sums in by_build(ground, groups, wanted)
    ]
    ours = pd.concat(parts, ignore_index=True)
    ours = ours[(ours["comparator_type"] == "").to_numpy()]
    names = {str(path): path.stem for path in files}
    told = theirs.assign(source=theirs["filename"].map(names))
    on = ["territory_type", "territory", "source", "variable", "period"]
    both = ours.merge(told, on=on, how="outer", validate="one_to_one", indicator=True)
    lost = int((both["_merge"] == "right_only").sum()) + int(
        (both.loc[both["_merge"] == "left_only", "ours"] != 0).sum()
    )
    pair = both[both["_merge"] == "both"]
    gap = float(((pair["ours"] - pair["total"]).abs() / pair["total"].abs().clip(lower=1)).max())
    return f"{len(pair):,} sums compared, largest relative gap {gap:.0e}, {lost} that only one has" + (
        "" if gap < 1e-9 and not lost else "   THE TWO DISAGREE"
    )


def longer(path: Path, times: int, folder: Path) -> Path:
    """The same source with `times` as many variables, written one copy after the other."""
    table, places = pq.read_table(path), CellFile(path).places
    meta = table.schema.metadata
    cells = [
        [level, f"{variable}_{k}", period, first + k * len(table), rows]
        for k in range(times)
        for (level, variable, period), (first, rows) in places.items()
    ]
    schema = table.schema.with_metadata({**meta, CELLS: json.dumps(cells).encode()})
    target = folder / path.name
    groups = pq.read_metadata(path)
    at = table.schema.get_field_index("variable")
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for k in range(times):
            words = table["variable"].unify_dictionaries().combine_chunks()
            named = pa.array([f"{word}_{k}" for word in words.dictionary.to_pylist()])
            copy = table.set_column(at, schema.field(at), pa.DictionaryArray.from_arrays(words.indices, named))
            start = 0
            for number in range(groups.num_row_groups):
                size = groups.row_group(number).num_rows
                writer.write_table(
                    copy.slice(start, size).replace_schema_metadata(schema.metadata), row_group_size=max(size, 1)
                )
                start += size
    return target


def communal(mode: str) -> list[Path]:
    """Built sources that know communes."""
    folder = sources.processed_dir() / mode / "sources"
    paths = [folder / f"{name}.parquet" for name in sources.load_lock(mode)]
    return [path for path in paths if any(cell[0] == "commune" for cell in CellFile(path).places)]


def opened(mode: str, count: int) -> tuple[float, float]:
    """Seconds to open this many territories one after the other, national tables already read."""
    codes = geography.epci()["siren_epci"].astype(str).tolist()
    chosen = [codes[i % len(codes)] for i in range(count)]
    processed = sources.processed_dir()
    opening.read_setting(geography.territory(codes[0]), mode, processed, "2026")

    def one_after_the_other() -> None:
        for code in chosen:
            opening.read_setting(geography.territory(code), mode, processed, "2026")

    return timed(one_after_the_other)


def only(groups: Groups, count: int) -> Groups:
    """The first rows of the membership matrix."""
    return replace(groups, keys=groups.keys.iloc[:count], matrix=groups.matrix[:count])


def row_curve(files: Sequence[Path], members: pd.DataFrame, passage: pd.DataFrame, counts: Sequence[int]) -> None:
    """Print the cost of the same sums over more and more rows."""
    print(
        "rows x        rows   ours s (processor)   DuckDB s (processor)   plain s (processor)   ours / DuckDB, / plain"
    )
    lines = []
    for times in counts:
        with tempfile.TemporaryDirectory() as name:
            long = [longer(path, times, Path(name)) for path in files]
            ground = ground_of(long)
            groups = ground.communes.only(LEVELS)
            wanted = [(path.stem, *cell) for path in long for cell in whole(path)]
            mine = timed(lambda g=ground, s=groups, w=wanted: [None for _ in by_build(g, s, w)])
            theirs = (float("nan"), float("nan"))
            if times <= CONVERTED_UP_TO:
                theirs = timed(lambda files=long: by_duckdb(files, passage, members))
            plain = timed(lambda files=long: by_duckdb(files, passage, members, PLAIN))
            lines.append((times, sum(pq.read_metadata(path).num_rows for path in long), mine, theirs, plain))
    most = max(mine[0] for _, _, mine, _, _ in lines)
    for times, rows, mine, theirs, plain in lines:
        print(
            f"{times:>6} {rows:>11,} {mine[0]:8.2f} ({mine[1]:7.2f}) {theirs[0]:13.2f} ({theirs[1]:7.2f}) "
            f"{plain[0]:11.2f} ({plain[1]:7.2f}) {mine[0] / theirs[0]:10.2f} {mine[0] / plain[0]:7.2f}   {bar(mine[0], most)}"
        )


def territory_curves(
    mode: str, files: Sequence[Path], wanted: Sequence[tuple[str, str, str]], counts: Sequence[int]
) -> None:
    """Print the cost of sums over more and more territories, and of opening them."""
    ground = ground_of(files)
    groups = ground.communes.only(LEVELS)
    list(by_build(ground, groups, wanted))  # conversions are known
    print("territories   sums s   s to open   ms each")
    points = []
    for count in counts:
        some = only(groups, count)
        summed = timed(lambda g=ground, s=some: [None for _ in by_build(g, s, wanted)])[0]
        points.append((len(some.keys), summed, opened(mode, count)[0]))
    most = max(spent for _, _, spent in points)
    for count, summed, spent in points:
        print(f"{count:>11} {summed:8.2f} {spent:11.2f} {1000 * spent / count:9.0f}   {bar(spent, most)}")


def main() -> None:
    """Print the comparison and the curves."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    real = (sources.processed_dir() / "official" / "build.json").is_file()
    parser.add_argument("mode", nargs="?", default="official" if real else "embedded")
    parser.add_argument("--territories", default="10,100,1000")
    parser.add_argument("--rows", default="1,4,16")
    options = parser.parse_args()
    files, steps = communal(options.mode), load_build(options.mode)["seconds"]
    ground = ground_of(files)
    groups = ground.communes.only(LEVELS)
    people = geography.communes().set_index("code_commune")["population"]
    members = geography.members()[["territory_type", "territory", "code_commune"]].astype(str)
    members = members[members["territory_type"].isin(LEVELS)]
    members = members.assign(people=members["code_commune"].map(people).astype(float))
    passage = passages(files)
    wanted = [(path.stem, *cell) for path in files for cell in whole(path)]
    print(
        f"{options.mode}: {len(files)} files, {sum(pq.read_metadata(f).num_rows for f in files):,} rows, {len(wanted)} variables and years"
    )
    said = compared(files, ground, groups, wanted, by_duckdb(files, passage, members))
    print(said)
    theirs = min(timed(lambda: by_duckdb(files, passage, members)) for _ in range(3))
    ours = min(timed(lambda: [None for _ in by_build(ground_of(files), groups, wanted)]) for _ in range(3))
    plain = min(timed(lambda: by_duckdb(files, passage, members, PLAIN)) for _ in range(3))
    print(f"DuckDB, two threads          {theirs[0]:7.2f} s ({theirs[1]:.2f} of processor)")
    print(f"DuckDB, without conversion   {plain[0]:7.2f} s ({plain[1]:.2f} of processor)")
    print(
        f"the build, one, from nothing {ours[0]:7.2f} s ({ours[1]:.2f} of processor)   "
        f"{ours[0] / theirs[0]:.2f} times, {ours[0] / plain[0]:.2f} times the plain query, aim at most {AIM:g}"
    )
    print(
        f"the indicators step          {steps.get('indicators', float('nan')):7.2f} s: intervals, standardisation, parts (at the last build)"
    )
    row_curve(files, members, passage, [int(word) for word in options.rows.split(",")])
    territory_curves(options.mode, files, wanted, [int(word) for word in options.territories.split(",")])
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")
    if "DISAGREE" in said:
        sys.exit(1)


if __name__ == "__main__":
    main()
