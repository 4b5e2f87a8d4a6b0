"""What does a chapter draw when its data are there, and what does it say when they are not? Ages, several charts at once, the one-page
scorecard, and what this document does not measure.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from cls_analysis.diagnostic import annex, coverage
from cls_analysis.diagnostic.fragment import Fragment, stack
from cls_analysis.figures import charts, french, pyramid
from cls_analysis.figures.figure import Figure
from cls_analysis.figures.scorecard import scorecard

if TYPE_CHECKING:
    from cls_analysis.diagnostic.core import Diagnostic

TITLES = {
    "population": "Population",
    "social": "Situation sociale",
    "environnement": "Environnement et cadre de vie",
    "sante": "État de santé",
    "prevention": "Prévention et recours aux soins",
    "offre": "Offre de soins et accès",
    "autonomie": "Personnes âgées et handicap",
    "enfance": "Enfance et jeunesse",
}

#: order of the lines of tables and of the one-page scorecard within each chapter; what is not listed comes after
ORDER = (
    "population-municipale", "evolution-population", "solde-naturel", "densite-population", "part-moins-25-ans",
    "part-65-ans-ou-plus", "taux-chomage", "taux-pauvrete", "niveau-vie-median-departement",
    "part-peu-diplomes", "part-familles-monoparentales", "eloignement-proximite", "part-ald", "esperance-vie-femmes",
    "esperance-vie-hommes", "mortalite-standardisee", "mortalite-0-64-ans", "mortalite-tumeurs", "recours-ophtalmologue",
    "apl-medecins-generalistes", "part-population-apl-faible", "densite-generalistes-bassins", "apl-infirmiers",
    "densite-kinesitherapeutes-departement", "apl-chirurgiens-dentistes", "apl-sages-femmes",
    "part-75-ans-ou-plus-bassins", "part-moins-15-ans-bassins",
)  # fmt: skip
AGE_GROUPS = ("part-moins-25-ans", "part-25-64-ans", "part-65-ans-ou-plus")


#: finest level at which an indicator is known
LEVELS = {
    "commune": "à la commune", "bassin_de_vie": "au bassin de vie", "epci": "à l’EPCI", "perimeter": "au territoire",
    "departement": "au département",
}  # fmt: skip


def rank(indicator: str) -> int:
    """Place of an indicator in its chapter's tables: the most telling first, the others after, in the order of their ids."""
    return ORDER.index(indicator) if indicator in ORDER else len(ORDER)


def ages(diagnostic: Diagnostic, indicator: str) -> Any:
    """The pyramid against the région; without counts by sex and age, the broad age groups and one sentence that says so."""
    region = next((c for c in diagnostic.setting.comparators if c.territory_type == "region"), None)
    if indicator in diagnostic.catalogue and _has_ages(diagnostic, indicator):
        return diagnostic.show(pyramid.age_pyramid(diagnostic.setting, indicator, comparator=region))
    said = waiting_for(diagnostic, indicator, "La pyramide des âges")
    groups = [n for n in AGE_GROUPS if n in diagnostic.catalogue and diagnostic.has_own(n)]
    if len(groups) < len(AGE_GROUPS):
        return said
    own = diagnostic.setting.own(groups[-1])
    title = f"65 ans ou plus : {french.percent(own.value or 0.0)} des habitants {diagnostic.setting.territory.where}"
    if region is not None:
        other = diagnostic.setting.select(groups[-1], [region], period=own.period)[0]
        title += f", {french.percent(other.value)} {region.where}" if other.value is not None else ""
    figure = charts.bars(diagnostic.setting, groups, identifier="ages-groupes", title=french.punctuate(title))
    return stack([diagnostic.show(figure), said])


def _has_ages(diagnostic: Diagnostic, indicator: str) -> bool:
    rows = diagnostic.setting.rows(indicator, ["territory", "age", "value"])
    mine = rows[(rows["territory"] == diagnostic.territory.territory) & (rows["age"] != "all")]
    return bool(mine["value"].notna().any())


def reserves(diagnostic: Diagnostic, names: Sequence[str], chapter: str) -> Fragment:
    """Under a table, folded: the tier, the finest level and the caveat of each of its indicators (on paper, the definitions)."""
    items = []
    for name in names:
        entry = diagnostic.catalogue[name]
        known = LEVELS.get(entry.geography, entry.geography)
        said = french.punctuate(
            f"{french.capitalise(entry.short_label)} : {coverage.TIER_NAMES[entry.tier]}, connu {known}. {entry.caveat}"
        )
        items.append(f"<li>{escape(said.strip())}</li>")
    about = french.punctuate(f'<span class="sr-only"> : {escape(chapter)}</span>')
    return Fragment(
        f'<details class="fig-data"><summary>Étage, maille et réserves de chaque indicateur{about}</summary>'
        f'<ul class="facts">{"".join(items)}</ul></details>'
    )


def waiting_for(diagnostic: Diagnostic, indicator: str, what: str) -> Fragment:
    """One sentence: what is not drawn, why, and what would give it."""
    if indicator not in diagnostic.catalogue:
        return Fragment("")
    reason, todo = coverage.reason_of(diagnostic, indicator)
    waiting = reason in (coverage.WAITING_OPEN, coverage.WAITING_COMPUTED)  # the file, by name, says it all
    text = french.punctuate(
        f"{what} n’est pas dessinée : {french.uncapitalise(todo) if waiting else f'{reason}. {todo}'}"
    )
    return annex.absent(text)


def several(diagnostic: Diagnostic, indicators: Sequence[str]) -> Fragment:
    """A dot plot of each indicator that has a value, and one sentence that names those that have none, by reason."""
    there = [n for n in indicators if diagnostic.has_value(n)]
    drawn = [diagnostic.show(charts.dot_plot(diagnostic.setting, n)) for n in there]
    found: dict[str, list[str]] = {}
    for name in indicators:
        if name not in there:
            reason, _ = coverage.reason_of(diagnostic, name)
            found.setdefault(reason, []).append(str(diagnostic.setting.indicator(name).short_label))
    said = [f"{french.capitalise(french.join_list(names))} : {reason}." for reason, names in found.items()]
    return stack(
        [*drawn, *([annex.absent(french.punctuate("Pas de graphique ici. " + " ".join(said)))] if said else [])]
    )


def one_page(diagnostic: Diagnostic) -> Fragment:
    """The mandatory indicators on one page, simulated and real apart, and which of them have no value."""
    wanted = [n for n in diagnostic.chapter() if diagnostic.catalogue[n].mandatory]
    there = [n for n in wanted if diagnostic.setting.focused(n).own(n).shown]
    lacking = [n for n in wanted if n not in there]
    said = []
    if lacking:
        listed = [
            f"{diagnostic.setting.indicator(n).short_label} ({coverage.reason_of(diagnostic, n)[0]})" for n in lacking
        ]
        said.append(f"Sans valeur, donc hors de cette page : {french.join_list(listed)}.")
    said.append(
        f"Cette page retient {french.count_of(len(there), 'indicateur', 'indicateurs')} ; la liste complète est dans le tableau de "
        "chaque chapitre, dans le classeur et dans le fichier de données joints."
    )
    figures: list[Figure] = []
    parts = diagnostic.kinds(there)
    for simulated, names in parts.items():
        identifier = "tableau-de-bord" + ("-reel" if diagnostic.simulated and not simulated else "")
        notes = tuple(said) if len(names) == max(map(len, parts.values())) else ()
        card = scorecard(diagnostic.setting, names, chapters=TITLES, identifier=identifier, notes=notes)
        figures.append(diagnostic.show(card))
    return stack(figures)
