"""Which communes does a text name, and how is a word of a small collection kept from being located by them?

A statement of a collection below the threshold is warned about by the checker when it names a commune; if it is used all the same,
the name is replaced before anything is printed. The town whose name is that of an EPCI or of the territory tells no more than these.
"""

from __future__ import annotations

import re

import pandas as pd

from .places import Places

HIDDEN = "[une commune]"


def communes_named(text: str, places: Places | None) -> list[str]:
    """Communes of the perimeter named in a text, as written there (also in capitals), sorted."""
    if places is None:
        return []
    return sorted({m.group(0) for name in _names(places) for m in _pattern(name).finditer(text)})


def unlocated(verbatims: pd.DataFrame, recueils: pd.DataFrame, places: Places | None, threshold: int) -> pd.DataFrame:
    """The statements, with the communes that those of small collections name replaced by « [une commune] »."""
    few = set(recueils.loc[recueils["participants"] < threshold, "id"])
    if places is None or not few:
        return verbatims
    names = _names(places)
    return verbatims.assign(
        texte=[
            _without(text, names) if collection in few and isinstance(text, str) else text
            for text, collection in zip(verbatims["texte"], verbatims["recueil"], strict=True)
        ]
    )


def _names(places: Places) -> list[str]:
    """Longest first, so that « Villegusien-le-Lac » is not left half said."""
    told = " ".join(places.epci.values()) + " " + places.name
    return sorted((n for n, _ in places.communes.values() if len(n) >= 5 and n not in told), key=lambda n: (-len(n), n))


def _pattern(name: str) -> re.Pattern[str]:
    either = "|".join(re.escape(n).replace("'", "['’]").replace("’", "['’]") for n in (name, name.upper()))
    return re.compile(rf"(?<![\w-])(?:{either})(?![\w-])")


def _without(text: str, names: list[str]) -> str:
    for name in names:
        text = _pattern(name).sub(HIDDEN, text)
    return text
