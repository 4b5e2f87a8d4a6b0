"""What does the notebook of the shared diagnostic, or of the yearly review, open? A diagnostic and what was gathered.

`Partage.open("petr-langres")` is a `Diagnostic` (published rows, maps, sentences) with the participation of the territory
beside it; `participation` names another folder, such as a made-up example, and every figure, title and file then says so.
Each method returns a figure or a fragment that a cell displays; the work is done by the modules imported here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from cls_analysis.diagnostic import (
    chapters,
    commentary,
    contract_pages,
    gathered,
    moved,
    needs,
    onepage,
    participation_sheets,
    questionnaire,
    ranking,
    sheets,
    yearly,
)
from cls_analysis.diagnostic.core import Diagnostic
from cls_analysis.diagnostic.fragment import Bundle, Fragment, stack
from cls_analysis.diagnostic.respondents import Asked
from cls_analysis.errors import InvalidInput
from cls_analysis.figures import french
from cls_analysis.figures.figure import Figure
from cls_analysis.figures.participation_figure import FICTIONAL_RIBBON
from cls_analysis.figures.participation_figure import gathered as mark
from cls_analysis.participation import Comment, Participation, evaluated_years, load, load_or_blank
from cls_analysis.participation.checking import FICTIONAL_PREFIX


@dataclass(repr=False)
class Partage(Diagnostic):
    """A territory's shared diagnostic in the making; open it with `Partage.open`."""

    kind: str = "diagnostic-partage"
    gathered_here: Participation | None = field(default=None, repr=False)
    reviewed: int = 0

    @classmethod
    def open(
        cls,
        territory: str,
        *,
        participation: str = "",
        data: str = "auto",
        processed: Path | str | None = None,
        edition: str = "",
        kind: str = "diagnostic-partage",
    ) -> Partage:
        """As `Diagnostic.open`, with the participation folder (the territory's own unless named).

        InvalidInput when the folder belongs to another territory, or lists every error of its files.
        """
        p = read_participation(territory, participation)
        opened = super().open(territory, data=data, processed=processed, edition=edition, kind=kind)
        assert isinstance(opened, cls)
        opened.gathered_here = p
        return opened

    # what is there -----------------------------------------------------------------------------------------------

    @property
    def p(self) -> Participation:
        """What the territory gathered."""
        if self.gathered_here is None:
            raise InvalidInput("this diagnostic was opened without a participation", hint="use Partage.open(territory)")
        return self.gathered_here

    @property
    def blank(self) -> bool:
        """Whether nothing was collected yet."""
        return self.p.nothing_collected

    @property
    def fictional(self) -> bool:
        """Whether what was gathered is made up."""
        return self.p.fictional

    def source(self, what: str) -> str:
        """The source line of what was gathered."""
        line = f"{what}, recueilli et saisi par la coordination du contrat {self.setting.territory.of}"
        return f"{FICTIONAL_RIBBON} : {what}, tout est inventé" if self.fictional else line

    def add(self, figure: Figure) -> Figure:
        """Mark a figure of the participation room (made up or not) and show it as part of the report."""
        return self.show(mark(figure, fictional=self.fictional))

    def each(self, figures: Iterable[Any]) -> Fragment:
        """Several figures or fragments, marked and shown one under the other."""
        return stack(self.add(f) if isinstance(f, Figure) else f for f in figures)

    def epci_names(self, codes: Any) -> str:
        """Names of EPCI, or « tout le territoire » when none is named."""
        names = {m.territory: m.label for m in self.setting.members} | {
            self.setting.territory.territory: self.setting.territory.label
        }
        listed = [names.get(str(c), str(c)) for c in codes or ()]
        return french.join_list(listed) if listed else "tout le territoire"

    @cached_property
    def comments(self) -> tuple[Comment, ...]:
        """The comments of the folder that was opened: those of a made-up example never reach the real territory."""
        return self.p.comments

    @cached_property
    def asked(self) -> tuple[Asked, ...]:
        """Each questionnaire, with what is withheld of it, who lives there and the declared weights: computed once."""
        return questionnaire.prepared(self)

    # opening -----------------------------------------------------------------------------------------------------

    def notice(self) -> Fragment:
        """What must be read before anything else: made-up example, or nothing gathered yet."""
        return gathered.notice(self)

    def recall(self) -> Fragment:
        """The tables of the pré-diagnostic, chapter by chapter: what the key figures and facts link to."""
        return stack(self.table(chapter) for chapter in chapters.TITLES if self.available(chapter))

    # gathering ---------------------------------------------------------------------------------------------------

    def steps(self) -> Figure:
        """What is entered and what is still to be gathered."""
        return self.add(gathered.steps(self))

    def how_to(self) -> Fragment:
        """How to gather what is missing."""
        return gathered.how_to(self)

    def collections(self) -> Fragment:
        """Each collection, and who was heard or not."""
        if self.blank and self.p.recueils.empty:
            return Fragment("")
        return self.each(gathered.collections(self))

    def questionnaires(self) -> Fragment:
        """Every questionnaire: who answered, shares, crossings, non-response, open answers."""
        if self.blank and not self.p.questionnaires:
            return Fragment("")
        return self.each(questionnaire.all_of(self))

    def statements(self) -> Fragment:
        """Statements by theme, counted then quoted."""
        if self.blank and self.p.verbatims.empty:
            return Fragment("")
        return self.each(gathered.statements(self))

    def resources(self) -> Fragment:
        """What exists already, by theme."""
        if self.blank and self.p.ressources.empty:
            return Fragment("")
        return self.each(gathered.resources(self))

    # from findings to decisions ----------------------------------------------------------------------------------

    def comparisons(self) -> pd.DataFrame:
        """Tested gaps of the territory by participation theme (see `needs.comparisons`)."""
        return needs.comparisons(self)

    def triangle(self) -> Fragment:
        """Theme by theme: measured, said, existing."""
        if self.blank and self.p.verbatims.empty and self.p.ressources.empty:
            return Fragment("")
        return self.each(needs.triangle_figures(self))

    def afom(self) -> Fragment:
        """Strengths, weaknesses, opportunities, threats."""
        return needs.afom_fragment(self)

    def findings(self) -> Fragment:
        """Findings and what founds them; action sheets link here."""
        if self.blank and self.p.constats.empty:
            return Fragment("")
        return needs.findings(self)

    def priorities(self) -> Fragment:
        """The grid, Hanlon, agreement, sensitivity, decisions."""
        if self.blank and self.p.enjeux.empty:
            return Fragment("")
        return self.each(ranking.figures(self))

    # contract ----------------------------------------------------------------------------------------------------

    @property
    def day(self) -> dt.date:
        """The day at which the contract is shown: its last known event (signature, amendment or evaluated year)."""
        return contract_pages.last_day(self.p)

    def identity(self) -> Fragment:
        """Generations, signatories, phases, bodies, calendar."""
        return self.each(contract_pages.identity(self))

    def contract(self) -> Fragment:
        """Axes, objectives, actions, and what justifies them."""
        if self.blank and self.p.axes.empty:
            return Fragment("")
        return self.each(contract_pages.tree(self))

    def sheets(self) -> Fragment:
        """Every action sheet in force, one printed page each."""
        if self.blank and self.p.actions.empty:
            return Fragment("")
        return sheets.all_sheets(self)

    # yearly review -----------------------------------------------------------------------------------------------

    def year(self, wanted: int = 0) -> int:
        """The evaluated year: the one asked for, or the last one; InvalidInput for one that was not evaluated."""
        known = evaluated_years(self.p)
        if wanted and wanted not in known:
            listed = ", ".join(map(str, known)) or "none"
            raise InvalidInput(f"year {wanted} has no evaluation (known: {listed})", hint="fill evaluations.csv")
        self.reviewed = wanted or (known[-1] if known else 0)
        return self.reviewed

    def one_page(self, year: int) -> Fragment:
        """The steering committee's page."""
        return onepage.page(self, year)

    def progress(self, year: int) -> Fragment:
        """Progress by axis, then action by action."""
        if self.blank and not year:
            return Fragment("")
        return self.each(yearly.progress(self, year))

    def measures(self, year: int) -> Fragment:
        """Process and result indicators against baseline and target."""
        if self.blank and not year:
            return Fragment("")
        return self.each(yearly.measured(self, year))

    def health_context(self, year: int) -> Fragment:
        """Slow indicators re-read from the published rows: context, never a verdict."""
        if self.blank and not year:
            return Fragment("")
        return self.each(yearly.health(self, year))

    def amendments(self, year: int) -> Fragment:
        """Amendments, and the contract then and now."""
        if self.blank and not year:
            return Fragment("")
        return self.each(yearly.amendments(self, year))

    def editions(self, previous: str = "") -> Fragment:
        """What moved since an earlier edition (`previous`: its name or its folder); nothing in a diagnostic when none is named."""
        if not previous and self.kind != "bilan-annuel":
            return Fragment("")
        return self.each(moved.editions(self, previous))

    # end ---------------------------------------------------------------------------------------------------------

    def unplaced_comments(self) -> Fragment:
        """Comments that name a figure this document does not hold."""
        return commentary.unplaced(self.comments, self.drawn)

    def publication(self) -> Bundle:
        """The declaration of `Diagnostic.publication`, with what was gathered, its status and every figure's fingerprint."""
        bundle = super().publication()
        data = dict(bundle.data)
        if self.reviewed:
            data["title"] += f", année {self.reviewed}"
            data["data_date"] = f"année évaluée{french.NBSP}: {self.reviewed}"
        if self.fictional:
            data["statuses"] = ["fictional", *data["statuses"]]
            data["title"] = french.punctuate(f"{FICTIONAL_RIBBON} : {french.uncapitalise(data['title'])}")
            data["description"] = f"{FICTIONAL_RIBBON}. {data['description']}"
        data["participation"] = self.p.folder_id
        data["sheets"] = participation_sheets.sheets(self)
        prints = {f.id: commentary.fingerprint(f) for f in self.drawn}
        data["figures"] = [{**entry, "fingerprint": prints[entry["id"]]} for entry in data["figures"]]
        return Bundle(bundle.mime, data, f"{data['title']} : {len(data['figures'])} figures")


def read_participation(territory: str, folder: str = "") -> Participation:
    """The participation of a territory: its own folder, an empty one, or the named folder if it is about that territory."""
    if not folder or folder == territory:
        return load_or_blank(territory)
    found = load(folder)
    if found.territory != territory:
        raise InvalidInput(
            f"participation {folder!r} is about {found.territory!r}, not {territory!r}",
            hint=f"--participation {FICTIONAL_PREFIX}{territory}",
        )
    return found
