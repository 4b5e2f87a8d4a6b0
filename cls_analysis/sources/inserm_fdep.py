"""How deprived is each commune (FDep 2020, Inserm and Santé publique France, published on Odissé)?

First component of the median income, the share of graduates, of manual workers and of unemployed people (Rey et al. 2009,
doi:10.1186/1471-2458-9-33); higher is more deprived. Métropole only. The file's column « Indice de défavorisation en
quintiles » holds the continuous score, not a quintile: values that are all whole numbers from 1 to 5 are refused.
Codes often lost their leading zero (repaired, noted). Paris, Lyon and Marseille are arrondissements: their commune is the mean
weighted by the population of the file (`estimated`). The score of a territory is the population-weighted mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from cls_analysis.sources.codes import DROM, FRANCE, Scope, clean_codes, departement_of, duplicates
from cls_analysis.sources.deduced_cog import nearly_all
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, Variable, count
from cls_analysis.sources.numbers import parse_column, with_missing
from cls_analysis.sources.observations import Block, assemble, with_plm
from cls_analysis.sources.plausible import spread
from cls_analysis.sources.reading import read_csv
from cls_analysis.sources.wide import refuse

YEAR = "2020"
CANDIDATES = (2021, 2022, 2023, 2019, 2024, 2025, 2026)
SCORE, PEOPLE = "Indice de défavorisation en quintiles", "Nombre d'habitants de la commune"
FILE = File(
    "communes",
    f"inserm-fdep/{YEAR}/indice-de-defavorisation-sociale-fdep-par-commune.csv",
    "https://odisse.santepubliquefrance.fr/api/explore/v2.1/catalog/datasets/indice-de-defavorisation-sociale-fdep-par-commune"
    "/exports/csv?delimiter=%3B&use_labels=true",
    separator=";",
    columns=("Code commune", PEOPLE, SCORE),
    min_rows=34000,
)
VARIABLES = (
    Variable("fdep", "Indice de défavorisation sociale FDep", "écarts-types", "score", minimum=-20, maximum=20),
    count("population", "Population de la commune dans le fichier FDep", "habitants", integer=False),
)


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE) -> pd.DataFrame:
    """OBSERVATIONS of `fdep` and `population` in 2020 by commune and arrondissement; a blank score is `missing`."""
    grid = read_csv(paths["communes"], FILE, final_newline=False)
    codes, problems = clean_codes(grid.frame["Code commune"], "commune", where=grid.where, column="Code commune")
    problems += duplicates(codes, where=grid.where, what="communes")
    score, status, wrong = parse_column(
        grid.frame[SCORE], VARIABLES[0], marks={"": "missing"}, where=grid.where, column=SCORE
    )
    people, known, more = parse_column(
        grid.frame[PEOPLE], VARIABLES[1], marks={"": "missing"}, where=grid.where, column=PEOPLE
    )
    problems += wrong + more
    seen = score[~np.isnan(score)]
    if len(seen) and np.isin(seen, (1, 2, 3, 4, 5)).all():
        problems.append(
            f"{grid.where}, column {SCORE!r}: only 1 to 5: these are quintiles, the continuous score is expected"
        )
    overseas = sorted({departement_of(code) for code in codes} & set(DROM))
    if overseas:
        problems.append(f"{grid.where}: départements {', '.join(overseas)}: FDep exists for the métropole only")
    if scope.whole and len(codes) < FILE.min_rows:
        problems.append(
            f"{grid.where}: {len(codes)} communes, at least {FILE.min_rows} expected; likely a file cut short"
        )
    problems += spread(score, 0.5, 20, where=grid.where, column=SCORE, unit="standard deviations")
    cog, lost, wrong = nearly_all(grid, codes, CANDIDATES, scope=scope)
    refuse([*problems, *wrong], source_id=SOURCE.id)
    keys = pd.Categorical([*codes, *lost])
    score, status = with_missing(score, status, len(lost))
    people, known = with_missing(people, known, len(lost))
    blocks = with_plm(
        Block("commune", keys, "fdep", YEAR, score, status, cog), weights=np.nan_to_num(people), additive=False
    )
    return assemble([*blocks, *with_plm(Block("commune", keys, "population", YEAR, people, known, cog))])


SOURCE = Source(
    "inserm-fdep",
    "Inserm, Santé publique France",
    "Indice de défavorisation sociale FDep 2020 par commune",
    YEAR,
    LICENCE_OUVERTE,
    "COG déduit du fichier (le plus proche)",
    (FILE,),
    VARIABLES,
    read,
    caveats=(
        "Métropole seulement. Indice écologique : il décrit des communes, non des personnes.",
        "Paris, Lyon et Marseille : moyenne des arrondissements pondérée par la population (approchée).",
    ),
    homepage="https://odisse.santepubliquefrance.fr/explore/dataset/indice-de-defavorisation-sociale-fdep-par-commune/",
)
