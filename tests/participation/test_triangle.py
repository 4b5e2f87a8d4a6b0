"""Figures, words and resources: each verdict from its declared rule."""

from __future__ import annotations

import pandas as pd
import pytest

from cls_analysis.errors import InvalidInput
from cls_analysis.participation import afom, gaps, triangle

RECUEILS = pd.DataFrame({"id": ["R1", "R2"], "public": [("habitants",), ("elus", "professionnels")]})
RESOURCES = pd.DataFrame({"themes": [("acces_soins",), ("mobilite",)], "statut": ["en_cours", "termine"]})


def statements(theme: str, recueils: str, nature: str = "besoin") -> list[dict[str, object]]:
    return [{"theme": theme, "nature": nature, "recueil": f"R{r}", "public": None} for r in recueils]


def comparisons(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["indicator", "theme", "significance", "direction"])


def verdict(
    rows: list[dict[str, object]], *measured: tuple[str, str, str, str], theme: str = "acces_soins"
) -> pd.Series:
    spoken = pd.DataFrame(rows, columns=["theme", "nature", "recueil", "public"])
    return triangle(comparisons(*measured), spoken, RECUEILS, RESOURCES).set_index("theme").loc[theme]


SAID = statements("acces_soins", "112")
BAD, GOOD = ("apl", "acces_soins", "lower", "high"), ("temps", "acces_soins", "lower", "low")
SAME, NEUTRAL, UNTESTED = (
    ("x", "acces_soins", s, d) for s, d in (("not_different", "high"), ("higher", "neutral"), ("not_tested", "low"))
)


@pytest.mark.parametrize(
    ("rows", "measured", "expected"),
    [
        (SAID, [BAD], "convergent"),
        (SAID, [BAD, GOOD], "convergent"),
        (SAID, [GOOD], "divergent"),
        (SAID, [SAME], "said_not_measured"),
        (SAID, [NEUTRAL], "said_not_measured"),
        (SAID, [UNTESTED], "said_not_measured"),
        (SAID, [], "said_not_measured"),
        ([], [BAD], "measured_not_said"),
        ([], [GOOD], "none"),
        (statements("acces_soins", "111"), [BAD], "measured_not_said"),  # one collection only
        (statements("acces_soins", "12"), [BAD], "measured_not_said"),  # two statements only
        (statements("acces_soins", "112", "ressource"), [BAD], "measured_not_said"),  # not said as a need
        (statements("mobilite", "112"), [BAD], "measured_not_said"),  # said elsewhere
    ],
)
def test_each_verdict_follows_from_the_rule(rows: list, measured: list, expected: str) -> None:
    assert verdict(rows, *measured)["verdict"] == expected


def test_who_spoke_and_how_often_is_kept() -> None:
    line = verdict(SAID, BAD)
    assert (line["statements"], line["collections"], line["publics"]) == (3, 2, ("elus", "habitants", "professionnels"))
    assert line["indicators"] == ("apl",)


def test_a_theme_without_running_resource_is_a_blind_spot_and_a_finished_one_does_not_count() -> None:
    assert not verdict(SAID, BAD)["blind_spot"]
    assert verdict(statements("mobilite", "112"), theme="mobilite")["blind_spot"]


def test_every_theme_has_its_line_even_when_nobody_spoke() -> None:
    table = triangle(
        comparisons(BAD), pd.DataFrame(columns=["theme", "nature", "recueil", "public"]), RECUEILS, RESOURCES
    )
    assert len(table) == 10 and table["verdict"].notna().all()


def test_high_is_good_or_bad_as_the_catalogue_says() -> None:
    read = gaps(
        comparisons(
            ("a", "mobilite", "higher", "high"),
            ("b", "mobilite", "higher", "low"),
            ("c", "mobilite", "higher", "neutral"),
        )
    )
    assert read["reading"].tolist() == ["favourable", "unfavourable", "neutral"]


def test_a_comparison_with_an_unknown_word_is_refused_with_all_its_faults() -> None:
    with pytest.raises(InvalidInput) as error:
        gaps(comparisons(("a", "santé", "up", "high")))
    assert len(error.value.problems) == 2


def test_the_afom_is_filled_with_significant_gaps_only_and_keeps_what_the_group_wrote() -> None:
    by_hand = pd.DataFrame({"theme": ["acces_soins"], "case": ["menace"], "texte": ["Départs"]})
    table = afom(comparisons(BAD, GOOD, SAME, NEUTRAL, UNTESTED, BAD), by_hand)
    assert table[["case", "origin", "indicator"]].fillna("-").to_numpy().tolist() == [
        ["atout", "indicator", "temps"],
        ["faiblesse", "indicator", "apl"],
        ["menace", "group", "-"],
    ]
