"""Reference populations, agreement of raters, and the promises of the package."""

import inspect
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cls_analysis.statistics as package
from cls_analysis.errors import InvalidInput, UnknownName
from cls_analysis.statistics import (
    bands_of,
    european_standard_population,
    kendalls_w,
    reference_population,
    standard_from_frame,
)

# PHEindicatormethods::esp2013, 19 bands to 90+ (ISD Scotland and Eurostat publish the same)
ESP_90 = [
    5000,
    5500,
    5500,
    5500,
    6000,
    6000,
    6500,
    7000,
    7000,
    7000,
    7000,
    6500,
    6000,
    5500,
    5000,
    4000,
    2500,
    1500,
    1000,
]


def test_the_published_weights():
    assert european_standard_population(90).tolist() == ESP_90
    assert european_standard_population(85).tolist() == [*ESP_90[:-2], 2500]
    assert european_standard_population(95).tolist() == [*ESP_90[:-1], 800, 200]
    assert european_standard_population(95, infants="split").head(3).to_dict() == {"0": 1000, "1-4": 4000, "5-9": 5500}


@pytest.mark.parametrize("top", [85, 90, 95])
@pytest.mark.parametrize("infants", ["together", "split"])
def test_every_variant_sums_to_100_000_and_is_found_by_its_name(top, infants):
    standard = european_standard_population(top, infants=infants)
    assert standard.sum() == 100_000
    assert standard.index[-1] == f"{top}+"
    pd.testing.assert_series_equal(reference_population(standard.name), standard)
    assert bands_of(top, infants=infants) == standard.index.tolist()


def test_a_population_of_ones_own_is_chosen_by_name_too():
    frame = pd.DataFrame({"age": ["0-64", "65+"] * 2, "people": [1, 2, 3, 4]})
    france = standard_from_frame(frame, age="age", population="people", name="france-2022")
    assert france.to_dict() == {"0-64": 4, "65+": 6}
    assert reference_population("france-2022", others={"france-2022": france}).name == "france-2022"
    with pytest.raises(UnknownName) as error:
        reference_population("esp1976", others={"france-2022": france})
    assert "esp2013-85" in str(error.value)
    assert "france-2022" in str(error.value)


def test_bad_endings_and_populations_are_refused():
    with pytest.raises(InvalidInput):
        european_standard_population(80)
    with pytest.raises(InvalidInput):
        bands_of(99)
    for people in ([1, -1], [np.nan, 1], [0, 0]):
        with pytest.raises(InvalidInput):
            standard_from_frame(pd.DataFrame({"a": ["x", "y"], "n": people}), age="a", population="n", name="x")
    with pytest.raises(InvalidInput):
        standard_from_frame(pd.DataFrame({"a": ["x", None], "n": [1, 1]}), age="a", population="n", name="x")


# --- Kendall's W


def plain_w(table):
    """Siegel and Castellan's formula, one rater at a time."""
    m, n = len(table), len(table[0])
    ranks = [stats.rankdata(row) for row in table]
    sums = [sum(r[j] for r in ranks) for j in range(n)]
    ties = sum(sum(t**3 - t for t in np.unique(row, return_counts=True)[1]) for row in table)
    return 12 * sum((s - np.mean(sums)) ** 2 for s in sums) / (m**2 * (n**3 - n) - m * ties)


def test_w_is_friedmans_test_in_another_dress():
    rng = np.random.default_rng(0)
    for _ in range(30):
        table = rng.integers(1, 6, (rng.integers(3, 9), rng.integers(3, 10)))
        found = kendalls_w(table)
        assert found.w == pytest.approx(plain_w(table.tolist()))
        friedman = stats.friedmanchisquare(*table.T)
        assert (found.chi2, found.p) == pytest.approx(tuple(friedman))


def test_siegel_and_castellans_extremes():
    assert kendalls_w([[1, 2, 3], [1, 2, 3], [1, 2, 3]]).w == pytest.approx(1)
    assert kendalls_w([[1, 2, 3], [3, 2, 1]]).w == pytest.approx(0)
    assert np.isnan(kendalls_w([[1, 2, 3]]).w)
    assert np.isnan(kendalls_w([[4, 4], [4, 4]]).w)


@pytest.mark.parametrize("bad", [[1, 2, 3], [[1, np.nan], [1, 2]], [[1, 2], [1]], [["a", "b"], ["c", "d"]]])
def test_tables_that_are_no_ratings_are_refused(bad):
    with pytest.raises(InvalidInput):
        kendalls_w(bad)


# --- the package

DESIGN = {
    "byar_interval": "count level",
    "exact_poisson_interval": "count level",
    "poisson_interval": "count level",
    "wilson_interval": "count n level",
    "crude_rate": "frame by count population per level",
    "proportion": "frame by count population per level",
    "directly_standardised_rate": "frame by age count population standard per level interval min_events",
    "standardised_ratio": "frame by age count population reference per level",
    "life_expectancy": "frame by age_start deaths population level",
    "funnel_limits": "count denominator kind target levels",
    "quantile_groups": "values k higher_is_first",
    "trend": "frame by period value lower upper points",
    "slope_index": "value population rank",
    "concentration_index": "value population rank kind",
    "gini": "value population",
    "theil": "value population group",
    "mean_log_deviation": "value population",
    "atkinson": "value epsilon population",
    "between_group_variance": "value population weighted",
    "between_group_sd": "value population weighted",
    "index_of_disparity": "value population weighted",
    "mean_difference": "value population reference weighted favourable",
    "population_attributable": "value population reference",
    "empirical_bayes": "count population weights",
    "moran": "value neighbours",
    "local_moran": "value neighbours permutations seed fdr",
    "floating_catchment": "population supply cost radius decay steps",
}


@pytest.mark.parametrize("name", sorted(DESIGN))
def test_names_and_arguments_are_those_of_the_design(name):
    given = list(inspect.signature(getattr(package, name)).parameters)
    asked = DESIGN[name].split()
    assert given[: len(asked)] == asked
    assert name in package.__all__


@pytest.mark.parametrize("name", [n for n in package.__all__ if inspect.isfunction(getattr(package, n))])
def test_every_public_function_documents_itself_with_an_example(name):
    doc = inspect.getdoc(getattr(package, name)) or ""
    assert ">>>" in doc
    assert len(doc) > 100


def test_the_room_imports_only_errors_and_mathematics():
    allowed = {"__future__", "collections", "dataclasses", "typing", "numpy", "pandas", "scipy", "libpysal", "esda"}
    for path in Path(package.__file__).parent.glob("*.py"):
        for module in re.findall(r"^(?:from|import) ([\w.]+)", path.read_text(), flags=re.MULTILINE):
            ours = module.startswith(("cls_analysis.statistics", "cls_analysis.errors"))
            assert ours or module.split(".")[0] in allowed, f"{path.name} imports {module}"
        assert 20 <= len(path.read_text().splitlines()) <= 250


def test_the_same_key_returns_the_same_order_whatever_the_locale_of_the_data():
    assert package.__all__ == sorted(package.__all__, key=lambda n: (not n.isupper(), not n[0].isupper(), n))
