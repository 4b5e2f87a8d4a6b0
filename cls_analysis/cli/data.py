"""`cls-analysis data`: fetch the producers' files, build from them, say what is built, fetched, newer, or declared."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

if TYPE_CHECKING:
    from cls_analysis.sources.fetching import Job

app = typer.Typer(
    name="data",
    help="Data: fetch the producers' files, build from them, say what is built, fetched, newer, or declared.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

Processed = Annotated[
    Path | None,
    typer.Option("--processed", help="Folder of built tables.", show_default="CLS_PROCESSED, or data/processed"),
]
Mirror = Annotated[
    Path | None, typer.Option("--mirror", help="Folder of the fetched files.", show_default="data/raw of the project")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


@app.command()
def status(
    data: Annotated[str, typer.Option("--data", help="embedded, official, or all.")] = "all",
    processed: Processed = None,
    mirror: Mirror = None,
    as_json: AsJson = False,
) -> None:
    """Say what is built and fetched: each source, its vintage, where it comes from, its hash, its age, who uses it.

    Examples:

        cls-analysis data status

        cls-analysis data status --data official --json
    """
    from cls_analysis import sources
    from cls_analysis.errors import UnknownName
    from cls_analysis.sources.places import MODES

    if data not in (*MODES, "all"):
        raise UnknownName(
            f"data mode {data!r} is not known; known: {', '.join((*MODES, 'all'))}", hint="cls-analysis data status"
        )
    folder = processed or sources.processed_dir()
    used = _used_by()
    modes = {mode: _mode_status(mode, folder, used) for mode in (MODES if data == "all" else (data,))}
    fetched = _fetched(_mirror(mirror), used)
    if as_json:
        typer.echo(json.dumps({**modes, "fetched": fetched}, ensure_ascii=False, indent=1, sort_keys=True))
        return
    for mode, built in modes.items():
        if not built["sources"]:
            typer.echo(f"{mode}: nothing is built. Try: cls-analysis data build --data {mode}")
            continue
        _print_table(f"{mode} ({len(built['sources'])} sources)", built["sources"])
        for source_id, why in built["absent"].items():
            typer.echo(f"  absent: {source_id}, {why}")
    if fetched:
        _print_fetched(fetched)


@app.command()
def fetch(
    names: Annotated[
        list[str] | None, typer.Argument(help="Sources (all of them by default).", metavar="[SOURCE]...")
    ] = None,
    millesime: Annotated[
        str | None, typer.Option("--millesime", help="Another vintage (year) than the one that this version reads.")
    ] = None,
    mirror: Mirror = None,
    again: Annotated[bool, typer.Option("--again", help="Fetch again what is already there.")] = False,
) -> None:
    """Fetch the producers' files, check them with their readers, then put them in place; a bad file changes nothing.

    Exit code 6 when a source failed (the others are in place), 9 when the folder cannot be written.

    Examples:

        cls-analysis data fetch

        cls-analysis data fetch dgcl-epci insee-cog --mirror MIRROR

        cls-analysis data fetch insee-populations-reference --millesime 2022
    """
    from cls_analysis.sources.fetching import fetch as fetch_all
    from cls_analysis.sources.fetching import raise_for

    named = list(names or ())
    folder = _mirror(mirror)
    with _progress() as tell:
        outcomes = fetch_all(_jobs(named), folder, millesime=millesime, again=again, progress=tell)
    table = Table(title=f"{folder}", title_justify="left")
    for header in ("source", "vintage", "outcome", "bytes", "said"):
        table.add_column(
            header, justify="right" if header == "bytes" else "left", overflow="fold", no_wrap=header == "source"
        )
    for one in outcomes:
        table.add_row(one.source, one.vintage, one.status, f"{one.bytes:,}" if one.bytes else "-", "\n".join(one.said))
    Console().print(table)
    raise_for(outcomes, named)
    typer.echo(f"Next: cls-analysis data build --data official --mirror {folder}")


@app.command()
def update(
    names: Annotated[
        list[str] | None, typer.Argument(help="Sources (all of them by default).", metavar="[SOURCE]...")
    ] = None,
    mirror: Mirror = None,
    as_json: AsJson = False,
) -> None:
    """Ask the producers which newer vintages exist; fetches nothing. "cannot tell" is an answer.

    Examples:

        cls-analysis data update

        cls-analysis data update dgcl-epci --json
    """
    from dataclasses import asdict

    from cls_analysis.sources.fetching import updates

    with _progress() as tell:
        found = updates(_jobs(list(names or ())), _mirror(mirror), progress=tell)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=1))
        return
    table = Table(
        title=f"{sum(one.answer == 'newer' for one in found)} sources have something newer", title_justify="left"
    )
    for header in ("source", "read here", "answer", "newest", "why"):
        table.add_column(header, overflow="fold", no_wrap=header == "source")
    for one in found:
        table.add_row(one.source, one.vintage, one.answer, one.newest or "-", one.said)
    Console().print(table)


@app.command()
def build(
    data: Annotated[str, typer.Option("--data", help="embedded (simulated health data) or official.")] = "embedded",
    mirror: Annotated[
        Path | None, typer.Option("--mirror", help="Folder of the official files.", show_default="CLS_DATA_MIRROR")
    ] = None,
    processed: Processed = None,
    earlier: Annotated[
        list[Path] | None, typer.Option("--earlier", help="Folder of an edition already sent (repeat for several).")
    ] = None,
) -> None:
    """Build the national tables once, for every territory: sources, indicators, comparisons, disclosure.

    With --earlier, what was published before stays known: no changed perimeter gives a withheld count back.

    Examples:

        cls-analysis data build

        cls-analysis data build --data official --mirror MIRROR

        cls-analysis data build --earlier reports/2026
    """
    from cls_analysis.build import build as build_all
    from cls_analysis.sources import mirror_dir

    folder = mirror_dir(mirror) if data == "official" else None
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(f"{data}: starting", total=None)
        made = build_all(
            data,
            mirror=folder,
            processed=processed,
            earlier=list(earlier or ()),
            progress=lambda step: progress.update(task, description=f"{data}: {step}"),
        )
    typer.echo(str(made))


@app.command("sources")
def sources_(
    as_json: AsJson = False,
    search: Annotated[str, typer.Option("--search", help="Keep sources that hold this text.")] = "",
) -> None:
    """List the declared sources and their files, as `<source>/<file>` in a mirror (--json for producer, licence, addresses).

    Examples:

        cls-analysis data sources

        cls-analysis data sources --search apl --json
    """
    from cls_analysis.sources import all_sources

    listed: dict[str, dict[str, Any]] = {
        source_id: {
            "producer": source.producer, "title": source.title, "vintage": source.vintage, "geography": source.geography,
            "licence": source.licence, "updated": source.updated, "modes": list(source.modes),
            "files": [{"path": file.path, "url": file.url} for file in source.files],
            "variables": len(source.variables), "tables": [table.name for table in source.tables], "caveats": list(source.caveats),
        }
        for source_id, source in all_sources().items()
        if search.casefold() in f"{source_id} {source.producer} {source.title}".casefold()
    }  # fmt: skip
    if as_json:
        typer.echo(json.dumps(listed, ensure_ascii=False, indent=1))
        return
    table = Table(title=f"{len(listed)} sources", title_justify="left")
    for header in ("source", "vintage", "variables", "files in the mirror"):
        numeric = header == "variables"
        table.add_column(
            header, overflow="fold", justify="right" if numeric else "left", no_wrap=header in ("source", "vintage")
        )
    for source_id, one in listed.items():
        files = "\n".join(file["path"].removeprefix(f"{source_id}/") for file in one["files"]) or "embedded"
        table.add_row(source_id, one["vintage"], str(one["variables"]), files)
    Console().print(table)


def _mirror(mirror: Path | None) -> Path:
    from cls_analysis.geography import project

    return mirror or project.project_root() / "data" / "raw"


def _jobs(names: Sequence[str]) -> list[Job]:
    """What to fetch, in order; `UnknownName` lists near ids."""
    from cls_analysis.sources.fetching import all_jobs, get_job

    return [get_job(name) for name in names] if names else list(all_jobs().values())


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("starting", total=None)
        yield lambda name: progress.update(task, description=name)


def _fetched(mirror: Path, used: Mapping[str, list[str]]) -> dict[str, dict[str, Any]]:
    """Files of the journal by path: source, vintage, address, hash, age in days, whether the file is still there."""
    from cls_analysis.sources.fetching import load_journal

    now = datetime.datetime.now(datetime.UTC)
    return {
        path: {
            "source": entry["source"], "vintage": entry["vintage"], "url": entry["url"], "final_url": entry["final_url"],
            "sha256": entry["sha256"], "fetched": entry["fetched_at"],
            "age_days": (now - datetime.datetime.fromisoformat(entry["fetched_at"])).days,
            "there": (mirror / path).is_file() and (mirror / path).stat().st_size == entry["bytes"],
            "indicators": used.get(entry["source"], []),
        }
        for path, entry in load_journal(mirror).items()
    }  # fmt: skip


def _print_fetched(fetched: Mapping[str, Mapping[str, Any]]) -> None:
    table = Table(title=f"{len(fetched)} fetched files", title_justify="left")
    for header in ("file", "vintage", "from", "SHA-256", "age", "there", "indicators"):
        right = header in ("age", "indicators")
        table.add_column(header, justify="right" if right else "left", overflow="fold")
    for path, row in fetched.items():
        there = "yes" if row["there"] else "NO, or altered"
        table.add_row(
            path, row["vintage"], str(urlsplit(row["final_url"]).hostname), row["sha256"][:10], f"{row['age_days']} d", there, str(len(row["indicators"])),
        )  # fmt: skip
    Console().print(table)


def _mode_status(mode: str, folder: Path, used: Mapping[str, list[str]]) -> dict[str, Any]:
    """Built sources of a mode as rows for people or JSON, and the absent ones."""
    from cls_analysis import sources

    dates = sources.load_read_dates(mode, folder)
    now = datetime.datetime.now(datetime.UTC)
    rows = {}
    for source_id, entry in sources.load_lock(mode, folder).items():
        read = datetime.datetime.fromisoformat(dates[source_id]) if source_id in dates else None
        rows[source_id] = {
            "vintage": entry["vintage"],
            "origin": "simulated" if entry["simulated"] else entry["origin"],
            "sha256": [file["sha256"] for file in entry["files"]],
            "read": dates.get(source_id),
            "age_days": None if read is None else (now - read).days,
            "rows": entry["rows"],
            "notes": entry["notes"],
            "indicators": used.get(source_id, []),
        }
    return {"sources": rows, "absent": sources.load_absent(mode, folder)}


def _print_table(title: str, rows: Mapping[str, Mapping[str, Any]]) -> None:
    table = Table(title=title, title_justify="left")
    for header in ("source", "vintage", "origin", "SHA-256", "age", "rows", "notes", "indicators"):
        right = header in ("age", "rows", "notes", "indicators")
        table.add_column(header, justify="right" if right else "left", no_wrap=header == "source")
    for source_id, row in rows.items():
        prints = row["sha256"]
        shown = (prints[0][:10] + (f" +{len(prints) - 1}" if len(prints) > 1 else "")) if prints else "-"
        age = "-" if row["age_days"] is None else f"{row['age_days']} d"
        table.add_row(
            source_id, row["vintage"], row["origin"], shown, age, f"{row['rows']:,}", str(len(row["notes"])), str(len(row["indicators"])),
        )  # fmt: skip
    Console().print(table)


def _used_by() -> dict[str, list[str]]:
    """Ids of the indicators that may read each source."""
    from cls_analysis.indicators import load_catalogue

    used: dict[str, list[str]] = {}
    for name, indicator in load_catalogue().items():
        for source_id in indicator.sources():
            used.setdefault(source_id, []).append(name)
    return used
