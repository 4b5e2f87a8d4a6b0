"""Which population margins does THE TABLE hold, to set respondents beside inhabitants?

The municipal population of each EPCI of the territory, as published. THE TABLE gives no population by sex or age of an EPCI
or perimeter today: those dimensions are compared only when such rows exist, and the report says so when they do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from cls_analysis.diagnostic.core import Diagnostic

POPULATION = "population-municipale"
BY_AGE = "population-par-age"


def epci_margin(d: Diagnostic) -> pd.DataFrame:
    """`epci, population` of the territory's EPCI that have a published population; empty if any of them lacks it."""
    if POPULATION not in d.catalogue or not d.setting.members:
        return pd.DataFrame({"epci": [], "population": []})
    period = d.setting.period(POPULATION)
    rows = d.setting.select(POPULATION, d.setting.members, period=period)
    if any(not r.shown for r in rows):
        return pd.DataFrame({"epci": [], "population": []})
    return pd.DataFrame({"epci": [r.place.territory for r in rows], "population": [float(r.value or 0) for r in rows]})


def period_of(d: Diagnostic) -> str:
    """The year of that population."""
    return d.setting.period(POPULATION) or ""


def citation(d: Diagnostic) -> str:
    """The source line of that population."""
    return d.setting.citation(d.setting.select(POPULATION, d.setting.members, period=d.setting.period(POPULATION)))


def simulated(d: Diagnostic) -> bool:
    """Whether that population is simulated."""
    return any(
        r.simulated for r in d.setting.select(POPULATION, d.setting.members, period=d.setting.period(POPULATION))
    )
