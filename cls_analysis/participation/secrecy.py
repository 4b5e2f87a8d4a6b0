"""Which cells of a questionnaire must be withheld, so that no small group of respondents can be told from all the tables together?

Everything printed about one questionnaire is one set of linked counts: answers to each closed question, the same by EPCI, by age
and by sex, respondents of each group, how many were asked and answered. A cell of 1 to `threshold` - 1 respondents is sensitive.
A crossing protected alone is not enough: what the table by EPCI hides, the one by sex may give back. So all counts and their
relations go through the engine of the disclosure room (`disclosure.protect`): attack by bounds, linear and integer programs,
withhold the cheapest other cells, attack again, until each sensitive cell keeps at least `threshold` possible values. Zero is shown.
Groups too small are withheld whole; those who did not give their group are a rest that is not printed.
Reference: Hundepool et al., Statistical disclosure control, 2012, ch. 4; Fischetti and Salazar, Management Science 2001;47.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from cls_analysis.disclosure.cells import Cells
from cls_analysis.disclosure.linear import System
from cls_analysis.disclosure.protect import protect

from .cleaning import Questionnaire
from .codebook import Question
from .counts import By, answered, group_of, was_asked
from .linked import REST, Counts, Label, Part, Relation, system
from .vocabulary import MIN_RESPONDENTS

SHOWN, PRIMARY, SECONDARY = "observed", "suppressed", "suppressed_secondary"
_TOTAL_WEIGHT, _ZERO_WEIGHT = 4.0, 1000.0


@dataclass(frozen=True)
class Plan:
    """What is withheld. Keys: `groups` (by, group; "" for unknown), `totals` (question, code), `crossings` (question, by, group, code).

    `questions`: those too small to print anything of, not even how many were asked.
    """

    threshold: int
    groups: Mapping[tuple[str, str], str]
    totals: Mapping[tuple[str, str], str]
    crossings: Mapping[tuple[str, str, str, str], str]
    questions: frozenset[str]

    def hidden_groups(self, by: str) -> list[str]:
        """Groups of a dimension that are withheld, the unknown one included."""
        return [g for (b, g), status in self.groups.items() if b == by and status != SHOWN]


def plan(questionnaire: Questionnaire, *, threshold: int = MIN_RESPONDENTS) -> Plan:
    """What must be withheld in every table of a questionnaire (rules above). Same answers, same plan."""
    dimensions: list[By] = [by for by in ("epci", "age", "sexe") if by in questionnaire.codebook.roles]
    groups = {by: _group_status(questionnaire, by, threshold) for by in dimensions}
    flat: dict[tuple[str, str], str] = {(by, g): word for by in dimensions for g, word in groups[by].items()}
    untold = frozenset(x.id for x in questionnaire.codebook.question if _few_asked(questionnaire, x, threshold, flat))
    roles = set(questionnaire.codebook.roles.values())
    closed = [q for q in questionnaire.codebook.question if q.type in ("unique", "multiple") and q.id not in roles]
    small = {q.id for q in closed if len(answered(questionnaire, q)) < threshold}
    kept = [q for q in closed if q.id not in small]
    totals: dict[tuple[str, str], str] = {}
    crossings: dict[tuple[str, str, str, str], str] = {}
    parts = {q.id: [_part(questionnaire, q, by, groups[by], threshold) for by in dimensions] for q in kept}
    hits = {q.id: answered(questionnaire, q) for q in kept}
    status = _linked(questionnaire, kept, hits, parts, untold, threshold)
    for q in closed:
        counts = answered(questionnaire, q).sum()
        for code in q.labels:
            lost = _hidden_word(int(counts[code]), threshold)
            totals[q.id, code] = lost if q.id in small else status["T", q.id, code]
    for q in closed:
        frame = answered(questionnaire, q)
        for by in dimensions:
            of, labels = group_of(questionnaire, by)
            lines = {} if q.id in small else {p.by: p.lines for p in parts[q.id]}[by]
            for g in labels:
                own = frame[of[frame.index] == g]
                counts = own.sum()
                for code in q.labels:
                    lost = _hidden_word(int(counts[code]), threshold) if len(own) else SHOWN
                    crossings[q.id, by, g, code] = status["X", q.id, by, g, code] if g in lines else lost
    return Plan(threshold, flat, totals, crossings, untold)


def _hidden_word(count: int, threshold: int) -> str:
    return PRIMARY if 0 < count < threshold else SECONDARY


def _few_asked(
    questionnaire: Questionnaire, q: Question, threshold: int, groups: Mapping[tuple[str, str], str]
) -> bool:
    """Whether the number of those asked would give back a withheld count: that of a filter, or of a group."""
    if q.si is None:
        return False
    role = {asked: by for by, asked in questionnaire.codebook.roles.items()}.get(q.si.question)
    if role is not None:
        return any(groups.get((role, v), SHOWN) != SHOWN for v in q.si.valeurs)
    return 0 < int(was_asked(questionnaire, q).sum()) < threshold


def _group_status(questionnaire: Questionnaire, by: By, threshold: int) -> dict[str, str]:
    """Status of the number of respondents of each group, and of those without a group (""): they add up to all respondents."""
    of, labels = group_of(questionnaire, by)
    sizes = {g: int((of == g).sum()) for g in labels}
    sizes[REST] = len(of) - sum(sizes.values())
    sensitive: dict[Label, bool] = {(g,): g != REST and 0 < n < threshold for g, n in sizes.items()}
    cheap: Counts = {(g,): 0.01 if g == REST else _weight(n) for g, n in sizes.items()}
    hidden = _protected(
        {(g,): float(n) for g, n in sizes.items()}, [Relation({(g,): 1.0 for g in sizes}, float(len(of)))],
        sensitive, cheap, {(g,) for g, n in sizes.items() if n}, {(g,) for g in sizes if sensitive[(g,)]}, threshold,
    )[0]  # fmt: skip
    return {g: (PRIMARY if sensitive[(g,)] else SECONDARY) if (g,) in hidden else SHOWN for g in sizes}


def _weight(count: float, times: float = 1.0) -> float:
    return times * (count + 1) if count else _ZERO_WEIGHT


def _part(q: Questionnaire, question: Question, by: By, groups: Mapping[str, str], threshold: int) -> Part:
    """The printed lines of a crossing: groups shown, with enough answers, or withheld with another until none can be told."""
    frame = answered(q, question)
    of, labels = group_of(q, by)
    of = of[frame.index]
    bases = {g: int((of == g).sum()) for g in labels if groups[g] == SHOWN}
    rest = len(frame) - sum(bases.values())
    values: Counts = {(g,): float(n) for g, n in bases.items()}
    values[(REST,)] = float(rest)
    sensitive: dict[Label, bool] = {(g,): 0 < n < threshold for g, n in bases.items()}
    hidden = _protected(
        values, [Relation(dict.fromkeys(values, 1.0), float(len(frame)))], sensitive, {k: _weight(v) for k, v in values.items()},
        {(g,) for g, n in bases.items() if n}, {k for k, small in sensitive.items() if small} | {(REST,)}, threshold,
    )[0]  # fmt: skip
    printed = [g for g, n in bases.items() if n and (g,) not in hidden]
    lumped = frame[~of.isin(printed)]
    inside = [g for g in labels if g not in printed and (of == g).any()]
    whole, _ = group_of(q, by)
    silent = len(whole) - len(frame) - sum(int((whole == g).sum()) - bases[g] for g in printed)
    known = {
        g: (int((of == g).sum()), *_supposed(int((whole == g).sum()), groups[g], silent, len(lumped))) for g in inside
    }
    return Part(
        by, {g: frame[of == g].sum() for g in printed}, {g: bases[g] for g in printed}, lumped.sum(), len(lumped),
        {g: frame[of == g].sum() for g in inside}, known,
    )  # fmt: skip


def _supposed(respondents: int, status: str, silent: int, rest: int) -> tuple[int, int]:
    """Bounds of the answers of a group that is not printed: its respondents, if told, less those who may be silent."""
    return (max(0, respondents - silent), min(respondents, rest)) if status == SHOWN else (0, rest)


def _linked(
    q: Questionnaire, questions: Sequence[Question], hits: Mapping[str, pd.DataFrame], parts: Mapping[str, Sequence[Part]],
    untold: frozenset[str], threshold: int,
) -> dict[Label, str]:  # fmt: skip
    """Status of every cell of the kept questions, protected together; what cannot be is withheld table by table."""
    values, relations, limits = system(q, questions, hits, parts, untold)
    sensitive = {
        k: 0 < v < threshold and (k[0] in ("T", "X", "H") or (k[0] == "R" and _named(parts, k)))
        for k, v in values.items()
    }
    weight = {k: _weight(v, _TOTAL_WEIGHT if k[0] == "T" else 1.0) for k, v in values.items()}
    printed = {k for k in values if k[0] in ("T", "X")}
    start = {k for k in values if sensitive[k] or k not in printed}
    while True:
        hidden, failed = _protected(values, relations, sensitive, weight, printed, start, threshold, limits)
        more = {k for k in printed if any(_same_table(k, f) for f in failed)} - start
        if not more:
            break
        start |= more
    if failed:  # whole tables were not enough: nothing of these questions is printed
        lost = {f[1] for f in failed}
        hidden |= {k for k in printed if k[1] in lost}
    return {k: (PRIMARY if sensitive[k] else SECONDARY) if k in hidden else SHOWN for k in printed}


def _same_table(cell: Label, failed: Label) -> bool:
    if cell[1] != failed[1]:
        return False
    return cell[0] == "T" if failed[0] == "T" else cell[0] == "X" and cell[2] == failed[2]


def _named(parts: Mapping[str, Sequence[Part]], key: Label) -> bool:
    return any(p.inside for p in parts[key[1]] if p.by == key[2])


def _protected(
    values: Mapping[Label, float], relations: Iterable[Relation], sensitive: Mapping[Label, bool], weight: Mapping[Label, float],
    hideable: set[Label], start: set[Label], threshold: int,
    limits: Mapping[Label, tuple[float, float]] | None = None,
) -> tuple[set[Label], list[Label]]:  # fmt: skip
    """Cells to withhold (`start` and others), and sensitive ones that remain too exposed."""
    keys = list(values)
    at = {k: i for i, k in enumerate(keys)}
    rows = list(relations)
    places = [(i, at[k], coefficient) for i, r in enumerate(rows) for k, coefficient in r.terms.items()]
    i, j, a = zip(*places, strict=True) if places else ((), (), ())
    size = len(keys)
    value = np.array([values[k] for k in keys], dtype=np.float64)
    bounds = [(limits or {}).get(k, (0.0, float(value.sum()))) for k in keys]
    system = System(
        sparse.csr_array((np.array(a, dtype=np.float64), (i, j)), shape=(len(rows), size)),
        np.array([r.total for r in rows], dtype=np.float64),
        np.array([low for low, _ in bounds]), np.array([high for _, high in bounds]), np.ones(size, dtype=bool),
    )  # fmt: skip
    asked = np.array([float(threshold - 1) if sensitive.get(k, False) else 0.0 for k in keys])
    nothing: Any = np.full(size, -1)
    cells = Cells(
        labels=pd.DataFrame(index=range(size)), value=value, threshold=np.full(size, float(threshold)), protection=asked,
        weight=np.array([weight[k] for k in keys]), fixed=np.zeros(size, dtype=bool), certain=asked > 0, system=system,
        numerator=nothing, denominator=nothing, not_additive=0,
    )  # fmt: skip
    done = protect(
        cells, hidden=np.array([k in start for k in keys], dtype=bool), hideable=np.array([k in hideable for k in keys], dtype=bool)
    )  # fmt: skip
    return {keys[k] for k in np.flatnonzero(done.hidden)}, [keys[int(k)] for k in done.failed]
