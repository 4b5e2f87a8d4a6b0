"""Which areas resemble one area most? Nearest neighbours on standardised characteristics.

Each characteristic is centred on the mean of all areas and divided by their standard deviation, after a logarithm where
asked (sizes and densities spread over powers of ten), so that all weigh the same; the distance is Euclidean. It is a
description, not a test: neighbours are alike on what was declared, and on nothing else.
Reference: Gower (1971) for standardised distances; the "territoires comparables" of the French regional observatories.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cls_analysis.errors import InvalidInput


def nearest(frame: pd.DataFrame, target: str, *, k: int = 5, logarithm: Sequence[str] = ()) -> pd.DataFrame:
    """The `k` rows of `frame` nearest to the row `target`, with their distance, nearest first.

    `frame`: one row per area (index: unique names), one numeric column per characteristic; rows with a missing value are
    left out. `logarithm` names columns whose natural logarithm is used (values must be positive). A column without
    variation tells nothing and is not used. Ties are ordered by name. Columns: those of `frame` and `distance` (in standard
    deviations). Raises InvalidInput: unknown target or column, a missing value in the target, values that have no
    logarithm, duplicate names, k below 1.

    >>> areas = pd.DataFrame({"size": [100.0, 110, 1000, 90], "age": [20.0, 21, 35, 27]}, index=list("abcd"))
    >>> nearest(areas, "a", k=2, logarithm=["size"]).index.tolist()
    ['b', 'd']
    """
    problems = [f"column {c!r} is not in the frame" for c in logarithm if c not in frame.columns]
    if not frame.index.is_unique:
        problems.append(f"{int(frame.index.duplicated().sum())} areas are given twice")
    if target not in frame.index:
        problems.append(f"area {target!r} is not in the frame")
    elif frame.index.is_unique and frame.loc[target].isna().any():
        lacking = ", ".join(str(c) for c, empty in frame.loc[target].isna().items() if empty)
        problems.append(f"area {target!r} has no value for {lacking}")
    if k < 1:
        problems.append(f"k is {k}")
    if problems:
        raise InvalidInput(problems)
    whole = frame.dropna().astype(float)
    for column in logarithm:
        bad = whole.index[whole[column] <= 0]
        if len(bad):
            raise InvalidInput(f"column {column!r} of {bad[0]!r} is {whole.loc[bad[0], column]:g}: it has no logarithm")
    values = whole.assign(**{c: np.log(whole[c]) for c in logarithm})
    spread = values.std(ddof=0)
    used = spread.index[spread > 0]
    scores = (values[used] - values[used].mean()) / spread[used]
    distance = np.sqrt(((scores - scores.loc[target]) ** 2).sum(axis=1))
    others = whole.assign(distance=distance).drop(index=target)
    order = np.lexsort((others.index.astype(str), others["distance"].to_numpy()))
    return others.iloc[order[:k]]
