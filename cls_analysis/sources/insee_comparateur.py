"""Population, households, births, deaths, people of working age and unemployment of each commune (edition of June 2024).

A third party's reworking of Insee's comparateur de territoires (COG 2024), `,`, UTF-8. Traps: one row per postal
code, so a commune is repeated (identical figures, else refused); communes déléguées (COMD) repeat the figures of
the commune that holds them and are dropped; Paris, Marseille and Lyon are arrondissements; Les Trois Lacs (27676)
is absent; for Mayotte the census figures are written 0 where Insee publishes none, and are read as missing
(births and deaths are real). Communes restored in 2024 (60694, 85165, 85212) have a population but 0 elsewhere,
their figures being still in the commune they left (60054, 85084): all of these are read as missing.
Six villages of the Meuse destroyed in 1916 truly have no inhabitant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from cls_analysis.sources.codes import FRANCE, Scope, check_communes, clean_codes, departement_of, holders
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, count
from cls_analysis.sources.names import check_names
from cls_analysis.sources.notes import note
from cls_analysis.sources.numbers import MISSING
from cls_analysis.sources.observations import Block, assemble, each_with_plm
from cls_analysis.sources.reading import Grid, read_csv
from cls_analysis.sources.text import shown
from cls_analysis.sources.wide import Measure, broken, refuse, wide_blocks

COG = 2024
ABSENT = frozenset({"27676"})
MEASURES = (
    Measure("population_2021", "population", "2021"),
    Measure("population_2015", "population", "2015"),
    Measure("menages_2021", "menages", "2021"),
    Measure("naissances_2022", "naissances", "2022"),
    Measure("deces_2022", "deces", "2022"),
    Measure("pop_15_64_totale_2021", "pop_15_64", "2021"),
    Measure("pop_15_64_active_2021", "actifs_15_64", "2021"),
    Measure("pop_15_64_chomage_2021", "chomeurs_15_64", "2021"),
)
AREA = Measure("superficie_km2", "superficie_km2", "2021")
FILE = File(
    "communes",
    "insee-comparateur/2021/communes.csv",
    columns=(
        "insee_com",
        "insee_reg",
        "insee_dep",
        "commune",
        "commune_type",
        "insee_parente",
        *(m.column for m in (*MEASURES, AREA)),
    ),
    min_rows=36208,
)
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


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE) -> pd.DataFrame:
    """OBSERVATIONS of the comparateur by commune and arrondissement (COG 2024): see `VARIABLES` and `MEASURES`."""
    raw = read_csv(paths["communes"], FILE)
    codes, problems = clean_codes(raw.frame["insee_com"], "commune", where=raw.where, column="insee_com")
    kinds = raw.frame["commune_type"].str.strip()
    for row, kind in kinds[~kinds.isin(["COM", "COMD", "ARM"])].head(5).items():
        problems.append(f"{raw.where}, row {row}, column 'commune_type': {kind!r} is not COM, COMD or ARM")
    grid, codes, wrong = _one_row_each(raw, codes, kinds)
    problems += wrong
    problems += check_communes(codes, COG, where=raw.where, scope=scope, absent=ABSENT.__contains__, together=False)
    problems += check_names(codes, grid.frame["commune"], COG, where=raw.where, column="commune", tolerated=0.02)
    blocks, wrong = wide_blocks(grid, codes, MEASURES, SOURCE.names, level="commune", cog=COG, marks={})
    area, wrong_area = wide_blocks(grid, codes, [AREA], SOURCE.names, level="commune", cog=COG, marks={"": "missing"})
    blocks += area
    problems += wrong + wrong_area
    mayotte = codes.map(departement_of).eq("976").to_numpy()
    blocks = [block if block.variable in ("naissances", "deces") else _blank(block, mayotte) for block in blocks]
    unknown = _restored(blocks, codes, where=raw.where)
    blocks = [
        block if block.variable in ("population", "superficie_km2") else _blank(block, unknown) for block in blocks
    ]
    problems += _census_rules({f"{b.variable} {b.period}": b.value for b in blocks}, grid)
    refuse(problems, source_id=SOURCE.id)
    return assemble(each_with_plm(blocks))


def _one_row_each(raw: Grid, codes: pd.Series, kinds: pd.Series) -> tuple[Grid, pd.Series, list[str]]:
    """Drop the communes déléguées and the repeats of a commune (one per postal code); repeats must agree."""
    figures = [measure.column for measure in (*MEASURES, AREA)]
    kept = kinds != "COMD"
    frame = raw.frame[kept].assign(code=codes[kept])
    distinct = frame[["code", *figures]].drop_duplicates()
    conflicts = distinct["code"][distinct["code"].duplicated(keep=False)]
    problems = [
        f"{raw.where}: commune {code} is repeated with different figures (rows {shown(rows, most=4)})"
        for code, rows in list(conflicts.groupby(conflicts).groups.items())[:10]
    ]
    repeats = int(frame["code"].duplicated().sum())
    note(
        f"{raw.where}: {int((~kept).sum())} communes déléguées and {repeats} repeats of a commune (one row per postal code) dropped"
    )
    single = frame.drop_duplicates("code")
    return Grid(single.drop(columns="code"), raw.where), single["code"], problems


def _blank(block: Block, unknown: np.ndarray) -> Block:
    """The block with these rows missing (a 0 or a blank that is no observation)."""
    values, status = block.value.copy(), block.status.copy()
    values[unknown], status[unknown] = np.nan, MISSING
    return replace(block, value=values, status=status)


def _restored(blocks: Sequence[Block], codes: pd.Series, *, where: str) -> np.ndarray:
    """Rows of communes with inhabitants but no household at all, and of the communes that still hold their figures."""
    of = {f"{block.variable} {block.period}": block.value for block in blocks}
    with np.errstate(invalid="ignore"):
        hollow = (of["population 2021"] > 0) & (of["menages 2021"] == 0) & (of["pop_15_64 2021"] == 0)
    children = set(codes[hollow])
    now, before = holders(COG), holders(COG - 1)
    parents = {before[atom] for atom, commune in now.items() if commune in children} - children
    if children:
        note(
            f"{where}: {shown(sorted(children))} have inhabitants and no household (figures still in {shown(sorted(parents))}); read as missing"
        )
    return codes.isin(children | parents).to_numpy()


def _census_rules(values: Mapping[str, np.ndarray], grid: Grid) -> list[str]:
    """Households, people of working age, active and unemployed people nest in the population."""
    nests = [
        ("pop_15_64 2021", "population 2021"),
        ("actifs_15_64 2021", "pop_15_64 2021"),
        ("chomeurs_15_64 2021", "actifs_15_64 2021"),
        ("menages 2021", "population 2021"),
    ]
    problems = []
    with np.errstate(invalid="ignore"):
        for inner, outer in nests:
            fails = values[inner] > values[outer] + 1
            problems += broken(grid.frame.index, fails, where=grid.where, rule=f"{inner} is at most {outer}")
    return problems


SOURCE = Source(
    "insee-comparateur",
    "Insee",
    "Comparateur de territoires, édition de juin 2024",
    "2021",
    LICENCE_OUVERTE,
    "COG 2024",
    (FILE,),
    VARIABLES,
    read,
    updated="2024-06",
    caveats=(
        "Fichier de l’Insee remis en forme par un tiers avant d’être lu ici : à vérifier sur le fichier de l’Insee avant citation.",
        "Les Trois Lacs (27676) est absente du fichier.",
        "À Mayotte, seuls les naissances et les décès sont publiés.",
        "Chômage au sens du recensement, plus large que le chômage au sens du BIT.",
    ),
)
