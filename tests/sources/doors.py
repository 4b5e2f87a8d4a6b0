"""The door of a build, for a made-up mirror of some départements: files hashed, read, compared, checked, told or refused."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from cls_analysis import sources
from cls_analysis.sources import build as building
from cls_analysis.sources import crosschecks
from cls_analysis.sources.checks import Check
from cls_analysis.sources.codes import Scope
from cls_analysis.sources.model import Source

#: readers that count the rows of a file instead of comparing its territories with a list
COUNTED = {"banatic": "cls_analysis.sources.banatic", "cartosante": "cls_analysis.sources.cartosante"}


@contextmanager
def scoped(
    source_id: str, departements: Sequence[str], *, rows: int = 1, tables: Sequence[str] | None = None
) -> Iterator[Source]:
    """Within it, the build declares this source alone, whole in these départements (in all of France when there is none)."""
    source = sources.get_source(source_id)
    scope = Scope(frozenset(departements) if departements else None)
    kept = [table for table in source.tables if tables is None or table.name in tables]
    if source_id in COUNTED:
        module = importlib.import_module(COUNTED[source_id])
        small = source
        with patch.object(module, "FILE", replace(module.FILE, min_rows=rows)), _declared(small):
            yield small
        return
    small = replace(
        source,
        read=partial(cast("Any", source.read), scope=scope),
        tables=tuple(replace(table, read=partial(cast("Any", table.read), scope=scope)) for table in kept),
    )
    with _declared(small):
        yield small


@contextmanager
def _declared(source: Source) -> Iterator[None]:
    def only() -> dict[str, Source]:
        return {source.id: source}

    with patch.object(building, "all_sources", only), patch.object(crosschecks, "all_sources", only):
        yield


def built(mirror: Path, processed: Path) -> list[Check]:
    """Build what is declared from a mirror, and check it; raises what a build raises, and returns the checks."""
    sources.build_sources("official", mirror=mirror, processed=processed)
    return sources.run_checks("official", processed)
