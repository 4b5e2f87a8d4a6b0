"""Can a notebook start in milliseconds and still find a fresh Python? Fork its kernel from a warm parent.

Placeholder docstring.
"""

from __future__ import annotations


def register() -> None:
    """Nothing yet."""
