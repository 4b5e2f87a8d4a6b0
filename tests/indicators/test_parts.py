"""Only what changed is computed again, and the result is that of a computation from nothing, byte for byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cls_analysis import build as building
from cls_analysis import demo
from cls_analysis.indicators import compute_table, load_catalogue, write_table
from cls_analysis.indicators.parts import Parts
from cls_analysis.sources.code import code_behind

from .helpers import ground, indicator, obs

CATALOGUE = {
    entry.id: entry
    for entry in (
        indicator(id="du-premier", method="ratio", numerator="un:n", denominator="un:d", scale=100),
        indicator(id="du-second", method="ratio", numerator="deux:n", denominator="deux:d", scale=100),
        indicator(id="de-l-un-sinon-l-autre", method="count", numerator="trois:n | deux:n"),
        indicator(id="d-une-absente", method="count", numerator="trois:n"),
    )
}
PEOPLE = {"A": 100, "B": 200, "C": 300, "D": 0, "E": 400, "F": 1000}


def country(first: float = 7, *, third: bool = False):
    tables = {
        name: [obs("n", {**dict.fromkeys("ABCDE", value), "F": "missing", "Z": 1}), obs("d", PEOPLE)]
        for name, value in {"un": first, "deux": 5.0, **({"trois": 9.0} if third else {})}.items()
    }
    return ground(tables)


def run(folder: Path, catalogue=CATALOGUE, *, first: float = 7, third: bool = False, under: str = "g"):
    """Compute with the parts of `folder`; (result, names computed)."""
    made = country(first, third=third)
    identities = {"un": f"un {first}", "deux": "deux"} | ({"trois": "trois"} if third else {})
    parts = Parts(folder, identities, under)
    built = compute_table(catalogue, made, kept=parts)
    parts.sweep()
    plain = compute_table(catalogue, country(first, third=third))
    assert written(built, folder.parent / "kept") == written(plain, folder.parent / "plain")
    assert (built.missing, built.unmatched) == (plain.missing, plain.unmatched)
    return sorted(parts.computed)


def written(built, folder: Path) -> tuple[bytes, bytes]:
    write_table(built.table, folder / "table.parquet")
    write_table(built.rests, folder / "rests.parquet")
    return (folder / "table.parquet").read_bytes(), (folder / "rests.parquet").read_bytes()


def test_nothing_is_computed_twice_and_everything_is_the_first_time(tmp_path):
    assert run(tmp_path / "parts") == sorted(CATALOGUE)
    assert run(tmp_path / "parts") == []


def test_a_changed_source_costs_the_indicators_that_read_it(tmp_path):
    run(tmp_path / "parts")
    assert run(tmp_path / "parts", first=8) == ["du-premier"]
    assert run(tmp_path / "parts", first=8) == []


def test_a_source_that_appears_costs_the_indicators_that_looked_for_it(tmp_path):
    run(tmp_path / "parts")
    assert run(tmp_path / "parts", third=True) == ["d-une-absente", "de-l-un-sinon-l-autre"]


def test_a_changed_entry_costs_itself_and_one_that_is_gone_leaves_no_file(tmp_path):
    run(tmp_path / "parts")
    changed = CATALOGUE | {"du-second": CATALOGUE["du-second"].model_copy(update={"min_coverage": 0.1})}
    assert run(tmp_path / "parts", changed) == ["du-second"]
    left = {name: entry for name, entry in changed.items() if name != "du-premier"}
    assert run(tmp_path / "parts", left) == []
    traces = sorted((tmp_path / "parts").glob("*.json"))
    assert [path.stem for path in traces] == sorted(left)
    files = {json.loads(path.read_text())["file"] for path in traces}
    assert {path.name for path in (tmp_path / "parts").glob("*.parquet")} == files


def test_another_geography_costs_everything(tmp_path):
    run(tmp_path / "parts")
    assert run(tmp_path / "parts", under="other") == sorted(CATALOGUE)


@pytest.mark.parametrize("harm", ["cut", "trace", "gone"])
def test_a_damaged_part_is_computed_again(tmp_path, harm):
    run(tmp_path / "parts")
    trace = tmp_path / "parts" / "du-premier.json"
    part = tmp_path / "parts" / json.loads(trace.read_text())["file"]
    if harm == "cut":
        part.write_bytes(part.read_bytes()[:-9])
    elif harm == "gone":
        part.unlink()
    else:
        trace.write_text("{")
    assert run(tmp_path / "parts") == ["du-premier"]


def test_the_code_behind_a_method_is_its_own_and_what_it_imports():
    inequality, means = (code_behind(f"cls_analysis.indicators.methods.{name}") for name in ("inequality", "means"))
    assert inequality != means
    assert code_behind("cls_analysis.indicators.methods.means") == means
    assert code_behind("cls_analysis.no_such_module") == code_behind()


def test_a_changed_text_of_the_catalogue_costs_one_indicator_no_check_and_no_door(tmp_path, monkeypatch):
    catalogue = load_catalogue()
    small = {
        name: catalogue[name] for name in ("population-municipale", "indice-defavorisation", "evolution-population")
    }
    monkeypatch.setattr(building.indicators, "load_catalogue", lambda: small)
    monkeypatch.setattr(demo, "source_ids", lambda: ("demo-social",))
    folder = building.build("embedded", processed=tmp_path / "one")
    names = (
        "indicators.parquet",
        "comparisons.parquet",
        "published/indicators.parquet",
        "published/comparisons.parquet",
    )
    before = {name: (folder / name).read_bytes() for name in (*names, "checks.json", "bassins-contours.parquet")}

    small["population-municipale"] = small["population-municipale"].model_copy(update={"caveat": "Une autre réserve."})
    (folder / "bassins.parquet").unlink()
    monkeypatch.setattr(building, "WRITTEN", (*building.WRITTEN, "bassins.parquet"))  # not whole: built again
    with monkeypatch.context() as patch:
        patch.setattr(building, "run_checks", None)
        patch.setattr(building.disclosure, "publish", None)
        patch.setattr(building.geography, "keep_dissolved", None)
        building.build("embedded", processed=tmp_path / "one")
    assert building.load_build("embedded", processed=tmp_path / "one")["recomputed"] == ["population-municipale"]
    assert {name: (folder / name).read_bytes() for name in before} == before
    whole = building.build("embedded", processed=tmp_path / "two")
    assert {name: (whole / name).read_bytes() for name in before} == before
