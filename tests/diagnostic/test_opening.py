"""Which rows a report stands on: those of its peers, every EPCI of France being that of one région, of one build, and of one kind."""

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from cls_analysis import geography
from cls_analysis.diagnostic import Diagnostic, opening
from cls_analysis.errors import InvalidInput


def test_the_peers_are_the_epci_whose_inhabitants_mostly_live_in_the_main_region() -> None:
    whole = geography.membership().merge(geography.communes(), on="code_commune", how="inner", validate="1:1")
    people = whole.pivot_table(index="siren_epci", columns="region", values="population", aggfunc="sum")
    assert (people.notna().sum(axis=1) > 1).any()  # some lie in two régions
    told = people.astype("float").idxmax(axis=1)
    place = geography.territory("petr-langres")
    peers = opening._peers(place)
    assert [peer.territory for peer in peers] == sorted(told.index[told == place.main_region])
    assert set(place.epci) < {peer.territory for peer in peers}
    assert {peer.territory_type for peer in peers} == {"epci"}
    names = geography.epci().set_index("siren_epci")["name"]
    assert [peer.name for peer in peers] == [names[peer.territory] for peer in peers]
    assert sum(map(len, opening._epci_by_main_region().values())) == len(told)


@pytest.fixture
def copied(embedded: Path, tmp_path: Path) -> Path:
    shutil.copytree(embedded / "embedded", tmp_path / "embedded")
    return tmp_path


def changed(copied: Path, column: str, value: object, **where: str) -> None:
    """Some rows of the published table with another value in a column."""
    path = copied / "embedded" / "published" / "indicators.parquet"
    table = pd.read_parquet(path).astype({column: object})
    mine = pd.concat([table[name] == wanted for name, wanted in where.items()], axis=1).all(axis=1)
    assert mine.any()
    table.loc[mine, column] = value
    table.to_parquet(path)


@pytest.mark.slow
def test_a_build_of_another_unit_is_refused_even_where_it_is_far_from_the_territory(copied: Path) -> None:
    place = geography.territory("petr-langres")
    assert opening.read_setting(place, "embedded", copied, "2026").own("population-municipale").shown
    changed(copied, "unit", "dizaines", indicator="population-municipale", territory="13055")
    with pytest.raises(InvalidInput, match="population-municipale was built in 'dizaines'"):
        opening.read_setting(place, "embedded", copied, "2026")


@pytest.mark.slow
def test_simulated_rows_among_official_ones_are_refused(copied: Path) -> None:
    (copied / "embedded").rename(copied / "official")
    with pytest.raises(InvalidInput, match="official tables hold simulated rows"):
        opening.read_setting(geography.territory("petr-langres"), "official", copied, "2026")


def test_an_indicator_simulated_only_for_communes_around_is_known_as_simulated(embedded: Path) -> None:
    setting = opening.read_setting(geography.territory("245200597"), "embedded", embedded, "2026")
    for name in setting.catalogue:
        rows = setting.rows(name, ["value", "simulated"])
        assert (name in setting.made_up) == bool((rows["value"].notna() & rows["simulated"].astype(bool)).any()), name


@pytest.mark.slow
def test_a_report_compares_with_the_epci_of_the_build_it_was_opened_with(langres: Diagnostic, copied: Path) -> None:
    here = Diagnostic.open("petr-langres", data="embedded", processed=copied)
    changed(copied, "value", 50.0, indicator="part-65-ans-ou-plus", territory_type="epci")
    rows = langres.similar().data.rows
    assert here.similar().data.rows == rows
    setting = opening.read_setting(here.territory, "embedded", copied, here.edition)
    assert replace(here, setting=setting, drawn=[]).similar().data.rows != rows
