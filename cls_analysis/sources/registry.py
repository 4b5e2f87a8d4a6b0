"""Which sources exist? Every module of this package that defines `SOURCE`, found by pkgutil, sorted by id.

There is no central list: adding a module adds a source. Two modules with one id are refused.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache

from cls_analysis.errors import InvalidInput, UnknownName
from cls_analysis.sources.model import Source


def gather(declared: Iterable[tuple[str, Source]]) -> dict[str, Source]:
    """Sources by id, sorted; `declared` pairs a module name with its source. Duplicates are refused, all named."""
    found: dict[str, tuple[str, Source]] = {}
    problems = []
    for module, source in declared:
        if source.id in found:
            problems.append(f"source {source.id!r} is declared by both {found[source.id][0]} and {module}")
        found.setdefault(source.id, (module, source))
    if problems:
        raise InvalidInput(problems, hint="rename one of the two sources")
    return {name: found[name][1] for name in sorted(found)}


@cache
def _discovered() -> tuple[tuple[str, Source], ...]:
    import cls_analysis.sources as package

    declared = []
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda item: item.name):
        if info.ispkg:  # how files are fetched, or a partner's are read: a package declares nothing itself
            continue
        source = getattr(importlib.import_module(f"{package.__name__}.{info.name}"), "SOURCE", None)
        if source is not None:
            declared.append((info.name, source))
    return tuple(declared)


def all_sources() -> dict[str, Source]:
    """Every declared source by id, sorted.

    >>> "drees-apl" in all_sources()
    True
    """
    return gather(_discovered())


def get_source(source_id: str) -> Source:
    """The source of that id; `UnknownName` suggests the near ids.

    >>> get_source("drees-apl").producer
    'DREES'
    """
    sources = all_sources()
    if source_id in sources:
        return sources[source_id]
    near = difflib.get_close_matches(source_id, sources, n=3)
    meant = f"; did you mean {', '.join(near)}?" if near else ""
    raise UnknownName(f"source {source_id!r} is not declared{meant}", hint="cls-analysis data sources")
