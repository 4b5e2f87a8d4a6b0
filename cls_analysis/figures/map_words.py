"""What does a map by area say in words? Its title, its text for who does not see it, and what a dark area means.

The ends are told of one set of areas, everywhere the same (`own_areas`): those most of whose inhabitants live in the
territory, where the others are left out and that is said. Each area is named with its *published* value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import TYPE_CHECKING

from cls_analysis.figures import french
from cls_analysis.figures.classes import Breaks
from cls_analysis.figures.grammar import value_words
from cls_analysis.figures.narrative import short_unit, title_value, where
from cls_analysis.figures.setting import Place, Published, Setting

if TYPE_CHECKING:
    from cls_analysis.indicators import Indicator


def areas(number: int, word: str) -> str:
    """'3 communes', '1 bassin de vie'."""
    return french.count_of(number, word, french.plural_of(word))


def darker(indicator: Indicator, breaks: Breaks) -> str:
    """What a dark area means: more, and whether more is good. The same palette serves good and bad news."""
    if breaks.reference is not None:
        return ""
    words = {"high": ", plutôt favorable", "low": ", plutôt défavorable"}.get(indicator.direction, "")
    return f"Plus la teinte est foncée, plus la valeur est élevée{words}."


def spread_title(
    indicator: Indicator, rows: list[Published], word: str, setting: Setting, breaks: Breaks, spilling: Collection[str]
) -> str:
    """From where to where: both ends are named when one area alone holds them, and left out when they lie elsewhere."""
    own = own_areas(rows, spilling)
    shown = sorted((r for r in own if r.shown), key=lambda r: (r.value or 0.0, french.index_key(r.place.name)))
    low, high = (value_words(indicator, r, unit=False) for r in (shown[0], shown[-1]))
    name = french.capitalise(indicator.short_label)
    last = title_value(indicator, shown[-1])
    if breaks.ends:
        top = [r for r in shown if breaks.class_of(r.value or 0.0) == len(breaks.bounds)]
        label = breaks.labels(short_unit(indicator))[-1]
        only = " dont la plupart des habitants vivent dans le territoire" if len(own) < len(rows) else ""
        return french.punctuate(
            f"{name} : {label} dans {areas(len(top), word)} sur {french.format_number(len(own))}{only}"
        )
    if len(shown) == 1 < len(rows):
        return french.punctuate(f"{name} : {last} ({word} : {shown[0].place.label})")
    if low == high:
        return french.punctuate(f"{name} : {last} {where(setting.territory)}")

    def named(row: Published, text: str) -> str:
        alone = (
            sum(value_words(indicator, r, unit=False) == value_words(indicator, row, unit=False) for r in shown) == 1
        )
        return f"{text} ({row.place.label})" if alone and len(shown) > 2 else text

    return french.punctuate(
        f"{name} : de {named(shown[0], low)} à {named(shown[-1], last)} selon les {_whose(word, setting, own, rows)}"
    )


def own_areas(rows: list[Published], spilling: Collection[str]) -> list[Published]:
    """The areas whose ends are told: those most of whose inhabitants live in the territory, else, with no value there, all."""
    own = [r for r in rows if r.place.territory not in spilling]
    return own if any(r.shown for r in own) else rows


def _whose(word: str, setting: Setting, own: Collection[Published], rows: Collection[Published]) -> str:
    """'bassins de vie du Pays de Langres', or which of them where some are left out."""
    whose = setting.territory.of if len(own) == len(rows) else "dont la plupart des habitants vivent dans le territoire"
    return f"{french.plural_of(word)} {whose}"


def alternative(
    setting: Setting, indicator: Indicator, rows: list[Published], breaks: Breaks, counts: Counter[int], word: str, hatched: int,
    against: Place | None, spilling: Collection[str],
) -> str:  # fmt: skip
    """The map for who does not see it: the ends, how many areas by class, and what is withheld."""
    own = own_areas(rows, spilling)
    shown = sorted((r for r in own if r.shown), key=lambda r: (r.value or 0.0, r.place.name))
    low, high = shown[0], shown[-1]
    among = f"parmi les {_whose(word, setting, own, rows)}, " if len(own) < len(rows) else ""
    parts = [
        f"Carte de {areas(len(rows), word)}. {indicator.label} : {among}valeur la plus basse "
        f"{value_words(indicator, low)} ({low.place.label}), la plus haute {value_words(indicator, high)} "
        f"({high.place.label})."
    ]
    by_class = [f"{label}, {areas(counts[i], word)}" for i, label in enumerate(breaks.labels()) if counts[i]]
    parts.append(f"Répartition : {' ; '.join(by_class)}.")
    if hatched and against:
        parts.append(f"{areas(hatched, word)} sans écart significatif avec {against.full_name}.")
    hidden = Counter(r.status for r in rows if not r.shown)
    parts += [f"{french.STATUS_WORDS[s].meaning} : {french.format_number(n)}." for s, n in sorted(hidden.items())]
    return french.punctuate(" ".join(parts))
