"""Which counts does THE TABLE show, and how do they hang together?

A row shows its numerator and, where that is no public population, its denominator and the rest of it. The same count
in several indicators is one cell: a variable of a source, a territory, a period, a sex, an age. Relations between
cells come from relations.py. Only counts under a rule with a threshold take part; Insee's public counts are known to all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from cls_analysis.disclosure import relations
from cls_analysis.disclosure.linear import Bools, Floats, Ints, System, attack, fit
from cls_analysis.disclosure.rules import MIN_EVENTS_WITHOUT_INTERVAL, IndicatorLike, counts, per, rule_frame
from cls_analysis.errors import InvalidInput

LABELS = ["variable", "territory", "period", "sex", "age"]
#: words of a variable that name people, homes or land counted by Insee, known to anyone
PUBLIC_WORDS = ("population", "pmun", "ptot", "habitants", "menages", "logements", "superficie", "surface")
#: a perimeter is what reports are about, a département, région or France what every one of them compares with
LEVEL_WEIGHT = {"perimeter": 20.0, "departement": 5.0, "region": 20.0, "france": 100.0}
_SLACK = 0.5
_SHARE_OF_TOTAL = 0.02
_FAR_BELOW = -1e6


@dataclass(frozen=True)
class Cells:
    """Cells (labels, then arrays of the same length) and, per row of the table, the cells it shows (-1: none).

    `fixed`: already public; `certain`: known to be sensitive, where others are so only if they turn out small.
    """

    labels: pd.DataFrame
    value: Floats
    threshold: Floats
    protection: Floats
    weight: Floats
    fixed: Bools
    certain: Bools
    system: System
    numerator: Ints
    denominator: Ints
    not_additive: int

    @property
    def sensitive(self) -> Bools:
        """Cells that no reader may compute."""
        return self.protection > 0


@dataclass(frozen=True)
class _Key:
    variable: str
    sex: str | None = None
    age: str | None = None
    period: str | None = None
    public: bool = False


def _key(references: object, sources: frozenset[str]) -> _Key | None:
    """Label of the count that references such as `source:variable?sex=F&age=65+@2023` point at."""
    texts = [references] if isinstance(references, str) else list(references or ())  # type: ignore[call-overload]
    if not texts:
        return None
    picked = []
    for text in texts:
        options = [option.strip() for option in str(text).split("|")]
        known = [o for o in options if o.lstrip("-").split(":")[0] in sources]
        picked.append((known or options)[0])
    public = all(any(word in text.split("?")[0].split(":")[-1] for word in PUBLIC_WORDS) for text in picked)
    if len(picked) > 1 or picked[0].startswith("-"):
        return _Key(" + ".join(sorted(text.split("@")[0] for text in picked)), public=public)
    head, _, period = picked[0].partition("@")
    name, _, query = head.partition("?")
    asked = dict(item.split("=", 1) for item in query.split("&") if "=" in item)
    asked = {k: v for k, v in asked.items() if v not in ("all", "*")}
    return _Key(name, asked.get("sex"), asked.get("age"), period or None, public)


def _long(
    table: pd.DataFrame, status: pd.Series, catalogue: Mapping[str, IndicatorLike], rules: pd.DataFrame
) -> pd.DataFrame:
    """One line per row and count it shows: labels, `row`, `role`, `count`, `threshold`, `status`, `people`."""
    scale = {name: per(catalogue[name]) for name in rules.index}
    names = table["indicator"].astype("category")
    shown_count = counts(table, rules, scale)
    parts = []
    for name in rules.index[rules["threshold"] > 0]:
        at = np.flatnonzero((names == name).to_numpy())
        rows = table.iloc[at]
        sources = frozenset(s for ids in rows["source_ids"].dropna().unique() for s in str(ids).split(";"))
        entry = catalogue[name]
        threshold, share = np.asarray(rules.loc[[name], ["threshold", "share"]], dtype=float)[0]
        top = _key(getattr(entry, "numerator", name), sources) or _Key(name)
        bottom = _key(getattr(entry, "denominator", None), sources)
        if entry.method == "standardised_ratio":
            bottom = None  # the denominator is an expected number, computed from public populations
        for role, key in (("numerator", top), ("denominator", bottom)):
            if key is None or (role == "denominator" and key.public):
                continue
            values = shown_count.iloc[at] if role == "numerator" else rows["denominator"]
            parts.append(
                pd.DataFrame(
                    {
                        "variable": key.variable,
                        "territory": rows["territory_type"].astype(str) + "|" + rows["territory"].astype(str),
                        "period": key.period or rows["period"].astype(str),
                        "sex": key.sex or rows["sex"].astype(str),
                        "age": key.age or rows["age"].astype(str),
                        "row": at,
                        "role": role,
                        "indicator": name,
                        "count": values.to_numpy(float),
                        "threshold": threshold,
                        "status": status.iloc[at].astype(str).to_numpy(),
                        "people": rows["denominator"].to_numpy(float),
                        "rest": (rows["denominator"] - shown_count.iloc[at]).to_numpy(float)
                        if role == "numerator" and share
                        else np.nan,
                        "public": bottom is None or bottom.public,
                        "fixed": rows["fixed"].to_numpy(bool) if "fixed" in rows else False,
                    }
                )
            )
    if not parts:
        return pd.DataFrame(columns=[*LABELS, "row"])
    long = pd.concat(parts, ignore_index=True)
    return _split(long)


def _split(long: pd.DataFrame) -> pd.DataFrame:
    """Give an indicator its own variable where its counts differ from those of another under the same labels."""
    first = long.groupby(LABELS, sort=False)["count"].transform("first")
    differs = (long["count"] - first).abs() > _SLACK
    if not differs.any():
        return long
    apart = pd.MultiIndex.from_frame(long.loc[differs, ["variable", "indicator", "role"]].drop_duplicates())
    own = pd.MultiIndex.from_frame(long[["variable", "indicator", "role"]]).isin(apart)
    renamed = long["variable"] + "#" + long["indicator"] + "#" + long["role"]
    return long.assign(variable=long["variable"].where(~own, renamed))


def territory_elements(members: pd.DataFrame, wanted: set[str]) -> relations.Elements:
    """Communes of `type|code` territories; InvalidInput names those that `members` does not hold."""
    keys = members["territory_type"].astype(str) + "|" + members["territory"].astype(str)
    communes = members["code_commune"].astype(str)
    mask = keys.isin(wanted)
    table = {str(k): tuple(dict.fromkeys(part)) for k, part in communes[mask].groupby(keys[mask], sort=False)}
    lost = sorted(k for k in wanted - set(table) if not k.startswith("commune|"))
    if lost:
        raise InvalidInput(
            [f"territory {name!r} of THE TABLE has no communes in `members`" for name in lost[:20]],
            hint="geography.members() must hold every territory that has a row",
        )

    def elements(labels: object) -> list[tuple[object, ...]]:
        return [table.get(x) or (x.split("|", 1)[1].split("@")[0],) for x in labels]  # type: ignore[attr-defined]

    return elements  # type: ignore[return-value]


def build_cells(
    table: pd.DataFrame,
    status: pd.Series,
    *,
    catalogue: Mapping[str, IndicatorLike],
    members: pd.DataFrame,
    complete: bool = True,
) -> Cells:
    """Cells and relations of THE TABLE, whose rows have that status under their own rule.

    A column `fixed` (bool, optional) marks rows that are already public, from an earlier edition. With `complete`
    the table holds the counts that are withheld, as the producer of an edition sees it; without, it is what
    a reader holds, and a withheld count is only known by its status.
    """
    rules = rule_frame(catalogue, [str(name) for name in table["indicator"].unique()])
    long = _long(table, status, catalogue, rules)
    numerator = np.full(len(table), -1, dtype=np.intp)
    denominator = numerator.copy()
    if long.empty:
        return _none(numerator)
    cell = long.groupby(LABELS, sort=False).ngroup().to_numpy()
    is_top = (long["role"] == "numerator").to_numpy()
    numerator[long["row"].to_numpy()[is_top]] = cell[is_top]
    denominator[long["row"].to_numpy()[~is_top]] = cell[~is_top]
    grouped = long.groupby(cell, sort=True)
    labels = grouped[LABELS].first()
    size = len(labels)
    value = grouped["count"].first().to_numpy(float)
    threshold = grouped["threshold"].max().to_numpy(float)
    people = grouped["people"].max().to_numpy(float)
    fixed = grouped["fixed"].any().to_numpy(bool)
    few = ((long["role"] == "numerator") & (long["status"] == "too_few_events")).groupby(cell).all().to_numpy(bool)
    rest = long["rest"].where(long["public"]).groupby(cell).min().to_numpy(float)
    told = long["role"] == "numerator"  # a row's status speaks of its numerator
    primary = (told & (long["status"] == "suppressed")).groupby(cell).any().to_numpy(bool)
    second = (told & (long["status"] == "suppressed_secondary")).groupby(cell).any().to_numpy(bool) & ~primary
    ratio = (long["count"] / long["people"]).where(long["rest"].notna())
    mostly = long["variable"].map(ratio.groupby(long["variable"]).median()).groupby(cell).max().to_numpy(float) > 0.5

    elements = territory_elements(members, set(labels["territory"]))
    matrices = []
    for dimension, split in (
        ("territory", elements), ("sex", relations.sexes), ("age", relations.ages),
        ("period", relations.years), ("variable", relations.variables),
    ):  # fmt: skip
        labels, found = relations.expand(labels, dimension, split)
        matrices.append(found)
    inner = long[is_top & ~long["public"].to_numpy() & long["rest"].notna().to_numpy()]
    pairs = np.unique(np.stack([denominator[inner["row"]], numerator[inner["row"]]], axis=1), axis=0)
    before = len(labels)
    total = before + len(pairs)
    if len(pairs):
        apart = labels.iloc[pairs[:, 1]].assign(variable=lambda f: f["variable"] + " (rest)")
        labels = pd.concat([labels, apart], ignore_index=True)
        k = np.arange(len(pairs))
        matrices.append(
            sparse.coo_array(
                (np.repeat([1.0, -1.0, -1.0], len(k)), (np.tile(k, 3), np.r_[pairs[:, 0], pairs[:, 1], before + k])),
                shape=(len(k), total),
            )
        )  # fmt: skip
    matrix = sparse.vstack(
        [sparse.coo_array((m.data, m.coords), shape=(m.shape[0], total)) for m in matrices], format="csr"
    )
    by_variable = pd.Series(threshold).groupby(labels["variable"].iloc[:size].to_numpy()).max()
    stem = labels["variable"].str.removesuffix(" (rest)")
    threshold = np.r_[threshold, stem.iloc[size:].map(by_variable).fillna(threshold.max()).to_numpy(float)]
    value = np.r_[value, np.full(total - size, np.nan)]
    if len(pairs):
        value[before:] = value[pairs[:, 0]] - value[pairs[:, 1]]
    pad = np.full(total - size, np.nan)
    none = np.zeros(total - size, dtype=bool)
    people, rest = np.r_[people, pad], np.r_[rest, pad]
    few, fixed, primary, second, mostly = (np.r_[x, none] for x in (few, fixed, primary, second, mostly))
    signed = labels["variable"].str.contains(r"(?:^| \+ )-").to_numpy(bool)
    whole = pd.Series(np.isnan(value) | (np.abs(value - np.round(value)) < 1e-6))
    integral = whole.groupby(labels["variable"].to_numpy()).transform("all").to_numpy(bool)

    matrix, not_additive = _sound(matrix, value, piece=(np.arange(total) >= size) | primary | second)
    low_side = value < threshold
    high_side = ~low_side & (rest < threshold)
    floor = np.where(low_side | np.isnan(value), 0.0, np.minimum(threshold, value))
    floor = np.where(high_side, np.minimum(np.round(value + rest - threshold + 1), value), floor)
    ceiling = np.where(low_side, np.maximum(threshold - 1, value), np.inf)
    ceiling = np.where(high_side, value + rest, ceiling)
    ceiling = np.where(few & ~low_side, np.fmax(MIN_EVENTS_WITHOUT_INTERVAL - 1, value), ceiling)
    open_rest = ~low_side & ~high_side & ~np.isnan(rest)
    ceiling = np.where(open_rest, np.minimum(ceiling, value + rest - np.minimum(threshold, rest)), ceiling)
    floor = np.where(signed, _FAR_BELOW, floor)
    system = System(matrix, np.zeros(matrix.shape[0]), floor, ceiling, integral)

    sensitive = low_side | high_side
    certain = sensitive.copy()
    unknown = np.isnan(value)
    rhs: Floats = np.zeros(matrix.shape[0])
    if complete:
        if unknown.any():
            value, pinned = _complete(system, value, unknown, threshold)
            sensitive |= pinned
            certain |= pinned
        rhs = np.asarray(matrix @ value, dtype=np.float64)
    else:
        ceiling = np.where(unknown & primary & ~mostly, threshold - 1, ceiling)
        floor = np.where(unknown & second, threshold, floor)
        value = np.where(unknown, floor, value)
        certain |= unknown & primary
        sensitive |= unknown & ~second
    system = System(matrix, rhs, np.minimum(floor, value), np.maximum(ceiling, value), integral)
    protection = np.where(sensitive, np.floor(threshold / 2), 0.0)
    protection = np.minimum(protection, system.ceiling - system.floor)
    level = labels["territory"].str.split("|").str[0].map(LEVEL_WEIGHT).fillna(1.0).to_numpy(float)
    weight = (np.where(np.isnan(people) | (people <= 0), np.abs(value), people) + 1.0) * level
    return Cells(
        labels, value, threshold, protection, weight, fixed, certain, system, numerator, denominator, not_additive
    )


def _sound(matrix: sparse.csr_array, value: Floats, *, piece: Bools) -> tuple[sparse.csr_array, int]:
    """Relations that hold in the data: a blank that a sum leaves out is left out, a sum that is none is dropped."""
    blank = np.isnan(value) & ~piece
    known = np.where(np.isnan(value), 0.0, value)
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    has_piece = np.bincount(rows, weights=piece[matrix.indices] & np.isnan(value[matrix.indices]),
                            minlength=matrix.shape[0]) > 0  # fmt: skip
    rest = np.abs(matrix @ known)
    without = ~has_piece & (rest <= _SLACK)
    keep = ~(blank[matrix.indices] & without[rows])
    data = np.where(keep, matrix.data, 0.0)
    trimmed = sparse.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)
    trimmed.eliminate_zeros()
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(trimmed.indptr))
    open_rows = np.bincount(rows, weights=np.isnan(value[trimmed.indices]), minlength=matrix.shape[0]) > 0
    size = np.zeros(matrix.shape[0])
    np.maximum.at(size, rows, np.abs(known[trimmed.indices]))
    false = ~open_rows & (rest > np.maximum(_SLACK, _SHARE_OF_TOTAL * size))
    return sparse.csr_array(trimmed[~false]), int(false.sum())


def _complete(system: System, value: Floats, unknown: Bools, threshold: Floats) -> tuple[Floats, Bools]:
    """A table that fits where counts are unknown, and which of these the full table would give away as small."""
    known = np.where(unknown, 0.0, value)
    found = attack(system, known, unknown, np.where(unknown, np.floor(threshold / 2), 0.0))
    pinned = unknown & (found.width < np.floor(threshold / 2)) & (found.lower < threshold) & ~found.inconsistent
    return fit(system, known, unknown), pinned


def _none(rows: Ints) -> Cells:
    empty: Floats = np.empty(0)
    no: NDArray[np.bool_] = np.empty(0, dtype=bool)
    system = System(sparse.csr_array((0, 0)), empty, empty, empty, no)
    return Cells(pd.DataFrame(columns=LABELS), empty, empty, empty, empty, no, no, system, rows, rows, 0)
