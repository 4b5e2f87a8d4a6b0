"""Each reader gives back what its file holds: compared cell by cell with a slow, obvious reading."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cls_analysis.sources import get_source
from cls_analysis.sources.codes import Scope
from cls_analysis.sources.notes import collect
from cls_analysis.sources.observations import COLUMNS, KEYS
from tests.sources.made import MAKERS, apl_cell, paths_of
from tests.sources.mirrors import BELFORT, one, read


def cells(path: Path, separator: str, skip: int = 0) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for _ in range(skip):
            next(stream)
        return list(csv.DictReader(stream, delimiter=separator))


@pytest.mark.parametrize("source_id", sorted(MAKERS))
def test_every_reader_gives_observations_in_the_contract_s_form(pristine: Path, source_id: str) -> None:
    frame = read(pristine, source_id)
    assert tuple(frame.columns) == COLUMNS
    assert not frame.duplicated(list(KEYS)).any()
    assert frame["value"].notna().equals(frame["status"].isin(["observed", "estimated"]))


@pytest.mark.parametrize("source_id", sorted(MAKERS))
def test_a_reader_fills_every_variable_that_it_declares(pristine: Path, source_id: str) -> None:
    assert set(read(pristine, source_id)["variable"].unique()) == set(get_source(source_id).names)


@pytest.mark.parametrize("source_id", sorted(MAKERS))
def test_the_tables_of_a_source_hold_their_declared_columns_and_unique_keys(pristine: Path, source_id: str) -> None:
    for table in get_source(source_id).tables:
        frame = table.read(paths_of(pristine, source_id), scope=BELFORT)
        assert sorted(frame.columns) == sorted(table.columns)
        assert len(frame) > 0
        assert not table.key or not frame.duplicated(list(table.key)).any()


def test_filosofi_keeps_secrecy_absence_and_numbers_apart(pristine: Path) -> None:
    frame = read(pristine, "insee-filosofi")
    names = {column: variable.name for column, variable in zip_filosofi()}
    for row in cells(paths_of(pristine, "insee-filosofi")["communes"], ";")[:40]:
        for column, name in names.items():
            value, status = one(frame, code=row["CODGEO"], variable=name)
            if row[column] == "s":
                assert (np.isnan(value), status) == (True, "not_published")
            else:
                assert (value, status) == (float(row[column].replace(",", ".")), "observed")


def zip_filosofi() -> list[tuple[str, object]]:
    from cls_analysis.sources.insee_filosofi import COLUMNS as columns

    return list(columns.items())


def test_apl_of_each_profession_and_year_is_the_cell_of_its_sheet(pristine: Path) -> None:
    frame = read(pristine, "drees-apl")
    for variable in ("apl_mg", "apl_mg_65", "apl_ide", "apl_cd", "apl_sf", "pop_feminine_standardisee_sf"):
        for year, cog in (("2022", 2023), ("2023", 2024)):
            found = frame[(frame["code"] == "90010") & (frame["variable"] == variable) & (frame["period"] == year)]
            assert found["value"].tolist() == [apl_cell(variable, "90010", year)]
            assert found["cog"].tolist() == [cog]


def test_the_apl_of_paris_is_the_weighted_mean_of_its_arrondissements_and_says_estimated(tmp_path: Path) -> None:
    MAKERS["drees-apl"](tmp_path, ("75",))
    frame = read(tmp_path, "drees-apl", "75")
    arms = [f"751{n:02d}" for n in range(1, 21)]
    top = sum(apl_cell("apl_sf", arm, "2023") * apl_cell("pop_feminine_standardisee_sf", arm, "2023") for arm in arms)
    bottom = sum(apl_cell("pop_feminine_standardisee_sf", arm, "2023") for arm in arms)
    value, status = one(frame, level="commune", code="75056", variable="apl_sf", period="2023")
    assert (value, status) == (pytest.approx(top / bottom, rel=1e-12), "estimated")
    total, status = one(frame, level="commune", code="75056", variable="pop_feminine_standardisee_sf", period="2023")
    assert (total, status) == (pytest.approx(bottom), "observed")
    assert set(frame.loc[frame["level"] == "arrondissement", "code"]) == set(arms)


def test_paris_has_a_population_municipale_but_no_population_counted_apart(tmp_path: Path) -> None:
    MAKERS["insee-populations-reference"](tmp_path, ("75",))
    frame = read(tmp_path, "insee-populations-reference", "75")
    rows = cells(paths_of(tmp_path, "insee-populations-reference")["communes"], ";")
    assert one(frame, level="commune", code="75056", variable="pmun") == (
        sum(int(row["PMUN"]) for row in rows),
        "observed",
    )
    assert one(frame, level="commune", code="75056", variable="ptot")[1] == "missing"


def test_overseas_codes_written_with_six_figures_become_commune_codes(tmp_path: Path) -> None:
    MAKERS["insee-populations-historiques"](tmp_path, ("974", "971"))
    assert {row["codgeo"] for row in cells(paths_of(tmp_path, "insee-populations-historiques")["communes"], ",")} >= {
        "974424",
        "971101",
    }
    assert {"97424", "97101"} <= set(read(tmp_path, "insee-populations-historiques", "974 971")["code"])


def test_a_population_published_before_a_merger_is_not_that_of_the_merged_commune(pristine: Path) -> None:
    frame = read(pristine, "insee-populations-historiques")
    status = frame[frame["code"] == "90068"].set_index("period")["status"].astype("str")
    assert status["2016"] == "not_applicable"  # Meroux-Moval, created on 1 January 2019 from Meroux (90068) and Moval
    assert status["2017"] == "observed"


def test_mayotte_written_zero_in_the_comparateur_is_missing_but_its_births_are_real(tmp_path: Path) -> None:
    MAKERS["insee-comparateur"](tmp_path, ("976",))
    frame = read(tmp_path, "insee-comparateur", "976")
    assert one(frame, code="97611", variable="population", period="2021")[1] == "missing"
    assert one(frame, code="97611", variable="naissances") == (12.0, "observed")


def test_a_commune_of_the_comparateur_may_be_repeated_when_its_figures_agree(made) -> None:
    mirror = made("insee-comparateur")
    path = paths_of(mirror, "insee-comparateur")["communes"]
    expected = read(mirror, "insee-comparateur")
    line = path.read_text(encoding="utf-8").splitlines()[5]
    deleguee = line.replace(",COM,,", f",COMD,{line[:5]},")
    path.write_text(
        path.read_text(encoding="utf-8") + line.replace("90000", "90999") + "\n" + deleguee + "\n", encoding="utf-8"
    )
    pd.testing.assert_frame_equal(read(mirror, "insee-comparateur"), expected)


def test_a_commune_absent_from_the_equipments_has_zero_of_each(pristine: Path) -> None:
    frame = read(pristine, "insee-bpe")
    counted = frame[frame["period"] == "2013"].groupby("code", observed=True)["value"].agg(["size", "sum"])
    assert len(set(counted["size"])) == 1
    assert (counted["sum"] == 0).any()
    assert set(frame["status"].unique()) == {"observed"}


def test_secrecy_of_a_bassin_de_vie_is_not_the_absence_of_a_result(tmp_path: Path) -> None:
    MAKERS["cartosante"](tmp_path, ("90", "52", "70", "88", "54"))
    path = paths_of(tmp_path, "cartosante")["bassins"]
    frame = read(tmp_path, "cartosante", "90 52 70 88 54")
    seen = set()
    for row in cells(path, ";", skip=2):
        cell = row["Part des bénéf. en ALD dans la pop 2024"]
        value, status = one(frame, code=row["Code"], variable="part_ald")
        expected = {"N/A - secret statistique": "not_published", "N/A - résultat non disponible": "missing"}.get(
            cell, "observed"
        )
        assert status == expected
        assert np.isnan(value) if status != "observed" else value == float(cell)
        seen.add(status)
    assert seen == {"not_published", "missing", "observed"}


def test_life_expectancy_is_one_variable_by_sex(pristine: Path) -> None:
    frame = read(pristine, "insee-statistiques-locales")
    assert set(frame.loc[frame["variable"] == "esperance_vie", "sex"]) == {"F", "M"}


def test_a_cause_of_death_with_commas_in_its_label_is_read(pristine: Path) -> None:
    frame = read(pristine, "inserm-cepidc")
    rows = [row for row in cells(paths_of(pristine, "inserm-cepidc")["causes"], ",") if row["cause"].startswith("18.")]
    for row in rows:
        sex = {"Hommes": "M", "Femmes": "F", "Tous sexes": "all"}[row["sexe"]]
        assert one(frame, variable="taux_std_covid", code=row["departement"], sex=sex)[0] == float(row["valeur"])


def test_aggregates_of_the_health_professionals_have_their_own_level(pristine: Path) -> None:
    frame = read(pristine, "ameli-demographie")
    levels = frame[["level", "code"]].drop_duplicates().astype("str").agg(" ".join, axis=1)
    assert sorted(levels) == ["departement 90", "france FR", "region 27"]


def test_populations_of_the_epci_are_those_of_the_census_three_years_before(pristine: Path) -> None:
    frame = read(pristine, "dgcl-epci")
    assert set(frame["period"]) == {"2022"}
    sums = frame[frame["variable"] == "pmun"].groupby("level", observed=True)["value"].sum()
    assert sums["commune"] == sums["epci"]


def test_a_basin_follows_the_commune_that_names_it_to_the_vintage_of_its_figures(tmp_path: Path) -> None:
    MAKERS["insee-appartenance"](tmp_path, ("49",))
    with collect() as notes:
        table = (
            get_source("insee-appartenance")
            .tables[1]
            .read(paths_of(tmp_path, "insee-appartenance"), scope=Scope(frozenset({"49"})))
        )
    assert set(table["bassin_de_vie_published"]) == {"49069"}
    assert set(table["bassin_de_vie"]) == {"49126"}
    assert any("49069 -> 49126" in text for text in notes)
    assert table["ept"].isna().all()


def test_embedded_populations_count_nobody_twice() -> None:
    frame = get_source("etalab-decoupage").read({})
    assert not frame.duplicated(["code", "period"]).any()
    assert frame.groupby("period", observed=True)["cog"].nunique().eq(1).all()
    assert frame.loc[frame["period"] == "2023", "value"].sum() == pytest.approx(68_094_280)
