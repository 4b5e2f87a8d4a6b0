"""Who lives in the territory, in the categories of a questionnaire: EPCI, age bands, sex?

Read from THE TABLE's published rows. With `population-par-age` (census, by sex and five-year band, for each EPCI of the territory): the
inhabitants of the ages that the questionnaire asks, by EPCI x age x sex. A band that cuts a five-year one takes its share of it, year
for year: the people of 15 to 19 count for 2/5 from 18. Without those rows: the municipal population of each EPCI, all ages, and no
margin by age or sex. What lacks, and why, is said (`reasons`).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from cls_analysis.participation import Questionnaire, group_of

if TYPE_CHECKING:
    from cls_analysis.diagnostic.core import Diagnostic

POPULATION = "population-municipale"
BY_AGE = "population-par-age"
NO_AGES = (
    "la population par sexe et âge du territoire (recensement de l’Insee) n’est pas dans les données de ce document"
)
_BAND = re.compile(r"^(\d+)(?:-(\d+)|(\+))$")
_OLDEST = 120.0


@dataclass(frozen=True)
class Census:
    """`frame`: `population` in the categories of the questionnaire (columns `epci`, `age`, `sexe`, those that are known).

    `period`, `citation` and `simulated` are those of the rows used; `reasons` says why a dimension is not known; `scope` names the
    ages counted; `split` the five-year bands that were shared out.
    """

    frame: pd.DataFrame
    period: str = ""
    citation: str = ""
    simulated: bool = False
    scope: str = "tous âges"
    split: tuple[str, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)

    def knows(self, by: str) -> bool:
        """Whether the population of that dimension is known."""
        return by in self.frame and len(self.frame) > 0


def census(d: Diagnostic, q: Questionnaire) -> Census:
    """The inhabitants in the categories of a questionnaire; an empty frame, with reasons, when nothing is published."""
    people = by_age(d)
    if people.empty:
        frame = epci_margin(d)
        lacking: dict[str, str] = {by: NO_AGES for by in ("age", "sexe") if by in q.codebook.roles}
        if frame.empty:
            lacking["epci"] = "la population d’un EPCI au moins n’est pas publiée"
        rows = d.setting.select(POPULATION, d.setting.members, period=d.setting.period(POPULATION))
        return Census(
            frame, d.setting.period(POPULATION) or "", d.setting.citation(rows), any(r.simulated for r in rows), reasons=lacking
        )  # fmt: skip
    reasons: dict[str, str] = {}
    bands, sexes = _bands(q), _sexes(q)
    if "age" in q.codebook.roles and not bands:
        reasons["age"] = "les tranches d’âge du questionnaire ne sont pas écrites comme « 18-29 » ou « 75+ »"
    if "sexe" in q.codebook.roles and not sexes:
        reasons["sexe"] = "les réponses du questionnaire ne disent pas qui est femme et qui est homme"
    youngest = min((low for low, _ in bands.values()), default=0.0)
    wanted = bands or {"all": (0.0, _OLDEST)}
    counted = pd.DataFrame(
        [
            {"epci": r["epci"], "age": label, "sexe": sexes.get(r["sex"], r["sex"]), "population": r["population"] * share}
            for r in people.to_dict("records")
            for label, span in wanted.items()
            if (share := _share((r["low"], r["high"]), span)) > 0
        ]
    )  # fmt: skip
    known = ["epci", *(["age"] if bands else []), *(["sexe"] if sexes else [])]
    split = sorted({str(r["band"]) for r in people.to_dict("records") if _cut(r, wanted)})
    return Census(
        counted.groupby(known, sort=False)["population"].sum().reset_index(), *_cited(d),
        scope=f"{youngest:.0f} ans ou plus" if youngest else "tous âges", split=tuple(split), reasons=reasons,
    )  # fmt: skip


def respondents(q: Questionnaire, people: Census) -> pd.DataFrame:
    """One row per answer: its category in each dimension that the census knows, null outside of them."""
    frame = pd.DataFrame(index=q.answers.index)
    for by in ("epci", "age", "sexe"):
        if by in q.codebook.roles and people.knows(by):
            groups, _ = group_of(q, by)
            frame[by] = groups.where(groups.isin(set(people.frame[by])))
    return frame


def by_age(d: Diagnostic) -> pd.DataFrame:
    """`epci, sex, band, low, high, population` of each EPCI of the territory; empty when one value of one of them lacks."""
    none = pd.DataFrame(columns=["epci", "sex", "band", "low", "high", "population"])
    places = d.setting.members or (d.setting.territory,)
    table = d.setting.table
    own = table[(table["indicator"] == BY_AGE) & table["territory"].isin([p.territory for p in places])]
    own = own[own["territory_type"].isin({p.territory_type for p in places}) & own["sex"].isin(["F", "M"])]
    if own.empty or own["value"].isna().any():
        return none
    own = own[own["period"] == max(own["period"])]
    if set(own["territory"]) != {p.territory for p in places}:
        return none
    limits = [_limits(str(a)) for a in own["age"]]
    return pd.DataFrame(
        {
            "epci": own["territory"].to_numpy(), "sex": own["sex"].astype(str).to_numpy(), "band": own["age"].astype(str).to_numpy(),
            "low": [low for low, _ in limits], "high": [high for _, high in limits], "population": own["value"].to_numpy(dtype=float),
        }
    )  # fmt: skip


def epci_margin(d: Diagnostic) -> pd.DataFrame:
    """`epci, population` of the territory's EPCI that have a published population; empty if any of them lacks it."""
    if POPULATION not in d.catalogue or not d.setting.members:
        return pd.DataFrame({"epci": [], "population": []})
    period = d.setting.period(POPULATION)
    rows = d.setting.select(POPULATION, d.setting.members, period=period)
    if any(not r.shown for r in rows):
        return pd.DataFrame({"epci": [], "population": []})
    return pd.DataFrame({"epci": [r.place.territory for r in rows], "population": [float(r.value or 0) for r in rows]})


def _cited(d: Diagnostic) -> tuple[str, str, bool]:
    places = d.setting.members or (d.setting.territory,)
    period = d.setting.period(BY_AGE) or ""
    rows = d.setting.select(BY_AGE, places, period=period)
    return period, d.setting.citation(rows), any(r.simulated for r in rows)


def _limits(band: str) -> tuple[float, float]:
    """First age of a band and the age after its last.

    >>> _limits("15-19"), _limits("95+")
    ((15.0, 20.0), (95.0, 120.0))
    """
    found = _BAND.match(band)
    if found is None:
        raise ValueError(f"'{band}' is not a band of ages")
    low, high, _ = found.groups()
    return float(low), float(high) + 1 if high else _OLDEST


def _share(part: tuple[float, float], span: tuple[float, float]) -> float:
    """The part of a five-year band that lies in a span of ages.

    >>> _share((15, 20), (18, 30)), _share((20, 25), (18, 30)), _share((30, 35), (18, 30))
    (0.4, 1.0, 0.0)
    """
    return max(0.0, min(part[1], span[1]) - max(part[0], span[0])) / (part[1] - part[0])


def _cut(row: Mapping[Any, Any], wanted: Mapping[str, tuple[float, float]]) -> bool:
    return any(0 < _share((row["low"], row["high"]), span) < 1 for span in wanted.values())


def _bands(q: Questionnaire) -> dict[str, tuple[float, float]]:
    """Bands of the questionnaire by code; empty when it asks no age, or in words that are no band."""
    asked = q.codebook.roles.get("age")
    if asked is None:
        return {}
    question = q.codebook.asked(asked)
    if question.type == "nombre":
        bounds = sorted(q.codebook.tranches_age)
        ends: Iterable[float] = [*(float(b) for b in bounds[1:]), _OLDEST]
        labels = [f"{a}-{b - 1}" for a, b in itertools.pairwise(bounds)] + [f"{bounds[-1]}+"]
        return {label: (float(a), b) for label, a, b in zip(labels, bounds, ends, strict=True)}
    codes = [c for c in question.labels if _BAND.match(c)]
    return {c: _limits(c) for c in codes} if len(codes) >= 2 else {}


def _sexes(q: Questionnaire) -> dict[str, str]:
    """F and M -> the codes of the questionnaire; empty when they cannot be told."""
    asked = q.codebook.roles.get("sexe")
    if asked is None:
        return {}
    found = {}
    for code, label in q.codebook.asked(asked).labels.items():
        if code.upper() in ("F", "FEMME") or "femme" in label.lower():
            found["F"] = code
        elif code.upper() in ("M", "H", "HOMME") or "homme" in label.lower():
            found["M"] = code
    return found if len(found) == 2 else {}
