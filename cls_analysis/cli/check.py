"""`cls-analysis check`: may a folder of published files be sent to anyone?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    import pandas as pd

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of reports, read with everything below it.")]
Earlier = Annotated[
    list[Path] | None, typer.Option("--earlier", help="Folder of an edition already sent (repeat for several).")
]
Private = Annotated[
    Path | None,
    typer.Option("--private", help="indicators.parquet, to search the files for every withheld value."),
]


def check(directory: Folder, earlier: Earlier = None, private: Private = None) -> None:
    """Attack published files: HTML, workbooks, CSV, JSON, notebooks. Exit code 8 if a withheld count shows.

    Examples:

      cls-analysis check reports/

      cls-analysis check reports/petr-langres --private data/processed/embedded/indicators.parquet

      cls-analysis check reports/2027 --earlier reports/2026
    """
    from cls_analysis import geography
    from cls_analysis.disclosure import under_agreements
    from cls_analysis.disclosure.check import check_folder, earlier_edition
    from cls_analysis.errors import DataMissing
    from cls_analysis.indicators import load_catalogue
    from cls_analysis.sources.imports import import_thresholds

    for path in [*(earlier or []), *([private] if private else [])]:
        if not path.exists():
            raise DataMissing(f"{path} does not exist", hint="cls-analysis data build")
    withheld = None if private is None else _table(private)
    members, places = geography.members(), geography.territories()
    catalogue = load_catalogue()
    if private and (private.parent / "lock.json").exists():  # a partner's own threshold, beside the table of its build
        catalogue = under_agreements(catalogue, import_thresholds(private.parent.name, private.parent.parent))
    before = [earlier_edition(path, name=path.name, members=members, catalogue=catalogue) for path in earlier or []]
    result = check_folder(
        directory,
        catalogue=catalogue,
        members=members,
        private=withheld,
        names=dict(zip(places["territory"].astype(str), places["name"].astype(str), strict=True)),
        earlier=[edition for edition, _ in before],
    )
    console = Console(highlight=False)
    for said in [sentence for _, sentences in before for sentence in sentences]:
        console.print(said, markup=False)
    attacked = result.audit.attacked if result.audit else 0
    console.print(
        f"{result.files} files, {result.rows} published rows, {result.tagged} tagged numbers, "
        f"{result.searched} numbers searched, {attacked} withheld counts attacked"
    )
    if result.audit and result.audit.inconsistent:
        console.print(f"{result.audit.inconsistent} counts stand in sums that do not add up: not attacked")
    result.require()
    console.print("breaches: 0")


def _table(path: Path) -> pd.DataFrame:
    """The table of every value, withheld ones included; `InvalidInput` for another file."""
    import pandas as pd
    import pyarrow as pa

    from cls_analysis.errors import InvalidInput

    hint = "--private data/processed/MODE/indicators.parquet"
    try:
        table = pd.read_parquet(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise InvalidInput(f"{path} is not a table of indicators: {str(error).splitlines()[0]}", hint=hint) from error
    if missing := sorted({"indicator", "territory", "status", "value"} - set(table.columns)):
        raise InvalidInput(f"{path} is not a table of indicators: no column {', '.join(missing)}", hint=hint)
    return table
