"""Which communes are in a rural revitalisation zone (France ruralités revitalisation, FRR)?

Export of the Observatoire des territoires (`codgeo;libgeo;codefrr`): -9999 where the commune is not in the zone, otherwise
the code of its regime. `frr` is 1 or 0; the population share of a territory in the zone is its population-weighted
mean. `frr_code` keeps the code as published (`not_applicable` outside the zone).
https://www.observatoire-des-territoires.gouv.fr
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from cls_analysis.errors import InvalidInput
from cls_analysis.sources.codes import FRANCE, Scope, clean_codes, departement_of, duplicates
from cls_analysis.sources.deduced_cog import fitting_cog
from cls_analysis.sources.melodi import EMPTIED
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, Variable
from cls_analysis.sources.names import check_names
from cls_analysis.sources.numbers import NOT_APPLICABLE, OBSERVED, parse_column
from cls_analysis.sources.observations import Block, assemble, with_plm
from cls_analysis.sources.plausible import ENOUGH
from cls_analysis.sources.reading import read_csv
from cls_analysis.sources.vintages import at_vintage, file_at
from cls_analysis.sources.wide import refuse

YEAR = "2025"
CANDIDATES = (2025, 2024, 2026)
NOT_ZONED = "-9999"
FILE = File(
    "communes",
    f"frr/{YEAR}/codefrr_com{YEAR}.csv",
    "https://www.observatoire-des-territoires.gouv.fr/outils/cartographie-interactive/api/v1/functions/GC_API_download.php"
    f"?type=stat&nivgeo=com{YEAR}&dataset=frr&indic=codefrr&format=csv",
    separator=";",
    columns=("codgeo", "libgeo", "codefrr"),
    min_rows=34000,
)
VARIABLES = (
    Variable(
        "frr", "Commune classée en zone France ruralités revitalisation", "1 ou 0", "score", maximum=1, integer=True
    ),
    Variable(
        "frr_code",
        "Code du régime France ruralités revitalisation",
        "code",
        "score",
        minimum=0,
        maximum=20,
        integer=True,
    ),
)


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE, year: str = YEAR) -> pd.DataFrame:
    """OBSERVATIONS of `frr` (1 zoned, 0 not) and `frr_code` in `year` by commune."""
    grid = read_csv(paths["communes"], file_at(FILE, year), final_newline=False)
    codes, problems = clean_codes(grid.frame["codgeo"], "commune", where=grid.where, column="codgeo")
    problems += duplicates(codes, where=grid.where, what="communes")
    cog, wrong = fitting_cog(
        set(codes), tuple(dict.fromkeys((int(year), *CANDIDATES))), where=grid.where, scope=scope,
        absent=lambda code: departement_of(code) == "976" or code in EMPTIED,
    )  # fmt: skip
    problems += wrong
    value, status, wrong = parse_column(
        grid.frame["codefrr"], VARIABLES[1], marks={NOT_ZONED: "not_applicable"}, where=grid.where, column="codefrr"
    )
    problems += wrong
    if not problems and (status == NOT_APPLICABLE).all():
        problems.append(f"{grid.where}: no commune is zoned; the column is likely not codefrr")
    if not problems and (status == OBSERVED).all() and len(status) > ENOUGH:
        problems.append(f"{grid.where}: every commune is zoned; likely one code copied over the column")
    problems += check_names(codes, grid.frame["libgeo"], cog, where=grid.where, column="libgeo", tolerated=0.01)
    refuse(problems, source_id=SOURCE.id)
    keys = pd.Categorical(codes)
    zoned = np.where(status == OBSERVED, 1.0, 0.0)
    blocks = [
        Block("commune", keys, "frr", year, zoned, np.full(len(keys), OBSERVED, dtype=np.int8), cog),
        Block("commune", keys, "frr_code", year, value, status, cog),
    ]
    return assemble([part for block in blocks for part in with_plm(block, additive=False)])


def at(year: str) -> Source:
    """The zoning as listed in the communes of another year; it exists since 1 July 2024."""
    if year < YEAR:
        raise InvalidInput(
            f"the zoning of {year} is not read: it exists since 1 July 2024, its first list of communes is that of {YEAR}"
        )
    return replace(at_vintage(SOURCE, year), geography=f"COG {year}")


SOURCE = Source(
    "frr",
    "ANCT, Observatoire des territoires",
    "Zonage France ruralités revitalisation",
    YEAR,
    LICENCE_OUVERTE,
    "COG 2025",
    (FILE,),
    VARIABLES,
    read,
    caveats=("Une commune classée pour partie compte comme classée.",),
    homepage="https://www.observatoire-des-territoires.gouv.fr",
    at=at,
)
