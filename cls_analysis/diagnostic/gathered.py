"""How was it gathered, from whom, what did people say, what exists already, and what is still to be gathered?

Collections are not a sample: counts of presences and of statements are given, never a share « of inhabitants ».
Statements are shown with their EPCI at most, whatever the file says.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from cls_analysis.diagnostic.fragment import Fragment
from cls_analysis.diagnostic.lines import lines
from cls_analysis.figures import french, tables
from cls_analysis.figures.figure import Cell, Figure
from cls_analysis.figures.participation_figure import fictional_ribbon
from cls_analysis.participation import (
    collections_summary,
    missing_steps,
    resources_summary,
    statements_summary,
)
from cls_analysis.participation import vocabulary as words

if TYPE_CHECKING:
    from cls_analysis.diagnostic.partage import Partage

NOT_SAMPLE = (
    "Les recueils ne sont pas un échantillon : les personnes sont venues d’elles-mêmes ou ont été invitées. Leurs paroles disent "
    "ce qui est vécu, jamais combien d’habitants le vivent."
)
_HOW: Mapping[str, str] = {
    "recueils": "Entretiens avec les élus et les professionnels de chaque EPCI, groupes d’habitants, ateliers, réunions publiques : "
    "au moins deux publics et chaque EPCI. Noter la date, le lieu, le public, le nombre de participants, l’opérateur.",
    "verbatims": "Après chaque recueil, une idée par ligne, avec son thème et sa nature (besoin, obstacle, ressource, proposition). "
    "Ni nom, ni contact, ni détail sur la santé d’une personne.",
    "questionnaires": "Papier et en ligne ; déposer l’export tel quel et décrire chaque question dans le codebook.",
    "ressources": "Structures, dispositifs et projets en cours : demander à chaque signataire, à la CPTS et aux collectivités.",
    "constats": "Croiser chiffres et paroles ; faire valider par une instance, dont le nom et la date sont notés.",
    "enjeux": "Formuler ce qui est en jeu, à partir des constats validés.",
    "votes": "Faire noter chaque enjeu de 0 à 4 sur cinq critères par plusieurs votants, désignés par un code.",
    "axes": "Après la décision du comité de pilotage, inscrire les axes, transversaux compris.",
    "objectifs": "Un objectif spécifique par enjeu retenu, au moins.",
    "actions": "Une fiche par action, reliée aux constats et aux indicateurs qui la justifient, avec ses indicateurs de suivi.",
    "evaluations": "Chaque année, l’avancement, les freins et la suite de chaque action.",
}  # fmt: skip


def notice(d: Partage) -> Fragment:
    """The first thing to read, when the report is a made-up example or nothing has been gathered."""
    said = []
    if d.fictional:
        said.append(
            "Exemple fictif. Le périmètre et les indicateurs chiffrés sont réels ou simulés comme l’indique chaque figure ; les recueils, "
            "paroles, réponses, votes, actions et évaluations sont inventés pour montrer la méthode. Rien n’engage aucune organisation."
        )
        said += list(d.p.contract.notes)
    elif d.blank:
        said.append(
            "Rien n’est encore recueilli pour ce territoire : ce document présente ce qui est connu du contrat et ce qui reste à saisir."
            if d.kind == "bilan-annuel"
            else "Rien n’est encore recueilli pour ce territoire : ce document présente ce que disent les chiffres, ce qui est connu du contrat, "
            "et ce qui reste à recueillir. Il n’est pas encore un diagnostic partagé."
        )
    if not said:
        return Fragment("")
    body = "".join(f"<p>{escape(french.punctuate(s))}</p>" for s in said)
    return Fragment(f'<div class="notice">{body}</div>', "\n".join(said))


def steps(d: Partage) -> Figure:
    """Each step of the method with the number of lines entered."""
    frame = missing_steps(d.p)
    rows = [
        (r.what, r.file, Cell("fait" if r.done else "à recueillir", tone="" if r.done else "withheld"), french.format_number(r.entered))
        for r in lines(frame)
    ]  # fmt: skip
    left = int((~frame["done"]).sum())
    title = "Tout est saisi" if not left else f"{french.count_of(left, 'étape')} sur {len(frame)} à mener"
    return tables.plain_table(
        identifier="etapes", title=title, subtitle="Étapes de la démarche, fichier à remplir, lignes saisies (nombre)",
        header=("Étape", "Fichier", "État", "Lignes saisies"), rows=rows, numeric=(False, False, False, True),
        reading=french.punctuate(f"« {rows[0][0]} » : {frame['entered'].iloc[0]} lignes saisies dans {rows[0][1]}."),
        source=d.source("dossier de participation"), period=d.edition,
    )  # fmt: skip


def how_to(d: Partage) -> Fragment:
    """How to gather each thing that is missing, in the order of the method."""
    frame = missing_steps(d.p)
    todo = frame[~frame["done"]]
    if todo.empty:
        return Fragment("")
    items = "".join(
        f"<li><strong>{escape(r.what)}.</strong> {escape(french.punctuate(_HOW[r.step]))}</li>" for r in lines(todo)
    )
    first = (
        "Le guide de la coordination dit comment préparer les fichiers à remplir et faire vérifier ce qui est saisi."
    )
    return Fragment(f'<p>{french.punctuate(first)}</p><ol class="linked">{items}</ol>')


def collections(d: Partage) -> list[Any]:
    """The table of collections, and a sentence on who was not heard."""
    p = d.p
    if p.recueils.empty:
        return [Fragment("<p>Aucun recueil n’a été saisi.</p>")]
    ordered = p.recueils.assign(_d=[x.toordinal() for x in p.recueils["date"]]).sort_values(["_d", "id"], kind="stable")
    rows = [
        (
            f"{r['id']}, {words.COLLECTION_TYPES[r['type']].lower()}", french.date(r["date"]), _labels(r["public"], words.PUBLICS),
            d.epci_names(r["epci"]), french.format_number(r["participants"]),
            Cell(words.OPERATORS[r["operateur"]], _labels(r["mode"], words.MODES).lower() or "mode non précisé"),
        )
        for r in ordered.to_dict("records")
    ]  # fmt: skip
    people = int(p.recueils["participants"].sum())
    notes = (
        NOT_SAMPLE,
        "Une même personne peut avoir pris part à plusieurs recueils : le total compte des présences.",
        _unheard(d),
    )
    figure = tables.plain_table(
        identifier="recueils", title=f"{french.count_of(len(rows), 'recueil')}, {french.count_of(people, 'présence')}",
        subtitle="Forme, date, publics, lieu, nombre de participants, mode et opérateur de chaque recueil",
        header=("Recueil", "Date", "Publics", "Où", "Participants", "Opérateur et mode"), rows=rows,
        numeric=(False, False, False, False, True, False),
        reading=french.punctuate(f"{rows[0][0]}, {rows[0][1]} : {rows[0][4]} participants, {rows[0][2].lower()}."),
        source=d.source("recueils"), period=_span(p.recueils["date"]), notes=tuple(french.punctuate(n) for n in notes if n),
    )  # fmt: skip
    return [figure, _by_form(d)]


def _by_form(d: Partage) -> Figure:
    frame = collections_summary(d.p)
    rows = [
        (r.label, french.format_number(r.collections), french.format_number(r.participants), _labels(r.publics, words.PUBLICS))
        for r in lines(frame)
    ]  # fmt: skip
    return tables.plain_table(
        identifier="recueils-formes", title="Les recueils par forme",
        subtitle="Nombre de recueils et de présences, publics entendus", header=("Forme", "Recueils", "Présences", "Publics"),
        rows=rows, numeric=(False, True, True, False),
        reading=french.punctuate(f"{rows[0][0]} : {rows[0][1]} recueils et {rows[0][2]} présences."),
        source=d.source("recueils"), period=_span(d.p.recueils["date"]),
    )  # fmt: skip


def _unheard(d: Partage) -> str:
    heard = {x for t in d.p.recueils["public"] for x in t}
    silent = [label for key, label in words.PUBLICS.items() if key not in heard]
    epci = {str(c) for t in d.p.recueils["epci"] for c in t}
    missed = [m.label for m in d.setting.members if m.territory not in epci]
    said = []
    if silent:
        said.append(f"Publics non entendus : {french.join_list(silent).lower()}.")
    if missed:
        said.append(f"Sans recueil propre : {french.join_list(missed)}.")
    return " ".join(said)


def statements(d: Partage) -> list[Any]:
    """Counts by theme and kind, then the statements themselves."""
    if d.p.verbatims.empty:
        return [Fragment("<p>Aucune parole n’a été saisie.</p>")]
    frame = statements_summary(d.p)
    rows = [
        (r["label"], *(french.format_number(r[k]) for k in words.STATEMENT_KINDS), french.format_number(r["total"]), french.format_number(r["collections"]))
        for r in frame.to_dict("records")
    ]  # fmt: skip
    top = frame.sort_values(["total", "theme"], ascending=[False, True], kind="stable").iloc[0]
    silent = frame.loc[frame["total"] == 0, "label"]
    notes = [NOT_SAMPLE]
    if len(silent):
        notes.append(f"Personne n’en a parlé : {french.join_list(silent)}.")
    figure = tables.plain_table(
        identifier="paroles", title=french.punctuate(f"{french.capitalise(top['label'])} : le thème dont on parle le plus"),
        subtitle=f"Paroles recueillies par thème et par nature (nombre), {french.count_of(len(d.p.verbatims), 'parole')}",
        header=("Thème", *(f"{label}s" for label in words.STATEMENT_KINDS.values()), "Total", "Recueils"), rows=rows,
        numeric=(False, *[True] * (len(words.STATEMENT_KINDS) + 2)),
        reading=french.punctuate(f"{top['label']} : {top['total']} paroles, venues de {top['collections']} recueils."),
        source=d.source("paroles anonymisées"), period=_span(d.p.recueils["date"]), notes=tuple(french.punctuate(n) for n in notes),
    )  # fmt: skip
    quoted = [_quotes(d, theme, label) for theme, label in words.THEMES.items()]
    return [figure, *[q for q in quoted if q.html]]


def _quotes(d: Partage, theme: str, label: str) -> Fragment:
    part = d.p.verbatims[d.p.verbatims["theme"] == theme]
    if part.empty:
        return Fragment("")
    publics = dict(zip(d.p.recueils["id"], d.p.recueils["public"], strict=True))
    items = "".join(
        f"<li>{escape(french.punctuate(v['texte']))}<small>{escape(_who(d, v, publics))}</small></li>"
        for v in part.to_dict("records")
    )
    return Fragment(
        f'<h3 id="paroles-{theme.replace("_", "-")}">{escape(label)}</h3>{fictional_ribbon(d.fictional)}<ul class="statements">{items}</ul>'
    )


def _who(d: Partage, v: Mapping[Any, Any], publics: Mapping[str, Any]) -> str:
    who = (v["public"],) if isinstance(v["public"], str) else publics[v["recueil"]]
    return f"{words.STATEMENT_KINDS[v['nature']]}, {_labels(who, words.PUBLICS).lower()}, {d.epci_names(v['epci'])} ({v['id']})"


def resources(d: Partage) -> list[Any]:
    """What exists by theme, and the themes where nothing is listed."""
    frame = resources_summary(d.p)
    if frame.empty:
        return [
            Fragment("<p>Aucune ressource n’a été recensée : une liste vide ne veut pas dire que rien n’existe.</p>")
        ]
    rows = [
        (f"{r.intitule} ({r.id})", r.label, r.structure, words.RESOURCE_TYPES[r.type], words.RESOURCE_STATES[r.statut], d.epci_names(r.epci))
        for r in lines(frame)
    ]  # fmt: skip
    none = [label for theme, label in words.THEMES.items() if theme not in set(frame["theme"])]
    notes = [
        "Une ressource qui sert plusieurs thèmes est répétée à chacun.",
        "Liste déclarée par la coordination, sans garantie d’être complète.",
    ]
    if none:
        notes.append(f"Sans ressource recensée : {french.join_list(none)}.")
    return [tables.plain_table(
        identifier="ressources", title=f"{french.count_of(frame['id'].nunique(), 'ressource')} en cours ou en projet",
        subtitle="Structures, dispositifs et projets par thème", header=("Ressource", "Thème", "Porteur", "Type", "État", "Où"),
        rows=rows, numeric=(False,) * 6, reading=french.punctuate(f"{rows[0][0]}, portée par {rows[0][2]}, relève de « {rows[0][1]} »."),
        source=d.source("ressources recensées"), period=d.edition, notes=tuple(french.punctuate(n) for n in notes),
    )]  # fmt: skip


def _labels(codes: Any, known: Mapping[str, str]) -> str:
    listed = [known.get(str(c), str(c)) for c in codes or ()]
    return french.join_list([*listed[:1], *(french.uncapitalise(x) for x in listed[1:])])


def _span(dates: pd.Series) -> str:
    years = sorted({d.year for d in dates})
    return "" if not years else str(years[0]) if len(years) == 1 else f"{years[0]}-{years[-1]}"
