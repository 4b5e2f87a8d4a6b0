"""Could a whole column be something else than what its title says, though every cell of it is a number?

A number dragged over a column of a spreadsheet, a score divided by a thousand, minutes that lost their decimal point:
each cell is valid, the column is not. Rules look at all the values of a column at once, and only where there are enough.
"""

from __future__ import annotations

import numpy as np

ENOUGH = 30  # values from which a whole column is judged


def constant(values: np.ndarray, *, where: str, column: str) -> list[str]:
    """One problem for a column of many values that are all the same.

    >>> constant(np.full(40, 7.5), where="f.csv", column="score")
    ["f.csv, column 'score': all its 40 numbers are the same, 7.5; likely one number copied over the column"]
    """
    held = values[~np.isnan(values)]
    if len(held) < ENOUGH or np.ptp(held) > 0:
        return []
    return [
        f"{where}, column {column!r}: all its {len(held)} numbers are the same, {held[0]:g}; "
        "likely one number copied over the column"
    ]


def spread(values: np.ndarray, low: float, high: float, *, where: str, column: str, unit: str) -> list[str]:
    """One problem for a column whose largest absolute value is not between `low` and `high`, or whose values are all one.

    >>> spread(np.linspace(0, 0.02, 40), 5, 600, where="f.csv", column="temps", unit="minutes")
    ["f.csv, column 'temps': its largest number is 0.02, from 5 to 600 expected in minutes; likely another unit"]
    """
    held = np.abs(values[~np.isnan(values)])
    if len(held) < ENOUGH or low <= held.max() <= high:
        return constant(values, where=where, column=column)
    return [
        f"{where}, column {column!r}: its largest number is {held.max():g}, from {low:g} to {high:g} expected in {unit}; "
        "likely another unit"
    ]


def middle(values: np.ndarray, high: float, *, where: str, column: str, unit: str) -> list[str]:
    """One problem for a column whose median is above `high`.

    >>> middle(np.full(40, 215.0), 90, where="f.csv", column="temps", unit="minutes")
    ["f.csv, column 'temps': half of its numbers are above 215, 90 at most expected in minutes; likely a decimal point lost"]
    """
    held = values[~np.isnan(values)]
    if len(held) < ENOUGH or float(np.median(held)) <= high:
        return []
    return [
        f"{where}, column {column!r}: half of its numbers are above {np.median(held):g}, {high:g} at most expected in {unit}; "
        "likely a decimal point lost"
    ]
