"""How are the rows of a table read one by one? As named tuples whose fields are known from the function that made it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd


def lines(frame: pd.DataFrame) -> Iterator[Any]:
    """Rows in order, one named tuple each.

    >>> [r.a for r in lines(pd.DataFrame({"a": [1, 2]}))]
    [1, 2]
    """
    yield from frame.itertuples(index=False)
