"""Maps, charts, tables and sentences from published rows: what a reader sees, and in which words.

One way in: a `Setting` (territory, comparators, published rows, catalogue, citations); every function of this package
takes one and returns a frozen `Figure`, a list of `Fact` or a sentence. See docs/figures.md.
"""

from __future__ import annotations

from cls_analysis.figures.charts import bars, dot_plot
from cls_analysis.figures.classes import Breaks, breaks
from cls_analysis.figures.distribution import concentration_curve
from cls_analysis.figures.essential import Essential, Fact, essential, facts_html, retain
from cls_analysis.figures.figure import Cell, DataTable, Figure, LegendItem, script, stylesheet
from cls_analysis.figures.funnel import funnel_plot
from cls_analysis.figures.key_figures import key_figure, key_figures_html
from cls_analysis.figures.mapbase import BaseMap, base_map, overlay
from cls_analysis.figures.maps import choropleth, composition, location
from cls_analysis.figures.narrative import (
    finding_title,
    level_sentence,
    reading_note,
    spread_sentence,
    trend_sentence,
)
from cls_analysis.figures.pyramid import age_pyramid
from cls_analysis.figures.scorecard import scorecard
from cls_analysis.figures.series import time_lines
from cls_analysis.figures.setting import Compared, Place, Published, Setting, cite
from cls_analysis.figures.tables import comparison_table, members_table, plain_table

__all__ = [
    "BaseMap",
    "Breaks",
    "Cell",
    "Compared",
    "DataTable",
    "Essential",
    "Fact",
    "Figure",
    "LegendItem",
    "Place",
    "Published",
    "Setting",
    "age_pyramid",
    "bars",
    "base_map",
    "breaks",
    "choropleth",
    "cite",
    "comparison_table",
    "composition",
    "concentration_curve",
    "dot_plot",
    "essential",
    "facts_html",
    "finding_title",
    "funnel_plot",
    "key_figure",
    "key_figures_html",
    "level_sentence",
    "location",
    "members_table",
    "overlay",
    "plain_table",
    "reading_note",
    "retain",
    "scorecard",
    "script",
    "spread_sentence",
    "stylesheet",
    "time_lines",
    "trend_sentence",
]
