"""Made-up files in the exact format of the producers whose official file is not here yet, for one small département.

Figures are invented (drawn from a hash of their key), stable, and add up where the producer's do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from cls_analysis import geography
from cls_analysis.sources.codes import PLM
from tests.sources.made import communes, draw, lines, path_of, with_arrondissements

AGES = [*(f"Y{age}" for age in range(100)), "Y_GE100"]


def quoted(path: Path, rows: Sequence[Sequence[object]], *, sep: str = ";", last: bool = True) -> None:
    """A Melodi file: every cell quoted, `;`, last line ended."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join(sep.join(f'"{cell}"' for cell in row) for row in rows) + ("\n" if last else "")
    path.write_text(text, encoding="utf-8")


def places(departements: Sequence[str]) -> list[tuple[str, str]]:
    """`(GEO, GEO_OBJECT)` of communes, and of arrondissements beside their commune, as Melodi lists them."""
    listed: list[tuple[str, str]] = []
    for code in communes(2026, departements):
        listed.append((code, "COM"))
        listed += [(arm, "ARM") for arm in PLM.get(code, ())]
    return listed


def value(code: str, *key: object, below: int) -> int:
    """A drawn number; a commune divided into arrondissements has their sum."""
    return sum(draw(part, *key, below=below) for part in PLM.get(code, (code,)))


def age_sex(mirror: Path, departements: Sequence[str]) -> None:
    rows: list[list[object]] = [["AGE", "FREQ", "GEO", "GEO_OBJECT", "RP_MEASURE", "SEX", "TIME_PERIOD", "OBS_VALUE"]]
    listed = [*places(departements), *((code, "DEP") for code in departements), ("27", "REG"), ("27", "DEP")]
    for code, kind in listed:
        totals = {"F": 0.0, "M": 0.0}
        for age in AGES:
            cells = {
                sex: value(code, kind, sex, age, below=40) / 8
                if kind != "ARM"
                else draw(code, "COM", sex, age, below=40) / 8
                for sex in "FM"
            }
            if code in PLM:
                cells = {sex: sum(draw(arm, "COM", sex, age, below=40) for arm in PLM[code]) / 8 for sex in "FM"}
            for sex, number in [*cells.items(), ("_T", sum(cells.values()))]:
                rows.append([age, "A", code, kind, "POP", sex, "2023", number])
            totals = {sex: totals[sex] + cells[sex] for sex in "FM"}
        for sex, number in [*totals.items(), ("_T", sum(totals.values()))]:
            rows.append(["_T", "A", code, kind, "POP", sex, "2023", number])
    quoted(path_of(mirror, "insee-rp-age-sexe", "communes"), rows)


BPE_TYPES = {"D265": "Médecin généraliste", "D307": "Pharmacie", "D281": "Infirmier"}


def bpe(mirror: Path, departements: Sequence[str]) -> None:
    rows: list[list[object]] = [
        [
            "GEO",
            "GEO_OBJECT",
            "FACILITY_DOM",
            "FACILITY_SDOM",
            "FACILITY_TYPE",
            "BPE_MEASURE",
            "TIME_PERIOD",
            "OBS_VALUE",
        ]
    ]
    for code, kind in [*places(departements), *((code, "DEP") for code in departements), ("27", "REG"), ("27", "DEP")]:
        total = 0
        parts = communes(2026, (code,)) if kind == "DEP" and code != "27" else [code]
        for code_type in [*BPE_TYPES, "B304"]:
            number = sum(value(part, "bpe", code_type, below=4) for part in parts)
            if number:
                rows.append([code, kind, code_type[0], code_type[:2], code_type, "FACILITIES", "2025", number])
                total += number
        if total:
            rows.append([code, kind, "_T", "_T", "_T", "FACILITIES", "2025", total])
    quoted(path_of(mirror, "insee-ds-bpe", "equipements"), rows)
    types: list[list[object]] = [["COD_MOD", "LIB_MOD"], ["B304", "Librairie, papeterie"]]
    lines(
        path_of(mirror, "insee-ds-bpe", "types"),
        [*types, *([code, label] for code, label in BPE_TYPES.items())],
        sep=";",
    )


def filosofi(mirror: Path, departements: Sequence[str]) -> None:
    header = [
        "GEO",
        "GEO_OBJECT",
        "FILOSOFI_MEASURE",
        "UNIT_MEASURE",
        "UNIT_MULT",
        "CONF_STATUS",
        "OBS_STATUS",
        "TIME_PERIOD",
        "OBS_VALUE",
    ]
    rows: list[list[object]] = [header]
    listed = [
        *places(departements),
        ("200069052", "EPCI"),
        *((code, "DEP") for code in departements),
        ("27", "REG"),
        ("FM", "FRANCE"),
    ]
    for code, kind in listed:
        secret = kind == "COM" and draw(code, "secret", below=5) == 0
        median = 18000 + draw(code, kind, "median", below=9000)
        measures: list[tuple[str, object]] = [
            ("MED_SL", median),
            ("PR_MD60", draw(code, "poor", below=300) / 10),
            ("S_WAGES_SL", 61.5),
        ]
        if kind in ("DEP", "REG", "FRANCE"):
            measures += [("D1_SL", median // 2), ("D9_SL", median * 2), ("IR_D9_D1_SL", 4.0), ("GI_SL", 0.28)]
        for measure, number in measures:
            rows.append(
                [code, kind, measure, "EUR_YR", 0, "C" if secret else "F", "A", "2023", "" if secret else number]
            )
    quoted(path_of(mirror, "insee-ds-filosofi", "filosofi"), rows)


def civil(mirror: Path, departements: Sequence[str]) -> None:
    for key, measure in (("naissances", "LVB"), ("deces", "DTH")):
        rows: list[list[object]] = [
            ["FREQ", "GEO", "GEO_OBJECT", "EC_MEASURE", "OBS_STATUS", "TIME_PERIOD", "OBS_VALUE"]
        ]
        for year in range(2008, 2026):
            sums = dict.fromkeys(departements, 0)
            listed = places(departements)
            merged = listed[1][0] if departements == ("90",) else ""
            for code, kind in listed:
                number = value(code, key, year, below=20)
                status = "A"
                if code == merged and year < 2010:
                    status = "K"
                elif code == listed[0][0] and merged and year < 2010:
                    status = "W"
                rows.append(["A", code, kind, measure, status, year, "" if status == "K" else number])
                if kind == "COM" and status != "K":
                    sums[code[:2]] += number
            rows += [["A", departement, "DEP", measure, "A", year, number] for departement, number in sums.items()]
            rows.append(["A", "27", "REG", measure, "A", year, 999999])
        quoted(path_of(mirror, "insee-etat-civil", key), rows)


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


def finess(mirror: Path, departements: Sequence[str]) -> None:
    rows: list[list[object]] = [["finess", "etalab", "93", "2026-01-01"]]
    labels = {"500": "Etablissement d'hébergement pour personnes âgées dépendantes", "620": "Pharmacie d'Officine"}
    number = 0
    names = names_of(communes(2026, departements))
    for code in with_arrondissements(communes(2026, departements)):
        for category, label in labels.items():
            for _ in range(draw(code, "finess", category, below=3)):
                number += 1
                cells = [""] * 32
                cells[0], cells[1], cells[3] = "structureet", f"9000{number:05d}", "UN NOM"
                cells[12], cells[13], cells[18], cells[19] = code[2:], code[:2], category, label
                cells[15] = f"{code[:2]}000 {names.get(code, 'PARIS').upper()}"
                rows.append(list(cells))
    lines(path_of(mirror, "finess", "etablissements"), rows, sep=";")


RPPS_HEADER = [
    "Type d'identifiant PP", "Identifiant PP", "Identification nationale PP", "Code civilité d'exercice", "Libellé civilité d'exercice",
    "Code civilité", "Libellé civilité", "Nom d'exercice", "Prénom d'exercice", "Code profession", "Libellé profession",
    "Code catégorie professionnelle", "Libellé catégorie professionnelle", "Code type savoir-faire", "Libellé type savoir-faire",
    "Code savoir-faire", "Libellé savoir-faire", "Code mode exercice", "Libellé mode exercice", "Numéro SIRET site", "Numéro SIREN site",
    "Numéro FINESS site", "Numéro FINESS établissement juridique", "Identifiant technique de la structure", "Raison sociale site",
    "Enseigne commerciale site", "Complément destinataire (coord. structure)", "Complément point géographique (coord. structure)",
    "Numéro Voie (coord. structure)", "Indice répétition voie (coord. structure)", "Code type de voie (coord. structure)",
    "Libellé type de voie (coord. structure)", "Libellé Voie (coord. structure)", "Mention distribution (coord. structure)",
    "Bureau cedex (coord. structure)", "Code postal (coord. structure)", "Code commune (coord. structure)", "Libellé commune (coord. structure)",
    "Code pays (coord. structure)", "Libellé pays (coord. structure)", "Téléphone (coord. structure)", "Téléphone 2 (coord. structure)",
    "Télécopie (coord. structure)", "Adresse e-mail (coord. structure)", "Code Département (structure)", "Libellé Département (structure)",
    "Ancien identifiant de la structure", "Autorité d'enregistrement", "Code secteur d'activité", "Libellé secteur d'activité",
    "Code section tableau pharmaciens", "Libellé section tableau pharmaciens", "Code rôle", "Libellé rôle", "Code genre activité",
    "Libellé genre activité", "",
]  # fmt: skip


def activity(person: int, **cells: str) -> list[str]:
    """One activity of a made-up person; keys are `profession word category skill mode structure commune sector sector_word postcode town`."""
    titles = {
        "profession": "Code profession", "word": "Libellé profession", "category": "Code catégorie professionnelle", "skill": "Code savoir-faire",
        "mode": "Code mode exercice", "structure": "Identifiant technique de la structure", "commune": "Code commune (coord. structure)",
        "sector": "Code secteur d'activité", "sector_word": "Libellé secteur d'activité",
        "postcode": "Code postal (coord. structure)", "town": "Libellé commune (coord. structure)",
    }  # fmt: skip
    filled = {
        "word": {"10": "Médecin", "21": "Pharmacien", "60": "Infirmier"}.get(cells["profession"], ""),
        "category": "C",
        "mode": "L",
        "sector": "SA07",
        **cells,
    }
    row = dict.fromkeys(RPPS_HEADER, "")
    row |= {"Identifiant PP": f"100{person:08d}", "Nom d'exercice": 'SECRET"NOM', "Prénom d'exercice": "INVENTÉ"}
    row |= {titles[key]: text for key, text in filled.items()}
    return list(row.values())


RPPS_ROWS = [
    activity(1, profession="10", skill="SM54", commune="90010", structure="R1"),
    activity(1, profession="10", skill="SM54", commune="90008", structure="R2", mode="S"),
    activity(1, profession="10", skill="SM26", commune="90010", structure="R1"),
    activity(2, profession="10", skill="SM54", commune="90010", structure="R1"),
    activity(3, profession="10", skill="SM02", commune="90010", structure="R1"),
    activity(4, profession="10", skill="SM54", commune="90010", category="E"),
    activity(5, profession="10", skill="SM54", commune="90010", sector="SA64"),
    activity(6, profession="10", skill="SM54", commune=""),
    activity(7, profession="60", commune="90010"),
    activity(8, profession="60", commune="99999"),
    activity(9, profession="21", commune="90010", structure="P1", sector="SA33", sector_word="Pharmacie d'officine"),
    activity(10, profession="21", commune="90010", structure="P1", sector="SA33", sector_word="Pharmacie d'officine"),
    activity(11, profession="21", commune="90008", structure="P2", sector="SA33", sector_word="Pharmacie d'officine"),
    activity(
        12, profession="21", commune="90008", structure="H1", sector="SA01", sector_word="Etablissement public de santé"
    ),
]


def rpps(mirror: Path, departements: Sequence[str]) -> None:
    del departements
    path = path_of(mirror, "ans-rpps", "activites")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join("|".join(row) + "\n" for row in [RPPS_HEADER, *RPPS_ROWS]), encoding="utf-8")


def names_of(codes: Sequence[str]) -> dict[str, str]:
    """Names of communes, from the embedded geography."""
    frame = geography.communes().set_index("code_commune")["name"].astype("str")
    return {code: frame[code] for code in codes if code in frame.index}


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
