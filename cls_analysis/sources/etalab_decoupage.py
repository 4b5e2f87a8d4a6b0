"""How many inhabitants had each commune, vintage after vintage, without any official file at hand?

The populations municipales embedded in `cls_analysis.geography` (npm package @etalab/decoupage-administratif, data
under Licence Ouverte). Two packages can carry the same census (2022 and 2023 carry 2020; 2025 and 2026 carry 2023):
each census is given once, in the newest COG that carries it, so that no inhabitant is counted twice. Mayotte always
carries its census of 2017. Available in both modes, with no file to fetch.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from cls_analysis import geography
from cls_analysis.sources.codes import DEPARTEMENTS, departement_of
from cls_analysis.sources.model import LICENCE_OUVERTE, Source, count
from cls_analysis.sources.numbers import MISSING, OBSERVED
from cls_analysis.sources.observations import Block, assemble


def read(paths: Mapping[str, Path] | None = None) -> pd.DataFrame:  # noqa: ARG001 (embedded)
    """OBSERVATIONS of `pmun` by commune and census (period), each in the newest COG that carries it."""
    frame = geography.populations()
    codes = frame["code_commune"].astype("str")
    frame = frame[codes.map(departement_of).isin(DEPARTEMENTS)]
    newest = frame.groupby("reference_year")["cog"].transform("max")
    frame = frame[frame["cog"] == newest]
    blocks = []
    for census in sorted(frame["reference_year"].unique()):
        part = frame[frame["reference_year"] == census]
        values = part["population"].astype("float64").to_numpy(na_value=np.nan)
        status = np.where(np.isnan(values), MISSING, OBSERVED).astype(np.int8)
        blocks.append(
            Block(
                "commune",
                pd.Categorical(part["code_commune"].astype("str")),
                "pmun",
                str(census),
                values,
                status,
                int(part["cog"].iloc[0]),
            )
        )
    return assemble(blocks)


SOURCE = Source(
    "etalab-decoupage",
    "Etalab, d’après Insee et DGCL",
    "Découpage administratif, populations municipales par millésime",
    "2026",
    LICENCE_OUVERTE,
    "COG 2019, 2021, 2023, 2024, 2026",
    (),
    (count("pmun", "Population municipale", "habitants"),),
    read,
    caveats=("Mayotte : recensement de 2017 dans tous les millésimes.",),
    modes=("embedded", "official"),
    homepage="https://github.com/etalab/decoupage-administratif",
)
