"""How does French prose in a notebook become the page's text and its table of contents?

Markdown is rendered by markdown-it (CommonMark and tables) with HTML switched off: a `<` typed by an analyst
is shown, never obeyed. French spaces are made no-break ("5 %", "« oui »"), code apart. Headings receive stable
identifiers, unique in the page, and feed the contents. Only second and third level headings enter the contents; the
first level is the title on the cover.

Reference: CommonMark 0.31; markdown-it-py documentation, "html" and "typographer" options.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import zip_longest

from markdown_it import MarkdownIt
from markdown_it.token import Token

from cls_analysis.figures import french


@dataclass(frozen=True)
class Heading:
    """A heading of the page: level (2 to 6), identifier, text without markup."""

    level: int
    anchor: str
    text: str


def slug(text: str, *, taken: Collection[str] = ()) -> str:
    """An ASCII identifier for `text`, different from all in `taken`.

    >>> slug("L’offre de soins : accès")
    'l-offre-de-soins-acces'
    >>> slug("Santé", taken={"sante"})
    'sante-2'
    """
    decomposed = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    base = re.sub(r"[^a-z0-9]+", "-", decomposed.lower()).strip("-") or "section"
    if base[0].isdigit():
        base = f"s-{base}"
    if base not in taken:
        return base
    return next(f"{base}-{n}" for n in range(2, len(taken) + 3) if f"{base}-{n}" not in taken)


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "typographer": False, "linkify": False}).enable("table")


def render_markdown(source: str, *, taken: Collection[str] = ()) -> tuple[str, tuple[Heading, ...]]:
    """HTML of a Markdown text, and its headings with their identifiers.

    `taken` are the identifiers already used in the page. Tables become scrollable regions so that a wide one
    does not widen the page, and their header cells get a scope.

    >>> render_markdown("## Santé")
    ('<h2 id="sante">Santé</h2>\\n', (Heading(level=2, anchor='sante', text='Santé'),))
    >>> render_markdown("<script>x</script>")[0]
    '<p>&lt;script&gt;x&lt;/script&gt;</p>\\n'
    """
    html, headings = _remembered(source)
    return (html, headings) if {heading.anchor for heading in headings}.isdisjoint(taken) else _rendered(source, taken)


@lru_cache(maxsize=1000)
def _remembered(source: str) -> tuple[str, tuple[Heading, ...]]:
    """Of a page where nothing is taken. Forked reports share what their parent remembers: most of their texts are the same."""
    return _rendered(source, ())


def _rendered(source: str, taken: Collection[str]) -> tuple[str, tuple[Heading, ...]]:
    parser = _parser()
    tokens = parser.parse(source)
    used = set(taken)
    headings: list[Heading] = []
    for token, inline in zip_longest(tokens, tokens[1:]):
        if token.type == "heading_open" and inline is not None:
            text = _plain(inline)
            anchor = slug(text, taken=used)
            used.add(anchor)
            token.attrSet("id", anchor)
            headings.append(Heading(int(token.tag[1]), anchor, text))
        elif token.type == "th_open":
            token.attrSet("scope", "col")
        for child in token.children or []:
            if child.type == "text":
                child.content = french.punctuate(child.content)
    html = str(parser.renderer.render(tokens, parser.options, {}))
    return _scrollable(html), tuple(headings)


def _plain(inline: Token) -> str:
    return "".join(
        child.content if child.type in {"text", "code_inline"} else " " if child.type == "softbreak" else ""
        for child in inline.children or []
    )


def _scrollable(html: str) -> str:
    region = '<div class="table-scroll" role="region" aria-label="Tableau" tabindex="0"><table>'
    return html.replace("<table>", region).replace("</table>", "</table></div>")
