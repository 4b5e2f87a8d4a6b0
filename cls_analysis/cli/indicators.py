"""`cls-analysis indicators`: what the catalogue holds. Words in, calls out."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cls_analysis.errors import UnknownName
from cls_analysis.indicators import CHAPTERS, Indicator, get_indicator, load_catalogue

app = typer.Typer(no_args_is_help=True, help="The catalogue of indicators: what each one says and how it is computed.")


@app.command("list")
def list_indicators(
    chapter: Annotated[str | None, typer.Option(help=f"Only this chapter: {', '.join(CHAPTERS)}.")] = None,
    tier: Annotated[str | None, typer.Option(help="Only this tier: A (commune), B (département), C (partner).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array instead of a table.")] = False,
) -> None:
    """List the indicators.

    Example: cls-analysis indicators list --chapter offre --tier B
    """
    if chapter is not None and chapter not in CHAPTERS:
        raise UnknownName(f"chapter {chapter!r} is not known; known: {', '.join(CHAPTERS)}")
    if tier is not None and tier.upper() not in {"A", "B", "C"}:
        raise UnknownName(f"tier {tier!r} is not known; known: A, B, C")
    found = [
        i
        for i in load_catalogue().values()
        if (chapter is None or i.chapter == chapter) and (tier is None or i.tier == tier.upper())
    ]
    if as_json:
        typer.echo(json.dumps([_record(i) for i in found], ensure_ascii=False, indent=1))
        return
    table = Table(box=None, pad_edge=False)
    for name in ("id", "tier", "finest level", "short label"):
        table.add_column(name, no_wrap=True)
    for i in found:
        table.add_row(i.id, i.tier, i.geography, i.short_label)
    console = Console(soft_wrap=True)
    console.print(table)
    console.print(f"{len(found)} indicators")


@app.command("show")
def show(
    indicator_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the indicator (see `indicators list`).")],
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of text.")] = False,
) -> None:
    """Show one indicator: question, definition, formula, sources, limits.

    Example: cls-analysis indicators show taux-chomage
    """
    indicator = get_indicator(indicator_id)
    if as_json:
        typer.echo(json.dumps(_record(indicator), ensure_ascii=False, indent=1))
        return
    console = Console(highlight=False, soft_wrap=True)
    for name, value in _record(indicator).items():
        if value not in ("", [], None):
            console.print(f"[bold]{name}[/]: ", end="")
            console.print(", ".join(map(str, value)) if isinstance(value, list) else str(value), markup=False)


def _record(indicator: Indicator) -> dict[str, object]:
    return {**indicator.model_dump(mode="json"), "sources": list(indicator.sources())}
