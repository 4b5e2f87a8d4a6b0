"""Which indicators exist? Every `[[indicator]]` of `catalogue/*.toml`, discovered, sorted, duplicates refused."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from cls_analysis.errors import InvalidInput, UnknownName
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
            entries = tomllib.loads(path.read_text(encoding="utf-8")).get("indicator", [])
        except tomllib.TOMLDecodeError as error:
            problems.append(f"{path.name}: {error}")
            continue
        for rank, entry in enumerate(entries, start=1):
            name = f"{path.name}, entry {rank} ({entry.get('id', 'no id')})"
            try:
                indicator = Indicator(**{"theme": path.stem, **entry})
            except ValidationError as error:
                problems += [f"{name}: {'.'.join(map(str, e['loc']))} {e['msg']}" for e in error.errors()]
                continue
            if indicator.method not in METHODS:
                problems.append(f"{name}: method {indicator.method!r} is not one of {sorted(METHODS)}")
            if indicator.id in found:
                problems.append(f"{name}: id already declared in {found[indicator.id].theme}.toml")
            found[indicator.id] = indicator
    problems += [problem for indicator in found.values() for problem in check_sources(indicator)]
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


SUMS = frozenset({"count", "count_by_age", "rate", "share", "ratio", "density", "balance", "change_per_year"})
MEANS = frozenset({"weighted_mean", "estimated_share", "share_below", "departement_mean"})


def check_sources(indicator: Indicator) -> list[str]:
    """Problems between an entry and the declared sources: unknown variable, sum of what is not a count, mean of a
    median. A source that is not declared (a future reader, a partner's import) is not checked."""
    from cls_analysis.demo import DEMO_SOURCES
    from cls_analysis.sources import all_sources

    declared = {**all_sources(), **DEMO_SOURCES}
    problems = []
    for reference in indicator.references():
        if reference.source not in declared:
            continue
        variable = declared[reference.source].names.get(reference.variable)
        where = f"indicator {indicator.id!r}, {reference.source}:{reference.variable}"
        if variable is None:
            problems.append(f"{where}: the source declares no such variable")
        elif indicator.method in SUMS and variable.kind != "count":
            problems.append(f"{where} is a {variable.kind}: only counts are summed")
        elif variable.kind == "median" and (
            indicator.method in MEANS or (indicator.method == "bassin_de_vie" and indicator.weights)
        ):
            problems.append(f'{where} is a median: it is never averaged, use method "published"')
    return problems


def get_indicator(indicator_id: str) -> Indicator:
    """One indicator; `UnknownName` suggests the nearest ids."""
    catalogue = load_catalogue()
    if indicator_id not in catalogue:
        from difflib import get_close_matches

        near = get_close_matches(indicator_id, catalogue, n=3, cutoff=0.4)
        raise UnknownName(
            f"indicator {indicator_id!r} is not in the catalogue" + (f"; near: {', '.join(near)}" if near else ""),
            hint="cls-analysis indicators list",
        )
    return catalogue[indicator_id]
