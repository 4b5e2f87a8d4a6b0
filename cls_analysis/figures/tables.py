"""Which numbers, side by side? Tables that say their unit, their uncertainty and what is not published.

The comparison table sets a few indicators against département, région and France, the members' table the EPCI beside
one another; withheld values are short words, never blanks. The scorecard has a module of its own.
Favourable and unfavourable are said in words and by ▲▼, colour only repeats it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from cls_analysis.errors import NothingToDraw
from cls_analysis.figures import french
from cls_analysis.figures.figure import Cell, DataTable, Figure
from cls_analysis.figures.grammar import beside_name, favourable, heading, signed_gap, value_words
from cls_analysis.figures.narrative import reading_note, where
from cls_analysis.figures.setting import Compared, Place, Published, Setting

if TYPE_CHECKING:
    from cls_analysis.indicators import Indicator


#: methods that measure gaps within a territory: larger in a larger one, so that no comparator's is set beside it
WITHIN = frozenset({"gini", "theil", "theil_between_epci"})
NO_SENSE = Cell(french.STATUS_WORDS["not_applicable"].short, tone="withheld")


def comparison_table(
    setting: Setting, indicators: Sequence[str], *, identifier: str, title: str, notes: tuple[str, ...] = ()
) -> Figure:
    """One row per indicator: the territory with its interval, each comparator, and what the test says of the gap.

    The significance is that of the main comparator (région). Indicators without any row of the territory raise.
    """
    header = (
        "Indicateur", setting.territory.label, *(c.label for c in setting.comparators),
        f"Écart avec {setting.main.full_name}" if setting.main else "Écart",
    )  # fmt: skip
    lines, rows, first, senseless = [], [], None, False
    for name in indicators:
        indicator = setting.indicator(name)
        own, others = _rows(setting, name)
        beside = indicator.compare or indicator.method not in WITHIN
        rows += [own, *(others if beside else ())]
        senseless = senseless or not beside
        first = first or (name if own.shown else None)
        framed = setting.focused(name)
        told = own if framed is setting else framed.own(name)
        compared = framed.compare(told, setting.main) if setting.main else None
        only = framed.territory if framed is not setting and told.shown else None
        lines.append(
            (
                Cell(_named(indicator), _detail(indicator, own)), _value(indicator, own, tone="own"),
                *(_value(indicator, r) if beside else NO_SENSE for r in others), _verdict(indicator, told, compared, only),
            )
        )  # fmt: skip
    return _figure(
        setting, identifier, "table", title, header, lines, rows, indicators, first,
        (False, *[True] * (len(header) - 2), False),
        (*notes, *french.marks_note([*(r.status for r in rows), *(["not_applicable"] if senseless else [])])),
    )  # fmt: skip


def members_table(
    setting: Setting, indicators: Sequence[str], *, identifier: str, title: str, notes: tuple[str, ...] = ()
) -> Figure:
    """One row per EPCI of the territory, then the territory and its comparators; one column per indicator."""
    places = (*setting.members, setting.territory, *setting.comparators)
    entries = [setting.indicator(name) for name in indicators]
    header = ("Territoire", *(heading(e) for e in entries))
    columns = [setting.select(n, places, period=setting.focused(n).period(n)) for n in indicators]
    lines = []
    for position, place in enumerate(places):
        tone = "own" if place == setting.territory else ""
        cells = [_value(e, c[position], tone=tone, interval=False) for e, c in zip(entries, columns, strict=True)]
        lines.append((Cell(place.label, tone=tone), *cells))
    rows = [r for column in columns for r in column]
    first = next((n for n in indicators if setting.own(n).shown), None)
    return _figure(
        setting, identifier, "table", title, header, lines, rows, indicators, first,
        (False, *[True] * len(entries)), (*notes, *_status_legend(rows)),
    )  # fmt: skip


def plain_table(
    *, identifier: str, title: str, subtitle: str, header: Sequence[str], rows: Sequence[Sequence[str | Cell]],
    numeric: Sequence[bool], reading: str, source: str, simulated: bool = False, period: str = "",
    notes: tuple[str, ...] = (), indicators: tuple[str, ...] = (), groups: tuple[str, ...] = (),
) -> Figure:  # fmt: skip
    """Any other table (composition, sources, missing data) in the common skeleton; cells are display strings."""
    data = DataTable(tuple(header), tuple(tuple(r) for r in rows), tuple(numeric), groups)
    alt = french.punctuate(f"Tableau de {french.count_of(len(rows), 'ligne')} : {', '.join(header)}.")
    return Figure(
        id=identifier, kind="table", title=title, subtitle=subtitle, svg="", reading=reading, source=source, alt=alt,
        data=data, notes=notes, simulated=simulated, period=period, indicators=indicators,
    )  # fmt: skip


def significance_words(indicator: Indicator, compared: Compared | None) -> tuple[str, str]:
    """Words and tone of a gap: '▲ supérieur, défavorable', 'non significatif', 'non testé'."""
    if compared is None:
        return "non comparé", ""
    if compared.significance == "not_tested":
        return "non testé", ""
    if compared.significance == "not_different":
        return "non significatif", ""
    arrow, word = ("▲", "supérieur") if compared.significance == "higher" else ("▼", "inférieur")
    good = favourable(indicator, compared.significance)
    if good is None:
        return f"{arrow} {word}", ""
    return f"{arrow} {word}, {'favorable' if good else 'défavorable'}", "good" if good else "bad"


def _rows(setting: Setting, name: str) -> tuple[Published, list[Published]]:
    period = setting.focused(name).period(name)
    if period is None:
        raise NothingToDraw(f"{name}: no published row for {setting.territory.name}", hint="leave it out of the table")
    found = setting.select(name, (setting.territory, *setting.comparators), period=period)
    return found[0], found[1:]


def _named(indicator: Indicator) -> str:
    return french.capitalise(indicator.short_label)


def _detail(indicator: Indicator, row: Published) -> str:
    unit = french.tidy_unit(beside_name(indicator))
    return french.punctuate(f"{unit}, {row.period}" if unit else row.period)


def _value(indicator: Indicator, row: Published, *, tone: str = "", interval: bool = True) -> Cell:
    text = value_words(indicator, row, unit=False)
    if not row.shown:
        return Cell(text, tone=f"{tone} withheld".strip(), key=row.key)
    note = french.format_interval(row.lower, row.upper, indicator.decimals) if interval and tone == "own" else ""
    if row.status == "estimated":
        note = f"{note} estimé".strip()
    if row.reliability == "small":
        note = f"{note} petits effectifs".strip()
    return Cell(text, note, tone, row.key)


def _verdict(indicator: Indicator, row: Published, compared: Compared | None, only: Place | None) -> Cell:
    """The gap with the main comparator and what the test says of it; `only` is the département whose gap it is."""
    if not row.shown:
        return Cell(french.format_value(None, status=row.status), tone="withheld")
    words, tone = significance_words(indicator, compared)
    whose = f"{only.label}, {words}" if only else words
    if compared is None or compared.difference is None:
        return Cell(words, only.label if only else "", tone)
    return Cell(signed_gap(indicator, compared), whose, tone)


def _status_legend(rows: Sequence[Published]) -> tuple[str, ...]:
    return french.marks_note(r.status for r in rows)


def span_of(periods: Collection[str]) -> str:
    """The periods of a table: named up to three, else from the first year to the last.

    >>> span_of({"2015-2021", "2021"}), span_of(["2015-2021", "2017-2023", "2023", "2025"])
    ('2015-2021 et 2021', '2015 à 2025')
    """
    years = sorted({year for period in periods for year in period.split("-")})
    return french.join_list(sorted(periods)) if len(periods) <= 3 else f"{years[0]} à {years[-1]}"


def _figure(
    setting: Setting, identifier: str, kind: str, title: str, header: Sequence[str], lines: Sequence[tuple[Any, ...]],
    rows: Sequence[Published], indicators: Sequence[str], first: str | None, numeric: tuple[bool, ...],
    notes: tuple[str, ...],
) -> Figure:  # fmt: skip
    span = span_of({r.period for r in rows if r.period})
    if first is None:
        reading = "Aucune valeur de ce tableau n’est publiée pour ce territoire : chaque case en dit la raison."
    else:
        reading = reading_note(setting, first)
    alt = f"Tableau de {french.count_of(len(lines), 'ligne')} {where(setting.territory)} : {', '.join(header)}."
    return Figure(
        id=identifier, kind=kind, title=title,
        subtitle=french.punctuate(f"{setting.territory.label} et ses comparateurs, {span}"), svg="", reading=french.punctuate(reading),
        source=setting.citation(rows), alt=french.punctuate(alt),
        data=DataTable(tuple(header), tuple(lines), numeric), notes=tuple(french.punctuate(n) for n in notes),
        simulated=setting.simulated(rows, f"table {identifier}"), indicators=tuple(indicators), period=span,
    )  # fmt: skip
