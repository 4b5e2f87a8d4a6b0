"""How does an indicator become the subject of a French sentence? By its gender, its number and its article.

The catalogue may declare `sentence_subject` ("la part des 65 ans ou plus"), `gender` ("f" or "m") and `plural`;
without them the head noun of the label is looked up in a short lexicon. A label whose head is unknown has no
subject: the sentence then takes the neutral form "Indicateur : valeur", which cannot be wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from cls_analysis.figures import french
from cls_analysis.figures.setting import Compared, Published

# head noun -> gender and number ("f", "m", "fp", "mp")
NOUNS: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(
        ("part", "densité", "population", "accessibilité", "mortalité", "espérance", "évolution", "prévalence",
         "distance", "proportion", "croissance", "fécondité", "participation", "couverture", "médiane", "moyenne",
         "variation", "natalité", "fréquence", "durée", "concentration", "surface", "superficie", "offre",
         "incidence", "surmortalité", "patientèle", "exposition", "contribution", "différence"), "f")
    | dict.fromkeys(
        ("taux", "nombre", "indice", "revenu", "niveau", "solde", "temps", "âge", "ratio", "rapport", "score",
         "effectif", "excédent", "recours", "écart", "potentiel", "volume", "pourcentage"), "m")
    | dict.fromkeys(("naissances", "personnes", "places", "familles", "admissions", "consultations"), "fp")
    | dict.fromkeys(
        ("décès", "médecins", "infirmiers", "habitants", "bénéficiaires", "ménages", "lits", "logements"), "mp")
)  # fmt: skip
_ABSOLUTE_UNITS = ("an", "ans", "année", "années", "minute", "minutes", "min", "jour", "jours", "km")


@dataclass(frozen=True)
class Subject:
    """A noun phrase with its article, and its gender and number."""

    phrase: str
    feminine: bool = False
    plural: bool = False

    @property
    def pronoun(self) -> str:
        return ("elle" if self.feminine else "il") + ("s" if self.plural else "")

    @property
    def that(self) -> str:
        """celui, celle, ceux, celles."""
        return {(0, 0): "celui", (1, 0): "celle", (0, 1): "ceux", (1, 1): "celles"}[self.feminine, self.plural]

    @property
    def to_be(self) -> str:
        return "sont" if self.plural else "est"

    @property
    def to_have(self) -> str:
        return "ont" if self.plural else "a"

    def agree(self, adjective: str) -> str:
        """A regular adjective or participle agreed: supérieur -> supérieures."""
        return adjective + ("e" if self.feminine else "") + ("s" if self.plural else "")


def subject(indicator: Any) -> Subject | None:
    """The indicator as a subject: declared in the catalogue, else from the head noun of its label, else None.

    >>> from types import SimpleNamespace as Entry
    >>> subject(Entry(label="Accessibilité aux médecins")).phrase
    'l’accessibilité aux médecins'
    >>> subject(Entry(label="APL aux médecins")) is None
    True
    """
    declared = getattr(indicator, "sentence_subject", "") or ""
    kind = (getattr(indicator, "gender", "") or "") + ("p" if getattr(indicator, "plural", False) else "")
    if declared and kind:
        return Subject(_bare(declared.replace("'", french.APOSTROPHE)), kind[0] == "f", kind.endswith("p"))
    label = french.uncapitalise(str(indicator.label).strip().replace("'", french.APOSTROPHE))
    label = _bare(label)
    found = NOUNS.get(label.split(" ", 1)[0].rstrip(","))
    if found is None:
        return None
    feminine, plural = found[0] == "f", found.endswith("p")
    phrase = f"les {label}" if plural else french.elide("la" if feminine else "le", label)
    return Subject(phrase, feminine, plural)


def _bare(phrase: str) -> str:
    """The phrase without what the sentence says by itself: its place, its year."""
    phrase = re.sub(r" \([^()]*(département|bassins? de vie|territoire)[^()]*\)", "", phrase)
    return re.sub(r" en \d{4}( et \d{4})?$| dans le territoire$", "", phrase)


def value_words(indicator: Any, row: Published, *, unit: bool = True) -> str:
    """The row's value as printed, or its status word."""
    return french.format_value(
        row.value, status=row.status, decimals=indicator.decimals, unit=unit_of(indicator) if unit else ""
    )


def unit_of(indicator: Any) -> str:
    return str(indicator.unit).strip()


def heading(indicator: Any) -> str:
    """The short label with its unit, for the head of a column or a legend: "Taux de pauvreté (%)"."""
    name = french.capitalise(str(indicator.short_label).replace("'", french.APOSTROPHE))
    unit = unit_of(indicator)
    return f"{name} ({french.tidy_unit(unit)})" if unit else name


def gap_words(indicator: Any, compared: Compared) -> str:
    """The size of a gap without its sign: "4,9 points", "12 %", "1,3 an"; empty if it is null or unknown.

    Percentages differ by points, durations and signed quantities by their own unit, the rest by a percentage of the
    comparator. Computed before rounding.
    """
    difference = compared.difference
    if difference is None:
        return ""
    unit = unit_of(indicator)
    size = abs(difference)
    if unit.startswith("%"):
        return "" if french.rounded(size, indicator.decimals) == 0 else french.points(size, indicator.decimals)
    if uses_units(indicator, compared):
        text = french.format_number(size, indicator.decimals, unit)
        return "" if french.rounded(size, indicator.decimals) == 0 else text
    relative = 100 * abs((compared.ratio or 1) - 1)
    if relative == 0:
        return ""
    return french.percent(relative, 0) if relative >= 0.5 else f"moins de {french.percent(1, 0)}"


def uses_units(indicator: Any, compared: Compared) -> bool:
    """Whether a gap is said in the indicator's own unit rather than in percent of the comparator."""
    first = unit_of(indicator).split(" ", 1)[0]
    return first in _ABSOLUTE_UNITS or compared.ratio is None or compared.ratio <= 0


def signed_gap(indicator: Any, compared: Compared | None) -> str:
    """The gap with its sign for a table: "+4,9 points", "−12 %"; "0" when it rounds to nothing; "n. d."."""
    if compared is None or compared.difference is None:
        return french.STATUS_WORDS["missing"].short
    words = gap_words(indicator, compared)
    if not words:
        return "0"
    if words.startswith("moins"):
        return words
    return ("+" if compared.difference > 0 else french.MINUS) + words


def favourable(indicator: Any, significance: str) -> bool | None:
    """True if a significant gap is favourable, False if not; None when neutral or not significant."""
    if indicator.direction == "neutral" or significance not in ("higher", "lower"):
        return None
    return bool((significance == "higher") == (indicator.direction == "high"))
