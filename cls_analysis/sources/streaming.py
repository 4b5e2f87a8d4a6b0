"""How is a text file of several hundred megabytes read without holding it in memory, and as strictly as a small one?

duckdb scans the file as text under its own header, keeps only the named columns and aggregates in SQL; memory is
capped. Structure is checked as for small files: a header that changed, a line with a cell too few or too many, bytes
that are not UTF-8, a file cut before its last end of line. Messages give the row and the cause, never the line itself
(it may name a person). `https://duckdb.org/docs/stable/data/csv/overview`.
"""

from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from cls_analysis.errors import InvalidInput
from cls_analysis.sources.model import File
from cls_analysis.sources.notes import note
from cls_analysis.sources.text import fold, shown

if TYPE_CHECKING:
    import duckdb  # slow to import, and only the reading of a large file asks for it

MEMORY = "1GB"  # of duckdb; what passes it is written to a temporary folder


@dataclass(frozen=True)
class Stream:
    """A file open for SQL: relation `rows` with one text column per name asked for (blank is `''`), `where` for messages."""

    connection: duckdb.DuckDBPyConnection
    where: str
    columns: tuple[str, ...]

    def query(self, sql: str, parameters: Sequence[object] = ()) -> pd.DataFrame:
        """The answer of a query on `rows`; an unreadable line is an `InvalidInput` with its row."""
        import duckdb

        try:
            return self.connection.execute(sql, list(parameters)).df()
        except duckdb.Error as error:
            raise InvalidInput(_cause(error, self.where), hint=f"download {self.where} again") from error

    def located(self, condition: str, columns: Sequence[str], *, most: int = 5) -> list[str]:
        """`row 12: 'a', 'b'` of the first rows that meet a SQL condition (row 1 is the header)."""
        names = ", ".join(_quoted(name) for name in columns)
        found = self.query(
            f"SELECT line, {names} FROM (SELECT row_number() OVER () + 1 AS line, * FROM rows) WHERE {condition} LIMIT {most}"
        )
        return [f"row {row[0]}: {', '.join(map(repr, row[1:]))}" for row in found.itertuples(index=False)]


@contextmanager
def open_stream(
    path: Path,
    file: File,
    names: Mapping[str, str],
    *,
    optional: Sequence[str] = (),
    quote: str = '"',
    memory: str = MEMORY,
) -> Iterator[Stream]:
    """Open a text file with a header for SQL. `names`: our name -> header as published (accents and case do not count).

    `optional` headers are read under their own name where the file has them (`Stream.columns` says so).

    Raises `InvalidInput` for a missing header, a page or an archive in place of the file, a last line without its end.
    """
    where, separator = file.path, file.separator or ";"
    header = _header(path, where, separator, quote)
    folded = [fold(title) for title in header]
    names = {**names, **{title: title for title in optional if fold(title) in folded}}
    lost = [title for title in names.values() if fold(title) not in folded]
    twice = sorted({title for title in names.values() if folded.count(fold(title)) > 1})
    problems = _nulls(path, where)
    if len(lost) > len(names) / 2:  # then the first line may be a row: it is not shown, it may name a person
        problems.append(
            f"{where}: columns missing: {shown(lost, most=20)}; the first line is not the header of this file"
        )
    elif lost:
        problems.append(f"{where}: columns missing: {shown(lost)}; the header holds {shown(header, most=60)}")
    if twice:
        problems.append(f"{where}: columns written twice in the header: {shown(twice)}")
    if not problems and not _ends(path):
        problems.append(f"{where}: the last line does not end; likely a file cut short")
    if problems:
        raise InvalidInput(problems, hint=f"compare {where} with the producer's file, then build again")
    known = {fold(title) for title in (*names.values(), *file.columns)}
    more = [title for title, key in zip(header, folded, strict=True) if key and key not in known]
    if more and file.columns:
        note(f"{where}: columns not known to this reader, not read: {shown(more, most=20)}")
    declared = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(header)))
    kept = ", ".join(f"coalesce(c{folded.index(fold(title))}, '') AS {_quoted(name)}" for name, title in names.items())
    import duckdb

    spill = tempfile.TemporaryDirectory(prefix="cls-stream-")
    connection = duckdb.connect(config={"memory_limit": memory, "threads": 2, "temp_directory": spill.name})
    try:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(
            f"CREATE VIEW rows AS SELECT {kept} FROM read_csv({_literal(str(path))}, auto_detect=false, header=true, "
            f"delim={_literal(separator)}, quote={_literal(quote)}, escape={_literal(quote)}, null_padding=false, "
            f"strict_mode=true, encoding='utf-8', max_line_size=1000000, columns={{{declared}}})"
        )
        yield Stream(connection, where, tuple(names))
    finally:
        connection.close()
        spill.cleanup()


def _header(path: Path, where: str, separator: str, quote: str) -> list[str]:
    with path.open("rb") as stream:
        first = stream.readline(1_000_000)
    again = "download the file again"
    if not first.strip():
        raise InvalidInput(f"{where}: is empty, or begins with an empty line: has no header line", hint=again)
    if first[:2] == b"\x1f\x8b":
        raise InvalidInput(f"{where}: is a compressed file (gzip), not the text file", hint="unpack it")
    if first[:4] == b"PK\x03\x04":
        raise InvalidInput(f"{where}: is a zip archive or a workbook, not the text file", hint="unpack it")
    if first[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InvalidInput(f"{where}: is encoded in UTF-16, the producer writes UTF-8", hint=again)
    if first.lstrip().lower().startswith((b"<!doctype", b"<html")):
        raise InvalidInput(f"{where}: is a web page, not the file", hint=again)
    try:
        text = first.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{where}, row 1: not valid utf-8", hint=again) from error
    if not text.strip():
        raise InvalidInput(f"{where}: is empty: has no header line", hint=again)
    if "\r" in text:
        raise InvalidInput(
            f"{where}, row 1: lines end with a lone carriage return, the header cannot be told from the rows",
            hint=again,
        )
    if not quote:
        return [title.strip() for title in text.split(separator)]
    return [title.strip() for title in next(csv.reader([text], delimiter=separator, quotechar=quote))]


def _nulls(path: Path, where: str) -> list[str]:
    """One problem, with its row, for a null byte anywhere in the file; read by pieces."""
    row = 1
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            place = piece.find(b"\0")
            if place >= 0:
                row += piece.count(b"\n", 0, place)
                return [f"{where}, row {row}: holds null bytes; it is not a text file, or it was damaged on its way"]
            row += piece.count(b"\n")
    return []


def _ends(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(-1, 2)
        return stream.read(1) == b"\n"


def _cause(error: duckdb.Error, where: str) -> str:
    """Row and cause of an unreadable line, without the line."""
    text = str(error)
    row = re.search(r"on Line: (\d+)", text)
    place = f"{where}, row {row[1]}" if row else where
    if cells := re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", text):
        return f"{place}: {cells[2]} cells where the header has {cells[1]}"
    if "unicode" in text or "utf-8" in text:
        return f"{place}: not valid utf-8; likely saved again in a Windows encoding"
    if "quote" in text.lower():
        return f"{place}: a quoted cell does not end"
    return f"{place}: cannot be read ({type(error).__name__})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
