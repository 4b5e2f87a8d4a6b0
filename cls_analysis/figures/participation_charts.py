"""What did people answer, how far apart are the votes, how far has the contract come? Three drawings.

`share_bars`: a bar and its 95 % interval per answer, a hollow diamond for the weighted share. `spans`: a point and the span
from lowest to highest per line (notes of voters, ranks under other weights). `stacked`: how many of each state per line.
Each is drawn twice, wide and for a phone; colour only repeats order, number and legend. Reference: RGAA 4.1, 3.1 and 3.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cls_analysis.figures import french, svg
from cls_analysis.figures.figure import DataTable, Figure, LegendItem

WIDE, NARROW = 760.0, 360.0
#: fills from pale to dark, then the one of what is not known; ink on the pale, white on the dark
STATE_FILLS = ("#e9ebec", "#a9cdd4", "#0b5563", "#d9b48a", "#8a3b12", "#ffffff")
Draw = Callable[[float], tuple[float, list[str]]]
_DARK = frozenset({"#0b5563", "#8a3b12"})


@dataclass(frozen=True)
class Line:
    """One line of a drawing: `value` with its span (None where withheld: `text` then says why), `second` a hollow mark."""

    label: str
    text: str
    value: float | None
    low: float | None = None
    high: float | None = None
    second: float | None = None


@dataclass(frozen=True)
class Words:
    """What every figure must say."""

    id: str
    title: str
    subtitle: str
    reading: str
    source: str
    notes: tuple[str, ...] = ()
    period: str = ""


def share_bars(words: Words, lines: Sequence[Line], table: DataTable) -> Figure:
    """Shares in percent, axis from 0; the interval is a thin line over the bar."""
    top = max([100.0 if _largest(lines) > 60 else 20 * (int(_largest(lines)) // 20 + 1), 20.0])
    return _figure(words, table, "bars", lambda width: _lines(lines, width, 0.0, top, bars=True, unit=" %"), lines)


def spans(words: Words, lines: Sequence[Line], table: DataTable, *, low: float, high: float) -> Figure:
    """A point on its span from lowest to highest, on an axis from `low` to `high`."""
    return _figure(words, table, "dots", lambda width: _lines(lines, width, low, high, bars=False, unit=""), lines)


def stacked(
    words: Words, rows: Sequence[tuple[str, Sequence[int]]], states: Mapping[str, str], table: DataTable, *, totals: bool = True
) -> Figure:  # fmt: skip
    """One bar per row cut in as many parts as there are states; `states`: key -> label, in the order of the parts.

    `totals` writes the sum over rows in the legend: leave it out where rows hold the same things twice (years).
    """
    sums = [french.format_number(sum(r[1][i] for r in rows)) if totals else "" for i in range(len(states))]
    legend = tuple(
        LegendItem(_swatch(STATE_FILLS[i % len(STATE_FILLS)]), label, sums[i])
        for i, label in enumerate(states.values())
    )
    said = [
        f"{label} : " + ", ".join(f"{n} {s.lower()}" for n, s in zip(counts, states.values(), strict=True) if n)
        for label, counts in rows
    ]
    return _built(words, table, "bars", lambda width: _stack(rows, width), " ; ".join(said) + ".", legend)


def _figure(words: Words, table: DataTable, kind: str, draw: Draw, lines: Sequence[Line]) -> Figure:
    return _built(words, table, kind, draw, " ; ".join(f"{r.label} : {r.text}" for r in lines) + ".", ())


def _built(words: Words, table: DataTable, kind: str, draw: Draw, said: str, legend: tuple[LegendItem, ...]) -> Figure:
    alt = french.punctuate(f"{words.title}. {said}")
    wide, narrow = svg.both(draw, alt=alt, wide=WIDE, narrow=NARROW)
    return Figure(
        id=words.id, kind=kind, title=words.title, subtitle=words.subtitle, svg=wide, svg_narrow=narrow,
        reading=words.reading, source=words.source, alt=alt, data=table, notes=words.notes, period=words.period, legend=legend,
    )  # fmt: skip


def _largest(lines: Sequence[Line]) -> float:
    return max([v for r in lines for v in (r.value, r.high, r.second) if v is not None], default=0.0)


def _lines(
    lines: Sequence[Line], width: float, low: float, high: float, *, bars: bool, unit: str
) -> tuple[float, list[str]]:
    size = 14.0 if width > svg.PHONE else 13.0
    beside = width > svg.PHONE
    left = 265.0 if beside else 0.0
    value_width = max([svg.text_width(r.text, size) for r in lines], default=0.0) + 10
    span = width - left - value_width - 12
    body: list[str] = []
    y = 8.0

    def x(value: float) -> float:
        return left + span * (min(max(value, low), high) - low) / (high - low)

    for row in lines:
        wrapped = svg.wrap(row.label, (left - 14) if beside else width - 4, size)
        if beside:
            height = max(30.0, 18.0 * len(wrapped) + 8)
            first = y + height / 2 + 5 - 9 * (len(wrapped) - 1)
            middle = y + height / 2
        else:
            first, height = y + 14, 18.0 * len(wrapped) + 30
            middle = y + 18.0 * len(wrapped) + 12
        body += [svg.text(0, first + 18 * i, part, size=size) for i, part in enumerate(wrapped)]
        body += _mark(row, x, middle, bars=bars)
        body.append(svg.text(left + span + 12, middle + 5, row.text, size=size, weight="600"))
        y += height
    y += 4
    body.insert(0, svg.line(left, 4, left, y, stroke=svg.MUTED))
    steps = int(high - low) if high - low <= 10 else 4 if high - low in (20, 40, 80) else 3 if high - low == 60 else 5
    for i in range(steps + 1):
        at = low + (high - low) * i / steps
        anchor = "start" if i == 0 else "end" if i == steps else "middle"
        label = french.format_number(at, 0 if float(at).is_integer() else 1) + (unit if i == steps else "")
        body.insert(0, svg.line(x(at), 4, x(at), y, stroke=svg.RULE))
        body.append(svg.text(x(at), y + 16, french.punctuate(label), size=12, fill=svg.MUTED, anchor=anchor))
    return y + 24, body


def _mark(row: Line, x: Callable[[float], float], middle: float, *, bars: bool) -> list[str]:
    if row.value is None:
        return []
    at = x(row.value)
    out = []
    if bars:
        origin = x(0.0)
        out.append(svg.element("rect", x=origin, y=middle - 8, width=max(at - origin, 0.8), height=16, fill=svg.MEMBER))
    if row.low is not None and row.high is not None:
        a, b = x(row.low), x(row.high)
        out += [
            svg.line(a, middle, b, middle, stroke=svg.INK, width=1.6),
            svg.line(a, middle - 4, a, middle + 4, stroke=svg.INK, width=1.6),
            svg.line(b, middle - 4, b, middle + 4, stroke=svg.INK, width=1.6),
        ]
    if not bars:
        out.append(svg.element("circle", cx=at, cy=middle, r=6.5, fill=svg.ACCENT))
    if row.second is not None:
        s = x(row.second)
        corners = [(s, middle - 7), (s + 7, middle), (s, middle + 7), (s - 7, middle)]
        out.append(svg.element("path", d=svg.path(corners, closed=True), fill="#fff", stroke=svg.INK, stroke_width=1.8))
    return out


def _stack(rows: Sequence[tuple[str, Sequence[int]]], width: float) -> tuple[float, list[str]]:
    beside = width > svg.PHONE
    size, left = (14.0, 265.0) if beside else (13.0, 0.0)
    most = max([sum(counts) for _, counts in rows], default=1) or 1
    span = width - left - 4
    body, y = [], 6.0
    for label, counts in rows:
        wrapped = svg.wrap(label, (left - 14) if beside else width - 4, size)
        if beside:
            height = max(36.0, 18.0 * len(wrapped) + 10)
            first, top = y + height / 2 + 5 - 9 * (len(wrapped) - 1), y + height / 2 - 13
        else:
            first, height, top = y + 14, 18.0 * len(wrapped) + 42, y + 18.0 * len(wrapped) + 4
        body += [svg.text(0, first + 18 * i, part, size=size) for i, part in enumerate(wrapped)]
        at = left
        for i, count in enumerate(counts):
            if not count:
                continue
            fill = STATE_FILLS[i % len(STATE_FILLS)]
            part = span * count / most
            body.append(
                svg.element(
                    "rect", x=at, y=top, width=part, height=26, fill=fill, stroke=svg.MUTED, stroke_width=1,
                    stroke_dasharray="4 3" if fill == "#ffffff" else None,
                )
            )  # fmt: skip
            ink = "#ffffff" if fill in _DARK else svg.INK
            if part >= 13:  # a narrower part keeps its number in the legend, the alternative and the table
                body.append(
                    svg.text(at + part / 2, top + 18, str(count), size=13, anchor="middle", fill=ink, weight="600")
                )
            at += part
        y += height
    return y + 6, body


def _swatch(fill: str) -> str:
    dash = "4 3" if fill == "#ffffff" else None
    return svg.element(
        "svg", svg.element("rect", x=1, y=1, width=20, height=14, fill=fill, stroke=svg.MUTED, stroke_dasharray=dash),
        xmlns="http://www.w3.org/2000/svg", width=22, height=16, viewBox="0 0 22 16", aria_hidden="true", focusable="false",
    )  # fmt: skip
