"""Are these bytes the file that was declared? What a download must look like before it may take a place.

A web page with status 200, an empty file, another format, a gzip where plain text is expected: each is told apart by
its first bytes. A gzip is unpacked in place, counted while it grows.
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import IO, Protocol

from cls_analysis.errors import FetchFailed

_MAGIC = {"zip": b"PK\x03\x04", "xlsx": b"PK\x03\x04", "parquet": b"PAR1", "gzip": b"\x1f\x8b"}


class Declared(Protocol):
    """What an address says of its file (transfer.Address)."""

    @property
    def url(self) -> str: ...
    @property
    def form(self) -> str: ...
    @property
    def min_bytes(self) -> int: ...
    @property
    def max_bytes(self) -> int: ...


def check_content(address: Declared, part: Path) -> None:
    """The file is of the form declared; a gzip where plain is expected is unpacked in place."""
    if part.stat().st_size < address.min_bytes:
        raise FetchFailed(
            f"{address.url}: {part.stat().st_size} bytes, at least {address.min_bytes} expected (an empty file?)",
            hint="try again later; the last good file is untouched",
        )
    if address.form not in ("gzip",) and _head(part)[:2] == _MAGIC["gzip"]:
        _gunzip(address, part)
    refuse_head(address, _head(part))


def refuse_head(address: Declared, head: bytes) -> None:
    """First bytes that are not those of the declared form: a web page, another format."""
    looks_html = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype html", b"<html", b"<?xml"))
    if looks_html:
        raise FetchFailed(
            f"{address.url}: a web page came instead of the {address.form} file (an error page, a login, a maintenance notice)",
            hint="open the address in a browser; the last good file is untouched",
        )
    magic = _MAGIC.get(address.form)
    if magic and not head.startswith(magic):
        raise FetchFailed(
            f"{address.url}: the first bytes are {head[:8]!r}, not those of a {address.form} file",
            hint="the producer changed the format: compare with the source's page",
        )
    if address.form in ("csv", "text") and b"\x00" in head:
        raise FetchFailed(f"{address.url}: binary content where text is expected", hint="check the address")


def _gunzip(address: Declared, part: Path) -> None:
    plain = part.with_name(f"{part.name}.plain")
    try:
        with gzip.open(part, "rb") as packed, plain.open("wb") as out:
            _copy_limited(packed, out, address)
        plain.replace(part)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FetchFailed(f"{address.url}: damaged gzip: {error}", hint="fetch it again") from error
    finally:
        plain.unlink(missing_ok=True)


def _copy_limited(packed: gzip.GzipFile, out: IO[bytes], address: Declared) -> None:
    written = 0
    while chunk := packed.read(1 << 20):
        written += len(chunk)
        if written > address.max_bytes:
            raise FetchFailed(
                f"{address.url}: unpacks to more than {address.max_bytes} bytes", hint="check the address"
            )
        out.write(chunk)


def _head(path: Path) -> bytes:
    with path.open("rb") as handle:
        return handle.read(4096)
