"""Which sentences open the report and each chapter? Key figures, L'essentiel, À retenir, and the contrasts between EPCI.

The sentences are made by `cls_analysis.figures`; here are chosen the indicators and the figures that they link to.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from cls_analysis.diagnostic.annex import paragraphs
from cls_analysis.diagnostic.fragment import Fragment
from cls_analysis.figures.contrasts import ONE_EPCI, spread_lines
from cls_analysis.figures.essential import Essential, essential, facts_html, figure_link, retain
from cls_analysis.figures.key_figures import key_figures_html

if TYPE_CHECKING:
    from cls_analysis.diagnostic.core import Diagnostic

#: key figures of the first page, in order of preference; the first six that are published are shown
KEY_INDICATORS = (
    "population-municipale", "evolution-population", "part-75-ans-ou-plus", "part-65-ans-ou-plus", "apl-medecins-generalistes",
    "taux-chomage", "taux-pauvrete", "taux-mortalite-standardise",
)  # fmt: skip
MOST_KEYS = 6
#: indicators of which the EPCI at the ends are named, and the figure that shows them all
CONTRASTED = ("apl-medecins-generalistes", "part-65-ans-ou-plus", "taux-pauvrete", "taux-chomage")
CONTRAST_FIGURE = "inegalites-epci"


def key_figures(d: Diagnostic, indicators: Sequence[str] = KEY_INDICATORS) -> Fragment:
    """Four to six key figures: number, comparison in words, small bars."""
    there = [name for name in indicators if name in d.shown_in and d.setting.own(name).shown][:MOST_KEYS]
    return Fragment(key_figures_html(d.setting, there, figures=d.shown_in))


def first_page(d: Diagnostic) -> Essential:
    """The facts of L'essentiel, from which the questions are drawn too."""
    return essential(d.setting, d.shown_in, contrasted=one_kind(d, CONTRASTED), contrast_figure=CONTRAST_FIGURE)


def essentials(d: Diagnostic) -> Fragment:
    """The most telling facts, chosen by the declared rules of figures/essential.py."""
    found = d.essential
    said = [*(f.sentence for f in found.facts), found.contrast, found.unknown]
    return Fragment(found.html(), "\n".join(s for s in said if s))


def takeaways(d: Diagnostic, chapter: str) -> Fragment:
    """At most three sentences that open a chapter."""
    facts = retain(d.setting, chapter, d.shown_in, first=[f.indicator for f in d.essential.facts])
    if not facts:
        return paragraphs(["Aucune donnée de ce chapitre n’est disponible pour le territoire."])
    html = f'<div class="takeaways"><h3>À retenir</h3>{facts_html(facts)}</div>'
    return Fragment(html, "\n".join(f.sentence for f in facts))


def contrasts(d: Diagnostic, indicators: Sequence[str] = CONTRASTED) -> Fragment:
    """Which EPCI stands at each end, indicator by indicator; with one EPCI, that there is only one."""
    if len(d.territory.epci) < 2:
        return paragraphs([ONE_EPCI])
    said = spread_lines(d.setting, one_kind(d, indicators))
    items = "".join(f"<li>{escape(s)}{figure_link(CONTRAST_FIGURE)}</li>" for s in said)
    return Fragment(f'<ul class="facts">{items}</ul>' if said else "", "\n".join(said))


def one_kind(d: Diagnostic, indicators: Sequence[str]) -> list[str]:
    """The indicators in their order, those of the more frequent kind: simulated and real values share no sentence."""
    there = [n for n in indicators if n in d.shown_in]
    kinds = d.kinds(there)
    return max(kinds.values(), key=len, default=[])
