"""Under which participation theme is each indicator of the diagnostic read?

One declared mapping, `themes.toml`: a theme per chapter of the catalogue, and exceptions by indicator. What belongs to no
theme in particular (description, mortality of all causes, long series that repeat a recent indicator) is `contexte`: it is
never put in the triangle nor in the AFOM.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from cls_analysis.errors import InvalidInput, UnknownName

from .vocabulary import THEMES

CONTEXT: Final = "contexte"


@dataclass(frozen=True)
class ThemeMap:
    """`chapters`: chapter -> theme; `indicators`: exceptions by indicator id."""

    chapters: Mapping[str, str]
    indicators: Mapping[str, str]

    def theme(self, indicator: str, chapter: str) -> str:
        """The theme of an indicator (a key of `THEMES`) or `contexte`. `UnknownName` for a chapter that is not declared."""
        if indicator in self.indicators:
            return self.indicators[indicator]
        if chapter not in self.chapters:
            raise UnknownName(
                f"chapter {chapter!r} of {indicator!r} has no participation theme",
                hint="declare it in cls_analysis/participation/themes.toml",
            )
        return self.chapters[chapter]


def parse_themes(text: str) -> ThemeMap:
    """A map from TOML text; `InvalidInput` lists every theme that is not in the vocabulary."""
    data = tomllib.loads(text)
    mapping = ThemeMap(data.get("chapitres", {}), data.get("indicateurs", {}))
    wrong = [
        f"{name}: theme {theme!r} is not known"
        for name, theme in {**mapping.chapters, **mapping.indicators}.items()
        if theme != CONTEXT and theme not in THEMES
    ]
    if wrong:
        raise InvalidInput(wrong, hint=f"one of {CONTEXT}, {', '.join(THEMES)}")
    return mapping


@cache
def theme_map() -> ThemeMap:
    """The declared mapping.

    >>> theme_map().theme("apl-medecins-generalistes", "offre"), theme_map().theme("population-municipale", "population")
    ('acces_soins', 'contexte')
    """
    source = resources.files("cls_analysis.participation").joinpath("themes.toml")
    return parse_themes(source.read_text(encoding="utf-8"))
