"""Disclosure control: the one door between what is computed and what a reader may see."""

from cls_analysis.disclosure.door import Edition, publish, withhold, withhold_comparisons
from cls_analysis.disclosure.report import Report
from cls_analysis.disclosure.rules import RULES, Rule, rule_of, threshold_of

__all__ = [
    "RULES",
    "Edition",
    "Report",
    "Rule",
    "publish",
    "rule_of",
    "threshold_of",
    "withhold",
    "withhold_comparisons",
]
