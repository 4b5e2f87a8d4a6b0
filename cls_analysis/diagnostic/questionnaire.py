"""What did respondents answer, how precisely is it known, and how does it differ by EPCI, age and sex?

For each questionnaire: each closed question with its interval, and weighted where the codebook declares `redressement`; crossings by
EPCI, age and sex; open answers by the theme a person coded. Who answered and who did not is `respondents`. What is withheld is
decided once for all tables (`participation.secrecy`); a withheld cell says « secret ». A weighted share is given only where every cell it
mixes is shown: weights and shown margins would give the others back.
"""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from cls_analysis.diagnostic.fragment import Fragment
from cls_analysis.diagnostic.lines import lines
from cls_analysis.diagnostic.respondents import (
    BY_WORDS,
    VOLUNTEERS,
    Asked,
    asked,
    cleaning,
    count,
    silence,
    weighting,
    who_answered,
    withheld,
)
from cls_analysis.figures import french, tables
from cls_analysis.figures.figure import Cell, DataTable, Figure
from cls_analysis.figures.participation_charts import Line, Words, share_bars
from cls_analysis.figures.participation_figure import fictional_ribbon
from cls_analysis.participation import cross, group_of, open_answers, tally
from cls_analysis.participation.secrecy import SHOWN

if TYPE_CHECKING:
    from cls_analysis.diagnostic.partage import Partage


def all_of(d: Partage) -> list[Any]:
    """Figures of every questionnaire, in the order of their names."""
    if not d.p.questionnaires:
        return [Fragment("<p>Aucun questionnaire n’a été déposé.</p>")]
    return [figure for a in d.asked for figure in one(a)]


def prepared(d: Partage) -> tuple[Asked, ...]:
    """Each questionnaire with its secrecy, census and weights; identifiers of figures begin with its name when there are several."""
    many = len(d.p.questionnaires) > 1
    return tuple(
        asked(d, q, f"questionnaire-{_slug(name)}" if many else "questionnaire")
        for name, q in d.p.questionnaires.items()
    )


def one(a: Asked) -> list[Any]:
    """Figures of one questionnaire."""
    found: list[Any] = [cleaning(a), who_answered(a), weighting(a)]
    found += [_question(a, x) for x in closed(a)]
    found += [_crossing(a, by) for by in BY_WORDS if a.has(by)]
    found.append(silence(a))
    found += [_open(a, x.id, x.libelle) for x in a.q.codebook.question if x.type == "ouverte"]
    return found


def closed(a: Asked) -> list[Any]:
    """The closed questions that are not groups of respondents."""
    roles = set(a.q.codebook.roles.values())
    return [x for x in a.q.codebook.question if x.type in ("unique", "multiple") and x.id not in roles]


def weighted_shares(a: Asked, question: str) -> dict[str, float]:
    """Weighted share (%) of each answer whose cells are all shown in the dimensions that were weighted on."""
    if a.weights is None:
        return {}
    frame = tally(a.q, question, weights=a.weights.weights, secrecy=a.secrecy)
    groups = {by: group_of(a.q, by)[1] for by in BY_WORDS if by in a.weights.dimensions}
    return {
        r.code: float(r.share_pct)
        for r in lines(frame)
        if pd.notna(r.share_pct)
        and all(a.secrecy.crossings[question, by, g, r.code] == SHOWN for by, labels in groups.items() for g in labels)
    }


def _question(a: Asked, x: Any) -> Figure:
    d, q = a.d, a.q
    frame = tally(q, x.id, secrecy=a.secrecy)
    second = weighted_shares(a, x.id)
    heavy = bool(second)
    drawn: list[Line] = []
    rows: list[tuple[str | Cell, ...]] = []
    for r in lines(frame):
        hidden = r.status != SHOWN or pd.isna(r.share_pct)
        other = second.get(r.code)
        other = None if hidden else other
        text = (
            "secret"
            if r.status != SHOWN
            else french.STATUS_WORDS["missing"].short
            if hidden
            else french.percent(r.share_pct, 0)
        )
        value, low, high = (
            (None, None, None) if hidden else (float(r.share_pct), float(r.lower_pct), float(r.upper_pct))
        )
        drawn.append(Line(r.label, text.replace(" ", french.NBSP), value, low, high, other))
        rows.append((
            r.label, count(r.count, r.status != SHOWN), withheld() if hidden else Cell(french.percent(r.share_pct), _interval(r.lower_pct, r.upper_pct)),
            *(((french.percent(other) if other is not None else withheld()),) if heavy else ()),
        ))  # fmt: skip
    base = int(frame["base"].iloc[0])
    header = ("Réponse", "Répondants", "Part (intervalle à 95 %)", *(("Part redressée",) if heavy else ()))
    notes = [VOLUNTEERS]
    if x.type == "multiple":
        notes.append("Plusieurs réponses possibles : le total dépasse 100 %.")
    if x.si is not None:
        notes.append(f"Question posée seulement après une réponse à « {q.codebook.asked(x.si.question).libelle} ».")
    if heavy:
        on = french.join_list(BY_WORDS[by] for by in a.weights.dimensions) if a.weights else ""
        notes.append(
            f"Losange : part redressée sur la population ({on}) ; elle n’est donnée que si aucune case qui y entre n’est secrète."
        )
    if (frame["status"] != SHOWN).any():
        notes.append(
            f"secret : moins de {a.secrecy.threshold} répondants, ou masqué pour qu’un autre effectif secret ne puisse être déduit."
        )
    words = Words(
        id=f"{a.prefix}-{_slug(x.id)}", title=french.punctuate(_finding(x, frame)),
        subtitle=french.punctuate(f"{x.libelle}, en % des {french.count_of(base, 'répondant', 'répondants')} à la question"),
        reading=french.punctuate(_question_reading(frame)), source=d.source("questionnaire"),
        notes=tuple(french.punctuate(n) for n in notes), period=a.period,
    )  # fmt: skip
    return share_bars(words, drawn, DataTable(header, tuple(rows), (False, *[True] * (len(header) - 1))))


def _finding(x: Any, frame: pd.DataFrame) -> str:
    shown = frame[(frame["status"] == SHOWN) & frame["share_pct"].notna()]
    if shown.empty:
        return x.libelle
    top = shown.sort_values("share_pct", ascending=False, kind="stable").iloc[0]
    return f"{x.libelle} : « {french.uncapitalise(top['label'])} » pour {french.percent(top['share_pct'], 0)} des répondants"


def _question_reading(frame: pd.DataFrame) -> str:
    shown = frame[(frame["status"] == SHOWN) & frame["share_pct"].notna()]
    if shown.empty:
        return "Aucune part n’est publiée : trop peu de répondants."
    r = shown.sort_values("share_pct", ascending=False, kind="stable").iloc[0]
    return (
        f"{french.format_number(r['count'])} répondants sur {french.format_number(r['base'])}, soit {french.percent(r['share_pct'], 0)}, "
        f"ont répondu « {french.uncapitalise(r['label'])} » (entre {french.percent(r['lower_pct'], 0)} et {french.percent(r['upper_pct'], 0)})."
    )


def _crossing(a: Asked, by: Any) -> Any:
    d, q, questions = a.d, a.q, closed(a)
    frames = [cross(q, x.id, by, secrecy=a.secrecy) for x in questions]
    frames = [f for f in frames if not f.empty]
    if not frames:
        return Fragment("")
    _, labels = group_of(q, by)
    groups = [g for g in labels if any((f["group"] == g).any() for f in frames)]
    said = {x.id: x.libelle for x in questions}
    rows = []
    for frame in frames:
        for _code, part in frame.groupby("code", sort=False):
            cells = {r.group: r for r in lines(part)}
            first = part.iloc[0]
            rows.append((
                Cell(first["label"], said[first["question"]]), *(_crossed(cells.get(g)) for g in groups),
            ))  # fmt: skip
    return tables.plain_table(
        identifier=f"{a.prefix}-par-{by}", title=french.punctuate(f"{q.codebook.titre} : les réponses par {BY_WORDS[by]}"),
        subtitle=f"Part des répondants de chaque groupe (%, et nombre), par {BY_WORDS[by]}",
        header=("Réponse", *(french.capitalise(labels[g]) for g in groups)), rows=rows, numeric=(False, *[True] * len(groups)),
        reading="Chaque case donne la part dans le groupe en tête de colonne et, dessous, le nombre de répondants.",
        source=d.source("questionnaire"), period=a.period,
        notes=(
            french.punctuate(f"secret : moins de {a.secrecy.threshold} répondants, ou masqué pour qu’un autre effectif ne puisse être déduit."),
            "Aucun écart entre groupes n’est testé : les groupes sont petits et les répondants volontaires.",
        ),
    )  # fmt: skip


def _crossed(r: Any) -> Cell:
    if r is None:
        return Cell("sans objet", tone="withheld")
    if r.status != SHOWN:
        return withheld()
    if pd.isna(r.share_pct):
        return Cell(french.STATUS_WORDS["missing"].short, tone="withheld")
    return Cell(french.percent(r.share_pct, 0), french.format_number(r.count))


def _open(a: Asked, question: str, label: str) -> Fragment:
    d = a.d
    frame = open_answers(a.q, question)
    if frame.empty:
        return Fragment("")
    mark = fictional_ribbon(d.fictional)
    parts = []
    for r in lines(frame):
        items = "".join(f"<li>{escape(french.punctuate(t))}{_times(n)}</li>" for t, n in Counter(r.texts).items())
        head = f"{r.label} ({french.count_of(r.count, 'réponse')})"
        parts.append(f'<h4>{escape(head)}</h4><ul class="statements">{items}</ul>')
    note = "Thèmes codés par une personne ; une réponse codée sous deux thèmes est citée deux fois. Rien n’est classé par une machine."
    return Fragment(f"<h3>{escape(label)}</h3>{mark}<p>{french.punctuate(note)}</p>{''.join(parts)}")


def _times(number: int) -> str:
    return f" <small>({number}{french.NBSP}fois)</small>" if number > 1 else ""


def _interval(low: float, high: float) -> str:
    return french.format_interval(low, high, 0)


def _slug(name: str) -> str:
    from cls_analysis.figures.prose import slug

    return slug(name.replace("_", "-"))
