"""No fault is silent: what a reader cannot see, the build tells or refuses, on a first build and after a good one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cls_analysis.errors import InvalidInput
from cls_analysis.sources.journal import sha256
from tests.corpus.limits import LIMITS, REFUSED
from tests.corpus.mutations import gathered
from tests.corpus.outcome import ONLY, Bench, bench
from tests.corpus.told import after_a_good_one, first, spoiled_of
from tests.sources.doors import COUNTED, built, scoped


@pytest.fixture(scope="module")
def made() -> Iterator[Bench]:
    with bench() as files:
        yield files


@pytest.mark.parametrize("source_id", sorted({source_id for source_id, _ in LIMITS}))
def test_a_fault_that_the_reader_does_not_see_is_told_by_the_build(made: Bench, source_id: str) -> None:
    """On a first build nothing vouches for the file, and the check says so; after a good build, what changed is refused or told."""
    wrong = []
    for name, guard in [(name, guard) for (one, name), guard in LIMITS.items() if one == source_id]:
        valid, data = spoiled_of(made, source_id, gathered()[name])
        at_first, after = first(valid, data), after_a_good_one(valid, data)
        if at_first.silent or "trust" not in (*at_first.doubtful, *at_first.broken):
            wrong.append(f"{name}: on a first build: {at_first}")
        if not str(after).startswith(guard.after):
            wrong.append(f"{name}: after a good build: {after}, expected {guard.after}: {after.said[:300]}")
        if guard.after == REFUSED and not (valid.path.name in after.said and "data trust" in after.said):
            wrong.append(f"{name}: the refusal names neither the file nor the next command: {after.said[:300]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("source_id", sorted({source_id for source_id, _ in LIMITS}))
def test_a_manifest_refuses_any_of_them_by_its_hash(
    made: Bench, source_id: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    name = next(name for one, name in LIMITS if one == source_id)
    valid, data = spoiled_of(made, source_id, gathered()[name])
    path, manifest = valid.path.relative_to(valid.folder), valid.folder / "MANIFEST.csv"
    manifest.write_text(f"path,sha256\n{path.as_posix()},{sha256(valid.path)}\n", encoding="utf-8")
    out = tmp_path_factory.mktemp("out")
    door = scoped(source_id, valid.departements, rows=len(valid.sheet.body), tables=ONLY.get(source_id))
    try:
        with door:
            assert not [check for check in built(valid.folder, out) if check.status == "broken"]
            valid.path.write_bytes(data)
            with pytest.raises(InvalidInput, match=r"differs from MANIFEST\.csv"):
                built(valid.folder, out)
    finally:
        valid.path.write_bytes(valid.data)
        manifest.unlink()


@pytest.mark.parametrize(
    "source_id", sorted({one for one, name in LIMITS if name == "only one row left"} - set(COUNTED))
)
def test_a_whole_file_of_one_row_is_refused_without_any_hash(
    made: Bench, source_id: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """In a whole file of France the rows are counted; only the corpus' extracts of one département cannot be."""
    valid, data = spoiled_of(made, source_id, gathered()["only one row left"])
    try:
        valid.path.write_bytes(data)
        with scoped(source_id, (), tables=ONLY.get(source_id)), pytest.raises(InvalidInput):
            built(valid.folder, tmp_path_factory.mktemp("out"))
    finally:
        valid.path.write_bytes(valid.data)
