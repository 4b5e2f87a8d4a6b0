"""How does an executed notebook become the page a Commission Santé opens?

Markdown cells are the prose, HTML outputs of code cells are the figures, code is never shown. Each second
level heading opens a chapter. The result is one HTML file that calls no other host: style and script are
inside, and a content security policy written in the page makes the browser hold it to that. Nothing of the
run (times, counters, machine) enters the page, so the same notebook output gives the same bytes.

Tags on cells: `cover` puts a code cell's output into the cover band, `remove-cell` leaves a cell out, `optional`
on the Markdown cell that opens a chapter leaves the chapter out when no cell of it displays anything, any other
tag (say `essentiel`) becomes a class around the cell's output.

Reference: RGAA 4.1; W3C Content Security Policy Level 3, hash sources; docs/publishing.md.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import nbformat
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from cls_analysis import __version__
from cls_analysis.errors import InvalidInput
from cls_analysis.figures.prose import Heading, render_markdown
from cls_analysis.publishing.check import check_page, identifiers
from cls_analysis.publishing.glossary import annotate, load_glossary
from cls_analysis.publishing.publication import META_MIME, STATUS_WORDS, Publication

KIND_LABELS = {
    "pre-diagnostic": "Pré-diagnostic local de santé",
    "diagnostic": "Diagnostic local de santé",
    "diagnostic-partage": "Diagnostic local de santé partagé",
    "bilan-annuel": "Bilan annuel du contrat local de santé",
}
RESERVED = ("contenu", "sommaire", "sommaire-liste", "glossaire", "provenance")
_HEADING = re.compile(r"<(/?)h[2-6]\b")  # a figure on the cover heads no section
_QUIET_TAGS = frozenset({"parameters", "injected-parameters", "cover", "remove-cell"})


@dataclass
class _Chapter:
    """A chapter under construction: its heading (None before the first) and its fragments of HTML."""

    heading: Heading | None
    parts: list[Heading] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    optional: bool = False
    shown: int = 0


def render_page(notebook: nbformat.NotebookNode, publication: Publication) -> str:
    """The whole page, as text, from an executed notebook and its declaration.

    Raises InvalidInput listing every output that cannot be published (an image without text alternative, a
    figure that calls another host, duplicate identifiers, headings out of order).
    """
    chapters, cover, problems = _read_cells(notebook)
    if problems:
        raise InvalidInput(problems, hint="display a cls_analysis Figure, or text/html with a text alternative")
    glossary = load_glossary()
    met: set[str] = set()
    sections: list[str] = []
    for chapter in chapters:
        pieces, words = annotate("\n".join(chapter.html), glossary)
        met |= words
        sections += _section(chapter, pieces)
    head, foot = _around(publication, chapters, cover, [(word, glossary[word]) for word in sorted(met)])
    html = "".join([head, *sections, foot])
    if wrong := check_page(html, figures=[entry.id for entry in publication.figures]):
        raise InvalidInput(wrong, hint="look at the cells of the notebook that display these fragments")
    return html


def _read_cells(notebook: nbformat.NotebookNode) -> tuple[list[_Chapter], list[str], list[str]]:
    chapters, cover, problems = [_Chapter(None)], [], []
    taken = set(RESERVED)
    for output_html in _all_html(notebook):
        taken.update(identifiers(output_html))
    for number, cell in enumerate(notebook.cells, start=1):
        tags = cell.metadata.get("tags", [])
        if "remove-cell" in tags:
            continue
        if cell.cell_type == "markdown":
            for piece in _split_chapters(cell.source):
                before = len(chapters)
                _append_prose(chapters, piece, taken)
                if len(chapters) > before:
                    chapters[-1].optional = "optional" in tags
        elif cell.cell_type == "code":
            fragments = []
            for output in cell.outputs:
                fragment, problem = _fragment(output, taken)
                if problem:
                    problems.append(f"cell {number}: {problem}")
                elif fragment:
                    fragments.append(fragment)
            if "cover" in tags:
                cover += [_HEADING.sub(r"<\1p", fragment) for fragment in fragments]
            elif fragments:
                chapters[-1].shown += 1
                classes = " ".join(["output", *(tag for tag in tags if tag not in _QUIET_TAGS)])
                chapters[-1].html += [f'<div class="{classes}">', *fragments, "</div>"]
    kept = [c for c in chapters if (c.heading or c.html) and (c.shown or not c.optional)]
    return kept, cover, problems


def _all_html(notebook: nbformat.NotebookNode) -> Iterable[str]:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            yield _text(output.get("data", {}).get("text/html", ""))


def _split_chapters(source: str) -> list[str]:
    """Cut a Markdown cell before each second level heading, outside fenced code."""
    pieces: list[list[str]] = [[]]
    fenced = False
    for line in source.splitlines():
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        if line.startswith("## ") and not fenced:
            pieces.append([])
        pieces[-1].append(line)
    return ["\n".join(piece) for piece in pieces if "".join(piece).strip()]


def _append_prose(chapters: list[_Chapter], source: str, taken: set[str]) -> None:
    lines = source.splitlines()
    if lines and lines[0].startswith("# ") and chapters == [_Chapter(None)]:
        source = "\n".join(lines[1:])  # the notebook's own title: the cover says it
        if not source.strip():
            return
    html, headings = render_markdown(source, taken=taken)
    taken.update(heading.anchor for heading in headings)
    if headings and headings[0].level == 2:
        chapters.append(_Chapter(headings[0]))
        headings = headings[1:]
    chapters[-1].parts += [heading for heading in headings if heading.level == 3]
    chapters[-1].html.append(f'<div class="prose">\n{html}</div>')


def _fragment(output: nbformat.NotebookNode, taken: set[str]) -> tuple[str, str]:
    """(HTML of one output, problem): both empty for what only the notebook shows."""
    data = output.get("data", {})
    if "text/html" in data:
        return _text(data["text/html"]), ""
    if "text/markdown" in data:
        html, headings = render_markdown(_text(data["text/markdown"]), taken=taken)
        taken.update(heading.anchor for heading in headings)
        return f'<div class="prose">\n{html}</div>', ""
    image = next((kind for kind in data if kind.startswith("image/")), None)
    if image and META_MIME not in data:
        return "", f"displays {image} without a text alternative"
    return "", ""


def _text(value: str | Sequence[str]) -> str:
    return value if isinstance(value, str) else "".join(value)


def _section(chapter: _Chapter, inner: Sequence[str]) -> list[str]:
    if chapter.heading is None:
        return ['<div class="chapter chapter-opening">\n', *inner, "\n</div>\n"]
    anchor = chapter.heading.anchor
    start = f'<section class="chapter" id="chapitre-{anchor}" aria-labelledby="{anchor}">\n'
    return [start, *inner, "\n</section>\n"]


def _around(
    publication: Publication, chapters: Sequence[_Chapter], cover: Sequence[str], glossary: Sequence[tuple[str, str]]
) -> list[str]:
    """What stands before the chapters and what stands after: they are long, and Jinja would copy them several times."""
    script = _script()
    kind_label = publication.kind_label or KIND_LABELS.get(publication.kind, publication.kind)
    style = f"\n{_style()}\n{_running_header(publication, kind_label)}\n"
    contents = [
        {**vars(chapter.heading), "parts": chapter.parts} for chapter in chapters if chapter.heading is not None
    ]
    if publication.figures:
        contents.append({"anchor": "provenance", "text": "Provenance des figures", "parts": []})
    if glossary:
        contents.append({"anchor": "glossaire", "text": "Glossaire des sigles", "parts": []})
    statuses = [{"id": status, "words": STATUS_WORDS[status]} for status in publication.statuses]
    said = {
        "p": publication,
        "kind_label": kind_label,
        "page_title": f"{kind_label} – {publication.territory_name} – {publication.edition}",
        "description": publication.description
        or f"{kind_label}, {publication.territory_name}, édition {publication.edition}.",
        "statuses": statuses,
        "policy": content_policy(script, style),
        "version": __version__,
        "style": Markup(style),
        "script": Markup(script),
        "contents": contents,
        "cover": Markup("\n".join(cover)),
        "traces": _traces(publication),
        "glossary": glossary,
    }
    return [environment().get_template(f"page-{part}.html.j2").render(said) for part in ("head", "foot")]


def _traces(publication: Publication) -> list[dict[str, object]]:
    """What the page itself says of each figure's provenance; the manifest says the rest."""
    labels = {entry.id: entry.label or entry.id for entry in publication.indicators}
    cited = {
        entry.id: ", ".join(filter(None, (entry.producer, entry.title, entry.vintage))) or entry.id
        for entry in publication.sources
    }
    return [
        {
            "id": figure.id,
            "title": figure.title,
            "indicators": [labels.get(name, name) for name in figure.indicators],
            "sources": [cited.get(name, name) for name in figure.sources],
        }
        for figure in publication.figures
    ]


def content_policy(script: str, style: str) -> str:
    """The page's content security policy: nothing from outside, only this one script and this one style sheet, by their hashes.

    An element may keep a style of its own (a column of a Markdown table, aligned right); a sheet that gets into the page may not.
    """
    return (
        f"default-src 'none'; style-src {_by_hash(style)}; style-src-attr 'unsafe-inline'; img-src data:; "
        f"script-src {_by_hash(script)}; base-uri 'none'; form-action 'none'"
    )


def _by_hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def environment() -> Environment:
    """The page templates, escaping everything."""
    return Environment(
        loader=PackageLoader("cls_analysis.publishing"),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=False,
    )


def asset(package: str, name: str) -> str:
    """Text of a file of a room's `static/`, empty when there is none."""
    resource = files(package).joinpath("static").joinpath(name)
    return resource.read_text("utf-8").strip() if resource.is_file() else ""


@cache
def _script() -> str:
    parts = (asset("cls_analysis.publishing", "page.js"), asset("cls_analysis.figures", "interactive.js"))
    return "\n" + "\n".join(part for part in parts if part) + "\n"


@cache
def _style() -> str:
    parts = (
        asset("cls_analysis.figures", "figures.css"),
        asset("cls_analysis.figures", "participation.css"),
        asset("cls_analysis.publishing", "report.css"),
    )
    return "\n".join(part for part in parts if part)


def _running_header(publication: Publication, kind_label: str) -> str:
    """Print header: the territory on the left, what must never be forgotten on the right."""
    left = _css_string(f"{publication.territory_name} – {kind_label}, édition {publication.edition}")
    right = _css_string(" · ".join(STATUS_WORDS[status] for status in publication.statuses))
    return f"@page {{ @top-left {{ content: {left} }} @top-right {{ content: {right} }} }}"


def _css_string(text: str) -> str:
    escaped = "".join(
        character if character.isalnum() or character in " ,.:;–·’'()" else f"\\{ord(character):x} "
        for character in text
    )
    return f'"{escaped}"'
