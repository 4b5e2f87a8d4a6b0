"""Who answered a questionnaire, beside who lives there; what cleaning did; who did not answer; how answers are weighted.

Respondents are set beside the inhabitants of the same ages, by EPCI, age and sex, where THE TABLE publishes them (`census`), and a group
is called over- or under-represented when the share of the population lies outside the Wilson interval of theirs. Weights are made on
the dimensions that the codebook declares, where their population is known and no group is withheld.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from cls_analysis.diagnostic import census
from cls_analysis.diagnostic.census import Census
from cls_analysis.diagnostic.fragment import Fragment
from cls_analysis.diagnostic.lines import lines
from cls_analysis.errors import InvalidInput
from cls_analysis.figures import french, tables
from cls_analysis.figures.figure import Cell, Figure
from cls_analysis.participation import (
    Questionnaire,
    Weights,
    cleaning_summary,
    compare_with_census,
    group_of,
    nonresponse,
    rake,
)
from cls_analysis.participation.secrecy import REST, SHOWN, Plan, plan

if TYPE_CHECKING:
    from cls_analysis.diagnostic.partage import Partage

BY_WORDS: dict[Any, str] = {"epci": "EPCI", "age": "âge", "sexe": "sexe"}
VOLUNTEERS = (
    "Les répondants sont volontaires : l’intervalle à 95 % dit ce que le hasard seul peut faire bouger, pas ce qui sépare les "
    "répondants des habitants."
)
_STEPS = {
    "received": "Lignes reçues", "test": "Lignes d’essai, écartées", "repeat": "Réponses répétées, écartées", "empty": "Réponses vides, écartées",
    "kept": "Réponses gardées", "recoded": "Écritures ramenées au codebook", "rounded_down": "Nombres décimaux ramenés à l’entier",
    "out_of_codebook": "Valeurs hors codebook, comptées comme non-réponse", "out_of_range": "Nombres hors bornes, comptés comme non-réponse",
    "not_a_number": "Nombres illisibles, comptés comme non-réponse",
}  # fmt: skip
REPRESENTED = {"over": "surreprésenté", "under": "sous-représenté", "not_different": "sans écart net"}


@dataclass(frozen=True)
class Asked:
    """A questionnaire with what every table of it needs: what is withheld, who lives there, the declared weights."""

    d: Partage
    q: Questionnaire
    prefix: str
    secrecy: Plan
    people: Census
    weights: Weights | None

    @property
    def period(self) -> str:
        """The year of the collection."""
        dates = self.d.p.recueils.loc[self.d.p.recueils["id"] == self.q.codebook.recueil, "date"]
        return str(dates.iloc[0].year) if len(dates) else ""

    def has(self, by: str) -> bool:
        """Whether the questionnaire asks that group."""
        return by in self.q.codebook.roles

    def whole(self, by: str) -> bool:
        """Whether no named group of that dimension is withheld."""
        return not [g for g in self.secrecy.hidden_groups(by) if g != REST]


def asked(d: Partage, q: Questionnaire, prefix: str) -> Asked:
    """Everything that the tables of one questionnaire share, computed once."""
    secrecy = plan(q, threshold=d.p.contract.seuils.petits_effectifs)
    first = Asked(d, q, prefix, secrecy, census.census(d, q), None)
    return replace(first, weights=declared_weights(first))


def declared_weights(a: Asked) -> Weights | None:
    """Weights on the declared dimensions whose population is known; None when there is none or a group has no respondent."""
    wanted = weighted_on(a)
    frame = census.respondents(a.q, a.people)
    if not wanted or any(frame[by].isna().all() for by in wanted):
        return None
    try:
        return rake(frame, a.people.frame, {by: by for by in wanted})
    except InvalidInput:
        return None  # a group without any respondent: nothing can stand for its inhabitants, and the report says so


def weighted_on(a: Asked) -> list[str]:
    """The declared dimensions that can be weighted on."""
    return [by for by in BY_WORDS if by in a.q.codebook.redressement and a.people.knows(by) and a.whole(by)]


def cleaning(a: Asked) -> Figure:
    """What cleaning did, rule by rule."""
    d, q, prefix = a.d, a.q, a.prefix
    frame = cleaning_summary(q)
    rows = [(_STEPS[r.step], french.format_number(r.count)) for r in lines(frame)]
    kept = french.format_number(len(q.answers))
    return tables.plain_table(
        identifier=f"{prefix}-nettoyage", title=french.punctuate(f"{q.codebook.titre} : {kept} réponses gardées"),
        subtitle="Ce que le nettoyage a fait, règle par règle (nombre de lignes ou de valeurs)", header=("Règle", "Nombre"), rows=rows,
        numeric=(False, True), reading=french.punctuate(f"Sur {french.count_of(q.received, 'ligne reçue', 'lignes reçues')}, {kept} sont gardées."),
        source=d.source("questionnaire"), period=a.period,
    )  # fmt: skip


def who_answered(a: Asked) -> Figure:
    """Respondents by EPCI, age and sex beside the inhabitants of the same ages."""
    rows: list[tuple[str | Cell, ...]] = []
    for by, word in BY_WORDS.items():
        if a.has(by):
            rows += _groups(a, by, word)
    title = _unequal(a) or (
        "Qui a répondu, comparé à qui habite le territoire" if a.people.frame.size else "Qui a répondu"
    )
    return _marked(a, tables.plain_table(
        identifier=f"{a.prefix}-repondants", title=french.punctuate(title),
        subtitle=french.punctuate(f"Répondants par EPCI, âge et sexe (nombre, % des réponses connues) et habitants de {a.people.scope} en {a.people.period} (%)" if a.people.period else "Répondants par EPCI, âge et sexe (nombre, % des réponses connues)"),
        header=("Groupe", "Répondants", "Part des répondants", "Part des habitants", "Représentation"), rows=rows,
        numeric=(False, True, True, True, False), reading=french.punctuate(_reading(rows)),
        source=f"{a.d.source('questionnaire')} ; {a.people.citation}" if a.people.citation else a.d.source("questionnaire"), period=a.period,
        notes=tuple(french.punctuate(n) for n in _notes(a)),
    ))  # fmt: skip


def _groups(a: Asked, by: Any, word: str) -> list[tuple[str | Cell, ...]]:
    of, labels = group_of(a.q, by)
    counts = {g: int((of == g).sum()) for g in labels}
    shown = {g: n for g, n in counts.items() if a.secrecy.groups[by, g] == SHOWN}
    known = sum(shown.values())  # of the groups shown only: another base would give the withheld ones back
    people = beside(a, by)
    return [
        (
            Cell(french.capitalise(labels[g]), f"par {word}"), count(n, g not in shown),
            withheld() if g not in shown else french.percent(100 * n / known) if known else "sans objet",
            french.percent(people[g][0]) if g in people else "sans objet" if a.people.knows(by) else "non connue",
            REPRESENTED[people[g][1]] if g in people and people[g][1] else "non comparé",
        )
        for g, n in counts.items()
    ]  # fmt: skip


def beside(a: Asked, by: str) -> dict[str, tuple[float, str]]:
    """Share of the inhabitants and verdict by group; no verdict where a group of the dimension is withheld."""
    frame = census.respondents(a.q, a.people)
    if not a.people.knows(by) or by not in frame or frame[by].isna().all():
        return {}
    found = compare_with_census(frame, a.people.frame, {by: by})
    whole = a.whole(by)
    return {r.category: (float(r.population_pct), str(r.verdict) if whole else "") for r in lines(found)}


def _unequal(a: Asked) -> str:
    """Which groups answered more, or less, than they are among the inhabitants; empty when none, or when it is not known."""
    found: dict[str, list[str]] = {"over": [], "under": []}
    for by in BY_WORDS:
        for g, (_, verdict) in beside(a, by).items() if a.has(by) else ():
            if verdict in found:
                found[verdict].append(french.uncapitalise(_label(a, by, g)))
    said = [
        f"{word} : {french.join_list(found[verdict])}"
        for verdict, word in (("over", "groupes surreprésentés"), ("under", "sous-représentés"))
        if found[verdict]
    ]
    return french.capitalise(" ; ".join(said)) if said else ""


def _notes(a: Asked) -> list[str]:
    notes = [VOLUNTEERS]
    for by, why in a.people.reasons.items():
        if a.has(by):
            notes.append(f"{french.capitalise(BY_WORDS[by])} : {why} ; la comparaison n’est pas faite.")
    if a.people.frame.size:
        inside = (
            f"La comparaison porte sur les habitants de {a.people.scope}"
            if a.people.scope != "tous âges"
            else "La population compte tous les âges, les répondants sont ceux du questionnaire"
        )
        notes.append(f"{inside} ; d’un EPCI à l’autre, elle est rapportée aux seuls répondants qui y habitent.")
    if a.people.split:
        cut = french.join_list(f"{band.replace('-', ' à ')} ans" for band in a.people.split)
        notes.append(f"Tranches du recensement partagées à parts égales entre leurs âges : {cut}.")
    if not all(a.whole(by) for by in BY_WORDS if a.has(by)):
        notes.append(
            f"secret : moins de {a.secrecy.threshold} répondants, ou masqué pour qu’un autre effectif ne puisse être déduit ; les parts sont alors celles des groupes montrés."
        )
    return notes


def _reading(rows: Sequence[tuple[str | Cell, ...]]) -> str:
    for row in rows:
        texts = [c.text if isinstance(c, Cell) else c for c in row]
        if texts[1] != "secret":
            tail = f" pour {texts[3]} des habitants" if "%" in texts[3] else ""
            return f"{texts[0]} : {texts[1]} répondants, {texts[2]} des réponses connues{tail}."
    return "Aucun groupe n’est demandé, ou aucun ne peut être montré."


def _marked(a: Asked, figure: Figure) -> Figure:
    return replace(figure, simulated=a.people.simulated) if a.people.citation else figure


def weighting(a: Asked) -> Any:
    """What the declared weights did, dimension by dimension, or why they were not made."""
    wanted = a.q.codebook.redressement
    if not wanted:
        return Fragment("<p>Aucun redressement n’est déclaré : les parts sont celles des répondants.</p>")
    undone = {by: _why_not(a, by) for by in wanted if by not in weighted_on(a)}
    lost = " ".join(
        f"Redressement sur {'l’' if by != 'sexe' else 'le '}{BY_WORDS[by]} déclaré mais non fait : {why}."
        for by, why in undone.items()
    )
    if a.weights is None:
        text = (
            lost
            or "Un redressement est déclaré mais n’a pas été fait : un groupe de la population n’a aucun répondant."
        )
        return Fragment(f"<p>{french.punctuate(text)}</p>")
    w = a.weights
    rows = [
        (Cell(french.capitalise(_label(a, r.dimension, r.category)), f"par {BY_WORDS[r.dimension]}"), french.percent(r.target_pct), french.percent(r.unweighted_pct), french.percent(r.weighted_pct))
        for r in lines(w.margins)
    ]  # fmt: skip
    on = french.join_list(BY_WORDS[by] for by in w.dimensions)
    left = (
        f" ; {french.count_of(w.left_out, 'laissé', 'laissés')} de côté (groupe inconnu ou hors du territoire)"
        if all(a.secrecy.groups[by, REST] == SHOWN for by in w.dimensions if (by, REST) in a.secrecy.groups)
        else ""
    )
    notes = [
        f"{french.count_of(w.n, 'répondant pondéré', 'répondants pondérés')}{left}. Taille efficace : {french.format_number(w.effective_n)} ; poids le plus fort : {french.format_number(w.largest, 2)}.",
        "Redresser corrige la place de chaque groupe, et rien d’autre : des répondants volontaires le restent.",
    ]
    if lost:
        notes.append(lost)
    return _marked(a, tables.plain_table(
        identifier=f"{a.prefix}-redressement", title=french.punctuate(f"Redressement déclaré : chaque groupe ({on}) reprend le poids de sa population"),
        subtitle=french.punctuate(f"Part de chaque groupe parmi les habitants de {a.people.scope} en {a.people.period}, parmi les répondants avant et après redressement (%)"),
        header=("Groupe", "Habitants", "Avant", "Après"), rows=rows, numeric=(False, True, True, True),
        reading=french.punctuate(f"{rows[0][0].text} : {rows[0][2]} des répondants pour {rows[0][1]} des habitants."),
        source=f"{a.d.source('questionnaire')} ; {a.people.citation}", period=a.period, notes=tuple(french.punctuate(n) for n in notes),
    ))  # fmt: skip


def _why_not(a: Asked, by: str) -> str:
    if not a.people.knows(by):
        return a.people.reasons.get(by, "sa population n’est pas connue")
    return "un groupe est trop petit pour être montré"


def _label(a: Asked, by: Any, code: str) -> str:
    labels: Mapping[str, str] = group_of(a.q, by)[1]
    return labels.get(code, code)


def silence(a: Asked) -> Figure:
    """Who did not answer, question by question."""
    d, prefix = a.d, a.prefix
    frame = nonresponse(a.q, secrecy=a.secrecy)
    rows = [
        (r.label, *[withheld()] * 5) if r.status != SHOWN else
        (r.label, french.format_number(r.asked), french.format_number(r.answered), french.format_number(r.missing),
         french.percent(r.nonresponse_pct) if pd.notna(r.nonresponse_pct) else "sans objet", french.format_number(r.out_of_codebook))
        for r in lines(frame)
    ]  # fmt: skip
    top = frame[frame["nonresponse_pct"].notna()].sort_values("nonresponse_pct", ascending=False, kind="stable")
    reading = (
        f"{top['label'].iloc[0]} : {french.percent(top['nonresponse_pct'].iloc[0])} de non-réponse."
        if len(top)
        else "Aucune question posée."
    )
    return tables.plain_table(
        identifier=f"{prefix}-non-reponse", title="Qui n’a pas répondu, question par question",
        subtitle="Personnes interrogées, réponses, non-réponses (nombre, %) ; dont valeurs inutilisables",
        header=("Question", "Posée à", "Réponses", "Non-réponses", "Taux", "Dont inutilisables"), rows=rows,
        numeric=(False, *[True] * 5), reading=french.punctuate(reading), source=d.source("questionnaire"), period=a.period,
    )  # fmt: skip


def count(number: Any, hidden: bool) -> Cell:
    """A count as a cell, or the word « secret »."""
    return withheld() if hidden or pd.isna(number) else Cell(french.format_number(float(number)))


def withheld() -> Cell:
    """The cell of what is not shown."""
    return Cell("secret", tone="withheld")
