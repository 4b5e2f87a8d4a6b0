"""How are the columns of THE TABLE, and the statuses of its values, called in French in the files that are published?

Who writes a workbook takes the words here, and who reads published files back to check them (`artefacts.py`) finds the codes
by the same words. A word that changes here is kept among those of earlier versions there, or files already published are no
longer read.
"""

from __future__ import annotations

#: column of THE TABLE -> its heading in the workbook
HEADINGS = {
    "indicator": "Indicateur (code)",
    "label": "Indicateur",
    "territory_type": "Type de territoire",
    "territory": "Territoire (code)",
    "territory_name": "Territoire",
    "period": "Période",
    "sex": "Sexe",
    "age": "Âge",
    "value": "Valeur",
    "lower": "Borne basse",
    "upper": "Borne haute",
    "numerator": "Numérateur",
    "denominator": "Dénominateur",
    "unit": "Unité",
    "method": "Méthode",
    "status": "Statut",
    "reliability": "Fiabilité",
    "coverage": "Couverture",
    "simulated": "Simulé",
    "source_ids": "Sources",
}
#: status of a value -> what stands in the workbook
STATUS_FRENCH = {
    "observed": "observé",
    "estimated": "estimé",
    "suppressed": "secret statistique",
    "suppressed_secondary": "secret statistique (protège une autre valeur)",
    "too_few_events": "effectif trop faible",
    "not_published": "non publié par le producteur",
    "missing": "non disponible",
    "not_applicable": "sans objet",
}
#: columns of words beside codes, which say nothing that the codes do not
LABELS = frozenset({"label", "territory_name"})
