"""What is built, fetched, waiting in the mirror: gathered for `data status`, and printed so that 80 columns hold it."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import typer
from rich.console import Console

from cls_analysis.cli.data_trust import least_sure
from cls_analysis.cli.tables import table

WIDE = 110  # columns from which a table also gives rows and notes


def used_by() -> dict[str, list[str]]:
    """Ids of the indicators that may read each source."""
    from cls_analysis.indicators import load_catalogue

    used: dict[str, list[str]] = {}
    for name, indicator in load_catalogue().items():
        for source_id in indicator.sources():
            used.setdefault(source_id, []).append(name)
    return used


def fetched(mirror: Path, used: Mapping[str, list[str]], names: Collection[str] = ()) -> dict[str, dict[str, Any]]:
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
        if not names or entry["source"] in names
    }  # fmt: skip


def of_mode(
    mode: str, folder: Path, used: Mapping[str, list[str]], names: Collection[str] = ()
) -> dict[str, dict[str, Any]]:
    """Built sources of a mode as rows for people or JSON, and the absent ones with their reason."""
    from cls_analysis import sources

    dates, trusted = sources.load_read_dates(mode, folder), sources.load_trust(mode, folder)
    now = datetime.datetime.now(datetime.UTC)
    rows = {}
    for source_id, entry in sources.load_lock(mode, folder).items():
        if names and source_id not in names:
            continue
        read = datetime.datetime.fromisoformat(dates[source_id]) if source_id in dates else None
        rows[source_id] = {
            "vintage": entry["vintage"],
            "origin": "simulated" if entry["simulated"] else entry["origin"],
            "files": [
                {key: file.get(key) for key in ("path", "url", "bytes", "sha256")}
                | {key: trusted.get(source_id, {}).get(file["path"], {}).get(key) for key in ("level", "why")}
                for file in entry["files"]
            ],
            "trust": least_sure([one["level"] for one in trusted[source_id].values()])
            if trusted.get(source_id)
            else None,
            "sha256": [file["sha256"] for file in entry["files"]],
            "read": dates.get(source_id),
            "age_days": None if read is None else (now - read).days,
            "rows": entry["rows"],
            "notes": entry["notes"],
            "indicators": used.get(source_id, []),
        }
    absent = sources.load_absent(mode, folder)
    return {"sources": rows, "absent": {name: why for name, why in absent.items() if not names or name in names}}


def newer_in(mirrors: Sequence[Path], names: Collection[str] = ()) -> dict[str, str]:
    """Sources of which a folder holds a newer vintage than the one that its build reads, with what to do."""
    from cls_analysis.errors import InvalidInput
    from cls_analysis.sources import all_sources
    from cls_analysis.sources.vintages import NAME, advice, chosen, newer

    found = {}
    for mirror in mirrors:
        if not mirror.is_dir():
            continue
        try:
            sources = chosen(all_sources(), mirror)
        except InvalidInput as error:  # a wrong declaration stops a build; here it is said beside the rest
            found[NAME] = "\n".join(error.problems)
            sources = all_sources()
        for name, source in sources.items():
            years = [year for year in newer(source, mirror) if year > source.vintage]
            if years and (not names or name in names):
                found[name] = f"{name}: {advice(source, years)}"
    return found


def say(
    modes: Mapping[str, Mapping[str, Any]],
    files: Mapping[str, Mapping[str, Any]],
    waiting: Mapping[str, str],
    *,
    detailed: bool,
) -> None:
    """Print it: a table by mode and one of the fetched files, or every detail of the sources named."""
    for mode, built in modes.items():
        if detailed:
            _details(mode, built)
        elif not built["sources"] and not built["absent"]:
            typer.echo(f"{mode}: nothing is built. Try: cls-analysis data build --data {mode}")
        else:
            _built(f"{mode}: {len(built['sources'])} sources built", built["sources"])
            _absent(built["absent"])
    if files:
        _fetched(files)
    for line in waiting.values():
        typer.echo(line)


def _built(title: str, rows: Mapping[str, Mapping[str, Any]]) -> None:
    wide = Console().width >= WIDE
    more = ("rows", "notes") if wide else ()
    made = table(
        title,
        ("source", "vintage", "from", "SHA-256", "age", *more, "indicators"),
        right=("age", *more, "indicators"),
        whole=("vintage",),
    )
    for source_id, row in rows.items():
        prints = row["sha256"]
        first = (prints[0][:8] + (f" +{len(prints) - 1}" if len(prints) > 1 else "")) if prints else "-"
        age = "-" if row["age_days"] is None else f"{row['age_days']} d"
        count = len(row["indicators"])
        cells = (f"{row['rows']:,}", str(len(row["notes"]))) if wide else ()
        made.add_row(
            source_id, row["vintage"], ", ".join(filter(None, (row["origin"], row["trust"]))), first, age, *cells, str(count)
        )  # fmt: skip
    Console().print(made)
    typer.echo("Which indicators, which files, what was noted: cls-analysis data status SOURCE (or --json)\n")


def _details(mode: str, built: Mapping[str, Any]) -> None:
    for source_id, row in built["sources"].items():
        typer.echo(
            f"{mode}: {source_id}, vintage {row['vintage']}, {row['origin']}, {row['rows']:,} rows, read {row['read']}"
        )
        for file in row["files"]:
            typer.echo(
                f"  file {file['path']} ({file['bytes']:,} bytes)\n    SHA-256 {file['sha256']}\n    from {file['url'] or 'no address'}"
                + (f"\n    {file['level']}: {file['why']}" if file["level"] else "")
            )
        for note in row["notes"]:
            typer.echo(f"  noted: {note}")
        typer.echo(f"  used by {len(row['indicators'])} indicators: {', '.join(row['indicators']) or 'none'}")
    for source_id, why in built["absent"].items():
        typer.echo(f"{mode}: {source_id} is not built, {why}")
    if not built["sources"] and not built["absent"]:
        typer.echo(f"{mode}: nothing of it is built")


def _absent(absent: Mapping[str, str]) -> None:
    """Sources that wait, by what to do about them."""
    if not absent:
        return
    from cls_analysis.sources.fetching import all_jobs
    from cls_analysis.sources.fetching.plan import remote_of

    jobs = all_jobs()
    can = [name for name in absent if name in jobs and all(remote_of(file) for file in jobs[name].files)]
    partner = [name for name in absent if name.startswith("import-")]
    hand = [name for name in absent if name not in can and name not in partner]
    typer.echo(f"{len(absent)} sources are not built:")
    for names, advice in (
        (can, "cls-analysis data fetch SOURCE"),
        (hand, "put the file into the mirror by hand, cls-analysis data sources gives its place"),
        (partner, "a partner's table, cls-analysis imports template"),
    ):
        if names:
            Console(highlight=False).print(f"  {', '.join(names)}\n    Try: {advice}", soft_wrap=False)
    typer.echo("")


def _fetched(files: Mapping[str, Mapping[str, Any]]) -> None:
    made = table(f"{len(files)} fetched files", ("source", "file", "from", "SHA-256", "age", "there"), right=("age",))
    for path, row in files.items():
        made.add_row(
            row["source"], path.removeprefix(f"{row['source']}/"), str(urlsplit(row["final_url"]).hostname), row["sha256"][:8],
            f"{row['age_days']} d", "yes" if row["there"] else "NO, or altered",
        )  # fmt: skip
    Console().print(made)
