"""Démographie des libéraux.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from cls_analysis.errors import DataMissing
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, Variable, count, rate, share  # noqa: F401


PROFESSIONS = {
    "ensemble_medecins": "Ensemble des médecins",
    "ensemble_generalistes": "Ensemble des médecins généralistes",
    "generalistes": "Médecins généralistes (hors médecins à expertise particulière - MEP)",
    "generalistes_mep": "Médecins généralistes à expertise particulière (MEP)",
    "ensemble_specialistes": "Ensemble des médecins spécialistes (hors généralistes)",
    "allergologues": "Allergologues",
    "anesthesistes": "Anesthésistes-réanimateurs",
    "autres_medecins": "Autres médecins",
    "cardiologues": "Cardiologues",
    "chirurgiens": "Chirurgiens",
    "dermatologues": "Dermatologues",
    "endocrinologues": "Endocrinologues",
    "gastro_enterologues": "Hépato-gastro-entérologues",
    "gynecologues": "Gynécologues médicaux et obstétriciens",
    "medecins_nucleaires": "Médecins nucléaires",
    "medecins_pathologistes": "Médecins pathologistes",
    "medecins_vasculaires": "Médecins vasculaires",
    "nephrologues": "Néphrologues",
    "neurologues": "Neurologues",
    "ophtalmologues": "Ophtalmologues",
    "orl": "Oto-rhino-laryngologistes",
    "pediatres": "Pédiatres",
    "pneumologues": "Pneumologues",
    "psychiatres": "Psychiatres",
    "radiologues": "Radiologues",
    "radiotherapeutes": "Radiothérapeutes",
    "rhumatologues": "Rhumatologues",
    "stomatologues": "Stomatologues",
    "ensemble_dentistes": "Ensemble des chirurgiens-dentistes",
    "dentistes": "Chirurgiens-dentistes (hors spécialistes d'orthopédie dento-faciale - ODF)",
    "orthodontistes": "Chirurgiens-dentistes spécialistes d'orthopédie dento-faciale (ODF)",
    "sages_femmes": "Sages-femmes",
    "ensemble_auxiliaires": "Ensemble des auxiliaires médicaux",
    "infirmiers": "Infirmiers",
    "kinesitherapeutes": "Masseurs-kinésithérapeutes",
    "orthophonistes": "Orthophonistes",
    "orthoptistes": "Orthoptistes",
    "pedicures": "Pédicures-podologues",
}
VARIABLES = tuple(count(f"effectif_{key}", f"{label} : effectif libéral", "professionnels") for key, label in PROFESSIONS.items()) + tuple(
    rate(f"densite_{key}", f"{label} : densité libérale", "pour 100 000 hab.", maximum=5000.0) for key, label in PROFESSIONS.items()
)
def read(paths: Mapping[str, Path]) -> pd.DataFrame:
    raise DataMissing(f"no reader for {sorted(paths)}")

SOURCE = Source("ameli-demographie", "Assurance maladie", "Démographie des professionnels de santé libéraux", "2024", LICENCE_OUVERTE, "départements, régions, France", (), VARIABLES, read)
