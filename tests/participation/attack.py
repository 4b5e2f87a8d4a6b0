"""What may a reader who holds every printed table of a questionnaire deduce? Written apart from the code that protects.

The reader's unknowns are the respondents themselves: how many for each EPCI x age x sex x answer, one more level each for those who
did not say. Every printed count, base and number of people asked is an equation. The least and the largest value of a hidden
cell come from integer programs.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp

from cls_analysis.participation import Questionnaire, cross, nonresponse, tally
from cls_analysis.participation.secrecy import SHOWN, Plan

ORDER = ("epci", "age", "sexe")
UNSAID = "?"


@dataclass
class Reader:
    """Unknowns of one question (and of the one it filters on): levels of each axis, equations gathered from the prints."""

    axes: tuple[tuple[str, ...], ...]
    rows: list[np.ndarray] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.points = list(itertools.product(*self.axes))

    def which(self, **fixed: tuple[int, object]) -> np.ndarray:
        return np.array([all(p[a] == v for a, v in fixed.values()) for p in self.points], dtype=float)

    def learn(self, row: np.ndarray, low: float, high: float | None = None) -> None:
        self.rows.append(row)
        self.low.append(low)
        self.high.append(low if high is None else high)

    def bounds(self, row: np.ndarray) -> tuple[int, int]:
        """Least and largest value of a sum of unknowns that fits all that was learnt."""
        found = []
        for sign in (1, -1):
            done = milp(
                sign * row, integrality=np.ones(len(self.points)), bounds=Bounds(0, np.inf),
                constraints=LinearConstraint(np.array(self.rows), np.array(self.low), np.array(self.high)),
            )  # fmt: skip
            assert done.status in (0, 3), done.message
            found.append(sign * done.fun if done.status == 0 else np.inf)
        return round(found[0]), round(found[1]) if np.isfinite(found[1]) else 10**6


def read_prints(q: Questionnaire, question: str, secrecy: Plan) -> tuple[Reader, dict[str, pd.DataFrame]]:
    """All that the report prints about a question of one answer, as equations; and its crossings."""
    dimensions = [by for by in ORDER if by in q.codebook.roles]
    labels = {by: [g for b, g in secrecy.groups if b == by and g] for by in dimensions}
    codes = tuple(q.codebook.asked(question).labels)
    reader = Reader((*((*labels[by], UNSAID) for by in dimensions), codes))
    last = len(dimensions)
    flat = tally(q, question, secrecy=secrecy)
    reader.learn(np.ones(len(reader.points)), float(flat["base"].iloc[0]))
    for r in flat[flat["status"] == SHOWN].itertuples():
        reader.learn(reader.which(c=(last, r.code)), float(r.count))
    said = nonresponse(q, secrecy=secrecy).set_index("question")
    for x in q.codebook.question:  # how many were asked a question that follows this one
        if x.si is not None and x.si.question == question and said.loc[x.id, "status"] == SHOWN:
            row = sum(reader.which(c=(last, c)) for c in x.si.valeurs)
            reader.learn(np.asarray(row), float(said.loc[x.id, "asked"]))
    tables = {}
    silent = said.loc[question, "missing"]
    for axis, by in enumerate(dimensions):
        if secrecy.groups[by, ""] == SHOWN:  # who answered is at least the group less all those who did not
            sizes = q.answers["age_band"] if by == "age" else q.answers[q.codebook.roles[by]]
            for g in labels[by]:
                if secrecy.groups[by, g] == SHOWN:
                    size = float((sizes == g).sum())
                    reader.learn(reader.which(g=(axis, g)), max(0.0, size - float(silent)), size)
        tables[by] = frame = cross(q, question, by, secrecy=secrecy)
        for g in labels[by]:
            part = frame[frame["group"] == g]
            if part.empty:
                reader.learn(reader.which(g=(axis, g)), 0.0)  # a group that is not listed has no answer
            elif (part["status"] == SHOWN).any():
                reader.learn(reader.which(g=(axis, g)), float(part["base"].iloc[0]))  # count over share
        for r in frame[frame["status"] == SHOWN].itertuples():
            reader.learn(reader.which(g=(axis, r.group), c=(last, r.code)), float(r.count))
        for x in q.codebook.question:  # lines of the question that follows bound this one from below
            if x.si is None or x.si.question != question or x.type not in ("unique", "multiple"):
                continue
            after = cross(q, x.id, by, secrecy=secrecy)
            for g in labels[by]:
                part = after[after["group"] == g]
                if len(part) and (part["status"] == SHOWN).any():
                    row = sum(reader.which(g=(axis, g), c=(last, c)) for c in x.si.valeurs)
                    reader.learn(np.asarray(row), float(part["base"].iloc[0]), np.inf)
    return reader, tables


def exposed(q: Questionnaire, question: str, secrecy: Plan, truth: pd.DataFrame) -> list[tuple[object, ...]]:
    """Hidden cells of 1 to threshold - 1 respondents that a reader can bound too tightly: (by, group, code, least, largest)."""
    reader, tables = read_prints(q, question, secrecy)
    dimensions = [by for by in ORDER if by in q.codebook.roles]
    found = []
    for axis, by in enumerate(dimensions):
        shown = {(r.group, r.code) for r in tables[by].itertuples() if r.status == SHOWN}
        real = truth[truth["by"] == by]
        for r in real.itertuples():
            if not 0 < r.count < secrecy.threshold:
                continue
            assert (r.group, r.code) not in shown, f"a small cell is printed: {by} {r.group} {r.code}"
            low, high = reader.bounds(reader.which(g=(axis, r.group), c=(len(dimensions), r.code)))
            if high - low < secrecy.threshold - 1:
                found.append((by, r.group, r.code, low, high))
    return found


def real_counts(q: Questionnaire, question: str) -> pd.DataFrame:
    """The counts as they are: `by, group, code, count` (what nobody is shown)."""
    rows = []
    for by in ORDER:
        if by not in q.codebook.roles:
            continue
        groups = q.answers["age_band"] if by == "age" else q.answers[q.codebook.roles[by]]
        pairs = pd.DataFrame({"g": groups, "c": q.answers[question]}).dropna()
        rows += [(by, g, c, int(n)) for (g, c), n in pairs.value_counts().items()]
    return pd.DataFrame(rows, columns=["by", "group", "code", "count"])
