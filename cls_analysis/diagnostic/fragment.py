"""A piece of HTML that a notebook cell displays; the strings inside were escaped by who made it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Fragment:
    """HTML to display (`_repr_html_`), with its plain text for a terminal."""

    html: str
    plain: str = ""

    def _repr_html_(self) -> str:
        return self.html

    def __str__(self) -> str:
        return self.plain or self.html

    def __add__(self, other: Any) -> Fragment:
        return Fragment(self.html + as_html(other), f"{self}\n{other}")


@dataclass(frozen=True)
class Bundle:
    """Something displayed under one MIME type, with a line of plain text beside it."""

    mime: str
    data: dict[str, Any]
    plain: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002 - IPython's protocol
        return {self.mime: self.data, "text/plain": self.plain}


def as_html(item: Any) -> str:
    """The HTML of a figure or fragment."""
    return str(item._repr_html_())


def stack(items: Iterable[Any]) -> Fragment:
    """Several figures or fragments, one under the other; empty when there are none."""
    return Fragment("".join(as_html(item) for item in items))
