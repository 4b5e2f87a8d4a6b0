"""How many inhabitants has each commune (populations de référence 2023, in force since 1 January 2026)?

Text file `donnees_communes.csv`, one row per commune, `;`, UTF-8. Paris, Marseille and Lyon are published as
arrondissements; Mayotte is published apart and is absent. The population municipale of the three communes is the
sum of their arrondissements; their population comptée à part is not (a person can be counted apart in another
arrondissement of the same commune), so PCAP and PTOT are left missing for them.
Use `pmun` for rates: PTOT counts twice the people of PCAP. https://www.insee.fr/fr/statistiques/8680726
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from cls_analysis.sources.codes import FRANCE, Scope, check_communes, clean_codes, departement_of, duplicates
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Remote, Source, count
from cls_analysis.sources.names import check_names
from cls_analysis.sources.observations import assemble, with_plm
from cls_analysis.sources.reading import read_csv
from cls_analysis.sources.vintages import at_vintage, file_at, held_cog
from cls_analysis.sources.wide import Measure, broken, refuse, wide_blocks

YEAR = "2023"
FILE = File(
    "communes",
    "insee-populations-reference/2023/donnees_communes.csv",
    "https://www.insee.fr/fr/statistiques/fichier/8680726/ensemble.zip",
    separator=";",
    columns=("REG", "Région", "DEP", "CODARR", "CODCAN", "CODCOM", "COM", "Commune", "PMUN", "PCAP", "PTOT"),
    min_rows=34900,
    remote=Remote(
        "zip",
        member="donnees_communes.csv",
        addresses=tuple(
            (year, f"https://www.insee.fr/fr/statistiques/fichier/{page}/ensemble.zip")
            for year, page in (("2023", 8680726), ("2022", 8290591), ("2021", 7739582))
        ),
    ),
)
VARIABLES = (
    count("pmun", "Population municipale", "habitants"),
    count("pcap", "Population comptée à part", "habitants"),
    count("ptot", "Population totale", "habitants"),
)


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE, year: str = YEAR) -> pd.DataFrame:
    """OBSERVATIONS of `pmun`, `pcap`, `ptot` in `year`, by commune and arrondissement, in the COG of its publication (two years later)."""
    grid = read_csv(paths["communes"], file_at(FILE, year))
    cog = cog_of(year)
    measures = [Measure(name.upper(), name, year) for name in ("pmun", "pcap", "ptot")]
    codes, problems = clean_codes(grid.frame["COM"], "commune", where=grid.where, column="COM")
    problems += duplicates(codes, where=grid.where, what="communes")
    problems += check_communes(
        codes,
        cog,
        where=grid.where,
        scope=scope,
        absent=lambda code: departement_of(code) == "976",
        together=False,
    )
    problems += check_names(codes, grid.frame["Commune"], cog, where=grid.where, column="Commune")
    blocks, wrong = wide_blocks(
        grid, codes, measures, SOURCE.names, level="commune", cog=cog, marks={},
    )  # fmt: skip
    problems += wrong
    pmun, pcap, ptot = (block.value for block in blocks)
    problems += broken(
        grid.frame.index,
        (pmun + pcap != ptot) & ~pd.isna(pmun + pcap + ptot),
        where=grid.where,
        rule="PMUN + PCAP = PTOT",
    )
    if pcap.sum() >= pmun.sum():
        problems.append(
            f"{grid.where}: PCAP sums to {pcap.sum():g} and PMUN to {pmun.sum():g}; the two columns are likely swapped"
        )
    refuse(problems, source_id=SOURCE.id)
    return assemble([part for block in blocks for part in with_plm(block, additive=block.variable == "pmun")])


def cog_of(year: str) -> int:
    """The geography in which the populations of a year are published; `InvalidInput` where this version does not hold it.

    >>> cog_of("2023")
    2025
    """
    return held_cog(int(year) + 2, f"populations of {year}")


def at(year: str) -> Source:
    """The populations of another year, in its own geography."""
    return replace(at_vintage(SOURCE, year), geography=f"COG {cog_of(year)}")


SOURCE = Source(
    "insee-populations-reference",
    "Insee",
    "Populations de référence 2023",
    YEAR,
    LICENCE_OUVERTE,
    "COG 2025",
    (FILE,),
    VARIABLES,
    read,
    caveats=(
        "Mayotte est publiée à part et absente du fichier.",
        "Paris, Marseille et Lyon sont publiées par arrondissement ; leur population municipale est la somme des arrondissements.",
        "Deux populations de référence se comparent à cinq ans d’écart au moins.",
    ),
    homepage="https://www.insee.fr/fr/statistiques/8680726",
    at=at,
)
