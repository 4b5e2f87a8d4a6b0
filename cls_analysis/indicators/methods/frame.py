"""How does a method hand back its figures? One frame per period (sex, age), coverage and status by one rule.

The rule: a unit whose value is unknown is left out of numerator and denominator alike; `coverage` says which
share of the territory's population the rest stands on. At full coverage the value is `observed`; from the
indicator's `min_coverage` it is `estimated`; below, no value, and the status is the reason that weighs most
(`not_published` or `missing`). Nothing is ever filled with zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cls_analysis.indicators.groups import Floats, Groups
from cls_analysis.indicators.inputs import ESTIMATED, MISSING, NOT_PUBLISHED, Inputs, Units
from cls_analysis.indicators.model import Indicator

FULL = 1 - 1e-9
SMALL = 30  # under 30 events the relative standard error is above 18 %: shown, flagged
LEVELS_FROM = {
    "commune": ("commune", "bassin_de_vie", "epci", "perimeter", "departement", "region", "france"),
    "bassin_de_vie": ("bassin_de_vie", "epci", "perimeter", "departement", "region", "france"),
    "epci": ("epci", "perimeter", "departement", "region", "france"),
    "departement": ("departement", "region", "france"),
}
COLUMNS = (
    "territory_type",
    "territory",
    "comparator_type",
    "comparator",
    "period",
    "sex",
    "age",
    "value",
    "lower",
    "upper",
    "numerator",
    "denominator",
    "status",
    "reliability",
    "coverage",
)


@dataclass(frozen=True, eq=False)
class Ground:
    """What every method stands on: sources' reader, communes' groups, départements' groups, EPCI of each commune."""

    inputs: Inputs
    communes: Groups
    departements: Groups
    epci_of_commune: pd.Series

    def groups(self, indicator: Indicator) -> Groups:
        """Rows that the indicator asks for, on the units it is known for."""
        if indicator.geography == "departement":
            return self.departements
        return self.communes.only(LEVELS_FROM[indicator.geography])


@dataclass(frozen=True, eq=False)
class Aggregate:
    """Sums over the units where everything is known, with the coverage and the status that follow."""

    sums: tuple[Floats, ...]
    coverage: Floats
    status: NDArray[np.object_]


def unit_level(indicator: Indicator) -> str:
    """Level of the rows that the sources are read at."""
    return "departement" if indicator.geography == "departement" else "commune"


def person_years(indicator: Indicator, period: str) -> int:
    """Years that multiply the denominator: those of the pooled period read, or the entry's `years`."""
    first, _, last = period.partition("-")
    return int(last) - int(first) + 1 if last and indicator.years > 1 else indicator.years


def aggregate(groups: Groups, parts: tuple[Units, ...], *, floor: float, epci: pd.Series | None = None) -> Aggregate:
    """Sum each part over the units where all parts are known; coverage by population; status by the rule above.

    Where a part is known by EPCI only (`epci`: EPCI of each commune), a territory that cuts through one is `missing`.
    """
    known = np.all([np.isfinite(part.value) for part in parts], axis=0)
    reason = np.max([part.reason for part in parts], axis=0)
    sums = tuple(groups.sum(np.where(known, part.value, 0.0)) for part in parts)
    people, (total, units) = groups.population, groups.totals
    held, units_held = (total, units) if known.all() else (groups.sum(people * known), groups.sum(known.astype(float)))
    with np.errstate(invalid="ignore", divide="ignore"):
        coverage = np.where(total > 0, held / total, units_held / units)
        fraction = _over(groups, people, reason == ESTIMATED) / total
    coverage = np.clip(coverage, 0.0, 1.0)
    secret = _over(groups, people + 1e-9, reason == NOT_PUBLISHED)
    absent = _over(groups, people + 1e-9, reason == MISSING)
    blank = np.where(secret > absent, "not_published", "missing")
    blank = np.where((secret == 0) & (absent == 0), "not_applicable", blank)
    whole = np.where(fraction > 0, "estimated", "observed")
    status = np.where(coverage >= FULL, whole, np.where((coverage >= floor) & (held > 0), "estimated", blank))
    if epci is not None and any(part.whole_epci for part in parts):
        cut = groups.cuts(epci)
        status, coverage = np.where(cut, "missing", status), np.where(cut, 0.0, coverage)
    return Aggregate(sums, coverage, status.astype(object))


def _over(groups: Groups, weights: Floats, where: NDArray[np.bool_]) -> Floats:
    """Sum of the weights of some units; most often there are none, and nothing has to be multiplied to know it."""
    return groups.sum(weights * where) if where.any() else np.zeros(groups.matrix.shape[0])


def figure(
    groups: Groups,
    period: str,
    *,
    value: Floats,
    status: NDArray[np.object_],
    coverage: Floats,
    lower: Floats | None = None,
    upper: Floats | None = None,
    numerator: Floats | None = None,
    denominator: Floats | None = None,
    sex: str = "all",
    age: str = "all",
    events: Floats | None = None,
) -> pd.DataFrame:
    """The frame of one period, sex and age; values are blanked where the status gives none.

    A division without denominator is `not_applicable`. `reliability`: `small` under 30 events, `approximate`
    where estimated, `none` where there is no value, else `ok`.
    """
    status = np.where(
        np.isin(status.astype(str), ("observed", "estimated")) & ~np.isfinite(value),
        "not_applicable",
        status.astype(str),
    )
    shown = np.isin(status, ("observed", "estimated"))
    blank = np.full(len(value), np.nan)
    counted = shown | (status == "too_few_events")
    reliability = np.where(shown, np.where(status == "estimated", "approximate", "ok"), "none")
    if events is not None:
        reliability = np.where(shown & (events < SMALL) & (reliability == "ok"), "small", reliability)
    frame = groups.keys.assign(
        period=period,
        sex=sex,
        age=age,
        value=np.where(shown, value, np.nan),
        lower=blank if lower is None else np.where(shown, lower, np.nan),
        upper=blank if upper is None else np.where(shown, upper, np.nan),
        numerator=blank if numerator is None else np.where(counted, numerator, np.nan),
        denominator=blank if denominator is None else np.where(counted, denominator, np.nan),
        status=status,
        reliability=reliability,
        coverage=coverage,
    )
    return frame[list(COLUMNS)]


def used(*parts: Units) -> tuple[str, ...]:
    """Ids of the sources that the parts come from."""
    return tuple(sorted({source for part in parts for source in part.sources}))


@dataclass(frozen=True, eq=False)
class Part:
    """What a method returns: the frame of all periods and the sources it stands on."""

    frame: pd.DataFrame
    sources: tuple[str, ...]
