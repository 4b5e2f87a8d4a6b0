"""How does a table of the command line look? No frame, so that 80 columns hold it; texts folded, no letter dropped."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

WIDEST = 160


def table(
    title: str | None, headers: Sequence[str], *, right: Collection[str] = (), whole: Collection[str] = ()
) -> Table:
    """An empty table: `right` names the columns of numbers; the first column, an id, and those in `whole` are never folded."""
    made = Table(
        title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False
    )
    for position, header in enumerate(headers):
        made.add_column(
            header,
            justify="right" if header in right else "left",
            overflow="fold",
            no_wrap=position == 0 or header in whole,
        )
    return made


def print_table(
    title: str, columns: Mapping[str, str], rows: Iterable[Sequence[str]], *, whole: Collection[str] = ("code", "SIREN")
) -> None:
    """Print a table on standard output under a title of its own line, as wide as it needs in a file or a pipe (160 at most).

    `columns` maps each header to its alignment (`left` or `right`); numbers and the columns of `whole` are never folded.
    """
    right = [header for header, side in columns.items() if side == "right"]
    made = table(None, list(columns), right=right, whole=[*whole, *right])
    for row in rows:
        made.add_row(*map(Text, row))  # a name is never markup: « [/] » stays what it is
    console = Console()
    if not console.is_terminal:
        widest = Measurement.get(console, console.options.update(max_width=WIDEST), made).maximum
        console = Console(width=min(WIDEST, max(console.width, widest)))
    console.print(title, style="italic", highlight=False, markup=False, soft_wrap=True)
    console.print(made)
