"""Which acronyms does a page use, and where are they explained? In place, then once more at its end.

An acronym is expanded by `<abbr title="…">` at its first occurrence of each chapter, in running text only:
never inside a drawing, a heading, a link, a button or an attribute. Since a `title` is not reachable by touch
or keyboard, the acronyms met are also listed at the end of the page.

Reference: RGAA 4.1, criterion 9.4 area (abbreviations); WCAG 2.2, technique H28.
"""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_TAG = re.compile(r"(<!--.*?-->|<svg\b.*?</svg>|<[^>]*>)", re.DOTALL)  # a drawing is one piece
_NAME = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)")
_CLOSED_TO_ABBR = frozenset(
    {"svg", "abbr", "a", "button", "summary", "code", "script", "style", "title", "dt"}
    | {f"h{level}" for level in range(1, 7)}
)


@cache
def load_glossary() -> Mapping[str, str]:
    """Acronym -> expansion, as shipped in glossary.toml."""
    return tomllib.loads(files("cls_analysis.publishing").joinpath("glossary.toml").read_text("utf-8"))


@cache
def _pattern(acronyms: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(acronyms, key=lambda word: (-len(word), word))
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w-])")


def annotate(fragment: str, glossary: Mapping[str, str]) -> tuple[str, frozenset[str]]:
    """`fragment` with the first occurrence of each acronym expanded in place, and the acronyms met.

    >>> annotate("<p>Les EPCI et l’EPCI.</p>", {"EPCI": "Établissement"})[0]
    '<p>Les <abbr title="Établissement">EPCI</abbr> et l’EPCI.</p>'
    >>> annotate("<h2>EPCI</h2>", {"EPCI": "Établissement"})
    ('<h2>EPCI</h2>', frozenset())
    """
    if not glossary:
        return fragment, frozenset()
    pattern = _pattern(tuple(glossary))
    met: set[str] = set()

    def expand(match: re.Match[str]) -> str:
        word = match.group()
        if word in met:
            return word
        met.add(word)
        return f'<abbr title="{html.escape(glossary[word])}">{word}</abbr>'

    pieces = _TAG.split(fragment)
    shut: list[str] = []
    for index, piece in enumerate(pieces):
        if index % 2 == 0:
            if not shut and piece.strip():
                pieces[index] = pattern.sub(expand, piece)
            continue
        named = _NAME.match(piece)
        name = named.group(1).lower() if named else ""
        if name not in _CLOSED_TO_ABBR or piece.endswith("/>"):
            continue
        if not piece.startswith("</"):
            shut += [name] * (piece.count("<svg") - piece.count("</svg>") if name == "svg" else 1)
        elif name in shut:
            while shut.pop() != name:
                pass
    return "".join(pieces), frozenset(met)
