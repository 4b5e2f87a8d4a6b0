"""Which issues come first for those who voted, and would another weighting or another voter change it?

Two methods. (a) The elected members' grid: five criteria from 0 to 4, weights shown; a voter's score of an issue is the
weighted mean of the criteria, the issue's score the mean over voters. (b) Hanlon: (A + B) x C x D, size and seriousness 0 to 10,
effectiveness 0.5 to 1.5, D = 1 if the five PEARL answers are all yes, else 0. The tool ranks; the steering committee decides
and its reason is kept (`decisions`). A criterion left blank is never read as 0: that voter does not count for that issue.
Reference: Hanlon and Pickett, Public Health: Administration and Practice (Basic Priority Rating), in the French
public-health teaching form of the scales; Guide « Le maire et la santé » for the grid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cls_analysis.errors import InvalidInput
from cls_analysis.statistics import kendalls_w

from .vocabulary import GRID_CRITERIA, PEARL

EQUAL_WEIGHTS: Mapping[str, float] = dict.fromkeys(GRID_CRITERIA, 1.0)


@dataclass(frozen=True)
class Agreement:
    """Do voters agree? Kendall's W over the issues that every counted voter scored in full; null if fewer than two of either."""

    w: float
    p: float
    voters: int
    issues: int
    left_out: tuple[str, ...]


def voter_scores(votes: pd.DataFrame, weights: Mapping[str, float] = EQUAL_WEIGHTS) -> pd.DataFrame:
    """One row per voter and issue with all criteria filled: `votant, college, enjeu, score` (0 to 4)."""
    share = _shares(weights)
    whole = votes[votes[list(share)].notna().all(axis=1)]
    score = whole[list(share)].to_numpy(dtype=float) @ np.array(list(share.values()))
    score = score.round(12)  # so that equal notes give equal scores whatever the order of the sum
    return whole[["votant", "college", "enjeu"]].assign(score=score).reset_index(drop=True)


def incomplete_votes(votes: pd.DataFrame) -> pd.DataFrame:
    """Votes that do not count because a criterion is blank: `votant, enjeu, missing` (tuple of criteria)."""
    blank = votes[list(GRID_CRITERIA)].isna()
    rows = votes.loc[blank.any(axis=1), ["votant", "enjeu"]]
    missing = [
        tuple(c for c, b in zip(blank.columns, line, strict=True) if b) for line in blank[blank.any(axis=1)].to_numpy()
    ]
    return rows.assign(missing=pd.Series(missing, index=rows.index, dtype=object)).reset_index(drop=True)


def grid(votes: pd.DataFrame, weights: Mapping[str, float] = EQUAL_WEIGHTS) -> pd.DataFrame:
    """One row per issue, best first: `rank, enjeu, score, lowest, highest, sd, voters`, then the mean of each criterion.

    `sd` is the sample standard deviation between voters (null for one). Equal scores share the better rank. An issue
    without a whole vote comes last with null score and rank.
    """
    scores = voter_scores(votes, weights)
    by = scores.groupby("enjeu")["score"]
    frame = pd.DataFrame(
        {"score": by.mean(), "lowest": by.min(), "highest": by.max(), "sd": by.std(ddof=1), "voters": by.size()}
    )
    frame = frame.reindex(list(dict.fromkeys(votes["enjeu"].dropna()))).rename_axis("enjeu").reset_index()
    whole = votes[votes[list(GRID_CRITERIA)].notna().all(axis=1)]
    means = whole.groupby("enjeu")[list(GRID_CRITERIA)].mean().astype(float).reset_index()
    frame = frame.merge(means, on="enjeu", how="left", validate="one_to_one")
    return _ranked(frame.assign(voters=frame["voters"].astype("Int64").where(frame["voters"].notna(), 0)))


def hanlon(scores: pd.DataFrame) -> pd.DataFrame:
    """One row per issue, best first: `rank, enjeu, score, lowest, highest, voters, ampleur, severite, efficacite, pearl_no`.

    Each assessor's score is (A + B) x C x D; the issue's score is their mean. `pearl_no`: PEARL criteria that at
    least one assessor answered no (tuple): the reason of a zero.
    """
    wanted = ["ampleur", "severite", "efficacite", *PEARL]
    problems = [f"row {i}: {c} is missing" for c in wanted for i in scores.index[scores[c].isna()]]
    for column, low, high in (("ampleur", 0, 10), ("severite", 0, 10), ("efficacite", 0.5, 1.5)):
        wrong = scores[(scores[column] < low) | (scores[column] > high)]
        problems += [f"row {i}: {column} is {v:g}, outside {low:g} to {high:g}" for i, v in wrong[column].items()]
    if problems:
        raise InvalidInput(problems, hint="cls-analysis participation check ID")
    pearl = scores[list(PEARL)].astype(bool)
    each = (scores["ampleur"] + scores["severite"]) * scores["efficacite"] * pearl.all(axis=1).astype(float)
    rows = []
    for issue, index in scores.groupby("enjeu", sort=False).groups.items():
        mine, part = each[index], scores.loc[index]
        rows.append(
            {
                "enjeu": issue,
                "score": mine.mean(),
                "lowest": mine.min(),
                "highest": mine.max(),
                "voters": len(mine),
                "ampleur": part["ampleur"].mean(),
                "severite": part["severite"].mean(),
                "efficacite": part["efficacite"].mean(),
                "pearl_no": tuple(c for c in PEARL if not pearl.loc[index, c].all()),
            }
        )
    columns = ["enjeu", "score", "lowest", "highest", "voters", "ampleur", "severite", "efficacite", "pearl_no"]
    return _ranked(pd.DataFrame(rows, columns=columns))


def agreement(votes: pd.DataFrame, weights: Mapping[str, float] = EQUAL_WEIGHTS) -> Agreement:
    """Kendall's W between voters. Voters who did not score every issue in full are left out and named."""
    table = voter_scores(votes, weights).pivot_table(index="votant", columns="enjeu", values="score", aggfunc="first")
    table = table.reindex(
        index=sorted(votes["votant"].dropna().unique()), columns=sorted(votes["enjeu"].dropna().unique())
    )
    whole = table.dropna()
    left_out = tuple(str(v) for v in table.index.difference(whole.index))
    if len(whole) < 2 or whole.shape[1] < 2:
        return Agreement(float("nan"), float("nan"), len(whole), whole.shape[1], left_out)
    # Rounding: two scores equal but for the last bit of a weighted mean are a tie.
    result = kendalls_w(whole.to_numpy(dtype=float).round(9))
    return Agreement(result.w, result.p, len(whole), whole.shape[1], left_out)


def decisions(enjeux: pd.DataFrame, ranking: pd.DataFrame) -> pd.DataFrame:
    """The ranking beside what the committee decided: `enjeu, theme, intitule, rank, score, decision, rang_copil, motif, instance,
    date_decision, differs` (True where its rank or its refusal departs from the tool's order)."""
    ranked = ranking[["enjeu", "rank", "score"]]
    frame = enjeux.rename(columns={"id": "enjeu"}).merge(ranked, on="enjeu", how="left", validate="one_to_one")
    kept = frame["decision"] == "retenu"
    order = frame.loc[kept & frame["rank"].notna(), "rank"].rank(method="first")
    last_kept = frame.loc[kept, "rank"].max()
    differs = [
        bool(
            (k and pd.notna(c) and i in order.index and c != order[i])
            or (d == "non_retenu" and pd.notna(r) and r < last_kept)
        )
        for i, (k, c, d, r) in enumerate(zip(kept, frame["rang_copil"], frame["decision"], frame["rank"], strict=True))
    ]
    columns = [
        "enjeu",
        "theme",
        "intitule",
        "rank",
        "score",
        "decision",
        "rang_copil",
        "motif",
        "instance",
        "date_decision",
    ]
    return (
        frame[columns]
        .assign(differs=differs)
        .sort_values(["rang_copil", "rank", "enjeu"], kind="stable", ignore_index=True)
    )


def _shares(weights: Mapping[str, float]) -> dict[str, float]:
    problems = [f"unknown criterion '{c}'" for c in weights if c not in GRID_CRITERIA]
    problems += [f"criterion '{c}' has no weight" for c in GRID_CRITERIA if c not in weights]
    problems += [f"weight of '{c}' is {w!r}" for c, w in weights.items() if not (np.isfinite(w) and w >= 0)]
    if not problems and sum(weights.values()) <= 0:
        problems = ["all weights are 0"]
    if problems:
        raise InvalidInput(problems, hint="give each criterion a weight of 0 or more")
    total = sum(weights.values())
    return {c: weights[c] / total for c in GRID_CRITERIA}


def _ranked(frame: pd.DataFrame) -> pd.DataFrame:
    rank = frame["score"].round(9).rank(method="min", ascending=False).astype("Int64")
    frame = frame.assign(rank=rank).sort_values(["rank", "enjeu"], na_position="last", kind="stable", ignore_index=True)
    return frame[["rank", *(c for c in frame.columns if c != "rank")]]
