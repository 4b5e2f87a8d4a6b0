"""The embedded geography's own producers: lists and outlines are fetched and kept only where they are those of France."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cls_analysis.sources.codes import PLM, known_communes
from cls_analysis.sources.fetching import get_job
from cls_analysis.sources.fetching.fetch import Outcome, fetch
from cls_analysis.sources.fetching.plan import wanted
from tests.sources_fetching.producers import QUICK, local, resolver


def feature(code: str) -> dict[str, Any]:
    ring = [[5.0, 48.0], [5.1, 48.0], [5.1, 48.1], [5.0, 48.0]]
    return {
        "type": "Feature",
        "properties": {"code": code, "nom": f"Commune {code}"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


@pytest.fixture(scope="module")
def outlines() -> dict[str, Any]:
    codes = [*sorted(known_communes(2025)), *PLM["75056"], "98735"]
    return {"type": "FeatureCollection", "features": [feature(code) for code in codes]}


def run(stand_in: Any, mirror: Path, source_id: str, bodies: dict[str, object]) -> Outcome:
    job = get_job(source_id)
    for item in wanted(job, job.vintage):
        stand_in.files[local(item.address.url)] = json.dumps(bodies[item.key]).encode()
    return fetch([job], mirror, resolve=resolver(stand_in), network=QUICK)[0]


def test_outlines_of_every_commune_are_kept(stand_in, tmp_path, outlines) -> None:
    done = run(stand_in, tmp_path, "etalab-contours", {"communes": outlines})
    assert done.status == "fetched", done.said
    assert (tmp_path / "etalab-contours/2025/communes-100m.geojson").is_file()


def _first(change: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], object]:
    def spoil(whole: dict[str, Any]) -> object:
        first = json.loads(json.dumps(whole["features"][0]))
        change(first)
        return {**whole, "features": [first, *whole["features"][1:]]}

    return spoil


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (lambda whole: {**whole, "features": whole["features"][:30000]}, "communes are not those of COG"),
        (lambda whole: whole["features"], "no collection of outlines"),
        (_first(lambda one: one["properties"].pop("code")), "no text code"),
        (_first(lambda one: one["properties"].update(code=1001)), "no text code"),
        (_first(lambda one: one.update(geometry=None)), "is not an outline"),
        (_first(lambda one: one["geometry"].update(coordinates=[])), "no ring of points"),
        (_first(lambda one: one["geometry"]["coordinates"][0].pop()), "not closed"),
        (
            _first(lambda one: one["geometry"].update(coordinates=[[[850000, 6700000]] * 4])),
            "metres for degrees",
        ),
    ],
)
def test_what_is_no_file_of_outlines_is_refused(stand_in, tmp_path, outlines, spoil, cause: str) -> None:
    done = run(stand_in, tmp_path, "etalab-contours", {"communes": spoil(outlines)})
    assert done.status == "failed"
    assert cause in "\n".join(done.said), done.said
    assert not (tmp_path / "etalab-contours/2025").exists()


def listed(codes: list[str]) -> list[dict[str, object]]:
    return [{"code": code, "nom": "Nom", "type": "commune-actuelle"} for code in codes]


def test_lists_of_communes_and_epci_are_kept_together_or_not_at_all(stand_in, tmp_path) -> None:
    codes = sorted(known_communes(2026))
    epci = [{"code": "200072999", "nom": "CC", "membres": [{"code": codes[0]}]}]
    done = run(stand_in, tmp_path, "etalab-decoupage", {"communes": listed(codes), "epci": epci})
    assert done.status == "fetched", done.said
    mixed = [{"code": "200072999", "nom": "CC", "membres": [{"code": "52999"}]}]
    for bodies, cause in (
        ({"communes": listed(codes), "epci": mixed}, "two vintages are mixed"),
        ({"communes": listed(codes[:9000]), "epci": epci}, "communes are not those of COG"),
        ({"communes": {}, "epci": epci}, "not a list of records"),
        ({"communes": [{"code": "01001"}], "epci": epci}, "keys missing: nom, type"),
    ):
        other = run(stand_in, tmp_path / cause[:5], "etalab-decoupage", bodies)
        assert other.status == "failed" and cause in "\n".join(other.said), other.said
