"""Populations municipales 2013-2021.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from cls_analysis.errors import DataMissing
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, Variable, count, rate, share  # noqa: F401


VARIABLES = (count("pmun", "Population municipale", "habitants"),)
def read(paths: Mapping[str, Path]) -> pd.DataFrame:
    raise DataMissing(f"no reader for {sorted(paths)}")

SOURCE = Source("insee-populations-historiques", "Insee", "Populations municipales 2013 à 2021", "2013-2021", LICENCE_OUVERTE, "COG 2019", (), VARIABLES, read)
