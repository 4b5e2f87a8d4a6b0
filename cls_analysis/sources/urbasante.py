"""UrbaSanté.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from cls_analysis.errors import DataMissing
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, Variable, count, rate, share  # noqa: F401


VARIABLES = (
    rate("air_atmo", "Part des jours avec un indice ATMO supérieur à 3 sur 6", "part de 0 à 1", maximum=1.0),
    rate("ozone_somo35", "Ozone, cumul SOMO35", "ppb × jour"),
    Variable("eaux_souterraines", "Score de risque pour les eaux souterraines", "score", "score"),
    Variable("secheresse", "Score de risque de sécheresse", "score", "score"),
    rate("dengue", "Cas de dengue par million d’habitants (région)", "cas par million d’hab."),
    count("pesticides_sante_autres", "Pesticides achetés, santé autres", "kg", integer=False),
    count("pesticides_cmr", "Pesticides achetés, CMR", "kg", integer=False),
    count("pesticides_env_a", "Pesticides achetés, environnement A", "kg", integer=False),
    count("pesticides_env_b", "Pesticides achetés, environnement B", "kg", integer=False),
    count("pesticides_sante_a", "Pesticides achetés, santé A", "kg", integer=False),
    share("couvert_forestier", "Densité du couvert forestier"),
    share("surface_impermeable", "Densité d’imperméabilisation"),
    rate("radiance", "Luminosité artificielle du ciel nocturne", "rapport à la luminosité naturelle"),
    rate("coups_blessures", "Coups et blessures volontaires", "taux (dénominateur non précisé)"),
    rate("vols_sans_violence", "Vols sans violence contre des personnes", "taux (dénominateur non précisé)"),
    rate("cambriolages", "Cambriolages de logement", "taux (dénominateur non précisé)"),
    rate("usage_stupefiants", "Usage de stupéfiants", "taux (dénominateur non précisé)"),
    share("eloignement_intermediaires", "Population éloignée des équipements intermédiaires"),
    share("eloignement_proximite", "Population éloignée des équipements de proximité"),
    share("eloignement_superieurs", "Population éloignée des équipements supérieurs"),
    share("equipements_proximite_6_min", "Équipements de proximité accessibles en 6 minutes de voiture"),
    rate("cyclabilite", "Part des voiries cyclables", "part de 0 à 1", maximum=1.0),
    rate("infrastructures_sportives_15_min", "Infrastructures sportives accessibles en 15 minutes", "équipements"),
    share("surfaces_bio", "Part des surfaces agricoles biologiques converties"),
    share("part_suroccupation", "Part des résidences principales suroccupées"),
    share("part_moins_25_ans", "Part des personnes de moins de 25 ans"),
    share("part_25_64_ans", "Part des personnes de 25 à 64 ans"),
    share("part_65_ans_ou_plus", "Part des personnes de 65 ans ou plus"),
)
def read(paths: Mapping[str, Path]) -> pd.DataFrame:
    raise DataMissing(f"no reader for {sorted(paths)}")

SOURCE = Source("urbasante", "Projet UrbaSanté", "Indicateurs communaux d’urbanisme favorable à la santé", "2022", "voir les producteurs d’origine", "COG 2022", (), VARIABLES, read)
