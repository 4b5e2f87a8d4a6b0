"""What are the four to six numbers that open a report? One card each: name, number, comparison in words, small bars.

The words are those of a sentence without its subject: the région and what the test says, the département's value, then what
completes it (`afterwords`): the same measure under a declared assumption with its comparators, the pace before. A value known
at the département only is told as its own. What is withheld gives its reason and no bar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cls_analysis.figures import french, svg
from cls_analysis.figures.afterwords import afterwords
from cls_analysis.figures.clauses import reserve, untested_clause
from cls_analysis.figures.grammar import favourable, gap_words, other_value, spoken_unit, unit_of
from cls_analysis.figures.narrative import departement_beside, title_value
from cls_analysis.figures.setting import Compared, Published, Setting
from cls_analysis.figures.svg import escape

WIDEST_UNIT = 4  # characters of a unit printed beside a key figure's number


def key_figure(setting: Setting, indicator_id: str, *, figure: str = "") -> str:
    """One key figure as a list item: name, big number, comparison in words, small bars against region and France."""
    indicator = setting.indicator(indicator_id)
    setting = setting.focused(indicator_id)
    row = setting.own(indicator_id)
    unit = french.tidy_unit(unit_of(indicator))
    if row.shown:
        joint = unit if len(unit) <= WIDEST_UNIT else ""  # "12,9 %" is one number; "habitants" goes on its own line
        number = french.format_number(row.value or 0.0, indicator.decimals, joint)
        said = french.agree_unit(spoken_unit(indicator), row.value or 0.0)
        tail = f" <small>{escape(said)}</small>" if unit and not joint else ""
    else:
        number, tail = french.format_value(None, status=row.status), ""
    compared = setting.compare(row, setting.main) if setting.main else None
    words = _key_words(setting, indicator, row, compared)
    if row.shown and row.status == "estimated":
        words = f"Estimation{reserve(row)}. {words}"
    rows = setting.select(indicator_id, [setting.territory, *setting.comparators], period=row.period)
    bars = _key_bars(indicator, rows) if compared is not None and row.shown else ""
    link = f' <a href="#{escape(figure)}">Voir la figure<span class="sr-only"> : {escape(indicator.short_label)}</span></a>'
    simulated = " (donnée simulée)" if row.simulated else ""
    return (
        f'<li class="key"><p class="key-label">{escape(french.capitalise(str(indicator.short_label)))}, '
        f"{escape(row.period)}{simulated}</p>"
        f'<p class="key-number"{row.key.attributes()}>{escape(number)}{tail}</p><p class="key-words">{escape(words)}{link if figure else ""}</p>'
        f"{bars}</li>"
    )


def key_figures_html(setting: Setting, indicators: Sequence[str], *, figures: Mapping[str, str]) -> str:
    """The list of key figures; `figures` maps an indicator to the figure its number links to."""
    return f'<ul class="keys">{"".join(key_figure(setting, i, figure=figures.get(i, "")) for i in indicators)}</ul>'


def _key_words(setting: Setting, indicator: Any, row: Published, compared: Compared | None) -> str:
    """The comparison of a key figure: the région and what the test says, with the département's value; then what completes it."""
    if not row.shown:
        return french.capitalise(french.STATUS_WORDS[row.status].meaning)
    if compared is None or compared.value is None or setting.main is None:
        return french.capitalise(setting.territory.where)
    beside = departement_beside(setting, row)
    if compared.significance == "not_tested":
        said = french.capitalise(untested_clause(indicator, compared, beside).removeprefix(", "))
    else:
        said = _tested_words(indicator, compared)
        if beside is not None and beside.value is not None:
            said += f". {french.capitalise(beside.comparator.where)} : {other_value(indicator, beside.value)}"
    return ". ".join(s for s in (french.punctuate(said), afterwords(setting, indicator.id, row, card=True)) if s)


def _tested_words(indicator: Any, compared: Compared) -> str:
    gap, other = gap_words(indicator, compared), other_value(indicator, compared.value or 0.0)
    if compared.significance == "not_different" or not gap:
        return f"Sans écart significatif avec {compared.comparator.full_name} ({other})"
    good = favourable(indicator, compared.significance)
    tail = "" if good is None else ", favorable" if good else ", défavorable"
    arrow, side = ("▲", "de plus") if compared.significance == "higher" else ("▼", "de moins")
    place = f"{compared.comparator.where} ({other})"
    return f"{arrow} {gap} {side} {french.elide('que', place)} : écart significatif{tail}"


def _key_bars(indicator: Any, rows: Sequence[Published]) -> str:
    """A bar each with their names and values; a screen reader hears the values, which the words beside do not all say."""
    shown = [r for r in rows if r.shown and r.value is not None and r.value >= 0]
    top = max((r.value or 0.0 for r in shown), default=0.0)
    if len(shown) < 2 or top <= 0 or shown[0] is not rows[0]:
        return ""  # a value below zero (a falling population) has no bar, and then its comparators have none either
    colours = (svg.ACCENT, *svg.COMPARATOR_GREYS[:3])
    body = []
    for position, (row, colour) in enumerate(zip(shown, colours, strict=False)):
        y = 36 * position
        label = row.place.label
        body.append(svg.text(0, y + 12, label if len(label) < 30 else f"{label[:29]}…", size=13))
        body.append(svg.text(300, y + 12, title_value(indicator, row), size=13, anchor="end"))
        body.append(
            svg.element("rect", x=0, y=y + 17, width=max((row.value or 0.0) / top * 300, 1), height=9, fill=colour)
        )
    height = 36 * len(body) // 3
    heard = french.punctuate(" ; ".join(f"{row.place.label} : {title_value(indicator, row)}" for row in shown))
    return (
        f'<svg class="key-bars" viewBox="0 0 300 {height}" width="300" height="{height}" '
        f'font-family="{escape(svg.FONT)}" role="img" aria-label="{escape(heard)}" fill="{svg.INK}">{"".join(body)}</svg>'
    )
