"""How is a table exported by Géoclip (Insee's « Statistiques locales », CartoSanté) written?

Two title lines, then `Code;Libellé;...` with the year at the end of each header, decimal points, no final end of line,
and two marks: `N/A - secret statistique` (the producer hides it) and `N/A - résultat non disponible` (it has none).
A bassin de vie 2022 is named by a commune's code of COG 2025.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from cls_analysis.sources.codes import FRANCE, Scope, clean_codes, duplicates, known_communes
from cls_analysis.sources.model import File, Variable
from cls_analysis.sources.names import check_names
from cls_analysis.sources.observations import Block
from cls_analysis.sources.reading import Grid, read_csv
from cls_analysis.sources.text import fold, shown
from cls_analysis.sources.wide import Measure, wide_blocks

MARKS = {"N/A - secret statistique": "not_published", "N/A - résultat non disponible": "missing"}


def read_export(
    path: Path,
    file: File,
    measures: Mapping[str, tuple[str, str]],
    variables: Mapping[str, Variable],
    *,
    level: str,
    cog: int,
    title: str,
    scope: Scope = FRANCE,
) -> tuple[list[Block], Grid, list[str]]:
    """Blocks of one export, its grid and its problems. `measures`: header as published -> (variable, sex).

    The period of a column is the year that ends its header. `title` must be found in the two title lines: it says
    which territory the rows are. Outside an extract, the file must hold the declared number of rows.
    """
    grid = read_csv(path, file, titles=2, final_newline=False)
    problems = []
    if fold(title) not in fold(" ".join(grid.titles)):
        problems.append(f"{grid.where}: the title lines do not hold {title!r}; likely an export of another level")
    codes, wrong = clean_codes(grid.frame["Code"], level, where=grid.where, column="Code")
    problems += wrong + duplicates(codes, where=grid.where, what="codes")
    if level == "bassin_de_vie":
        problems += check_names(codes, grid.frame["Libellé"], cog, where=grid.where, column="Libellé")
        unknown = sorted(set(codes[~codes.str.endswith("ZZ")]) - known_communes(cog))
        if unknown:
            problems.append(
                f"{grid.where}: {len(unknown)} codes name no bassin de vie (no commune of COG {cog}): {shown(unknown)}"
            )
    if scope.whole and len(codes) < file.min_rows:
        problems.append(f"{grid.where}: {len(codes)} rows, {file.min_rows} expected; likely a file cut short")
    wanted = []
    for header, (variable, sex) in measures.items():
        year = re.search(r"(\d{4})$", header)
        if year is None:
            raise ValueError(f"declared header {header!r} ends with no year")
        wanted.append(Measure(header, variable, year.group(1), sex))
    blocks, wrong = wide_blocks(grid, codes, wanted, variables, level=level, cog=cog, marks=MARKS)
    return blocks, grid, [*problems, *wrong]


def lost_departements(codes: pd.Series, *, where: str, expected: tuple[str, ...], scope: Scope = FRANCE) -> list[str]:
    """One problem that lists the départements absent from a file."""
    lost = [
        code
        for code in expected
        if (scope.departements is None or code in scope.departements) and code not in set(codes)
    ]
    return [f"{where}: départements missing: {', '.join(lost)}"] if lost else []
