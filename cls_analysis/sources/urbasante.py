"""How old are the inhabitants of each commune, and in what environment do they live (UrbaSanté, COG 2022)?

A research project's reworking of Insee, SSMSI, BPE and Copernicus data: `indicateurs_communes.csv` (`,`, decimal
point, hors DROM, Paris, Lyon and Marseille as communes) and a workbook of definitions, which must define every
column. A blank is missing. Environment columns are sparse (`Dengue` is empty). The « éloignement » columns are
defined as access but behave as distance (0 in cities, 59 % on average in communes under 300 inhabitants).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from cls_analysis.sources.codes import FRANCE, Scope, check_communes, clean_codes, departement_of, duplicates
from cls_analysis.sources.drees_apl import XLSX
from cls_analysis.sources.model import File, Source, Variable, count, rate, share
from cls_analysis.sources.names import check_names
from cls_analysis.sources.observations import assemble
from cls_analysis.sources.reading import read_csv, read_sheets
from cls_analysis.sources.text import fold, shown
from cls_analysis.sources.wide import Measure, broken, refuse, wide_blocks

COG = 2022
_TAUX = "taux (dénominateur non précisé)"
_COLUMNS: tuple[tuple[str, str, Variable], ...] = (
    ("Qualité de l'Air (ATMO score)", "2023", rate("air_atmo", "Part des jours avec un indice ATMO supérieur à 3 sur 6", "part de 0 à 1", maximum=1.0)),
    ("Indicateur Ozone (SOMO35)", "2023", rate("ozone_somo35", "Ozone, cumul SOMO35", "ppb × jour")),
    ("Qualité des Eaux Souterraines", "2020", Variable("eaux_souterraines", "Score de risque pour les eaux souterraines", "score", "score")),
    ("Sécheresse", "2024", Variable("secheresse", "Score de risque de sécheresse", "score", "score")),
    ("Dengue", "2023", rate("dengue", "Cas de dengue par million d’habitants (région)", "cas par million d’hab.")),
    ("Pesticides Santé Autres", "2022", count("pesticides_sante_autres", "Pesticides achetés, santé autres", "kg", integer=False)),
    ("Pesticides CMR", "2022", count("pesticides_cmr", "Pesticides achetés, CMR", "kg", integer=False)),
    ("Pesticides Env. A", "2022", count("pesticides_env_a", "Pesticides achetés, environnement A", "kg", integer=False)),
    ("Pesticides Env. B", "2022", count("pesticides_env_b", "Pesticides achetés, environnement B", "kg", integer=False)),
    ("Pesticides Santé A", "2022", count("pesticides_sante_a", "Pesticides achetés, santé A", "kg", integer=False)),
    ("Couvert Forestier", "2018", share("couvert_forestier", "Densité du couvert forestier")),
    ("Surface Imperméable", "2018", share("surface_impermeable", "Densité d’imperméabilisation")),
    ("Radiance", "2015", rate("radiance", "Luminosité artificielle du ciel nocturne", "rapport à la luminosité naturelle")),
    ("Coups et Blessures Volontaires", "2022", rate("coups_blessures", "Coups et blessures volontaires", _TAUX)),
    ("Vols Sans Violence Contre des Personnes", "2022", rate("vols_sans_violence", "Vols sans violence contre des personnes", _TAUX)),
    ("Cambriolages de Logement", "2022", rate("cambriolages", "Cambriolages de logement", _TAUX)),
    ("Usage de Stupéfiants", "2022", rate("usage_stupefiants", "Usage de stupéfiants", _TAUX)),
    ("Eloignement des Equipements Intermédiaires", "2021", share("eloignement_intermediaires", "Population éloignée des équipements intermédiaires")),
    ("Eloignement des Equipements de Proximité", "2021", share("eloignement_proximite", "Population éloignée des équipements de proximité")),
    ("Eloignement des Equipements Supérieurs", "2021", share("eloignement_superieurs", "Population éloignée des équipements supérieurs")),
    ("Equipement de Proximité Accessibles", "2021", share("equipements_proximite_6_min", "Équipements de proximité accessibles en 6 minutes de voiture")),
    ("Cyclabilité de la Voirie", "2022", rate("cyclabilite", "Part des voiries cyclables", "part de 0 à 1", maximum=1.0)),
    ("Nombre d'Infrastructures Sportives Accessibles", "2022", rate("infrastructures_sportives_15_min", "Infrastructures sportives accessibles en 15 minutes", "équipements")),
    ("Part des Surfaces Agricoles Biologiques", "2022", share("surfaces_bio", "Part des surfaces agricoles biologiques converties")),
    ("Part des Résidences Principales Suroccupées", "2020", share("part_suroccupation", "Part des résidences principales suroccupées")),
    ("Part des pers. âgées de - de 25", "2020", share("part_moins_25_ans", "Part des personnes de moins de 25 ans")),
    ("Part des pers. âgées de 25 à 64", "2020", share("part_25_64_ans", "Part des personnes de 25 à 64 ans")),
    ("Part des pers. âgées de 65", "2020", share("part_65_ans_ou_plus", "Part des personnes de 65 ans ou plus")),
)  # fmt: skip
MEASURES = tuple(Measure(header, variable.name, year) for header, year, variable in _COLUMNS)
FILE = File(
    "communes",
    "urbasante/2022/indicateurs_communes.csv",
    columns=("code_insee", "niveau", "nom", "nom_dep", *(header for header, _, _ in _COLUMNS)),
    min_rows=34826,
)
DEFINITIONS = File("definitions", "urbasante/2022/correspondance_indicateurs.xlsx", None, XLSX, None, None)


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE) -> pd.DataFrame:
    """OBSERVATIONS by commune (COG 2022, hors DROM); the period is the reference year that the definitions give."""
    grid = read_csv(paths["communes"], FILE)
    problems = _undefined(paths["definitions"])
    codes, wrong = clean_codes(grid.frame["code_insee"], "commune", where=grid.where, column="code_insee")
    problems += wrong + duplicates(codes, where=grid.where, what="communes")
    problems += check_communes(
        codes,
        COG,
        where=grid.where,
        scope=scope,
        absent=lambda code: departement_of(code).startswith("97"),
        together=False,
    )
    problems += check_names(codes, grid.frame["nom"], COG, where=grid.where, column="nom", tolerated=0.02)
    levels = grid.frame["niveau"][grid.frame["niveau"].map(fold) != "communes"]
    if len(levels):
        problems.append(
            f"{grid.where}, row {shown(levels.index, most=4)}, column 'niveau': {shown(map(repr, levels.unique()))} is not 'Communes'"
        )
    blocks, wrong = wide_blocks(grid, codes, MEASURES, SOURCE.names, level="commune", cog=COG, marks={"": "missing"})
    problems += wrong
    of = {block.variable: block.value for block in blocks}
    with np.errstate(invalid="ignore"):
        ages = of["part_moins_25_ans"] + of["part_25_64_ans"] + of["part_65_ans_ou_plus"]
        problems += broken(
            grid.frame.index, np.abs(ages - 100) > 0.25, where=grid.where, rule="the three ages make 100 %"
        )
    for name in ("part_65_ans_ou_plus", "part_suroccupation"):
        if not len(of[name]) or np.isnan(of[name]).mean() > 0.05:
            problems.append(
                f"{grid.where}: {name} is blank in {np.isnan(of[name]).mean():.0%} of the communes; likely a column emptied"
            )
    refuse(problems, source_id=SOURCE.id)
    return assemble(blocks)


def _undefined(path: Path) -> list[str]:
    """The columns that the workbook of definitions does not define."""
    rows = next(iter(read_sheets(path, DEFINITIONS).values()))
    defined = {fold(row[1]) for row in rows[1:] if len(row) > 2 and str(row[2]).strip()}
    lost = [header for header, _, _ in _COLUMNS if fold(header) not in defined]
    return [f"{DEFINITIONS.path}: no definition of {shown(lost, most=30)}"] if lost else []


SOURCE = Source(
    "urbasante",
    "Projet UrbaSanté",
    "Indicateurs communaux d’urbanisme favorable à la santé",
    "2022",
    "voir les producteurs d’origine (Insee, SSMSI, Copernicus)",
    "COG 2022",
    (FILE, DEFINITIONS),
    tuple(variable for _, _, variable in _COLUMNS),
    read,
    caveats=(
        "Fichier retravaillé par un projet de recherche ; la licence est celle des producteurs d’origine.",
        "Hors départements d’outre-mer.",
        "Les colonnes d’environnement sont très incomplètes ; « Dengue » est vide.",
        "« Éloignement » est défini dans le fichier comme un accès, mais vaut 0 dans les villes et monte avec l’isolement : c’est une distance.",
        "Délinquance : communes où le SSMSI diffuse une valeur ; les zéros des petites communes y sont surreprésentés.",
        "Année de référence non précisée pour les pesticides, le sport et le bio : le millésime du fichier est retenu.",
    ),
)
