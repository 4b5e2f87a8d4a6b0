"""Do the questions for the Commission and the contrasts between EPCI keep to their declared rules?"""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from cls_analysis.diagnostic import questions, words
from cls_analysis.diagnostic.unmeasured import UNMEASURED
from cls_analysis.figures.contrasts import ONE_EPCI
from tests.figures.made_up import EPCI, OWN, REGION, comparison, indicator, record, setting

DOCTORS, NURSES, SHARE, FEWER = "apl-medecins-generalistes", "apl-infirmiers", "part-sous-seuil", "part-sous-seuil-65"
BLAME = re.compile(
    r"\b(il faut|doit|doivent|devrait|devra|recommand\w+|causent|causé\w*|à cause|en raison|grâce à|explique\w*)\b",
    re.I,
)


def entry(name: str, quantity: str, **changes: Any) -> SimpleNamespace:
    made = indicator(name, chapter="offre", mandatory=True, numerator=(f"drees:{quantity}",), **changes)
    made.references = lambda: (SimpleNamespace(source="drees", variable=quantity),)
    return made


ENTRIES = {
    e.id: e
    for e in (
        entry(DOCTORS, "mg", label="Accès au médecin", direction="high", unit="consultations par an",
              sentence_subject="l’accès au médecin", gender="m"),
        entry(NURSES, "ide", label="Accès aux infirmiers", direction="high", unit="ETP pour 100 000 hab.",
              sentence_subject="l’accès aux infirmiers", gender="m"),
        entry("taux-a", "a", label="Taux A", direction="low", unit="pour 1 000 hab."),
        entry("taux-b", "b", label="Taux B", direction="low", unit="pour 1 000 hab."),
        entry("taux-c", "c", label="Taux C", direction="low", unit="pour 1 000 hab."),
        entry(SHARE, "mg", label="Part des habitants sous le seuil", direction="low"),
        entry(FEWER, "mg65", label="Part sous le seuil sans eux", direction="low", variant_of=SHARE,
              variant_words="Sans les médecins de 65 ans ou plus"),
    )
}  # fmt: skip


def made(values: dict[str, float], inside: dict[str, tuple[float | None, ...]] | None = None, *, epci: int = 3) -> Any:
    """A diagnostic with the territory's values (the région is always at 10), and those of its EPCI."""
    rows = [record(n, place, v) for n, v in values.items() for place, v in ((OWN, v), (REGION, 10.0))]
    rows += [record(n, p, v) for n, of in (inside or {}).items() for p, v in zip(EPCI, of, strict=False)]
    tests = [
        comparison(n, v, 10.0, "higher" if v > 10 else "lower" if v < 10 else "not_different")
        for n, v in values.items()
    ]
    here = setting(table=pd.DataFrame(rows), comparisons=pd.DataFrame(tests), catalogue=ENTRIES, members=EPCI[:epci])
    d = SimpleNamespace(
        setting=here, catalogue=ENTRIES, shown_in=dict.fromkeys(values, "tableau-offre"), drawn=[],
        territory=SimpleNamespace(epci=tuple(p.territory for p in EPCI[:epci])), kinds=lambda names: {False: list(names)},
    )  # fmt: skip
    d.essential = words.first_page(d)
    return d


def rules(d: Any) -> list[str]:
    return [q.rule for q in questions.questions(d)]


def test_a_measure_that_an_assumption_moves_by_ten_points_is_asked_about_first() -> None:
    asked = questions.questions(made({SHARE: 29.4, FEWER: 51.4}))
    assert asked[0].rule == "assumption" and asked[0].figure == "tableau-offre"
    assert asked[0].text.startswith(
        "Sans les médecins de 65 ans ou plus, la part des habitants sous le seuil serait de 51,4\u00a0% au lieu de 29,4\u00a0%"
    )
    assert "assumption" not in rules(made({SHARE: 29.4, FEWER: 39.0}))


def test_two_questions_never_ask_of_the_same_quantity() -> None:
    inside = {DOCTORS: (3.0, 1.0, 2.0)}
    asked = questions.questions(made({SHARE: 29.4, FEWER: 51.4, DOCTORS: 2.0}, inside))
    assert [q.rule for q in asked if q.rule != "gap"] == ["assumption"]  # the contrast is about the same doctors


def test_the_widest_contrast_of_access_between_epci_is_asked_about() -> None:
    inside = {DOCTORS: (3.0, 2.0, 2.5), NURSES: (90.0, 30.0, 60.0)}
    d = made({DOCTORS: 10.0, NURSES: 10.0}, inside)
    asked = [q for q in questions.questions(d) if q.rule == "epci"]
    assert len(asked) == 1
    assert asked[0].text.startswith(
        "L’accès aux infirmiers va de 30,0 dans la CC des Hauts à 90,0\u00a0ETP pour 100\u202f000 habitants dans la CC de l’Étang"
    )
    assert asked[0].figure == "tableau-offre"
    d.drawn = [SimpleNamespace(id=f"comparaison-{NURSES}")]
    assert next(q for q in questions.questions(d) if q.rule == "epci").figure == f"comparaison-{NURSES}"


def test_at_most_three_questions_come_from_facts_and_five_in_all() -> None:
    d = made({"taux-a": 20.0, "taux-b": 18.0, "taux-c": 16.0, SHARE: 29.4, FEWER: 51.4})
    found = rules(d)
    assert found == ["assumption", "concern", "concern", "gap", "gap"]


def test_concerns_of_several_chapters_come_before_a_second_of_the_same() -> None:
    elsewhere = SimpleNamespace(**{**vars(ENTRIES["taux-c"]), "chapter": "social"})
    d = made({"taux-a": 20.0, "taux-b": 19.0, "taux-c": 14.0})
    d.catalogue = {**ENTRIES, "taux-c": elsewhere}
    d.setting = setting(table=d.setting.table, comparisons=d.setting.comparisons, catalogue=d.catalogue)
    d.essential = words.first_page(d)
    told = [q.text for q in questions.questions(d) if q.rule == "concern"]
    assert [re.match(r"Le (taux \w)", text).group(1) for text in told] == ["taux A", "taux C", "taux B"]


def test_without_facts_there_are_still_three_questions_from_the_gaps() -> None:
    assert rules(made({"taux-a": 10.0})) == ["gap", "gap", "gap"]


def test_a_favourable_fact_is_not_a_question() -> None:
    assert "concern" not in rules(made({"taux-a": 5.0}))


def test_gaps_name_whom_to_ask_take_each_chapter_in_turn_and_vanish_with_the_data() -> None:
    d = made({"taux-a": 10.0})
    found = [q.text for q in questions.questions(d)]
    firsts = [items[0] for items in UNMEASURED.values()]
    assert all(item.who.replace("'", "’") in text for item, text in zip(firsts, found, strict=False))
    item = UNMEASURED["sante"][0]
    d.catalogue = {**ENTRIES, item.indicators[0]: entry(item.indicators[0], "deces", label="Taux de décès")}
    rows = pd.concat([d.setting.table, pd.DataFrame([record(item.indicators[0], OWN, 900.0)])])
    d.setting = setting(table=rows, catalogue=d.catalogue, comparisons=d.setting.comparisons)
    assert not any(q.text.startswith(item.what) for q in questions.questions(d))


def test_every_question_asks_links_to_its_figure_and_neither_blames_nor_prescribes() -> None:
    d = made({"taux-a": 20.0, SHARE: 29.4, FEWER: 51.4, NURSES: 10.0}, {NURSES: (90.0, 30.0, 60.0)})
    asked = questions.questions(d)
    page = questions.questions_html(d).html
    assert len(asked) == 5 and page.count("<li>") == page.count('href="#') == 5
    for question in asked:
        assert question.text.endswith("?") and f'href="#{question.figure}"' in page
        assert not BLAME.search(question.text), question.text
    assert not BLAME.search(questions.INTRODUCTION) and set(questions.ASKED) == {
        "population", "social", "environnement", "sante", "prevention", "offre", "autonomie", "enfance",
    }  # fmt: skip


def test_a_territory_of_one_epci_says_so_and_asks_nothing_about_epci() -> None:
    d = made({NURSES: 10.0, DOCTORS: 10.0}, {NURSES: (90.0,), DOCTORS: (3.0,)}, epci=1)
    assert words.contrasts(d).plain == ONE_EPCI
    assert "epci" not in rules(d)


def test_contrasts_are_told_indicator_by_indicator_with_a_link_to_the_table_of_epci() -> None:
    d = made({DOCTORS: 2.0}, {DOCTORS: (3.0, 1.0, 2.0)})
    said = words.contrasts(d)
    assert said.plain == (
        "L’accès au médecin est le plus bas dans la CC des Hauts (1,0\u00a0consultation par an) et le plus élevé dans la CC de l’Étang (3,0)."
    )
    assert f'href="#{words.CONTRAST_FIGURE}"' in said.html
    assert words.contrasts(made({DOCTORS: 2.0}, {DOCTORS: (2.0, 2.0, 2.0)})).html == ""


def test_key_figures_stop_at_six_and_skip_what_is_not_published() -> None:
    d = made({"taux-a": 5.0, "taux-b": 6.0})
    assert words.key_figures(d, ["taux-b", "taux-c", "taux-a"]).html.count('<li class="key">') == 2


@pytest.mark.slow
def test_every_link_of_the_first_page_and_of_the_questions_leads_to_a_figure_of_the_report(langres) -> None:
    for chapter in ("population", "social", "environnement", "sante", "prevention", "offre", "autonomie", "enfance"):
        langres.table(chapter)
    langres.members(list(words.CONTRASTED), identifier=words.CONTRAST_FIGURE, title="D’un EPCI à l’autre")
    there = {f.id for f in langres.drawn} | {"donnees-manquantes"}
    pages = [langres.key_figures(), langres.essentials(), langres.contrasts(), langres.questions()]
    linked = {found for page in pages for found in re.findall(r'href="#([^"]+)"', page.html)}
    assert linked and linked <= there
    assert 3 <= len(questions.questions(langres)) <= 5
