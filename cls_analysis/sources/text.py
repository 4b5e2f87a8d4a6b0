"""Are two headers the same words? Accents, case, apostrophes and runs of spaces do not count; words and figures do."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache


def fold(text: object) -> str:
    """A header reduced to its words: lower case, no accent, straight apostrophes, single spaces.

    >>> fold("  APL aux  Médecins généralistes de l’Ain ")
    "apl aux medecins generalistes de l'ain"
    """
    return _folded(str(text))


@lru_cache(maxsize=65_536)
def _folded(text: str) -> str:
    """A name comes back in each sheet of a workbook: it is folded once."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").replace("œ", "oe").replace("Œ", "OE"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"\s+", " ", plain).strip().lower()


def shown(items: Iterable[object], *, most: int = 8) -> str:
    """The first items, and how many more: `01001, 01002 ... and 7 more`.

    >>> shown(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    listed = [str(item) for item in items]
    text = ", ".join(listed[:most])
    return f"{text} and {len(listed) - most} more" if len(listed) > most else text


def match_columns(
    header: Sequence[object], wanted: Mapping[str, str], *, where: str
) -> tuple[dict[str, int], list[str]]:
    """Positions of the wanted columns in a header, by their words: `{name: position}` and the problems.

    `wanted` maps our name to the header the producer writes. A header absent, or there twice, is a problem.

    >>> match_columns(["Code ", "Libellé"], {"code": "Code"}, where="f.csv")
    ({'code': 0}, [])
    """
    found: dict[str, list[int]] = {}
    for position, title in enumerate(header):
        found.setdefault(fold(title), []).append(position)
    positions, problems = {}, []
    for name, title in wanted.items():
        places = found.get(fold(title), [])
        if not places:
            problems.append(
                f"{where}: column {title!r} is missing; the header holds {shown(map(repr, header), most=40)}"
            )
        elif len(places) > 1:
            problems.append(f"{where}: column {title!r} is there {len(places)} times")
        else:
            positions[name] = places[0]
    return positions, problems
