"""How are the rows of a table of the participation room read one by one, and its measures written?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from cls_analysis.figures import french


def lines(frame: pd.DataFrame) -> Iterator[Any]:
    """Rows in order, one named tuple each, whose fields are known from the function that made the table.

    >>> [r.a for r in lines(pd.DataFrame({"a": [1, 2]}))]
    [1, 2]
    """
    yield from frame.itertuples(index=False)


def valued(value: Any, year: Any) -> str:
    """A measure with the year it is of, as an action sheet writes it; "n. d." where there is none."""
    if pd.isna(value):
        return french.STATUS_WORDS["missing"].short
    number = french.format_number(float(value), 0 if float(value).is_integer() else 1)
    return f"{number} ({int(year)})" if not pd.isna(year) else number
