"""Which numbers does a page write, beside which key, in which table? One walk through its markup.

Numbers that carry `data-indicator` and `data-territory` (on the element or one around it) are tagged; every other text, tooltip, text
alternative, data attribute or script that holds a figure is kept as it is. Nothing is executed or fetched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from cls_analysis.disclosure.rules import KEY

SPACES = "\u202f\u00a0\u2009\u2007 "
NUMBER = re.compile(rf"(?<![\w.,])[-−]?\d{{1,3}}(?:[{SPACES}]\d{{3}})+(?:[.,]\d+)?|(?<![\w.,])[-−]?\d+(?:[.,]\d+)?")


@dataclass(frozen=True)
class Tagged:
    """A number shown beside the key of its row: `key` holds the attributes given, `numbers` what is written."""

    file: str
    key: tuple[tuple[str, str], ...]
    numbers: tuple[str, ...]


def numbers(text: str) -> list[str]:
    """Numbers written in a text, French or not, as plain decimals.

    >>> numbers("1 234,5 décès en 2023 (IC 0.12)")
    ['1234.5', '2023', '0.12']
    """
    found = []
    for match in NUMBER.finditer(text):
        raw = match[0].replace("−", "-").replace(",", ".")
        found.append("".join(c for c in raw if c not in SPACES))
    return found


class Page(HTMLParser):
    """One walk through a page: tables, tagged numbers, and every string a reader or a script can reach."""

    _VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
    _QUIET = frozenset({"id", "class", "style", "href", "d", "points", "transform", "viewbox", "src", "xmlns"})

    def __init__(self, file: str) -> None:
        super().__init__(convert_charrefs=True)
        self.file = file
        self.tables: list[list[list[str]]] = []
        self.tagged: list[Tagged] = []
        self.words: list[str] = []
        self.stack: list[tuple[str, dict[str, str]]] = []
        self.keys: list[dict[str, str]] = [{}]
        self.open_tables: list[list[list[str]]] = []
        self.captions: list[str] = []
        self.open_captions: list[str] = []
        self.styles = 0

    @classmethod
    def read(cls, text: str, file: str) -> Page:
        page = cls(file)
        page.feed(text)
        page.close()
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {k: v or "" for k, v in attrs}
        key = {k.removeprefix("data-").replace("-", "_"): v for k, v in given.items() if k.startswith("data-")}
        key = {k: v for k, v in key.items() if k in KEY}
        joined = {**self.keys[-1], **key}
        loose = [v for k, v in given.items() if k not in self._QUIET and not (k.startswith("data-") and k[5:] in KEY)]
        self.words += [v for v in loose if any(c.isdigit() for c in v)]
        self._tag(joined, " ".join(v for k, v in given.items() if k in {"title", "aria-label", "alt", "data-value"}))
        if tag == "table":
            self.open_tables.append([])
            self.open_captions.append("")
        elif tag == "tr" and self.open_tables:
            self.open_tables[-1].append([])
        elif tag in {"td", "th"} and self.open_tables and self.open_tables[-1]:
            self.open_tables[-1][-1].append("")
        if tag not in self._VOID:
            self.stack.append((tag, given))
            self.keys.append(joined)
            self.styles += tag == "style"

    def handle_endtag(self, tag: str) -> None:
        while self.stack and any(name == tag for name, _ in self.stack):
            name, _ = self.stack.pop()
            self.keys.pop()
            self.styles -= name == "style"
            if name == "table" and self.open_tables:
                self.tables.append(self.open_tables.pop())
                self.captions.append(self.open_captions.pop())
            if name == tag:
                break

    def handle_data(self, data: str) -> None:
        if self.styles or not data.strip():
            return
        if self.open_captions and any(name == "caption" for name, _ in self.stack):
            self.open_captions[-1] += data
        elif self.open_tables and self.open_tables[-1] and self.open_tables[-1][-1]:
            self.open_tables[-1][-1][-1] += data
        if any(c.isdigit() for c in data):
            self.words.append(data)
        self._tag(self.keys[-1], data)

    def handle_comment(self, data: str) -> None:
        """What a browser does not show, a reader of the file sees."""
        if any(c.isdigit() for c in data):
            self.words.append(data)

    def _tag(self, key: dict[str, str], text: str) -> None:
        if {"indicator", "territory"} <= set(key) and (found := numbers(text)):
            self.tagged.append(Tagged(self.file, tuple(sorted(key.items())), tuple(found)))
