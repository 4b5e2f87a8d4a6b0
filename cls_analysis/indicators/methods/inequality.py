"""How unequal are the communes of one territory? Measures between areas, never read as between persons.

Each measure takes the communes of a territory with their level and their inhabitants. Levels: events over expected
events at France's rates by sex and age (x 100) where the entry gives counts by sex and age, otherwise the communes'
own value. Fewer than `MIN_COMMUNES` communes with a value: no figure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cls_analysis import statistics
from cls_analysis.indicators.absence import Code, SourceAbsent
from cls_analysis.indicators.groups import Floats, Groups
from cls_analysis.indicators.methods.frame import Ground, Part, figure
from cls_analysis.indicators.methods.standardised import read_grid, standard_bands
from cls_analysis.indicators.model import Indicator

MIN_COMMUNES = 10
TYPES = ("epci", "perimeter", "departement", "region", "france")


@dataclass(frozen=True, eq=False)
class Levels:
    """Of each commune: its level, weight, disadvantage (higher = more disadvantaged; NaN if none), sources, period."""

    value: Floats
    weight: Floats
    disadvantage: Floats
    sources: tuple[str, ...]
    period: str


def _levels(indicator: Indicator, ground: Ground, period: str) -> Levels:
    inputs = ground.inputs
    if indicator.denominator:
        bands = tuple(standard_bands(indicator, ground, period)[1].index)
        grid = read_grid(indicator, ground, period, bands)
        if grid.whole_epci:
            raise SourceAbsent(
                f"{', '.join(grid.sources)}: known by EPCI only, so nothing can be said between communes",
                code=Code.LEVEL,
                sources=grid.sources,
            )
        rates = grid.events.sum(axis=1) / grid.people.sum(axis=1)
        expected = rates @ grid.people
        with np.errstate(invalid="ignore", divide="ignore"):
            value = np.where((expected > 0) & grid.known, grid.events.sum(axis=0) / expected * 100, np.nan)
        weight, sources, read = expected, set(grid.sources), grid.period
    else:
        top, bottom = inputs.products(indicator.numerator[0], indicator.weights[0], period)
        with np.errstate(invalid="ignore", divide="ignore"):
            value = np.where(bottom.value > 0, top.value / bottom.value, np.nan)
        weight, sources, read = bottom.value, set(top.sources), top.period
    disadvantage = np.full(len(value), np.nan)
    if indicator.rank:
        reference = inputs.pick(indicator.rank[0])
        rows = inputs.select(reference, period, "commune")
        number, reason = inputs.spread(rows, int(rows["cog"].iloc[0]), reference.source)
        disadvantage = inputs.unchanged(number, reason, int(rows["cog"].iloc[0]))[0]
        sources |= {reference.source}
    return Levels(value, weight, disadvantage, tuple(sorted(sources)), read)


Measure = Callable[[Floats, Floats, Floats, np.ndarray], float]


def _over_territories(indicator: Indicator, ground: Ground, measure: Measure, *, ranked: bool) -> Part:
    groups: Groups = ground.communes.only(TYPES)
    epci = ground.epci_of_commune.reindex(groups.units).fillna("").to_numpy()
    matrix, frames, sources = groups.matrix, [], set()
    for period in indicator.period:
        levels = _levels(indicator, ground, period)
        usable = np.isfinite(levels.value) & np.isfinite(levels.weight) & (levels.weight > 0)
        if ranked:
            usable &= np.isfinite(levels.disadvantage)
        value = np.full(matrix.shape[0], np.nan)
        status = np.full(matrix.shape[0], "not_applicable", dtype=object)
        people = groups.sum(groups.population)
        with np.errstate(invalid="ignore", divide="ignore"):
            coverage = np.where(people > 0, groups.sum(groups.population * usable) / people, 0.0)
        for row in np.flatnonzero(groups.keys["comparator_type"] == ""):
            held = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
            held = held[usable[held]]
            if len(held) < MIN_COMMUNES or coverage[row] < indicator.min_coverage:
                continue
            value[row] = (
                measure(levels.value[held], levels.weight[held], -levels.disadvantage[held], epci[held])
                * indicator.scale
            )
            status[row] = "observed" if coverage[row] >= 1 - 1e-9 else "estimated"
        frame = figure(groups, levels.period, value=value, status=status, coverage=np.clip(coverage, 0, 1))
        frames.append(frame[frame["comparator_type"] == ""])
        sources |= set(levels.sources)
    return Part(pd.concat(frames, ignore_index=True), tuple(sorted(sources)))


def slope_index(indicator: Indicator, ground: Ground) -> Part:
    """SII over the communes ranked from most to least disadvantaged: fitted at the least minus at the most
    disadvantaged end; negative where the disadvantaged communes have more."""
    return _over_territories(indicator, ground, lambda v, w, d, _: statistics.slope_index(v, w, d).sii, ranked=True)


def relative_index(indicator: Indicator, ground: Ground) -> Part:
    """Level fitted at the most disadvantaged end over that at the least disadvantaged end (the inverse of the RII of
    `statistics.slope_index`, so that 1.3 reads "30 % more at the disadvantaged end")."""

    def measure(v: Floats, w: Floats, d: Floats, _: np.ndarray) -> float:
        rii = statistics.slope_index(v, w, d).rii
        return 1 / rii if np.isfinite(rii) and rii > 0 else float("nan")

    return _over_territories(indicator, ground, measure, ranked=True)


def concentration_index(indicator: Indicator, ground: Ground) -> Part:
    """Relative concentration index along disadvantage; negative where concentrated among the disadvantaged."""
    return _over_territories(indicator, ground, lambda v, w, d, _: statistics.concentration_index(v, w, d), ranked=True)


def gini(indicator: Indicator, ground: Ground) -> Part:
    """Gini between communes, weighted by inhabitants (0 = all communes alike)."""
    return _over_territories(indicator, ground, lambda v, w, _d, _e: statistics.gini(v, w), ranked=False)


def theil(indicator: Indicator, ground: Ground) -> Part:
    """Theil's T between communes, weighted by inhabitants, natural units times `scale`."""

    def measure(v: Floats, w: Floats, _d: Floats, epci: np.ndarray) -> float:
        return _parts(v, w, epci).total

    return _over_territories(indicator, ground, measure, ranked=False)


def _parts(v: Floats, w: Floats, group: np.ndarray) -> statistics.TheilParts:
    parts = statistics.theil(v, w, group)
    assert isinstance(parts, statistics.TheilParts)  # always so when groups are given
    return parts


def theil_between_epci(indicator: Indicator, ground: Ground) -> Part:
    """Share (%) of the inequality between communes (Theil's T) that lies between the EPCI rather than inside them.

    `not_applicable` where the territory has one EPCI.
    """

    def measure(v: Floats, w: Floats, _d: Floats, epci: np.ndarray) -> float:
        if len(set(epci)) < 2:
            return float("nan")
        parts = _parts(v, w, epci)
        return float(parts.between / parts.total) if parts.total > 0 else float("nan")

    return _over_territories(indicator, ground, measure, ranked=False)
