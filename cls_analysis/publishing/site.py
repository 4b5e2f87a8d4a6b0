"""How does a reader find a territory among the 1,400 of an edition? One index page, a map and a list to search.

The index is read from the manifests beside the reports, and only valid reports (files as their manifest says) are
listed. It is one static page: it opens from a folder or any web server, calls no other host, and is whole without
JavaScript. The map is for the pointer; the list says the same to everyone. Same reports, same bytes.

Reference: RGAA 4.1, criteria 1.1 and 7.1; docs/publishing.md.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from cls_analysis import __version__, geography
from cls_analysis.disclosure.artefacts import SIMULATED
from cls_analysis.errors import DataMissing, InvalidInput
from cls_analysis.figures.french import count_of
from cls_analysis.publishing.manifest import output_problems, read_manifest
from cls_analysis.publishing.page import KIND_LABELS, asset, content_policy, environment
from cls_analysis.publishing.publication import STATUS_WORDS

_FILE_LABELS = {"html": "page", "pdf": "PDF", "xlsx": "classeur", "csv": "CSV"}
_WIDTH = 1000
_TOLERANCE = 1200.0  # metres: what a map of France shows on a screen


@dataclass(frozen=True)
class Entry:
    """One report of an edition, as its manifest describes it; `folder` is relative to the site."""

    territory: str
    name: str
    kind: str
    edition: str
    folder: str
    statuses: tuple[str, ...]
    files: tuple[str, ...]
    manifest: str

    @property
    def page(self) -> str | None:
        """Address of the HTML page."""
        name = next((file for file in self.files if file.endswith(".html")), None)
        return None if name is None else self.address(name)

    @property
    def series(self) -> str:
        """The index that lists it: the edition, or the edition's simulated reports apart."""
        return self.edition + (SIMULATED if "simulated" in self.statuses else "")

    def address(self, name: str) -> str:
        """Relative address of one of its files."""
        return quote(f"{self.folder}/{name}")


def read_entries(out: Path) -> tuple[list[Entry], list[str]]:
    """Every valid report under `out` (sorted by edition, name, kind), and what is wrong with the others."""
    entries, problems = [], []
    for path in sorted(out.glob("*/*/manifest*.json")):
        wrong = output_problems(path)
        if wrong:
            problems += wrong
            continue
        try:
            manifest = read_manifest(path)
            report = manifest["report"]
            entry = Entry(
                report["territory"], report["territory_name"], report["kind"], report["edition"],
                path.parent.relative_to(out).as_posix(), tuple(report["statuses"]),
                tuple(sorted(manifest["outputs"])), path.name,
            )  # fmt: skip
            if path.parent.name != entry.series:
                raise InvalidInput(f"a report of {entry.series} lies in {path.parent.name}; make it again")
        except (InvalidInput, KeyError, TypeError) as error:
            problems.append(f"{path}: {error}")
            continue
        entries.append(entry)
    return sorted(entries, key=lambda e: (e.edition, plain(e.name), e.territory, e.kind)), problems


def make_site(out: Path, *, with_map: bool = True) -> tuple[list[Path], list[str]]:
    """Write `index.html` (latest edition) and `edition-<edition>.html` in `out`; (pages, problems of reports left out).

    Simulated reports have an index of their own, `edition-<edition>-simule.html`, which is the first page only where
    there is no other.
    Raises DataMissing when no valid report lies there.
    """
    entries, problems = read_entries(out)
    editions = sorted({entry.series for entry in entries}, key=lambda name: (not name.endswith(SIMULATED), name))
    if not editions:
        raise DataMissing(f"no finished report in {out}", hint="cls-analysis batch --type perimeter")
    written = []
    for edition in editions:
        mine = [entry for entry in entries if entry.series == edition]
        others = [other for other in reversed(editions) if other != edition]
        html = render_site(edition, mine, others=others, with_map=with_map)
        names = [f"edition-{edition}.html"] + (["index.html"] if edition == editions[-1] else [])
        for name in names:
            beside = out / f".{name}.new"
            beside.write_text(html, encoding="utf-8", newline="\n")
            beside.replace(out / name)
            written.append(out / name)
    return written, problems


def render_site(edition: str, entries: Sequence[Entry], *, others: Sequence[str] = (), with_map: bool = True) -> str:
    """The index page of one edition (`2026`, or `2026-simule` for its simulated reports), as text."""
    script = "\n" + asset("cls_analysis.publishing", "site.js") + "\n"
    shared = set.intersection(*(set(entry.statuses) for entry in entries)) if entries else set()
    style = "\n".join(["", *(asset("cls_analysis.publishing", name) for name in ("report.css", "site.css")), ""])
    places = {entry.territory: _place(entry.territory) for entry in entries}
    return (
        environment()
        .get_template("site.html.j2")
        .render(
            edition=_words(edition),
            version=__version__,
            policy=content_policy(script, style),
            style=Markup(style),
            script=Markup(script),
            statuses=[{"id": name, "words": STATUS_WORDS[name]} for name in sorted(shared)],
            others=[{"name": other, "words": _words(other)} for other in others],
            count=count_of(len(entries), "rapport"),
            map=_map(entries) if with_map else "",
            entries=[_row(entry, places[entry.territory], shared) for entry in entries],
        )
    )


def _words(edition: str) -> str:
    """An edition as a reader sees it."""
    return f"{edition.removesuffix(SIMULATED)} (données simulées)" if edition.endswith(SIMULATED) else edition


def plain(text: str) -> str:
    """Lower case, no accent, apostrophes and hyphens as spaces: what the search compares.

    >>> plain("Saint-Dizier, l’Œuvre")
    'saint dizier, l oeuvre'
    """
    bare = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return bare.replace("œ", "oe").replace("’", " ").replace("'", " ").replace("-", " ")


def _row(entry: Entry, place: str, shared: set[str]) -> dict[str, Any]:
    kind = KIND_LABELS.get(entry.kind, entry.kind)
    files = [
        {"href": entry.address(name), "label": _FILE_LABELS.get(name.rsplit(".", 1)[-1], name)}
        for name in entry.files
        if not name.endswith(".html")
    ]
    files.append({"href": entry.address(entry.manifest), "label": "trace"})
    own = [STATUS_WORDS[name] for name in entry.statuses if name not in shared]
    return {
        "anchor": f"t-{entry.territory}-{entry.kind}",
        "key": plain(f"{entry.name} {place} {entry.territory}"),
        "name": entry.name if entry.kind == "pre-diagnostic" else f"{entry.name} ({kind.lower()})",
        "place": place,
        "page": entry.page,
        "status": ", ".join(own),
        "files": files,
    }


@cache
def _places() -> Mapping[str, str]:
    """Names of the (at most three) départements of each EPCI and perimeter, the most populated part first."""
    names = geography.departements().set_index("code")["name"]
    members = geography.members()
    members = members[members["territory_type"].isin(["epci", "perimeter"])]
    people = geography.communes().set_index("code_commune")["population"]
    parts = members.assign(people=members["code_commune"].map(people))
    totals = parts.groupby(["territory", "departement"])["people"].sum().reset_index()
    totals = totals.sort_values(["territory", "people"], ascending=[True, False], kind="stable")
    first = totals.assign(name=totals["departement"].map(names)).groupby("territory")["name"].agg(list)
    return {str(code): ", ".join(found[:3]) for code, found in first.items()}


def _place(territory: str) -> str:
    """Départements a territory lies in; nothing for an unknown code (a perimeter since removed keeps its report)."""
    return _places().get(territory, "")


def _map(entries: Sequence[Entry]) -> Markup:
    """Métropole in pale, each territory of the edition a link to its page; no text, for the list says it."""
    pages = {entry.territory: (entry.page, entry.name) for entry in entries if entry.page}
    shapes = []
    for level in ("epci", "perimeter"):  # perimeters above the EPCI they are made of
        contours = geography.contours(level)
        shapes.append(contours[contours["code"].isin(pages)])
    ground = geography.contours("departement")
    ground = ground[~ground["code"].str.startswith("97")]
    left, bottom, right, top = ground.total_bounds
    scale = _WIDTH / (right - left)

    def drawn(geometry: Any) -> str:
        parts = []
        for polygon in getattr(geometry.simplify(_TOLERANCE), "geoms", [geometry.simplify(_TOLERANCE)]):
            points = [
                f"{round((x - left) * scale)} {round((top - y) * scale)}"
                for x, y in getattr(polygon, "exterior", polygon).coords
            ]
            points = [p for p, before in zip(points, [None, *points], strict=False) if p != before]
            if len(points) > 2:
                parts.append("M" + "L".join(points) + "Z")
        return "".join(parts)

    pieces = [f'<path class="ground" d="{drawn(geometry)}"/>' for geometry in ground.geometry]
    for frame in shapes:
        for code, geometry in zip(frame["code"], frame.geometry, strict=True):
            path = drawn(geometry)
            x, y = geometry.representative_point().coords[0]
            if path and left <= x <= right and bottom <= y <= top:  # overseas territories are in the list
                page, name = pages[code]
                pieces.append(
                    f'<a href="{escape(page)}" tabindex="-1"><title>{escape(name)}</title><path d="{path}"/></a>'
                )
    height = round((top - bottom) * scale)
    return Markup(f'<svg viewBox="0 0 {_WIDTH} {height}">{"".join(pieces)}</svg>')
