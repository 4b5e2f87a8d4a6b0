"""Which data a report stands on: one rule for commands and notebooks, and no silent exchange of real and simulated."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from cls_analysis.diagnostic import standing
from cls_analysis.errors import DataMissing, InvalidInput
from cls_analysis.publishing import report as reports
from cls_analysis.sources import mode_dir, processed_dir


@pytest.fixture(autouse=True)
def _nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLS_DATA_MIRROR", raising=False)
    monkeypatch.delenv("CLS_PROCESSED", raising=False)


def built(processed: Path, mode: str, *, says: str | None = None) -> None:
    """The least that looks like a build."""
    (processed / mode / "published").mkdir(parents=True)
    (processed / mode / "published" / "indicators.parquet").write_bytes(b"")
    (processed / mode / "build.json").write_text(json.dumps({"mode": says or mode}))


def test_auto_is_embedded_where_nothing_official_is_built_and_no_mirror_is_named(tmp_path: Path) -> None:
    assert standing.choose_mode("auto", tmp_path) == "embedded"
    built(tmp_path, "embedded")
    assert standing.choose_mode("auto", tmp_path) == "embedded"


def test_auto_is_official_where_it_is_built_without_a_mirror(tmp_path: Path) -> None:
    built(tmp_path, "embedded")
    built(tmp_path, "official")
    assert standing.choose_mode("auto", tmp_path) == "official"


def test_auto_is_official_where_a_mirror_is_named_by_option_or_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(tmp_path, "embedded")
    assert standing.choose_mode("auto", tmp_path, mirror=tmp_path / "mirror") == "official"
    monkeypatch.setenv("CLS_DATA_MIRROR", str(tmp_path / "mirror"))
    assert standing.choose_mode("auto", tmp_path) == "official"


def test_an_official_build_that_lost_its_tables_is_not_replaced_by_simulated_data(tmp_path: Path) -> None:
    built(tmp_path, "embedded")
    built(tmp_path, "official")
    (tmp_path / "official" / "published" / "indicators.parquet").unlink()
    with pytest.raises(DataMissing, match=r"official tables .* cannot be used: they are not there"):
        standing.stand("auto", processed=tmp_path)


def test_an_old_official_build_is_an_error_rather_than_simulated_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(tmp_path, "embedded")
    built(tmp_path, "official")
    monkeypatch.setattr("cls_analysis.stamp.stale_reason", lambda *_: "the catalogue changed since")
    with pytest.raises(DataMissing, match="the catalogue changed since") as caught:
        standing.stand("auto", processed=tmp_path)
    assert "--mirror" in str(caught.value.hint)


@pytest.mark.parametrize("data", ["auto", "embedded", "official"])
@pytest.mark.parametrize("mirror", ["", "option", "environment"])
@pytest.mark.parametrize("there", [(), ("embedded",), ("official",), ("embedded", "official")])
def test_a_command_and_a_notebook_choose_the_same_data(
    data: str, mirror: str, there: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for mode in there:
        built(tmp_path, mode)
    chosen: list[str] = []
    monkeypatch.setattr(standing, "ensure_built", lambda mode, *_a, **_k: chosen.append(mode))
    named = tmp_path / "mirror" if mirror == "option" else None
    if mirror == "environment":
        monkeypatch.setenv("CLS_DATA_MIRROR", str(tmp_path / "mirror"))
    command = reports.standing_data(data, processed=tmp_path, mirror=named)
    notebook = standing.stand(data, processed=tmp_path, mirror=named)
    assert command == notebook
    assert chosen[0] == chosen[1] == notebook.mode


def test_a_folder_renamed_from_embedded_to_official_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built(tmp_path, "official", says="embedded")
    monkeypatch.setattr("cls_analysis.stamp.stale_reason", lambda *_: "")
    with pytest.raises(InvalidInput, match="say that they are embedded"):
        standing.stand("official", processed=tmp_path)


def test_simulated_rows_among_official_ones_are_refused_and_real_rows_among_embedded_ones_are_not() -> None:
    table = pd.DataFrame({"indicator": ["a", "b"], "simulated": [False, True]})
    with pytest.raises(InvalidInput, match=r"simulated rows \(b\)"):
        standing.refuse_simulated_among_official(table, "official")
    standing.refuse_simulated_among_official(table, "embedded")
    standing.refuse_simulated_among_official(table.iloc[:1], "official")


def test_a_word_that_is_no_kind_of_data_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="'real'") as caught:
        standing.stand("real", processed=tmp_path)
    assert "auto | embedded | official" in str(caught.value.hint)


def test_an_address_where_a_folder_is_needed_is_refused_before_a_folder_of_that_name_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidInput, match="is an address; this needs a folder") as caught:
        reports.plan_report(
            "petr-langres", out=Path("s3://bucket/reports"), found=standing.Standing("embedded", tmp_path, "")
        )
    assert "--out DIR" in str(caught.value.hint)
    monkeypatch.setenv("CLS_PROCESSED", "s3://bucket/cls")
    with pytest.raises(InvalidInput, match="CLS_PROCESSED is an address"):
        processed_dir()
    with pytest.raises(InvalidInput, match="is an address"):
        mode_dir("embedded", Path("s3://bucket/cls"))
    with pytest.raises(InvalidInput, match="a mirror and an address"):
        standing.stand("auto", processed="https://data.example.org/cls", mirror=tmp_path)
    assert list(tmp_path.iterdir()) == []
