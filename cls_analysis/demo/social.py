"""How do the simulated inhabitants live? Work, income, housing, births: stand-ins under the official ids.

Each figure is a base level moved by the deprivation index and some noise. The producers' secrecy is imitated: no
median under 50 households, no poverty rate under 1,000 households.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cls_analysis.demo.rows import observations, stack
from cls_analysis.demo.truth import PERIOD, generator
from cls_analysis.demo.world import Floats, World


def _logistic(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-x))


def deprivation(world: World) -> pd.DataFrame:
    """OBSERVATIONS `defavorisation`: the index itself, higher is more disadvantaged, mean 0 and SD 1 over inhabitants."""
    return observations(world.communes["code_commune"], "defavorisation", PERIOD, np.round(world.deprivation, 4))


def comparateur(world: World) -> pd.DataFrame:
    """OBSERVATIONS with the variables of insee-comparateur: households, work, births and deaths of one year, area."""
    rng, codes, z = generator(31), world.communes["code_commune"], world.deprivation
    people = world.communes["population"].to_numpy().astype(int)
    adults = world.people[:, :, 4:14].sum(axis=(1, 2))
    active = rng.binomial(adults, 0.74)
    out = rng.binomial(active, _logistic(-2.05 + 0.30 * z))
    risk = world.risk(world.truth.mortality_gradient)
    deaths = rng.poisson((world.people * world.truth.death_rates()[None] * risk).sum(axis=(1, 2)))
    births = rng.poisson(0.052 * world.people[:, 0, 5:10].sum(axis=1))
    area = world.communes["area_km2"].to_numpy()
    known = np.where(np.isfinite(area), "observed", "missing").astype(object)
    tables = {
        ("population", "2021"): people,
        ("population", "2015"): np.round(people * np.exp(-0.012 * z + 0.004)),
        ("menages", "2021"): np.round(people / 2.18),
        ("naissances", "2022"): births,
        ("deces", "2022"): deaths,
        ("pop_15_64", "2021"): adults,
        ("actifs_15_64", "2021"): active,
        ("chomeurs_15_64", "2021"): out,
    }
    frames = [observations(codes, name, year, value) for (name, year), value in tables.items()]
    return stack([*frames, observations(codes, "superficie_km2", "2021", np.round(area, 2), status=known)])


def filosofi(world: World) -> pd.DataFrame:
    """OBSERVATIONS with the main variables of insee-filosofi, secrecy imitated (`not_published`, never zero)."""
    rng, codes, z = generator(32), world.communes["code_commune"], world.deprivation
    people = world.communes["population"].to_numpy()
    households = np.round(people / 2.2)
    median = np.round((23_100 * np.exp(-0.085 * z + 0.05 * rng.standard_normal(len(z)))) / 10) * 10
    poverty = np.round(100 * _logistic(-1.85 + 0.42 * z + 0.15 * rng.standard_normal(len(z))))
    few = np.where(households >= 50, "observed", "not_published").astype(object)
    some = np.where(households >= 1000, "observed", "not_published").astype(object)
    frames = [
        observations(codes, "menages_fiscaux", "2021", households, status=few),
        observations(codes, "personnes_fiscales", "2021", np.round(people * 0.97), status=few),
        observations(codes, "niveau_vie_median", "2021", median, status=few),
        observations(codes, "taux_pauvrete", "2021", np.maximum(poverty, 5), status=some),
        observations(codes, "part_menages_imposes", "2021", np.round(100 * _logistic(0.15 - 0.3 * z)), status=some),
        observations(codes, "part_minima_sociaux", "2021", np.round(100 * _logistic(-3.6 + 0.4 * z), 1), status=some),
        observations(codes, "rapport_interdecile", "2021", np.round(3.0 + 0.25 * np.abs(z), 1), status=some),
    ]
    return stack(frames)


def urbasante(world: World) -> pd.DataFrame:
    """OBSERVATIONS with the variables of urbasante used by the catalogue: ages, crowding, remoteness, environment."""
    rng, codes, z = generator(33), world.communes["code_commune"], world.deprivation
    total = world.people.sum(axis=(1, 2)).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        young, old = (
            100 * world.people[:, :, part].sum(axis=(1, 2)) / total for part in (slice(0, 6), slice(14, None))
        )
    size = np.log1p(world.communes["population"].to_numpy())
    inhabited = np.where(total > 0, "observed", "missing").astype(object)
    noise = rng.standard_normal((3, len(z)))
    ages = {"part_moins_25_ans": young, "part_65_ans_ou_plus": old, "part_25_64_ans": 100 - young - old}
    frames = [observations(codes, name, "2020", np.round(v, 1), status=inhabited) for name, v in ages.items()]
    frames.append(
        observations(
            codes, "part_suroccupation", "2020", np.round(100 * _logistic(-4.0 + 0.3 * (size - 6.5) + 0.2 * z), 1)
        )
    )
    for name, level in (
        ("eloignement_proximite", 6.2),
        ("eloignement_intermediaires", 5.6),
        ("eloignement_superieurs", 5.0),
    ):
        far = rng.random(len(z)) < _logistic(1.6 * (level - size))
        frames.append(observations(codes, name, "2021", 100.0 * far))
    frames.append(observations(codes, "couvert_forestier", "2018", np.round(100 * _logistic(-1.2 + 0.5 * noise[0]), 2)))
    frames.append(
        observations(
            codes, "surface_impermeable", "2018", np.round(100 * _logistic(-6.5 + 0.45 * size + 0.2 * noise[1]), 2)
        )
    )
    frames.append(
        observations(codes, "cyclabilite", "2022", np.round(_logistic(-5.2 + 0.35 * (size - 6) + 0.3 * noise[2]), 3))
    )
    return stack(frames)
