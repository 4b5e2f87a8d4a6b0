"""The whole build: all or nothing, marked simulated, and never over a build that is good."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest

from cls_analysis import build as building
from cls_analysis import demo
from cls_analysis.errors import DataMissing, InvalidInput
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
    assert told["rows"] == pq.read_metadata(folder / "indicators.parquet").num_rows and told["unmatched_codes"] == {}

    mine = load_table(folder / "published" / "indicators.parquet", territory="petr-langres").set_index("indicator")
    assert mine.loc["population-municipale", "value"] == 43_482 and not mine.loc["population-municipale", "simulated"]
    assert mine.loc["indice-defavorisation", "simulated"]
    assert mine.loc["depistage-sein", "status"] == "missing"
    assert mine.loc["evolution-population", "period"] == "2016-2023"

    before = (folder / "build.json").read_bytes(), (folder / "published" / "indicators.parquet").stat().st_mtime_ns

    def broken(*_args, **_options):
        raise InvalidInput("the door is stuck")

    monkeypatch.setattr(building.disclosure, "publish", broken)
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
    building.build("embedded", processed=tmp_path)
    assert (tmp_path / "embedded" / "published" / "indicators.parquet").read_bytes() == first


def test_an_unknown_mode_and_a_build_that_never_was_are_errors(tmp_path):
    with pytest.raises(InvalidInput, match="embedded, official"):
        building.build("real", processed=tmp_path)
    with pytest.raises(DataMissing, match="not built"):
        building.load_build("official", processed=tmp_path)
