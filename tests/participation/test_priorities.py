"""Rankings worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cls_analysis.errors import InvalidInput
from cls_analysis.participation import (
    agreement,
    decisions,
    grid,
    hanlon,
    incomplete_votes,
    leave_one_voter_out,
    one_weight_at_a_time,
    random_weights,
    rank_range,
)
from cls_analysis.participation.vocabulary import GRID_CRITERIA, PEARL

CRITERIA = list(GRID_CRITERIA)


def votes(rows: list[tuple[str, str, tuple[int | None, ...]]]) -> pd.DataFrame:
    frame = pd.DataFrame(
        [{"votant": v, "college": "elus", "enjeu": e, **dict(zip(CRITERIA, n, strict=True))} for v, e, n in rows]
    )
    return frame.astype(dict.fromkeys(CRITERIA, "Int64"))


TWO = votes(
    [
        ("N1", "E1", (4, 4, 2, 2, 3)),
        ("N1", "E2", (2, 2, 4, 3, 4)),
        ("N2", "E1", (3, 4, 1, 1, 1)),
        ("N2", "E2", (1, 2, 4, 4, 4)),
    ]
)


def test_the_grid_is_the_mean_of_voters_weighted_means() -> None:
    # N1: E1 (4+4+2+2+3)/5 = 3.0, E2 3.0; N2: E1 2.0, E2 3.0.
    ranking = grid(TWO)
    assert ranking["enjeu"].tolist() == ["E2", "E1"]
    assert ranking["score"].tolist() == pytest.approx([3.0, 2.5])
    first = ranking.set_index("enjeu").loc["E1"]
    assert (first["lowest"], first["highest"], first["voters"]) == (2.0, 3.0, 2)
    assert first["sd"] == pytest.approx(np.sqrt(0.5))
    assert first["gravite"] == 3.5


def test_visible_weights_change_the_order() -> None:
    # Gravity and importance count three times: E1 N1 (12+12+2+2+3)/9, N2 (9+12+1+1+1)/9; E2 N1 23/9, N2 21/9.
    weights = {**dict.fromkeys(CRITERIA, 1.0), "gravite": 3.0, "importance": 3.0}
    ranking = grid(TWO, weights).set_index("enjeu")
    assert ranking.loc["E1", "score"] == pytest.approx((31 + 24) / 18)
    assert ranking.loc["E2", "score"] == pytest.approx((23 + 21) / 18)
    assert ranking["rank"].to_dict() == {"E1": 1, "E2": 2}


def test_weights_count_by_their_proportions_only() -> None:
    doubled = grid(TWO, dict.fromkeys(CRITERIA, 2.0))
    pd.testing.assert_frame_equal(grid(TWO), doubled)


def test_a_blank_note_is_not_a_zero() -> None:
    blank = votes([("N1", "E1", (4, 4, 4, 4, None)), ("N2", "E1", (2, 2, 2, 2, 2)), ("N2", "E2", (None, 1, 1, 1, 1))])
    ranking = grid(blank).set_index("enjeu")
    assert ranking.loc["E1", "score"] == 2.0
    assert ranking.loc["E1", "voters"] == 1
    assert pd.isna(ranking.loc["E2", "score"]) and pd.isna(ranking.loc["E2", "rank"])
    assert incomplete_votes(blank)["missing"].tolist() == [("faisabilite",), ("gravite",)]


def test_equal_scores_share_the_better_rank() -> None:
    same = votes([("N1", e, n) for e, n in (("E1", (4, 0, 0, 0, 0)), ("E2", (0, 4, 0, 0, 0)), ("E3", (0, 0, 0, 0, 0)))])
    assert grid(same)["rank"].tolist() == [1, 1, 3]


@pytest.mark.parametrize(
    "weights",
    [
        {"gravite": 1.0},
        {**dict.fromkeys(CRITERIA, 1.0), "urgence": 1.0},
        dict.fromkeys(CRITERIA, 0.0),
        {**dict.fromkeys(CRITERIA, 1.0), "impact": -1.0},
    ],
)
def test_weights_that_make_no_sense_are_refused(weights: dict[str, float]) -> None:
    with pytest.raises(InvalidInput):
        grid(TWO, weights)


def hanlon_rows(rows: list[tuple[str, str, float, float, float, str]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "evaluateur": a,
                "enjeu": e,
                "ampleur": s,
                "severite": g,
                "efficacite": c,
                **{p: p not in no.split() for p in PEARL},
            }
            for a, e, s, g, c, no in rows
        ]
    )


def test_hanlon_is_size_plus_seriousness_times_effectiveness() -> None:
    # (8 + 6) x 1.0 = 14; (5 + 9) x 1.5 = 21; (10 + 10) x 0.5 = 10.
    ranking = hanlon(
        hanlon_rows([("H1", "E1", 8, 6, 1.0, ""), ("H1", "E2", 5, 9, 1.5, ""), ("H1", "E3", 10, 10, 0.5, "")])
    )
    assert ranking["enjeu"].tolist() == ["E2", "E1", "E3"]
    assert ranking["score"].tolist() == [21.0, 14.0, 10.0]


def test_one_pearl_answer_no_brings_that_assessor_to_zero_and_says_which() -> None:
    ranking = hanlon(hanlon_rows([("H1", "E1", 8, 6, 1.0, "legalite"), ("H2", "E1", 8, 6, 1.0, "")]))
    assert ranking.loc[0, "score"] == 7.0
    assert ranking.loc[0, "pearl_no"] == ("legalite",)
    assert (ranking.loc[0, "lowest"], ranking.loc[0, "highest"]) == (0.0, 14.0)


def test_hanlon_refuses_a_score_out_of_its_scale_and_names_it() -> None:
    with pytest.raises(InvalidInput, match="efficacite is 3"):
        hanlon(hanlon_rows([("H1", "E1", 8, 6, 3.0, "")]))


def test_kendalls_w_of_three_judges_worked_by_hand() -> None:
    # Ranks of four issues by three voters: (1,2,3,4), (1,3,2,4), (2,1,3,4). Rank sums 4, 6, 8, 12, mean 7.5:
    # S = 12.25 + 2.25 + 0.25 + 20.25 = 35; W = 12 x 35 / (9 x 60) = 0.7778.
    notes = {"N1": (4, 3, 2, 1), "N2": (4, 2, 3, 1), "N3": (3, 4, 2, 1)}
    table = votes([(v, f"E{i}", (n,) * 5) for v, line in notes.items() for i, n in enumerate(line, 1)])
    result = agreement(table)
    assert result.w == pytest.approx(35 * 12 / 540)
    assert (result.voters, result.issues, result.left_out) == (3, 4, ())


def test_kendalls_w_is_corrected_for_ties() -> None:
    # N1 ranks 1.5, 1.5, 3; N2 ranks 1, 2, 3. Sums 2.5, 3.5, 6, mean 4: S = 2.25 + 0.25 + 4 = 6.5.
    # T = 2^3 - 2 = 6; W = 12 x 6.5 / (4 x 24 - 2 x 6) = 78 / 84.
    table = votes(
        [
            ("N1", "E1", (4,) * 5),
            ("N1", "E2", (4,) * 5),
            ("N1", "E3", (1,) * 5),
            ("N2", "E1", (4,) * 5),
            ("N2", "E2", (3,) * 5),
            ("N2", "E3", (1,) * 5),
        ]
    )
    assert agreement(table).w == pytest.approx(78 / 84)


def test_a_voter_who_did_not_score_everything_is_left_out_and_named() -> None:
    table = votes(
        [
            ("N1", "E1", (4,) * 5),
            ("N1", "E2", (1,) * 5),
            ("N2", "E1", (4,) * 5),
            ("N2", "E2", (1,) * 5),
            ("N3", "E1", (1,) * 5),
        ]
    )
    result = agreement(table)
    assert result.w == pytest.approx(1.0)
    assert result.left_out == ("N3",)


def test_one_voter_has_no_agreement() -> None:
    assert np.isnan(agreement(votes([("N1", "E1", (4,) * 5), ("N1", "E2", (1,) * 5)])).w)


def test_moving_one_weight_shows_which_criterion_makes_the_order() -> None:
    moved = one_weight_at_a_time(TWO, change=0.5).set_index(["criterion", "factor", "enjeu"])
    assert len(moved) == 5 * 2 * 2
    # Frequency at 0.5: E1 (27 - 3 x 0.5 ...) still behind; ranks sum to 3 in each scenario.
    assert (moved.groupby(["criterion", "factor"])["rank"].sum() == 3).all()
    # At -100 % on frequency, impact: E1 rises only when what favours E2 disappears.
    gone = one_weight_at_a_time(TWO, change=1.0)
    e1 = gone[(gone["enjeu"] == "E1") & (gone["factor"] == 0.0)].set_index("criterion")["rank"]
    assert e1["frequence"] == 1 and e1["gravite"] == 2


def test_leaving_a_voter_out_is_the_ranking_of_the_others() -> None:
    looks = leave_one_voter_out(TWO).set_index(["left_out", "enjeu"])
    assert looks.loc[("N2", "E1"), "score"] == 3.0 and looks.loc[("N2", "E1"), "rank"] == 1
    assert looks.loc[("N1", "E1"), "score"] == 2.0 and looks.loc[("N1", "E1"), "rank"] == 2
    assert leave_one_voter_out(TWO[TWO["votant"] == "N1"]).empty


def test_random_weights_repeat_with_the_same_seed_and_respect_dominance() -> None:
    dominated = votes([("N1", "E1", (4, 4, 4, 4, 4)), ("N1", "E2", (3, 3, 3, 3, 3)), ("N1", "E3", (0, 4, 0, 4, 0))])
    a = random_weights(dominated, rng=np.random.default_rng(3), draws=200)
    b = random_weights(dominated, rng=np.random.default_rng(3), draws=200)
    pd.testing.assert_frame_equal(a, b)
    first = a.set_index("enjeu").loc["E1"]
    assert (first["best_rank"], first["worst_rank"], first["first_pct"]) == (1, 1, 100.0)


def test_a_rank_that_never_moves_is_firm() -> None:
    span = rank_range(TWO).set_index("enjeu")
    assert span["firm"].to_dict() == {"E2": True, "E1": False}
    assert (span.loc["E1", "best"], span.loc["E1", "worst"]) == (1, 2)
    clear = votes([(v, e, (n,) * 5) for v in ("N1", "N2") for e, n in (("E1", 4), ("E2", 2), ("E3", 0))])
    assert rank_range(clear)["firm"].all()


def test_a_decision_that_departs_from_the_ranking_is_marked() -> None:
    issues = pd.DataFrame(
        {
            "id": ["E1", "E2"],
            "theme": "mobilite",
            "intitule": ["a", "b"],
            "decision": ["retenu", "non_retenu"],
            "rang_copil": pd.array([1, None], dtype="Int64"),
            "motif": ["x", "y"],
            "instance": "COPIL",
            "date_decision": None,
        }
    )
    table = decisions(issues, grid(TWO)).set_index("enjeu")
    assert table["differs"].to_dict() == {"E1": False, "E2": True}  # E2 was ranked first and refused
    assert table.loc["E2", "motif"] == "y"
