"""What do producers publish by département or bassin de vie, in the simulated world? Stand-ins under official ids.

Each figure: base level x exp(slope x mean deprivation of the area) x noise. The bassins de vie are made up: one per
EPCI, under the code of its largest commune. Mortality and life expectancy of the départements come from the
simulated deaths, so that both ways to the same figure agree.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cls_analysis import geography, statistics
from cls_analysis.demo.health import deaths as simulated_deaths
from cls_analysis.demo.rows import observations, stack
from cls_analysis.demo.supply import staff_of
from cls_analysis.demo.truth import AGE_BANDS, DEATH_YEARS, SEXES, generator
from cls_analysis.demo.world import Floats, World

# variable: base level, effect of deprivation (log per SD), noise (log), decimals
BASSIN_LOCAL: dict[str, tuple[float, float, float, int]] = {
    "part_peu_diplomes": (20.0, 0.16, 0.10, 1),
    "part_ouvriers_emplois": (22.0, 0.14, 0.15, 1),
    "part_familles_monoparentales": (15.5, 0.12, 0.10, 1),
    "taille_moyenne_menages": (2.2, 0.0, 0.03, 2),
    "part_locataires": (36.0, 0.06, 0.15, 1),
    "part_locataires_hlm": (12.5, 0.16, 0.25, 1),
    "part_suroccupation_accentuee": (0.7, 0.10, 0.25, 1),
    "part_residences_principales": (82.0, 0.0, 0.04, 1),
    "taux_pauvrete": (14.0, 0.28, 0.08, 1),
    "niveau_vie_median": (23100.0, -0.085, 0.02, -1),
}
BASSIN_CARE: dict[str, tuple[float, float, float, int]] = {
    "part_beneficiaires_ophtalmologue": (34.0, -0.06, 0.08, 1),
    "densite_orthophonistes": (33.0, -0.10, 0.20, 1),
    "densite_generalistes": (8.4, -0.10, 0.18, 1),
    "densite_infirmiers": (15.0, 0.02, 0.20, 1),
    "densite_sages_femmes": (2.3, -0.08, 0.30, 1),
    "densite_pharmacies": (3.2, 0.0, 0.15, 1),
    "apl_mg": (3.4, -0.10, 0.15, 1),
}
DEPARTEMENT: dict[str, tuple[float, float, float, int]] = {
    "taux_pauvrete": (14.5, 0.28, 0.05, 1),
    "niveau_vie_median": (23100.0, -0.085, 0.01, -1),
    "part_bac5": (10.5, -0.25, 0.12, 1),
    "part_bac2": (12.0, -0.05, 0.05, 1),
    "part_cap_bep": (25.0, 0.06, 0.05, 1),
    "part_peu_diplomes": (20.0, 0.16, 0.05, 1),
    "part_travail_velo": (2.3, -0.10, 0.25, 1),
    "part_travail_voiture": (76.0, 0.03, 0.04, 1),
    "part_travail_transports": (9.0, -0.05, 0.35, 1),
    "taux_mortalite_standardise_0_64": (1.7, 0.12, 0.03, 1),
    "taux_brut_mortalite": (9.6, 0.10, 0.06, 1),
}
CAUSES = {
    "taux_std_tumeurs": 0.27,
    "taux_std_circulatoire": 0.20,
    "taux_std_respiratoire": 0.065,
    "taux_std_digestif": 0.04,
    "taux_std_systeme_nerveux": 0.065,
    "taux_std_endocriniennes": 0.035,
    "taux_std_troubles_mentaux": 0.035,
    "taux_std_maladies_infectieuses": 0.02,
    "taux_std_causes_externes": 0.07,
}
AMELI = {
    "ensemble_generalistes": 86.0,
    "ensemble_specialistes": 84.0,
    "ophtalmologues": 6.2,
    "psychiatres": 9.0,
    "cardiologues": 7.4,
    "dermatologues": 4.0,
    "pediatres": 4.1,
    "gynecologues": 7.2,
    "ensemble_dentistes": 55.0,
    "sages_femmes": 24.0,
    "infirmiers": 152.0,
    "kinesitherapeutes": 117.0,
    "orthophonistes": 33.0,
    "orthoptistes": 5.0,
    "pedicures": 22.0,
}


def bassins(world: World) -> pd.DataFrame:
    """Membership: code_commune, bassin_de_vie (made up, one per EPCI)."""
    return world.communes[["code_commune", "bassin"]].rename(columns={"bassin": "bassin_de_vie"})


def _mean_by(world: World, by: str) -> pd.Series:
    people = world.communes["population"]
    totals = pd.DataFrame({"by": world.communes[by], "zp": world.deprivation * people, "p": people}).groupby("by").sum()
    return totals["zp"] / totals["p"].where(totals["p"] > 0)


def _levels(z: Floats, rng: np.random.Generator, base: float, slope: float, noise: float, decimals: int) -> Floats:
    return np.round(base * np.exp(slope * z + noise * rng.standard_normal(len(z))), decimals)


def local_statistics(world: World) -> pd.DataFrame:
    """OBSERVATIONS with the variables of insee-statistiques-locales, by made-up bassin de vie and by département."""
    rng, frames = generator(41), []
    z = _mean_by(world, "bassin")
    for name, settings in BASSIN_LOCAL.items():
        year = "2021" if name in {"taux_pauvrete", "niveau_vie_median"} else "2022"
        frames.append(observations(z.index, name, year, _levels(z.to_numpy(), rng, *settings), level="bassin_de_vie"))
    groups = pd.factorize(world.communes["bassin"], sort=True)[0]
    people = np.bincount(groups, weights=world.people.sum(axis=(1, 2)))
    for name, part in (("part_75_ans_ou_plus", slice(16, None)), ("part_moins_15_ans", slice(0, 4))):
        held = np.bincount(groups, weights=world.people[:, :, part].sum(axis=(1, 2)))
        frames.append(observations(z.index, name, "2022", np.round(100 * held / people, 1), level="bassin_de_vie"))
    z = _mean_by(world, "departement")
    for name, settings in DEPARTEMENT.items():
        year = {
            "taux_pauvrete": "2021",
            "niveau_vie_median": "2021",
            "taux_mortalite_standardise_0_64": "2024",
            "taux_brut_mortalite": "2024",
        }.get(name, "2022")
        frames.append(observations(z.index, name, year, _levels(z.to_numpy(), rng, *settings), level="departement"))
    return stack([*frames, *_life(world), *_equipments(world)])


def _equipments(world: World) -> list[pd.DataFrame]:
    by = world.communes["departement"]
    names = {
        "nb_medecins_generalistes": "medecins_generalistes",
        "nb_infirmiers": "infirmiers",
        "nb_pharmacies": "pharmacies",
        "nb_chirurgiens_dentistes": "chirurgiens_dentistes",
    }
    frames = []
    for name, staff in names.items():
        total = pd.Series(staff_of(world)[staff].sum(axis=1)).groupby(by.to_numpy()).sum()
        frames.append(observations(total.index, name, "2024", total.to_numpy(), level="departement"))
    people = world.communes.groupby("departement")["population"].sum()
    for name, per in (("nb_urgences", 110_000), ("nb_bassins_natation", 19_000), ("nb_salles_multisports", 4_200)):
        number = np.round(people.to_numpy() / per).clip(1)
        frames.append(observations(people.index, name, "2024", number, level="departement"))
    frames.append(observations(people.index, "population_estimee", "2025", people.to_numpy(), level="departement"))
    return frames


def _by_departement(world: World) -> tuple[pd.Index, Floats, Floats]:
    """Simulated deaths and person-years: départements x sexes x bands."""
    codes, names = pd.factorize(world.communes["departement"], sort=True)
    shape = (len(world.communes), len(SEXES), len(AGE_BANDS))
    dead = simulated_deaths(world)["value"].to_numpy().reshape(shape)
    out = [np.zeros((len(names), *shape[1:])) for _ in range(2)]
    np.add.at(out[0], codes, dead)
    np.add.at(out[1], codes, world.people * DEATH_YEARS)
    return pd.Index(names), out[0], out[1]


def _life(world: World) -> list[pd.DataFrame]:
    names, dead, years = _by_departement(world)
    starts = [0, 1, *range(5, 95, 5)]
    frames = []
    for s, sex in enumerate(SEXES):
        x, n = (np.concatenate([a[:, s, :-2], a[:, s, -2:].sum(axis=1, keepdims=True)], axis=1) for a in (dead, years))
        table = statistics.life_expectancy(
            pd.DataFrame(
                {
                    "area": np.repeat(names, 20),
                    "start": np.tile(starts, len(names)),
                    "deaths": x.ravel(),
                    "people": n.ravel(),
                }
            ),
            by="area",
            age_start="start",
            deaths="deaths",
            population="people",
        )
        at_birth = table[table["age_start"] == 0].set_index("area")["value"].reindex(names)
        status = np.where(at_birth.notna(), "observed", "missing").astype(object)
        frames.append(
            observations(
                names,
                "esperance_vie",
                "2024",
                at_birth.round(1).to_numpy(float),
                level="departement",
                sexes=(sex,),
                status=status,
            )
        )
    return frames


def causes_of_death(world: World) -> pd.DataFrame:
    """OBSERVATIONS with the variables of inserm-cepidc: standardised rates by département, all causes and main causes."""
    rng = generator(42)
    names, dead, years = _by_departement(world)
    weights = statistics.reference_population("esp2013-95-infants").to_numpy()
    by_sex = (dead / np.maximum(years, 1) * (weights / weights.sum())).sum(axis=2) * 100_000
    rates = {"all": by_sex.mean(axis=1), "F": by_sex[:, 0], "M": by_sex[:, 1]}
    frames = []
    for year in range(2010, 2024):
        drift = np.exp(-0.012 * (year - 2020)) * np.exp(0.01 * rng.standard_normal(len(names)))
        frames.append(
            observations(
                names, "taux_std_toutes_causes", str(year), np.round(rates["all"] * drift, 1), level="departement"
            )
        )
    for name, part in CAUSES.items():
        noise = np.exp(0.05 * rng.standard_normal(len(names)))
        value = np.stack([np.round(part * rates[sex] * noise, 1) for sex in ("all", "F", "M")], axis=1)
        frames.append(observations(names, name, "2023", value, level="departement", sexes=("all", "F", "M")))
    return stack(frames)


def care_by_bassin(world: World) -> pd.DataFrame:
    """OBSERVATIONS with the variables of cartosante, by made-up bassin; one bassin in twelve is kept secret for ALD."""
    rng, z, frames = generator(43), _mean_by(world, "bassin"), []
    for name, settings in BASSIN_CARE.items():
        year = "2023" if name == "apl_mg" else "2024"
        frames.append(observations(z.index, name, year, _levels(z.to_numpy(), rng, *settings), level="bassin_de_vie"))
    groups = pd.factorize(world.communes["bassin"], sort=True)[0]
    ill = (world.people * world.truth.ald_prevalence()[None] * world.risk(world.truth.ald_gradient)).sum(axis=(1, 2))
    share = np.round(
        100 * np.bincount(groups, weights=ill) / np.bincount(groups, weights=world.people.sum(axis=(1, 2))), 1
    )
    secret = np.where(rng.random(len(z)) < 1 / 12, "not_published", "observed").astype(object)
    return stack([*frames, observations(z.index, "part_ald", "2024", share, level="bassin_de_vie", status=secret)])


def liberal_professionals(world: World) -> pd.DataFrame:
    """OBSERVATIONS with the variables of ameli-demographie: head counts and densities by département, région, France."""
    rng, frames = generator(44), []
    people = world.communes.groupby("departement")["population"].sum()
    z = _mean_by(world, "departement").reindex(people.index).to_numpy()
    region = geography.departements().set_index("code")["region"].reindex(people.index)
    for name, density in AMELI.items():
        staff = pd.Series(rng.poisson(people.to_numpy() * density / 1e5 * np.exp(-0.12 * z)), index=people.index)
        levels = {
            "departement": (staff, people),
            "region": (staff.groupby(region).sum(), people.groupby(region).sum()),
            "france": (pd.Series([staff.sum()], index=["FR"]), pd.Series([people.sum()], index=["FR"])),
        }
        for level, (number, held) in levels.items():
            frames.append(observations(number.index, f"effectif_{name}", "2024", number.to_numpy(), level=level))
            frames.append(
                observations(
                    number.index,
                    f"densite_{name}",
                    "2024",
                    np.round(number.to_numpy() / held.to_numpy() * 1e5, 1),
                    level=level,
                )
            )
    return stack(frames)
