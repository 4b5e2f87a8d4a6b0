"""Made-up lists of territories in the producers' formats: zonings, official codes, EPCI and groupings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cls_analysis.sources.codes import departement_of
from tests.sources.writing import communes, draw, lines, path_of, workbook


def appartenance(mirror: Path, departements: Sequence[str]) -> None:
    header = ["CODGEO", "LIBGEO", "DEP", "REG", "EPCI", "NATURE_EPCI", "ARR", "CV", "ZE2020", "UU2020", "TUU2017", "TDUU2017", "AAV2020",
              "TAAV2017", "TDAAV2017", "CATEAAV2020", "BV2012"]  # fmt: skip
    old: list[list[object]] = [header]
    for code in communes(2021, departements):
        old.append(
            [
                code,
                f"C {code}",
                departement_of(code),
                "27",
                "200069052",
                "CA",
                "901",
                "9001",
                "2701",
                "90000",
                "0",
                "00",
                "000",
                "0",
                "00",
                "30",
                "90010",
            ]
        )
    lines(path_of(mirror, "insee-appartenance", "2021"), old)
    new: list[list[object]] = [
        [
            "CODGEO",
            "LIBGEO",
            "DEP",
            "CTCD",
            "REG",
            "EPCI",
            "EPT",
            "ARR",
            "CANOV",
            "ZE2020",
            "UU2020",
            "AAV2020",
            "BV2022",
        ]
    ]
    for code in communes(2024, departements):
        basin = "49069" if departement_of(code) == "49" else "90010"
        new.append(
            [
                code,
                f"C {code}",
                departement_of(code),
                "90D",
                "27",
                "200069052",
                "ZZZZZZZZZ",
                "901",
                "9001",
                "2701",
                "90000",
                "000",
                basin,
            ]
        )
    new.append([""] * 13)
    lines(path_of(mirror, "insee-appartenance", "2024"), new)


def cog(mirror: Path, departements: Sequence[str]) -> None:
    rows: list[list[object]] = [
        ["TYPECOM", "COM", "REG", "DEP", "CTCD", "ARR", "TNCC", "NCC", "NCCENR", "LIBELLE", "CAN", "COMPARENT"]
    ]
    held = communes(2026, departements)
    rows += [
        [
            "COM",
            code,
            "27",
            departement_of(code),
            "90D",
            "901",
            "0",
            "COMMUNE",
            "Commune",
            f"Commune {code}",
            "9001",
            "",
        ]
        for code in held
    ]
    rows.append(["COMD", held[0], "", "", "", "", "0", "PARTIE", "Partie", "Partie", "", held[0]])
    lines(path_of(mirror, "insee-cog", "communes"), rows, end="\r\n")
    areas: list[list[object]] = [["DEP", "REG", "CHEFLIEU", "TNCC", "NCC", "NCCENR", "LIBELLE"]]
    areas += [[code, "27", f"{code}001", "5", "D", "D", f"Département {code}"] for code in sorted(departements)]
    lines(path_of(mirror, "insee-cog", "departements"), areas, end="\r\n")
    events: list[list[object]] = [
        ["MOD", "DATE_EFF", "TYPECOM_AV", "COM_AV", "TNCC_AV", "NCC_AV", "NCCENR_AV", "LIBELLE_AV", "TYPECOM_AP", "COM_AP", "TNCC_AP", "NCC_AP", "NCCENR_AP", "LIBELLE_AP"],
        ["32", "2019-01-01", "COM", held[1], "0", "A", "A", "A", "COM", held[0], "0", "B", "B", "B"],
        ["20", "1950-01-01", "", "", "", "", "", "", "COM", "20063", "0", "C", "C", "C"],
    ]  # fmt: skip
    lines(path_of(mirror, "insee-cog", "mouvements"), events, end="\r\n")


def epci(mirror: Path, departements: Sequence[str]) -> None:
    header = ["dept", "siren", "raison_sociale", "nature_juridique", "mode_financ", "nb_membres", "total_pop_tot", "total_pop_mun", "dep_com",
              "insee", "siren_membre", "nom_membre", "ptot_2025", "pmun_2025"]  # fmt: skip
    rows: list[list[object]] = [header]
    codes = [code for code in communes(2025, departements) if code not in ("22016", "29083", "29155", "85113")]
    for number, group in enumerate(codes[i : i + 20] for i in range(0, len(codes), 20)):
        people = {code: 20 + draw(code, "pmun", below=3000) for code in group}
        totals = [len(group), sum(people.values()) + len(group), sum(people.values())]
        for code, pmun in people.items():
            rows.append(
                [
                    departement_of(code),
                    200000000 + number,
                    f"CC {number}",
                    "CC",
                    "FPU",
                    *totals,
                    departement_of(code),
                    code,
                    210000000 + number,
                    f"C {code}",
                    pmun + 1,
                    pmun,
                ]
            )
    workbook(path_of(mirror, "dgcl-epci", "composition"), {"Epcicom2025": rows})


def groupings(mirror: Path, departements: Sequence[str]) -> None:
    rows: list[list[object]] = [["siren", "lib", "reg", "dep", "nature", "pop"]]
    rows += [
        [
            f"2000000{n:02d}",
            f"SI des Vallées, n° {n}",
            "27",
            sorted(departements)[0],
            "PETR" if n == 3 else "SIVU",
            100 * n,
        ]
        for n in range(9)
    ]
    lines(path_of(mirror, "banatic", "groupements"), rows)
