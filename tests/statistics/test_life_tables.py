"""Life expectancy."""

import math

import numpy as np
import pandas as pd
import pytest

from cls_analysis.errors import InvalidInput
from cls_analysis.statistics import AGE_STARTS, life_expectancy

# Data and expected figures: PHEindicatormethods, tests/testthat/testLifeExpectancy.R (from OHID's life expectancy calculator)
POPS = [
    7060,
    35059,
    46974,
    48489,
    43219,
    38561,
    46009,
    57208,
    61435,
    55601,
    50209,
    56416,
    46411,
    39820,
    37978,
    37039,
    33288,
    23306,
    11936,
    11936,
]
DEATHS = [17, 9, 4, 8, 20, 15, 24, 33, 50, 71, 100, 163, 263, 304, 536, 872, 1390, 1605, 1936, 1937]
VALUE = [
    80.16960813,
    79.36245674,
    75.44193645,
    70.47299936,
    65.52909542,
    60.67510088,
    55.78835987,
    50.92752727,
    46.06740425,
    41.24505636,
    36.49322717,
    31.83343842,
    27.26027992,
    22.9719144,
    18.76856852,
    14.95858336,
    11.51684445,
    8.618849241,
    6.163942934,
    6.16210635,
]
LOWER = [
    79.88268548,
    79.0898816,
    75.17407307,
    70.20675732,
    65.26548673,
    60.41876577,
    55.53801579,
    50.68279939,
    45.82666794,
    41.00842831,
    36.26223216,
    31.60996318,
    27.04337271,
    22.76653134,
    18.57570352,
    14.77985004,
    11.34831778,
    8.451134045,
    5.978358351,
    5.887683386,
]
UPPER = [
    80.45653078,
    79.63503188,
    75.70979983,
    70.7392414,
    65.79270412,
    60.931436,
    56.03870395,
    51.17225516,
    46.30814055,
    41.48168441,
    36.72422219,
    32.05691365,
    27.47718713,
    23.17729746,
    18.96143352,
    15.13731667,
    11.68537112,
    8.786564437,
    6.349527517,
    6.436529314,
]
CALL = {"by": "area", "age_start": "age", "deaths": "deaths", "population": "pop"}


def frame(area="x", pops=POPS, deaths=DEATHS):
    return pd.DataFrame(
        {"area": area, "age": AGE_STARTS, "pop": np.array(pops, float), "deaths": np.array(deaths, float)}
    )


def test_phes_published_life_table_is_found_again():
    result = life_expectancy(frame(), **CALL)
    assert list(result.columns) == ["area", "age_start", "value", "lower", "upper", "status"]
    assert result.value.tolist() == pytest.approx(VALUE, abs=1e-7)
    assert result.lower.tolist() == pytest.approx(LOWER, abs=1e-5)  # the spreadsheet rounds z to 1.96
    assert result.upper.tolist() == pytest.approx(UPPER, abs=1e-5)
    assert set(result.status) == {"observed"}


def plain_life_table(deaths, pops):
    """Chiang's table, one band after the other, for a person to check."""
    ends = list(AGE_STARTS[1:])
    alive, table = 1.0, []
    for i, start in enumerate(AGE_STARTS):
        m = deaths[i] / pops[i]
        if i == len(AGE_STARTS) - 1:
            table.append((alive, alive / m))
            break
        n, a = ends[i] - start, 0.1 if start == 0 else 0.5
        q = min(n * m / (1 + (1 - a) * n * m), 1)
        table.append((alive, n * (alive * (1 - q) + a * alive * q)))
        alive *= 1 - q
    return [sum(years for _, years in table[i:]) / table[i][0] for i in range(len(table))]


def test_values_are_those_of_the_plain_table():
    rng = np.random.default_rng(5)
    parts, expected = [], []
    for area in range(20):
        pops = rng.integers(500, 40_000, 20)
        deaths = rng.poisson(pops * np.exp(np.linspace(-8, -1.3, 20))) + 1
        parts.append(frame(area, pops, deaths))
        expected += plain_life_table(deaths, pops)
    result = life_expectancy(pd.concat(parts).sample(frac=1, random_state=0), **CALL)
    assert result.value.tolist() == pytest.approx(expected)
    assert result.area.tolist() == sorted(result.area)
    assert result.age_start.tolist() == list(AGE_STARTS) * 20


def test_constant_mortality_gives_nearly_its_inverse():
    result = life_expectancy(frame(pops=[1e6] * 20, deaths=[2e4] * 20), **CALL)
    assert result.value.tolist() == pytest.approx([50] * 20, rel=0.001)


def test_the_interval_covers_the_truth_by_simulation():
    rng = np.random.default_rng(11)
    pops = np.array(POPS) / 10
    rates = np.array(DEATHS) / np.array(POPS)
    n = 1500
    many = pd.DataFrame(
        {
            "area": np.repeat(np.arange(n), 20),
            "age": np.tile(AGE_STARTS, n),
            "pop": np.tile(pops, n),
            "deaths": rng.poisson(np.tile(pops * rates, n)),
        }
    )
    at_birth = life_expectancy(many, **CALL).query("age_start == 0 and status == 'observed'")
    covered = ((at_birth.lower <= VALUE[0]) & (VALUE[0] <= at_birth.upper)).mean()
    assert covered == pytest.approx(0.95, abs=4 * math.sqrt(0.95 * 0.05 / n))


def edited(column, age, value):
    data = frame()
    data.loc[data.age == age, column] = value
    return data


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (edited("deaths", 10, -5), "negative"),
        (edited("pop", 5, -10), "negative"),
        (edited("pop", 20, 0), "no_population_in_band"),
        (edited("pop", 85, 119), "deaths_above_population"),
        (edited("deaths", 45, np.nan), "missing_band"),
        (edited("pop", 45, np.nan), "missing_band"),
        (frame()[lambda f: f.age != 90], "missing_band"),
        (frame(pops=[250] * 20, deaths=[1] * 20), "population_too_small"),
        (edited("deaths", 90, 0), "no_deaths_in_last_band"),
    ],
)
def test_what_cannot_be_trusted_is_not_returned_and_says_why(data, status):
    good = frame("good")
    result = life_expectancy(pd.concat([data, good]), **CALL)
    assert len(result) == 40
    refused = result[result.area == "x"]
    assert set(refused.status) == {status}
    assert refused[["value", "lower", "upper"]].isna().all().all()
    assert result[result.area == "good"].value.tolist() == pytest.approx(VALUE, abs=1e-7)


def test_just_above_5000_people_is_enough():
    assert (
        life_expectancy(frame(pops=[250] * 19 + [251], deaths=[1] * 19 + [80]), **CALL).status.iloc[0]
        != "population_too_small"
    )


def test_an_interval_wider_than_20_years_is_not_returned_whatever_the_level():
    data = frame(pops=[400] * 20, deaths=[0.001] * 19 + [1])
    for level in (0.5, 0.95):
        result = life_expectancy(data, **CALL, level=level)
        assert "interval_too_wide" in set(result.status)
        assert result[result.status != "observed"][["value", "lower", "upper"]].isna().all().all()


def test_ages_that_nobody_reaches_have_no_life_expectancy():
    deaths = DEATHS.copy()
    deaths[-2] = 11_936  # everybody at 85-89 dies within the year
    result = life_expectancy(frame(deaths=deaths), **CALL)
    assert result.status.tolist() == ["observed"] * 19 + ["no_survivors"]
    assert result.value.iloc[0] < VALUE[0]


def test_bands_without_deaths_are_no_problem():
    deaths = DEATHS.copy()
    deaths[1] = deaths[4] = 0
    result = life_expectancy(frame(deaths=deaths), **CALL)
    assert (result.value[:5] > VALUE[:5]).all()


@pytest.mark.parametrize(
    "data",
    [
        pd.concat([frame(), frame().iloc[:1]]),
        frame().assign(age=lambda f: f.age.replace({90: 95})),
        frame().assign(age=lambda f: f.age.replace({90: 3})),
        edited("pop", 0, np.inf),
        frame().drop(columns="pop"),
    ],
)
def test_frames_that_are_no_abridged_table_are_refused(data):
    with pytest.raises(InvalidInput):
        life_expectancy(data, **CALL)


def test_an_empty_frame_gives_an_empty_result():
    assert len(life_expectancy(frame().iloc[:0], **CALL)) == 0


def test_the_level_only_changes_the_limits():
    a, b = life_expectancy(frame(), **CALL), life_expectancy(frame(), **CALL, level=0.998)
    assert a.value.equals(b.value)
    assert (b.lower < a.lower).all()
