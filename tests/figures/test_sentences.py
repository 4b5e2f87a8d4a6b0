"""Does every branch of the grammar give the sentence that a reviewer has read and accepted?

`sentences_reviewed.toml` holds the sentences as read by a person; a change of wording must change that file too.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from cls_analysis.figures import Place, french, narrative
from cls_analysis.figures.grammar import subject
from tests.figures.made_up import (
    CATALOGUE,
    COMPARATORS,
    DEPARTEMENT,
    EPCI,
    FRANCE,
    OWN,
    compared,
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


def _say(entry: object, line: object, other: object = None) -> Callable[[], str]:
    return lambda: narrative.sentence(entry, line, other)  # type: ignore[arg-type]


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
    "rank": lambda: narrative.rank_sentence(setting(peers=EPCI), "part-65-plus"),
    "interval": lambda: narrative.interval_sentence(SHARE, row(lower=26.42, upper=27.46)),
    "title_higher": lambda: narrative.finding_title(setting(), "part-65-plus"),
    "title_lower_long_unit": lambda: narrative.finding_title(setting(), "apl"),
    "title_not_different": lambda: narrative.finding_title(setting(), "mortalite"),
    "title_without_comparison": lambda: narrative.finding_title(setting(), "habitants"),
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


def test_the_comparators_keep_their_order_in_the_made_up_setting() -> None:
    assert [p.territory_type for p in COMPARATORS] == ["departement", "region", "france"]
