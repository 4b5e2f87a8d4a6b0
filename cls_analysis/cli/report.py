"""`cls-analysis report` and `cls-analysis batch`: one report, or an edition."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from cls_analysis.errors import InvalidInput

_DATA = "embedded (simulated health data), official, or auto: official where it is built or a mirror is named, else embedded."
_PROCESSED = "Folder of built data, or its address: https://, s3://, gs://, sftp:// ... (read through a verified copy)."
_FORMATS = "Comma-separated: html, pdf, xlsx, csv."

Kind = Annotated[str, typer.Option("--kind", help="Kind of report: the name of a notebook of notebooks/.")]
Data = Annotated[str, typer.Option("--data", help=_DATA)]
Mirror = Annotated[
    Path | None,
    typer.Option("--mirror", help="Folder of the official files.", show_default="CLS_DATA_MIRROR"),
]
Processed = Annotated[
    str | None,
    typer.Option("--processed", help=_PROCESSED, show_default="CLS_PROCESSED, or data/processed"),
]
Out = Annotated[Path | None, typer.Option("--out", help="Folder of the reports.", show_default="reports/")]
Edition = Annotated[str | None, typer.Option("--edition", help="Name of the edition.", show_default="the data's")]
Gathered = Annotated[
    str | None,
    typer.Option(
        "--participation",
        help="Participation folder, such as exemple-fictif-petr-langres.",
        show_default="the territory's own",
    ),
]
Previous = Annotated[
    str | None,
    typer.Option("--previous", help="Earlier edition to compare with: its name, or a folder.", show_default=False),
]
Formats = Annotated[str, typer.Option("--format", help=_FORMATS)]
Limit = Annotated[float, typer.Option("--timeout", min=1, help="Seconds that one report may take.")]


def report(
    territory: Annotated[str, typer.Argument(help="Perimeter id, EPCI SIREN or INSEE code.")],
    kind: Kind = "pre-diagnostic",
    data: Data = "auto",
    mirror: Mirror = None,
    processed: Processed = None,
    out: Out = None,
    edition: Edition = None,
    participation: Gathered = None,
    previous: Previous = None,
    formats: Formats = "html,xlsx,csv",
    timeout: Limit = 900,
) -> None:
    """Make one report: a page, a workbook, a CSV, a manifest.

    Examples:

      cls-analysis report petr-langres

      cls-analysis report petr-langres --data official --mirror MIRROR --format html,pdf,xlsx,csv

      cls-analysis report petr-langres --processed s3://bucket/cls

      cls-analysis report 200072015 --out my-reports

      cls-analysis report petr-langres --kind diagnostic-partage --participation exemple-fictif-petr-langres

      cls-analysis report petr-langres --kind bilan-annuel --previous 2025
    """
    from cls_analysis.publishing.report import make_report

    console = Console(stderr=True, highlight=False)
    with console.status(f"report of {territory}", spinner="line") as status:
        result = make_report(
            territory, kind, data=data, mirror=mirror, processed=processed, out=out, edition=edition, participation=participation,
            previous=previous, formats=_formats(formats), timeout=timeout, say=status.update,
        )  # fmt: skip
    for path in (*result.files, result.manifest):
        typer.echo(_shown(path))
    _say_if_simulated(console, result.folder.name)
    console.print(f"{result.seconds:.1f} s", style="dim")


def batch(
    territories: Annotated[
        str | None, typer.Option("--territories", help="Comma-separated ids or codes.", show_default=False)
    ] = None,
    types: Annotated[
        str | None,
        typer.Option("--type", help="Comma-separated: perimeter, epci, petr.", show_default="perimeter"),
    ] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Reports made at the same time.")] = 2,
    kind: Kind = "pre-diagnostic",
    data: Data = "auto",
    mirror: Mirror = None,
    processed: Processed = None,
    out: Out = None,
    edition: Edition = None,
    formats: Formats = "html,xlsx,csv",
    timeout: Limit = 900,
    resume: Annotated[
        bool, typer.Option("--resume", help="Keep reports already made from the same inputs, if intact.")
    ] = False,
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            help="Make them on the workers of a Dask scheduler, tcp://HOST:PORT, in place of --workers (docs/cluster.md).",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Make many reports and the index of the edition; one that fails does not stop the others (exit code 7).

    Examples:

      cls-analysis batch --type perimeter --workers 2

      cls-analysis batch --territories petr-langres,pays-chaumont --data official

      cls-analysis batch --type epci --resume --scheduler tcp://10.0.0.1:8786 --processed https://data.example.org/cls
    """
    from cls_analysis.publishing import batch as batches
    from cls_analysis.publishing import report as reports
    from cls_analysis.publishing.engine import Forks
    from cls_analysis.publishing.scheduler import require_scheduler, scheduler_address
    from cls_analysis.publishing.site import make_site

    if scheduler is not None:
        scheduler = scheduler_address(scheduler)
    if territories and types:
        raise InvalidInput("--territories and --type both given", hint="give one of them")
    if territories is not None and not _words(territories):
        raise InvalidInput("--territories names no territory", hint="cls-analysis territories list")
    codes = _words(territories) if territories else reports.territories_of(_words(types or "perimeter"))
    if scheduler is not None:
        require_scheduler(scheduler)
    console = Console(stderr=True, highlight=False)
    columns = (
        SpinnerColumn("line"), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(),
    )  # fmt: skip
    with closing(Forks(ahead=min(1, workers - 1))) as forks, Progress(*columns, console=console) as progress:
        if scheduler is None:
            forks.start()  # its imports take as long as the planning
        task = progress.add_task("planning", total=None)
        jobs, unplanned = reports.plan_batch(
            codes, kind, data=data, mirror=mirror, processed=processed, out=out, edition=edition,
            formats=_formats(formats), timeout=timeout,
            say=lambda message: progress.update(task, description=message),
        )  # fmt: skip
        progress.update(task, total=len(jobs), description="reports")

        def heard(outcome: batches.Outcome) -> None:
            progress.advance(task)
            if outcome.problem:
                console.print(f"[red]failed[/] {outcome.job.territory}: ", end="")
                console.print(outcome.problem.splitlines()[0], markup=False)

        outcomes = batches.run_batch(
            jobs, workers=workers, resume=resume, scheduler=scheduler, on_outcome=heard, forks=forks
        )
    if any(outcome.result for outcome in outcomes):
        pages, left_out = make_site(jobs[0].out)
        typer.echo(_shown(pages[-1]))
        for problem in left_out:
            console.print(f"not in the index: {problem}", markup=False)
    _say_if_simulated(console, *(outcome.result.folder.name for outcome in outcomes if outcome.result))
    typer.echo(batches.summary(outcomes, unplanned).splitlines()[0])
    batches.raise_for_failures(outcomes, unplanned)


def _say_if_simulated(console: Console, *folders: str) -> None:
    from cls_analysis.disclosure.artefacts import SIMULATED

    if any(name.endswith(SIMULATED) for name in folders):
        console.print(
            "[bold yellow]simulated data[/]: no value of these pages is to be used; real ones need --data official"
        )


def _words(text: str) -> list[str]:
    return list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def _formats(text: str) -> tuple[str, ...]:
    return tuple(_words(text))


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
