"""Which words may a coordinator use, and how are they printed?

Closed lists of the participation files: the key is what is typed in a file (ASCII, lower case), the
value is what a reader of the report sees. The themes follow the multi-theme grid suggested by the
CLoterreS study of 53 local health contracts; two of them are transversal.
"""

from __future__ import annotations

from typing import Final

THEMES: Final[dict[str, str]] = {
    "acces_soins": "Accès aux soins et démographie médicale",
    "prevention_addictions": "Prévention et addictions",
    "nutrition_activite": "Nutrition et activité physique",
    "sante_mentale": "Santé mentale",
    "sante_environnement": "Santé environnement",
    "enfance_jeunesse": "Périnatalité, enfance et jeunesse",
    "vieillissement_handicap": "Vieillissement, handicap et aidants",
    "precarite_droits": "Précarité et accès aux droits",
    "mobilite": "Mobilité",
    "coordination": "Coordination et connaissance",
}
TRANSVERSAL_THEMES: Final[frozenset[str]] = frozenset({"mobilite", "coordination"})

COLLECTION_TYPES: Final[dict[str, str]] = {
    "entretien": "Entretien",
    "focus_group": "Entretien collectif (focus group)",
    "questionnaire": "Questionnaire",
    "atelier": "Atelier",
    "reunion_publique": "Réunion publique",
    "contribution": "Contribution écrite",
}
PUBLICS: Final[dict[str, str]] = {
    "habitants": "Habitants",
    "professionnels": "Professionnels",
    "elus": "Élus",
    "institutions": "Institutions",
    "associations": "Associations",
}
OPERATORS: Final[dict[str, str]] = {
    "porteur": "Porteur du contrat",
    "ars": "ARS",
    "msa": "MSA",
    "promotion_sante": "Promotion Santé (ex-IREPS)",
    "ors": "ORS",
    "autre": "Autre opérateur",
}
MODES: Final[dict[str, str]] = {
    "presentiel": "En présence",
    "telephone": "Par téléphone",
    "en_ligne": "En ligne",
    "papier": "Sur papier",
}
STATEMENT_KINDS: Final[dict[str, str]] = {
    "besoin": "Besoin",
    "obstacle": "Obstacle",
    "ressource": "Ressource",
    "proposition": "Proposition",
}
FINDING_KINDS: Final[dict[str, str]] = {"quanti": "Chiffres", "quali": "Parole", "mixte": "Chiffres et parole"}
FINDING_STATES: Final[dict[str, str]] = {"propose": "Proposé", "valide": "Validé", "ecarte": "Écarté"}
RESOURCE_TYPES: Final[dict[str, str]] = {
    "structure": "Structure",
    "dispositif": "Dispositif",
    "projet": "Projet",
    "programme": "Programme",
}
RESOURCE_STATES: Final[dict[str, str]] = {"en_cours": "En cours", "en_projet": "En projet", "termine": "Terminé"}
DECISIONS: Final[dict[str, str]] = {"retenu": "Retenu", "non_retenu": "Non retenu", "reporte": "Reporté"}
COLLEGES: Final[dict[str, str]] = {
    "elus": "Élus",
    "professionnels": "Professionnels",
    "institutions": "Institutions",
    "habitants": "Habitants",
    "associations": "Associations",
}
AXIS_KINDS: Final[dict[str, str]] = {"thematique": "Axe", "transversal": "Axe transversal"}
OBJECTIVE_LEVELS: Final[dict[str, str]] = {"specifique": "Objectif spécifique", "operationnel": "Objectif opérationnel"}
ACTION_STATES: Final[dict[str, str]] = {
    "a_lancer": "À lancer",
    "en_cours": "En cours",
    "realisee": "Réalisée",
    "suspendue": "Suspendue",
    "abandonnee": "Abandonnée",
}
NEXT_STEPS: Final[dict[str, str]] = {
    "poursuivre": "Poursuivre",
    "ajuster": "Ajuster",
    "arreter": "Arrêter",
    "achevee": "Achevée",
}
MEASURE_KINDS: Final[dict[str, str]] = {
    "processus": "Processus",
    "resultat": "Résultat",
    "impact": "Impact (contexte)",
}
MEASURE_SENSES: Final[dict[str, str]] = {
    "hausse": "Plus c’est haut, mieux c’est",
    "baisse": "Plus c’est bas, mieux c’est",
}
AMENDMENT_KINDS: Final[dict[str, str]] = {
    "ajout": "Ajout",
    "suppression": "Suppression",
    "modification": "Modification",
}
AFOM_CELLS: Final[dict[str, str]] = {
    "atout": "Atouts",
    "faiblesse": "Faiblesses",
    "opportunite": "Opportunités",
    "menace": "Menaces",
}
GRID_CRITERIA: Final[dict[str, str]] = {
    "gravite": "Gravité",
    "importance": "Importance perçue par la population",
    "frequence": "Fréquence",
    "impact": "Impact socio-économique",
    "faisabilite": "Faisabilité",
}
PEARL: Final[dict[str, str]] = {
    "pertinence": "Pertinence",
    "economie": "Faisabilité économique",
    "acceptabilite": "Acceptabilité",
    "ressources": "Ressources disponibles",
    "legalite": "Légalité",
}
TRIANGLE_VERDICTS: Final[dict[str, str]] = {
    "convergent": "Chiffres et parole convergent",
    "divergent": "Chiffres et parole divergent",
    "said_not_measured": "Dit, mais non mesuré",
    "measured_not_said": "Mesuré, mais non dit",
    "none": "Rien de saillant",
}

#: A statement from a collection of fewer participants is never located below the EPCI.
MIN_PARTICIPANTS_TO_LOCATE: Final = 10
#: A questionnaire cell of 1 to (this - 1) respondents is withheld.
MIN_RESPONDENTS: Final = 5
