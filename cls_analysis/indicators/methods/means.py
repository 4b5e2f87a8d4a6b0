"""What is the mean level, and how far may a published figure travel? Weighted means and published values.

A mean is moved and summed only as its product by its weight. A median is never averaged: it stands only where
the producer published it. A bassin de vie's value reaches a territory through the inhabitants that live in that
bassin (`estimated`). A département's value is never brought below the département.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cls_analysis.indicators.absence import Code, SourceAbsent
from cls_analysis.indicators.groups import Floats, Groups
from cls_analysis.indicators.inputs import MISSING, STATUSES, Inputs, Units
from cls_analysis.indicators.methods.frame import COLUMNS, Ground, Part, aggregate, figure, used
from cls_analysis.indicators.model import Indicator


def weighted_mean(indicator: Indicator, ground: Ground) -> Part:
    """Mean of communes' values weighted by `weights` (APL by the workbook's standardised population). No interval.

    A commune without weight counts for nothing; one without value lowers the coverage.
    """
    groups = ground.groups(indicator)
    frames, sources = [], set()
    for period in indicator.period:
        top, bottom = ground.inputs.products(indicator.numerator[0], indicator.weights[0], period)
        frames.append(_mean(groups, top, bottom, indicator))
        sources |= set(used(top, bottom))
    return Part(pd.concat(frames, ignore_index=True), tuple(sorted(sources)))


def _mean(groups: Groups, top: Units, bottom: Units, indicator: Indicator) -> pd.DataFrame:
    agg = aggregate(groups, (top, bottom), floor=indicator.min_coverage)
    n, d = agg.sums
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(d > 0, n / d * indicator.scale, np.nan)
    return figure(groups, top.period, value=value, denominator=d, status=agg.status, coverage=agg.coverage)


def share_below(indicator: Indicator, ground: Ground) -> Part:
    """Share (%) of the people of `weights` who live in a commune whose value is below `cutoff`. No interval."""
    groups = ground.groups(indicator)
    frames, sources = [], set()
    for period in indicator.period:
        top, bottom = ground.inputs.products(indicator.numerator[0], indicator.weights[0], period)
        with np.errstate(invalid="ignore", divide="ignore"):
            level = np.where(bottom.value > 0, top.value / bottom.value, 0.0)
        below = np.where(np.isfinite(top.value), np.where(level < indicator.cutoff, bottom.value, 0.0), np.nan)
        part = Units(below, top.reason, top.sources, top.period)
        frames.append(_mean(groups, part, bottom, indicator))
        sources |= set(used(top, bottom))
    return Part(pd.concat(frames, ignore_index=True), tuple(sorted(sources)))


def estimated_share(indicator: Indicator, ground: Ground) -> Part:
    """A producer's rate by commune, weighted by people; `observed` at the commune, `estimated` above it.

    Used where the producer gives only the rate (poverty, ages): the weight is close to, but is not, its denominator.
    """
    part = weighted_mean(indicator, ground)
    frame = part.frame
    above = (frame["territory_type"] != "commune") & (frame["status"] == "observed")
    frame = frame.assign(
        status=frame["status"].where(~above, "estimated"),
        reliability=frame["reliability"].where(~above, "approximate"),
    )
    return Part(frame, part.sources)


def bassin_de_vie(indicator: Indicator, ground: Ground) -> Part:
    """A bassin de vie's published value, and its estimate for territories by where their inhabitants live.

    Rows of level bassin_de_vie are the producer's. For an EPCI, perimeter, département, région or France: mean of
    the bassins' values weighted by the inhabitants of the territory in each; `estimated`, with its coverage. Where the
    producer also publishes the départements, theirs replace the estimate (région, France: `departement_mean`), so that
    one département has one value.
    A commune gets none: it would be given its neighbours' figure. Where `weights` is empty (a median, a
    count) only the bassins' own rows are given.
    """
    inputs = ground.inputs
    if inputs.bassins is None:
        raise SourceAbsent(
            "the membership of communes in bassins de vie is not built (insee-appartenance)",
            code=Code.NOT_BUILT,
            sources=("insee-appartenance",),
        )
    groups = ground.communes.only(("epci", "perimeter", "departement", "region", "france"))
    frames, sources = [], {inputs.pick(indicator.numerator[0]).source}
    for period in indicator.period:
        published = inputs.published(indicator.numerator[0], period, "bassin_de_vie")
        label = inputs.period_of(inputs.pick(indicator.numerator[0]), period)
        frames.append(_as_published(published, label, "bassin_de_vie", indicator.scale))
        if indicator.weights:
            value, reason = _through_bassins(published, inputs.bassins, inputs.communes)
            value = value * indicator.scale
            weight = inputs.counts(indicator.weights, period)
            known = np.where(np.isfinite(value), weight.value, np.nan)
            top = Units(value * weight.value, np.maximum(reason, weight.reason), weight.sources, label)
            frame = _mean(groups, top, Units(known, top.reason, weight.sources, label), _unscaled(indicator))
            shown = frame["status"] == "observed"
            frame = frame.assign(
                status=frame["status"].where(~shown, "estimated"),
                reliability=frame["reliability"].where(~shown, "approximate"),
            )
            above = _own_departements(indicator, ground, period)
            replaced = set() if above is None else set(above["territory_type"])
            frames.append(frame[(frame["comparator_type"] == "") & ~frame["territory_type"].isin(replaced)])
            frames += [] if above is None else [above]
            sources |= set(weight.sources) | {"insee-appartenance"}
    return Part(pd.concat(frames, ignore_index=True), tuple(sorted(sources)))


def _own_departements(indicator: Indicator, ground: Ground, period: str) -> pd.DataFrame | None:
    """Rows of the départements, régions and France as `departement_mean` gives them; None where none is published."""
    if not ground.inputs.holds(indicator.numerator[0], period, "departement"):
        return None
    frame = departement_mean(indicator.model_copy(update={"period": (period,), "by_sex": False}), ground).frame
    return frame[frame["comparator_type"] == ""]


def _through_bassins(
    published: pd.DataFrame, shares: pd.DataFrame, communes: pd.Index
) -> tuple[Floats, NDArray[np.int8]]:
    """Value of each commune as the mean of its bassins' values; NaN, and why, unless all its shares have a value."""
    row = pd.Index(published["code"]).get_indexer(pd.Index(shares["bassin_de_vie"].astype("object")))
    value = np.where(row >= 0, published["value"].to_numpy()[row], np.nan)
    rank = np.where(row >= 0, published["rank"].to_numpy()[row], MISSING)
    share, place = shares["share"].to_numpy(), communes.get_indexer(pd.Index(shares["code_commune"]))
    total, held = np.zeros(len(communes)), np.zeros(len(communes))
    reason = np.zeros(len(communes), dtype=np.int8)
    known = np.isfinite(value)
    np.add.at(total, place[known], value[known] * share[known])
    np.add.at(held, place[known], share[known])
    np.maximum.at(reason, place, rank.astype(np.int8))
    whole = held > 1 - 1e-6
    return np.where(whole, total, np.nan), np.where(whole | (reason > 1), reason, MISSING).astype(np.int8)


def _unscaled(indicator: Indicator) -> Indicator:
    return indicator.model_copy(update={"scale": 1.0})


def _as_published(published: pd.DataFrame, period: str, level: str, scale: float) -> pd.DataFrame:
    """Rows of a level as the producer gives them, coverage 1 where there is a value."""
    status = published["rank"].map(dict(enumerate(STATUSES)))
    shown = status.isin(["observed", "estimated"])
    frame = pd.DataFrame(
        {
            "territory_type": level,
            "territory": published["code"],
            "comparator_type": "",
            "comparator": "",
            "period": period,
            "sex": "all",
            "age": "all",
            "value": (published["value"] * scale).where(shown),
            "lower": np.nan,
            "upper": np.nan,
            "numerator": np.nan,
            "denominator": np.nan,
            "status": status,
            "reliability": np.where(shown, np.where(status == "estimated", "approximate", "ok"), "none"),
            "coverage": shown.astype(float),
        }
    )
    return frame[list(COLUMNS)]


def published(indicator: Indicator, ground: Ground) -> Part:
    """A median (or any figure that cannot be combined): only where the producer published it.

    A territory that is not a level of the file gets `not_applicable` if it is a union (perimeter), `missing` where
    the producer has the figure elsewhere (EPCI, département, région, France). A perimeter that is one whole EPCI takes
    that EPCI's figure. Rows follow `geography` upwards.
    """
    inputs = ground.inputs
    level = "commune" if indicator.geography == "commune" else indicator.geography
    reference = inputs.pick(indicator.numerator[0])
    frames = []
    for period in indicator.period:
        label = inputs.period_of(reference, period)
        if level == "commune":
            top = _unchanged(indicator.numerator[0], period, ground)
            groups = ground.communes.only(("commune",))
            status = np.array([STATUSES[r] for r in top.reason], dtype=object)[_order(groups)]
            value = top.value[_order(groups)] * indicator.scale
            frames.append(figure(groups, label, value=value, status=status, coverage=np.isfinite(value).astype(float)))
        else:
            rows = _known(inputs.published(indicator.numerator[0], period, level), level, ground.communes)
            frames.append(_as_published(rows, label, level, indicator.scale))
        held: set[str] = {level}
        if level == "epci":
            frames.append(_lone_epci(frames[-1], ground))
            held.add("perimeter")
        for other in ("epci", "departement", "region", "france"):
            if other in held or not inputs.holds(indicator.numerator[0], period, other):
                continue
            rows = _known(inputs.published(indicator.numerator[0], period, other), other, ground.communes)
            frames.append(_as_published(rows, label, other, indicator.scale))
            held.add(other)
            if other == "epci":
                frames.append(_lone_epci(frames[-1], ground))
                held.add("perimeter")
        for other in ("epci", "perimeter", "departement", "region", "france"):
            if other in held or (level == "departement" and other in {"epci", "perimeter"}):
                continue
            blank = "not_applicable" if other == "perimeter" else "missing"
            frames.append(_blank(ground.communes, other, label, blank))
    return Part(pd.concat(frames, ignore_index=True), (reference.source,))


def _known(published: pd.DataFrame, level: str, groups: Groups) -> pd.DataFrame:
    """The rows of territories that exist in the reference year."""
    codes = groups.keys.loc[groups.keys["territory_type"] == level, "territory"]
    return published[published["code"].isin(set(codes))]


def _lone_epci(epci: pd.DataFrame, ground: Ground) -> pd.DataFrame:
    """Rows of the perimeters: the figure of their EPCI where they are exactly one, `not_applicable` otherwise."""
    period = str(epci["period"].iloc[0]) if len(epci) else ""
    rows = _blank(ground.communes, "perimeter", period, "not_applicable").set_index("territory", drop=False)
    groups = ground.communes.only(("perimeter",))
    sizes = ground.epci_of_commune.value_counts()
    figures = epci.set_index("territory")
    for row, name in enumerate(groups.keys["territory"]):
        if groups.keys["comparator_type"].iloc[row]:
            continue
        held = groups.units[groups.matrix.indices[groups.matrix.indptr[row] : groups.matrix.indptr[row + 1]]]
        siren = ground.epci_of_commune.reindex(held)
        if (
            siren.notna().all()
            and len(set(siren)) == 1
            and sizes[siren.iloc[0]] == len(held)
            and siren.iloc[0] in figures.index
        ):
            same = ["value", "status", "reliability", "coverage"]
            rows.loc[name, same] = figures.loc[siren.iloc[0], same].to_numpy()
    return rows.reset_index(drop=True)


def _blank(groups: Groups, level: str, period: str, status: str) -> pd.DataFrame:
    rows = groups.only((level,))
    n = len(rows.keys)
    frame = figure(
        rows, period, value=np.full(n, np.nan), status=np.full(n, status, dtype=object), coverage=np.zeros(n)
    )
    return frame[frame["comparator_type"] == ""]


def _order(groups: Groups) -> np.ndarray:
    """Position in the units of each commune row."""
    return groups.units.get_indexer(pd.Index(groups.keys["territory"]))


def _unchanged(text: str, period: str, ground: Ground) -> Units:
    """A value that cannot be converted, on the communes of the reference year whose area did not change since.

    A commune with one origin of weight 1 keeps its figure; a merged or split one has none (`not_applicable`).
    """
    inputs = ground.inputs
    reference = inputs.pick(text)
    rows = inputs.select(reference, period, "commune")
    cog = int(rows["cog"].iloc[0])
    value, reason = inputs.spread(rows, cog, reference.source)
    kept, moved = inputs.unchanged(value, reason, cog)
    return Units(kept, moved, (reference.source,), inputs.period_of(reference, period))


def departement_mean(indicator: Indicator, ground: Ground) -> Part:
    """A département's published figure as it is; for a région and France, the mean of the départements' figures
    weighted by inhabitants, `estimated`, unless the producer's file has the level itself.

    For rates standardised on one population this mean is close to, but is not, the rate of the whole: it is marked
    `approximate`. Never brought below the département. `sex` is kept where the source has it (`by_sex`).
    """
    inputs, groups = ground.inputs, ground.departements
    reference = inputs.pick(indicator.numerator[0])
    frames, sources = [], {reference.source}
    for period in indicator.period:
        for sex in ("all", "F", "M") if indicator.by_sex else (reference.sex,):
            text = f"{reference.source}:{reference.variable}?sex={sex}" + (
                f"@{reference.period}" if reference.period else ""
            )
            try:
                value = inputs.rates(text, period)
            except SourceAbsent:
                continue
            people: Floats = groups.population
            top = Units(value.value * people * indicator.scale, value.reason, value.sources, value.period)
            bottom = Units(
                np.where(np.isfinite(value.value), people, np.nan), value.reason, value.sources, value.period
            )
            frame = _mean(groups, top, bottom, _unscaled(indicator)).assign(sex=sex, denominator=np.nan)
            above = (frame["territory_type"] != "departement") & (frame["status"] == "observed")
            frame = frame.assign(
                status=frame["status"].where(~above, "estimated"),
                reliability=frame["reliability"].where(~above, "approximate"),
            )
            own = [
                _as_published(_known(rows, level, ground.communes), value.period, level, indicator.scale).assign(
                    sex=sex
                )
                for level, rows in _levels_published(inputs, text, period)
            ]
            replaced = {level for part in own for level in part["territory_type"].unique()}
            frames += [frame[~frame["territory_type"].isin(replaced)], *own]
    if not frames:
        raise SourceAbsent(
            f"source {reference.source} has no {reference.variable!r} by département for {indicator.period}",
            code=Code.VINTAGE,
            sources=(reference.source,),
            variable=reference.variable,
        )
    return Part(pd.concat(frames, ignore_index=True), tuple(sorted(sources)))


def _levels_published(inputs: Inputs, text: str, period: str) -> list[tuple[str, pd.DataFrame]]:
    """The région's and France's own rows, where the producer gives them."""
    return [
        (level, inputs.published(text, period, level))
        for level in ("region", "france")
        if inputs.holds(text, period, level)
    ]
