"""How a table is printed: folded on a terminal, never cut, and as wide as it needs in a file or a pipe (160 at most)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

WIDEST = 160


def print_table(
    title: str,
    columns: Mapping[str, str],
    rows: Iterable[Sequence[str]],
    *,
    whole: Iterable[str] = ("id", "code", "SIREN"),
) -> None:
    """Print a table on standard output.

    `columns` maps each header to its alignment (`left` or `right`); a right-aligned column (numbers) and those named in
    `whole` are never folded. A text that is too long for the terminal is folded, no letter is dropped.
    """
    table = Table()
    for header, justify in columns.items():
        table.add_column(
            header,
            justify="right" if justify == "right" else "left",
            overflow="fold",
            no_wrap=justify == "right" or header in set(whole),
        )
    for row in rows:
        table.add_row(*row)
    console = Console()
    if not console.is_terminal:
        widest = Measurement.get(console, console.options.update(max_width=WIDEST), table).maximum
        console = Console(width=min(WIDEST, max(console.width, widest)))
    console.print(title, style="italic", highlight=False, markup=False, soft_wrap=True)
    console.print(table)
