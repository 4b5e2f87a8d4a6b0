"""Does the first page keep to its declared rules: significant, ranked, spread over chapters, tied to a figure?"""

from __future__ import annotations

import math
from types import SimpleNamespace

import pandas as pd
import pytest

from cls_analysis.figures import dot_plot, essential, key_figures_html, retain, time_lines
from cls_analysis.figures.essential import CONCERN, LANDMARK, MOST, STRENGTH, effect
from tests.figures.made_up import (
    CATALOGUE,
    DEPARTEMENT,
    OWN,
    REGION,
    compared,
    comparison,
    indicator,
    record,
    setting,
    table,
)

FIGURES = {name: f"comparaison-{name}" for name in CATALOGUE}


def many(gaps, *, chapters=("population", "social", "sante", "offre", "prevention"), direction="low"):
    """A setting with one indicator per gap (a ratio to the région), chapters in turn."""
    entries, rows, tests = {}, [], []
    for position, ratio in enumerate(gaps):
        name = f"taux-{position:02d}"
        entries[name] = indicator(name, label=f"Taux numéro {position}", short_label=name, unit="pour 1 000 hab.",
                                  direction=direction, chapter=chapters[position % len(chapters)])  # fmt: skip
        word = "not_different" if ratio == 1 else "higher" if ratio > 1 else "lower"
        rows += [record(name, OWN, 10.0 * ratio), record(name, REGION, 10.0)]
        tests.append(comparison(name, 10.0 * ratio, 10.0, word))
    here = setting(table=pd.DataFrame(rows), comparisons=pd.DataFrame(tests), catalogue=entries)
    return here, {name: f"figure-{name}" for name in entries}


def test_only_significant_gaps_are_facts_and_each_links_to_its_figure():
    found = essential(setting(), FIGURES)
    assert {f.indicator for f in found.facts} == {"part-65-plus", "apl", "pauvrete", "esperance"}
    assert {f.group for f in found.facts if f.indicator == "pauvrete"} == {STRENGTH}
    assert {f.group for f in found.facts if f.indicator in ("apl", "esperance")} == {CONCERN}
    assert {f.group for f in found.facts if f.indicator == "part-65-plus"} == {LANDMARK}
    page = found.html()
    assert all(f'href="#{f.figure}"' in page for f in found.facts)


def test_an_indicator_without_a_figure_is_never_chosen():
    found = essential(setting(), {"pauvrete": "comparaison-pauvrete"})
    assert [f.indicator for f in found.facts] == ["pauvrete"]


def test_at_most_eight_facts_and_two_by_chapter_the_strongest_first():
    here, figures = many([1.1 + i / 10 for i in range(20)])
    found = essential(here, figures)
    assert len(found.facts) == MOST
    chapters = [f.chapter for f in found.facts]
    assert max(chapters.count(c) for c in chapters) <= 2
    effects = [f.effect for f in found.facts]
    assert effects == sorted(effects, reverse=True)
    assert found.facts[0].indicator == "taux-19"


def test_a_weak_group_keeps_its_place_beside_a_strong_one():
    here, figures = many([3.0 + i / 10 for i in range(10)] + [0.9, 0.95])
    groups = [f.group for f in essential(here, figures).facts]
    assert groups.count(STRENGTH) == 2 and groups.count(CONCERN) == 6


def test_with_nothing_significant_the_page_says_so_instead_of_filling_up():
    here, figures = many([1.0, 1.0, 1.0])
    found = essential(here, figures)
    assert found.facts == ()
    assert "Aucun autre indicateur récent" in found.note


def test_a_withheld_value_is_never_a_fact():
    rows = table()
    own = (rows["indicator"] == "apl") & (rows["territory"] == OWN.territory)
    rows.loc[own, ["value", "lower", "upper"]] = None
    rows.loc[own, "status"] = "suppressed"
    assert "apl" not in {f.indicator for f in essential(setting(table=rows), FIGURES).facts}


def test_effects_are_on_one_scale():
    share, rate, life = CATALOGUE["part-65-plus"], CATALOGUE["apl"], CATALOGUE["esperance"]
    assert effect(share, compared(50.0, 75.0, "higher")) == pytest.approx(math.log(3))
    assert effect(rate, compared(2.0, 4.0, "higher")) == pytest.approx(math.log(2))
    assert effect(rate, compared(4.0, 2.0, "lower")) == pytest.approx(math.log(2))
    assert effect(life, compared(82.0, 80.0, "lower")) == pytest.approx(0.2)
    assert effect(rate, compared(None, 2.0, "not_tested")) == 0


def test_a_chapter_retains_three_sentences_of_its_own_figures():
    found = retain(setting(), "sante", FIGURES)
    assert [f.indicator for f in found] == ["esperance"]  # mortality does not differ: nothing to retain of it
    here, figures = many([2.0, 1.5, 1.0, 1.2, 1.1], chapters=("sante",))
    assert [f.indicator for f in retain(here, "sante", figures)] == ["taux-00", "taux-01", "taux-03"]
    assert retain(setting(), "autonomie", FIGURES) == ()


def test_key_figures_say_gap_direction_and_certainty_in_words():
    page = key_figures_html(setting(), ["apl", "mortalite", "habitants"], figures=FIGURES)
    assert (
        "▼ 0,8\u00a0consultation par an et par habitant de moins que dans le Grand Val (2,9)\u00a0: écart significatif, défavorable. En Haute-Rive\u00a0: 2,5"
        in page
    )
    assert "Sans écart significatif avec le Grand Val (859)" in page
    assert page.count("<li") == 3 and 'href="#comparaison-apl"' in page


def test_a_withheld_key_figure_gives_its_reason_and_no_bar():
    rows = table()
    rows.loc[rows["indicator"] == "apl", ["value", "lower", "upper"]] = None
    rows.loc[rows["indicator"] == "apl", "status"] = "suppressed"
    page = key_figures_html(setting(table=rows), ["apl"], figures={})
    assert "secret" in page and "Secret statistique" in page and "<svg" not in page


def test_a_large_gap_that_no_test_applies_to_is_told_as_not_tested():
    here, figures = many([1.0])
    for ratio, told in ((0.7, True), (0.9, False)):
        rows = pd.DataFrame([record("taux-00", OWN, 10 * ratio), record("taux-00", REGION, 10.0)])
        tests = pd.DataFrame([comparison("taux-00", 10 * ratio, 10.0, "not_tested")])
        found = essential(setting(table=rows, comparisons=tests, catalogue=here.catalogue), figures).facts
        assert [f.indicator for f in found] == (["taux-00"] if told else [])
        assert all(", contre 10,0 dans le Grand Val" in f.sentence and "significati" not in f.sentence for f in found)


def test_the_territory_comes_before_its_departement():
    here, figures = many([1.3, 3.0])
    frame = here.table.copy()
    own = (frame["indicator"] == "taux-01") & (frame["territory"] == OWN.territory)
    frame.loc[own, ["territory_type", "territory"]] = [DEPARTEMENT.territory_type, DEPARTEMENT.territory]
    tests = here.comparisons.copy()
    own = tests["indicator"] == "taux-01"
    tests.loc[own, ["territory_type", "territory"]] = [DEPARTEMENT.territory_type, DEPARTEMENT.territory]
    found = essential(setting(table=frame, comparisons=tests, catalogue=here.catalogue), figures).facts
    assert [f.indicator for f in found] == ["taux-00", "taux-01"]
    assert found[1].sentence.startswith("En Haute-Rive")


def test_counts_are_never_set_against_a_larger_territory():
    entry = type(CATALOGUE["apl"])(**{**vars(CATALOGUE["habitants"]), "method": "count"})
    tests = pd.DataFrame([comparison("habitants", 43482.0, 5_561_000.0, "lower")])
    here = setting(comparisons=tests, catalogue={**CATALOGUE, "habitants": entry})
    assert essential(here, {"habitants": "comparaison-habitants"}).facts == ()
    assert [r[0] for r in dot_plot(here, "habitants").data.rows][-1] == "Pays de Brume"
    assert len(time_lines(here, "habitants").data.header) == 2


@pytest.mark.parametrize(
    "change",
    [{"status": "estimated"}, {"coverage": 0.9}, {"reliability": "small"}],
    ids=["estimated", "partial", "small"],
)
def test_an_untested_gap_on_weak_ground_is_not_a_fact(change):
    here, figures = many([1.0])
    rows = pd.DataFrame([record("taux-00", OWN, 5.0, **change), record("taux-00", REGION, 10.0)])
    tests = pd.DataFrame([comparison("taux-00", 5.0, 10.0, "not_tested")])
    assert essential(setting(table=rows, comparisons=tests, catalogue=here.catalogue), figures).facts == ()


def test_a_third_fact_of_a_chapter_serves_only_to_reach_five():
    here, figures = many([1.5, 1.4, 1.3, 1.2], chapters=("offre",))
    assert len(essential(here, figures).facts) == 3


def test_history_and_tiny_gaps_stay_in_their_chapters():
    here, figures = many([2.0, 1.5, 1.03])
    rows, tests = here.table.copy(), here.comparisons.copy()
    rows.loc[rows["indicator"] == "taux-00", "period"] = "2013"
    tests.loc[tests["indicator"] == "taux-00", "period"] = "2013"
    found = essential(setting(table=rows, comparisons=tests, catalogue=here.catalogue), figures).facts
    assert [f.indicator for f in found] == ["taux-01"]


def test_the_first_page_says_one_thing_about_one_quantity():
    here, figures = many([2.0, 1.9, 1.8])
    same = {
        n: SimpleNamespace(**{**vars(e), "numerator": ("drees-apl:apl_mg@2023",)}) for n, e in here.catalogue.items()
    }
    told = essential(setting(table=here.table, comparisons=here.comparisons, catalogue=same), figures).facts
    assert [f.indicator for f in told] == ["taux-00"]


def with_variant(now, fewer):
    """The share under a threshold today and without some doctors, against a région at 10 and 20 %."""
    low = indicator(
        "sous-seuil",
        label="Part des habitants sous le seuil",
        short_label="sous le seuil",
        direction="low",
        chapter="offre",
    )
    less = indicator("sous-seuil-65", label="Part sous le seuil, sans eux", short_label="sans eux", direction="low", chapter="offre",
                     variant_of="sous-seuil", variant_words="Sans les médecins de 65 ans ou plus")  # fmt: skip
    names = {"sous-seuil": (now, 10.0), "sous-seuil-65": (fewer, 20.0)}
    rows = [record(n, p, v) for n, pair in names.items() for p, v in zip((OWN, REGION), pair, strict=True)]
    tests = [comparison(n, *pair, "not_tested") for n, pair in names.items() if pair[0] is not None]
    here = setting(table=pd.DataFrame(rows), comparisons=pd.DataFrame(tests), catalogue={e.id: e for e in (low, less)})
    return here, dict.fromkeys(names, "tableau-offre")


def test_a_measure_under_an_assumption_completes_the_measure_and_is_never_told_alone():
    here, figures = with_variant(29.4, 51.4)
    for facts in (essential(here, figures).facts, retain(here, "offre", figures)):
        assert [f.indicator for f in facts] == ["sous-seuil"]
        assert facts[0].sentence.endswith(
            "contre 10,0\u00a0% dans le Grand Val. Sans les médecins de 65 ans ou plus, elle serait de 51,4\u00a0%, contre 20,0\u00a0% dans le Grand Val."
        )
    page = key_figures_html(here, ["sous-seuil"], figures=figures)
    assert (
        "dans le Grand Val. Sans les médecins de 65 ans ou plus, ce serait 51,4\u00a0% (20,0\u00a0% dans le Grand Val)."
        in page
    )


def test_the_assumption_stands_alone_where_the_measure_is_not_published():
    here, figures = with_variant(None, 51.4)
    assert [f.indicator for f in essential(here, figures).facts] == ["sous-seuil-65"]


def test_lists_do_not_repeat_the_name_of_the_territory_and_name_the_departement():
    found = essential(setting(), FIGURES)
    assert all(not f.sentence.startswith("Dans le Pays de Brume") for f in found.facts)
    assert all("en Haute-Rive" in f.sentence for f in found.facts)


def test_no_heading_bears_a_triangle_and_the_mark_is_explained_once():
    page = essential(setting(), FIGURES).html()
    assert "▲" not in page and "▼" not in page
    assert page.count("sans autre mention") == 1


def test_the_first_page_names_the_epci_at_the_ends_and_links_to_their_table():
    found = essential(setting(), FIGURES, contrasted=["apl", "pauvrete"], contrast_figure="inegalites-epci")
    assert found.contrast.startswith(
        "La CC des Hauts a le taux de pauvreté (12,9\u00a0%) le plus élevé et l’accessibilité"
    )
    assert 'href="#inegalites-epci"' in found.html()
    alone = essential(setting(members=()), FIGURES, contrasted=["apl"], contrast_figure="inegalites-epci")
    assert alone.contrast == "" and "inegalites-epci" not in alone.html()


def test_a_neutral_fact_only_fills_the_page_up_to_five_sentences():
    told = essential(setting(), FIGURES, contrasted=["apl"], contrast_figure="x")
    assert sum(f.group == LANDMARK for f in told.facts) == 1  # three facts, the contrast, and one to reach five
    here, figures = many([1.5, 1.4, 1.3, 1.2, 1.1])
    assert not essential(here, figures).group(LANDMARK)


@pytest.mark.parametrize(("value", "told"), [(861.0, False), (None, True)])
def test_the_page_says_what_it_cannot_say_when_no_health_at_equal_age_is_published(value, told):
    entry = SimpleNamespace(**{**vars(CATALOGUE["mortalite"]), "standard": "esp2013"})
    rows = pd.DataFrame([record("mortalite", OWN, value)])
    found = essential(setting(table=rows, catalogue={"mortalite": entry}), {})
    assert bool(found.unknown) is told
    if told:
        assert "dans le Pays de Brume qu’en Haute-Rive" in found.unknown and "à demander à l’ARS" in found.unknown
        assert found.unknown in found.html()


def test_a_chapter_retains_nothing_printed_alike_small_or_old_while_it_has_better():
    names = ("taux-neuf", "taux-pareil", "taux-petit", "taux-vieux")
    entries = {
        n: indicator(n, label=f"Taux {n}", short_label=n, direction="low", chapter="offre", mandatory=True)
        for n in names
    }
    rows = [record(n, p, 10.0) for n in names for p in (OWN, REGION)]
    changes = {
        "taux-neuf": {"value": 12.0},
        "taux-petit": {"value": 15.0, "reliability": "small"},
        "taux-vieux": {"value": 15.0, "period": "2013"},
    }
    for line in rows:
        if line["territory"] == OWN.territory:
            line.update(changes.get(line["indicator"], {}))
        elif line["indicator"] == "taux-vieux":
            line["period"] = "2013"
    tests = [
        comparison(
            n,
            changes.get(n, {}).get("value", 10.0),
            10.0,
            "not_tested",
            period=changes.get(n, {}).get("period", "2022"),
        )
        for n in names
    ]
    figures = dict.fromkeys(names, "tableau-offre")
    here = setting(table=pd.DataFrame(rows), comparisons=pd.DataFrame(tests), catalogue=entries)
    assert [f.indicator for f in retain(here, "offre", figures)] == ["taux-neuf"]
    rest = dict.fromkeys(names[1:], "tableau-offre")
    assert len(retain(here, "offre", rest)) == 1  # something rather than nothing


def test_a_gap_is_the_difference_of_the_printed_values():
    from cls_analysis.figures.grammar import gap_words, signed_gap

    share = CATALOGUE["part-65-plus"]
    assert (
        gap_words(share, compared(74.24, 75.86, "higher")) == "1,7\u00a0point"
    )  # 75,9 - 74,2, where 1,62 would print 1,6
    assert signed_gap(share, compared(75.86, 74.24, "lower")) == "\u22121,7\u00a0point"
    assert signed_gap(share, compared(22.04, 21.96, "lower")) == "0\u00a0point"
    assert gap_words(CATALOGUE["apl"], compared(12.96, 11.84, "lower")) == "9\u00a0%"  # 11,8 of 13,0
    # 2,8 of 3,0 would be 7 % where the truth is 4 %: a gap of so few last digits is said as a difference
    assert gap_words(CATALOGUE["apl"], compared(2.96, 2.84, "lower")) == "0,2\u00a0consultation par an et par habitant"
    assert signed_gap(CATALOGUE["apl"], compared(2.96, 2.84, "lower")) == "\u22120,2"
    assert signed_gap(CATALOGUE["apl"], compared(4.0, 2.8, "lower")) == "\u221230\u00a0%"
    assert (
        signed_gap(CATALOGUE["apl"], compared(4.0, 2.8, "lower"), bare=True) == "\u22121,2"
    )  # as its neighbour on the line
    assert signed_gap(CATALOGUE["esperance"], compared(84.6, 84.6, "not_tested")) == "0\u00a0an"
    assert gap_words(CATALOGUE["apl"], compared(0.0, 2.0, "higher")) == "2,0\u00a0consultations par an et par habitant"


def test_the_health_of_the_departement_is_told_by_a_general_measure_before_one_cause():
    names = {"mortalite-cause": (30.0, False), "mortalite-standardisee": (13.0, True)}
    entries = {n: indicator(n, label=f"Mortalité {n}", short_label=n, direction="low", chapter="sante", unit="décès pour 100 000 hab.",
                            mandatory=general) for n, (_, general) in names.items()}  # fmt: skip
    rows = [record(n, p, v) for n, (value, _) in names.items() for p, v in ((DEPARTEMENT, value), (REGION, 10.0))]
    tests = [comparison(n, value, 10.0, "not_tested", place=DEPARTEMENT) for n, (value, _) in names.items()]
    here = setting(table=pd.DataFrame(rows), comparisons=pd.DataFrame(tests), catalogue=entries)
    figures = dict.fromkeys(names, "tableau-sante")
    assert [f.indicator for f in essential(here, figures).facts] == ["mortalite-standardisee"]
    assert [f.indicator for f in retain(here, "sante", figures)] == ["mortalite-standardisee", "mortalite-cause"]


def test_the_note_counts_the_facts_of_the_rule_and_says_which_line_is_there_whatever_its_gap():
    name = "mortalite-standardisee"
    entry = indicator(
        name, label="Mortalité", short_label="mortalité", chapter="sante", mandatory=True, direction="low"
    )
    rows = [record(name, DEPARTEMENT, 105.0), record(name, REGION, 100.0)]
    tests = [comparison(name, 105.0, 100.0, "not_tested", place=DEPARTEMENT)]
    found = essential(
        setting(table=pd.DataFrame(rows), comparisons=pd.DataFrame(tests), catalogue={name: entry}), {name: "tableau"}
    )
    assert len(found.facts) == 1 and "0 sur 0\u202f; la phrase sur la santé" in found.note.replace("\u00a0", " ")
    here, figures = many([2.0])
    assert "phrase sur la santé" not in essential(here, figures).note


def test_a_chapter_opens_with_the_facts_of_the_first_page_and_keeps_their_rule():
    here, figures = many([2.0, 1.5, 1.2], chapters=("offre",))
    assert [f.indicator for f in retain(here, "offre", figures, first=["taux-02"])] == ["taux-02", "taux-00", "taux-01"]


def test_the_line_of_frame_on_health_is_a_general_measure_never_the_most_striking_cause():
    names = ("cause-rare", "esperance-vie-femmes")
    catalogue = {
        "cause-rare": indicator("cause-rare", label="Mortalité rare", short_label="mortalité rare", chapter="sante", mandatory=False, direction="low"),
        "esperance-vie-femmes": indicator("esperance-vie-femmes", label="Mortalité", short_label="mortalité", chapter="sante", mandatory=True, direction="low"),
    }  # fmt: skip
    rows = [record("cause-rare", DEPARTEMENT, 40.0), record("cause-rare", REGION, 20.0)]
    rows += [record("esperance-vie-femmes", DEPARTEMENT, 105.0), record("esperance-vie-femmes", REGION, 100.0)]
    tests = pd.DataFrame(
        [
            comparison(name, own, theirs, "not_tested", comparator=REGION, place=DEPARTEMENT)
            for name, own, theirs in (("cause-rare", 40.0, 20.0), ("esperance-vie-femmes", 105.0, 100.0))
        ]
    )
    here = setting(table=pd.DataFrame(rows), comparisons=tests, catalogue=catalogue)
    told = [f.indicator for f in essential(here, {n: f"comparaison-{n}" for n in names}).facts]
    assert told == ["esperance-vie-femmes"]
