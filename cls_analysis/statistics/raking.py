"""How much should each answer count, for a survey to look like the population it is drawn from?

Raking (iterative proportional fitting): weights are scaled to each margin in turn until all hold. It mends who answered,
never why they did.

Reference: Deming WE, Stephan FF. *On a least squares adjustment of a sampled frequency table when the expected marginal
totals are known*. Ann Math Stat 1940;11:427-44.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cls_analysis.errors import InvalidInput
from cls_analysis.statistics._check import Check, Floats, columns_present, plain
from cls_analysis.statistics._groups import sorted_codes


def raking_weights(
    frame: pd.DataFrame, *, margins: Mapping[str, Mapping[Any, float]], iterations: int = 200, tolerance: float = 1e-9
) -> Floats:
    """Weight of each answer, so that the weighted answers have the population's margins.

    `frame`: one row per answer; `margins`: column -> {category: population}, any scale per column, joined by category. One
    column alone is plain post-stratification. Returns one weight per row, in the order of the rows, with mean 1.
    Raises `InvalidInput`: a category of the answers that a margin lacks, or one with people and no answer (merge it with
    its neighbour first), a missing category, a negative population, margins that no weights can meet together (no
    convergence). Reference: Deming and Stephan 1940.

    >>> answers = pd.DataFrame({"sex": ["F", "F", "F", "M"], "age": ["<65", "<65", "65+", "<65"]})
    >>> raking_weights(answers, margins={"sex": {"F": 52, "M": 48}}).round(3).tolist()
    [0.693, 0.693, 0.693, 1.92]
    """
    if not margins:
        raise InvalidInput("margins is empty; it must name at least one column")
    columns_present(frame, list(margins))
    check = Check(hint="merge small categories before weighting")
    targets: list[tuple[str, np.ndarray, Floats]] = []
    for name, population in margins.items():
        codes, found = sorted_codes(frame[name])
        wanted = pd.Series(dict(population), dtype=float)
        people: Floats = np.asarray(wanted.to_numpy(), dtype=np.float64)
        labels = [f"margins[{name!r}][{plain(c)!r}]" for c in wanted.index]
        check.values(people, labels.__getitem__, low=0)
        if (codes < 0).any():
            check.add(f"column {name!r} is missing in {int((codes < 0).sum())} answers")
        place = wanted.index.get_indexer(pd.Index(found))
        for category in found[place < 0]:
            check.add(f"{name}={plain(category)!r} is answered but has no population in margins")
        for category in wanted.index[wanted > 0].difference(found):
            check.add(f"{name}={plain(category)!r} has people in margins but no answer")
        if (place >= 0).all():
            share = people[place]
            if len(share) and not share.sum() > 0:
                check.add(f"margins[{name!r}] add up to 0")
            targets.append((name, codes, share))
    check.done()
    weights = np.ones(len(frame))
    if not len(weights):
        return weights
    gap = np.inf
    for _ in range(iterations):
        before = weights
        for _, codes, share in targets:
            held = np.bincount(codes, weights=weights, minlength=len(share))
            factor = np.divide(share / share.sum() * len(weights), held, out=np.zeros_like(held), where=held > 0)
            weights = weights * factor[codes]
        gap = float(np.abs(weights - before).max())
        if gap < tolerance:
            break
    off = [
        name
        for name, codes, share in targets
        if np.abs(np.bincount(codes, weights=weights, minlength=len(share)) / len(weights) - share / share.sum()).max()
        > 1e-6
    ]
    if off:
        raise InvalidInput(
            f"no weights meet all the margins: {', '.join(off)} still differ after {iterations} rounds",
            hint="look for categories that only occur together, and merge them",
        )
    return weights
