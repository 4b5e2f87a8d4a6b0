"""Does each territory differ from its département, its région and France, beyond chance?

Every indicator's value is set beside its comparators'. Where the figure has a chance in it, the difference is tested
(`statistics.compare_*`), against the comparator without the territory when the territory is more than 10 % of
it. Then Benjamini and Hochberg's correction over the family: the tests of one territory on the headline (latest) period of
each indicator, at 5 %; `family` says how many. Earlier periods, what the catalogue declares not `tested`, access scores, medians, means and
estimates from bassins de vie are `not_tested`; a share with a `design_effect` is tested as if that many times fewer people were
counted; what it declares not to `compare` has no row.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cls_analysis import statistics
from cls_analysis.indicators.groups import COMPARED
from cls_analysis.indicators.model import Indicator

COLUMNS = (
    "indicator",
    "territory_type",
    "territory",
    "period",
    "sex",
    "age",
    "comparator_type",
    "comparator",
    "comparator_value",
    "difference",
    "ratio",
    "p",
    "p_adjusted",
    "significance",
    "method",
    "family",
)
ROW = ["indicator", "period", "sex", "age"]
FDR = 0.05
TESTS = {
    "rate": "compare_rates",
    "share": "compare_proportions",
    "ratio": "compare_proportions",
    "balance": "compare_standardised",
    "life_expectancy": "compare_standardised",
    "directly_standardised_rate": "compare_standardised",
    "standardised_ratio": "compare_ratio",
}
FIGURES = ["value", "lower", "upper", "numerator", "denominator"]


def compare(
    table: pd.DataFrame,
    rests: pd.DataFrame,
    pairs: pd.DataFrame,
    *,
    catalogue: Mapping[str, Indicator] | None = None,
) -> pd.DataFrame:
    """COMPARISONS (docs/architecture.md) of every compared territory that has a value, with comparators that have one.

    `table`, `rests`: of `compute_table`; `pairs`: territory_type, territory, comparator_type, comparator. `difference` and `ratio` are
    those of the values as printed; `p` is of the test described above, NaN where none is made. `family`: number of
    tests corrected together for the territory. `catalogue` says which indicators are compared and tested (all, without it).
    """
    entries = catalogue or {}
    shown = table["status"].isin(["observed", "estimated"])
    shown &= ~table["indicator"].isin([name for name, entry in entries.items() if not entry.compare])
    mine = _plain(
        table[shown & table["territory_type"].isin(COMPARED)], ["territory_type", "territory", "status", "method"]
    )
    whole = _plain(
        table[shown & table["territory_type"].isin(["departement", "region", "france"])],
        ["territory_type", "territory"],
    ).rename(columns={"territory_type": "comparator_type", "territory": "comparator", **{f: f"c_{f}" for f in FIGURES}})
    rows = mine.merge(pairs.astype("str"), on=["territory_type", "territory"], how="inner", validate="many_to_many")
    rows = rows.merge(whole, on=[*ROW, "comparator_type", "comparator"], how="inner", validate="many_to_one")
    rest = _plain(
        rests[rests["status"].isin(["observed", "estimated"])],
        ["territory_type", "territory", "comparator_type", "comparator"],
    ).rename(columns={f: f"r_{f}" for f in FIGURES})
    keys = ["territory_type", "territory", "comparator_type", "comparator", *ROW]
    rows = rows.merge(rest, on=keys, how="left", validate="one_to_one")
    has_rest = rows["r_value"].notna()
    for name in FIGURES:
        rows[f"t_{name}"] = rows[f"r_{name}"].where(has_rest, rows[f"c_{name}"])
    rows["p"], rows["test"] = np.nan, "none"
    effects = {name: entry.design_effect for name, entry in entries.items()}
    for method, part in rows[_testable(rows, entries)].groupby("method"):
        p = _test(str(method), part, part["indicator"].map(effects).fillna(1.0).to_numpy(float))
        rows.loc[part.index, "p"] = p
        rows.loc[part.index, "test"] = np.where(np.isfinite(p), TESTS.get(str(method), "none"), "none")
    rows["test"] = rows["test"].where(~has_rest | (rows["test"] == "none"), rows["test"] + ", own part removed")
    rows["difference"] = rows["value"] - rows["c_value"]
    rows["ratio"] = (rows["value"] / rows["c_value"]).where(rows["c_value"] != 0)
    families = rows.groupby(["territory_type", "territory"])["p"]
    rows["p_adjusted"], rows["family"] = families.transform(_adjust), families.transform("count").astype("int64")
    direction = np.where(rows["value"] > rows["t_value"], "higher", "lower")
    rows["significance"] = np.where(
        rows["p_adjusted"].isna(), "not_tested", np.where(rows["p_adjusted"] <= FDR, direction, "not_different")
    )
    out = rows.rename(columns={"c_value": "comparator_value"}).drop(columns="method").rename(columns={"test": "method"})
    return out[list(COLUMNS)].sort_values(
        ["territory_type", "territory", *ROW, "comparator_type", "comparator"], ignore_index=True
    )


def _plain(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    text = [*ROW, *columns]
    return frame[[*text, *FIGURES]].astype(dict.fromkeys(text, "str"))


def _testable(rows: pd.DataFrame, entries: Mapping[str, Indicator]) -> pd.Series:
    """Rows of the headline period whose entry is tested; a région is not, where its share has no interval."""
    ends = rows["period"].str[-4:] + rows["period"]
    latest = ends == ends.groupby(rows["indicator"]).transform("max")
    never = [name for name, entry in entries.items() if not entry.tested]
    local = [name for name, entry in entries.items() if entry.intervals == "local"]
    small = ~(rows["indicator"].isin(local) & (rows["territory_type"] == "region"))
    return latest & ~rows["indicator"].isin(never) & small


def _adjust(p: pd.Series) -> np.ndarray:
    return statistics.benjamini_hochberg(p.to_numpy(), fdr=FDR).adjusted


def _test(method: str, rows: pd.DataFrame, effect: np.ndarray) -> np.ndarray:
    """p of each row, NaN where no test is made; shares count `effect` times fewer people."""
    p = np.full(len(rows), np.nan)
    if method not in TESTS:
        return p
    n, d, cn, cd = (rows[c].to_numpy(float) for c in ("numerator", "denominator", "t_numerator", "t_denominator"))
    if method in {"rate", "share", "ratio"}:
        if method == "ratio":
            d, cd = n + d, cn + cd
        fine = (d > 0) & (cd > 0) & (n >= 0) & (cn >= 0)
        fine &= np.isfinite(n + d + cn + cd)
        if method != "rate":
            n, cn = np.minimum(n, d) / effect, np.minimum(cn, cd) / effect
            d, cd = d / effect, cd / effect
        if fine.any():
            function = statistics.compare_rates if method == "rate" else statistics.compare_proportions
            p[fine] = function(n[fine], d[fine], cn[fine], cd[fine], own_share=0.0)["p"].to_numpy()
        return p
    if method == "standardised_ratio":
        fine = ((rows["comparator_type"] == "france") & np.isfinite(n + d)).to_numpy()
        if fine.any():
            p[fine] = statistics.compare_ratio(n[fine], d[fine])["p"].to_numpy()
        return p
    columns = [rows[c].to_numpy(float) for c in ("value", "lower", "upper", "t_value", "t_lower", "t_upper")]
    scale = "log" if method == "directly_standardised_rate" else "linear"
    return statistics.compare_standardised(*columns, scale=scale)["p"].to_numpy()
