"""Between two editions of a diagnostic, what moved, and is the movement real?

Rows of THE TABLE of two editions are joined by key. A change of unit, method or source is told apart from a change of the
territory, and so is a revision (same period, other value). Where two periods share years the difference is not tested. Otherwise the
interval of the difference is found from the two intervals (square-and-add, MOVER): significant when it excludes 0.
Reference: Newcombe, Stat Med 1998;17:873-90; Zou and Donner, Stat Med 2008;27:1693-702.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from cls_analysis.errors import InvalidInput

KEY = ["indicator", "territory_type", "territory", "sex", "age"]
_VALUED = ("observed", "estimated")
#: What each verdict means, in the order in which they are looked for.
VERDICTS = {
    "appeared": "indicateur nouveau dans cette édition",
    "disappeared": "indicateur absent de cette édition",
    "perimeter_changed": "le périmètre a changé de composition",
    "simulated_changed": "valeur simulée dans une édition seulement : non comparable",
    "definition_changed": "unité, méthode ou source changée : non comparable",
    "value_lost": "valeur désormais absente ou secrète",
    "value_gained": "valeur désormais connue",
    "no_value": "sans valeur dans les deux éditions",
    "unchanged": "même période, même valeur",
    "revised": "même période, valeur révisée par le producteur",
    "overlapping": "périodes qui se recouvrent : écart non testé",
    "not_tested": "intervalle absent : écart non testé",
    "rose": "hausse significative",
    "fell": "baisse significative",
    "stable": "évolution non significative",
}


def compare_editions(
    old_rows: pd.DataFrame, new_rows: pd.DataFrame, *, changed_perimeters: Collection[str] = ()
) -> pd.DataFrame:
    """One row per key of either edition, for its latest period in each.

    Columns: the key, `old_period, new_period, old_value, new_value, old_status, new_status, unit, difference, ratio, difference_lower,
    difference_upper, verdict, verdict_label`. `changed_perimeters`: territories whose composition differs between the editions. `InvalidInput` for a
    missing column or a repeated key and period. A difference is given only where the two values are comparable.
    """
    old, new = _latest(old_rows, "old"), _latest(new_rows, "new")
    both = old.merge(new, on=KEY, how="outer", validate="one_to_one", suffixes=("_old", "_new"), indicator=True)
    rows = [_compare(r, set(changed_perimeters)) for r in both.to_dict("records")]
    columns = [
        *KEY,
        "old_period",
        "new_period",
        "old_value",
        "new_value",
        "old_status",
        "new_status",
        "unit",
        "difference",
        "ratio",
        "difference_lower",
        "difference_upper",
        "verdict",
    ]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(verdict_label=frame["verdict"].map(VERDICTS)).sort_values(KEY, ignore_index=True)


def difference_interval(old: tuple[float, float, float], new: tuple[float, float, float]) -> tuple[float, float, float]:
    """New minus old with its limits, from (value, lower, upper) of each (independent estimates, same level).

    >>> [round(x, 4) for x in difference_interval((50, 46, 54), (56, 53, 59))]
    [6, 1.0, 11.0]
    """
    (v0, l0, u0), (v1, l1, u1) = old, new
    d = v1 - v0
    return d, d - float(np.hypot(v1 - l1, u0 - v0)), d + float(np.hypot(u1 - v1, v0 - l0))


def _latest(rows: pd.DataFrame, edition: str) -> pd.DataFrame:
    wanted = [*KEY, "period", "value", "lower", "upper", "unit", "method", "status", "source_ids"]
    missing = [c for c in wanted if c not in rows]
    if missing:
        raise InvalidInput(f"{edition} edition lacks the columns {', '.join(missing)}")
    repeated = rows[rows.duplicated([*KEY, "period"])]
    if len(repeated):
        raise InvalidInput(
            [
                f"{edition} edition repeats {' / '.join(map(str, k))}"
                for k in repeated[[*KEY, "period"]].head(20).itertuples(index=False)
            ]
        )
    ends = [_years(p)[1] for p in rows["period"]]
    numbers = {c: pd.to_numeric(rows[c]).astype(float) for c in ("value", "lower", "upper")}
    simulated = rows["simulated"].astype(bool) if "simulated" in rows else False
    kept = (
        rows.assign(simulated=simulated, _end=ends, period=rows["period"].astype("str"), **numbers)
        .sort_values(["_end", "period"])
        .drop_duplicates(KEY, keep="last")
    )
    return kept[[*wanted, "simulated"]]


def _years(period: str) -> tuple[int, int]:
    first, _, last = str(period).partition("-")
    try:
        return int(first[:4]), int((last or first)[:4])
    except ValueError:
        raise InvalidInput(f"period '{period}' is neither a year nor a span of years") from None


def _compare(r: Mapping[Hashable, Any], changed: set[str]) -> dict[str, object]:
    out: dict[str, object] = {k: r[k] for k in KEY} | {
        "old_period": r["period_old"],
        "new_period": r["period_new"],
        "old_value": r["value_old"],
        "new_value": r["value_new"],
        "old_status": r["status_old"],
        "new_status": r["status_new"],
        "unit": r["unit_new"] if r["_merge"] != "left_only" else r["unit_old"],
    }
    verdict = _structural(r, changed)
    if verdict is not None:
        return {**out, "verdict": verdict}
    old, new = float(r["value_old"]), float(r["value_new"])
    out |= {"difference": new - old, "ratio": new / old if old else np.nan}
    if r["period_old"] == r["period_new"]:
        return {**out, "verdict": "unchanged" if np.isclose(old, new, rtol=1e-9, atol=0) else "revised"}
    (a0, a1), (b0, b1) = _years(str(r["period_old"])), _years(str(r["period_new"]))
    if a0 <= b1 and b0 <= a1:
        return {**out, "verdict": "overlapping"}
    limits = [float(r[k]) for k in ("lower_old", "upper_old", "lower_new", "upper_new")]
    if not np.isfinite(limits).all():
        return {**out, "verdict": "not_tested"}
    _, lower, upper = difference_interval((old, limits[0], limits[1]), (new, limits[2], limits[3]))
    verdict = "rose" if lower > 0 else "fell" if upper < 0 else "stable"
    return {**out, "difference_lower": lower, "difference_upper": upper, "verdict": verdict}


def _structural(r: Mapping[Hashable, Any], changed: set[str]) -> str | None:
    """A reason why the two values are not compared, if there is one."""
    if r["_merge"] == "right_only":
        return "appeared"
    if r["_merge"] == "left_only":
        return "disappeared"
    if r["territory"] in changed:
        return "perimeter_changed"
    if r["simulated_old"] != r["simulated_new"]:
        return "simulated_changed"
    if any(r[f"{c}_old"] != r[f"{c}_new"] for c in ("unit", "method", "source_ids")):
        return "definition_changed"
    had, has = (r[f"status_{e}"] in _VALUED and pd.notna(r[f"value_{e}"]) for e in ("old", "new"))
    if had and has:
        return None
    return "value_lost" if had else "value_gained" if has else "no_value"
