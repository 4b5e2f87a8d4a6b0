"""`cls-analysis explain`: the chain of a figure, down to the hash of the files it stands on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def explain(
    report: Annotated[Path, typer.Argument(help="The page of a report, its folder, or its manifest.json.")],
    figure: Annotated[str, typer.Argument(help="Identifier printed under the figure.")],
) -> None:
    """Print where a figure comes from: indicator, formula, rows, file, vintage, hash, address.

    Example:

      cls-analysis explain reports/petr-langres/2026 comparaison-taux-chomage
    """
    from cls_analysis.publishing.explain import explain as chain

    for line in chain(report, figure):
        typer.echo(line)
