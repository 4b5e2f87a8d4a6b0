"""The seven perimeters are what their territories and the packages say; a wrong file is refused with every reason."""

import pytest

from cls_analysis import geography
from cls_analysis.errors import DataMissing, InvalidInput, UnknownName

GOOD = """
id = "essai"
name = "Essai"
short_name = "Essai"
name_with_article = "l’Essai"
of = "de l’Essai"
in = "dans l’Essai"
kind = "cls"
epci = ["200072999"]
cog = 2026
date_composition = "2025-01-01"
source_composition = "Fichier de test."
"""

SHIPPED = {  # id: (EPCI, communes in 2026, PMUN and PTOT of the members' list of 2025, RP 2022)
    "pays-chaumont": (3, 151, 61_312, 63_505),
    "petr-langres": (3, 168, 43_852, 45_098),
    "petr-vosges-saonoises": (6, 142, 78_606, 80_488),
    "saint-dizier-der-vallees": (1, 60, 55_597, 56_708),
    "petr-coeur-de-lorraine": (4, 123, 25_413, 25_948),
    "bassin-de-joinville": (1, 59, 12_196, None),
    "nord-haute-marne": (2, 119, 55_597 + 12_196, None),
}


def test_seven_perimeters_are_shipped_without_a_problem():
    assert set(geography.list_perimeters()) == set(SHIPPED)
    assert geography.check_perimeters() == []


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_communes_and_populations_of_the_members_are_those_of_the_reference_note(name):
    epci, communes, pmun, ptot = SHIPPED[name]
    perimeter = geography.load_perimeter(name)
    members = geography.member_populations(2026)
    members = members[members["siren_epci"].isin(perimeter.epci)]
    assert len(perimeter.epci) == epci
    assert len(perimeter.communes()) == len(members) == communes
    assert members["pmun"].sum() == pmun
    assert ptot is None or members["ptot"].sum() == ptot
    assert set(members["reference_year"]) == {2022}


def test_vosges_saonoises_has_144_communes_in_2023_and_142_in_2026():
    perimeter = geography.load_perimeter("petr-vosges-saonoises")
    assert [len(perimeter.communes(y)) for y in (2021, 2022, 2023, 2025, 2026)] == [145, 144, 144, 142, 142]
    assert "70017" in perimeter.communes(2021)  # Anchenoncourt-et-Chazel left for Terres de Saône
    assert "70017" not in perimeter.communes(2022)


def test_vosges_saonoises_has_79789_inhabitants_in_the_members_list_published_in_january_2023():
    # package 2.3.1 (30/01/2023) carries the EPCI of 2022 with RP 2019; the list of 2023 has RP 2020 and 79,358
    sirens = geography.load_perimeter("petr-vosges-saonoises").epci
    lists = {y: geography.member_populations(y) for y in (2022, 2023)}
    assert {y: m.loc[m["siren_epci"].isin(sirens), "pmun"].sum() for y, m in lists.items()} == {
        2022: 79_789,
        2023: 79_358,
    }


@pytest.mark.parametrize("year", geography.VINTAGES)
def test_chaumont_has_151_communes_since_2019(year):
    assert len(geography.load_perimeter("pays-chaumont").communes(year)) == 151


def test_communes_outside_the_main_departement_are_named():
    outside = {name: geography.territory(name).outside_departement["code_commune"].tolist() for name in SHIPPED}
    assert outside["petr-langres"] == ["70400", "70430", "70450"]
    assert outside["petr-vosges-saonoises"] == ["25072", "25570"]
    assert outside["saint-dizier-der-vallees"] == [
        "51008",
        "51144",
        "51286",
        "51315",
        "51358",
        "51478",
        "51521",
        "51522",
        "51583",
        "51654",
    ]
    assert outside["pays-chaumont"] == outside["petr-coeur-de-lorraine"] == []


def test_four_contracts_cover_425_of_426_communes_of_haute_marne_and_998_per_thousand_inhabitants():
    found = geography.coverage("52")
    assert (found.covered_communes, found.communes) == (425, 426)
    assert round(found.share_population, 3) == 0.998
    assert found.uncovered[["code_commune", "siren_epci"]].to_numpy().tolist() == [["52289", "200068559"]]
    assert len(found.perimeters) == 4


def test_a_departement_without_a_perimeter_is_covered_by_nothing():
    found = geography.coverage("2A")
    assert found.covered_communes == found.covered_population == 0
    assert len(found.uncovered) == found.communes


def test_generations_of_a_contract_stay_distinct():
    generations = geography.load_perimeter("petr-coeur-de-lorraine").generations
    assert [g.signed for g in generations] == ["2014-12-22", "2018-12-20", "2025-07-21"]


def test_an_unknown_perimeter_suggests_the_near_one():
    with pytest.raises(UnknownName, match="near: petr-langres"):
        geography.load_perimeter("petr-langre")


def test_an_unknown_siren_is_named_with_near_ones():
    with pytest.raises(
        InvalidInput, match=r"EPCI 200072998 is unknown in 2026; near: .*200072999 \(CC du Grand Langres\)"
    ):
        geography.parse_perimeter(GOOD.replace("200072999", "200072998"))


def test_every_problem_of_a_file_is_told_at_once():
    text = GOOD.replace(
        'epci = ["200072999"]', 'epci = ["200072999", "200072999"]\ncommunes = ["52269", "52999", "52289", "52289"]'
    )
    with pytest.raises(InvalidInput) as caught:
        geography.parse_perimeter(text, name="essai.toml")
    told = "\n".join(caught.value.problems)
    assert "EPCI 200072999 is named 2 times" in told
    assert "commune 52289 is named 2 times" in told
    assert "commune 52269 (Langres) is twice in the perimeter: already by EPCI 200072999" in told
    assert "commune 52999 is not in COG 2026" in told
    assert len(caught.value.problems) == 4


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('kind = "cls"', 'kind = "autre"', "kind"),
        ('epci = ["200072999"]', 'epci = ["20007299"]', r"epci\.0"),
        ("cog = 2026", "cog = 2020", "2020"),
        ('name = "Essai"\n', "", "name: Field required"),
        ("cog = 2026", 'cog = 2026\nsirens = ["1"]', "sirens"),
        ('epci = ["200072999"]', "", "empty"),
        ('id = "essai"', 'id = "essai', "not valid TOML"),
    ],
)
def test_a_malformed_file_is_refused_with_the_key_at_fault(old, new, words):
    with pytest.raises(InvalidInput, match=words):
        geography.parse_perimeter(GOOD.replace(old, new, 1))


def test_communes_named_one_by_one_follow_their_land_to_another_year():
    perimeter = geography.parse_perimeter(
        GOOD.replace('epci = ["200072999"]', 'communes = ["70264"]').replace("cog = 2026", "cog = 2023")
    )
    assert perimeter.communes(2023) == ["70264"]
    assert perimeter.communes(2026) == perimeter.communes() == ["70180"]


def test_an_epci_that_did_not_exist_in_the_year_asked_is_named():
    created = sorted(set(geography.epci(2026)["siren_epci"]) - set(geography.epci(2019)["siren_epci"]))[0]
    perimeter = geography.parse_perimeter(GOOD.replace("200072999", created))
    with pytest.raises(UnknownName, match=f"{created} of perimeter essai does not exist in 2019"):
        perimeter.communes(2019)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CLS_PERIMETERS", str(tmp_path))
    (tmp_path / "essai.toml").write_text(GOOD, encoding="utf-8")
    return tmp_path


def test_an_overlap_is_named_unless_it_is_declared(folder):
    two = GOOD.replace('"essai"', '"autre"').replace('["200072999"]', '["200072999", "200070332"]')
    (folder / "autre.toml").write_text(two, encoding="utf-8")
    (problem,) = geography.check_perimeters()
    assert "autre and essai overlap on 54 communes (52009, " in problem
    (folder / "autre.toml").write_text(two.replace("cog = 2026", 'cog = 2026\ncontains = ["essai"]'), encoding="utf-8")
    assert geography.check_perimeters() == []


def test_contains_that_does_not_hold_is_named(folder):
    two = GOOD.replace('"essai"', '"autre"').replace("200072999", "200070332")
    (folder / "autre.toml").write_text(
        two.replace("cog = 2026", 'cog = 2026\ncontains = ["essai", "rien"]'), encoding="utf-8"
    )
    told = geography.check_perimeters()
    assert any("has 54 communes outside it" in p for p in told)
    assert any("rien, which is not a known perimeter" in p for p in told)


def test_a_perimeter_of_another_folder_is_a_territory_at_once(tmp_path, monkeypatch):
    assert "petr-langres" in geography.contours("perimeter")["code"].tolist()  # what is kept of them is not asked again
    monkeypatch.setenv("CLS_PERIMETERS", str(tmp_path))
    (tmp_path / "essai.toml").write_text(GOOD, encoding="utf-8")
    assert geography.list_perimeters() == ["essai"]
    assert geography.territory("essai").population == geography.territory("200072999").population
    members = geography.members()
    assert (members["territory_type"] == "perimeter").sum() == 54
    assert geography.contours("perimeter")["code"].tolist() == ["essai"]


def test_a_file_that_does_not_bear_its_id_is_refused(folder):
    (folder / "faux.toml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"faux\.toml: id is 'essai'"):
        geography.load_perimeter("faux")


@pytest.mark.parametrize("name", ["../aside", "{there}/aside"])
def test_a_name_that_leaves_the_folder_is_no_perimeter(folder, name):
    there = folder.parent
    (there / "aside.toml").write_text(GOOD.replace('"essai"', '"aside"'), encoding="utf-8")
    with pytest.raises(UnknownName, match="is not known"):
        geography.load_perimeter(name.replace("{there}", str(there)))


def test_a_folder_that_does_not_exist_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("CLS_PERIMETERS", str(tmp_path / "absent"))
    with pytest.raises(DataMissing, match="CLS_PERIMETERS"):
        geography.list_perimeters()


def test_the_project_is_found_from_a_folder_inside_it(tmp_path):
    (tmp_path / "data" / "raw" / "perimeters").mkdir(parents=True)
    inside = tmp_path / "notebooks" / "deep"
    inside.mkdir(parents=True)
    assert geography.project_root(inside) == tmp_path.resolve()


def test_a_missing_key_is_told_without_the_rest_of_the_file(tmp_path):
    (tmp_path / "essai.toml").write_text(GOOD.replace('of = "de l’Essai"\n', ""), encoding="utf-8")
    with pytest.raises(InvalidInput) as error:
        geography.load_perimeter("essai", tmp_path)
    assert error.value.problems == ["essai.toml: of: Field required"]


def test_an_unknown_siren_says_where_to_find_the_right_one(tmp_path):
    (tmp_path / "essai.toml").write_text(GOOD.replace("200072999", "200072990"), encoding="utf-8")
    with pytest.raises(InvalidInput, match="territories list --type epci --search"):
        geography.load_perimeter("essai", tmp_path)
