"""BPE.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from cls_analysis.errors import DataMissing
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, Variable, count, rate, share  # noqa: F401


EQUIPMENTS = {
    "medecins_generalistes": "Médecin omnipraticien",
    "cardiologues": "Spécialiste en cardiologie",
    "dermatologues": "Spécialiste en dermatologie vénéréologie",
    "gastro_enterologues": "Spécialiste en gastro-entérologie",
    "psychiatres": "Spécialiste en psychiatrie",
    "ophtalmologues": "Spécialiste en ophtalmologie",
    "orl": "Spécialiste en oto-rhino-laryngologie",
    "pediatres": "Spécialiste en pédiatrie",
    "pneumologues": "Spécialiste en pneumologie",
    "radiologues": "Spécialiste en radiodiagnostic et imagerie médicale",
    "stomatologues": "Spécialiste en stomatologie",
    "gynecologues_medicaux": "Spécialiste en gynécologie médicale",
    "gynecologues_obstetriciens": "Spécialiste en gynécologie obstétrique",
    "chirurgiens_dentistes": "Chirurgien dentiste",
    "sages_femmes": "Sage-femme",
    "infirmiers": "Infirmier",
    "kinesitherapeutes": "Masseur kinésithérapeute",
    "orthophonistes": "Orthophoniste",
    "orthoptistes": "Orthoptiste",
    "pedicures": "Pédicure-podologue",
    "audioprothesistes": "Audio prothésiste",
    "ergotherapeutes": "Ergothérapeute",
    "psychomotriciens": "Psychomotricien",
    "pharmacies": "Pharmacie",
    "laboratoires": "Laboratoire d'analyses médicales",
    "ambulances": "Ambulance",
    "urgences": "Urgences",
    "maternites": "Maternité",
    "centres_sante": "Centre de santé",
    "maisons_sante": "Maison de santé pluridisciplinaire",
    "court_sejour": "Établissement santé court séjour",
    "moyen_sejour": "Établissement santé moyen séjour",
    "long_sejour": "Établissement santé long séjour",
    "psychiatrie_hebergement": "Établissement psychiatrique avec hébergement",
    "psychiatrie_ambulatoire": "Structures psychiatriques en ambulatoire",
    "hospitalisation_domicile": "Hospitalisation à domicile",
    "dialyse": "Dialyse",
    "lutte_alcoolisme": "Établissement lutte contre l'alcoolisme",
    "medecine_preventive": "Centre médecine préventive",
    "personnes_agees_hebergement": "Personnes âgées : hébergement",
    "personnes_agees_soins_domicile": "Personnes âgées : soins à domicile",
    "personnes_agees_aide": "Personnes âgées : services d'aide",
    "personnes_agees_foyer_restaurant": "Personnes âgées : foyer restaurant",
    "personnes_agees_repas_domicile": "Personnes âgées : services de repas à domicile",
    "enfants_handicapes_hebergement": "Enfants handicapés : hébergement",
    "enfants_handicapes_services": "Enfants handicapés : services à domicile ou ambulatoires",
    "adultes_handicapes_hebergement": "Adultes handicapés : hébergement",
    "adultes_handicapes_services": "Adultes handicapés : services",
    "travail_protege": "Travail protégé",
    "aide_enfance_hebergement": "Aide sociale à l'enfance : hébergement",
    "aide_enfance_action_educative": "Aide sociale à l'enfance : action éducative",
    "garde_enfants": "Garde d'enfant d'âge préscolaire",
    "chrs": "CHRS : centre d'hébergement et de réinsertion sociale",
}
VARIABLES = tuple(count(f"nb_{key}", label, "équipements") for key, label in EQUIPMENTS.items())
def read(paths: Mapping[str, Path]) -> pd.DataFrame:
    raise DataMissing(f"no reader for {sorted(paths)}")

SOURCE = Source("insee-bpe", "Insee", "Base permanente des équipements 2009 et 2013", "2013", LICENCE_OUVERTE, "COG 2009, COG 2013", (), VARIABLES, read)
