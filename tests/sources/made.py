"""Made-up files in each producer's exact format, for the communes of a few départements.

Figures are drawn from a hash of the code and column: invented, stable, and consistent where a producer's are
(totals, deciles, shares). `MAKERS[source_id](mirror, départements)` writes the files where a mirror holds them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from cls_analysis.sources.ameli_demographie import GROUPS, PROFESSIONS
from cls_analysis.sources.cartosante import MEASURES as CARTOSANTE
from cls_analysis.sources.codes import ARRONDISSEMENTS, departement_of
from cls_analysis.sources.drees_apl import EMPTY_COMMUNES, WORKBOOKS
from cls_analysis.sources.insee_bpe import CODE, EQUIPMENTS, ONLY, TOTAL
from cls_analysis.sources.insee_filosofi import COLUMNS as FILOSOFI
from cls_analysis.sources.insee_statistiques_locales import BASSINS, DEPARTEMENT
from cls_analysis.sources.inserm_cepidc import CAUSES, MEASURE
from cls_analysis.sources.urbasante import _COLUMNS as URBASANTE
from tests.sources.made_places import appartenance, cog, epci, groupings
from tests.sources.writing import communes, draw, lines, path_of, paths_of, with_arrondissements, workbook

__all__ = ["MAKERS", "communes", "draw", "lines", "path_of", "paths_of", "with_arrondissements", "workbook"]


def populations_reference(mirror: Path, departements: Sequence[str]) -> None:
    rows: list[list[object]] = [
        ["REG", "Région", "DEP", "CODARR", "CODCAN", "CODCOM", "COM", "Commune", "PMUN", "PCAP", "PTOT"]
    ]
    for code in with_arrondissements(communes(2025, departements)):
        pmun, pcap = 20 + draw(code, "pmun", below=3000), draw(code, "pcap", below=20)
        rows.append(
            [
                "27",
                "Région",
                departement_of(code),
                "1",
                "01",
                code[-3:],
                code,
                f"Commune {code}",
                pmun,
                pcap,
                pmun + pcap,
            ]
        )
    lines(path_of(mirror, "insee-populations-reference", "communes"), rows, sep=";", end="\r\n")


def populations_historiques(mirror: Path, departements: Sequence[str]) -> None:
    rows: list[list[object]] = [
        ["objectid", "reg", "dep", "cv", "codgeo", "libgeo", *(f"p{y}_pop" for y in range(13, 22))]
    ]
    for place, code in enumerate(with_arrondissements(communes(2019, departements))):
        if departement_of(code) == "976":
            continue
        base = 20 + draw(code, "pmun", below=3000)
        written = code[:2] + code[2] + code[2:] if code.startswith("97") else code
        rows.append(
            [place, "27", departement_of(code), "9001", written, f"Commune {code}", *(base + y for y in range(9))]
        )
    lines(path_of(mirror, "insee-populations-historiques", "communes"), rows, end="\r\n", bom=True)


def comparateur(mirror: Path, departements: Sequence[str]) -> None:
    header = [
        "insee_com", "insee_reg", "insee_dep", "commune", "commune_article", "code_postal", "commune_type", "insee_parente", "lat", "lng",
        "superficie_km2", "population_2021", "population_2015", "menages_2021", "naissances_2022", "deces_2022",
        "pop_15_64_totale_2021", "pop_15_64_chomage_2021", "pop_15_64_active_2021",
    ]  # fmt: skip
    rows: list[list[object]] = [header]
    for code in with_arrondissements(communes(2024, departements)):
        if code == "27676":
            continue
        population = 20 + draw(code, "pop", below=3000)
        adults = population * 6 // 10
        active = adults * 7 // 10
        figures: list[object] = [
            f"{draw(code, 'km2', below=3000) / 100 + 0.5}", population, population - 3, population // 2 + 1,
            draw(code, "n", below=30), draw(code, "d", below=30), adults, active // 9, active,
        ]  # fmt: skip
        if departement_of(code) == "976":
            figures = ["", 0, 0, 0, 12, 3, 0, 0, 0]
        kind = "ARM" if code[:3] in ("751", "132") or code.startswith("6938") else "COM"
        rows.append(
            [code, "27", departement_of(code), f"C {code}", f"C {code}", "90000", kind, "", "47.1", "6.8", *figures]
        )
    lines(path_of(mirror, "insee-comparateur", "communes"), rows)


def filosofi(mirror: Path, departements: Sequence[str]) -> None:
    rows: list[list[object]] = [["CODGEO", *FILOSOFI]]
    for code in communes(2024, departements):
        if departement_of(code) in ("971", "973", "976"):
            continue
        size = draw(code, "households", below=3)
        median = 18000 + draw(code, "median", below=9000)
        if size == 0:
            cells: list[object] = ["s"] * len(FILOSOFI)
        elif size == 1:
            cells = [
                150 + draw(code, "h", below=300),
                500 + draw(code, "p", below=300),
                median,
                *["s"] * (len(FILOSOFI) - 3),
            ]
        else:
            first, ninth = round(median * 0.55), round(median * 1.75)
            cells = [
                1200, 2800, median, "52,0", "14,0", "s", "20,0", "18,0", "12,0", "9,0", "s", "5,0", "27,0", "72,3", "65,7",
                "3,2", "3,4", "25,3", "10,2", "7,0", "2,6", "3,0", "1,4", "-14,8", first, ninth, f"{ninth / first:.1f}".replace(".", ","),
            ]  # fmt: skip
        rows.append([code, *cells])
    lines(path_of(mirror, "insee-filosofi", "communes"), rows, sep=";")


def apl(mirror: Path, departements: Sequence[str]) -> None:
    for book in WORKBOOKS:
        sheets: dict[str, Sequence[Sequence[object]]] = {
            "Paramètres": [[f"Paramètres de l'indicateur d'APL {book.title}"]]
        }
        for year, vintage in (("2022", 2023), ("2023", 2024)):
            people = str(int(year) - 2)
            rows: list[list[object]] = [
                [f"Indicateur d'accessibilité potentielle localisée (APL) {year} {book.title}"],
                [""],
                [f"Millésime : {year}"],
                ["Sources : inventées"],
                ["Champ : inventé ; France hors Mayotte."],
                ["Lecture : exemple inventé."],
                ["Note : pondérer par la population standardisée."],
                [""],
                ["Code commune INSEE", "Commune", *(title.format(p=people) for title in book.columns.values())],
                ["", "", *(f"En {book.units.get(key, 'nombre d habitants')}" for key in book.columns)],
            ]
            for code in with_arrondissements(communes(vintage, departements)):
                if departement_of(code) == "976" or code in EMPTY_COMMUNES:
                    continue
                rows.append([code, f"Commune {code}", *(apl_cell(key, code, year) for key in book.columns)])
            sheets[f"APL {year}"] = rows
        workbook(path_of(mirror, "drees-apl", book.key), sheets)


def apl_cell(variable: str, code: str, year: str) -> float:
    if variable.startswith("pop"):
        return 100 + draw("population", code, below=900) + draw(variable, code, year, below=1000) / 1000
    top = draw("apl", code, year, below=5000) / 1000
    return round(top * 0.8, 3) if variable == "apl_mg_65" else top


def cartosante(mirror: Path, departements: Sequence[str]) -> None:
    export(
        path_of(mirror, "cartosante", "bassins"),
        "CartoSanté",
        "bassin de vie",
        communes(2025, departements)[::10],
        list(CARTOSANTE),
    )


def export(path: Path, title: str, level: str, codes: Sequence[str], headers: Sequence[str]) -> None:
    """A Géoclip export: two titles padded with blank cells, no final end of line, `N/A` marks."""
    pad = [" "] * (len(headers) + 1)
    rows: list[list[object]] = [
        [title, *pad],
        [f"Référentiel géographique : France par {level}", *pad],
        ["Code", "Libellé", *headers],
    ]
    for code in codes:
        rows.append([code, f"Nom {code}", *(export_cell(header, code) for header in headers)])
    lines(path, rows, sep=";", bom=True, last=False)


def export_cell(header: str, code: str) -> object:
    chance = draw(header, code, below=100)
    if "en nombre" in header or "Nombre de" in header or "Estimations" in header:
        return chance
    if "ALD" in header and chance < 20:
        return "N/A - secret statistique" if chance % 4 else "N/A - résultat non disponible"
    if chance < 3:
        return "N/A - résultat non disponible"
    if "Espérance" in header:
        return (84 if "femmes" in header else 78) + chance / 100
    if "Médiane" in header:
        return 17000 + 100 * chance
    if "maisons" in header or "appartements" in header or "HLM" in header:
        return chance / 2.5
    if "locataires" in header:
        return 45 + chance / 10
    return 1 + chance / 25 if "Taille" in header or "Taux" in header else chance / 10


def statistiques_locales(mirror: Path, departements: Sequence[str]) -> None:
    bassins = communes(2025, departements)[::10]
    export(
        path_of(mirror, "insee-statistiques-locales", "bassins"),
        "Insee - Statistiques locales",
        "bassin de vie",
        bassins,
        list(BASSINS),
    )
    target = path_of(mirror, "insee-statistiques-locales", "departements")
    export(target, "Insee - Statistiques locales", "département", sorted(departements), list(DEPARTEMENT))


def cepidc(mirror: Path, departements: Sequence[str]) -> None:
    header = ["annee", "departement", "sexe", "cause", "indicateur", "valeur"]
    causes: list[list[object]] = [header]
    every: list[list[object]] = [header]
    for code in sorted(departements):
        total = 0
        for name, label in list(CAUSES.items())[1:]:
            rate = draw(code, name, below=1000)
            total += rate
            for sex, tenths in (("Hommes", rate + 20), ("Femmes", max(rate - 20, 0)), ("Tous sexes", rate)):
                causes.append(["2023", code, sex, label, MEASURE, tenths / 10])
        every += [
            [year, code, "Tous sexes", "Toutes causes", MEASURE, (total + 2023 - year) / 10]
            for year in range(2010, 2024)
        ]
    lines(path_of(mirror, "inserm-cepidc", "causes"), causes)
    lines(path_of(mirror, "inserm-cepidc", "toutes_causes"), every)


def ameli(mirror: Path, departements: Sequence[str]) -> None:
    header = [
        "annee", "profession_sante", "region", "libelle_region", "departement", "libelle_departement", "classe_age",
        "libelle_classe_age", "libelle_sexe", "effectif", "densite", "vision_generale_all", "vision_generale_prescriptions",
        "vision_profession_territoire",
    ]  # fmt: skip
    rows: list[list[object]] = [header]
    summed = {part for parts in GROUPS.values() for part in parts}
    territories = [("27", code, f"Département {code}") for code in sorted(departements)]
    counts = {key: {code: draw(code, key, below=200) for _, code, _ in territories} for key in PROFESSIONS}
    for group in ("ensemble_generalistes", "ensemble_dentistes", "ensemble_auxiliaires", "ensemble_medecins"):
        counts[group] = {code: sum(counts[part][code] for part in GROUPS[group]) for _, code, _ in territories}
    for key, label in PROFESSIONS.items():
        total = sum(counts[key].values())
        places = [*territories, ("27", "999", "Tout département"), ("99", "999", "FRANCE")]
        for region, code, name in places:
            number = counts[key].get(code, total)
            rows.append(
                [
                    "2024",
                    label,
                    region,
                    "Région",
                    code,
                    name,
                    "tout_age",
                    "Tout âge",
                    "tout sexe",
                    number,
                    number / 4,
                    "oui",
                    "oui",
                    "oui",
                ]
            )
    assert summed <= set(PROFESSIONS)
    lines(path_of(mirror, "ameli-demographie", "effectifs"), rows, end="\r\n", bom=True)


def urbasante(mirror: Path, departements: Sequence[str]) -> None:
    headers = [header for header, _, _ in URBASANTE]
    rows: list[list[object]] = [["code_insee", "niveau", "nom", "nom_dep", *headers]]
    for code in communes(2022, departements):
        young = draw(code, "young", below=400) / 10
        old = draw(code, "old", below=400) / 10
        cells: list[object] = [
            ""
            if draw(code, header, below=3) == 0
            else draw(code, header, below=1000) / (10 if variable.maximum == 100 else 1000)
            for header, _, variable in URBASANTE[:-4]
        ]
        rows.append(
            [code, "Communes", f"Commune {code}", "Département", *cells, 12.5, young, round(100 - young - old, 1), old]
        )
    lines(path_of(mirror, "urbasante", "communes"), rows)
    definitions: list[list[object]] = [["Determinant", "Indicateur", "Description"]]
    definitions += [["Milieu", header + " ", "Une définition inventée."] for header in headers]
    workbook(path_of(mirror, "urbasante", "definitions"), {"Sheet1": definitions})


def bpe(mirror: Path, departements: Sequence[str]) -> None:
    for year in ("2009", "2013"):
        others = set().union(*(keys for other, keys in ONLY.items() if other != year))
        labels = ["Boulangerie", *(label for key, label in EQUIPMENTS.items() if key not in others)]
        rows: list[list[object]] = [[CODE[year], TOTAL[year], *labels]]
        for code in with_arrondissements(communes(int(year), departements)):
            cells = [draw(code, label, year, below=12) - 9 for label in labels]
            held = [cell if cell > 0 else 0 for cell in cells]
            if sum(held) and (draw(code, "listed", below=20) or code in ARRONDISSEMENTS):
                rows.append([code, sum(held), *(cell or "" for cell in held)])
        workbook(path_of(mirror, "insee-bpe", year), {f"bpe{year}_ensemble": rows})


MAKERS: dict[str, Callable[[Path, Sequence[str]], None]] = {
    "ameli-demographie": ameli,
    "banatic": groupings,
    "cartosante": cartosante,
    "dgcl-epci": epci,
    "drees-apl": apl,
    "insee-appartenance": appartenance,
    "insee-bpe": bpe,
    "insee-cog": cog,
    "insee-comparateur": comparateur,
    "insee-filosofi": filosofi,
    "insee-populations-historiques": populations_historiques,
    "insee-populations-reference": populations_reference,
    "insee-statistiques-locales": statistiques_locales,
    "inserm-cepidc": cepidc,
    "urbasante": urbasante,
}
