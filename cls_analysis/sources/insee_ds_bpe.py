"""Which health, social and care facilities has each commune today (base permanente des équipements 2025, Melodi DS_BPE)?

Long file, one row per territory and facility type; `_T` rows are subtotals (never added to their parts) and an absent
row is 0. Types are re-coded from one edition to the next (D201 became D265): a variable is named by the code of its
edition (`equip_d265`) and its label is read from the producer's own nomenclature, `TYPEQU_2025.csv`, published beside as the
table `types`; nothing here knows what a code means. Domain D (santé et action sociale) is read. A professional is
counted at each place of practice. https://www.insee.fr/fr/statistiques/8217527
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from cls_analysis.errors import InvalidInput
from cls_analysis.sources.codes import FRANCE, Scope, departement_of
from cls_analysis.sources.deduced_cog import fitting_cog
from cls_analysis.sources.melodi import (
    api,
    levels_and_codes,
    problems_of_cells,
    refuse_lines,
    whole_and_parts,
    with_sisters,
    zeros,
)
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, Table, count
from cls_analysis.sources.notes import note
from cls_analysis.sources.numbers import OBSERVED
from cls_analysis.sources.observations import Block, assemble, split_places, with_plm
from cls_analysis.sources.reading import read_csv
from cls_analysis.sources.streaming import open_stream
from cls_analysis.sources.text import fold, shown
from cls_analysis.sources.vintages import at_vintage, file_at
from cls_analysis.sources.wide import refuse

YEAR = "2025"
CANDIDATES = (2026, 2025, 2024)
DOMAIN = "D"
FILE = File(
    "equipements",
    f"insee-ds-bpe/{YEAR}/DS_BPE_{YEAR}_data.csv",
    api("DS_BPE", YEAR),
    separator=";",
    columns=(
        "GEO",
        "GEO_OBJECT",
        "FACILITY_DOM",
        "FACILITY_SDOM",
        "FACILITY_TYPE",
        "BPE_MEASURE",
        "TIME_PERIOD",
        "OBS_VALUE",
    ),
    min_rows=500000,
)
TYPES = File(
    "types",
    f"insee-ds-bpe/{YEAR}/TYPEQU_{YEAR}.csv",
    f"https://www.insee.fr/fr/metadonnees/source/fichier/TYPEQU_{YEAR}.csv",
    separator=";",
    min_rows=200,
)
CODE_TITLES = ("COD_MOD", "TYPEQU", "COD_TYPEQU", "CODE")
LABEL_TITLES = ("LIB_MOD", "LIB_TYPEQU", "LIBELLE", "LIBELLE_TYPEQU")
MOST = (
    0.001  # share of the facilities that may differ between a département and its communes before the file is refused
)
_COMMUNES, _WHOLE = "\"GEO_OBJECT\" IN ('COM', 'ARM')", "\"GEO_OBJECT\" = 'DEP'"
_ROWS = f"{_COMMUNES} AND \"BPE_MEASURE\" = 'FACILITIES' AND starts_with(\"FACILITY_TYPE\", 'D')"


def read_types(paths: Mapping[str, Path], *, scope: Scope = FRANCE, year: str = YEAR) -> pd.DataFrame:
    """`code, label, variable` of every facility type of domain D, in the producer's words."""
    del scope
    grid = read_csv(paths["types"], file_at(TYPES, year), final_newline=False)
    titles = {fold(title): title for title in grid.frame.columns}
    chosen = []
    for wanted in (CODE_TITLES, LABEL_TITLES):
        found = [titles[fold(title)] for title in wanted if fold(title) in titles]
        if not found:
            refuse(
                [
                    f"{grid.where}: no column is one of {shown(wanted)}; the header holds {shown(grid.frame.columns, most=30)}"
                ],
                source_id=SOURCE.id,
            )
        chosen.append(found[0])
    frame = grid.frame[chosen].apply(lambda column: column.str.strip()).set_axis(["code", "label"], axis=1)
    frame = frame[frame["code"].str.fullmatch(rf"{DOMAIN}[1-7]\d\d")]
    problems = []
    again = frame["code"][frame["code"].duplicated()]
    if len(again):
        problems.append(f"{grid.where}, row {shown(again.index)}: types written twice: {shown(again)}")
    blank = frame.index[frame["label"] == ""]
    if len(blank):
        problems.append(f"{grid.where}, row {shown(blank)}: a type without its label")
    if frame.empty:
        problems.append(f"{grid.where}: no type of domain {DOMAIN}")
    refuse(problems, source_id=SOURCE.id)
    return frame.assign(variable="equip_" + frame["code"].str.lower()).reset_index(drop=True)


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE, year: str = YEAR) -> pd.DataFrame:
    """OBSERVATIONS of `equip_<code>` by commune and arrondissement; a commune without a row has 0 of that type."""
    types = read_types(paths, year=year)
    file = file_at(FILE, year)
    where = file.path
    try:
        with open_stream(paths["equipements"], file, {name: name for name in FILE.columns}) as stream:
            problems = problems_of_cells(stream, condition=_ROWS, only={"TIME_PERIOD": (year,)})
            problems += [
                f"{where}, {row}: not a whole number of facilities"
                for row in stream.located(
                    f"{_ROWS} AND NOT regexp_matches(\"OBS_VALUE\", '^\\d+(\\.0+)?$')",
                    ("GEO", "FACILITY_TYPE", "OBS_VALUE"),
                )
            ]
            refuse(problems, source_id=SOURCE.id)
            departements = stream.query(
                'SELECT "GEO" AS code, "FACILITY_TYPE" AS code_type, try_cast("OBS_VALUE" AS DOUBLE) AS value FROM rows '
                f"WHERE {_ROWS.replace(_COMMUNES, _WHOLE)}"
            )
            frame = stream.query(
                'SELECT "GEO", "GEO_OBJECT", "FACILITY_TYPE" AS code_type, CAST("OBS_VALUE" AS DOUBLE) AS value '
                f"FROM rows WHERE {_ROWS} ORDER BY ALL"
            )
    except InvalidInput as error:
        raise refuse_lines(error, SOURCE.id) from error
    frame, problems = levels_and_codes(frame, where=where)
    again = frame.duplicated(["level", "code", "code_type"])
    if again.any():
        pairs = frame.loc[again, ["code", "code_type"]].agg(" ".join, axis=1)
        problems.append(f"{where}: territory and type written twice: {shown(pairs)}")
    unknown = sorted(set(frame["code_type"]) - set(types["code"]))
    if unknown:
        problems.append(
            f"{where}: types that {file_at(TYPES, year).path} does not name: {shown(unknown)}; likely two editions"
        )
    cog, wrong = fitting_cog(
        with_sisters(set(frame["code"])), CANDIDATES, where=where, scope=scope, absent=lambda _code: True
    )
    problems += wrong
    if scope.whole and frame["code"].nunique() < 30000:
        problems.append(
            f"{where}: {frame['code'].nunique()} communes have a facility, 30000 expected; an absent one would read as 0"
        )
    problems += whole_and_parts(frame, "value", where=where, tolerance=0, by=("code_type",), sparse=True)
    problems += _departements(frame, departements, where)
    refuse(problems, source_id=SOURCE.id)
    none = zeros(set(frame["code"]), cog, scope=scope)
    note(f"{where}: codes are those of COG {cog}; {len(none)} communes have no facility of domain {DOMAIN}; read as 0")
    places = pd.Index(sorted({*with_sisters(set(frame["code"])), *none}))
    keys = pd.Categorical(places.to_numpy())
    split = split_places(keys)
    blocks: list[Block] = []
    for code_type in types["code"]:
        part = frame[frame["code_type"] == code_type].set_index("code")["value"].reindex(places)
        block = Block(
            "commune", keys, f"equip_{code_type.lower()}", year,
            np.where(part.isna(), 0.0, part), np.full(len(places), OBSERVED, dtype=np.int8), cog,
        )  # fmt: skip
        blocks += with_plm(block, places=split)
    return assemble(blocks)


def _departements(frame: pd.DataFrame, published: pd.DataFrame, where: str) -> list[str]:
    """The facilities of a département are those of its communes, by type; gaps under `MOST` of all are noted."""
    communes = frame[frame["level"] == "commune"]
    parts = communes.groupby([communes["code"].map(departement_of).rename("code"), "code_type"])["value"].sum()
    held = published["code"].isin(set(parts.index.get_level_values(0)))
    whole = published[held].groupby(["code", "code_type"])["value"].sum()
    if published.empty:
        note(f"{where}: no row of a département to check the communes by")
        return []
    gap = whole.sub(parts, fill_value=0)
    gap = gap[gap != 0]
    if gap.empty:
        return []
    rows = gap.rename("gap").reset_index()
    listed = shown(f"{row.code} {row.code_type} ({row.gap:+g})" for row in rows.itertuples())
    text = f"{where}: départements that are not the sum of their communes: {listed}; rows are missing or changed"
    if gap.abs().sum() > MOST * whole.sum():
        return [text]
    note(text)
    return []


SOURCE: Source = Source(
    "insee-ds-bpe",
    "Insee",
    "Base permanente des équipements 2025, santé et action sociale",
    YEAR,
    LICENCE_OUVERTE,
    "COG déduit du fichier (2026, 2025 ou 2024)",
    (FILE, TYPES),
    tuple(
        count(f"equip_d{number}", f"Équipements de type D{number} (libellé dans la nomenclature TYPEQU)", "équipements")
        for number in range(100, 800)
    ),
    read,
    caveats=(
        "Un professionnel est compté à chacun de ses lieux d’exercice.",
        "Les codes changent d’une édition à l’autre : ne pas prolonger une série sans relire la nomenclature.",
        "Une absence de ligne vaut zéro.",
    ),
    tables=(Table("types", "Types d’équipement (TYPEQU)", ("code", "label", "variable"), ("code",), read_types),),
    homepage="https://www.insee.fr/fr/statistiques/8217527",
    at=lambda year: at_vintage(SOURCE, year),
)
