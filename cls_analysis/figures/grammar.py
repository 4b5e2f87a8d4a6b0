"""How does an indicator become the subject of a French sentence? By its gender, its number and its article.

The catalogue may declare `sentence_subject` ("la part des 65 ans ou plus"), `gender` ("f" or "m") and `plural`;
without them the head noun of the label is looked up in a short lexicon. A label whose head is unknown has no
subject: the sentence then takes the neutral form "Indicateur : valeur", which cannot be wrong. Units are said in words,
and a gap is always the one between the values as printed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

from cls_analysis.figures import french
from cls_analysis.figures.setting import Compared, Published

if TYPE_CHECKING:
    from cls_analysis.indicators import Indicator

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
_SIGNED = frozenset({"change_per_year", "balance"})


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

    def agree(self, adjective: str) -> str:
        """A regular adjective or participle agreed: supérieur -> supérieures."""
        return adjective + ("e" if self.feminine else "") + ("s" if self.plural else "")


def subject(indicator: Indicator) -> Subject | None:
    """The indicator as a subject: declared in the catalogue, else from the head noun of its label, else None.

    >>> from types import SimpleNamespace as Entry
    >>> subject(Entry(label="Accessibilité aux médecins", sentence_subject="")).phrase
    'l’accessibilité aux médecins'
    >>> subject(Entry(label="APL aux médecins", sentence_subject="")) is None
    True
    """
    declared = indicator.sentence_subject
    if declared and (indicator.gender or indicator.plural):
        return Subject(_bare(declared.replace("'", french.APOSTROPHE)), indicator.gender == "f", indicator.plural)
    label = _bare(french.uncapitalise(indicator.label.strip().replace("'", french.APOSTROPHE)))
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


def value_words(indicator: Indicator, row: Published, *, unit: bool = True) -> str:
    """The row's value as printed, or its status word."""
    return french.format_value(
        row.value, status=row.status, decimals=indicator.decimals, unit=unit_of(indicator) if unit else ""
    )


def unit_of(indicator: Indicator) -> str:
    """The unit as printed after a number in a table."""
    return indicator.unit.strip()


def heading(indicator: Indicator) -> str:
    """The short label with its unit, for the head of a column or a legend: "Taux de pauvreté (%)"."""
    name = french.capitalise(indicator.short_label.replace("'", french.APOSTROPHE))
    unit = beside_name(indicator)
    return f"{name} ({french.tidy_unit(unit)})" if unit else name


def beside_name(indicator: Indicator) -> str:
    """The unit as printed beside the short label, without the words that the label has just said.

    >>> from types import SimpleNamespace as Entry
    >>> beside_name(Entry(short_label="salles multisports", unit="salles multisports pour 100 000 hab."))
    'pour 100 000 hab.'
    >>> beside_name(Entry(short_label="décès", unit="décès")), beside_name(Entry(short_label="population", unit="habitants"))
    ('', 'habitants')
    """
    unit, name = unit_of(indicator), indicator.short_label.strip()
    return "" if unit == name else unit.removeprefix(f"{name} ")


def spoken_unit(indicator: Indicator) -> str:
    """The unit as a sentence says it: declared, else the table's, spelled out and without what the subject already says.

    >>> from types import SimpleNamespace as Entry
    >>> undeclared = {"sentence_subject": "", "sentence_unit": ""}
    >>> spoken_unit(Entry(label="Densité de piscines", unit="piscines pour 100 000 hab.", **undeclared))
    'pour 100 000 habitants'
    >>> spoken_unit(Entry(label="Densité de population", unit="hab./km²", **undeclared))
    'habitants au km²'
    """
    if indicator.sentence_unit:
        return indicator.sentence_unit
    unit = unit_of(indicator)
    counted, per, base = unit.partition(" pour ")
    who = subject(indicator)
    if per and who is not None and counted in who.phrase:
        unit = f"pour {base}"
    unit = unit.replace("hab./km²", "habitants au km²").replace("par hab.", "par habitant")
    return re.sub(r"(?<=\d )hab\.", "habitants", unit)


def said_value(indicator: Indicator, row: Published) -> str:
    """The row's value as a sentence says it, with its spoken unit, or its status word."""
    return french.format_value(
        row.value, status=row.status, decimals=indicator.decimals, unit=spoken_unit(indicator)
    )  # fmt: skip


def is_signed(indicator: Indicator) -> bool:
    """Whether the sign is part of the value: a change or a balance, where +0,04 set against −0,53 must show it."""
    return indicator.method in _SIGNED or bool(indicator.change_of)


def other_value(indicator: Indicator, value: float) -> str:
    """A comparator's value inside a sentence, whose unit is already told: only "%", "€" or "ans" is repeated."""
    first = unit_of(indicator).split(" ", 1)[0]
    sign = first if first in ("%", "€", *_ABSOLUTE_UNITS) else ""
    return french.format_number(value, indicator.decimals, sign, signed=is_signed(indicator))


def displayed(indicator: Indicator, compared: Compared) -> tuple[Decimal, Decimal] | None:
    """The two values as they are printed, own first; None when a side is unknown.

    Gaps are taken between these, so that a reader who subtracts what is printed finds what is said.
    """
    if compared.value is None or compared.difference is None:
        return None
    mine = round(compared.value + compared.difference, 9)  # undoes the binary noise of value + (own - value)
    return french.rounded(mine, indicator.decimals), french.rounded(compared.value, indicator.decimals)


def same_displayed(indicator: Indicator, compared: Compared) -> bool:
    """Whether the two values are printed alike."""
    shown = displayed(indicator, compared)
    return shown is not None and shown[0] == shown[1]


def times(indicator: Indicator, compared: Compared) -> float | None:
    """How many times the comparator's value, from the printed values; None when that has no sense."""
    shown = displayed(indicator, compared)
    if shown is None or shown[1] <= 0:
        return compared.ratio
    return float(shown[0] / shown[1])


def gap_words(indicator: Indicator, compared: Compared) -> str:
    """The size of a gap without its sign: "4,9 points", "12 %", "1,3 an"; empty if it is null or unknown.

    Percentages differ by points, durations and signed quantities by their own unit, the rest by a percentage of the
    comparator: always between the values as printed.
    """
    shown = displayed(indicator, compared)
    if shown is None or shown[0] == shown[1]:
        return ""
    size = float(abs(shown[0] - shown[1]))
    if unit_of(indicator).startswith("%"):
        return french.points(size, indicator.decimals)
    if uses_units(indicator, compared):
        return french.format_number(size, indicator.decimals, spoken_unit(indicator))
    relative = 100 * abs((times(indicator, compared) or 1) - 1)
    return french.percent(relative, 0) if relative >= 0.5 else f"moins de {french.percent(1, 0)}"


def uses_units(indicator: Indicator, compared: Compared) -> bool:
    """Whether a gap is said in the indicator's own unit rather than in percent of the comparator."""
    first = unit_of(indicator).split(" ", 1)[0]
    return first in _ABSOLUTE_UNITS or compared.ratio is None or compared.ratio <= 0 or _coarse(indicator, compared)


def _coarse(indicator: Indicator, compared: Compared) -> bool:
    """Whether a percentage would invent precision: a gap of less than ten last digits between values of two digits (2,8
    and 3,0), or a value of less than twenty last digits (0,9)."""
    shown = displayed(indicator, compared)
    if shown is None:
        return False
    unit = Decimal(10) ** indicator.decimals
    least, gap = min(abs(v) for v in shown) * unit, abs(shown[0] - shown[1]) * unit
    return least < 20 or (least < 100 and gap < 10)


def in_own_units(indicator: Indicator, compared: Compared) -> bool:
    """Whether a table gives the gap as a bare number in the line's own unit, rather than in points, percent or years."""
    unit = unit_of(indicator)
    if unit.startswith("%"):
        return False
    return _coarse(indicator, compared) or (
        unit.split(" ", 1)[0] not in _ABSOLUTE_UNITS and uses_units(indicator, compared)
    )


def signed_gap(indicator: Indicator, compared: Compared | None, *, bare: bool = False) -> str:
    """The gap with its sign for a table: "+4,9 points", "−12 %", "0 point" when it rounds to nothing; "n. d.".

    `bare`: in the line's own unit and without it ("−0,4"), as `in_own_units` says for another gap of the same line.
    """
    shown = displayed(indicator, compared) if compared is not None else None
    if compared is None or shown is None:
        return french.STATUS_WORDS["missing"].short
    gap = shown[0] - shown[1]
    if bare or in_own_units(indicator, compared):
        return french.format_number(float(gap), indicator.decimals, signed=True) if gap else "0"
    if not gap:
        years = unit_of(indicator).split(" ", 1)[0] in _ABSOLUTE_UNITS
        points = unit_of(indicator).startswith("%")
        return french.points(0, 0) if points else french.format_number(0, 0, spoken_unit(indicator) if years else "%")
    words = gap_words(indicator, compared)
    return words if words.startswith("moins") else ("+" if gap > 0 else french.MINUS) + words


def favourable(indicator: Indicator, significance: str) -> bool | None:
    """True if a significant gap is favourable, False if not; None when neutral or not significant."""
    if indicator.direction == "neutral" or significance not in ("higher", "lower"):
        return None
    return bool((significance == "higher") == (indicator.direction == "high"))
