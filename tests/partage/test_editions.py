"""Two editions of a diagnostic: what moved, what was revised, what is not comparable, and where the earlier one is found."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from cls_analysis.diagnostic.moved import FOLDER
from cls_analysis.diagnostic.partage import Partage
from cls_analysis.diagnostic.previous import locate, read_earlier
from cls_analysis.disclosure.composition import fingerprint
from cls_analysis.errors import DataMissing, InvalidInput
from cls_analysis.publishing.report import plan_report
from cls_analysis.publishing.workbook import write_csv
from tests.figures.made_up import record
from tests.partage.made_up import OWN, partage, pretend_built

COMMUNES = ("01001", "01002")


@pytest.fixture
def d(tmp_path: Path) -> Partage:
    """A territory whose edition of today has one indicator of each fate."""
    d = partage(tmp_path)
    rows = [
        record("taux-chomage", OWN, 8.0, lower=7.5, upper=8.5, period="2022"),
        record("taux-pauvrete", OWN, 15.0, lower=14.0, upper=16.0, period="2022"),
        record("apl-medecins-generalistes", OWN, 2.1, period="2022"),
        record("part-65-ans-ou-plus", OWN, 25.0, period="2022", method="nouvelle"),
        record("couvert-forestier", OWN, 55.0, period="2022"),
    ]
    d.setting = replace(d.setting, table=pd.DataFrame(rows))
    d.territory = SimpleNamespace(territory_type="perimeter", territory=OWN.territory, communes=COMMUNES)
    return d


def old_rows() -> pd.DataFrame:
    return pd.DataFrame(
        [
            record("taux-chomage", OWN, 11.0, lower=10.5, upper=11.5, period="2016"),
            record("taux-pauvrete", OWN, 14.5, lower=13.5, upper=15.5, period="2016"),
            record("apl-medecins-generalistes", OWN, 2.3, period="2022"),
            record("part-65-ans-ou-plus", OWN, 24.0, period="2016", method="ancienne"),
            record("couvert-forestier", OWN, 55.0, period="2022"),
            record("population-par-age", OWN, 900.0, period="2016", sex="F", age="0-4"),
        ]
    )


def report_folder(home: Path, communes: tuple[str, ...] | None = COMMUNES) -> Path:
    """A report of an earlier edition as the program writes it: the CSV and the manifest."""
    folder = home / OWN.territory / "2020"
    folder.mkdir(parents=True)
    write_csv(old_rows().to_dict("list"), folder / "pre-diagnostic-pays-imaginaire.csv")
    told = {"territory_type": "perimeter", "territory": OWN.territory, "sha256": fingerprint(communes or ())}
    composition = {"composition": {"cog": 2026, "territories": [told]}} if communes else {}
    (folder / "manifest-pre-diagnostic.json").write_text(json.dumps({"format": 1, **composition}), encoding="utf-8")
    return folder


def lines(d: Partage, previous: Path) -> dict[str, str]:
    """Reading of each indicator in the figure."""
    (figure,) = d.drawn if d.editions(str(previous)) and d.drawn else ()
    return {str(r[0].text): str(r[4]) for r in figure.data.rows}


def test_a_fall_a_stable_one_a_revision_and_a_new_method_are_told_apart(d: Partage, tmp_path: Path) -> None:
    read = {k.split("\u00a0")[0][:18]: v for k, v in lines(d, report_folder(tmp_path / "reports")).items()}
    label = {
        n: str(d.catalogue[n].label)[:18]
        for n in ("taux-chomage", "taux-pauvrete", "apl-medecins-generalistes", "part-65-ans-ou-plus")
    }
    assert read[label["taux-chomage"]] == "baisse significative"
    assert read[label["taux-pauvrete"]] == "évolution non significative"
    assert "révisée par le producteur" in read[label["apl-medecins-generalistes"]]
    assert "non comparable" in read[label["part-65-ans-ou-plus"]]
    assert str(d.catalogue["couvert-forestier"].label)[:18] not in read  # nothing changed: counted, not listed
    (figure,) = d.drawn
    assert figure.title.startswith("1\u00a0indicateur a bougé")
    assert len([n for n in figure.notes if "supposée la même" in n]) == 0


def test_another_composition_is_not_read_as_a_change(d: Partage, tmp_path: Path) -> None:
    read = lines(d, report_folder(tmp_path / "reports", ("01001", "01002", "01003")))
    assert set(read.values()) == {"le périmètre a changé de composition"}
    assert any("n’avait pas les mêmes communes" in n for n in d.drawn[0].notes)


def test_a_composition_that_is_not_known_is_said(d: Partage, tmp_path: Path) -> None:
    lines(d, report_folder(tmp_path / "reports", None))
    assert any("supposée la même" in n for n in d.drawn[0].notes)


def test_simulated_and_real_values_are_never_compared(d: Partage, tmp_path: Path) -> None:
    folder = report_folder(tmp_path / "reports")
    write_csv(old_rows().assign(simulated=True).to_dict("list"), folder / "pre-diagnostic-pays-imaginaire.csv")
    read = lines(d, folder)
    assert read and all("simulée dans une édition seulement" in v for v in read.values())


def test_the_csv_of_a_report_reads_back_the_numbers_it_was_written_from(d: Partage, tmp_path: Path) -> None:
    earlier = read_earlier(report_folder(tmp_path / "reports"), d.territory, "official")
    assert earlier.same_communes is True
    assert earlier.rows.set_index("indicator").loc["taux-pauvrete", ["value", "lower", "upper"]].tolist() == [
        14.5,
        13.5,
        15.5,
    ]
    assert "population-par-age" not in set(earlier.rows["indicator"])  # told for all ages only


def test_an_edition_is_found_by_its_name_and_others_are_listed(tmp_path: Path) -> None:
    folder = report_folder(tmp_path)
    assert locate("2020", OWN.territory, reports=tmp_path) == folder
    with pytest.raises(DataMissing, match="there are: 2020"):
        locate("2019", OWN.territory, reports=tmp_path)
    with pytest.raises(DataMissing):
        locate("../2020", OWN.territory, reports=tmp_path / OWN.territory)


def test_a_file_that_is_no_table_of_a_report_is_refused_by_name(d: Partage, tmp_path: Path) -> None:
    wrong = tmp_path / "budget.csv"
    wrong.write_text("a;b\n1;2\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"budget\.csv"):
        read_earlier(wrong, d.territory, "official")


def test_a_word_where_a_number_should_stand_is_refused_by_the_name_of_the_file(d: Partage, tmp_path: Path) -> None:
    folder = report_folder(tmp_path / "reports")
    file = next(folder.glob("*.csv"))
    file.write_text(file.read_text("utf-8-sig").replace("14,5", "quatorze"), "utf-8")
    with pytest.raises(InvalidInput, match=rf"{file.name}.*quatorze"):
        read_earlier(file, d.territory, "official")


def test_a_diagnostic_without_an_earlier_edition_leaves_the_chapter_out(d: Partage) -> None:
    assert d.editions("").html == ""
    d.kind = "bilan-annuel"
    assert "--previous" in d.editions("").html


def test_the_command_gives_the_notebook_the_name_and_the_process_the_folder(tmp_path: Path, monkeypatch) -> None:
    pretend_built(tmp_path, monkeypatch)
    earlier = tmp_path / "reports" / "petr-langres" / "2025"
    earlier.mkdir(parents=True)
    (earlier / "a.csv").write_text("x", encoding="utf-8")
    options = {"data": "official", "processed": tmp_path, "out": tmp_path / "reports"}
    job = plan_report("petr-langres", "bilan-annuel", previous="2025", **options)
    assert job.parameters["previous"] == "2025" and job.environment[FOLDER] == str(earlier.resolve())
    before = job.inputs["previous"]
    (earlier / "a.csv").write_text("y", encoding="utf-8")
    assert plan_report("petr-langres", "bilan-annuel", previous="2025", **options).inputs["previous"] != before
    assert "previous" not in plan_report("petr-langres", "bilan-annuel", **options).parameters
    with pytest.raises(InvalidInput, match="previous"):
        plan_report("petr-langres", "pre-diagnostic", previous="2025", **options)
