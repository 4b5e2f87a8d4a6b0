"""Who lives here? The age pyramid of the territory, in share of all inhabitants, against a region's outline.

Shares, not counts, so that two territories of any size share one axis: each bar is the number of women or men of the
band over all inhabitants. Every band must be published: a pyramid with a hole would have a wrong total.
"""

from __future__ import annotations

from cls_analysis.errors import InvalidInput, NothingToDraw
from cls_analysis.figures import french, svg
from cls_analysis.figures.charts import tick_decimals, ticks
from cls_analysis.figures.figure import DataTable, Figure
from cls_analysis.figures.setting import Place, Published, Setting

Shares = dict[tuple[str, str], float]
_WOMEN, _MEN = svg.ACCENT, "#6d9aa3"


def age_pyramid(
    setting: Setting,
    indicator_id: str,
    *,
    comparator: Place | None = None,
    period: str | None = None,
    title: str = "",
    notes: tuple[str, ...] = (),
) -> Figure:
    """Pyramid of a count by sex (`F`, `M`) and age band ("0-4" ... "95+"), comparator's outline drawn over it.

    Raises InvalidInput when a band of the territory or of the comparator is not published, or is absent.
    """
    indicator = setting.indicator(indicator_id)
    comparator = comparator or setting.main
    if comparator is None:
        raise InvalidInput("a pyramid needs a comparator", hint="give the région or France")
    bands, period = _bands(setting, indicator_id, period)
    own_rows, own = _shares(setting, indicator_id, setting.territory, bands, period)
    other_rows, other = _shares(setting, indicator_id, comparator, bands, period)
    identifier = f"pyramide-{indicator_id}"
    old = [b for b in bands if _first_age(b) >= 65]
    ages = (sum(own[s, b] for s in "FM" for b in old), sum(other[s, b] for s in "FM" for b in old))
    seniors = [french.percent(v) for v in ages]
    title = title or french.punctuate(
        f"65 ans ou plus : {seniors[0]} des habitants {setting.territory.where}, {seniors[1]} {comparator.where}"
    )
    top = max(own, key=lambda k: (own[k], k))
    who = {"F": "femmes", "M": "hommes"}
    reading = french.punctuate(
        f"{setting.territory.where}, les {who[top[0]]} de {_words(top[1])} forment {french.percent(own[top])} de la "
        f"population, contre {french.percent(other[top])} {comparator.where}."
    )
    young = (sum(own[s, b] for s in "FM" for b in bands if _first_age(b) < 20),
             sum(other[s, b] for s in "FM" for b in bands if _first_age(b) < 20))  # fmt: skip
    alt = french.punctuate(
        f"Pyramide des âges. {setting.territory.label} : moins de 20 ans {french.percent(young[0])}, 65 ans ou plus "
        f"{seniors[0]}. {comparator.label} : moins de 20 ans {french.percent(young[1])}, 65 ans ou plus {seniors[1]}. "
        f"Tranche la plus nombreuse : {who[top[0]]} de {_words(top[1])}."
    )
    wide, narrow = svg.both(lambda width: _body(bands, own, other, width, comparator), alt=alt)
    header = ("Âge", "Femmes (%)", "Hommes (%)", f"Femmes, {comparator.label} (%)", f"Hommes, {comparator.label} (%)")
    lines = tuple(
        (_words(b), *(french.format_number(v, 1) for v in (own["F", b], own["M", b], other["F", b], other["M", b])))
        for b in reversed(bands)
    )
    rows = [*own_rows, *other_rows]
    return Figure(
        id=identifier, kind="chart", title=title,
        subtitle=french.punctuate(f"Part de chaque tranche d’âge, % de la population, {setting.territory.label}, {period}"),
        svg=wide, svg_narrow=narrow, reading=french.capitalise(reading),
        source=setting.citation(rows), alt=alt, data=DataTable(header, lines, (False, True, True, True, True)),
        notes=(*notes, f"Trait noir\u00a0: {comparator.full_name}."),
        simulated=setting.simulated(rows, f"pyramid of {indicator.id}"), indicators=(indicator_id,), period=period,
    )  # fmt: skip


def _bands(setting: Setting, indicator_id: str, period: str | None) -> tuple[list[str], str]:
    rows = setting.rows(indicator_id, ["territory_type", "territory", "period", "sex", "age"])
    rows = rows[(rows["territory"] == setting.territory.territory) & rows["sex"].isin(["F", "M"])]
    rows = rows[
        (rows["territory_type"] == setting.territory.territory_type) & rows["age"].str.fullmatch(r"\d+(-\d+|\+)")
    ]
    periods = sorted(set(rows["period"].astype(str)))
    if not periods:
        raise NothingToDraw(f"{indicator_id}: no row by sex and age for {setting.territory.name}")
    period = period or periods[-1]
    rows = rows[rows["period"].astype(str) == period]
    return sorted(set(rows["age"].astype(str)), key=_first_age), period


def _shares(
    setting: Setting, indicator_id: str, place: Place, bands: list[str], period: str
) -> tuple[list[Published], Shares]:
    rows = [
        setting.select(indicator_id, [place], period=period, sex=sex, age=band)[0] for sex in "FM" for band in bands
    ]  # fmt: skip
    hidden = [f"{place.name}, {r.sex}, {r.age}: {r.status}" for r in rows if not r.shown]
    if hidden:
        raise NothingToDraw(hidden, hint="a pyramid needs every band; show the age structure in three groups instead")
    total = sum(r.value or 0.0 for r in rows)
    if total <= 0:
        raise NothingToDraw(f"{indicator_id}: {place.name} has no inhabitant in {period}")
    return rows, {(r.sex, r.age): 100 * (r.value or 0.0) / total for r in rows}


def _first_age(band: str) -> int:
    return int(band.split("-")[0].rstrip("+"))


def _words(band: str) -> str:
    """'0-4' -> '0 à 4 ans', '95+' -> '95 ans ou plus'."""
    low, _, high = band.partition("-")
    return f"{low[:-1]} ans ou plus" if low.endswith("+") else f"{low} à {high} ans"


def _body(bands: list[str], own: Shares, other: Shares, width: float, comparator: Place) -> tuple[float, list[str]]:
    narrow = width < svg.PHONE
    centre, label = width / 2, 32.0 if narrow else 40.0
    row, top = (15.0, 28.0) if narrow else (18.0, 30.0)
    marks = ticks(0, max(*own.values(), *other.values()), about=3)
    reach = width / 2 - label - 14
    bottom = top + row * len(bands)

    def length(share: float) -> float:
        return share / marks[-1] * reach

    body = [
        svg.text(centre - label, 17, "Femmes", size=15, anchor="end", weight="bold", fill=_WOMEN),
        svg.text(centre + label, 17, "Hommes", size=15, weight="bold", fill="#3f7a86"),
    ]
    decimals = tick_decimals(marks)
    for tick in marks:
        for side in (-1, 1):
            x = centre + side * (label + length(tick))
            body.append(svg.line(x, top, x, bottom))
            body.append(
                svg.text(x, bottom + 18, french.format_number(tick, decimals), size=13, fill=svg.MUTED, anchor="middle")
            )
    for position, band in enumerate(reversed(bands)):
        y = top + row * position
        body.append(
            svg.text(centre, y + row - 4, band.replace("+", "\u00a0+"), size=12.5, anchor="middle", fill=svg.MUTED)
        )
        for sex, side, colour in (("F", -1, _WOMEN), ("M", 1, _MEN)):
            long = length(own[sex, band])
            x = centre - label - long if side < 0 else centre + label
            body.append(svg.element("rect", x=x, y=y + 1, width=long, height=row - 2, fill=colour))
    for sex, side in (("F", -1), ("M", 1)):
        points = []
        for position, band in enumerate(reversed(bands)):
            x = centre + side * (label + length(other[sex, band]))
            points += [(x, top + row * position), (x, top + row * (position + 1))]
        d = svg.path(points)
        body.append(svg.element("path", d=d, fill="none", stroke="#fff", stroke_width=4))
        body.append(svg.element("path", d=d, fill="none", stroke=svg.INK, stroke_width=1.8))
    tip = max(range(len(bands)), key=lambda i: other["M", bands[i]])
    anchor_y = top + row * (len(bands) - tip) - row / 2
    x = centre + label + length(other["M", bands[tip]]) + 6
    if x + svg.text_width(comparator.label, 13) < width:
        body.append(svg.text(x, anchor_y + 4, comparator.label, size=13, halo=True))
    return bottom + 26, body
