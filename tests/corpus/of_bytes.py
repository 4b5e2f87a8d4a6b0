"""Faults of the file as a whole: its encoding, ends of line, separators, length, or what it really is."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace

from tests.corpus.layout import Row, Sheet, to_bytes
from tests.corpus.mutations import Mutation, Spoil, only_text, only_workbook


def of_text(change: Callable[[str], bytes | str], *, accent: bool = False) -> Spoil:
    """A change of the decoded text of a CSV; `accent` puts an é in a name first, so that the encoding shows."""

    def spoil(sheet: Sheet) -> bytes:
        only_text(sheet)
        text = to_bytes(accented(sheet) if accent else sheet).decode("utf-8-sig")
        changed = change(text)
        return changed if isinstance(changed, bytes) else changed.encode()

    return spoil


def accented(sheet: Sheet) -> Sheet:
    """An accent in some text cell that is not a number nor a code (a name, a label, else a header)."""
    for place, cell in enumerate(sheet.body[0]):
        if (
            isinstance(cell, str)
            and cell.isascii()
            and any(word in cell for word in ("Nom", "ommune", "C 9", "SI ", "Nature"))
        ):
            return sheet.with_cells(place, lambda text: f"{text} é")
    return sheet.with_header(lambda header: (*header[:-1], f"{header[-1]}é"))


def of_bytes(change: Callable[[bytes], bytes]) -> Spoil:
    return lambda sheet: change(to_bytes(sheet))


def of_workbook(change: Callable[[bytes], bytes]) -> Spoil:
    def spoil(sheet: Sheet) -> bytes:
        only_workbook(sheet)
        return change(to_bytes(sheet))

    return spoil


def lines(change: Callable[[list[str], int], list[str]]) -> Spoil:
    """A change of the lines; the second argument is the position of the first row of data."""

    def spoil(sheet: Sheet) -> bytes:
        only_text(sheet)
        text = to_bytes(sheet).decode("utf-8-sig").removesuffix(sheet.end)
        changed = change(text.split(sheet.end), sheet.first)
        return (b"\xef\xbb\xbf" if sheet.bom else b"") + (
            sheet.end.join(changed) + (sheet.end if sheet.closed else "")
        ).encode()

    return spoil


def separated(mark: str) -> Spoil:
    def spoil(sheet: Sheet) -> Sheet:
        only_text(sheet)
        if sheet.layout.separator == mark:
            raise LookupError("its own separator")
        return replace(sheet, layout=replace(sheet.layout, separator=mark))

    return spoil


def end_of_line(mark: str) -> Spoil:
    def spoil(sheet: Sheet) -> Sheet:
        only_text(sheet)
        return replace(sheet, end=mark)

    return spoil


def without_end(sheet: Sheet) -> Sheet:
    only_text(sheet)
    return replace(sheet, closed=not sheet.closed)


def bom(sheet: Sheet) -> Sheet:
    only_text(sheet)
    return replace(sheet, bom=not sheet.bom)


def only_header(sheet: Sheet) -> Sheet:
    return sheet.with_body(())


def nothing(sheet: Sheet) -> Sheet:
    return replace(sheet, rows=())


def as_csv(sheet: Sheet) -> bytes:
    """The sheet of a workbook saved as CSV under the name of the workbook."""
    only_workbook(sheet)
    return "\n".join(";".join(map(str, row)) for row in sheet.rows).encode()


def as_workbook(sheet: Sheet) -> bytes:
    only_text(sheet)
    return to_bytes(replace(sheet, layout=replace(sheet.layout, separator=None), name="Feuille"))


def zipped(data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("donnees.csv", data)
    return stream.getvalue()


def last_number_shortened(sheet: Sheet) -> bytes:
    """Cut one character before the end of the last line: a figure may be lost."""
    only_text(sheet)
    return to_bytes(sheet).rstrip(b"\r\n")[:-1]


def quote_opened(texts: list[str], first: int) -> list[str]:
    middle = first + (len(texts) - first) // 2
    return [*texts[:middle], '"' + texts[middle], *texts[middle + 1 :]]


def _insert(text: str, *, at: int | None = None) -> Callable[[list[str], int], list[str]]:
    """A line inserted: at the top (0), in the middle of the data (None), at the end (-1)."""

    def change(texts: list[str], first: int) -> list[str]:
        place = len(texts) if at == -1 else first + (len(texts) - first) // 2 if at is None else at
        return [*texts[:place], text, *texts[place:]]

    return change


def sheet_renamed(sheet: Sheet) -> Sheet:
    only_workbook(sheet)
    return replace(sheet, name="Feuil1")


def other_sheet(first: bool, hidden: bool) -> Spoil:
    def spoil(sheet: Sheet) -> Sheet:
        only_workbook(sheet)
        rows: tuple[Row, ...] = (("Brouillon",), ("12",))
        if first:
            return replace(sheet, others=(("Notes", rows), *sheet.others), hidden=("Notes",) if hidden else ())
        return replace(sheet, others=(*sheet.others, ("Notes", rows)), hidden=("Notes",) if hidden else ())

    return spoil


_ACCENTS = r"UTF-16|utf-8|damaged|columns|header|null bytes|line|cells"
_WHAT = r"gzip|web page|zip archive|readable workbook|utf-8|null bytes|header|columns|cells"
MUTATIONS = (
    Mutation("UTF-16", of_text(lambda t: t.encode("utf-16")), _ACCENTS),
    Mutation("UTF-16 without mark", of_text(lambda t: t.encode("utf-16-le")), _ACCENTS),
    Mutation("UTF-32", of_text(lambda t: t.encode("utf-32")), _ACCENTS),
    Mutation("Windows encoding", of_text(lambda t: t.encode("cp1252", "replace"), accent=True), _ACCENTS),
    Mutation("Latin encoding", of_text(lambda t: t.encode("latin-1", "replace"), accent=True), _ACCENTS),
    Mutation("Mac encoding", of_text(lambda t: t.encode("mac-roman", "replace"), accent=True), _ACCENTS),
    Mutation("accents damaged", of_text(lambda t: t.encode().decode("cp1252", "replace"), accent=True), _ACCENTS),
    Mutation("accents replaced by question marks", of_text(lambda t: t.encode("ascii", "replace"), accent=True), r"columns|header|known|cause|code|title|accents"),
    Mutation("byte-order mark added or removed", bom),
    Mutation("byte-order mark twice", of_text(lambda t: b"\xef\xbb\xbf\xef\xbb\xbf" + t.encode()), r"columns|header|missing"),
    Mutation("ends of line CRLF", end_of_line("\r\n")),
    Mutation("ends of line LF", end_of_line("\n")),
    Mutation("ends of line CR", end_of_line("\r"), r"line|cut short"),
    Mutation("ends of line mixed", of_text(lambda t: t.replace("\r\n", "\n").replace("\n", "\r\n", 3))),
    Mutation("end of the last line added or removed", without_end, r"last line"),
    Mutation("separator tabulation", separated("\t"), r"separat|columns|header"),
    Mutation("separator semicolon", separated(";"), r"separat|columns|header"),
    Mutation("separator comma", separated(","), r"separat|columns|header|cells"),
    Mutation("separator bar", separated("|"), r"separat|columns|header"),
    Mutation("separator at the end of each line", lines(lambda t, _f: [line + (";" if ";" in line else ",") for line in t])),
    Mutation("separator at the end of one line", lines(lambda t, f: [*t[:f], t[f] + (";" if ";" in t[f] else ","), *t[f + 1 :]]), r"row \d+"),
    Mutation("cut in the middle of a line", of_bytes(lambda d: d[: len(d) * 2 // 3]), r"cut short|cells|workbook|missing"),
    Mutation("cut at the end of a line", lines(lambda t, f: t[: f + (len(t) - f) * 2 // 3]), r"missing|cut short|sum|add up|not .* sex|without|no first-level row"),
    Mutation("last figure of the file lost", last_number_shortened, r"last line|number|add up|blank|is not \d{4}|commune|'\d*'"),
    Mutation("empty file", lambda _sheet: b"", r"empty|header|workbook"),
    Mutation("only a byte-order mark", of_text(lambda _t: b"\xef\xbb\xbf"), r"empty|header"),
    Mutation("only spaces", of_text(lambda _t: "  \n \n"), r"empty|header|columns"),
    Mutation("only the header", only_header, r"missing|no row|holds no|units|cut short|header"),
    Mutation("only an empty sheet", nothing, r"header|missing|columns"),
    Mutation("a web page", of_bytes(lambda _d: b"<!DOCTYPE html><html><body>503</body></html>"), _WHAT),
    Mutation("a page of JSON", of_bytes(lambda _d: b'{"error": "not found"}\n'), _WHAT),
    Mutation("a compressed file", of_bytes(gzip.compress), _WHAT),
    Mutation("a zip archive", of_bytes(zipped), _WHAT + "|sheet"),
    Mutation("a workbook under the name of a text", as_workbook, _WHAT),
    Mutation("a text under the name of a workbook", as_csv, _WHAT),
    Mutation("a null byte", of_text(lambda t: t[: len(t) // 2] + "\0" + t[len(t) // 2 :]), r"null"),
    Mutation("nulls at the end", of_bytes(lambda d: d + b"\0" * 512), r"null|workbook"),
    Mutation("end-of-file character", of_text(lambda t: t + "\x1a"), r"last line|cells|row"),
    Mutation("a quote opened and not closed", lines(quote_opened), r"row|quote|cells"),
    Mutation("every cell quoted", lines(lambda t, f: [*t[: f - 1], *('"' + line.replace(";" if ";" in line else ",", '"' + (";" if ";" in line else ",") + '"') + '"' for line in t[f - 1 :])] if '"' not in "".join(t) else t)),
    Mutation("the file twice", of_text(lambda t: t + ("" if t.endswith("\n") else "\n") + t), r"row|cells|code|twice"),
    Mutation("blank lines in the middle", lines(_insert("")), r"row|cells"),
    Mutation("blank line at the top", lines(_insert("", at=0)), r"columns|header|title"),
    Mutation("title line at the top", lines(_insert("Extraction du 3 mars", at=0)), r"columns|header|title|cells"),
    Mutation("comment at the top", lines(_insert("# export", at=0)), r"columns|header|title|cells"),
    Mutation("first line lost", lines(lambda t, _f: t[1:]), r"columns|header|title"),
    Mutation("header lost", lines(lambda t, f: [*t[: f - 1], *t[f:]]), r"columns|header"),
    Mutation("trailing note", lines(_insert("Source : producteur.", at=-1)), r"row|cells|code|last line"),
    Mutation("conflict marks of a version tool", lines(_insert("<<<<<<< HEAD")), r"row|cells"),
    Mutation("sheet renamed", sheet_renamed, r"sheet"),
    Mutation("a hidden sheet more", other_sheet(first=False, hidden=True)),
    Mutation("a sheet of notes first", other_sheet(first=True, hidden=False), r"sheet|missing|header"),
    Mutation("a hidden sheet first", other_sheet(first=True, hidden=True), r"sheet|missing|header"),
    Mutation("workbook cut short", of_workbook(lambda d: d[:-600]), r"workbook"),
    Mutation("workbook with a damaged part", of_workbook(lambda d: d[: len(d) // 2] + b"\0" * 64 + d[len(d) // 2 + 64 :]), r"workbook|missing|row|code"),
)  # fmt: skip
