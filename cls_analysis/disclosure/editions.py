"""What did earlier editions already tell, and which cells does a set of rows show?

A reader keeps last year's report. Its rows stay public; a territory whose communes have changed since is another
territory, so that the difference of two published totals is a relation like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cls_analysis.disclosure.cells import Cells
from cls_analysis.disclosure.linear import Bools
from cls_analysis.disclosure.rules import SHOWN


def shown_cells(cells: Cells, shows: Bools) -> Bools:
    """Cells that a row in sight shows; `shows` is by row of the table the cells were built from."""
    visible = np.zeros(len(cells.value) + 1, dtype=bool)
    visible[cells.numerator[shows]] = True
    visible[cells.denominator[shows]] = True
    return visible[:-1]


@dataclass(frozen=True)
class Edition:
    """What was published before: its name, its published rows, and the communes of its territories then."""

    name: str
    published: pd.DataFrame
    members: pd.DataFrame


def with_earlier(
    table: pd.DataFrame, members: pd.DataFrame, earlier: Sequence[Edition]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table followed by the rows of earlier editions, as already public (`fixed`).

    A territory whose communes have changed since is another territory, `<code>@<edition>`.
    """
    if not earlier:
        return table, members
    now = _compositions(members)
    frames, places = [table.assign(fixed=False)], [members]
    for edition in earlier:
        then = _compositions(edition.members)
        moved = {key for key, communes in then.items() if now.get(key) != communes}
        frames.append(
            _rename(edition.published, moved, edition.name).assign(fixed=edition.published["status"].isin(SHOWN))
        )
        old = _rename(edition.members, moved, edition.name)
        keys = old["territory_type"].astype(str) + "|" + old["territory"].astype(str)
        places.append(old[~keys.isin(set(now))])
    return pd.concat(frames, ignore_index=True), pd.concat(places, ignore_index=True)


def _compositions(members: pd.DataFrame) -> dict[str, frozenset[str]]:
    keys = members["territory_type"].astype(str) + "|" + members["territory"].astype(str)
    return {str(k): frozenset(part) for k, part in members["code_commune"].astype(str).groupby(keys)}


def _rename(frame: pd.DataFrame, moved: set[str], edition: str) -> pd.DataFrame:
    keys = frame["territory_type"].astype(str) + "|" + frame["territory"].astype(str)
    names = frame["territory"].astype(str)
    return frame.assign(territory=names.where(~keys.isin(moved), names + "@" + edition))
