"""What completes a sentence? The same measure under a declared assumption, and its pace before.

Declared in the catalogue: `variant_of` and `variant_words` ("Sans les médecins de 65 ans ou plus, ce serait 51,4 %"), `earlier`
("La baisse se poursuit au même rythme qu’entre 2015 et 2021"). Nothing is forecast: both are published values of the territory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cls_analysis.figures import french
from cls_analysis.figures.grammar import other_value, spoken_unit
from cls_analysis.figures.setting import Published, Setting

if TYPE_CHECKING:
    from cls_analysis.indicators import Indicator

SAME_PACE = 0.05  # points a year under which two changes are said to have the same pace


def afterwords(setting: Setting, indicator_id: str, row: Published) -> str:
    """The sentences that follow the row's own, in one string; empty where nothing is declared or published."""
    if not row.shown or row.value is None:
        return ""
    said = [_variant(setting, name, row) for name in variants(setting, indicator_id)]
    return " ".join(s for s in (*said, _pace(setting, setting.indicator(indicator_id), row)) if s)


def variants(setting: Setting, indicator_id: str) -> list[str]:
    """The entries that are the same measure under an assumption, in the order of their ids."""
    return [n for n in sorted(setting.catalogue) if setting.catalogue[n].variant_of == indicator_id]


def _variant(setting: Setting, name: str, row: Published) -> str:
    entry = setting.indicator(name)
    other = setting.select(name, [row.place], period=row.period)[0]
    if not other.shown or other.value is None or other.simulated != row.simulated:
        return ""
    return french.punctuate(f"{entry.variant_words}, ce serait {other_value(entry, other.value)}.")


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
