"""Which vintage of a source is built, and does the mirror hold a newer one?

A reader knows the vintage that its module declares: its years, its geography, its titles. Files that are replaced by one of
the same form (RPPS, FINESS, BPE, populations, EPCI, Melodi datasets ...) can be read at another vintage (`Source.at`, which may
refuse a year and say why); which one is declared in the mirror
itself, in `vintages.toml`, beside the files it speaks of, so that a build from the same folder gives the same tables:

    ans-rpps = "2027"

Nothing newer is read unasked. What lies in the mirror and is not read is said by `data status`, `data update`, `data build`.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, cast

import pandas as pd

from cls_analysis import geography
from cls_analysis.errors import InvalidInput
from cls_analysis.sources.model import File, Source
from cls_analysis.sources.text import shown

NAME = "vintages.toml"


def path_of(path: str, vintage: str) -> str:
    """Place in the mirror of another vintage of a file.

    >>> path_of("dgcl-epci/2025/epcicom2025.xlsx", "2026")
    'dgcl-epci/2026/epcicom2026.xlsx'
    """
    source, declared, *rest = PurePosixPath(path).parts
    return "/".join([source, vintage, *(part.replace(declared, vintage) for part in rest)])


def at_vintage(source: Source, year: str) -> Source:
    """The same source declared for another year: its files, its reader and its tables told that year."""
    told = cast("Callable[..., pd.DataFrame]", source.read)
    return replace(
        source,
        vintage=year,
        title=source.title.replace(source.vintage, year),
        files=tuple(file_at(file, year) for file in source.files),
        read=partial(told, year=year),
        tables=tuple(
            replace(table, read=partial(cast("Callable[..., pd.DataFrame]", table.read), year=year))
            for table in source.tables
        ),
    )


def held_cog(cog: int, what: str) -> int:
    """That geography, where this version holds it; `InvalidInput` says what is written in it and how to renew the geography.

    >>> held_cog(2025, "populations of 2023")
    2025
    """
    if cog not in geography.VINTAGES:
        raise InvalidInput(
            f"{what} are written in COG {cog}, which this version does not hold",
            hint="python -m cls_analysis.geography.embed",
        )
    return cog


def file_at(file: File, year: str) -> File:
    return replace(file, path=path_of(file.path, year))


def newer(source: Source, mirror: Path) -> list[str]:
    """Vintages newer than the declared one of which the mirror holds every file, sorted.

    >>> from cls_analysis.sources import get_source
    >>> newer(get_source("ans-rpps"), Path("none"))
    []
    """
    declared = {PurePosixPath(file.path).parts[1] for file in source.files}
    folder = mirror / source.id
    if not declared or not folder.is_dir():
        return []
    years = sorted(part.name for part in folder.iterdir() if part.name.isdigit() and part.name > max(declared))
    return [y for y in years if all((mirror / path_of(file.path, y)).is_file() for file in source.files)]


def declared_vintages(mirror: Path, sources: Mapping[str, Source]) -> dict[str, str]:
    """`{source: vintage}` of the mirror's `vintages.toml`; `InvalidInput` with everything that is wrong in it."""
    path = mirror / NAME
    if not path.is_file():
        return {}
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput(
            f"{NAME}: is not TOML: {error}", hint=f'lines like ans-rpps = "2027", or remove {path}'
        ) from error
    problems = []
    for name, year in raw.items():
        source = sources.get(name)
        if source is None:
            near = difflib.get_close_matches(name, list(sources), n=2)
            problems.append(f"{NAME}: source {name!r} is not known" + (f"; near: {', '.join(near)}" if near else ""))
        elif not (isinstance(year, str) and year.isdigit() and len(year) == 4):
            problems.append(f'{NAME}, key {name!r}: {year!r} is not a year between quotes, like "2027"')
        elif source.at is None and year != source.vintage:
            able = [one.id for one in sources.values() if one.at is not None]
            problems.append(
                f"{NAME}, key {name!r}: its reader knows vintage {source.vintage} only (years and titles of another one are "
                f"not checked); readable at another vintage: {shown(able, most=20)}"
            )
        elif lost := [file.path for file in source.files if not (mirror / path_of(file.path, year)).is_file()]:
            problems.append(
                f"{NAME}, key {name!r}: the mirror does not hold {shown(path_of(path, year) for path in lost)}"
            )
        elif source.at is not None:
            problems += [f"{NAME}, key {name!r}: {why}" for why in _refused(source, year)]
    if problems:
        raise InvalidInput(problems, hint=f"correct {path}, or fetch: cls-analysis data fetch SOURCE --millesime YEAR")
    return {name: str(year) for name, year in raw.items()}


def _refused(source: Source, year: str) -> list[str]:
    """Why a source cannot be read at that year; empty when it can."""
    try:
        if source.at is not None:
            source.at(year)
    except InvalidInput as error:
        return error.problems
    return []


def chosen(sources: Mapping[str, Source], mirror: Path) -> dict[str, Source]:
    """The sources, each at the vintage that the mirror declares."""
    years = declared_vintages(mirror, sources)
    return {
        name: source.at(years[name])
        if source.at is not None and years.get(name, source.vintage) != source.vintage
        else source
        for name, source in sources.items()
    }


def advice(source: Source, years: list[str]) -> str:
    """What to do about a newer vintage that lies in the mirror."""
    if source.at is not None:
        return f'{years[-1]} lies in the mirror, {source.vintage} is read: write {source.id} = "{years[-1]}" in {NAME} of the mirror to build it'
    return f"{years[-1]} lies in the mirror, {source.vintage} is read: this version's reader knows no other year"
