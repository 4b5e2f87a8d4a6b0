"""Made-up files of Insee's Melodi catalogue: every cell quoted, communes and arrondissements side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cls_analysis.sources.codes import PLM
from tests.sources.made import communes, draw, lines, path_of

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
