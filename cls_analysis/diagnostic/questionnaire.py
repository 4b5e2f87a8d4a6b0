"""What did respondents answer, who answered, and how much did not?

For each questionnaire: what cleaning did; respondents beside the population; each closed question with its interval, and
weighted where the codebook declares `redressement`; crossings by EPCI, age and sex; non-response; open answers by the theme a
person coded. Small cells are withheld by the participation room; a withheld cell says « secret ».
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from cls_analysis.diagnostic import census
from cls_analysis.diagnostic.fragment import Fragment
from cls_analysis.diagnostic.lines import lines
from cls_analysis.errors import InvalidInput
from cls_analysis.figures import french, tables
from cls_analysis.figures.figure import Cell, DataTable, Figure
from cls_analysis.figures.participation_charts import Line, Words, share_bars
from cls_analysis.participation import (
    Questionnaire,
    Weights,
    cleaning_summary,
    compare_with_census,
    cross,
    group_of,
    nonresponse,
    open_answers,
    rake,
    tally,
)
from cls_analysis.participation.small_cells import SHOWN, protect

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


def all_of(d: Partage) -> list[Any]:
    """Figures of every questionnaire, in the order of their names."""
    if not d.p.questionnaires:
        return [Fragment("<p>Aucun questionnaire n’a été déposé.</p>")]
    many = len(d.p.questionnaires) > 1
    found: list[Any] = []
    for name, q in d.p.questionnaires.items():
        prefix = f"questionnaire-{_slug(name)}" if many else "questionnaire"
        found += one(d, q, prefix)
    return found


def one(d: Partage, q: Questionnaire, prefix: str) -> list[Any]:
    """Figures of one questionnaire; `prefix` begins their identifiers."""
    weights = declared_weights(d, q)
    threshold = d.p.contract.seuils.petits_effectifs
    roles = set(q.codebook.roles.values())
    closed = [x for x in q.codebook.question if x.type in ("unique", "multiple") and x.id not in roles]
    found: list[Any] = [
        _cleaning(d, q, prefix),
        _respondents(d, q, prefix, threshold),
        _weighting(d, q, weights, prefix),
    ]
    found += [_question(d, q, x, weights, prefix, threshold) for x in closed]
    found += [_crossing(d, q, by, closed, prefix, threshold) for by in BY_WORDS if by in q.codebook.roles]
    found.append(_nonresponse(d, q, prefix))
    found += [_open(d, q, x.id, x.libelle) for x in q.codebook.question if x.type == "ouverte"]
    return found


def declared_weights(d: Partage, q: Questionnaire) -> Weights | None:
    """Weights on the dimensions the codebook declares, where THE TABLE has their population; None when nothing is declared or known."""
    margin = census.epci_margin(d)
    if "epci" not in q.codebook.redressement or margin.empty:
        return None
    known = _epci_of(q, margin)
    if known.isna().all():
        return None
    try:
        return rake(q.answers.assign(epci=known), margin, {"epci": "epci"})
    except InvalidInput:
        return None  # an EPCI without any respondent: nothing can stand for its inhabitants, and the report says so


def _epci_of(q: Questionnaire, margin: pd.DataFrame) -> pd.Series:
    groups, _ = group_of(q, "epci")
    return groups.where(groups.isin(set(margin["epci"])))


def _title(q: Questionnaire) -> str:
    return q.codebook.titre


def _cleaning(d: Partage, q: Questionnaire, prefix: str) -> Figure:
    frame = cleaning_summary(q)
    rows = [(_STEPS[r.step], french.format_number(r.count)) for r in lines(frame)]
    kept = french.format_number(len(q.answers))
    return tables.plain_table(
        identifier=f"{prefix}-nettoyage", title=french.punctuate(f"{_title(q)} : {kept} réponses gardées"),
        subtitle="Ce que le nettoyage a fait, règle par règle (nombre de lignes ou de valeurs)", header=("Règle", "Nombre"), rows=rows,
        numeric=(False, True), reading=french.punctuate(f"Sur {french.count_of(q.received, 'ligne reçue', 'lignes reçues')}, {kept} sont gardées."),
        source=d.source("questionnaire"), period=_period(d, q),
    )  # fmt: skip


def _respondents(d: Partage, q: Questionnaire, prefix: str, threshold: int) -> Figure:
    margin = census.epci_margin(d)
    rows: list[tuple[str | Cell, ...]] = []
    compared = None
    for by, word in BY_WORDS.items():
        if by not in q.codebook.roles:
            continue
        groups, labels = group_of(q, by)
        counts = [int((groups == g).sum()) for g in labels]
        status = protect([counts], threshold=threshold, known_lines=[True], known_columns=[False] * len(counts))[0]
        known = sum(counts)
        if by == "epci" and not margin.empty and known:
            frame = q.answers.assign(epci=_epci_of(q, margin))
            compared = None if frame["epci"].isna().all() else compare_with_census(frame, margin, {"epci": "epci"})
        for g, count, state in zip(labels, counts, status, strict=True):
            hidden = state != SHOWN
            line = None if compared is None or by != "epci" else compared[compared["category"] == g]
            known_line = line is not None and len(line) == 1 and not hidden and (status == SHOWN).all()
            rows.append((
                Cell(french.capitalise(labels[g]), f"par {word}"), _count(count, hidden),
                _withheld() if hidden else french.percent(100 * count / known),
                french.percent(float(line["population_pct"].iloc[0])) if line is not None and len(line) else "sans objet" if by == "epci" else "non connue ici",
                _REPRESENTED[str(line["verdict"].iloc[0])] if known_line and line is not None else "non comparé",
            ))  # fmt: skip
    notes = [
        VOLUNTEERS,
        "Âge et sexe : la table des indicateurs ne donne pas la population par âge et sexe du territoire, la comparaison n’est pas faite.",
    ]
    if compared is not None:
        notes.append(
            f"Population : {census.citation(d)}. Elle compte tous les âges, les répondants sont ceux du questionnaire ; la comparaison "
            "d’un EPCI à l’autre est rapportée aux seuls répondants qui y habitent."
        )
    return _marked(d, tables.plain_table(
        identifier=f"{prefix}-repondants", title="Qui a répondu, comparé à qui habite le territoire",
        subtitle=f"Répondants par EPCI, âge et sexe (nombre, % des réponses connues) et population {census.period_of(d)} (%)",
        header=("Groupe", "Répondants", "Part des répondants", "Part de la population", "Représentation"), rows=rows,
        numeric=(False, True, True, True, False),
        reading=french.punctuate(_respondent_reading(rows)), source=d.source("questionnaire"), period=_period(d, q),
        notes=tuple(french.punctuate(n) for n in notes),
    ), compared is not None)  # fmt: skip


_REPRESENTED = {"over": "surreprésenté", "under": "sous-représenté", "not_different": "sans écart net"}


def _respondent_reading(rows: Sequence[tuple[str | Cell, ...]]) -> str:
    texts = [c.text if isinstance(c, Cell) else c for c in rows[0]] if rows else []
    return (
        f"{texts[0]} : {texts[1]} répondants, {texts[2]} des réponses connues."
        if texts
        else "Aucun groupe n’est demandé."
    )


def _marked(d: Partage, figure: Figure, uses_table: bool) -> Figure:
    from dataclasses import replace

    return replace(figure, simulated=census.simulated(d)) if uses_table else figure


def _weighting(d: Partage, q: Questionnaire, weights: Weights | None, prefix: str) -> Any:
    wanted = q.codebook.redressement
    if not wanted:
        return Fragment("<p>Aucun redressement n’est déclaré : les parts sont celles des répondants.</p>")
    if weights is None:
        text = "Un redressement est déclaré mais n’a pas été fait : la population des EPCI manque, ou un EPCI n’a aucun répondant."
        return Fragment(f"<p>{french.punctuate(text)}</p>")
    _, names = group_of(q, "epci")
    rows = [
        (names.get(r.category, str(r.category)), french.percent(r.target_pct), french.percent(r.unweighted_pct), french.percent(r.weighted_pct))
        for r in lines(weights.margins)
    ]  # fmt: skip
    undone = [BY_WORDS[x] for x in wanted if x != "epci"]
    notes = [
        f"{french.count_of(weights.n, 'répondant pondéré', 'répondants pondérés')} ; {french.count_of(weights.left_out, 'laissé', 'laissés')} "
        f"de côté (EPCI inconnu ou hors du territoire). Taille efficace : {french.format_number(weights.effective_n)} ; poids le plus fort : "
        f"{french.format_number(weights.largest, 2)}.",
        "Redresser sur l’EPCI corrige la place de chaque EPCI, et rien d’autre : des répondants volontaires le restent.",
    ]
    if undone:
        notes.append(
            f"Redressement déclaré mais non fait, faute de population par {french.join_list(undone)} dans la table des indicateurs."
        )
    return _marked(d, tables.plain_table(
        identifier=f"{prefix}-redressement", title="Redressement déclaré : le poids de chaque EPCI est ramené à sa population",
        subtitle=f"Part de chaque EPCI dans la population {census.period_of(d)}, parmi les répondants avant et après redressement (%)",
        header=("EPCI", "Population", "Avant", "Après"), rows=rows, numeric=(False, True, True, True),
        reading=french.punctuate(f"{rows[0][0]} : {rows[0][2]} des répondants pour {rows[0][1]} de la population."),
        source=f"{d.source('questionnaire')} ; {census.citation(d)}", period=_period(d, q), notes=tuple(french.punctuate(n) for n in notes),
    ), True)  # fmt: skip


def _question(d: Partage, q: Questionnaire, x: Any, weights: Weights | None, prefix: str, threshold: int) -> Figure:
    frame = tally(q, x.id, threshold=threshold)
    heavy = tally(q, x.id, weights=weights.weights, threshold=threshold) if weights is not None else None
    second = {r.code: r.share_pct for r in lines(heavy)} if heavy is not None else {}
    drawn: list[Line] = []
    rows: list[tuple[str | Cell, ...]] = []
    for r in lines(frame):
        hidden = r.status != SHOWN or pd.isna(r.share_pct)
        other = second.get(r.code)
        other = None if hidden or other is None or pd.isna(other) else float(other)
        text = "secret" if r.status != SHOWN else "n. d." if hidden else french.percent(r.share_pct, 0)
        value, low, high = (
            (None, None, None) if hidden else (float(r.share_pct), float(r.lower_pct), float(r.upper_pct))
        )
        drawn.append(Line(r.label, text.replace(" ", french.NBSP), value, low, high, other))
        rows.append((
            r.label, _count(r.count, r.status != SHOWN), _withheld() if hidden else Cell(french.percent(r.share_pct), _interval(r.lower_pct, r.upper_pct)),
            *(((french.percent(other) if other is not None else _withheld()),) if heavy is not None else ()),
        ))  # fmt: skip
    base = int(frame["base"].iloc[0])
    header = ("Réponse", "Répondants", "Part (intervalle à 95 %)", *(("Part redressée",) if heavy is not None else ()))
    notes = [VOLUNTEERS]
    if x.type == "multiple":
        notes.append("Plusieurs réponses possibles : le total dépasse 100 %.")
    if x.si is not None:
        notes.append(f"Question posée seulement après une réponse à « {q.codebook.asked(x.si.question).libelle} ».")
    if heavy is not None:
        notes.append("Losange : part redressée sur la population des EPCI.")
    if (frame["status"] != SHOWN).any():
        notes.append(
            f"secret : moins de {threshold} répondants, ou masqué pour qu’un autre effectif secret ne puisse être déduit."
        )
    words = Words(
        id=f"{prefix}-{_slug(x.id)}", title=french.punctuate(_finding(x, frame)),
        subtitle=french.punctuate(f"{x.libelle}, en % des {french.count_of(base, 'répondant', 'répondants')} à la question"),
        reading=french.punctuate(_question_reading(frame)), source=d.source("questionnaire"),
        notes=tuple(french.punctuate(n) for n in notes), period=_period(d, q),
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


def _crossing(d: Partage, q: Questionnaire, by: Any, closed: Sequence[Any], prefix: str, threshold: int) -> Any:
    frames = [cross(q, x.id, by, threshold=threshold) for x in closed]
    frames = [f for f in frames if not f.empty]
    if not frames:
        return Fragment("")
    _, labels = group_of(q, by)
    groups = [g for g in labels if any((f["group"] == g).any() for f in frames)]
    asked = {x.id: x.libelle for x in closed}
    rows = []
    for frame in frames:
        for _code, part in frame.groupby("code", sort=False):
            cells = {r.group: r for r in lines(part)}
            first = part.iloc[0]
            rows.append((
                Cell(first["label"], asked[first["question"]]), *(_crossed(cells.get(g)) for g in groups),
            ))  # fmt: skip
    return tables.plain_table(
        identifier=f"{prefix}-par-{by}", title=french.punctuate(f"{_title(q)} : les réponses par {BY_WORDS[by]}"),
        subtitle=f"Part des répondants de chaque groupe (%, et nombre), par {BY_WORDS[by]}",
        header=("Réponse", *(french.capitalise(labels[g]) for g in groups)), rows=rows, numeric=(False, *[True] * len(groups)),
        reading="Chaque case donne la part dans le groupe en tête de colonne et, dessous, le nombre de répondants.",
        source=d.source("questionnaire"), period=_period(d, q),
        notes=(
            french.punctuate(f"secret : moins de {threshold} répondants, ou masqué pour qu’un autre effectif ne puisse être déduit."),
            "Aucun écart entre groupes n’est testé : les groupes sont petits et les répondants volontaires.",
        ),
    )  # fmt: skip


def _crossed(r: Any) -> Cell:
    if r is None:
        return Cell("sans objet", tone="withheld")
    if r.status != SHOWN:
        return _withheld()
    if pd.isna(r.share_pct):
        return Cell("n. d.", tone="withheld")
    return Cell(french.percent(r.share_pct, 0), french.format_number(r.count))


def _nonresponse(d: Partage, q: Questionnaire, prefix: str) -> Figure:
    frame = nonresponse(q)
    rows = [
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
        numeric=(False, *[True] * 5), reading=french.punctuate(reading), source=d.source("questionnaire"), period=_period(d, q),
    )  # fmt: skip


def _open(d: Partage, q: Questionnaire, question: str, label: str) -> Fragment:
    frame = open_answers(q, question)
    if frame.empty:
        return Fragment("")
    mark = '<p class="ribbon">Exemple fictif</p>' if d.fictional else ""
    parts = []
    for r in lines(frame):
        items = "".join(f"<li>{escape(french.punctuate(t))}</li>" for t in r.texts)
        head = f"{r.label} ({french.count_of(r.count, 'réponse')})"
        parts.append(f'<h4>{escape(head)}</h4><ul class="statements">{items}</ul>')
    note = "Thèmes codés par une personne ; une réponse codée sous deux thèmes est citée deux fois. Rien n’est classé par une machine."
    return Fragment(f"<h3>{escape(label)}</h3>{mark}<p>{french.punctuate(note)}</p>{''.join(parts)}")


def _count(count: Any, hidden: bool) -> Cell:
    return _withheld() if hidden or pd.isna(count) else Cell(french.format_number(float(count)))


def _withheld() -> Cell:
    return Cell("secret", tone="withheld")


def _interval(low: float, high: float) -> str:
    return french.format_interval(low, high, 0)


def _period(d: Partage, q: Questionnaire) -> str:
    dates = d.p.recueils.loc[d.p.recueils["id"] == q.codebook.recueil, "date"]
    return str(dates.iloc[0].year) if len(dates) else ""


def _slug(name: str) -> str:
    from cls_analysis.figures.prose import slug

    return slug(name.replace("_", "-"))
