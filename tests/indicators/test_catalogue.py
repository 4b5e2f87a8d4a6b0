"""The catalogue is whole, and a faulty entry is refused with every reason."""

from __future__ import annotations

import re

import pytest

from cls_analysis.errors import InvalidInput, UnknownName
from cls_analysis.indicators import CHAPTERS, get_indicator, load_catalogue
from cls_analysis.indicators.references import bands_within, parse_references
from cls_analysis.indicators.registry import check_sources

from .helpers import indicator

ENTRY = """
[[indicator]]
id = "{id}"
label = "Taux d’essai"
short_label = "essai"
question = "Combien ?"
definition = "Un indicateur fait pour un essai."
chapter = "social"
unit = "%"
decimals = 1
direction = "low"
method = "{method}"
numerator = "s:n"
period = "2023"
geography = "commune"
tier = "A"
secrecy = "none"
reading = "{reading}"
"""
FINE = "Dans {territory} : {value}."


def test_every_chapter_of_the_report_has_indicators_and_there_are_at_least_sixty_five():
    catalogue = load_catalogue()
    assert len(catalogue) >= 65
    assert {i.chapter for i in catalogue.values()} == set(CHAPTERS)
    assert {i.tier for i in catalogue.values()} == {"A", "B", "C"}


def test_at_least_fifty_indicators_stand_on_official_sources():
    official = [
        i for i in load_catalogue().values() if not any(s.startswith(("import-", "demo-")) for s in i.sources())
    ]
    assert len(official) >= 50


def test_french_texts_use_typographic_apostrophes_and_no_markup():
    for i in load_catalogue().values():
        for text in (i.label, i.short_label, i.question, i.definition, i.reading, i.caveat):
            assert "'" not in text and not re.search(r"[<>]", text), i.id


def test_no_two_indicators_have_the_same_label_or_short_label():
    catalogue = load_catalogue().values()
    for field in ("label", "short_label"):
        names = [getattr(i, field) for i in catalogue]
        twice = sorted({n for n in names if names.count(n) > 1})
        assert not twice, field


def test_no_label_was_cut_or_lacks_an_elision():
    for i in load_catalogue().values():
        assert not re.search(r"(\bet|,|’)\s*$", i.short_label), i.id
        for text in (i.label, i.question, i.definition, i.reading):
            assert not re.search(r"\b[Dd]e (infirm|ortho|ophtal|établ|équip|accue|hébergem|urgenc)", text), i.id


def test_no_indicator_of_the_departement_or_of_a_partner_is_called_open_by_commune():
    for i in load_catalogue().values():
        if i.geography == "departement":
            assert i.tier == "B", i.id
        if any(s.startswith("import-") for s in i.sources()):
            assert i.tier == "C", i.id


def test_health_counts_follow_the_rule_of_health():
    for i in load_catalogue().values():
        if any(s in {"demo-deces", "demo-ald"} for s in i.sources()) and i.method in {
            "share",
            "rate",
            "count",
            "directly_standardised_rate",
        }:
            assert i.secrecy == "health", i.id


def write(tmp_path, *entries):
    (tmp_path / "essai.toml").write_text("\n".join(entries), encoding="utf-8")
    return tmp_path


def test_a_faulty_file_is_refused_with_all_its_faults(tmp_path):
    folder = write(
        tmp_path,
        ENTRY.format(id="un", method="count", reading=FINE),
        ENTRY.format(id="un", method="count", reading=FINE),
        ENTRY.format(id="deux", method="magic", reading=FINE),
        ENTRY.format(id="trois", method="count", reading="Rien."),
    )
    with pytest.raises(InvalidInput) as error:
        load_catalogue(folder)
    text = str(error.value)
    assert "already declared" in text and "'magic'" in text and "placeholders" in text


def test_an_unknown_field_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="colour"):
        load_catalogue(write(tmp_path, ENTRY.format(id="un", method="count", reading=FINE) + 'colour = "red"\n'))


def test_an_unknown_indicator_suggests_its_neighbours():
    with pytest.raises(UnknownName, match="taux-chomage"):
        get_indicator("taux-chomages")


def test_the_mean_of_a_median_and_the_sum_of_a_rate_are_refused():
    mean = indicator(
        method="weighted_mean", numerator="insee-filosofi:niveau_vie_median", weights="insee-filosofi:menages_fiscaux"
    )
    assert "median" in check_sources(mean)[0]
    total = indicator(method="count", numerator="insee-filosofi:taux_pauvrete")
    assert "only counts are summed" in check_sources(total)[0]
    assert "no such variable" in check_sources(indicator(method="count", numerator="insee-filosofi:nothing"))[0]


def test_a_reference_that_cannot_be_read_is_refused():
    for text in ("source", "a:b@23", "a:b?colour=red", ""):
        with pytest.raises(InvalidInput):
            parse_references(text)


@pytest.mark.parametrize("bands", [["60-64", "66-69", "70+"], ["65-69", "65-74", "75+"], ["65-74"]])
def test_bands_that_do_not_tile_an_age_group_are_refused(bands):
    with pytest.raises(InvalidInput):
        bands_within("65+", bands)


def test_densities_of_the_whole_population_are_all_for_a_hundred_thousand_inhabitants():
    for i in load_catalogue().values():
        if "0 hab" in i.unit and i.chapter in {"offre", "autonomie", "enfance"}:
            assert i.unit == "pour 100 000 hab." or "ETP" in i.unit, i.id
        assert "10 000 hab" not in i.reading.replace("100 000", ""), i.id


def test_open_head_counts_have_no_second_rule_and_public_specific_densities_are_the_producers():
    catalogue = load_catalogue()
    for i in catalogue.values():
        if i.sources()[0] == "ameli-demographie":
            assert i.secrecy == "none", i.id
    for name, people in (("sages-femmes", "femmes"), ("gynecologues", "femmes"), ("pediatres", "enfants")):
        entry = catalogue[f"densite-{name}-departement"]
        assert entry.method == "departement_mean" and people in entry.unit and "déduit" in entry.caveat


def test_rows_of_the_departement_are_not_given_twice():
    assert not {"taux-pauvrete-departement", "part-peu-diplomes-departement"} & set(load_catalogue())


def test_figures_that_describe_towns_only_stop_at_the_commune():
    for name in ("taux-pauvrete-communes", "part-menages-imposes"):
        assert load_catalogue()[name].min_coverage >= 0.95
    assert load_catalogue()["part-ald"].min_coverage >= 0.8


def test_no_side_is_taken_on_establishments_and_on_what_is_not_a_goal():
    catalogue = load_catalogue()
    neutral = (
        "densite-ehpad",
        "histoire-garde-enfants",
        "histoire-personnes-agees-hebergement",
        "cyclabilite",
        "recours-ophtalmologue",
    )
    crude = [name for name in catalogue if name.startswith("prevalence-")]  # not corrected for age
    assert crude and {catalogue[name].direction for name in (*neutral, *crude)} == {"neutral"}
    assert "établissements" in catalogue["densite-ehpad"].caveat


def test_years_of_the_epidemic_and_provisional_years_are_told():
    catalogue = load_catalogue()
    for name in ("deces", "taux-brut-mortalite", "solde-naturel", "mortalite-standardisee"):
        assert "Covid-19" in catalogue[name].caveat, name
    for i in catalogue.values():
        if i.sources() == ("inserm-cepidc",):
            assert "provisoire" in i.caveat and "Mayotte" in i.caveat, i.id
