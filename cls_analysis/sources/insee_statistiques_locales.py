"""Statistiques locales.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from cls_analysis.errors import DataMissing
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, Variable, count, rate, share  # noqa: F401


VARIABLES = (
    count("deces_domicilies", "Décès domiciliés", "décès"),
    share("part_75_ans_ou_plus", "Part des personnes de 75 ans ou plus"),
    share("taux_pauvrete", "Taux de pauvreté"),
    Variable("niveau_vie_median", "Médiane du niveau de vie", "€/an par unité de consommation", "median"),
    share("part_peu_diplomes", "Part des non ou peu diplômés dans la population non scolarisée de 15 ans ou plus"),
    share("part_ouvriers_emplois", "Part des ouvriers dans l’emploi au lieu de travail"),
    share("part_familles_monoparentales", "Part des familles monoparentales"),
    share("part_moins_15_ans", "Part des personnes de moins de 15 ans"),
    Variable("taille_moyenne_menages", "Taille moyenne des ménages", "personnes par ménage", "mean", minimum=1.0, maximum=10.0),
    share("part_locataires", "Part des locataires dans les résidences principales"),
    share("part_locataires_hlm", "Part des locataires HLM dans les résidences principales"),
    share("part_suroccupation_accentuee", "Part des résidences principales en suroccupation accentuée"),
    share("part_residences_principales", "Part des résidences principales dans les logements"),
    share("part_appartements", "Part des appartements dans les logements"),
    share("part_maisons", "Part des maisons dans les logements"),
    rate("densite_population", "Densité de population", "hab./km²"),
    count("nb_medecins_generalistes", "Médecins généralistes (BPE)", "médecins"),
    count("nb_bassins_natation", "Bassins de natation (BPE)", "équipements"),
    count("nb_salles_multisports", "Salles multisports (BPE)", "équipements"),
    count("nb_urgences", "Services d’urgences (BPE)", "services"),
    count("nb_infirmiers", "Infirmiers (BPE)", "infirmiers"),
    count("nb_pharmacies", "Pharmacies (BPE)", "pharmacies"),
    count("nb_chirurgiens_dentistes", "Chirurgiens-dentistes (BPE)", "chirurgiens-dentistes"),
    Variable("esperance_vie", "Espérance de vie à la naissance", "ans", "mean", minimum=50.0, maximum=100.0),
    rate("taux_brut_mortalite", "Taux brut de mortalité", "décès pour 1 000 hab.", maximum=100.0),
    rate("taux_mortalite_standardise_0_64", "Taux de mortalité standardisé des 0 à 64 ans", "décès pour 1 000 hab. de 0 à 64 ans", maximum=100.0),
    share("part_bac5", "Part des diplômés d’un bac + 5 ou plus dans la population non scolarisée de 15 ans ou plus"),
    share("part_bac2", "Part des diplômés d’un bac + 2 dans la population non scolarisée de 15 ans ou plus"),
    share("part_cap_bep", "Part des titulaires d’un CAP ou BEP dans la population non scolarisée de 15 ans ou plus"),
    share("part_travail_velo", "Part des actifs occupés allant travailler à vélo"),
    share("part_travail_voiture", "Part des actifs occupés allant travailler en voiture"),
    share("part_travail_transports", "Part des actifs occupés allant travailler en transports en commun"),
    count("population_estimee", "Estimation de population au 1er janvier", "habitants"),
)
def read(paths: Mapping[str, Path]) -> pd.DataFrame:
    raise DataMissing(f"no reader for {sorted(paths)}")

SOURCE = Source("insee-statistiques-locales", "Insee", "Statistiques locales, bassins de vie et départements", "2024", LICENCE_OUVERTE, "bassins de vie 2022, départements", (), VARIABLES, read)
