"""Populations de référence 2023.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from cls_analysis.errors import DataMissing
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, Variable, count, rate, share  # noqa: F401


VARIABLES = (
    count("pmun", "Population municipale", "habitants"),
    count("pcap", "Population comptée à part", "habitants"),
    count("ptot", "Population totale", "habitants"),
)
def read(paths: Mapping[str, Path]) -> pd.DataFrame:
    raise DataMissing(f"no reader for {sorted(paths)}")

SOURCE = Source("insee-populations-reference", "Insee", "Populations de référence", "2023", LICENCE_OUVERTE, "COG 2025", (), VARIABLES, read)
