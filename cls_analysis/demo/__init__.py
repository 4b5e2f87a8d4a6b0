"""What would the sources say in a made-up France? Simulated tables on the real communes, in the sources' own schema.

For a machine without the official files. Real here: communes, EPCI, municipal populations, contours. Everything else is
drawn from a documented, seeded model (docs/simulation.md) whose true parameters `true_parameters()` returns.
All that comes from it is marked `simulated` to the last page.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from cls_analysis.demo import areas, health, social, supply
from cls_analysis.demo.declarations import DEMO_SOURCES
from cls_analysis.demo.truth import SEED, Truth
from cls_analysis.demo.world import World, world
from cls_analysis.errors import UnknownName

TABLES: dict[str, Callable[[World], pd.DataFrame]] = {
    "demo-population": health.population,
    "demo-deces": health.deaths,
    "demo-ald": health.illnesses,
    "demo-professionnels": supply.professionals,
    "demo-social": social.deprivation,
    "demo-distances": supply.distances,
    "ameli-demographie": areas.liberal_professionals,
    "cartosante": areas.care_by_bassin,
    "drees-apl": supply.access,
    "insee-bpe": supply.equipment_history,
    "insee-comparateur": social.comparateur,
    "insee-filosofi": social.filosofi,
    "insee-statistiques-locales": areas.local_statistics,
    "inserm-cepidc": areas.causes_of_death,
    "urbasante": social.urbasante,
}


def source_ids() -> tuple[str, ...]:
    """Ids of the sources that are simulated, own ones (`demo-*`) and stand-ins under official ids, sorted."""
    return tuple(sorted(TABLES))


def simulate(source_id: str) -> pd.DataFrame:
    """OBSERVATIONS (docs/architecture.md) of one simulated source; text columns are categorical.

    The same at every call. Every commune has every cell of the sources by commune: a zero is an observed zero.
    Raises `UnknownName` for an id that is not simulated.
    """
    if source_id not in TABLES:
        raise UnknownName(f"source {source_id!r} is not simulated", hint=f"one of {', '.join(source_ids())}")
    return TABLES[source_id](world())


def bassins_de_vie() -> pd.DataFrame:
    """Made-up membership in bassins de vie: code_commune, bassin_de_vie (the largest commune of the EPCI)."""
    return areas.bassins(world())


def true_parameters() -> Truth:
    """The parameters that the simulated tables were drawn with, clusters included."""
    return world().truth


__all__ = ["DEMO_SOURCES", "SEED", "TABLES", "Truth", "bassins_de_vie", "simulate", "source_ids", "true_parameters"]
