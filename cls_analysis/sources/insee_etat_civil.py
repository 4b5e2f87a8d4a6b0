"""How many inhabitants of each commune were born and died each year, 2008 to 2025 (civil registration, by residence)?

Two Melodi datasets, DS_ETAT_CIVIL_NAIS_COMMUNES (`LVB`) and DS_ETAT_CIVIL_DECES_COMMUNES (`DTH`). Exact whole numbers,
domiciled (commune of residence of the mother, of the dead), not masked by the producer: small numbers are for the
disclosure rules. No age: only crude rates. Checked: communes of a département add up to it where it is published.
https://catalogue-donnees.insee.fr/fr/catalogue/recherche/DS_ETAT_CIVIL_DECES_COMMUNES
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from cls_analysis import geography
from cls_analysis.errors import InvalidInput
from cls_analysis.sources.codes import FRANCE, Scope, departement_of
from cls_analysis.sources.deduced_cog import fitting_cog
from cls_analysis.sources.melodi import (
    EMPTIED,
    api,
    levels_and_codes,
    problems_of_cells,
    statuses,
    whole_and_parts,
)
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, count
from cls_analysis.sources.notes import note
from cls_analysis.sources.observations import Block, assemble
from cls_analysis.sources.streaming import open_stream
from cls_analysis.sources.text import shown
from cls_analysis.sources.vintages import at_vintage, file_at
from cls_analysis.sources.wide import refuse

LAST = "2025"
MOST = 0.05  # births or deaths per inhabitant in a year, whatever the part of France
FIRST = 2008
CANDIDATES = (2026, 2025, 2024)
_COLUMNS = ("GEO", "GEO_OBJECT", "EC_MEASURE", "OBS_STATUS", "TIME_PERIOD", "OBS_VALUE")


def _file(key: str, dataset: str) -> File:
    path = f"insee-etat-civil/{LAST}/{dataset}_{LAST}_data.csv"
    return File(key, path, api(dataset, LAST), separator=";", columns=("FREQ", *_COLUMNS), min_rows=600000)


FILES = {
    "naissances": (_file("naissances", "DS_ETAT_CIVIL_NAIS_COMMUNES"), "LVB"),
    "deces": (_file("deces", "DS_ETAT_CIVIL_DECES_COMMUNES"), "DTH"),
}


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE, year: str = LAST) -> pd.DataFrame:
    """OBSERVATIONS of `naissances` and `deces` of each year from 2008 to `year` by commune and arrondissement (and département)."""
    blocks: list[Block] = []
    problems: list[str] = []
    for variable in FILES:
        made, wrong = _one(paths[variable], variable, scope=scope, last=year)
        blocks += made
        problems += wrong
    refuse(problems, source_id=SOURCE.id)
    return assemble(blocks)


def _one(path: Path, variable: str, *, scope: Scope, last: str) -> tuple[list[Block], list[str]]:
    declared, measure = FILES[variable]
    file, years = file_at(declared, last), tuple(str(year) for year in range(FIRST, int(last) + 1))
    where = file.path
    rows = "\"GEO_OBJECT\" IN ('COM', 'ARM', 'DEP')"
    try:
        with open_stream(path, file, {name: name for name in _COLUMNS}) as stream:
            problems = problems_of_cells(stream, condition=rows, only={"EC_MEASURE": (measure,), "TIME_PERIOD": years})
            bad = stream.located(
                f"{rows} AND \"OBS_VALUE\" <> '' AND NOT regexp_matches(\"OBS_VALUE\", '^\\d+(\\.0+)?$')",
                ("GEO", "TIME_PERIOD", "OBS_VALUE"),
            )
            problems += [f"{where}, {row}: not a whole number of {variable}" for row in bad]
            if problems:
                return [], problems
            frame = stream.query(
                f'SELECT "GEO", "GEO_OBJECT", "TIME_PERIOD" AS period, "OBS_STATUS", "OBS_VALUE" FROM rows WHERE {rows} ORDER BY ALL'
            )
    except InvalidInput as error:
        return [], list(error.problems)
    frame, problems = levels_and_codes(frame, where=where)
    again = frame.duplicated(["level", "code", "period"])
    if again.any():
        problems.append(
            f"{where}: territory and year written twice: {shown(frame.loc[again, ['code', 'period']].agg(' '.join, axis=1))}"
        )
    value, status = statuses(frame)
    frame = frame.assign(value=value, status=status)
    communes = frame[frame["level"].isin(["commune", "arrondissement"])]
    cog, wrong = fitting_cog(
        set(communes["code"]), CANDIDATES, where=where, scope=scope,
        absent=lambda code: code in EMPTIED or departement_of(code) == "976",
    )  # fmt: skip
    problems += wrong
    lost = sorted(set(years) - set(frame["period"]))
    if lost:
        problems.append(f"{where}: years missing: {shown(lost)}")
    sizes = communes[communes["level"] == "commune"].groupby("code")["period"].nunique()
    short = sorted(sizes.index[sizes < sizes.max()])
    short = [code for code in short if departement_of(code) != "976"]
    if short:
        problems.append(f"{where}: communes without every year: {shown(short)}")
    problems += whole_and_parts(frame, "value", where=where, tolerance=0, by=("period",))
    problems += _departements(frame, where)
    problems += _too_many(communes, variable, cog, where)
    note(f"{where}: codes are those of COG {cog}")
    blocks = [
        Block(
            str(level),
            pd.Categorical(part["code"]),
            variable,
            str(period),
            part["value"].to_numpy(),
            part["status"].to_numpy(),
            cog,
        )
        for (level, period), part in frame.groupby(["level", "period"], sort=True)
    ]
    return blocks, problems


def _too_many(communes: pd.DataFrame, variable: str, cog: int, where: str) -> list[str]:
    """A year with more than `MOST` births or deaths per inhabitant is not a number of persons."""
    people = geography.communes(cog).set_index("code_commune")["population"]
    held = communes[communes["level"] == "commune"]
    inhabitants = float(people.reindex(held["code"].unique()).sum())
    most = held.groupby("period")["value"].sum().max()
    if not inhabitants or most <= MOST * inhabitants:
        return []
    return [
        f"{where}: {most:g} {variable} in a year for {inhabitants:g} inhabitants; the column is likely in another unit, or added up"
    ]


def _departements(frame: pd.DataFrame, where: str) -> list[str]:
    """A département is the sum of its communes (where every commune has a value or is counted in another)."""
    communes = frame[frame["level"] == "commune"]
    whole = (
        communes.assign(departement=communes["code"].map(departement_of))
        .groupby(["departement", "period"])["value"]
        .sum()
    )
    published = frame[frame["level"] == "departement"].set_index(["code", "period"])["value"]
    published.index.names = whole.index.names
    gap = (published - whole.reindex(published.index)).dropna()
    wrong = gap[gap != 0]
    if wrong.empty:
        return []
    return [
        f"{where}: départements that are not the sum of their communes: {shown(' '.join(map(str, key)) for key in wrong.index)}"
    ]


SOURCE: Source = Source(
    "insee-etat-civil",
    "Insee",
    "Naissances et décès domiciliés par commune, 2008-2025",
    LAST,
    LICENCE_OUVERTE,
    "COG déduit du fichier (2026, 2025 ou 2024)",
    tuple(file for file, _ in FILES.values()),
    (count("naissances", "Naissances vivantes domiciliées", "naissances"), count("deces", "Décès domiciliés", "décès")),
    read,
    caveats=("Sans l’âge : taux bruts seulement.", "Mayotte : état civil incomplet avant 2014."),
    homepage="https://catalogue-donnees.insee.fr/fr/catalogue/recherche/DS_ETAT_CIVIL_DECES_COMMUNES",
    at=lambda year: at_vintage(SOURCE, year),
)
