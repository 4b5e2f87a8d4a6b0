"""A slice holds the rows of the territories that were asked for, in the order of the file, whatever the file is like."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cls_analysis.diagnostic.slices import Beside, in_texts, opened, read_slice
from cls_analysis.errors import DataMissing

ROWS = [
    ("apl", "commune", "52269", 1.5), ("apl", "commune", "52121", None), ("pop", "commune", "52121", 22_000.0),
    ("apl", "epci", "52121", 3.0), ("pop", None, "52121", 4.0), ("apl", "commune", "52269", 5.0),
]  # fmt: skip


@pytest.fixture(params=["texts", "categories"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    table = pd.DataFrame(ROWS, columns=["indicator", "territory_type", "territory", "value"])
    table = table.astype({"indicator": "str", "territory_type": "str", "territory": "str"})
    if request.param == "categories":
        table = table.astype({"indicator": "category", "territory_type": "category", "territory": "category"})
    written = tmp_path / "published" / "indicators.parquet"
    written.parent.mkdir()
    table.to_parquet(written, row_group_size=2)  # each with a dictionary of its own
    return written


def told(rows: pd.DataFrame) -> list[tuple[object, ...]]:
    return [tuple(None if pd.isna(v) else v for v in row) for row in rows.itertuples(index=False)]


def test_the_rows_of_a_territory_are_found_by_type_and_code_wherever_they_lie(path: Path) -> None:
    assert told(read_slice(path, {"commune": ["52269"]})) == [ROWS[0], ROWS[5]]
    assert told(read_slice(path, {"epci": ["52121"]})) == [ROWS[3]]
    both = read_slice(path, {"epci": ["52121"], "commune": ["52121", "52269", "52121"]})
    assert told(both) == [ROWS[0], ROWS[1], ROWS[2], ROWS[3], ROWS[5]] and both.index.tolist() == [0, 1, 2, 3, 4]


def test_some_indicators_only(path: Path) -> None:
    assert told(read_slice(path, {"commune": ["52121", "52269"]}, indicators=["pop", "unknown"])) == [ROWS[2]]
    assert read_slice(path, {"commune": ["52121"]}, indicators=[]).empty


def test_an_unknown_territory_has_no_row_and_every_column(path: Path) -> None:
    rows = read_slice(path, {"commune": ["99999"], "region": ["44"]})
    assert rows.empty and list(rows) == ["indicator", "territory_type", "territory", "value"]


def test_texts_are_categories_until_they_are_asked_for(path: Path) -> None:
    rows = read_slice(path, {"commune": ["52269"]})
    assert (rows.dtypes[["indicator", "territory"]] == "category").all()
    plain = in_texts(rows)
    assert told(plain) == told(rows) and (plain.dtypes[["indicator", "territory"]] == "str").all()


def test_sorting_by_a_category_is_sorting_by_its_text(path: Path) -> None:
    rows = read_slice(path, {"commune": ["52269", "52121"], "epci": ["52121"]})
    assert rows.sort_values(["territory", "indicator"])["territory"].tolist() == ["52121"] * 3 + ["52269"] * 2
    assert rows["territory"].cat.categories.tolist() == sorted(rows["territory"].cat.categories)


def test_what_is_done_to_a_slice_leaves_the_next_one_as_the_file_is(path: Path) -> None:
    rows = read_slice(path, {"commune": ["52269"]})
    rows.loc[:, "value"] = -1.0
    assert read_slice(path, {"commune": ["52269"]})["value"].tolist() == [1.5, 5.0]


def test_a_file_that_was_replaced_is_read_again(path: Path) -> None:
    assert len(read_slice(path, {"commune": ["52269"]})) == 2
    beside = path.with_name("beside")
    pd.read_parquet(path).iloc[:1].to_parquet(beside)
    beside.replace(path)
    assert told(read_slice(path, {"commune": ["52269"]})) == [ROWS[0]]


def test_a_file_that_is_not_there_or_is_damaged_is_named(path: Path) -> None:
    with pytest.raises(DataMissing, match="not built"):
        read_slice(path.with_name("other.parquet"), {})
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DataMissing, match=r"indicators\.parquet of .* cannot be read, it is damaged"):
        read_slice(path, {})


def written(folder: Path, communes: list[str], *, simulated: bool = False) -> tuple[Path, Path]:
    """A published table of two indicators for some communes and an EPCI, and its comparisons."""
    places = [*(("commune", code) for code in communes), ("epci", "200000001")]
    rows = [(name, *place, f"{name} {place[1]}", 1.5, simulated) for place in places for name in ("apl", "pop")]
    table = pd.DataFrame(rows, columns=["indicator", "territory_type", "territory", "unit", "value", "simulated"])
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / "indicators.parquet", folder / "comparisons.parquet"
    for path in paths:
        table.to_parquet(path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)
    return paths


def test_what_is_read_beside_a_report_is_the_build_it_was_opened_with(tmp_path: Path) -> None:
    paths = written(tmp_path / "published", ["01001", "01002", "02001", "02002"])
    beside = Beside(*map(opened, paths), ["02002", "01002", "99999"], ["epci"])
    assert beside.rows("apl")["territory"].tolist() == ["01002", "02002"]
    written(tmp_path / "published", ["02001", "02002"], simulated=True)
    assert opened(paths[0]).table["simulated"].all()
    assert beside.rows("pop")["unit"].tolist() == ["pop 01002", "pop 02002"]
    assert beside.tests("200000001")["unit"].tolist() == ["apl 200000001", "pop 200000001"]
    assert beside.rows("unknown").empty and beside.tests("01001").empty and not beside.made_up()
    after = Beside(*map(opened, paths), ["02002"], ["epci"])
    assert after.rows("pop")["unit"].tolist() == ["pop 02002"] and after.made_up() == {"apl", "pop"}
    assert not Beside(*map(opened, paths), ["01001"], ["epci"]).made_up()
