"""What was gathered and decided, as tables that a spreadsheet can compute with: the sheets added to a report's workbook.

The same numbers as the page, from the same functions and the same plan of what is withheld: a withheld cell is empty beside the word
« secret », and the number of answers of a line that is withheld is not given either. Votes are given by issue, never by voter; what
people said is counted, never copied. Nothing of a person is there that the checker would refuse.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cls_analysis.diagnostic import needs
from cls_analysis.diagnostic.lines import lines
from cls_analysis.diagnostic.questionnaire import closed, weighted_shares
from cls_analysis.diagnostic.respondents import BY_WORDS, REPRESENTED, Asked, beside
from cls_analysis.diagnostic.yearly import VERDICTS
from cls_analysis.participation import (
    actions_at,
    amendment_log,
    contract_tree,
    cross,
    decisions,
    evaluated_years,
    gaps,
    grid,
    group_of,
    hanlon,
    measures,
    nonresponse,
    rank_range,
    resources_summary,
    statements_summary,
    tally,
    triangle,
    yearly_actions,
)
from cls_analysis.participation import vocabulary as words
from cls_analysis.participation.secrecy import SHOWN

if TYPE_CHECKING:
    from cls_analysis.diagnostic.partage import Partage

Sheet = dict[str, Any]
_SECRET = "secret"


def sheets(d: Partage) -> list[Sheet]:
    """Every sheet that has a line: `name`, `title`, `columns`, `rows`; the yearly review holds those of the contract only."""
    made = [_actions(d), _action_measures(d), _evaluations(d), _amendments(d)]
    if d.kind != "bilan-annuel":
        asked = [s for a in d.asked for s in (_respondents(a), _answers(a), _silence(a))]
        made = [_collections(d), _statements(d), *_joined(asked), _resources(d), _triangle(d), _priorities(d), *made]
    mark = " (fictif)" if d.fictional else ""
    return [{**s, "name": f"{s['name']}{mark}"} for s in made if s["rows"]]


def _sheet(name: str, title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Sheet:
    return {"name": name, "title": title, "columns": list(columns), "rows": [[_plain(v) for v in row] for row in rows]}


def _joined(made: Sequence[Sheet]) -> list[Sheet]:
    """Sheets of one name (one per questionnaire) put together: the first column names the questionnaire."""
    names = dict.fromkeys(s["name"] for s in made)
    same = [[s for s in made if s["name"] == name] for name in names]
    return [{**group[0], "rows": [row for s in group for row in s["rows"]]} for group in same]


def _plain(value: Any) -> Any:
    """A value that JSON and a spreadsheet know: text, number, boolean or nothing."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, tuple | list):
        return ", ".join(str(v) for v in value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return value.item() if isinstance(value, np.generic) else value


def _rounded(value: Any, decimals: int = 1) -> Any:
    return None if value is None or pd.isna(value) else round(float(value), decimals)


def _collections(d: Partage) -> Sheet:
    rows = [
        (r["id"], words.COLLECTION_TYPES[r["type"]], r["date"], [words.PUBLICS[p] for p in r["public"]], d.epci_names(r["epci"]),
         r["participants"], words.OPERATORS[r["operateur"]], [words.MODES[m] for m in r["mode"] or ()])
        for r in d.p.recueils.to_dict("records")
    ]  # fmt: skip
    return _sheet(
        "Recueils", "Chaque recueil : des présences, non des personnes distinctes",
        ("Recueil", "Forme", "Date", "Publics", "Où", "Participants", "Opérateur", "Mode"), rows,
    )  # fmt: skip


def _statements(d: Partage) -> Sheet:
    if d.p.verbatims.empty:
        return _sheet("Paroles", "", (), ())
    rows = [
        (r["label"], *(r[k] for k in words.STATEMENT_KINDS), r["total"], r["collections"])
        for r in statements_summary(d.p).to_dict("records")
    ]
    return _sheet(
        "Paroles", "Nombre de paroles par thème et par nature ; les paroles elles-mêmes sont dans le rapport",
        ("Thème", *words.STATEMENT_KINDS.values(), "Total", "Recueils"), rows,
    )  # fmt: skip


def _respondents(a: Asked) -> Sheet:
    rows = []
    for by in (b for b in BY_WORDS if a.has(b)):
        of, labels = group_of(a.q, by)
        people = beside(a, by)
        for g, label in labels.items():
            shown = a.secrecy.groups[by, g] == SHOWN
            share, verdict = people.get(g, (None, ""))
            rows.append((
                a.q.codebook.titre, BY_WORDS[by], label, int((of == g).sum()) if shown else None, _rounded(share),
                REPRESENTED.get(verdict, "non comparé"), "" if shown else _SECRET,
            ))  # fmt: skip
    return _sheet(
        "Répondants", f"Qui a répondu, et part des habitants de {a.people.scope} {a.people.period}",
        ("Questionnaire", "Dimension", "Groupe", "Répondants", "Part des habitants (%)", "Représentation", "Statut"), rows,
    )  # fmt: skip


def _answers(a: Asked) -> Sheet:
    rows: list[tuple[Any, ...]] = []
    for x in closed(a):
        weighted = weighted_shares(a, x.id)
        head = (a.q.codebook.titre, x.libelle)
        rows += [
            (
                *head,
                r.label,
                "ensemble",
                "",
                *_counted(r),
                weighted.get(r.code) and _rounded(weighted[r.code]),
                _state(r.status),
            )
            for r in lines(tally(a.q, x.id, secrecy=a.secrecy))
        ]
        for by in (b for b in BY_WORDS if a.has(b)):
            rows += [
                (*head, r.label, BY_WORDS[by], r.group_label, *_counted(r), None, _state(r.status))
                for r in lines(cross(a.q, x.id, by, secrecy=a.secrecy))
            ]
    return _sheet(
        "Questionnaire", "Réponses aux questions fermées, ensemble et par groupe : répondants volontaires, intervalle du seul hasard",
        ("Questionnaire", "Question", "Réponse", "Croisement", "Groupe", "Effectif", "Réponses à la question", "Part (%)", "Borne basse (%)",
         "Borne haute (%)", "Part redressée (%)", "Statut"), rows,
    )  # fmt: skip


def _counted(r: Any) -> tuple[Any, ...]:
    """Count, base, share and limits; nothing of a withheld cell, not even how many answered in its line."""
    if r.status != SHOWN:
        return (None,) * 5
    return r.count, r.base, _rounded(r.share_pct), _rounded(r.lower_pct), _rounded(r.upper_pct)


def _state(status: str) -> str:
    return "" if status == SHOWN else _SECRET


def _silence(a: Asked) -> Sheet:
    rows = [
        (a.q.codebook.titre, r.label, r.asked, r.answered, r.missing, _rounded(r.nonresponse_pct), _state(r.status))
        for r in lines(nonresponse(a.q, secrecy=a.secrecy))
    ]
    return _sheet(
        "Non-réponse", "Qui n’a pas répondu, question par question",
        ("Questionnaire", "Question", "Posée à", "Réponses", "Non-réponses", "Taux (%)", "Statut"), rows,
    )  # fmt: skip


def _resources(d: Partage) -> Sheet:
    rows = [
        (r.id, r.intitule, r.label, r.structure, words.RESOURCE_TYPES[r.type], words.RESOURCE_STATES[r.statut], d.epci_names(r.epci))
        for r in lines(resources_summary(d.p))
    ]  # fmt: skip
    return _sheet(
        "Ressources", "Ce qui existe, répété à chaque thème servi", ("Ressource", "Intitulé", "Thème", "Porteur", "Type", "État", "Où"), rows,
    )  # fmt: skip


def _triangle(d: Partage) -> Sheet:
    if d.p.verbatims.empty and d.p.ressources.empty:
        return _sheet("Lecture croisée", "", (), ())
    read = gaps(needs.comparisons(d))
    rows = [
        (r["label"], r["unfavourable"], r["favourable"], r["neutral"], r["not_different"], r["not_tested"], r["needs"], r["collections"],
         "oui" if r["said"] else "non", r["resources"], words.TRIANGLE_VERDICTS[r["verdict"]])
        for r in triangle(read, d.p.verbatims, d.p.recueils, d.p.ressources).to_dict("records")
    ]  # fmt: skip
    return _sheet(
        "Lecture croisée", "Par thème : indicateurs dont l’écart est significatif, besoins dits, ressources",
        ("Thème", "Défavorables", "Favorables", "Sans lecture favorable", "Non significatifs", "Non testés", "Besoins ou obstacles", "Recueils",
         "Besoin exprimé", "Ressources", "Lecture croisée"), rows,
    )  # fmt: skip


def _priorities(d: Partage) -> Sheet:
    if d.p.enjeux.empty:
        return _sheet("Priorités", "", (), ())
    ranked = grid(d.p.votes, d.p.contract.poids).set_index("enjeu") if not d.p.votes.empty else pd.DataFrame()
    spans = rank_range(d.p.votes, d.p.contract.poids).set_index("enjeu") if not d.p.votes.empty else pd.DataFrame()
    other = hanlon(d.p.hanlon).set_index("enjeu") if not d.p.hanlon.empty else pd.DataFrame()
    empty = pd.DataFrame(
        {"enjeu": d.p.enjeux["id"], "rank": pd.array([None] * len(d.p.enjeux), dtype="Int64"), "score": np.nan}
    )
    names = dict(zip(d.p.enjeux["id"], d.p.enjeux["intitule"], strict=True))
    rows = []
    for r in decisions(d.p.enjeux, ranked.reset_index() if len(ranked) else empty).to_dict("records"):
        g, span, h = (_of(frame, r["enjeu"]) for frame in (ranked, spans, other))
        rows.append((
            r["enjeu"], names[r["enjeu"]], words.THEMES[r["theme"]],
            g.get("rank"), *(_rounded(g.get(k), 2) for k in ("score", "lowest", "highest", "sd")), g.get("voters"),
            *(_rounded(g.get(c), 2) for c in words.GRID_CRITERIA), span.get("best"), span.get("worst"),
            _rounded(h.get("score"), 1), h.get("rank"), words.DECISIONS.get(r["decision"], "pas encore décidé"), r["rang_copil"],
            r["instance"], r["date_decision"], r["motif"],
        ))  # fmt: skip
    return _sheet(
        "Priorités", "Enjeux : notes moyennes des votants (jamais celles d’un votant), méthode de Hanlon, décision du comité",
        ("Enjeu", "Intitulé", "Thème", "Rang", "Note (0 à 4)", "Plus basse", "Plus haute", "Écart-type", "Votants", *words.GRID_CRITERIA.values(),
         "Meilleur rang", "Pire rang", "Hanlon", "Rang Hanlon", "Décision", "Rang du comité", "Instance", "Date", "Motif"), rows,
    )  # fmt: skip


def _of(frame: pd.DataFrame, key: str) -> dict[Any, Any]:
    return frame.loc[key].to_dict() if len(frame) and key in frame.index else {}


def _actions(d: Partage) -> Sheet:
    if d.p.actions.empty or d.p.axes.empty:
        return _sheet("Actions", "", (), ())
    whole = actions_at(d.p, d.day).set_index("id")
    rows = [
        (r["action"], r["numero"], r["intitule"], r["axe_intitule"], r["objectif_intitule"], r["operationnel_intitule"], r["pilote"],
         *(whole.loc[r["action"], c] for c in ("partenaires", "public_cible")), d.epci_names(whole.loc[r["action"], "epci"]),
         *(whole.loc[r["action"], c] for c in ("debut", "fin", "budget_eur", "constats", "indicateurs")), words.ACTION_STATES[r["etat"]])
        for r in contract_tree(d.p, d.day).to_dict("records")
        if isinstance(r["action"], str)
    ]  # fmt: skip
    return _sheet(
        "Actions", f"Actions en vigueur au {d.day.isoformat()}",
        ("Action", "Numéro", "Intitulé", "Axe", "Objectif spécifique", "Objectif opérationnel", "Pilote", "Partenaires", "Public cible", "Où",
         "Début", "Fin", "Budget (€)", "Constats", "Indicateurs", "État à l’entrée"), rows,
    )  # fmt: skip


def _action_measures(d: Partage) -> Sheet:
    years = evaluated_years(d.p)
    if not years or d.p.indicateurs_actions.empty:
        return _sheet("Indicateurs d’actions", "", (), ())
    rows = [
        (year, r["action"], r["id"], words.MEASURE_KINDS[r["nature"]], r["libelle"], r["unite"], r["depart"], r["annee_depart"], r["cible"],
         r["annee_cible"], r["valeur"], r["annee_valeur"], _rounded(r["progress_pct"]), _rounded(r["expected_pct"]), VERDICTS[r["verdict"]])
        for year in years
        for r in measures(d.p, year).to_dict("records")
    ]  # fmt: skip
    return _sheet(
        "Indicateurs d’actions", "Par année évaluée : départ, cible, dernière valeur, chemin parcouru et attendu",
        ("Année", "Action", "Indicateur", "Nature", "Libellé", "Unité", "Départ", "Année de départ", "Cible", "Année de la cible", "Valeur",
         "Année de la valeur", "Chemin parcouru (%)", "Chemin attendu (%)", "Lecture"), rows,
    )  # fmt: skip


def _evaluations(d: Partage) -> Sheet:
    rows = [
        (year, r["action"], r["numero"], r["intitule"], words.ACTION_STATES[r["etat"]] if r["evaluated"] else "non évaluée",
         r["avancement_pct"], r["previous_pct"], r["freins"], r["leviers"], words.NEXT_STEPS[r["suite"]] if r["evaluated"] else "à évaluer", r["commentaire"])
        for year in evaluated_years(d.p)
        for r in yearly_actions(d.p, year).to_dict("records")
    ]  # fmt: skip
    return _sheet(
        "Évaluation", "Avancement déclaré par les pilotes ; une case vide n’est pas 0 %",
        ("Année", "Action", "Numéro", "Intitulé", "État", "Avancement (%)", "Année précédente (%)", "Freins", "Leviers", "Suite", "Commentaire"), rows,
    )  # fmt: skip


def _amendments(d: Partage) -> Sheet:
    rows = [
        (r["avenant"], r["date"], words.AMENDMENT_KINDS[r["type"]], r["action"], r["intitule"], r["champ"], r["ancienne_valeur"], r["nouvelle_valeur"], r["motif"])
        for r in amendment_log(d.p.actions, d.p.avenants).to_dict("records")
    ]  # fmt: skip
    return _sheet(
        "Avenants", "Ce que chaque avenant ajoute, supprime ou modifie",
        ("Avenant", "Date", "Nature", "Action", "Intitulé", "Champ", "Avant", "Après", "Motif"), rows,
    )  # fmt: skip
