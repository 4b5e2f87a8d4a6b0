"""What is withheld in one table of a questionnaire cannot be computed from all its other tables."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cls_analysis.errors import InvalidInput
from cls_analysis.participation import Codebook, Questionnaire, cross, load, nonresponse, tally
from cls_analysis.participation.secrecy import PRIMARY, SECONDARY, SHOWN, Plan, plan
from tests.participation.attack import exposed, real_counts

EPCI, SEXES, CODES = ("e1", "e2", "e3"), ("F", "M"), ("a", "b", "c")


def options(*codes: str) -> list[dict[str, str]]:
    return [{"code": c, "libelle": c.upper()} for c in codes]


BOOK = Codebook.model_validate(
    {
        "titre": "t", "recueil": "R1", "identifiant": "num", "roles": {"epci": "epci", "sexe": "sexe"},
        "question": [
            {"id": "epci", "colonne": "epci", "libelle": "EPCI", "type": "unique", "modalites": options(*EPCI)},
            {"id": "sexe", "colonne": "sexe", "libelle": "Sexe", "type": "unique", "modalites": options(*SEXES)},
            {"id": "q", "colonne": "q", "libelle": "Q", "type": "unique", "modalites": options(*CODES)},
            {"id": "suite", "colonne": "suite", "libelle": "Suite", "type": "unique", "modalites": options("x", "y"),
             "si": {"question": "q", "valeurs": ["a"]}},
        ],
    }
)  # fmt: skip


def answered(people: list[tuple[str | None, str | None, str | None, str | None]]) -> Questionnaire:
    frame = pd.DataFrame(people, columns=["epci", "sexe", "q", "suite"], dtype=object)
    none = pd.DataFrame(columns=["row", "column", "value", "decision"])
    return Questionnaire("essai", BOOK, frame.assign(row=range(2, 2 + len(frame))), none, len(frame))


def people(counts: dict[tuple[str | None, str | None, str | None, str | None], int]) -> Questionnaire:
    return answered([who for who, n in counts.items() for _ in range(n)])


def only_small_cells_hidden(q: Questionnaire, threshold: int = 5) -> Plan:
    """The naive rule: hide what is small and nothing else."""
    whole = plan(q, threshold=threshold)
    real = {(r.by, r.group, r.code): r.count for r in real_counts(q, "q").itertuples()}
    crossings = {
        k: (PRIMARY if 0 < real.get((k[1], k[2], k[3]), 0) < threshold else SHOWN) if k[0] == "q" else w
        for k, w in whole.crossings.items()
    }
    return replace(whole, crossings=crossings)


@pytest.fixture(scope="module")
def example() -> tuple[Questionnaire, Plan]:
    q = load("exemple-fictif-petr-langres").questionnaires["habitants"]
    return q, plan(q)


@pytest.mark.parametrize("question", ["sante", "medecin", "renoncement", "transport"])
def test_no_small_cell_of_the_shipped_example_can_be_bounded_by_who_holds_every_table(example, question: str) -> None:
    q, secrecy = example
    real = real_counts(q, question)
    assert ((real["count"] > 0) & (real["count"] < secrecy.threshold)).any()  # there is something to find
    assert exposed(q, question, secrecy, real) == []


def test_the_attack_is_not_blind() -> None:
    q = people(
        {("e1", "F", "a", None): 3, ("e1", "F", "b", None): 20, ("e2", "M", "a", None): 20, ("e2", "M", "b", None): 20}
    )
    real = real_counts(q, "q")
    assert exposed(q, "q", only_small_cells_hidden(q), real)  # 3 = total minus the other line
    assert exposed(q, "q", plan(q), real) == []


def test_a_total_withheld_for_another_is_not_given_back_by_a_crossing() -> None:
    # q = c has 3 answers; b would be withheld with it, but b by sex (10 + 10) would give b back.
    q = people({
        ("e1", "F", "a", None): 30, ("e2", "M", "a", None): 30, ("e1", "F", "b", None): 10, ("e2", "M", "b", None): 10,
        ("e1", "F", "c", None): 3,
    })  # fmt: skip
    secrecy = plan(q)
    totals = tally(q, "q", secrecy=secrecy).set_index("code")["status"]
    assert totals["c"] == PRIMARY and SECONDARY in set(totals)
    for by in ("epci", "sexe"):
        frame = cross(q, "q", by, secrecy=secrecy)
        for code in totals.index[totals == SECONDARY]:
            assert (frame.loc[frame["code"] == code, "status"] != SHOWN).any()
    assert exposed(q, "q", secrecy, real_counts(q, "q")) == []


def test_the_number_of_people_asked_does_not_give_a_small_answer_back() -> None:
    q = people({("e1", "F", "a", "x"): 3, ("e1", "F", "b", None): 40, ("e2", "M", "c", None): 40})
    secrecy = plan(q)
    lines = nonresponse(q, secrecy=secrecy).set_index("question")
    assert secrecy.questions == {"suite"}
    assert lines.loc["suite", "status"] == PRIMARY and pd.isna(lines.loc["suite", "asked"])
    assert lines.loc["q", "status"] == SHOWN
    assert (tally(q, "suite", secrecy=secrecy)["status"] != SHOWN).all()


def test_a_group_of_four_is_withheld_everywhere_and_non_response_does_not_tell_its_size() -> None:
    q = people(
        {("e1", "F", "a", None): 40, ("e2", "M", "b", None): 40, ("e3", "F", "a", None): 4, (None, "M", "b", None): 9}
    )
    secrecy = plan(q)
    assert secrecy.groups["epci", "e3"] == PRIMARY
    assert (cross(q, "q", "epci", secrecy=secrecy).query("group == 'e3'")["status"] != SHOWN).all()
    assert nonresponse(q, secrecy=secrecy).set_index("question").loc["epci", "status"] == PRIMARY
    assert tally(q, "epci", secrecy=secrecy)["status"].tolist() == [SHOWN, SHOWN, PRIMARY]


def test_with_nobody_silent_a_small_group_takes_another_with_it() -> None:
    q = people({("e1", "F", "a", None): 40, ("e2", "M", "b", None): 30, ("e3", "F", "a", None): 4})
    assert [w for (by, g), w in plan(q).groups.items() if by == "epci" and g] == [SHOWN, SECONDARY, PRIMARY]


@pytest.mark.parametrize(("count", "shown"), [(0, True), (1, False), (4, False), (5, True)])
def test_the_threshold_is_five_respondents(count: int, shown: bool) -> None:
    q = people({("e1", "F", "a", None): 40, ("e2", "M", "b", None): 40, ("e1", "F", "c", None): count})
    assert (plan(q).totals["q", "c"] == SHOWN) == shown


def test_a_raised_threshold_is_obeyed() -> None:
    q = people({("e1", "F", "a", None): 40, ("e2", "M", "b", None): 40, ("e1", "F", "c", None): 8})
    assert plan(q, threshold=10).totals["q", "c"] == PRIMARY


def test_the_order_of_the_answers_changes_nothing(example) -> None:
    q, secrecy = example
    turned = replace(q, answers=q.answers.iloc[::-1].reset_index(drop=True))
    assert plan(turned) == secrecy


def test_two_groups_are_not_crossed_with_each_other(example) -> None:
    q, secrecy = example
    with pytest.raises(InvalidInput, match="group of respondents"):
        cross(q, "sexe", "epci", secrecy=secrecy)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=18, max_size=18), st.integers(0, 4), st.integers(0, 6))
def test_no_small_cell_of_a_random_questionnaire_can_be_bounded(counts: list[int], silent: int, after: int) -> None:
    cells = [(e, s, c, None) for e in EPCI for s in SEXES for c in CODES]
    rows = [who for who, n in zip(cells, counts, strict=True) for _ in range(n)]
    rows += [(None, "F", "a", None)] * silent + [("e1", None, "b", None)] * silent
    rows = [(e, s, c, "x" if c == "a" and i % 7 < after else None) for i, (e, s, c, _) in enumerate(rows)]
    if len(rows) < 5:
        return
    q = answered(rows)
    assert exposed(q, "q", plan(q), real_counts(q, "q")) == []


def test_ten_thousand_answers_are_protected_in_seconds() -> None:
    rng = np.random.default_rng(7)
    rows = list(zip(*(rng.choice(x, size=10_000).tolist() for x in (EPCI, SEXES, CODES)), [None] * 10_000, strict=True))
    began = time.process_time()
    assert set(plan(answered(rows)).totals.values()) == {SHOWN, SECONDARY}  # nobody was asked what follows
    assert time.process_time() - began < 20
