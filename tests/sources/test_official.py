"""The official files, read by the project and by slow loops that know nothing of it, agree."""

from __future__ import annotations

import csv
import os
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from cls_analysis import geography, sources

pytestmark = pytest.mark.official
COMMUNES = ("52269", "52121", "88160", "70285", "97424", "2B033", "75101", "13201", "52289")


@pytest.fixture(scope="session")
def built(official: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    processed = tmp_path_factory.mktemp("official")
    sources.build_sources("official", mirror=official, processed=processed)
    return processed


def rows_of(path: Path, separator: str = ",", skip: int = 0) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for _ in range(skip):
            next(stream)
        return list(csv.DictReader(stream, delimiter=separator))


def load(built: Path, source_id: str, **options: list[str]) -> pd.DataFrame:
    frame = sources.load_observations(source_id, mode="official", processed=built, **options)
    return frame.astype(dict.fromkeys(("level", "code", "variable", "period", "sex", "age", "status"), "str"))


def test_every_source_whose_files_are_there_is_built_and_the_others_are_named_with_their_reason(built: Path) -> None:
    mirror = Path(os.environ["CLS_DATA_MIRROR"])
    lock, absent = sources.load_lock("official", built), sources.load_absent("official", built)
    declared = {name: source for name, source in sources.all_sources().items() if "official" in source.modes}
    there = {n for n, s in declared.items() if all((mirror / f.path).is_file() for f in s.files)}
    present = {n for n in there if declared[n].files or n in lock}
    assert set(lock) == present and len(lock) >= 15
    assert set(lock).isdisjoint(absent) and all(absent.values())
    assert {n for n in declared if declared[n].files} == {n for n in {*lock, *absent} if declared[n].files}
    assert not any(entry["simulated"] for entry in lock.values())


@pytest.mark.parametrize(
    ("stem", "variable", "column"),
    [
        ("medecins_generalistes", "apl_mg", 2),
        ("medecins_generalistes", "apl_mg_65", 3),
        ("medecins_generalistes", "pop_standardisee_mg", 4),
        ("medecins_generalistes", "population_totale", 5),
        ("infirmieres", "apl_ide", 2),
        ("infirmieres", "pop_standardisee_ide", 3),
        ("chirurgiens_dentistes", "apl_cd", 2),
        ("chirurgiens_dentistes", "pop_standardisee_cd", 3),
        ("sages_femmes", "apl_sf", 2),
        ("sages_femmes", "pop_feminine_standardisee_sf", 3),
        ("sages_femmes", "population_feminine", 5),
    ],
)
def test_the_apl_of_every_commune_and_year_is_the_cell_of_its_sheet(
    official: Path, built: Path, stem: str, variable: str, column: int
) -> None:
    name = f"indicateur_d_accessibilite_potentielle_localisee_apl_aux_{stem}.xlsx"
    book = CalamineWorkbook.from_path(str(official / "drees-apl" / "2023" / name))
    found = load(built, "drees-apl", variables=[variable])
    for year in ("2022", "2023"):
        cells = {
            row[0]: row[column] for row in book.get_sheet_by_name(f"APL {year}").to_python(skip_empty_area=False)[10:]
        }
        published = found[(found["period"] == year) & ~found["code"].isin(["75056", "13055", "69123"])]
        assert dict(zip(published["code"], published["value"], strict=True)) == cells
        assert set(COMMUNES) <= set(cells)


def test_filosofi_has_the_secrecy_marks_of_its_file(official: Path, built: Path) -> None:
    rows = rows_of(official / "insee-filosofi" / "2021" / "cc_filosofi_2021_COM.csv", ";")
    names = {column: variable.name for column, variable in _filosofi().items()}
    marks = {"s": "not_published", "nd": "missing"}
    wanted = Counter(
        (names[column], marks.get(cell, "observed"))
        for row in rows
        for column, cell in row.items()
        if column != "CODGEO"
    )
    found = load(built, "insee-filosofi")
    assert Counter(zip(found["variable"], found["status"], strict=True)) == wanted
    medians = found[found["variable"] == "niveau_vie_median"].set_index("code")["value"]
    for row in rows:
        if row["MED21"] not in marks:
            assert medians[row["CODGEO"]] == float(row["MED21"])


def _filosofi() -> dict[str, object]:
    from cls_analysis.sources.insee_filosofi import COLUMNS

    return COLUMNS


def test_unemployment_of_haute_marne_is_the_sum_of_its_communes(official: Path, built: Path) -> None:
    seen: dict[str, tuple[int, int]] = {}
    for row in rows_of(official / "insee-comparateur" / "2021" / "communes.csv"):
        if row["insee_com"].startswith("52") and row["commune_type"] == "COM":
            seen[row["insee_com"]] = (int(row["pop_15_64_chomage_2021"]), int(row["pop_15_64_active_2021"]))
    frame = load(built, "insee-comparateur", variables=["chomeurs_15_64", "actifs_15_64"])
    sums = frame[frame["code"].str.startswith("52")].groupby("variable")["value"].sum()
    assert len(seen) == 426
    assert sums["chomeurs_15_64"] == sum(unemployed for unemployed, _ in seen.values())
    assert sums["actifs_15_64"] == sum(active for _, active in seen.values())


def test_populations_of_reference_add_up_to_the_national_total(official: Path, built: Path) -> None:
    rows = rows_of(official / "insee-populations-reference" / "2023" / "donnees_communes.csv", ";")
    frame = load(built, "insee-populations-reference", levels=["commune"], variables=["pmun"])
    assert frame["value"].sum() == sum(int(row["PMUN"]) for row in rows)
    assert len(frame) == len(
        geography.communes(2025)["code_commune"].loc[
            lambda c: ~c.str[:3].isin(["975", "976", "977", "978"]) & ~c.str.startswith("98")
        ]
    )


def test_two_censuses_of_the_same_source_agree_with_the_embedded_populations(built: Path) -> None:
    official = load(built, "insee-populations-reference", levels=["commune"], variables=["pmun"]).set_index("code")[
        "value"
    ]
    embedded = load(built, "etalab-decoupage")
    embedded = embedded[(embedded["period"] == "2023")].set_index("code")["value"]
    common = official.index.intersection(embedded.index)
    assert len(common) == len(official)
    assert (official[common] != embedded[common]).mean() < 0.001


def test_populations_of_2017_and_2021_reach_the_national_totals(built: Path) -> None:
    frame = load(built, "insee-populations-historiques", levels=["commune"])
    sums = frame.groupby("period")["value"].sum()
    assert sums["2017"] == 66_524_339  # population municipale of France hors Mayotte, Insee
    assert 67_400_000 < sums["2021"] < 67_410_000


def test_the_equipments_of_the_communes_are_those_of_the_table(official: Path, built: Path) -> None:
    frame = load(built, "insee-bpe", variables=["nb_pharmacies", "nb_medecins_generalistes"])
    for year in ("2009", "2013"):
        rows = (
            CalamineWorkbook.from_path(str(official / "insee-bpe" / year / f"bpe{year}.xlsx"))
            .get_sheet_by_index(0)
            .to_python()
        )
        for variable, label in (("nb_pharmacies", "Pharmacie"), ("nb_medecins_generalistes", "Médecin omnipraticien")):
            place = rows[0].index(label)
            cells = {str(row[0]): float(row[place] or 0) for row in rows[1:]}
            part = frame[(frame["period"] == year) & (frame["variable"] == variable)]
            found = dict(zip(part["code"], part["value"], strict=True))
            assert all(found[code] == value for code, value in cells.items())
            communes = part[part["level"] == "commune"]
            assert communes["value"].sum() == sum(cells.values())


@pytest.mark.parametrize(
    ("source_id", "path"),
    [
        ("cartosante", "cartosante/2024/bassins_de_vie_sante.csv"),
        ("insee-statistiques-locales", "insee-statistiques-locales/2024/bassins_de_vie.csv"),
        ("insee-statistiques-locales", "insee-statistiques-locales/2024/departements.csv"),
    ],
)
def test_every_mark_of_the_exports_has_its_own_status(official: Path, built: Path, source_id: str, path: str) -> None:
    cells = [
        cell
        for row in rows_of(official / path, ";", skip=2)
        for header, cell in row.items()
        if header not in ("Code", "Libellé")
    ]
    frame = load(built, source_id, levels=["departement" if "departements" in path else "bassin_de_vie"])
    statuses = Counter(frame["status"])
    assert statuses.get("not_published", 0) == cells.count("N/A - secret statistique")
    assert statuses.get("missing", 0) == cells.count("N/A - résultat non disponible")
    assert statuses["observed"] == sum(not cell.startswith("N/A") for cell in cells)


def test_rates_of_mortality_are_those_of_the_files(official: Path, built: Path) -> None:
    frame = load(built, "inserm-cepidc")
    sexes = {"Tous sexes": "all", "Femmes": "F", "Hommes": "M"}
    tumours = frame[frame["variable"] == "taux_std_tumeurs"].set_index(["code", "sex"])["value"]
    for row in rows_of(official / "inserm-cepidc/2023/taux_standardises_par_cause_departement.csv"):
        if row["cause"] == "2. Tumeurs":
            assert tumours[(row["departement"], sexes[row["sexe"]])] == float(row["valeur"])
    every = frame[frame["variable"] == "taux_std_toutes_causes"].set_index(["code", "period"])["value"]
    rows = rows_of(official / "inserm-cepidc/2023/toutes_causes_departement_2010_2023.csv")
    assert len(every) == len(rows)
    assert all(every[(row["departement"], row["annee"])] == float(row["valeur"]) for row in rows)


def test_every_count_and_density_of_the_health_professionals_is_read(official: Path, built: Path) -> None:
    from cls_analysis.sources.ameli_demographie import PROFESSIONS

    keys = {label: key for key, label in PROFESSIONS.items()}
    frame = load(built, "ameli-demographie").set_index(["code", "level", "variable"])["value"]
    rows = rows_of(official / "ameli-demographie/2024/effectifs_densites_departement.csv")
    for row in rows:
        code, level = ("FR", "france") if row["region"] == "99" else (row["region"], "region")
        if row["departement"] != "999":
            code, level = row["departement"], "departement"
        assert frame[(code, level, f"effectif_{keys[row['profession_sante']]}")] == float(row["effectif"])
        assert frame[(code, level, f"densite_{keys[row['profession_sante']]}")] == float(row["densite"])
    assert len(frame) == 2 * len(rows)


def test_every_commune_of_2024_has_a_basin_that_the_figures_by_basin_know(built: Path) -> None:
    table = sources.load_table("insee-appartenance", "2024", mode="official", processed=built)
    known = set(load(built, "cartosante")["code"])
    assert len(table) == 34935
    assert set(table["bassin_de_vie"]) <= known
    assert set(load(built, "insee-statistiques-locales", levels=["bassin_de_vie"])["code"]) <= set(
        table["bassin_de_vie"]
    )


def test_the_five_epci_of_chaumont_langres_and_neighbours_have_their_members(built: Path) -> None:
    table = sources.load_table("dgcl-epci", "composition", mode="official", processed=built)
    embedded = geography.membership(2025)
    merged = table.merge(embedded, on="code_commune", how="outer", suffixes=("", "_embedded"), validate="one_to_one")
    assert (merged["siren_epci"] == merged["siren_epci_embedded"]).all()


def test_a_second_build_reads_nothing_and_gives_the_same_tables(
    official: Path, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cls_analysis.sources import build as building

    def never(*_: object) -> None:
        raise AssertionError("an unchanged source was read again")

    monkeypatch.setattr(building, "read_source", never)
    before = {path.name: path.stat().st_mtime_ns for path in (built / "official" / "sources").iterdir()}
    sources.build_sources("official", mirror=official, processed=built)
    assert {path.name: path.stat().st_mtime_ns for path in (built / "official" / "sources").iterdir()} == before
