"""What has been gathered so far, from whom, and what is still to be gathered?

The report of a territory with nothing collected is made of `missing_steps`: an honest list of what is to be done and how.
"""

from __future__ import annotations

from collections import Counter

import pandas as pd

from .checking import Participation
from .vocabulary import COLLECTION_TYPES, PUBLICS, STATEMENT_KINDS, THEMES


def collections_summary(p: Participation) -> pd.DataFrame:
    """One row per type of collection met, in the order of the vocabulary: `type, label, collections, participants, publics, first, last`.

    Participants of several collections may be the same people: the sum counts presences, not persons.
    """
    rows = []
    for kind, label in COLLECTION_TYPES.items():
        part = p.recueils[p.recueils["type"] == kind]
        if part.empty:
            continue
        rows.append(
            {
                "type": kind,
                "label": label,
                "collections": len(part),
                "participants": int(part["participants"].sum()),
                "publics": tuple(x for x in PUBLICS if any(x in t for t in part["public"])),
                "first": min(part["date"]),
                "last": max(part["date"]),
            }
        )
    return pd.DataFrame(rows, columns=["type", "label", "collections", "participants", "publics", "first", "last"])


def statements_summary(p: Participation) -> pd.DataFrame:
    """Statements by theme: `theme, label`, a count per kind, `total`, `collections`; themes nobody spoke of stay, at 0."""
    rows = []
    for theme, label in THEMES.items():
        part = p.verbatims[p.verbatims["theme"] == theme]
        kinds = Counter(part["nature"])
        rows.append(
            {
                "theme": theme,
                "label": label,
                **{k: kinds.get(k, 0) for k in STATEMENT_KINDS},
                "total": len(part),
                "collections": int(part["recueil"].nunique()),
            }
        )
    return pd.DataFrame(rows)


def resources_summary(p: Participation) -> pd.DataFrame:
    """Resources by theme, one row per theme and resource that are not over: `theme, label, id, intitule, structure, type, statut, epci`."""
    rows = [
        {"theme": t, "label": label, **{k: r[k] for k in ("id", "intitule", "structure", "type", "statut", "epci")}}
        for t, label in THEMES.items()
        for r in p.ressources.to_dict("records")
        if t in r["themes"] and r["statut"] != "termine"
    ]
    return pd.DataFrame(rows, columns=["theme", "label", "id", "intitule", "structure", "type", "statut", "epci"])


_STEPS: tuple[tuple[str, str, str], ...] = (
    ("recueils", "Mener et inscrire les recueils (entretiens, groupes, ateliers, réunions)", "recueils.csv"),
    ("verbatims", "Transcrire ce qui a été dit, sans nom, une idée par ligne", "verbatims.csv"),
    ("questionnaires", "Déposer les réponses au questionnaire et leur codebook", "questionnaires/<nom>/"),
    ("ressources", "Recenser ce qui existe déjà", "ressources.csv"),
    ("constats", "Rédiger les constats et les faire valider", "constats.csv"),
    ("enjeux", "Formuler les enjeux", "enjeux.csv"),
    ("votes", "Faire noter les enjeux", "votes.csv"),
    ("axes", "Inscrire les axes du contrat", "axes.csv"),
    ("objectifs", "Inscrire les objectifs", "objectifs.csv"),
    ("actions", "Rédiger les fiches actions", "actions.csv"),
    ("evaluations", "Évaluer chaque année", "evaluations.csv"),
)


def missing_steps(p: Participation) -> pd.DataFrame:
    """What has been entered and what has not, in the order of the method: `step, what, file, entered` (number), `done` (any)."""
    rows = [{"step": s, "what": what, "file": file, "entered": len(getattr(p, s))} for s, what, file in _STEPS]
    frame = pd.DataFrame(rows)
    return frame.assign(done=frame["entered"] > 0)
