"""Territories, their members, their comparators and their French names."""

import pytest

from cls_analysis import geography
from cls_analysis.errors import UnknownName
from cls_analysis.geography import articles


def test_every_commune_is_in_itself_its_departement_its_region_and_france():
    frame = geography.members()
    sizes = frame.groupby("territory_type").size()
    assert sizes["commune"] == sizes["departement"] == sizes["region"] == sizes["france"] == 34_875
    assert sizes["epci"] == 34_871
    assert not frame.duplicated(["territory_type", "territory", "code_commune"]).any()
    assert frame[["territory", "code_commune", "departement", "region"]].notna().all().all()


def test_members_and_territories_know_the_same_territories():
    listed = set(geography.territories()[["territory_type", "territory"]].itertuples(index=False, name=None))
    held = set(geography.members()[["territory_type", "territory"]].itertuples(index=False, name=None))
    assert listed == held


def test_populations_of_departements_sum_to_their_region_and_to_france():
    total = sum(geography.territory(c, territory_type="region").population for c in geography.regions()["code"])
    assert total == geography.territory("FR").population == 68_350_798


@pytest.mark.parametrize(
    ("code", "kind", "name"),
    [
        ("petr-langres", "perimeter", "PETR du Pays de Langres"),
        ("200072999", "epci", "CC du Grand Langres"),
        ("52269", "commune", "Langres"),
        ("52", "departement", "Haute-Marne"),
        ("region:44", "region", "Grand Est"),
        ("FR", "france", "France"),
        ("fr", "france", "France"),
        ("2A", "departement", "Corse-du-Sud"),
    ],
)
def test_a_territory_is_found_by_its_id_or_code(code, kind, name):
    found = geography.territory(code)
    assert (found.territory_type, found.name) == (kind, name)
    assert len(found.communes) >= 1


def test_a_code_that_is_a_departement_and_a_region_needs_the_type_for_the_region():
    assert geography.territory("44").name == "Loire-Atlantique"
    assert geography.territory("44", territory_type="region").name == "Grand Est"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("petr-langre", "near: petr-langres"),
        ("Grand Langres", r"200072999 \(CC du Grand Langres\)"),
        ("99999", "'99999' is not known"),
        ("ville:52269", "territory type 'ville' is not known"),
        ("", "''"),
    ],
)
def test_an_unknown_territory_suggests_near_ones(wrong, words):
    with pytest.raises(UnknownName, match=words):
        geography.territory(wrong)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("petr-langres", ["departement:52", "region:44", "france:FR"]),
        ("petr-vosges-saonoises", ["departement:70", "region:27", "france:FR"]),
        ("saint-dizier-der-vallees", ["departement:52", "region:44", "france:FR"]),
        ("52269", ["departement:52", "region:44", "france:FR"]),
        ("52", ["region:44", "france:FR"]),
        ("region:44", ["france:FR"]),
        ("FR", []),
    ],
)
def test_comparators_are_the_larger_territories_in_a_fixed_order(code, expected):
    assert [f"{c.territory_type}:{c.territory}" for c in geography.comparators(code)] == expected


def test_the_main_departement_is_where_most_inhabitants_live():
    one = geography.territory("petr-langres")
    assert one.departements == ("52", "70")
    assert one.main_region == "44"
    assert set(one.outside_departement["departement"]) == {"70"}


FORMS = {  # prepositions as prefectures and the Office québécois de la langue française write them
    "01": ("l’Ain", "de l’Ain", "dans l’Ain"),
    "07": ("l’Ardèche", "de l’Ardèche", "en Ardèche"),
    "08": ("les Ardennes", "des Ardennes", "dans les Ardennes"),
    "10": ("l’Aube", "de l’Aube", "dans l’Aube"),
    "21": ("la Côte-d’Or", "de la Côte-d’Or", "en Côte-d’Or"),
    "25": ("le Doubs", "du Doubs", "dans le Doubs"),
    "51": ("la Marne", "de la Marne", "dans la Marne"),
    "52": ("la Haute-Marne", "de la Haute-Marne", "en Haute-Marne"),
    "54": ("la Meurthe-et-Moselle", "de la Meurthe-et-Moselle", "en Meurthe-et-Moselle"),
    "55": ("la Meuse", "de la Meuse", "dans la Meuse"),
    "67": ("le Bas-Rhin", "du Bas-Rhin", "dans le Bas-Rhin"),
    "70": ("la Haute-Saône", "de la Haute-Saône", "en Haute-Saône"),
    "75": ("Paris", "de Paris", "à Paris"),
    "88": ("les Vosges", "des Vosges", "dans les Vosges"),
    "90": ("le Territoire de Belfort", "du Territoire de Belfort", "dans le Territoire de Belfort"),
    "974": ("La Réunion", "de La Réunion", "à La Réunion"),
    "976": ("Mayotte", "de Mayotte", "à Mayotte"),
}


@pytest.mark.parametrize("code", sorted(FORMS))
def test_departements_have_their_french_forms(code):
    row = geography.departements().set_index("code").loc[code]
    assert (row["with_article"], row["of"], row["in"]) == FORMS[code]


def test_articles_agree_with_insees_code_tncc_wherever_it_gives_one():
    article = {2: "le ", 3: "la ", 4: "les ", 5: "l’"}
    frame = geography.departements()
    for row in frame.itertuples():
        if row.tncc in article:
            assert row.with_article.startswith(article[row.tncc]), row.name


def test_every_region_has_its_french_forms():
    frame = geography.regions().set_index("name")
    assert frame.loc["Grand Est", "of"] == "du Grand Est"
    assert frame.loc["Bourgogne-Franche-Comté", "with_article"] == "la Bourgogne-Franche-Comté"
    assert frame.loc["Bourgogne-Franche-Comté", "in"] == "en Bourgogne-Franche-Comté"
    assert frame["with_article"].notna().all()


@pytest.mark.parametrize(
    ("name", "with_article", "of"),
    [
        ("CC du Grand Langres", "la CC du Grand Langres", "de la CC du Grand Langres"),
        ("CA de Chaumont", "la CA de Chaumont", "de la CA de Chaumont"),
        ("Métropole du Grand Nancy", "la Métropole du Grand Nancy", "de la Métropole du Grand Nancy"),
        ("Dijon Métropole", "Dijon Métropole", "de Dijon Métropole"),
        ("Eurométropole de Strasbourg", "l’Eurométropole de Strasbourg", "de l’Eurométropole de Strasbourg"),
    ],
)
def test_epci_have_their_french_forms(name, with_article, of):
    named = articles.epci(name)
    assert (named.with_article, named.of) == (with_article, of)


@pytest.mark.parametrize(
    ("name", "of", "inside"),
    [
        ("Le Havre", "du Havre", "au Havre"),
        ("Les Lilas", "des Lilas", "aux Lilas"),
        ("Épinal", "d’Épinal", "à Épinal"),
        ("La Rochelle", "de La Rochelle", "à La Rochelle"),
        ("L'Oie", "de L’Oie", "à L’Oie"),
        ("Langres", "de Langres", "à Langres"),
        ("Héricourt", "d’Héricourt", "à Héricourt"),
        ("Haguenau", "de Haguenau", "à Haguenau"),
        ("Œuilly", "d’Œuilly", "à Œuilly"),
        ("Yvetot", "d’Yvetot", "à Yvetot"),
        ("Yutz", "de Yutz", "à Yutz"),
    ],
)
def test_communes_have_their_french_forms(name, of, inside):
    named = articles.commune(name)
    assert (named.of, named.in_) == (of, inside)
