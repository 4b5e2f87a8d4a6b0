"""On the official files, each of the first five territories shows what a pré-diagnostic must at least show."""

from __future__ import annotations

from collections import Counter

import pytest

from cls_analysis.diagnostic import Diagnostic
from cls_analysis.diagnostic.coverage import reason_of, tier_counts

TERRITORIES = (
    "pays-chaumont", "petr-langres", "saint-dizier-der-vallees", "petr-vosges-saonoises", "petr-coeur-de-lorraine",
)  # fmt: skip
OF_THE_TERRITORY = (
    "population-municipale", "evolution-population", "densite-population", "part-65-ans-ou-plus", "part-moins-25-ans",
    "taux-chomage", "taux-pauvrete", "apl-medecins-generalistes", "apl-infirmiers", "apl-chirurgiens-dentistes",
    "apl-sages-femmes", "densite-generalistes-bassins", "densite-infirmiers-bassins", "part-ald", "naissances", "deces",
    "taux-natalite", "taux-brut-mortalite",
)  # fmt: skip
OF_THE_DEPARTEMENT = (
    "mortalite-standardisee", "mortalite-tumeurs", "esperance-vie-femmes", "esperance-vie-hommes",
    "densite-generalistes-departement", "niveau-vie-median-departement",
)  # fmt: skip
#: RP 2023 in COG 2026, added up by hand from the producer's file of populations de référence
INHABITANTS = {
    "pays-chaumont": 60_360, "petr-langres": 43_482, "saint-dizier-der-vallees": 55_381,
    "petr-vosges-saonoises": 78_289, "petr-coeur-de-lorraine": 25_292,
}  # fmt: skip

pytestmark = [pytest.mark.official, pytest.mark.slow]


@pytest.fixture(params=TERRITORIES)
def diagnostic(request, official) -> Diagnostic:
    return Diagnostic.open(request.param, data="official")


def test_what_must_be_shown_is_shown_and_real(diagnostic) -> None:
    for name in OF_THE_TERRITORY:
        row = diagnostic.setting.own(name)
        if name == "part-ald" and diagnostic.territory.territory == "petr-vosges-saonoises":
            # the bassin de vie of Lure is secret: half the inhabitants are not described, so the blank is the answer
            assert row.status == "not_published" and "affections de longue durée" in diagnostic.limits("sante").plain
            continue
        assert row.shown and not row.simulated, name
        assert row.coverage is not None and row.coverage >= 0.8, name
        if row.coverage < 0.95:  # some bassins de vie are secret: the sentence says on how many inhabitants it stands
            assert "des habitants)" in diagnostic.sentences([name]).plain, name
    for name in OF_THE_DEPARTEMENT:
        assert not diagnostic.setting.own(name).shown, f"{name} was brought down to the territory"
        assert diagnostic.setting.focused(name).own(name).shown, name
    own = diagnostic.setting.own("population-municipale")
    assert own.value == INHABITANTS[diagnostic.territory.territory]


def test_accessibility_is_set_against_departement_region_and_france(diagnostic) -> None:
    for name in ("apl-medecins-generalistes", "apl-infirmiers", "apl-chirurgiens-dentistes", "apl-sages-femmes"):
        period = diagnostic.setting.period(name)
        rows = diagnostic.setting.select(name, diagnostic.setting.comparators, period=period)
        assert [r.place.territory_type for r in rows] == ["departement", "region", "france"]
        assert all(r.shown for r in rows), name


def test_fifty_indicators_are_real_for_the_territory_or_its_departement(diagnostic) -> None:
    catalogue = diagnostic.catalogue
    real = diagnostic.available()
    tiers = Counter(catalogue[name].tier for name in real)
    assert len(catalogue) >= 65
    assert len(real) >= 50 and tiers["A"] >= 40
    assert not diagnostic.setting.table["simulated"].astype(bool).any()
    assert not any(diagnostic.setting.rows(name, ["simulated"])["simulated"].any() for name in catalogue)


def test_a_median_is_never_averaged_over_several_epci(diagnostic) -> None:
    row = diagnostic.setting.own("niveau-vie-median")
    assert (row.status == "not_applicable") == (len(diagnostic.territory.epci) > 1 or row.value is None)
    assert not row.shown


def test_the_page_of_indicators_the_ages_and_a_funnel_are_real(diagnostic) -> None:
    diagnostic.drawn.clear()
    diagnostic.scorecard()
    diagnostic.funnel("taux-natalite")
    diagnostic.pyramid()
    drawn = {f.id: f for f in diagnostic.drawn}
    assert {"tableau-de-bord", "entonnoir-taux-natalite"} <= set(drawn)
    assert "ages-groupes" in drawn or "pyramide-population-par-age" in drawn
    assert not any(f.simulated for f in drawn.values())
    assert len(drawn["tableau-de-bord"].indicators) >= 25
    assert len(drawn["entonnoir-taux-natalite"].data.rows) >= 30


def test_at_least_sixty_indicators_have_a_value_of_the_territory_and_all_are_accounted_for(diagnostic) -> None:
    counts = tier_counts(diagnostic)
    assert counts.loc["total", "total"] == len(diagnostic.catalogue)
    assert counts.loc["total", ["observée", "estimée"]].sum() >= 60
    assert counts.loc["total", "au département"] >= 40
    for name in diagnostic.chapter():
        reason, todo = reason_of(diagnostic, name)
        assert reason and todo.endswith("."), name
