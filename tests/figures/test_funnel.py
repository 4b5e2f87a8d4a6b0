"""Is an area apart, or only small? Limits of chance by hand, each area one dot, and what is said of the spread."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cls_analysis.errors import InvalidInput
from cls_analysis.figures import Place, funnel_plot
from tests.figures.made_up import CATALOGUE, EPCI, OWN, REGION, cells, comparisons, indicator, record, setting


def funnel_of(method: str, rows: list, **fields):
    entry = indicator("compte", label="Événements", short_label="événements", method=method, **fields)
    table_ = pd.DataFrame(rows)
    return funnel_plot(
        setting(table=table_, catalogue={"compte": entry}, peers=PEERS, members=EPCI[:2], comparisons=comparisons().head(0)), "compte"
    )  # fmt: skip


PEERS = tuple(Place("epci", f"x{i}", f"EPCI {i}") for i in range(5))


def test_the_limits_of_a_rate_are_those_of_counted_events():
    """Ten events are expected of an area of that size at the région's rate: 17 may be chance, 19 is not."""
    from scipy.stats import poisson

    assert poisson.sf(16, 10) > 0.025 > poisson.sf(18, 10)

    rows = [record("compte", p, 10.0, numerator=10.0, denominator=1000.0) for p in PEERS]
    rows += [record("compte", OWN, 19.0, numerator=19.0, denominator=1000.0), record("compte", REGION, 10.0)]
    rows += [record("compte", EPCI[0], 17.0, numerator=17.0, denominator=1000.0)]
    rows += [record("compte", EPCI[1], None, status="too_few_events")]
    figure = funnel_of("rate", rows, unit="pour 1 000 hab.", scale=1000.0)
    position = {r[0]: r[3] for r in cells(figure)}
    assert position["Pays de Brume"] == "hors des limites à 95\u00a0%"
    assert position["CC de l’Étang"] == position["EPCI 0"] == "dans les limites"
    assert "au-dessus des limites du seul hasard" in figure.title
    assert figure.notes[-1] == "1\u00a0territoire sans valeur publiée."
    assert figure.data.header[2] == "Habitants"
    assert [item.label for item in figure.legend][:3] == ["Pays de Brume", "ses EPCI", "autres EPCI de la région"]


def test_an_area_is_one_dot_of_a_funnel_whatever_its_names():
    """The EPCI of the territory are also among its peers, and one of them may be the whole territory."""
    twins = tuple(Place(p.territory_type, p.territory, f"{p.name} (pair)") for p in EPCI[:2])
    rows = [record("compte", p, 10.0, numerator=10.0, denominator=1000.0 + i) for i, p in enumerate((*PEERS, EPCI[0]))]
    rows += [record("compte", p, 12.0, numerator=24.0, denominator=2000.0) for p in (OWN, EPCI[1])]
    rows += [record("compte", REGION, 10.0)]
    entry = indicator(
        "compte", label="Événements", short_label="événements", method="rate", unit="pour 1 000 hab.", scale=1000.0
    )
    figure = funnel_plot(
        setting(table=pd.DataFrame(rows), catalogue={"compte": entry}, peers=(*PEERS, *twins), members=EPCI[:2],
                comparisons=comparisons().head(0)), "compte",
    )  # fmt: skip
    names = [r[0] for r in cells(figure)]
    assert len(names) == len(set(names)) == len(PEERS) + 2  # the five, the first EPCI, the territory
    assert EPCI[0].label in names and EPCI[1].label not in names


@pytest.mark.parametrize(("factor", "told"), [(1, False), (3, True)])
def test_a_funnel_says_when_areas_vary_more_than_chance(factor, told):
    """Forty areas of 2,500 inhabitants around 4 %: Poisson draws, then the same gaps three times as large."""
    drawn = np.random.default_rng(7).poisson(100, size=40)
    places = tuple(Place("epci", f"y{i}", f"EPCI {i}") for i in range(40))
    counts = 100 + factor * (drawn - 100)
    rows = [
        record("compte", p, float(c) / 2.5, numerator=float(c), denominator=2500.0)
        for p, c in zip(places, counts, strict=True)
    ]
    rows += [record("compte", OWN, 40.0, numerator=100.0, denominator=2500.0), record("compte", REGION, 40.0)]
    entry = indicator(
        "compte", label="Événements", short_label="événements", method="rate", unit="pour 1 000 hab.", scale=1000.0
    )
    figure = funnel_plot(
        setting(table=pd.DataFrame(rows), catalogue={"compte": entry}, peers=places, members=(),
                comparisons=comparisons().head(0)), "compte",
    )  # fmt: skip
    assert any("si le hasard seul jouait" in note for note in figure.notes) is told


def test_a_standardised_ratio_has_its_funnel_around_a_hundred_and_other_methods_have_none():
    rows = [record("compte", p, 100.0, numerator=50.0, denominator=50.0) for p in PEERS]
    rows += [record("compte", OWN, 160.0, numerator=80.0, denominator=50.0)]
    figure = funnel_of("standardised_ratio", rows, unit="(France = 100)", scale=100.0, decimals=0)
    assert cells(figure)[0] == ["Pays de Brume", "160", "50", "hors des limites à 99,8\u00a0%"]
    assert "la France (100)" in figure.reading and figure.data.header[2] == "Évènements attendus"
    with pytest.raises(InvalidInput, match="no limits of chance"):
        funnel_of("weighted_mean", rows)


def test_a_funnel_tells_who_lies_beyond_chance():
    peers = tuple(Place("epci", f"x{i}", f"EPCI {i}") for i in range(5))
    rows = [record("pauvrete", p, 14.0 + i / 10, numerator=140.0 + i, denominator=1000.0) for i, p in enumerate(peers)]
    rows += [record("pauvrete", OWN, 25.0, numerator=1000.0, denominator=4000.0), record("pauvrete", REGION, 14.2)]
    catalogue = {**CATALOGUE, "pauvrete": indicator("pauvrete", label="Taux de pauvreté", short_label="Taux de pauvreté", method="share", scale=100.0)}  # fmt: skip
    figure = funnel_plot(setting(table=pd.DataFrame(rows), peers=peers, members=(), catalogue=catalogue), "pauvrete")
    assert "au-dessus des limites du seul hasard" in figure.title
    assert cells(figure)[0] == ["Pays de Brume", "25,0", "4\u202f000", "hors des limites à 99,8\u00a0%"]
    assert {r[3] for r in cells(figure)[1:]} == {"dans les limites"}
    with pytest.raises(InvalidInput, match="no limits of chance"):
        funnel_plot(setting(), "apl")
