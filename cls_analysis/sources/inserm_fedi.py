"""How deprived is each commune by the European index (F-EDI 2021, published on Odissé)?

French version of the European Deprivation Index (Pornet et al. 2012, doi:10.1136/jech-2011-200311): `EDI` is the continuous
score (higher is more deprived), `Quintile natonal` (spelt so by the producer) its national quintile, 1 the least deprived.
`Millésime EDI` must be 2021. Codes often lost their leading zero (repaired, noted). Checked: quintiles follow the score.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from cls_analysis.sources.codes import FRANCE, Scope, clean_codes, duplicates
from cls_analysis.sources.deduced_cog import nearly_all
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, Variable
from cls_analysis.sources.numbers import parse_column, with_missing
from cls_analysis.sources.observations import Block, assemble, with_plm
from cls_analysis.sources.plausible import spread
from cls_analysis.sources.reading import read_csv
from cls_analysis.sources.text import shown
from cls_analysis.sources.wide import refuse

YEAR = "2021"
CANDIDATES = (2021, 2022, 2023, 2024, 2025, 2026)
CODE, SCORE, QUINTILE, VINTAGE = "Commune Code", "EDI", "Quintile natonal", "Millésime EDI"
FILE = File(
    "communes",
    f"inserm-fedi/{YEAR}/french-european-deprivation-index-f-edi-2021-par-commune.csv",
    "https://odisse.santepubliquefrance.fr/api/explore/v2.1/catalog/datasets/french-european-deprivation-index-f-edi-2021-par-commune"
    "/exports/csv?delimiter=%3B&use_labels=true",
    separator=";",
    columns=(CODE, SCORE, QUINTILE, VINTAGE),
    min_rows=34000,
)
VARIABLES = (
    Variable("fedi", "Indice européen de défavorisation F-EDI", "score", "score", minimum=-100, maximum=100),
    Variable(
        "fedi_quintile",
        "Quintile national du F-EDI (5 : les plus défavorisées)",
        "quintile",
        "score",
        minimum=1,
        maximum=5,
        integer=True,
    ),
)


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE) -> pd.DataFrame:
    """OBSERVATIONS of `fedi` and `fedi_quintile` in 2021 by commune and arrondissement; a blank is `missing`."""
    grid = read_csv(paths["communes"], FILE, final_newline=False)
    codes, problems = clean_codes(grid.frame[CODE], "commune", where=grid.where, column=CODE)
    problems += duplicates(codes, where=grid.where, what="communes")
    other = grid.frame[VINTAGE][~grid.frame[VINTAGE].str.strip().str.fullmatch(rf"{YEAR}(?:\.0|-01-01)?")]
    if len(other):
        problems.append(
            f"{grid.where}, row {shown(other.index, most=4)}, column {VINTAGE!r}: {shown(map(repr, other.unique()))} is not {YEAR}"
        )
    columns = {}
    for variable, column in zip(VARIABLES, (SCORE, QUINTILE), strict=True):
        values, status, wrong = parse_column(
            grid.frame[column], variable, marks={"": "missing"}, where=grid.where, column=column
        )
        columns[variable.name] = (values, status)
        problems += wrong
    problems += _order(columns["fedi"][0], columns["fedi_quintile"][0], grid.where)
    if scope.whole and len(codes) < FILE.min_rows:
        problems.append(
            f"{grid.where}: {len(codes)} communes, at least {FILE.min_rows} expected; likely a file cut short"
        )
    problems += spread(columns["fedi"][0], 0.5, 100, where=grid.where, column=SCORE, unit="score")
    cog, lost, wrong = nearly_all(grid, codes, CANDIDATES, scope=scope)
    refuse([*problems, *wrong], source_id=SOURCE.id)
    keys = pd.Categorical([*codes, *lost])
    blocks = [
        Block("commune", keys, name, YEAR, *with_missing(values, status, len(lost)), cog)
        for name, (values, status) in columns.items()
    ]
    return assemble([part for block in blocks for part in with_plm(block, additive=False)])


def _order(score: np.ndarray, quintile: np.ndarray, where: str) -> list[str]:
    """A higher quintile has higher scores: otherwise the two columns are not what they say."""
    frame = pd.DataFrame({"score": score, "quintile": quintile}).dropna()
    ranges = frame.groupby("quintile")["score"].agg(["min", "max"])
    crossed = (ranges["min"].iloc[1:].to_numpy() < ranges["max"].iloc[:-1].to_numpy() - 1e-6).any()
    return [f"{where}: quintiles do not follow the score: columns swapped, or two vintages mixed"] if crossed else []


SOURCE = Source(
    "inserm-fedi",
    "Inserm, Santé publique France",
    "French European Deprivation Index (F-EDI) 2021 par commune",
    YEAR,
    LICENCE_OUVERTE,
    "COG déduit du fichier (le plus proche)",
    (FILE,),
    VARIABLES,
    read,
    caveats=("Indice écologique : il décrit des communes, non des personnes.",),
    homepage="https://odisse.santepubliquefrance.fr/explore/dataset/french-european-deprivation-index-f-edi-2021-par-commune/",
)
