"""Does the ranking hold when the weights move, or when a voter is left out?

Three looks: each weight alone up and down; weights drawn at random around those declared (Dirichlet, seeded by the caller);
each voter left out in turn. The answer is a range of ranks per issue, which says how firmly the tool's order stands.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from .priorities import EQUAL_WEIGHTS, grid, voter_scores
from .vocabulary import GRID_CRITERIA


def one_weight_at_a_time(
    votes: pd.DataFrame, weights: Mapping[str, float] = EQUAL_WEIGHTS, *, change: float = 0.5
) -> pd.DataFrame:
    """Each weight multiplied by 1 - `change` then 1 + `change`, the others kept: `criterion, factor, enjeu, score, rank, rank_shift`.

    `rank_shift` is the rank minus the rank under the declared weights (negative: moves up).
    """
    base = grid(votes, weights).set_index("enjeu")["rank"]
    frames = []
    for criterion in GRID_CRITERIA:
        for factor in (1 - change, 1 + change):
            moved = {c: w * factor if c == criterion else w for c, w in weights.items()}
            if sum(moved.values()) <= 0:
                continue
            ranks = grid(votes, moved)[["enjeu", "score", "rank"]]
            frames.append(
                ranks.assign(criterion=criterion, factor=factor, rank_shift=ranks["rank"] - ranks["enjeu"].map(base))
            )
    columns = ["criterion", "factor", "enjeu", "score", "rank", "rank_shift"]
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)


def random_weights(
    votes: pd.DataFrame,
    weights: Mapping[str, float] = EQUAL_WEIGHTS,
    *,
    rng: np.random.Generator,
    draws: int = 1000,
    concentration: float = 25.0,
) -> pd.DataFrame:
    """Weights drawn from a Dirichlet centred on the declared ones; a higher `concentration` keeps them closer.

    One row per issue, in declared order: `enjeu, rank, best_rank, worst_rank, median_rank, first_pct, top3_pct`
    (percentages of draws).
    """
    base = grid(votes, weights)
    ranked = base[base["rank"].notna()]
    criteria = [c for c in GRID_CRITERIA if weights[c] > 0]
    centre = np.array([weights[c] for c in criteria], dtype=float)
    drawn = rng.dirichlet(concentration * centre / centre.sum(), size=draws)
    scores = drawn @ ranked[criteria].to_numpy(dtype=float).T
    ranks = pd.DataFrame(scores.round(9)).rank(axis=1, method="min", ascending=False).to_numpy()
    return pd.DataFrame(
        {
            "enjeu": ranked["enjeu"].to_numpy(),
            "rank": ranked["rank"].to_numpy(),
            "best_rank": ranks.min(axis=0).astype(int),
            "worst_rank": ranks.max(axis=0).astype(int),
            "median_rank": np.median(ranks, axis=0),
            "first_pct": 100 * (ranks == 1).mean(axis=0),
            "top3_pct": 100 * (ranks <= 3).mean(axis=0),
        }
    )


def leave_one_voter_out(votes: pd.DataFrame, weights: Mapping[str, float] = EQUAL_WEIGHTS) -> pd.DataFrame:
    """The ranking without each voter: `left_out, enjeu, score, rank, rank_shift`; empty with fewer than two voters."""
    base = grid(votes, weights).set_index("enjeu")["rank"]
    voters = sorted(voter_scores(votes, weights)["votant"].unique())
    columns = ["left_out", "enjeu", "score", "rank", "rank_shift"]
    if len(voters) < 2:
        return pd.DataFrame(columns=columns)
    frames = []
    for voter in voters:
        ranks = grid(votes[votes["votant"] != voter], weights)[["enjeu", "score", "rank"]]
        frames.append(ranks.assign(left_out=voter, rank_shift=ranks["rank"] - ranks["enjeu"].map(base)))
    return pd.concat(frames, ignore_index=True)[columns]


def rank_range(
    votes: pd.DataFrame, weights: Mapping[str, float] = EQUAL_WEIGHTS, *, change: float = 0.5
) -> pd.DataFrame:
    """Best and worst rank of each issue over both deterministic looks: `enjeu, rank, best, worst, firm` (never moves)."""
    base = grid(votes, weights)[["enjeu", "rank"]]
    looks = pd.concat(
        [
            one_weight_at_a_time(votes, weights, change=change)[["enjeu", "rank"]],
            leave_one_voter_out(votes, weights)[["enjeu", "rank"]],
            base,
        ],
        ignore_index=True,
    )
    by = looks.groupby("enjeu")["rank"]
    span = pd.DataFrame({"best": by.min(), "worst": by.max()}).reset_index()
    frame = base.merge(span, on="enjeu", how="left", validate="one_to_one")
    return frame.assign(firm=frame["best"].eq(frame["worst"]))
