"""How high, how sure, against whom? Dot plots with intervals, and bars with the marks of comparators.

Every chart is drawn twice from the same rows: for a page and for a phone, with labels above the marks. The
territory is in the accent colour, its EPCI paler, comparators in greys of falling weight, always in the order
département, région, France; each kind has its own shape of mark, so a grey print still reads. Direct labels, no
legend. A withheld value keeps its line, with the word of its status instead of a mark.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cls_analysis.errors import InvalidInput, NothingToDraw
from cls_analysis.figures import french, svg
from cls_analysis.figures.figure import Cell, DataTable, Figure, Key
from cls_analysis.figures.grammar import unit_of, value_words
from cls_analysis.figures.narrative import finding_title, reading_note, spread_sentence, where
from cls_analysis.figures.setting import Place, Published, Setting

if TYPE_CHECKING:
    from cls_analysis.indicators import Indicator

NARROWEST = 0.06
_ORDER = {"departement": 0, "region": 1, "france": 2}


def ticks(low: float, high: float, *, about: int = 5) -> list[float]:
    """Round positions from below `low` to above `high`, in steps of 1, 2 or 5 times a power of ten.

    >>> ticks(0, 9.3)
    [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    """
    if high <= low:
        high, low = high + (abs(high) or 1) * 0.1, low - (abs(low) or 1) * 0.1
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw - 1e-12)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def tick_decimals(positions: Sequence[float]) -> int:
    """Decimals that the tick labels need."""
    return next((d for d in range(4) if all(abs(t - round(t, d)) < 1e-9 for t in positions)), 3)


def dot_plot(
    setting: Setting,
    indicator_id: str,
    *,
    title: str = "",
    period: str | None = None,
    members: bool = True,
    notes: tuple[str, ...] = (),
) -> Figure:
    """One indicator: EPCI of the territory (highest first), the territory, then département, région, France.

    Intervals are drawn where published; a dotted line runs down from the main comparator. Nothing shown at all:
    InvalidInput (a sentence says it better).
    """
    indicator = setting.indicator(indicator_id)
    setting = setting.focused(indicator_id)
    period = period or setting.period(indicator_id)
    others = setting.comparators if setting.comparable(indicator_id) else ()
    own = setting.select(indicator_id, (setting.territory, *others), period=period)
    inner = setting.select(indicator_id, setting.members, period=period) if members and len(setting.members) > 1 else []
    inner = sorted(inner, key=lambda r: (-(r.value if r.shown and r.value is not None else -math.inf), r.place.name))
    rows = [*inner, *own]
    if not any(r.shown for r in rows):
        raise NothingToDraw(f"{indicator_id}: nothing published to draw for {setting.territory.name} in {period}")
    identifier = f"comparaison-{indicator_id}"
    title = title or finding_title(setting, indicator_id)
    alt = _alt(setting, indicator, rows)
    wide, narrow = svg.both(lambda width: _dots(setting, indicator, rows, len(inner), width), alt=alt)
    extra = [
        *framing_note(setting, indicator),
        *notes,
        *([indicator.caveat] if indicator.caveat else []),
    ]
    if any(r.lower is not None for r in rows if r.shown):
        extra.insert(0, "Trait : intervalle de confiance à 95 %.")
    extra += french.marks_note(r.status for r in rows)
    return Figure(
        id=identifier, kind="chart", title=title, subtitle=subtitle(setting, indicator, period or ""),
        svg=wide, svg_narrow=narrow, reading=reading_note(setting, indicator_id, own[0]),
        source=setting.citation(rows), alt=alt, data=value_table(indicator, rows),
        notes=tuple(french.punctuate(n) for n in extra),
        simulated=setting.simulated(rows, f"chart of {indicator_id}"), indicators=(indicator_id,), period=period or "",
    )  # fmt: skip


def bars(
    setting: Setting, indicators: Sequence[str], *, identifier: str, title: str, notes: tuple[str, ...] = ()
) -> Figure:
    """Several indicators of one unit: a bar from zero for the territory, ticks for each comparator.

    Units that differ, or a negative value, raise InvalidInput.
    """
    entries = [setting.indicator(name) for name in indicators]
    if len({unit_of(e) for e in entries}) != 1:
        raise InvalidInput(
            [f"{e.id} is in {unit_of(e)!r}" for e in entries], hint="bars share one axis: keep one unit per figure"
        )
    places = (setting.territory, *setting.comparators)
    groups = [setting.select(n, places, period=setting.period(n)) for n in indicators]
    rows = [r for group in groups for r in group]
    if any(r.value is not None and r.value < 0 for r in rows):
        raise InvalidInput("a bar starts at zero: negative values need a dot plot")
    if not any(g[0].shown for g in groups):
        raise NothingToDraw(f"{identifier}: nothing published to draw for {setting.territory.name}")
    alt = french.punctuate(
        " ".join(
            f"{e.label} : "
            + ", ".join(f"{r.place.label} {value_words(e, r)}" for r in group) + "."
            for e, group in zip(entries, groups, strict=True)
        )
    )  # fmt: skip
    periods = sorted({r.period for r in rows if r.period})
    wide, narrow = svg.both(lambda width: _bar_body(entries, groups, width), alt=alt)
    header = ("Indicateur", *(p.label for p in places))
    lines: tuple[tuple[str | Cell, ...], ...] = tuple(
        (e.short_label, *(_cell(e, r) for r in group)) for e, group in zip(entries, groups, strict=True)
    )  # fmt: skip
    first = next(n for n, g in zip(indicators, groups, strict=True) if g[0].shown)
    return Figure(
        id=identifier, kind="chart", title=title,
        subtitle=french.punctuate(
            f"{french.tidy_unit(unit_of(entries[0])) or 'nombre'}, {setting.territory.label}, {french.join_list(periods)}"
        ),
        svg=wide, svg_narrow=narrow, reading=reading_note(setting, first),
        source=setting.citation(rows), alt=alt,
        data=DataTable(header, lines, (False, *[True] * len(places))), notes=notes,
        simulated=setting.simulated(rows, f"bars {identifier}"), indicators=tuple(indicators),
        period=french.join_list(periods),
    )  # fmt: skip


def subtitle(setting: Setting, indicator: Indicator, period: str) -> str:
    """Indicator, unit, territory and period."""
    unit = french.tidy_unit(unit_of(indicator))
    return french.punctuate(", ".join(p for p in (indicator.label, unit, setting.territory.label, period) if p))


def framing_note(setting: Setting, indicator: Indicator) -> list[str]:
    """For a figure known at the département only: that it is a frame and does not describe the territory itself."""
    if indicator.tier != "B" or setting.territory.territory_type != "departement":
        return []
    return [
        f"Cadrage départemental : donnée connue pour {setting.territory.full_name}, jamais ramenée à une échelle plus fine."
    ]


def value_table(indicator: Indicator, rows: Sequence[Published]) -> DataTable:
    """The rows of a figure as a table: territory, value, interval, status."""
    unit = french.tidy_unit(unit_of(indicator))
    header = ("Territoire", f"Valeur ({unit})" if unit else "Valeur", "Intervalle à 95 %", "Fiabilité")
    lines = []
    for row in rows:
        interval = french.format_interval(row.lower, row.upper, indicator.decimals) if row.shown else ""
        lines.append((row.place.label, _cell(indicator, row),
                      Cell(interval or french.STATUS_WORDS["not_applicable"].short, key=row.key), reliability_words(row)))  # fmt: skip
    return DataTable(header, tuple(lines), (False, True, True, False))


def reliability_words(row: Published) -> str:
    """'normale', 'petits effectifs', 'approchée', 'estimée', or the status word of a withheld value."""
    if not row.shown:
        return french.STATUS_WORDS[row.status].short
    if row.status == "estimated":
        return (
            "estimée"
            if row.coverage is None
            else f"estimée (couvre {french.percent(100 * row.coverage, 0)} de la population)"
        )
    return {"small": "petits effectifs", "approximate": "approchée"}.get(row.reliability, "normale")


def _cell(indicator: Indicator, row: Published) -> Cell:
    return Cell(value_words(indicator, row, unit=False), tone="" if row.shown else "withheld", key=row.key)


def style_of(place: Place, setting: Setting) -> tuple[str, str, str]:
    """Colour, mark and weight of a territory: accent diamond, EPCI circle, grey squares."""
    if place == setting.territory:
        return svg.ACCENT, "diamond", "bold"
    if place in setting.comparators:
        position = min(_ORDER.get(place.territory_type, 3), len(svg.COMPARATOR_GREYS) - 1)
        return svg.COMPARATOR_GREYS[position], "square", "normal"
    return svg.MEMBER, "circle", "normal"


def mark(kind: str, x: float, y: float, colour: str) -> str:
    """A mark centred on a point; the three kinds differ by shape, not by colour alone."""
    if kind == "diamond":
        return svg.element(
            "path", d=svg.path([(x - 8, y), (x, y - 8), (x + 8, y), (x, y + 8)], closed=True), fill=colour
        )
    if kind == "square":
        return svg.element("rect", x=x - 5, y=y - 5, width=10, height=10, fill=colour)
    return svg.element("circle", cx=x, cy=y, r=5.5, fill="#fff", stroke=colour, stroke_width=2.5)


def _dots(
    setting: Setting, indicator: Indicator, rows: Sequence[Published], members: int, width: float
) -> tuple[float, list[str]]:
    narrow = width < svg.PHONE
    shown = [r for r in rows if r.shown and r.value is not None]
    ends = [v for r in shown for v in (r.value, r.lower, r.upper) if v is not None]
    marks = ticks(*_wide_enough(min(ends), max(ends)))
    longest = max(svg.text_width(r.place.label, 15, bold=r.place == setting.territory) for r in rows)
    label_width = 0.0 if narrow else min(longest + 14, 290)
    interval_width = max(svg.text_width(_interval(indicator, r), 13) for r in rows)
    value_width = max(svg.text_width(value_words(indicator, r, unit=False), 15, bold=True) for r in rows)
    value_width = 0.0 if narrow else value_width + interval_width + 24
    left, right = label_width + 10, width - value_width - 10
    step, top = (52.0, 8.0) if narrow else (34.0, 4.0)

    def x(value: float) -> float:
        return left + (value - marks[0]) / (marks[-1] - marks[0]) * (right - left)

    gap = 12.0 if members else 0.0
    bottom = top + step * len(rows) + gap
    decimals = tick_decimals(marks)
    every = 2 if narrow and len(marks) > 5 else 1
    body = []
    for position, tick in enumerate(marks):
        body.append(svg.line(x(tick), top, x(tick), bottom))
        if position % every == 0:
            label = french.format_number(tick, decimals)
            half = svg.text_width(label, 13) / 2
            middle = min(max(x(tick), half), width - half)
            body.append(svg.text(middle, bottom + 18, label, size=13, fill=svg.MUTED, anchor="middle"))
    main = next((r for r in shown if setting.main and r.place == setting.main), None)
    for position, row in enumerate(rows):
        colour, kind, weight = style_of(row.place, setting)
        y = top + step * position + step / 2 + (gap if position >= members else 0)
        mark_y = y + 12 if narrow else y
        if main and row is not main and position < rows.index(main) and main.value is not None:
            end = mark_y + step + (gap if position == members - 1 else 0)
            body.append(svg.line(x(main.value), mark_y, x(main.value), end, stroke=svg.MUTED, stroke_dasharray="2 3"))
        base = y - 8 if narrow else y + 5
        name, value = row.place.label, value_words(indicator, row, unit=False)
        interval = _interval(indicator, row)
        bold = "bold" if weight == "bold" else None
        ink = svg.ACCENT if weight == "bold" else None
        name_lines = [name]
        if narrow:
            tail = svg.text_width(f"{value} {interval}", 14) + 10
            name_lines = [fit(name, width - tail, 14, bold=bool(bold))]
        elif svg.text_width(name, 15, bold=bool(bold)) > label_width:
            name_lines = [fit(part, label_width, 13) for part in svg.wrap(name, label_width, 13)[:2]]
        size = 14.0 if narrow else 15.0 if len(name_lines) == 1 else 13.0
        for number, part in enumerate(name_lines):
            line_y = base + (number - (len(name_lines) - 1) / 2) * 15
            body.append(svg.text(0, line_y, part, size=size, weight=bold, fill=ink, halo=narrow))
        right_edge = width if narrow else width - interval_width - 6
        body.append(
            _value_text(right_edge, base, value, interval if narrow else "", size=14 if narrow else 15, weight=bold,
                        fill=ink, row=row)
        )  # fmt: skip
        if interval and not narrow:
            body.append(_tagged(width, base, interval, size=13, anchor="end", fill=svg.MUTED, key=row.key))
        if row.shown and row.value is not None:
            if row.lower is not None and row.upper is not None:
                body.append(svg.line(x(row.lower), mark_y, x(row.upper), mark_y, stroke=colour, width=2.5))
            body.append(mark(kind, x(row.value), mark_y, colour))
    return bottom + 26, body


def _wide_enough(low: float, high: float) -> tuple[float, float]:
    """An axis that spans at least 6 % of the values it shows: a gap of nothing must not look like an abyss."""
    missing = NARROWEST * max(abs(low), abs(high)) - (high - low)
    return (low - missing / 2, high + missing / 2) if missing > 0 else (low, high)


def _tagged(x: float, y: float, words: str, *, key: Key, **style: Any) -> str:
    """A label that says of which published row its number is."""
    return svg.element("g", svg.text(x, y, words, **style), **key.svg())


def fit(name: str, width: float, size: float, *, bold: bool = False) -> str:
    """The name, cut with an ellipsis if it is longer than the place it has."""
    if svg.text_width(name, size, bold=bold) <= width:
        return name
    while name and svg.text_width(f"{name}…", size, bold=bold) > width:
        name = name[:-1]
    return f"{name.rstrip()}…"


def _interval(indicator: Indicator, row: Published) -> str:
    return french.format_interval(row.lower, row.upper, indicator.decimals) if row.shown else ""


def _value_text(
    x: float, y: float, value: str, interval: str, *, size: float, weight: str | None, fill: str | None,
    row: Published,
) -> str:  # fmt: skip
    inner = svg.escape(value)
    if interval:
        inner += svg.element(
            "tspan", svg.escape(f" {interval}"), font_size=size - 2, fill=svg.MUTED, font_weight="normal"
        )  # fmt: skip
    return svg.element(
        "text", inner, x=x, y=y, font_size=size, text_anchor="end", font_weight=weight,
        fill=fill if row.shown else svg.MUTED, font_style=None if row.shown else "italic", **row.key.svg(),
    )  # fmt: skip


def _bar_body(entries: Sequence[Indicator], groups: Sequence[list[Published]], width: float) -> tuple[float, list[str]]:
    """Label and value above each bar at any width; comparators are ticks named once, under the first bar."""
    top = max(r.value for g in groups for r in g if r.shown and r.value is not None) or 1.0
    body, y = [], 4.0
    for entry, group in zip(entries, groups, strict=True):
        own = group[0]
        body.append(svg.text(0, y + 14, fit(entry.short_label, width - 120, 15), size=15))
        body.append(
            _tagged(width, y + 14, value_words(entry, own), size=15, anchor="end", weight="bold" if own.shown else None,
                     fill=svg.ACCENT if own.shown else svg.MUTED, key=own.key)
        )  # fmt: skip
        body.append(svg.line(0, y + 31, width, y + 31, stroke=svg.RULE))
        if own.shown and own.value is not None:
            body.append(svg.element("rect", x=0, y=y + 22, width=own.value / top * width, height=18, fill=svg.ACCENT))
        taken: list[tuple[int, float, float]] = []
        for position, row in enumerate(group[1:]):
            if not row.shown or row.value is None:
                continue
            colour = svg.COMPARATOR_GREYS[min(position, 3)]
            x = min(max(row.value / top * width, 1.5), width - 1.5)
            body.append(svg.line(x, y + 17, x, y + 45, stroke="#fff", width=6))
            body.append(svg.line(x, y + 17, x, y + 45, stroke=colour, width=3))
            label = f"{row.place.label} {value_words(entry, row, unit=False)}"
            half = svg.text_width(label, 12.5) / 2
            middle = min(max(x, half), width - half)
            line_no = next(
                n for n in range(4)
                if n == 3 or not any(t[0] == n and abs(middle - t[1]) < half + t[2] + 8 for t in taken)
            )  # fmt: skip
            taken.append((line_no, middle, half))
            body.append(
                _tagged(middle, y + 58 + 15 * line_no, label, size=12.5, anchor="middle", fill=svg.MUTED, key=row.key)
            )
        used = max((t[0] for t in taken), default=-1)
        y += 62 + 15 * (used + 1)
    return y, body


def _alt(setting: Setting, indicator: Indicator, rows: Sequence[Published]) -> str:
    listed = " ; ".join(f"{r.place.label} {value_words(indicator, r)}" for r in rows)
    spread = spread_sentence(setting, indicator.id) if setting.members else ""
    return french.punctuate(
        f"{indicator.label} {where(setting.territory)} et ses comparateurs : {listed}. {spread}"
    ).strip()
