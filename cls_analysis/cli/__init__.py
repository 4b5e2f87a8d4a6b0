"""Words in, calls out: the command line `cls-analysis`.

Each group of commands is a module of this package and holds no logic. An error meant for the user ends
with its own exit code (errors.py) and no traceback; `--traceback` before the command shows one. An interruption is `__main__`'s.
"""

from __future__ import annotations

import errno
import sys
from typing import Annotated

import typer
from rich.console import Console

from cls_analysis import __version__
from cls_analysis.cli import check, data, explain, imports, indicators, participation, report, territories
from cls_analysis.errors import ClsError, StorageFailed

#: faults of a disk or of its rights, wherever a command meets them: a sentence, no traceback
_OF_THE_DISK = frozenset(
    {errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ELOOP,
     errno.ENAMETOOLONG}
)  # fmt: skip

app = typer.Typer(
    name="cls-analysis",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="""Health diagnostics of French local health contracts (CLS), from commune-level data.

Examples:

  cls-analysis report petr-langres

  cls-analysis report petr-langres --data official --mirror MIRROR

  cls-analysis batch --type perimeter --workers 2

  cls-analysis territories show petr-langres

Exit codes: 0 done, 2 wrong words, 3 bad input, 4 unknown name, 5 data missing, 6 fetch failed,
7 a report failed, 8 disclosure breach, 9 storage, 130 interrupted.
""",
)
app.add_typer(territories.app, name="territories")
app.add_typer(data.app, name="data")
app.add_typer(imports.app, name="imports")
app.add_typer(indicators.app, name="indicators")
app.add_typer(participation.app, name="participation")
app.command("report")(report.report)
app.command("batch")(report.batch)
app.command("check")(check.check)
app.command("explain")(explain.explain)


def _version(show: bool) -> None:
    if show:
        typer.echo(f"cls-analysis {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
    traceback: Annotated[bool, typer.Option("--traceback", help="Show Python's traceback of an error.")] = False,
) -> None:
    """Options before the command."""


def main() -> None:
    """Run the command line; a `ClsError` becomes its message on stderr and its exit code."""
    try:
        app()
    except ClsError as error:
        if "--traceback" in sys.argv:
            raise
        _end(error)
    except OSError as error:
        if "--traceback" in sys.argv or error.errno not in _OF_THE_DISK:
            raise
        _end(of_the_disk(error))


def of_the_disk(error: OSError) -> StorageFailed:
    """The same fault, said as the other errors are.

    >>> print(of_the_disk(OSError(errno.ENOSPC, "No space left on device", "reports/a.html")))
    reports/a.html: No space left on device
    Try: free some space, or another folder
    """
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    hint = (
        "free some space, or another folder" if full else "check this path and its rights (ls -ld), or another folder"
    )
    return StorageFailed(f"{error.filename or 'what this command writes'}: {error.strerror or error}", hint=hint)


def _end(error: ClsError) -> None:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print("[bold red]error[/]: ", end="")
    console.print(str(error), markup=False)
    sys.exit(error.exit_code)
