"""The catalogue is whole, and a faulty entry is refused with every reason."""

from __future__ import annotations

import re

import pytest

from cls_analysis.errors import InvalidInput, UnknownName
from cls_analysis.indicators import CHAPTERS, get_indicator, load_catalogue
from cls_analysis.indicators.faults import check_method, check_sources
from cls_analysis.indicators.methods import METHODS
from cls_analysis.indicators.references import bands_within, parse_references
from cls_analysis.indicators.table import compute_part

from .helpers import ground, indicator, obs

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
numerator = "insee-comparateur:deces"
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


@pytest.mark.parametrize(
    ("written", "by", "said"),
    [
        ('unit = "%"\n', "", "unit is missing"),
        ("decimals = 1", "decimales = 1", "decimales is not a field of an entry; near: decimals"),
        ('chapter = "social"', 'chapter = "vieillesse"', "chapter = 'vieillesse': input should be 'population'"),
        ('period = "2023"', "period = 2023", "period = 2023: is written between quotes"),
        ("insee-comparateur:deces", "insee-comparateurs:deces", "no source has this name; near: insee-comparateur"),
        ("insee-comparateur:deces", "insee-comparateur:dece", "no such variable; near: deces"),
        ("insee-comparateur:deces", "insee-comparateur:deces?sex=femmes", "sex is one of F, M, all, \\*, not 'femmes'"),
        ("insee-comparateur:deces", "insee-comparateur:deces?age=vieux", "age band 'vieux' is neither"),
        ('method = "count"', 'method = "density"', "method 'density' needs the field denominator"),
        ('method = "count"', 'method = "weighted_mean"', "method 'weighted_mean' needs the field weights"),
        ("[[indicator]]", "[[indicators]]", "essai.toml: \\[indicators\\] is not \\[\\[indicator\\]\\]"),
        ("[[indicator]]", "[indicator]", "essai.toml: \\[indicator\\] is not \\[\\[indicator\\]\\]"),
    ],
)
def test_a_slip_of_the_pen_is_told_with_what_should_stand_there(tmp_path, written, by, said):
    text = ENTRY.format(id="un", method="count", reading=FINE)
    assert written in text
    with pytest.raises(InvalidInput, match=said):
        load_catalogue(write(tmp_path, text.replace(written, by)))


def test_a_unit_that_denies_the_scale_is_refused():
    rate = {"method": "rate", "denominator": "insee-comparateur:population", "unit": "pour 1 000 hab."}
    assert "needs scale 1 000, not 100000" in check_method(indicator(**rate, scale=100000), METHODS)[0]
    assert check_method(indicator(**rate, scale=1000), METHODS) == []
    share = indicator(method="share", denominator="insee-comparateur:population", scale=100)
    assert check_method(share, METHODS) == []
    assert "percentage" in check_method(share.model_copy(update={"unit": "pour 100 hab."}), METHODS)[0]


def test_a_partner_table_that_nobody_declared_may_still_arrive():
    assert check_sources(indicator(method="count", numerator="import-apa:beneficiaires_apa")) == []


def test_an_entry_that_fails_while_it_is_computed_is_named():
    people = obs("n", {"A": 1}, age="0-4")
    with pytest.raises(InvalidInput, match="indicator 'essai': age group '3\\+' is not tiled"):
        compute_part(indicator(method="count", numerator="s:n?age=3+"), ground({"s": [people]}))


def test_a_reference_that_cannot_be_read_is_refused():
    for text in ("source", "a:b@23", "a:b?colour=red", "a:b?sex=H", "a:b?age=old", ""):
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
