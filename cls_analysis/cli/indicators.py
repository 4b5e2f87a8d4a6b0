"""`cls-analysis indicators`: what the catalogue holds, and what an entry may refer to. Words in, calls out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cls_analysis.cli.tables import print_table
from cls_analysis.errors import DataMissing, UnknownName
from cls_analysis.indicators import CHAPTERS, Indicator, get_indicator, load_catalogue

app = typer.Typer(no_args_is_help=True, help="The catalogue of indicators: what each one says and how it is computed.")
MODES = ("embedded", "official")
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]
Processed = Annotated[
    Path | None,
    typer.Option("--processed", help="Folder of built tables.", show_default="CLS_PROCESSED, or data/processed"),
]


@app.command("list")
def list_indicators(
    chapter: Annotated[str | None, typer.Option(help=f"Only this chapter: {', '.join(CHAPTERS)}.")] = None,
    tier: Annotated[str | None, typer.Option(help="Only this tier: A (commune), B (département), C (partner).")] = None,
    search: Annotated[str, typer.Option(help="Keep indicators whose id, label or definition holds this text.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array instead of a table.")] = False,
) -> None:
    """List the indicators.

    Examples:

        cls-analysis indicators list --chapter offre --tier B

        cls-analysis indicators list --search vaccin
    """
    if chapter is not None and chapter not in CHAPTERS:
        raise UnknownName(f"chapter {chapter!r} is not known; known: {', '.join(CHAPTERS)}")
    if tier is not None and tier.upper() not in {"A", "B", "C"}:
        raise UnknownName(f"tier {tier!r} is not known; known: A, B, C")
    found = [
        i
        for i in load_catalogue().values()
        if (chapter is None or i.chapter == chapter)
        and (tier is None or i.tier == tier.upper())
        and search.casefold() in f"{i.id} {i.label} {i.short_label} {i.definition}".casefold()
    ]
    if as_json:
        typer.echo(json.dumps([_record(i) for i in found], ensure_ascii=False, indent=1))
        return
    columns = {"id": "left", "tier": "left", "finest level": "left", "short label": "left"}
    print_table(
        _count(found, "indicator"), columns, [(i.id, i.tier, i.geography, i.short_label) for i in found], whole=("id",)
    )


@app.command("show")
def show(
    indicator_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the indicator (see `indicators list`).")],
    as_json: AsJson = False,
    processed: Processed = None,
) -> None:
    """Show one indicator: question, definition, formula, sources, limits, and whether it is built.

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
    for mode in MODES:
        console.print(f"[bold]{mode}[/]: ", end="")
        console.print(_built(indicator, mode, processed), markup=False)


@app.command("variables")
def variables(
    source_id: Annotated[
        str | None,
        typer.Argument(metavar="[SOURCE]", help="Id of a source (see `data sources`); every source without."),
    ] = None,
    search: Annotated[str, typer.Option(help="Keep variables whose name or label holds this text.")] = "",
    as_json: AsJson = False,
    processed: Processed = None,
) -> None:
    """List what an entry may refer to as `source:variable`: kind, unit, label, and where built, levels and periods.

    Examples:

        cls-analysis indicators variables drees-apl

        cls-analysis indicators variables --search voiture
    """
    found = _variables(source_id, search.casefold(), processed)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    columns = dict.fromkeys(("reference", "kind", "label and unit", "built"), "left")
    print_table(
        _count(found, "variable"),
        columns,
        [(one["reference"], one["kind"], f"{one['label']} ({one['unit']})", one["built"]) for one in found],
        whole=("reference", "kind"),
    )


def _variables(source_id: str | None, search: str, processed: Path | None) -> list[dict[str, str]]:
    from cls_analysis.indicators.faults import known_sources, near

    sources = known_sources()
    if source_id is not None and source_id not in sources:
        raise UnknownName(
            f"source {source_id!r} is not known{near(source_id, sources)}", hint="cls-analysis data sources"
        )
    return [
        {
            "reference": f"{source.id}:{variable.name}", "kind": variable.kind, "label": variable.label, "unit": variable.unit,
            "built": "; ".join(held.get(variable.name, ())) or "-",
        }
        for source in ([sources[source_id]] if source_id else sources.values())
        for held in [_held(source.id, processed)]
        for variable in source.variables
        if search in f"{source.id}:{variable.name} {variable.label}".casefold()
    ]  # fmt: skip


def _held(source_id: str, processed: Path | None) -> dict[str, list[str]]:
    """Levels and periods of each variable of a source in each mode where it is built, in words."""
    from cls_analysis.sources.store import stored_cells

    held: dict[str, dict[str, dict[str, set[str]]]] = {}
    for mode in MODES:
        try:
            cells = list(stored_cells(mode, processed).held(source_id))
        except DataMissing:
            continue
        for level, variable, period in cells:
            held.setdefault(variable, {}).setdefault(mode, {}).setdefault(level, set()).add(period)
    return {
        variable: [
            f"{mode}: " + ", ".join(f"{level} {_span(sorted(periods))}" for level, periods in levels.items())
            for mode, levels in modes.items()
        ]
        for variable, modes in held.items()
    }


def _count(found: Sequence[object], name: str) -> str:
    return f"{len(found)} {name}{'' if len(found) == 1 else 's'}"


def _span(periods: Sequence[str]) -> str:
    return ", ".join(periods) if len(periods) < 4 else f"{periods[0]} … {periods[-1]} ({len(periods)} periods)"


def _built(indicator: Indicator, mode: str, processed: Path | None) -> str:
    """What the last build of a mode says of an indicator: how many territories have a value, or why none has."""
    from cls_analysis.build import is_current, load_build
    from cls_analysis.indicators import load_table
    from cls_analysis.sources import processed_dir

    again = f"cls-analysis data build --data {mode}"
    try:
        reason = load_build(mode, processed=processed)["missing"].get(indicator.id)
        folder = (processed or processed_dir()) / mode / "published"
        rows = load_table(
            folder / "indicators.parquet",
            indicator=indicator.id,
            columns=["indicator", "territory_type", "period", "sex", "age", "value"],
        )
    except DataMissing:
        return f"not built ({again})"
    stale = "" if is_current(mode, processed) else f" (an older build: {again})"
    if reason:
        return f"no value, {reason}{stale}"
    rows = rows[(rows["period"] == rows["period"].max()) & (rows["sex"] == "all") & (rows["age"] == "all")]
    if rows.empty:
        return f"not in the last build{stale}"
    valued = rows[rows["value"].notna()]
    counts = ", ".join(f"{n:,} {level}" for level, n in valued["territory_type"].value_counts().items())
    return f"{rows['period'].iloc[0]}, with a value: {counts or 'none'}{stale}"


def _record(indicator: Indicator) -> dict[str, object]:
    return {**indicator.model_dump(mode="json"), "sources": list(indicator.sources())}
