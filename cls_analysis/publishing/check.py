"""Would this page call another host, or break under a screen reader? Cheap checks on every page made.

A browser test says more, but costs a browser. These run on each report: nothing that loads from elsewhere, no
stray script, unique identifiers, links that lead somewhere in the page, headings without a missing level,
images with a text alternative, at most 3 MB.

Reference: RGAA 4.1, criteria 1.1, 8.2, 9.1; HTML Living Standard, "url" attributes that fetch.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from html import unescape

MAX_BYTES = 3_000_000

_FLAGS = re.DOTALL | re.IGNORECASE | re.ASCII
#: what each of the next three begins with: one search of the page for all
_OPENING = re.compile(r"<(?:!--|script|style)", _FLAGS)
_SCRIPT = re.compile(r"<script(?![\w-])", _FLAGS)
_STYLE = re.compile(r"<style(?![\w-])[^>]*>(.*?)(?:</style|\Z)", _FLAGS)
#: where a browser reads no tags, whichever begins first; a comment also ends as the standard lets it
_NO_TAGS = re.compile(
    r"<!--(?:-?>|.*?--!?>)|<(script|style)(?=[\t\n\f\r />])[^>]*>(.*?)</\1(?=[\t\n\f\r />])[^>]*>", _FLAGS
)
_IN_STYLE = re.compile(r"<[a-z/!?]", _FLAGS)
_TAG = re.compile(r"<([a-zA-Z][\w:-]*)((?:[\s/]+[^\s=>/]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+))?)*)[\s/]*>")
_ATTRIBUTE = re.compile(r"([^\s=>/]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))")
_ID = re.compile(r"""id(?<=\sid)(?=\s*=\s*["']([^"']*)["'])""")  # begins with plain text, which is found faster
_CSS_FETCH = re.compile(r"url\(\s*['\"]?(?!data:|#)([^'\")]{1,80})|@import\s+([^;]{1,80})", re.IGNORECASE)
_FETCHING = {"src", "srcset", "poster", "data", "background", "formaction", "action", "ping", "manifest"}
_HEADINGS = frozenset(f"h{level}" for level in range(1, 7))
_UNWANTED = frozenset({"iframe", "object", "embed", "form", "base", "link"})
_REFERENCES = ("aria-labelledby", "aria-describedby", "aria-controls")
_RULED = "|".join(sorted({"id", "href", "style", *_FETCHING, *_REFERENCES}))
#: a tag that no rule looks at, as most strokes of a drawing are: neither its name nor any of its attributes
_QUIET = (
    rf"<(?!html|img|{'|'.join(sorted(_HEADINGS | _UNWANTED))})[a-z][a-z0-9]*+"
    rf'(?:\s++(?!on|(?:{_RULED})=)[a-z][a-z0-9-]*+="[^"]*+")*+\s*+/?>'
)
_TAGS = re.compile(f"{_QUIET}|{_TAG.pattern}")  # no name for a quiet one


def identifiers(fragment: str) -> list[str]:
    """Every `id` of a fragment of HTML, in order, with repeats: one of a tag, between its `<` and the next `>`.

    >>> identifiers('<p class="a" id="b">id="c"</p>')
    ['b']
    """
    found, end = [], 0
    for match in _ID.finditer(fragment):
        start = match.start()
        if start >= end and fragment.find("<", max(end, fragment.rfind(">", 0, start) + 1), start) >= 0:
            found.append(match.group(1))
            end = match.end(1) + 1
    return found


def check_page(html: str, *, figures: Iterable[str] = ()) -> list[str]:
    """Everything wrong with a page that is to show these figures (identifiers), as sentences; empty when it may be published.

    >>> check_page('<html lang="fr"><title>t</title><h1>a</h1><img src="https://x.fr/i.png" alt="i"></html>')
    ['<img src> loads https://x.fr/i.png: a report calls no other host']
    """
    problems: list[str] = []
    try:
        size = len(html.encode())
    except UnicodeEncodeError as error:
        return [f"the page holds {html[error.start]!a}, half a character: its text was cut or read wrong"]
    if size > MAX_BYTES:
        problems.append(f"the page weighs {size / 1e6:.1f} MB: at most {MAX_BYTES / 1e6:g} MB")
    openings = [match.start() for match in _OPENING.finditer(html)]
    # a style and a script count wherever they stand: what only looks like a comment hides none
    for style in _begun(_STYLE, html, openings):
        problems += _css_problems(style[1])
    if len(_begun(_SCRIPT, html, openings)) > 1:
        problems.append("a fragment brings its own <script>: the page's policy blocks it")
    unread = [match for match in _begun(_NO_TAGS, html, openings) if match[1]]  # a comment is read as if it were none
    if any(match[1].lower() == "style" and _IN_STYLE.search(match[2]) for match in unread):
        problems.append("a style sheet holds a tag: it may hide what a browser shows")
    ends = [0, *(place for match in unread for place in match.span()), len(html)]
    bare = "".join(html[start:end] for start, end in zip(ends[::2], ends[1::2], strict=True))
    tags = [(name.lower(), _attributes(text)) for name, text in _TAGS.findall(bare) if name]
    problems += _language_problems(tags, bare)
    for name, attributes in tags:
        problems += _tag_problems(name, attributes)
    seen = Counter(attributes["id"] for _, attributes in tags if "id" in attributes)
    problems += [f"figure {figure!r} is declared but not shown" for figure in figures if figure not in seen]
    problems += _identifier_problems(tags, seen)
    problems += _heading_problems(tags)
    return problems


def _begun(pattern: re.Pattern[str], html: str, openings: Iterable[int]) -> list[re.Match[str]]:
    """What `pattern.finditer` finds, where every match begins at an opening."""
    found: list[re.Match[str]] = []
    for start in openings:
        if (not found or start >= found[-1].end()) and (match := pattern.match(html, start)):
            found.append(match)
    return found


def _attributes(text: str) -> dict[str, str]:
    return {name.lower(): unescape(double or single or bare) for name, double, single, bare in _ATTRIBUTE.findall(text)}


def _css_problems(css: str) -> list[str]:
    return [
        f"style loads {(url or imported).strip()}: a report calls no other host"
        for url, imported in _CSS_FETCH.findall(css)
    ]


def _language_problems(tags: list[tuple[str, dict[str, str]]], html: str) -> list[str]:
    problems = []
    if not any(name == "html" and attributes.get("lang") for name, attributes in tags):
        problems.append("the page declares no language")
    if not re.search(r"<title>[^<]*\S[^<]*</title>", html):
        problems.append("the page has no title")
    return problems


def _tag_problems(name: str, attributes: dict[str, str]) -> list[str]:
    problems = []
    for attribute, value in attributes.items():
        local = attribute.removeprefix("xlink:")
        fetches = local in _FETCHING or (local == "href" and name in {"link", "image", "use", "base", "feimage"})
        if fetches and not value.startswith(("data:", "#")):
            problems.append(f"<{name} {attribute}> loads {value[:80]}: a report calls no other host")
        if local == "href" and name == "a" and re.match(r"\s*(javascript|vbscript):", value, re.IGNORECASE):
            problems.append(f"<a href> runs a script: {value[:80]}")
        if local.startswith("on") and local != "on":
            problems.append(f"<{name} {attribute}>: the page's policy blocks scripts in attributes")
        if local == "style":
            problems += _css_problems(value)
    if name in _UNWANTED:
        problems.append(f"<{name}> has no place in a self-contained page")
    if name == "img" and "alt" not in attributes:
        problems.append(f"<img src={attributes.get('src', '')[:40]!r}> has no text alternative")
    return problems


def _identifier_problems(tags: list[tuple[str, dict[str, str]]], seen: Mapping[str, int]) -> list[str]:
    problems = [f"identifier {anchor!r} is used {count} times" for anchor, count in seen.items() if count > 1]
    for name, attributes in tags:
        target = attributes.get("href", "")
        if name == "a" and target.startswith("#") and len(target) > 1 and target[1:] not in seen:
            problems.append(f"link to {target} leads nowhere in the page")
        problems += [
            f"<{name} {reference}> names {anchor!r}, which is not in the page"
            for reference in _REFERENCES
            if reference in attributes
            for anchor in attributes[reference].split()
            if anchor not in seen
        ]
    return problems


def _heading_problems(tags: list[tuple[str, dict[str, str]]]) -> list[str]:
    levels = [int(name[1]) for name, _ in tags if name in _HEADINGS]
    problems = []
    if levels.count(1) != 1:
        problems.append(f"the page has {levels.count(1)} first level headings instead of one")
    problems += [
        f"a heading of level {below} follows one of level {above}: a level is missing"
        for above, below in itertools.pairwise(levels)
        if below > above + 1
    ]
    return problems
