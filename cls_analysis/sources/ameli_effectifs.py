"""How many people of each département are cared for, by group of diseases (Cnam, cartographie des pathologies)?

Dataset `effectifs` of data.ameli.fr: millions of rows by year, disease (three levels), age, sex, territory. Read: the last
year, all ages (`tsage`), first level only (blank `patho_niv2`, `patho_niv3`): groups overlap, they are never added.
`dept` 999 is an aggregate: of the région, or of France where the région is 99. `ntop` is rounded to 10 and blank where secret;
rates come from `prev`, not from ntop / npop. Never finer than the département: never spread over communes.
https://data.ameli.fr/explore/dataset/effectifs/
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from cls_analysis.errors import InvalidInput
from cls_analysis.sources.codes import DEPARTEMENTS, FRANCE, Scope, clean_codes
from cls_analysis.sources.locales import lost_departements
from cls_analysis.sources.melodi import refuse_lines
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, count, share
from cls_analysis.sources.notes import note
from cls_analysis.sources.numbers import parse_column
from cls_analysis.sources.observations import Block, assemble
from cls_analysis.sources.streaming import open_stream
from cls_analysis.sources.text import fold, shown
from cls_analysis.sources.wide import refuse

COG = 2024
SEXES = {"9": "all", "1": "M", "2": "F"}
MARKS = {"": "not_published", "NS": "not_published"}
GROUPS = {  # how the producer's label of the first level begins
    "cardioneurovasculaires": "Maladies cardioneurovasculaires",
    "risque_vasculaire": "Traitements du risque vasculaire",
    "diabete": "Diabète",
    "cancers": "Cancers",
    "psychiatriques": "Maladies psychiatriques",
    "psychotropes": "Traitements psychotropes",
    "neurologiques": "Maladies neurologiques",
    "respiratoires": "Maladies respiratoires chroniques",
    "inflammatoires": "Maladies inflammatoires ou rares",
    "insuffisance_renale": "Insuffisance rénale chronique terminale",
    "foie_pancreas": "Maladies du foie ou du pancréas",
    "autres_ald": "Affections de longue durée",
    "maternite": "Maternité",
}
FILE = File(
    "effectifs",
    "ameli-effectifs/2024/effectifs.csv",
    "https://data.ameli.fr/api/explore/v2.1/catalog/datasets/effectifs/exports/csv?delimiter=%3B&use_labels=false",
    separator=";",
    columns=(
        "annee", "patho_niv1", "patho_niv2", "patho_niv3", "top", "cla_age_5", "sexe", "region", "dept", "ntop", "npop", "prev",
        "niveau_prioritaire", "libelle_classe_age", "libelle_sexe", "tri",
    ),
    min_rows=100000,
)  # fmt: skip
_READ = (
    "annee",
    "patho_niv1",
    "patho_niv2",
    "patho_niv3",
    "cla_age_5",
    "sexe",
    "region",
    "dept",
    "ntop",
    "npop",
    "prev",
)
_FIRST = "\"patho_niv2\" = '' AND \"patho_niv3\" = '' AND \"cla_age_5\" = 'tsage'"
VARIABLES = tuple(
    made
    for key, label in GROUPS.items()
    for made in (
        share(f"prev_{key}", f"{label} : taux de personnes prises en charge"),
        count(f"patients_{key}", f"{label} : personnes prises en charge (arrondi à la dizaine)", "personnes"),
    )
)


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE) -> pd.DataFrame:
    """OBSERVATIONS of `prev_*` (%) and `patients_*` in the last year by département, région, France and sex, all ages."""
    where = FILE.path
    try:
        with open_stream(paths["effectifs"], FILE, {name: name for name in _READ}) as stream:
            wrong = stream.located("NOT regexp_matches(\"annee\", '^\\d{4}')", ("annee",))
            refuse([f"{where}, {row}: not a year" for row in wrong], source_id=SOURCE.id)
            year = str(stream.query('SELECT max(left("annee", 4)) AS y FROM rows')["y"].iloc[0])
            frame = stream.query(
                f'SELECT "patho_niv1" AS label, "sexe", "region", "dept", "ntop", "npop", "prev" FROM rows '
                f"WHERE {_FIRST} AND left(\"annee\", 4) = ? ORDER BY ALL", [year],
            )  # fmt: skip
    except InvalidInput as error:
        raise refuse_lines(error, SOURCE.id) from error
    frame, problems = _territories(frame, where)
    frame = frame.assign(group=frame["label"].map(_group), period=year)
    others = frame.loc[frame["group"].isna(), "label"].unique()
    if len(others):
        note(f"{where}: groups not read: {shown(sorted(others), most=30)}")
    frame = frame[frame["group"].notna()].reset_index(drop=True)
    lost = sorted(set(GROUPS) - set(frame["group"]))
    if lost:
        problems.append(
            f"{where}: no first-level row of year {year} for: {shown(GROUPS[key] for key in lost)}; rows missing, or labels changed (accents damaged?)"
        )
    sexes = sorted(set(frame["sexe"]) - set(SEXES))
    if sexes:
        problems.append(f"{where}, column 'sexe': not 1, 2 or 9: {shown(sexes)}")
    again = frame.duplicated(["level", "code", "group", "sexe"])
    if again.any():
        rows = frame.loc[again, ["code", "group", "sexe"]].agg(" ".join, axis=1)
        problems.append(f"{where}: territory, group and sex written twice: {shown(rows)}")
    problems += lost_departements(
        frame["code"][frame["level"] == "departement"], where=where, expected=DEPARTEMENTS, scope=scope
    )
    columns = {}
    for column, variable in (("prev", VARIABLES[0]), ("ntop", VARIABLES[1])):
        columns[column] = parse_column(
            frame[column], variable, marks=MARKS, where=f"{where} (selected rows)", column=column
        )
        problems += columns[column][2]
    problems += _holes(frame, where) + _rates(frame, columns["prev"][0], columns["ntop"][0], where)
    refuse(problems, source_id=SOURCE.id)
    blocks = []
    for (level, group, sex), part in frame.groupby(["level", "group", "sexe"], sort=True):
        places = part.index.to_numpy()
        for column, stem in (("prev", "prev"), ("ntop", "patients")):
            values, status, _ = columns[column]
            blocks.append(
                Block(
                    str(level),
                    pd.Categorical(part["code"]),
                    f"{stem}_{group}",
                    year,
                    values[places],
                    status[places],
                    COG,
                    SEXES[str(sex)],
                )
            )
    return assemble(blocks)


def _holes(frame: pd.DataFrame, where: str) -> list[str]:
    """A group and sex that most territories have, and some lack: rows were lost (Mayotte excepted)."""
    territories = set(zip(frame["level"], frame["code"], strict=True))
    held: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for level, code, group, sex in zip(frame["level"], frame["code"], frame["group"], frame["sexe"], strict=True):
        held.setdefault((group, sex), set()).add((level, code))
    lost = sorted(
        f"{code} {group} sexe {sex}"
        for (group, sex), those in held.items()
        if len(those) > len(territories) / 2
        for _, code in territories - those
        if code != "976"
    )
    return (
        [f"{where}: rows are missing (territory, group, sex): {shown(lost)}; likely a file cut short"] if lost else []
    )


def _rates(frame: pd.DataFrame, prev: np.ndarray, patients: np.ndarray, where: str) -> list[str]:
    """`prev` is 100 x ntop / npop; ntop and npop are rounded to 10 and prev to some decimals, so that it holds nearly.

    Broken in more than one row of a hundred, a column is not what its title says.
    """
    people = pd.to_numeric(frame["npop"].str.replace(r"[ \u00a0\u202f]", "", regex=True), errors="coerce").to_numpy(
        float
    )
    expected = prev * people / 100
    gap = np.abs(expected - patients)
    wrong = gap > 15 + 0.0006 * people + 0.02 * expected  # nulls compare false
    if wrong.sum() <= 0.01 * np.isfinite(gap).sum():
        return []
    rows = frame[wrong]
    listed = shown(
        f"{code} {group} sexe {sex}" for code, group, sex in zip(rows["code"], rows["group"], rows["sexe"], strict=True)
    )
    return [
        f"{where}, columns 'ntop', 'npop', 'prev': 100 x ntop / npop is not prev in {int(wrong.sum())} rows: {listed}"
    ]


def _group(label: str) -> str | None:
    folded = fold(label)
    return next((key for key, start in GROUPS.items() if folded.startswith(fold(start))), None)


def _territories(frame: pd.DataFrame, where: str) -> tuple[pd.DataFrame, list[str]]:
    """Level and code: 99 / 999 is France, 999 alone a région, the rest départements."""
    france = (frame["region"] == "99") & (frame["dept"] == "999")
    region = (frame["dept"] == "999") & ~france
    level = pd.Series(np.select([france, region], ["france", "region"], "departement"), index=frame.index)
    codes, problems = pd.Series("FR", index=frame.index, dtype="str"), []
    for name, raw, chosen in (
        ("region", frame["region"], region),
        ("departement", frame["dept"], level == "departement"),
    ):
        clean, wrong = clean_codes(raw[chosen], name, where=f"{where} (selected rows)", column=name)
        codes = codes.mask(chosen, clean.reindex(codes.index))
        problems += wrong
    return frame.assign(level=level, code=codes), problems


SOURCE = Source(
    "ameli-effectifs",
    "Assurance maladie",
    "Cartographie des pathologies : effectifs par département",
    "2024",
    LICENCE_OUVERTE,
    "départements, régions, France",
    (FILE,),
    VARIABLES,
    read,
    caveats=(
        "Patients repérés par leurs soins remboursés : prise en charge, non morbidité.",
        "Les groupes se recouvrent : ils ne s’additionnent pas. Effectifs arrondis à la dizaine.",
    ),
    homepage="https://data.ameli.fr/explore/dataset/effectifs/",
)
