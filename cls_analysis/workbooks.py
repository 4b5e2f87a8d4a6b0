"""What do the sheets of a workbook hold, and may it be opened at all?

A workbook is a zip of texts in which each cell names its place. Two things in a small file can take all the memory of a machine
before a cell is seen: texts that unpack to far more than the file weighs, and two cells far apart (a stray space in XFD1048576), for
the whole rectangle up to the last cell is laid out. Both are refused from the texts themselves, not from what the zip declares.
Reference: ECMA-376, part 1, 18.3.1.4 (place of a cell); OWASP, "Zip bomb".
"""

from __future__ import annotations

import re
import zipfile
import zlib
from functools import partial
from pathlib import Path
from typing import IO, Any

from python_calamine import CalamineError, CalamineWorkbook

MOST_UNPACKED = 500_000_000  # bytes; the largest official workbook unpacks to 25 million
MOST_CELLS = 30_000_000  # of the rectangle from A1 to the last cell; the largest official sheet has 5 million
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3})(\d{1,7})["']""")
_CHUNK = 1 << 20


class Unreadable(ValueError):
    """Why a file is no workbook that can be opened, as the end of a sentence."""


def sheets(path: Path) -> dict[str, list[list[Any]]]:
    """Every sheet by name as rows of typed cells, hidden sheets included; row 1 of the sheet is the first row.

    Raises `Unreadable` for a file that is damaged, is no workbook, or would take all memory.
    """
    try:
        refuse_harmful(path)
        with CalamineWorkbook.from_path(str(path)) as book:
            return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    except (CalamineError, OSError, zipfile.BadZipFile, zlib.error, EOFError, IndexError, NotImplementedError) as error:
        raise Unreadable(str(error)) from error


def refuse_harmful(workbook: Path | IO[bytes]) -> None:
    """Raise `Unreadable` for a workbook that would take all memory, zipfile's or zlib's errors for one that is damaged.

    Every part is read to its end: one that holds more than it declares does not have its own checksum.
    """
    with zipfile.ZipFile(workbook) as archive:
        if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED:
            raise Unreadable(f"it unpacks to more than {MOST_UNPACKED // 10**6} MB")
        for part in archive.infolist():
            with archive.open(part) as stream:
                rows, columns = extent(b"".join(iter(partial(stream.read, _CHUNK), b"")))
            if rows * columns > MOST_CELLS:
                raise Unreadable(
                    f"{part.filename} reaches row {rows} and column {columns}: empty the cells far from the table"
                )


def extent(sheet: bytes) -> tuple[int, int]:
    """Number of the last row and of the last column that a cell names; zeros for a part that is no sheet.

    >>> extent(b'<row r="1"><c r="B1"/></row><row r="30"><c r="AA30"/></row>')
    (30, 27)
    """
    places = _PLACE.findall(sheet)
    columns = {letters.upper() for letters in {letters for letters, _ in places}}
    return max((int(row) for _, row in places), default=0), max(map(_number, columns), default=0)


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number
