"""Bring producers' files to the disk, checked, or leave everything as it was (docs/fetching.md)."""

from cls_analysis.sources.fetching.archives import extract_member
from cls_analysis.sources.fetching.fetch import Outcome, fetch, raise_for
from cls_analysis.sources.fetching.jobs import all_jobs, get_job
from cls_analysis.sources.fetching.pace import Pace
from cls_analysis.sources.fetching.plan import Job, job_of
from cls_analysis.sources.fetching.transfer import Address, Network, Receipt, download
from cls_analysis.sources.fetching.updates import Update, updates
from cls_analysis.sources.journal import load_journal

__all__ = [
    "Address",
    "Job",
    "Network",
    "Outcome",
    "Pace",
    "Receipt",
    "Update",
    "all_jobs",
    "download",
    "extract_member",
    "fetch",
    "get_job",
    "job_of",
    "load_journal",
    "raise_for",
    "updates",
]
