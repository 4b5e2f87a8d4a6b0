"""Is this file the one that its producer published? What is known of each file that enters a build, told always.

A spoiled file can be a valid one: a column of other plausible figures, rows sorted apart from their codes. No reader sees
that; a hash does. Each file gets a level:

- `listed`: its SHA-256 is that of the mirror's `MANIFEST.csv`;
- `fetched`: its bytes are those of a verified download of the mirror's journal (compared at each build);
- `known`: its SHA-256 is that of the published file with which this version was tested (`known.toml`);
- `accepted`: an analyst reviewed this very file and said why (`cls-analysis data trust`);
- `unchanged`: its bytes are those of the last good build, in which it had one of the levels above;
- `unverified`: none of these. The build goes on, a doubtful check names the file, and so does the annex of every report.

A file that changed after its download is refused: opened and saved by a spreadsheet, it looks the same and is not.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from cls_analysis.sources.checks import Check, cases, graded
from cls_analysis.sources.journal import load_accepted, load_journal

LISTED, FETCHED, KNOWN, ACCEPTED, UNCHANGED, UNVERIFIED = (
    "listed", "fetched", "known", "accepted", "unchanged", "unverified",
)  # fmt: skip
LEVELS = (LISTED, FETCHED, KNOWN, ACCEPTED, UNCHANGED, UNVERIFIED)
Told = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Records:
    """What a mirror says of its files: hashes of its `MANIFEST.csv`, its downloads, the files that were accepted."""

    listed: Mapping[str, str] = field(default_factory=dict)
    fetched: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    accepted: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def records_of(mirror: Path, listed: Mapping[str, str]) -> Records:
    """The records of a mirror, read once for all its sources."""
    return Records(listed, load_journal(mirror), load_accepted(mirror))


def trust(files: Sequence[Mapping[str, Any]], records: Records, before: Mapping[str, Mapping[str, str]]) -> Told:
    """`{path: {sha256, level, why}}` of the files of one source; `before` is the same of the last good build.

    `files` are the lock's entries (`path`, `sha256`). `why` names the proof: the manifest, the host and day of the download, the
    producer and vintage of a known file, the reason given by who accepted it, the earlier level of an unchanged one.

    >>> trust([{"path": "a/2025/a.csv", "sha256": "1f"}], Records(listed={"a/2025/a.csv": "1f"}), {})["a/2025/a.csv"]["level"]
    'listed'
    """
    return {str(file["path"]): _one(str(file["path"]), str(file["sha256"]), records, before) for file in files}


def altered(source_id: str, files: Sequence[Mapping[str, Any]], records: Records) -> list[str]:
    """One problem for each file whose bytes are no longer those that were downloaded, with the next command.

    A file that the manifest lists as it is, or that was accepted as it is, is not altered.
    """
    problems = []
    for file in files:
        path, digest = str(file["path"]), str(file["sha256"])
        fetched = records.fetched.get(path)
        if fetched is None or fetched.get("sha256") == digest or _vouched(path, digest, records):
            continue
        problems.append(
            f"{path}: changed after its download of {str(fetched.get('fetched_at', '?'))[:10]} (SHA-256 {digest[:12]}, downloaded "
            f"{str(fetched.get('sha256', '?'))[:12]}); likely opened and saved by a spreadsheet, which may round numbers and drop the "
            f"zeros of codes. Get it again: cls-analysis data fetch {source_id}. Changed on purpose and reviewed: "
            f'cls-analysis data trust {path} --because "..."'
        )
    return problems


def unverified(told: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Paths of the files of one source that nothing vouches for, sorted."""
    return sorted(path for path, one in told.items() if one["level"] == UNVERIFIED)


def proven(told: Mapping[str, Mapping[str, str]], *levels: str) -> bool:
    """Whether every file of a source has one of these levels."""
    return bool(told) and {one["level"] for one in told.values()} <= set(levels)


def reviewed(told: Mapping[str, Mapping[str, str]]) -> bool:
    """Whether every file of a source is a published one or was accepted: what looks odd in it is then told, not refused."""
    proofs = {one["why"].partition(":")[0] if one["level"] == UNCHANGED else one["level"] for one in told.values()}
    return bool(proofs) and proofs <= {KNOWN, ACCEPTED}


def trust_check(source_id: str, title: str, told: Mapping[str, Mapping[str, str]]) -> Check:
    """The files of a source that no hash vouches for: doubtful as soon as there is one, never broken."""
    lost = unverified(told)
    return graded(
        f"trust/{source_id}", [source_id], f"Fichiers identiques à ceux du producteur : {title}", len(lost),
        ok=0, broken=float("inf"), unit="fichier non vérifié par empreinte",
        detail=f"fichier non vérifié par empreinte : {cases(lost)}" if lost else "",
    )  # fmt: skip


@cache
def known_files() -> dict[str, dict[str, str]]:
    """Published files with which this version was tested: path -> `sha256`, `producer`, `vintage` (`known.toml`).

    >>> all(len(one["sha256"]) == 64 for one in known_files().values())
    True
    """
    rows = tomllib.loads(Path(__file__).with_name("known.toml").read_text(encoding="utf-8"))["file"]
    return {row["path"]: {key: row[key] for key in ("sha256", "producer", "vintage")} for row in rows}


def _one(path: str, digest: str, records: Records, before: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    fetched, accepted, known, last = (
        records.fetched.get(path, {}), records.accepted.get(path, {}), known_files().get(path, {}), before.get(path, {}),
    )  # fmt: skip
    level, why = UNVERIFIED, "no hash to compare with"
    if records.listed.get(path) == digest:
        level, why = LISTED, "MANIFEST.csv of the mirror"
    elif fetched.get("sha256") == digest:
        level, why = FETCHED, f"{fetched.get('final_url', '?')}, {str(fetched.get('fetched_at', '?'))[:10]}"
    elif known.get("sha256") == digest:
        level, why = KNOWN, f"{known['producer']}, {known['vintage']}"
    elif accepted.get("sha256") == digest:
        level, why = ACCEPTED, f"{accepted['because']} ({str(accepted['accepted_at'])[:10]})"
    elif last.get("sha256") == digest and last.get("level") not in (None, UNVERIFIED):
        level, why = UNCHANGED, last["why"] if last["level"] == UNCHANGED else f"{last['level']}: {last['why']}"
    elif known:
        why = "differs from the published file with which this version was tested"
    return {"sha256": digest, "level": level, "why": why}


def _vouched(path: str, digest: str, records: Records) -> bool:
    return records.listed.get(path) == digest or records.accepted.get(path, {}).get("sha256") == digest
