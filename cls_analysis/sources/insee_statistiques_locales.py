"""How old, poor, housed and long-lived are the inhabitants of each bassin de vie and each département?

Two Géoclip exports (see `locales`): bassins de vie 2022 and départements, each column with its own year. Life
expectancies are one variable, `esperance_vie`, by sex. Mayotte has no result in most columns.
https://statistiques-locales.insee.fr
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from cls_analysis.sources.codes import DEPARTEMENTS, FRANCE, Scope
from cls_analysis.sources.locales import lost_departements, read_export
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, Variable, count, rate, share
from cls_analysis.sources.observations import Block, assemble
from cls_analysis.sources.wide import broken, refuse

COG_BASSINS, COG_DEPARTEMENTS = 2025, 2025
_SCHOOLED = "dans la population non scolarisée de 15 ans ou plus"
BASSINS = {
    "Nombre de décès domiciliés 2024": ("deces_domicilies", "all"),
    "Part des pers. âgées de 75 ans ou + 2022": ("part_75_ans_ou_plus", "all"),
    "Taux de pauvreté 2021": ("taux_pauvrete", "all"),
    "Médiane du niveau de vie 2021": ("niveau_vie_median", "all"),
    "Part des non ou peu diplômés dans la pop. non scolarisée de 15 ans ou + 2022": ("part_peu_diplomes", "all"),
    "Part des ouvriers dans le nb d’emplois au LT 2022": ("part_ouvriers_emplois", "all"),
    "Part des familles monoparentales 2022": ("part_familles_monoparentales", "all"),
    "Part des pers. âgées de - 15 ans 2022": ("part_moins_15_ans", "all"),
    "Taille moyenne des ménages 2022": ("taille_moyenne_menages", "all"),
    "Part des locataires dans les rés. principales 2022": ("part_locataires", "all"),
    "Part des locataires HLM dans les rés. principales 2022": ("part_locataires_hlm", "all"),
    "Part des résidences principales en suroccupation accentuée 2022": ("part_suroccupation_accentuee", "all"),
    "Part des rés. principales dans le total des logements 2022": ("part_residences_principales", "all"),
    "Part des appartements dans le total des logements 2022": ("part_appartements", "all"),
    "Part des maisons dans le total des logements 2022": ("part_maisons", "all"),
    "Densité de population (historique depuis 1876) 2022": ("densite_population", "all"),
}
DEPARTEMENT = {
    "Médecin généraliste (en nombre) 2024": ("nb_medecins_generalistes", "all"),
    "Taux de pauvreté 2021": ("taux_pauvrete", "all"),
    "Bassin de natation (en nombre) 2024": ("nb_bassins_natation", "all"),
    "Salles multisports (gymnases) (en nombre) 2024": ("nb_salles_multisports", "all"),
    "Urgences (en nombre) 2024": ("nb_urgences", "all"),
    "Infirmier (en nombre) 2024": ("nb_infirmiers", "all"),
    "Pharmacie (en nombre) 2024": ("nb_pharmacies", "all"),
    "Chirurgien dentiste (en nombre) 2024": ("nb_chirurgiens_dentistes", "all"),
    "Espérance de vie des femmes à la naissance 2024": ("esperance_vie", "F"),
    "Espérance de vie des hommes à la naissance 2024": ("esperance_vie", "M"),
    "Médiane du niveau de vie 2021": ("niveau_vie_median", "all"),
    "Densité de population (historique depuis 1876) 2022": ("densite_population", "all"),
    "Taux brut de mortalité 2024": ("taux_brut_mortalite", "all"),
    "Taux de mortalité standardisé des 0 à 64 ans 2024": ("taux_mortalite_standardise_0_64", "all"),
    "Part des diplômés d'un BAC+5 ou plus dans la pop. non scolarisée de 15 ans ou + 2022": ("part_bac5", "all"),
    "Part des non ou peu diplômés dans la pop. non scolarisée de 15 ans ou + 2022": ("part_peu_diplomes", "all"),
    "Part des diplômés d'un BAC+2 dans la pop. non scolarisée de 15 ans ou + 2022": ("part_bac2", "all"),
    "Part des pers., dont le diplôme le plus élevé est un CAP ou un BEP, dans la pop. non scolarisée de 15 ans ou + 2022": (
        "part_cap_bep",
        "all",
    ),
    "Part des actifs occ 15 ans ou plus vélo pour travailler 2022": ("part_travail_velo", "all"),
    "Part des actifs occ 15 ans ou plus voiture pour travailler 2022": ("part_travail_voiture", "all"),
    "Part des actifs occupés de 15 ans ou plus  les transports en commun 2022": ("part_travail_transports", "all"),
    "Estimations de population 2025": ("population_estimee", "all"),
}
FILE_BASSINS = File(
    "bassins",
    "insee-statistiques-locales/2024/bassins_de_vie.csv",
    separator=";",
    columns=("Code", "Libellé", *BASSINS),
    min_rows=1707,
)
FILE_DEPARTEMENTS = File(
    "departements",
    "insee-statistiques-locales/2024/departements.csv",
    separator=";",
    columns=("Code", "Libellé", *DEPARTEMENT),
    min_rows=101,
)
VARIABLES = (
    count("deces_domicilies", "Décès domiciliés", "décès"),
    share("part_75_ans_ou_plus", "Part des personnes de 75 ans ou plus"),
    share("taux_pauvrete", "Taux de pauvreté"),
    Variable(
        "niveau_vie_median",
        "Médiane du niveau de vie",
        "€/an par unité de consommation",
        "median",
        minimum=3000,
        maximum=200000,
    ),
    share("part_peu_diplomes", f"Part des non ou peu diplômés {_SCHOOLED}"),
    share("part_ouvriers_emplois", "Part des ouvriers dans l’emploi au lieu de travail"),
    share("part_familles_monoparentales", "Part des familles monoparentales"),
    share("part_moins_15_ans", "Part des personnes de moins de 15 ans"),
    Variable(
        "taille_moyenne_menages",
        "Taille moyenne des ménages",
        "personnes par ménage",
        "mean",
        minimum=1.0,
        maximum=10.0,
    ),
    share("part_locataires", "Part des locataires dans les résidences principales"),
    share("part_locataires_hlm", "Part des locataires HLM dans les résidences principales"),
    share("part_suroccupation_accentuee", "Part des résidences principales en suroccupation accentuée"),
    share("part_residences_principales", "Part des résidences principales dans les logements"),
    share("part_appartements", "Part des appartements dans les logements"),
    share("part_maisons", "Part des maisons dans les logements"),
    rate("densite_population", "Densité de population", "hab./km²", maximum=50000),
    count("nb_medecins_generalistes", "Médecins généralistes (BPE)", "médecins"),
    count("nb_bassins_natation", "Bassins de natation (BPE)", "équipements"),
    count("nb_salles_multisports", "Salles multisports (BPE)", "équipements"),
    count("nb_urgences", "Services d’urgences (BPE)", "services"),
    count("nb_infirmiers", "Infirmiers (BPE)", "infirmiers"),
    count("nb_pharmacies", "Pharmacies (BPE)", "pharmacies"),
    count("nb_chirurgiens_dentistes", "Chirurgiens-dentistes (BPE)", "chirurgiens-dentistes"),
    Variable("esperance_vie", "Espérance de vie à la naissance", "ans", "mean", minimum=50.0, maximum=100.0),
    rate("taux_brut_mortalite", "Taux brut de mortalité", "décès pour 1 000 hab.", maximum=100.0),
    rate(
        "taux_mortalite_standardise_0_64",
        "Taux de mortalité standardisé des 0 à 64 ans",
        "décès pour 1 000 hab. de 0 à 64 ans",
        maximum=100.0,
    ),
    share("part_bac5", f"Part des diplômés d’un bac + 5 ou plus {_SCHOOLED}"),
    share("part_bac2", f"Part des diplômés d’un bac + 2 {_SCHOOLED}"),
    share("part_cap_bep", f"Part des titulaires d’un CAP ou BEP {_SCHOOLED}"),
    share("part_travail_velo", "Part des actifs occupés allant travailler à vélo"),
    share("part_travail_voiture", "Part des actifs occupés allant travailler en voiture"),
    share("part_travail_transports", "Part des actifs occupés allant travailler en transports en commun"),
    count("population_estimee", "Estimation de population au 1er janvier", "habitants"),
)


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE) -> pd.DataFrame:
    """OBSERVATIONS by bassin de vie 2022 and by département; the period is the year that ends each header."""
    basins, grid, problems = read_export(
        paths["bassins"], FILE_BASSINS, BASSINS, SOURCE.names,
        level="bassin_de_vie", cog=COG_BASSINS, title="France par bassin de vie", scope=scope,
    )  # fmt: skip
    of = {block.variable: block.value for block in basins}
    with np.errstate(invalid="ignore"):
        housing = of["part_appartements"] + of["part_maisons"] > 100.2
        tenants = of["part_locataires_hlm"] > of["part_locataires"] + 0.1
    problems += broken(grid.frame.index, housing, where=grid.where, rule="flats and houses make at most 100 %")
    problems += broken(grid.frame.index, tenants, where=grid.where, rule="social tenants are at most all tenants")
    areas, grid, wrong = read_export(
        paths["departements"], FILE_DEPARTEMENTS, DEPARTEMENT, SOURCE.names,
        level="departement", cog=COG_DEPARTEMENTS, title="France par département", scope=scope,
    )  # fmt: skip
    problems += wrong + _women_live_longer(areas, grid.frame.index, where=grid.where)
    codes = pd.Series(areas[0].codes.astype("str"))
    problems += lost_departements(codes, where=grid.where, expected=DEPARTEMENTS, scope=scope)
    refuse(problems, source_id=SOURCE.id)
    return assemble([*basins, *areas])


def _women_live_longer(blocks: list[Block], rows: pd.Index, *, where: str) -> list[str]:
    by_sex = {block.sex: block.value for block in blocks if block.variable == "esperance_vie"}
    with np.errstate(invalid="ignore"):
        fails = by_sex["F"] < by_sex["M"]
    return broken(rows, fails, where=where, rule="women's life expectancy is at least men's (columns swapped?)")


SOURCE = Source(
    "insee-statistiques-locales",
    "Insee",
    "Statistiques locales, bassins de vie et départements",
    "2024",
    LICENCE_OUVERTE,
    "bassins de vie 2022, départements",
    (FILE_BASSINS, FILE_DEPARTEMENTS),
    VARIABLES,
    read,
    caveats=(
        "Mayotte n’a pas de résultat dans la plupart des colonnes.",
        "Un bassin de vie n’est pas un EPCI : toute valeur portée à un autre territoire est une estimation.",
        "L’espérance de vie de 2024 est provisoire.",
    ),
    homepage="https://statistiques-locales.insee.fr",
)
