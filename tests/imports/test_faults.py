"""A spoiled partner's file is refused, and told with its file, row, column, value and cause; all problems at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from cls_analysis.sources.imports import load_import, load_imports
from tests.imports.made_up import AGES, BY_AGE, DEATHS, SCREENING, SIMPLE, by_age, put, put_workbook

HEAD = ["Code", "Décès"]
GOOD = ["52269", 12]


def csv_of(*rows: list[object], toml: str = DEATHS + SIMPLE) -> Callable[[Path], Path]:
    return lambda folder: put(folder, "deces", toml, rows)


def toml_of(old: str, new: str, base: str = DEATHS + SIMPLE) -> Callable[[Path], Path]:
    assert old in base
    return csv_of(HEAD, GOOD, toml=base.replace(old, new))


def raw_csv(data: bytes, toml: str = DEATHS + SIMPLE) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = put(folder, "deces", toml, [HEAD, GOOD])
        path.with_suffix(".csv").write_bytes(data)
        return path

    return write


def book_of(*rows: list[object], toml: str = DEATHS + SIMPLE, **more: list[list[object]]) -> Callable[[Path], Path]:
    return lambda folder: put_workbook(folder, "deces", toml, {"Données": list(rows), **more})


def aged(change: Callable[[list[list[object]]], list[list[object]]]) -> Callable[[Path], Path]:
    return lambda folder: put(folder, "deces", DEATHS + BY_AGE, change(by_age(("52269",))))


def screened(*rows: list[object]) -> Callable[[Path], Path]:
    return lambda folder: put(folder, "sein", SCREENING, [["Code", "Dépistées", "Invitées"], *rows])


def no_table(folder: Path) -> Path:
    path = put(folder, "deces", DEATHS + SIMPLE, [HEAD, GOOD])
    path.with_suffix(".csv").unlink()
    return path


def two_tables(folder: Path) -> Path:
    put(folder, "deces", DEATHS + SIMPLE, [HEAD, GOOD])
    return put_workbook(folder, "deces", DEATHS + SIMPLE, {"Données": [HEAD, GOOD]})


FAULTS: dict[str, tuple[Callable[[Path], Path], tuple[str, ...]]] = {
    # the TOML
    "broken TOML": (toml_of('period = "2018-2022"', "period = 2018-"), ("deces.toml", "not TOML")),
    "unknown key": (toml_of("threshold = 11", "treshold = 11"), ("'treshold'", "not known")),
    "missing key": (toml_of('producer = "ORS inventé"\n', ""), ("'producer'", "missing")),
    "official source": (toml_of("import-deces", "drees-apl"), ("'source'", "'drees-apl'")),
    "wrong confidentiality": (toml_of("restricted", "secret"), ("'confidentiality'", "'secret'")),
    "wrong level": (toml_of('"commune"', '"canton"'), ("'level'", "'canton'")),
    "period backwards": (toml_of("2018-2022", "2022-2018"), ("'2022-2018'", "ends before")),
    "period in the future": (toml_of("2018-2022", "2031"), ("'2031'", "future")),
    "year as a number": (toml_of('"2018-2022"', "2018"), ("'period'", "2018")),
    "vintage without passage": (toml_of("cog = 2026", "cog = 2020"), ("2020", "passage")),
    "wrong unit": (toml_of('unit = "décès"', 'unit = "décès par an"'), ("'décès par an'", "'décès'")),
    "count and value": (toml_of('count = "Décès"', 'count = "Décès"\nvalue = "Taux"'), ("columns", "exactly one")),
    "control character": (toml_of("ORS inventé", "ORS\\u202einventé"), ("'producer'", "control")),
    "template's words": (toml_of("ORS inventé", "Nom du partenaire"), ("producer", "template")),
    "path out of the folder": (toml_of("threshold = 11", 'file = "../deces.csv"'), ("'file'", "../deces.csv")),
    "unknown coverage": (toml_of("threshold = 11", 'coverage = ["petr-langre"]'), ("'coverage'", "petr-langre")),
    "screening without denominator": (
        lambda folder: put(
            folder, "sein", SCREENING.replace('denominator = "Invitées"\n', ""), [["Code", "Dépistées"], ["52269", 4]]
        ),
        ("denominator", "depistage_sein"),
    ),
    # the file
    "no table": (no_table, ("deces.csv", "deces.xlsx")),
    "two tables": (two_tables, ("both deces.csv and deces.xlsx",)),
    "empty file": (raw_csv(b""), ("deces.csv", "empty")),
    "header only": (csv_of(HEAD), ("deces.csv", "no row")),
    "web page": (raw_csv(b"<!DOCTYPE html><html></html>"), ("web page",)),
    "workbook named csv": (raw_csv(b"PK\x03\x04xxxx"), ("workbook",)),
    "UTF-16": (raw_csv("Code;Décès\n52269;1\n".encode("utf-16")), ("UTF-16",)),
    "null bytes": (raw_csv("Code;Décès\n52269;1\x00\n".encode()), ("null bytes",)),
    "Windows text said UTF-8": (
        raw_csv("Code;Décès\n52269;1\n".encode("cp1252"), DEATHS + 'encoding = "utf-8"\n' + SIMPLE),
        ("row 1", "cp1252"),
    ),
    "missing column": (csv_of(["Code", "Nombre"], GOOD), ("'Décès'", "missing")),
    "column twice": (csv_of(["Code", "Décès", "décès"], ["52269", 1, 2]), ("'Décès'", "2 times")),
    "cell too many": (csv_of(HEAD, GOOD, ["52121", 3, 9]), ("row 3", "3 cells")),
    "names of persons": (csv_of(["Code", "Nom", "Prénom", "Décès"], ["52269", "A", "B", 1]), ("'Prénom'", "persons")),
    "filter without row": (csv_of(HEAD, GOOD, toml=DEATHS + SIMPLE + '[keep]\nCode = "1"\n'), ("'keep'", "'52269'")),
    # codes
    "code of no commune": (csv_of(HEAD, GOOD, ["52999", 3]), ("52999", "row 3", "commune of 2026")),
    "code of another shape": (csv_of(HEAD, GOOD, ["Langres", 3]), ("row 3", "'Langres'")),
    "unknown EPCI": (
        csv_of(HEAD, ["299999999", 3], toml=(DEATHS + SIMPLE).replace('"commune"', '"epci"')),
        ("299999999", "epci"),
    ),
    "commune twice": (csv_of(HEAD, GOOD, ["52269", 3]), ("52269", "rows 2, 3", "twice")),
    "outside the coverage": (
        csv_of(HEAD, GOOD, ["75056", 3], toml=DEATHS + 'coverage = ["petr-langres"]\n' + SIMPLE),
        ("75056", "coverage"),
    ),
    # numbers
    "negative": (csv_of(HEAD, GOOD, ["52121", -3]), ("row 3", "'Décès'", "below 0")),
    "not whole": (csv_of(HEAD, GOOD, ["52121", "3,5"]), ("row 3", "not a whole number")),
    "decimal point": (csv_of(HEAD, GOOD, ["52121", "3.5"]), ("row 3", "'3.5'")),
    "text": (csv_of(HEAD, GOOD, ["52121", "douze"]), ("row 3", "'douze'")),
    "formula in a csv": (csv_of(HEAD, GOOD, ["52121", "=SOMME(A1:A9)"]), ("row 3", "formula")),
    "blank refused": (
        csv_of(HEAD, GOOD, ["52121", ""], toml=DEATHS + 'blank = "refused"\n' + SIMPLE),
        ("row 3", "blank"),
    ),
    "infinite": (csv_of(HEAD, GOOD, ["52121", "inf"]), ("row 3", "'inf'")),
    "template not filled in": (csv_of(HEAD, ["52269", ""], ["52121", ""]), ("'Décès'", "template")),
    "count above its denominator": (screened(["52269", 90, 80]), ("row 2", "90", "80")),
    "count without denominator": (screened(["52269", 9, 80], ["52121", 9, "nd"]), ("row 3", "denominator")),
    # sex and age
    "unknown sex": (aged(lambda rows: [*rows, ["52269", "Inconnu", "0 an", 1]]), ("'Sexe'", "'Inconnu'")),
    "unknown age": (aged(lambda rows: [*rows, ["52269", "Femmes", "jeunes", 1]]), ("'Âge'", "'jeunes'")),
    "age above 99": (aged(lambda rows: [*rows, ["52269", "Femmes", "100-104", 1]]), ("'100-104'",)),
    "one sex": (aged(lambda rows: [row for row in rows if row[1] != "Hommes"]), ("'Sexe'", "only F")),
    "hole in ages": (aged(lambda rows: [row for row in rows if row[2] != "40-44 ans"]), ("ages 40 to 44",)),
    "overlapping ages": (
        aged(lambda rows: [*rows, *[["52269", sex, "40-49", 1] for sex in ("Femmes", "Hommes")]]),
        ("overlap",),
    ),
    "no class under one year": (
        aged(
            lambda rows: [
                rows[0],
                *[
                    [*row[:2], "0-4 ans" if row[2] == AGES[1] else row[2], row[3]]
                    for row in rows[1:]
                    if row[2] != AGES[0]
                ],
            ]
        ),
        ("begins at 1", "standardised"),
    ),
    "totals that do not agree": (
        aged(lambda rows: [*rows, *[["52269", "Ensemble", age, 99] for age in AGES]]),
        ("totals", "52269"),
    ),
    "row twice by sex and age": (aged(lambda rows: [*rows, rows[5]]), ("52269 F", "twice")),
    # workbooks
    "formula in a workbook": (book_of(HEAD, GOOD, ["52121", "=1+1"]), ("formulas", "B3")),
    "date instead of an age": (
        lambda folder: put_workbook(
            folder, "deces", DEATHS + BY_AGE, {"Données": [*by_age(("52269",)), ["52269", "F", date(2026, 5, 9), 1]]}
        ),
        ("'Âge'", "is a date"),
    ),
    "date instead of a number": (book_of(HEAD, GOOD, ["52121", date(2026, 1, 1)]), ("row 3", "a date")),
    "truth value": (book_of(HEAD, GOOD, ["52121", True]), ("row 3", "bool")),
    "several sheets": (book_of(HEAD, GOOD, Autre=[["x"]]), ("2 sheets", "'Autre'")),
    "missing sheet": (book_of(HEAD, GOOD, toml=DEATHS + 'sheet = "Feuille"\n' + SIMPLE), ("'Feuille'", "'Données'")),
    "cell beyond the header": (book_of(HEAD, GOOD, ["52121", 3, 4]), ("row 3", "beyond")),
}


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_fault_is_refused_and_named(fault: str, tmp_path: Path) -> None:
    make, words = FAULTS[fault]
    result = load_import(make(tmp_path))
    told = "\n".join(result.problems)
    assert result.observations is None
    for word in words:
        assert word in told, f"{word!r} not in: {told}"


def test_a_truncated_workbook_is_refused(tmp_path: Path) -> None:
    path = put_workbook(tmp_path, "deces", DEATHS + SIMPLE, {"Données": [HEAD, GOOD]})
    data = path.with_suffix(".xlsx").read_bytes()
    path.with_suffix(".xlsx").write_bytes(data[: len(data) // 2])
    assert "not a readable workbook" in load_import(path).problems[0]


def test_a_workbook_that_unpacks_to_a_bomb_is_not_opened(tmp_path: Path) -> None:
    import zipfile

    path = put_workbook(tmp_path, "deces", DEATHS + SIMPLE, {"Données": [HEAD, GOOD]})
    with (
        zipfile.ZipFile(path.with_suffix(".xlsx"), "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/big.xml", "w", force_zip64=True) as member,
    ):
        for _ in range(510):
            member.write(b"\0" * 1_000_000)
    assert "unpacks to more" in load_import(path).problems[0]


def test_a_stray_cell_far_from_the_table_is_not_laid_out(tmp_path: Path) -> None:
    import openpyxl

    path = put_workbook(tmp_path, "deces", DEATHS + SIMPLE, {"Données": [HEAD, GOOD]})
    book = openpyxl.load_workbook(path.with_suffix(".xlsx"))
    book.worksheets[0].cell(1_048_576, 16_384, " ")
    book.save(path.with_suffix(".xlsx"))
    assert "reaches row 1048576 and column 16384" in load_import(path).problems[0]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    path = put(tmp_path / "imports", "deces", DEATHS + SIMPLE, [HEAD, GOOD])
    elsewhere = tmp_path / "elsewhere.csv"
    path.with_suffix(".csv").rename(elsewhere)
    path.with_suffix(".csv").symlink_to(elsewhere)
    assert "link" in load_import(path).problems[0]


def test_every_problem_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    result = load_import(csv_of(HEAD, GOOD, ["52999", 3], ["52121", -1], ["52001", "douze"], ["52269", 4])(tmp_path))
    told = "\n".join(result.problems)
    for word in ("52999", "below 0", "'douze'", "twice"):
        assert word in told


def test_a_table_that_no_toml_names_is_told(tmp_path: Path) -> None:
    put(tmp_path, "deces", DEATHS + SIMPLE, [HEAD, GOOD])
    (tmp_path / "oubli.xls").write_bytes(b"x")
    results = {result.name: result for result in load_imports(tmp_path)}
    assert results["deces"].problems == ()
    assert "no TOML names this table" in results["oubli"].problems[0]


def test_a_file_of_another_vintage_is_refused_with_the_vintage_that_knows_it(tmp_path: Path) -> None:
    from cls_analysis.sources.codes import known_communes

    old = sorted(known_communes(2022) - known_communes(2026))[0]
    result = load_import(csv_of(HEAD, GOOD, [old, 3])(tmp_path))
    assert any(old in problem and "knows them all" in problem for problem in result.problems)
