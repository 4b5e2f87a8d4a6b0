"""Is the territory really behind, or ahead, of places like it, or only unlike the mean of its region?

A region's mean is pulled by its cities: nearly every rural territory stands on one side of it. So a gap with the mean is told as
a concern only where fewer than half of the EPCI of the region are less well placed than the territory, and as a strength
only where fewer than half are better placed. Standing counts values, it tests nothing: equal values are neither better nor worse; the
territory's own EPCI are not its peers; values on a small part of the inhabitants or withheld do not count. With fewer than eight
peers published, or for what is known at the département only, nothing is said and the mean alone decides. Values are
counted as they are printed, here and in the ranks of the scorecard (`rank_of`): one count, which a reader can do again.
"""

from __future__ import annotations

from dataclasses import dataclass

from cls_analysis.figures import french
from cls_analysis.figures.setting import Published, Setting, remembered

FEWEST_PEERS = 8
FULL = 0.95  # share of the population under which a value is not ranked


@dataclass(frozen=True)
class Standing:
    """How many of the peers have a more and a less favourable value than the territory, of how many."""

    better: int
    worse: int
    peers: int

    def agrees(self, *, good: bool) -> bool:
        """Whether the place among peers is on the side that the gap with the mean says."""
        return 2 * (self.better if good else self.worse) < self.peers

    def far(self, *, good: bool) -> bool:
        """Whether the territory is among the quarter of the peers at that end."""
        return 4 * (self.better if good else self.worse) < self.peers


def standing(setting: Setting, indicator_id: str) -> Standing | None:
    """The territory's place among its peers, from printed values; None without a good side, a value, or enough peers."""
    indicator = setting.indicator(indicator_id)
    period = setting.period(indicator_id)
    counted = None if indicator.direction == "neutral" or not period else _counted(setting, indicator_id, period)
    if counted is None or counted[2] < FEWEST_PEERS:
        return None
    above, below, peers = counted
    high = indicator.direction == "high"
    return Standing(above if high else below, below if high else above, peers)


def rank_of(setting: Setting, indicator_id: str, *, period: str | None = None) -> tuple[int, int] | None:
    """Rank of the territory among its published peers, 1 = highest printed value, ties at their best; None if not shown.

    No rank for what must not be compared, for a plain count (a larger territory has more of everything), nor for values
    that stand on too small a part of the inhabitants.
    """
    period = period or setting.period(indicator_id)
    counted = _counted(setting, indicator_id, period) if period else None
    return (counted[0] + 1, counted[2] + 1) if counted else None


@remembered
def _counted(setting: Setting, indicator_id: str, period: str) -> tuple[int, int, int] | None:
    """How many peers have a higher and a lower printed value, and of how many; None without a value to place or a peer."""
    row = setting.own(indicator_id, period=period)
    if not setting.peers or not _ranked(row) or not setting.comparable(indicator_id):
        return None
    decimals = setting.indicator(indicator_id).decimals
    others = setting.values(indicator_id, setting.other_peers, period=row.period, covering=FULL)
    values = [french.rounded(value, decimals) for value in others]
    mine = french.rounded(row.value or 0.0, decimals)
    return (sum(v > mine for v in values), sum(v < mine for v in values), len(values)) if values else None


def standing_words(setting: Setting, place: Standing | None, *, good: bool) -> str:
    """'Sur les 147 EPCI de la région hors du territoire, 20 sont moins bien placés.'; empty without a standing."""
    if place is None:
        return ""
    count, side = (place.better, "mieux") if good else (place.worse, "moins bien")
    among = f"{setting.peers_label} hors du territoire" if setting.members else f"autres {setting.peers_label}"
    if count == 0:
        said = f"aucun n’est {side} placé"
    elif count == 1:
        said = f"un seul est {side} placé"
    else:
        said = f"{french.format_number(count)} sont {side} placés"
    return french.punctuate(f"Sur les {french.format_number(place.peers)} {among}, {said}.")


def _ranked(row: Published) -> bool:
    return row.shown and (row.coverage is None or row.coverage >= FULL)


def rule_words(setting: Setting) -> str:
    """What the note of the first page says of this rule; empty without peers."""
    if not setting.peers:
        return ""
    return french.punctuate(
        f"La moyenne d’une région est tirée par ses villes : un écart du territoire n’est dit ici que si sa place parmi les "
        f"{setting.peers_label} va dans le même sens."
    )
