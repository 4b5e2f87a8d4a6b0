"""Who cares for the simulated inhabitants, and how far away? Professionals, equipments, access and travel times.

Professionals: Poisson, more per head where the commune is a centre, fewer where deprivation is high. Travel times:
straight line to the nearest equipment x 1.3 at 50 km/h plus 3 minutes. Accessibility: two-step floating catchment
(`statistics.floating_catchment`) within 20 km, weight 1 to 8 km, 0.3 to 15 km, 0.1 beyond.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from cls_analysis import statistics
from cls_analysis.demo.rows import observations, stack
from cls_analysis.demo.truth import PERIOD, generator
from cls_analysis.demo.world import Floats, World

AGE_GROUPS = ("0-54", "55-59", "60+")
# per 10,000 inhabitants; share of each age group; attraction of centres
PROFESSIONS: dict[str, tuple[float, tuple[float, float, float], float]] = {
    "medecins_generalistes": (8.4, (0.55, 0.15, 0.30), 0.20),
    "infirmiers": (15.2, (0.78, 0.12, 0.10), 0.12),
    "kinesitherapeutes": (11.5, (0.80, 0.09, 0.11), 0.25),
    "chirurgiens_dentistes": (5.4, (0.66, 0.12, 0.22), 0.30),
    "sages_femmes": (2.2, (0.84, 0.08, 0.08), 0.28),
    "orthophonistes": (3.3, (0.80, 0.09, 0.11), 0.30),
}
PHARMACIES = 3.0
NETWORK, SPEED_KM_MIN, START_MIN = 1.3, 50 / 60, 3.0


def _mean_supply(world: World, per_10_000: float, attraction: float) -> Floats:
    people = world.communes["population"].to_numpy()
    pull = (np.maximum(people, 1) / 3000) ** attraction
    level = people * pull * np.exp(-0.10 * world.deprivation)
    return level * per_10_000 / 10_000 * people.sum() / level.sum()


@cache
def staff_of(world: World) -> dict[str, np.ndarray]:
    """Number of each profession by commune and age group (pharmacies: one column)."""
    rng = generator(21)
    staff = {}
    for name, (density, ages, attraction) in PROFESSIONS.items():
        mean = _mean_supply(world, density, attraction)
        staff[name] = rng.poisson(mean[:, None] * np.array(ages)[None, :])
    staff["pharmacies"] = rng.poisson(_mean_supply(world, PHARMACIES, 0.10))[:, None]
    return staff


def professionals(world: World) -> pd.DataFrame:
    """OBSERVATIONS of each profession by age group, and of pharmacies (no age)."""
    codes = world.communes["code_commune"]
    staff = staff_of(world)
    frames = [observations(codes, name, PERIOD, staff[name], ages=AGE_GROUPS) for name in PROFESSIONS]
    return stack([*frames, observations(codes, "pharmacies", PERIOD, staff["pharmacies"])])


def _blocks(world: World) -> list[np.ndarray]:
    """Positions of the communes of each zone (one map projection each) that have a contour."""
    zone = world.communes["zone"]
    return [np.flatnonzero((zone == name).to_numpy()) for name in sorted(zone.dropna().unique())]


def _minutes(world: World, sites: np.ndarray) -> Floats:
    """Minutes to the nearest site (boolean over communes); NaN without a contour or without any site in the block."""
    from scipy.spatial import cKDTree  # slow to import: the declarations of the demonstration are read without it

    xy = world.communes[["x", "y"]].to_numpy()
    out = np.full(len(xy), np.nan)
    for block in _blocks(world):
        held = block[sites[block]]
        if len(held):
            out[block] = START_MIN + NETWORK * cKDTree(xy[held]).query(xy[block])[0] / SPEED_KM_MIN
    return out


def equipments(world: World) -> dict[str, np.ndarray]:
    """Which communes hold an emergency department, a maternity ward: the largest ones, by EPCI or département."""
    frame = world.communes.assign(rank=world.communes.groupby("departement")["population"].rank(ascending=False))
    large = frame["population"] > 20_000
    return {
        "urgences": ((frame["rank"] <= 4) | large).to_numpy(),
        "maternite": ((frame["rank"] <= 2) | large).to_numpy(),
    }


def distances(world: World) -> pd.DataFrame:
    """OBSERVATIONS of minutes by road to the nearest GP, pharmacy, emergency department and maternity ward."""
    staff, big = staff_of(world), equipments(world)
    sites = {
        "temps_medecin": staff["medecins_generalistes"].sum(axis=1) > 0,
        "temps_pharmacie": staff["pharmacies"][:, 0] > 0,
        "temps_urgences": big["urgences"],
        "temps_maternite": big["maternite"],
    }
    frames = []
    for name, held in sites.items():
        minutes = np.round(_minutes(world, held), 1)
        status = np.where(np.isfinite(minutes), "observed", "missing").astype(object)
        frames.append(observations(world.communes["code_commune"], name, PERIOD, minutes, status=status))
    return stack(frames)


@cache
def _pairs(world: World) -> pd.DataFrame:
    from scipy.spatial import cKDTree

    xy, codes = world.communes[["x", "y"]].to_numpy(), world.communes["code_commune"].to_numpy()
    frames = []
    for block in _blocks(world):
        tree = cKDTree(xy[block])
        near = tree.sparse_distance_matrix(tree, 20.0, output_type="coo_matrix")
        frames.append(
            pd.DataFrame({"origin": codes[block[near.row]], "site": codes[block[near.col]], "cost": near.data})
        )
    return pd.concat(frames, ignore_index=True)


def access(world: World) -> pd.DataFrame:
    """OBSERVATIONS with the variables of the APL workbooks, two years, from the simulated supply and ages.

    Standardised population: people weighted by a made-up use of care that grows with age; women's for midwives.
    """
    codes, staff = world.communes["code_commune"], staff_of(world)
    use = np.concatenate([np.full(10, 0.8), np.full(6, 1.0), np.full(5, 1.5)])
    standard = (world.people * use[None, None, :]).sum(axis=(1, 2))
    women = world.people[:, 0, 5:13].sum(axis=1) * 2.1
    settings = {
        "apl_mg": ("medecins_generalistes", "pop_standardisee_mg", standard, 3900.0),
        "apl_ide": ("infirmiers", "pop_standardisee_ide", standard, 1e5),
        "apl_cd": ("chirurgiens_dentistes", "pop_standardisee_cd", standard, 1e5),
        "apl_sf": ("sages_femmes", "pop_feminine_standardisee_sf", women, 1e5),
    }
    frames = []
    for variable, (profession, weight_name, weight, factor) in settings.items():
        offered = pd.Series(staff[profession].sum(axis=1).astype(float), index=codes)
        people = pd.Series(weight.astype(float), index=codes)
        placed = world.communes["x"].notna().to_numpy()
        reach = statistics.floating_catchment(
            people[placed], offered[placed], _pairs(world), radius=20.0, steps=[(8.0, 1.0), (15.0, 0.3), (20.0, 0.1)]
        ).reindex(codes)
        for year, change in (("2022", 1.015), ("2023", 1.0)):
            value = np.round(reach.to_numpy() * factor * change, 3)
            status = np.where(np.isfinite(value), "observed", "missing").astype(object)
            frames.append(observations(codes, variable, year, value, status=status))
            frames.append(observations(codes, weight_name, year, np.round(weight, 3)))
            if variable == "apl_mg":
                frames.append(
                    observations(codes, "population_totale", year, world.people.sum(axis=(1, 2)).astype(float))
                )
                frames.append(observations(codes, "apl_mg_65", year, np.round(0.9 * value, 3), status=status))
    return stack(frames)


BPE = {
    "nb_medecins_generalistes": ("medecins_generalistes", 1.12),
    "nb_infirmiers": ("infirmiers", 0.70),
    "nb_kinesitherapeutes": ("kinesitherapeutes", 0.72),
    "nb_chirurgiens_dentistes": ("chirurgiens_dentistes", 1.02),
    "nb_sages_femmes": ("sages_femmes", 0.5),
    "nb_orthophonistes": ("orthophonistes", 0.8),
    "nb_pharmacies": ("pharmacies", 1.1),
}
RARE = {
    "nb_urgences": 0.1,
    "nb_maternites": 0.08,
    "nb_maisons_sante": 0.12,
    "nb_laboratoires": 0.6,
    "nb_personnes_agees_hebergement": 1.6,
    "nb_personnes_agees_soins_domicile": 0.4,
    "nb_garde_enfants": 1.8,
    "nb_pedicures": 1.9,
    "nb_ophtalmologues": 0.7,
    "nb_psychiatres": 0.8,
    "nb_cardiologues": 0.7,
    "nb_pediatres": 0.4,
    "nb_gynecologues_medicaux": 0.3,
}

LATER = {  # drawn apart, so that the tables above stay as they were
    "nb_medecine_preventive": 0.04,
    "nb_psychiatrie_ambulatoire": 0.4,
    "nb_personnes_agees_aide": 0.8,
    "nb_adultes_handicapes_hebergement": 0.7,
    "nb_adultes_handicapes_services": 0.2,
    "nb_enfants_handicapes_hebergement": 0.35,
    "nb_travail_protege": 0.3,
}


def equipment_history(world: World) -> pd.DataFrame:
    """OBSERVATIONS with the variables of the BPE of 2009 and 2013: today's mean supply, scaled."""
    rng, codes, frames = generator(22), world.communes["code_commune"], []
    for year, drift in (("2009", 1.03), ("2013", 1.0)):
        for variable, (profession, level) in BPE.items():
            density, _, pull = PROFESSIONS.get(profession, (PHARMACIES, (), 0.10))
            frames.append(
                observations(codes, variable, year, rng.poisson(_mean_supply(world, density * level * drift, pull)))
            )
        for variable, density in RARE.items():
            frames.append(observations(codes, variable, year, rng.poisson(_mean_supply(world, density, 0.35))))
    later = generator(23)
    for year in ("2009", "2013"):
        for variable, density in LATER.items():
            frames.append(observations(codes, variable, year, later.poisson(_mean_supply(world, density, 0.35))))
    return stack(frames)
