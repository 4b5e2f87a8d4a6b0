"""Is an area really apart, or only small? The value of each EPCI against its size, with the limits of chance.

Inside the limits, chance alone explains the gap with the comparator for 95 % (or 99.8 %) of areas of that size. The limits are
those of what is counted: people among people (`share`: score limits of a proportion), events among people (`rate`: exact
Poisson around the events expected at the comparator's rate), observed over expected (`standardised_ratio`: exact Poisson around
100). Other methods have no such limits and are refused. Reference: Spiegelhalter 2005 (`statistics.funnel_limits`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cls_analysis.errors import InvalidInput, NothingToDraw
from cls_analysis.figures import french, svg
from cls_analysis.figures.charts import mark, subtitle, tick_decimals, ticks
from cls_analysis.figures.figure import Cell, DataTable, Figure, LegendItem
from cls_analysis.figures.grammar import unit_of, value_words
from cls_analysis.figures.setting import Place, Published, Setting

if TYPE_CHECKING:
    from cls_analysis.indicators import Indicator

#: method -> (kind of limits, what the horizontal axis counts)
KINDS = {
    "share": ("proportion", "Personnes concernées"),
    "rate": ("ratio", "Habitants"),
    "standardised_ratio": ("ratio", "Évènements attendus"),
}
SPREAD = 1.5  # variance ratio from which the reader is told that leaving the limits is common
ENOUGH = 20  # areas from which that ratio means something
_PEER = "#767676"
_WORDS = {"": "dans les limites", "0.95": "hors des limites à 95 %", "0.998": "hors des limites à 99,8 %"}


@dataclass(frozen=True)
class _Funnel:
    """What is drawn: rows, values as printed, sizes, target as printed, limits of any size, outside which limits."""

    rows: tuple[Published, ...]
    readings: tuple[float, ...]
    beyond: tuple[str, ...]
    target: float
    target_name: str
    kind: str
    scale: float
    axis: str

    @property
    def sizes(self) -> list[float]:
        return [r.denominator or 1.0 for r in self.rows]

    def limits(self, count: Sequence[float], sizes: Sequence[float]) -> pd.DataFrame:
        """`statistics.funnel_limits`, its value and limits in the indicator's unit."""
        from cls_analysis.statistics import funnel_limits

        sizes_ = np.asarray(sizes, dtype=float)
        if self.kind == "proportion":
            found = funnel_limits(count, sizes_, kind="proportion", target=self.target / self.scale)
            numbers = [c for c in found.columns if c not in ("denominator", "beyond")]
            return found.assign(**{c: found[c] * self.scale for c in numbers})
        return funnel_limits(count, sizes_ * self.target / self.scale, kind="ratio", target=self.target)


def funnel_plot(
    setting: Setting, indicator_id: str, *, comparator: Place | None = None, notes: tuple[str, ...] = ()
) -> Figure:
    """The territory, its EPCI (named) and its peers against their size, around the comparator's value (main one, 100 for an ICM).

    Only rows published with numerator and denominator are drawn; the others are counted in a note. A method without
    limits, fewer than three areas and an unpublished comparator raise InvalidInput.
    """
    indicator = setting.indicator(indicator_id)
    if indicator.method not in KINDS:
        raise InvalidInput(
            f"{indicator_id} is computed by {indicator.method!r}: no limits of chance are known for it",
            hint=f"a funnel is for {', '.join(KINDS)}",
        )
    period = setting.period(indicator_id)
    rows = _once(setting, setting.select(indicator_id, _places(setting), period=period))
    drawn = tuple(r for r in rows if r.shown and r.numerator is not None and r.denominator)
    if len(drawn) < 3:
        raise NothingToDraw(f"{indicator_id}: {len(drawn)} areas with numerator and denominator, a funnel needs three")
    base, target_rows = _centred(setting, indicator, comparator, period, drawn)
    own = next((i for i, r in enumerate(drawn) if r.place == setting.territory), None)
    title, alt = _words(setting, indicator, base, own)
    identifier = f"entonnoir-{indicator_id}"
    wide, narrow = svg.both(lambda width: _body(setting, base, width, indicator.decimals), alt=alt)
    order = sorted(range(len(drawn)), key=lambda i: (-base.readings[i], drawn[i].place.name))
    lines = tuple(
        (
            Cell(drawn[i].place.label, tone="own" if i == own else ""),
            Cell(value_words(indicator, drawn[i], unit=False), key=drawn[i].key),
            french.format_number(base.sizes[i]), french.punctuate(_WORDS[base.beyond[i]]),
        )
        for i in order
    )  # fmt: skip
    hidden = len(rows) - len(drawn)
    extra = [f"{french.count_of(hidden, 'territoire sans valeur publiée', 'territoires sans valeur publiée')}."] if hidden else []  # fmt: skip
    value = french.format_number(base.target, indicator.decimals)
    reading = (
        f"Entre les deux courbes pleines, l’écart avec {base.target_name} ({value}) peut être dû au seul hasard pour 95 % des "
        "territoires de cette taille ; entre les tiretés, pour 99,8 %. Plus un territoire est petit, plus le hasard le fait varier. "
        "Hors des limites, l’écart dépasse ce que le seul hasard explique : cela ne dit ni pourquoi, ni s’il est bon ou mauvais, et "
        "l’âge des habitants peut y suffire."
    )
    spread = _dispersion(base)
    if spread > SPREAD and len(drawn) >= ENOUGH:
        extra.insert(
            0,
            f"Les territoires diffèrent entre eux {french.format_number(spread, 1)} fois plus (en variance) que si le hasard seul "
            "jouait : beaucoup sortent des limites, et en sortir n’a rien d’exceptionnel.",
        )
    return Figure(
        id=identifier, kind="chart", title=title, subtitle=subtitle(setting, indicator, period or ""),
        svg=wide, svg_narrow=narrow, reading=french.punctuate(reading),
        source=setting.citation([*drawn, *target_rows]), alt=alt, legend=_legend(setting),
        data=DataTable(("Territoire", f"Valeur ({unit_of(indicator)})", base.axis, "Position"), lines, (False, True, True, False)),
        notes=tuple(french.punctuate(t) for t in (*notes, indicator.caveat, *extra) if t),
        simulated=setting.simulated([*drawn, *target_rows], f"funnel of {indicator_id}"),
        indicators=(indicator_id,), period=period or "",
    )  # fmt: skip


def _places(setting: Setting) -> list[Place]:
    """Peers, EPCI of the territory and the territory, each once: an EPCI of the territory under the name it has there."""
    found = {(p.territory_type, p.territory): p for p in (*setting.peers, *setting.members, setting.territory)}
    return list(found.values())


def _once(setting: Setting, rows: Sequence[Published]) -> list[Published]:
    """Without the EPCI that is the whole territory under another name: the same people are not two dots."""
    own = next((r for r in rows if r.place == setting.territory), None)
    inside = {p.territory for p in setting.members}

    def same(row: Published) -> bool:
        return (
            own is not None and row is not own and row.place.territory in inside
            and (row.numerator, row.denominator) == (own.numerator, own.denominator)
        )  # fmt: skip

    return [r for r in rows if not same(r)]


def _dispersion(base: _Funnel) -> float:
    """How many times more the areas vary than chance alone: mean squared z-score, the farthest tenth on each side brought
    in to its bound (Spiegelhalter 2005, section 3.3). 1 when nothing but chance is at work."""
    target, sizes, values = base.target / base.scale, np.asarray(base.sizes), np.asarray(base.readings) / base.scale
    spread = np.sqrt(target * (1 - target if base.kind == "proportion" else 1) / sizes)
    z = (values - target) / spread
    low, high = np.quantile(z, (0.1, 0.9))
    return float(np.mean(np.clip(z, low, high) ** 2))


def _centred(
    setting: Setting, indicator: Indicator, comparator: Place | None, period: str | None, drawn: tuple[Published, ...]
) -> tuple[_Funnel, list[Published]]:
    """The funnel around the comparator's value, or around 100 for an ICM, whose reference is France by construction."""
    kind, axis = KINDS[indicator.method]
    scale = indicator.scale
    if indicator.method == "standardised_ratio":
        target, name, rows = scale, "la France", []
    else:
        place = comparator or setting.main
        row = setting.select(indicator.id, [place], period=period)[0] if place else None
        limit = scale if kind == "proportion" else math.inf
        if place is None or row is None or row.value is None or not 0 < row.value < limit:
            raise NothingToDraw(f"{indicator.id}: no published comparator inside the scale for the funnel")
        target, name, rows = row.value, place.full_name, [row]
    base = _Funnel(drawn, (), (), target, name, kind, scale, axis)
    found = base.limits([r.numerator or 0.0 for r in drawn], base.sizes)
    beyond = tuple("" if b != b else f"{b:g}" for b in found["beyond"])
    return _Funnel(drawn, tuple(map(float, found["value"])), beyond, target, name, kind, scale, axis), rows


def _words(setting: Setting, indicator: Indicator, base: _Funnel, own: int | None) -> tuple[str, str]:
    """Title and text alternative."""
    place = setting.territory
    if own is None:
        verdict = f"la valeur {place.of} n’est pas tracée"
    elif not setting.comparable(indicator.id):
        verdict = f"{place.full_name} parmi les {setting.peers_label}, sans correction de l’âge"
    elif base.beyond[own]:
        side = "au-dessus" if base.readings[own] > base.target else "au-dessous"
        verdict = f"{place.full_name} est {side} des limites du seul hasard"
    else:
        verdict = f"{place.full_name} reste dans ce que le hasard explique"
    title = french.punctuate(f"{french.capitalise(indicator.short_label)} : {verdict}")
    inside = {p.territory for p in setting.members}
    apart = [r.place.label for r, b in zip(base.rows, base.beyond, strict=True) if b and r.place.territory in inside]
    value = french.format_number(base.target, indicator.decimals)
    outside = sum(1 for b in base.beyond if b)
    said = [
        f"Graphique en entonnoir de {french.count_of(len(base.rows), 'territoire')}, autour de {value} ({base.target_name}) : "
        f"{french.format_number(outside)} hors des limites à 95 %."
    ]
    if own is not None:
        said.append(f"{place.label} : {value_words(indicator, base.rows[own])}.")
    if apart:
        said.append(f"EPCI du territoire hors des limites : {french.join_list(apart)}.")
    return title, french.punctuate(" ".join(said))


def _legend(setting: Setting) -> tuple[LegendItem, ...]:
    """Marks and lines in words, in the order of their importance."""

    def swatch(inner: str) -> str:
        return svg.element("svg", inner, class_="swatch", width=28, height=18, viewBox="0 0 28 18", aria_hidden="true")

    items = [LegendItem(swatch(mark("diamond", 14, 9, svg.ACCENT)), setting.territory.label)]
    if setting.members:
        items.append(LegendItem(swatch(mark("circle", 14, 9, svg.MEMBER)), "ses EPCI"))
    if setting.peers:
        dot = svg.element("circle", cx=14, cy=9, r=3, fill=_PEER)
        items.append(LegendItem(swatch(dot), f"autres {setting.peers_label}"))
    items.append(LegendItem(swatch(svg.line(1, 9, 27, 9, stroke="#767676", width=1.4)), "limites à 95\u00a0%"))
    dashed = svg.line(1, 9, 27, 9, stroke="#767676", width=1.4, stroke_dasharray="5 4")
    items.append(LegendItem(swatch(dashed), "limites à 99,8\u00a0%"))
    return tuple(items)


def _body(setting: Setting, base: _Funnel, width: float, decimals: int) -> tuple[float, list[str]]:
    sizes, values, target = base.sizes, base.readings, base.target
    low, high = math.log10(min(sizes) / 1.15), math.log10(max(sizes) * 1.15)
    grid = np.logspace(low, high, 60)
    curves = base.limits(list(grid * target / base.scale), list(grid))
    names = [c for c in curves.columns if c.startswith(("lower", "upper"))]
    inner = curves[[n for n in names if "99" not in n]].to_numpy()
    outer = curves[[n for n in names if "99" in n]].to_numpy()
    marks = ticks(min(*values, float(inner.min())), max(*values, float(inner.max())))
    left, right, top, bottom = 46.0, width - 8, 14.0, (280.0 if width < svg.PHONE else 380.0)

    def x(size: float) -> float:
        return left + (math.log10(size) - low) / (high - low) * (right - left)

    def y(value: float) -> float:
        return bottom - (min(max(value, marks[0]), marks[-1]) - marks[0]) / (marks[-1] - marks[0]) * (bottom - top)

    body = []
    axis = tick_decimals(marks)
    for tick in marks:
        body.append(svg.line(left, y(tick), right, y(tick)))
        body.append(
            svg.text(left - 6, y(tick) + 4.5, french.format_number(tick, axis), size=13, fill=svg.MUTED, anchor="end")
        )
    last = -100.0
    for size in (m * 10**p for p in range(1, 9) for m in (1, 2, 5)):
        label = french.format_number(size)
        half = svg.text_width(label, 13) / 2
        if low <= math.log10(size) <= high and left <= x(size) - half > last + 10 and x(size) + half <= width:
            body.append(svg.text(x(size), bottom + 19, label, size=13, fill=svg.MUTED, anchor="middle"))
            last = x(size) + half
    body.append(svg.text((left + right) / 2, bottom + 38, f"{base.axis} (échelle logarithmique)", size=13,
                         fill=svg.MUTED, anchor="middle"))  # fmt: skip
    for matrix, dash in ((inner, None), (outer, "5 4")):
        for column in range(matrix.shape[1]):
            points = [(x(g), y(v)) for g, v in zip(grid, matrix[:, column], strict=True) if marks[0] <= v <= marks[-1]]
            if points:
                body.append(svg.element("path", d=svg.path(points), fill="none", stroke="#767676", stroke_width=1.4,
                                        stroke_dasharray=dash))  # fmt: skip
    body.append(svg.line(left, y(target), right, y(target), stroke=svg.INK, width=1.4))
    name = f"{french.capitalise(base.target_name)} {french.format_number(target, decimals)}"
    label = svg.text(left + 4, y(target) - 6, name, size=13, halo=True)
    return bottom + 48, [*body, *_areas(setting, base, width, x, y), label]


def _areas(setting: Setting, base: _Funnel, width: float, x: Any, y: Any) -> list[str]:
    """Dots of the peers, then the EPCI and the territory with their names where these do not run into one another."""
    inside = {p.territory for p in setting.members}
    rank = [2 if r.place == setting.territory else 1 if r.place.territory in inside else 0 for r in base.rows]
    body: list[str] = []
    marked: list[str] = []
    taken: list[tuple[float, float, float]] = []
    for i in sorted(range(len(base.rows)), key=lambda i: rank[i]):
        if rank[i] == 0:
            body.append(svg.element("circle", cx=x(base.sizes[i]), cy=y(base.readings[i]), r=3, fill=_PEER))
    for i in sorted(range(len(base.rows)), key=lambda i: (-rank[i], base.rows[i].place.territory)):
        if rank[i] == 0:
            continue
        across, up, place, own = x(base.sizes[i]), y(base.readings[i]), base.rows[i].place, rank[i] == 2
        drawing = mark("diamond" if own else "circle", across, up, svg.ACCENT if own else svg.MEMBER)
        size = 14.0 if own else 12.5
        long = svg.text_width(place.label, size, bold=own)
        anchor = "end" if across + 12 + long > width else "start"
        start = across - 12 - long if anchor == "end" else across + 12
        clear = all(abs(up - t[2]) > 15 or start > t[1] or start + long < t[0] for t in taken)
        if own or (clear and start >= 46 and width >= svg.PHONE):
            taken.append((start, start + long, up))
            drawing += svg.text(start, up + 5, place.label, size=size, weight="bold" if own else None,
                                fill=svg.ACCENT if own else "#33626d", halo=True)  # fmt: skip
        marked.append(drawing)
    return [*body, *reversed(marked)]  # the territory last, over all others
