"""Figures at their place on the map pass with a wide margin; the same figures on other territories do not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from cls_analysis import geography, sources
from cls_analysis.sources import coherence
from cls_analysis.sources.checks import Check
from cls_analysis.sources.crosschecks import softened
from cls_analysis.statistics.spatial import moran
from tests.sources.smooth import counts, minutes, surface

SOURCE = sources.get_source("insee-filosofi")
ROADS = sources.get_source("insee-distancier")


def observations(values: pd.Series, *, variable: str = "taux_pauvrete", level: str = "commune") -> pd.DataFrame:
    return pd.DataFrame(
        {"level": level, "code": values.index, "variable": variable, "period": "2021", "sex": "all", "age": "all", "value": values.to_numpy()}
    )  # fmt: skip


def status(values: pd.Series, *, level: str = "commune") -> str:
    (check,) = coherence.on_the_map(SOURCE, observations(values, level=level))
    return check.status


def rolled(values: pd.Series) -> pd.Series:
    return pd.Series(np.roll(values.to_numpy(), 1), index=values.index)


def sorted_alone(values: pd.Series) -> pd.Series:
    return pd.Series(values.to_numpy()[::-1], index=values.index)


def by_name(values: pd.Series) -> pd.Series:
    """The codes in the order of the communes' names, the figures left where they were."""
    names = geography.communes().set_index("code_commune")["name"].reindex(values.index)
    return pd.Series(values.to_numpy(), index=names.sort_values(kind="stable").index)


def test_like_neighbours_pass_and_counts_pass_by_the_population() -> None:
    assert status(surface()) == "ok"
    assert status(counts()) == "ok"


@pytest.mark.parametrize("moved", [rolled, sorted_alone, by_name])
@pytest.mark.parametrize("made", [surface, counts])
def test_figures_on_other_territories_break_the_build(
    made: Callable[[], pd.Series], moved: Callable[[pd.Series], pd.Series]
) -> None:
    assert status(moved(made())) == "broken"


def test_a_shorter_column_is_only_told() -> None:
    some = surface().sample(3000, random_state=1).index
    held = surface().reindex(surface().index.intersection(geography_of(("52", "70", "88", "21", "25", "39", "10"))))
    assert 2000 < len(held) < coherence.MANY and len(some) == 3000
    assert status(held) == "ok"
    assert status(rolled(held)) == "doubtful"


def geography_of(departements: tuple[str, ...]) -> pd.Index:
    return pd.Index([code for code in coherence.ground("commune").codes if code[:2] in departements])


def test_figures_of_epci_moved_by_a_row_are_told() -> None:
    assert status(surface("epci", noise=0.6), level="epci") == "ok"
    assert status(rolled(surface("epci", noise=0.6)), level="epci") == "doubtful"


def test_what_is_too_short_or_nearly_empty_is_not_judged() -> None:
    few = surface().head(500)
    assert coherence.on_the_map(SOURCE, observations(few)) == []
    rare = counts(per=0.000001)
    assert (rare != 0).mean() < coherence.HELD and coherence.on_the_map(SOURCE, observations(rare)) == []


def test_the_likeness_of_one_column_is_moran_s_i_of_its_ranks() -> None:
    """In one département, without the others, ranks less their mean are the ranks: the two formulas are one."""
    codes = geography_of(("52",))
    held = surface().reindex(codes)
    near = geography.neighbours("commune")
    inside = {code: [end for end in near[code] if end in set(codes)] for code in codes}
    weights = {code: dict.fromkeys(ends, 1.0) for code, ends in inside.items()}
    ranks = held.rank()
    z = (ranks - ranks.mean()).to_numpy()
    pairs = [(i, codes.get_loc(end)) for i, code in enumerate(codes) for end in weights[code]]
    by_hand = (sum(z[i] * z[j] for i, j in pairs) / len(pairs)) / (z @ z / len(z))
    values = held.reindex(coherence.ground("commune").codes).to_numpy()[:, None]
    assert coherence.likeness(values)["moran"][0] == pytest.approx(by_hand)
    assert abs(float(moran(ranks, inside)) - by_hand) < 0.05  # row-standardised weights there, plain ones here


def test_one_number_on_all_rows_breaks_the_build_and_zeros_do_not() -> None:
    ones = pd.Series(7.5, index=surface().index)
    (check,) = coherence.one_number(SOURCE, observations(ones))
    assert check.status == "broken" and "taux_pauvrete 2021 (7.5)" in check.detail
    assert coherence.one_number(SOURCE, observations(ones * 0)) == []
    assert coherence.one_number(SOURCE, observations(surface())) == []


def test_a_road_is_never_shorter_than_the_crow_flies_and_times_grow_with_distance() -> None:
    right = minutes()
    assert [check.status for check in coherence.by_road(ROADS, right, service="médecin")] == ["ok", "ok"]
    for wrong in (rolled(right), sorted_alone(right)):
        assert [check.status for check in coherence.by_road(ROADS, wrong, service="médecin")][1] == "broken"
    assert coherence.by_road(ROADS, right / 8, service="médecin")[0].status == "broken"
    assert (
        coherence.by_road(ROADS, right + 1, service="médecin") == []
    )  # no commune has the service: nothing to measure from


def test_two_exchanged_variables_are_seen_where_one_cannot_exceed_the_other() -> None:
    near, far = minutes(share=0.05), minutes(seed=2, share=0.005)
    label = "Médecin plus proche que les urgences"
    assert [check.status for check in coherence.ordered(ROADS, near, far, label, "k")] == ["ok"]
    assert [check.status for check in coherence.ordered(ROADS, far, near, label, "k")] == ["broken"]


def test_a_file_accepted_after_review_is_told_and_no_longer_refused() -> None:
    checks = [Check("geography/x", ("x",), "Carte", "broken", 1, "au plus 0 variable")]
    accepted = {"x/2023/a.csv": {"sha256": "0", "level": "accepted", "why": "compared"}}
    again = {"x/2023/a.csv": {"sha256": "0", "level": "unchanged", "why": "accepted: compared"}}
    for told in (accepted, again):
        assert [check.status for check in softened(checks, told)] == ["doubtful"]
    for level in ("listed", "fetched", "unverified"):
        told = {"x/2023/a.csv": {"sha256": "0", "level": level, "why": ""}}
        assert [check.status for check in softened(checks, told)] == ["broken"]
