"""On a whole file of France that was never seen before, without any hash, the figures that moved are refused or told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cls_analysis import sources
from cls_analysis.errors import InvalidInput
from cls_analysis.sources.checks import Check
from tests.corpus.layout import LAYOUTS, Sheet, open_sheet, to_bytes
from tests.corpus.limits import WHOLE
from tests.corpus.mutations import gathered
from tests.corpus.national import NATIONAL
from tests.sources.doors import built, scoped
from tests.sources.made import paths_of


class Whole:
    """The valid files, written once, and their rows as cells."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.opened: dict[str, tuple[Path, bytes, Sheet]] = {}

    def of(self, source_id: str) -> tuple[Path, bytes, Sheet]:
        if source_id not in self.opened:
            NATIONAL[source_id](self.root / source_id)
            path = paths_of(self.root / source_id, source_id)[LAYOUTS[source_id].key]
            self.opened[source_id] = (path, path.read_bytes(), open_sheet(path, LAYOUTS[source_id]))
        return self.opened[source_id]

    def checks(self, source_id: str, data: bytes, out: Path) -> list[Check]:
        """The checks of a first build from these bytes, broken ones too."""
        path, _, _ = self.of(source_id)
        path.write_bytes(data)
        with scoped(source_id, ()):
            try:
                return built(self.root / source_id, out)
            except InvalidInput as error:
                if (out / "official" / "checks.json").is_file():
                    return sources.load_checks("official", processed=out)
                return [Check(f"reader/{source_id}", (source_id,), "read", "broken", 1, "", str(error))]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    yield Whole(tmp_path_factory.mktemp("france"))


@pytest.mark.parametrize("source_id", sorted(NATIONAL))
def test_whole_files_with_figures_at_their_place_pass_and_are_told_as_unverified(
    whole: Whole, source_id: str, tmp_path: Path
) -> None:
    checks = whole.checks(source_id, whole.of(source_id)[1], tmp_path)
    odd = [check for check in checks if check.status != "ok"]
    assert [check.key for check in odd] == [f"trust/{source_id}"], odd
    assert {"geography"} <= {check.key.partition("/")[0] for check in checks}


@pytest.mark.parametrize(("source_id", "name"), sorted(WHOLE))
def test_figures_that_moved_are_refused_or_told_without_any_hash(
    whole: Whole, source_id: str, name: str, tmp_path: Path
) -> None:
    status, kind = WHOLE[source_id, name]
    spoiled = gathered()[name].spoil(whole.of(source_id)[2])
    checks = whole.checks(source_id, spoiled if isinstance(spoiled, bytes) else to_bytes(spoiled), tmp_path)
    found = {(check.status, check.key.partition("/")[0]) for check in checks}
    assert (status, kind) in found, [check for check in checks if check.status != "ok"]
