"""Who is a member of which grouping? BANATIC's national workbook, read as it streams by.

76 MB zipped, 1.4 GB of XML once unpacked, inline strings, one row per grouping and member, 177 columns of which six
are read, found by the text of their header. The sheet is parsed by expat from the zip member, a megabyte at a time,
and no row is kept: memory does not grow with the file. A document type, an archive that unpacks to more than it may, a
sheet without the headers are refused.
https://www.banatic.interieur.gouv.fr (national export)
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, cast
from xml.etree import ElementTree
from xml.parsers import expat

from cls_analysis.errors import InvalidInput
from cls_analysis.geography.banatic import Link
from cls_analysis.sources.text import fold, shown

URL = "https://www.banatic.interieur.gouv.fr/consultation/api/export/pregenere/telecharger/France"
#: field of `Link` -> start of the header's text, accents and case aside
HEADERS: Mapping[str, str] = {
    "siren": "N° SIREN",
    "name": "Nom du groupement",
    "nature": "Nature juridique",
    "member": "Siren membre",
    "member_name": "Nom membre",
    "category": "Catégorie des membres",
}
CHUNK = 1 << 20
HEADER_WITHIN = 30
MAX_XML = 6_000_000_000
MAX_RATIO = 400.0
MAX_SHARED = 100_000_000
Row = dict[int, str]


def read_links(path: Path) -> Iterator[Link]:
    """One `Link` per row that names a grouping and a member, in the order of the file.

    A row with neither is skipped; one with a SIREN that is not 9 figures is collected, and `InvalidInput` lists the
    first of them at the end. `InvalidInput` at once when no sheet has the headers or the file is no workbook.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            yield from _links(archive, path.name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise InvalidInput(
            f"{path.name}: is not a whole workbook ({error})", hint="cls-analysis data fetch banatic-export --again"
        ) from error


def check_export(path: Path) -> int:
    """Number of rows of a whole, readable export; `InvalidInput` otherwise."""
    return sum(1 for _ in read_links(path))


def _links(archive: zipfile.ZipFile, name: str) -> Iterator[Link]:
    shared = _shared_strings(archive, name)
    seen: list[str] = []
    sheets = _sheets(archive)
    for title, member in sheets:
        rows = _rows(archive, member, f"{name}, sheet {title!r}", shared)
        columns, header = _find_header(rows)
        if columns is None:
            seen.append(f"{title!r}: {shown(header, most=12) or 'nothing'}")
            continue
        yield from _read(rows, columns, f"{name}, sheet {title!r}")
        return
    raise InvalidInput(
        f"{name}: no sheet has the headers {shown(HEADERS.values(), most=12)}; first row with text of each sheet: "
        + ("; ".join(seen) or "no sheet"),
        hint="the export changed its columns, or is another file",
    )


def _read(rows: Iterator[tuple[int, Row]], columns: Mapping[str, int], where: str) -> Iterator[Link]:
    problems: list[str] = []
    wrong = 0
    for number, row in rows:
        cells = {field: row.get(column, "").strip() for field, column in columns.items()}
        if not cells["siren"] and not cells["member"]:
            continue
        cells["siren"], cells["member"] = _siren(cells["siren"]), _siren(cells["member"])
        if not cells["member"] and cells["siren"].isdigit():
            continue  # a grouping that lists no member
        bad = [f"{HEADERS[f]} {cells[f]!r}" for f in ("siren", "member") if not re.fullmatch(r"\d{9}", cells[f])]
        if bad:
            wrong += 1
            if len(problems) < 10:
                problems.append(f"{where}, row {number}: not a SIREN of 9 figures: {', '.join(bad)}")
            continue
        yield Link(**cells)
    if wrong:
        raise InvalidInput(
            [*problems, *([f"{where}: {wrong - 10} more rows like these"] if wrong > 10 else [])],
            hint="compare with the producer's export; nothing was written",
        )


def _siren(text: str) -> str:
    """A SIREN as text: `200072999.0` and `200 072 999` are `200072999`."""
    return re.sub(r"\s", "", text).removesuffix(".0")


def _find_header(rows: Iterator[tuple[int, Row]]) -> tuple[dict[str, int] | None, list[str]]:
    """Columns by field from the first row that holds every header; else None and the first row that holds text."""
    first: list[str] = []
    for place, (_, row) in enumerate(rows):
        texts = {column: fold(text) for column, text in row.items()}
        found = {
            field: [(text != fold(start), column) for column, text in texts.items() if text.startswith(fold(start))]
            for field, start in HEADERS.items()
        }
        if all(found.values()):
            return {
                field: min(columns)[1] for field, columns in found.items()
            }, []  # the very text first, else the leftmost
        first = first or [text for text in row.values() if text.strip()]
        if place >= HEADER_WITHIN:
            break
    return None, first


def _sheets(archive: zipfile.ZipFile) -> list[tuple[str, str]]:
    """Titles and members of the worksheets, in the workbook's order."""
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        raise zipfile.BadZipFile("a zip without a workbook inside")
    book, links = (
        ElementTree.fromstring(_small(archive, member)) for member in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
    )
    targets = {link.get("Id"): str(link.get("Target", "")) for link in links}
    out = []
    for sheet in book.iter():
        if sheet.tag.rpartition("}")[2] == "sheet":
            relation = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")
            target = targets.get(relation, "")
            member = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            if member in names:
                out.append((sheet.get("name", ""), member))
    return out


def _small(archive: zipfile.ZipFile, member: str) -> bytes:
    with archive.open(member) as stream:
        data = stream.read(CHUNK + 1)
    if len(data) > CHUNK or b"<!DOCTYPE" in data:
        raise zipfile.BadZipFile(f"{member} is not what a workbook holds")
    return data


def _shared_strings(archive: zipfile.ZipFile, name: str) -> list[str]:
    """Texts that cells name by number; the producer writes none, a copy saved by a spreadsheet does."""
    member = "xl/sharedStrings.xml"
    if member not in archive.namelist():
        return []
    if archive.getinfo(member).file_size > MAX_SHARED:
        raise InvalidInput(
            f"{name}: its table of texts is over {MAX_SHARED} bytes; was it saved again by a spreadsheet?",
            hint="use the export as the site gives it",
        )
    texts: list[str] = []
    parts: list[str] = []
    parser = _parser(name)

    def start(tag: str, _attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "t":
            parser.CharacterDataHandler = parts.append

    def end(tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "t":
            parser.CharacterDataHandler = None
        elif tag == "si":
            texts.append("".join(parts))
            parts.clear()

    parser.StartElementHandler, parser.EndElementHandler = start, end
    for _ in _feed(parser, archive, member, name):
        pass
    return texts


def _rows(archive: zipfile.ZipFile, member: str, where: str, shared: list[str]) -> Iterator[tuple[int, Row]]:
    """Rows of a sheet as number and texts by column (0 is A), empty cells left out."""
    ready: list[tuple[int, Row]] = []
    parser = _parser(where)
    row: Row = {}
    parts: list[str] = []
    columns: dict[str, int] = {}
    number, column, by_number = 0, -1, False
    tags: dict[str, str] = {}  # as written -> bare; some writers prefix every tag (`x:row`)

    def start(written: str, attributes: dict[str, str]) -> None:
        nonlocal number, column, by_number
        tag = tags[written] if written in tags else tags.setdefault(written, written.rpartition(":")[2])
        if tag == "c":
            reference = attributes.get("r")
            if reference is None:
                column += 1
            else:
                letters = reference.rstrip("0123456789")
                column = columns[letters] if letters in columns else columns.setdefault(letters, _column(letters))
            by_number = attributes.get("t") == "s"
        elif tag in ("t", "v"):
            parser.CharacterDataHandler = parts.append
        elif tag == "row":
            number = int(attributes.get("r", number + 1))
            column = -1

    def end(written: str) -> None:
        nonlocal row
        tag = tags[written]
        if tag in ("t", "v"):
            parser.CharacterDataHandler = None
        elif tag == "c":
            if parts:
                text = "".join(parts)
                row[column] = _named(shared, text, where) if by_number else text
                parts.clear()
        elif tag == "row":
            ready.append((number, row))
            row = {}

    parser.StartElementHandler, parser.EndElementHandler = start, end
    for _ in _feed(parser, archive, member, where):
        yield from ready
        ready.clear()
    yield from ready


def _named(shared: list[str], text: str, where: str) -> str:
    if not text.isdigit() or int(text) >= len(shared):
        raise InvalidInput(f"{where}: a cell names text {text!r}, of {len(shared)}", hint="fetch the workbook again")
    return shared[int(text)]


def _column(letters: str) -> int:
    """Position of a column from its letters.

    >>> _column("A"), _column("AV")
    (0, 47)
    """
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _parser(where: str) -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise InvalidInput(
            f"{where}: declares a document type, which no workbook does", hint="fetch the workbook again"
        )

    parser.StartDoctypeDeclHandler = refuse
    return parser


def _feed(parser: expat.XMLParserType, archive: zipfile.ZipFile, member: str, where: str) -> Iterator[None]:
    """Parse a member chunk by chunk, counting what it unpacks to (an archive's own word can lie)."""
    packed = max(archive.getinfo(member).compress_size, 1)
    read = 0
    try:
        with archive.open(member) as opened:
            stream = cast("BinaryIO", opened)
            while chunk := stream.read(CHUNK):
                read += len(chunk)
                if read > MAX_XML or (read > 64 * CHUNK and read > MAX_RATIO * packed):
                    raise InvalidInput(
                        f"{where}: unpacks to more than it may ({read} bytes)", hint="fetch the workbook again"
                    )
                parser.Parse(chunk, False)
                yield None
        parser.Parse(b"", True)
        yield None
    except expat.ExpatError as error:
        raise InvalidInput(f"{where}: its XML is broken ({error})", hint="fetch the workbook again") from error
