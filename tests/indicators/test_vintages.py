"""A register that is replaced each year is read in whatever vintage arrived, under its own year; what it lacks is absent."""

from __future__ import annotations

import pandas as pd
import pytest

from cls_analysis.indicators import compute_table, load_catalogue
from cls_analysis.indicators.absence import SourceAbsent
from cls_analysis.indicators.methods import METHODS
from cls_analysis.indicators.references import parse_references
from cls_analysis.sources import get_source

from .helpers import POPULATION, ground, indicator, obs, pick

PEOPLE = {"A": 100, "B": 200, "C": 300, "D": 0, "E": 400, "F": 1000}
DOCTORS = {"A": 1, "B": 2, "C": 3, "D": 0, "E": 4, "F": 10}
SCORE = {"A": 1.0, "B": -1.0, "C": 0.0, "D": 0.0, "E": 2.0, "F": 0.0}
#: sources of which the producer puts one vintage in the place of the last
REPLACED = ("ans-rpps", "inserm-fdep", "inserm-fedi", "finess", "frr", "insee-ds-bpe", "ameli-effectifs", "odisse-cardio-epci")  # fmt: skip


def tables(year: str) -> dict[str, list[pd.DataFrame]]:
    return {
        "ans-rpps": [obs(name, DOCTORS, period=year) for name in ("medecins_generalistes", "infirmiers")],
        "inserm-fdep": [obs("fdep", SCORE, period=year)],
        "insee-populations-reference": [obs("pmun", PEOPLE, period="2023")],
    }


@pytest.mark.parametrize("year", ["2020", "2026", "2031"])
def test_the_register_of_professionals_and_the_index_carry_the_year_of_their_file(year):
    catalogue = load_catalogue()
    names = ("densite-medecins-generalistes", "densite-infirmiers", "indice-defavorisation")
    made = compute_table({name: catalogue[name] for name in names}, ground(tables(year)))
    assert made.missing == {}
    shown = made.table[made.table["value"].notna()]
    assert set(shown["period"].astype(str)) == {year} and set(shown["indicator"].astype(str)) == set(names)
    density = shown[shown["indicator"] == "densite-medecins-generalistes"]
    assert pick(density.assign(comparator=""), "p")["value"] == pytest.approx(100_000 * 10 / 1000)
    index = shown[shown["indicator"] == "indice-defavorisation"]
    assert pick(index.assign(comparator=""), "p")["value"] == pytest.approx((100 - 200 + 800) / 1000)


def test_of_two_vintages_in_one_file_the_last_is_read():
    both = {"s": [obs("n", DOCTORS, period="2024"), obs("n", PEOPLE, period="2025")]}
    frame = METHODS["count"](indicator(method="count", numerator="s:n@latest"), ground(both)).frame
    assert set(frame["period"]) == {"2025"} and pick(frame, "p")["value"] == 1000


def test_no_entry_pins_the_year_of_a_source_that_is_replaced():
    pinned = {
        (entry.id, reference.source)
        for entry in load_catalogue().values()
        for reference in entry.references()
        if reference.source in REPLACED and reference.period != "latest"
    }
    assert not pinned
    assert parse_references("a:b?age=60+@latest")[0].period == "latest"


def test_each_replaced_source_is_known_and_gives_the_year_that_its_entries_announce():
    for entry in load_catalogue().values():
        read = [r for r in entry.references() if r.source in REPLACED]
        if read and entry.numerator and read[0].source == parse_references(entry.numerator[0])[0].source:
            assert entry.period[-1] == get_source(read[0].source).vintage, entry.id


def test_doctors_without_an_age_make_the_share_of_older_ones_absent_and_do_not_stop_the_build():
    entry = load_catalogue()["part-generalistes-60-ans-ou-plus"]
    no_age = {"import-generalistes": [obs("medecins_generalistes", DOCTORS)]}
    made = compute_table({entry.id: entry}, ground(no_age))
    assert "age 60+" in made.missing[entry.id] and made.table["value"].isna().all()
    assert set(made.table["status"].astype(str)) == {"missing"}
    aged = {
        "import-generalistes": [
            obs("medecins_generalistes", {k: v / 2 for k, v in DOCTORS.items()}, age=a) for a in ("0-59", "60+")
        ]
    }
    made = compute_table({entry.id: entry}, ground(aged))
    assert made.missing == {} and pick(made.table.assign(comparator=""), "p")["value"] == 50


def test_the_register_alone_does_not_give_it():
    entry = load_catalogue()["part-generalistes-60-ans-ou-plus"]
    made = compute_table({entry.id: entry}, ground(tables("2026")))
    assert made.missing[entry.id].startswith("source not built")


def test_a_rate_published_by_epci_serves_a_perimeter_of_one_epci_only():
    rows = {"odisse-cardio-epci": [obs("hospitalisation_avc", {"e1": 150.0, "e3": "not_published", "zz": 1.0}, level="epci", period="2021-2023")]}  # fmt: skip
    entry = load_catalogue()["hospitalisation-avc"]
    made = compute_table({entry.id: entry}, ground(rows))
    table = made.table.assign(comparator="")
    assert pick(table, "e1")["value"] == 150 and pick(table, "e3")["status"] == "not_published"
    assert "zz" not in set(table["territory"].astype(str))  # an EPCI of another year
    assert pick(table, "p")["status"] == "not_applicable" and pick(table, "FR")["status"] == "missing"


AGES = {"0-0": 1, "1-4": 4, **{f"{a}-{a + 4}": 5 for a in range(5, 95, 5)}, "95+": 2}


def by_age(bands=AGES, values=None):
    values = values or dict.fromkeys(POPULATION.index, 1.0)
    return [
        obs("population", {code: v * width * (2 if sex == "F" else 1) for code, v in values.items()}, sex=sex, age=band)
        for sex in "FM"
        for band, width in bands.items()
    ]


def test_ages_are_told_in_five_year_bands_that_add_up_to_everybody():
    entry = load_catalogue()["population-par-age"]
    made = compute_table({entry.id: entry}, ground({"insee-rp-age-sexe": by_age()}))
    mine = made.table[(made.table["territory"] == "p") & made.table["value"].notna()]
    bands = mine[mine["age"] != "all"]
    assert len(bands) == 40 and set(bands["sex"].astype(str)) == {"F", "M"}
    first = bands[(bands["age"] == "0-4") & (bands["sex"] == "F")]["value"].item()
    assert first == 2 * 5 * 5  # five communes, one infant and four older children, twice as many girls
    assert mine[mine["age"] == "all"]["value"].item() == bands["value"].sum() == 3 * 5 * sum(AGES.values())
    assert "commune" not in set(made.table["territory_type"].astype(str))


def test_a_commune_whose_ages_are_unknown_leaves_no_pyramid_of_its_territory():
    unknown = {**dict.fromkeys(POPULATION.index, 1.0)}
    rows = by_age(values=unknown)
    rows[7] = rows[7].assign(value=None, status="missing").astype({"value": "float64"})
    entry = load_catalogue()["population-par-age"]
    table = compute_table({entry.id: entry}, ground({"insee-rp-age-sexe": rows})).table
    assert table["value"].isna().all() and set(table["status"].astype(str)) == {"missing"}


def test_ages_that_make_no_five_year_bands_are_absent_and_an_earlier_last_band_is_kept():
    coarse = ground({"insee-rp-age-sexe": by_age({"0-19": 20, "20-64": 45, "65+": 9})})
    entry = load_catalogue()["population-par-age"]
    made = compute_table({entry.id: entry}, coarse)
    assert "0-4" in made.missing[entry.id] and made.table["value"].isna().all()
    closing = {**{k: v for k, v in AGES.items() if k[0] != "9"}, "90+": 3}
    table = compute_table({entry.id: entry}, ground({"insee-rp-age-sexe": by_age(closing)})).table
    assert "90+" in set(table["age"].astype(str)) and "95+" not in set(table["age"].astype(str))
    with pytest.raises(SourceAbsent, match="open last band"):
        METHODS["count_by_age"](
            indicator(method="count_by_age", numerator="s:population?sex=*&age=*"), ground({"s": by_age({"0-4": 5})})
        )
