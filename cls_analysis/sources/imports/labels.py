"""What sex and what age does a partner's word mean? Usual French writings; anything else is asked for in the TOML, never guessed.

>>> sex_of("Femmes"), sex_of("H"), sex_of("Ensemble")
('F', 'M', 'all')
>>> age_of("De 5 à 9 ans"), age_of("85 ans et plus"), age_of("moins d'un an"), age_of("0")
('5-9', '85+', '0-0', '0-0')
"""

from __future__ import annotations

import itertools
import re

from cls_analysis.sources.text import fold

_SEXES = {
    "F": ("f", "femme", "femmes", "feminin", "2"),
    "M": ("m", "h", "homme", "hommes", "masculin", "1"),
    "all": ("all", "ensemble", "tous", "tous sexes", "total", "deux sexes", "les deux sexes", "t", "_t", "9"),
}
_ALL_AGES = ("all", "ensemble", "tous", "tous ages", "tout age", "total", "_t", "tsage")
_FORMS = (
    (r"(\d{1,3})\s*(?:-|–|à|a|_)\s*(\d{1,3})", "band"),
    (r"(\d{1,3})\s*(?:\+|et \+|et plus|ou plus|et au-dela)", "open"),
    (r"moins de (\d{1,3})", "under"),
    (r"(\d{1,3})", "year"),
)


def sex_of(word: str) -> str | None:
    """`F`, `M`, `all`, or None for a word that is none of the usual ones."""
    folded = fold(word)
    return next((sex for sex, words in _SEXES.items() if folded in words), None)


def age_of(word: str) -> str | None:
    """`all`, `5-9`, `85+`, `0-0`, or None. A band that ends before it begins is None."""
    folded = fold(word).replace("d'un an", "de 1 an").replace("l'annee", "")
    if folded in _ALL_AGES:
        return "all"
    plain = re.sub(r"\b(?:de|age de|ages de)\s+(?=\d)", "", folded) if not folded.startswith("moins") else folded
    plain = re.sub(r"\s*\b(?:ans|an|revolus)\b\s*", " ", plain)
    plain = re.sub(r"\s+", " ", plain).strip().removeprefix("[").removesuffix("]").strip()
    for pattern, form in _FORMS:
        match = re.fullmatch(pattern, plain)
        if match is None:
            continue
        first = int(match[1])
        if form == "band":
            last = int(match[2])
            return f"{first}-{last}" if first <= last <= 99 else None
        if form == "open":
            return f"{first}+" if first <= 99 else None
        if form == "under":
            return f"0-{first - 1}" if 0 < first <= 99 else None
        return f"{first}-{first}" if first <= 99 else None
    return None


def bounds(age: str) -> tuple[int, int]:
    """First and last age of a band in our writing; 999 for an open one.

    >>> bounds("5-9"), bounds("85+")
    ((5, 9), (85, 999))
    """
    if age.endswith("+"):
        return int(age[:-1]), 999
    first, last = age.split("-")
    return int(first), int(last)


def untiled(ages: set[str]) -> str | None:
    """Why bands do not follow one another, or None: a hole or an overlap, named.

    >>> untiled({"0-4", "5-9", "10+"}) is None, untiled({"0-4", "10+"})
    (True, "ages 5 to 9 are in no band, before '10+'")
    """
    ordered = sorted((bounds(age), age) for age in ages)
    for ((_, last), before), ((first, _), band) in itertools.pairwise(ordered):
        if first <= last:
            return f"bands {before!r} and {band!r} overlap"
        if first > last + 1:
            return f"ages {last + 1} to {first - 1} are in no band, before {band!r}"
    return None
