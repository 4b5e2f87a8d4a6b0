"""Of what do people die in each département, all ages alike (standardised mortality rates, CépiDc)?

Two exports, `,`, UTF-8, one row per year, département, sex and cause: 18 causes of the European shortlist by sex in
2023, and all causes together, both sexes, from 2010 to 2023 (Mayotte from 2014). 2023 is provisional. The file does
not write the standard population; the level of the rates fits the European standard population of 2013, as the
producer's portal uses. Rates of two causes may be added, rates of two sexes or two départements may not.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from cls_analysis.sources.codes import DEPARTEMENTS, FRANCE, Scope, clean_codes
from cls_analysis.sources.locales import lost_departements
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, rate
from cls_analysis.sources.numbers import parse_column
from cls_analysis.sources.observations import Block, assemble
from cls_analysis.sources.reading import read_csv
from cls_analysis.sources.text import fold, shown
from cls_analysis.sources.wide import refuse

COG = 2023
SEXES = {"Tous sexes": "all", "Femmes": "F", "Hommes": "M"}
MEASURE = "Taux standardisé de mortalité par âge et sexe pour 100 000 habitants"
UNIT = "décès pour 100 000 hab. (taux standardisé)"
ALL_CAUSES = "taux_std_toutes_causes"
CAUSES = {
    ALL_CAUSES: "Toutes causes",
    "taux_std_maladies_infectieuses": "1. Maladies infectieuses et parasitaires",
    "taux_std_tumeurs": "2. Tumeurs",
    "taux_std_sang_immunite": "3. Maladies du sang et des organes hématopoïétiques et certains troubles du système immunitaire",
    "taux_std_endocriniennes": "4. Maladies endocriniennes, nutritionnelles et métaboliques",
    "taux_std_troubles_mentaux": "5. Troubles mentaux et du comportement",
    "taux_std_systeme_nerveux": "6. Maladies du système nerveux et des organes des sens",
    "taux_std_circulatoire": "7. Maladies de l’appareil circulatoire",
    "taux_std_respiratoire": "8. Maladies de l’appareil respiratoire",
    "taux_std_digestif": "9. Maladies de l’appareil digestif",
    "taux_std_peau": "10. Maladies de la peau et du tissu cellulaire sous-cutané",
    "taux_std_osteo_articulaire": "11. Maladies du système ostéo-articulaire, des muscles et du tissu conjonctif",
    "taux_std_genito_urinaire": "12. Maladies de l’appareil génito-urinaire",
    "taux_std_grossesse": "13. Complications de grossesse, accouchement et puerpéralité",
    "taux_std_perinatale": "14. Certaines affections dont l’origine se situe dans la période périnatale",
    "taux_std_malformations": "15. Malformations congénitales et anomalies chromosomiques",
    "taux_std_mal_definis": "16. Symptômes et états morbides mal définis",
    "taux_std_causes_externes": "17. Causes externes de morbidité et mortalité",
    "taux_std_covid": "18. Covid-19 : U071-U072,U109,U129",
}
_COLUMNS = ("annee", "departement", "sexe", "cause", "indicateur", "valeur")
FILE_CAUSES = File(
    "causes", "inserm-cepidc/2023/taux_standardises_par_cause_departement.csv", columns=_COLUMNS, min_rows=5454
)
FILE_ALL = File(
    "toutes_causes", "inserm-cepidc/2023/toutes_causes_departement_2010_2023.csv", columns=_COLUMNS, min_rows=1410
)
VARIABLES = tuple(rate(name, label, UNIT, maximum=5000.0) for name, label in CAUSES.items())


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE) -> pd.DataFrame:
    """OBSERVATIONS by département: each cause by sex in 2023, all causes for both sexes from 2010 to 2023."""
    causes, problems = _read_long(paths["causes"], FILE_CAUSES, scope=scope)
    every, wrong = _read_long(paths["toutes_causes"], FILE_ALL, scope=scope)
    problems += wrong + _cross_checks(causes, every)
    problems += _incomplete(causes, every)
    refuse(problems, source_id=SOURCE.id)
    both = pd.concat([causes, every], ignore_index=True)
    blocks = [
        Block(
            "departement", pd.Categorical(part["departement"]), str(variable), str(year),
            part["value"].to_numpy(), part["status"].to_numpy(), COG, str(sex),
        )
        for (variable, year, sex), part in both.groupby(["variable", "annee", "sex"], sort=True)
    ]  # fmt: skip
    return assemble(blocks)


def _read_long(path: Path, file: File, *, scope: Scope) -> tuple[pd.DataFrame, list[str]]:
    """Columns departement, variable, annee, sex, value, status of one file, and its problems."""
    grid = read_csv(path, file)
    frame = grid.frame.apply(lambda column: column.str.strip())
    codes, problems = clean_codes(grid.frame["departement"], "departement", where=grid.where, column="departement")
    names = {fold(label): name for name, label in CAUSES.items()}
    variable = frame["cause"].map(lambda text: names.get(fold(text)))
    sex = frame["sexe"].map({fold(word): mark for word, mark in SEXES.items()}.get).fillna(frame["sexe"].map(SEXES))
    for column, known in (("cause", variable), ("sexe", sex)):
        unknown = frame[column][known.isna()]
        if len(unknown):
            problems.append(
                f"{grid.where}, row {shown(unknown.index, most=4)}, column {column!r}: not known: {shown(map(repr, unknown.unique()))}"
            )
    other = frame["indicateur"][frame["indicateur"].map(fold) != fold(MEASURE)]
    if len(other):
        problems.append(
            f"{grid.where}, row {shown(other.index, most=4)}, column 'indicateur': {shown(map(repr, other.unique()))} is not {MEASURE!r}"
        )
    undated = frame["annee"][~frame["annee"].str.fullmatch(r"20\d{2}")]
    if len(undated):
        problems.append(
            f"{grid.where}, row {shown(undated.index, most=4)}, column 'annee': not a year: {shown(map(repr, undated.unique()))}"
        )
    values, status, wrong = parse_column(
        grid.frame["valeur"], VARIABLES[0], marks={}, where=grid.where, column="valeur"
    )
    problems += wrong
    if scope.whole and len(frame) < file.min_rows:
        problems.append(f"{grid.where}: {len(frame)} rows, {file.min_rows} expected; likely a file cut short")
    tidy = pd.DataFrame(
        {
            "departement": codes,
            "variable": variable,
            "annee": frame["annee"],
            "sex": sex,
            "value": values,
            "status": status,
        }
    )
    again = tidy.duplicated(["departement", "variable", "annee", "sex"])
    if again.any():
        problems.append(
            f"{grid.where}: {int(again.sum())} rows repeat a département, year, sex and cause (row {shown(tidy.index[again], most=5)})"
        )
    problems += lost_departements(codes, where=grid.where, expected=DEPARTEMENTS, scope=scope)
    return tidy, problems


def _incomplete(causes: pd.DataFrame, every: pd.DataFrame) -> list[str]:
    """Each département must have its 18 causes by 3 sexes, and each year it is followed."""
    problems = []
    sizes = causes.groupby("departement").size()
    uneven = sizes[sizes != (len(CAUSES) - 1) * len(SEXES)]
    if len(uneven):
        problems.append(f"{FILE_CAUSES.path}: départements without 18 causes by 3 sexes: {shown(uneven.index)}")
    years = every.groupby("departement")["annee"].agg(["nunique", "max"])
    short = years[(years["nunique"] < 14) & ~((years.index == "976") & (years["nunique"] == 10))]
    if len(short):
        problems.append(f"{FILE_ALL.path}: départements without every year: {shown(short.index)}")
    return problems


def _cross_checks(causes: pd.DataFrame, every: pd.DataFrame) -> list[str]:
    """Both sexes lie between men and women; causes add up to all causes (roundings apart)."""
    problems = []
    sexes = causes.pivot_table(index=["departement", "variable"], columns="sex", values="value")
    if set(sexes.columns) >= {"all", "F", "M"}:
        low, high = sexes[["F", "M"]].min(axis=1) - 0.11, sexes[["F", "M"]].max(axis=1) + 0.11
        bad = sexes.index[(sexes["all"] < low) | (sexes["all"] > high)]
        if len(bad):
            problems.append(
                f"{FILE_CAUSES.path}: both sexes is not between men and women for {shown(' '.join(pair) for pair in bad)}"
            )
    added = causes[causes["sex"] == "all"].groupby("departement")["value"].sum()
    total = every[every["annee"] == "2023"].drop_duplicates("departement").set_index("departement")["value"]
    gap = (added - total.reindex(added.index)).dropna()
    bad_sum = gap[np.abs(gap) > 1.0]
    if len(bad_sum):
        problems.append(f"{FILE_CAUSES.path}: the causes do not add up to all causes in {shown(bad_sum.index)}")
    return problems


SOURCE = Source(
    "inserm-cepidc",
    "Inserm-CépiDc",
    "Taux standardisés de mortalité par cause et département",
    "2023",
    LICENCE_OUVERTE,
    "départements",
    (FILE_CAUSES, FILE_ALL),
    VARIABLES,
    read,
    caveats=(
        "Les données de 2023 sont provisoires.",
        "La population standard n’est pas écrite dans le fichier ; le niveau des taux correspond à la population européenne de 2013.",
        "Toutes causes : les deux sexes ensemble seulement. Aucune cause n’est publiée sous le département.",
        "Mayotte : à partir de 2014.",
    ),
    homepage="https://opendata-cepidc.inserm.fr",
)
