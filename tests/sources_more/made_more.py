"""Made-up files in the exact format of the producers whose official file is not here yet, for one small département.

Figures are invented (drawn from a hash of their key), stable, and add up where the producer's do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from cls_analysis import geography
from tests.sources.made import communes, draw, lines, path_of, with_arrondissements
from tests.sources_more.made_melodi import age_sex, bpe, civil, filosofi
from tests.sources_more.made_registers import RPPS_HEADER, activity, finess, names_of, rpps

__all__ = ["CARDIO", "EPCI_90", "MAKERS", "RPPS_HEADER", "activity", "age_sex", "bpe", "fdep", "names_of"]


def fdep(mirror: Path, departements: Sequence[str]) -> None:
    rows: list[list[object]] = [
        [
            "Région",
            "Région Code",
            "Département",
            "Département Code",
            "Commune",
            "Code commune",
            "Nombre d'habitants de la commune",
            "Indice de défavorisation en quintiles",
        ]
    ]
    for code in with_arrondissements(communes(2021, departements)):
        score = "" if draw(code, "none", below=30) == 0 else (draw(code, "fdep", below=6000) - 3000) / 1000
        rows.append(
            [
                "Région",
                "27",
                "Nom",
                code[:2],
                f"Commune {code}",
                code.lstrip("0"),
                20 + draw(code, "people", below=900),
                score,
            ]
        )
    lines(path_of(mirror, "inserm-fdep", "communes"), rows, sep=";", end="\r\n", bom=True)


def fedi(mirror: Path, departements: Sequence[str]) -> None:
    rows: list[list[object]] = [["Commune Code", "Commune", "Région", "EDI", "Quintile natonal", "Millésime EDI"]]
    for code in with_arrondissements(communes(2021, departements)):
        score = (draw(code, "edi", below=10000) - 5000) / 1000
        rows.append([code.lstrip("0"), f"Commune {code}", "Région", score, int((score + 5) // 2) + 1, "2021"])
    lines(path_of(mirror, "inserm-fedi", "communes"), rows, sep=";", bom=True)


def frr(mirror: Path, departements: Sequence[str]) -> None:
    rows: list[list[object]] = [["codgeo", "libgeo", "codefrr"]]
    rows += [
        [code, f"Commune {code}", (-9999, 1, 4)[draw(code, "frr", below=3)]] for code in communes(2025, departements)
    ]
    lines(path_of(mirror, "frr", "communes"), rows, sep=";")


def distancier(mirror: Path, departements: Sequence[str]) -> None:
    rows: list[list[object]] = [["codgeo", "temps_medecin", "temps_pharmacie", "temps_urgences", "temps_maternite"]]
    rows += [
        [code, *("" if draw(code, n, below=40) == 0 else draw(code, n, below=600) / 10 for n in range(4))]
        for code in communes(2023, departements)
    ]
    lines(path_of(mirror, "insee-distancier", "communes"), rows, sep=";")


PATHOLOGIES = {
    "Maladies cardioneurovasculaires": "top_CV_Ind", "Traitements du risque vasculaire (hors pathologies)": "top_FRV_Ind", "Diabète": "top_FDIABET_Ind",
    "Cancers": "top_Cancer_Ind", "Maladies psychiatriques": "top_Psy_Ind", "Traitements psychotropes (hors pathologies)": "top_PsyMed_Ind",
    "Maladies neurologiques": "top_Neuro_Ind", "Maladies respiratoires chroniques (avec ou sans mucoviscidose)": "top_ABPCOIR_Ind",
    "Maladies inflammatoires ou rares ou infection VIH": "top_Inf_Ind", "Insuffisance rénale chronique terminale": "top_IRCT_Ind",
    "Maladies du foie ou du pancréas (avec ou sans mucoviscidose)": "top_FoiePanc_Ind",
    "Affections de longue durée (dont 31 et 32) pour d'autres causes": "top_ALDAutr_Ind", "Maternité (avec ou sans pathologies)": "top_Mater_Ind",
    "Hospitalisations hors pathologies repérées": "top_HospPonct_Ind",
}  # fmt: skip


def effectifs(mirror: Path, departements: Sequence[str]) -> None:
    rows: list[list[object]] = [
        [
            "annee",
            "patho_niv1",
            "patho_niv2",
            "patho_niv3",
            "top",
            "cla_age_5",
            "sexe",
            "region",
            "dept",
            "Ntop",
            "Npop",
            "prev",
            "Niveau prioritaire",
            "libelle_classe_age",
            "libelle_sexe",
            "tri",
        ]
    ]
    territories = [("27", code) for code in departements] + [("27", "999"), ("99", "999")]
    for year in ("2022", "2023"):
        for label, top in PATHOLOGIES.items():
            for region, dept in territories:
                for sex in ("1", "2", "9"):
                    patients = 10 * draw(year, label, dept, sex, below=2000)
                    secret = patients < 300 and dept != "999"
                    cells = ["", 40000, ""] if secret else [patients, 40000, patients / 400]
                    rows.append(
                        [
                            f"{year}-01-01",
                            label,
                            "",
                            "",
                            top,
                            "tsage",
                            sex,
                            region,
                            dept,
                            *cells,
                            "1",
                            "tous âges",
                            "sexe",
                            1.0,
                        ]
                    )
                    rows.append(
                        [
                            f"{year}-01-01",
                            label,
                            "",
                            "",
                            top,
                            "40-44",
                            sex,
                            region,
                            dept,
                            10,
                            400,
                            2.5,
                            "1",
                            "de 40 à 44 ans",
                            "sexe",
                            1.0,
                        ]
                    )
                    rows.append(
                        [
                            f"{year}-01-01",
                            label,
                            "Un sous-groupe",
                            "",
                            top,
                            "tsage",
                            sex,
                            region,
                            dept,
                            10,
                            400,
                            2.5,
                            "2",
                            "tous âges",
                            "sexe",
                            1.0,
                        ]
                    )
    lines(path_of(mirror, "ameli-effectifs", "effectifs"), rows, sep=";", bom=True)


EPCI_90 = ("200069052", "200069060", "249000241")


CARDIO = ("Cardiopathies ischémiques", "AVC ischémique", "Insuffisance cardiaque")


def cardio(mirror: Path, departements: Sequence[str]) -> None:
    del departements
    rows: list[list[object]] = [
        [
            "Code EPCI",
            "Libellé EPCI",
            "type_patho",
            "Taux standardisé de patients hospitalisés",
            "Taux standardisé de mortalité",
            "libreg",
            "libdep",
        ]
    ]
    names = geography.epci(2024).set_index("siren_epci")["name"].astype("str")
    for code in EPCI_90:
        for disease in CARDIO:
            death: object = "NS" if draw(code, disease, below=4) == 0 else draw(code, disease, "d", below=900) / 10
            rows.append(
                [code, names[code], disease, draw(code, disease, "h", below=9000) / 10, death, "Région", "Département"]
            )
    lines(path_of(mirror, "odisse-cardio-epci", "taux"), rows, sep=";", bom=True)


MAKERS: dict[str, Callable[[Path, Sequence[str]], None]] = {
    "ameli-effectifs": effectifs,
    "ans-rpps": rpps,
    "finess": finess,
    "frr": frr,
    "insee-distancier": distancier,
    "insee-ds-bpe": bpe,
    "insee-ds-filosofi": filosofi,
    "insee-etat-civil": civil,
    "insee-rp-age-sexe": age_sex,
    "inserm-fdep": fdep,
    "inserm-fedi": fedi,
    "odisse-cardio-epci": cardio,
}
