"""Which EPCI of the territory stands at the far end, and for what? Sentences on the contrasts inside a territory.

Declared rules. For each indicator asked for, the EPCI with the least favourable published value is named (the highest where
the indicator has no good side); an indicator is left out where fewer than two EPCI are published, where the ends are printed
alike, or where an end is nearer to its neighbour than a tenth of the whole range: too near to call one the highest. An estimate is said to be one. EPCI of several indicators are told once, the indicators sharing one superlative. Nothing here is
tested: the sentences say which published value is the highest or lowest, never by how much it matters, and never why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cls_analysis.figures import french
from cls_analysis.figures.grammar import Subject, other_value, said_value, subject
from cls_analysis.figures.setting import Place, Published, Setting

NEAR = Decimal("0.1")
ONE_EPCI = "Le territoire ne compte qu’un seul EPCI : il n’y a pas de comparaison entre EPCI."


@dataclass(frozen=True)
class Contrast:
    """One indicator's ends among the EPCI: the row told first (least favourable, or highest), and the other end."""

    indicator: str
    who: Subject
    end: Published
    other: Published
    highest: bool
    hidden: int = 0


def contrasts(setting: Setting, indicators: Sequence[str]) -> list[Contrast]:
    """The contrasts of the indicators that have one, in their order; empty for a territory of one EPCI."""
    found = [_contrast(setting, name) for name in indicators if name in setting.catalogue]
    return [c for c in found if c is not None] if len(setting.members) > 1 else []


def _contrast(setting: Setting, name: str) -> Contrast | None:
    indicator = setting.indicator(name)
    who = subject(indicator)
    rows = setting.select(name, setting.members, period=setting.period(name))
    shown = sorted((r for r in rows if r.shown), key=lambda r: (r.value or 0.0, r.place.name))
    if who is None or who.plural or len(shown) < 2:
        return None
    highest = indicator.direction != "high"
    ordered = shown[::-1] if highest else shown
    printed = [french.rounded(r.value or 0.0, indicator.decimals) for r in ordered]
    whole = abs(printed[0] - printed[-1])
    if min(abs(printed[0] - printed[1]), abs(printed[-2] - printed[-1])) <= NEAR * whole:
        return None
    return Contrast(name, who, ordered[0], ordered[-1], highest, len(rows) - len(shown))


def headline(setting: Setting, indicators: Sequence[str]) -> str:
    """One sentence that names the EPCI at the ends: 'La CC des Hauts a la part des 65 ans ou plus la plus élevée (31,0 %)...'."""
    by_place: dict[Place, list[Contrast]] = {}
    for contrast in contrasts(setting, indicators):
        by_place.setdefault(contrast.end.place, []).append(contrast)
    said = []
    for place, mine in by_place.items():
        parts = [_superlative(setting, [c for c in mine if c.highest is side]) for side in (True, False)]
        said.append(f"{place.full_name} a {french.join_list([p for p in parts if p])}")
    return french.punctuate(f"{french.capitalise(' ; '.join(said))}.") if said else ""


def _superlative(setting: Setting, same: Sequence[Contrast]) -> str:
    """'la part des 65 ans ou plus (31,0 %) et le taux de pauvreté (12,9 %) les plus élevés'."""
    if not same:
        return ""
    names = [f"{c.who.phrase} ({_told(setting.indicator(c.indicator), c.end)})" for c in same]
    feminine, plural = all(c.who.feminine for c in same), len(same) > 1
    article = "les" if plural else "la" if feminine else "le"
    adjective = Subject("", feminine, plural).agree("élevé" if same[0].highest else "bas" if not feminine else "bass")
    return f"{french.join_list(names)} {article} plus {adjective}"


def spread_lines(setting: Setting, indicators: Sequence[str]) -> list[str]:
    """One sentence per indicator: the EPCI at each end, with their values and how many are not published."""
    return [_line(setting.indicator(c.indicator), c) for c in contrasts(setting, indicators)]


def _line(indicator: Any, contrast: Contrast) -> str:
    end, other = contrast.end, contrast.other
    values = (_told(indicator, end), _estimate(other_value(indicator, other.value or 0.0), other))
    much, less = ("élevé", "bas") if contrast.highest else ("bas", "élevé")
    tail = ""
    if contrast.hidden:
        state = "ne sont pas publiés" if french.is_plural(contrast.hidden) else "n’est pas publié"
        tail = f" ; {french.count_of(contrast.hidden, 'EPCI', 'EPCI')} {state}"
    return french.punctuate(
        f"{french.capitalise(contrast.who.phrase)} {contrast.who.to_be} {_most(contrast.who, much)} {end.place.where} "
        f"({values[0]}) et {_most(contrast.who, less)} {other.place.where} ({values[1]}){tail}."
    )


def _told(indicator: Any, row: Published) -> str:
    return _estimate(said_value(indicator, row), row)


def _estimate(words: str, row: Published) -> str:
    return f"{words}, estimation" if row.status == "estimated" else words


def _most(who: Subject, adjective: str) -> str:
    stem = "bass" if adjective == "bas" and who.feminine else adjective
    return f"{'la' if who.feminine else 'le'} plus {who.agree(stem)}"
