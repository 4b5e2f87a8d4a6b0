"""Are numbers, dates, lists and names written as a French reader expects them?"""

from __future__ import annotations

import datetime as dt

import pytest

from cls_analysis.errors import InvalidInput
from cls_analysis.figures import french
from cls_analysis.figures.french import MINUS, NBSP, NNBSP


@pytest.mark.parametrize(
    ("value", "decimals", "unit", "expected"),
    [
        (1234567, 0, "", f"1{NNBSP}234{NNBSP}567"),
        (26.94, 1, "%", f"26,9{NBSP}%"),
        (-0.71, 2, "%", f"{MINUS}0,71{NBSP}%"),
        (-0.04, 1, "", "0,0"),
        (0.0, 1, "%", f"0{NBSP}%"),
        (1.9, 1, "consultations", f"1,9{NBSP}consultation"),
        (2, 0, "consultations", f"2{NBSP}consultations"),
        (1, 0, "décès", f"1{NBSP}décès"),
        (1, 0, "hab./km²", f"1{NBSP}hab./km²"),
        (3, 0, "pour 100 000 hab.", f"3{NBSP}pour 100{NNBSP}000 hab."),
        (0.5, 0, "", "1"),
        (2.5, 0, "", "3"),
        (1.005, 2, "", "1,01"),
    ],
)
def test_a_number_is_rounded_half_up_with_decimal_comma_and_french_spaces(value, decimals, unit, expected):
    assert french.format_number(value, decimals, unit) == expected


def test_a_year_is_not_grouped_and_a_sign_may_be_asked_for():
    assert french.format_number(2023, grouped=False) == "2023"
    assert french.format_number(4.92, 1, signed=True) == "+4,9"
    assert french.format_number(0.01, 1, signed=True) == "0,0"
    assert french.percent(7.8, signed=True) == f"+7,8{NBSP}%"
    assert french.points(-1.24) == f"{MINUS}1,2{NBSP}point"
    assert french.points(2) == f"2,0{NBSP}points"


@pytest.mark.parametrize("bad", [None, float("nan"), float("inf"), "x"])
def test_a_null_is_never_written_as_a_number(bad):
    with pytest.raises(InvalidInput, match="not a finite number"):
        french.format_number(bad)


def test_each_status_has_its_own_word_and_zero_stays_zero():
    words = {s: french.format_value(None, status=s) for s in french.STATUS_WORDS}
    assert words["suppressed"] == words["suppressed_secondary"] == "secret"
    assert len(set(words.values())) == len(words) - 1
    assert french.format_value(0.0, status="observed", decimals=1) == "0"
    assert french.format_value(None, status="observed") == f"n.{NBSP}d."
    with pytest.raises(InvalidInput, match="'hidden'"):
        french.format_value(None, status="hidden")


def test_an_interval_is_written_in_brackets_or_words_and_is_empty_without_both_limits():
    assert french.format_interval(24.14, 29.9, 1) == f"[24,1{NNBSP};{NBSP}29,9]"
    assert french.format_interval(24.14, 29.9, 1, "%", words=True) == f"de 24,1 à 29,9{NBSP}%"
    assert french.format_interval(None, 29.9, 1) == ""
    assert french.format_interval(float("nan"), 29.9, 1) == ""


def test_lists_ranks_counts_and_dates():
    assert french.join_list([]) == ""
    assert french.join_list(["a"]) == "a"
    assert french.join_list(["a", "b"]) == "a et b"
    assert french.join_list(["a", "b", "c"]) == "a, b et c"
    assert french.rank(1, 8) == "1er sur 8"
    assert french.rank(1, 8, feminine=True) == "1re sur 8"
    assert french.rank(3, 1255) == f"3e sur 1{NNBSP}255"
    assert french.count_of(1, "commune") == f"1{NBSP}commune"
    assert french.count_of(168, "commune") == f"168{NBSP}communes"
    assert french.count_of(0, "commune") == f"0{NBSP}commune"
    assert french.date(dt.date(2026, 1, 1)) == f"1er{NBSP}janvier{NBSP}2026"
    assert french.date(dt.date(2017, 2, 14)) == f"14{NBSP}février{NBSP}2017"
    assert french.period_words("2022") == f"en{NBSP}2022"
    assert french.period_words("2018-2022") == f"sur la période{NBSP}2018-2022"


@pytest.mark.parametrize(
    ("name", "of", "to"),
    [
        ("le Pays de Langres", "du Pays de Langres", "au Pays de Langres"),
        ("les Vosges", "des Vosges", "aux Vosges"),
        ("la Haute-Marne", "de la Haute-Marne", "à la Haute-Marne"),
        ("l'Aube", "de l’Aube", "à l’Aube"),
        ("Épinal", "d’Épinal", "à Épinal"),
        ("Héricourt", "d’Héricourt", "à Héricourt"),
        ("Le Havre", "du Havre", "au Havre"),
        ("Les Lilas", "des Lilas", "aux Lilas"),
        ("La Rochelle", "de La Rochelle", "à La Rochelle"),
    ],
)
def test_articles_contract_and_elide(name, of, to):
    assert french.de(name) == of
    assert french.a(name) == to


def test_capitals_keep_accents_and_acronyms():
    assert french.capitalise("évolution") == "Évolution"
    assert french.uncapitalise("Évolution") == "évolution"
    assert french.uncapitalise("APL aux médecins") == "APL aux médecins"
    assert french.elide("la", "évolution") == "l’évolution"
    assert french.elide("le", "taux") == "le taux"


def test_punctuation_takes_no_break_spaces():
    assert french.punctuate("l'eau : 3 % ; « oui »") == f"l’eau{NBSP}: 3{NBSP}%{NNBSP}; «{NBSP}oui{NBSP}»"


def test_prose_of_a_notebook_takes_no_break_spaces_and_leaves_code_alone():
    from cls_analysis.figures.prose import render_markdown

    html, headings = render_markdown(
        "## Lecture : 5 %\n\nAu seuil de **5 %**, « oui » ; `a : 5 %`, [l'Insee](https://x.fr)"
    )
    assert f"<strong>5{NBSP}%</strong>" in html and f"«{NBSP}oui{NBSP}»{NNBSP};" in html
    assert "<code>a : 5 %</code>" in html and 'href="https://x.fr"' in html and "l’Insee" in html
    assert headings[0].anchor == "lecture-5"


def test_ordinals_are_raised_before_their_word_only():
    assert french.raised(f"2e{NBSP}rang, 133e sur 151, le 1er{NBSP}janvier") == (
        f"2<sup>e</sup>{NBSP}rang, 133<sup>e</sup> sur 151, le 1<sup>er</sup>{NBSP}janvier"
    )
    assert french.raised("12e4, 8e code, 1er mars 2e") == "12e4, 8e code, 1<sup>er</sup> mars 2e"
    assert french.between_words("2022") == f"en{NBSP}2022"


@pytest.mark.parametrize("taken", [(), ("x",), ("a",), ("a-2",), ("a-3",), ("a", "a-2"), ("b",)])
def test_a_text_met_before_gets_the_identifiers_that_are_left(taken: tuple[str, ...]) -> None:
    from cls_analysis.figures.prose import render_markdown

    source = "## a\n\n## a\n\n### b"
    anchors = [heading.anchor for _ in range(2) for heading in render_markdown(source, taken=taken)[1]]
    left = [f"a-{n}" if n > 1 else "a" for n in range(1, 9) if (f"a-{n}" if n > 1 else "a") not in taken]
    assert anchors == [*left[:2], "b-2" if "b" in taken else "b"] * 2
