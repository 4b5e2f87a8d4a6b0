"""Which files of a build does nothing vouch for, and how does an analyst accept one after review?"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

LEVEL_ORDER = ("unverified", "unchanged", "accepted", "known", "fetched", "listed")  # the least sure first


def least_sure(levels: Sequence[str]) -> str:
    """The level of a source of several files: that of the least sure of them.

    >>> least_sure(["listed", "unverified"])
    'unverified'
    """
    return min(levels, key=LEVEL_ORDER.index)


def unverified_lines(mode: str, processed: Path | None) -> list[str]:
    """What `data build` says of the files that no hash vouches for; empty when there is none."""
    from cls_analysis.sources import load_trust
    from cls_analysis.sources.trust import unverified

    lost = [path for told in load_trust(mode, processed).values() for path in unverified(told)]
    if not lost:
        return []
    count = f"{len(lost)} file is" if len(lost) == 1 else f"{len(lost)} files are"
    return [
        f"{count} not verified by hash: nothing tells them from files that were changed. Reports say so in their annex.",
        *(f"  {path}" for path in sorted(lost)),
        'After review: cls-analysis data trust FILE --because "what was compared"',
    ]


def accept_file(file: Path, because: str, mirrors: Sequence[Path]) -> tuple[Path, str, str]:
    """Record a file as accepted in the mirror that holds it; returns the mirror, the path inside it and its SHA-256.

    `file` is a path inside a mirror, or from the working folder. `UnknownName` for one that no build reads, `InvalidInput`
    where the mirror's manifest lists another hash: the manifest decides there.
    """
    from cls_analysis.errors import InvalidInput, UnknownName
    from cls_analysis.sources import all_sources
    from cls_analysis.sources.build import manifest_of
    from cls_analysis.sources.journal import accept, sha256
    from cls_analysis.sources.vintages import path_of

    mirror, path = _placed(file, mirrors)
    declared = [one.path for source in all_sources().values() for one in source.files]
    parts = Path(path).parts
    if path not in declared and not (len(parts) > 2 and any(path_of(one, parts[1]) == path for one in declared)):
        near = difflib.get_close_matches(path, declared, n=3)
        meant = f"; did you mean {', '.join(near)}?" if near else ""
        raise UnknownName(f"{path} is read by no source{meant}", hint="cls-analysis data sources lists the files")
    listed = manifest_of(mirror).get(path)
    if listed is not None and listed != sha256(mirror / path):
        raise InvalidInput(
            f"{path}: MANIFEST.csv of the mirror lists another hash, and decides",
            hint="get the listed file again, or have the manifest's line corrected by who keeps it",
        )
    return mirror, path, accept(mirror, path, because=because)


def _placed(file: Path, mirrors: Sequence[Path]) -> tuple[Path, str]:
    from cls_analysis.errors import DataMissing

    for mirror in mirrors:
        if (mirror / file).is_file():  # an absolute path stays itself
            whole = (mirror / file).absolute()
            if whole.is_relative_to(mirror.absolute()):
                return mirror, whole.relative_to(mirror.absolute()).as_posix()
        if file.is_file() and file.absolute().is_relative_to(mirror.absolute()):
            return mirror, file.absolute().relative_to(mirror.absolute()).as_posix()
    looked = ", ".join(str(mirror) for mirror in mirrors)
    raise DataMissing(
        f"{file} lies in no folder of fetched files (looked in {looked})", hint="give its folder: --mirror DIR"
    )
