"""How does a figure say that what it shows was made up, and carry the analyst's comment?

A `GatheredFigure` is a `Figure` with two more things in its one skeleton: the ribbon « Exemple fictif », printed above the
drawing wherever made-up collections, votes or actions are shown, and a comment, placed under the source line.
All text was escaped by who made it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from cls_analysis.figures.figure import Figure, ribbon

FICTIONAL_RIBBON = "Exemple fictif"


@dataclass(frozen=True)
class GatheredFigure(Figure):
    """A figure of the participation room. `comment_html` is rendered Markdown (HTML switched off)."""

    fictional: bool = False
    comment_html: str = ""

    def html(self, *, heading: int = 3, trace: bool = True) -> str:
        """The skeleton of `Figure.html`, with the ribbon after the caption and the comment before the end."""
        page = super().html(heading=heading, trace=trace)
        if self.fictional:
            page = page.replace("</figcaption>", f"</figcaption>{ribbon(FICTIONAL_RIBBON)}", 1)
        if self.comment_html:
            head, tail = page.rsplit("</figure>", 1)
            page = f"{head}{self.comment_html}</figure>{tail}"
        return page


def fictional_ribbon(fictional: bool) -> str:
    """The ribbon above a fragment that is no figure; nothing where what it shows is real."""
    return ribbon(FICTIONAL_RIBBON) if fictional else ""


def gathered(figure: Figure, *, fictional: bool | None = None, comment_html: str | None = None) -> GatheredFigure:
    """The same figure, marked fictional, commented, or both; what is not given is kept."""
    kept: dict[str, Any] = {f.name: getattr(figure, f.name) for f in fields(figure)}
    if fictional is not None:
        kept["fictional"] = fictional
    if comment_html is not None:
        kept["comment_html"] = comment_html
    return GatheredFigure(**kept)
