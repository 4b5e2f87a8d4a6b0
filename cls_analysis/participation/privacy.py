"""Does a text name, reach or describe a person?

Patterns only: they catch e-mail addresses, French telephone numbers, social security numbers, a title
followed by a name, and phrases that tell one person's illness. They cannot catch everything; the guide
asks for a second pair of eyes. A match is refused, never edited silently.

>>> [f.what for f in findings("Voir Mme Dupont au 03 25 00 00 00")]
['un numéro de téléphone', 'le nom d’une personne']
>>> findings("Le Dr est parti, M. le maire aussi ; 52 000 habitants et 2 500 €")
[]
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_NAME = r"[A-ZÀ-ÖØ-Þ][\w’'-]+"
#: Words that follow a title without naming anyone.
_NOT_NAMES = r"(?:le|la|les|l|un|une|du|de|des|et|ou|en)\b"
_PATTERNS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    (
        "une adresse électronique",
        re.compile(r"(?i:[\w.+-]+\s?(?:@|\[at\]|\(at\)|\barobase\b|\(a\))\s?[\w-]+\s?(?:\.|\bpoint\b)\s?[a-z]{2,})"),
    ),
    (
        "un numéro de téléphone",
        re.compile(r"(?<![\d])(?:(?:\+|00)33\s?(?:\(0\))?|0)\s?[1-9](?:[\s.\-]?\d{2}){4}(?!\d)"),
    ),
    (
        "un numéro de sécurité sociale",
        re.compile(r"(?<!\d)[12]\s?\d{2}\s?(?:0[1-9]|1[0-2]|[2-9]\d)\s?\d[\dAB]\s?\d{3}\s?\d{3}(?!\d)"),
    ),
    (
        "le nom d’une personne",
        re.compile(
            r"(?<![\w’'-])(?:[Mm]me|MME|[Mm]lle|MM?\.|M(?=\s[A-Z])|[Mm]onsieur|[Mm]adame|[Mm]ademoiselle|[Dd]r|DR|"
            r"[Dd]octeure?|[Pp]r|[Pp]rofesseure?|[Mm]a[iî]tre|Me)\.?\s+(?!" + _NOT_NAMES + r")" + _NAME
        ),
    ),
    (
        "l’état de santé d’une personne",
        re.compile(
            r"(?i:\b(?:mon|ma|son|sa|notre|leur)\s+(?:mari|femme|épou(?:x|se)|père|mère|fils|fille|frère|s(?:œ|oe)ur|voisine?|"
            r"conjointe?|compagn(?:on|e)|enfant|grand-(?:père|mère)|collègue)\b(?:[^.!?;]|(?<=\b[A-Z])\.){0,40}?\b(?:a|est|souffre|était|avait|fait|a fait)\b"
            r"[^.!?;]{0,40}?\b(?:cancer|diab[eé]t\w*|alzheimer|parkinson|d[ée]press\w*|suicid\w*|alcooli\w*|schizo\w*|bipolaire|"
            r"vih|sida|épilep\w*|toxicoman\w*|avc|infarctus|tumeur|autis\w*)\b)"
        ),
    ),
    (
        "l’état de santé de celui qui parle",
        re.compile(
            r"(?i:\bj(?:e\s+(?:suis|souffre|prends)|[’']ai)\s+(?:(?!pour\b|inqui)[\w’']+\s+){0,4}?(?:cancer|diab[eé]t\w*|alzheimer|parkinson|"
            r"d[ée]press\w*|suicid\w*|alcooli\w*|schizo\w*|bipolaire|vih|sida|épilep\w*|toxicoman\w*|avc|infarctus|tumeur)\b)"
        ),
    ),
)
#: First names so common that, before a capitalised word, they most often begin a person's name (doubtful: the checker warns).
_FIRST_NAMES = (
    "Alain|André|Anne|Antoine|Bernard|Brigitte|Catherine|Chantal|Christian|Christine|Christophe|Claude|Daniel|David|Denise|Didier|"
    "Dominique|Élisabeth|Éric|Fabrice|Florence|Françoise|François|Frédéric|Gérard|Gilles|Guy|Hélène|Henri|Hervé|Isabelle|Jacqueline|"
    "Jacques|Jean|Jeanne|Jean-Claude|Jean-François|Jean-Louis|Jean-Luc|Jean-Marc|Jean-Paul|Jean-Pierre|Joseph|Julien|Kévin|Laurence|"
    "Laurent|Léa|Louis|Lucie|Madeleine|Marc|Marcel|Marie|Marie-Claude|Marie-Thérèse|Martine|Maurice|Michel|Michèle|Monique|"
    "Nathalie|Nicolas|Nicole|Odette|Olivier|Pascal|Patricia|Patrick|Paul|Philippe|Pierre|Raymond|René|Robert|Roger|Sandrine|Serge|"
    "Simone|Sophie|Stéphane|Suzanne|Sylvie|Thierry|Thomas|Valérie|Véronique|Vincent|Yves|Yvette|Yvonne"
)
_NAMED_AFTER = r"(?:rue|avenue|place|boulevard|école|collège|lycée|hôpital|centre|maison|gymnase|salle|résidence|institut|fondation|quai|pont)"
_DOUBTFUL: Final = (
    re.compile(rf"(?<![\w-])(?:{_FIRST_NAMES}|{_FIRST_NAMES.upper()})\s+(?:[A-Z]\.|{_NAME})"),
    re.compile(
        r"(?<![\w’'-])(?i:monsieur|madame|mademoiselle|mme|docteur|dr)\.?\s+(?!(?:le|la|les|l|un|une|du|de|des|et|ou|en|qui|que|a|est|x|y)\b)[a-zà-ÿ]{3,}\b"
    ),
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]")


@dataclass(frozen=True)
class Finding:
    """What was found, and the words themselves."""

    what: str
    text: str


def findings(text: str) -> list[Finding]:
    """Every person's trace found in a text, in the order of the patterns."""
    return [Finding(what, m.group(0)) for what, pattern in _PATTERNS for m in pattern.finditer(text)]


def doubts(text: str) -> list[Finding]:
    """What looks like a person's name without being sure: a first name and a name, a title and a word in lower case.

    >>> [f.text for f in doubts("Le maire, Jean Martin, et madame durand, rue Jean Moulin")]
    ['Jean Martin', 'madame durand']
    """
    found = [m for pattern in _DOUBTFUL for m in pattern.finditer(text)]
    sure = {f.text for f in findings(text)}
    named = re.compile(rf"(?i:{_NAMED_AFTER})\s+(?:\w+\s+)?$")
    return [
        Finding("peut-être le nom d’une personne", m.group(0))
        for m in found
        if not named.search(text[: m.start()]) and not any(m.group(0) in s or s in m.group(0) for s in sure)
    ]


def control_characters(text: str) -> list[str]:
    """Characters that print nothing or reverse the reading order, as `U+XXXX`.

    >>> control_characters("a\\u202eb\\n")
    ['U+202E']
    """
    return [f"U+{ord(c):04X}" for c in _CONTROL.findall(text)]
