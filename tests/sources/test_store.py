"""What is built stays whole: a refused file, an interrupted write or a full disk leaves the last good build."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from cls_analysis import sources
from cls_analysis.errors import DataMissing, InvalidInput, StorageFailed, UnknownName
from cls_analysis.sources import build as building
from cls_analysis.sources import store
from cls_analysis.sources.model import Source, Variable
from cls_analysis.sources.registry import gather


def observations(value: float = 3.0, code: str = "52269") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "level": ["commune"], "code": [code], "variable": ["persons"], "period": ["2023"], "sex": ["all"], "age": ["all"],
            "value": [value], "status": ["observed"], "cog": [2026],
        }
    )  # fmt: skip


def declared(source_id: str = "test-source") -> Source:
    def read(_: object) -> pd.DataFrame:
        return observations()

    return Source(
        source_id,
        "P",
        "T",
        "2023",
        "L",
        "COG 2026",
        (),
        (Variable("persons", "Personnes", "personnes", "count", integer=True),),
        read,
    )


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    sources.write_observations(declared(), observations(), mode="embedded", processed=tmp_path, simulated=True)
    found = sources.load_observations("test-source", mode="embedded", processed=tmp_path)
    assert found.astype({name: "str" for name in found.columns if name not in ("value", "cog")}).equals(
        observations().astype({name: "str" for name in found.columns if name not in ("value", "cog")})
    )
    entry = sources.load_lock("embedded", tmp_path)["test-source"]
    assert (entry["simulated"], entry["origin"], entry["rows"]) == (True, "simulated", 1)


def test_equal_rows_give_equal_bytes(tmp_path: Path) -> None:
    paths = [
        sources.write_observations(declared(), observations(), mode="embedded", processed=tmp_path / name)
        for name in "ab"
    ]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    locks = [json.loads((tmp_path / name / "embedded" / "lock.json").read_text())["sources"] for name in "ab"]
    assert locks[0] == locks[1]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"variable": "people"}, "variable"),
        ({"status": "hidden"}, "status"),
        ({"status": "missing"}, "value without `observed`"),
        ({"value": None}, "none with it"),
        ({"value": -1.0}, "below 0"),
        ({"code": "1001"}, "not codes of a commune"),
        ({"level": "village"}, "level"),
        ({"period": "23"}, "period"),
        ({"sex": "H"}, "sex"),
        ({"cog": 26}, "cog"),
    ],
)
def test_unsound_observations_are_refused_and_nothing_changes(
    tmp_path: Path, change: dict[str, object], word: str
) -> None:
    sources.write_observations(declared(), observations(7.0), mode="embedded", processed=tmp_path)
    bad = observations().assign(**change)
    with pytest.raises(InvalidInput, match=word):
        sources.write_observations(declared(), bad, mode="embedded", processed=tmp_path)
    assert sources.load_observations("test-source", mode="embedded", processed=tmp_path)["value"].tolist() == [7.0]


def test_every_unsound_column_is_told_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        sources.validate_observations(observations().assign(sex="H", status="hidden", period="23"), declared())
    assert all(word in str(caught.value) for word in ("'sex'", "'status'", "'period'"))


def test_a_repeated_key_is_refused() -> None:
    twice = pd.concat([observations(1.0), observations(2.0)], ignore_index=True)
    with pytest.raises(InvalidInput, match="repeat a key"):
        sources.validate_observations(twice, declared())


def test_a_disk_that_fills_up_leaves_the_last_good_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources.write_observations(declared(), observations(7.0), mode="embedded", processed=tmp_path)

    def full(*_args: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "write_cells", full)
    with pytest.raises(StorageFailed, match="No space left"):
        sources.write_observations(declared(), observations(8.0), mode="embedded", processed=tmp_path)
    monkeypatch.undo()
    assert sources.load_observations("test-source", mode="embedded", processed=tmp_path)["value"].tolist() == [7.0]
    assert [path.name for path in (tmp_path / "embedded" / "sources").iterdir()] == ["test-source.parquet"]


def test_a_table_of_an_interrupted_build_is_not_read(tmp_path: Path) -> None:
    path = sources.write_observations(declared(), observations(), mode="embedded", processed=tmp_path, key="new")
    pq.write_table(pq.read_table(path).replace_schema_metadata({store.KEY: b"old"}), path)
    with pytest.raises(DataMissing, match="interrupted build"):
        sources.load_observations("test-source", mode="embedded", processed=tmp_path)


def test_a_table_of_an_older_layout_is_made_again_by_the_next_build(tmp_path: Path) -> None:
    place = {"mode": "embedded", "processed": tmp_path}
    path = sources.write_observations(declared(), observations(), key="k", **place)
    assert store.is_fresh(declared(), "k", **place)
    table = pq.read_table(path)
    pq.write_table(table.replace_schema_metadata({store.KEY: b"k"}), path)
    assert not store.is_fresh(declared(), "k", **place)


def test_an_unbuilt_source_says_how_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match="cls-analysis data build --data official"):
        sources.load_observations("drees-apl", mode="official", processed=tmp_path)


def test_a_lock_that_is_no_json_is_told(tmp_path: Path) -> None:
    (tmp_path / "official").mkdir()
    (tmp_path / "official" / "lock.json").write_text("{")
    with pytest.raises(StorageFailed, match=r"lock\.json"):
        sources.load_lock("official", tmp_path)


def test_modes_have_their_own_folders_and_no_others() -> None:
    assert sources.mode_dir("embedded", Path("p")) != sources.mode_dir("official", Path("p"))
    with pytest.raises(ValueError, match="mode 'real'"):
        sources.mode_dir("real", Path("p"))


def test_the_folder_of_built_tables_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLS_PROCESSED", str(tmp_path / "elsewhere"))
    assert sources.processed_dir() == tmp_path / "elsewhere"
    monkeypatch.delenv("CLS_PROCESSED")
    monkeypatch.chdir(tmp_path)
    assert sources.processed_dir().parts[-2:] == ("data", "processed")


def test_two_sources_of_one_id_are_refused_by_the_names_of_their_modules() -> None:
    with pytest.raises(InvalidInput, match=r"one.*two"):
        gather([("one", declared("same")), ("two", declared("same"))])


def test_an_unknown_source_suggests_the_near_one() -> None:
    with pytest.raises(UnknownName, match="drees-apl"):
        sources.get_source("drees-apll")


def test_every_source_declares_what_a_report_must_cite() -> None:
    for source_id, source in sources.all_sources().items():
        assert source_id == source.id
        assert all([source.producer, source.title, source.vintage, source.licence, source.geography]), source_id
        assert all(file.path.startswith(f"{source_id}/") for file in source.files)
        assert all(variable.label and variable.unit for variable in source.variables)
        assert source.variables or source.tables


@pytest.fixture(scope="module")
def small(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mirror of two light sources that need no départements to be whole: embedded scope is checked elsewhere."""
    mirror = tmp_path_factory.mktemp("small")
    shutil.copytree(pristine / "dgcl-epci", mirror / "dgcl-epci")
    shutil.copytree(pristine / "insee-filosofi", mirror / "insee-filosofi")
    return mirror


@pytest.fixture
def belfort_is_france(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the extracts as if they were whole files."""
    from cls_analysis.sources import dgcl_epci, insee_filosofi
    from cls_analysis.sources.codes import Scope

    for module in (dgcl_epci, insee_filosofi):
        monkeypatch.setattr(module, "check_communes", _within(module.check_communes, Scope(frozenset({"90"}))))


def _within(check, scope):
    return lambda *args, **options: check(*args, **{**options, "scope": scope})


@pytest.mark.usefixtures("belfort_is_france")
def test_a_build_records_what_it_read_and_what_is_absent(small: Path, tmp_path: Path) -> None:
    lock = sources.build_sources("official", mirror=small, processed=tmp_path)
    assert sorted(lock) == ["dgcl-epci", "etalab-decoupage", "insee-filosofi"]
    file = lock["insee-filosofi"]["files"][0]
    assert file["bytes"] == (small / file["path"]).stat().st_size
    assert len(file["sha256"]) == 64
    assert file["origin"] == "mirror"
    assert "drees-apl/2023" in sources.load_absent("official", tmp_path)["drees-apl"]
    table = sources.load_table("dgcl-epci", "composition", mode="official", processed=tmp_path)
    assert table["siren_epci"].str.fullmatch(r"\d{9}").all()
    some = sources.load_observations(
        "dgcl-epci", mode="official", processed=tmp_path, variables=["pmun"], levels=["epci"]
    )
    assert set(some["variable"]) == {"pmun"}
    assert set(some["level"]) == {"epci"}


@pytest.mark.usefixtures("belfort_is_france")
def test_an_unchanged_source_is_not_read_again_and_a_changed_one_is(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = tmp_path / "mirror"
    shutil.copytree(small, mirror)
    sources.build_sources("official", mirror=mirror, processed=tmp_path)
    seen: list[str] = []
    real = building.read_source
    monkeypatch.setattr(building, "read_source", lambda source, folder: seen.append(source.id) or real(source, folder))
    sources.build_sources("official", mirror=mirror, processed=tmp_path)
    assert seen == []
    path = mirror / "insee-filosofi" / "2021" / "cc_filosofi_2021_COM.csv"
    path.write_bytes(path.read_bytes().replace(b"18,0;12,0", b"19,0;12,0"))
    sources.build_sources("official", mirror=mirror, processed=tmp_path)
    assert seen == ["insee-filosofi"]


@pytest.mark.usefixtures("belfort_is_france")
def test_a_refused_file_keeps_the_last_good_build_and_all_refusals_are_told(small: Path, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    shutil.copytree(small, mirror)
    before = sources.build_sources("official", mirror=mirror, processed=tmp_path)
    built = {path.name: path.read_bytes() for path in (tmp_path / "official" / "sources").iterdir()}
    for path in (
        mirror / "insee-filosofi" / "2021" / "cc_filosofi_2021_COM.csv",
        mirror / "dgcl-epci" / "2025" / "epcicom2025.xlsx",
    ):
        path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InvalidInput) as caught:
        sources.build_sources("official", mirror=mirror, processed=tmp_path)
    assert "cc_filosofi" in str(caught.value)
    assert "epcicom2025" in str(caught.value)
    assert sources.load_lock("official", tmp_path) == before
    assert {path.name: path.read_bytes() for path in (tmp_path / "official" / "sources").iterdir()} == built


@pytest.mark.usefixtures("belfort_is_france")
def test_a_file_that_differs_from_the_mirror_s_manifest_is_refused(small: Path, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    shutil.copytree(small, mirror)
    (mirror / "MANIFEST.csv").write_text("path,sha256\ninsee-filosofi/2021/cc_filosofi_2021_COM.csv," + "0" * 64 + "\n")
    with pytest.raises(InvalidInput, match=r"differs from MANIFEST\.csv"):
        sources.build_sources("official", mirror=mirror, processed=tmp_path)


def test_a_mirror_that_holds_nothing_is_told_apart_from_an_absent_source(tmp_path: Path) -> None:
    (tmp_path / "mirror").mkdir()
    with pytest.raises(DataMissing, match="none of the official files"):
        sources.build_sources("official", mirror=tmp_path / "mirror", processed=tmp_path)


def test_official_data_without_a_mirror_says_what_to_give(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CLS_DATA_MIRROR", raising=False)
    with pytest.raises(DataMissing, match="--mirror DIR"):
        sources.build_sources("official", processed=tmp_path)


def test_the_embedded_build_needs_no_mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLS_DATA_MIRROR", raising=False)
    lock = sources.build_sources("embedded", processed=tmp_path)
    assert list(lock) == ["etalab-decoupage"]
    assert lock["etalab-decoupage"]["simulated"] is False
