"""Pure mathematics of a health observatory: arrays and frames in, arrays and frames out.

Knows no territory, file or indicator. Frame functions take long frames, group them by key columns `by` (one
or several), and return one row per group, sorted by key, index reset; nothing depends on the order of the
rows, nothing mutates its argument, nothing is filled with zero. What is not valid raises `InvalidInput`, all
problems at once, each naming its group, column and value. Definitions and edges: `docs/statistics.md`.
"""

from __future__ import annotations

from cls_analysis.statistics.access import floating_catchment
from cls_analysis.statistics.agreement import KendallsW, kendalls_w
from cls_analysis.statistics.comparison import OWN_PART_LIMIT, compare_proportions, compare_rates
from cls_analysis.statistics.comparison_adjusted import compare_ratio, compare_standardised
from cls_analysis.statistics.disparity import (
    PopulationAttributable,
    between_group_sd,
    between_group_variance,
    index_of_disparity,
    mean_difference,
    population_attributable,
)
from cls_analysis.statistics.gradients import (
    SlopeIndex,
    concentration_curve,
    concentration_index,
    slope_index,
)
from cls_analysis.statistics.inequality import TheilParts, atkinson, gini, mean_log_deviation, theil
from cls_analysis.statistics.intervals import (
    byar_interval,
    exact_poisson_interval,
    poisson_interval,
    wilson_interval,
)
from cls_analysis.statistics.life_tables import AGE_STARTS, life_expectancy
from cls_analysis.statistics.multiplicity import Adjusted, benjamini_hochberg
from cls_analysis.statistics.places import funnel_limits, quantile_groups
from cls_analysis.statistics.raking import raking_weights
from cls_analysis.statistics.rates import crude_rate, proportion
from cls_analysis.statistics.references import (
    bands_of,
    european_standard_population,
    reference_population,
    standard_from_frame,
)
from cls_analysis.statistics.similarity import nearest
from cls_analysis.statistics.smoothing import empirical_bayes
from cls_analysis.statistics.spatial import LOCAL_CLASSES, Moran, local_moran, moran
from cls_analysis.statistics.standardisation import directly_standardised_rate, standardised_ratio
from cls_analysis.statistics.trends import trend

__all__ = [
    "AGE_STARTS",
    "LOCAL_CLASSES",
    "OWN_PART_LIMIT",
    "Adjusted",
    "KendallsW",
    "Moran",
    "PopulationAttributable",
    "SlopeIndex",
    "TheilParts",
    "atkinson",
    "bands_of",
    "benjamini_hochberg",
    "between_group_sd",
    "between_group_variance",
    "byar_interval",
    "compare_proportions",
    "compare_rates",
    "compare_ratio",
    "compare_standardised",
    "concentration_curve",
    "concentration_index",
    "crude_rate",
    "directly_standardised_rate",
    "empirical_bayes",
    "european_standard_population",
    "exact_poisson_interval",
    "floating_catchment",
    "funnel_limits",
    "gini",
    "index_of_disparity",
    "kendalls_w",
    "life_expectancy",
    "local_moran",
    "mean_difference",
    "mean_log_deviation",
    "moran",
    "nearest",
    "poisson_interval",
    "population_attributable",
    "proportion",
    "quantile_groups",
    "raking_weights",
    "reference_population",
    "slope_index",
    "standard_from_frame",
    "standardised_ratio",
    "theil",
    "trend",
    "wilson_interval",
]
