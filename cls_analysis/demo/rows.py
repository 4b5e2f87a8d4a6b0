"""How does an array of the model become OBSERVATIONS? Categorical columns, one row per cell, zeros observed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

COLUMNS = ("level", "code", "variable", "period", "sex", "age", "value", "status", "cog")
STATUSES = ("observed", "estimated", "not_published", "missing", "not_applicable")
COG = 2026


def observations(
    codes: Iterable[str],
    variable: str,
    period: str,
    value: NDArray[Any],
    *,
    level: str = "commune",
    sexes: Sequence[str] = ("all",),
    ages: Sequence[str] = ("all",),
    status: NDArray[np.object_] | None = None,
) -> pd.DataFrame:
    """OBSERVATIONS of one variable: `value` has the shape (codes, sexes x ages); a zero is an observed zero.

    `status` (same shape) says what is not observed; the value is null there.
    """
    named = [str(code) for code in codes]
    n, cells = len(named), len(sexes) * len(ages)
    flat = np.asarray(value, dtype=float).reshape(n * cells)
    states = np.zeros(n * cells, dtype=np.int8)
    if status is not None:
        states = pd.Index(STATUSES).get_indexer(pd.Index(status.reshape(n * cells))).astype(np.int8)
    shown = states <= STATUSES.index("estimated")

    def repeated(values: Sequence[str], each: int, times: int) -> pd.Categorical:
        position = np.tile(np.repeat(np.arange(len(values)), each), times)
        return pd.Categorical.from_codes(position, categories=pd.Index(list(values), dtype="str"))

    def constant(text: str) -> pd.Categorical:
        return pd.Categorical.from_codes(np.zeros(n * cells, dtype=np.int8), categories=pd.Index([text], dtype="str"))

    return pd.DataFrame(
        {
            "level": constant(level),
            "code": repeated(named, cells, 1),
            "variable": constant(variable),
            "period": constant(period),
            "sex": repeated(sexes, len(ages), n),
            "age": repeated(ages, 1, n * len(sexes)),
            "value": np.where(shown, flat, np.nan),
            "status": pd.Categorical.from_codes(states, categories=pd.Index(STATUSES, dtype="str")),
            "cog": np.full(n * cells, COG),
        },
        columns=list(COLUMNS),
    )


def stack(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Frames under one another, text columns kept categorical."""
    text = [c for c in COLUMNS if c not in {"value", "cog"}]
    columns: dict[str, Any] = {
        c: pd.api.types.union_categoricals([f[c] for f in frames], sort_categories=True) for c in text
    }
    for c in ("value", "cog"):
        columns[c] = np.concatenate([f[c].to_numpy() for f in frames])
    return pd.DataFrame(columns)[list(COLUMNS)]
