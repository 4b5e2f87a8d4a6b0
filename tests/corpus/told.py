"""What does a build say of a spoiled file that its reader cannot see? The door of a build, on the made-up files of the corpus.

Twice: where the file is the first that this source was ever built from, without manifest, journal nor earlier build; and where
a good file was built before it. A fault is *silent* when no check is doubtful or broken, and nothing is refused.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cls_analysis.errors import InvalidInput
from cls_analysis.sources.checks import Check
from tests.corpus.layout import to_bytes
from tests.corpus.mutations import Mutation
from tests.corpus.outcome import ONLY, Bench, Valid
from tests.sources.doors import built, scoped

SILENT, REFUSED = "SILENT", "refused"


@dataclass(frozen=True)
class Told:
    """What a build said: the kinds of its doubtful and broken checks (`trust`, `changes` ...), whether it stopped, and why."""

    doubtful: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    said: str = ""

    @property
    def silent(self) -> bool:
        return not self.doubtful and not self.broken

    def __str__(self) -> str:
        if self.broken:
            return f"{REFUSED} by {', '.join(self.broken)}"
        return f"told by {', '.join(self.doubtful)}" if self.doubtful else SILENT


def of_checks(checks: list[Check]) -> Told:
    def kinds(status: str) -> tuple[str, ...]:
        return tuple(sorted({check.key.partition("/")[0] for check in checks if check.status == status}))

    return Told(kinds("doubtful"), kinds("broken"), "; ".join(check.detail for check in checks if check.status != "ok"))


def of_error(error: InvalidInput) -> Told:
    """A build that stopped: by a check (its label is in the error), or by the comparison with the last good build."""
    text = str(error)
    if "changed like a spoiled file" in text:
        return Told(broken=("changes",), said=text)
    return Told(broken=("check",), said=text)


def spoiled_of(bench: Bench, source_id: str, mutation: Mutation) -> tuple[Valid, bytes]:
    """The valid fixture and the bytes of its spoiled file."""
    valid = bench.valid(source_id, mutation.departements)
    assert valid is not None, source_id
    spoiled = mutation.spoil(valid.sheet)
    return valid, spoiled if isinstance(spoiled, bytes) else to_bytes(spoiled)


def first(valid: Valid, data: bytes) -> Told:
    """What the build says of the spoiled file where nothing is known of the source."""
    with _mirror(valid) as (mirror, processed):
        return _build(valid, mirror, processed, data)


def after_a_good_one(valid: Valid, data: bytes) -> Told:
    """What the build says of the spoiled file that replaced the good one. The good one's own build must be sound."""
    with _mirror(valid) as (mirror, processed):
        sound = _build(valid, mirror, processed, valid.data)
        assert not sound.broken, sound.said
        return _build(valid, mirror, processed, data)


@contextmanager
def _mirror(valid: Valid) -> Iterator[tuple[Path, Path]]:
    folder = Path(tempfile.mkdtemp(prefix="told-"))
    try:
        mirror = folder / "mirror"
        shutil.copytree(valid.folder / valid.source_id, mirror / valid.source_id)
        yield mirror, folder / "processed"
    finally:
        shutil.rmtree(folder)


def _build(valid: Valid, mirror: Path, processed: Path, data: bytes) -> Told:
    (mirror / valid.path.relative_to(valid.folder)).write_bytes(data)
    door = scoped(valid.source_id, valid.departements, rows=len(valid.sheet.body), tables=ONLY.get(valid.source_id))
    try:
        with door:
            return of_checks(built(mirror, processed))
    except InvalidInput as error:
        return of_error(error)
