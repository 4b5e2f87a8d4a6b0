"""Smoothing, Moran's I and local Moran, against PySAL and by brute force."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from libpysal.graph import Graph
from libpysal.weights import W, lat2W
from scipy import stats

from cls_analysis.errors import InvalidInput
from cls_analysis.statistics import benjamini_hochberg, empirical_bayes, local_moran, moran


def lattice(side):
    w = lat2W(side, side)
    return w, {i: list(w.neighbors[i]) for i in range(side * side)}


def esda(name):
    return getattr(pytest.importorskip("esda"), name)


# --- empirical Bayes


def plain_bayes(count, population, near=None):
    """Marshall, area after area."""
    n = len(count)
    out = []
    for i in range(n):
        around = range(n) if near is None else [i, *near[i]]
        people, events = sum(population[j] for j in around), sum(count[j] for j in around)
        mean = events / people
        scatter = sum(population[j] * (count[j] / population[j] - mean) ** 2 for j in around) / people
        between = max(scatter - mean / (people / len(around)), 0)
        trust = between / (between + mean / population[i]) if between else 0
        own = count[i] / population[i]
        out.append(own if near is not None and not near[i] else mean + trust * (own - mean))
    return out


@given(st.data())
@settings(max_examples=50)
def test_empirical_bayes_is_marshalls_formula(data):
    n = data.draw(st.integers(2, 9))
    count = data.draw(st.lists(st.integers(0, 40), min_size=n, max_size=n))
    population = data.draw(st.lists(st.integers(1, 5000), min_size=n, max_size=n))
    near = {i: sorted(data.draw(st.sets(st.integers(0, n - 1).filter(lambda j, i=i: j != i)))) for i in range(n)}
    assert empirical_bayes(count, population).tolist() == pytest.approx(
        plain_bayes(count, population), rel=1e-7, abs=1e-12
    )
    local = empirical_bayes(count, population, weights=near)
    assert local.tolist() == pytest.approx(plain_bayes(count, population, near), rel=1e-5, abs=1e-9)


def test_empirical_bayes_agrees_with_pysal():
    rng = np.random.default_rng(0)
    w, near = lattice(12)
    population = rng.integers(100, 5000, 144)
    count = rng.poisson(population * rng.gamma(4, 0.01, 144))
    smoothing = pytest.importorskip("esda.smoothing")
    assert empirical_bayes(count, population) == pytest.approx(smoothing.Empirical_Bayes(count, population).r.ravel())
    w.transform = "b"
    theirs = smoothing.Spatial_Empirical_Bayes(count, population, w).r.ravel()
    assert empirical_bayes(count, population, weights=near) == pytest.approx(theirs)


def test_rates_lie_between_their_own_and_the_mean_and_shrink_less_where_people_are_many():
    count, population = np.array([0, 5, 300, 2500]), np.array([50, 100, 10_000, 50_000])
    smooth, rate, mean = empirical_bayes(count, population), count / population, count.sum() / population.sum()
    assert ((np.minimum(rate, mean) <= smooth) & (smooth <= np.maximum(rate, mean))).all()
    kept = np.abs(smooth - mean) / np.abs(rate - mean)
    assert (np.diff(kept) > 0).all()


def test_no_variance_beyond_chance_gives_the_mean_and_no_events_give_zero():
    assert empirical_bayes([10, 10, 10], [100, 100, 100]).tolist() == pytest.approx([0.1] * 3)
    assert empirical_bayes([0, 0], [5, 10]).tolist() == [0, 0]
    assert empirical_bayes([3], [60]).tolist() == pytest.approx([0.05])
    assert empirical_bayes([], []).shape == (0,)


@pytest.mark.parametrize(
    ("count", "population"), [([1, 2], [5, 0]), ([-1, 2], [5, 5]), ([np.nan, 2], [5, 5]), ([1], [5, 5])]
)
def test_invalid_counts_are_not_smoothed(count, population):
    with pytest.raises(InvalidInput):
        empirical_bayes(count, population)


# --- Moran


def plain_moran(value, near):
    z = np.asarray(value, float) - np.mean(value)
    total = weight = 0.0
    for i, others in near.items():
        for j in others:
            total += z[i] * z[j] / len(others)
            weight += 1 / len(others)
    return len(z) / weight * total / (z**2).sum()


def test_moran_is_its_definition_and_pysals():
    rng = np.random.default_rng(3)
    w, near = lattice(9)
    value = rng.normal(size=81)
    ours, theirs = moran(value, near), esda("Moran")(value, w, permutations=0)
    assert ours == pytest.approx(plain_moran(value, near))
    assert (ours, ours.expected, ours.variance, ours.z, ours.p) == pytest.approx(
        (theirs.I, theirs.EI, theirs.VI_rand, theirs.z_rand, theirs.p_rand)
    )


def test_moran_is_a_float_that_survives_pickling():
    result = moran([1, 2, 3, 5], {0: [1], 1: [0, 2], 2: [1, 3], 3: [2]})
    again = pickle.loads(pickle.dumps(result))
    assert isinstance(result, float)
    assert (again, again.p, again.islands) == (result, result.p, 0)


def test_every_form_of_neighbours_gives_the_same():
    w, near = lattice(5)
    rng = np.random.default_rng(9)
    value = rng.normal(size=25)
    graph = Graph.from_W(w)
    names = [f"c{i:02d}" for i in range(25)]
    named = {names[i]: [names[j] for j in near[i]] for i in rng.permutation(25)}
    keyed = pd.Series(value, index=names)
    weighted = {names[i]: {names[j]: 2.0 for j in near[i]} for i in range(25)}
    forms = [
        moran(value, near),
        moran(value, w),
        moran(value, graph),
        moran(keyed, named),
        moran(keyed, weighted),
        moran(keyed, W(named, silence_warnings=True)),
        moran(keyed.sample(frac=1, random_state=1), named),
    ]
    assert forms == pytest.approx([forms[0]] * len(forms))


@given(st.floats(-50, 50), st.floats(0.1, 30))
@settings(max_examples=30)
def test_shift_and_scale_do_not_move_moran(shift, scale):
    _, near = lattice(4)
    value = np.arange(16.0) ** 1.5
    assert moran(value * scale + shift, near) == pytest.approx(moran(value, near), abs=1e-9)


def test_islands_are_counted_and_left_out_of_the_local_classes():
    _, near = lattice(4)
    value = np.arange(17.0)
    near = {**near, 16: []}
    result = moran(value, near)
    assert result.islands == 1
    w = W(near, silence_warnings=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert result == pytest.approx(esda("Moran")(value, w, permutations=0).I)
    local = local_moran(value, near, permutations=99, seed=0)
    assert local.island.tolist() == [False] * 16 + [True]
    assert np.isnan(local.statistic[16])
    assert np.isnan(local.p[16])
    assert local["class"][16] == "ns"


def test_equal_values_and_no_neighbours_have_no_moran():
    assert np.isnan(moran([2, 2, 2, 2], {0: [1], 1: [0], 2: [3], 3: [2]}))
    assert np.isnan(moran([0.1] * 3 + [0.1 + 1e-17], {0: [1], 1: [0], 2: [3], 3: [2]}))
    assert np.isnan(moran([1, 2, 3, 4], {i: [] for i in range(4)}))
    assert np.isnan(moran([1.0], {0: []}))
    assert (local_moran([2, 2, 2], {0: [1], 1: [0, 2], 2: [1]}, permutations=9, seed=0)["class"] == "ns").all()
    assert len(local_moran([], {}, permutations=9, seed=0)) == 0


@pytest.mark.parametrize(
    ("value", "near", "said"),
    [
        ([1, 2], {0: []}, "1 areas, the values 2"),
        ([1, 2], {0: [1], 1: [7]}, "not areas themselves"),
        ([1, 2], {0: [0, 1], 1: [0]}, "their own neighbour"),
        ([1, np.nan], {0: [1], 1: [0]}, "value\\[1\\] is nan"),
        ([1, 2], [[1], [0]], "list"),
        ([1, 2], {0: [1, 1], 1: [0]}, "twice"),
        ([1, 2], {0: {1: -1}, 1: [0]}, "negative"),
        (pd.Series([1, 2], index=["x", "y"]), {"x": ["z"], "z": ["x"]}, "\\['y'\\]"),
    ],
)
def test_neighbours_that_do_not_fit_are_refused(value, near, said):
    with pytest.raises(InvalidInput, match=said):
        moran(value, near)


# --- local


def exact_local_p(value, near, i):
    """All the ways to give the others' values to the neighbours of i."""
    from itertools import combinations

    z = np.asarray(value, float) - np.mean(value)
    others = np.delete(z, i)
    lag = z[near[i]].mean()
    dealt = np.array([np.mean(c) for c in combinations(others, len(near[i]))])
    return (dealt >= lag - 1e-12).mean(), (dealt <= lag + 1e-12).mean()


def test_local_p_is_the_share_of_all_deals():
    rng = np.random.default_rng(12)
    n = 14
    near = {i: sorted(rng.choice(np.delete(np.arange(n), i), 1 + i % 4, replace=False).tolist()) for i in range(n)}
    value = rng.normal(size=n)
    reps = 20_000
    result = local_moran(value, near, permutations=reps, seed=5)
    for i in range(n):
        tail = min(exact_local_p(value, near, i))
        assert result.p[i] == pytest.approx(min(2 * tail, 1), abs=2 * 4 * np.sqrt(tail / reps) + 2e-4)


def test_unequal_weights_are_tested_like_equal_ones():
    rng = np.random.default_rng(2)
    _, near = lattice(8)
    value = rng.normal(size=64)
    almost = {i: {j: 1 + 1e-7 * (k == 0) for k, j in enumerate(js)} for i, js in near.items()}
    a, b = (local_moran(value, form, permutations=499, seed=1) for form in (near, almost))
    np.testing.assert_allclose(a.p, b.p, atol=4e-3 + 1e-12)
    np.testing.assert_allclose(a.statistic, b.statistic, rtol=1e-5)


def test_statistics_and_classes_are_pysals():
    rng = np.random.default_rng(7)
    w, near = lattice(20)
    value = rng.normal(size=(20, 20))
    value[2:7, 2:7] += 4
    value[12:17, 11:16] -= 4
    value = value.ravel()
    ours = local_moran(value, near, permutations=999, seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = esda("Moran_Local")(value, w, permutations=999, seed=1, n_jobs=1)
    two_sided = np.minimum(2 * theirs.p_sim, 1)  # PySAL gives the smaller tail
    assert ours.statistic.to_numpy() == pytest.approx(theirs.Is)
    theirs_class = np.where(
        benjamini_hochberg(two_sided).rejected, np.array(["", "HH", "LH", "LL", "HL"])[theirs.q], "ns"
    )
    assert (ours["class"] == theirs_class).mean() > 0.97
    assert np.corrcoef(ours.p, two_sided)[0, 1] > 0.97
    core = np.zeros((20, 20), bool)
    core[3:6, 3:6] = True
    assert (ours["class"][core.ravel()] == "HH").all()


def test_without_pattern_hardly_anything_is_called():
    _, near = lattice(15)
    found = [
        (local_moran(np.random.default_rng(s).normal(size=225), near, permutations=999, seed=s)["class"] != "ns").any()
        for s in range(60)
    ]
    assert np.mean(found) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)


def test_pseudo_p_values_are_uniform_without_pattern():
    _, near = lattice(15)
    p = np.concatenate(
        [local_moran(np.random.default_rng(s).normal(size=225), near, permutations=199, seed=s).p for s in range(20)]
    )
    assert stats.kstest(p, "uniform").statistic < 0.05


def test_the_same_seed_gives_the_same_result_and_keys_are_kept():
    _, near = lattice(6)
    value = pd.Series(np.random.default_rng(0).normal(size=36), index=range(36))
    first = local_moran(value, near, permutations=99, seed=3)
    pd.testing.assert_frame_equal(first, local_moran(value, near, permutations=99, seed=3))
    assert not first.p.equals(local_moran(value, near, permutations=99, seed=4).p)
    names = pd.Series(value.to_numpy(), index=[f"c{i}" for i in range(36)])
    named = {f"c{i}": [f"c{j}" for j in near[i]] for i in range(36)}
    assert local_moran(names, named, permutations=99, seed=3).index.tolist() == names.index.tolist()


@pytest.mark.parametrize("bad", [{"permutations": 0}, {"permutations": 9.5}, {"fdr": 0}, {"fdr": 2}])
def test_bad_options_are_refused(bad):
    with pytest.raises(InvalidInput):
        local_moran([1, 2, 3], {0: [1], 1: [0, 2], 2: [1]}, **{"permutations": 9, "seed": 0} | bad)
