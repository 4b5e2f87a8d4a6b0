"""Where? Maps of a territory: its place in the region, its composition, and an indicator by area.

Choropleths keep the same breaks for all territories of an edition, at most five classes, neighbours in faded
colours, the outline in ink; "not significantly different" is hatched, secret and missing values have patterns of
their own, so the map reads without colour. Each area carries its name and its *published* value, nothing else.
Reference: Bertin, *Sémiologie graphique*; ColorBrewer (YlGnBu, PuOr); content of RGAA 3.1 to 3.3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from cls_analysis.errors import NothingToDraw
from cls_analysis.figures import french, svg
from cls_analysis.figures.classes import Breaks
from cls_analysis.figures.figure import Cell, DataTable, Figure, Key, LegendItem
from cls_analysis.figures.grammar import heading, unit_of, value_words
from cls_analysis.figures.map_words import alternative, areas, darker, own_areas, spread_title
from cls_analysis.figures.mapbase import GRID, BaseMap, scale_bar, town_layer
from cls_analysis.figures.narrative import reading_note, short_unit
from cls_analysis.figures.setting import Place, Published, Setting

if TYPE_CHECKING:
    from cls_analysis.indicators import Indicator

_PATTERN_OF = {
    "suppressed": "secret", "suppressed_secondary": "secret", "too_few_events": "too-few", "not_published": "not-published",
    "missing": "missing", "not_applicable": "not-applicable",
}  # fmt: skip
_PATTERN_WORDS = {
    "secret": "secret statistique", "too-few": "effectif trop faible", "not-published": "non publié par le producteur",
    "missing": "non disponible", "not-applicable": "sans objet", "different-not": "écart non significatif",
}  # fmt: skip
_SAME = "different-not"
GROUP_TINTS = ("#cfe3e6", "#f3e3c3", "#dcd6e8", "#d9e6cb", "#f0d5cf", "#d3dcec", "#e8e3da", "#c9e3d4")


def choropleth(
    setting: Setting,
    indicator_id: str,
    base: BaseMap,
    *,
    level: str,
    breaks: Breaks,
    period: str | None = None,
    against: Place | None = None,
    title: str = "",
    notes: tuple[str, ...] = (),
    spilling: Collection[str] = (),
) -> Figure:
    """An indicator by area of `level` on a prepared base. `against` hatches the areas whose gap is not significant.

    `spilling`: areas most of whose inhabitants live outside the territory; the title leaves them out, a note names them.
    Values come from the published rows of the areas drawn, neighbours included; the class counts of the legend and
    the data table hold only the areas inside the territory. No area inside with a value: InvalidInput.
    """
    indicator = setting.indicator(indicator_id)
    period = period or setting.period(indicator_id)
    identifier = f"carte-{indicator_id}-{level.replace('_', '-')}"
    known = {(p.territory_type, p.territory): p for p in (setting.territory, *setting.members)}
    places = [known.get((level, c)) or Place(level, c, base.names.get(c, c)) for c in base.paths]
    rows = dict(zip(base.paths, setting.select(indicator_id, places, period=period), strict=True))
    inside = [rows[c] for c in sorted(base.inside, key=lambda c: french.index_key(base.names.get(c, c)))]
    if not any(r.shown for r in inside):
        raise NothingToDraw(
            f"{indicator_id}: no {level} of {setting.territory.name} has a published value in {period}",
            hint="draw no map, or one at a coarser level",
        )
    hatched = {c for c, r in rows.items() if against and c in base.inside and _same(setting, r, against)}
    used = sorted({_PATTERN_OF[r.status] for r in rows.values() if not r.shown and r.status in _PATTERN_OF})
    used += [_SAME] if hatched else []
    colours = breaks.colours()
    shapes = _grouped(
        base, {c: _area(base, c, rows[c], indicator, identifier, breaks, colours) for c in base.paths},
        "".join(
            svg.element("path", d=base.paths[c], fill=f"url(#{identifier}-{_SAME})", stroke="none")
            for c in sorted(hatched)
        ),
    )  # fmt: skip
    counts = Counter(breaks.class_of(r.value) for r in inside if r.shown and r.value is not None)
    title = title or spread_title(indicator, inside, base.place_word, setting, breaks, spilling)
    alt = alternative(setting, indicator, inside, breaks, counts, base.place_word, len(hatched), against, spilling)
    tags = Key(indicator_id, level, "", period or "").what() | {"territory-type": level}
    body = [_defs(identifier, used), *_layers(base, shapes, tags)]
    return Figure(
        id=identifier, kind="map", title=title,
        subtitle=french.punctuate(
            f"{indicator.label}, {unit_of(indicator)}, par {base.place_word}, "
            f"{setting.territory.label}, {period} ; {breaks.method}"
        ),
        svg=svg.document(base.width, base.height, body, alt=alt, variant="only"),
        reading=reading_note(setting, indicator_id, _example(base, own_areas(inside, spilling))),
        source=setting.citation(rows.values()), alt=alt, data=_table(indicator, inside, breaks, hatched, base),
        notes=tuple(french.punctuate(n) for n in _notes(base, indicator, breaks, notes, spilling) if n),
        simulated=setting.simulated(rows.values(), f"map of {indicator_id}"), indicators=(indicator_id,),
        period=period or "", legend=_legend(base, identifier, indicator, inside, breaks, counts, used, len(hatched), against),
        legend_title=heading(indicator), interactive=base.place_word,
    )  # fmt: skip


def _legend(
    base: BaseMap, identifier: str, indicator: Indicator, inside: list[Published], breaks: Breaks, counts: Counter[int],
    used: list[str], hatched: int, against: Place | None,
) -> tuple[LegendItem, ...]:  # fmt: skip
    """The classes, then the patterns met, each with the number of areas inside."""
    kinds = Counter(_PATTERN_OF[r.status] for r in inside if r.status in _PATTERN_OF) + Counter({_SAME: hatched})
    with_whom = f" avec {against.full_name}" if against else ""
    classes = zip(breaks.colours(), breaks.labels(short_unit(indicator)), strict=True)
    return (
        *(
            LegendItem(_swatch(colour), label, areas(counts[i], base.place_word))
            for i, (colour, label) in enumerate(classes)
        ),
        *(
            LegendItem(
                _swatch(pattern=kind, identifier=f"{identifier}-l"),
                _PATTERN_WORDS[kind] + (with_whom if kind == _SAME else ""),
                areas(kinds[kind], base.place_word),
            )
            for kind in used
        ),
    )


def _notes(
    base: BaseMap, indicator: Indicator, breaks: Breaks, notes: tuple[str, ...], spilling: Collection[str]
) -> list[str]:
    """What dark means, what is pale, which areas go beyond the territory, the indicator's own caveat."""
    said = [darker(indicator, breaks), *notes]
    if base.inside != set(base.paths):
        said.append("Voisinage en teinte atténuée.")
    if beyond := sorted((base.names.get(c, c) for c in base.inside if c in set(spilling)), key=french.index_key):
        these = f"ces {french.plural_of(base.place_word)}" if len(beyond) > 1 else f"ce {base.place_word}"
        said.append(
            f"{french.capitalise(french.join_list(beyond))} : la plupart des habitants de {these} vivent hors du territoire."
        )
    return [*said, indicator.caveat]


def composition(
    setting: Setting,
    base: BaseMap,
    groups: Mapping[str, str],
    group_names: Mapping[str, str],
    *,
    populations: Mapping[str, float] | None = None,
    source: str,
    period: str,
    notes: tuple[str, ...] = (),
) -> Figure:
    """The communes of the territory by EPCI: `groups` commune -> SIREN, `group_names` SIREN -> name.

    Each EPCI has a tint and a number repeated in the legend; `populations` (by SIREN) go to the legend and table.
    """
    identifier = "carte-composition"
    sirens = sorted({groups[c] for c in base.inside}, key=lambda s: french.index_key(group_names[s]))
    number = {siren: i + 1 for i, siren in enumerate(sirens)}
    group_names = {s: n.replace("'", french.APOSTROPHE) for s, n in group_names.items()}
    shapes = {}
    for code, d in base.paths.items():
        own = code in base.inside
        fill = GROUP_TINTS[(number[groups[code]] - 1) % len(GROUP_TINTS)] if own else "#f4f4f3"
        name = base.names.get(code, code)
        shapes[code] = _shape(d, fill, f"{name} ({group_names[groups[code]]})" if own else name)
    badges = "".join(
        svg.element("circle", cx=x, cy=y, r=13, fill="#fff", stroke=svg.ACCENT, stroke_width=2, class_="badge")
        + svg.text(x, y + 5, str(number[s]), anchor="middle", weight="bold", fill=svg.ACCENT, class_="badge-n")
        for s, (x, y) in sorted(base.group_points.items())
        if s in number
    )
    sizes = Counter(groups[c] for c in base.inside)
    total = french.count_of(len(base.inside), "commune")
    title = french.punctuate(
        f"{french.capitalise(setting.territory.full_name)} réunit {total}"
        + (f" dans {french.count_of(len(sirens), 'EPCI', 'EPCI')}" if len(sirens) > 1 else "")
    )
    listed = french.join_list(f"{group_names[s]} ({french.count_of(sizes[s], 'commune')})" for s in sirens)
    called = {p.territory: p.full_name for p in setting.members}
    people = {s: populations.get(s) if populations else None for s in sirens}
    belongs = sorted(base.inside, key=lambda c: french.index_key(base.names.get(c, c)))

    def inhabitants(siren: str) -> str:
        return french.format_value(people[siren], decimals=0)

    body = [*_layers(base, _grouped(base, shapes)), badges]
    return Figure(
        id=identifier, kind="map", title=title,
        subtitle=french.punctuate(f"Communes et intercommunalités (nombre), composition {period}"),
        svg=svg.document(base.width, base.height, body, alt=f"Carte. {listed}.", variant="only"),
        reading=french.punctuate(
            f"{french.capitalise(called.get(sirens[0], group_names[sirens[0]]))} compte "
            f"{french.count_of(sizes[sirens[0]], 'commune')}."
        ),
        source=source, alt=f"Carte du territoire par EPCI. {listed}.",
        data=DataTable(
            ("Commune", "Numéro et EPCI"),
            tuple((base.names.get(c, c), f"{number[groups[c]]}. {group_names[groups[c]]}") for c in belongs), (False, False),
        ),
        notes=notes, period=period,
        legend=tuple(
            LegendItem(
                _swatch(GROUP_TINTS[(number[s] - 1) % len(GROUP_TINTS)]), f"{number[s]}. {group_names[s]}",
                french.count_of(sizes[s], "commune") + (f", {inhabitants(s)}{french.NBSP}hab." if populations else ""),
            )
            for s in sirens
        ),
        interactive="commune",
    )  # fmt: skip


def location(
    setting: Setting, base: BaseMap, territory_path: str, *, source: str, period: str, notes: tuple[str, ...] = ()
) -> Figure:
    """Where the territory lies: départements of the région(s) as the areas of `base`, the territory in the accent.

    `territory_path` is the outline of the territory drawn on that base (`mapbase.overlay`).
    """
    identifier = "carte-situation"
    place = setting.territory
    names = french.join_list(sorted(base.names[c] for c in base.inside))
    title = french.punctuate(f"{french.capitalise(place.full_name)} : situation dans la région")
    around = french.join_list(c.name for c in setting.comparators if c.territory_type in ("departement", "region"))
    alt = french.punctuate(
        f"Carte de situation : {place.full_name}{f' ({around})' if around else ''}, parmi les départements {names}."
    )
    shapes = _grouped(
        base, {
            c: _shape(d, "#dfe3e4" if c in base.inside else "#f4f4f3", base.names.get(c, c))
            for c, d in base.paths.items()
        },
    )  # fmt: skip
    mark = svg.element("path", d=territory_path, fill=svg.ACCENT, stroke="#fff", stroke_width=2)
    labels = [svg.element("g", mark, transform=f"scale({1 / GRID})"), town_layer(base), scale_bar(base)]
    return Figure(
        id=identifier, kind="map", title=title, subtitle=french.punctuate(f"Départements de la région (contours), {period}"),
        svg=svg.document(
            base.width, base.height,
            [svg.element("g", shapes, transform=f"scale({1 / GRID})"), *labels], alt=alt, variant="only",
        ),
        reading=french.punctuate(f"La tache foncée est {place.full_name}."), source=source, alt=alt,
        data=DataTable(("Département",), tuple((base.names[c],) for c in sorted(base.inside)), (False,)),
        notes=notes, period=period,
    )  # fmt: skip


def _layers(base: BaseMap, shapes: str, tags: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    """Areas (`tags`: of which indicator they speak), lines between groups, outline, towns, scale."""
    scaled = f"scale({1 / GRID})"
    told = {f"data_{name.replace('-', '_')}": value for name, value in tags.items()}
    lines = [svg.element("g", shapes, transform=scaled, class_="areas", **told)]
    if base.group_lines:
        lines.append(
            svg.element("path", d=base.group_lines, transform=scaled, fill="none", stroke="#3d3d3d", stroke_width=2.4)
        )
    lines.append(
        svg.element(
            "path", d=base.outline, transform=scaled, fill="none", stroke=svg.INK, stroke_width=4.4,
            stroke_linejoin="round",
        )
    )  # fmt: skip
    return [*lines, town_layer(base), scale_bar(base)]


def _shape(d: str, fill: str, label: str, territory: str | None = None) -> str:
    title = [svg.element("title", svg.escape(label))] if label else []
    return svg.element("path", *title, d=d, fill=fill, data_territory=territory)


def _grouped(base: BaseMap, shapes: Mapping[str, str], over: str = "") -> str:
    """Neighbours faded under the areas of the territory; codes sorted, so that the bytes do not move."""
    around = "".join(shapes[c] for c in sorted(shapes) if c not in base.inside)
    own = "".join(shapes[c] for c in sorted(shapes) if c in base.inside)
    return (
        (svg.element("g", around, stroke="#c9c9c9", stroke_width=1.2, fill_opacity=0.35, class_="n") if around else "")
        + svg.element("g", own, stroke="#8a8a8a", stroke_width=1.2, class_="a")
        + (svg.element("g", over, pointer_events="none") if over else "")
    )


def _example(base: BaseMap, inside: list[Published]) -> Published:
    """The area of the reading note: the main town drawn that has a published value, else the first in order."""
    shown = [r for r in inside if r.shown]
    towns = [t.content for t in base.towns]
    return min(shown, key=lambda r: towns.index(r.place.label) if r.place.label in towns else len(towns))


def _area(
    base: BaseMap, code: str, row: Published, indicator: Indicator, identifier: str, breaks: Breaks,
    colours: tuple[str, ...],
) -> str:  # fmt: skip
    own = code in base.inside
    label = french.punctuate(f"{row.place.label} : {value_words(indicator, row)}")
    if not row.shown or row.value is None:
        kind = _PATTERN_OF[row.status]
        fill = f"url(#{identifier}-{kind})" if own else "#f4f4f3"
        return _shape(base.paths[code], fill, label if own else "", code if own else None)
    return _shape(base.paths[code], colours[breaks.class_of(row.value)], label if own else "", code if own else None)


def _defs(identifier: str, kinds: list[str]) -> str:
    return svg.element("defs", *(svg.pattern(f"{identifier}-{k}", k, scale=GRID) for k in kinds)) if kinds else ""


def _swatch(colour: str = "", *, pattern: str = "", identifier: str = "") -> str:
    inside = svg.element("defs", svg.pattern(f"{identifier}-{pattern}", pattern)) if pattern else ""
    fill = f"url(#{identifier}-{pattern})" if pattern else colour
    box = svg.element("rect", x=0.5, y=0.5, width=27, height=17, fill=fill, stroke="#767676")
    return svg.element(
        "svg", inside + box, class_="swatch", width=28, height=18, viewBox="0 0 28 18", aria_hidden="true"
    )


def _same(setting: Setting, row: Published, against: Place) -> bool:
    compared = setting.compare(row, against) if row.shown else None
    return compared is not None and compared.significance == "not_different"


def _table(indicator: Indicator, rows: list[Published], breaks: Breaks, hatched: set[str], base: BaseMap) -> DataTable:
    labels = breaks.labels()
    header = [
        french.capitalise(base.place_word),
        f"Valeur ({unit_of(indicator)})" if unit_of(indicator) else "Valeur",
        "Classe",
    ]
    lines = []
    for row in rows:
        withheld = not row.shown
        value = Cell(value_words(indicator, row, unit=False), tone="withheld" if withheld else "", key=row.key)
        kind = french.STATUS_WORDS[row.status].short if withheld else labels[breaks.class_of(row.value or 0.0)]
        if row.place.territory in hatched:
            kind += ", écart non significatif"
        lines.append((row.place.label, value, kind))
    return DataTable(tuple(header), tuple(lines), (False, True, False))
