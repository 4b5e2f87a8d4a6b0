"""How many, how frequent, what share? Sums before ratios, over communes or over départements.

Intervals: `poisson_interval` for events over people, `wilson_interval` for people among people, and the odds of a
Wilson interval for the ratio of two disjoint counts, both with the people counted divided by the entry's `design_effect`
(a census share is no simple draw). A quantity without chance (people per km²) has none.
Reference: Eayres D., *Commonly used public health statistics and their confidence intervals*, APHO 2008.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cls_analysis.errors import InvalidInput
from cls_analysis.indicators.groups import Groups
from cls_analysis.indicators.methods.frame import (
    Ground,
    Part,
    aggregate,
    figure,
    person_years,
    unit_level,
    used,
)
from cls_analysis.indicators.model import Indicator
from cls_analysis.statistics import poisson_interval, wilson_interval

COUNT_FLOOR = 0.99  # a sum that lacks more than 1 % of the inhabitants is not a total


def count(indicator: Indicator, ground: Ground) -> Part:
    """Sum of counts. No interval. With 99 to 100 % of the inhabitants covered it is `estimated`, below it is blank."""
    groups, level = ground.groups(indicator), unit_level(indicator)
    frames, sources = [], set()
    for period in indicator.period:
        top = ground.inputs.counts(indicator.numerator, period, level=level)
        agg = aggregate(groups, (top,), floor=COUNT_FLOOR, epci=ground.epci_of_commune)
        total = agg.sums[0]
        frames.append(
            figure(
                groups,
                top.period,
                value=total * indicator.scale,
                numerator=total,
                status=agg.status,
                coverage=agg.coverage,
            )
        )
        sources |= set(used(top))
    return Part(pd.concat(frames, ignore_index=True), tuple(sorted(sources)))


def _fraction(indicator: Indicator, ground: Ground, kind: str) -> Part:
    groups, level = ground.groups(indicator), unit_level(indicator)
    frames, sources = [], set()
    for period in indicator.period:
        top = ground.inputs.counts(indicator.numerator, period, level=level)
        bottom = ground.inputs.counts(indicator.denominator, period, level=level)
        agg = aggregate(groups, (top, bottom), floor=indicator.min_coverage, epci=ground.epci_of_commune)
        n, d = agg.sums[0], agg.sums[1] * person_years(indicator, top.period)
        with np.errstate(invalid="ignore", divide="ignore"):
            value = np.where(d > 0, n / d * indicator.scale, np.nan)
        lower, upper = _said(_limits(kind, n, d, indicator), groups, indicator)
        status = agg.status
        if indicator.min_events:
            few = np.isin(status.astype(str), ("observed", "estimated")) & (n < indicator.min_events)
            status = np.where(few, "too_few_events", status)
        shown_period = top.period if kind != "ratio" or len(top.period) >= len(bottom.period) else bottom.period
        frames.append(
            figure(
                groups,
                shown_period,
                value=value,
                lower=lower,
                upper=upper,
                numerator=n,
                denominator=d,
                status=status,
                coverage=agg.coverage,
                events=None if kind == "density" else n,
            )
        )
        sources |= set(used(top, bottom))
    return Part(pd.concat(frames, ignore_index=True), tuple(sorted(sources)))


def _said(
    limits: tuple[np.ndarray | None, np.ndarray | None], groups: Groups, indicator: Indicator
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The limits of the rows for which the entry's `intervals` gives one, NaN for the others."""
    lower, upper = limits
    if indicator.intervals == "all" or lower is None or upper is None:
        return limits
    local = (~groups.keys["territory_type"].isin(["region", "france"])).to_numpy()
    kept = local & (indicator.intervals == "local")
    return np.where(kept, lower, np.nan), np.where(kept, upper, np.nan)


def _limits(
    kind: str, n: np.ndarray, d: np.ndarray, indicator: Indicator
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Limits in the indicator's unit; NaN where there is no denominator."""
    if kind == "density":
        return None, None
    if kind == "balance":
        return None, None
    fine = (d > 0) & (n >= 0)
    low, high = np.full(len(n), np.nan), np.full(len(n), np.nan)
    told = indicator.design_effect  # people of the sample that tell as much as one drawn at random
    if kind == "rate":
        a, b = poisson_interval(n[fine])
        low[fine], high[fine] = a / d[fine], b / d[fine]
    elif kind == "share":
        if (n[fine] > d[fine] * (1 + 1e-9)).any():
            raise InvalidInput(f"indicator {indicator.id!r}: a share has a numerator above its denominator")
        low[fine], high[fine] = wilson_interval(np.minimum(n[fine], d[fine]) / told, d[fine] / told)
    elif kind == "ratio":
        a, b = wilson_interval(n[fine] / told, (n[fine] + d[fine]) / told)
        with np.errstate(divide="ignore"):
            low[fine], high[fine] = a / (1 - a), b / (1 - b)
    return low * indicator.scale, high * indicator.scale


def rate(indicator: Indicator, ground: Ground) -> Part:
    """Events per `scale` people (or person-years: `years`), with Poisson limits; `min_events` blanks the unstable."""
    return _fraction(indicator, ground, "rate")


def share(indicator: Indicator, ground: Ground) -> Part:
    """People with a trait among people, with Wilson limits; a numerator above its denominator is an error."""
    return _fraction(indicator, ground, "share")


def ratio(indicator: Indicator, ground: Ground) -> Part:
    """One count over another, disjoint from it (65 and over per 100 under 20), limits from the Wilson odds."""
    return _fraction(indicator, ground, "ratio")


def density(indicator: Indicator, ground: Ground) -> Part:
    """One total over another without any chance in it (inhabitants per km², people per household): no interval."""
    return _fraction(indicator, ground, "density")


def balance(indicator: Indicator, ground: Ground) -> Part:
    """A difference of two independent counts of events (births minus deaths) per `scale` people, normal limits.

    The variance of a difference of Poisson counts is the sum of the counts. The numerator printed is the
    difference; `numerator` of the entry holds the two references, the second with a leading `-`.
    """
    groups, level = ground.groups(indicator), unit_level(indicator)
    frames, sources = [], set()
    plain = ["|".join(part.strip().lstrip("-") for part in text.split("|")) for text in indicator.numerator]
    for period in indicator.period:
        net = ground.inputs.counts(indicator.numerator, period, level=level)
        gross = ground.inputs.counts(plain, period, level=level)
        bottom = ground.inputs.counts(indicator.denominator, period, level=level)
        agg = aggregate(groups, (net, gross, bottom), floor=indicator.min_coverage, epci=ground.epci_of_commune)
        n, events, d = agg.sums[0], agg.sums[1], agg.sums[2] * person_years(indicator, net.period)
        with np.errstate(invalid="ignore", divide="ignore"):
            value = np.where(d > 0, n / d, np.nan) * indicator.scale
            margin = np.where(d > 0, 1.959963984540054 * np.sqrt(events) / d, np.nan) * indicator.scale
        frames.append(
            figure(
                groups,
                net.period,
                value=value,
                lower=value - margin,
                upper=value + margin,
                numerator=n,
                denominator=d,
                status=agg.status,
                coverage=agg.coverage,
                events=events,
            )
        )
        sources |= set(used(net, bottom))
    return Part(pd.concat(frames, ignore_index=True), tuple(sorted(sources)))


def change_per_year(indicator: Indicator, ground: Ground) -> Part:
    """Mean yearly growth between two counts at least five years apart, in percent: ((end/start)^(1/years) - 1) x 100.

    `start` and `numerator` (the end) carry their periods. Both are brought to the reference COG first. No
    interval: the census figures of both years are taken as they are published. Under 5 years: refused.
    """
    groups, level = ground.groups(indicator), unit_level(indicator)
    first = ground.inputs.counts(indicator.start, "", level=level)
    last = ground.inputs.counts(indicator.numerator, "", level=level)
    years = int(last.period) - int(first.period)
    if years < 5:
        raise InvalidInput(
            f"indicator {indicator.id!r} compares {first.period} and {last.period}: censuses less than 5 years apart",
            hint="Insee compares populations at least five years apart",
        )
    agg = aggregate(groups, (first, last), floor=COUNT_FLOOR, epci=ground.epci_of_commune)
    a, b = agg.sums
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where((a > 0) & (b > 0), ((b / a) ** (1 / years) - 1) * 100, np.nan)
    frame = figure(
        groups,
        f"{first.period}-{last.period}",
        value=value,
        numerator=b,
        denominator=a,
        status=agg.status,
        coverage=agg.coverage,
    )
    return Part(frame, used(first, last))
