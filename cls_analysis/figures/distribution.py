"""Is an area really apart, and is a good shared evenly? Funnel plot of areas and concentration curve.

Funnel: value of each EPCI against its population, with the limits inside which chance alone keeps 95 % and 99.8 % of
areas (`cls_analysis.statistics.funnel_limits`; Spiegelhalter 2005). Concentration: cumulative share of the good
against cumulative share of the population, from the least to the best served (Lorenz 1905), with Gini's index.
"""

from __future__ import annotations

import math

import numpy as np

from cls_analysis.errors import InvalidInput
from cls_analysis.figures import french, svg
from cls_analysis.figures.charts import NARROW, WIDE, mark, subtitle, tick_decimals, ticks
from cls_analysis.figures.figure import Cell, DataTable, Figure
from cls_analysis.figures.grammar import value_words
from cls_analysis.figures.setting import Place, Published, Setting


def funnel_plot(
    setting: Setting, indicator_id: str, *, comparator: Place | None = None, notes: tuple[str, ...] = ()
) -> Figure:
    """A proportion in % for the territory, its EPCI and its peers, against the number of people it stands on.

    Only rows published with numerator and denominator are drawn; the others are counted in a note. The target is
    the comparator's value (main one unless given). Units other than % and an unpublished target raise InvalidInput.
    """
    from cls_analysis.statistics import funnel_limits

    indicator = setting.indicator(indicator_id)
    if not str(indicator.unit).startswith("%"):
        raise InvalidInput(f"{indicator_id} is in {indicator.unit!r}: this funnel is for proportions in %")
    period = setting.period(indicator_id)
    comparator = comparator or setting.main
    target = setting.select(indicator_id, [comparator], period=period)[0] if comparator else None
    if comparator is None or target is None or target.value is None or not 0 < target.value < 100:
        raise InvalidInput(f"{indicator_id}: no published comparator between 0 and 100 % for the funnel")
    places = list(dict.fromkeys((*setting.peers, *setting.members, setting.territory)))
    rows = setting.select(indicator_id, places, period=period)
    drawn = [r for r in rows if r.shown and r.numerator is not None and r.denominator]
    if len(drawn) < 3:
        raise InvalidInput(f"{indicator_id}: {len(drawn)} areas with numerator and denominator, a funnel needs three")
    limits = funnel_limits(
        [r.numerator or 0.0 for r in drawn], [r.denominator or 1.0 for r in drawn], kind="proportion",
        target=target.value / 100,
    )  # fmt: skip
    beyond = [f"{b:g}" if b == b else "" for b in limits["beyond"]]
    values = [100 * v for v in limits["value"]]
    identifier = f"entonnoir-{indicator_id}"
    outside = sum(1 for b in beyond if b)
    own = next((i for i, r in enumerate(drawn) if r.place == setting.territory), None)
    place = setting.territory
    if own is None:
        verdict = f"la valeur {place.of} n’est pas tracée"
    elif beyond[own]:
        side = "au-dessus" if values[own] > target.value else "au-dessous"
        verdict = f"{place.full_name} est {side} des limites du hasard"
    else:
        verdict = f"{place.full_name} reste dans les limites du hasard"
    title = french.punctuate(f"{french.capitalise(str(indicator.short_label))} : {verdict}")
    alt = french.punctuate(
        f"Graphique en entonnoir de {french.count_of(len(drawn), 'territoire')}, autour de "
        f"{value_words(indicator, target)} ({comparator.label}) : {french.format_number(outside)} hors des limites à 95 %. "
        + (f"{place.label} : {value_words(indicator, drawn[own])}." if own is not None else "")
    )
    rendered = {}
    for variant, width in (("wide", WIDE), ("narrow", NARROW)):
        height, body = _funnel_body(setting, drawn, values, target, comparator, width, indicator.decimals)
        rendered[variant] = svg.document(identifier, width, height, body, title=title, alt=alt, variant=variant)
    order = sorted(range(len(drawn)), key=lambda i: (-values[i], drawn[i].place.name))
    words = {"": "dans les limites", "0.95": "hors des limites à 95 %", "0.998": "hors des limites à 99,8 %"}
    lines = tuple(
        (
            drawn[i].place.label, Cell(value_words(indicator, drawn[i], unit=False)),
            french.format_number(drawn[i].denominator or 0.0), french.punctuate(words[beyond[i]]),
        )
        for i in order
    )  # fmt: skip
    missing = len(rows) - len(drawn)
    extra = (
        [f"{french.count_of(missing, 'territoire sans valeur publiée', 'territoires sans valeur publiée')}."]
        if missing
        else []
    )
    reading = (
        f"Entre les deux courbes pleines, l’écart avec {comparator.full_name} ({value_words(indicator, target)}) peut être "
        f"dû au hasard pour 95 % des territoires de cette taille."
    )
    return Figure(
        id=identifier, kind="chart", title=title, subtitle=subtitle(setting, indicator, period or ""),
        svg=rendered["wide"], svg_narrow=rendered["narrow"], reading=french.punctuate(reading),
        source=setting.citation([*drawn, target]), alt=alt,
        data=DataTable(("Territoire", f"Valeur ({indicator.unit})", "Population concernée", "Position"), lines,
                       (False, True, True, False)),
        notes=(*notes, *extra), simulated=setting.simulated([*drawn, target], f"funnel of {indicator_id}"),
        indicators=(indicator_id,), period=period or "",
    )  # fmt: skip


def _funnel_body(
    setting: Setting, rows: list[Published], values: list[float], target: Published, comparator: Place, width: float,
    decimals: int,
) -> tuple[float, list[str]]:  # fmt: skip
    from cls_analysis.statistics import funnel_limits

    sizes = [r.denominator or 1.0 for r in rows]
    low, high = math.log10(min(sizes) / 1.15), math.log10(max(sizes) * 1.15)
    grid = np.logspace(low, high, 60)
    centre = (target.value or 0.0) / 100
    curves = funnel_limits(grid * centre, grid, kind="proportion", target=centre)
    names = [c for c in curves.columns if c.startswith(("lower", "upper"))]
    inner = curves[[n for n in names if "99" not in n]].to_numpy() * 100
    outer = curves[[n for n in names if "99" in n]].to_numpy() * 100
    marks = ticks(min(*values, float(inner.min())), max(*values, float(inner.max())))
    left, right, top, bottom = 46.0, width - 8, 14.0, (260.0 if width < 500 else 340.0)

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
        if low <= math.log10(size) <= high and x(size) - svg.text_width(label, 13) / 2 > last + 10:
            body.append(svg.text(x(size), bottom + 19, label, size=13, fill=svg.MUTED, anchor="middle"))
            last = x(size) + svg.text_width(label, 13) / 2
    body.append(svg.text((left + right) / 2, bottom + 38, "Population concernée (échelle logarithmique)", size=13,
                         fill=svg.MUTED, anchor="middle"))  # fmt: skip
    for matrix, dash in ((inner, None), (outer, "5 4")):
        for column in range(matrix.shape[1]):
            points = [(x(s), y(v)) for s, v in zip(grid, matrix[:, column], strict=True) if marks[0] <= v <= marks[-1]]
            if points:
                body.append(svg.element("path", d=svg.path(points), fill="none", stroke="#767676", stroke_width=1.4,
                                        stroke_dasharray=dash))  # fmt: skip
    body.append(svg.line(left, y(target.value or 0.0), right, y(target.value or 0.0), stroke=svg.INK, width=1.4))
    name = f"{comparator.label} {french.format_number(target.value or 0.0, decimals)}"
    body.append(svg.text(right, y(target.value or 0.0) - 6, name, size=13, anchor="end", halo=True))
    inside = {p.territory for p in setting.members}
    drawn = sorted(
        range(len(rows)), key=lambda i: (rows[i].place == setting.territory, rows[i].place.territory in inside)
    )
    for i in drawn:
        place = rows[i].place
        if place == setting.territory:
            body.append(mark("diamond", x(sizes[i]), y(values[i]), svg.ACCENT))
            anchor = "end" if x(sizes[i]) > width * 0.6 else "start"
            shift = -12 if anchor == "end" else 12
            body.append(svg.text(x(sizes[i]) + shift, y(values[i]) + 5, place.label, size=14, weight="bold",
                                 fill=svg.ACCENT, anchor=anchor, halo=True))  # fmt: skip
        elif place.territory in inside:
            body.append(mark("circle", x(sizes[i]), y(values[i]), svg.MEMBER))
        else:
            body.append(svg.element("circle", cx=x(sizes[i]), cy=y(values[i]), r=3, fill="#8c8c8c"))
    return bottom + 48, body


def concentration_curve(
    setting: Setting, indicator_id: str, *, level: str = "commune", places: tuple[Place, ...] = (), weight: str = "denominator",
    notes: tuple[str, ...] = (),
) -> Figure:  # fmt: skip
    """Cumulative share of the good against cumulative share of people, from the least to the best served area.

    Areas are `places` (default: the members); the weight is the published column `denominator` or `numerator`. Areas
    without a published value or weight are left out and counted. Fewer than three areas: InvalidInput.
    """
    from cls_analysis.statistics import gini

    indicator = setting.indicator(indicator_id)
    period = setting.period(indicator_id)
    rows = setting.select(indicator_id, places or setting.members, period=period)
    drawn = [r for r in rows if r.shown and getattr(r, weight)]
    if len(drawn) < 3:
        raise InvalidInput(f"{indicator_id}: {len(drawn)} areas with value and {weight}, a curve needs three")
    drawn.sort(key=lambda r: (r.value or 0.0, r.place.territory))
    people = np.array([getattr(r, weight) for r in drawn], dtype=float)
    goods = np.array([r.value for r in drawn], dtype=float) * people
    if goods.sum() <= 0:
        raise InvalidInput(f"{indicator_id}: the total to share is not positive")
    across = np.concatenate([[0.0], np.cumsum(people) / people.sum()])
    up = np.concatenate([[0.0], np.cumsum(goods) / goods.sum()])
    index = float(gini([r.value or 0.0 for r in drawn], people))
    half = float(np.interp(0.5, across, up)) * 100
    identifier = f"concentration-{indicator_id}"
    best = french.percent(half, 0)
    title = french.punctuate(
        f"{french.capitalise(str(indicator.short_label))} : la moitié la moins bien servie des habitants en a {best}"
    )
    alt = french.punctuate(
        f"Courbe de concentration, {french.count_of(len(drawn), 'territoire')}. La moitié des habitants la moins bien servie "
        f"a {best} du total ; indice de Gini {french.format_number(index, 2)}."
    )
    rendered = {}
    for variant, width in (("wide", 460.0), ("narrow", NARROW)):
        height, body = _curve_body(across, up, half, float(width))
        rendered[variant] = svg.document(identifier, width, height, body, title=title, alt=alt, variant=variant)
    tenths = [float(np.interp(t / 10, across, up)) * 100 for t in range(1, 11)]
    lines = tuple((f"{t * 10}", french.format_number(v, 1)) for t, v in zip(range(1, 11), tenths, strict=True))
    hidden = len(rows) - len(drawn)
    extra = (
        [f"{french.count_of(hidden, 'territoire sans valeur publiée', 'territoires sans valeur publiée')}."]
        if hidden
        else []
    )
    unit_word = {"commune": "communes", "epci": "EPCI"}.get(level, "territoires")
    return Figure(
        id=identifier, kind="chart", title=title,
        subtitle=french.punctuate(f"{subtitle(setting, indicator, period or '')} ; {unit_word} classées de la moins à la mieux servie"),
        svg=rendered["wide"], svg_narrow=rendered["narrow"],
        reading=french.punctuate(
            f"La moitié des habitants la moins bien servie dispose de {best} du total ; à parts égales, ce serait 50 %. "
            f"Indice de Gini : {french.format_number(index, 2)} (0 : égalité, 1 : tout pour un seul)."
        ),
        source=setting.citation(drawn), alt=alt,
        data=DataTable(("Part des habitants (%)", "Part du total (%)"), lines, (True, True)),
        notes=(*notes, *extra), simulated=setting.simulated(drawn, f"concentration of {indicator_id}"),
        indicators=(indicator_id,), period=period or "",
    )  # fmt: skip


def _curve_body(across: np.ndarray, up: np.ndarray, half: float, width: float) -> tuple[float, list[str]]:
    left, right, top = 44.0, width - 20, 12.0
    bottom = top + (right - left) * 0.85

    def point(share: float, part: float) -> tuple[float, float]:
        return left + share * (right - left), bottom - part * (bottom - top)

    body = []
    for tick in (0, 0.25, 0.5, 0.75, 1):
        x, y = point(tick, tick)
        body += [svg.line(left, y, right, y), svg.line(x, top, x, bottom)]
        body.append(svg.text(left - 6, y + 4.5, f"{tick * 100:.0f}", size=13, fill=svg.MUTED, anchor="end"))
        body.append(svg.text(x, bottom + 19, f"{tick * 100:.0f}", size=13, fill=svg.MUTED, anchor="middle"))
    body.append(svg.line(*point(0, 0), *point(1, 1), stroke="#767676", stroke_dasharray="5 4", width=1.4))
    x, y = point(0.30, 0.36)
    body.append(svg.text(x, y, "parts égales", size=13, fill=svg.MUTED, anchor="end", halo=True))
    body.append(svg.element("path", d=svg.path(point(a, b) for a, b in zip(across, up, strict=True)), fill="none",
                            stroke=svg.ACCENT, stroke_width=3))  # fmt: skip
    x, y = point(0.5, half / 100)
    body.append(mark("diamond", x, y, svg.ACCENT))
    body.append(svg.text(x + 12, y + 14, french.percent(half, 0), size=15, weight="bold", fill=svg.ACCENT, halo=True))
    body.append(svg.text((left + right) / 2, bottom + 38, "Part cumulée des habitants (%)", size=13, fill=svg.MUTED,
                         anchor="middle"))  # fmt: skip
    return bottom + 46, body
