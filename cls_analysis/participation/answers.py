"""What did respondents answer, how precisely is it known, and how many did not answer?

Shares are of those who answered the question, with Wilson intervals at 95 %. A questionnaire open to all is not a
sample: the interval says how much chance alone may move the share, not how far respondents differ from inhabitants
(`weighting.compare_with_census` says that). Small cells are withheld by the plan of `secrecy`, which looks at every table of the
questionnaire together; without one given, it is made anew.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cls_analysis.errors import InvalidInput, UnknownName
from cls_analysis.statistics import wilson_interval

from .cleaning import Questionnaire
from .codebook import Question
from .counts import By, answered, group_of, was_asked
from .secrecy import PRIMARY, REST, SHOWN, Plan, plan
from .vocabulary import MIN_RESPONDENTS, THEMES

_COLUMNS = ["question", "code", "label", "count", "base", "share_pct", "lower_pct", "upper_pct", "status"]


def tally(
    questionnaire: Questionnaire,
    question_id: str,
    *,
    weights: pd.Series | None = None,
    threshold: int = MIN_RESPONDENTS,
    secrecy: Plan | None = None,
) -> pd.DataFrame:
    """Counts and shares of a closed question, in the order of the codebook.

    Columns: `question, code, label, count` (unweighted), `base` (who answered), `share_pct, lower_pct, upper_pct`,
    `status` (`observed`, `suppressed`, `suppressed_secondary`: then count and share are null). `weights` are indexed as
    `answers` (null = left out); shares are then weighted and the interval stands on the effective size.
    A base of 0 gives null shares. `UnknownName` for an unknown question, `InvalidInput` for one that is not closed.
    """
    question = _closed(questionnaire, question_id)
    hits = answered(questionnaire, question)
    secret = secrecy or plan(questionnaire, threshold=threshold)
    role = {asked: by for by, asked in questionnaire.codebook.roles.items()}.get(question_id)
    words = (
        secret.totals if role is None else {(question_id, g): w for (by, g), w in secret.groups.items() if by == role}
    )
    status = np.array([words[question_id, code] for code in question.labels])
    return _rows(question, hits, hits.sum().to_numpy(dtype=int), status, weights)


def cross(
    questionnaire: Questionnaire,
    question_id: str,
    by: By,
    *,
    weights: pd.Series | None = None,
    threshold: int = MIN_RESPONDENTS,
    secrecy: Plan | None = None,
) -> pd.DataFrame:
    """The same by EPCI, age band or sex: columns `by, group, group_label` before those of `tally`.

    A group of fewer than `threshold` respondents is withheld whole. Respondents whose group is unknown are left out of the crossing
    and counted by `nonresponse`. `InvalidInput` for a question that is itself a group: groups are not crossed with each other.
    """
    question = _closed(questionnaire, question_id)
    if question_id in questionnaire.codebook.roles.values():
        raise InvalidInput(
            f"'{question_id}' is a group of respondents, not a question to cross", hint="tally() counts it"
        )
    groups, labels = group_of(questionnaire, by)
    hits = answered(questionnaire, question)
    secret = secrecy or plan(questionnaire, threshold=threshold)
    frames = []
    for g in labels:
        part = hits[groups[hits.index] == g]
        if part.empty:
            continue
        status = np.array([secret.crossings[question_id, by, g, code] for code in question.labels])
        rows = _rows(question, part, part.sum().to_numpy(dtype=int), status, weights)
        frames.append(rows.assign(by=by, group=g, group_label=labels[g]))
    columns = ["by", "group", "group_label", *_COLUMNS]
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)


def nonresponse(
    questionnaire: Questionnaire, *, threshold: int = MIN_RESPONDENTS, secrecy: Plan | None = None
) -> pd.DataFrame:
    """Per question: `question, label, asked, answered, missing, out_of_codebook, nonresponse_pct, status`.

    `out_of_codebook` is the part of `missing` that comes from an unusable value. A line whose numbers would give back a withheld
    group or answer is `suppressed` and has no number.
    """
    secret = secrecy or plan(questionnaire, threshold=threshold)
    untold = secret.questions | {
        asked for by, asked in questionnaire.codebook.roles.items() if secret.groups.get((by, REST), SHOWN) != SHOWN
    }
    faulty = questionnaire.decisions[
        questionnaire.decisions["decision"].isin(["out_of_codebook", "out_of_range", "not_a_number"])
    ]
    rows: list[dict[str, object]] = []
    for q in questionnaire.codebook.question:
        if q.id in untold:
            rows.append({"question": q.id, "label": q.libelle, "status": PRIMARY})
            continue
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
                "status": SHOWN,
            }
        )
    columns = ["question", "label", "asked", "answered", "missing", "out_of_codebook", "nonresponse_pct", "status"]
    whole = dict.fromkeys(("asked", "answered", "missing", "out_of_codebook"), "Int64")
    return pd.DataFrame(rows, columns=columns).astype(whole)


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
