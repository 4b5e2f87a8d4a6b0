"""THE TABLE: its columns, its keys, its reasons, and reading one territory of it."""

from __future__ import annotations

import numpy as np
import pytest

from cls_analysis.errors import DataMissing, InvalidInput
from cls_analysis.indicators import compute_table, load_table, write_table
from cls_analysis.indicators.table import COLUMNS, KEYS, STATUSES

from .helpers import ground, indicator, obs

N = {"A": 10, "B": 20, "C": 30, "D": 0, "E": 40, "F": 100}
W = {"A": 100, "B": 200, "C": 300, "D": 0, "E": 400, "F": 1000}


def catalogue():
    entries = [
        indicator(id="part", method="share", denominator="s:d", scale=100),
        indicator(id="absent", method="count", numerator="nowhere:n", period="2021"),
        indicator(id="nombre", method="count", numerator="nowhere:n | t:n"),
    ]
    return {e.id: e for e in entries}


def tables():
    return {"s": [obs("n", {**N, "A": "not_published"}), obs("d", W)], "t": [obs("n", N)]}


def test_the_columns_are_those_of_the_contract_and_the_keys_are_unique_and_sorted():
    table = compute_table(catalogue(), ground(tables())).table
    assert tuple(table.columns) == COLUMNS
    keys = table[list(KEYS)].astype(str)
    assert not keys.duplicated().any()
    assert keys.equals(keys.sort_values(list(KEYS), ignore_index=True))
    assert set(table["status"].astype(str)) <= set(STATUSES)


def test_every_row_without_a_value_says_why_and_holds_no_number():
    table = compute_table(catalogue(), ground(tables())).table
    shown = table["status"].isin(["observed", "estimated"])
    assert (table["value"].notna() == shown).all()
    assert table.loc[~shown, ["lower", "upper"]].isna().all(axis=None)
    assert table["coverage"].between(0, 1).all()


def test_an_absent_source_gives_missing_rows_and_a_reason():
    made = compute_table(catalogue(), ground(tables()))
    assert made.missing == {"absent": "source not built: nowhere"}
    rows = made.table[made.table["indicator"] == "absent"]
    assert set(rows["status"]) == {"missing"} and set(rows["period"]) == {"2021"}
    assert "commune" not in set(rows["territory_type"]) and "perimeter" in set(rows["territory_type"])


def test_the_second_alternative_serves_when_the_first_source_is_not_built():
    table = compute_table(catalogue(), ground(tables())).table
    rows = table[table["indicator"] == "nombre"]
    assert set(rows["source_ids"]) == {"t"} and set(rows["status"]) == {"observed"}


def test_what_stands_on_a_simulated_source_is_simulated():
    table = compute_table(catalogue(), ground(tables(), simulated=("s",))).table
    flags = table.groupby("indicator", observed=True)["simulated"].unique().to_dict()
    assert list(flags["part"]) == [True] and list(flags["nombre"]) == [False]


def test_two_rows_of_one_key_are_refused():
    entry = indicator(id="nombre", method="count", numerator="t:n", period=["2023", "2023"])
    with pytest.raises(InvalidInput, match="repeat"):
        compute_table({entry.id: entry}, ground(tables()))


def test_one_territory_is_read_back_as_it_was_written(tmp_path):
    table = compute_table(catalogue(), ground(tables())).table
    write_table(table, tmp_path / "t.parquet")
    back = load_table(tmp_path / "t.parquet", territory="p", indicator=["part", "nombre"])
    mine = table[(table["territory"] == "p") & table["indicator"].isin(["part", "nombre"])]
    assert len(back) == len(mine) == 2
    assert np.allclose(back["value"], mine["value"]) and list(back["status"]) == list(mine["status"].astype(str))
    assert load_table(tmp_path / "t.parquet", territory_type=["epci"])["territory"].isin(["e1", "e2", "e3"]).all()


def test_a_table_that_is_not_built_is_said_to_be_missing(tmp_path):
    with pytest.raises(DataMissing, match="not built"):
        load_table(tmp_path / "none.parquet")
