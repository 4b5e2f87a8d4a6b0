"""Made-up national figures that lie on the map as real ones do: like their neighbours', or growing with the population."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from cls_analysis.sources.coherence import ground


@cache
def surface(level: str = "commune", *, seed: int = 0, noise: float = 0.3) -> pd.Series:
    """One number a territory, by code: chance spread from neighbour to neighbour, with noise of its own; mean 0, deviation 1."""
    on = ground(level)
    chance = np.random.default_rng(seed)
    held = chance.normal(size=len(on.codes))
    around = np.maximum(np.asarray(on.borders.sum(axis=1)).ravel(), 1)
    for _ in range(6):
        held = 0.4 * held + 0.6 * np.asarray(on.borders @ held) / around
    held = held / held.std() + noise * chance.normal(size=len(held))
    return pd.Series((held - held.mean()) / held.std(), index=on.codes)


@cache
def counts(level: str = "commune", *, seed: int = 0, per: float = 0.002) -> pd.Series:
    """A whole number a territory, drawn around a share of its embedded population (0 in most)."""
    on = ground(level)
    people = np.nan_to_num(on.people, nan=0.0)
    return pd.Series(np.random.default_rng(seed).poisson(people * per).astype(float), index=on.codes)


@cache
def minutes(*, seed: int = 0, share: float = 0.05) -> pd.Series:
    """Minutes by road to the nearest of some communes drawn by chance among the most peopled; 0 in those."""
    from cls_analysis import geography
    from cls_analysis.sources.coherence import _nearest

    points = geography.centroids().set_index("code_commune")
    people = geography.communes().set_index("code_commune")["population"].reindex(points.index, fill_value=0)
    chance = np.random.default_rng(seed)
    wanted = max(6, int(share * len(points)))
    weights = (people + 1) / (people + 1).sum()
    there = pd.Index(chance.choice(points.index.to_numpy(), size=wanted, replace=False, p=weights.to_numpy()))
    km = _nearest(points, points.index, there)
    return (km * 1.4 / 45 * 60).round(1)
