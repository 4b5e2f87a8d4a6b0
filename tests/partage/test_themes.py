"""Is every indicator of the catalogue declared under a theme, and is nothing declared in vain?"""

from __future__ import annotations

import pytest

from cls_analysis.errors import InvalidInput, UnknownName
from cls_analysis.indicators import load_catalogue
from cls_analysis.participation.themes import CONTEXT, parse_themes, theme_map
from cls_analysis.participation.vocabulary import THEMES, TRANSVERSAL_THEMES


def test_every_indicator_of_the_catalogue_has_a_theme_or_is_declared_context() -> None:
    for name, entry in load_catalogue().items():
        assert theme_map().theme(name, entry.chapter) in {CONTEXT, *THEMES}, name


def test_no_exception_names_an_indicator_that_does_not_exist() -> None:
    assert set(theme_map().indicators) <= set(load_catalogue())


def test_each_exception_differs_from_its_chapter() -> None:
    catalogue = load_catalogue()
    useless = [n for n, theme in theme_map().indicators.items() if theme_map().chapters[catalogue[n].chapter] == theme]
    assert useless == []


def test_most_themes_that_are_not_transversal_have_an_indicator() -> None:
    used = {theme_map().theme(n, e.chapter) for n, e in load_catalogue().items()}
    assert set(THEMES) - TRANSVERSAL_THEMES - used == set()


def test_an_unknown_theme_is_refused_and_named() -> None:
    with pytest.raises(InvalidInput, match="santee"):
        parse_themes('[chapitres]\noffre = "santee"\n')


def test_a_new_chapter_must_be_declared() -> None:
    with pytest.raises(UnknownName, match="numerique"):
        theme_map().theme("x", "numerique")
