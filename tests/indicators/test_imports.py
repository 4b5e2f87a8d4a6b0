"""A partner's table, by commune or by EPCI, of one year or several, of a whole country or a corner of it."""

from __future__ import annotations

import numpy as np
import pytest

from cls_analysis.indicators import compute_table
from cls_analysis.indicators.methods import METHODS

from .helpers import POPULATION, ground, indicator, obs, pick

D = {"A": 100, "B": 200, "C": 300, "D": 0, "E": 400, "F": 1000}
AGES = ("0-44", "45-64", "65+")


def run(method, tables, **fields):
    return METHODS[method](indicator(method=method, **fields), ground(tables)).frame


def test_a_table_by_epci_is_summed_where_epci_are_whole_and_missing_where_they_are_cut():
    tables = {"import-x": [obs("n", {"e1": 30, "e2": 70, "e3": 100}, level="epci")], "s": [obs("d", D)]}
    frame = run("share", tables, numerator="import-x:n", denominator="s:d", scale=100, geography="epci", tier="C")
    assert pick(frame, "e1")["value"] == 10 and pick(frame, "p")["numerator"] == 100
    assert pick(frame, "FR")["value"] == 10 and pick(frame, "FR")["status"] == "observed"
    assert pick(frame, "D1")["status"] == "missing" and np.isnan(pick(frame, "D1")["value"])  # e2 lies in D1 and D2


def test_an_epci_that_the_partner_left_out_lowers_the_coverage():
    tables = {"import-x": [obs("n", {"e1": 30, "e2": "not_published"}, level="epci")], "s": [obs("d", D)]}
    frame = run(
        "share",
        tables,
        numerator="import-x:n",
        denominator="s:d",
        scale=100,
        geography="epci",
        tier="C",
        min_coverage=0.2,
    )
    row = pick(frame, "p")
    assert row["coverage"] == pytest.approx(0.3) and row["value"] == 10 and row["denominator"] == 300
    assert pick(frame, "e2")["status"] == "not_published" and pick(frame, "e3")["status"] == "missing"


def test_a_partners_own_period_is_the_one_printed_and_it_sets_the_years():
    tables = {"import-x": [obs("n", D, period="2019-2021")], "s": [obs("d", D)]}
    frame = run("rate", tables, numerator="import-x:n", denominator="s:d@2023", scale=1, period="2018-2022", years=5)
    row = pick(frame, "FR")
    assert row["period"] == "2019-2021" and row["denominator"] == 3 * 2000


def deaths(rate, codes, level="commune"):
    frames = [
        obs("deces", dict.fromkeys(codes, rate * 10), sex=s, age=a, level=level, period="2023")
        for s in "FM"
        for a in AGES
    ]
    return frames


def people():
    return [obs("population", dict.fromkeys(POPULATION.index, 100.0), sex=s, age=a) for s in "FM" for a in AGES]


@pytest.fixture
def three_bands(monkeypatch):
    """A standard of three bands, so that the tables above can be read by hand."""
    import pandas as pd

    from cls_analysis import statistics

    weights = pd.Series({"0-44": 60.0, "45-64": 25.0, "65+": 15.0})
    monkeypatch.setattr(statistics, "reference_population", lambda _name: weights)


FIELDS = {
    "id": "icm",
    "method": "standardised_ratio",
    "numerator": "import-deces:deces?sex=*&age=*",
    "denominator": "s:population?sex=*&age=*",
    "scale": 100,
    "standard": "esp2013-85",
    "geography": "epci",
    "tier": "C",
}


@pytest.mark.usefixtures("three_bands")
def test_a_table_of_one_corner_is_no_reference_for_france():
    entry = indicator(**FIELDS)
    made = compute_table({"icm": entry}, ground({"import-deces": deaths(1, ["A", "B"]), "s": people()}))
    assert "no ratio to France" in made.missing["icm"]
    assert made.table["value"].isna().all()


@pytest.mark.usefixtures("three_bands")
def test_its_own_national_row_makes_it_one():
    tables = {"import-deces": [*deaths(2, ["A", "B"]), *deaths(6, ["FR"], level="france")], "s": people()}
    frame = METHODS["standardised_ratio"](indicator(**FIELDS), ground(tables)).frame
    row = pick(frame, "e1")  # 20 deaths per 100 people against 60 per 600
    assert row["value"] == pytest.approx(200) and row["denominator"] == pytest.approx(120)
    assert pick(frame, "e3")["status"] == "missing"
