"""Every reader, before every fault: read right, refused with file and cause, and never a wrong number.

Each reader meets at least forty faults here, each fault several readers; `CLS_CORPUS=all` runs them all (some minutes),
and `python -m tests.corpus.table` prints the outcomes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.corpus.layout import LAYOUTS
from tests.corpus.limits import LIMITS, WHOLE
from tests.corpus.makers import MAKERS
from tests.corpus.mutations import gathered
from tests.corpus.outcome import BLANKED, NONE, NOTED, READ, REFUSED, WRONG, Bench, bench

ALL = os.environ.get("CLS_CORPUS") == "all"
PART = 3  # one fault in three for each reader, the others for the next ones
DENSER = {"ans-rpps": 2, "finess": 2}  # registers without columns of numbers: half of the faults do not apply


def chosen(source_id: str) -> list[str]:
    """The faults that this reader meets in this run; those it is known not to see are always among them."""
    turn = sorted(LAYOUTS).index(source_id)
    return [
        name
        for place, name in enumerate(gathered())
        if ALL or (source_id, name) in LIMITS or (place + turn) % DENSER.get(source_id, PART) == 0
    ]


@pytest.fixture(scope="module")
def made() -> Iterator[Bench]:
    with bench() as files:
        yield files


def test_the_corpus_covers_every_reader_that_has_a_made_up_file() -> None:
    assert set(LAYOUTS) == set(MAKERS)
    assert len(gathered()) >= 180
    assert all(len(chosen(source_id)) >= 40 for source_id in LAYOUTS)
    assert {name for source_id in LAYOUTS for name in chosen(source_id)} >= set(gathered())


def test_what_the_build_tells_instead_of_a_reader_names_real_readers_and_faults() -> None:
    """tests/corpus/test_told.py and test_national.py show that it does."""
    for (source_id, name), guard in LIMITS.items():
        assert source_id in LAYOUTS and name in gathered(), (source_id, name)
        assert guard.why
    assert set(WHOLE) <= set(LIMITS)


@pytest.mark.parametrize("source_id", sorted(LAYOUTS))
def test_no_fault_gives_a_wrong_number(made: Bench, source_id: str) -> None:
    mutations, wrong, met = gathered(), [], 0
    for name in chosen(source_id):
        outcome = made.outcome(source_id, mutations[name])
        if outcome.kind == NONE:
            continue
        met += 1
        limit = (source_id, name) in LIMITS
        if limit and outcome.kind != WRONG:
            wrong.append(f"{name}: {outcome.kind}; its reader sees it now, take it off the list")
        elif not limit and outcome.kind not in (READ, BLANKED, NOTED, REFUSED):
            wrong.append(f"{name}: {outcome.kind}: {outcome.detail[:400]}")
    assert not wrong, "\n".join(wrong)
    assert met >= 40


def test_a_reader_that_trusts_its_file_would_be_caught(made: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The corpus sees a door left open: with the comparison of communes off, a lost row goes unnoticed."""
    from cls_analysis.sources import insee_populations_reference

    monkeypatch.setattr(insee_populations_reference, "check_communes", lambda *_a, **_k: [])
    outcome = made.outcome("insee-populations-reference", gathered()["a middle row lost"])
    assert outcome.kind == WRONG
