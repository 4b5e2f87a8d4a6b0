"""Can a reader of everything published compute back what was withheld? The attack, from the reader's side.

`audit` takes published rows (and the editions before), no private number, and bounds every withheld count by what is shown:
all territories together, non-negative whole counts, what each status tells. `audit_against` does the same with the
private table in hand, so that it also knows the real totals and the side a share was withheld on. A sensitive
count whose interval is narrower than its protection is a breach.
Reference: Hundepool et al., Statistical Disclosure Control (2012), section 4.3 (disclosure audit).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cls_analysis.disclosure.cells import Cells, build_cells
from cls_analysis.disclosure.editions import Edition, shown_cells, with_earlier
from cls_analysis.disclosure.linear import Bools, attack
from cls_analysis.disclosure.rules import KEY, SHOWN, WITHHELD_COLUMNS, IndicatorLike, primary
from cls_analysis.errors import DisclosureBreach

_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Audit:
    """What the attack found. `breaches` are sentences that name a cell and never its count."""

    breaches: tuple[str, ...]
    attacked: int
    cells: int
    relations: int
    inconsistent: int = 0
    unproved: int = 0
    redundant: int = 0
    engines: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    def require(self) -> None:
        """Raise DisclosureBreach with every breach, or do nothing."""
        if self.breaches:
            raise DisclosureBreach(
                list(self.breaches[:50]), hint="cls-analysis data build, then make the reports again"
            )


def audit(
    published: pd.DataFrame,
    *,
    catalogue: Mapping[str, IndicatorLike],
    members: pd.DataFrame,
    earlier: Sequence[Edition] = (),
) -> Audit:
    """Attack published rows (THE TABLE's columns) with nothing but themselves, the rules and the earlier editions.

    A row of an indicator without a catalogue entry raises UnknownName; a withheld row that carries a number, and a shown
    row that its own rule forbids, are breaches too. `inconsistent` counts cells whose relations no table fits
    (published sums that do not add up), which cannot be attacked.
    """
    started = time.monotonic()
    found = shown_against_rule(published, catalogue)
    everything, places = with_earlier(published, members, earlier)
    status = everything["status"].astype(str)
    blank = ~status.isin(SHOWN)
    everything = everything.assign(**{c: everything[c].mask(blank) for c in WITHHELD_COLUMNS})
    cells = build_cells(everything, status, catalogue=catalogue, members=places, complete=False)
    hidden = ~shown_cells(cells, status.isin(SHOWN).to_numpy())
    return _attack(cells, hidden, found, started, witness=False)


def audit_against(
    published: pd.DataFrame,
    table: pd.DataFrame,
    *,
    catalogue: Mapping[str, IndicatorLike],
    members: pd.DataFrame,
    earlier: Sequence[Edition] = (),
) -> Audit:
    """Attack published rows with the private table (same index) giving the real totals: the strictest reader."""
    started = time.monotonic()
    found = shown_against_rule(published, catalogue)
    everything, places = with_earlier(table, members, earlier)
    rules = primary(everything, catalogue)
    final = rules.to_numpy(dtype=object).copy()
    final[: len(table)] = published["status"].astype(str).to_numpy()
    cells = build_cells(everything, rules, catalogue=catalogue, members=places)
    visible = shown_cells(cells, np.isin(final, SHOWN))
    for k in np.flatnonzero(visible & cells.sensitive & ~cells.fixed):
        found.append(f"shown though its rule withholds it: {_name(cells, int(k))}")
    return _attack(cells, ~visible, found, started, witness=True)


def shown_against_rule(published: pd.DataFrame, catalogue: Mapping[str, IndicatorLike]) -> list[str]:
    """Rows that carry a number though withheld, or show a count that their own rule withholds."""
    status = published["status"].astype(str)
    shown = status.isin(SHOWN)
    carrying = ~shown & published[WITHHELD_COLUMNS].notna().any(axis=1)
    forbidden = shown & primary(published, catalogue).eq("suppressed")
    found = []
    for words, rows in (("withheld row carries a number", carrying), ("shown though its rule withholds it", forbidden)):
        found += [f"{words}: {' '.join(map(str, row))}" for row in published.loc[rows, KEY].itertuples(index=False)]
    return found


def _attack(cells: Cells, hidden: Bools, found: list[str], started: float, *, witness: bool) -> Audit:
    wanted = np.where(hidden, cells.protection, 0.0)
    result = attack(cells.system, cells.value, hidden, wanted, witness=cells.value if witness else None)
    active = (wanted > 0) & ~result.inconsistent
    narrow = active & (result.width < wanted - _TOLERANCE)
    narrow &= cells.certain | (result.lower < cells.threshold)
    open_ = active & ~narrow & (result.seen_width < wanted - _TOLERANCE) & cells.certain
    for k in np.flatnonzero(narrow):
        found.append(f"can be computed back, or nearly: {_name(cells, int(k))}")
    others = hidden & (wanted == 0)
    return Audit(
        breaches=tuple(found),
        attacked=int((wanted > 0).sum()),
        cells=len(cells.value),
        relations=cells.system.matrix.shape[0],
        inconsistent=int((result.inconsistent & hidden).sum()),
        unproved=int(open_.sum()),
        redundant=int((others & (result.width < 1 - _TOLERANCE)).sum()),
        engines=result.engines,
        seconds=time.monotonic() - started,
    )


def _name(cells: Cells, k: int) -> str:
    row = cells.labels.iloc[k]
    words = ["a part without a name" if str(v).startswith("~") else str(v).replace("|", " ") for v in row]
    return ", ".join(words)
