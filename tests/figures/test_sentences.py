"""Does every branch of the grammar give the sentence that a reviewer has read and accepted?

`sentences_reviewed.toml` holds the sentences as read by a person; a change of wording must change that file too.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from cls_analysis.figures import Place, french, narrative
from cls_analysis.figures.afterwords import afterwords
from cls_analysis.figures.contrasts import headline, spread_lines
from cls_analysis.figures.grammar import subject
from tests.figures.made_up import (
    CATALOGUE,
    DEPARTEMENT,
    EPCI,
    FRANCE,
    OWN,
    REGION,
    compared,
    comparison,
    indicator,
    record,
    row,
    setting,
)

REVIEWED = tomllib.loads((Path(__file__).parent / "sentences_reviewed.toml").read_text(encoding="utf-8"))
SHARE, APL, POVERTY = CATALOGUE["part-65-plus"], CATALOGUE["apl"], CATALOGUE["pauvrete"]
DEATHS, LIFE, PEOPLE = CATALOGUE["mortalite"], CATALOGUE["esperance"], CATALOGUE["habitants"]
BIRTHS = indicator(
    "naissances", label="Naissances domiciliées", short_label="Naissances", unit="naissances", decimals=0
)
DOCTORS = indicator("medecins", label="Médecins généralistes libéraux", short_label="Médecins", unit="pour 10 000 hab.")
CHANGE = indicator("evolution", label="Évolution annuelle moyenne de la population", short_label="Évolution", unit="%",
                   decimals=2)  # fmt: skip
BALANCE = indicator("solde", label="Solde naturel", short_label="Solde naturel", unit="habitants", decimals=0)
SCORE = indicator("fdep", label="FDep, indice de défavorisation", short_label="FDep", unit="", decimals=2)
DECLARED = indicator("acces", label="75 ans ou plus vivant seuls", sentence_subject="la part des 75 ans ou plus vivant seuls",
                     gender="f", plural=False, unit="%")  # fmt: skip
GROWTH = indicator("croissance", label="Évolution annuelle moyenne de la population", short_label="Évolution de la population",
                   unit="% par an", decimals=2, method="change_per_year", change_of="la population", gender="f",
                   earlier="croissance-avant")  # fmt: skip
BEFORE = indicator("croissance-avant", label="Évolution antérieure", short_label="Évolution antérieure", unit="% par an",
                   decimals=2, method="change_per_year")  # fmt: skip
FEWER = indicator("apl-65", label="Accès aux généralistes de moins de 65 ans", short_label="APL, moins de 65 ans",
                  unit=APL.unit, variant_of="apl", variant_words="Sans les médecins de 65 ans ou plus")  # fmt: skip
NURSES = indicator("infirmiers", label="Accès aux infirmiers", short_label="accès aux infirmiers", unit="ETP pour 100 000 hab.",
                   sentence_subject="l’accès aux infirmiers", gender="m",
                   sentence_unit="équivalents temps plein pour 100 000 habitants")  # fmt: skip
POOLS = indicator("piscines", label="Densité de piscines", short_label="piscines", unit="piscines pour 100 000 hab.")
BASIN = Place("bassin_de_vie", "99777", "Étangville")
LANGRES = Place("commune", "99001", "Brumeville", "Brumeville")
VOSGES = Place("departement", "9V", "Monts", "les Monts")
AUBE = Place("departement", "9O", "Onde", "l’Onde")
BRETAGNE = Place("region", "9B", "Bretagne-Haute", "la Bretagne-Haute")


def _series(values: list[float | None], *, limits: bool = False) -> Callable[[], str]:
    def build() -> str:
        years = [str(2022 - 2 * i) for i in range(len(values))][::-1]
        rows = [
            record("part-65-plus", OWN, v, period=y,
                   **({"lower": v - 0.3, "upper": v + 0.3} if limits and v is not None else {}))
            for y, v in zip(years, values, strict=True)
        ]  # fmt: skip
        return narrative.trend_sentence(setting(table=pd.DataFrame(rows)), "part-65-plus")

    return build


def _say(entry: object, line: object, other: object = None, **options: object) -> Callable[[], str]:
    return lambda: narrative.sentence(entry, line, other, **options)


def _near(value: float | None, mine: float) -> object:
    return compared(value, mine, "not_tested", DEPARTEMENT)


def _title(
    entry: object, value: float, theirs: float, word: str, place: Place = OWN, **changes: object
) -> Callable[[], str]:
    """The title of one indicator with one comparison to the région."""

    def build() -> str:
        name = entry.id
        rows = [record(name, place, value, **changes), record(name, REGION, theirs)]
        tests = pd.DataFrame([comparison(name, value, theirs, word, place=place)])
        here = setting(table=pd.DataFrame(rows), comparisons=tests, catalogue={name: entry})
        return narrative.finding_title(here, name)

    return build


def _after(
    entry: object, now: float, name: str, then: float, *, period: str = "2017-2023", before: str = "2015-2021"
) -> Callable[[], str]:
    """What follows the sentence of an indicator whose companion has the value `then`."""

    def build() -> str:
        known = {e.id: e for e in (GROWTH, BEFORE, APL, FEWER)}
        first = entry.id
        rows = [record(first, OWN, now, period=period), record(name, OWN, then, period=before)]
        here = setting(table=pd.DataFrame(rows), catalogue=known)
        return afterwords(here, first, here.own(first))

    return build


def _ends(**values: tuple[float | None, ...]) -> Callable[[], str]:
    """The sentence on EPCI at the ends, for values of the three EPCI by indicator."""
    return lambda: headline(_inside(values), list(values))


def _inside(values: dict[str, tuple[float | None, ...]]) -> object:
    rows = [record(name, place, v) for name, of in values.items() for place, v in zip(EPCI, of, strict=True)]
    rows += [record(name, OWN, 1.0) for name in values]
    return setting(table=pd.DataFrame(rows))


def _reading(template: str, line: object, entry: object = POVERTY) -> Callable[[], str]:
    def build() -> str:
        told = SimpleNamespace(**{**vars(entry), "reading": template})
        rows = pd.DataFrame([record(told.id, line.place, line.value), record(told.id, REGION, 14.2)])
        tests = pd.DataFrame([comparison(told.id, line.value, 14.2, "lower", place=line.place)])
        here = setting(table=rows, comparisons=tests, catalogue={told.id: told})
        return narrative.reading_note(here, told.id, here.select(told.id, [line.place], period="2022")[0])

    return build


CASES: dict[str, Callable[[], str]] = {
    "share_alone": _say(SHARE, row()),
    "share_higher": _say(SHARE, row(), compared(22.0, 26.94, "higher")),
    "share_lower": _say(SHARE, row(20.0), compared(22.0, 20.0, "lower")),
    "share_gap_below_two_points": _say(SHARE, row(23.2), compared(22.0, 23.2, "higher")),
    "share_not_different": _say(SHARE, row(22.3), compared(22.0, 22.3, "not_different")),
    "share_not_tested": _say(SHARE, row(22.3), compared(22.0, 22.3, "not_tested")),
    "share_gap_rounds_to_nothing": _say(SHARE, row(22.02), compared(22.0, 22.02, "higher")),
    "share_comparator_unknown": _say(SHARE, row(), compared(None, 26.94, "not_tested")),
    "share_against_france": _say(SHARE, row(), compared(21.1, 26.94, "higher", FRANCE)),
    "share_against_departement": _say(SHARE, row(), compared(24.0, 26.94, "higher", DEPARTEMENT)),
    "share_against_plural": _say(SHARE, row(), compared(24.0, 26.94, "not_tested", VOSGES)),
    "share_against_elided": _say(SHARE, row(), compared(24.0, 26.94, "not_different", AUBE)),
    "share_against_feminine_region": _say(SHARE, row(), compared(24.0, 26.94, "not_tested", BRETAGNE)),
    "share_of_a_commune": _say(SHARE, row(26.94, LANGRES)),
    "share_of_an_epci": _say(SHARE, row(26.94, EPCI[1])),
    "share_pooled_period": _say(SHARE, row(26.94, period="2018-2022")),
    "share_small_numbers": _say(SHARE, row(reliability="small")),
    "share_approximate": _say(SHARE, row(reliability="approximate")),
    "share_estimated_partial": _say(SHARE, row(status="estimated", coverage=0.93)),
    "share_true_zero": _say(SHARE, row(0.0), compared(22.0, 0.0, "lower")),
    "share_secret": _say(SHARE, row(None, status="suppressed")),
    "share_secret_secondary": _say(SHARE, row(None, status="suppressed_secondary")),
    "share_too_few": _say(SHARE, row(None, status="too_few_events")),
    "share_producer_secret": _say(SHARE, row(None, status="not_published")),
    "share_missing": _say(SHARE, row(None, status="missing")),
    "share_not_applicable": _say(SHARE, row(None, status="not_applicable")),
    "masculine_lower": _say(POVERTY, row(11.2), compared(14.2, 11.2, "lower")),
    "masculine_not_different": _say(POVERTY, row(14.0), compared(14.2, 14.0, "not_different")),
    "masculine_secret": _say(POVERTY, row(None, status="suppressed")),
    "elided_lower_percent": _say(APL, row(1.94), compared(2.9, 1.94, "lower")),
    "elided_more_than_double": _say(APL, row(6.4), compared(2.9, 6.4, "higher")),
    "rate_higher": _say(DEATHS, row(1008.0), compared(860.0, 1008.0, "higher")),
    "rate_less_than_one_percent": _say(DEATHS, row(862.0), compared(860.0, 862.0, "higher")),
    "years_lower": _say(LIFE, row(80.9), compared(82.1, 80.9, "lower")),
    "years_two_or_more": _say(LIFE, row(79.2), compared(82.1, 79.2, "lower")),
    "count_alone": _say(PEOPLE, row(43482.0)),
    "plural_feminine": _say(BIRTHS, row(1.0)),
    "plural_feminine_missing": _say(BIRTHS, row(None, status="missing")),
    "plural_feminine_secret": _say(BIRTHS, row(None, status="suppressed")),
    "plural_masculine_higher": _say(DOCTORS, row(12.0), compared(9.0, 12.0, "higher")),
    "plural_masculine_not_different": _say(DOCTORS, row(9.2), compared(9.0, 9.2, "not_different")),
    "negative_value": _say(CHANGE, row(-0.71), compared(-0.05, -0.71, "lower")),
    "negative_count": _say(BALANCE, row(-214.0)),
    "declared_subject": _say(DECLARED, row(41.3), compared(39.0, 41.3, "higher")),
    "neutral_alone": _say(SCORE, row(0.62)),
    "neutral_significant": _say(SCORE, row(0.62), compared(0.11, 0.62, "higher")),
    "neutral_not_different": _say(SCORE, row(0.12), compared(0.11, 0.12, "not_different")),
    "neutral_not_tested": _say(SCORE, row(0.12), compared(0.11, 0.12, "not_tested")),
    "neutral_comparator_unknown": _say(SCORE, row(0.12), compared(None, 0.12, "not_tested")),
    "neutral_secret": _say(SCORE, row(None, status="suppressed")),
    "trend_two_periods": _series([20.1, 26.9]),
    "trend_level": _series([26.9, 26.94]),
    "trend_rising": _series([20.1, 21.0, 22.4, 23.1, 24.6], limits=True),
    "trend_falling": _series([24.6, 23.1, 22.4, 21.0, 20.1], limits=True),
    "trend_stable": _series([22.1, 22.0, 22.2, 22.1, 22.0], limits=True),
    "spread": lambda: narrative.spread_sentence(setting(), "part-65-plus"),
    "spread_with_a_secret": lambda: narrative.spread_sentence(setting(), "pauvrete"),
    "title_higher": lambda: narrative.finding_title(setting(), "part-65-plus"),
    "title_lower_long_unit": lambda: narrative.finding_title(setting(), "apl"),
    "title_not_different": lambda: narrative.finding_title(setting(), "mortalite"),
    "title_without_comparison": lambda: narrative.finding_title(setting(), "habitants"),
    "beside_not_tested": _say(SHARE, row(), compared(22.0, 26.94, "not_tested"), beside=_near(24.0, 26.94)),
    "beside_all_alike": _say(SHARE, row(), compared(26.9, 26.94, "not_tested"), beside=_near(26.94, 26.94)),
    "beside_like_the_region_only": _say(SHARE, row(), compared(26.9, 26.94, "not_tested"), beside=_near(24.0, 26.94)),
    "beside_like_the_departement_only": _say(
        SHARE, row(), compared(22.0, 26.94, "not_tested"), beside=_near(26.94, 26.94)
    ),
    "beside_unknown": _say(SHARE, row(), compared(22.0, 26.94, "not_tested"), beside=_near(None, 26.94)),
    "beside_region_unknown": _say(SHARE, row(), compared(None, 26.94, "not_tested"), beside=_near(24.0, 26.94)),
    "beside_significant": _say(POVERTY, row(11.2), compared(14.2, 11.2, "lower"), beside=_near(13.9, 11.2)),
    "beside_not_different": _say(SHARE, row(22.3), compared(22.0, 22.3, "not_different"), beside=_near(24.0, 22.3)),
    "neutral_printed_alike_but_significant": _say(SCORE, row(0.114), compared(0.113, 0.114, "higher")),
    "beside_neutral": _say(SCORE, row(0.62), compared(0.11, 0.62, "higher"), beside=_near(0.2, 0.62)),
    "like_the_region": _say(LIFE, row(84.6), compared(84.64, 84.6, "not_tested")),
    "without_its_place": _say(SHARE, row(), compared(22.0, 26.94, "not_tested"), placed=False),
    "without_its_place_secret": _say(SHARE, row(None, status="suppressed"), placed=False),
    "without_its_place_plural": _say(BIRTHS, row(338.0), placed=False),
    "without_its_place_neutral_secret": _say(SCORE, row(None, status="suppressed"), placed=False),
    "gap_of_printed_values": _say(POVERTY, row(75.86), compared(74.24, 75.86, "higher")),
    "times_of_printed_values": _say(DEATHS, row(2001.0), compared(999.6, 2001.0, "higher")),
    "partial": _say(SHARE, row(coverage=0.88)),
    "partial_and_approximate": _say(SHARE, row(status="estimated", reliability="approximate", coverage=0.88)),
    "spoken_unit": _say(NURSES, row(88.2), compared(147.7, 88.2, "not_tested")),
    "unit_that_repeats_the_subject": _say(POOLS, row(6.0), compared(4.4, 6.0, "not_tested")),
    "change_down": _say(
        GROWTH, row(-0.53, period="2017-2023"), compared(0.04, -0.53, "not_tested"), beside=_near(-0.71, -0.53)
    ),
    "change_up": _say(GROWTH, row(0.31, period="2017-2023"), compared(0.04, 0.31, "higher")),
    "change_none": _say(GROWTH, row(0.001, period="2017-2023"), placed=False),
    "change_estimated": _say(GROWTH, row(-0.5, period="2017-2023", status="estimated"), placed=False),
    "after_variant": _after(APL, 2.8, "apl-65", 2.31, period="2023", before="2023"),
    "after_same_pace": _after(GROWTH, -0.53, "croissance-avant", -0.54),
    "after_same_pace_apart": _after(GROWTH, -0.53, "croissance-avant", -0.54, before="2011-2017"),
    "after_faster": _after(GROWTH, 0.9, "croissance-avant", 0.54),
    "after_slower": _after(GROWTH, -0.3, "croissance-avant", -0.54),
    "after_turned": _after(GROWTH, 0.3, "croissance-avant", -0.54),
    "after_near_nothing": _after(GROWTH, 0.01, "croissance-avant", -0.02),
    "ends_two_shared": _ends(**{"part-65-plus": (25.1, 31.0, 22.4), "pauvrete": (10.1, 12.9, 9.0)}),
    "ends_two_feminine": _ends(**{"part-65-plus": (25.1, 31.0, 22.4), "mortalite": (850.0, 900.0, 835.0)}),
    "ends_high_and_low": _ends(apl=(2.6, 1.4, 1.94), pauvrete=(10.1, 12.9, 9.0)),
    "ends_apart": _ends(apl=(2.6, 1.4, 1.94), pauvrete=(10.1, 9.0, 12.9)),
    "ends_low_feminine": _ends(esperance=(80.1, 82.0, 81.0)),
    "ends_line_with_a_secret": lambda: " ".join(spread_lines(_inside({"pauvrete": (10.1, 12.9, None)}), ["pauvrete"])),
    "ends_line_low": lambda: " ".join(spread_lines(_inside({"esperance": (80.1, 82.0, 81.0)}), ["esperance"])),
    "title_of_the_departement": _title(LIFE, 77.0, 79.2, "not_tested", DEPARTEMENT),
    "title_of_the_departement_alike": _title(LIFE, 84.6, 84.6, "not_tested", DEPARTEMENT),
    "title_of_the_departement_rate": _title(DEATHS, 1057.8, 1033.4, "not_tested", DEPARTEMENT),
    "title_of_the_departement_withheld": _title(DEATHS, 1057.8, 1033.4, "not_tested", DEPARTEMENT, status="suppressed"),
    "title_partial": _title(SHARE, 18.1, 18.2, "not_tested", coverage=0.88),
    "title_not_tested": _title(SHARE, 26.9, 20.3, "not_tested"),
    "title_change": _title(GROWTH, -0.53, 0.04, "not_tested", period="2022"),
    "reading_of_a_basin": _reading(
        "En {period}, {value} % des habitants de {territory} sont pauvres.", row(11.2, BASIN)
    ),
    "reading_of_a_basin_as_subject": _reading(
        "En {period}, {territory} compte {value} % de pauvres.", row(11.2, BASIN)
    ),
    "reading_alike": _reading(
        "En {period}, {value} % dans {territory}, contre {comparator_value} % dans {comparator}.", row(14.21)
    ),
    "reading_where_not_for": _reading(
        "En {period}, {value} % dans {territory}, contre {comparator_value} % pour {comparator}.", row(11.2)
    ),
    "reading_from_template": lambda: narrative.reading_note(setting(), "apl"),
    "reading_without_template": lambda: narrative.reading_note(setting(), "mortalite"),
}
_CAUSAL = re.compile(
    r"\b(cause\w*|provoqu\w+|entraîn\w+|explique\w*|dû à|due à|à cause|grâce à|en raison|conduit à|génère\w*|engendr\w+)\b"
)


def test_forty_sentences_or_more_are_kept_for_review() -> None:
    assert len(REVIEWED) >= 40
    assert set(REVIEWED) == set(CASES)


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_sentence_is_the_one_that_was_reviewed(name: str) -> None:
    assert CASES[name]() == REVIEWED[name].replace("~", french.NBSP).replace("_", french.NNBSP)


@pytest.mark.parametrize("name", sorted(CASES))
def test_no_sentence_speaks_of_causes_or_leaves_bad_typography(name: str) -> None:
    text = CASES[name]()
    assert not _CAUSAL.search(text), text
    assert "'" not in text and "  " not in text and " %" not in text and " ;" not in text
    assert not re.search(r"\d\.\d|\b(de|à) (le|les)\b|\bnan\b|None|(?<!\d)-\d", text), text
    if not name.startswith("title"):
        assert text[0].isupper() and text.endswith(".")


def test_an_unknown_head_noun_takes_the_neutral_form_rather_than_a_wrong_article() -> None:
    assert subject(SCORE) is None
    assert subject(DECLARED) is not None


def test_overlapping_spans_are_not_two_points_of_a_trend() -> None:
    rows = [record("part-65-plus", OWN, 20.0 + i, period=p) for i, p in enumerate(("2016-2020", "2018-2022"))]
    assert narrative.trend_sentence(setting(table=pd.DataFrame(rows)), "part-65-plus") == ""


def test_a_gap_is_called_significant_only_when_the_comparison_says_so() -> None:
    for word in ("not_different", "not_tested"):
        text = narrative.sentence(SHARE, row(40.0), compared(22.0, 40.0, word))
        assert "écart significatif" not in text and "supérieur" not in text
