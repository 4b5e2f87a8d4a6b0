"""Which address gives which file of which vintage, and where does the file go?

A source's file lies at `<source>/<vintage>/<name>` in a mirror. Its address is the one declared for that vintage, its
pattern with the year, or an address that always gives the newest. Melodi's addresses follow one documented pattern
(`{DS}_{YYYY}_CSV_FR`, a zip that holds `{DS}_{YYYY}_data.csv`). No other address is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from urllib.parse import urlencode, urlsplit

from cls_analysis.errors import InvalidInput
from cls_analysis.sources.fetching.transfer import Address
from cls_analysis.sources.model import File, Remote, Source
from cls_analysis.sources.vintages import path_of

Resolve = Callable[[str], str]
MELODI = "https://api.insee.fr/melodi/file/"
_PAGE = re.compile(r"https://www\.data\.gouv\.fr/(?:fr/)?datasets/([a-z0-9-]+)/?$")
_STABLE = "https://www.data.gouv.fr/api/1/datasets/r/"  # leads to the file's present address, on data.gouv's own store
_ODS = re.compile(r"(https://[a-z0-9.-]+/api/explore/v2\.1/catalog/datasets/[^/?]+)/exports/")
_FORMS = {".csv": "csv", ".xlsx": "xlsx", ".parquet": "parquet", ".json": "json", ".zip": "zip", ".txt": "text"}


@dataclass(frozen=True)
class Job:
    """What one source asks for: its files, its vintage, and the check that a file must pass before it is kept.

    `at(year)` is the same job for another vintage, where the reader can read one. `check` receives the staged files by key and raises `InvalidInput`; its answer is the notes worth printing.
    """

    id: str
    vintage: str
    files: tuple[File, ...]
    check: Callable[[Mapping[str, Path]], list[str]]
    homepage: str | None = None
    at: Callable[[str], Job] | None = None


@dataclass(frozen=True)
class Wanted:
    """One file of one vintage: its key, its path in the mirror, its address, the member to unpack."""

    key: str
    path: str
    address: Address
    member: str | None = None


def as_is(url: str) -> str:
    return url


def job_of(source: Source) -> Job:
    """A source as something to fetch, checked by its own reader, its tables and the observations' contract."""
    from cls_analysis.sources.build import read_source
    from cls_analysis.sources.observations import validate_observations

    def check(paths: Mapping[str, Path]) -> list[str]:
        folder = Path("/") if not paths else Path(next(iter(paths.values())).anchor)
        files = tuple(replace(file, path=str(paths[file.key].relative_to(folder))) for file in source.files)
        frame, _, notes = read_source(replace(source, files=files), folder)
        validate_observations(frame, source)
        return notes

    at = source.at
    later = None if at is None else lambda year: job_of(replace(at(year), at=None))
    return Job(source.id, vintage_of(source), source.files, check, source.homepage, later)


def vintage_of(source: Source) -> str:
    """The vintage written in the paths of a source's files; the newest when there are several, "" when there is no file."""
    found = {PurePosixPath(file.path).parts[1] for file in source.files}
    return max(found) if found else ""


def remote_of(file: File) -> Remote | None:
    """How a file is fetched, or None when only a person can bring it."""
    if file.by_hand or listing_of(file) or (file.remote is None and file.url is None):
        return None
    if file.remote is not None:
        return file.remote
    url = file.url or ""
    if url.startswith(MELODI):
        return Remote("zip", pattern=_melodi_pattern(file), member="*_data.csv", max_bytes=4_000_000_000)
    suffix = PurePosixPath(file.path).suffix
    if urlsplit(url).path.endswith(".zip"):
        return Remote("zip", member=PurePosixPath(file.path).name)
    dataset = _ODS.match(url)
    hosts = ("static.data.gouv.fr",) if url.startswith(_STABLE) else ()
    return Remote(_FORMS.get(suffix, "text"), hosts=hosts, changes=dataset.group(1) if dataset else None)


def listing_of(file: File) -> str | None:
    """Address of data.gouv.fr's list of files, when a file's address is a dataset's page.

    >>> listing_of(File("a", "x/2025/a.csv", "https://www.data.gouv.fr/datasets/finess-x/"))
    'https://www.data.gouv.fr/api/1/datasets/finess-x/'
    """
    page = _PAGE.match(file.url or "") if file.remote is None else None
    return f"https://www.data.gouv.fr/api/1/datasets/{page.group(1)}/" if page else None


def why_by_hand(file: File) -> str:
    if listing_of(file):
        return f"its address is a page that lists files, choose there: {file.url}"
    return file.by_hand or "no stable address of the producer is established"


def wanted(job: Job, vintage: str, resolve: Resolve = as_is) -> list[Wanted]:
    """Files of `job` in that vintage; `InvalidInput` names the files that have no address for it."""
    found, problems = [], []
    for file in job.files:
        remote = remote_of(file)
        url = None if remote is None else url_of(file, remote, vintage)
        if remote is None or url is None:
            known = ", ".join(vintages(file)) or "none"
            problems.append(
                f"{file.path}: {why_by_hand(file)}"
                if remote is None
                else f"{file.path}: no address is declared for {vintage}; declared: {known}"
            )
            continue
        address = Address(resolve(url), form=remote.form, hosts=remote.hosts, max_bytes=remote.max_bytes)
        found.append(Wanted(file.key, path_of(file.path, vintage), address, _in(remote.member, vintage)))
    if problems:
        raise InvalidInput(problems, hint="put the file into the mirror by hand: cls-analysis data sources")
    return found


def url_of(file: File, remote: Remote, vintage: str) -> str | None:
    """Address of one vintage of a file, query included; None when none is declared."""
    declared = PurePosixPath(file.path).parts[1]
    if remote.addresses:
        base = dict(remote.addresses).get(vintage)
    elif remote.pattern is not None:
        newest = (
            "{year}" not in remote.pattern and not remote.query
        )  # one address, always the newest: never kept under an older year
        base = None if newest and vintage < declared else _in(remote.pattern, vintage)
    else:
        base = file.url if vintage == declared else None
    if base is None or not remote.query:
        return base
    return f"{base}?{urlencode([(key, value.replace('{year}', vintage)) for key, value in remote.query])}"


def vintages(file: File) -> list[str]:
    """Vintages whose address is written down (a pattern promises more), newest first."""
    remote = remote_of(file)
    if remote is None:
        return []
    declared = PurePosixPath(file.path).parts[1]
    return sorted({year for year, _ in remote.addresses} or {declared}, reverse=True)


def _in(text: str | None, vintage: str) -> str | None:
    return None if text is None else text.replace("{year}", vintage)


def _melodi_pattern(file: File) -> str:
    declared = PurePosixPath(file.path).parts[1]
    return (file.url or "").replace(f"_{declared}_CSV_FR", "_{year}_CSV_FR")
