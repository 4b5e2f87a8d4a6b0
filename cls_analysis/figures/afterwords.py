"""What completes a sentence? The same measure under a declared assumption, and its pace before.

Declared in the catalogue: `variant_of` and `variant_words` ("Sans les médecins de 65 ans ou plus, elle serait de 51,4 %, contre
44,1 % en Haute-Marne": the comparators under the same assumption), `earlier` ("La baisse se poursuit au même rythme qu’entre
2015 et 2021"). Nothing is forecast: all are published values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cls_analysis.figures import french
from cls_analysis.figures.clauses import untested_clause
from cls_analysis.figures.grammar import other_value, spoken_unit, subject
from cls_analysis.figures.setting import Compared, Published, Setting, remembered

if TYPE_CHECKING:
    from cls_analysis.indicators import Indicator

SAME_PACE = 0.05  # points a year under which two changes are said to have the same pace


def afterwords(setting: Setting, indicator_id: str, row: Published, *, card: bool = False) -> str:
    """The sentences that follow the row's own, in one string; empty where nothing is declared or published.

    `card`: after the few words of a key figure, which have no subject, rather than after a sentence.
    """
    if not row.shown or row.value is None:
        return ""
    said = [_variant(setting, name, row, card=card) for name in variants(setting, indicator_id)]
    return " ".join(s for s in (*said, _pace(setting, setting.indicator(indicator_id), row)) if s)


@remembered
def variants(setting: Setting, indicator_id: str) -> tuple[str, ...]:
    """The entries that are the same measure under an assumption, in the order of their ids."""
    return tuple(sorted(n for n, entry in setting.catalogue.items() if entry.variant_of == indicator_id))


def _variant(setting: Setting, name: str, row: Published, *, card: bool) -> str:
    entry = setting.indicator(name)
    other = setting.select(name, [row.place], period=row.period)[0]
    if not other.shown or other.value is None or other.simulated != row.simulated:
        return ""
    base = setting.indicator(row.indicator)
    who, value = subject(base), other_value(entry, other.value)
    if card:
        also = ", ".join(f"{other_value(entry, c.value or 0.0)} {c.comparator.where}" for c in beside(setting, other))
        return french.punctuate(f"{entry.variant_words}, ce serait {value}{f' ({also})' if also else ''}.")
    neutral = who is None or who.plural or bool(base.change_of)
    said = f"ce serait {value}" if neutral or who is None else f"{who.pronoun} serait de {value}"
    near = beside(setting, other)
    clause = untested_clause(entry, near[-1], near[0] if len(near) > 1 else None) if near else ""
    return french.punctuate(f"{entry.variant_words}, {said}{clause}.")


def beside(setting: Setting, row: Published) -> list[Compared]:
    """The values of the département and the région (or main comparator) of the same indicator and period, where they are published."""
    near = [c for c in setting.comparators if c.territory_type == "departement" and c != setting.main][:1]
    places = [*near, *([setting.main] if setting.main is not None else [])]
    found = setting.select(row.indicator, places, period=row.period, sex=row.sex, age=row.age)
    return [
        Compared(r.place, r.value, row.value - r.value, None, "not_tested")
        for r in found
        if r.shown and r.value is not None and row.value is not None and r.simulated == row.simulated
    ]


def _pace(setting: Setting, indicator: Indicator, row: Published) -> str:
    """Whether what grew or shrank did so at the same pace before; spans that overlap are said to."""
    name = indicator.earlier
    if name not in setting.catalogue or row.value is None:
        return ""
    before = setting.select(name, [row.place], period=setting.period(name))[0]
    if not before.shown or before.value is None or before.simulated != row.simulated:
        return ""  # a real figure is never completed by a simulated one
    now, then = row.value, before.value
    figure = french.format_number(then, indicator.decimals, spoken_unit(indicator), signed=True)
    shared = " ; les deux périodes se recouvrent en partie" if before.period[-4:] > row.period[:4] else ""
    when = f"{french.between_words(before.period)} ({figure}{shared})"
    same, turned = abs(now - then) < SAME_PACE, now * then <= 0
    if round(then, indicator.decimals) == 0:
        return french.punctuate(f"C’était presque stable {when}.")
    if same and turned:
        return french.punctuate(f"Le rythme était le même {when}.")
    if turned:
        return french.punctuate(f"C’était une {'baisse' if then < 0 else 'hausse'} {when}.")
    pace = " au même rythme" if same else ", plus vite" if abs(now) > abs(then) else ", moins vite"
    return french.punctuate(f"La {'baisse' if now < 0 else 'hausse'} se poursuit{pace} qu’{when}.")
