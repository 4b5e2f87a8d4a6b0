"""BANATIC's workbook becomes perimeters: read by headers, expanded to EPCI and communes, holes never hidden."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import openpyxl
import pytest

from cls_analysis import geography
from cls_analysis.errors import InvalidInput
from cls_analysis.geography import banatic
from cls_analysis.geography.perimeters import list_perimeters, parse_perimeter
from cls_analysis.sources.banatic_members import read_links
from tests.sources_fetching.banatic_workbook import PLACES, Row, cells_of, header, write

LANGRES = ("200072999", "200070332", "200027308")
OTHER = "200044253"
PETR_A, PETR_B, MIXED = "900000001", "900000002", "900000003"


@pytest.fixture(scope="module")
def sirens() -> list[str]:
    """Three EPCI of the reference COG that no known perimeter holds."""
    taken = {siren for i in geography.list_perimeters() for siren in geography.load_perimeter(i).epci}
    return [siren for siren in geography.epci()["siren_epci"] if siren not in taken][:3]


def petr(siren: str, name: str, *members: str, nature: str = "PETR") -> list[Row]:
    return [(siren, name, nature, member, f"Membre {member}", "Groupement") for member in members]


def import_(path: Path, out: Path, rows: list[Row], **options) -> list[banatic.Written]:
    links = read_links(write(path, rows))
    return banatic.write_perimeters(banatic.gather(links), out, read_on="2026-03", **options)


@pytest.mark.parametrize("style", [{}, {"prefix": "x:"}, {"references": False}])
def test_rows_are_read_whatever_the_writer_s_habits(tmp_path, style) -> None:
    rows = petr(PETR_A, "PETR d'Essai & Cie", *LANGRES)
    found = list(read_links(write(tmp_path / "b.xlsx", rows, **style)))
    assert [(f.siren, f.name, f.nature, f.member, f.member_name, f.category) for f in found] == rows


def test_columns_are_found_by_their_headers_not_their_places(tmp_path) -> None:
    moved = {title: place + 5 for title, place in PLACES.items()}
    rows = petr(PETR_A, "PETR A", *LANGRES)
    assert [f.member for f in read_links(write(tmp_path / "b.xlsx", rows, places=moved))] == list(LANGRES)


def test_the_very_header_wins_over_a_longer_one_that_begins_like_it(tmp_path) -> None:
    places = {"N° SIREN du siège": 1, **PLACES}
    found = list(read_links(write(tmp_path / "b.xlsx", petr(PETR_A, "PETR A", *LANGRES), places=places)))
    assert {f.siren for f in found} == {PETR_A}


def test_a_copy_saved_by_a_spreadsheet_reads_the_same(tmp_path) -> None:
    book = openpyxl.Workbook()
    for cells in (header(), *(cells_of(row) for row in petr(PETR_A, "PETR A", *LANGRES))):
        book.active.append(cells)
    book.save(tmp_path / "copy.xlsx")
    assert [f.member for f in read_links(tmp_path / "copy.xlsx")] == list(LANGRES)


def test_a_number_for_a_siren_is_repaired_and_another_thing_refused_by_row(tmp_path) -> None:
    rows = petr("900000001.0", "PETR A", "200 072 999")
    assert [(f.siren, f.member) for f in read_links(write(tmp_path / "b.xlsx", rows))] == [(PETR_A, LANGRES[0])]
    bad = [*petr(PETR_A, "PETR A", *LANGRES), *petr(PETR_A, "PETR A", "12/03/2020")]
    with pytest.raises(InvalidInput, match="row 5: not a SIREN of 9 figures: Siren membre '12/03/2020'"):
        list(read_links(write(tmp_path / "bad.xlsx", bad)))


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (lambda p: p.write_bytes(p.read_bytes()[:-200]), "not a whole workbook"),
        (lambda p: p.write_bytes(b"<html>"), "not a whole workbook"),
        (lambda p: write(p, [], places={**PLACES, "SIREN du membre": 46}), "no sheet has the headers"),
        (lambda p: write(p, [], before='<!DOCTYPE a [<!ENTITY b "c">]>'), "document type"),
    ],
)
def test_a_file_that_is_not_the_export_is_refused(tmp_path, spoil, cause) -> None:
    path = write(tmp_path / "b.xlsx", petr(PETR_A, "PETR A", *LANGRES))
    spoil(path)
    with pytest.raises(InvalidInput, match=cause):
        list(read_links(path))


def test_a_petr_of_epci_becomes_a_perimeter_that_loads(tmp_path, sirens) -> None:
    done = import_(tmp_path / "b.xlsx", tmp_path / "out", petr(PETR_A, "PETR DU PAYS D'ESSAI", *sirens))
    assert [w.path.name for w in done] == ["petr-essai.toml"]
    perimeter = parse_perimeter(done[0].path.read_text(encoding="utf-8"))
    known = geography.membership()
    assert perimeter.communes() == sorted(known.loc[known["siren_epci"].isin(sirens), "code_commune"])
    assert (perimeter.name_with_article, perimeter.of) == ("le PETR DU PAYS D’ESSAI", "du PETR DU PAYS D’ESSAI")
    assert "BANATIC" in perimeter.source_composition


def test_members_that_are_groupings_are_expanded_and_a_cycle_is_said(tmp_path, sirens) -> None:
    rows = [
        *petr(PETR_A, "PETR A", sirens[0], MIXED),
        *petr(MIXED, "Syndicat", sirens[1], PETR_A, "210000001", nature="SMF"),
    ]
    done = import_(tmp_path / "b.xlsx", tmp_path / "out", rows, communes={"210000001": "52269"})
    text = done[0].path.read_text(encoding="utf-8")
    assert f"cycle : {PETR_A} > {MIXED} > {PETR_A}" in text
    perimeter = parse_perimeter(text)
    assert perimeter.epci == tuple(sorted(sirens[:2]))
    assert perimeter.extra_communes == ("52269",)


def test_an_unknown_member_makes_a_file_that_no_command_reads(tmp_path, sirens) -> None:
    done = import_(tmp_path / "b.xlsx", tmp_path / "out", petr(PETR_A, "PETR A", *sirens, "210000001"))
    assert done[0].path.name == "petr-a.toml.incomplete"
    assert "# membre inconnu : 210000001 Membre 210000001 (Groupement)" in done[0].path.read_text(encoding="utf-8")
    assert list_perimeters(tmp_path / "out") == []


def test_nothing_that_exists_is_overwritten(tmp_path, sirens) -> None:
    rows = [*petr(PETR_A, "PETR A", sirens[0]), *petr(PETR_B, "PETR du Pays de Langres", *LANGRES)]
    out = tmp_path / "out"
    out.mkdir()
    (out / "petr-a.toml").write_text("mine")
    done = {w.siren: w for w in import_(tmp_path / "b.xlsx", out, rows)}
    assert (out / "petr-a.toml").read_text() == "mine"
    assert "left as it is" in done[PETR_A].said
    assert done[PETR_B].said == "same composition as the perimeter petr-langres, not written"


def test_a_known_perimeter_of_another_composition_gets_a_file_beside(tmp_path, sirens) -> None:
    done = import_(tmp_path / "b.xlsx", tmp_path / "out", petr(PETR_A, "PETR du Pays de Langres", *LANGRES, sirens[0]))
    assert done[0].path.name == "petr-langres-banatic.toml"
    assert "another composition than the perimeter petr-langres" in done[0].said


def test_two_petr_of_one_name_get_two_files(tmp_path, sirens) -> None:
    rows = [*petr(PETR_A, "PETR X", sirens[0]), *petr(PETR_B, "PETR X", sirens[1])]
    names = sorted(w.path.name for w in import_(tmp_path / "b.xlsx", tmp_path / "out", rows))
    assert names == [f"petr-x-{PETR_A}.toml", f"petr-x-{PETR_B}.toml"]


def test_an_export_without_any_petr_is_refused(tmp_path, sirens) -> None:
    with pytest.raises(InvalidInput, match="no grouping of nature 'PETR'"):
        import_(tmp_path / "b.xlsx", tmp_path / "out", petr(PETR_A, "Syndicat", sirens[0], nature="SMF"))


def test_memory_does_not_grow_with_the_sheet(tmp_path) -> None:
    peaks = []
    for size in (300, 1500):
        path = write(
            tmp_path / f"{size}.xlsx", (row for n in range(size) for row in petr(PETR_A, "PETR A", LANGRES[n % 3]))
        )
        tracemalloc.start()
        assert sum(1 for _ in read_links(path)) == size
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.5 + 1_000_000


def test_the_command_writes_files_and_says_what_to_do_next(tmp_path, sirens) -> None:
    from typer.testing import CliRunner

    from cls_analysis.cli.territories import app

    path = write(tmp_path / "b.xlsx", [*petr(PETR_A, "PETR A", sirens[0]), *petr(PETR_B, "PETR B", "210000001")])
    result = CliRunner().invoke(app, ["import-banatic", str(path), "--out", str(tmp_path / "out"), "--date", "2026-03"])
    assert result.exit_code == 0, result.output
    assert "1 files to review and 1 incomplete ones" in result.stdout
