"""Made-up partners' files: a folder of imports written from a few words, all figures invented."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import openpyxl

DEATHS = """source = "import-deces"
variable = "deces"
label = "Décès toutes causes"
unit = "décès"
period = "2018-2022"
level = "commune"
cog = 2026
producer = "ORS inventé"
licence = "Convention inventée du 12/01/2026"
confidentiality = "restricted"
threshold = 11
"""
BY_AGE = '[columns]\ncode = "Code"\nsex = "Sexe"\nage = "Âge"\ncount = "Décès"\n'
SIMPLE = '[columns]\ncode = "Code"\ncount = "Décès"\n'
SCREENING = """source = "import-depistages"
variable = "depistage_sein"
label = "Femmes dépistées"
unit = "personnes"
period = "2023"
level = "commune"
cog = 2026
producer = "Centre inventé"
licence = "Licence Ouverte 2.0"
confidentiality = "public"
[columns]
code = "Code"
count = "Dépistées"
denominator = "Invitées"
"""
AGES = ("0 an", "1 à 4 ans", *(f"{age}-{age + 4} ans" for age in range(5, 95, 5)), "95 ans et plus")


def put(
    folder: Path,
    name: str,
    toml: str,
    rows: Sequence[Sequence[object]],
    *,
    sep: str = ";",
    encoding: str = "utf-8",
    end: str = "\n",
) -> Path:
    """Write `<name>.toml` and `<name>.csv`; returns the TOML's path."""
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(sep.join(str(cell) for cell in row) + end for row in rows)
    (folder / f"{name}.csv").write_bytes(text.encode(encoding))
    (folder / f"{name}.toml").write_text(toml, encoding="utf-8")
    return folder / f"{name}.toml"


def put_workbook(folder: Path, name: str, toml: str, sheets: dict[str, Sequence[Sequence[object]]]) -> Path:
    """The same as a workbook, cells as typed (a text that begins with `=` is a formula)."""
    folder.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    book.save(folder / f"{name}.xlsx")
    (folder / f"{name}.toml").write_text(toml, encoding="utf-8")
    return folder / f"{name}.toml"


def by_age(codes: Sequence[str] = ("52269", "52121")) -> list[list[object]]:
    """Header and one row per commune, sex and age: 1, 2, 3 ... deaths."""
    rows: list[list[object]] = [["Code", "Sexe", "Âge", "Décès"]]
    for code in codes:
        rows += [[code, sex, age, number] for sex in ("Femmes", "Hommes") for number, age in enumerate(AGES)]
    return rows
