"""The simulated France: sound tables, the real populations, the same at every call, and true parameters recovered."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cls_analysis import demo, geography, statistics
from cls_analysis.demo.truth import AGE_BANDS, DEATH_YEARS, SEXES
from cls_analysis.demo.world import world
from cls_analysis.errors import UnknownName
from cls_analysis.sources import get_source, validate_observations

SHAPE = (-1, len(SEXES), len(AGE_BANDS))


@pytest.fixture(scope="module")
def grids():
    """Deaths, illnesses and people: communes x sexes x bands, from the tables a reader would get."""
    return {
        name: demo.simulate(source)["value"].to_numpy().reshape(SHAPE)
        for name, source in (("deaths", "demo-deces"), ("ill", "demo-ald"), ("people", "demo-population"))
    }


@pytest.mark.parametrize("source_id", demo.source_ids())
def test_every_simulated_table_is_sound_observations(source_id):
    declared = demo.DEMO_SOURCES.get(source_id) or get_source(source_id)
    frame = validate_observations(demo.simulate(source_id), declared)
    assert len(frame) and set(frame["cog"]) == {2026}


def test_the_people_of_each_commune_add_up_to_its_real_population():
    real = geography.communes().set_index("code_commune")["population"]
    frame = demo.simulate("demo-population")
    total = frame.groupby("code", observed=True)["value"].sum()
    assert len(total) == len(real) and (total == real.reindex(total.index.astype(str)).to_numpy()).all()


def test_a_table_is_the_same_at_every_call():
    one, two = demo.simulate("insee-filosofi"), demo.simulate("insee-filosofi")  # drawn anew at each call
    pd.testing.assert_frame_equal(one, two)


def test_no_commune_has_more_deaths_or_illnesses_than_people_allow(grids):
    assert (grids["ill"] <= grids["people"]).all()
    assert (grids["deaths"] <= DEATH_YEARS * grids["people"]).all()


def test_secrecy_is_imitated_and_never_a_zero():
    frame = demo.simulate("insee-filosofi")
    poverty = frame[frame["variable"] == "taux_pauvrete"]
    hidden = poverty["status"] == "not_published"
    assert 0.5 < hidden.mean() < 0.99 and poverty.loc[hidden, "value"].isna().all()


def test_the_death_rates_of_france_are_the_baseline_times_the_mean_risk(grids):
    w = world()
    risk = np.exp(w.truth.mortality_gradient * w.deprivation + w.log_risk)
    expected = (w.truth.death_rates()[None] * grids["people"] * risk[:, None, None] * DEATH_YEARS).sum(axis=0)
    observed = grids["deaths"].sum(axis=0)
    z = (observed - expected) / np.sqrt(expected)
    assert np.abs(z).max() < 4.5  # 42 cells, Poisson


def test_the_standardised_rate_of_france_is_recovered_within_its_interval(grids):
    w = world()
    weights = statistics.reference_population("esp2013-95-infants").to_numpy()
    share = weights / weights.sum()
    risk = np.exp(w.truth.mortality_gradient * w.deprivation + w.log_risk)[:, None, None]
    people = grids["people"]
    truth = ((w.truth.death_rates() * (people * risk).sum(axis=0) / people.sum(axis=0)) @ share).mean() * 1e5
    rows = [
        (s + b, grids["deaths"][:, i, j].sum(), DEATH_YEARS * people[:, i, j].sum(), share[j])
        for i, s in enumerate(SEXES)
        for j, b in enumerate(AGE_BANDS)
    ]
    frame = pd.DataFrame(rows, columns=["cell", "x", "n", "w"]).assign(g="FR")
    row = statistics.directly_standardised_rate(
        frame, by="g", age="cell", count="x", population="n", standard=dict(zip(frame["cell"], frame["w"], strict=True))
    ).iloc[0]
    half = (row["upper"] - row["lower"]) / 2
    assert abs(row["value"] - truth) < 1.5 * half


def _poisson_slope(count, expected, z):
    """Log-rate slope by Newton's method on the Poisson likelihood with an intercept."""
    beta = np.array([np.log(count.sum() / expected.sum()), 0.0])
    design = np.column_stack([np.ones(len(z)), z])
    for _ in range(30):
        mean = expected * np.exp(design @ beta)
        step = np.linalg.solve(design.T @ (mean[:, None] * design), design.T @ (count - mean))
        beta = beta + step
        if np.abs(step).max() < 1e-12:
            break
    return beta[1]


@pytest.mark.parametrize(
    ("name", "years", "baseline", "truth"),
    [("deaths", DEATH_YEARS, "death_rates", "mortality_gradient"), ("ill", 1, "ald_prevalence", "ald_gradient")],
)
def test_the_gradient_by_deprivation_is_recovered(grids, name, years, baseline, truth):
    w = world()
    quiet = ~w.communes["epci"].isin(w.truth.clusters).to_numpy()
    expected = (grids["people"] * getattr(w.truth, baseline)()[None] * years).sum(axis=(1, 2))[quiet]
    slope = _poisson_slope(grids[name].sum(axis=(1, 2))[quiet], expected, w.deprivation[quiet])
    assert slope == pytest.approx(getattr(w.truth, truth), abs=0.01)


def test_the_frailty_of_the_epci_is_the_declared_one():
    w = world()
    quiet = ~w.communes["epci"].isin(w.truth.clusters).to_numpy()
    by_epci = pd.Series(w.log_risk[quiet]).groupby(w.communes.loc[quiet, "epci"].to_numpy()).first()
    assert by_epci.std() == pytest.approx(w.truth.epci_sd, rel=0.1) and abs(by_epci.mean()) < 0.003


def test_the_clusters_stand_out_among_the_epci_and_few_others_do(grids):
    w = world()
    expected = (grids["people"] * w.truth.death_rates()[None] * DEATH_YEARS).sum(axis=(1, 2))
    expected = expected * np.exp(w.truth.mortality_gradient * w.deprivation)
    frame = (
        pd.DataFrame({"epci": w.communes["epci"], "x": grids["deaths"].sum(axis=(1, 2)), "e": expected})
        .groupby("epci")
        .sum()
    )
    tail = pd.Series(stats.poisson.sf(frame["x"] - 1, frame["e"]), index=frame.index)
    ratio = frame["x"] / frame["e"]
    found = set(frame.index[(tail < 1e-6) & (ratio > 1.15)])
    assert set(w.truth.clusters) <= found and len(found - set(w.truth.clusters)) <= 2


def test_local_moran_finds_the_communes_of_the_clusters(grids):
    w = world()
    in_cluster = w.communes["epci"].isin(w.truth.clusters)
    region = w.communes.loc[in_cluster, "region"].value_counts().index[0]  # the région with most cluster communes
    inside = (w.communes["region"] == region).to_numpy()
    expected = (grids["people"][inside] * w.truth.death_rates()[None] * DEATH_YEARS).sum(axis=(1, 2))
    level = (grids["deaths"][inside].sum(axis=(1, 2)) + 50) / (expected + 50)  # shrunk: small communes are noisy
    codes = w.communes.loc[inside, "code_commune"].to_numpy()
    near, known = geography.neighbours("commune"), set(codes)
    links = {c: [n for n in near[c] if n in known] for c in codes}
    result = statistics.local_moran(pd.Series(level, index=codes), links, permutations=999, seed=1)
    high = set(result.index[result["class"] == "HH"])
    cluster = set(w.communes.loc[inside & in_cluster.to_numpy(), "code_commune"])
    assert len(high & cluster) >= 0.25 * len(cluster)  # the others hold too few deaths
    assert len(high & cluster) >= 0.7 * len(high)  # chance alone would give 5 %


def test_an_id_that_is_not_simulated_is_refused_with_the_list():
    with pytest.raises(UnknownName, match="is not simulated"):
        demo.simulate("insee-cog")
