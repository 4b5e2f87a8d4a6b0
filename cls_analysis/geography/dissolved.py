"""Which groups of communes need not be dissolved again? Those of a grouping of all France, dissolved once and kept in a file.

A map by bassin de vie shows some thirty of them, and dissolving these takes a fifth of a report. `write_dissolved` does it for a whole
grouping, `dissolve(mapping, kept=path)` (shapes.py) looks a group up by its very communes: one that is cut, or has another
commune, is dissolved on the spot, so that what is kept never changes what is drawn.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from cls_analysis.geography import outline
from cls_analysis.unchanged import once_per_file

Communes = tuple[str, ...]


def write_dissolved(mapping: Mapping[str, str], contours: Mapping[str, shapely.Geometry], path: Path) -> None:
    """Dissolve every group of {code_commune: territory} that has two communes or more with a contour, and write them
    to `path`; nothing where no group has."""
    groups: dict[str, list[str]] = {}
    for code in sorted(code for code in mapping if code in contours):
        groups.setdefault(mapping[code], []).append(code)
    several = {name: groups[name] for name in sorted(groups) if len(groups[name]) > 1}
    if not several:
        return
    parts = [np.array([contours[code] for code in codes], dtype=object) for codes in several.values()]
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # GEOS lets go of the interpreter
        geometries = list(pool.map(outline.dissolve, parts))
    table = outline.pack({"group": pd.Series(geometries, index=list(several), dtype=object)})
    outline.write(table.append_column("communes", pa.array(list(several.values()), pa.list_(pa.string()))), path)


def read_dissolved(path: Path) -> Mapping[Communes, shapely.Geometry]:
    """Contour by communes, sorted, of the groups of a file of `write_dissolved`; none where there is no file, or a damaged one:
    it saves time and nothing else."""
    try:
        return _read(path)
    except (OSError, pa.ArrowException):
        return {}


@once_per_file(4)
def _read(path: Path) -> Mapping[Communes, shapely.Geometry]:
    table = pq.read_table(path)
    drawn = outline.decode(table)
    single = shapely.get_num_geometries(drawn) == 1
    drawn[single] = shapely.get_geometry(drawn[single], 0)  # as it was dissolved
    return dict(zip(map(tuple, table.column("communes").to_pylist()), drawn, strict=True))
