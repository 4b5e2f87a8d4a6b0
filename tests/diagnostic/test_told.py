"""What the end of a report declares: every indicator by its label, every source it cites, the years it spans."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from cls_analysis.diagnostic import annex
from cls_analysis.figures import french, tables
from cls_analysis.publishing.publication import Publication
from cls_analysis.publishing.workbook import published_rows

slow = pytest.mark.slow


def told(diagnostic: Any) -> dict[str, Any]:
    declared: dict[str, Any] = annex.publication(diagnostic).data
    return declared


@slow
def test_no_row_bears_its_identifier_for_a_label(langres):
    declared = told(langres)
    rows = pd.DataFrame(published_rows(Publication.model_validate(declared)))
    known = {e["id"] for e in declared["indicators"]}
    assert set(rows["indicator"]) <= known
    assert not (rows["label"] == rows["indicator"]).any()
    held = [e["id"] for e in declared["indicators"]]
    assert held == [n for n in langres.chapter() if n in known]  # once each, in the order of the report


@slow
def test_what_only_a_map_shows_is_defined(langres, monkeypatch):
    name = "population-par-age"
    monkeypatch.setattr(type(langres), "has_value", lambda self, n: n != name and n in self.setting.told)
    assert name not in annex.told_of(langres)
    langres.drawn.append(SimpleNamespace(id="carte", indicators=(name,), source=""))
    assert name in annex.told_of(langres)
    assert str(langres.catalogue[name].label) in [row[0] for row in annex.dictionary(langres).data.rows]
    langres.drawn.clear()


@slow
def test_the_geography_under_the_maps_is_among_the_sources(langres):
    assert "etalab-decoupage" in annex.used_sources(langres)
    assert "ign-admin-express" not in annex.used_sources(langres)  # nothing drawn yet
    langres.location_map()
    declared = {s["id"]: s for s in told(langres)["sources"]}
    assert declared["ign-admin-express"]["producer"] == "IGN" and declared["ign-admin-express"]["licence"]
    assert declared["etalab-decoupage"]["title"].startswith("Découpage administratif")
    rows = annex.sources(langres).data.rows
    assert any(str(r[0]).startswith("Admin Express") for r in rows) and len(rows) == len(declared)


def dated(*rows: tuple[str, str, str]) -> Any:
    """A report of `here` beside `dep`: (territory, period, status) of its rows."""
    table = pd.DataFrame(rows, columns=["territory", "period", "status"])
    places = {n: SimpleNamespace(territory=n) for n in ("here", "dep")}
    return SimpleNamespace(
        setting=SimpleNamespace(table=table, territory=places["here"], comparators=(places["dep"],)),
        territory=places["here"],
    )


def test_the_years_of_the_cover_are_those_of_every_value_shown():
    rows = (("here", "2015-2021", "observed"), ("here", "2023", "observed"), ("here", "2027", "missing"))
    assert annex.data_date(dated(*rows)) == "données de 2015 à 2023"
    assert annex.data_date(dated(*rows, ("dep", "2025", "observed"))) == "données de 2015 à 2025"
    assert annex.data_date(dated(*rows, ("elsewhere", "1990", "observed"))) == "données de 2015 à 2023"
    assert annex.data_date(dated()) == "sans donnée"


def test_a_span_of_periods_is_told_by_its_first_and_last_year():
    assert tables.span_of(["2021"]) == "2021"
    assert tables.span_of(["2013", "2015-2021", "2023", "2017-2025"]) == "2013 à 2025"


@slow
def test_one_measure_of_inequality_gives_its_name_and_no_place_is_set_beside_it(langres):
    figure = langres.gradient()
    names = figure.indicators
    within = [r for n, r in zip(names, figure.data.rows, strict=True) if langres.catalogue[n].method in tables.WITHIN]
    assert within and all(
        {c.text for c in row[2:-1]} == {french.STATUS_WORDS["not_applicable"].short} for row in within
    )
    assert any("sans\u00a0objet" in note for note in figure.notes)
    assert (figure.title == langres.catalogue[names[0]].label) == (len(names) == 1)
