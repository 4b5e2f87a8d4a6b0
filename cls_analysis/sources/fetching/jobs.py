"""What can be fetched? Every declared source that has files, and the producers' files that only a command reads."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path

from cls_analysis.errors import UnknownName
from cls_analysis.sources.fetching.etalab import contours, decoupage
from cls_analysis.sources.fetching.plan import Job, job_of
from cls_analysis.sources.model import File, Remote
from cls_analysis.sources.registry import all_sources

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _check_banatic(paths: Mapping[str, Path]) -> list[str]:
    from cls_analysis.sources.banatic_members import check_export

    return [f"{check_export(paths['export']):,} members of groupings"]


def _banatic() -> Job:
    from cls_analysis.sources.banatic_members import URL

    file = File(
        "export",
        "banatic-export/courant/banatic_france.xlsx",
        URL,
        XLSX,
        None,
        None,
        remote=Remote("xlsx", max_bytes=500_000_000),
    )
    return Job("banatic-export", "courant", (file,), _check_banatic, "https://www.banatic.interieur.gouv.fr")


def all_jobs() -> dict[str, Job]:
    """Everything that a producer publishes as files, by id, sorted; a partner's tables (`import-*`) are no one's to fetch.

    >>> {"banatic-export", "dgcl-epci", "etalab-contours"} <= set(all_jobs())
    True
    """
    jobs = [
        *(job_of(source) for source in all_sources().values() if source.files and not source.id.startswith("import-")),
        _banatic(),
        contours(),
        decoupage(),
    ]
    return {job.id: job for job in sorted(jobs, key=lambda job: job.id)}


def get_job(name: str) -> Job:
    """The job of that id; `UnknownName` suggests the near ids, or says why a source that exists has nothing to fetch."""
    jobs = all_jobs()
    if name in jobs:
        return jobs[name]
    if name in all_sources():
        partner = name.startswith("import-")
        raise UnknownName(
            f"source {name!r} has no file to fetch: {'a partner gives its table' if partner else 'it is embedded'}",
            hint="cls-analysis imports template" if partner else f"cls-analysis data sources {name}",
        )
    near = difflib.get_close_matches(name, jobs, n=3)
    meant = f"; did you mean {', '.join(near)}?" if near else ""
    raise UnknownName(f"source {name!r} is not declared{meant}", hint="cls-analysis data sources")
