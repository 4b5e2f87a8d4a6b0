"""A wide table (one row per territory, one column per measure) to `Block`s: the shape most producers publish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cls_analysis.errors import InvalidInput
from cls_analysis.sources.model import Variable
from cls_analysis.sources.numbers import parse_column
from cls_analysis.sources.observations import Block
from cls_analysis.sources.reading import Grid


@dataclass(frozen=True)
class Measure:
    """One column of a wide table: its header, the variable and the period that it holds."""

    column: str
    variable: str
    period: str
    sex: str = "all"


def wide_blocks(
    grid: Grid,
    codes: pd.Series,
    measures: Sequence[Measure],
    variables: Mapping[str, Variable],
    *,
    level: str,
    cog: int,
    marks: Mapping[str, str],
    decimal: str = ".",
) -> tuple[list[Block], list[str]]:
    """One `Block` per measure, over the codes of the table, and every cell that cannot be read (by row, column)."""
    keys = pd.Categorical(codes)
    blocks, problems = [], []
    for measure in measures:
        values, status, wrong = parse_column(
            grid.frame[measure.column], variables[measure.variable], marks=marks, decimal=decimal,
            where=grid.where, column=measure.column,
        )  # fmt: skip
        problems += wrong
        blocks.append(Block(level, keys, measure.variable, measure.period, values, status, cog, measure.sex))
    return blocks, problems


def broken(grid_rows: pd.Index, fails: np.ndarray, *, where: str, rule: str, most: int = 5) -> list[str]:
    """Problems for the rows where a rule between columns fails (nulls never fail): `row 12: PMUN + PCAP = PTOT`."""
    bad = np.flatnonzero(fails)
    problems = [f"{where}, row {grid_rows[place]}: {rule} does not hold" for place in bad[:most]]
    if len(bad) > most:
        problems.append(f"{where}: {rule} does not hold in {len(bad) - most} more rows")
    return problems


def refuse(problems: Sequence[str], *, source_id: str) -> None:
    """Raise one `InvalidInput` with all the problems of a source, if there are any."""
    if problems:
        raise InvalidInput(
            list(dict.fromkeys(problems)),
            hint=f"put the producer's own file of {source_id!r} back in the mirror (cls-analysis data sources), then build again",
        )
