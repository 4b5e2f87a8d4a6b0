"""What does a notebook open? One territory, its published rows, figures and texts.

`Diagnostic.open("petr-langres")` reads one slice of the published tables; each method returns a figure or a fragment
that a cell displays. What was drawn is remembered, so that `publication()` can declare every figure with its trace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import pandas as pd

from cls_analysis import geography
from cls_analysis.diagnostic import annex, chapters, commentary, controls, opening, questions, slices, unmeasured, words
from cls_analysis.diagnostic.drawing import CONTOUR_SOURCE, Atlas
from cls_analysis.diagnostic.fragment import Bundle, Fragment, stack
from cls_analysis.diagnostic.standing import stand
from cls_analysis.errors import InvalidInput, UnknownName
from cls_analysis.figures import charts, distribution, french, funnel, maps, narrative, series, tables
from cls_analysis.figures.essential import Essential
from cls_analysis.figures.figure import Figure
from cls_analysis.figures.setting import Place, Setting
from cls_analysis.indicators import load_catalogue
from cls_analysis.participation import Comment, load_comments

KINDS = {
    "pre-diagnostic": "Pré-diagnostic local de santé",
    "diagnostic-partage": "Diagnostic local de santé partagé",
    "bilan-annuel": "Bilan annuel du contrat local de santé",
}

GRADIENT_INDICATORS = (
    "gradient-mortalite-relatif", "gradient-mortalite-absolu", "theil-mortalite-entre-epci", "gini-niveau-vie-communes",
)  # fmt: skip

MAPPED = ("commune", "epci", "bassin_de_vie")  # levels of which maps are drawn


@dataclass(repr=False)
class Diagnostic:
    """One territory's report in the making; open it with `Diagnostic.open`."""

    territory: Any
    setting: Setting
    atlas: Atlas
    mode: str
    edition: str
    processed: Path
    kind: str = "pre-diagnostic"
    drawn: list[Figure] = field(default_factory=list, repr=False)

    @classmethod
    def open(
        cls,
        territory: str,
        *,
        data: str = "auto",
        processed: Path | str | None = None,
        edition: str = "",
        kind: str = "pre-diagnostic",
    ) -> Diagnostic:
        """Read the published rows of a perimeter (id) or EPCI (SIREN).

        `data` is auto (standing.py has the rule), embedded or official; `processed` a folder or an address (https://, s3://...);
        `edition` defaults to the reference year of the geography. UnknownName for an unknown territory, DataMissing when
        official data are not built (embedded data are built on the spot).
        """
        place = geography.territory(territory)
        if place.territory_type not in ("perimeter", "epci"):
            raise InvalidInput(
                f"{territory} is a {place.territory_type}; a report is made for a perimeter or an EPCI",
                hint="cls-analysis territories list",
            )
        found = stand(data, processed=processed)
        mode, folder = found.mode, found.folder
        setting = opening.read_setting(place, mode, folder, edition or str(geography.REFERENCE_COG))
        atlas = Atlas(place, opening.bassins(mode, folder), opening.bassin_contours(mode, folder))
        return cls(place, setting, atlas, mode, setting.edition, folder, kind)

    def __repr__(self) -> str:
        held = f"{len(self.available())} indicators, {len(self.drawn)} figures"
        return f"<{type(self).__name__} {self.territory.name}, {self.edition}, {self.mode}: {held}>"

    @property
    def published(self) -> slices.PublishedTable:
        """The published table of all of France, as it was when this was opened."""
        return cast("slices.Beside", self.setting.wider).table

    # what is there -----------------------------------------------------------------------------------------------

    @property
    def catalogue(self) -> Mapping[str, Any]:
        """The catalogue of indicators by id."""
        return load_catalogue()

    @property
    def simulated(self) -> bool:
        """Whether the report stands on simulated data."""
        return self.mode == "embedded"

    @cached_property
    def breaks(self) -> dict[Any, Any]:
        """Class bounds of the edition by (indicator, level)."""
        return opening.load_breaks(self.mode, self.processed, self.catalogue)

    def rows(self, indicator: str) -> pd.DataFrame:
        """Published rows of one indicator around the territory (THE TABLE's columns)."""
        self.setting.indicator(indicator)
        return slices.in_texts(self.setting.rows(indicator)).reset_index(drop=True)

    def available(self, chapter: str | None = None) -> list[str]:
        """Indicators, in the order of the catalogue, that have a published value for the territory or a comparator."""
        return [name for name in self.chapter(chapter) if self.has_value(name)]

    def chapter(self, chapter: str | None = None) -> list[str]:
        """Every indicator of a chapter (all of them without argument), in the order of the catalogue."""
        if chapter is not None and chapter not in chapters.TITLES:
            raise UnknownName(f"chapter {chapter!r} is not known", hint=f"one of {', '.join(chapters.TITLES)}")
        return [name for name, its in self._order if chapter in (None, its)]

    @cached_property
    def _order(self) -> tuple[tuple[str, str], ...]:
        """Every indicator with its chapter, in the order of the tables."""
        order = list(chapters.TITLES)
        found = sorted(self.catalogue.values(), key=lambda e: (order.index(e.chapter), chapters.rank(e.id)))
        return tuple((e.id, e.chapter) for e in found)

    def has_value(self, name: str) -> bool:
        """Whether the territory or one of its comparators has a published value of an indicator."""
        return name in self.setting.told

    def has_own(self, name: str) -> bool:
        """Whether the territory itself has one."""
        return self.setting.own(name).shown

    # figures -----------------------------------------------------------------------------------------------------

    def show(self, figure: Figure) -> Figure:
        """Remember a figure as part of the report and return it; two figures of one identifier are refused."""
        if any(other.id == figure.id and other != figure for other in self.drawn):
            raise InvalidInput(f"two figures are called {figure.id!r}", hint="give one of them another identifier")
        if figure not in self.drawn:
            self.drawn.append(figure)
        return commentary.commented(figure, self.comments)

    @cached_property
    def comments(self) -> tuple[Comment, ...]:
        """What analysts wrote under the figures of this territory (`commentaires/` of its participation folder)."""
        return load_comments(self.territory.territory)

    def cover(self) -> Fragment:
        """What the cover band shows: where the territory lies (its heading follows the page's title)."""
        return Fragment(self.location_map().html(heading=2))

    def gradient(self) -> Any:
        """Measures of inequality within the territory; one alone gives the table its name."""
        there = [name for name in GRADIENT_INDICATORS if name in self.catalogue and self.has_value(name)]
        if not there:
            return annex.paragraphs(["Aucune mesure d’inégalité entre communes n’est disponible pour le territoire."])
        title = "Mesures d’inégalité à l’intérieur du territoire" if there[1:] else self.catalogue[there[0]].label
        return self.show(tables.comparison_table(self.setting, there, identifier="inegalites-mesures", title=title))

    def location_map(self) -> Figure:
        """Where the territory lies in its région(s)."""
        base, shape = self.atlas.location
        return self.show(maps.location(self.setting, base, shape, source=CONTOUR_SOURCE, period="2026"))

    def composition_map(self) -> Figure:
        """The communes of the territory by EPCI."""
        names = {m.territory: m.label for m in self.setting.members or (self.setting.territory,)}
        inside = self.atlas.communes.loc[list(self.territory.communes)]
        totals = inside.groupby("siren_epci")["population"].sum()
        populations = {str(siren): float(people) for siren, people in totals.items()}
        notes: tuple[str, ...] = ()
        if self.atlas.undrawn:
            notes = (f"Sans contour disponible, non dessinées : {french.join_list(self.atlas.undrawn)}.",)
        return self.show(
            maps.composition(
                self.setting, self.atlas.base("commune"), self.atlas.groups, names, populations=populations,
                source=f"{annex.COMPOSITION_SOURCE} ; {CONTOUR_SOURCE}", period="2026", notes=notes,
            )
        )  # fmt: skip

    def composition_table(self) -> Figure:
        """EPCI of the territory: SIREN, communes, population municipale, communes outside the main département."""
        return self.show(annex.composition(self))

    @annex.or_said("carte")
    def map(self, indicator: str, *, level: str | None = None, against: str = "region") -> Any:
        """An indicator by commune, EPCI or bassin de vie (the finest that is published unless `level` is given)."""
        if level not in (None, *MAPPED):
            raise UnknownName(f"no map by {level!r}", hint=f"level is one of {', '.join(MAPPED)}")
        level = level or self._finest(indicator)
        if level == "epci" and len(self.territory.epci) < 2:
            return annex.one_epci(self, indicator)
        if level is None or (indicator, level) not in self.breaks:
            return annex.not_drawn(self, indicator, "carte")
        comparator = next((c for c in self.setting.comparators if c.territory_type == against), None)
        figure = maps.choropleth(
            self.setting, indicator, self.atlas.base(level), level=level, breaks=self.breaks[(indicator, level)],
            against=comparator if level == "epci" else None, spilling=self.atlas.spilling(level),
        )  # fmt: skip
        return self.show(figure)

    def _finest(self, indicator: str) -> str | None:
        rows = self.setting.rows(indicator, ["territory_type", "territory", "value"])
        shown = set(rows.loc[rows["value"].notna(), "territory_type"].unique())
        wanted = {"commune": set(self.territory.communes), "epci": set(self.territory.epci)}
        for level in ("commune", "bassin_de_vie", "epci"):
            if level not in shown:
                continue
            if level == "bassin_de_vie":
                return level if self.atlas.bassins else None
            mine = rows[(rows["territory_type"] == level) & rows["territory"].isin(wanted[level])]
            if level == "epci" or mine["value"].notna().mean() > 0.5:
                return level
        return None

    @annex.or_said("graphique")
    def dots(self, indicator: str, **options: Any) -> Any:
        """An indicator for the EPCI, the territory and its comparators, with intervals."""
        return self.show(charts.dot_plot(self.setting, indicator, **options))

    @annex.or_said("graphique")
    def line(self, indicator: str, **options: Any) -> Any:
        """An indicator over time for the territory (or its département) and the comparators; dots if it has one period."""
        if len(narrative.own_series(self.setting, indicator)) < 2:
            return self.dots(indicator)
        return self.show(series.time_lines(self.setting, indicator, **options))

    @annex.or_said("pyramide")
    def pyramid(self, indicator: str = "population-par-age") -> Any:
        """The age pyramid against the région; without its file, the broad age groups and a sentence that says so."""
        return chapters.ages(self, indicator)

    @annex.or_said("graphique")
    def funnel(self, indicator: str) -> Any:
        """An indicator for the EPCI of the région against their size, with the limits of chance."""
        if not self.has_own(indicator):
            return annex.not_drawn(self, indicator, "graphique")
        return self.show(funnel.funnel_plot(self.setting, indicator))

    @annex.or_said("courbe")
    def concentration(self, indicator: str, **options: Any) -> Any:
        """How an indicator is shared out between the communes of the territory, from the least to the best served."""
        places = self._communes_with(indicator)
        return self.show(distribution.concentration_curve(self.setting, indicator, places=places, **options))

    def _communes_with(self, indicator: str) -> tuple[Place, ...]:
        rows = self.setting.rows(indicator, ["territory_type", "territory", "value"])
        shown = rows[(rows["territory_type"] == "commune") & rows["value"].notna()]
        codes = sorted(set(shown["territory"]) & set(self.territory.communes))
        return tuple(Place("commune", code, str(self.atlas.communes.loc[code, "name"])) for code in codes)

    def bars(self, indicators: Sequence[str], *, identifier: str, title: str) -> Any:
        """Several indicators of one unit, the territory's bar and its comparators."""
        there = [name for name in indicators if self.has_own(name)]
        if not there:
            return annex.not_drawn(self, indicators[0], "graphique")
        return self.show(charts.bars(self.setting, there, identifier=identifier, title=title))

    def kinds(self, indicators: Sequence[str]) -> dict[bool, list[str]]:
        """The indicators apart by whether their values are simulated: the two never share a figure (real ones first)."""
        made_up = self.setting.made_up
        parts = {False: [n for n in indicators if n not in made_up], True: [n for n in indicators if n in made_up]}
        return {kind: names for kind, names in parts.items() if names}

    def table(self, chapter: str) -> Fragment:
        """Every published indicator of a chapter against the comparators."""
        parts: list[Any] = []
        for simulated, names in self.kinds(self._tabled(chapter)).items():
            title = f"{chapters.TITLES[chapter]} : les indicateurs {self._kind_words(simulated)}et leurs comparaisons"
            identifier = self._table_of(chapter, simulated)
            whole = tables.comparison_table(self.setting, names, identifier=identifier, title=french.punctuate(title))
            parts += [self.show(whole), chapters.reserves(self, names, title)]
        return stack(parts)

    def _tabled(self, chapter: str | None = None) -> list[str]:
        return [n for n in self.available(chapter) if self.catalogue[n].method != "count_by_age"]  # a pyramid's own

    def _kind_words(self, simulated: bool) -> str:
        return "" if not self.simulated else "simulés " if simulated else "réels "

    def _table_of(self, chapter: str, simulated: bool) -> str:
        return f"tableau-{chapter}" + ("-reel" if self.simulated and not simulated else "")

    def members(self, indicators: Sequence[str], *, identifier: str, title: str) -> Any:
        """The EPCI of the territory in rows, indicators in columns; nothing where there is only one (`contrasts` says so)."""
        there = words.one_kind(self, indicators)
        if not there or len(self.territory.epci) < 2:
            return Fragment("")
        return self.show(tables.members_table(self.setting, there, identifier=identifier, title=title))

    def similar(self) -> Any:
        """The EPCI of France that resemble the territory most, with their values."""
        from cls_analysis.diagnostic.similar import similar

        return similar(self)

    def scorecard(self) -> Fragment:
        """The mandatory indicators on one page."""
        return chapters.one_page(self)

    def several(self, *indicators: str) -> Fragment:
        """Dot plots of the indicators that have a value; one sentence says why the others have none."""
        return chapters.several(self, indicators)

    # words -------------------------------------------------------------------------------------------------------

    @cached_property
    def shown_in(self) -> dict[str, str]:
        """The figure that shows each indicator in its chapter: the chapter's table, which holds them all."""
        return {
            name: self._table_of(self.catalogue[name].chapter, simulated)
            for simulated, names in self.kinds(self._tabled()).items()
            for name in names
        }

    def key_figures(self, indicators: Sequence[str] = words.KEY_INDICATORS) -> Fragment:
        """Four to six key figures: number, comparison in words, small bars."""
        return words.key_figures(self, indicators)

    @cached_property
    def essential(self) -> Essential:
        """The most telling facts, chosen once: L'essentiel tells them, the questions are drawn from them."""
        return words.first_page(self)

    def essentials(self) -> Fragment:
        """The most telling facts, chosen by the declared rules of figures/essential.py."""
        return words.essentials(self)

    def takeaways(self, chapter: str) -> Fragment:
        """At most three sentences that open a chapter."""
        return words.takeaways(self, chapter)

    def contrasts(self) -> Fragment:
        """Which EPCI of the territory stands at each end, indicator by indicator."""
        return words.contrasts(self)

    def questions(self) -> Fragment:
        """Three to five questions for the Commission, drawn from the facts and the gaps; last of the cells that draw."""
        return questions.questions_html(self)

    def sentences(self, indicators: Sequence[str]) -> Fragment:
        """One sentence per indicator: level, comparison, certainty."""
        said = [narrative.level_sentence(self.setting, name) for name in indicators if self.has_value(name)]
        return annex.paragraphs(said)

    def limits(self, chapter: str) -> Fragment:
        """What the chapter's figures stand on: coverage, estimates, départements only, what is missing and why."""
        return annex.limits(self, chapter)

    def unmeasured(self, chapter: str) -> Fragment:
        """What the chapter does not measure, why it matters, whom to ask."""
        return unmeasured.unmeasured(self, chapter)

    def legend(self) -> Fragment:
        """The marks of withheld and missing values, in words."""
        return annex.legend()

    # annexes -----------------------------------------------------------------------------------------------------

    def sources_table(self) -> Figure:
        """Producer, dataset, vintage, date and licence of everything used, with the files' hashes."""
        return self.show(annex.sources(self))

    def checks_table(self) -> Any:
        """How the sources of the build agree with one another."""
        return controls.checks_table(self)

    def tiers_table(self) -> Figure:
        """Number of indicators by tier and status for the territory."""
        return controls.tiers_table(self)

    def missing_table(self) -> Any:
        """Every indicator without a value for the territory, by reason."""
        figure = annex.missing(self)
        if not isinstance(figure, Figure):
            return figure
        return annex.folded("Ouvrir la liste des données manquantes", self.show(figure), annex.missing_summary(self))

    def dictionary(self) -> Fragment:
        """Definition, unit, method and tier of every indicator shown, folded."""
        return annex.folded("Ouvrir les définitions", self.show(annex.dictionary(self)))

    def publication(self) -> Bundle:
        """The declaration that the publishing room reads: cover, statuses, indicators, figures' trace, rows."""
        return annex.publication(self)
