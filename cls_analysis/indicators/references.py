"""Which numbers does a catalogue entry point at? `source:variable[?sex=F&age=75+][@period]`, read and resolved.

`insee-comparateur:deces@2022` is one variable in one period. `demo-population:population?age=65+` sums the
age bands that tile 65 and over. `a | b` means: `a` where its source is built, otherwise `b`. A leading `-`
subtracts (natural balance). `@latest` is the last period that the source holds, for a register that is
replaced rather than continued (the figure then carries that period).

>>> parse_references("demo-population:population?sex=F&age=75+@2023")[0].age
'75+'
>>> [r.source for r in parse_references("insee-populations-reference:pmun@2023 | etalab-decoupage:population@2026")]
['insee-populations-reference', 'etalab-decoupage']
>>> bands_within("65+", ["60-64", "65-69", "70-74", "75+"])
['65-69', '70-74', '75+']
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cls_analysis.errors import InvalidInput

_FORM = re.compile(
    r"^(?P<sign>-?)(?P<source>[a-z0-9][a-z0-9-]*):(?P<variable>[a-z0-9_]+)"
    r"(?:\?(?P<query>[^@]*))?(?:@(?P<period>latest|[0-9]{4}(?:-[0-9]{4})?))?$"
)
ALL = "all"
EVERY = "*"
SEXES = ("F", "M", ALL, EVERY)
LATEST = "latest"


@dataclass(frozen=True)
class Reference:
    """One variable of one source, with the sex, age and period asked for; `period` "" means the indicator's own, `latest` the last one held.

    `sex` and `age` are a modality, a named age group, or `*` (every modality, for standardised methods).
    """

    source: str
    variable: str
    sex: str = ALL
    age: str = ALL
    period: str = ""
    sign: int = 1


def parse_references(text: str) -> tuple[Reference, ...]:
    """The alternatives of one reference, in order of preference; `InvalidInput` names what cannot be read."""
    found = []
    for part in text.split("|"):
        match = _FORM.match(part.strip())
        if match is None:
            raise InvalidInput(
                f"reference {part.strip()!r} is not of the form source:variable?sex=F&age=65+@2023",
                hint="docs/indicators.md, references",
            )
        query = dict(item.split("=", 1) for item in (match["query"] or "").split("&") if "=" in item)
        if unknown := set(query) - {"sex", "age"}:
            raise InvalidInput(f"reference {part.strip()!r} filters on {sorted(unknown)}; only sex and age are known")
        if query.get("sex", ALL) not in SEXES:
            raise InvalidInput(f"reference {part.strip()!r}: sex is one of {', '.join(SEXES)}, not {query['sex']!r}")
        if query.get("age", ALL) not in (ALL, EVERY):
            age_bounds(query["age"])
        found.append(
            Reference(
                source=match["source"],
                variable=match["variable"],
                sex=query.get("sex", ALL),
                age=query.get("age", ALL),
                period=match["period"] or "",
                sign=-1 if match["sign"] else 1,
            )
        )
    return tuple(found)


def age_bounds(band: str) -> tuple[int, float]:
    """First and last age of a band, the last being infinite for an open one.

    >>> age_bounds("1-4"), age_bounds("95+"), age_bounds("0")
    ((1, 4), (95, inf), (0, 0))
    """
    if match := re.fullmatch(r"(\d+)-(\d+)", band):
        return int(match[1]), int(match[2])
    if match := re.fullmatch(r"(\d+)\+", band):
        return int(match[1]), float("inf")
    if band.isdigit():
        return int(band), int(band)
    raise InvalidInput(f"age band {band!r} is neither '5-9', '95+' nor '0'")


def bands_within(group: str, bands: Iterable[str]) -> list[str]:
    """The bands that tile `group` exactly; `InvalidInput` where they overlap, overflow or leave a hole."""
    first, last = age_bounds(group)
    inside = sorted(
        (age_bounds(b), b) for b in bands if b != ALL and age_bounds(b)[0] >= first and age_bounds(b)[1] <= last
    )
    expected: float = first
    for (low, high), band in inside:
        if low != expected:
            raise InvalidInput(f"age group {group!r} is not tiled by the bands: hole or overlap at {band!r}")
        expected = high + 1
    if not inside or inside[-1][0][1] != last:
        raise InvalidInput(f"age group {group!r} is not tiled by the bands {sorted(bands)}")
    return [band for _, band in inside]
