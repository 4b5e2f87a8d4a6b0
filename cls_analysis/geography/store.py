"""Read the embedded tables, once per process.

Every table is cached and every public function hands out a copy, so nobody can spoil another's table.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cls_analysis.errors import DataMissing

DATA = Path(__file__).parent / "data"


def path(stem: str) -> Path:
    """Path of an embedded table; DataMissing with the rebuild command when the file is not installed."""
    found = DATA / f"{stem}.parquet"
    if not found.is_file():
        raise DataMissing(
            f"embedded geography table {stem}.parquet is not installed",
            hint="python -m cls_analysis.geography.embed --packages DIR --contours FILE",
        )
    return found


_NULLABLE = {pa.int64(): pd.Int64Dtype(), pa.int8(): pd.Int8Dtype()}  # a population can be null and is never a float


@cache
def table(stem: str) -> pd.DataFrame:
    """The whole table (do not change it: copy first)."""
    return pq.read_table(path(stem)).to_pandas(types_mapper=_NULLABLE.get)


@cache
def of_year(stem: str, year: int) -> pd.DataFrame:
    """Rows of one vintage, without the column `cog` (do not change it: copy first)."""
    frame = pq.read_table(path(stem), filters=[("cog", "=", year)]).to_pandas(types_mapper=_NULLABLE.get)
    return frame.drop(columns="cog").reset_index(drop=True)
