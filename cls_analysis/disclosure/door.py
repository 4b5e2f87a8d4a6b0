"""Which rows may a reader see? The one door between what is computed and what is published.

`publish` judges every row by its own rule (rules.py), then withholds what else is needed so that no withheld count
can be computed back through totals, sexes, ages, periods, overlapping territories or another indicator with the
same numerator (protect.py). A withheld row keeps its key and status and loses its value, interval and counts.
Reference: Hundepool et al., Statistical Disclosure Control (2012), ch. 4.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cls_analysis.disclosure.cells import Cells, build_cells
from cls_analysis.disclosure.editions import Edition, shown_cells, with_earlier
from cls_analysis.disclosure.protect import Protection, protect
from cls_analysis.disclosure.report import Report
from cls_analysis.disclosure.rules import KEY, SHOWN, WITHHELD_COLUMNS, IndicatorLike, primary
from cls_analysis.errors import DisclosureBreach, InvalidInput

_NUMBERS = ["comparator_value", "difference", "ratio", "p", "p_adjusted"]


def publish(
    table: pd.DataFrame,
    comparisons: pd.DataFrame,
    *,
    catalogue: Mapping[str, IndicatorLike],
    members: pd.DataFrame,
    earlier: Sequence[Edition] = (),
) -> tuple[pd.DataFrame, pd.DataFrame, Report]:
    """THE TABLE and the comparisons as a reader may see them, with an account of what was withheld.

    Same rows, columns and order as given. `members` (territory_type, territory, code_commune) tells which territories
    add up. In a withheld row `value, lower, upper, numerator, denominator` are null and `status` says why; a comparison
    with a withheld side loses its numbers and is `not_tested`. Raises InvalidInput on a duplicate key, UnknownName on an
    indicator without a catalogue entry. Deterministic.
    """
    started = time.monotonic()
    _check(table)
    everything, all_members = with_earlier(table, members, earlier)
    status = primary(everything, catalogue)
    cells = build_cells(everything, status, catalogue=catalogue, members=all_members)
    final, protection, hidden_weight = _secondary(everything, status, cells)
    final = final.iloc[: len(table)].set_axis(table.index)
    published = withhold(table, final)
    return (
        published,
        withhold_comparisons(comparisons, published),
        Report(
            rows=len(table),
            before=_counts(table["status"]),
            after=_counts(final),
            by_indicator={
                str(name): _counts(part) for name, part in final.groupby(table["indicator"], sort=True, observed=True)
            },
            cells=len(cells.value),
            sensitive=int(cells.sensitive.sum()),
            relations=cells.system.matrix.shape[0],
            relations_not_additive=cells.not_additive,
            engines=protection.engines,
            rounds=protection.rounds,
            weight_withheld=hidden_weight,
            seconds=time.monotonic() - started,
        ),
    )


def _secondary(table: pd.DataFrame, status: pd.Series, cells: Cells) -> tuple[pd.Series, Protection, float]:
    """Final status of every row, after cells are protected; DisclosureBreach when that cannot be done."""
    final = status.to_numpy(dtype=object).copy()
    shows = np.isin(final, SHOWN)
    marked = np.append(cells.sensitive & ~cells.fixed, False)
    own = marked[cells.numerator] | marked[cells.denominator]
    final[shows & own] = "suppressed"
    shows &= ~own
    visible = shown_cells(cells, shows)
    hidden = ~visible & ~cells.fixed
    protection = protect(cells, hidden=hidden, hideable=visible & ~cells.fixed)
    if len(protection.failed):
        raise DisclosureBreach(
            [" ".join(map(str, cells.labels.iloc[k])) + " cannot be protected" for k in protection.failed[:20]],
            hint="an earlier edition already gives it away, or nothing is left to withhold",
        )
    extra = protection.hidden & ~hidden
    flag = np.append(extra, False)
    final[shows & (flag[cells.numerator] | flag[cells.denominator])] = "suppressed_secondary"
    return (
        pd.Series(final, index=table.index, name="status", dtype="str"),
        protection,
        float(cells.weight[extra].sum()),
    )


def withhold(table: pd.DataFrame, status: pd.Series) -> pd.DataFrame:
    """Copy of the table with that status; every row that is not shown loses its value, interval and counts."""
    result = table.copy()
    result["status"] = status
    hidden = ~status.isin(SHOWN)
    for column in WITHHELD_COLUMNS:
        result[column] = result[column].where(~hidden, np.nan)
    return result


def withhold_comparisons(comparisons: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Comparisons whose two sides are published keep their numbers; the others are `not_tested` and empty."""
    if comparisons.empty:
        return comparisons.copy()
    sides = {*comparisons["territory_type"].astype(str), *comparisons["comparator_type"].astype(str)}
    told = published["status"].isin(SHOWN) & published["territory_type"].isin(sides)
    shown = pd.MultiIndex.from_frame(published.loc[told, KEY].astype(str))
    other = ["indicator", "comparator_type", "comparator", "period", "sex", "age"]
    own_side = pd.MultiIndex.from_frame(comparisons[KEY].astype(str)).isin(shown)
    comparator_side = pd.MultiIndex.from_frame(comparisons[other].astype(str)).isin(shown)
    result = comparisons.copy()
    for column in [c for c in _NUMBERS if c in result.columns]:
        keep = comparator_side if column == "comparator_value" else own_side & comparator_side
        result[column] = result[column].where(keep, np.nan)
    result["significance"] = result["significance"].where(own_side & comparator_side, "not_tested")
    return result


def _counts(status: pd.Series) -> dict[str, int]:
    return {str(k): int(v) for k, v in status.astype(str).value_counts().sort_index().items()}


def _check(table: pd.DataFrame) -> None:
    lacking = [c for c in [*KEY, *WITHHELD_COLUMNS, "status"] if c not in table.columns]
    if lacking:
        raise InvalidInput([f"THE TABLE lacks column {c!r}" for c in lacking], hint="cls-analysis data build")
    twice = table.loc[table.duplicated(KEY, keep=False), KEY].drop_duplicates()
    if len(twice):
        shown = [" ".join(map(str, row)) for row in twice.head(10).itertuples(index=False)]
        raise InvalidInput([f"key given twice: {row}" for row in shown], hint="cls-analysis data build")
