"""What completes a sentence is of the same kind as what it completes, and says nothing of a change that prints as nothing."""

from __future__ import annotations

import pandas as pd

from cls_analysis.figures.afterwords import afterwords
from tests.figures.made_up import OWN, indicator, record, setting

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
