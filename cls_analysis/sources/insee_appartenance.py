"""To which EPCI, bassin de vie, zone d'emploi, unité urbaine and aire d'attraction does each commune belong (2021, 2024)?

Text tables, `,`, UTF-8, one row per commune (Paris, Marseille and Lyon as communes, Mayotte included). No numeric
observation: the reader gives the tables `2021` and `2024`, and
`appartenance`, the newest with its `cog`. `ZZZZZZZZZ` (no EPCI) and its like are null. A bassin de
vie is named by the code of a commune, and producers follow that commune when its code changes: column `bassin_de_vie`
of 2024 is brought to COG 2025, the one CartoSanté and Statistiques locales use (49069 became 49126); the code as
published stays in `bassin_de_vie_published`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pandas as pd

from cls_analysis.sources.codes import FRANCE, Scope, check_communes, clean_codes, duplicates, holders
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, Table
from cls_analysis.sources.names import check_names
from cls_analysis.sources.notes import note
from cls_analysis.sources.observations import empty
from cls_analysis.sources.reading import read_csv
from cls_analysis.sources.text import shown
from cls_analysis.sources.wide import refuse

BASIN_COG = 2025
COLUMNS: dict[int, dict[str, str]] = {
    2021: {
        "CODGEO": "code_commune", "LIBGEO": "name", "DEP": "departement", "REG": "region", "EPCI": "epci",
        "NATURE_EPCI": "epci_kind", "ARR": "arrondissement", "CV": "canton_ville", "ZE2020": "zone_emploi",
        "UU2020": "unite_urbaine", "AAV2020": "aav", "CATEAAV2020": "aav_category", "BV2012": "bassin_de_vie_published",
    },
    2024: {
        "CODGEO": "code_commune", "LIBGEO": "name", "DEP": "departement", "REG": "region", "EPCI": "epci", "EPT": "ept",
        "ARR": "arrondissement", "CANOV": "canton_ville", "ZE2020": "zone_emploi", "UU2020": "unite_urbaine",
        "AAV2020": "aav", "BV2022": "bassin_de_vie_published",
    },
}  # fmt: skip
SHAPES = {
    "departement": r"\d{2}|2[AB]|97\d", "region": r"\d{2}", "epci": r"\d{9}", "zone_emploi": r"[0-9A-Z]{4}",
    "unite_urbaine": r"[0-9A-Z]{5}", "aav": r"[0-9A-Z]{3}", "bassin_de_vie_published": r"[0-9A-Z]{5}",
}  # fmt: skip
FILES = {
    year: File(
        str(year),
        f"insee-appartenance/{year}/table_appartenance_{year}.csv",
        "https://www.insee.fr/fr/statistiques/fichier/7671844/table-appartenance-geo-communes-2024.zip"
        if year == 2024
        else None,
        columns=tuple(names),
        min_rows=rows,
        by_hand="the producer's zip holds a workbook; this file is the same table as text",
    )
    for (year, names), rows in zip(COLUMNS.items(), (34965, 34935), strict=True)
}


def read_membership(year: int, paths: Mapping[str, Path], *, scope: Scope = FRANCE) -> pd.DataFrame:
    """One row per commune of COG `year`: `code_commune`, `departement`, `region`, `epci`, `bassin_de_vie`, `zone_emploi` ...

    Codes are text; null means that the commune is in none. Raises `InvalidInput` with every problem of the file.
    """
    file = FILES[year]
    grid = read_csv(paths[str(year)], file)
    frame = grid.frame[list(COLUMNS[year])].rename(columns=COLUMNS[year]).apply(lambda column: column.str.strip())
    codes, problems = clean_codes(grid.frame["CODGEO"], "commune", where=grid.where, column="CODGEO")
    frame["code_commune"] = codes
    problems += duplicates(codes, where=grid.where, what="communes")
    problems += check_communes(codes, year, where=grid.where, scope=scope, together=False)
    if "LIBGEO" in grid.frame:
        problems += check_names(codes, grid.frame["LIBGEO"], year, where=grid.where, column="LIBGEO")
    frame = frame.mask(frame.apply(lambda column: column.str.fullmatch("Z{3,}")))
    for column, shape in SHAPES.items():
        wrong = frame[column][frame[column].notna() & ~frame[column].fillna("").str.fullmatch(shape)]
        if len(wrong):
            problems.append(
                f"{grid.where}, row {shown(wrong.index, most=4)}, column {column!r}: {shown(map(repr, wrong.unique()))} is not such a code"
            )
    own = codes.str.slice(0, 2).where(~codes.str.startswith("97"), codes.str.slice(0, 3))
    other = frame.index[own != frame["departement"]]
    if len(other):
        problems.append(
            f"{grid.where}, row {shown(other, most=5)}: the commune is not in the département of column DEP"
        )
    refuse(problems, source_id=SOURCE.id)
    frame["bassin_de_vie"] = _basins(frame["bassin_de_vie_published"], year, where=grid.where)
    return frame.sort_values("code_commune").reset_index(drop=True)


def _basins(published: pd.Series, year: int, *, where: str) -> pd.Series:
    """Codes of the 2022 basins in COG 2025: each follows the commune that names it."""
    if year != 2024:
        return published
    now, of = holders(BASIN_COG), {}
    held: dict[str, Counter[str]] = {}
    for atom, commune in holders(year).items():
        held.setdefault(commune, Counter())[now[atom]] += 1
    for code in published.dropna().unique():
        after = held.get(code, Counter({code: 1}))
        of[code] = code if code in after else after.most_common(1)[0][0]
    moved = {before: after for before, after in of.items() if before != after}
    if moved:
        note(
            f"{where}: bassins de vie renamed by the code of their commune in {BASIN_COG}: {shown(f'{a} -> {b}' for a, b in moved.items())}"
        )
    return published.map(of)


def read_newest(paths: Mapping[str, Path], *, scope: Scope = FRANCE) -> pd.DataFrame:
    """The membership of 2024 with `cog`, the vintage of `code_commune`."""
    return read_membership(2024, paths, scope=scope).assign(cog=2024)


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE) -> pd.DataFrame:  # noqa: ARG001 (tables only)
    """No numeric observation: an empty OBSERVATIONS frame; see the tables `2021` and `2024`."""
    return empty()


_OUT = {year: tuple(dict.fromkeys([*names.values(), "bassin_de_vie"])) for year, names in COLUMNS.items()}
SOURCE = Source(
    "insee-appartenance",
    "Insee",
    "Appartenance géographique des communes",
    "2024",
    LICENCE_OUVERTE,
    "COG 2021, COG 2024",
    tuple(FILES.values()),
    (),
    read,
    caveats=("Bassins de vie 2012 dans la table de 2021, bassins de vie 2022 dans celle de 2024.",),
    tables=(
        *(
            Table(
                str(year),
                f"Appartenance des communes en {year}",
                _OUT[year],
                ("code_commune",),
                partial(read_membership, year),
            )
            for year in COLUMNS
        ),
        Table(
            "appartenance",
            "Appartenance des communes, dernière table",
            (*_OUT[2024], "cog"),
            ("code_commune",),
            read_newest,
        ),
    ),
)
