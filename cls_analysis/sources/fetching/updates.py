"""Is there something newer at the producer's? An honest answer per source, "cannot tell" included.

Where addresses follow a pattern with the year, the next two vintages' addresses are asked (first bytes only). Where
one address always gives the newest, its validators are compared with those of the last fetch. An Opendatasoft dataset
tells when its data changed. An address that holds a page number which changes each year tells nothing.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cls_analysis.errors import FetchFailed
from cls_analysis.sources.fetching import plan
from cls_analysis.sources.fetching.pace import Pace
from cls_analysis.sources.fetching.plan import Job
from cls_analysis.sources.fetching.transfer import Address, Network, NotFound, download, probe
from cls_analysis.sources.journal import folder_of, load_journal
from cls_analysis.sources.model import File, Remote

AHEAD = 2
NEWER, CURRENT, UNKNOWN = "newer", "current", "cannot tell"


@dataclass(frozen=True)
class Update:
    """What is known of newer vintages of one source: `answer` is newer, current or cannot tell; `said` explains it."""

    source: str
    vintage: str
    answer: str
    newest: str | None
    said: str


def updates(
    jobs: Iterable[Job],
    mirror: Path,
    *,
    resolve: plan.Resolve = plan.as_is,
    network: Network | None = None,
    pace: Pace | None = None,
    progress: Callable[[str], None] | None = None,
) -> list[Update]:
    """One answer per job, in order. Nothing is kept, nothing in the mirror changes; a site that fails is "cannot tell"."""
    with tempfile.TemporaryDirectory(prefix="cls-update-") as folder:
        shared = folder_of(mirror)
        pace = pace or Pace(shared if shared.is_dir() else Path(folder))
        entries = load_journal(mirror)
        found = []
        for job in jobs:
            if progress is not None:
                progress(job.id)
            found.append(_one(job, entries, resolve, network, pace, Path(folder)))
        return found


def _one(
    job: Job,
    entries: Mapping[str, Mapping[str, Any]],
    resolve: plan.Resolve,
    network: Network | None,
    pace: Pace,
    folder: Path,
) -> Update:
    """The answer of the file that knows most: one newer file makes the source newer, one silent file leaves it unknown."""
    answers = []
    for file in job.files:
        try:
            answers.append(_of_file(job, file, entries, resolve, network, pace, folder))
        except FetchFailed as error:
            answers.append(Update(job.id, job.vintage, UNKNOWN, None, error.problems[0]))
    return min(answers, key=lambda answer: (NEWER, UNKNOWN, CURRENT).index(answer.answer))


def _of_file(
    job: Job, file: File, entries: Mapping[str, Mapping[str, Any]], resolve: plan.Resolve, network: Network | None,
    pace: Pace, folder: Path,
) -> Update:  # fmt: skip
    site = job.homepage or file.url or "the producer's site"
    remote = plan.remote_of(file)
    listing = plan.listing_of(file)
    if listing is not None:
        return _listed(job, listing, resolve, network, pace, folder)
    if remote is None:
        return Update(job.id, job.vintage, UNKNOWN, None, f"{plan.why_by_hand(file)}; look at {site}")
    if remote.changes is not None:
        return _changed_on(job, file, remote.changes, entries, resolve, network, pace, folder)
    if remote.addresses:
        later = [year for year, _ in remote.addresses if year > job.vintage]
        if later:
            return Update(job.id, job.vintage, NEWER, max(later), f"an address is declared for {max(later)}")
        return Update(
            job.id,
            job.vintage,
            UNKNOWN,
            None,
            f"the address holds a page number that changes each year; look at {site}",
        )
    if remote.pattern is not None and "{year}" in remote.pattern and job.vintage.isdigit():
        return _next_years(job, file, remote, resolve, network, pace)
    return _same_address(job, file, remote, entries, resolve, network, pace)


def _listed(job: Job, listing: str, resolve: plan.Resolve, network: Network | None, pace: Pace, folder: Path) -> Update:
    """A data.gouv dataset's list of files: a later year in a title is a newer vintage; else the newest file is named."""
    told = folder / f"{job.id}.json"
    download(Address(resolve(listing), form="json", max_bytes=20_000_000), told, pace=pace, network=network)
    try:
        found = json.loads(told.read_text(encoding="utf-8"))["resources"]
        dated = sorted((str(one["last_modified"])[:10], str(one["title"])) for one in found)
    except (ValueError, KeyError, TypeError):
        dated = []
    if not dated:
        return Update(job.id, job.vintage, UNKNOWN, None, "data.gouv.fr lists no file for this dataset")
    years = [year for _, title in dated for year in re.findall(r"(?<!\d)20\d\d", title)]
    later = max((year for year in years if job.vintage.isdigit() and year > job.vintage), default=None)
    said = f"{len(dated)} files at data.gouv.fr, the newest: {dated[-1][1]!r} of {dated[-1][0]}"
    return Update(job.id, job.vintage, NEWER if later else UNKNOWN, later, said)


def _next_years(
    job: Job, file: File, remote: Remote, resolve: plan.Resolve, network: Network | None, pace: Pace
) -> Update:
    newest, missing = None, []
    for ahead in range(1, AHEAD + 1):
        year = str(int(job.vintage) + ahead)
        url = plan.url_of(file, remote, year)
        if url is None:
            continue
        try:
            probe(Address(resolve(url), form=remote.form, hosts=remote.hosts), pace=pace, network=network)
        except NotFound:
            missing.append(year)
        else:
            newest = year
    if newest is None:
        return Update(job.id, job.vintage, CURRENT, job.vintage, f"404 at the addresses of {', '.join(missing)}")
    return Update(
        job.id, job.vintage, NEWER, newest, f"the address of {newest} answers; this version reads {job.vintage}"
    )


def _same_address(
    job: Job, file: File, remote: Remote, entries: Mapping[str, Mapping[str, Any]], resolve: plan.Resolve,
    network: Network | None, pace: Pace,
) -> Update:  # fmt: skip
    """One address that always gives the newest: the same validators as at the last fetch mean the same file."""
    entry = entries.get(file.path)
    if entry is None:
        return Update(job.id, job.vintage, UNKNOWN, None, "not fetched here, so nothing to compare its address with")
    url = plan.url_of(file, remote, job.vintage)
    assert url is not None
    seen = probe(Address(resolve(url), form=remote.form, hosts=remote.hosts), pace=pace, network=network)
    for name in ("etag", "last_modified"):
        before, now = entry.get(name), seen.get(name)
        if before and now:
            if before == now:
                return Update(
                    job.id,
                    job.vintage,
                    CURRENT,
                    job.vintage,
                    f"same {name.replace('_', '-')} as fetched on {entry['fetched_at'][:10]}",
                )
            return Update(
                job.id,
                job.vintage,
                NEWER,
                None,
                f"the file changed since {entry['fetched_at'][:10]} ({name.replace('_', '-')} {now})",
            )
    return Update(job.id, job.vintage, UNKNOWN, None, "the site gives neither ETag nor Last-Modified")


def _changed_on(
    job: Job, file: File, changes: str, entries: Mapping[str, Mapping[str, Any]], resolve: plan.Resolve,
    network: Network | None, pace: Pace, folder: Path,
) -> Update:  # fmt: skip
    """An Opendatasoft dataset's own word on when its data changed, against the date of the last fetch."""
    told = folder / f"{job.id}.json"
    download(Address(resolve(changes), form="json", max_bytes=5_000_000), told, pace=pace, network=network)
    try:
        modified = json.loads(told.read_text(encoding="utf-8"))["metas"]["default"]["modified"]
        date = str(modified)[:10]
    except (ValueError, KeyError, TypeError):
        return Update(job.id, job.vintage, UNKNOWN, None, "the dataset's page does not say when its data changed")
    entry = entries.get(file.path)
    if entry is None:
        return Update(job.id, job.vintage, UNKNOWN, None, f"the data changed on {date}; not fetched here")
    fetched = str(entry["fetched_at"])[:10]
    kind = NEWER if date > fetched else CURRENT
    return Update(job.id, job.vintage, kind, None, f"the data changed on {date}, fetched on {fetched}")
