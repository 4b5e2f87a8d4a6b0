"""Who answered, compared with who lives there, and what would the answers be if they looked alike?

`compare_with_census` says it; `poststratify` (one weight per cell) and `rake` (margins only) correct it on the
dimensions declared, and on nothing else: a correction of age and sex does not make a volunteer sample random.
Weights average 1. The effective size is Kish's, (sum w)² / sum w².
Reference: Kish, Survey Sampling, 1965; Deming and Stephan, Ann Math Stat 1940;11:427-44 (raking).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cls_analysis.errors import InvalidInput
from cls_analysis.statistics import wilson_interval


@dataclass(frozen=True)
class Weights:
    """Weights of respondents (index of `answers`; null where a dimension is unknown) and what they cost.

    `design_effect` = n / `effective_n`. `margins`: `dimension, category, target_pct, unweighted_pct, weighted_pct`.
    """

    weights: pd.Series
    method: str
    dimensions: tuple[str, ...]
    n: int
    left_out: int
    effective_n: float
    design_effect: float
    largest: float
    margins: pd.DataFrame


def effective_size(weights: Sequence[float] | pd.Series) -> float:
    """Kish's effective sample size.

    >>> round(effective_size([1, 1, 2]), 4)
    2.6667
    """
    w = np.asarray(weights, dtype=float)
    w = w[np.isfinite(w)]
    return float(w.sum() ** 2 / (w**2).sum()) if len(w) and w.sum() > 0 else 0.0


def compare_with_census(answers: pd.DataFrame, census: pd.DataFrame, dimensions: Mapping[str, str]) -> pd.DataFrame:
    """Respondents beside the population, one dimension at a time.

    `dimensions`: column of `answers` -> column of `census`; `census` has a `population` column and any number of rows per
    category (they are added up). Returns `dimension, category, respondents, share_pct, lower_pct, upper_pct, population,
    population_pct, gap_points, verdict` with verdict `over`, `under` or `not_different` (census share within the Wilson
    interval). Unknown categories are left out of the shares; answers in a category that the census lacks raise `InvalidInput`.
    """
    frames = []
    for dimension, column in dimensions.items():
        target = _margin(census, column)
        known = answers[dimension].dropna()
        _same_categories(dimension, known, target)
        counts = known.value_counts().reindex(target.index, fill_value=0)
        n = int(counts.sum())
        if n == 0:
            raise InvalidInput(f"no respondent has a known '{dimension}'", hint="check [roles] of codebook.toml")
        lower, upper = wilson_interval(counts.to_numpy(dtype=float), np.full(len(counts), float(n)))
        frame = pd.DataFrame(
            {
                "dimension": dimension,
                "category": target.index,
                "respondents": counts.to_numpy(dtype=int),
                "share_pct": 100 * counts.to_numpy() / n,
                "lower_pct": 100 * np.asarray(lower),
                "upper_pct": 100 * np.asarray(upper),
                "population": target.to_numpy(dtype=float),
                "population_pct": 100 * target.to_numpy(dtype=float) / target.sum(),
            }
        )
        above, below = frame["population_pct"] < frame["lower_pct"], frame["population_pct"] > frame["upper_pct"]
        frames.append(
            frame.assign(
                gap_points=frame["share_pct"] - frame["population_pct"],
                verdict=np.where(above, "over", np.where(below, "under", "not_different")),
            )
        )
    return pd.concat(frames, ignore_index=True)


def poststratify(answers: pd.DataFrame, census: pd.DataFrame, dimensions: Mapping[str, str]) -> Weights:
    """One weight per cell of all dimensions crossed: (population share) / (respondent share).

    `InvalidInput` lists the cells where people live and nobody answered: merge categories, or rake.
    """
    known = answers[list(dimensions)].dropna()
    target = census.groupby(list(dimensions.values()), dropna=False)["population"].sum()
    target = target[target > 0]
    counts = known.value_counts()
    keys = [k if isinstance(k, tuple) else (k,) for k in target.index]
    have = {k if isinstance(k, tuple) else (k,): int(v) for k, v in counts.items()}
    empty = [" x ".join(map(str, k)) for k in keys if not have.get(k)]
    strange = [" x ".join(map(str, k)) for k in have if k not in keys]
    if empty or strange:
        raise InvalidInput(
            [f"cell {c}: inhabitants and no respondent" for c in empty]
            + [f"cell {c}: respondents and no inhabitant" for c in strange],
            hint="merge categories, or use rake() on the margins",
        )
    weight = dict(zip(keys, target.to_numpy(dtype=float) / target.sum(), strict=True))
    values = [weight[tuple(row)] * len(known) / have[tuple(row)] for row in known.itertuples(index=False)]
    return _result(answers, census, dimensions, pd.Series(values, index=known.index, dtype=float), "poststratification")


def rake(
    answers: pd.DataFrame,
    census: pd.DataFrame,
    dimensions: Mapping[str, str],
    *,
    tolerance: float = 1e-8,
    rounds: int = 500,
) -> Weights:
    """Weights whose weighted margins equal the census on each dimension (iterative proportional fitting).

    `InvalidInput` for a category without a respondent, or when it does not converge in `rounds`.
    """
    known = answers[list(dimensions)].dropna()
    targets = {d: _margin(census, c) for d, c in dimensions.items()}
    problems = []
    for d, target in targets.items():
        _same_categories(d, known[d], target)
        problems += [
            f"{d} {c}: inhabitants and no respondent" for c in target[target > 0].index if not (known[d] == c).any()
        ]
    if problems:
        raise InvalidInput(problems, hint="merge categories")
    w = pd.Series(1.0, index=known.index)
    for _ in range(rounds):
        worst = 0.0
        for d, target in targets.items():
            current = w.groupby(known[d]).sum()
            goal = target / target.sum() * len(known)
            factor = (goal / current.reindex(goal.index)).where(goal > 0)
            worst = max(worst, float((factor - 1).abs().max()))
            w = w * known[d].map(factor)
        if worst < tolerance:
            return _result(answers, census, dimensions, w, "raking")
    raise InvalidInput(
        f"raking did not converge in {rounds} rounds (largest adjustment {worst:.2g})", hint="merge categories"
    )


def _margin(census: pd.DataFrame, column: str) -> pd.Series:
    missing = [c for c in (column, "population") if c not in census]
    if missing:
        raise InvalidInput(f"census has no column {', '.join(missing)}; it has {', '.join(map(str, census.columns))}")
    if census["population"].isna().any() or (census["population"] < 0).any():
        raise InvalidInput("census: population missing or negative")
    target = census.groupby(column, sort=False)["population"].sum()
    return target[target > 0]


def _same_categories(dimension: str, known: pd.Series, target: pd.Series) -> None:
    strange = sorted(set(known) - set(target.index))
    if strange:
        raise InvalidInput(
            [f"{dimension} '{c}' is not in the census table" for c in strange],
            hint="leave these answers out, or give their population",
        )


def _result(
    answers: pd.DataFrame, census: pd.DataFrame, dimensions: Mapping[str, str], w: pd.Series, method: str
) -> Weights:
    w = w / w.mean()
    size = effective_size(w)
    rows = []
    for d, column in dimensions.items():
        target = _margin(census, column)
        values = answers.loc[w.index, d]
        rows += [
            {
                "dimension": d,
                "category": c,
                "target_pct": 100 * target[c] / target.sum(),
                "unweighted_pct": 100 * float((values == c).mean()),
                "weighted_pct": 100 * float(w[values == c].sum() / w.sum()),
            }
            for c in target.index
        ]
    return Weights(
        weights=w.reindex(answers.index),
        method=method,
        dimensions=tuple(dimensions),
        n=len(w),
        left_out=len(answers) - len(w),
        effective_n=size,
        design_effect=len(w) / size,
        largest=float(w.max()),
        margins=pd.DataFrame(rows),
    )
