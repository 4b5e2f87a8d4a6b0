"""What does a published row say, in a French sentence that an analyst would sign?

Method: each sentence is assembled from the clauses of a small grammar (subject, level, comparison, certainty), never
from free text. A gap is called significant only when the comparison table says so; no causal verb is ever used; a
withheld value is said to be withheld, with its reason. Differences are computed before rounding.
Reference for the wording: ORS and Insee usage ("Savoir compter, savoir conter", n° 9).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cls_analysis.figures import french
from cls_analysis.figures.clauses import (
    comparison_clause,
    is_partial,
    neutral_clause,
    reserve,
    share_known,
    withheld_words,
)
from cls_analysis.figures.grammar import (
    Subject,
    gap_words,
    is_signed,
    other_value,
    said_value,
    same_displayed,
    spoken_unit,
    subject,
    unit_of,
)
from cls_analysis.figures.setting import Compared, Place, Published, Setting

if TYPE_CHECKING:
    from cls_analysis.indicators import Indicator

_COUNTED = re.compile(r"\{value\} [^\W\d_]+s\b")  # a noun in the plural after the value, which 0 and 1 refuse


def where(place: Place) -> str:
    """'dans le Pays de Langres', 'en France', 'à Langres', 'dans le bassin de vie de Chalindrey'."""
    return place.where


def _named(place: Place) -> tuple[str, str]:
    """The place as a subject, and after "de": a bassin de vie is not the commune whose name it bears."""
    if place.territory_type != "bassin_de_vie":
        return place.full_name, place.of
    name = french.basin(place.label)
    return name, french.de(name)


def level_sentence(setting: Setting, indicator_id: str, *, comparator: Place | None = None, sex: str = "all",
                   age: str = "all", placed: bool = True) -> str:  # fmt: skip
    """Level and comparison of the territory in one sentence: the house form of the report.

    The comparator is the région unless given, with the département beside it; the comparison is left out when the comparisons
    hold none. `placed` false leaves the territory's name out, where the list's heading gives it.
    """
    indicator = setting.indicator(indicator_id)
    focused = setting.focused(indicator_id)
    row = focused.own(indicator_id, sex=sex, age=age)
    chosen = comparator or focused.main
    compared = focused.compare(row, chosen) if chosen else None
    beside = None if comparator else departement_beside(focused, row)
    return sentence(indicator, row, compared, beside=beside, placed=placed or focused is not setting)


def departement_beside(setting: Setting, row: Published) -> Compared | None:
    """The comparison with the département, told beside that with the région; None where there is none."""
    near = next((c for c in setting.comparators if c.territory_type == "departement"), None)
    return setting.compare(row, near) if near is not None and near != setting.main else None


def sentence(
    indicator: Indicator,
    row: Published,
    compared: Compared | None,
    *,
    beside: Compared | None = None,
    placed: bool = True,
) -> str:
    """The sentence of a published row and its comparison (None: level alone); without its place if not `placed`."""
    who = subject(indicator)
    place = f"{where(row.place)}, " if placed else ""
    when = french.period_words(row.period) if row.period else ""
    if not row.shown:
        return _withheld(indicator, row, who, place, when)
    caution = reserve(row)
    if indicator.change_of:
        text = f"{place}{_change(indicator, row, signed=compared is not None)}{caution}{neutral_clause(indicator, compared, beside)}."
    elif who is None or who.plural:  # « les naissances sont de 12 » is not French
        there = f" {where(row.place)}" if placed else ""
        tail = neutral_clause(indicator, compared, beside)
        text = f"{indicator.label} : {said_value(indicator, row)} {when}{caution}{there}{tail}."
    else:
        verb = f"{who.to_be} {who.agree('estimé')} à" if row.status == "estimated" else f"{who.to_be} de"
        tail = comparison_clause(indicator, who, compared, beside)
        text = f"{place}{who.phrase} {verb} {said_value(indicator, row)} {when}{caution}{tail}."
    return french.punctuate(french.capitalise(text))


def _change(indicator: Indicator, row: Published, *, signed: bool) -> str:
    """'la population a diminué de 0,53 % par an entre 2017 et 2023', 'on estime qu’elle est restée stable ...'.

    `signed`, before other changes, which bear their sign: 'la population a évolué de −0,53 % par an', then 'contre −0,25 %'.
    """
    who = Subject(str(indicator.change_of), indicator.gender == "f")
    size = french.rounded(row.value or 0.0, indicator.decimals)
    when = french.between_words(row.period)
    if size == 0:
        moved = f"{who.to_be} {who.agree('resté')} stable {when}"
    else:
        told = float(size if signed else abs(size))
        amount = french.format_number(told, indicator.decimals, spoken_unit(indicator), signed=signed)
        moved = f"a {'évolué' if signed else 'augmenté' if size > 0 else 'diminué'} de {amount} {when}"
    return (
        f"on estime {french.elide('que', who.phrase)} {moved}" if row.status == "estimated" else f"{who.phrase} {moved}"
    )


def _withheld(indicator: Indicator, row: Published, who: Subject | None, place: str, when: str) -> str:
    word = french.STATUS_WORDS.get(row.status, french.STATUS_WORDS["missing"])
    when = f" {when}" if when else ""
    if who is None:
        there = f" {where(row.place)}" if place else ""
        return french.punctuate(f"{french.capitalise(indicator.label)}{when}{there} : {word.reason}.")
    reason = "" if row.status in ("missing", "not_applicable") else f" : {word.reason}"
    return french.punctuate(french.capitalise(f"{place}{who.phrase} {withheld_words(who, row.status)}{when}{reason}."))


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
    start, end = title_value(indicator, first), said_value(indicator, last)
    dates = (french.period_words(first.period), french.period_words(last.period))
    name = french.capitalise(who.phrase) if who else french.capitalise(indicator.label)
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
        f"{other_value(indicator, low.value or 0.0)} ({low.place.label}) à {said_value(indicator, high)} ({high.place.label}){tail}."
    )


def finding_title(setting: Setting, indicator_id: str, *, comparator: Place | None = None) -> str:
    """The title of a figure, which states what to see: '65 ans ou plus : 26,9 %, plus que dans le Grand Est (20,3 %)'.

    A département's figure opens with the département; a value known for a part of the inhabitants says which.
    """
    indicator = setting.indicator(indicator_id)
    framed = setting.focused(indicator_id)
    label = re.sub(r" \((département|bassins)\)$", "", indicator.short_label)
    name = french.capitalise(label)
    near = framed.territory.territory_type == "departement"  # a report is never about a département: this is its frame
    if near:
        name = f"{french.capitalise(where(framed.territory))} (chiffre du département), {french.uncapitalise(label)}"
    row = framed.own(indicator_id)
    comparator = comparator or framed.main
    if not row.shown:
        word = "valeur non disponible" if row.status == "missing" else "valeur non publiée"
        return french.punctuate(f"{name} : {word}" + ("" if near else f" {where(framed.territory)}"))
    value = title_value(indicator, row)
    if is_partial(row):
        value += f" sur la partie connue du territoire ({share_known(row)} des habitants)"
    compared = framed.compare(row, comparator) if comparator else None
    if compared is None or compared.value is None or comparator is None:
        here = "" if near or is_partial(row) else f" {where(framed.territory)}"
        return french.punctuate(f"{name} : {value}{here}")
    return french.punctuate(f"{name} : {value}, {_title_gap(indicator, compared)}")


def _title_gap(indicator: Indicator, compared: Compared) -> str:
    """'plus que dans le Grand Val (22,0 %)', 'comme en France', 'soit 2,2 ans de moins que ... (79,2 ans)', 'contre ...'."""
    place = where(compared.comparator)
    other = other_value(indicator, compared.value or 0.0)
    if compared.significance == "not_different":
        return f"sans écart significatif avec {compared.comparator.full_name} ({other})"
    if compared.significance in ("higher", "lower"):
        return f"{'plus' if compared.significance == 'higher' else 'moins'} {french.elide('que', place)} ({other})"
    if same_displayed(indicator, compared):
        return f"comme {place}"
    if unit_of(indicator).startswith("an") and compared.difference is not None:  # years of life are told as years
        side = "plus" if compared.difference > 0 else "moins"
        return f"soit {gap_words(indicator, compared)} de {side} {french.elide('que', place)} ({other})"
    return f"contre {other} {place}"


def short_unit(indicator: Indicator) -> str:
    """The unit when it is short enough for a title ("%", "ans", "hab./km²"); else the subtitle says it alone."""
    unit = unit_of(indicator)
    return unit if len(unit) <= 10 else ""


def title_value(indicator: Indicator, row: Published) -> str:
    """The value as a title writes it."""
    return french.format_value(
        row.value, status=row.status, decimals=indicator.decimals, unit=short_unit(indicator), signed=is_signed(indicator)
    )  # fmt: skip


def reading_note(setting: Setting, indicator_id: str, row: Published | None = None) -> str:
    """The reading note of a figure: the catalogue's template filled with one worked example.

    A value under 2 before a noun in the plural, a placeholder that has no published value (no interval, no comparator), a
    value printed like the comparator's, and a change, which grows or shrinks, fall back on the sentence of the grammar.
    """
    indicator = setting.indicator(indicator_id)
    setting = setting if row else setting.focused(indicator_id)
    row = row or setting.own(indicator_id)
    compared = setting.compare(row, setting.main) if setting.main else None
    template = indicator.reading
    if not row.shown or not template or indicator.change_of:
        return sentence(indicator, row, compared, beside=departement_beside(setting, row))

    if _COUNTED.search(template) and french.rounded(abs(row.value or 0.0), indicator.decimals) < 2:
        return sentence(indicator, row, compared, beside=departement_beside(setting, row))  # never « 0 centres »
    if "contre {comparator_value}" in template and compared is not None and same_displayed(indicator, compared):
        return sentence(indicator, row, compared)  # « comme », never « 84,6 ans, contre 84,6 ans »

    def write(number: float | None) -> str:
        return "" if number is None else french.format_number(number, indicator.decimals, signed=is_signed(indicator))

    full, of = _named(row.place)
    fields = {
        "territory": full, "value": write(row.value),
        "unit": french.agree_unit(spoken_unit(indicator), row.value or 0.0), "period": row.period,
        "lower": write(row.lower), "upper": write(row.upper),
        "comparator": setting.main.full_name if setting.main else "",
        "comparator_value": write(compared.value) if compared else "",
        "numerator": "" if row.numerator is None else french.format_number(row.numerator),
        "denominator": "" if row.denominator is None else french.format_number(row.denominator),
        "coverage": "" if row.coverage is None else french.percent(100 * row.coverage, 0),
    }  # fmt: skip
    if any(not fields[key] for key in fields if f"{{{key}}}" in template and key != "unit"):
        return sentence(indicator, row, compared)
    fields |= {
        "where": where(row.place), "when": french.period_words(row.period), "of": of,
        "of_comparator": setting.main.of if setting.main else "",
        "where_comparator": where(setting.main) if setting.main else "",
    }  # fmt: skip
    text = _declined(template, has_unit=bool(fields["unit"])).format(**fields)
    return french.capitalise(french.punctuate(french.contract(text)))


def _declined(template: str, *, has_unit: bool) -> str:
    """The template with its prepositions left to the names: "Dans {territory}" may become "En Haute-Marne"."""
    for word in ("Dans", "dans", "À", "à"):
        template = template.replace(f"{word} {{territory}}", "{where}")
    for word in ("En", "en"):
        template = template.replace(f"{word} {{period}}", "{when}")
    for word in ("pour", "dans"):  # « contre 20,3 % dans le Grand Est », never « pour le Grand Est »
        template = template.replace(f"{word} {{comparator}}", "{where_comparator}")
    template = template.replace("de {territory}", "{of}").replace("de {comparator}", "{of_comparator}")
    template = template if has_unit else template.replace(" {unit}", "")
    return french.tidy_unit(template).replace("{value} ", "{value}" + french.NBSP)
