"""Counts pass from one vintage to another without losing or inventing anything."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cls_analysis import geography
from cls_analysis.errors import InvalidInput, UnknownName
from cls_analysis.geography.crosswalk import dyadic

YEARS = (1994, 2009, 2013, 2019, 2022, 2023, 2024, 2026)


@pytest.mark.parametrize("source", YEARS)
@pytest.mark.parametrize("target", (2019, 2024, 2026))
def test_no_commune_is_lost_and_weights_of_an_origin_sum_to_one(source, target):
    links = geography.passage(source, target)
    assert set(links["origin"]) == set(geography.codes_of(source))
    assert set(links["destination"]) <= set(geography.codes_of(target))
    assert (links.groupby("origin")["weight"].sum() == 1.0).all()
    assert (links["weight"] > 0).all()
    assert not links.duplicated(["origin", "destination"]).any()
    assert (links.loc[links["weight"] == 1.0, "weight_basis"] == "exact").all()


def test_every_commune_of_the_target_receives_something():
    for source in YEARS:
        assert set(geography.passage(source, 2026)["destination"]) == set(geography.codes_of(2026))


def test_the_same_vintage_passes_to_itself():
    links = geography.passage(2026, 2026)
    assert (links["origin"] == links["destination"]).all()


def test_vellechevreux_and_georfans_went_to_belles_fontaines():
    links = geography.passage(2023, 2026).set_index("origin")["destination"]
    assert links["70530"] == links["70264"] == "70180"
    assert geography.communes(2023).set_index("code_commune").loc["70530", "name"] == "Vellechevreux-et-Courbenans"


def test_a_commune_merged_and_restored_is_itself_again():
    links = geography.passage(2009, 2026)
    assert links.loc[links["origin"] == "85165", ["destination", "weight"]].to_numpy().tolist() == [["85165", 1.0]]
    assert links.loc[links["origin"] == "15031", "destination"].tolist() == ["15031"]


def test_a_divided_commune_is_shared_by_population():
    links = geography.passage(2023, 2026)
    shares = links[links["origin"] == "85084"].set_index("destination")
    people = geography.communes(2024).set_index("code_commune")["population"]
    total = people[["85084", "85165", "85212"]].sum()
    assert set(shares["weight_basis"]) == {"population"}
    assert set(shares["basis_year"]) == {2024}
    for code in ("85084", "85165", "85212"):
        assert shares.loc[code, "weight"] == pytest.approx(people[code] / total, abs=2**-20)


def test_unknown_shares_are_equal_and_say_so():
    links = geography.passage(2009, 2026)
    shares = links[links["origin"] == "52427"]
    assert shares["weight"].tolist() == [0.5, 0.5]
    assert set(shares["weight_basis"]) == {"equal"}


@pytest.mark.parametrize("year", (2020, 1990, 2027))
def test_a_year_that_is_not_known_is_refused(year):
    with pytest.raises(UnknownName, match=f"communes of {year} are not known"):
        geography.passage(year, 2026)


def slow_convert(frame, counts, source, target):
    """One row at a time, one link at a time."""
    links = geography.passage(source, target)
    out: dict[str, dict[str, float]] = {}
    for row in frame.to_dict("records"):
        for link in links[links["origin"] == row["code_commune"]].to_dict("records"):
            cell = out.setdefault(link["destination"], dict.fromkeys(counts, 0.0))
            for count in counts:
                cell[count] += row[count] * link["weight"]
    return out


@pytest.mark.parametrize(("source", "target"), [(2009, 2026), (2023, 2026), (2026, 2023)])
def test_conversion_equals_a_slow_loop(source, target):
    divided = geography.passage(source, target)
    interesting = divided.loc[divided["weight"] < 1, "origin"].unique().tolist()
    merged = divided.loc[divided["destination"].duplicated(keep=False), "origin"].unique().tolist()[:40]
    codes = sorted({*interesting, *merged, "52121", "97101"} & set(divided["origin"]))[:80]
    rng = np.random.default_rng(7)
    frame = pd.DataFrame(
        {"code_commune": codes, "births": rng.integers(0, 500, len(codes)), "jobs": rng.random(len(codes)) * 100}
    )
    fast = geography.convert(frame, counts=["births", "jobs"], source=source, target=target)
    slow = slow_convert(frame, ["births", "jobs"], source, target)
    assert set(fast["code_commune"]) == set(slow)
    for row in fast.to_dict("records"):
        assert row["births"] == pytest.approx(slow[row["code_commune"]]["births"], rel=1e-12)
        assert row["jobs"] == pytest.approx(slow[row["code_commune"]]["jobs"], rel=1e-12)


@settings(max_examples=25, deadline=None)
@given(data=st.data(), years=st.sampled_from([(2009, 2026), (2013, 2024), (2023, 2026), (2026, 2009)]))
def test_an_integer_total_is_conserved_to_the_last_unit(data, years):
    source, target = years
    links = geography.passage(source, target)
    divided = links.loc[links["weight"] < 1, "origin"].unique().tolist()
    pool = sorted({*divided, *links["origin"].sample(30, random_state=1)})
    codes = data.draw(st.lists(st.sampled_from(pool), min_size=1, max_size=25, unique=True))
    values = data.draw(st.lists(st.integers(0, 2**31), min_size=len(codes), max_size=len(codes)))
    frame = pd.DataFrame({"code_commune": codes, "n": values})
    out = geography.convert(frame, counts=["n"], source=source, target=target)
    assert math.fsum(out["n"]) == sum(values)
    assert out["n"].sum() == sum(values)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 10**7), min_size=1, max_size=12))
def test_shares_are_close_to_the_sizes_and_sum_to_exactly_one(sizes):
    shares = dyadic(sizes)
    assert shares.sum() == 1.0
    assert np.allclose(shares, np.array(sizes) / sum(sizes), atol=len(sizes) * 2**-20)


@settings(max_examples=15, deadline=None)
@given(st.permutations(["85084", "15141", "60054", "52121", "70264"]), st.integers(1, 50))
def test_the_order_of_rows_and_the_scale_do_not_matter(codes, scale):
    frame = pd.DataFrame({"code_commune": codes, "n": [int(c) % 97 for c in codes]})
    one = geography.convert(frame, counts=["n"], source=2023, target=2026)
    two = geography.convert(
        frame.assign(n=frame["n"] * scale).sample(frac=1, random_state=2), counts=["n"], source=2023, target=2026
    )
    assert one["code_commune"].tolist() == two["code_commune"].tolist()
    assert np.allclose(one["n"] * scale, two["n"])


def test_keys_are_kept_apart_by_the_by_columns():
    frame = pd.DataFrame({"code_commune": ["70530", "70530", "70180"], "sex": ["F", "M", "F"], "n": [3, 4, 5]})
    out = geography.convert(frame, counts=["n"], source=2023, target=2026, by=["sex"])
    assert out.to_dict("list") == {"code_commune": ["70180", "70180"], "sex": ["F", "M"], "n": [8.0, 4.0]}


def test_an_unknown_count_makes_its_sum_unknown_and_never_zero():
    frame = pd.DataFrame({"code_commune": ["70530", "70180", "52121"], "n": [np.nan, 5, 2]})
    out = geography.convert(frame, counts=["n"], source=2023, target=2026).set_index("code_commune")["n"]
    assert math.isnan(out["70180"])
    assert out["52121"] == 2


def test_a_commune_that_receives_nothing_has_no_row():
    out = geography.convert(pd.DataFrame({"code_commune": ["52121"], "n": [0]}), counts=["n"], source=2023, target=2026)
    assert out.to_dict("list") == {"code_commune": ["52121"], "n": [0.0]}


def test_the_frame_given_is_left_as_it_was():
    frame = pd.DataFrame({"code_commune": ["85084"], "n": [10]})
    before = frame.copy()
    geography.convert(frame, counts=["n"], source=2023, target=2026)
    pd.testing.assert_frame_equal(frame, before)


def test_destinations_that_received_a_share_are_named():
    out = geography.convert(
        pd.DataFrame({"code_commune": ["85084", "52121"], "n": [10, 1]}), counts=["n"], source=2023, target=2026
    )
    assert out.attrs["apportioned"] == ["85084", "85165", "85212"]


@pytest.mark.parametrize(("extra", "words"), [({"rate": 1.5}, "a rate, mean or median"), ({"name": "x"}, "a label")])
def test_a_column_that_is_not_a_count_is_refused(extra, words):
    frame = pd.DataFrame({"code_commune": ["52121"], "n": [1]}).assign(**extra)
    with pytest.raises(InvalidInput, match=words):
        geography.convert(frame, counts=["n"], source=2023, target=2026)


def test_codes_unknown_in_the_source_are_all_listed_with_the_command_to_trace_them():
    frame = pd.DataFrame({"code_commune": ["52121", "52999", "01999"], "n": [1, 2, 3]})
    with pytest.raises(InvalidInput) as caught:
        geography.convert(frame, counts=["n"], source=2023, target=2026)
    assert caught.value.problems == ["commune 01999 is not in COG 2023", "commune 52999 is not in COG 2023"]
    assert caught.value.hint == "cls-analysis territories trace 01999"


def test_arrondissements_are_refused_and_can_be_summed_first():
    frame = pd.DataFrame({"code_commune": ["75101", "75102", "52121"], "n": [1, 2, 3]})
    with pytest.raises(InvalidInput, match="municipal arrondissements"):
        geography.convert(frame, counts=["n"], source=2023, target=2026)
    whole = geography.sum_arrondissements(frame, counts=["n"])
    assert whole.to_dict("list") == {"code_commune": ["52121", "75056"], "n": [3, 3]}
    with pytest.raises(InvalidInput, match="75056 is given whole and by arrondissement"):
        geography.sum_arrondissements(
            pd.concat([frame, pd.DataFrame({"code_commune": ["75056"], "n": [3]})]), counts=["n"]
        )


def test_codes_that_lost_their_zeros_and_repeated_keys_are_refused():
    with pytest.raises(InvalidInput, match="not text"):
        geography.convert(pd.DataFrame({"code_commune": [1001], "n": [1]}), counts=["n"], source=2023, target=2026)
    with pytest.raises(InvalidInput, match="repeat a key"):
        geography.convert(
            pd.DataFrame({"code_commune": ["52121"] * 2, "n": [1, 2]}), counts=["n"], source=2023, target=2026
        )
    with pytest.raises(InvalidInput, match="'n' is missing"):
        geography.convert(pd.DataFrame({"code_commune": ["52121"]}), counts=["n"], source=2023, target=2026)


def test_overseas_collectivities_and_mayotte_pass_to_themselves():
    frame = pd.DataFrame({"code_commune": ["97501", "97611", "2A004"], "n": [1, 2, 3]})
    out = geography.convert(frame, counts=["n"], source=2013, target=2026)
    assert out.set_index("code_commune")["n"].to_dict() == {"2A004": 3.0, "97501": 1.0, "97611": 2.0}
