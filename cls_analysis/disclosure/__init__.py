"""Disclosure control: the one door between what is computed and what a reader may see."""

from cls_analysis.disclosure.agreements import under_agreements
from cls_analysis.disclosure.audit import Audit, audit, audit_against
from cls_analysis.disclosure.check import check_folder, earlier_edition
from cls_analysis.disclosure.door import publish, withhold, withhold_comparisons
from cls_analysis.disclosure.editions import Edition
from cls_analysis.disclosure.report import Report
from cls_analysis.disclosure.rules import RULES, Rule, rule_of, threshold_of

__all__ = [
    "RULES",
    "Audit",
    "Edition",
    "Report",
    "Rule",
    "audit",
    "audit_against",
    "check_folder",
    "earlier_edition",
    "publish",
    "rule_of",
    "threshold_of",
    "under_agreements",
    "withhold",
    "withhold_comparisons",
]
