"""How is a number, a date, a list or a name written in French? Here, and nowhere else.

Method: the usage of the Imprimerie nationale and of Insee ("Savoir compter, savoir conter", n° 9): decimal
comma, narrow no-break space (U+202F) between thousands but not in years or codes, no-break space (U+00A0)
before % and units, true minus sign (U+2212), plural from 2 ("1,9 consultation"). Files meant for machines
(CSV, workbook) never come through this module.

>>> format_number(79789, unit="habitants").replace(NNBSP, "_").replace(NBSP, "~")
'79_789~habitants'
>>> de("le Pays de Langres"), de("l’Aube"), de("Épinal"), de("Le Havre")
('du Pays de Langres', 'de l’Aube', 'd’Épinal', 'du Havre')
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from types import MappingProxyType

from cls_analysis.errors import InvalidInput
from cls_analysis.geography import articles

NBSP = "\u00a0"
NNBSP = "\u202f"
MINUS = "\u2212"
APOSTROPHE = "\u2019"
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
_INVARIABLE = frozenset({"décès", "mois", "fois", "pays", "cas", "accès", "temps", "permis", "concours"})
_STOP = frozenset({"par", "pour", "de", "d", "à", "en", "au", "sur", "des", "du"})
SEEN = 1 << 14  # texts of numbers that are kept: a report writes them again in a table, a map, a sentence
_BEFORE_NARROW, _BEFORE_WIDE = re.compile(r" (?=[;!?])"), re.compile(r" (?=[:»%€])")
_TWO_STOPS = re.compile(r"(?<!\.)\.\.(?![./])")
_ORDINAL = re.compile(rf"(?<=\d)(er|re|e)(?=[ {NBSP}](?:sur|rang|{'|'.join(MONTHS)})\b)")
_VOWELS = "aàâäeéèêëiîïoôöuùûüyœæAÀÂÄEÉÈÊËIÎÏOÔÖUÙÛÜŒÆ"


@dataclass(frozen=True)
class StatusWord:
    """The short word printed where a number is withheld or absent, its meaning for a legend, the reason in a sentence."""

    short: str
    meaning: str
    reason: str = ""


SECRET_MEANING = "secret statistique (nombre trop petit, ou qui en ferait deviner un trop petit)"
STATUS_WORDS: Mapping[str, StatusWord] = MappingProxyType(
    {
        "suppressed": StatusWord(
            "secret",
            SECRET_MEANING,
            "l’effectif est trop faible pour être publié sans risque pour les personnes",
        ),
        "suppressed_secondary": StatusWord(
            "secret",
            SECRET_MEANING,
            "sa publication permettrait de déduire une autre valeur, secrète",
        ),
        "too_few_events": StatusWord(
            f"eff.{NBSP}trop faible",
            "effectif trop faible pour un taux fiable",
            "effectif trop faible pour un taux fiable",
        ),
        "not_published": StatusWord(f"n.{NBSP}p.", "non publié par le producteur", "secret statistique du producteur"),
        "missing": StatusWord(f"n.{NBSP}d.", "non disponible", "donnée non disponible"),
        "not_applicable": StatusWord(
            f"sans{NBSP}objet", "l’indicateur n’a pas de sens ici", "l’indicateur n’a pas de sens ici"
        ),
    }
)


def is_number(value: object) -> bool:
    """True for a finite number, False for None, NaN, NA and infinities."""
    try:
        return math.isfinite(float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False


def rounded(value: float, decimals: int = 0) -> Decimal:
    """The value rounded half away from zero, as a reader rounds (not half to even); never minus zero."""
    return _rounded(_finite(value), decimals)


def _finite(value: float) -> float:
    if not is_number(value):
        raise InvalidInput(
            f"{value!r} is not a finite number", hint="write withheld values with format_value(value, status=...)"
        )
    return float(value)


@lru_cache(maxsize=SEEN)
def _rounded(value: float, decimals: int) -> Decimal:
    result = Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return abs(result) if result == 0 else result


def format_number(
    value: float, decimals: int = 0, unit: str = "", *, signed: bool = False, grouped: bool = True
) -> str:
    """A number as printed: `value` rounded to `decimals`, with its `unit` (agreed) after a no-break space.

    A true zero is "0" without decimals; a small value that rounds to zero keeps them ("0,0"). `signed` adds a +
    to positive values; `grouped=False` is for years. A null raises InvalidInput: see `format_value`.
    """
    return _written(_finite(value), decimals, unit, signed, grouped)


@lru_cache(maxsize=SEEN)
def _written(value: float, decimals: int, unit: str, signed: bool, grouped: bool) -> str:
    number = _rounded(value, decimals)
    digits = f"{abs(number):f}"
    if value == 0:
        digits = "0"
    whole, _, fraction = digits.partition(".")
    if grouped:
        whole = f"{int(whole):,}".replace(",", NNBSP)
    sign = MINUS if number < 0 else "+" if signed and number > 0 else ""
    text = sign + whole + (f",{fraction}" if fraction else "")
    return f"{text}{NBSP}{agree_unit(unit, float(number))}" if unit else text


def format_value(
    value: float | None, *, status: str = "observed", decimals: int = 0, unit: str = "", signed: bool = False
) -> str:
    """A published value, or the short word of its status (*secret*, *n. d.* ...). Unknown status: InvalidInput.

    >>> format_value(None, status="suppressed"), format_value(0.0, status="observed", decimals=1)
    ('secret', '0')
    """
    if status in ("observed", "estimated"):
        if not is_number(value):
            return STATUS_WORDS["missing"].short
        return format_number(float(value), decimals, unit, signed=signed)  # type: ignore[arg-type]
    if status not in STATUS_WORDS:
        raise InvalidInput(f"status {status!r} is not known", hint=f"one of {', '.join(STATUS_WORDS)}")
    return STATUS_WORDS[status].short


def marks(statuses: Iterable[str]) -> list[tuple[str, str]]:
    """Short mark and meaning of each status that withholds or lacks a value, once each, in the order given.

    >>> marks(["observed", "suppressed", "suppressed_secondary", "missing"])[1]
    ('n.\\xa0d.', 'non disponible')
    """
    words = (STATUS_WORDS[s] for s in statuses if s in STATUS_WORDS)
    return list(dict.fromkeys((w.short, w.meaning) for w in words))


def marks_note(statuses: Iterable[str]) -> tuple[str, ...]:
    """The legend of the marks met in a figure, as one note; none if every value is shown."""
    met = marks(statuses)
    return (punctuate(" ; ".join(f"{short} : {meaning}" for short, meaning in met)) + ".",) if met else ()


def format_interval(
    lower: float | None, upper: float | None, decimals: int = 0, unit: str = "", *, words: bool = False
) -> str:
    """Interval "[24,1 ; 29,9]", or in words "de 24,1 à 29,9 %"; an empty string if a limit is null."""
    if not (is_number(lower) and is_number(upper)):
        return ""
    low, high = format_number(float(lower), decimals), format_number(float(upper), decimals)  # type: ignore[arg-type]
    tail = f"{NBSP}{agree_unit(unit, float(upper))}" if unit else ""  # type: ignore[arg-type]
    return f"de {low} à {high}{tail}" if words else f"[{low}{NNBSP};{NBSP}{high}]{tail}"


def percent(value: float, decimals: int = 1, *, signed: bool = False) -> str:
    """A percentage already on the scale 0-100."""
    return format_number(value, decimals, "%", signed=signed)


def points(value: float, decimals: int = 1, *, signed: bool = False) -> str:
    """A difference between two percentages: "4,9 points", "1,2 point"."""
    return format_number(value, decimals, "points", signed=signed)


def is_plural(value: float) -> bool:
    """French plural begins at 2 in absolute value: 1,9 consultation; 2 consultations.

    >>> is_plural(1.99), is_plural(-2), is_plural(0)
    (False, True, False)
    """
    return abs(value) >= 2


def count_of(value: float, singular: str, plural: str | None = None, *, decimals: int = 0) -> str:
    """A count with its noun: "1 commune", "168 communes". `value` decides the number, after rounding."""
    noun = (plural or f"{singular}s") if is_plural(float(rounded(value, decimals))) else singular
    return f"{format_number(value, decimals)}{NBSP}{noun}"


def plural_of(word: str) -> str:
    """'communes', 'bassins de vie', 'EPCI': an acronym does not change.

    >>> plural_of("bassin de vie"), plural_of("EPCI")
    ('bassins de vie', 'EPCI')
    """
    first, _, rest = word.partition(" ")
    return (first if first.isupper() else f"{first}s") + (f" {rest}" if rest else "")


def tidy_unit(unit: str) -> str:
    """A unit with its own typography: thousands ("pour 10 000 hab.") joined by narrow no-break spaces."""
    return re.sub(r"(?<=\d) (?=\d{3}(?!\d))", NNBSP, unit)


def agree_unit(unit: str, value: float) -> str:
    """The unit agreed with the value: the words before the first preposition lose their s below 2.

    >>> agree_unit("consultations accessibles par an", 1.9), agree_unit("hab./km²", 1)
    ('consultation accessible par an', 'hab./km²')
    """
    return _agreed(unit, is_plural(value))


@lru_cache(maxsize=SEEN)
def _agreed(unit: str, plural: bool) -> str:
    unit = re.sub(r"\((s|x)\)", r"\1", unit)
    if plural:
        return tidy_unit(unit)
    words = unit.split(" ")
    for position, word in enumerate(words):
        if word.lower().split("’")[0].split("'")[0] in _STOP:
            break
        parts = word.split("-")
        if all(part.isalpha() and part.islower() for part in parts):
            singular = [p[:-1] if len(p) > 2 and p[-1] == "s" and p not in _INVARIABLE else p for p in parts]
            words[position] = "-".join(singular)
    return tidy_unit(" ".join(words))


def join_list(items: Iterable[str], last: str = "et") -> str:
    """'a', 'a et b', 'a, b et c' with true apostrophes; an empty list is an empty string."""
    parts = [str(item).replace("'", APOSTROPHE) for item in items]
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def de(name: str) -> str:
    """'de' before a name, contracted or elided: du Pays de Langres, des Vosges, de l’Aube, d’Épinal, de Joinville."""
    return articles.of(name)


def a(name: str) -> str:
    """'à' before a name, contracted: au Pays de Langres, aux Vosges, à la Meuse, à Langres."""
    return articles.to(name)


def elide(word: str, following: str) -> str:
    """'la' or 'le' or 'de' or 'que' elided before a vowel: elide('la', 'évolution') is "l’évolution"."""
    if following[:1] in _VOWELS and following[:1] not in "yY":
        return f"{word[:-1]}{APOSTROPHE}{following}"
    return f"{word} {following}"


def capitalise(text: str) -> str:
    """First letter in capital, accents kept, the rest untouched: "Évolution", "L’accessibilité"."""
    return text[:1].upper() + text[1:]


def uncapitalise(text: str) -> str:
    """First letter in lower case unless the first word is an acronym or has inner capitals (APL, ICM)."""
    first = text.split(" ", 1)[0].split(APOSTROPHE, 1)[0]
    return text if len(first) > 1 and first[1:].lower() != first[1:] else text[:1].lower() + text[1:]


def index_key(name: str) -> str:
    """Sort key of a French index: accents and case do not count."""
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c)).casefold()


def ordinal(number: int, *, feminine: bool = False) -> str:
    """1er, 1re, 2e, 3e."""
    return ("1re" if feminine else "1er") if number == 1 else f"{format_number(number)}e"


def raised(html: str) -> str:
    """Escaped text with the letters of its ordinals raised: "133<sup>e</sup> sur 151", "1<sup>er</sup> janvier".

    Only before a word that an ordinal goes with: a code that ends in e is left alone.

    >>> raised("133e sur 151"), raised("1er janvier"), raised("12e4")
    ('133<sup>e</sup> sur 151', '1<sup>er</sup> janvier', '12e4')
    """
    return _ORDINAL.sub(r"<sup>\1</sup>", html) if "e" in html else html


def rank(position: int, total: int, *, feminine: bool = False) -> str:
    """'3e sur 8'."""
    return f"{ordinal(position, feminine=feminine)} sur {format_number(total)}"


def date(day: dt.date) -> str:
    """'1er janvier 2026', '14 février 2017'."""
    return f"{'1er' if day.day == 1 else day.day}{NBSP}{MONTHS[day.month - 1]}{NBSP}{day.year}"


def format_stamp(stamp: str) -> str:
    """A producer's date as written in a citation: '2024-06' is 'juin 2024', '2026-01-01' is '1er janvier 2026'.

    >>> format_stamp("2024-06").replace(NBSP, " "), format_stamp("2024")
    ('juin 2024', '2024')
    """
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", stamp):
        return date(dt.date.fromisoformat(stamp))
    if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", stamp):
        return f"{MONTHS[int(stamp[5:]) - 1]}{NBSP}{stamp[:4]}"
    return stamp


def period_words(period: str) -> str:
    """'en 2022' for a year, 'sur la période 2018-2022' for a span: a pooled span is never called by one year."""
    return f"sur la période{NBSP}{period}" if re.fullmatch(r"\d{4}-\d{4}", period) else f"en{NBSP}{period}"


def punctuate(text: str) -> str:
    """Plain spaces before ; : ! ? » and after « become the no-break spaces of French typography."""
    text = _BEFORE_NARROW.sub(NNBSP, text)
    text = _BEFORE_WIDE.sub(NBSP, text)
    if ".." in text:  # an abbreviation that ends a sentence ("hab.") has one full stop
        text = _TWO_STOPS.sub(".", text)
    return text.replace("« ", f"«{NBSP}").replace("'", APOSTROPHE)


def basin(name: str) -> str:
    """A bassin de vie, which bears the name of a commune: 'le bassin de vie de Chalindrey'."""
    return f"le bassin de vie {de(name)}"


def between_words(period: str) -> str:
    """'entre 2017 et 2023' for a change over a span; 'en 2022' for a year."""
    first, dash, last = period.partition("-")
    return f"entre{NBSP}{first} et{NBSP}{last}" if dash else period_words(period)


_EN_DEPARTMENTS = frozenset({"Moselle", "Corse-du-Sud"})


def locative(name: str, territory_type: str = "perimeter") -> str:
    """'dans', 'en' or 'à' before a name written with its article.

    >>> [locative(n, t) for n, t in (("la France", "france"), ("le Grand Est", "region"), ("Langres", "commune"))]
    ['en France', 'dans le Grand Est', 'à Langres']
    >>> locative("la Haute-Marne", "departement"), locative("la Meuse", "departement"), locative("l’Aube", "departement")
    ('en Haute-Marne', 'dans la Meuse', 'dans l’Aube')
    """
    name = name.replace("'", APOSTROPHE)
    bare = re.sub(r"^(la |l’)", "", name)
    if territory_type == "france" or name == "France":
        return f"en {bare}"
    if territory_type == "commune":
        return a(name)
    if territory_type == "bassin_de_vie":
        return f"dans {basin(name)}"
    if territory_type == "departement" and name == bare and not name.startswith(("le ", "les ")):
        return f"à {name}"
    if territory_type == "region" and bare in ("La Réunion", "Réunion", "Mayotte"):
        return f"à {'La Réunion' if 'Réunion' in bare else bare}"
    if territory_type == "region" and not name.startswith(("le ", "les ")):
        return f"en {bare}"
    if territory_type == "departement" and name.startswith("la ") and ("-" in bare or bare in _EN_DEPARTMENTS):
        return f"en {bare}"
    return f"dans {name}"


def contract(sentence: str) -> str:
    """A filled template made correct: 'de le' -> 'du', 'à les' -> 'aux', 'dans la France' -> 'en France'.

    >>> contract("La part de le Pays de Langres, comparée à les Vosges et à celle de la France")
    'La part du Pays de Langres, comparée aux Vosges et à celle de la France'
    """
    for pair, word in (("de le", "du"), ("de les", "des"), ("à le", "au"), ("à les", "aux")):
        sentence = re.sub(rf"\b{pair} (?=[A-ZÀ-Ý])", f"{word} ", sentence)
        sentence = re.sub(rf"\b{capitalise(pair)} (?=[A-ZÀ-Ý])", f"{capitalise(word)} ", sentence)
    sentence = re.sub(r"\bdans (la )?France\b", "en France", sentence)
    return re.sub(r"\bDans (la )?France\b", "En France", sentence)
