"""Filosofi 2021.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from cls_analysis.errors import DataMissing
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, Variable, count, rate, share  # noqa: F401


VARIABLES = (
    count("menages_fiscaux", "Ménages fiscaux", "ménages"),
    count("personnes_fiscales", "Personnes dans les ménages fiscaux", "personnes"),
    Variable("niveau_vie_median", "Niveau de vie médian", "€/an par unité de consommation", "median"),
    share("part_menages_imposes", "Part des ménages fiscaux imposés"),
    share("taux_pauvrete", "Taux de pauvreté (seuil à 60 % du niveau de vie médian)"),
    share("taux_pauvrete_moins_30", "Taux de pauvreté, référent fiscal de moins de 30 ans"),
    share("taux_pauvrete_30_39", "Taux de pauvreté, référent fiscal de 30 à 39 ans"),
    share("taux_pauvrete_40_49", "Taux de pauvreté, référent fiscal de 40 à 49 ans"),
    share("taux_pauvrete_50_59", "Taux de pauvreté, référent fiscal de 50 à 59 ans"),
    share("taux_pauvrete_60_74", "Taux de pauvreté, référent fiscal de 60 à 74 ans"),
    share("taux_pauvrete_75_plus", "Taux de pauvreté, référent fiscal de 75 ans ou plus"),
    share("taux_pauvrete_proprietaires", "Taux de pauvreté des ménages propriétaires"),
    share("taux_pauvrete_locataires", "Taux de pauvreté des ménages locataires"),
    Variable("part_revenus_activite", "Part des revenus d’activité", "% du revenu disponible", "rate", maximum=200.0),
    Variable("part_salaires", "Part des salaires et traitements", "% du revenu disponible", "rate", maximum=200.0),
    Variable("part_indemnites_chomage", "Part des indemnités de chômage", "% du revenu disponible", "rate", maximum=100.0),
    Variable("part_revenus_non_salaries", "Part des revenus des activités non salariées", "% du revenu disponible", "rate", minimum=-100.0, maximum=200.0),
    Variable("part_pensions", "Part des pensions, retraites et rentes", "% du revenu disponible", "rate", maximum=200.0),
    Variable("part_patrimoine", "Part des revenus du patrimoine et autres revenus", "% du revenu disponible", "rate", minimum=-100.0, maximum=200.0),
    Variable("part_prestations_sociales", "Part de l’ensemble des prestations sociales", "% du revenu disponible", "rate", maximum=100.0),
    Variable("part_prestations_familiales", "Part des prestations familiales", "% du revenu disponible", "rate", maximum=100.0),
    Variable("part_minima_sociaux", "Part des minima sociaux", "% du revenu disponible", "rate", maximum=100.0),
    Variable("part_prestations_logement", "Part des prestations logement", "% du revenu disponible", "rate", maximum=100.0),
    Variable("part_impots", "Part des impôts (négative)", "% du revenu disponible", "rate", minimum=-100.0, maximum=0.0),
    Variable("d1", "1er décile du niveau de vie", "€/an par unité de consommation", "median"),
    Variable("d9", "9e décile du niveau de vie", "€/an par unité de consommation", "median"),
    rate("rapport_interdecile", "Rapport interdécile D9/D1", "rapport"),
)
def read(paths: Mapping[str, Path]) -> pd.DataFrame:
    raise DataMissing(f"no reader for {sorted(paths)}")

SOURCE = Source("insee-filosofi", "Insee", "Filosofi 2021, base communes", "2021", LICENCE_OUVERTE, "COG 2024", (), VARIABLES, read)
