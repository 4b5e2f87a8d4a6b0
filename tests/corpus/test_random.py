"""Faults that nobody thought of: random cells, lines and bytes never give a crash, nor a value that was not written.

A random number within bounds is a valid file: what is asserted is that no other cell moves with it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.corpus.layout import is_number, to_bytes
from tests.corpus.outcome import CRASHED, UNCLEAR, WRONG, Bench, bench

READERS = ("insee-populations-reference", "insee-filosofi", "cartosante", "drees-apl", "dgcl-epci")
FEW = settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
ODD = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0", exclude_categories=("Cs", "Cc")), min_size=1, max_size=8),
    st.sampled_from(["NaN", "1,2,3", "12.5.1", "--3", "１２", "Ⅻ", "½", "1e999", "0x10", "∞", "null", "None", "#DIV/0!"]),
).filter(lambda text: not is_number(text.strip()))  # fmt: skip


@pytest.fixture(scope="module")
def made() -> Iterator[Bench]:
    with bench() as files:
        yield files


@pytest.mark.parametrize("source_id", READERS)
@FEW
@given(data=st.data())
def test_a_random_text_in_a_number_is_refused_or_leaves_a_blank(
    made: Bench, source_id: str, data: st.DataObject
) -> None:
    valid = made.valid(source_id, ("90",))
    assert valid is not None
    sheet = valid.sheet
    filled = sheet.filled(sheet.number)
    row = data.draw(st.sampled_from(filled))
    text = data.draw(ODD)
    outcome = made.read(valid, to_bytes(sheet.with_cells(sheet.number, lambda _cell: text, rows=[row])), blank=True)
    assert outcome.kind not in (WRONG, CRASHED, UNCLEAR), (text, outcome)


@pytest.mark.parametrize("source_id", READERS)
@FEW
@given(data=st.data())
def test_random_bytes_in_the_file_never_crash_a_reader(made: Bench, source_id: str, data: st.DataObject) -> None:
    valid = made.valid(source_id, ("90",))
    assert valid is not None
    place = data.draw(st.integers(0, len(valid.data) - 1))
    noise = data.draw(st.binary(min_size=1, max_size=6))
    outcome = made.read(valid, valid.data[:place] + noise + valid.data[place + len(noise) :])
    assert outcome.kind not in (CRASHED, UNCLEAR), outcome


@pytest.mark.parametrize("source_id", READERS)
@FEW
@given(data=st.data())
def test_rows_lost_at_random_are_never_unnoticed(made: Bench, source_id: str, data: st.DataObject) -> None:
    valid = made.valid(source_id, ("90",))
    assert valid is not None
    body = valid.sheet.body
    lost = data.draw(st.sets(st.integers(0, len(body) - 1), min_size=1, max_size=5))
    kept = [row for place, row in enumerate(body) if place not in lost]
    outcome = made.read(valid, to_bytes(valid.sheet.with_body(kept)), cause="missing|rows|without|make")
    assert outcome.kind not in (WRONG, CRASHED, UNCLEAR), (sorted(lost), outcome)
