"""What must be read if only one page is read? The most telling facts, and what each chapter retains.

Declared rules. A candidate is an indicator with a figure in its chapter, a published value, reliability other than
"none" or "small", and a *significant* gap (after the correction made with the comparisons) with the main comparator. A
gap that no test applies to (a full count without sampling, such as the APL) is one too if it reaches a fifth of the
comparator's value and stands on observed values of the territory itself; its sentence says "contre", never "significatif".
A concern or a strength of the territory must also be one among the EPCI of its région (`standing`), whose mean its cities
pull: its sentence ends with that place, and the quarter of the EPCI at that end goes first.
A measure under an assumption (`variant_of`) is never told alone: it completes the sentence of the measure itself.
An effect under 0.05, or a period that ends more than six years before the newest candidate's, is left to the chapters.
Facts of the territory come before those known only for its département, then that quarter, then tested gaps before the others, then the
size of the gap decides, on one scale (`effect`): |log of the ratio|, log odds for percentages, one tenth per year for durations
of life. At most two facts come from one chapter (three when fewer than five are found), one from a family (indicators on
the same quantity, such as the APL to all general practitioners and the share under its threshold), and eight in all; each
group that has candidates keeps at least two. When no fact is about health, the largest gap of the département's general
measures (`GENERAL`: all causes of death, length of life; never one cause picked among a dozen) is added, whatever its size, and
says whose it is. Favourable gaps are *Points d'appui*, unfavourable ones *Points de vigilance*; then one sentence on the EPCI at the ends (`contrasts`), and one, where no
measure of health at equal age is published for the territory, that says so and whom to ask. Indicators without a normative
reading come last, as *Repères*, only when fewer than five sentences are left. No causal word is used.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from cls_analysis.figures import french
from cls_analysis.figures.afterwords import afterwords
from cls_analysis.figures.clauses import COMPLETE
from cls_analysis.figures.contrasts import headline
from cls_analysis.figures.grammar import (
    favourable,
    gap_words,
    same_displayed,
    unit_of,
)
from cls_analysis.figures.narrative import departement_beside, sentence, where
from cls_analysis.figures.setting import Compared, Setting, remembered
from cls_analysis.figures.standing import Standing, rule_words, standing, standing_words
from cls_analysis.figures.svg import escape

STRENGTH, CONCERN, LANDMARK = "Points d’appui", "Points de vigilance", "Repères"
FEWEST, MOST, PER_CHAPTER, PER_GROUP = 5, 8, 2, 2
SMALLEST = 0.05  # a smaller effect, even significant, is not a fact of the first page
RECENT = 6  # years behind the newest candidate beyond which a fact is history
HEALTH = "sante"
#: measures of health on all causes of death together, one of which frames a report that has nothing else on health
GENERAL = frozenset({"mortalite-standardisee", "mortalite-0-64-ans", "esperance-vie-femmes", "esperance-vie-hommes"})
#: what a comparison without a verdict means, told once at the top of a report
MARK = (
    "« Écart significatif » : le hasard ne suffit pas à expliquer la différence. « Contre » sans autre mention : deux valeurs mises "
    "côte à côte, que leur nature ne permet pas de tester."
)
UNTESTED = math.log(1.2)  # smallest effect of a gap that no test applies to
YEAR_OF_LIFE = 0.1  # the same for a life expectancy: one year


@dataclass(frozen=True)
class Fact:
    """One sentence and what it stands on: indicator, chapter, group, the figure that shows it, size of the gap."""

    indicator: str
    chapter: str
    group: str
    sentence: str
    figure: str
    effect: float
    framed: bool = False
    tested: bool = True
    solid: bool = True
    year: int = 0
    family: str = ""
    alike: bool = False
    place: Standing | None = None

    @property
    def far(self) -> bool:
        """Whether the territory is in the quarter of its peers at that end."""
        return self.place is not None and self.place.far(good=self.group == STRENGTH)


@dataclass(frozen=True)
class Essential:
    """The facts of the first page, grouped, what completes them (EPCI at the ends, what is not known), and a closing note."""

    facts: tuple[Fact, ...]
    note: str
    contrast: str = ""
    contrast_figure: str = ""
    unknown: str = ""

    def group(self, name: str) -> tuple[Fact, ...]:
        """The facts of a group, strongest first."""
        return tuple(f for f in self.facts if f.group == name)

    def html(self, *, heading: int = 3) -> str:
        """The groups that have facts, each a heading and a list whose items link to their figure."""
        parts = ['<div class="facts-block">']
        groups = [(name, facts_html(self.group(name))) for name in (STRENGTH, CONCERN, LANDMARK) if self.group(name)]
        if self.contrast:
            item = f"<li>{escape(self.contrast)}{figure_link(self.contrast_figure)}</li>"
            groups.append(("D’un EPCI à l’autre", f'<ul class="facts">{item}</ul>'))
        if self.unknown:
            groups.append(("Ce que ce document ne peut pas dire", f"<p>{escape(self.unknown)}</p>"))
        parts += [f"<h{heading}>{escape(name)}</h{heading}>{body}" for name, body in groups]
        return "".join([*parts, f'<p class="fig-note">{escape(self.note)}</p></div>'])


def facts_html(facts: Sequence[Fact]) -> str:
    """A list of sentences, each with a link to the figure that shows it."""
    items = [f"<li>{escape(fact.sentence)}{figure_link(fact.figure)}</li>" for fact in facts]
    return f'<ul class="facts">{"".join(items)}</ul>'


def figure_link(figure: str) -> str:
    """The link that follows a sentence, named for who hears it out of its context; empty without a figure."""
    name = escape(figure)
    return f' <a href="#{name}" aria-label="Voir la figure {name}">Voir la figure</a>' if figure else ""


def effect(indicator: Any, compared: Compared) -> float:
    """Size of a gap on the common scale of the rules; 0 when it cannot be computed."""
    if compared.difference is None or compared.value is None:
        return 0.0
    unit = unit_of(indicator)
    mine, theirs = compared.value + compared.difference, compared.value
    if unit.startswith("an") and compared.value > 0:
        return abs(compared.difference) / 10
    if unit.startswith("%") and 0 < mine < 100 and 0 < theirs < 100:
        return abs(math.log(mine / (100 - mine)) - math.log(theirs / (100 - theirs)))
    if compared.ratio is not None and compared.ratio > 0:
        return abs(math.log(compared.ratio))
    return 0.0


def essential(
    setting: Setting, figures: Mapping[str, str], *, contrasted: Sequence[str] = (), contrast_figure: str = ""
) -> Essential:
    """The facts of the first page. `figures` maps an indicator to the id of the figure that shows it in its chapter;
    an indicator without one is never chosen. `contrasted` are the indicators of the sentence on EPCI, shown by
    `contrast_figure`."""
    contrast = headline(setting, contrasted)
    everything = _candidates(
        setting, figures, [i for i in sorted(figures) if not _told_with_another(setting, i, figures)]
    )
    found = [f for f in everything if f.solid and f.effect >= SMALLEST and (f.tested or not f.framed)]
    newest = max((f.year for f in found), default=0)
    recent = [f for f in found if f.year >= newest - RECENT]
    candidates = [f for f in recent if f.place is None or f.place.agrees(good=f.group == STRENGTH)]
    kept: list[Fact] = []
    added: list[Fact] = []
    chapters: Counter[str] = Counter()

    def take(facts: Sequence[Fact], most: int, per_chapter: int = PER_CHAPTER) -> None:
        for fact in facts:
            if sum(f.group == fact.group for f in kept) >= most or len(kept) >= MOST:
                break
            told = {f.family for f in kept}
            if fact not in kept and fact.family not in told and chapters[fact.chapter] < per_chapter:
                kept.append(fact)
                chapters[fact.chapter] += 1

    normative = [f for f in candidates if f.group != LANDMARK]
    for name in (STRENGTH, CONCERN):
        take([f for f in normative if f.group == name], PER_GROUP)
    for fact in normative:
        take([fact], MOST)
    for fact in normative:
        take([fact], FEWEST if len(kept) < FEWEST else 0, PER_CHAPTER + 1)
    if not any(f.chapter == HEALTH for f in kept):
        # One line of frame on health, whatever its size: a general measure (mortality, length of life), never the most
        # striking of a dozen causes of death, which chance alone would make striking somewhere.
        solid = [f for f in everything if f.solid and f.year >= newest - RECENT and not _of_detail(setting, f)]
        told = {f.family for f in kept}
        frame = [f for f in solid if f.chapter == HEALTH and f.group != LANDMARK and f.family not in told]
        added = sorted(frame, key=lambda f: (-f.effect, f.indicator))[:1]
    lacking = FEWEST - len(kept) - len(added) - bool(contrast)
    if lacking > 0:
        take([f for f in candidates if f.group == LANDMARK], lacking)
    order = {STRENGTH: 0, CONCERN: 1, LANDMARK: 2}
    note = _note(setting, candidates, kept, added, others=len(recent) > len(kept))
    told_facts = [_placed(setting, f) for f in (*kept, *added)]
    told_facts.sort(key=lambda f: (order[f.group], *_first(f)))
    return Essential(tuple(told_facts), note, contrast, contrast_figure if contrast else "", unknown_health(setting))


def unknown_health(setting: Setting) -> str:
    """The frank sentence where no measure of health at equal age is published for the territory; empty where one is."""
    measures = [n for n, e in setting.catalogue.items() if e.chapter == HEALTH and e.standard]
    if not measures or any(setting.own(name).shown for name in measures):
        return ""
    near = next((c for c in setting.comparators if c.territory_type == "departement"), setting.main)
    against = french.elide("que", where(near)) if near is not None else "qu’ailleurs"
    return french.punctuate(
        f"Ce document ne peut pas dire si l’on est en plus ou en moins bonne santé {where(setting.territory)} {against} : "
        "la mortalité et les maladies à âge comparable n’y sont pas publiées à cette échelle. "
        "Ces chiffres sont à demander à l’ARS ou à l’ORS."
    )


def retain(
    setting: Setting, chapter: str, figures: Mapping[str, str], *, first: Collection[str] = (), most: int = 3
) -> tuple[Fact, ...]:
    """'À retenir' of a chapter: at most three sentences, one on a quantity, by the rules of the first page.

    The facts of the first page (`first`, their indicators) open it, then the other gaps in its order (those with a favourable
    side before the others), then levels of mandatory indicators that say something. A gap that the place among peers contradicts
    is left to the table, and so is what is printed like the région's or not significantly different, stands on small numbers,
    or is more than six years older than the chapter's newest; they, and what is not published, are told only if nothing else can be.
    """
    mine = [
        i for i in sorted(figures)
        if setting.catalogue[i].chapter == chapter and not _told_with_another(setting, i, figures)
    ]  # fmt: skip
    everything = _candidates(setting, figures, mine)
    gaps = [f for f in everything if f.place is None or f.place.agrees(good=f.group == STRENGTH)]
    gaps.sort(
        key=lambda f: (f.indicator not in first, f.group == LANDMARK, f.framed and _of_detail(setting, f), *_first(f))
    )
    contradicted = {f.indicator for f in everything} - {f.indicator for f in gaps}
    shown = [i for i in mine if setting.focused(i).own(i).shown]
    levels = [_fact(setting, name, figures[name], LANDMARK) for name in shown]
    levels.sort(key=lambda f: (not setting.catalogue[f.indicator].mandatory, f.indicator))
    newest = max((f.year for f in levels), default=0)
    plain = [f for f in levels if setting.catalogue[f.indicator].mandatory and not f.alike and not f.framed]
    said: list[Fact] = []
    for fact in (*gaps, *(f for f in plain if f.indicator not in contradicted)):
        fresh = fact.solid and fact.year >= newest - RECENT
        if len(said) < most and fresh and fact.family not in {f.family for f in said}:
            said.append(fact)
    if not said:
        hidden = [_fact(setting, name, figures[name], LANDMARK) for name in mine if name not in shown]
        said = [*gaps, *levels, *hidden][:1]
    return tuple(said)


def _first(fact: Fact) -> tuple[Any, ...]:
    """The order of the facts: the territory's own, the far quarter of its peers, tested gaps, then the size of the gap."""
    return (fact.framed, not fact.far, not fact.tested, -fact.effect, fact.indicator)


def _placed(setting: Setting, fact: Fact) -> Fact:
    """The fact with the territory's place among its peers at the end of its sentence."""
    said = standing_words(setting, fact.place, good=fact.group == STRENGTH)
    return replace(fact, sentence=f"{fact.sentence} {said}") if said else fact


def _of_detail(setting: Setting, fact: Fact) -> bool:
    """Whether the fact is about a detail: one cause of death, or elsewhere what not every report must show."""
    return fact.indicator not in GENERAL if fact.chapter == HEALTH else not setting.catalogue[fact.indicator].mandatory


def _told_with_another(setting: Setting, name: str, figures: Mapping[str, str]) -> bool:
    """A measure under an assumption, or an earlier one, whose main measure is published too: it completes its sentence."""
    mains = {setting.catalogue[name].variant_of, *_completed(setting).get(name, ())}
    return any(m in figures and setting.own(m).shown for m in mains if m)


@remembered
def _completed(setting: Setting) -> Mapping[str, tuple[str, ...]]:
    """The measures of which an indicator gives the pace before (`earlier`)."""
    found: dict[str, tuple[str, ...]] = {}
    for name, entry in setting.catalogue.items():
        if entry.earlier:
            found[entry.earlier] = (*found.get(entry.earlier, ()), name)
    return MappingProxyType(found)


def _candidates(setting: Setting, figures: Mapping[str, str], names: Sequence[str]) -> list[Fact]:
    """The gaps, among those of some indicators, that the rules count as facts, in their order."""
    found = []
    for name in names:
        indicator = setting.indicator(name)
        here = setting.focused(name)
        row = here.own(name)
        compared = here.compare(row, here.main) if here.main else None
        if not row.shown or row.reliability == "none" or compared is None:
            continue
        sense = compared.significance
        full = row.status == "observed" and (row.coverage is None or row.coverage >= COMPLETE)
        framed_health = here is not setting and indicator.chapter == HEALTH
        enough = effect(indicator, compared) >= (YEAR_OF_LIFE if unit_of(indicator).startswith("an") else UNTESTED)
        general = framed_health and name in GENERAL  # told whatever the size of the gap
        if sense == "not_tested" and full and (general or (enough and (here is setting or framed_health))):
            sense = "higher" if (compared.difference or 0.0) > 0 else "lower"
        if sense not in ("higher", "lower") or not gap_words(indicator, compared):
            continue
        good = favourable(indicator, sense)
        group = LANDMARK if good is None else STRENGTH if good else CONCERN
        found.append(_fact(setting, name, figures[name], group))
    return sorted(found, key=_first)


def _fact(setting: Setting, name: str, figure: str, group: str) -> Fact:
    level = _level(setting, name, figure)
    if group == LANDMARK:
        return level
    return replace(level, group=group, place=None if level.framed else standing(setting, name))


@remembered
def _level(setting: Setting, name: str, figure: str) -> Fact:
    """The sentence of an indicator as a landmark: without a side, and so without a place among peers."""
    indicator = setting.indicator(name)
    here = setting.focused(name)
    row = here.own(name)
    compared = here.compare(row, here.main) if here.main else None
    size = round(effect(indicator, compared), 6) if compared else 0.0
    framed = here is not setting
    said = sentence(indicator, row, compared, beside=departement_beside(here, row), placed=framed)
    return Fact(name, indicator.chapter, LANDMARK, " ".join(s for s in (said, afterwords(here, name, row)) if s), figure, size,
        framed=framed, tested=compared is not None and compared.significance != "not_tested", solid=row.reliability != "small",
        year=int(row.period[-4:]) if row.period[-4:].isdigit() else 0, family=_family(indicator),
        alike=compared is not None and (compared.significance == "not_different" or same_displayed(indicator, compared)),
    )  # fmt: skip


def _family(indicator: Any) -> str:
    """What an indicator is about: the first quantity it reads, whatever the ages it keeps or the threshold it sets."""
    references = indicator.numerator
    first = str(references[0]).split("|")[0].strip() if references else str(indicator.id)
    quantity = re.sub(r"(_\d+)?(@.*)?$", "", first)
    return f"change of {quantity}" if indicator.change_of else quantity


def _note(
    setting: Setting, candidates: Sequence[Fact], kept: Sequence[Fact], added: Sequence[Fact], *, others: bool
) -> str:
    if setting.main is None:
        return "Aucun territoire de comparaison n’est défini."
    frame = (
        " ; la phrase sur la santé du département est donnée quelle que soit la taille de son écart" if added else ""
    )
    rule = (
        f"Faits choisis selon la taille de l’écart avec {setting.main.full_name}, parmi les écarts significatifs au seuil "
        f"de 5 % et ceux d’au moins un cinquième qu’aucun test ne concerne : {french.format_number(len(kept))} sur "
        f"{french.format_number(len(candidates))}{frame}. {MARK}"
    )
    few = " Aucun autre indicateur récent ne s’en écarte nettement." if not others else ""
    return french.punctuate(" ".join(s for s in (rule + few, rule_words(setting)) if s))
