"""Which indicators exist? Every `[[indicator]]` of `catalogue/*.toml`, discovered, sorted, duplicates refused."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from cls_analysis.errors import InvalidInput, UnknownName
from cls_analysis.indicators.faults import check_method, check_sources, in_words, known_sources, near
from cls_analysis.indicators.model import Indicator

CATALOGUE = Path(__file__).with_name("catalogue")


@cache
def load_catalogue(folder: Path = CATALOGUE) -> dict[str, Indicator]:
    """Every indicator by id, sorted by id. Do not change the returned dict: it is shared.

    Raises `InvalidInput` with every problem of every file: unreadable TOML, missing or unknown field, a
    reference that cannot be read, an id declared twice, a method that does not exist.
    """
    from cls_analysis.indicators.methods import METHODS

    problems: list[str] = []
    found: dict[str, Indicator] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            written = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            problems.append(f"{path.name}: {error}")
            continue
        entries = written.get("indicator", [])
        problems += [
            f"{path.name}: [{name}] is not [[indicator]], the only thing that a theme's file holds"
            for name, value in written.items()
            if name != "indicator" or not isinstance(value, list)
        ]
        if not isinstance(entries, list):
            continue
        for rank, entry in enumerate(entries, start=1):
            name = f"{path.name}, entry {rank} ({entry.get('id', 'no id')})"
            try:
                indicator = Indicator(**{"theme": path.stem, **entry})
            except ValidationError as error:
                problems += [f"{name}: {problem}" for problem in in_words(error)]
                continue
            if indicator.id in found:
                problems.append(f"{name}: id already declared in {found[indicator.id].theme}.toml")
            found[indicator.id] = indicator
    declared = known_sources()
    for indicator in found.values():
        problems += [*check_method(indicator, METHODS), *check_sources(indicator, declared)]
    problems += [
        f"indicator {indicator.id!r}: {field} names {named!r}, which no entry declares in the same unit"
        for indicator in found.values()
        for field in ("variant_of", "earlier")
        if (named := getattr(indicator, field)) and (named not in found or found[named].unit != indicator.unit)
    ]
    if not found and not problems:
        problems.append(f"no indicator in {folder.name}/*.toml")
    if problems:
        raise InvalidInput(problems, hint="docs/indicators.md lists the fields of an entry")
    return dict(sorted(found.items()))


def get_indicator(indicator_id: str) -> Indicator:
    """One indicator; `UnknownName` suggests the nearest ids."""
    catalogue = load_catalogue()
    if indicator_id not in catalogue:
        raise UnknownName(
            f"indicator {indicator_id!r} is not in the catalogue{near(indicator_id, catalogue)}",
            hint="cls-analysis indicators list",
        )
    return catalogue[indicator_id]
