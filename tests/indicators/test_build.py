"""The whole build: all or nothing, marked simulated, and never over a build that is good."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cls_analysis import build as building
from cls_analysis import demo, stamp
from cls_analysis.errors import DataMissing, InvalidInput, StorageFailed
from cls_analysis.indicators import load_catalogue, load_table

KEPT = ("population-municipale", "indice-defavorisation", "evolution-population", "depistage-sein")


@pytest.fixture
def small(monkeypatch):
    """A build of four indicators over two sources: as whole as the real one, a tenth of its time."""
    catalogue = load_catalogue()
    monkeypatch.setattr(building.indicators, "load_catalogue", lambda: {name: catalogue[name] for name in sorted(KEPT)})
    monkeypatch.setattr(demo, "source_ids", lambda: ("demo-social",))


@pytest.mark.usefixtures("small")
def test_a_build_writes_everything_a_reader_needs_and_a_failed_one_leaves_it(tmp_path, monkeypatch):
    steps = []
    folder = building.build("embedded", processed=tmp_path, progress=steps.append)
    assert folder == tmp_path / "embedded"
    for name in (
        "indicators.parquet",
        "comparisons.parquet",
        "bassins.parquet",
        "bassins-contours.parquet",
        "lock.json",
        "build.json",
        "published/indicators.parquet",
        "published/comparisons.parquet",
        "sources/demo-social.parquet",
    ):
        assert (folder / name).is_file(), name
    assert steps[0] == "sources" and "disclosure" in steps

    told = building.load_build("embedded", processed=tmp_path)
    assert told["missing"] == {"depistage-sein": "source not built: import-depistages"}
    lacking = {"code": "partner", "text": "source not built: import-depistages", "sources": ["import-depistages"]}
    assert told["absences"] == {"depistage-sein": lacking}
    assert told["rows"] == pq.read_metadata(folder / "indicators.parquet").num_rows and told["unmatched_codes"] == {}

    mine = load_table(folder / "published" / "indicators.parquet", territory="petr-langres").set_index("indicator")
    assert mine.loc["population-municipale", "value"] == 43_482 and not mine.loc["population-municipale", "simulated"]
    assert mine.loc["indice-defavorisation", "simulated"]
    assert mine.loc["depistage-sein", "status"] == "missing"
    assert mine.loc["evolution-population", "period"] == "2016-2023"

    (folder / "build.json").write_text(json.dumps(told | {"keys": {}}), encoding="utf-8")  # no step of it may stand
    before = (folder / "build.json").read_bytes(), (folder / "published" / "indicators.parquet").stat().st_mtime_ns

    def broken(*_args, **_options):
        raise InvalidInput("the door is stuck")

    monkeypatch.setattr(building.disclosure, "publish", broken)
    (folder / "checks.json").unlink()  # else nothing would be made again
    with pytest.raises(InvalidInput, match="stuck"):
        building.build("embedded", processed=tmp_path)
    assert before == (
        (folder / "build.json").read_bytes(),
        (folder / "published" / "indicators.parquet").stat().st_mtime_ns,
    )
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_dir()) == ["embedded"]


@pytest.mark.usefixtures("small")
def test_a_second_build_does_not_draw_unchanged_tables_again(tmp_path, monkeypatch):
    building.build("embedded", processed=tmp_path)
    lock = json.loads((tmp_path / "embedded" / "lock.json").read_text(encoding="utf-8"))["sources"]
    assert lock["demo-social"]["simulated"] and not lock["etalab-decoupage"]["simulated"]
    first = (tmp_path / "embedded" / "published" / "indicators.parquet").read_bytes()

    def never(_source):
        raise AssertionError("drawn again")

    monkeypatch.setattr(demo, "simulate", never)
    (tmp_path / "embedded" / "checks.json").unlink()  # not whole: computed again, from tables that are not drawn again
    building.build("embedded", processed=tmp_path)
    assert (tmp_path / "embedded" / "published" / "indicators.parquet").read_bytes() == first
    assert (tmp_path / "embedded" / "checks.json").is_file()


@pytest.mark.usefixtures("small")
def test_an_unchanged_build_is_left_as_it_is_and_a_changed_catalogue_makes_it_stale(tmp_path, monkeypatch):
    assert not building.is_current("embedded", tmp_path)
    building.build("embedded", processed=tmp_path)
    assert building.is_current("embedded", tmp_path) and building.stale_reason("embedded", tmp_path) == ""
    told = building.load_build("embedded", processed=tmp_path)
    assert told["families"]["petr-langres"] == 0 and set(told["checks"]) <= {"ok", "doubtful"}

    def never(*_args, **_options):
        raise AssertionError("computed again")

    with monkeypatch.context() as patch:
        patch.setattr(building.indicators, "compute_table", never)
        steps = []
        building.build("embedded", processed=tmp_path, progress=steps.append)
        assert steps == ["sources", "unchanged"]

    lock = tmp_path / "embedded" / "lock.json"
    lock.write_text(lock.read_text(encoding="utf-8").replace("demo-social", "demo-sociaux"), encoding="utf-8")
    assert "sources" in building.stale_reason("embedded", tmp_path)

    catalogue = tmp_path / "package" / "indicators" / "catalogue"
    catalogue.mkdir(parents=True)
    (catalogue / "un.toml").write_text("[[indicator]]\n", encoding="utf-8")
    for name in ("build.py", "kept.py"):
        (tmp_path / "package" / name).write_text("", encoding="utf-8")
    monkeypatch.setattr(stamp, "PACKAGE", tmp_path / "package")
    reason = building.stale_reason("embedded", tmp_path)
    assert "catalogue" in reason and "code" in reason and not building.is_current("embedded", tmp_path)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", ["published/indicators.parquet", "checks.json", "lock.json", "build.json"])
def test_a_built_file_changed_by_hand_is_never_read_and_the_next_build_mends_it(name, tmp_path):
    folder = building.build("embedded", processed=tmp_path)
    right = (folder / name).read_bytes()
    (folder / name).write_bytes(b"[]" if name.endswith(".json") else right[:-9] + bytes([right[-9] ^ 1]) + right[-8:])
    try:
        assert building.stale_reason("embedded", tmp_path)
    except StorageFailed as error:
        assert name in str(error)
    building.build("embedded", processed=tmp_path)
    assert building.stale_reason("embedded", tmp_path) == ""
    if name.startswith("published"):
        assert (folder / name).read_bytes() == right


@pytest.mark.usefixtures("small")
def test_a_broken_check_of_the_sources_stops_the_build_and_a_doubtful_one_is_kept(tmp_path, monkeypatch):
    def broken(*_args):
        raise InvalidInput("sources do not agree")

    with monkeypatch.context() as patch:
        patch.setattr(building, "run_checks", broken)
        with pytest.raises(InvalidInput, match="agree"):
            building.build("embedded", processed=tmp_path)
    assert not (tmp_path / "embedded").exists()


def test_an_unknown_mode_and_a_build_that_never_was_are_errors(tmp_path):
    with pytest.raises(InvalidInput, match="embedded, official"):
        building.build("real", processed=tmp_path)
    with pytest.raises(DataMissing, match="not built"):
        building.load_build("official", processed=tmp_path)


def test_comments_and_layout_do_not_make_a_module_another_and_a_changed_number_does(tmp_path):
    def hashed(text):
        (tmp_path / "un.py").write_text(text, encoding="utf-8")
        return stamp._hash_files([tmp_path / "un.py"], tmp_path)

    assert hashed("FLOOR = 0.99\n") == hashed("FLOOR   =  0.99  # a total\n") != hashed("FLOOR = 0.98\n")


@pytest.mark.usefixtures("small")
def test_code_that_did_not_change_by_a_byte_is_not_parsed_and_a_comment_is_only_read_again(tmp_path, monkeypatch):
    building.build("embedded", processed=tmp_path / "processed")

    def never(*_args):
        raise AssertionError("parsed")

    with monkeypatch.context() as patch:
        patch.setattr(stamp, "said", never)
        assert building.is_current("embedded", tmp_path / "processed")
    package = tmp_path / "package"
    shutil.copytree(stamp.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(stamp, "PACKAGE", package)
    before = stamp.bytes_of("embedded")
    module = package / "kept.py"
    module.write_text(module.read_text(encoding="utf-8") + "# a remark\n", encoding="utf-8")
    assert stamp.bytes_of("embedded") != before and building.is_current("embedded", tmp_path / "processed")
    module.write_text(module.read_text(encoding="utf-8") + "MORE = 1\n", encoding="utf-8")
    assert "code" in building.stale_reason("embedded", tmp_path / "processed")


def test_a_build_at_an_address_is_refused_before_a_folder_of_that_name_is_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidInput, match="is an address"):
        building.build("embedded", processed=Path("s3://bucket/processed"))
    assert list(tmp_path.iterdir()) == []
