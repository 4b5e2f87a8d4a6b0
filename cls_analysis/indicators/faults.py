"""What is wrong with an entry of the catalogue, and what should be written instead?

The model (`model.py`) refuses what is not of the right form; here its refusals are put in words, and the entry is held
against its method (each needs some of denominator, weights, start, rank), its unit (a rate "pour 1 000" is multiplied by
1 000), and the declared sources (a misspelt name would wait for ever for its file, as if nobody had published it).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from pydantic import ValidationError

from cls_analysis.indicators.model import Indicator
from cls_analysis.sources.model import Source

SUMS = frozenset({"count", "count_by_age", "rate", "share", "ratio", "density", "balance", "change_per_year"})
MEANS = frozenset({"weighted_mean", "estimated_share", "share_below", "departement_mean"})
PER = ("denominator",)
RANKED = ("denominator or weights", "rank")
SPREAD = ("denominator or weights",)
NEEDS: Mapping[str, tuple[str, ...]] = {
    "rate": PER, "share": PER, "ratio": PER, "density": PER, "balance": PER, "life_expectancy": PER,
    "directly_standardised_rate": PER, "standardised_ratio": PER, "change_per_year": ("start",),
    "weighted_mean": ("weights",), "share_below": ("weights", "cutoff"), "estimated_share": ("weights",),
    "slope_index": RANKED, "relative_index": RANKED, "concentration_index": RANKED,
    "gini": SPREAD, "theil": SPREAD, "theil_between_epci": SPREAD,
}  # fmt: skip
#: methods whose figure is a ratio of counts times `scale`: the number after "pour" in their unit
SCALED = frozenset({"rate", "ratio", "balance", "directly_standardised_rate"})
PARTNER = "import-"


def near(name: str, known: Iterable[str], *, count: int = 3) -> str:
    """Names that look like this one, or that hold it, as the end of a message; empty when there is none.

    >>> near("part-85", ["part-85-ans-ou-plus", "part-ald", "taux-chomage"], count=1)
    '; near: part-85-ans-ou-plus'
    """
    names = list(known)
    holding = [other for other in names if name and (name in other or other in name)]
    close = [*holding, *(n for n in get_close_matches(name, names, n=count, cutoff=0.5) if n not in holding)][:count]
    return f"; near: {', '.join(close)}" if close else ""


def in_words(error: ValidationError) -> list[str]:
    """What the model refused, field by field."""
    return [_sentence(one["type"], ".".join(map(str, one["loc"])), one) for one in error.errors()]


def _sentence(kind: str, field: str, one: Mapping[str, object]) -> str:
    said = str(one["msg"])
    if kind == "missing":
        return f"{field} is missing"
    if kind == "extra_forbidden":
        return f"{field} is not a field of an entry{near(field, Indicator.model_fields, count=1)}"
    if kind == "value_error":
        return " ".join(part for part in (field, said.removeprefix("Value error, ")) if part)
    if kind == "tuple_type":
        said = "is written between quotes, or as a list of such words"
    given = one.get("input")
    return f"{field} = {given!r}: {said[:1].lower()}{said[1:]}"


def check_method(indicator: Indicator, methods: Collection[str]) -> list[str]:
    """Problems between an entry, its method and its unit: what the method needs and lacks, a scale that the unit denies."""
    where = f"indicator {indicator.id!r}"
    if indicator.method not in methods:
        return [f"{where}: method {indicator.method!r} is not one of {', '.join(sorted(methods))}"]
    problems = [
        f"{where}: method {indicator.method!r} needs the field {needed}"
        for needed in NEEDS.get(indicator.method, ())
        if all(getattr(indicator, field) in ((), None) for field in needed.split(" or "))
    ]
    said = re.search(r"\bpour (\d[\d\s]*)", indicator.unit)
    if said and indicator.method in SCALED and float(re.sub(r"\s", "", said[1])) != indicator.scale:
        problems.append(f"{where}: unit {indicator.unit!r} needs scale {said[1].strip()}, not {indicator.scale:g}")
    if indicator.method == "share" and not indicator.unit.startswith("%"):
        problems.append(f'{where}: method "share" gives a percentage, its unit is "%", not {indicator.unit!r}')
    return problems


def check_sources(indicator: Indicator, declared: Mapping[str, Source] | None = None) -> list[str]:
    """Problems between an entry and the sources: a source that nobody declares, an unknown variable, a sum of what is not
    a count, a mean of a median. A partner's table (`import-...`) that is not declared may still arrive."""
    declared = known_sources() if declared is None else declared
    problems = []
    for reference in indicator.references():
        where = f"indicator {indicator.id!r}, {reference.source}:{reference.variable}"
        if reference.source not in declared:
            if not reference.source.startswith(PARTNER):
                problems.append(f"{where}: no source has this name{near(reference.source, declared)}")
            continue
        variable = declared[reference.source].names.get(reference.variable)
        if variable is None:
            names = declared[reference.source].names
            problems.append(
                f"{where}: the source declares no such variable{near(reference.variable, names)}; "
                f"all of them: cls-analysis indicators variables {reference.source}"
            )
        elif indicator.method in SUMS and variable.kind != "count":
            problems.append(f"{where} is a {variable.kind}: only counts are summed")
        elif variable.kind == "median" and (
            indicator.method in MEANS or (indicator.method == "bassin_de_vie" and indicator.weights)
        ):
            problems.append(f'{where} is a median: it is never averaged, use method "published"')
    return problems


def known_sources() -> dict[str, Source]:
    """Every source that an entry may name, those of the demonstration included."""
    from cls_analysis.demo import DEMO_SOURCES
    from cls_analysis.sources import all_sources

    return {**all_sources(), **DEMO_SOURCES}
