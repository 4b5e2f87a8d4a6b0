"""`cls-analysis data`: fetch the producers' files, build from them, say what is built, fetched, newer, or declared."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from cls_analysis.cli import data_status, data_trust
from cls_analysis.cli.tables import table as new_table
from cls_analysis.errors import InvalidInput

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
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Sources to say everything about (a table without).", metavar="SOURCE"),
    ] = None,
    data: Annotated[str, typer.Option("--data", help="embedded, official, or all.")] = "all",
    processed: Processed = None,
    mirror: Mirror = None,
    as_json: AsJson = False,
) -> None:
    """Say what is built and fetched: each source, its vintage, where it comes from, its hash, its age, who uses it.

    Examples:

        cls-analysis data status

        cls-analysis data status drees-apl

        cls-analysis data status --data official --json
    """
    from cls_analysis import sources
    from cls_analysis.errors import UnknownName
    from cls_analysis.sources.places import MODES

    if data not in (*MODES, "all"):
        raise UnknownName(
            f"data mode {data!r} is not known; known: {', '.join((*MODES, 'all'))}", hint="cls-analysis data status"
        )
    for name in names or ():
        sources.get_source(name)
    folder = processed or sources.processed_dir()
    held = _held(mirror)
    used = data_status.used_by()
    modes = {
        mode: data_status.of_mode(mode, folder, used, names or ()) for mode in (MODES if data == "all" else (data,))
    }
    fetched = data_status.fetched(held, used, names or ())
    waiting = data_status.newer_in(_folders(mirror), names or ())
    if as_json:
        found = {**modes, "fetched": fetched, "newer_in_mirror": waiting}
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True))
        return
    data_status.say(modes, fetched, waiting, detailed=bool(names))


@app.command()
def fetch(
    names: Annotated[
        list[str] | None, typer.Argument(help="Sources (all of them by default).", metavar="SOURCE")
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

    if millesime is not None and not re.fullmatch(r"\d{4}", millesime):
        raise InvalidInput(f"--millesime {millesime!r} is not a year", hint="--millesime 2022")
    named = list(names or ())
    folder, jobs = _mirror(mirror), _jobs(named)
    with _progress() as tell:
        outcomes = fetch_all(jobs, folder, millesime=millesime, again=again, progress=tell)
    table = new_table(
        f"{folder}", ("source", "vintage", "outcome", "bytes", "said"), right=("bytes",), whole=("vintage",)
    )
    for one in outcomes:
        table.add_row(one.source, one.vintage, one.status, f"{one.bytes:,}" if one.bytes else "-", "\n".join(one.said))
    Console().print(table)
    raise_for(outcomes, named)
    typer.echo(f"Next: cls-analysis data build --data official --mirror {folder}")


@app.command()
def update(
    names: Annotated[
        list[str] | None, typer.Argument(help="Sources (all of them by default).", metavar="SOURCE")
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

    jobs, held = _jobs(list(names or ())), _held(mirror)
    with _progress() as tell:
        found = updates(jobs, held, progress=tell)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=1))
        return
    count = sum(one.answer == "newer" for one in found)
    table = new_table(
        f"{count} of {len(found)} sources have something newer", ("source", "read here", "answer", "newest", "why")
    )
    for one in found:
        table.add_row(one.source, one.vintage, one.answer, one.newest or "-", one.said)
    Console().print(table)
    for line in data_status.newer_in(_folders(mirror), names or ()).values():
        typer.echo(line)
    if count:
        typer.echo("Next: cls-analysis data fetch SOURCE --millesime YEAR (see docs/fetching.md, Newer vintages)")


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
    for line in data_trust.unverified_lines(data, processed):
        typer.echo(line)
    if folder is not None:
        for line in data_status.newer_in([folder], ()).values():
            typer.echo(line)


@app.command()
def trust(
    file: Annotated[
        Path, typer.Argument(help="The file, as `<source>/<vintage>/<file>` in the mirror.", metavar="FILE")
    ],
    because: Annotated[str, typer.Option("--because", help="What was reviewed, for who reads the journal later.")],
    mirror: Mirror = None,
) -> None:
    """Accept a file after review: its hash, the date and the reason are written beside the files; the next build knows it.

    For a file that no hash vouches for, that was changed on purpose, or that a check of coherence refused. Any later change
    of the file is seen again. No person is named.

    Examples:

        cls-analysis data trust insee-distancier/2023/temps_acces_2023.csv --because "made from the distancier, 20 routes compared"
    """
    held, path, digest = data_trust.accept_file(file, because, _folders(mirror))
    typer.echo(f"{path}: accepted, SHA-256 {digest[:12]}")
    typer.echo(f"Next: cls-analysis data build --data official --mirror {held}")


@app.command("sources")
def sources_(
    names: Annotated[
        list[str] | None, typer.Argument(help="Sources to list (all of them by default).", metavar="SOURCE")
    ] = None,
    as_json: AsJson = False,
    search: Annotated[str, typer.Option("--search", help="Keep sources that hold this text.")] = "",
) -> None:
    """List the declared sources and their files, as `<source>/<file>` in a mirror (--json for producer, licence, addresses).

    Examples:

        cls-analysis data sources

        cls-analysis data sources drees-apl

        cls-analysis data sources --search apl --json
    """
    from cls_analysis.sources import all_sources, get_source

    for name in names or ():
        get_source(name)
    listed: dict[str, dict[str, Any]] = {
        source_id: {
            "producer": source.producer, "title": source.title, "vintage": source.vintage, "geography": source.geography,
            "licence": source.licence, "updated": source.updated, "modes": list(source.modes),
            "files": [{"path": file.path, "url": file.url} for file in source.files],
            "variables": len(source.variables), "tables": [table.name for table in source.tables], "caveats": list(source.caveats),
        }
        for source_id, source in all_sources().items()
        if (not names or source_id in names) and search.casefold() in f"{source_id} {source.producer} {source.title}".casefold()
    }  # fmt: skip
    if as_json:
        typer.echo(json.dumps(listed, ensure_ascii=False, indent=1))
        return
    table = new_table(
        "1 source" if len(listed) == 1 else f"{len(listed)} sources",
        ("source", "vintage", "variables", "files in the mirror"),
        right=("variables",),
        whole=("vintage",),
    )
    for source_id, one in listed.items():
        files = "\n".join(file["path"].removeprefix(f"{source_id}/") for file in one["files"]) or "embedded"
        table.add_row(source_id, one["vintage"], str(one["variables"]), files)
    Console().print(table)


def _mirror(mirror: Path | None) -> Path:
    from cls_analysis.geography import project

    return mirror or project.project_root() / "data" / "raw"


def _held(mirror: Path | None) -> Path:
    """The folder of fetched files to read: one that is named must be there, the project's own may not be yet."""
    from cls_analysis.sources.places import held_folder

    folder = _mirror(mirror)
    return held_folder(folder) if mirror or folder.exists() or folder.is_symlink() else folder


def _folders(mirror: Path | None) -> list[Path]:
    """Where official files may lie: the folder asked for, or the project's and `CLS_DATA_MIRROR`."""
    named = os.environ.get("CLS_DATA_MIRROR")
    return [mirror] if mirror else [_mirror(None), *([Path(named)] if named else [])]


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
