"""How much care can the inhabitants of each commune reach (accessibilité potentielle localisée, 2022 and 2023)?

Four workbooks of the DREES (general practitioners, nurses, dentists, midwives), one sheet per year. A sheet opens
with metadata rows, then the header, then a row of units, then one row per commune: Paris, Marseille and Lyon as
arrondissements, Mayotte and the six communes without inhabitants absent. APL 2022 is in COG 2023, APL 2023 in COG
2024. An APL is never summed: a territory's APL is the mean weighted by the population standardisée of the same
workbook (women's, for midwives), which is how the three cities are computed here (`estimated`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cls_analysis.sources.codes import FRANCE, Scope, check_communes, clean_codes, departement_of, duplicates
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, count, rate
from cls_analysis.sources.names import check_names
from cls_analysis.sources.notes import note
from cls_analysis.sources.numbers import parse_cells
from cls_analysis.sources.observations import Block, assemble, split_places, with_plm
from cls_analysis.sources.reading import cell_text, find_sheet, read_sheets
from cls_analysis.sources.text import fold, match_columns
from cls_analysis.sources.wide import broken, refuse

COG_OF = {"2022": 2023, "2023": 2024}
EMPTY_COMMUNES = frozenset({"55039", "55050", "55139", "55189", "55239", "55307"})
_MG, _ETP, _ETP_F = (
    "consultations ou visites par an et par habitant standardisé",
    "ETP pour 100 000 habitants standardisés",
    "ETP pour 100 000 habitantes standardisées",
)
_STEM = "indicateur_d_accessibilite_potentielle_localisee_apl_aux_"
_API = "https://data.drees.solidarites-sante.gouv.fr/api/datasets/1.0/530_l-accessibilite-potentielle-localisee-apl/attachments/"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Workbook:
    """One profession: words of its title, headers (`{p}` is the population's year), units, and its weights."""

    key: str
    stem: str
    title: str
    columns: Mapping[str, str]
    units: Mapping[str, str]
    weight: str


WORKBOOKS = (
    Workbook(
        "mg",
        "medecins_generalistes",
        "aux médecins généralistes",
        {
            "apl_mg": "APL aux médecins généralistes",
            "apl_mg_65": "APL aux médecins généralistes de moins de 65 ans",
            "pop_standardisee_mg": "Population standardisée {p} pour la médecine générale",
            "population_totale": "Population totale {p}",
        },
        {"apl_mg": "consultations", "apl_mg_65": "consultations", "pop_standardisee_mg": "habitants standardises"},
        "pop_standardisee_mg",
    ),
    Workbook(
        "ide",
        "infirmieres",
        "aux infirmières",
        {"apl_ide": "APL aux infirmières", "pop_standardisee_ide": "Population standardisée {p} pour les infirmières"},
        {"apl_ide": "etp pour 100 000 habitants", "pop_standardisee_ide": "habitants standardises"},
        "pop_standardisee_ide",
    ),
    Workbook(
        "cd",
        "chirurgiens_dentistes",
        "aux chirurgiens-dentistes",
        {
            "apl_cd": "APL aux chirurgiens-dentistes",
            "pop_standardisee_cd": "Population standardisée {p} pour les chirurgiens-dentistes",
        },
        {"apl_cd": "etp pour 100 000 habitants", "pop_standardisee_cd": "habitants standardises"},
        "pop_standardisee_cd",
    ),
    Workbook(
        "sf",
        "sages_femmes",
        "aux sages-femmes",
        {
            "apl_sf": "APL aux sages-femmes",
            "pop_feminine_standardisee_sf": "Population féminine standardisée {p} pour les sages-femmes",
            "population_feminine": "Population féminine {p}",
        },
        {"apl_sf": "etp pour 100 000 habitantes", "pop_feminine_standardisee_sf": "habitantes standardisees"},
        "pop_feminine_standardisee_sf",
    ),
)
FILES = tuple(
    File(book.key, f"drees-apl/2023/{_STEM}{book.stem}.xlsx", f"{_API}{_STEM}{book.stem}_xlsx/", XLSX, None, None)
    for book in WORKBOOKS
)
VARIABLES = (
    rate("apl_mg", "APL aux médecins généralistes", _MG, maximum=100),
    rate("apl_mg_65", "APL aux médecins généralistes de moins de 65 ans", _MG, maximum=100),
    count(
        "pop_standardisee_mg",
        "Population standardisée pour la médecine générale",
        "habitants standardisés",
        integer=False,
    ),
    rate("apl_ide", "APL aux infirmières", _ETP, maximum=5000),
    count(
        "pop_standardisee_ide", "Population standardisée pour les infirmières", "habitants standardisés", integer=False
    ),
    rate("apl_cd", "APL aux chirurgiens-dentistes", _ETP, maximum=1000),
    count(
        "pop_standardisee_cd",
        "Population standardisée pour les chirurgiens-dentistes",
        "habitants standardisés",
        integer=False,
    ),
    rate("apl_sf", "APL aux sages-femmes", _ETP_F, maximum=1000),
    count(
        "pop_feminine_standardisee_sf",
        "Population féminine standardisée pour les sages-femmes",
        "habitantes standardisées",
        integer=False,
    ),
    count("population_totale", "Population totale (classeur des médecins généralistes)", "habitants", integer=False),
    count("population_feminine", "Population féminine (classeur des sages-femmes)", "habitantes", integer=False),
)


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE) -> pd.DataFrame:
    """OBSERVATIONS of the APL and of its weights, 2022 (COG 2023) and 2023 (COG 2024), by commune and arrondissement."""
    blocks: list[Block] = []
    problems: list[str] = []
    for book, file in zip(WORKBOOKS, FILES, strict=True):
        sheets = read_sheets(paths[book.key], file)
        for year in COG_OF:
            made, wrong = _read_sheet(sheets, book, file, year, scope=scope)
            blocks += made
            problems += wrong
        del sheets
    refuse(problems, source_id=SOURCE.id)
    return assemble(blocks)


def _read_sheet(
    sheets: Mapping[str, list[list[object]]], book: Workbook, file: File, year: str, *, scope: Scope
) -> tuple[list[Block], list[str]]:
    name = find_sheet(sheets, f"APL {year}", where=file.path)
    where = f"{file.path}, sheet {name!r}"
    rows = sheets[name]
    top = next((i for i, row in enumerate(rows[:60]) if row and fold(row[0]) == "code commune insee"), None)
    if top is None:
        return [], [f"{where}: no header row with 'Code commune INSEE' in the first 60 rows"]
    problems = _check_titles(rows[:top], book, year, where=where)
    population_year = str(int(year) - 2)
    wanted = {"code": "Code commune INSEE"} | {
        key: text.format(p=population_year) for key, text in book.columns.items()
    }
    positions, lost = match_columns(rows[top], wanted, where=f"{where}, row {top + 1}")
    if lost:
        return [], [*problems, *lost]
    problems += _check_units(rows[top + 1], book, positions, where=f"{where}, row {top + 2}")
    body = _drop_notes(rows[top + 2 :], positions["code"], where=where)
    index = pd.RangeIndex(top + 3, top + 3 + len(body))
    raw = pd.Series([cell_text(row[positions["code"]]) for row in body], index=index, dtype="str")
    codes, wrong = clean_codes(raw, "commune", where=where, column="Code commune INSEE")
    problems += wrong + duplicates(codes, where=where, what="communes")
    problems += check_communes(
        codes, COG_OF[year], where=where, scope=scope,
        absent=lambda code: departement_of(code) == "976" or code in EMPTY_COMMUNES,
        together=False,
    )  # fmt: skip
    problems += _names(rows[top], body, codes, COG_OF[year], where=where)
    keys = pd.Categorical(codes)
    blocks = {}
    for variable, header in book.columns.items():
        cells = [row[positions[variable]] for row in body]
        values, status, wrong = parse_cells(
            cells, index, SOURCE.names[variable], marks={}, where=where, column=header.format(p=population_year)
        )
        problems += wrong
        blocks[variable] = Block("commune", keys, variable, year, values, status, COG_OF[year])
    problems += _cross_checks({key: block.value for key, block in blocks.items()}, index, where=where)
    weights, places = blocks[book.weight].value, split_places(keys)
    parts = [
        part
        for key, block in blocks.items()
        for part in with_plm(block, weights=weights if key.startswith("apl_") else None, places=places)
    ]
    return parts, problems


def _names(header: Sequence[object], body: list[list[object]], codes: pd.Series, year: int, *, where: str) -> list[str]:
    """Each row must carry the name of its code, where the sheet has a column of names."""
    place = next((position for position, title in enumerate(header) if fold(title) == "commune"), None)
    if place is None:
        return []
    names = pd.Series([cell_text(row[place]) for row in body], index=codes.index, dtype="str")
    return check_names(codes, names, year, where=where, column="Commune")


def _check_titles(rows: Sequence[Sequence[object]], book: Workbook, year: str, *, where: str) -> list[str]:
    """The metadata rows must name this profession and this year: a sheet under another's name is refused."""
    words = fold(" ".join(str(cell) for row in rows for cell in row[:1]))
    problems = []
    if fold(book.title) not in words:
        problems.append(f"{where}: the title does not speak of {book.title!r}; likely another profession's workbook")
    stated = re.search(r"millesime : (\d{4})", words)
    if stated is None or stated.group(1) != year:
        problems.append(f"{where}: the metadata give {stated.group(0) if stated else 'no millésime'!r}, not {year}")
    return problems


def _check_units(row: Sequence[object], book: Workbook, positions: Mapping[str, int], *, where: str) -> list[str]:
    """The row under the header must hold units, in the words the reader knows (a first commune there is a lost row)."""
    if str(row[positions["code"]]).strip():
        return [f"{where}: a row of units is expected under the header, {row[positions['code']]!r} is there"]
    return [
        f"{where}: the unit of {variable!r} reads {row[positions[variable]]!r}, expected words {words!r}"
        for variable, words in book.units.items()
        if words not in fold(row[positions[variable]])
    ]


def _drop_notes(body: list[list[object]], code: int, *, where: str) -> list[list[object]]:
    """Without the trailing rows that hold only a note (`Lecture :`, `Source :`) or nothing."""
    end = len(body)
    while end and (
        all(str(cell).strip() == "" for cell in body[end - 1])
        or (
            re.match(r"(lecture|note|source|champ|\*)", fold(body[end - 1][code]))
            and all(str(cell).strip() == "" for place, cell in enumerate(body[end - 1]) if place != code)
        )
    ):
        end -= 1
    if end < len(body):
        note(f"{where}: {len(body) - end} trailing rows of notes or blanks, not read")
    return body[:end]


def _cross_checks(values: Mapping[str, np.ndarray], rows: pd.Index, *, where: str) -> list[str]:
    """What must hold between the columns of one sheet, to notice swapped or shifted columns."""
    problems = []
    with np.errstate(invalid="ignore"):
        if "apl_mg_65" in values:
            fails = values["apl_mg_65"] > values["apl_mg"] + 0.0015
            problems += broken(
                rows, fails, where=where, rule="the APL to doctors under 65 is at most the APL to all doctors"
            )
        pairs = [("pop_standardisee_mg", "population_totale"), ("pop_feminine_standardisee_sf", "population_feminine")]
        for standard, total in pairs:
            if standard in values and total in values:
                ratio = np.nansum(values[standard]) / max(np.nansum(values[total]), 1.0)
                if not 0.8 < ratio < 1.25:
                    problems.append(f"{where}: {standard} sums to {ratio:.2f} times {total}; likely swapped columns")
    return problems


SOURCE = Source(
    "drees-apl",
    "DREES",
    "Accessibilité potentielle localisée (APL) 2022 et 2023",
    "2023",
    LICENCE_OUVERTE,
    "COG 2023 (APL 2022), COG 2024 (APL 2023)",
    FILES,
    VARIABLES,
    read,
    caveats=(
        "Mayotte et les six communes sans habitant de la Meuse sont absentes des classeurs.",
        "L’APL d’un territoire est une moyenne pondérée par la population standardisée du même classeur, jamais une somme.",
        "À Paris, Marseille et Lyon, la valeur de la commune est calculée à partir des arrondissements.",
    ),
    homepage="https://data.drees.solidarites-sante.gouv.fr/explore/dataset/530_l-accessibilite-potentielle-localisee-apl/",
)
