"""Standardised figures of THE TABLE against a slow loop over communes, sexes and ages."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cls_analysis import statistics
from cls_analysis.indicators.methods import METHODS

from .helpers import EPCI, PERIMETER, POPULATION, ground, indicator, obs, pick

BANDS = ("0-0", "1-4", *(f"{a}-{a + 4}" for a in range(5, 90, 5)), "90-94", "95+")
RNG = np.random.default_rng(5)
PEOPLE = {
    (c, s, b): int(RNG.integers(40, 90)) * (2 if c == "F" else 1) * (0 if c == "D" else 1)
    for c in POPULATION.index
    for s in "FM"
    for b in BANDS
}
DEATHS = {key: int(RNG.binomial(n, 0.02 + 0.1 * (BANDS.index(key[2]) / 20) ** 3)) for key, n in PEOPLE.items()}


def tables():
    frames = []
    for sex in "FM":
        for band in BANDS:
            frames.append(obs("n", {c: PEOPLE[c, sex, band] for c in POPULATION.index}, sex=sex, age=band))
            frames.append(obs("d", {c: DEATHS[c, sex, band] for c in POPULATION.index}, sex=sex, age=band))
    frames.append(obs("z", dict(zip(POPULATION.index, (2.0, 1.0, 0.0, 0.5, -1.0, -2.0), strict=True))))
    return {"s": frames}


FIELDS = {
    "numerator": "s:d?sex=*&age=*",
    "denominator": "s:n?sex=*&age=*",
    "standard": "esp2013-85-infants",
    "by_sex": True,
    "geography": "epci",
    "tier": "C",
    "secrecy": "health",
}


def run(method, **fields):
    return METHODS[method](indicator(method=method, **{**FIELDS, **fields}), ground(tables())).frame


def band_of(age):
    start = int(age.split("-")[0].rstrip("+"))
    return "0" if age == "0-0" else "85+" if start >= 85 else age


def test_a_standardised_rate_is_the_weighted_sum_of_the_rates_by_sex_and_age():
    frame = run("directly_standardised_rate", scale=100_000, years=5)
    weights = statistics.reference_population("esp2013-85-infants")
    expected, events = 0.0, 0
    for sex in "FM":
        for label, weight in weights.items():
            ages = [b for b in BANDS if band_of(b) == label]
            x = sum(DEATHS[c, sex, b] for c in PERIMETER for b in ages)
            n = 5 * sum(PEOPLE[c, sex, b] for c in PERIMETER for b in ages)
            expected += weight / weights.sum() / 2 * x / n
            events += x
    row = pick(frame, "p", sex="all")
    assert row["value"] == pytest.approx(100_000 * expected) and row["numerator"] == events
    assert row["lower"] < row["value"] < row["upper"]
    assert "commune" not in set(frame["territory_type"])


def test_the_ratio_of_france_to_itself_is_100_and_a_territory_is_observed_over_expected():
    frame = run("standardised_ratio", scale=100)
    assert pick(frame, "FR", sex="all")["value"] == pytest.approx(100)
    rates = {
        (s, b): sum(DEATHS[c, s, a] for c in POPULATION.index for a in BANDS if band_of(a) == b)
        / sum(PEOPLE[c, s, a] for c in POPULATION.index for a in BANDS if band_of(a) == b)
        for s in "FM"
        for b in {band_of(a) for a in BANDS}
    }
    observed = sum(DEATHS[c, "F", b] for c in EPCI if EPCI[c] == "e1" for b in BANDS)
    expected = sum(rates["F", band_of(b)] * PEOPLE[c, "F", b] for c in EPCI if EPCI[c] == "e1" for b in BANDS)
    row = pick(frame, "e1", sex="F")
    assert row["value"] == pytest.approx(100 * observed / expected) and row["denominator"] == pytest.approx(expected)


def test_life_expectancy_is_that_of_the_summed_life_table():
    frame = run("life_expectancy", years=2)
    starts = [0, 1, *range(5, 95, 5)]
    deaths = [
        sum(
            DEATHS[c, "M", b] for c in POPULATION.index for b in BANDS if min(int(b.split("-")[0].rstrip("+")), 90) == a
        )
        for a in starts
    ]
    people = [
        2
        * sum(
            PEOPLE[c, "M", b] for c in POPULATION.index for b in BANDS if min(int(b.split("-")[0].rstrip("+")), 90) == a
        )
        for a in starts
    ]
    table = statistics.life_expectancy(
        pd.DataFrame({"g": "x", "a": starts, "d": deaths, "n": people}),
        by="g",
        age_start="a",
        deaths="d",
        population="n",
    )
    assert table["value"].notna().all()
    assert pick(frame, "FR", sex="M")["value"] == pytest.approx(table["value"].iloc[0])
    later = run("life_expectancy", years=2, at_age=65)
    assert pick(later, "FR", sex="M")["value"] == pytest.approx(table.set_index("age_start")["value"][65])


def test_fewer_than_ten_events_give_no_standardised_rate():
    rare = tables()["s"]
    for frame in rare:
        if (frame["variable"] == "d").all():
            frame.loc[frame["code"].isin(["A", "B"]), "value"] = 0.0
    one = METHODS["directly_standardised_rate"](
        indicator(method="directly_standardised_rate", **FIELDS), ground({"s": rare})
    ).frame
    row = pick(one, "e1", sex="all")
    assert row["status"] == "too_few_events" and np.isnan(row["value"]) and row["reliability"] == "none"


def test_inequality_needs_ten_communes():
    frame = run("slope_index", rank="s:z")
    assert set(frame["status"]) == {"not_applicable"} and frame["value"].isna().all()


def test_the_gradient_is_read_from_the_most_to_the_least_disadvantaged(monkeypatch):
    from cls_analysis.indicators.methods import inequality

    monkeypatch.setattr(inequality, "MIN_COMMUNES", 3)
    slope, ratio = run("slope_index", rank="s:z"), run("relative_index", rank="s:z")
    levels, weights, ranks = [], [], []
    expected = dict.fromkeys(POPULATION.index, 0.0)
    for sex in "FM":
        for label in {band_of(b) for b in BANDS}:
            ages = [b for b in BANDS if band_of(b) == label]
            rate = sum(DEATHS[c, sex, b] for c in POPULATION.index for b in ages) / sum(
                PEOPLE[c, sex, b] for c in POPULATION.index for b in ages
            )
            for c in POPULATION.index:
                expected[c] += rate * sum(PEOPLE[c, sex, b] for b in ages)
    for position, c in enumerate(POPULATION.index):
        if c in PERIMETER and expected[c] > 0:
            levels.append(100 * sum(DEATHS[c, s, b] for s in "FM" for b in BANDS) / expected[c])
            weights.append(expected[c])
            ranks.append(position)  # the disadvantage falls along the list
    by_hand = statistics.slope_index(levels, weights, [(2.0, 1.0, 0.0, 0.5, -1.0, -2.0)[r] * -1 for r in ranks])
    assert pick(slope, "p")["value"] == pytest.approx(by_hand.sii)
    assert pick(ratio, "p")["value"] == pytest.approx(1 / by_hand.rii)


def test_the_share_of_inequality_between_epci_is_nothing_when_they_have_the_same_mean(monkeypatch):
    from cls_analysis.indicators.methods import inequality

    monkeypatch.setattr(inequality, "MIN_COMMUNES", 2)
    values = {"A": 1.0, "B": 3.0, "C": 1.0, "D": 9.0, "E": 3.0, "F": 5.0}
    weights = {"A": 50.0, "B": 50.0, "C": 20.0, "D": 0.0, "E": 20.0, "F": 1.0}
    entry = indicator(method="theil_between_epci", numerator="s:v", weights="s:w", geography="epci", scale=100)
    frame = METHODS["theil_between_epci"](entry, ground({"s": [obs("v", values), obs("w", weights)]})).frame
    assert pick(frame, "p")["value"] == pytest.approx(0, abs=1e-9)
    assert pick(frame, "e1")["status"] == "not_applicable"
