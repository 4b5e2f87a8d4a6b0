"""What completes a sentence is of the same kind as what it completes, and says nothing of a change that prints as nothing."""

from __future__ import annotations

import pandas as pd

from cls_analysis.figures.afterwords import afterwords
from tests.figures.made_up import DEPARTEMENT, OWN, REGION, indicator, record, setting

NOW = indicator("evolution", label="Évolution", short_label="évolution", unit="% par an", decimals=2, earlier="avant")
BEFORE = indicator(
    "avant", label="Évolution antérieure", short_label="évolution antérieure", unit="% par an", decimals=2
)


def said(now: float, then: float, *, simulated: bool = False) -> str:
    rows = [
        record("evolution", OWN, now, period="2017-2023"),
        record("avant", OWN, then, period="2011-2017", simulated=simulated),
    ]
    here = setting(table=pd.DataFrame(rows), catalogue={"evolution": NOW, "avant": BEFORE})
    return afterwords(here, "evolution", here.own("evolution"))


def test_the_pace_of_a_real_change_is_not_set_against_a_simulated_one():
    assert said(-0.5, -0.9) and said(-0.5, -0.9, simulated=True) == ""


def test_a_change_that_prints_as_nothing_is_neither_a_rise_nor_a_fall():
    assert said(-0.5, 0.003).startswith("C’était presque stable")
    assert said(-0.5, 0.3).startswith("C’était une hausse") and said(0.5, -0.3).startswith("C’était une baisse")


def test_an_assumption_is_set_against_the_same_assumption_elsewhere_and_never_against_a_simulated_value():
    base = indicator("acces", label="Densité de médecins", short_label="médecins", unit="%")
    less = indicator("acces-65", label="Densité sans eux", short_label="sans eux", unit="%", variant_of="acces",
                     variant_words="Sans eux")  # fmt: skip

    def told(*, card: bool = False, simulated: bool = False) -> str:
        rows = [record("acces", OWN, 9.2), record("acces-65", OWN, 30.3), record("acces-65", REGION, 32.2)]
        rows.append(record("acces-65", DEPARTEMENT, 20.9, simulated=simulated))
        here = setting(table=pd.DataFrame(rows), catalogue={"acces": base, "acces-65": less})
        return afterwords(here, "acces", here.own("acces"), card=card).replace("\u00a0", " ")

    assert told() == "Sans eux, elle serait de 30,3 %, contre 20,9 % en Haute-Rive et 32,2 % dans le Grand Val."
    assert told(card=True) == "Sans eux, ce serait 30,3 % (20,9 % en Haute-Rive, 32,2 % dans le Grand Val)."
    assert told(simulated=True) == "Sans eux, elle serait de 30,3 %, contre 32,2 % dans le Grand Val."
