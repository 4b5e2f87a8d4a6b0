"""Trends over the last periods."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cls_analysis.errors import InvalidInput
from cls_analysis.statistics import trend

CALL = {"by": "area", "period": "year", "value": "rate", "lower": "low", "upper": "high"}


def series(values, half=1.0, area="x", start=2015):
    values = np.asarray(values, float)
    return pd.DataFrame(
        {
            "area": area,
            "year": start + np.arange(len(values)),
            "rate": values,
            "low": values - half,
            "high": values + half,
        }
    )


def plain_trend(x, y, se):
    w = 1 / np.asarray(se) ** 2
    mx, my = np.average(x, weights=w), np.average(y, weights=w)
    information = (w * (x - mx) ** 2).sum()
    slope = (w * (x - mx) * (y - my)).sum() / information
    return slope, slope**2 * information


@given(st.lists(st.tuples(st.floats(1, 100), st.floats(0.1, 10)), min_size=5, max_size=9))
@settings(max_examples=60)
def test_slope_and_chi2_are_weighted_least_squares_of_the_last_five(points):
    frame = series([v for v, _ in points], np.array([h for _, h in points]))
    row = trend(frame.sample(frac=1, random_state=0), **CALL).iloc[0]
    last = frame.tail(5)
    slope, chi2 = plain_trend(
        last.year.to_numpy(float), last.rate.to_numpy(), (last.high - last.low) / 2 / stats.norm.ppf(0.975)
    )
    assert (row.slope, row.chi2) == pytest.approx((slope, chi2), rel=1e-6, abs=1e-7)
    assert row.p == pytest.approx(stats.chi2.sf(row.chi2, 1))
    assert (row.first_period, row.last_period) == (last.year.min(), last.year.max())


def test_statsmodels_agrees():
    sm = pytest.importorskip("statsmodels.api")
    frame = series([10, 12, 11, 14, 15], np.array([1, 2, 1, 0.5, 1]))
    se = (frame.high - frame.low) / 2 / stats.norm.ppf(0.975)
    fit = sm.WLS(frame.rate, sm.add_constant(frame.year), weights=1 / se**2).fit(cov_type="fixed scale")
    row = trend(frame, **CALL).iloc[0]
    assert (row.slope, row.chi2) == pytest.approx((fit.params.iloc[1], fit.tvalues.iloc[1] ** 2))


@pytest.mark.parametrize(
    ("values", "direction"),
    [
        ([10, 12, 14, 16, 18], "rising"),
        ([18, 16, 14, 12, 10], "falling"),
        ([10, 10.1, 9.9, 10, 10.05], "stable"),
        ([10, 10, 10, 10, 10], "stable"),
        ([50, 50, 10, 11, 12, 13, 14], "rising"),
    ],
)
def test_directions(values, direction):
    assert trend(series(values), **CALL).direction.item() == direction


def test_a_trend_that_hangs_on_one_point_is_not_called():
    frame = series([10, 9.8, 9.6, 9.4, 30])
    row = trend(frame, **CALL).iloc[0]
    assert row.p < 0.001
    assert row.direction == "stable"


def test_gaps_between_years_count_as_they_are():
    frame = series([10, 12, 14, 16, 18]).assign(year=[2000, 2002, 2004, 2006, 2008])
    assert trend(frame, **CALL).slope.item() == pytest.approx(1)


@pytest.mark.parametrize(
    "frame",
    [
        series([1, 2, 3, 4]),
        series([1, 2, np.nan, 4, 5]),
        series([1, 2, 3, 4, 5], 0.0),
        series([1, 2, 3, 4, 5]).assign(low=lambda f: f.low.where(f.year != 2019)),
    ],
)
def test_what_cannot_be_computed_says_so(frame):
    row = trend(frame, **CALL).iloc[0]
    assert row.direction == "not_computable"
    assert np.isnan([row.slope, row.chi2, row.p]).all()


def test_an_old_gap_does_not_matter_and_areas_are_apart():
    frame = pd.concat(
        [series([np.nan, 1, 3, 5, 7, 9], area="b"), series([9, 7, 5, 3, 1], area="a"), series([1], area="c")]
    )
    result = trend(frame, **CALL)
    assert result.area.tolist() == ["a", "b", "c"]
    assert result.direction.tolist() == ["falling", "rising", "not_computable"]
    assert result.points.tolist() == [5, 5, 1]


def test_more_or_fewer_points_may_be_asked():
    frame = series([20, 18, 16, 10, 12, 14])
    assert trend(frame, **CALL, points=3).slope.item() == pytest.approx(2)
    assert trend(frame, **CALL, points=6).slope.item() < 0
    for points in (2, 0, 2.5, True):
        with pytest.raises(InvalidInput, match="points"):
            trend(frame, **CALL, points=points)


def test_noise_without_trend_is_rarely_called():
    rng = np.random.default_rng(6)
    n = 3000
    frame = pd.DataFrame(
        {"area": np.repeat(np.arange(n), 5), "year": np.tile(np.arange(5), n), "rate": rng.normal(50, 1, 5 * n)}
    )
    frame = frame.assign(low=frame.rate - stats.norm.ppf(0.975), high=frame.rate + stats.norm.ppf(0.975))
    result = trend(frame, **CALL)
    assert (result.p < 0.05).mean() == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / n))
    assert (result.direction != "stable").mean() <= (result.p < 0.05).mean()


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda f: pd.concat([f, f.iloc[:1]]), "area='x': year=2015 is given twice"),
        (lambda f: f.assign(year=f.year.where(f.year > 2015)), "'year'"),
        (lambda f: f.assign(rate=f.rate.where(f.year > 2015, np.inf)), "year=2015: column 'rate' is inf"),
        (lambda f: f.assign(rate=f.rate.where(f.year > 2015, 99)), "'rate' is 99, outside"),
        (lambda f: f.drop(columns="low"), "no column 'low'"),
    ],
)
def test_invalid_series_are_named(edit, said):
    with pytest.raises(InvalidInput, match=said):
        trend(edit(series([1, 2, 3, 4, 5])), **CALL)


def test_an_empty_frame_gives_an_empty_result():
    result = trend(series([1]).iloc[:0], **CALL)
    assert len(result) == 0
    assert {"slope", "chi2", "p", "direction"} <= set(result.columns)
