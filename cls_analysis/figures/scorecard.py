"""Where does the territory stand, on one page? The indicators that a pré-diagnostic must show, against all comparators.

One line per indicator, by chapter: value with its interval, gap with département, région and France with what the test says
of each, how to read the gap with the région, rank among peers. What only the département has is told as its own. On a phone
each line becomes a card; printed, the whole holds on one A4 page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cls_analysis.errors import InvalidInput
from cls_analysis.figures import french
from cls_analysis.figures.figure import Cell, DataTable, Figure
from cls_analysis.figures.grammar import beside_name, favourable, in_own_units, signed_gap, value_words
from cls_analysis.figures.narrative import reading_note, short_unit, where
from cls_analysis.figures.setting import Compared, Place, Published, Setting
from cls_analysis.figures.standing import rank_of
from cls_analysis.figures.tables import significance_words

if TYPE_CHECKING:
    from cls_analysis.indicators import Indicator

NONE = french.STATUS_WORDS["not_applicable"].short
VOID = "withheld void"  # a cell in which nothing is meant to stand: a phone leaves it out
#: what the test says of one gap, under it; an untested gap says so once, in the column of the direction
VERDICTS = {"higher": "significatif", "lower": "significatif", "not_different": "non significatif", "not_tested": ""}


def scorecard(
    setting: Setting, indicators: Sequence[str], *, chapters: Mapping[str, str], identifier: str = "tableau-de-bord",
    title: str = "", notes: tuple[str, ...] = (),
) -> Figure:  # fmt: skip
    """One line per indicator that has a value for the territory, or else for its département (told so).

    `chapters` gives the title of each chapter, in the order wanted. An indicator without any value raises: the caller says
    elsewhere what is missing. Rows of the territory and of the département of simulated and real data never mix.
    """
    absent = [name for name in indicators if not setting.focused(name).own(name).shown]
    if absent:
        raise InvalidInput([f"{name}: no published value" for name in absent], hint="leave it out of the scorecard")
    order = {name: rank for rank, name in enumerate(chapters)}
    ordered = sorted(indicators, key=lambda name: order.get(setting.indicator(name).chapter, len(order)))  # stable
    header = (
        "Indicateur", "Valeur", *(french.punctuate(f"Écart : {c.label}") for c in setting.comparators),
        f"Sens ({setting.main.label})" if setting.main else "Sens", *(("Rang",) if setting.peers else ()),
    )  # fmt: skip
    lines, rows = [], []
    for name in ordered:
        line, read = _line(setting, name)
        lines.append(line)
        rows += read
    numeric = (False, True, *[True] * len(setting.comparators), False, *((True,) if setting.peers else ()))
    groups = tuple(chapters.get(setting.indicator(name).chapter, "Autres") for name in ordered)
    name = title or _title(setting, ordered)
    alt = f"Tableau de {french.count_of(len(lines), 'ligne')} {where(setting.territory)} : {', '.join(header)}."
    return Figure(
        id=identifier, kind="scorecard", title=french.punctuate(name),
        subtitle=french.punctuate(f"{setting.territory.label} et ses comparateurs"), svg="",
        reading=french.punctuate(reading_note(setting, _told(setting, ordered))), source=setting.citation(rows),
        alt=french.punctuate(alt), data=DataTable(tuple(header), tuple(lines), numeric, groups),
        notes=tuple(french.punctuate(n) for n in (*_notes(setting), *notes, *french.marks_note(r.status for r in rows))),
        simulated=setting.simulated(rows, f"scorecard {identifier}"), indicators=tuple(ordered), period="période sous chaque indicateur",
    )  # fmt: skip


def _title(setting: Setting, names: Sequence[str]) -> str:
    """How many indicators, and of the gaps with the main comparator that are tested, how many are significant."""
    said = (
        f"{french.capitalise(setting.territory.full_name)} : {french.count_of(len(names), 'indicateur', 'indicateurs')}"
    )
    if setting.main is None:
        return said
    found = [framed.compare(framed.own(n), setting.main) for n in names for framed in (setting.focused(n),)]
    tested = [gap for gap in found if gap is not None and gap.significance != "not_tested"]
    if not tested:
        return f"{said} ; sur cette page, aucun écart ne se prête à un test avec {setting.main.full_name}"
    many, whom = sum(gap.significance in ("higher", "lower") for gap in tested), setting.main.full_name
    if len(tested) == 1:
        verdict = "et il est significatif" if many else "et il n’est pas significatif"
        return f"{said} ; sur cette page, un seul écart se prête à un test avec {whom}, {verdict}"
    verdict = {
        0: "aucun n’est significatif",
        1: "un seul est significatif",
        len(tested): "tous sont significatifs",
    }.get(many, f"{french.format_number(many)} sont significatifs")
    return (
        f"{said} ; sur cette page, {french.count_of(len(tested), 'écart')} se prêtent à un test avec {whom} : {verdict}"
    )


def _told(setting: Setting, names: Sequence[str]) -> str:
    """The indicator of the reading note: the first that is compared, else the first."""
    compared = [n for n in names if setting.own(n).shown and setting.comparable(n)]
    return (compared or list(names))[0]


def _line(setting: Setting, name: str) -> tuple[tuple[str | Cell, ...], list[Published]]:
    indicator, framed = setting.indicator(name), setting.focused(name)
    own = framed.own(name)
    others = framed.select(name, framed.comparators, period=own.period)
    found = dict(zip((c.territory for c in framed.comparators), others, strict=True))
    made = [framed.compare(own, r.place) for r in others if r.shown]
    bare = any(in_own_units(indicator, c) for c in made if c is not None)  # one form for the line
    gaps = [_gap(framed, indicator, own, found.get(place.territory), bare=bare) for place in setting.comparators]
    main = framed.compare(own, setting.main) if setting.main else None
    verdict, tone = significance_words(indicator, main)
    if main is None:
        verdict = NONE
    place = rank_of(setting, name, period=own.period) if framed is setting else None
    rank = ((french.rank(*place) if place else Cell(NONE, tone=VOID)),) if setting.peers else ()
    only = framed.territory if framed is not setting else None
    return (
        Cell(french.capitalise(indicator.short_label), _detail(indicator, own, only)),
        Cell(_short(indicator, own), _interval(indicator, own), "own", own.key),
        *gaps, Cell(verdict, tone=tone or (VOID if verdict == NONE else "")), *rank,
    ), [own, *others]  # fmt: skip


def _short(indicator: Indicator, row: Published) -> str:
    """The value with its unit where that is a sign or two ("11,2 %", "85,1 ans"), bare where it is under the name."""
    sign = short_unit(indicator)
    return french.format_number(row.value or 0.0, indicator.decimals, sign) if len(sign) <= 3 else value_words(
        indicator, row, unit=False
    )  # fmt: skip


def _detail(indicator: Indicator, row: Published, only: Place | None) -> str:
    """Unit and period under the name, the département where only it has the figure."""
    unit = french.tidy_unit(beside_name(indicator))
    said = french.punctuate(", ".join(part for part in (unit, row.period) if part))
    return f"{said} ({only.label})" if only else said


def _interval(indicator: Indicator, row: Published) -> str:
    said = french.format_interval(row.lower, row.upper, indicator.decimals)
    return f"{said} estimé".strip() if row.status == "estimated" else said


def _gap(setting: Setting, indicator: Indicator, own: Published, other: Published | None, *, bare: bool) -> Cell:
    """The gap with one comparator and what the test says of it; the status of a withheld side."""
    if other is None or not setting.comparable(indicator.id):
        return Cell(NONE, tone=VOID)
    if not other.shown:
        return Cell(french.format_value(None, status=other.status), tone="withheld")
    compared = setting.compare(own, other.place)
    if compared is None or compared.difference is None:
        return Cell("non comparé", tone="withheld")
    return Cell(signed_gap(indicator, compared, bare=bare), VERDICTS[compared.significance], _tone(indicator, compared))


def _tone(indicator: Indicator, compared: Compared) -> str:
    good = favourable(indicator, compared.significance)
    return "" if good is None else "good" if good else "bad"


def _notes(setting: Setting) -> list[str]:
    said = []
    if setting.main:
        said.append(
            f"Sens : celui de l’écart avec {setting.main.full_name} s’il est significatif (▲ supérieur, ▼ inférieur), favorable ou "
            "défavorable quand l’indicateur se lit ainsi. « Non testé » : la mesure ne se prête pas à un test. Entre parenthèses "
            "sous le nom : le département, quand lui seul est connu."
        )
    if setting.peers:
        own = " (les siens exceptés)" if setting.members else ""
        said.append(
            f"Rang : place du territoire parmi les {setting.peers_label}{own}, de la valeur affichée la plus élevée à la plus faible."
        )
    return said
