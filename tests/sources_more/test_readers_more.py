"""Each reader gives back what its file holds, and takes none of the producers' traps."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from cls_analysis.sources import all_sources, get_source, load_absent, load_lock
from cls_analysis.sources.build import build_sources
from cls_analysis.sources.codes import PLM
from cls_analysis.sources.notes import collect
from cls_analysis.sources.observations import COLUMNS, KEYS
from tests.sources.made import communes, paths_of
from tests.sources.mirrors import one, read
from tests.sources_more.made_more import EPCI_90, MAKERS, RPPS_HEADER, activity, age_sex, bpe


def cells(mirror: Path, source_id: str, key: str, separator: str = ";") -> list[dict[str, str]]:
    with paths_of(mirror, source_id)[key].open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=separator))


@pytest.mark.parametrize("source_id", sorted(MAKERS))
def test_every_reader_gives_observations_in_the_contract_s_form(pristine: Path, source_id: str) -> None:
    frame = read(pristine, source_id)
    assert len(frame) > 0
    assert tuple(frame.columns) == COLUMNS
    assert not frame.duplicated(list(KEYS)).any()
    assert frame["value"].notna().equals(frame["status"].isin(["observed", "estimated"]))


def test_the_sources_that_wait_are_declared_official_with_the_names_that_the_catalogue_reads() -> None:
    expected = {
        "ans-rpps": {
            "medecins_generalistes",
            "infirmiers",
            "kinesitherapeutes",
            "chirurgiens_dentistes",
            "sages_femmes",
            "orthophonistes",
            "pharmacies",
        },
        "insee-rp-age-sexe": {"population"},
        "inserm-fdep": {"fdep"},
        "insee-distancier": {"temps_medecin", "temps_pharmacie", "temps_urgences", "temps_maternite"},
        "import-deces": {"deces"},
        "import-ald": {"patients_ald"},
        "import-depistages": {
            "depistage_sein",
            "depistage_sein_denominateur",
            "depistage_colorectal",
            "depistage_colorectal_denominateur",
        },
        "import-medecin-traitant": {"patients_sans_mt", "patients_sans_mt_denominateur"},
    }
    sources = all_sources()
    for source_id in (*expected, *MAKERS):
        assert sources[source_id].modes == ("official",)
    for source_id, names in expected.items():
        assert names <= set(sources[source_id].names), source_id


def test_a_source_that_is_not_in_the_mirror_is_absent_and_the_others_are_built(pristine: Path, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    (mirror / "odisse-cardio-epci").mkdir(parents=True)
    wanted = ["odisse-cardio-epci", "inserm-fdep"]
    source = get_source("odisse-cardio-epci")
    target = mirror / source.files[0].path
    target.parent.mkdir(parents=True)
    lines = (pristine / source.files[0].path).read_text(encoding="utf-8-sig").splitlines(keepends=True)
    from cls_analysis import geography
    from tests.sources_more.made_more import CARDIO

    rows = [
        f"{code};x;{disease};{int(code) % 89}.5;{int(code) % 97};r;d\n"
        for code in geography.epci(2024)["siren_epci"]
        for disease in (
            *CARDIO,
            "AVC",
            "Embolie pulmonaire",
            "Infarctus",
            "Valvulopathies",
            "Troubles du rythme",
            "Artériopathie",
        )
    ]
    target.write_text(lines[0] + "".join(rows), encoding="utf-8")
    build_sources("official", mirror=mirror, processed=tmp_path / "out", only=wanted)
    assert set(load_lock("official", tmp_path / "out")) == {"odisse-cardio-epci"}
    assert load_absent("official", tmp_path / "out") == {}


def test_single_years_are_added_into_bands_and_women_and_men_kept(pristine: Path) -> None:
    frame = read(pristine, "insee-rp-age-sexe")
    rows = cells(pristine, "insee-rp-age-sexe", "communes")
    slow: dict[tuple[str, str, str], float] = defaultdict(float)
    for row in rows:
        if row["GEO_OBJECT"] != "COM" or row["SEX"] == "_T" or row["AGE"] == "_T":
            continue
        age = 100 if row["AGE"] == "Y_GE100" else int(row["AGE"][1:])
        band = "0-0" if age == 0 else "1-4" if age < 5 else "95+" if age > 94 else f"{age // 5 * 5}-{age // 5 * 5 + 4}"
        slow[row["GEO"], row["SEX"], band] += float(row["OBS_VALUE"])
    found = {(str(r.code), str(r.sex), str(r.age)): r.value for r in frame.itertuples()}
    assert found.keys() == slow.keys()
    assert all(abs(found[key] - slow[key]) < 1e-9 for key in slow)
    assert set(frame["sex"].unique()) == {"F", "M"}


def test_a_region_and_a_departement_of_one_code_never_meet(pristine: Path) -> None:
    assert set(read(pristine, "insee-ds-filosofi").query("level == 'region'")["code"]) == {"27"}
    assert set(read(pristine, "insee-ds-bpe")["level"].unique()) == {"commune"}


@pytest.mark.parametrize(
    ("make", "source_id", "where"),
    [(age_sex, "insee-rp-age-sexe", {"sex": "F", "age": "30-34"}), (bpe, "insee-ds-bpe", {"variable": "equip_d265"})],
)
def test_marseille_beside_its_arrondissements_is_counted_once(
    tmp_path: Path, make, source_id: str, where: dict[str, str]
) -> None:
    make(tmp_path, ("13",))
    frame = read(tmp_path, source_id, "13")
    whole, _ = one(frame, level="commune", code="13055", **where)
    parts = [one(frame, level="arrondissement", code=code, **where)[0] for code in PLM["13055"]]
    assert whole == pytest.approx(sum(parts))
    assert whole > 0
    assert not set(frame.loc[frame["level"] == "commune", "code"].astype(str)) & set(PLM["13055"])


def test_a_commune_without_a_row_of_a_facility_has_zero_and_labels_come_from_the_nomenclature(pristine: Path) -> None:
    frame = read(pristine, "insee-ds-bpe")
    written = {
        (row["GEO"], row["FACILITY_TYPE"])
        for row in cells(pristine, "insee-ds-bpe", "equipements")
        if row["GEO_OBJECT"] == "COM"
    }
    absent = next(code for code in communes(2026, ("90",)) if (code, "D307") not in written)
    assert one(frame, code=absent, variable="equip_d307") == (0.0, "observed")
    types = get_source("insee-ds-bpe").tables[0].read(paths_of(pristine, "insee-ds-bpe"))
    assert dict(zip(types["code"], types["label"], strict=True)) == {
        "D265": "Médecin généraliste",
        "D307": "Pharmacie",
        "D281": "Infirmier",
    }
    assert set(frame["variable"].astype(str)) == set(types["variable"])


def test_a_confidential_income_is_a_secret_not_a_zero(pristine: Path) -> None:
    frame = read(pristine, "insee-ds-filosofi")
    secret = next(row["GEO"] for row in cells(pristine, "insee-ds-filosofi", "filosofi") if row["CONF_STATUS"] == "C")
    value, status = one(frame, level="commune", code=secret, variable="niveau_vie_median")
    assert np.isnan(value)
    assert status == "not_published"
    assert one(frame, level="departement", code="90", variable="gini") == (0.28, "observed")


def test_a_commune_counted_in_another_has_no_value_and_the_other_is_flagged(pristine: Path) -> None:
    frame = read(pristine, "insee-etat-civil")
    first, second = communes(2026, ("90",))[:2]
    assert one(frame, level="commune", code=second, variable="deces", period="2008")[1] == "not_applicable"
    assert one(frame, level="commune", code=first, variable="deces", period="2008")[1] == "estimated"
    assert one(frame, level="commune", code=second, variable="deces", period="2010")[1] == "observed"


def test_a_score_whose_column_is_called_quintile_is_read_as_the_score_it_is(pristine: Path) -> None:
    frame = read(pristine, "inserm-fdep")
    for row in cells(pristine, "inserm-fdep", "communes"):
        value, status = one(frame, code=row["Code commune"], variable="fdep")
        written = row["Indice de défavorisation en quintiles"]
        assert (status == "missing") if written == "" else value == float(written)


def test_codes_that_lost_their_zero_are_repaired_with_a_note(tmp_path: Path) -> None:
    from tests.sources_more.made_more import fdep

    fdep(tmp_path, ("01",))
    with collect() as notes:
        frame = read(tmp_path, "inserm-fdep", "01")
    assert "01004" in set(frame["code"].astype(str))
    assert any("leading zero" in text for text in notes)


def test_the_zone_is_one_or_zero_and_its_code_kept(pristine: Path) -> None:
    frame = read(pristine, "frr")
    for row in cells(pristine, "frr", "communes"):
        assert one(frame, code=row["codgeo"], variable="frr") == (0.0 if row["codefrr"] == "-9999" else 1.0, "observed")


def test_the_last_year_all_ages_and_first_level_are_read_and_secrets_kept(pristine: Path) -> None:
    frame = read(pristine, "ameli-effectifs")
    assert set(frame["period"].astype(str)) == {"2023"}
    for row in cells(pristine, "ameli-effectifs", "effectifs"):
        if (row["annee"], row["cla_age_5"], row["patho_niv2"], row["patho_niv1"], row["dept"]) != (
            "2023-01-01",
            "tsage",
            "",
            "Diabète",
            "90",
        ):
            continue
        value, status = one(
            frame,
            level="departement",
            code="90",
            variable="prev_diabete",
            sex={"1": "M", "2": "F", "9": "all"}[row["sexe"]],
        )
        assert (status == "not_published") if row["prev"] == "" else value == float(row["prev"])
    assert set(frame["level"].astype(str)) == {"departement", "region", "france"}


def test_persons_are_counted_once_and_shared_among_their_communes(pristine: Path) -> None:
    with collect() as notes:
        frame = read(pristine, "ans-rpps")
    assert one(frame, code="90010", variable="medecins_generalistes") == (1.5, "observed")
    assert one(frame, code="90008", variable="medecins_generalistes") == (0.5, "observed")
    assert one(frame, code="90010", variable="medecins_generalistes_liberaux") == (2.0, "observed")
    assert one(frame, code="90008", variable="medecins_generalistes_salaries") == (1.0, "observed")
    assert one(frame, code="90010", variable="pharmacies") == (1.0, "observed")
    assert one(frame, code="90008", variable="pharmacies") == (1.0, "observed")
    assert one(
        frame, code="90001" if "90001" in set(frame["code"].astype(str)) else "90002", variable="infirmiers"
    ) == (0.0, "observed")
    assert any("99999" in text for text in notes)
    assert any("medecins_generalistes: 1 persons without a located site" in text for text in notes)


def test_no_name_of_a_person_leaves_the_directory_not_even_in_a_message(made) -> None:
    mirror = made("ans-rpps")
    path = paths_of(mirror, "ans-rpps")["activites"]
    path.write_text(
        path.read_text(encoding="utf-8") + "|".join(activity(99, profession="10", commune="90010"))[:-40] + "\n",
        encoding="utf-8",
    )
    with pytest.raises(ValueError, match="cells where the header has") as caught, collect() as notes:
        read(mirror, "ans-rpps")
    assert "SECRET" not in str(caught.value) + " ".join(notes)
    assert "INVENT" not in str(caught.value) + " ".join(notes)
    assert f"row {len(path.read_text(encoding='utf-8').splitlines())}" in str(caught.value)
    assert len(RPPS_HEADER) == 57


def test_establishments_are_counted_by_commune_and_category(pristine: Path) -> None:
    frame = read(pristine, "finess")
    slow: dict[tuple[str, str], int] = defaultdict(int)
    for line in paths_of(pristine, "finess")["etablissements"].read_text(encoding="utf-8").splitlines()[1:]:
        parts = line.split(";")
        slow[parts[13] + parts[12], f"etab_{parts[18]}"] += 1
    for code in communes(2026, ("90",)):
        for variable in ("etab_500", "etab_620"):
            assert one(frame, code=code, variable=variable) == (slow[code, variable], "observed")
    categories = get_source("finess").tables[0].read(paths_of(pristine, "finess"))
    assert dict(zip(categories["code"], categories["label"], strict=True))["620"] == "Pharmacie d'Officine"


def test_rates_by_epci_keep_the_producer_s_secret(pristine: Path) -> None:
    frame = read(pristine, "odisse-cardio-epci")
    assert set(frame["code"].astype(str)) == set(EPCI_90)
    for row in cells(pristine, "odisse-cardio-epci", "taux"):
        if row["type_patho"] != "AVC ischémique":
            continue
        value, status = one(frame, code=row["Code EPCI"], variable="mortalite_avc_ischemiques")
        written = row["Taux standardisé de mortalité"]
        assert (status == "not_published") if written == "NS" else value == float(written)
