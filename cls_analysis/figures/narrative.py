"""What does a published row say, in a French sentence that an analyst would sign?

Method: each sentence is assembled from the clauses of a small grammar (subject, level, comparison, certainty), never
from free text. A gap is called significant only when the comparison table says so; no causal verb is ever used; a
withheld value is said to be withheld, with its reason. Differences are computed before rounding.
Reference for the wording: ORS and Insee usage ("Savoir compter, savoir conter", n° 9).
"""

from __future__ import annotations

import re
from typing import Any

from cls_analysis.figures import french
from cls_analysis.figures.grammar import Subject, gap_words, subject, unit_of, uses_units, value_words
from cls_analysis.figures.setting import Compared, Place, Published, Setting

RANKED = 0.95  # smallest share of the population on which a rank is given
COMPLETE = 0.995  # share of the population from which a value is said to stand on the whole territory


def where(place: Place) -> str:
    """'dans le Pays de Langres', 'en France', 'à Langres'."""
    return place.where


def level_sentence(setting: Setting, indicator_id: str, *, comparator: Place | None = None, sex: str = "all",
                   age: str = "all") -> str:  # fmt: skip
    """Level and comparison of the territory in one sentence: the house form of the report.

    The comparator is the région unless given; the comparison is left out when the comparisons hold none.
    """
    indicator = setting.indicator(indicator_id)
    setting = setting.focused(indicator_id)
    row = setting.own(indicator_id, sex=sex, age=age)
    comparator = comparator or setting.main
    compared = setting.compare(row, comparator) if comparator else None
    return sentence(indicator, row, compared)


def sentence(indicator: Any, row: Published, compared: Compared | None) -> str:
    """The sentence of a published row and its comparison (None: level alone)."""
    who = subject(indicator)
    place = french.capitalise(where(row.place))
    when = french.period_words(row.period) if row.period else ""
    if not row.shown:
        return _withheld(indicator, row, who, place, when)
    value = value_words(indicator, row)
    caution = reserve(row)
    if who is None or who.plural:  # « les naissances sont de 12 » is not French
        label = french.capitalise(str(indicator.label))
        tail = _neutral_comparison(indicator, compared)
        return french.punctuate(f"{label} : {value} {when}{caution} {where(row.place)}{tail}.")
    verb = f"{who.to_be} {who.agree('estimé')} à" if row.status == "estimated" else f"{who.to_be} de"
    tail = comparison_clause(indicator, who, compared)
    return french.punctuate(f"{place}, {who.phrase} {verb} {value} {when}{caution}{tail}.")


def comparison_clause(indicator: Any, who: Subject, compared: Compared | None) -> str:
    """', supérieure de 4,9 points à celle du Grand Est (22,0 %), écart significatif' and its five other forms."""
    if compared is None:
        return ""
    if compared.value is None:
        return f" ; la valeur n’est pas disponible {where(compared.comparator)}"
    other = french.format_number(compared.value, indicator.decimals, short_unit(indicator))
    theirs = f"{who.that} {french.de(compared.comparator.full_name)} ({other})"
    if compared.significance == "not_different":
        return f", sans différence significative avec {theirs}"
    if compared.significance not in ("higher", "lower"):
        return f", contre {other} {where(compared.comparator)} (écart non testé)"
    gap = gap_words(indicator, compared)
    higher = compared.significance == "higher"
    word = who.agree("supérieur" if higher else "inférieur")
    if not gap:
        return f", très légèrement {word} à {theirs}, écart significatif"
    if higher and compared.ratio and compared.ratio >= 2 and _relative(indicator, compared):
        times = french.format_number(compared.ratio, 1)
        return f", soit {times} fois {theirs}, écart significatif"
    return f", {word} de {gap} à {theirs}, écart significatif"


def _relative(indicator: Any, compared: Compared) -> bool:
    return not unit_of(indicator).startswith("%") and not uses_units(indicator, compared)


def _neutral_comparison(indicator: Any, compared: Compared | None) -> str:
    if compared is None:
        return ""
    if compared.value is None:
        return f" ; la valeur n’est pas disponible {where(compared.comparator)}"
    other = french.format_number(compared.value, indicator.decimals, short_unit(indicator))
    certainty = {
        "higher": "l’écart est significatif", "lower": "l’écart est significatif",
        "not_different": "l’écart n’est pas significatif",
    }.get(compared.significance, "l’écart n’a pas été testé")  # fmt: skip
    return f", contre {other} {where(compared.comparator)} ; {certainty}"


def _withheld(indicator: Any, row: Published, who: Subject | None, place: str, when: str) -> str:
    word = french.STATUS_WORDS.get(row.status, french.STATUS_WORDS["missing"])
    when = f" {when}" if when else ""
    if who is None:
        return french.punctuate(f"{french.capitalise(str(indicator.label))}{when} {where(row.place)} : {word.reason}.")
    state = {
        "missing": f"n’{who.to_be} pas disponible{'s' if who.plural else ''}",
        "not_applicable": f"n’{who.to_be} pas {who.agree('défini')}",
    }.get(row.status, f"n’{who.to_be} pas {who.agree('publié')}")
    reason = "" if row.status in ("missing", "not_applicable") else f" : {word.reason}"
    if who.plural:
        state = state.replace("n’sont", "ne sont")
    return french.punctuate(f"{place}, {who.phrase} {state}{when}{reason}.")


def reserve(row: Published) -> str:
    """Parenthesis of prudence: small numbers, approximate method, part of the population only."""
    parts = []
    if row.reliability == "small":
        parts.append("petits effectifs, à lire avec prudence")
    elif row.reliability == "approximate":
        parts.append("valeur approchée")
    if row.coverage is not None and row.coverage < COMPLETE:
        parts.append(f"sur {french.percent(100 * row.coverage, 0)} de la population")
    return f" ({', '.join(parts)})" if parts else ""


def interval_sentence(indicator: Any, row: Published) -> str:
    """'L’intervalle de confiance à 95 % va de 26,4 à 27,4 %.' or an empty string."""
    words = french.format_interval(row.lower, row.upper, indicator.decimals, unit_of(indicator), words=True)
    return french.punctuate(f"L’intervalle de confiance à 95 % va {words}.") if words and row.shown else ""


def trend_sentence(setting: Setting, indicator_id: str) -> str:
    """Change between the first and last published periods of the territory; empty with fewer than two.

    Called significant only with five periods and the weighted trend of `cls_analysis.statistics.trend`; two
    overlapping spans ("2016-2020", "2018-2022") are not two points and only the last is kept.
    """
    indicator = setting.indicator(indicator_id)
    rows = own_series(setting, indicator_id)
    if len(rows) < 2:
        return ""
    first, last = rows[0], rows[-1]
    who = subject(indicator)
    start, end = title_value(indicator, first), value_words(indicator, last)
    dates = (french.period_words(first.period), french.period_words(last.period))
    name = french.capitalise(who.phrase) if who else french.capitalise(str(indicator.label))
    place = first.place.of
    if who is None:
        return french.punctuate(f"{name} : {start} {dates[0]}, {end} {dates[1]} {where(first.place)}.")
    if title_value(indicator, last) == start:
        return french.punctuate(f"{name} {place} {who.to_be} au même niveau {dates[0]} et {dates[1]} ({end}).")
    verdict = _trend_verdict(rows)
    tail = {"rising": ", hausse significative", "falling": ", baisse significative",
            "stable": ", sans tendance significative"}.get(verdict, "")  # fmt: skip
    moved = f"{who.to_be} {who.agree('passé')}"
    return french.punctuate(f"{name} {place} {moved} de {start} {dates[0]} à {end} {dates[1]}{tail}.")


def own_series(setting: Setting, indicator_id: str, place: Place | None = None) -> list[Published]:
    """The shown rows of a place (the territory unless given), one per period that does not overlap a later one."""
    place = place or setting.territory
    kept: list[Published] = []
    for period in reversed(setting.periods(indicator_id, place)):
        if kept and period[-4:] >= kept[-1].period[:4]:
            continue
        record = setting.select(indicator_id, [place], period=period)[0]
        if record.shown:
            kept.append(record)
    return kept[::-1]


def _trend_verdict(rows: list[Published]) -> str:
    if len(rows) < 5 or any(r.lower is None or r.upper is None for r in rows):
        return ""
    import pandas as pd

    from cls_analysis.statistics import trend

    frame = pd.DataFrame(
        {"group": "territory", "period": [int(r.period[-4:]) for r in rows], "value": [r.value for r in rows],
         "lower": [r.lower for r in rows], "upper": [r.upper for r in rows]}
    )  # fmt: skip
    result = trend(frame, by="group", period="period", value="value", lower="lower", upper="upper")
    return str(result["direction"].iloc[0])


def spread_sentence(setting: Setting, indicator_id: str) -> str:
    """Lowest and highest EPCI of the territory, and how many are not published; empty with fewer than two shown."""
    indicator = setting.indicator(indicator_id)
    rows = setting.select(indicator_id, setting.members, period=setting.period(indicator_id))
    shown = sorted((r for r in rows if r.shown), key=lambda r: (r.value, r.place.name))
    if len(shown) < 2:
        return ""
    low, high = shown[0], shown[-1]
    who = subject(indicator)
    what = who.phrase if who else f"l’indicateur « {indicator.label} »"
    verb = "varient" if who and who.plural else "varie"
    hidden = len(rows) - len(shown)
    state = "ne sont pas publiés" if french.is_plural(hidden) else "n’est pas publié"
    tail = f" ; {french.count_of(hidden, 'EPCI', 'EPCI')} {state}" if hidden else ""
    return french.punctuate(
        f"Parmi les {french.count_of(len(rows), 'EPCI', 'EPCI')} du territoire, {what} {verb} de "
        f"{value_words(indicator, low)} ({low.place.label}) à {value_words(indicator, high)} ({high.place.label}){tail}."
    )


def rank_of(setting: Setting, indicator_id: str, *, period: str | None = None) -> tuple[int, int] | None:
    """Rank of the territory among its published peers, 1 = highest value, ties at their best; None if not shown."""
    row = setting.own(indicator_id, period=period)
    if not row.shown or not setting.peers or (row.coverage is not None and row.coverage < RANKED):
        return None
    others = [p for p in setting.peers if p.territory != row.place.territory]
    values = [r.value for r in setting.select(indicator_id, others, period=row.period) if r.shown]
    mine = row.value or 0.0
    return 1 + sum(v > mine for v in values if v is not None), len(values) + 1


def rank_sentence(setting: Setting, indicator_id: str) -> str:
    """'Le Pays de Langres est au 3e rang sur 49 (EPCI de la région, de la valeur la plus élevée à la plus faible).'"""
    found = rank_of(setting, indicator_id)
    if found is None or found[1] < 2:
        return ""
    indicator = setting.indicator(indicator_id)
    name = french.capitalise(setting.territory.full_name)
    return french.punctuate(
        f"{name} se place au {french.ordinal(found[0])} rang sur {french.format_number(found[1])} pour "
        f"« {indicator.short_label} » ({setting.peers_label}, de la valeur la plus élevée à la plus faible)."
    )


def finding_title(setting: Setting, indicator_id: str, *, comparator: Place | None = None) -> str:
    """The title of a figure, which states what to see: '65 ans ou plus : 26,9 %, plus que dans le Grand Est'."""
    indicator = setting.indicator(indicator_id)
    framed = setting.focused(indicator_id)
    place = "" if framed is setting else f" {where(framed.territory)}"  # a département's figure says so in its title
    setting = framed
    row = setting.own(indicator_id)
    comparator = comparator or setting.main
    label = re.sub(r" \(département\)$", "", str(indicator.short_label)) if place else str(indicator.short_label)
    name = french.capitalise(label) + place
    if not row.shown:
        word = "valeur non disponible" if row.status == "missing" else "valeur non publiée"
        return french.punctuate(f"{name} : {word} {where(setting.territory)}")
    value = title_value(indicator, row)
    compared = setting.compare(row, comparator) if comparator else None
    if compared is None or compared.value is None or comparator is None:
        return french.punctuate(f"{name} : {value}" if place else f"{name} : {value} {where(setting.territory)}")
    relation = {"higher": "plus", "lower": "moins", "not_different": "sans écart significatif avec"}.get(
        compared.significance
    )
    other = french.format_number(compared.value, indicator.decimals, short_unit(indicator))
    if relation is None:
        link = "comme" if other == value else f"contre {other}"
        return french.punctuate(f"{name} : {value}, {link} {where(comparator)}")
    same = compared.significance == "not_different"
    target = comparator.full_name if same else french.elide("que", where(comparator))
    return french.punctuate(f"{name} : {value}, {relation} {target} ({other})")


def short_unit(indicator: Any) -> str:
    """The unit when it is short enough for a title ("%", "ans", "hab./km²"); else the subtitle says it alone."""
    unit = unit_of(indicator)
    return unit if len(unit) <= 10 else ""


def title_value(indicator: Any, row: Published) -> str:
    """The value as a title writes it."""
    return french.format_value(
        row.value, status=row.status, decimals=indicator.decimals, unit=short_unit(indicator)
    )  # fmt: skip


def reading_note(setting: Setting, indicator_id: str, row: Published | None = None) -> str:
    """The reading note of a figure: the catalogue's template filled with one worked example.

    A placeholder that has no published value (no interval, no comparator) falls back on the sentence of the grammar.
    """
    indicator = setting.indicator(indicator_id)
    setting = setting if row else setting.focused(indicator_id)
    row = row or setting.own(indicator_id)
    compared = setting.compare(row, setting.main) if setting.main else None
    template = str(getattr(indicator, "reading", "") or "")
    if not row.shown or not template:
        return sentence(indicator, row, compared)

    def write(number: float | None) -> str:
        return "" if number is None else french.format_number(number, indicator.decimals)

    fields = {
        "territory": row.place.full_name, "value": write(row.value),
        "unit": french.agree_unit(unit_of(indicator), row.value or 0.0), "period": row.period,
        "lower": write(row.lower), "upper": write(row.upper),
        "comparator": setting.main.full_name if setting.main else "",
        "comparator_value": write(compared.value) if compared else "",
        "numerator": "" if row.numerator is None else french.format_number(row.numerator),
        "denominator": "" if row.denominator is None else french.format_number(row.denominator),
        "coverage": "" if row.coverage is None else french.percent(100 * row.coverage, 0),
    }  # fmt: skip
    if any(not fields[name] for name in fields if f"{{{name}}}" in template and name != "unit"):
        return sentence(indicator, row, compared)
    fields |= {
        "where": where(row.place), "when": french.period_words(row.period), "of": row.place.of,
        "of_comparator": french.de(setting.main.full_name) if setting.main else "",
    }  # fmt: skip
    text = _declined(template, has_unit=bool(fields["unit"])).format(**fields)
    return french.capitalise(french.punctuate(french.contract(text)))


def _declined(template: str, *, has_unit: bool) -> str:
    """The template with its prepositions left to the names: "Dans {territory}" may become "En Haute-Marne"."""
    for word in ("Dans", "dans", "À", "à"):
        template = template.replace(f"{word} {{territory}}", "{where}")
    for word in ("En", "en"):
        template = template.replace(f"{word} {{period}}", "{when}")
    template = template.replace("de {territory}", "{of}").replace("de {comparator}", "{of_comparator}")
    template = template if has_unit else template.replace(" {unit}", "")
    return french.tidy_unit(template).replace("{value} ", "{value}" + french.NBSP)
