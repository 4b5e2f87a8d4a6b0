"""Groupements.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from cls_analysis.errors import DataMissing
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, Variable, count, rate, share  # noqa: F401


def read(paths: Mapping[str, Path]) -> pd.DataFrame:
    raise DataMissing(f"no reader for {sorted(paths)}")

SOURCE = Source("banatic", "DGCL", "BANATIC, groupements de collectivités 2023", "2023", LICENCE_OUVERTE, "2023", (), (), read)
