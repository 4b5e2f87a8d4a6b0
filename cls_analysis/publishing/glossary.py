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

_TAG = r"<!--.*?-->|<svg\b(?![^<>]*/>)[^<]*+(?:<(?!/svg>)[^<]*+)*+</svg>|<[^>]*>"  # a drawing is one piece
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
    """The next acronym, or the next tag that could shut or open the text to acronyms; what lies before is passed over."""
    longest_first = sorted(acronyms, key=lambda word: (-len(word), word))
    acronym = rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w-])"
    first = "".join(sorted({re.escape(word[0]) for word in acronyms}))
    indifferent = rf"<(?!!--|/?(?i:{'|'.join(sorted(_CLOSED_TO_ABBR))})(?![a-zA-Z0-9]))[^>]*+>"
    usual = r"</?(?:t[drh]|span|p|div|li|strong)(?![a-zA-Z0-9])[^>]*+>"  # indifferent as well, and told so sooner
    passed = rf"(?:[^<{first}]++|{usual}|{indifferent}|(?!{acronym})[{first}]|<(?![^>]*>))*+"
    return re.compile(rf"{passed}(?:(?P<acronym>{acronym})|(?P<tag>{_TAG})|\Z)", re.DOTALL)


def annotate(fragment: str, glossary: Mapping[str, str]) -> tuple[list[str], frozenset[str]]:
    """`fragment` with the first occurrence of each acronym expanded in place, in pieces to be joined, and the acronyms met.

    >>> "".join(annotate("<p>Les EPCI et l’EPCI.</p>", {"EPCI": "Établissement"})[0])
    '<p>Les <abbr title="Établissement">EPCI</abbr> et l’EPCI.</p>'
    >>> annotate("<h2>EPCI</h2>", {"EPCI": "Établissement"})
    (['<h2>EPCI</h2>'], frozenset())
    """
    if not glossary:
        return [fragment], frozenset()
    met: set[str] = set()
    pieces: list[str] = []
    done = 0
    shut: list[str] = []
    for match in _pattern(tuple(glossary)).finditer(fragment):
        word, tag = match.groups()
        if word and not shut and word not in met:
            met.add(word)
            pieces += [
                fragment[done : match.start("acronym")],
                f'<abbr title="{html.escape(glossary[word])}">{word}</abbr>',
            ]
            done = match.end()
        elif tag:
            _shut(shut, tag)
    return [*pieces, fragment[done:]], frozenset(met)


def _shut(shut: list[str], tag: str) -> None:
    """Note in `shut`, the elements closed to acronyms that are open, what this tag begins or ends."""
    named = _NAME.match(tag)
    name = named.group(1).lower() if named else ""
    if name not in _CLOSED_TO_ABBR or tag.endswith("/>"):
        return
    if not tag.startswith("</"):
        shut += [name] * (tag.count("<svg") - tag.count("</svg>") if name == "svg" else 1)
    elif name in shut:
        while shut.pop() != name:
            pass
