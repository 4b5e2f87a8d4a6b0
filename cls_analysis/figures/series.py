"""How does it change? Lines over time for the territory and its comparators, named at their end.

Only periods that do not overlap are points (2013-2017, 2018-2022), placed at their last year; the interval of the
territory is a pale band; a period without a published value breaks the line instead of being bridged.
"""

from __future__ import annotations

from collections.abc import Sequence

from cls_analysis.errors import NothingToDraw
from cls_analysis.figures import french, svg
from cls_analysis.figures.charts import fit, framing_note, style_of, subtitle, tick_decimals, ticks
from cls_analysis.figures.figure import Cell, DataTable, Figure
from cls_analysis.figures.grammar import subject, value_words
from cls_analysis.figures.narrative import own_series, reading_note, short_unit, trend_sentence
from cls_analysis.figures.setting import Published, Setting

_DASHES = {"departement": None, "region": "7 3", "france": "2 3"}


def time_lines(setting: Setting, indicator_id: str, *, title: str = "", notes: tuple[str, ...] = ()) -> Figure:
    """One line per territory: the territory in the accent colour, département, région, France in greys and dashes.

    Fewer than two published periods of the territory: InvalidInput (a number says it better than a line).
    """
    indicator = setting.indicator(indicator_id)
    setting = setting.focused(indicator_id)
    own = own_series(setting, indicator_id)
    if len(own) < 2:
        raise NothingToDraw(
            f"{indicator_id}: {len(own)} published period of {setting.territory.name}, a line needs two",
            hint="draw a dot plot of the latest period",
        )
    periods = [r.period for r in own]
    others = _others(setting, indicator_id, periods) if setting.comparable(indicator_id) else []
    series = [own, *(rows for rows in others if rows)]
    identifier = f"evolution-{indicator_id}"
    first, last = own[0], own[-1]
    span = f"{first.period} à {last.period}"
    name = french.capitalise(indicator.short_label)
    unit = short_unit(indicator)
    start, end = (
        french.format_value(r.value, status=r.status, decimals=indicator.decimals, unit=unit) for r in (first, last)
    )
    title = title or french.punctuate(
        f"{name} : {start} {french.period_words(first.period)}{' comme' if start == end else f', {end}'} "
        f"{french.period_words(last.period)} {setting.territory.where}"
    )
    alt = french.punctuate(
        f"Courbes de {span}. "
        + " ".join(
            f"{rows[0].place.label} : " + ", ".join(f"{r.period} {value_words(indicator, r)}" for r in rows) + "."
            for rows in series
        )
    )  # fmt: skip
    wide, narrow = svg.both(lambda width: _body(setting, series, periods, width, indicator.decimals), alt=alt)
    header = ("Période", *(rows[0].place.label for rows in series))
    found = [{r.period: r for r in rows} for rows in series]
    lines: tuple[tuple[str | Cell, ...], ...] = tuple(
        (
            p,
            *(
                Cell(value_words(indicator, f[p], unit=False), key=f[p].key) if p in f
                else Cell(french.STATUS_WORDS["missing"].short, tone="withheld")
                for f in found
            ),
        )
        for p in periods
    )  # fmt: skip
    rows = [r for s in series for r in s]
    reading = trend_sentence(setting, indicator_id) if subject(indicator) else reading_note(setting, indicator_id, last)
    extra = framing_note(setting, indicator)
    extra += ["Bande claire : intervalle de confiance à 95 %."] if any(r.lower is not None for r in own) else []
    return Figure(
        id=identifier, kind="chart", title=title, subtitle=subtitle(setting, indicator, span), svg=wide,
        svg_narrow=narrow, reading=reading, source=setting.citation(rows), alt=alt,
        data=DataTable(header, lines, (False, *[True] * len(series))),
        notes=tuple(french.punctuate(n) for n in (*extra, *notes, *([indicator.caveat] if indicator.caveat else []))),
        simulated=setting.simulated(rows, f"lines of {indicator_id}"), indicators=(indicator_id,), period=span,
    )  # fmt: skip


def _others(setting: Setting, indicator_id: str, periods: Sequence[str]) -> list[list[Published]]:
    """The shown rows of each comparator, at the territory's own periods only."""
    found: dict[str, list[Published]] = {c.territory: [] for c in setting.comparators}
    for period in periods:
        for row in setting.select(indicator_id, setting.comparators, period=period):
            if row.shown:
                found[row.place.territory].append(row)
    return list(found.values())


def _body(
    setting: Setting, series: Sequence[list[Published]], periods: Sequence[str], width: float, decimals: int
) -> tuple[float, list[str]]:  # fmt: skip
    narrow, size = width < svg.PHONE, 14.0
    ends = [v for rows in series for r in rows for v in (r.value, r.lower, r.upper) if v is not None]
    marks = ticks(min(ends), max(ends))
    labels = [
        rows[-1].place.label
        if narrow
        else f"{rows[-1].place.label} {french.format_number(rows[-1].value or 0.0, decimals)}"
        for rows in series
    ]
    axis = tick_decimals(marks)
    left = max(svg.text_width(french.format_number(t, axis), 13) for t in marks) + 8
    room = min(max(svg.text_width(t, size, bold=True) for t in labels) + 14, 160 if narrow else 270)
    right, top, bottom = width - room, 12.0, (230.0 if narrow else 300.0)
    years = [int(p[-4:]) for p in periods]

    def x(period: str) -> float:
        return left + 4 + (int(period[-4:]) - years[0]) / (years[-1] - years[0]) * (right - left - 12)

    def y(value: float) -> float:
        return bottom - (value - marks[0]) / (marks[-1] - marks[0]) * (bottom - top)

    body = []
    for tick in marks:
        body.append(svg.line(left, y(tick), right, y(tick)))
        body.append(
            svg.text(left - 6, y(tick) + 4.5, french.format_number(tick, axis), size=13, fill=svg.MUTED, anchor="end")
        )
    taken = -100.0
    for period in periods:
        half = svg.text_width(period, 13) / 2
        if x(period) - half > taken + 6:
            body.append(svg.text(x(period), bottom + 20, period, size=13, fill=svg.MUTED, anchor="middle"))
            taken = x(period) + half
    own = series[0]
    if all(r.lower is not None and r.upper is not None for r in own):
        edge = [(x(r.period), y(r.upper or 0.0)) for r in own] + [(x(r.period), y(r.lower or 0.0)) for r in own[::-1]]
        body.append(svg.element("path", d=svg.path(edge, closed=True), fill=svg.ACCENT, fill_opacity=0.14))
    spots = spread([y(rows[-1].value or 0.0) for rows in series], 17.0)
    for rows, label, spot in reversed(list(zip(series, labels, spots, strict=True))):
        colour, _, weight = style_of(rows[0].place, setting)
        thick = 3.2 if weight == "bold" else 2.0
        for run in _runs(rows, periods):
            body.append(
                svg.element(
                    "path", d=svg.path((x(r.period), y(r.value or 0.0)) for r in run), fill="none", stroke=colour,
                    stroke_width=thick, stroke_linejoin="round", stroke_dasharray=_DASHES.get(rows[0].place.territory_type),
                )
            )  # fmt: skip
        if weight == "bold":
            body += [svg.element("circle", cx=x(r.period), cy=y(r.value or 0.0), r=4, fill=colour) for r in rows]
        body.append(
            svg.text(right + 6, spot + 5, fit(label, room - 8, size, bold=weight == "bold"), size=size, fill=colour if
                     weight == "bold" else svg.MUTED if colour == svg.COMPARATOR_GREYS[2] else colour,
                     weight="bold" if weight == "bold" else None)
        )  # fmt: skip
    return bottom + 30, body


def _runs(rows: Sequence[Published], periods: Sequence[str]) -> list[list[Published]]:
    """The rows cut wherever a period in between has no value."""
    runs: list[list[Published]] = []
    for row in rows:
        if runs and periods.index(row.period) == periods.index(runs[-1][-1].period) + 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    return runs


def spread(positions: Sequence[float], gap: float) -> list[float]:
    """Label positions pushed apart to keep `gap` between them, in their order, as near as can be to their place.

    >>> spread([10, 12, 50], 8)
    [7.0, 15.0, 50.0]
    """
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    groups: list[list[int]] = []
    centres: list[float] = []
    for i in order:
        groups.append([i])
        centres.append(float(positions[i]))
        while len(groups) > 1:
            reach = (len(groups[-1]) + len(groups[-2])) * gap / 2
            if centres[-1] - centres[-2] >= reach:
                break
            merged = groups[-2] + groups[-1]
            groups[-2:] = [merged]
            centres[-2:] = [sum(positions[j] for j in merged) / len(merged)]
    placed = [0.0] * len(positions)
    for members, centre in zip(groups, centres, strict=True):
        for rank, i in enumerate(members):
            placed[i] = centre + (rank - (len(members) - 1) / 2) * gap
    return placed
