"""Atoms follow the land through merges, restorations and changes of code, on a country made by hand."""

import pandas as pd
import pytest

from cls_analysis.errors import InvalidInput
from cls_analysis.geography import embed, lineage

# A, B, C, E since 1943. B joins A in 2000 (associated); A+C make a commune nouvelle seated in A in 2016; E alone.
HISTORY = [
    {
        "id": "COM-00001@1943",
        "type": "COM",
        "code": "00001",
        "nom": "A",
        "dateFin": "2016-01-01",
        "raisonFin": "commune devenant déléguée",
        "successeur": "COMD-00001@2016",
    },
    {
        "id": "COM-00002@1943",
        "type": "COM",
        "code": "00002",
        "nom": "B",
        "dateFin": "2000-01-01",
        "raisonFin": "fusion-association",
        "successeur": "COMA-00002@2000",
    },
    {
        "id": "COMA-00002@2000",
        "type": "COMA",
        "code": "00002",
        "nom": "B",
        "pole": "COM-00001@1943",
        "predecesseur": "COM-00002@1943",
        "dateDebut": "2000-01-01",
    },
    {
        "id": "COM-00003@1943",
        "type": "COM",
        "code": "00003",
        "nom": "C",
        "dateFin": "2016-01-01",
        "raisonFin": "commune devenant déléguée",
        "successeur": "COMD-00003@2016",
    },
    {
        "id": "COMD-00001@2016",
        "type": "COMD",
        "code": "00001",
        "nom": "A",
        "pole": "COM-00001@2016",
        "predecesseur": "COM-00001@1943",
        "dateDebut": "2016-01-01",
    },
    {
        "id": "COMD-00003@2016",
        "type": "COMD",
        "code": "00003",
        "nom": "C",
        "pole": "COM-00001@2016",
        "predecesseur": "COM-00003@1943",
        "dateDebut": "2016-01-01",
    },
    {
        "id": "COM-00001@2016",
        "type": "COM",
        "code": "00001",
        "nom": "A-et-C",
        "dateDebut": "2016-01-01",
        "raisonDebut": "commune nouvelle",
        "membres": ["COMD-00001@2016", "COMD-00003@2016"],
    },
    {"id": "COM-00005@1943", "type": "COM", "code": "00005", "nom": "E"},
]


def package(current, parts=(), former=None):
    rows = [
        {
            "code": c,
            "nom": n,
            "type": "commune-actuelle",
            "chefLieu": None,
            "anciensCodes": (former or {}).get(c),
            "overseas_collectivity": False,
        }
        for c, n in current.items()
    ]
    rows += [
        {
            "code": c,
            "nom": c,
            "type": "commune-deleguee",
            "chefLieu": p,
            "anciensCodes": None,
            "overseas_collectivity": False,
        }
        for c, p in parts
    ]
    return pd.DataFrame(rows)


def held(atoms, date):
    past = atoms[atoms["valid_from"] <= date].drop_duplicates("atom", keep="last")
    return dict(zip(past["atom"], past["code_commune"], strict=True))


def build(**packages):
    return lineage.follow(HISTORY, {int(y[1:]): f for y, f in packages.items()})


def test_a_commune_restored_leaves_with_the_land_it_came_with():
    atoms, events = build(
        y2019=package({"00001": "A-et-C", "00005": "E"}, parts=[("00001", "00001"), ("00003", "00001")]),
        y2021=package({"00001": "A", "00003": "C", "00005": "E"}),
    )
    assert held(atoms, "1999-01-01") == {"00001": "00001", "00002": "00002", "00003": "00003", "00005": "00005"}
    assert held(atoms, "2010-01-01") == {"00001": "00001", "00002": "00001", "00003": "00003", "00005": "00005"}
    assert set(held(atoms, "2019-01-01").values()) == {"00001", "00005"}
    assert held(atoms, "2021-01-01") == {"00001": "00001", "00002": "00001", "00003": "00003", "00005": "00005"}
    last = events[events["basis"] == "packages"]
    assert set(last["reason"]) == {"rétablissement", "changement de nom"}
    assert last["date_from"].tolist() == ["2019-01-02"] * len(last)


def test_a_code_that_changes_moves_all_its_land():
    atoms, events = build(
        y2019=package({"00001": "A-et-C", "00005": "E"}),
        y2021=package({"00009": "A-et-C", "00005": "E"}, former={"00009": ["00001"]}),
    )
    assert held(atoms, "2021-01-01") == {"00001": "00009", "00002": "00009", "00003": "00009", "00005": "00005"}
    assert "changement de code" in set(events["reason"])


def test_a_merger_seen_between_packages_names_what_it_made():
    atoms, events = build(
        y2019=package({"00001": "A-et-C", "00005": "E"}),
        y2021=package({"00001": "Tout"}, parts=[("00005", "00001")]),
    )
    assert set(held(atoms, "2021-01-01").values()) == {"00001"}
    merger = events[(events["code_before"] == "00005") & (events["basis"] == "packages")]
    assert merger[["code_after", "reason"]].to_numpy().tolist() == [["00001", "commune nouvelle"]]


def test_a_package_that_disagrees_with_the_history_is_refused_commune_by_commune():
    with pytest.raises(InvalidInput) as caught:
        build(y2019=package({"00001": "A-et-C", "00006": "F"}))
    assert caught.value.problems == [
        "00006: not followed to COG 2019",
        "00005: followed to COG 2019 where it does not exist",
    ]


def test_the_same_table_is_written_with_the_same_bytes(tmp_path):
    frame = pd.DataFrame({"code": ["01001", "2A004"], "n": pd.array([1, None], dtype="Int64")})
    embed.write(frame, tmp_path / "one.parquet")
    embed.write(frame.copy(), tmp_path / "two.parquet")
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()


def test_a_folder_without_a_package_is_named(tmp_path):
    from cls_analysis.errors import DataMissing

    with pytest.raises(DataMissing, match="no package in"):
        embed.read_package(tmp_path)


def test_unpacked_and_packed_packages_read_the_same(tmp_path):
    import tarfile

    data = tmp_path / "flat" / "package" / "data"
    data.mkdir(parents=True)
    (data / "communes.json").write_text('[{"code": "01001"}]', encoding="utf-8")
    packed = tmp_path / "packed"
    packed.mkdir()
    with tarfile.open(packed / "p.tgz", "w:gz") as tar:
        tar.add(tmp_path / "flat" / "package", arcname="package")
    assert (
        embed.read_package(packed)[0] == embed.read_package(tmp_path / "flat")[0] == {"communes": [{"code": "01001"}]}
    )
