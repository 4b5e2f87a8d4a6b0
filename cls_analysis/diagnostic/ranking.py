"""Which issues come first for those who voted, how firmly, and what did the committee decide?

Both grids with their weights in sight, the dispersion of notes, Kendall's W, how the order moves under other weights or
without a voter, then the decision with its reason. The tool ranks; the committee decides. Voters are codes, never names,
and no voter's notes are shown.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cls_analysis.diagnostic.fragment import Fragment
from cls_analysis.diagnostic.lines import lines
from cls_analysis.figures import french, tables
from cls_analysis.figures.figure import Cell, DataTable, Figure
from cls_analysis.figures.participation_charts import Line, Words, spans
from cls_analysis.participation import (
    agreement,
    decisions,
    grid,
    hanlon,
    incomplete_votes,
    random_weights,
    rank_range,
)
from cls_analysis.participation import vocabulary as words

if TYPE_CHECKING:
    from cls_analysis.diagnostic.partage import Partage

SEED, DRAWS = 20260101, 1000


def figures(d: Partage) -> list[Any]:
    """Everything on priorities, or a sentence when there is no issue or no vote."""
    if d.p.enjeux.empty:
        return [Fragment("<p>Aucun enjeu n’a été formulé.</p>")]
    if d.p.votes.empty:
        return [Fragment("<p>Les enjeux n’ont pas encore été notés.</p>"), _decided(d, None)]
    weights = d.p.contract.poids
    ranked = grid(d.p.votes, weights)
    found: list[Any] = [_weights(d), _grid(d, ranked), _agreement(d), _sensitivity(d)]
    if not d.p.hanlon.empty:
        found.append(_hanlon(d, hanlon(d.p.hanlon), ranked))
    return [*found, _decided(d, ranked)]


def _titles(d: Partage) -> dict[str, str]:
    return dict(zip(d.p.enjeux["id"], d.p.enjeux["intitule"], strict=True))


def _named(d: Partage, issue: str) -> str:
    return french.punctuate(f"{issue}. {_titles(d).get(issue, issue)}")


def _period(d: Partage) -> str:
    dates = [x for x in d.p.enjeux["date_decision"] if isinstance(x, type(d.day))]
    return str(max(dates).year) if dates else ""


def _weights(d: Partage) -> Figure:
    total = sum(d.p.contract.poids.values())
    rows = [
        (label, french.format_number(d.p.contract.poids[c], 1), french.percent(100 * d.p.contract.poids[c] / total, 0))
        for c, label in words.GRID_CRITERIA.items()
    ]
    equal = len(set(d.p.contract.poids.values())) == 1
    return tables.plain_table(
        identifier="priorites-poids", title="Les cinq critères pèsent autant" if equal else "Les poids des critères, décidés avant le vote",
        subtitle="Poids de chaque critère de la grille des élus, et part dans la note (%)", header=("Critère", "Poids", "Part"), rows=rows,
        numeric=(False, True, True), reading=french.punctuate(f"{rows[0][0]} compte pour {rows[0][2]} de la note."),
        source=d.source("poids déclarés dans contrat.toml"), period=_period(d),
    )  # fmt: skip


def _grid(d: Partage, ranked: pd.DataFrame) -> Figure:
    drawn: list[Line] = []
    rows: list[tuple[str | Cell, ...]] = []
    for r in ranked.to_dict("records"):
        known = pd.notna(r["score"])
        name = _named(d, r["enjeu"])
        text = french.format_number(r["score"], 2) if known else "sans vote"
        drawn.append(Line(name, text, *((r["score"], r["lowest"], r["highest"]) if known else (None, None, None))))
        rows.append((
            name, french.format_number(r["rank"]) if known else "sans vote", text,
            f"{french.format_number(r['lowest'], 2)} à {french.format_number(r['highest'], 2)}" if known else "sans vote",
            french.format_number(r["sd"], 2) if pd.notna(r["sd"]) else "sans objet", french.format_number(r["voters"]),
            *(french.format_number(r[c], 1) if pd.notna(r[c]) else "sans vote" for c in words.GRID_CRITERIA),
        ))  # fmt: skip
    header = (
        "Enjeu",
        "Rang",
        "Note",
        "De la plus basse à la plus haute",
        "Écart-type",
        "Votants",
        *words.GRID_CRITERIA.values(),
    )
    best = ranked.iloc[0]
    blank = incomplete_votes(d.p.votes)
    notes = [
        "Note d’un votant : moyenne pondérée des cinq critères ; note de l’enjeu : moyenne des votants. Trait : de la note la plus basse à la plus haute."
    ]
    if len(blank):
        notes.append(
            f"{french.count_of(len(blank), 'vote incomplet', 'votes incomplets')} : un critère laissé vide n’est jamais lu comme 0, le votant ne compte pas pour cet enjeu."
        )
    words_ = Words(
        id="priorites-grille", title=french.punctuate(f"En tête de la grille : {_titles(d).get(best['enjeu'], best['enjeu'])}"),
        subtitle=french.punctuate(f"Note moyenne de chaque enjeu, de 0 à 4, {french.count_of(d.p.votes['votant'].nunique(), 'votant')}"),
        reading=french.punctuate(f"{best['enjeu']} obtient {french.format_number(best['score'], 2)} sur 4 ; les votants vont de {french.format_number(best['lowest'], 2)} à {french.format_number(best['highest'], 2)}."),
        source=d.source("grille des élus"), notes=tuple(french.punctuate(n) for n in notes), period=_period(d),
    )  # fmt: skip
    return spans(words_, drawn, DataTable(header, tuple(rows), (False, *[True] * (len(header) - 1))), low=0, high=4)


def _agreement(d: Partage) -> Fragment:
    a = agreement(d.p.votes, d.p.contract.poids)
    if np.isnan(a.w):
        said = (
            "L’accord entre votants ne peut pas être mesuré : il faut au moins deux votants ayant noté tous les enjeux."
        )
    else:
        level = "fort" if a.w >= 0.7 else "moyen" if a.w >= 0.4 else "faible"
        sure = "que le hasard n’explique pas" if a.p < 0.05 else "que le hasard suffirait à expliquer"
        p = "p < 0,001" if a.p < 0.001 else f"p = {french.format_number(a.p, 3)}"
        said = (
            f"Accord entre votants : W de Kendall = {french.format_number(a.w, 2)} (0 : aucun, 1 : complet), accord {level}, {sure} ({p}) ; "
            f"{french.count_of(a.voters, 'votant')}, {french.count_of(a.issues, 'enjeu', 'enjeux')}."
        )
        if a.left_out:
            said += f" Laissés de côté, faute d’avoir tout noté : {french.join_list(a.left_out)}."
    return Fragment(f'<p id="priorites-accord">{escape(french.punctuate(said))}</p>', said)


def _sensitivity(d: Partage) -> Figure:
    span = rank_range(d.p.votes, d.p.contract.poids)
    drawn = random_weights(d.p.votes, d.p.contract.poids, rng=np.random.default_rng(SEED), draws=DRAWS).set_index(
        "enjeu"
    )
    span = span[span["rank"].notna()]
    rows = []
    for r in lines(span):
        x = drawn.loc[r.enjeu]
        rows.append((
            _named(d, r.enjeu), french.format_number(r.rank), f"{r.best} à {r.worst}", Cell("ferme") if r.firm else Cell("mobile", tone="withheld"),
            f"{x['best_rank']} à {x['worst_rank']}", french.percent(x["first_pct"], 0), french.percent(x["top3_pct"], 0),
        ))  # fmt: skip
    firm = int(span["firm"].sum())
    title = f"{french.count_of(firm, 'enjeu garde son rang', 'enjeux gardent leur rang')} quand on change un poids ou retire un votant, sur {len(span)}"
    return tables.plain_table(
        identifier="priorites-sensibilite", title=french.punctuate(title),
        subtitle="Rangs extrêmes quand un poids varie de moitié ou qu’un votant est retiré ; puis sur 1 000 jeux de poids tirés autour des poids déclarés",
        header=("Enjeu", "Rang", "Rangs extrêmes", "Tenue", "Rangs, poids tirés", "Premier", "Dans les trois premiers"), rows=rows,
        numeric=(False, True, True, False, True, True, True),
        reading=french.punctuate(f"{rows[0][0]} : rang {rows[0][1]}, de {rows[0][2]} selon les poids et les votants."),
        source=d.source("grille des élus"), period=_period(d), notes=("Un rang mobile n’est pas un classement : il se discute.",),
    )  # fmt: skip


def _hanlon(d: Partage, frame: pd.DataFrame, ranked: pd.DataFrame) -> Figure:
    other = dict(zip(ranked["enjeu"], ranked["rank"], strict=True))
    rows = []
    for r in frame.to_dict("records"):
        no = french.join_list(words.PEARL[c].lower() for c in r["pearl_no"]) or "aucun"
        rank = other.get(r["enjeu"])
        rows.append((
            _named(d, r["enjeu"]), french.format_number(r["rank"]), Cell(french.format_number(r["score"], 1), f"de {french.format_number(r['lowest'], 1)} à {french.format_number(r['highest'], 1)}"),
            french.format_number(r["ampleur"], 1), french.format_number(r["severite"], 1), french.format_number(r["efficacite"], 2), no,
            french.format_number(rank) if rank is not None and pd.notna(rank) else "sans vote",
        ))  # fmt: skip
    return tables.plain_table(
        identifier="priorites-hanlon", title=french.punctuate(f"Méthode de Hanlon : {_titles(d).get(frame['enjeu'].iloc[0], '')} en tête"),
        subtitle="Score (A + B) × C × D de chaque enjeu : ampleur et gravité de 0 à 10, efficacité de 0,5 à 1,5, D = 0 si un critère PEARL est refusé",
        header=("Enjeu", "Rang", "Score", "Ampleur (A)", "Gravité (B)", "Efficacité (C)", "PEARL refusés", "Rang à la grille"), rows=rows,
        numeric=(False, True, True, True, True, True, False, True),
        reading=french.punctuate(f"{rows[0][0]} : {french.format_number(frame['score'].iloc[0], 1)}, moyenne de {french.count_of(frame['voters'].iloc[0], 'évaluateur')}."),
        source=d.source("méthode de Hanlon, évaluateurs"), period=_period(d),
        notes=("Les deux méthodes ne mesurent pas la même chose : un écart de rang est une question à poser, pas une erreur.",),
    )  # fmt: skip


def _decided(d: Partage, ranked: pd.DataFrame | None) -> Figure:
    empty = pd.DataFrame(
        {"enjeu": d.p.enjeux["id"], "rank": pd.array([None] * len(d.p.enjeux), dtype="Int64"), "score": np.nan}
    )
    frame = decisions(d.p.enjeux, ranked if ranked is not None else empty)
    rows = []
    for r in frame.to_dict("records"):
        made = r["decision"] in words.DECISIONS
        when = (
            f"{r['instance']}, {french.date(r['date_decision'])}"
            if made and r["instance"] and r["date_decision"]
            else ""
        )
        rows.append((
            Cell(_named(d, r["enjeu"]), words.THEMES[r["theme"]]), french.format_number(r["rank"]) if pd.notna(r["rank"]) else "sans vote",
            Cell(words.DECISIONS[r["decision"]] if made else "pas encore décidé", when, "" if made else "withheld"),
            french.format_number(r["rang_copil"]) if pd.notna(r["rang_copil"]) else "sans objet",
            french.punctuate(r["motif"]) if isinstance(r["motif"], str) and r["motif"] else "sans objet",
            "oui" if r["differs"] else "non",
        ))  # fmt: skip
    kept = int((frame["decision"] == "retenu").sum())
    return tables.plain_table(
        identifier="priorites-decisions", title=french.punctuate(f"Le comité de pilotage retient {french.count_of(kept, 'enjeu', 'enjeux')} sur {len(frame)}"),
        subtitle="Rang de la grille, décision, rang donné par le comité et motif", header=("Enjeu", "Rang à la grille", "Décision", "Rang du comité", "Motif", "S’écarte de la grille"),
        rows=rows, numeric=(False, True, False, True, False, False),
        reading=french.punctuate(f"{_text(rows[0][0])} : {_text(rows[0][2]).lower()}. {_text(rows[0][4])}"),
        source=d.source("décisions du comité de pilotage"), period=_period(d), notes=("L’outil classe, le comité décide ; son motif est gardé.",),
    )  # fmt: skip


def _text(cell: str | Cell) -> str:
    return cell.text if isinstance(cell, Cell) else cell
