"""Made-up whole files of France, whose figures lie on the map as real ones do; for what one département cannot show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from cls_analysis import geography
from cls_analysis.sources.codes import DEPARTEMENTS, DROM, departement_of
from cls_analysis.sources.insee_filosofi import COLUMNS as FILOSOFI
from tests.sources.smooth import counts, minutes, surface
from tests.sources.writing import communes, lines, path_of, with_arrondissements

DISEASES = (
    "Cardiopathies ischémiques", "AVC ischémiques (accident cérébral)", "AVC hémorragiques (accident cérébral)", "Infarctus du myocarde",
    "Insuffisance cardiaque", "Embolies pulmonaires", "Syndrome coronaire aigu", "Valvulopathies", "Troubles du rythme",
)  # fmt: skip


def _of(values: pd.Series, code: str, other: float = 0.0) -> float:
    found = values.get(code)
    return other if found is None or np.isnan(found) else float(found)


def filosofi(mirror: Path) -> None:
    """Medians like their neighbours', households by the population; the rest secret."""
    rows: list[list[object]] = [["CODGEO", *FILOSOFI]]
    income, homes = surface(), counts(per=0.4)
    for code in communes(2024, DEPARTEMENTS):
        if departement_of(code) in ("971", "973", "976"):
            continue
        households = 60 + int(_of(homes, code))
        rows.append(
            [code, households, 2 * households, round(23000 + 2500 * _of(income, code)), *["s"] * (len(FILOSOFI) - 3)]
        )
    lines(path_of(mirror, "insee-filosofi", "communes"), rows, sep=";")


def fdep(mirror: Path) -> None:
    """Scores like their neighbours'."""
    header = [
        "Région", "Région Code", "Département", "Département Code", "Commune", "Code commune", "Nombre d'habitants de la commune",
        "Indice de défavorisation en quintiles",
    ]  # fmt: skip
    names = geography.communes(2021).set_index("code_commune")["name"]
    score, people = surface(seed=3), counts(seed=3, per=1.0)
    rows: list[list[object]] = [header]
    for code in with_arrondissements(communes(2021, [one for one in DEPARTEMENTS if one not in DROM])):
        held = [
            names.get(code, "Arrondissement"),
            code.lstrip("0"),
            20 + int(_of(people, code)),
            round(_of(score, code), 3),
        ]
        rows.append(["Région", "27", "Nom", code[:2], *held])
    lines(path_of(mirror, "inserm-fdep", "communes"), rows, sep=";", end="\r\n", bom=True)


def distancier(mirror: Path) -> None:
    """Four times by road, each to its own services: many doctors and pharmacies, few wards."""
    services = [minutes(seed=seed, share=share) for seed, share in ((1, 0.08), (2, 0.08), (3, 0.02), (4, 0.01))]
    services = [
        np.fmin(services[0], services[2]),
        np.fmin(services[1], services[3]),
        *services[2:],
    ]  # a town with a ward has a doctor
    rows: list[list[object]] = [["codgeo", "temps_medecin", "temps_pharmacie", "temps_urgences", "temps_maternite"]]
    for code in communes(2026, [one for one in DEPARTEMENTS if one != "976"]):
        rows.append([code, *("" if np.isnan(_of(one, code, np.nan)) else min(_of(one, code), 400) for one in services)])
    lines(path_of(mirror, "insee-distancier", "communes"), rows, sep=";")


def cardio(mirror: Path) -> None:
    """Rates of EPCI like their neighbours', four patients for a death, one disease after the other."""
    rows: list[list[object]] = [
        ["Code EPCI", "Libellé EPCI", "type_patho", "Taux standardisé de patients hospitalisés", "Taux standardisé de mortalité", "libreg", "libdep"]
    ]  # fmt: skip
    names = geography.epci(2024).set_index("siren_epci")["name"].astype("str")
    for place, disease in enumerate(DISEASES):
        ill, dead = surface("epci", seed=place), surface("epci", seed=50 + place)
        for code, name in names.items():
            patients = round(240 + 30 * _of(ill, str(code)), 2)
            rows.append(
                [code, name, disease, patients, round(60 + 8 * _of(dead, str(code)), 2), "Région", "Département"]
            )
    lines(path_of(mirror, "odisse-cardio-epci", "taux"), rows, sep=";", bom=True)


NATIONAL: dict[str, Callable[[Path], None]] = {
    "insee-filosofi": filosofi, "inserm-fdep": fdep, "insee-distancier": distancier, "odisse-cardio-epci": cardio,
}  # fmt: skip
