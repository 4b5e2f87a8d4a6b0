"""A sound partner's file gives the figures it holds, whatever spreadsheet wrote it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cls_analysis.sources import validate_observations
from cls_analysis.sources.imports import load_import
from cls_analysis.sources.imports.writing import _source
from cls_analysis.sources.observations import COLUMNS
from tests.imports.made_up import AGES, BY_AGE, DEATHS, SCREENING, SIMPLE, by_age, put, put_workbook

ROWS = [["Code", "Décès"], ["52269", 12], ["52121", 0], ["52001", 7]]


def sound(path: Path) -> pd.DataFrame:
    result = load_import(path)
    assert result.problems == ()
    assert result.spec is not None
    assert result.observations is not None
    return validate_observations(result.observations, _source(result.spec.source, [result.spec]))


def value(
    frame: pd.DataFrame, code: str, variable: str = "deces", sex: str = "all", age: str = "all"
) -> tuple[float, str]:
    found = frame[
        (frame["code"] == code) & (frame["variable"] == variable) & (frame["sex"] == sex) & (frame["age"] == age)
    ]
    assert len(found) == 1
    return float(found["value"].iloc[0]), str(found["status"].iloc[0])


@pytest.mark.parametrize("sep", [";", ",", "\t", "|"])
@pytest.mark.parametrize(("encoding", "end"), [("utf-8", "\n"), ("utf-8-sig", "\r\n"), ("cp1252", "\r\n")])
def test_a_csv_is_read_in_its_separator_and_encoding(tmp_path: Path, sep: str, encoding: str, end: str) -> None:
    frame = sound(put(tmp_path, "deces", DEATHS + SIMPLE, ROWS, sep=sep, encoding=encoding, end=end))
    assert tuple(frame.columns) == COLUMNS
    assert [value(frame, code) for code in ("52269", "52121", "52001")] == [
        (12.0, "observed"),
        (0.0, "observed"),
        (7.0, "observed"),
    ]
    assert set(frame["period"].astype(str)) == {"2018-2022"}
    assert set(frame["cog"]) == {2026}


def test_decimal_commas_and_grouped_thousands_are_numbers(tmp_path: Path) -> None:
    toml = (
        DEATHS.replace('unit = "décès"', 'unit = "décès"\nwhole_numbers = false').replace(
            'variable = "deces"', 'variable = "deces_estimes"'
        )
        + SIMPLE
    )
    frame = sound(put(tmp_path, "deces", toml, [["Code", "Décès"], ["52269", "1 234,5"], ["52121", "0,25"]]))
    assert value(frame, "52269", "deces_estimes") == (1234.5, "observed")
    assert value(frame, "52121", "deces_estimes") == (0.25, "observed")


def test_a_decimal_point_is_read_where_the_toml_says_so(tmp_path: Path) -> None:
    toml = (
        DEATHS.replace('variable = "deces"', 'variable = "deces_estimes"')
        + 'decimal = "."\nwhole_numbers = false\n'
        + SIMPLE
    )
    frame = sound(put(tmp_path, "deces", toml, [["Code", "Décès"], ["52269", "12.5"]]))
    assert value(frame, "52269", "deces_estimes") == (12.5, "observed")


def test_a_workbook_is_read_with_its_numbers_its_texts_and_its_blanks(tmp_path: Path) -> None:
    rows = [
        ["Code", "Libellé", "Décès"],
        ["52269", "Langres", 12],
        [52121, "Chaumont", 3.0],
        ["52001", "=pas une formule"[1:], None],
        ["52003", "", "s"],
        [1004, "Ambérieu", "4"],
    ]
    frame = sound(put_workbook(tmp_path, "deces", DEATHS + SIMPLE, {"Données": rows}))
    assert value(frame, "52269") == (12.0, "observed")
    assert value(frame, "52121") == (3.0, "observed")
    assert value(frame, "01004") == (4.0, "observed")
    assert value(frame, "52001")[1] == "missing"
    assert value(frame, "52003")[1] == "not_published"


def test_a_sheet_and_a_header_row_are_chosen(tmp_path: Path) -> None:
    toml = DEATHS + 'sheet = "Tableau 2"\nheader_row = 3\n' + SIMPLE
    sheets = {"Lisez-moi": [["Un texte"]], "Tableau 2": [["Un titre"], [""], ["Code", "Décès"], ["52269", 5]]}
    assert value(sound(put_workbook(tmp_path, "deces", toml, sheets)), "52269") == (5.0, "observed")


def test_sexes_and_ages_in_french_words_become_ours(tmp_path: Path) -> None:
    frame = sound(put(tmp_path, "deces", DEATHS + BY_AGE, by_age()))
    assert len(frame) == 2 * 2 * len(AGES)
    assert value(frame, "52269", sex="F", age="0-0") == (0.0, "observed")
    assert value(frame, "52269", sex="M", age="5-9") == (2.0, "observed")
    assert value(frame, "52121", sex="F", age="95+") == (float(len(AGES) - 1), "observed")


def test_the_partner_s_own_words_for_sexes_and_ages_are_said_in_the_toml(tmp_path: Path) -> None:
    rows = [
        ["Code", "Sexe", "Âge", "Décès"],
        *[
            ["52269", sex, age.replace("95 ans et plus", "le reste"), number]
            for sex in ("XX", "XY")
            for number, age in enumerate(AGES, start=1)
        ],
    ]
    toml = DEATHS + BY_AGE + '[sexes]\nXX = "F"\nXY = "M"\n[ages]\n"le reste" = "95+"\n'
    assert value(sound(put(tmp_path, "deces", toml, rows)), "52269", sex="M", age="95+") == (
        float(len(AGES)),
        "observed",
    )


def test_totals_beside_their_parts_are_kept_when_they_agree(tmp_path: Path) -> None:
    rows = by_age(("52269",))
    rows += [["52269", "Ensemble", age, 2 * number] for number, age in enumerate(AGES)]
    frame = sound(put(tmp_path, "deces", DEATHS + BY_AGE, rows))
    assert value(frame, "52269", sex="all", age="5-9") == (4.0, "observed")


def test_the_marks_of_secrecy_of_absence_and_blanks_stay_distinct(tmp_path: Path) -> None:
    marks = {
        "s": "not_published",
        "NS": "not_published",
        "<5": "not_published",
        "< 11": "not_published",
        "1 à 4": "not_published",
        "nd": "missing",
        "": "missing",
        "sans objet": "not_applicable",
        "0": "observed",
    }
    codes = ("52001", "52002", "52003", "52004", "52005", "52006", "52007", "52008", "52009")
    rows = [["Code", "Décès"], ["52269", 3], *zip(codes, marks, strict=True)]
    from cls_analysis.sources.codes import known_communes

    assert set(codes) <= known_communes(2012), "made-up codes must be communes"
    path = put(tmp_path, "deces", DEATHS.replace("cog = 2026", "cog = 2012") + SIMPLE, rows)
    frame = sound(path)
    assert {mark: value(frame, code)[1] for code, mark in zip(codes, marks, strict=True)} == marks
    notes = " ".join(load_import(path).notes)
    assert "'<5' 1 times" in notes
    assert "blank 1 times" in notes


@pytest.mark.parametrize(
    ("blank", "expected"), [("missing", "missing"), ("not_published", "not_published"), ("zero", "observed")]
)
def test_a_blank_is_what_the_toml_says(tmp_path: Path, blank: str, expected: str) -> None:
    frame = sound(
        put(
            tmp_path,
            "deces",
            DEATHS + f'blank = "{blank}"\n' + SIMPLE,
            [["Code", "Décès"], ["52269", 3], ["52121", ""]],
        )
    )
    number, status = value(frame, "52121")
    assert status == expected
    assert number == 0 if expected == "observed" else np.isnan(number)


def test_a_row_absent_is_missing_unless_the_toml_says_that_it_is_zero(tmp_path: Path) -> None:
    from cls_analysis import geography

    place = geography.territory("petr-langres")
    rows = [["Code", "Décès"], ["52269", 3]]
    base = DEATHS + 'coverage = ["petr-langres"]\n'
    missing = sound(put(tmp_path, "a", base + SIMPLE, rows))
    zero = sound(put(tmp_path, "b", base + 'absent_rows = "zero"\n' + SIMPLE, rows))
    assert set(missing["code"].astype(str)) == set(zero["code"].astype(str)) == set(place.communes)
    other = next(code for code in place.communes if code != "52269")
    assert value(missing, other)[1] == "missing"
    assert value(zero, other) == (0.0, "observed")
    assert value(zero, "52269") == (3.0, "observed")


def test_a_count_and_its_denominator_are_two_variables(tmp_path: Path) -> None:
    frame = sound(
        put(tmp_path, "sein", SCREENING, [["Code", "Dépistées", "Invitées"], ["52269", 40, 80], ["52121", "<5", "<11"]])
    )
    assert value(frame, "52269", "depistage_sein") == (40.0, "observed")
    assert value(frame, "52269", "depistage_sein_denominateur") == (80.0, "observed")
    assert value(frame, "52121", "depistage_sein")[1] == "not_published"


def test_a_table_by_epci_and_a_table_of_france_are_read(tmp_path: Path) -> None:
    epci = DEATHS.replace('level = "commune"', 'level = "epci"')
    assert value(sound(put(tmp_path, "e", epci + SIMPLE, [["Code", "Décès"], ["200069052", 30]])), "200069052") == (
        30.0,
        "observed",
    )
    france = DEATHS.replace('level = "commune"', 'level = "france"')
    assert value(sound(put(tmp_path, "f", france + SIMPLE, [["Code", "Décès"], ["France entière", 600000]])), "FR") == (
        600000.0,
        "observed",
    )


def test_rows_of_one_cause_are_kept_by_the_toml(tmp_path: Path) -> None:
    rows = [["Code", "Cause", "Décès"], ["52269", "Tumeurs", 4], ["52269", "Autres", 9]]
    toml = DEATHS.replace('variable = "deces"', 'variable = "deces_tumeurs"') + SIMPLE + '[keep]\nCause = "tumeurs"\n'
    assert value(sound(put(tmp_path, "t", toml, rows)), "52269", "deces_tumeurs") == (4.0, "observed")


def test_paris_by_arrondissement_gives_paris(tmp_path: Path) -> None:
    rows = [["Code", "Décès"], *[[f"751{n:02d}", n] for n in range(1, 21)]]
    assert value(sound(put(tmp_path, "paris", DEATHS + SIMPLE, rows)), "75056") == (210.0, "observed")


def test_markup_in_a_partner_s_words_stays_text(tmp_path: Path) -> None:
    toml = DEATHS.replace("ORS inventé", "<b>ORS</b> [red]x[/red]") + SIMPLE
    result = load_import(put(tmp_path, "deces", toml, ROWS))
    assert result.problems == ()
    assert result.spec is not None
    assert _source("import-deces", [result.spec]).producer == "<b>ORS</b> [red]x[/red]"
