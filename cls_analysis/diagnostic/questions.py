"""What could the Commission discuss? Three to five questions, drawn by declared rules from published facts and declared gaps.

Rules, in this order; at most three questions come from facts and, while there are gaps, at least one from them.
1. *Assumption*: a measure known under an assumption (`variant_of`) that moves it by ten points or more.
2. *EPCI*: among the indicators of access with a good side, the one whose ends among the EPCI are furthest apart.
3. *Concern*: the unfavourable facts of L'essentiel that are the territory's own, one by quantity, the first of each chapter
   before the second of any, put to those who know the subject (`ASKED`, by chapter).
4. *Gap*: what the chapters declare not to measure (`unmeasured`), by chapter, with whom to ask.
A question states what is published, asks, and links to the figure; it recommends nothing and gives no cause.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from cls_analysis.diagnostic.fragment import Fragment
from cls_analysis.diagnostic.unmeasured import UNMEASURED, Unmeasured
from cls_analysis.diagnostic.words import CONTRAST_FIGURE, CONTRASTED, one_kind
from cls_analysis.figures import french
from cls_analysis.figures.afterwords import beside
from cls_analysis.figures.contrasts import Contrast, contrasts
from cls_analysis.figures.essential import CONCERN, effect, figure_link
from cls_analysis.figures.grammar import other_value, said_value, subject
from cls_analysis.figures.setting import Compared

if TYPE_CHECKING:
    from cls_analysis.diagnostic.core import Diagnostic

MOST, FEWEST, FROM_FACTS, FROM_GAPS = 5, 3, 3, 2
MOVED = 10.0  # points by which an assumption must move a share to be asked about
ACCESS = (
    "apl-medecins-generalistes",
    "apl-infirmiers",
    "apl-chirurgiens-dentistes",
    "apl-sages-femmes",
    "temps-acces-medecin",
    "temps-acces-urgences",
)
#: who can say more about a fact of each chapter
ASKED = {
    "population": "Qu’en disent les communes ?",
    "social": "Qu’en disent les acteurs de l’emploi et du social du territoire ?",
    "environnement": "Qu’en disent les habitants des communes concernées ?",
    "sante": "Qu’en disent les professionnels de santé du territoire ?",
    "prevention": "Qu’en disent les professionnels et les acteurs de la prévention ?",
    "offre": "Que constatent les habitants et les professionnels ?",
    "autonomie": "Qu’en disent les personnes concernées, leurs aidants et les services d’aide ?",
    "enfance": "Qu’en disent les familles et les services de l’enfance ?",
}
INTRODUCTION = (
    "Ces questions sont tirées des chiffres publiés et de ce qui leur manque, par des règles écrites ; elles servent à ouvrir la "
    "discussion et ne disent pas quoi faire. Seuls les habitants, les professionnels et les élus peuvent y répondre."
)


@dataclass(frozen=True)
class Question:
    """A question, the figure it stands on, the rule that drew it, and the quantity it is about."""

    text: str
    figure: str
    rule: str
    family: str = ""


def questions(d: Diagnostic) -> tuple[Question, ...]:
    """The questions of a territory, facts before gaps; fewer than three only where there is nothing more to ask."""
    facts: list[Question] = []
    for question in (*_assumptions(d), *_between(d)):
        if question.family not in {q.family for q in facts}:
            facts.append(question)
    facts = facts[:FROM_FACTS]
    facts += _concerns(d, {q.family for q in facts})[: FROM_FACTS - len(facts)]
    gaps = _gaps(d)
    kept = gaps[: max(FROM_GAPS, FEWEST - len(facts))]
    return tuple([*facts, *kept][:MOST])


def questions_html(d: Diagnostic) -> Fragment:
    """The closing box: an introduction, and the list with a link to each figure."""
    asked = questions(d)
    if not asked:
        return Fragment("")
    items = "".join(
        f"<li>{escape(q.text)}{figure_link(q.figure)}</li>" for q in asked
    )  # fmt: skip
    introduction = french.punctuate(INTRODUCTION)
    html = f'<div class="takeaways questions"><p>{escape(introduction)}</p><ol class="facts">{items}</ol></div>'
    return Fragment(html, "\n".join([introduction, *(q.text for q in asked)]))


def _assumptions(d: Diagnostic) -> list[Question]:
    found = []
    for name in sorted(d.shown_in):
        entry = d.setting.indicator(name)
        base = str(getattr(entry, "variant_of", ""))
        if base not in d.shown_in or not entry.unit.startswith("%"):
            continue
        row, other = d.setting.own(base), d.setting.own(name)
        who = subject(d.setting.indicator(base))
        if who is None or not row.shown or not other.shown or row.period != other.period:
            continue
        if abs((other.value or 0.0) - (row.value or 0.0)) < MOVED:
            continue
        elsewhere = french.join_list(
            f"{other_value(entry, c.value or 0.0)} {c.comparator.where}" for c in beside(d.setting, other)
        )
        same = f" (sous la même hypothèse, {elsewhere})" if elsewhere else ""
        text = (
            f"{entry.variant_words}, {who.phrase} serait de {other_value(entry, other.value or 0.0)} au lieu de "
            f"{other_value(entry, row.value or 0.0)}{same} : qu’en savent, sur place, les professionnels et les élus ?"
        )
        found.append(Question(french.punctuate(text), d.shown_in[base], "assumption", _quantity(d, base)))
    return found


def _between(d: Diagnostic) -> list[Question]:
    """The widest contrast of access between EPCI; the figure is the table of EPCI where it has the indicator, else the chapter's."""
    found = contrasts(d.setting, one_kind(d, ACCESS))
    if not found:
        return []
    widest = max(found, key=lambda c: (round(_width(d, c), 9), c.indicator))
    indicator = d.setting.indicator(widest.indicator)
    best, worst = widest.other, widest.end
    text = (
        f"{french.capitalise(widest.who.phrase)} va de {other_value(indicator, worst.value or 0.0)} {worst.place.where} à "
        f"{said_value(indicator, best)} {best.place.where} : ce que vivent les habitants va-t-il dans le même sens ?"
    )
    figure = CONTRAST_FIGURE if widest.indicator in CONTRASTED else f"comparaison-{widest.indicator}"
    figure = figure if any(f.id == figure for f in d.drawn) else d.shown_in[widest.indicator]
    return [Question(french.punctuate(text), figure, "epci", _quantity(d, widest.indicator))]


def _width(d: Diagnostic, contrast: Contrast) -> float:
    low, high = contrast.end.value or 0.0, contrast.other.value or 0.0
    pair = Compared(contrast.other.place, high, low - high, low / high if high else None, "not_tested")
    return effect(d.setting.indicator(contrast.indicator), pair)


def _concerns(d: Diagnostic, asked: Collection[str]) -> list[Question]:
    """The territory's own concerns on quantities not asked about yet, the first of each chapter before the second of any."""
    found: list[Question] = []
    ranks: list[int] = []
    chapters: Counter[str] = Counter()
    for fact in d.essential.facts:
        quantity = _quantity(d, fact.indicator)
        if fact.group != CONCERN or fact.framed or quantity in {*asked, *(q.family for q in found)}:
            continue
        text = f"{fact.sentence} {ASKED[fact.chapter]}"
        found.append(Question(french.punctuate(text), fact.figure, "concern", quantity))
        ranks.append(chapters[fact.chapter])
        chapters[fact.chapter] += 1
    return [found[i] for i in sorted(range(len(found)), key=lambda i: (ranks[i], i))]


def _quantity(d: Diagnostic, name: str) -> str:
    """What a question is about: the quantity first read, so that two questions never ask of the same one."""
    reference = d.setting.indicator(name).references()[0]
    return f"{reference.source}:{reference.variable}"


def _gaps(d: Diagnostic) -> list[Question]:
    """What is not measured, the first of each chapter before the second of any."""
    listed = [
        (rank, chapter, item)
        for chapter, items in UNMEASURED.items()
        for rank, item in enumerate(i for i in items if _lacking(d, i))
    ]
    tables = set(d.shown_in.values())
    found = []
    for _, chapter, item in sorted(listed, key=lambda entry: entry[0]):
        shown = f"tableau-{chapter}"
        text = f"{item.what} : ces chiffres ne sont pas dans ce document. Faut-il les demander {item.who} ?"
        found.append(Question(french.punctuate(text), shown if shown in tables else "donnees-manquantes", "gap"))
    return found


def _lacking(d: Diagnostic, item: Unmeasured) -> bool:
    return not any(d.setting.own(n).shown for n in item.indicators if n in d.catalogue)
