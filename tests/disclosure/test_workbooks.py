"""A workbook that would take all memory is refused by every reader before a cell is laid out; any other is read as it is."""

from __future__ import annotations

import zipfile

import pytest
import xlsxwriter

from cls_analysis import workbooks
from cls_analysis.disclosure.artefacts import read_folder
from cls_analysis.errors import InvalidInput
from cls_analysis.participation.reading import read_sheet
from cls_analysis.sources import File
from cls_analysis.sources.reading import read_sheets


def written(path, *, far=(1, 1)):
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Actions")
        sheet.write_row(0, 0, ["id", "nombre"])
        sheet.write_row(1, 0, ["A1", 12.5])
        sheet.write(*far, "x")
    return path


def rewritten(path, change):
    """The same zip with each part changed by `change(name, bytes)`."""
    with zipfile.ZipFile(path) as archive:
        parts = [(item.filename, archive.read(item)) for item in archive.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts:
            archive.writestr(*change(name, data))
    return path


def test_an_ordinary_workbook_is_read_from_its_first_row(tmp_path):
    assert workbooks.sheets(written(tmp_path / "a.xlsx", far=(3, 2))) == {
        "Actions": [["id", "nombre", ""], ["A1", 12.5, ""], ["", "", ""], ["", "", "x"]]
    }


def test_a_cell_far_from_the_table_is_refused_by_its_place_in_every_reader(tmp_path):
    path = written(tmp_path / "a.xlsx", far=(1_048_575, 16_383))
    assert path.stat().st_size < 10_000
    with pytest.raises(workbooks.Unreadable, match="row 1048576 and column 16384"):
        workbooks.sheets(path)
    sheet, problems = read_sheet(path)
    assert sheet is None and "row 1048576" in str(problems[0])
    with pytest.raises(InvalidInput, match="column 16384"):
        read_sheets(path, File(key="a", path="a.xlsx"))
    with pytest.raises(InvalidInput, match=r"a\.xlsx cannot be read: .*column 16384"):
        read_folder(tmp_path)


@pytest.mark.parametrize("hide", [(b'r="XFD1048576"', b"r = 'XFD1048576'"), (b"<c ", b'<c t="s" ')])
def test_a_far_cell_is_found_however_it_is_written(tmp_path, hide):
    path = written(tmp_path / "a.xlsx", far=(1_048_575, 16_383))
    rewritten(path, lambda name, data: (name, data.replace(*hide)))
    with pytest.raises(workbooks.Unreadable, match="empty the cells far"):
        workbooks.sheets(path)


def test_a_sheet_kept_under_another_name_is_looked_at_too(tmp_path):
    path = written(tmp_path / "a.xlsx", far=(1_048_575, 16_383))

    def moved(name, data):
        return name.replace("worksheets/sheet1.xml", "theme/other.bin"), data.replace(b"worksheets/sheet1.xml", b"theme/other.bin")  # fmt: skip

    with pytest.raises(workbooks.Unreadable, match=r"theme/other\.bin reaches row 1048576"):
        workbooks.sheets(rewritten(path, moved))


def test_what_unpacks_to_too_much_is_refused_even_when_it_declares_little(tmp_path, monkeypatch):
    path = written(tmp_path / "a.xlsx")
    monkeypatch.setattr(workbooks, "MOST_UNPACKED", 1000)
    with pytest.raises(workbooks.Unreadable, match="unpacks to more"):
        workbooks.sheets(path)
    monkeypatch.undo()
    rewritten(path, lambda name, data: (name, data + b" " * 5_000_000 if "sharedStrings" in name else data))
    small = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        real = next(item.file_size for item in archive.infolist() if "sharedStrings" in item.filename)
    path.write_bytes(small.replace(real.to_bytes(4, "little"), (200).to_bytes(4, "little")))
    with pytest.raises(workbooks.Unreadable, match="CRC"):
        workbooks.sheets(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short", b"<html></html>"])
def test_a_damaged_workbook_is_named_by_the_check_of_a_folder(tmp_path, content):
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(InvalidInput, match=r"a\.xlsx cannot be read"):
        read_folder(tmp_path)
