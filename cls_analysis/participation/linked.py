"""How do the printed counts of a questionnaire hang together? Cells, relations and bounds that any reader can write down.

Labels: T question code, total of an answer; X question by group code, a printed line of a crossing; R question by code, what is left
when those lines are taken from the total; H question by group code, a group inside that rest, B its number of answers, U the
rest of the rest; M question by group, asked and silent. `secrecy` withholds T and X; the others are never printed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from .cleaning import Questionnaire
from .codebook import Question

REST = ""  # the group of those whose group is unknown or withheld
Label = tuple[str, ...]
Counts = dict[Label, float]
Limits = dict[Label, tuple[float, float]]


@dataclass(frozen=True)
class Relation:
    """The sum of `terms` (label -> coefficient) is `total`."""

    terms: Mapping[Label, float]
    total: float


@dataclass(frozen=True)
class Part:
    """Counts of one question in one dimension: lines printed, and the rest, with the named groups that it holds.

    `known`: least and largest number of answers that a reader can suppose to a group of the rest.
    """

    by: str
    lines: Mapping[str, pd.Series]
    bases: Mapping[str, int]
    rest: pd.Series
    rest_base: int
    inside: Mapping[str, pd.Series]
    known: Mapping[str, tuple[int, int, int]]


def system(
    q: Questionnaire, questions: Sequence[Question], hits: Mapping[str, pd.DataFrame], parts: Mapping[str, Sequence[Part]],
    untold: Collection[str]
) -> tuple[Counts, list[Relation], Limits]:  # fmt: skip
    """Counts by label, their relations, and what bounds them; `untold`: questions whose number of people asked is not printed."""
    values: Counts = {}
    limits: Limits = {}
    relations: list[Relation] = []
    for x in questions:
        counts, base = hits[x.id].sum(), len(hits[x.id])
        values |= {("T", x.id, c): float(counts[c]) for c in x.labels}
        limits |= {("T", x.id, c): (0.0, float(base)) for c in x.labels}
        if x.type == "unique":
            relations.append(Relation({("T", x.id, c): 1.0 for c in x.labels}, float(base)))
        for part in parts[x.id]:
            lines: list[tuple[Label, pd.Series, int]] = [
                (("X", x.id, part.by, g), n, part.bases[g]) for g, n in part.lines.items()
            ]
            lines.append((("R", x.id, part.by), part.rest, part.rest_base))
            for head, line, own in lines:
                values |= {(*head, c): float(line[c]) for c in x.labels}
                limits |= {(*head, c): (0.0, float(own)) for c in x.labels}
                if x.type == "unique":
                    relations.append(Relation({(*head, c): 1.0 for c in x.labels}, float(own)))
            for c in x.labels:
                terms: Counts = {(*head, c): 1.0 for head, _, _ in lines} | {("T", x.id, c): -1.0}
                relations.append(Relation(terms, 0.0))
            if part.inside:
                more, linked, bounds = groups_inside(x, part)
                values, limits, relations = values | more, limits | bounds, relations + linked
    for x in q.codebook.question:
        more, linked = filtered(q, x, hits, parts) if x.id not in untold else ({}, [])
        values |= more
        limits |= dict.fromkeys(more, (0.0, float(len(q.answers))))
        relations += linked
    return values, relations, limits


def groups_inside(x: Question, part: Part) -> tuple[Counts, list[Relation], Limits]:
    """The groups that are not printed, within the rest that a reader can compute."""
    values: Counts = {}
    limits: Limits = {}
    relations = []
    for g, line in part.inside.items():
        base, least, most = part.known[g]
        own = ("B", x.id, part.by, g)
        values[own], limits[own] = float(base), (float(least), float(most))
        cells: Counts = {("H", x.id, part.by, g, c): float(line[c]) for c in x.labels}
        values |= cells
        limits |= dict.fromkeys(cells, (0.0, float(most)))
        if x.type == "unique":
            relations.append(Relation({**dict.fromkeys(cells, 1.0), own: -1.0}, 0.0))
    for c in x.labels:
        left = ("U", x.id, part.by, c)
        members: list[Label] = [("H", x.id, part.by, g, c) for g in part.inside]
        values[left] = float(part.rest[c]) - sum(values[m] for m in members)
        limits[left] = (0.0, float(part.rest_base))
        relations.append(Relation({**dict.fromkeys([*members, left], 1.0), ("R", x.id, part.by, c): -1.0}, 0.0))
    return values, relations, limits


def filtered(
    q: Questionnaire, x: Question, hits: Mapping[str, pd.DataFrame], parts: Mapping[str, Sequence[Part]]
) -> tuple[Counts, list[Relation]]:
    """A question asked after an answer to another tells how many gave that answer, in all and (at least) by group."""
    if x.si is None or x.si.question not in hits or q.codebook.asked(x.si.question).type != "unique":
        return {}, []
    parent, chosen = x.si.question, [c for c in x.si.valeurs if c in hits[x.si.question]]
    asked = float(hits[parent][chosen].to_numpy().sum())
    relations = [Relation({("T", parent, c): 1.0 for c in chosen}, asked)]
    values: Counts = {}
    for part in parts.get(x.id, ()):
        above = next(p for p in parts[parent] if p.by == part.by)
        both = [g for g in part.lines if g in above.lines]
        gaps: Counts = {("M", x.id, part.by, g): float(above.lines[g][chosen].sum()) - part.bases[g] for g in both}
        left = ("M", x.id, part.by, REST)
        gaps[left] = asked - len(hits[x.id]) - sum(gaps.values())
        values |= gaps
        relations.append(Relation(dict.fromkeys(gaps, 1.0), asked - len(hits[x.id])))
        for g in both:
            terms: Counts = {("X", parent, part.by, g, c): 1.0 for c in chosen}
            relations.append(Relation({**terms, ("M", x.id, part.by, g): -1.0}, float(part.bases[g])))
    return values, relations
