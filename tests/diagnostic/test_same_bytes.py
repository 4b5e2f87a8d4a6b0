"""Has a real report the same bytes whoever makes it: one worker or four, in a batch or alone?"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from cls_analysis.publishing import engine
from cls_analysis.publishing.batch import raise_for_failures, run_batch
from cls_analysis.publishing.report import make_report, plan_batch

TERRITORIES = ("petr-langres", "pays-chaumont", "200054781", "249740077", "petr-coeur-de-lorraine", "242500361",
               "200067213", "200070332", "saint-dizier-der-vallees")  # fmt: skip


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of an edition, the moment of making taken out of the manifests."""
    found = {}
    for path in sorted(folder.glob("*/*/*")):
        content = path.read_bytes()
        if path.name.startswith("manifest"):
            told = json.loads(content)
            assert told.pop("made_at")
            content = json.dumps(told, sort_keys=True).encode()
        found[path.relative_to(folder).as_posix()] = hashlib.sha256(content).hexdigest()
    return found


@pytest.mark.skipif(not engine.CAN_FORK, reason="this machine cannot fork")
def test_one_worker_and_four_and_a_report_alone_give_the_same_hashes(embedded: Path, tmp_path: Path) -> None:
    made = {}
    for workers in (1, 4):
        jobs, unplanned = plan_batch(TERRITORIES, data="embedded", processed=embedded, out=tmp_path / str(workers))
        raise_for_failures(run_batch(jobs, workers=workers), unplanned)
        made[workers] = hashes(tmp_path / str(workers))
    assert made[1] == made[4]
    assert len(made[1]) == 4 * len(TERRITORIES)
    make_report(TERRITORIES[0], data="embedded", processed=embedded, out=tmp_path / "alone")
    alone = hashes(tmp_path / "alone")
    assert len(alone) == 4
    assert alone.items() <= made[1].items()
