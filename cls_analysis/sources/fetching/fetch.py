"""How does a source come whole and checked into a mirror, or leave it as it was?

Each file is downloaded into `<mirror>/.fetching/incoming/`, unpacked there, and the whole source is read and validated
there by its own reader; only then its files take their places and the journal records them. A file that the reader
refuses stays aside under `.refused` and never replaces the last good one. When an address gives 404 the previous
vintage's is asked, and the outcome says so. One source at a time, under a lock; the others go on when one fails.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import Timeout

from cls_analysis.errors import ClsError, FetchFailed, InvalidInput, StorageFailed
from cls_analysis.sources.fetching import plan
from cls_analysis.sources.fetching.archives import extract_member
from cls_analysis.sources.fetching.pace import Pace
from cls_analysis.sources.fetching.plan import Job, Wanted
from cls_analysis.sources.fetching.transfer import Network, NotFound, Receipt, download
from cls_analysis.sources.journal import folder_of, load_accepted, load_journal, record, sha256, state_of
from cls_analysis.sources.locks import passing_lock
from cls_analysis.sources.trust import ACCEPTED
from cls_analysis.sources.vintages import NAME

STEPS_BACK = 2  # a vintage that is not there yet: the two before it are asked, no more
LOCK_SECONDS = 1800.0
_STORAGE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
FETCHED, KEPT, FAILED, BY_HAND, NO_ADDRESS = "fetched", "kept", "failed", "by hand", "no address"


@dataclass(frozen=True)
class Outcome:
    """What became of one source: `status` (fetched, kept, failed, by hand, no address), the vintage that is there, why."""

    source: str
    vintage: str
    status: str
    bytes: int = 0
    said: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        return self.status == FAILED


def fetch(
    jobs: Iterable[Job],
    mirror: Path,
    *,
    millesime: str | None = None,
    again: bool = False,
    resolve: plan.Resolve = plan.as_is,
    network: Network | None = None,
    pace: Pace | None = None,
    progress: Callable[[str], None] | None = None,
) -> list[Outcome]:
    """Bring every job's files into `mirror`; one outcome per job, in order. `millesime` asks for another vintage.

    A file already there is kept (unless `again`), whether it was fetched or put there by hand; one whose bytes are
    not those recorded is fetched again. Raises `StorageFailed` at once when the folder cannot be written: nothing
    else raises, a failure is an outcome.
    """
    _writable(mirror)
    pace = pace or Pace(folder_of(mirror))
    outcomes = []
    for job in jobs:
        if progress is not None:
            progress(job.id)
        try:
            with passing_lock(folder_of(mirror) / f"{job.id}.lock", timeout=LOCK_SECONDS):
                try:
                    outcomes.append(_fetch_one(job, mirror, millesime, again, resolve, network, pace))
                finally:
                    _sweep(folder_of(mirror) / "incoming" / job.id)
        except Timeout:
            outcomes.append(Outcome(job.id, millesime or job.vintage, FAILED, said=("another process holds its lock",)))
        except StorageFailed:
            raise
        except OSError as error:
            raise StorageFailed(
                f"{mirror}: {error.strerror or error}", hint="free some space or choose another folder (--mirror DIR)"
            ) from error
    return outcomes


def _sweep(incoming: Path) -> None:
    """Remove the empty folders of one source; what came in part (to be resumed) or was refused stays."""
    for folder in (*incoming.glob("*"), incoming):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _writable(mirror: Path) -> None:
    probe = folder_of(mirror) / "writable"
    if mirror.is_dir() and not mirror.stat().st_mode & 0o222:  # root could write all the same, and must not
        raise StorageFailed(
            f"{mirror} cannot be written: it is marked read-only",
            hint="choose a folder that can be written: cls-analysis data fetch --mirror DIR",
        )
    try:
        probe.parent.mkdir(parents=True, exist_ok=True)
        probe.write_text("", encoding="utf-8")
        probe.unlink(missing_ok=True)
    except OSError as error:
        raise StorageFailed(
            f"{mirror} cannot be written: {error.strerror or error}",
            hint="choose a folder that can be written: cls-analysis data fetch --mirror DIR",
        ) from error


def _fetch_one(
    job: Job,
    mirror: Path,
    millesime: str | None,
    again: bool,
    resolve: plan.Resolve,
    network: Network | None,
    pace: Pace,
) -> Outcome:
    asked = millesime or job.vintage
    hands = [file for file in job.files if plan.remote_of(file) is None]
    if hands:
        there = all((mirror / file.path).is_file() for file in hands)
        why = tuple(f"{file.path}: {plan.why_by_hand(file)}" for file in hands)
        return Outcome(job.id, job.vintage, KEPT if there else BY_HAND, said=why)
    said: tuple[str, ...] = ()
    for vintage in _candidates(asked):
        try:
            files = plan.wanted(job, vintage, resolve)
        except InvalidInput as error:
            if not said:
                return Outcome(job.id, asked, NO_ADDRESS, said=tuple(error.problems))
            break
        if unreadable := _unreadable(job, vintage):  # nothing is downloaded that no reader could check
            if vintage == asked:
                return Outcome(job.id, asked, NO_ADDRESS, said=unreadable)
            break
        kept = None if again else _kept(job, mirror, files, vintage)
        if kept is not None:
            return Outcome(job.id, vintage, KEPT, kept.bytes, (*said, *kept.said))
        try:
            size, notes = _bring(job, mirror, files, vintage, network, pace)
        except NotFound as error:
            said = (*said, f"{vintage}: {error.problems[0]}")
            continue
        except StorageFailed:
            raise
        except ClsError as error:
            return Outcome(job.id, vintage, FAILED, said=(*said, *error.problems, *_reader_s_vintage(job, vintage)))
        if vintage != asked:
            said = (*said, f"{asked} is not there, {vintage} was taken instead")
        return Outcome(job.id, vintage, FETCHED, size, (*said, *notes, *_reader_s_vintage(job, vintage)))
    return Outcome(job.id, asked, FAILED, said=said)


def _candidates(asked: str) -> list[str]:
    """The vintage asked for, then those before it.

    >>> _candidates("2026"), _candidates("2013-2021")
    (['2026', '2025', '2024'], ['2013-2021'])
    """
    return [str(int(asked) - back) for back in range(STEPS_BACK + 1)] if asked.isdigit() else [asked]


def _unreadable(job: Job, vintage: str) -> tuple[str, ...]:
    """Why the reader cannot read that vintage, where it says so."""
    if job.at is None or vintage == job.vintage:
        return ()
    try:
        job.at(vintage)
    except InvalidInput as error:
        return tuple(error.problems)
    return ()


def _reader_s_vintage(job: Job, vintage: str) -> tuple[str, ...]:
    if vintage == job.vintage:
        return ()
    if job.at is not None:
        return (f'the build reads vintage {job.vintage} until {NAME} in the mirror says {job.id} = "{vintage}"',)
    return (f"the build of this version reads vintage {job.vintage}, not {vintage}",)


def _kept(job: Job, mirror: Path, files: Sequence[Wanted], vintage: str) -> Outcome | None:
    """The outcome "already there", or None when something must be fetched."""
    entries = load_journal(mirror)
    states = {file.path: state_of(mirror, file.path, entries) for file in files}
    accepted = load_accepted(mirror)
    for path, state in states.items():
        if state == "changed" and accepted.get(path, {}).get("sha256") == sha256(mirror / path):
            states[path] = ACCEPTED
    if {"absent", "changed"} & set(states.values()):
        return None
    said = [
        f"{path}: put there by hand, kept (--again replaces it)" for path, state in states.items() if state == "by hand"
    ]
    said += [
        f"{path}: changed since its download and accepted after review, kept (--again replaces it)"
        for path, state in states.items()
        if state == ACCEPTED
    ]
    size = sum((mirror / path).stat().st_size for path in states)
    return Outcome(job.id, vintage, KEPT, size, tuple(said))


def _bring(
    job: Job, mirror: Path, files: Sequence[Wanted], vintage: str, network: Network | None, pace: Pace
) -> tuple[int, list[str]]:
    """Download, unpack, check, rename, record; returns bytes kept and notes. The mirror is untouched by any error."""
    incoming = folder_of(mirror) / "incoming" / job.id / vintage
    incoming.mkdir(parents=True, exist_ok=True)
    staged: dict[str, Path] = {}
    receipts: dict[str, Receipt] = {}
    for file in files:
        place = incoming / Path(file.path).name
        if file.member is None:
            receipts[file.key] = download(file.address, place, pace=pace, network=network)
        else:
            archive = place.with_name(f"{place.name}.archive")
            receipts[file.key] = download(file.address, archive, pace=pace, network=network)
            extract_member(archive, file.member, place)
            archive.unlink()
        staged[file.key] = place.absolute()
    notes = _checked(job if vintage == job.vintage or job.at is None else job.at(vintage), staged)
    size = 0
    entries: dict[str, dict[str, Any]] = {}
    for file in files:
        size += staged[file.key].stat().st_size
        entries[file.path] = {
            **asdict(receipts[file.key]), "source": job.id, "vintage": vintage, "member": file.member,
            "sha256": sha256(staged[file.key]), "bytes": staged[file.key].stat().st_size, "downloaded_sha256": receipts[file.key].sha256,
        }  # fmt: skip
    for file in files:
        final = mirror / file.path
        final.parent.mkdir(parents=True, exist_ok=True)
        staged[file.key].replace(final)
    record(mirror, entries)
    return size, notes


def _checked(job: Job, staged: dict[str, Path]) -> list[str]:
    """Notes of the reader; a refused file is put aside for inspection and the reader's problems are raised."""
    try:
        return job.check(staged)
    except StorageFailed:
        raise
    except ClsError as error:
        aside = _put_aside(staged)
        raise InvalidInput([*error.problems, *aside], hint=error.hint) from error
    except MemoryError:
        raise
    except (
        Exception
    ) as error:  # a file from outside may break a reader in ways nobody foresaw: the last good one must stay
        if isinstance(error, OSError) and error.errno in _STORAGE:
            raise
        aside = _put_aside(staged)
        raise InvalidInput(
            [f"{job.id}: the reader stopped at {type(error).__name__}: {error}", *aside],
            hint="the file is not in the form that this version knows",
        ) from error


def _put_aside(staged: dict[str, Path]) -> list[str]:
    said = []
    for place in staged.values():
        refused = place.with_name(f"{place.name}.refused")
        place.replace(refused)
        said.append(f"refused, kept for inspection as .fetching/{refused.relative_to(refused.parents[3])}")
    return said


def raise_for(outcomes: Sequence[Outcome], named: Sequence[str] = ()) -> None:
    """`FetchFailed` (exit code 6) when a source failed, or was named and cannot be fetched; lists them all."""
    lost = [o for o in outcomes if o.failed or (o.source in named and o.status in (BY_HAND, NO_ADDRESS))]
    if lost:
        raise FetchFailed(
            [f"{o.source} {o.vintage}: {said}" for o in lost for said in o.said or (o.status,)],
            hint="sources that are not named here are in place; is this machine on the internet? cls-analysis data update tells what exists, docs/fetching.md how to check an address",
        )
