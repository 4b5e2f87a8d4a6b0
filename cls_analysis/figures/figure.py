"""What is a figure? A drawing that cannot be separated from what makes it honest.

A `Figure` is frozen and refuses to exist without a title, a subtitle (unit and period), a source line, a reading
note and a text alternative; `html()` gives the one skeleton used in notebooks, pages and PDF. All text is escaped:
names of territories and labels are data, never markup. Reference: RGAA 4.1, criteria 1.1, 1.6, 3.1, 5.4 to 5.7.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

from cls_analysis.errors import InvalidInput
from cls_analysis.figures.french import STATUS_WORDS, raised
from cls_analysis.figures.svg import escape

RIBBON = "Données simulées, démonstration"
TABLE_KINDS = frozenset({"table", "scorecard"})
SPOKEN = MappingProxyType({w.short: w.meaning for w in STATUS_WORDS.values() if "." in w.short})


@dataclass(frozen=True)
class Key:
    """Of which published row a written number speaks: `data-` attributes that `cls-analysis check` reads back.

    >>> Key("apl", "epci", "200000001", "2023").attributes()
    ' data-indicator="apl" data-period="2023" data-territory-type="epci" data-territory="200000001"'
    """

    indicator: str
    territory_type: str
    territory: str
    period: str
    sex: str = "all"
    age: str = "all"

    def what(self) -> dict[str, str]:
        """Attributes of the indicator; sex and age only where they are not `all`."""
        apart = {name: value for name, value in (("sex", self.sex), ("age", self.age)) if value != "all"}
        return {"indicator": self.indicator, "period": self.period, **apart}

    def where(self) -> dict[str, str]:
        """Attributes of the territory."""
        return {"territory-type": self.territory_type, "territory": self.territory}

    def svg(self) -> dict[str, str]:
        """The same for `svg.element`."""
        return {f"data_{k.replace('-', '_')}": v for k, v in (self.what() | self.where()).items()}

    def attributes(self, already: Mapping[str, str] = MappingProxyType({})) -> str:
        """Attributes for an element, without those that an element around it gives `already`."""
        return data_attributes({k: v for k, v in (self.what() | self.where()).items() if k not in already})


def data_attributes(names: Mapping[str, str]) -> str:
    """`data-` attributes, escaped, each after a space."""
    return "".join(f' data-{name}="{escape(value)}"' for name, value in names.items())


@dataclass(frozen=True)
class Cell:
    """A cell of display text: `text`, a smaller grey `note` (interval, period) and a `tone` repeated by colour only
    ("good", "bad", "withheld", "own" for the territory's own row or ""). `key` names the published row that it shows."""

    text: str
    note: str = ""
    tone: str = ""
    key: Key | None = None


@dataclass(frozen=True)
class DataTable:
    """Header and rows of display strings; `numeric` marks the right-aligned columns; first column heads its row.

    `groups` (none, or one name per row) puts a line with the name above the first row of each group.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str | Cell, ...], ...]
    numeric: tuple[bool, ...]
    groups: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        problems = []
        if self.groups and len(self.groups) != len(self.rows):
            problems.append(f"{len(self.groups)} groups for {len(self.rows)} rows")
        if len(self.numeric) != len(self.header):
            problems.append(f"{len(self.numeric)} column kinds for {len(self.header)} columns")
        for position, row in enumerate(self.rows, start=1):
            if len(row) != len(self.header):
                problems.append(f"row {position} has {len(row)} cells for {len(self.header)} columns")
            problems += [
                f"row {position}, column {name!r} is empty: write the word of its status"
                for name, cell in zip(self.header, row, strict=False)
                if not text_of(cell).strip()
            ]
        if problems:
            raise InvalidInput(problems, hint="fill every cell: french.format_value writes withheld values")

    def html(
        self, caption: str, *, hide_caption: bool = False, identifier: str | None = None, cards: bool = False
    ) -> str:
        """A `<table>` with caption and scopes; `hide_caption` keeps it for screen readers only. With `cards` each cell
        also carries the name of its column and its role, so that a phone may show a row as a card and it stays a table."""
        own_id = f' id="{escape(identifier)}"' if identifier else ""
        hidden = ' class="sr-only"' if hide_caption else ""

        def role(name: str) -> str:
            return f' role="{name}"' if cards else ""

        parts = [f'<table class="data"{own_id}{role("table")}><caption{hidden}>{escape(caption)}</caption>']
        parts.append(f"<thead{role('rowgroup')}><tr{role('row')}>")
        for name, numeric in zip(self.header, self.numeric, strict=True):
            kind = ' class="num"' if numeric else ""
            parts.append(f'<th scope="col"{kind}{role("columnheader")}>{escape(name)}</th>')
        parts.append(f"</tr></thead><tbody{role('rowgroup')}>")
        for line, row in enumerate(self.rows):
            if self.groups and (line == 0 or self.groups[line] != self.groups[line - 1]):
                parts += ["</tbody>", f"<tbody{role('rowgroup')}>"] if line else []
                parts.append(
                    f'<tr class="group"{role("row")}><th scope="rowgroup" colspan="{len(self.header)}"{role("rowheader")}>'
                    f"{escape(self.groups[line])}</th></tr>"
                )
            around = _shared(row)
            parts.append(f"<tr{role('row')}{data_attributes(around)}>")
            for position, (content, numeric) in enumerate(zip(row, self.numeric, strict=True)):
                cell = content if isinstance(content, Cell) else Cell(content)
                classes = " ".join(c for c in ("num" if numeric else "", cell.tone) if c)
                attributes = f' class="{escape(classes)}"' if classes else ""
                attributes += cell.key.attributes(around) if cell.key else ""
                inner = _spoken(cell) + (f" <small>{escape(cell.note)}</small>" if cell.note else "")
                tag = "th" if position == 0 else "td"
                scope = ' scope="row"' if position == 0 else ""
                if cards:
                    scope += (
                        role("cell") + f' data-label="{escape(self.header[position])}"'
                        if position
                        else role("rowheader")
                    )
                parts.append(f"<{tag}{scope}{attributes}>{inner}</{tag}>")
            parts.append("</tr>")
        return "".join([*parts, "</tbody></table>"])


def _spoken(cell: Cell) -> str:
    """The text of a cell; an abbreviation of a status ("n. d.") is also given in words to who hears it."""
    meaning = SPOKEN.get(cell.text) if cell.tone == "withheld" else None
    if not meaning:
        return raised(escape(cell.text))
    return f'<span aria-hidden="true">{escape(cell.text)}</span><span class="sr-only">{escape(meaning)}</span>'


def _shared(row: Sequence[str | Cell]) -> dict[str, str]:
    """What all the numbers of a line have in common, written once: its indicator, or else its territory. Never both,
    so that a label on the line is not taken for a number of the row."""
    keys = [cell.key for cell in row if isinstance(cell, Cell) and cell.key]
    if len(keys) < 2:
        return {}
    for side in (Key.what, Key.where):
        if all(side(key) == side(keys[0]) for key in keys):
            return side(keys[0])
    return {}


@dataclass(frozen=True)
class LegendItem:
    """One entry of a map's legend: a small drawing (SVG text), a label and the number of areas in the class."""

    swatch: str
    label: str
    count: str = ""


@dataclass(frozen=True)
class Figure:
    """One figure of a report. See docs/architecture.md for the contract; tables have kind "table" or "scorecard".

    `svg_narrow` is the same figure drawn for a phone (shown instead of `svg` on a small screen), `legend` the key
    of a map, `interactive` the word for one area ("commune", "EPCI") when arrow keys may walk through the areas.
    """

    id: str
    kind: str
    title: str
    subtitle: str
    svg: str
    reading: str
    source: str
    alt: str
    data: DataTable
    notes: tuple[str, ...] = ()
    simulated: bool = False
    indicators: tuple[str, ...] = ()
    period: str = ""
    svg_narrow: str = ""
    legend: tuple[LegendItem, ...] = ()
    legend_title: str = ""
    interactive: str = ""

    def __post_init__(self) -> None:
        wanted = {
            "title": self.title, "subtitle (unit and period)": self.subtitle, "source line": self.source,
            "reading note": self.reading, "text alternative": self.alt,
        }  # fmt: skip
        problems = [f"figure {self.id!r} has no {name}" for name, value in wanted.items() if not value.strip()]
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", self.id):
            problems.append(f"figure id {self.id!r} is not kebab-case (a-z, 0-9, -)")
        if not self.svg and self.kind not in TABLE_KINDS:
            problems.append(f"figure {self.id!r} has no drawing")
        if problems:
            raise InvalidInput(problems, hint="a figure without them must not be drawn")

    def html(self, *, heading: int = 3, trace: bool = True) -> str:
        """The one skeleton: title (as a heading of that level), subtitle, drawing, Lecture, Source, identifier, data.

        `trace` links the identifier to the anchor `trace-<id>` of the page (the chain from this figure to its bytes).
        """
        ident = escape(self.id)
        out = [
            f'<figure class="fig fig-{escape(self.kind)}" id="{ident}" role="group" aria-labelledby="{ident}-title">'
        ]
        out.append(
            f'<figcaption><h{heading} class="fig-title" id="{ident}-title">{escape(self.title)}</h{heading}>'
            f'<p class="fig-sub">{escape(self.subtitle)}</p></figcaption>'
        )
        if self.simulated:
            out.append(ribbon())
        out.append(self._drawing())
        out.append(f'<p class="fig-reading"><strong>Lecture\u00a0:</strong> {escape(self.reading)}</p>')
        out += [f'<p class="fig-note">{raised(escape(note))}</p>' for note in self.notes]
        link = (
            f'<a href="#trace-{ident}"><span class="sr-only">Provenance de la figure {ident}</span>'
            f'<span aria-hidden="true">{ident}</span></a>'
            if trace
            else f"<span>{ident}</span>"
        )
        out.append(
            f'<p class="fig-source">Source\u00a0: {escape(self.source)} · '
            f'<span class="fig-id">Figure\u00a0{link}</span></p>'
        )
        if self.kind not in TABLE_KINDS:
            out.append(
                f'<details class="fig-data"><summary>Voir les données<span class="sr-only"> de la figure\u00a0: '
                f"{escape(self.title)}</span></summary>"
                f"{_scrollable(self.data.html(f'{self.title} ({self.subtitle})', hide_caption=True), self.title)}"
                "</details>"
            )
        out.append("</figure>")
        return "".join(out)

    def _drawing(self) -> str:
        if self.kind == "scorecard":
            cards = self.data.html(f"{self.title} ({self.subtitle})", hide_caption=True, cards=True)
            return f'<div class="cards">{cards}</div>'
        if self.kind in TABLE_KINDS:
            return _scrollable(self.data.html(f"{self.title} ({self.subtitle})", hide_caption=True), self.title)
        walk = f' data-walk="{escape(self.interactive)}"' if self.interactive else ""
        narrow = " has-narrow" if self.svg_narrow else ""
        parts = [f'<div class="fig-drawing{narrow}"{walk}>{self.svg}{self.svg_narrow}</div>']
        if self.legend:
            counts = [f" <small>({escape(item.count)})</small>" if item.count else "" for item in self.legend]
            items = "".join(
                f"<li>{item.swatch}<span>{escape(item.label)}{count}</span></li>"
                for item, count in zip(self.legend, counts, strict=True)
            )
            title = f'<p class="legend-title">{escape(self.legend_title)}</p>' if self.legend_title else ""
            parts.append(f'<div class="legend">{title}<ul>{items}</ul></div>')
        return f'<div class="fig-body">{"".join(parts)}</div>'

    def _repr_html_(self) -> str:
        return self.html()


def ribbon(said: str = RIBBON) -> str:
    """The band above what was made up: simulated data, or a fictional example."""
    return f'<p class="ribbon">{escape(said)}</p>'


def text_of(cell: str | Cell) -> str:
    """What a cell says, without its note."""
    return cell.text if isinstance(cell, Cell) else cell


def _scrollable(table: str, name: str) -> str:
    """A wide table scrolls inside its own box, reachable by keyboard, so that the page itself never does."""
    label = escape(f"Tableau\u00a0: {name}")
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{label}">{table}</div>'


def one_kind(simulated: Sequence[bool], what: str) -> bool:
    """The common value of `simulated`; simulated and real rows in one figure raise InvalidInput."""
    kinds = set(map(bool, simulated))
    if len(kinds) > 1:
        raise InvalidInput(
            f"{what} mixes simulated and real rows",
            hint="build the embedded and the official data in their own folders: cls-analysis data build",
        )
    return kinds == {True}


@cache
def _static(name: str) -> str:
    return resources.files("cls_analysis.figures").joinpath("static", name).read_text(encoding="utf-8")


def stylesheet() -> str:
    """The CSS of figures, tables and key figures, to include once in a page."""
    return _static("figures.css")


def script() -> str:
    """The script that lets arrow keys and the pointer read a map, to include once; a page is whole without it."""
    return _static("interactive.js")
