"""Which indicators are there, how is each computed, and what is its value everywhere? The catalogue and THE TABLE."""

from __future__ import annotations

from cls_analysis.indicators.comparisons import compare
from cls_analysis.indicators.ground import make_ground
from cls_analysis.indicators.groups import Groups, main_comparators, make_groups
from cls_analysis.indicators.model import CHAPTERS, Indicator
from cls_analysis.indicators.registry import get_indicator, load_catalogue
from cls_analysis.indicators.table import Built, compute_table, load_table, write_table

__all__ = [
    "CHAPTERS",
    "Built",
    "Groups",
    "Indicator",
    "compare",
    "compute_table",
    "get_indicator",
    "load_catalogue",
    "load_table",
    "main_comparators",
    "make_ground",
    "make_groups",
    "write_table",
]
