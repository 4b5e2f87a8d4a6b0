"""What is the official code and name of each commune and département in 2026, and what happened to communes since 1943?

Three text files, `,`, UTF-8: communes (with déléguées, associées and arrondissements: the key is TYPECOM and COM),
départements, and movements (`MOD` is the kind of event: 10 renamed, 20 created, 21 restored, 30 suppressed, 31 and 32 merged,
33 to 35 associated, 41 changed département, 50 and 70 to 72 changed chef-lieu or kind). Tables only.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from cls_analysis.sources.codes import DEPARTEMENTS, FRANCE, Scope, check_communes, clean_codes, departement_of
from cls_analysis.sources.locales import lost_departements
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Remote, Source, Table
from cls_analysis.sources.names import check_names
from cls_analysis.sources.observations import empty
from cls_analysis.sources.reading import Grid, read_csv
from cls_analysis.sources.text import shown
from cls_analysis.sources.wide import refuse

COG = 2026
_SITE = "https://www.insee.fr/fr/statistiques/fichier/8740222/"
COMMUNES = File(
    "communes", "insee-cog/2026/v_commune_2026.csv", f"{_SITE}v_commune_2026.csv",
    columns=("TYPECOM", "COM", "REG", "DEP", "CTCD", "ARR", "TNCC", "NCC", "NCCENR", "LIBELLE", "CAN", "COMPARENT"), min_rows=37496,
    remote=Remote("csv", addresses=tuple(
        (year, f"https://www.insee.fr/fr/statistiques/fichier/{page}/v_commune_{year}.csv")
        for year, page in (("2026", 8740222), ("2025", 8377162), ("2024", 7766585), ("2023", 6800675))
    )),
)  # fmt: skip
DEPARTEMENT = File(
    "departements", "insee-cog/2026/v_departement_2026.csv", f"{_SITE}v_departement_2026.csv",
    columns=("DEP", "REG", "CHEFLIEU", "TNCC", "NCC", "NCCENR", "LIBELLE"), min_rows=101,
)  # fmt: skip
MOVEMENTS = File(
    "mouvements", "insee-cog/2026/v_mvt_commune_2026.csv", f"{_SITE}v_mvt_commune_2026.csv",
    columns=(
        "MOD", "DATE_EFF", "TYPECOM_AV", "COM_AV", "TNCC_AV", "NCC_AV", "NCCENR_AV", "LIBELLE_AV",
        "TYPECOM_AP", "COM_AP", "TNCC_AP", "NCC_AP", "NCCENR_AP", "LIBELLE_AP",
    ), min_rows=13734,
)  # fmt: skip
KINDS = ("COM", "COMA", "COMD", "ARM")
MODS = ("10", "20", "21", "30", "31", "32", "33", "34", "35", "41", "50", "70", "71", "72")


def read_communes(paths: Mapping[str, Path], *, scope: Scope = FRANCE) -> pd.DataFrame:
    """`kind, code, region, departement, arrondissement, tncc, name, canton_ville, parent`: communes and their parts in 2026."""
    grid = read_csv(paths["communes"], COMMUNES)
    frame, problems = _stripped(grid), []
    codes, wrong = clean_codes(grid.frame["COM"], "commune", where=grid.where, column="COM")
    problems += wrong + _only(frame, "TYPECOM", KINDS, where=grid.where)
    again = frame.assign(COM=codes).duplicated(["TYPECOM", "COM"], keep=False)
    if again.any():
        problems.append(f"{grid.where}: TYPECOM and COM repeated (row {shown(frame.index[again], most=6)})")
    problems += check_communes(codes[frame["TYPECOM"] == "COM"], COG, where=grid.where, scope=scope)
    communes = frame["TYPECOM"] == "COM"
    problems += check_names(codes[communes], frame["LIBELLE"][communes], COG, where=grid.where, column="LIBELLE")
    orphans = frame.index[(frame["TYPECOM"] != "COM") & ~frame["COMPARENT"].isin(set(codes[frame["TYPECOM"] == "COM"]))]
    if len(orphans):
        problems.append(f"{grid.where}, row {shown(orphans, most=5)}: COMPARENT is not a commune of the file")
    problems += _places(frame[communes], codes[communes], where=grid.where)
    if scope.whole and len(frame) < COMMUNES.min_rows:
        problems.append(f"{grid.where}: {len(frame)} rows, {COMMUNES.min_rows} expected; likely a file cut short")
    lost = frame.index[frame["LIBELLE"].str.contains("?", regex=False)]
    if len(lost):
        problems.append(f"{grid.where}, row {shown(lost, most=5)}, column 'LIBELLE': accents were lost ('?')")
    refuse(problems, source_id=SOURCE.id)
    names = {
        "TYPECOM": "kind", "COM": "code", "REG": "region", "DEP": "departement", "ARR": "arrondissement", "TNCC": "tncc",
        "LIBELLE": "name", "CAN": "canton_ville", "COMPARENT": "parent",
    }  # fmt: skip
    return _named(frame.assign(COM=codes), names).sort_values(["kind", "code"]).reset_index(drop=True)


def _places(frame: pd.DataFrame, codes: pd.Series, *, where: str) -> list[str]:
    """Each commune lies in the département its code begins with, and each département in one région."""
    problems = []
    other = frame.index[frame["DEP"] != codes.map(departement_of)]
    if len(other):
        problems.append(f"{where}, row {shown(other, most=5)}, column 'DEP': not the département of the commune's code")
    regions, wrong = clean_codes(frame["REG"], "region", where=where, column="REG")
    problems += wrong
    usual = regions.groupby(frame["DEP"]).transform(lambda held: held.mode().iloc[0])
    odd = frame.index[regions != usual]
    if len(odd):
        problems.append(
            f"{where}, row {shown(odd, most=5)}, column 'REG': another région than the rest of the département"
        )
    return problems


def read_departements(paths: Mapping[str, Path], *, scope: Scope = FRANCE) -> pd.DataFrame:
    """`code, region, chef_lieu, tncc, name` of each département in 2026."""
    grid = read_csv(paths["departements"], DEPARTEMENT)
    frame = _stripped(grid)
    codes, problems = clean_codes(grid.frame["DEP"], "departement", where=grid.where, column="DEP")
    regions, wrong = clean_codes(grid.frame["REG"], "region", where=grid.where, column="REG")
    problems += wrong + lost_departements(codes, where=grid.where, expected=DEPARTEMENTS, scope=scope)
    if codes.duplicated().any():
        problems.append(f"{grid.where}: départements repeated: {shown(codes[codes.duplicated()])}")
    refuse(problems, source_id=SOURCE.id)
    names = {"DEP": "code", "REG": "region", "CHEFLIEU": "chef_lieu", "TNCC": "tncc", "LIBELLE": "name"}
    return _named(frame.assign(DEP=codes, REG=regions), names).sort_values("code").reset_index(drop=True)


def read_movements(paths: Mapping[str, Path], *, scope: Scope = FRANCE) -> pd.DataFrame:
    """`mod, date, kind_before, code_before, name_before, kind_after, code_after, name_after`: events, newest first."""
    grid = read_csv(paths["mouvements"], MOVEMENTS)
    frame, problems = _stripped(grid), []
    before, wrong = _old_codes(grid, "COM_AV")
    after, more = _old_codes(grid, "COM_AP")
    problems += [*wrong, *more, *_only(frame, "MOD", MODS, where=grid.where)]
    dates = frame["DATE_EFF"]
    bad = dates.index[~dates.str.fullmatch(r"(19|20)\d{2}-[01]\d-[0-3]\d")]
    if len(bad):
        problems.append(
            f"{grid.where}, row {shown(bad, most=5)}, column 'DATE_EFF': not a date like 2026-01-01: {shown(map(repr, dates[bad].head(3)))}"
        )
    if scope.whole and len(frame) < MOVEMENTS.min_rows:
        problems.append(f"{grid.where}: {len(frame)} rows, {MOVEMENTS.min_rows} expected; likely a file cut short")
    refuse(problems, source_id=SOURCE.id)
    names = {
        "MOD": "mod", "DATE_EFF": "date", "TYPECOM_AV": "kind_before", "COM_AV": "code_before", "LIBELLE_AV": "name_before",
        "TYPECOM_AP": "kind_after", "COM_AP": "code_after", "LIBELLE_AP": "name_after",
    }  # fmt: skip
    table = _named(frame.assign(COM_AV=before, COM_AP=after), names)
    if (table["code_before"].isna() & table["code_after"].isna()).any():
        rows = table.index[table["code_before"].isna() & table["code_after"].isna()]
        problems.append(f"{grid.where}, row {shown(rows, most=5)}: an event with no commune before nor after")
    refuse(problems, source_id=SOURCE.id)
    return table.reset_index(drop=True)


def _old_codes(grid: Grid, column: str) -> tuple[pd.Series, list[str]]:
    """Codes of an event: blank on one side of a creation or a suppression, and Corsica is 20 before 1976."""
    raw = grid.frame[column].str.strip()
    today = (raw != "") & ~raw.str.fullmatch(r"20\d{3}")
    codes, problems = clean_codes(grid.frame[column][today], "commune", where=grid.where, column=column)
    return raw.mask(today, codes.reindex(raw.index)), problems


def _stripped(grid: Grid) -> pd.DataFrame:
    return grid.frame.apply(lambda column: column.str.strip())


def _named(frame: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    kept = frame[list(names)].rename(columns=dict(names))
    return kept.mask(kept.apply(lambda column: column.eq("")))


def _only(frame: pd.DataFrame, column: str, allowed: tuple[str, ...], *, where: str) -> list[str]:
    bad = frame[column][~frame[column].isin(allowed)]
    return (
        [
            f"{where}, row {shown(bad.index, most=4)}, column {column!r}: {shown(map(repr, bad.unique()))} is none of {shown(allowed, most=20)}"
        ]
        if len(bad)
        else []
    )


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE) -> pd.DataFrame:  # noqa: ARG001 (tables only)
    """No numeric observation: an empty OBSERVATIONS frame; see the tables."""
    return empty()


SOURCE = Source(
    "insee-cog",
    "Insee",
    "Code officiel géographique au 1er janvier 2026",
    "2026",
    LICENCE_OUVERTE,
    "COG 2026",
    (COMMUNES, DEPARTEMENT, MOVEMENTS),
    (),
    read,
    updated="2026-01-01",
    tables=(
        Table(
            "communes",
            "Communes, communes déléguées, associées et arrondissements",
            ("kind", "code", "region", "departement", "arrondissement", "tncc", "name", "canton_ville", "parent"),
            ("kind", "code"),
            read_communes,
        ),
        Table(
            "departements",
            "Départements",
            ("code", "region", "chef_lieu", "tncc", "name"),
            ("code",),
            read_departements,
        ),
        Table(
            "mouvements",
            "Événements survenus aux communes depuis 1943",
            ("mod", "date", "kind_before", "code_before", "name_before", "kind_after", "code_after", "name_after"),
            (),
            read_movements,
        ),
    ),
)
