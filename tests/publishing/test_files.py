"""Workbook, CSV, PDF and manifest: published values only, no formula, same bytes, everything traced."""

from __future__ import annotations

import csv
import io
import json
import math
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pypdf
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from xlsxwriter.sharedstrings import SharedStrings

from cls_analysis.columns import Column
from cls_analysis.errors import DisclosureBreach, InvalidInput, ReportFailed
from cls_analysis.publishing import packing
from cls_analysis.publishing.long_sheet import LongSheet
from cls_analysis.publishing.manifest import (
    dump_manifest,
    make_manifest,
    output_problems,
    read_manifest,
)  # fmt: skip
from cls_analysis.publishing.pdf import paper, write_pdf
from cls_analysis.publishing.publication import Publication
from cls_analysis.publishing.workbook import Rows, published_rows, write_csv, write_workbook
from cls_analysis.unchanged import sha256


@pytest.fixture
def rows(publication: Publication) -> Rows:
    return published_rows(publication)


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8-sig")  # as it is: no newline translated


def changed_rows(publication: Publication, **cells: object) -> Publication:
    """The publication with cells of its second (withheld) row replaced."""
    assert publication.rows is not None
    columns = {name: list(column) for name, column in publication.rows.items()}
    for name, value in cells.items():
        columns[name][1] = value
    return publication.model_copy(update={"rows": {name: Column.of(values) for name, values in columns.items()}})


def test_a_zero_is_a_zero_and_a_withheld_value_is_blank_in_both_files(
    rows: Rows, publication: Publication, tmp_path: Path
) -> None:
    write_workbook(rows, publication, tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["Valeurs SIMULÉES"]
    head = [cell.value for cell in sheet[1]]
    value, status = head.index("Valeur"), head.index("Statut")
    assert [row[value].value for row in sheet.iter_rows(min_row=2)] == [26.9, None, 0]
    assert [row[status].value for row in sheet.iter_rows(min_row=2)][1] == "secret statistique"
    write_csv(rows, tmp_path / "a.csv")
    lines = list(csv.DictReader(io.StringIO(text_of(tmp_path / "a.csv"), newline=""), delimiter=";"))
    assert [line["value"] for line in lines] == ["26,9", "", "0"]
    assert [line["numerator"] for line in lines] == ["269", "", "0"]


@pytest.mark.parametrize("column", ["value", "lower", "upper", "numerator", "denominator"])
def test_a_withheld_row_that_carries_a_number_stops_the_workbook(publication: Publication, column: str) -> None:
    with pytest.raises(DisclosureBreach, match="01001"):
        published_rows(changed_rows(publication, **{column: 3.0}))


def test_columns_of_different_lengths_are_refused(publication: Publication) -> None:
    assert publication.rows is not None
    rows = {**publication.rows, "status": publication.rows["status"][:-1]}
    with pytest.raises(ValueError, match=r"columns of different lengths.*'status': 2"):
        Publication.model_validate(publication.model_dump() | {"rows": rows})


def test_rows_declared_row_by_row_are_told_how_to_be_declared(publication: Publication) -> None:
    rows = {"columns": ["indicator"], "data": [["part-65-plus"]]}
    with pytest.raises(ValueError, match=r"declare \{column: \[its values\]\}"):
        Publication.model_validate(publication.model_dump() | {"rows": rows})


def test_an_unknown_status_and_missing_rows_are_refused(publication: Publication) -> None:
    with pytest.raises(InvalidInput, match="'hidden'"):
        published_rows(changed_rows(publication, status="hidden"))
    with pytest.raises(InvalidInput, match="publishes no rows"):
        published_rows(publication.model_copy(update={"rows": None}))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_text_that_a_spreadsheet_would_run_is_neutralised(publication: Publication, tmp_path: Path, start: str) -> None:
    rows = published_rows(changed_rows(publication, territory_name=f"{start}SUM(A1)"))
    write_csv(rows, tmp_path / "a.csv")
    lines = list(csv.reader(io.StringIO(text_of(tmp_path / "a.csv"), newline=""), delimiter=";"))
    assert lines[2][4] == f"'{start}SUM(A1)"
    write_workbook(rows, publication, tmp_path / "a.xlsx")
    cells = [c for row in openpyxl.load_workbook(tmp_path / "a.xlsx")["Valeurs SIMULÉES"].iter_rows() for c in row]
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_a_csv_has_the_bytes_that_pythons_own_writer_gives(tmp_path: Path) -> None:
    texts = ["plain", "", 'a "word"', "a;b", "two\nlines", "two\r\nlines", "a,b", '"', "é ’", " space ", None]
    frame = pd.DataFrame({"a;name": texts, "n": range(len(texts)), "last": texts[::-1]}, dtype=object)
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    writer.writerow(frame.columns)
    writer.writerows(["" if cell is None else cell for cell in row] for row in frame.itertuples(index=False))
    write_csv(frame.to_dict("list"), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == b"\xef\xbb\xbf" + stream.getvalue().encode()


@pytest.mark.parametrize("unusual", [None, math.nan, -0.0, 1e-7, 1.5e-13, 5e20, True, "a"])
def test_numbers_written_at_once_are_written_as_one_by_one(tmp_path: Path, unusual: object) -> None:
    usual = [0.0, 1.0, -3.0, 0.1 + 0.2, -2.5, 1234567.0, 10.05, 100.0, None, 1.0]
    write_csv({"n": [unusual, *usual[1:]]}, tmp_path / "a.csv")
    cells = ["1", "-3", "0,30000000000000004", "-2,5", "1234567", "10,05", "100", "", "1"]
    first = {
        -0.0: "0",
        1e-7: "0,0000001",
        1.5e-13: "0,00000000000015",
        5e20: "500000000000000000000",
        True: "vrai",
        "a": "a",
    }
    assert text_of(tmp_path / "a.csv").split("\r\n") == ["n", first.get(unusual, ""), *cells, ""]


def test_negative_and_tiny_numbers_stay_numbers_in_csv(publication: Publication, tmp_path: Path) -> None:
    cells = {"status": "observed", "value": -2.5, "lower": 0.0000012, "coverage": 1}
    write_csv(published_rows(changed_rows(publication, **cells)), tmp_path / "a.csv")
    line = text_of(tmp_path / "a.csv").splitlines()[2]
    assert ";-2,5;0,0000012;" in line


def test_the_readme_sheet_says_that_data_are_simulated_and_the_real_one_does_not(
    rows: Rows, publication: Publication, tmp_path: Path
) -> None:
    def readme(name: str, declared: Publication) -> str:
        write_workbook(rows, declared, tmp_path / name)
        sheet = openpyxl.load_workbook(tmp_path / name)["Lisez-moi"]
        return " ".join(str(row[0].value) for row in sheet.iter_rows())

    assert "DONNÉES SIMULÉES" in readme("a.xlsx", publication)
    assert "SIMULÉES" not in readme("b.xlsx", publication.model_copy(update={"statuses": ()}))


def test_the_workbook_has_the_same_bytes_twice(rows: Rows, publication: Publication, tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(rows, publication, tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_workbook_is_packed_quickly_and_xlsxwriter_is_left_as_it_was(
    rows: Rows, publication: Publication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def packed(level: int) -> tuple[int, dict[str, bytes]]:
        monkeypatch.setattr(packing, "LEVEL", level)
        write_workbook(rows, publication, tmp_path / "a.xlsx")
        with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
            return (tmp_path / "a.xlsx").stat().st_size, {name: archive.read(name) for name in archive.namelist()}

    level = packing.LEVEL
    (stored, as_stored), (quick, as_packed), (best, as_best) = packed(0), packed(level), packed(9)
    assert best < quick < stored / 2
    assert as_stored == as_packed == as_best
    assert xlsxwriter.workbook.ZipFile is zipfile.ZipFile
    assert xlsxwriter.packager.SharedStrings is SharedStrings


@given(
    st.lists(
        st.text()
        | st.sampled_from(
            ["_x0041_", " a", "a\n", "<r>a</r>", "a_b", "\ufffe", "\uffff", "\u00a0a", "a ", "a\u0085", "a>b", "é & b"]
        )
    )
)
def test_shared_texts_are_written_as_xlsxwriter_writes_them(texts: list[str]) -> None:
    def written(kind: type[SharedStrings]) -> str:
        out = kind()
        out.string_table = SimpleNamespace(string_array=texts)
        out._set_filehandle(io.StringIO())
        out._write_sst_strings()
        return out.fh.getvalue()

    assert written(packing._QuickStrings) == written(SharedStrings)


@pytest.fixture(scope="module")
def pdf(page: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pdf") / "a.pdf"
    write_pdf(page, path)
    return path


def test_the_pdf_is_tagged_in_french_titled_and_repeatable(pdf: Path, page: str, tmp_path: Path) -> None:
    reader = pypdf.PdfReader(pdf)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith("fr")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title == "Pré-diagnostic local de santé – PETR d’Exemple – 2026"
    xmp = root["/Metadata"].get_data().decode()
    assert "pdfuaid:part" in xmp
    write_pdf(page, tmp_path / "b.pdf")
    assert (tmp_path / "b.pdf").read_bytes() == pdf.read_bytes()


def test_the_pdf_numbers_its_pages_names_the_territory_and_keeps_details_closed(pdf: Path) -> None:
    pages = [page.extract_text() for page in pypdf.PdfReader(pdf).pages]
    for number, text in enumerate(pages, start=1):
        assert f"{number} / {len(pages)}" in text
        assert "PETR d’Exemple" in text
        assert "Données simulées, démonstration" in text
    assert "Voir les données" not in "".join(pages)


def _tags(element: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every structure element with the tags around it."""
    element = element.get_object()
    if not isinstance(element, dict):
        return
    tag = element.get("/S")
    if tag:
        yield above, element
    kids = element.get("/K", [])
    kids = kids.get_object() if hasattr(kids, "get_object") else kids
    for kid in kids if isinstance(kids, list) else [kids]:
        yield from _tags(kid, (*above, tag) if tag else above)


def test_every_drawing_of_the_pdf_has_words_and_no_table_or_link_lies_in_another(pdf: Path) -> None:
    elements = list(_tags(pypdf.PdfReader(pdf).trailer["/Root"]["/StructTreeRoot"]))
    drawings = [e for _, e in elements if e["/S"] == "/Figure"]
    assert drawings
    assert [e for e in drawings if not str(e.get("/Alt", "")).strip()] == []
    assert [e for above, e in elements if e["/S"] in ("/Table", "/Link") and e["/S"] in above] == []


def test_a_page_that_asks_for_something_outside_itself_is_no_report(page: str, tmp_path: Path) -> None:
    asking = page.replace("</main>", '<img alt="x" src="https://example.org/x.png"></main>', 1)
    with pytest.raises(ReportFailed, match=r"example\.org"):
        write_pdf(asking, tmp_path / "c.pdf")


def test_what_only_a_screen_shows_does_not_go_to_paper() -> None:
    page = (
        '<svg class="drawing drawing-narrow" role="img" aria-label="x"><path/></svg>'
        '<details class="fig-data"><summary>Voir</summary><table></table></details>'
        '<details class="annex"><summary>Définitions</summary><p>mot</p></details>'
        '<svg class="swatch" width="28" height="18" aria-hidden="true"><rect/></svg>'
    )
    printed = paper(page)
    assert "drawing-narrow" not in printed and "fig-data" not in printed and "<svg" not in printed
    assert '<details class="annex" open>' in printed and "data:image/svg+xml;base64," in printed


def _texts(pdf: Path) -> list[str]:
    """The text of each page; whether a no-break space is told from another depends on the font."""
    return [page.extract_text().replace("\N{NO-BREAK SPACE}", " ") for page in pypdf.PdfReader(pdf).pages]


def test_a_figure_is_never_cut_between_two_pages_of_the_pdf(pdf: Path) -> None:
    title, last = "Une population plus âgée qu’ailleurs\nPart", "Figure part-65"
    pages = [(title in text, last in text) for text in _texts(pdf)]
    assert pages.count((True, True)) == 1 and set(pages) == {(True, True), (False, False)}


def test_hatching_survives_in_the_pdf(pdf: Path, tmp_path: Path) -> None:
    subprocess.run(["pdftoppm", "-r", "80", "-gray", str(pdf), str(tmp_path / "p")], check=True)
    number = next(i for i, text in enumerate(_texts(pdf)) if "Figure part-65" in text)
    drawn = np.asarray(Image.open(sorted(tmp_path.glob("p-*.pgm"))[number])).astype(int)
    changes = (np.abs(np.diff(drawn, axis=1)) > 60).sum(axis=1)
    assert changes.max() > 80  # a hatched bar alternates all along its length


def test_the_manifest_traces_figures_and_hashes_files_and_only_made_at_moves(
    publication: Publication, tmp_path: Path
) -> None:
    (tmp_path / "a.html").write_text("page")
    made = [
        make_manifest(publication, parameters={"territory": "x"}, inputs={"t": "1"},
                      outputs={"a.html": tmp_path / "a.html"}, made_at=moment)
        for moment in ("2026-01-01", "2027-01-01")
    ]  # fmt: skip
    assert {key for key in made[0] if made[0][key] != made[1][key]} == {"made_at"}
    assert made[0]["figures"][0]["indicators"] == ["part-65-plus"]
    assert made[0]["outputs"]["a.html"]["sha256"] == sha256(tmp_path / "a.html")
    assert "rows" not in made[0]["report"]
    assert json.loads(dump_manifest(made[0])) == made[0]


def test_a_changed_missing_or_cut_file_makes_the_report_invalid(publication: Publication, tmp_path: Path) -> None:
    page, manifest = tmp_path / "a.html", tmp_path / "manifest.json"
    page.write_text("page")
    made = make_manifest(publication, parameters={}, inputs={}, outputs={"a.html": page})
    manifest.write_text(dump_manifest(made))
    assert output_problems(manifest) == []
    page.write_text("pagE")
    assert "is not the file that was made" in output_problems(manifest)[0]
    page.unlink()
    assert "is missing" in output_problems(manifest)[0]
    manifest.write_text(dump_manifest(made)[:-40])
    assert "unreadable manifest" in output_problems(manifest)[0]
    with pytest.raises(InvalidInput):
        read_manifest(manifest)


COLUMNS_OF_ALL_KINDS = [
    [1, 1.0, True, "1", None, "", "é & <b>", " space ", "a\x0bb", 0.1 + 0.2, -0.0, 1e-7, 123456789012345678, "=1"],
    ["same"] * 14,
    [None] * 14,
    [n / 7 for n in range(14)],
]


def test_a_long_sheet_reads_back_as_the_cells_of_xlsxwriter_itself(tmp_path: Path) -> None:
    for name, quick in (("a.xlsx", True), ("b.xlsx", False)):
        with xlsxwriter.Workbook(tmp_path / name, {"strings_to_formulas": False}) as book:
            sheet = book.add_worksheet("Long", worksheet_class=LongSheet if quick else None)
            book.add_worksheet("After").write_string(0, 0, "same")
            for column in range(len(COLUMNS_OF_ALL_KINDS)):
                sheet.write_string(0, column, f"heading {column}")
            if quick:
                sheet.fill([(values, lambda value: value) for values in COLUMNS_OF_ALL_KINDS])
            else:
                for column, values in enumerate(COLUMNS_OF_ALL_KINDS):
                    for row, value in enumerate(values, start=1):
                        sheet.write(row, column, value)
    ours, theirs = (openpyxl.load_workbook(tmp_path / name) for name in ("a.xlsx", "b.xlsx"))
    for name in ("Long", "After"):
        assert ours[name].dimensions == theirs[name].dimensions
        for a, b in zip(ours[name].iter_rows(), theirs[name].iter_rows(), strict=True):
            assert [(c.coordinate, c.data_type) for c in a] == [(c.coordinate, c.data_type) for c in b]
            assert [rounded(c.value) for c in a] == [rounded(c.value) for c in b]
    got = [[row[column].value for column in range(4)] for row in ours["Long"].iter_rows(min_row=2)]
    assert [row[3] for row in got] == COLUMNS_OF_ALL_KINDS[3]  # to the last digit, which XlsxWriter leaves out
    assert (got[9][0], got[11][0], got[12][0]) == (0.1 + 0.2, 1e-7, 123456789012345678)


def rounded(value: object) -> object:
    """A number to the sixteen digits that XlsxWriter writes."""
    return f"{value:.16G}" if isinstance(value, int | float) else value


def test_a_row_written_apart_below_the_headings_is_refused_rather_than_lost(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx", {"in_memory": True})
    sheet = book.add_worksheet("Long", worksheet_class=LongSheet)
    sheet.fill([(["a", "b"], lambda same: same)])
    sheet.write_string(4, 0, "note")
    with pytest.raises(InvalidInput, match="below the headings"):
        book.close()


def test_a_text_longer_than_a_cell_is_cut_and_says_so(rows: Rows, publication: Publication, tmp_path: Path) -> None:
    long = publication.indicators[0].model_copy(update={"definition": "=" + "x" * 40_000})
    write_workbook(rows, publication.model_copy(update={"indicators": (long,)}), tmp_path / "a.xlsx")
    cell = str(openpyxl.load_workbook(tmp_path / "a.xlsx")["Indicateurs"]["D2"].value)
    assert len(cell) == 32_767
    assert cell.startswith("'=x") and cell.endswith("x [… texte coupé : une cellule n’en contient pas plus]")


@pytest.mark.parametrize("value", [float("inf"), float("nan"), "x" * 32_768])
def test_what_no_cell_holds_is_refused(tmp_path: Path, value: object) -> None:
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    with pytest.raises(InvalidInput, match=r"cell holds|no number"):
        book.add_worksheet("Long", worksheet_class=LongSheet).fill([([value], lambda same: same)])
    book.close()
