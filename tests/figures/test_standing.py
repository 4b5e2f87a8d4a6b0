"""A gap with the mean of a region is a concern only where the territory is also behind most of its EPCI."""

import pandas as pd
import pytest

from cls_analysis.figures import essential, retain
from cls_analysis.figures.essential import CONCERN, STRENGTH
from cls_analysis.figures.setting import Place
from cls_analysis.figures.standing import FEWEST_PEERS, Standing, rank_of, standing, standing_words
from tests.figures.made_up import EPCI, OWN, REGION, comparison, indicator, record, setting

PEERS = tuple(Place("epci", f"p{i:02d}", f"CC numéro {i}") for i in range(20))


def made(own, others, *, mean=10.0, word="higher", direction="low", peers=PEERS, members=(), **row):
    """A territory at `own`, the region at `mean`, and peers at `others`."""
    entry = indicator("taux", label="Taux numéro un", short_label="taux", unit="pour 1 000 hab.", direction=direction)
    rows = [record("taux", OWN, own, **row), record("taux", REGION, mean)]
    rows += [record("taux", p, v) for p, v in zip(peers, others, strict=False)]
    rows += [record("taux", m, 99.0) for m in members]
    return setting(
        table=pd.DataFrame(rows), comparisons=pd.DataFrame([comparison("taux", own or 0.0, mean, word)]),
        catalogue={"taux": entry}, peers=(*peers, *members), members=members,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("word", "own", "worse", "group"),
    [("higher", 12.0, 3, CONCERN), ("higher", 12.0, 12, None), ("lower", 8.0, 12, STRENGTH), ("lower", 8.0, 3, None)],
)
def test_a_fact_needs_the_mean_and_the_peers_to_agree(word, own, worse, group):
    others = [own + 1] * worse + [own - 1] * (20 - worse)  # low is favourable: a higher value is worse
    facts = essential(made(own, others, word=word), {"taux": "figure"}).facts
    assert [f.group for f in facts] == ([group] if group else [])


def test_half_of_the_peers_on_each_side_is_neither_concern_nor_strength():
    for word, own in (("higher", 12.0), ("lower", 8.0)):
        assert not essential(made(own, [own + 1, own - 1] * 10, word=word), {"taux": "figure"}).facts


@pytest.mark.parametrize(
    ("worse", "said"),
    [(0, "aucun n’est moins bien placé"), (1, "un seul est moins bien placé"), (4, "4 sont moins bien placés")],
)
def test_the_sentence_says_how_many_are_worse_off(worse, said):
    here = made(12.0, [13.0] * worse + [11.0] * (20 - worse))
    sentence = essential(here, {"taux": "figure"}).facts[0].sentence
    assert sentence.endswith(f"Sur les 20 autres EPCI de la région, {said}.")


def test_a_territory_of_several_epci_is_not_one_of_them():
    here = made(12.0, [13.0] * 3 + [11.0] * 17, members=EPCI[:2])
    sentence = essential(here, {"taux": "figure"}).facts[0].sentence
    assert sentence.endswith("Sur les 20 EPCI de la région hors du territoire, 3 sont moins bien placés.")


def test_a_gap_left_out_for_its_place_is_not_said_to_be_none():
    left_out, told = (
        essential(made(12.0, [13.0] * 12 + [11.0] * 8), {"taux": "f"}),
        essential(made(12.0, [13.0] * 3), {"taux": "f"}),
    )
    assert not left_out.facts and "Aucun autre" not in left_out.note
    assert told.facts and "Aucun autre" in told.note


def test_equal_as_printed_is_neither_better_nor_worse():
    here = made(12.0, [12.04] * 19 + [11.0])  # printed with one decimal
    assert standing(here, "taux") == Standing(better=1, worse=0, peers=20)
    assert rank_of(here, "taux") == (1, 21)  # the rank of the scorecard is the same count


def test_a_chapter_leaves_out_a_gap_that_the_place_contradicts_while_it_has_another():
    contradicted = made(12.0, [13.0] * 12 + [11.0] * 8)
    taux, plain = contradicted.catalogue["taux"], indicator("niveau", label="Part du niveau", short_label="niveau")
    chapter = taux.chapter
    for entry in (taux, plain):
        entry.chapter, entry.mandatory = chapter, True
    assert [f.indicator for f in retain(contradicted, chapter, {"taux": "f"})] == [
        "taux"
    ]  # something rather than nothing
    rows = pd.concat([contradicted.table, pd.DataFrame([record("niveau", OWN, 9.0), record("niveau", REGION, 12.0)])])
    here = setting(table=rows, comparisons=contradicted.comparisons, catalogue={"taux": taux, "niveau": plain}, peers=PEERS,
                   members=())  # fmt: skip
    assert [f.indicator for f in retain(here, chapter, {"taux": "f", "niveau": "f"})] == ["niveau"]


def test_where_high_is_favourable_the_sides_change():
    assert standing(made(8.0, [7.0] * 5 + [9.0] * 15, direction="high"), "taux") == Standing(15, 5, 20)


def test_the_territorys_own_epci_and_partial_values_are_not_peers():
    here = made(12.0, [13.0] * 20, members=EPCI[:2])
    assert standing(here, "taux") == Standing(0, 20, 20)
    table = here.table.copy()
    table.loc[table["territory"] == "p00", "coverage"] = 0.5
    assert standing(setting(table=table, catalogue=here.catalogue, peers=PEERS, members=()), "taux").peers == 19


@pytest.mark.parametrize("peers", [(), PEERS[: FEWEST_PEERS - 1]])
def test_with_too_few_peers_the_mean_alone_decides(peers):
    here = made(12.0, [11.0] * 20, peers=peers)
    (fact,) = essential(here, {"taux": "figure"}).facts
    assert fact.group == CONCERN
    assert "placé" not in fact.sentence
    assert standing_words(here, None, good=False) == ""


def test_a_neutral_or_withheld_value_has_no_standing():
    assert standing(made(12.0, [11.0] * 20, direction="neutral"), "taux") is None
    assert standing(made(None, [11.0] * 20, status="missing"), "taux") is None


def test_the_far_quarter_is_a_quarter_at_most():
    assert Standing(better=15, worse=4, peers=20).far(good=False)
    assert not Standing(better=15, worse=5, peers=20).far(good=False)


def test_the_far_quarter_goes_before_a_larger_gap_with_the_mean():
    entries = {
        n: indicator(n, label=f"Taux {n}", short_label=n, unit="pour 1 000 hab.", direction="low") for n in ("a", "b")
    }
    rows, tests = [], []
    for name, own, worse in (("a", 20.0, 9), ("b", 12.0, 2)):
        rows += [record(name, OWN, own), record(name, REGION, 10.0)]
        rows += [record(name, p, own + 1 if i < worse else own - 1) for i, p in enumerate(PEERS)]
        tests.append(comparison(name, own, 10.0, "higher"))
    here = setting(
        table=pd.DataFrame(rows), comparisons=pd.DataFrame(tests), catalogue=entries, peers=PEERS, members=()
    )
    assert [f.indicator for f in essential(here, {"a": "x", "b": "y"}).facts] == ["b", "a"]


def test_the_note_tells_the_rule_where_there_are_peers():
    figures = {"taux": "figure"}
    assert "sa place parmi les EPCI de la région" in essential(made(12.0, [13.0] * 20), figures).note
    assert "sa place" not in essential(made(12.0, [], peers=()), figures).note
