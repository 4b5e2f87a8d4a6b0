"""Comparateur de territoires.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from cls_analysis.errors import DataMissing
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, Variable, count, rate, share  # noqa: F401


VARIABLES = (
    count("population", "Population municipale", "habitants"),
    count("menages", "Ménages", "ménages"),
    count("naissances", "Naissances domiciliées", "naissances"),
    count("deces", "Décès domiciliés", "décès"),
    count("pop_15_64", "Population de 15 à 64 ans", "habitants"),
    count("actifs_15_64", "Actifs de 15 à 64 ans", "personnes"),
    count("chomeurs_15_64", "Chômeurs de 15 à 64 ans au sens du recensement", "personnes"),
    count("superficie_km2", "Superficie", "km²", integer=False),
)
def read(paths: Mapping[str, Path]) -> pd.DataFrame:
    raise DataMissing(f"no reader for {sorted(paths)}")

SOURCE = Source("insee-comparateur", "Insee", "Comparateur de territoires", "2021", LICENCE_OUVERTE, "COG 2024", (), VARIABLES, read)
