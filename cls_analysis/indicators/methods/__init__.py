"""How is each kind of figure computed? The methods that a catalogue entry may name."""

from __future__ import annotations

from collections.abc import Callable

from cls_analysis.indicators.methods import ages, counts, inequality, means, standardised
from cls_analysis.indicators.methods.frame import Ground, Part
from cls_analysis.indicators.model import Indicator

Method = Callable[[Indicator, Ground], Part]

METHODS: dict[str, Method] = {
    "count": counts.count,
    "count_by_age": ages.count_by_age,
    "rate": counts.rate,
    "share": counts.share,
    "ratio": counts.ratio,
    "density": counts.density,
    "balance": counts.balance,
    "change_per_year": counts.change_per_year,
    "weighted_mean": means.weighted_mean,
    "share_below": means.share_below,
    "estimated_share": means.estimated_share,
    "bassin_de_vie": means.bassin_de_vie,
    "published": means.published,
    "departement_mean": means.departement_mean,
    "directly_standardised_rate": standardised.directly_standardised_rate,
    "standardised_ratio": standardised.standardised_ratio,
    "life_expectancy": standardised.life_expectancy,
    "slope_index": inequality.slope_index,
    "relative_index": inequality.relative_index,
    "concentration_index": inequality.concentration_index,
    "gini": inequality.gini,
    "theil": inequality.theil,
    "theil_between_epci": inequality.theil_between_epci,
}

__all__ = ["METHODS", "Ground", "Method", "Part"]
