"""Bring producers' files to the disk, checked, or leave everything as it was (docs/fetching.md)."""

from cls_analysis.sources.fetching.archives import extract_member
from cls_analysis.sources.fetching.pace import Pace
from cls_analysis.sources.fetching.transfer import Address, Receipt, download

__all__ = ["Address", "Pace", "Receipt", "download", "extract_member"]
