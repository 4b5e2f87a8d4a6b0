"""A spoiled file of the sources that wait is refused, by row where there is one, with the advice of its source."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from cls_analysis.errors import InvalidInput
from cls_analysis.sources import get_source
from cls_analysis.sources.codes import Scope
from tests.sources.made import paths_of
from tests.sources_more.made_more import MAKERS

KEYS = {
    "ameli-effectifs": "effectifs", "ans-rpps": "activites", "finess": "etablissements", "frr": "communes", "insee-distancier": "communes",
    "insee-ds-bpe": "equipements", "insee-ds-filosofi": "filosofi", "insee-etat-civil": "deces", "insee-rp-age-sexe": "communes",
    "inserm-fdep": "communes", "inserm-fedi": "communes", "odisse-cardio-epci": "taux",
}  # fmt: skip
NO_HEADER = {"finess"}
MAY_END_OPEN = {"inserm-fdep", "inserm-fedi", "frr", "odisse-cardio-epci"}  # exports whose last line has no end
Made = Callable[[str], Path]


def read(mirror: Path, source_id: str, departements: str = "90") -> pd.DataFrame:
    return get_source(source_id).read(paths_of(mirror, source_id), scope=Scope(frozenset(departements.split())))


def refused(mirror: Path, source_id: str, *words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(mirror, source_id)
    text = str(caught.value)
    assert "\nTry: " in text
    for word in words:
        assert word in text, f"{word!r} not in: {text}"


def file_of(mirror: Path, source_id: str) -> Path:
    return paths_of(mirror, source_id)[KEYS[source_id]]


def spoil(path: Path, change: Callable[[str], str]) -> None:
    data = path.read_bytes().decode("utf-8-sig")
    changed = change(data)
    assert changed != data, "the fault was not made"
    path.write_bytes(changed.encode())


def on_row(number: int, change: Callable[[str], str]) -> Callable[[str], str]:
    """Change one line (1 is the header)."""

    def apply(text: str) -> str:
        lines = text.split("\n")
        lines[number - 1] = change(lines[number - 1])
        return "\n".join(lines)

    return apply


def test_every_source_that_waits_is_spoiled_here() -> None:
    assert set(KEYS) == set(MAKERS)


@pytest.mark.parametrize("source_id", sorted(KEYS))
def test_a_web_page_in_place_of_the_file_is_refused(made: Made, source_id: str) -> None:
    mirror = made(source_id)
    file_of(mirror, source_id).write_text("<!DOCTYPE html>\n<html></html>\n", encoding="utf-8")
    refused(mirror, source_id, "web page")


@pytest.mark.parametrize("source_id", sorted(KEYS))
def test_an_archive_in_place_of_the_file_is_refused(made: Made, source_id: str) -> None:
    mirror = made(source_id)
    file_of(mirror, source_id).write_bytes(b"PK\x03\x04 and the rest\n")
    refused(mirror, source_id, "archive")


@pytest.mark.parametrize("source_id", sorted(set(KEYS) - MAY_END_OPEN))
def test_a_file_cut_before_its_last_end_of_line_is_refused(made: Made, source_id: str) -> None:
    mirror = made(source_id)
    spoil(file_of(mirror, source_id), lambda text: text.rstrip("\r\n")[:-1])
    refused(mirror, source_id, "last line does not end")


@pytest.mark.parametrize("source_id", sorted(MAY_END_OPEN))
def test_a_file_cut_in_the_middle_of_a_line_is_refused(made: Made, source_id: str) -> None:
    mirror = made(source_id)
    spoil(file_of(mirror, source_id), lambda text: text[: text.rindex(";")])
    refused(mirror, source_id, "cells where the header has")


@pytest.mark.parametrize("source_id", sorted(KEYS))
def test_a_line_with_a_cell_too_many_is_refused_with_its_row(made: Made, source_id: str) -> None:
    mirror = made(source_id)
    separator = "|" if source_id == "ans-rpps" else ";"
    spoil(file_of(mirror, source_id), on_row(3, lambda line: line.rstrip("\r") + separator + "9"))
    refused(mirror, source_id, "row 3", "cells")


@pytest.mark.parametrize("source_id", sorted(set(KEYS) - NO_HEADER))
def test_a_renamed_column_is_refused_by_name(made: Made, source_id: str) -> None:
    mirror = made(source_id)
    names = {
        "ameli-effectifs": "Ntop", "ans-rpps": "Code profession", "frr": "codefrr", "insee-distancier": "temps_urgences", "inserm-fdep": "Code commune",
        "inserm-fedi": "EDI", "odisse-cardio-epci": "type_patho",
    }  # fmt: skip
    name = names.get(source_id, "GEO_OBJECT")
    spoil(file_of(mirror, source_id), on_row(1, lambda line: line.replace(name, "autre", 1)))
    refused(
        mirror,
        source_id,
        "disease" if source_id == "odisse-cardio-epci" else name.lower() if source_id == "ameli-effectifs" else name,
    )


@pytest.mark.parametrize("source_id", sorted(set(KEYS) - {"ans-rpps"}))
def test_a_row_written_twice_is_refused(made: Made, source_id: str) -> None:
    mirror = made(source_id)
    spoil(file_of(mirror, source_id), on_row(2, lambda line: f"{line}\n{line}"))
    if source_id == "ameli-effectifs":
        assert len(read(mirror, source_id)) > 0  # the first rows are of another year: not read
        path = file_of(mirror, source_id)
        again = next(
            line
            for line in path.read_text(encoding="utf-8-sig").splitlines()
            if line.startswith("2023") and ";tsage;" in line and ";;;" in line
        )
        spoil(path, lambda text: text + again + "\n")
    refused(mirror, source_id)


@pytest.mark.parametrize("source_id", ["frr", "insee-etat-civil", "insee-rp-age-sexe", "insee-ds-filosofi"])
def test_a_commune_lost_is_refused_by_its_code(made: Made, source_id: str) -> None:
    mirror = made(source_id)
    spoil(
        file_of(mirror, source_id),
        lambda text: "".join(line for line in text.splitlines(keepends=True) if "90050" not in line),
    )
    refused(mirror, source_id, "90050")


@pytest.mark.parametrize(
    "source_id", sorted(set(KEYS) - {"ans-rpps", "finess", "ameli-effectifs", "odisse-cardio-epci"})
)
def test_a_code_of_no_commune_is_refused(made: Made, source_id: str) -> None:
    mirror = made(source_id)
    spoil(file_of(mirror, source_id), lambda text: text.replace("90050", "90999"))
    refused(mirror, source_id, "90999")


@pytest.mark.parametrize(
    ("source_id", "old", "new", "words"),
    [
        (
            "insee-rp-age-sexe",
            r'("Y30";"A";"90010";"COM";"POP";"F";"2023";)"[\d.]+"',
            r'\1"9999.0"',
            ("do not add up", "90010"),
        ),
        (
            "insee-rp-age-sexe",
            r'("Y30";"A";"90010";"COM";"POP";"F";"2023";)"[\d.]+"',
            r'\1"1,5"',
            ("row", "decimal point"),
        ),
        ("insee-rp-age-sexe", r'("Y30";"A";"90010";"COM";"POP";"F";)"2023"', r'\1"2017"', ("TIME_PERIOD", "2017")),
        ("insee-rp-age-sexe", r'("Y30";"A";"90010";"COM";)"POP"', r'\1"DWELLINGS"', ("RP_MEASURE", "DWELLINGS")),
        ("insee-rp-age-sexe", r'"M"', '"F"', ("written twice",)),
        (
            "insee-ds-bpe",
            r'("90010";"COM";"D";"D2";"D265";"FACILITIES";"2025";)"\d+"',
            r'\1"2.5"',
            ("row", "whole number"),
        ),
        ("insee-ds-bpe", r'"D265"', '"D999"', ("D999", "not name")),
        ("insee-ds-bpe", r'"2025"', '"2024"', ("TIME_PERIOD",)),
        ("insee-ds-filosofi", r'(;"0";"F";"A";"2023";)"1\d{4}"', r'\1"190"', ("MED_SL", "not plausible")),
        ("insee-ds-filosofi", r'"EUR_YR";"0"', '"EUR_YR";"3"', ("UNIT_MULT",)),
        ("insee-ds-filosofi", r';"F";"A";"2023"', ';"F";"Z";"2023"', ("OBS_STATUS",)),
        ("insee-ds-filosofi", r';"C";"A";"2023";""', ';"F";"A";"2023";""', ("no value where",)),
        (
            "insee-etat-civil",
            r'("90010";"COM";"DTH";"A";"2015";)"\d+"',
            r'\1"500"',
            ("90 2015", "sum of their communes"),
        ),
        ("insee-etat-civil", r'"DTH"', '"LVB"', ("EC_MEASURE",)),
        ("insee-etat-civil", r'"K";"2008";""', '"K";"2008";"4"', ("there is none",)),
        ("insee-etat-civil", r'("90010";"COM";"DTH";"A";"2015";)"\d+"', r'\1"-3"', ("whole number",)),
        ("inserm-fedi", r"2021$", "2011", ("'2011'", "2021")),
        ("inserm-fedi", r";5;2021", ";1;2021", ("quintiles do not follow",)),
        ("inserm-fdep", r"(;90010;\d+;)\S+", r"\1très haut", ("'très haut'",)),
        ("inserm-fdep", r";90010;", ";97101;", ("métropole",)),
        ("frr", r"(90010;[^;]+;)-?\d+", r"\1oui", ("'oui'",)),
        ("frr", r";[14]$", ";-9999", ("no commune is zoned",)),
        ("insee-distancier", r"(90011;)[\d.]+", r"\g<1>9000", ("9000", "above 600")),
        ("ameli-effectifs", r";9;27;90;", ";8;27;90;", ("'sexe'",)),
        ("ameli-effectifs", r"Diabète", "Diabete sucré rare", ()),
        ("ans-rpps", r"\|Infirmier\|", "|Orthoptiste|", ("60", "Orthoptiste")),
        ("ans-rpps", r"\|10000000007\|", "||", ("names no person",)),
        ("finess", r"^finess;etalab", "autre;chose", ("row 1",)),
        ("finess", r"structureet;900000001;", "structureet;900000002;", ("900000002", "already")),
        ("finess", r";500;", ";5OO;", ("'5OO'",)),
        ("odisse-cardio-epci", r"AVC ischémique", "Grippe", ("'Grippe'",)),
        ("odisse-cardio-epci", r"200069052", "200069053", ("200069053",)),
    ],
)
def test_a_wrong_cell_is_refused(made: Made, source_id: str, old: str, new: str, words: tuple[str, ...]) -> None:
    mirror = made(source_id)
    spoil(file_of(mirror, source_id), lambda text: re.sub(old, new, text, flags=re.MULTILINE))
    if source_id == "ameli-effectifs" and not words:
        assert "prev_diabete" in set(
            read(mirror, source_id)["variable"].astype(str)
        )  # the label only begins as declared
        return
    refused(mirror, source_id, *words)


def test_scores_that_are_quintiles_are_refused(made: Made) -> None:
    mirror = made("inserm-fdep")
    spoil(file_of(mirror, "inserm-fdep"), lambda text: re.sub(r"(;\d{5};\d+;)\S+", r"\g<1>3", text))
    refused(mirror, "inserm-fdep", "quintiles")


def test_bytes_that_are_not_utf8_are_refused_with_their_row(made: Made) -> None:
    mirror = made("ans-rpps")
    path = file_of(mirror, "ans-rpps")
    path.write_bytes(path.read_bytes().replace("Médecin".encode(), "Médecin".encode("cp1252"), 1))
    refused(mirror, "ans-rpps", "row 2", "utf-8")


def test_a_type_without_its_label_is_refused(made: Made) -> None:
    mirror = made("insee-ds-bpe")
    spoil(paths_of(mirror, "insee-ds-bpe")["types"], lambda text: text.replace("D307;Pharmacie", "D307;"))
    refused(mirror, "insee-ds-bpe", "without its label")


def test_a_first_level_disease_that_is_gone_is_refused(made: Made) -> None:
    mirror = made("ameli-effectifs")
    spoil(file_of(mirror, "ameli-effectifs"), lambda text: text.replace("Cancers", "Tumeurs"))
    refused(mirror, "ameli-effectifs", "Cancers")


def test_more_births_than_a_country_can_have_are_refused(made: Made) -> None:
    mirror = made("insee-etat-civil")
    spoil(
        paths_of(mirror, "insee-etat-civil")["naissances"],
        lambda text: re.sub(r';"(\d+)"(?=\n)', lambda found: f';"{int(found[1]) * 100}"', text),
    )
    refused(mirror, "insee-etat-civil", "naissances in a year for", "another unit")


def test_a_header_that_is_a_row_is_never_shown_because_it_may_name_a_person(made: Made) -> None:
    mirror = made("ans-rpps")
    spoil(file_of(mirror, "ans-rpps"), lambda text: text.split("\n", 1)[1])
    with pytest.raises(InvalidInput) as caught:
        read(mirror, "ans-rpps")
    assert "not the header of this file" in str(caught.value)
    assert "SECRET" not in str(caught.value) and "INVENT" not in str(caught.value)


def test_a_scatter_of_codes_of_no_commune_is_refused_and_a_few_are_noted(made: Made) -> None:
    mirror = made("ans-rpps")
    spoil(file_of(mirror, "ans-rpps"), lambda text: text.replace("|90010|", "|X0010|"))
    refused(mirror, "ans-rpps", "rows have a code of no commune")
