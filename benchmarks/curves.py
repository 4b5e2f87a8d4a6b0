"""A curve of costs, drawn in characters: one bar a point, all on one scale."""

from __future__ import annotations


def bar(value: float, most: float) -> str:
    """A bar of at most forty characters, whole for `most`.

    >>> bar(5, 10), bar(0, 10)
    ('####################', '#')
    """
    return "#" * max(1, round(40 * value / most))
