"""How many inhabitants has each commune, by sex and age (census 2023, principal exploitation)?

Melodi dataset DS_RP_TD_POPULATION_AGESEX_PRINC (the former POP1B): single years `Y0` to `Y99`, `Y_GE100` and `_T`, by
sex `F`, `M`, `_T`. Values are weighted estimates with decimals: they are added first and rounded last, by the reader of
a report. Single years are added into 0, 1-4, 5-9 ... 90-94, 95+ (deaths under one year are a class of their own in
life tables and in the European standard). Checked: ages add up to the published total, women and men to both.
https://catalogue-donnees.insee.fr/fr/catalogue/recherche/DS_RP_TD_POPULATION_AGESEX_PRINC
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from cls_analysis.errors import InvalidInput
from cls_analysis.sources.codes import FRANCE, Scope, departement_of
from cls_analysis.sources.deduced_cog import fitting_cog
from cls_analysis.sources.melodi import EMPTIED, api, levels_and_codes, problems_of_cells, refuse_lines, whole_and_parts
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, count
from cls_analysis.sources.notes import note
from cls_analysis.sources.numbers import ESTIMATED, MISSING, NOT_APPLICABLE, OBSERVED
from cls_analysis.sources.observations import Block, assemble
from cls_analysis.sources.streaming import Stream, open_stream
from cls_analysis.sources.text import shown
from cls_analysis.sources.vintages import at_vintage, file_at
from cls_analysis.sources.wide import refuse

YEAR = "2023"
CANDIDATES = (2026, 2025, 2024)
DATASET = "DS_RP_TD_POPULATION_AGESEX_PRINC"
BANDS = ("0-0", "1-4", *(f"{age}-{age + 4}" for age in range(5, 95, 5)), "95+")
TOLERANCE = 0.5  # inhabitants: values are published with six decimals and more
FILE = File(
    "communes",
    f"insee-rp-age-sexe/{YEAR}/{DATASET}_{YEAR}_data.csv",
    api(DATASET, YEAR),
    separator=";",
    columns=("GEO", "GEO_OBJECT", "AGE", "SEX", "TIME_PERIOD", "OBS_VALUE"),
    min_rows=34000 * 303,
)
_NEEDED = {name: name for name in FILE.columns}
_BAND = (
    "CASE WHEN a = 0 THEN '0-0' WHEN a < 5 THEN '1-4' WHEN a >= 95 THEN '95+' "
    "ELSE concat((a // 5) * 5, '-', (a // 5) * 5 + 4) END"
)
_AGE = (
    "CASE WHEN \"AGE\" = 'Y_GE100' THEN 100 ELSE try_cast(regexp_extract(\"AGE\", '^Y(\\d{1,2})$', 1) AS INTEGER) END"
)
_ROWS = "\"GEO_OBJECT\" IN ('COM', 'ARM')"


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE, year: str = YEAR) -> pd.DataFrame:
    """OBSERVATIONS of `population` in `year` by commune and arrondissement, sex (F, M) and age band; no total rows."""
    file = file_at(FILE, year)
    try:
        with open_stream(paths["communes"], file, _NEEDED, optional=("OBS_STATUS", "RP_MEASURE")) as stream:
            cells, totals, problems = _sums(stream, year)
    except InvalidInput as error:
        raise refuse_lines(error, SOURCE.id) from error
    refuse(problems, source_id=SOURCE.id)
    where = file.path
    cells, problems = levels_and_codes(cells, where=where)
    cog, wrong = fitting_cog(
        set(cells["code"]), CANDIDATES, where=where, scope=scope,
        absent=lambda code: departement_of(code) == "976" or code in EMPTIED,
    )  # fmt: skip
    problems += wrong + _checks(cells, totals, where)
    problems += whole_and_parts(cells, "value", where=where, tolerance=20 * TOLERANCE, by=("SEX", "band"))
    refuse(problems, source_id=SOURCE.id)
    note(f"{where}: codes are those of COG {cog}")
    blocks = []
    for (level, sex, band), part in cells.groupby(["level", "SEX", "band"], sort=True):
        status = np.select(
            [part["elsewhere"], part["blank"] > 0, part["holds"]], [NOT_APPLICABLE, MISSING, ESTIMATED], OBSERVED
        ).astype(np.int8)
        values = np.where(status <= ESTIMATED, part["value"], np.nan)
        blocks.append(
            Block(
                str(level), pd.Categorical(part["code"]), "population", year, values, status, cog, str(sex), str(band)
            )
        )
    return assemble(blocks)


def _sums(stream: Stream, year: str) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Sums by commune, sex and band, the published totals, and what is wrong in the cells."""
    problems = problems_of_cells(
        stream, condition=_ROWS, only={"SEX": ("_T", "F", "M"), "TIME_PERIOD": (year,), "RP_MEASURE": ("POP",)}
    )
    ages = stream.query(f'SELECT DISTINCT "AGE" FROM rows WHERE {_ROWS} AND "AGE" <> \'_T\' AND {_AGE} IS NULL')
    if len(ages):
        note(
            f"{stream.where}: ages that are neither single years nor the total, not read: {shown(sorted(ages['AGE']))}"
        )
    negative = stream.located(f'({_ROWS}) AND try_cast("OBS_VALUE" AS DOUBLE) < 0', ("GEO", "AGE", "OBS_VALUE"))
    problems += [f"{stream.where}, {row}: a population below 0" for row in negative]
    if problems:
        return pd.DataFrame(), pd.DataFrame(), problems
    status = '"OBS_STATUS"' if "OBS_STATUS" in stream.columns else "'A'"
    years = f'SELECT "GEO", "GEO_OBJECT", "SEX", {_AGE} AS a, try_cast("OBS_VALUE" AS DOUBLE) AS v, {status} AS s FROM rows WHERE {_ROWS}'
    again = stream.query(
        f'SELECT "GEO", "SEX", a FROM ({years}) WHERE a IS NOT NULL GROUP BY ALL HAVING count(*) > 1 LIMIT 5'
    )
    if len(again):
        rows = [" ".join(map(str, row)) for row in again.itertuples(index=False)]
        problems.append(f"{stream.where}: ages written twice (commune, sex, age): {shown(rows)}")
    cells = stream.query(
        f'SELECT "GEO", "GEO_OBJECT", "SEX", {_BAND} AS band, sum(v) AS value, count(*) AS ages, '
        f"count(*) FILTER (v IS NULL) AS blank, bool_or(s = 'K') AS elsewhere, bool_or(s = 'W') AS holds FROM ({years}) "
        "WHERE a IS NOT NULL AND \"SEX\" <> '_T' GROUP BY ALL ORDER BY ALL"
    )
    totals = stream.query(
        f'SELECT "GEO" AS code, "SEX", max(try_cast("OBS_VALUE" AS DOUBLE)) AS total FROM rows WHERE {_ROWS} AND "AGE" = \'_T\' GROUP BY ALL'
    )
    return cells, totals, problems


def _checks(cells: pd.DataFrame, totals: pd.DataFrame, where: str) -> list[str]:
    """Every commune has both sexes, and its ages add up to the totals that the file publishes."""
    cells = cells[cells["blank"] == 0]  # a commune counted in another has nothing to add up
    sums = cells.pivot_table(index="code", columns="SEX", values="value", aggfunc="sum")
    problems = []
    for sex in ("F", "M"):
        lost = sorted(sums.index[sums[sex].isna()]) if sex in sums else sorted(sums.index)
        if lost:
            problems.append(f"{where}: communes without SEX {sex}: {shown(lost)}")
    if problems:
        return problems
    sums["_T"] = sums["F"] + sums["M"]
    published = totals.pivot_table(index="code", columns="SEX", values="total", aggfunc="max").reindex(sums.index)
    for sex in ("F", "M", "_T"):
        if sex not in published or published[sex].isna().any():
            short = (
                cells.pivot_table(index="code", columns="SEX", values="ages", aggfunc="sum")[["F", "M"]].min(axis=1)
                < 101
            )
            lost = sorted(short.index[short])
            if lost:
                problems.append(f"{where}: no total to check by, and communes without the 101 ages: {shown(lost)}")
            continue
        gap = (sums[sex] - published[sex]).abs() > TOLERANCE + 1e-6 * published[sex]
        if gap.any():
            problems.append(
                f"{where}: ages of SEX {sex} do not add up to the published total in {int(gap.sum())} communes: {shown(sums.index[gap])}"
            )
    return problems


SOURCE: Source = Source(
    "insee-rp-age-sexe",
    "Insee",
    "Recensement de la population 2023, sexe et âge détaillé",
    YEAR,
    LICENCE_OUVERTE,
    "COG déduit du fichier (2026, 2025 ou 2024)",
    (FILE,),
    (count("population", "Population par sexe et âge", "habitants", integer=False),),
    read,
    caveats=(
        "Estimations pondérées à décimales : on additionne d’abord, on arrondit ensuite.",
        "Moins de 10 000 habitants : recensement exhaustif étalé sur cinq ans ; au-delà : sondage de 8 % par an.",
    ),
    homepage=f"https://catalogue-donnees.insee.fr/fr/catalogue/recherche/{DATASET}",
    at=lambda year: at_vintage(SOURCE, year),
)
