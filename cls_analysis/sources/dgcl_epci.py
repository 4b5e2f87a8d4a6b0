"""Which communes make up each EPCI à fiscalité propre in 2025, and how many inhabitants do they have?

Workbook of the DGCL, one row per member commune (SIREN are numbers in the sheet, INSEE codes are text). The columns
`pmun_2025` and `ptot_2025` are the populations in force in 2025, that is those of the census of 2022: the period here
is 2022. Four islands belong to no EPCI (22016, 29083, 29155, 85113) and are absent. Each EPCI's own totals and number
of members are compared with its rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from cls_analysis.sources.codes import FRANCE, Scope, check_communes, clean_codes, duplicates
from cls_analysis.sources.drees_apl import XLSX
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Remote, Source, Table, count
from cls_analysis.sources.names import check_names
from cls_analysis.sources.numbers import parse_cells
from cls_analysis.sources.observations import Block, assemble
from cls_analysis.sources.reading import cell_text, find_sheet, read_sheets
from cls_analysis.sources.text import match_columns, shown
from cls_analysis.sources.vintages import at_vintage, file_at, held_cog
from cls_analysis.sources.wide import refuse

YEAR = "2025"
DELAY = 3  # years between a census and the year in which its populations are in force
ISLANDS = frozenset({"22016", "29083", "29155", "85113"})
KINDS = ("CA", "CC", "CU", "MET69", "METRO")
COLUMNS = {
    "departement": "dept", "siren_epci": "siren", "name": "raison_sociale", "kind": "nature_juridique",
    "financing": "mode_financ", "members": "nb_membres", "total_ptot": "total_pop_tot", "total_pmun": "total_pop_mun",
    "code_commune": "insee", "siren_commune": "siren_membre", "name_commune": "nom_membre", "ptot": f"ptot_{YEAR}", "pmun": f"pmun_{YEAR}",
}  # fmt: skip
FILE = File(
    "composition",
    "dgcl-epci/2025/epcicom2025.xlsx",
    "https://www.collectivites-locales.gouv.fr/files/files/Etudes-et-statistiques/DESL/2025/EPCI/epcicom2025.xlsx",
    XLSX, None, None, tuple(COLUMNS.values()), 34871,
    Remote("xlsx", pattern="https://www.collectivites-locales.gouv.fr/files/files/Etudes-et-statistiques/DESL/{year}/EPCI/epcicom{year}.xlsx"),
)  # fmt: skip
VARIABLES = (
    count("pmun", "Population municipale", "habitants"),
    count("ptot", "Population totale", "habitants"),
)
_MEMBERS = count("members", "Membres", "communes")


def _rows(paths: Mapping[str, Path], *, scope: Scope, year: str) -> pd.DataFrame:
    """Every member commune with its EPCI and figures, checked."""
    file, cog = file_at(FILE, year), int(year)
    titles = {key: title.replace(YEAR, year) for key, title in COLUMNS.items()}
    sheets = read_sheets(paths["composition"], file)
    name = find_sheet(sheets, f"Epcicom{year}", where=file.path)
    where = f"{file.path}, sheet {name!r}"
    rows = sheets[name]
    positions, problems = match_columns(rows[0] if rows else [], titles, where=where)
    refuse(problems, source_id=SOURCE.id)
    body = [row for row in rows[1:] if any(str(cell).strip() for cell in row)]
    index = pd.RangeIndex(2, 2 + len(body))
    frame = pd.DataFrame(
        {
            key: pd.Series([cell_text(row[positions[key]]) for row in body], index=index, dtype="str")
            for key in (
                "departement",
                "siren_epci",
                "name",
                "kind",
                "financing",
                "code_commune",
                "siren_commune",
                "name_commune",
            )
        }
    )
    frame["code_commune"], wrong = clean_codes(frame["code_commune"], "commune", where=where, column="insee")
    problems += wrong + duplicates(frame["code_commune"], where=where, what="communes")
    problems += check_communes(
        frame["code_commune"], cog, where=where, scope=scope, absent=ISLANDS.__contains__, together=False
    )
    problems += check_names(frame["code_commune"], frame["name_commune"], cog, where=where, column="nom_membre")
    for column in ("siren_epci", "siren_commune"):
        bad = frame[column][~frame[column].str.fullmatch(r"\d{9}")]
        if len(bad):
            problems.append(
                f"{where}, row {shown(bad.index, most=4)}, column {COLUMNS[column]!r}: not a SIREN of 9 figures: {shown(map(repr, bad.unique()), most=3)}"
            )
    bad = frame["kind"][~frame["kind"].isin(KINDS)]
    if len(bad):
        problems.append(
            f"{where}, row {shown(bad.index, most=4)}, column 'nature_juridique': {shown(map(repr, bad.unique()))} is none of {shown(KINDS)}"
        )
    for key, variable in (
        ("members", _MEMBERS),
        ("total_ptot", VARIABLES[1]),
        ("total_pmun", VARIABLES[0]),
        ("ptot", VARIABLES[1]),
        ("pmun", VARIABLES[0]),
    ):
        values, _, wrong = parse_cells(
            [row[positions[key]] for row in body], index, variable, marks={}, where=where, column=titles[key]
        )
        frame[key] = values
        problems += wrong
    problems += _totals(frame, where=where)
    refuse(problems, source_id=SOURCE.id)
    return frame


def _totals(frame: pd.DataFrame, *, where: str) -> list[str]:
    """Each EPCI announces its number of members and its populations: its rows must make them."""
    problems = []
    made = frame.groupby("siren_epci").agg(
        rows=("code_commune", "size"), members=("members", "first"), said=("members", "nunique"),
        pmun=("pmun", "sum"), total_pmun=("total_pmun", "first"), ptot=("ptot", "sum"), total_ptot=("total_ptot", "first"),
    )  # fmt: skip
    for got, said, what in (
        ("rows", "members", "members"),
        ("pmun", "total_pmun", "population municipale"),
        ("ptot", "total_ptot", "population totale"),
    ):
        bad = made.index[(made[got] != made[said]) | (made["said"] != 1)]
        if len(bad):
            problems.append(
                f"{where}: the rows of {len(bad)} EPCI do not make their {what}: {shown(bad)}. Likely a row lost, doubled or changed"
            )
    swapped = frame.index[frame["pmun"] > frame["ptot"]]
    if len(swapped):
        problems.append(
            f"{where}, row {shown(swapped, most=5)}: the population municipale is above the population totale"
        )
    return problems


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE, year: str = YEAR) -> pd.DataFrame:
    """OBSERVATIONS of `pmun` and `ptot` by commune and by EPCI, of the census in force in `year` (three years before)."""
    frame = _rows(paths, scope=scope, year=year)
    blocks = []
    for variable in ("pmun", "ptot"):
        for level, code, total in (("commune", "code_commune", None), ("epci", "siren_epci", f"total_{variable}")):
            part = frame if total is None else frame.drop_duplicates(code)
            values = part[total or variable].to_numpy()
            blocks.append(
                Block(
                    level,
                    pd.Categorical(part[code]),
                    variable,
                    str(int(year) - DELAY),
                    values,
                    np.zeros(len(values), dtype=np.int8),
                    int(year),
                )
            )
    return assemble(blocks)


def read_composition(paths: Mapping[str, Path], *, scope: Scope = FRANCE, year: str = YEAR) -> pd.DataFrame:
    """`code_commune, name_commune, siren_commune, siren_epci, name, kind, financing`: one row per member commune."""
    frame = _rows(paths, scope=scope, year=year)[
        ["code_commune", "name_commune", "siren_commune", "siren_epci", "name", "kind", "financing"]
    ]
    return frame.sort_values("code_commune").reset_index(drop=True)


def at(year: str) -> Source:
    """The composition of another year, with the census in force then."""
    cog = held_cog(int(year), f"EPCI of {year}")
    told = f"Les populations en vigueur en {year} sont celles du recensement de {int(year) - DELAY}."
    return replace(at_vintage(SOURCE, year), geography=f"COG {cog}", caveats=(told, *SOURCE.caveats[1:]))


SOURCE = Source(
    "dgcl-epci",
    "DGCL",
    "Liste et composition des EPCI à fiscalité propre 2025",
    YEAR,
    LICENCE_OUVERTE,
    "COG 2025",
    (FILE,),
    VARIABLES,
    read,
    caveats=(
        "Les populations en vigueur en 2025 sont celles du recensement de 2022.",
        "Quatre îles ne sont dans aucun EPCI.",
    ),
    tables=(
        Table(
            "composition",
            "Composition des EPCI à fiscalité propre en 2025",
            ("code_commune", "name_commune", "siren_commune", "siren_epci", "name", "kind", "financing"),
            ("code_commune",),
            read_composition,
        ),
    ),
    at=at,
)
