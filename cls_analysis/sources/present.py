"""In which commune of a vintage does a code of any earlier year lie? For registers that mix the codes of many years."""

from __future__ import annotations

import pandas as pd

from cls_analysis.sources.codes import ARRONDISSEMENTS, holders, known_communes


def to_present(codes: pd.Series, year: int) -> tuple[pd.Series, int, pd.Series]:
    """Each code as a commune (or arrondissement) of that COG: the codes (null where unknown), how many moved, the unknown ones.

    A commune merged since is replaced by the commune that holds its land; a divided one has no single answer and stays null.

    >>> to_present(pd.Series(["52269", "XX"]), 2026)[0].tolist()
    ['52269', nan]
    """
    known, held = known_communes(year), holders(year)
    answer = {
        code: code if code in known or code in ARRONDISSEMENTS else held.get(code) if held.get(code) in known else None
        for code in codes.unique()
    }
    present = codes.map(answer).astype("str")
    moved = int((present.notna() & (present != codes)).sum())
    return present, moved, codes[present.isna()]
