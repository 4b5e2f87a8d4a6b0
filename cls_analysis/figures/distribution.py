"""Is a good shared evenly? The concentration curve: cumulative share of the good against cumulative share of the
population, from the least to the best served (Lorenz 1905), with Gini's index.
"""

from __future__ import annotations

import numpy as np

from cls_analysis.errors import NothingToDraw
from cls_analysis.figures import french, svg
from cls_analysis.figures.charts import mark, subtitle
from cls_analysis.figures.figure import DataTable, Figure
from cls_analysis.figures.setting import Place, Setting


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
        raise NothingToDraw(f"{indicator_id}: {len(drawn)} areas with value and {weight}, a curve needs three")
    drawn.sort(key=lambda r: (r.value or 0.0, r.place.territory))
    people = np.array([getattr(r, weight) for r in drawn], dtype=float)
    goods = np.array([r.value for r in drawn], dtype=float) * people
    if goods.sum() <= 0:
        raise NothingToDraw(f"{indicator_id}: the total to share is not positive")
    across = np.concatenate([[0.0], np.cumsum(people) / people.sum()])
    up = np.concatenate([[0.0], np.cumsum(goods) / goods.sum()])
    index = float(gini([r.value or 0.0 for r in drawn], people))
    half = float(np.interp(0.5, across, up)) * 100
    identifier = f"concentration-{indicator_id}"
    best = french.percent(half, 0)
    title = french.punctuate(
        f"{french.capitalise(indicator.short_label)} : la moitié la moins bien servie des habitants en a {best}"
    )
    alt = french.punctuate(
        f"Courbe de concentration, {french.count_of(len(drawn), 'territoire')}. La moitié des habitants la moins bien servie "
        f"a {best} du total ; indice de Gini {french.format_number(index, 2)}."
    )
    wide, narrow = svg.both(lambda width: _curve_body(across, up, half, width), alt=alt, wide=460.0)
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
        svg=wide, svg_narrow=narrow,
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
