"""Which counts may be shown, and why: one rule per kind of data.

A rule is named by `Indicator.secrecy`. Its threshold is the smallest count that may be read by anyone;
a zero is a count like another, so it is withheld below a threshold too. Its protection is the smallest
width (upper minus lower) that the interval an attacker can compute around a withheld count may have.

References: Health Data Hub and SNDS usage ("les effectifs inférieurs à 11 ne sont pas restitués"); Cnam, data.ameli.fr
("NS" below 5 practitioners); Insee, décret 2003-485 and the yearly publication of births, deaths and
population by commune (exact, no mask); Hundepool et al., Statistical Disclosure Control (2012), ch. 4
for threshold rules and sliding protection levels.

>>> rule_of("health").threshold, rule_of("practitioners").threshold, rule_of("none").threshold
(11, 5, 0)
>>> rule_of("health").protection
5
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cls_analysis.errors import InvalidInput, UnknownName

KEY = ["indicator", "territory_type", "territory", "period", "sex", "age"]
WITHHELD_COLUMNS = ["value", "lower", "upper", "numerator", "denominator"]
SHOWN = ("observed", "estimated")
STATUSES = (
    *SHOWN,
    "suppressed",
    "suppressed_secondary",
    "too_few_events",
    "not_published",
    "missing",
    "not_applicable",
)
MIN_EVENTS = 10  # below it no rate: its relative standard error passes 1/sqrt(10) = 32 %
MIN_EVENTS_WITHOUT_INTERVAL = 20  # a rate that shows no interval must have a relative standard error under 22 %


class IndicatorLike(Protocol):
    """The fields of a catalogue entry that this room reads."""

    @property
    def id(self) -> str: ...
    @property
    def secrecy(self) -> str: ...
    @property
    def method(self) -> str: ...
    @property
    def unit(self) -> str: ...


@dataclass(frozen=True)
class Rule:
    """One secrecy rule: `threshold` and `protection` in counted units (persons, deaths, practitioners)."""

    id: str
    threshold: int
    reason: str

    @property
    def protection(self) -> int:
        """Least width of what an attacker may learn: half the threshold, so 6 values of a health count stay possible."""
        return self.threshold // 2


RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in (
        Rule("none", 0, "Insee publishes population, census and civil registration by commune without a mask"),
        Rule("health", 11, "SNDS usage: counts of patients, cases or deaths below 11 are not given out"),
        Rule("practitioners", 5, "Cnam does not publish fewer than 5 professionals (NS)"),
        Rule("import", 11, "a partner's file: 11 unless its agreement, written in the catalogue, sets another"),
    )
}
#: methods of the catalogue whose value is unstable when events are few
EVENT_METHODS = ("rate", "directly_standardised_rate", "standardised_ratio")
#: methods of the catalogue whose numerator is a part of the denominator
SHARE_METHODS = ("share", "share_below", "estimated_share")


def rule_of(secrecy: str) -> Rule:
    """The rule of that id; UnknownName lists the known ones."""
    try:
        return RULES[secrecy]
    except KeyError:
        raise UnknownName(
            f"secrecy rule {secrecy!r} is not known; known: {', '.join(RULES)}",
            hint="correct `secrecy` in the catalogue entry, then cls-analysis indicators list",
        ) from None


def threshold_of(indicator: IndicatorLike) -> int:
    """Smallest count of this indicator that may be shown.

    A threshold written in the catalogue entry (`threshold` or `publication_threshold`) is the agreement of
    an import; elsewhere it may only make the rule stricter.
    """
    rule = rule_of(indicator.secrecy)
    own = getattr(indicator, "threshold", None)
    own = getattr(indicator, "publication_threshold", None) if own is None else own
    if own is None or isinstance(own, bool):
        return rule.threshold
    return int(own) if rule.id == "import" else max(rule.threshold, int(own))


def per(indicator: IndicatorLike) -> float:
    """What a value is given per: 100 for a percentage whatever the entry's scale (a share that is an average of published
    percentages has scale 1), else the entry's scale. A count is value times denominator over it.

    >>> from types import SimpleNamespace as Entry
    >>> per(Entry(unit="%", scale=1)), per(Entry(unit="pour 100 000 hab.", scale=100_000))
    (100.0, 100000.0)
    """
    return 100.0 if str(indicator.unit).startswith("%") else float(getattr(indicator, "scale", 1.0))


def is_share(indicator: IndicatorLike) -> bool:
    """Whether the numerator is a part of the denominator: then what is left of it is a count that shows too."""
    return str(indicator.method) in SHARE_METHODS


def is_event_rate(indicator: IndicatorLike) -> bool:
    """Whether the value is a rate or ratio of events (cases, deaths, births), refused when they are too few.

    Rates of a stock that is fully known, such as pharmacies or practitioners per inhabitant, are not.
    """
    events = indicator.secrecy in ("health", "import") or int(getattr(indicator, "min_events", 0) or 0) > 0
    return str(indicator.method) in EVENT_METHODS and events


def counts(table: pd.DataFrame, rules: pd.DataFrame, scale: Mapping[str, float]) -> pd.Series:
    """Count that each row shows: its numerator or, where a share or rate has none, value times denominator.

    A rate published with its population gives the count back. `rules` is from `rule_frame`, `scale` by indicator.
    """
    parts = of_indicator(table, rules["share"] | rules["event_rate"]).astype(bool)
    implied = table["value"] * table["denominator"] / of_indicator(table, pd.Series(scale, dtype=float))
    return table["numerator"].astype(float).where(table["numerator"].notna() | ~parts, implied)


def of_indicator(table: pd.DataFrame, told: pd.Series) -> NDArray[np.float64]:
    """What is told of each indicator (`told`, by id), for every row: looked up once an indicator, not once a row."""
    names = table["indicator"].astype("category").cat
    by_name = told.astype(float).reindex(names.categories.astype(str)).to_numpy()
    return np.asarray(by_name[names.codes.to_numpy()])


def rule_frame(catalogue: Mapping[str, IndicatorLike], indicators: Sequence[str]) -> pd.DataFrame:
    """One row per indicator: `threshold`, `protection`, `share`, `event_rate`; every unknown id is named at once."""
    unknown = sorted(set(indicators) - set(catalogue))
    if unknown:
        raise UnknownName(
            [f"indicator {name!r} of the table has no catalogue entry, so no secrecy rule" for name in unknown],
            hint="cls-analysis indicators list",
        )
    rows: list[dict[str, Any]] = []
    for name in sorted(set(indicators)):
        entry = catalogue[name]
        threshold = threshold_of(entry)
        rows.append(
            {
                "indicator": name,
                "threshold": threshold,
                "protection": threshold // 2,
                "share": is_share(entry),
                "event_rate": is_event_rate(entry),
            }
        )
    columns = ["indicator", "threshold", "protection", "share", "event_rate"]
    return pd.DataFrame(rows, columns=columns).set_index("indicator")


def primary(table: pd.DataFrame, catalogue: Mapping[str, IndicatorLike]) -> pd.Series:
    """Status of every row of THE TABLE under its own rule alone, before any link between rows is looked at.

    A row is `suppressed` when its numerator, its denominator or, for a share, what is left of the denominator
    is a count below the threshold (zero included); `too_few_events` when a rate stands on fewer than 10 events, or
    fewer than 20 and shows no interval. A status that already says why a value is absent is kept, except that
    `too_few_events` yields to `suppressed`. A row without a count (a median, a score) cannot be judged here.
    Joined by index; returns a Series of str with the index of `table`.
    """
    bad = sorted(set(table["status"].astype(str).unique()) - set(STATUSES))
    if bad:
        raise InvalidInput([f"status {name!r} is not one of {', '.join(STATUSES)}" for name in bad])
    rules = rule_frame(catalogue, [str(name) for name in table["indicator"].unique()])
    threshold = of_indicator(table, rules["threshold"])
    share = of_indicator(table, rules["share"]).astype(bool)
    event_rate = of_indicator(table, rules["event_rate"]).astype(bool)
    scale = {name: per(catalogue[name]) for name in rules.index}
    numerator = counts(table, rules, scale).to_numpy(float)
    denominator = table["denominator"].to_numpy(float)
    status = table["status"].astype(str).to_numpy(dtype=object).copy()
    with np.errstate(invalid="ignore"):
        small = (numerator < threshold) | (denominator < threshold) | (share & (denominator - numerator < threshold))
        small &= threshold > 0  # a rule without a threshold withholds nothing, a negative balance included
        no_interval = table["lower"].isna().to_numpy() | table["upper"].isna().to_numpy()
        least = np.where(no_interval, MIN_EVENTS_WITHOUT_INTERVAL, MIN_EVENTS)
        few = event_rate & (numerator < least)
    shown = table["status"].isin(SHOWN).to_numpy()
    status[shown & few] = "too_few_events"
    status[(shown | (table["status"] == "too_few_events").to_numpy()) & small] = "suppressed"
    return pd.Series(status, index=table.index, name="status", dtype="str")
