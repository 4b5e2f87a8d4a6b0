"""How does a sentence set a value against others, and how does it say its prudence? The clauses of the grammar.

Method: one clause per certainty. A tested gap says its size, the other value and *écart significatif*; one that is not
different says so; one that no test applies to is set "contre" the other values, without a word on its size, or "comme" when
both are printed alike: what "contre" means is told once, at the top of a report. The département, when given, is told beside
the main comparator. Sizes are those between printed values (`grammar.gap_words`).
"""

from __future__ import annotations

from typing import Any

from cls_analysis.figures import french
from cls_analysis.figures.grammar import (
    Subject,
    gap_words,
    other_value,
    same_displayed,
    times,
    unit_of,
    uses_units,
)
from cls_analysis.figures.setting import Compared, Published

COMPLETE = 0.995  # share of the population from which a value is said to stand on the whole territory


def comparison_clause(indicator: Any, who: Subject, compared: Compared | None, beside: Compared | None = None) -> str:
    """', supérieure de 4,9 points à celle du Grand Est (22,0 %), écart significatif' and its other forms.

    `beside` is a second comparator (the département), told with its value only.
    """
    if compared is None:
        return ""
    if compared.value is None or compared.significance not in ("higher", "lower", "not_different"):
        return untested_clause(indicator, compared, beside)
    other = other_value(indicator, compared.value)
    theirs = f"{who.that} {compared.comparator.of} ({other})"
    also = _also(indicator, who, beside)
    if compared.significance == "not_different":
        return f", sans différence significative avec {theirs}{also}"
    gap = gap_words(indicator, compared)
    higher = compared.significance == "higher"
    word = who.agree("supérieur" if higher else "inférieur")
    if not gap:
        return f", très légèrement {word} à {theirs}, écart significatif{also}"
    ratio = times(indicator, compared)
    if higher and ratio is not None and ratio >= 2 and _relative(indicator, compared):
        return f", soit {french.format_number(ratio, 1)} fois {theirs}, écart significatif{also}"
    return f", {word} de {gap} à {theirs}, écart significatif{also}"


def _also(indicator: Any, who: Subject, beside: Compared | None) -> str:
    if beside is None or beside.value is None:
        return ""
    return f" ; {who.pronoun} {who.to_be} de {other_value(indicator, beside.value)} {beside.comparator.where}"


def _relative(indicator: Any, compared: Compared) -> bool:
    return not unit_of(indicator).startswith("%") and not uses_units(indicator, compared)


def untested_clause(indicator: Any, compared: Compared, beside: Compared | None = None, *, alike: bool = True) -> str:
    """', contre 3,0 en Haute-Marne et 4,0 dans le Grand Est', ', comme dans le Grand Est', or what is not available.

    `alike` false keeps "contre" for values printed alike, where a test says that they differ.
    """
    near = beside if beside is not None and beside.value is not None else None
    close = f"{other_value(indicator, near.value)} {near.comparator.where}" if near and near.value is not None else ""
    if compared.value is None:
        start = f", contre {close}" if close else ""
        return f"{start} ; la valeur n’est pas disponible {compared.comparator.where}"
    if alike and same_displayed(indicator, compared):
        if near is not None and same_displayed(indicator, near):
            return f", comme {near.comparator.where} et {compared.comparator.where}"
        return f", comme {compared.comparator.where}" + (f" ({close})" if close else "")
    far = f"{other_value(indicator, compared.value)} {compared.comparator.where}"
    if alike and near is not None and same_displayed(indicator, near):
        return f", comme {near.comparator.where} ({far})"
    return f", contre {close} et {far}" if close else f", contre {far}"


def neutral_clause(indicator: Any, compared: Compared | None, beside: Compared | None = None) -> str:
    """The clause of a sentence without a subject: the other values, then what the test says if there is one."""
    if compared is None:
        return ""
    certainty = {
        "higher": " ; l’écart est significatif", "lower": " ; l’écart est significatif",
        "not_different": " ; l’écart n’est pas significatif",
    }.get(compared.significance, "")  # fmt: skip
    said = untested_clause(indicator, compared, beside, alike=compared.significance not in ("higher", "lower"))
    return said + (certainty if compared.value is not None else "")


def reserve(row: Published) -> str:
    """Parenthesis of prudence: small numbers, approximate method, part of the population only."""
    parts = []
    if row.reliability == "small":
        parts.append("petits effectifs, à lire avec prudence")
    elif row.reliability == "approximate":
        parts.append("valeur approchée")
    if is_partial(row):
        parts.append(f"{'' if parts else 'valeur '}connue pour {share_known(row)} des habitants")
    return f" ({', '.join(parts)})" if parts else ""


def is_partial(row: Published) -> bool:
    """Whether the value stands on a part of the population only."""
    return row.coverage is not None and row.coverage < COMPLETE


def share_known(row: Published) -> str:
    """'88 %': the share of the population on which the value stands."""
    return french.percent(100 * (row.coverage if row.coverage is not None else 1.0), 0)


def withheld_words(who: Subject, status: str) -> str:
    """'n’est pas publiée', 'ne sont pas disponibles', 'n’est pas défini'."""
    state = {
        "missing": f"n’{who.to_be} pas disponible{'s' if who.plural else ''}",
        "not_applicable": f"n’{who.to_be} pas {who.agree('défini')}",
    }.get(status, f"n’{who.to_be} pas {who.agree('publié')}")
    return state.replace("n’sont", "ne sont")
