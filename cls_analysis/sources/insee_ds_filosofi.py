"""What do the inhabitants of each commune, EPCI and département live on (Filosofi 2023, Melodi DS_FILOSOFI_CC)?

Long file, one row per territory and measure. Since 2023 communes and EPCI only have the median (MED_SL) and the poverty
rate (PR_MD60); deciles, their ratio and the Gini index stop at the département. `CONF_STATUS` other than F is statistical
secrecy (under 50 tax households, for instance). 2023 is not comparable with the years before (a new way of counting
households), and there is no 2022. A median of several territories is never the mean of theirs: the EPCI's own is read.
https://www.insee.fr/fr/statistiques/8984752
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from cls_analysis import geography
from cls_analysis.errors import InvalidInput
from cls_analysis.sources.codes import FRANCE, Scope, departement_of
from cls_analysis.sources.deduced_cog import fitting_cog
from cls_analysis.sources.melodi import EMPTIED, api, levels_and_codes, problems_of_cells, refuse_lines, statuses
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, Variable, rate, share
from cls_analysis.sources.notes import note
from cls_analysis.sources.observations import Block, assemble
from cls_analysis.sources.streaming import open_stream
from cls_analysis.sources.text import shown
from cls_analysis.sources.vintages import at_vintage, file_at
from cls_analysis.sources.wide import refuse

YEAR = "2023"
CANDIDATES = (2025, 2024, 2026)
UNPUBLISHED = frozenset({"971", "972", "973", "976"})
_EUROS = "€/an par unité de consommation"
MEASURES: dict[str, Variable] = {
    "MED_SL": Variable("niveau_vie_median", "Niveau de vie médian", _EUROS, "median", minimum=3000, maximum=200000),
    "PR_MD60": share("taux_pauvrete", "Taux de pauvreté (seuil à 60 % du niveau de vie médian)"),
    "D1_SL": Variable("d1", "1er décile du niveau de vie", _EUROS, "median", minimum=0, maximum=200000),
    "D9_SL": Variable("d9", "9e décile du niveau de vie", _EUROS, "median", minimum=3000, maximum=500000),
    "IR_D9_D1_SL": rate("rapport_interdecile", "Rapport interdécile D9/D1", "rapport", maximum=100),
    "GI_SL": rate("gini", "Indice de Gini des niveaux de vie", "indice", maximum=100),
}
EVERYWHERE = ("MED_SL", "PR_MD60")
FILE = File(
    "filosofi",
    f"insee-ds-filosofi/{YEAR}/DS_FILOSOFI_CC_{YEAR}_data.csv",
    api("DS_FILOSOFI_CC", YEAR),
    separator=";",
    columns=(
        "GEO",
        "GEO_OBJECT",
        "FILOSOFI_MEASURE",
        "UNIT_MEASURE",
        "UNIT_MULT",
        "CONF_STATUS",
        "OBS_STATUS",
        "TIME_PERIOD",
        "OBS_VALUE",
    ),
    min_rows=60000,
)
_KEPT = ", ".join(f"'{name}'" for name in MEASURES)
_ROWS = f"\"GEO_OBJECT\" IN ('COM', 'ARM', 'EPCI', 'DEP', 'REG', 'FRANCE') AND \"FILOSOFI_MEASURE\" IN ({_KEPT})"


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE, year: str = YEAR) -> pd.DataFrame:
    """OBSERVATIONS of Filosofi of `year` by commune, arrondissement, EPCI, département, région; a secret is `not_published`."""
    file = file_at(FILE, year)
    where = file.path
    names = {name: name for name in FILE.columns if name != "UNIT_MEASURE"}
    try:
        with open_stream(paths["filosofi"], file, names) as stream:
            problems = problems_of_cells(
                stream,
                condition=_ROWS,
                only={"TIME_PERIOD": (year,), "UNIT_MULT": ("0", ""), "CONF_STATUS": ("F", "C", "N", "S", "")},
            )
            refuse(problems, source_id=SOURCE.id)
            others = stream.query(
                f'SELECT DISTINCT "FILOSOFI_MEASURE" AS m FROM rows WHERE "FILOSOFI_MEASURE" NOT IN ({_KEPT}) ORDER BY m'
            )
            frame = stream.query(
                f'SELECT "GEO", "GEO_OBJECT", "FILOSOFI_MEASURE" AS measure, "CONF_STATUS", "OBS_STATUS", "OBS_VALUE" FROM rows WHERE {_ROWS} ORDER BY ALL'
            )
    except InvalidInput as error:
        raise refuse_lines(error, SOURCE.id) from error
    if len(others):
        note(f"{where}: measures not read: {shown(others['m'], most=40)}")
    frame, problems = levels_and_codes(frame, where=where)
    again = frame.duplicated(["level", "code", "measure"])
    if again.any():
        problems.append(
            f"{where}: territory and measure written twice: {shown(frame.loc[again, ['code', 'measure']].agg(' '.join, axis=1))}"
        )
    value, status = statuses(frame)
    frame = frame.assign(value=value, status=status)
    problems += _bounds(frame, where)
    communes = set(frame.loc[frame["level"].isin(["commune", "arrondissement"]), "code"])
    cog, wrong = fitting_cog(
        communes,
        CANDIDATES,
        where=where,
        scope=scope,
        absent=lambda code: departement_of(code) in UNPUBLISHED or code in EMPTIED,
    )
    problems += wrong
    for measure in EVERYWHERE:
        held = set(frame.loc[(frame["measure"] == measure) & (frame["level"] == "commune"), "code"])
        lost = sorted(code for code in communes - held if code in _communes(frame))
        if lost:
            problems.append(f"{where}: communes without {measure}: {shown(lost)}")
    unknown = sorted(set(frame.loc[frame["level"] == "epci", "code"]) - _epci(cog)) if scope.whole else []
    if unknown:
        problems.append(f"{where}: codes that are no EPCI of {cog}: {shown(unknown)}")
    refuse(problems, source_id=SOURCE.id)
    note(f"{where}: codes are those of COG {cog}")
    blocks = [
        Block(
            str(level),
            pd.Categorical(part["code"]),
            MEASURES[str(measure)].name,
            year,
            part["value"].to_numpy(),
            part["status"].to_numpy(),
            cog,
        )
        for (level, measure), part in frame.groupby(["level", "measure"], sort=True)
    ]
    return assemble(blocks)


def _communes(frame: pd.DataFrame) -> set[str]:
    return set(frame.loc[frame["level"] == "commune", "code"])


def _epci(year: int) -> set[str]:
    known: set[str] = set()
    for vintage in geography.VINTAGES:
        if abs(vintage - year) <= 1:
            known |= set(geography.epci(vintage)["siren_epci"].astype("str"))
    return known


def _bounds(frame: pd.DataFrame, where: str) -> list[str]:
    """Values out of their plausible range, and deciles out of order."""
    problems = []
    for measure, variable in MEASURES.items():
        part = frame[frame["measure"] == measure]
        low = part["value"] < (variable.minimum if variable.minimum is not None else -np.inf)
        high = part["value"] > (variable.maximum if variable.maximum is not None else np.inf)
        if (low | high).any():
            bad = part[low | high].head(5)
            problems.append(
                f"{where}: {measure} is not plausible: {shown(f'{c} {v:g}' for c, v in zip(bad['code'], bad['value'], strict=True))}"
            )
    wide = frame.pivot_table(index=["level", "code"], columns="measure", values="value", aggfunc="first")
    for low_name, high_name in (("D1_SL", "MED_SL"), ("MED_SL", "D9_SL")):
        if {low_name, high_name} <= set(wide.columns):
            wrong = wide.index[wide[low_name] > wide[high_name]]
            if len(wrong):
                problems.append(f"{where}: {low_name} is above {high_name} in {shown(' '.join(key) for key in wrong)}")
    return problems


def at(year: str) -> Source:
    """The same dataset at a later year; earlier ones are counted otherwise, and 2022 does not exist."""
    if year < YEAR:
        raise InvalidInput(
            f"Filosofi {year} is not read from this dataset: it begins in {YEAR}, 2022 does not exist, and earlier years count households otherwise"
        )
    return at_vintage(SOURCE, year)


SOURCE = Source(
    "insee-ds-filosofi",
    "Insee",
    "Filosofi 2023, chiffres clés",
    YEAR,
    LICENCE_OUVERTE,
    "COG déduit du fichier (2025, 2024 ou 2026)",
    (FILE,),
    tuple(MEASURES.values()),
    read,
    caveats=(
        "Guadeloupe, Martinique, Guyane et Mayotte ne sont pas diffusées.",
        "2023 ne se compare pas aux millésimes précédents ; 2022 n’existe pas.",
        "Une médiane ou un taux de pauvreté de plusieurs communes ne se déduit pas de ceux des communes.",
    ),
    homepage="https://www.insee.fr/fr/statistiques/8984752",
    at=at,
)
