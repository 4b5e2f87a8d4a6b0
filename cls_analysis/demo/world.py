"""Where do the simulated people live? Real communes and populations, a simulated deprivation and age structure.

Real: communes, municipal populations, EPCI, départements, contours. Simulated: the deprivation index (a sum of
normal effects of the département, the EPCI and the commune, hence patches as wide as an EPCI), the pyramid of ages of
each commune (a common pyramid tilted towards old ages where the commune is small), and the clusters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cls_analysis import geography
from cls_analysis.demo.truth import AGE_BANDS, MID_AGES, Truth, generator
from cls_analysis.errors import InvalidInput

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class World:
    """The simulated world: `communes` (code_commune, departement, region, epci, bassin, population, zone, x, y, area_km2), arrays
    in the same order: `deprivation` (population-weighted mean 0, SD 1), `log_risk` (clusters and EPCI frailty),
    `people` (communes x sexes x bands)."""

    truth: Truth
    communes: pd.DataFrame
    deprivation: Floats
    log_risk: Floats
    people: NDArray[np.int64]

    def risk(self, gradient: float) -> Floats:
        """Relative risk of each commune under a gradient of deprivation, shaped to multiply `people`."""
        return np.exp(gradient * self.deprivation + self.log_risk)[:, None, None]


def _communes() -> pd.DataFrame:
    frame = geography.communes()[["code_commune", "departement", "region", "population"]]
    frame = frame.merge(geography.membership(), on="code_commune", how="left", validate="one_to_one")
    frame["epci"] = frame.pop("siren_epci").where(lambda s: s.notna(), "sans-" + frame["code_commune"])
    if frame["population"].isna().any():
        raise InvalidInput(
            f"communes without a population: {frame.loc[frame['population'].isna(), 'code_commune'].tolist()}"
        )
    largest = frame.sort_values(["population", "code_commune"], ascending=[False, True]).drop_duplicates("epci")
    frame["bassin"] = frame["epci"].map(largest.set_index("epci")["code_commune"])
    return frame.merge(_places(), on="code_commune", how="left", validate="one_to_one").reset_index(drop=True)


def _places() -> pd.DataFrame:
    """Zone, centre (km, in the projection of the zone) and area of each contour; communes without one are absent."""
    places = geography.centroids().merge(geography.areas(), on="code_commune", validate="one_to_one")
    return places.assign(x=places["x"] / 1000, y=places["y"] / 1000)


def _effects(labels: pd.Series, rng: np.random.Generator) -> Floats:
    codes, names = pd.factorize(labels, sort=True)
    return rng.standard_normal(len(names))[codes]


def _deprivation(communes: pd.DataFrame, rng: np.random.Generator) -> Floats:
    weight = communes["population"].to_numpy()
    raw = (
        0.55 * _effects(communes["departement"], rng)
        + 0.65 * _effects(communes["epci"], rng)
        + 0.50 * rng.standard_normal(len(communes))
    )
    centred = raw - np.average(raw, weights=weight)
    return centred / np.sqrt(np.average(centred**2, weights=weight))


def _clusters(communes: pd.DataFrame, truth: Truth, rng: np.random.Generator) -> tuple[str, ...]:
    """EPCI with elevated risk: drawn among those of 15 to 90 communes and 15,000 inhabitants or more."""
    by = communes.groupby("epci").agg(n=("code_commune", "size"), people=("population", "sum"))
    candidates = by.index[(by["n"].between(15, 90)) & (by["people"] >= 15_000) & ~by.index.str.startswith("sans-")]
    return tuple(sorted(rng.choice(np.sort(candidates), size=truth.cluster_count, replace=False).tolist()))


def _pyramid(communes: pd.DataFrame, truth: Truth, rng: np.random.Generator) -> NDArray[np.int64]:
    width = np.array([1.0, 4.0, *[5.0] * 19])
    births = np.array([0.487, 0.513])
    survival = np.exp(-np.cumsum(truth.death_rates() * width, axis=1) + truth.death_rates() * width / 2)
    bulge = 1 + 0.18 * np.exp(-((MID_AGES - 58) ** 2) / 350)
    base = births[:, None] * survival * width * bulge
    base[:, -1] *= 0.5
    rurality = np.clip((8.5 - np.log1p(communes["population"].to_numpy())) / 4, -1, 1)
    tilt = 0.006 * rurality + 0.004 * _effects(communes["epci"], rng) + 0.002 * rng.standard_normal(len(communes))
    shape = base.reshape(1, -1) * np.exp(tilt[:, None] * np.tile(MID_AGES - 42, 2)[None, :])
    shape /= shape.sum(axis=1, keepdims=True)
    drawn = rng.multinomial(communes["population"].to_numpy().astype(np.int64), shape)
    return drawn.reshape(len(communes), 2, len(AGE_BANDS))


@cache
def world() -> World:
    """The simulated world, the same at every call and on every machine."""
    communes = _communes()
    deprivation = _deprivation(communes, generator(1))
    truth = Truth()
    truth = replace(truth, clusters=_clusters(communes, truth, generator(2)))
    frailty = truth.epci_sd * _effects(communes["epci"], generator(3))
    log_risk = frailty + truth.cluster_log_risk * communes["epci"].isin(truth.clusters).to_numpy()
    people = _pyramid(communes, truth, generator(4))
    return World(truth, communes, deprivation, log_risk, people)
