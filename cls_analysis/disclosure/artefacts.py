"""What does a folder of published files say? Rows, tagged figures and loose numbers, read from the files themselves.

Tables in the columns of THE TABLE are found in CSV (`;`, `,` or tab, decimal comma) and in any sheet of a workbook,
by their headings in English or French. In HTML, numbers that carry `data-indicator` and `data-territory` (on the
element or one around it) become tagged figures, and every text, tooltip, text alternative and data attribute is searched
for loose numbers, as are JSON, notebooks, SVG, Markdown and plain text. Nothing is executed or fetched.
"""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cls_analysis import workbooks
from cls_analysis.disclosure.markup import NUMBER, SPACES, Page, Tagged
from cls_analysis.disclosure.rules import KEY, WITHHELD_COLUMNS
from cls_analysis.disclosure.wording import HEADINGS, LABELS, STATUS_FRENCH
from cls_analysis.errors import InvalidInput

#: how reports of earlier versions wrote it; their files are read as long as they are kept
STATUS_FRENCH_BEFORE = {
    "secret : effectif trop faible": "suppressed",
    "secret : protege une autre valeur": "suppressed_secondary",
    "non significatif : trop peu d’evenements": "too_few_events",
    "secret du producteur": "not_published",
}
NEEDED = [*KEY, "status"]
SIMULATED = "-simule"  # end of the name of a folder of made-up figures
TEXT_SUFFIXES = {".html", ".htm", ".json", ".ipynb", ".svg", ".md", ".txt", ".tex", ".xml"}


def plain(text: str) -> str:
    """Lower case, without accents or outer spaces."""
    flat = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return flat.strip().lower()


#: headings of the workbook, accents and case aside -> columns of THE TABLE, whose cells are read as what they say
COLUMN_OF = {plain(heading): column for column, heading in HEADINGS.items() if column not in LABELS}
KNOWN = frozenset(COLUMN_OF.values())
#: how a status is or was written in French, accents and case aside -> its code
STATUS_OF = STATUS_FRENCH_BEFORE | {plain(words): status for status, words in STATUS_FRENCH.items()}


@dataclass(frozen=True)
class PageTable:
    """A table of a page: `caption`, `header` and body `rows` of texts."""

    file: str
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Folder:
    """What was read: `rows` in THE TABLE's columns with the `file` they stand in, `tagged`, `tables` of pages, and `texts` by file."""

    rows: pd.DataFrame
    tagged: tuple[Tagged, ...]
    tables: tuple[PageTable, ...]
    texts: dict[str, tuple[str, ...]]
    files: tuple[str, ...]


def read_folder(folder: Path) -> Folder:
    """Read every file below a folder. InvalidInput lists files that should be readable and are not."""
    if not folder.is_dir():
        raise InvalidInput(f"{folder.name} is not a folder", hint="cls-analysis check reports/")
    frames: list[pd.DataFrame] = []
    tagged: list[Tagged] = []
    tables: list[PageTable] = []
    texts: dict[str, tuple[str, ...]] = {}
    problems: list[str] = []
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    for path in files:
        name = path.relative_to(folder).as_posix()
        try:
            if path.suffix in {".csv", ".tsv"}:
                content = path.read_text("utf-8-sig")
                frames += _tables([_csv_rows(content)], name)
                texts[name] = (content,)
            elif path.suffix in {".xlsx", ".xlsm", ".ods"}:
                sheets = list(workbooks.sheets(path).values())
                frames += _tables([[[_cell(c) for c in row] for row in sheet] for sheet in sheets], name)
                texts[name] = tuple("\t".join(_cell(c) for c in row) for sheet in sheets for row in sheet)
            elif path.suffix == ".parquet":
                frame = pd.read_parquet(path)
                if set(NEEDED) <= set(frame.columns):
                    frames.append(frame.assign(file=name))
            elif path.suffix in TEXT_SUFFIXES:
                content = path.read_text("utf-8", errors="replace")
                markup = [content] if path.suffix not in {".json", ".ipynb"} else list(_strings(json.loads(content)))
                pages = [Page.read(text, name) for text in markup if "<" in text]
                frames += [f for page in pages for f in _tables(page.tables, name)]
                tagged += [t for page in pages for t in page.tagged]
                tables += [
                    PageTable(name, caption, tuple(table[0]), tuple(map(tuple, table[1:])))
                    for page in pages
                    for caption, table in zip(page.captions, page.tables, strict=True)
                    if table
                ]
                texts[name] = tuple(t for page in pages for t in page.words) + tuple(t for t in markup if "<" not in t)
        except (ValueError, OSError, UnicodeError) as error:
            problems.append(f"{name} cannot be read: {error}")
    if problems:
        raise InvalidInput(problems, hint="make the report again")
    rows = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*NEEDED, "file"])
    return Folder(rows, tuple(tagged), tuple(tables), texts, tuple(p.relative_to(folder).as_posix() for p in files))


def apart(read: Folder) -> list[Folder]:
    """The real files and those of folders called `…-simule`, never in one set: made-up figures contradict real ones.

    Empty sets are left out.
    """
    parts = []
    for wanted in (False, True):
        files = tuple(name for name in read.files if is_simulated(name) is wanted)
        if files:
            rows = read.rows[read.rows["file"].isin(files)].reset_index(drop=True)
            tagged = tuple(tag for tag in read.tagged if tag.file in files)
            tables = tuple(table for table in read.tables if table.file in files)
            parts.append(Folder(rows, tagged, tables, {n: t for n, t in read.texts.items() if n in files}, files))
    return parts


def is_simulated(name: str) -> bool:
    """Whether a file lies in a folder of made-up figures.

    >>> is_simulated("petr-langres/2026-simule/a.csv"), is_simulated("petr-langres/2026/a.csv")
    (True, False)
    """
    return any(part.endswith(SIMULATED) for part in name.split("/")[:-1])


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        if value and all(isinstance(item, str) for item in value):
            yield "".join(value)
        else:
            for item in value:
                yield from _strings(item)
    elif isinstance(value, bool) or value is None:
        return
    else:
        yield str(value)


def _csv_rows(content: str) -> list[list[str]]:
    first = content.split("\n", 1)[0]
    delimiter = max(";,\t", key=first.count)
    return list(csv.reader(io.StringIO(content, newline=""), delimiter=delimiter))


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _tables(sheets: list[list[list[str]]], file: str) -> list[pd.DataFrame]:
    """Tables in THE TABLE's columns: the first line within 20 that names the key and the status is the header."""
    frames = []
    for sheet in sheets:
        filled = [row for row in sheet if any(row)]
        for i, line in enumerate(filled[:20]):
            names = [_column(cell) for cell in line]
            if set(NEEDED) <= set(names):
                lines = filled[i + 1 :]
                body = [dict(zip(names, row, strict=False)) for row in lines]
                beside = [j for j, name in enumerate(names) if name not in KNOWN]
                beside += range(len(names), max(map(len, lines), default=0))
                keys = [j for j, name in enumerate(names) if name in KEY]
                unnamed = [_bare_numbers(row, beside, keys) for row in lines]
                typed = _typed(pd.DataFrame(body).reindex(columns=_wanted(names)))
                frames.append(typed.assign(unnamed=pd.Series(unnamed, index=typed.index, dtype="str"), file=file))
                break
    return frames


def _bare_numbers(row: list[str], columns: list[int], keys: list[int]) -> str:
    """Cells of a line that are numbers and stand in no column of THE TABLE (a hidden one, or a note beside), as one text.

    A code of the row's key, repeated, is not one.
    """
    own = {row[j].strip() for j in keys if j < len(row)}
    cells = [row[j].strip().removeprefix("'") for j in columns if j < len(row)]
    return " ".join(cell for cell in cells if NUMBER.fullmatch(cell) and cell not in own)


def _column(cell: str) -> str:
    text = plain(cell)
    return COLUMN_OF.get(text, text)


def _wanted(names: list[str]) -> list[str]:
    known = [n for n in dict.fromkeys(names) if n in KNOWN]
    return [*known, *[c for c in [*WITHHELD_COLUMNS, "source_ids"] if c not in known]]


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    result = frame.copy()
    for column in result.columns:
        text = result[column].fillna("").astype(str).str.strip().str.removeprefix("'")
        if column in WITHHELD_COLUMNS:
            flat = text.str.replace(f"[{SPACES}]", "", regex=True).str.replace(",", ".", regex=False)
            result[column] = pd.to_numeric(flat.mask(flat == ""), errors="coerce")
        elif column == "status":
            result[column] = text.map(lambda word: STATUS_OF.get(plain(word), word))
        else:
            result[column] = text
    return result
