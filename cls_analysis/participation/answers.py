"""What did respondents answer, how precisely is it known, and how many did not answer?

Shares are of those who answered the question, with Wilson intervals at 95 %. A questionnaire open to all is not a
sample: the interval says how much chance alone may move the share, not how far respondents differ from inhabitants
(`weighting.compare_with_census` says that). Small cells are withheld by the rule of `small_cells`.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from cls_analysis.errors import InvalidInput, UnknownName
from cls_analysis.statistics import wilson_interval

from .cleaning import Questionnaire
from .codebook import Question
from .small_cells import SHOWN, protect
from .vocabulary import MIN_RESPONDENTS, THEMES

By = Literal["epci", "age", "sexe"]
_COLUMNS = ["question", "code", "label", "count", "base", "share_pct", "lower_pct", "upper_pct", "status"]


def tally(
    questionnaire: Questionnaire,
    question_id: str,
    *,
    weights: pd.Series | None = None,
    threshold: int = MIN_RESPONDENTS,
) -> pd.DataFrame:
    """Counts and shares of a closed question, in the order of the codebook.

    Columns: `question, code, label, count` (unweighted), `base` (who answered), `share_pct, lower_pct, upper_pct`,
    `status` (`observed`, `suppressed`, `suppressed_secondary`: then count and share are null). `weights` are indexed as
    `answers` (null = left out); shares are then weighted and the interval stands on the effective size.
    A base of 0 gives null shares. `UnknownName` for an unknown question, `InvalidInput` for one that is not closed.
    """
    question = _closed(questionnaire, question_id)
    hits = _hits(questionnaire, question)
    counts = hits.sum().to_numpy(dtype=int)
    status = _flat_status(question, counts, threshold)
    return _rows(question, hits, counts, status, weights)


def cross(
    questionnaire: Questionnaire,
    question_id: str,
    by: By,
    *,
    weights: pd.Series | None = None,
    threshold: int = MIN_RESPONDENTS,
) -> pd.DataFrame:
    """The same by EPCI, age band or sex: columns `by, group, group_label` before those of `tally`.

    A group of fewer than `threshold` respondents is withheld whole. Respondents whose group is unknown are left
    out of the crossing and counted by `nonresponse`.
    """
    question = _closed(questionnaire, question_id)
    groups, labels = group_of(questionnaire, by)
    hits = _hits(questionnaire, question)
    order = [g for g in labels if (groups[hits.index] == g).any()]
    if not order:
        return pd.DataFrame(columns=["by", "group", "group_label", *_COLUMNS])
    parts = [hits[groups[hits.index] == g] for g in order]
    counts = np.array([part.sum().to_numpy(dtype=int) for part in parts])
    flat = _flat_status(question, _hits(questionnaire, question).sum().to_numpy(dtype=int), threshold)
    adds_up = [question.type == "unique"] * len(order)
    status = protect(counts, threshold=threshold, known_lines=adds_up, known_columns=list(flat == SHOWN))
    frames = []
    for g, part, line, states in zip(order, parts, counts, status, strict=True):
        kept = np.where(len(part) < threshold, np.where(states == SHOWN, "suppressed_secondary", states), states)
        rows = _rows(question, part, line, kept, weights)
        frames.append(rows.assign(by=by, group=g, group_label=labels[g]))
    return pd.concat(frames, ignore_index=True)[["by", "group", "group_label", *_COLUMNS]]


def nonresponse(questionnaire: Questionnaire) -> pd.DataFrame:
    """Per question: `question, label, asked, answered, missing, out_of_codebook, nonresponse_pct`.

    `out_of_codebook` is the part of `missing` that comes from an unusable value.
    """
    faulty = questionnaire.decisions[
        questionnaire.decisions["decision"].isin(["out_of_codebook", "out_of_range", "not_a_number"])
    ]
    rows = []
    for q in questionnaire.codebook.question:
        asked = questionnaire.answers[was_asked(questionnaire, q)]
        missing = asked[q.id].isna()
        rows_missing = set(asked.loc[missing, "row"])
        unusable = set(faulty.loc[faulty["column"] == q.colonne, "row"]) & rows_missing
        n = len(asked)
        rows.append(
            {
                "question": q.id,
                "label": q.libelle,
                "asked": n,
                "answered": int((~missing).sum()),
                "missing": int(missing.sum()),
                "out_of_codebook": len(unusable),
                "nonresponse_pct": 100 * missing.sum() / n if n else np.nan,
            }
        )
    return pd.DataFrame(rows)


def cleaning_summary(questionnaire: Questionnaire) -> pd.DataFrame:
    """How many rows were received, set aside and kept, and how many answers were recoded: `step, count`."""
    made = questionnaire.decisions["decision"].value_counts()
    steps = [("received", questionnaire.received)]
    steps += [(d, int(made.get(d, 0))) for d in ("test", "repeat", "empty")]
    steps += [("kept", len(questionnaire.answers))]
    steps += [
        (d, int(made.get(d, 0))) for d in ("recoded", "rounded_down", "out_of_codebook", "out_of_range", "not_a_number")
    ]
    return pd.DataFrame(steps, columns=["step", "count"])


def open_answers(questionnaire: Questionnaire, question_id: str) -> pd.DataFrame:
    """Open answers by the theme that a person coded: `theme, label, count, texts` (tuple), most frequent first.

    An answer coded with two themes counts in each. Answers nobody coded come last, theme null, label « Non codé » :
    nothing is classed by machine.
    """
    question = _asked(questionnaire, question_id)
    if question.type != "ouverte":
        raise InvalidInput(
            f"question '{question_id}' is {question.type}, not open", hint="use tally() for a closed question"
        )
    answered = questionnaire.answers[questionnaire.answers[question_id].notna()]
    texts: dict[str | None, list[str]] = {}
    for text, themes in zip(answered[question_id], answered[f"{question_id}__theme"], strict=True):
        for theme in themes or (None,):
            texts.setdefault(theme, []).append(text)
    order = sorted(texts, key=lambda t: (t is None, -len(texts[t]), t or ""))
    return pd.DataFrame(
        [
            {"theme": t, "label": THEMES[t] if t else "Non codé", "count": len(texts[t]), "texts": tuple(texts[t])}
            for t in order
        ],
        columns=["theme", "label", "count", "texts"],
    )


def group_of(questionnaire: Questionnaire, by: By) -> tuple[pd.Series, dict[str, str]]:
    """The group of each respondent, and the labels of the groups in order. `UnknownName` if the codebook has no such role."""
    role = questionnaire.codebook.roles.get(by)
    if role is None:
        raise UnknownName(
            f"questionnaire '{questionnaire.name}' does not ask '{by}'",
            hint="declare it under [roles] of codebook.toml",
        )
    asked = questionnaire.codebook.asked(role)
    if by == "age":
        bands = questionnaire.answers["age_band"]
        known = sorted(
            bands.dropna().unique(), key=lambda b: int("".join(c for c in b.split("-")[0] if c.isdigit()) or 0)
        )
        return bands, asked.labels or {b: _age_label(b) for b in known}
    return questionnaire.answers[role], asked.labels


def _age_label(band: str) -> str:
    return f"{band[:-1]} ans ou plus" if band.endswith("+") else f"{band.replace('-', ' à ')} ans"


def _flat_status(question: Question, counts: np.ndarray, threshold: int) -> np.ndarray:
    """Status of the counts of one question: they add up to the base unless several answers are allowed."""
    adds_up = question.type == "unique"
    return protect([counts], threshold=threshold, known_lines=[adds_up], known_columns=[False] * len(counts))[0]


def _asked(questionnaire: Questionnaire, question_id: str) -> Question:
    known = [q.id for q in questionnaire.codebook.question]
    if question_id not in known:
        raise UnknownName(
            f"question '{question_id}' is not in the codebook of '{questionnaire.name}'",
            hint="one of " + ", ".join(known),
        )
    return questionnaire.codebook.asked(question_id)


def _closed(questionnaire: Questionnaire, question_id: str) -> Question:
    question = _asked(questionnaire, question_id)
    if question.type not in ("unique", "multiple"):
        raise InvalidInput(
            f"question '{question_id}' is '{question.type}': only closed questions are counted",
            hint="open_answers() groups an open one",
        )
    return question


def was_asked(questionnaire: Questionnaire, question: Question) -> pd.Series:
    """True for the respondents to whom the question was put (all, unless the codebook declares a filter)."""
    if question.si is None:
        return pd.Series(True, index=questionnaire.answers.index)
    wanted = set(question.si.valeurs)
    return (
        questionnaire.answers[question.si.question]
        .map(lambda v: bool(wanted & set(v)) if isinstance(v, tuple) else v in wanted)
        .astype(bool)
    )


def _hits(questionnaire: Questionnaire, question: Question) -> pd.DataFrame:
    """One row per respondent who was asked and answered, one column per code: True when chosen."""
    values = questionnaire.answers.loc[was_asked(questionnaire, question), question.id]
    answered = values[values.notna()]
    return pd.DataFrame(
        {code: [code in v if isinstance(v, tuple) else v == code for v in answered] for code in question.labels},
        index=answered.index,
        dtype=bool,
    )


def _rows(
    question: Question, hits: pd.DataFrame, counts: np.ndarray, status: np.ndarray, weights: pd.Series | None
) -> pd.DataFrame:
    base = len(hits)
    frame = pd.DataFrame(
        {
            "question": question.id,
            "code": list(question.labels),
            "label": list(question.labels.values()),
            "count": pd.Series(counts, dtype="Int64"),
            "base": base,
            "status": status,
        }
    )
    shares, size = _shares(hits, weights)
    if size > 0:
        lower, upper = wilson_interval(np.clip(shares * size, 0, size), np.full(len(frame), size))
        frame = frame.assign(
            share_pct=100 * shares, lower_pct=100 * np.asarray(lower), upper_pct=100 * np.asarray(upper)
        )
    else:
        frame = frame.assign(share_pct=np.nan, lower_pct=np.nan, upper_pct=np.nan)
    hidden = frame["status"] != SHOWN
    frame.loc[hidden, ["share_pct", "lower_pct", "upper_pct"]] = np.nan
    return frame.assign(count=frame["count"].mask(hidden))[_COLUMNS]


def _shares(hits: pd.DataFrame, weights: pd.Series | None) -> tuple[np.ndarray, float]:
    """Share of each code and the size its interval stands on (Kish's effective size when weighted)."""
    if weights is None:
        return (
            (hits.mean().to_numpy(dtype=float), float(len(hits)))
            if len(hits)
            else (np.full(hits.shape[1], np.nan), 0.0)
        )
    w = weights.reindex(hits.index).dropna()
    if w.empty or w.sum() <= 0:
        return np.full(hits.shape[1], np.nan), 0.0
    shares = (hits.loc[w.index].to_numpy(dtype=float) * w.to_numpy()[:, None]).sum(axis=0) / w.sum()
    return shares, float(w.sum() ** 2 / (w**2).sum())
