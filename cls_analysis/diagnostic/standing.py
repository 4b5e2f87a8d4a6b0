"""On which data does a report stand, real or simulated, and where do they lie? One rule for commands and notebooks.

`auto` means official where official tables are built in the folder (or at the address) in use, or where a mirror is
named (`--mirror`, `CLS_DATA_MIRROR`) that they can be built from; embedded, which is simulated, otherwise. What was chosen
and cannot be used is an error that says why: the other kind never takes its place. A build that says it is of the other
kind, and simulated rows among official ones, are refused.

The data lie in a folder, where they are built when they must be, or at an address (`https://`, `s3://`...), where they are
only read, through a copy verified by content (sources/remote.py).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cls_analysis import stamp
from cls_analysis.errors import DataMissing, InvalidInput
from cls_analysis.kept import last_build
from cls_analysis.sources import processed_dir
from cls_analysis.sources.places import MODES, is_address, refuse_address
from cls_analysis.sources.remote import local_copy, modes_at

CHOICES = ("auto", *MODES)
PROCESSED = "CLS_PROCESSED"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Standing:
    """The data of a report: `mode`, the local folder that holds `<mode>/published`, and `where` others find the same data
    (that folder, or an address pinned to this very build)."""

    mode: str
    folder: Path
    where: str


def stand(
    data: str = "auto", *, processed: Path | str | None = None, mirror: Path | None = None, say: Say | None = print
) -> Standing:
    """Choose the data, see that they are built and current (a folder is built, an address is copied), and say where.

    `processed` is a folder or an address (CLS_PROCESSED, or the project's own folder, by default). InvalidInput for an
    unknown `data`; DataMissing when the data chosen are not there or are older than the code, and cannot be built here; FetchFailed
    when an address cannot be read.
    """
    place = processed or os.environ.get(PROCESSED) or processed_dir()
    if not is_address(place):
        refuse_address(Path(place), hint="https://HOST/FOLDER has two slashes; a folder of this machine has no colon")
        folder = Path(place).expanduser().absolute()
        mode = choose_mode(data, folder, mirror=mirror)
        ensure_built(mode, folder, mirror=mirror, say=say)
        return Standing(mode, folder, str(folder))
    if mirror is not None:
        raise InvalidInput(
            "a mirror and an address are both given", hint="data at an address are read, not built: leave --mirror out"
        )
    mode = _mode_at(data, str(place))
    copy = local_copy(str(place), mode)
    if copy.fetched_bytes and say is not None:
        say(f"copied the {mode} data from {_shown(copy.address)} ({copy.fetched_bytes / 1e6:.1f} MB)")
    _refuse_older(mode, copy.folder, _shown(copy.address))
    return Standing(mode, copy.folder, copy.address)


def here(environment: Mapping[str, str], mode: str) -> dict[str, str]:
    """The same environment of a notebook, an address of processed data replaced by its copy on this machine."""
    place = environment.get(PROCESSED, "")
    if not is_address(place):
        return dict(environment)
    return {**environment, PROCESSED: str(stand(mode or "auto", processed=place, say=None).folder)}


def is_built(mode: str, processed: Path) -> bool:
    """Whether the published tables of that mode are there."""
    return (processed / mode / "published" / "indicators.parquet").is_file()


def choose_mode(data: str, processed: Path, *, mirror: Path | None = None) -> str:
    """`embedded` or `official`: what is asked for; for `auto`, the rule above. A build of which some files are gone counts."""
    if data not in CHOICES:
        raise InvalidInput(f"data {data!r} is not known", hint=f"--data {' | '.join(CHOICES)}")
    if data != "auto":
        return data
    there = is_built("official", processed) or (processed / "official" / "build.json").is_file()
    return "official" if there or mirror_named(mirror) is not None else "embedded"


def mirror_named(mirror: Path | None = None) -> Path | None:
    """The mirror of the official files that was named: the one given, or CLS_DATA_MIRROR."""
    named = os.environ.get("CLS_DATA_MIRROR")
    return mirror or (Path(named) if named else None)


def _mode_at(data: str, address: str) -> str:
    if data not in CHOICES:
        raise InvalidInput(f"data {data!r} is not known", hint=f"--data {' | '.join(CHOICES)}")
    if data != "auto":
        return data
    there = modes_at(address)
    if not there:
        raise DataMissing(
            f"no built data at {_shown(address)}: neither official/build.json nor embedded/build.json is there",
            hint="give the folder that holds official/ or embedded/; build there with: cls-analysis data build",
        )
    return "official" if "official" in there else there[0]


def ensure_built(mode: str, processed: Path, *, mirror: Path | None = None, say: Say | None = print) -> None:
    """Published tables that this code and these sources would make now: built if absent, built again if older.

    Official data need a mirror (given, or CLS_DATA_MIRROR), whose files are hashed again each time it is given; DataMissing
    without one when the tables are absent or older than the catalogue, the code or the perimeters.
    """
    named = mirror_named(mirror)
    try:
        reason = stamp.stale_reason(mode, processed) if is_built(mode, processed) else "they are not there"
    except DataMissing:
        reason = "what they were made from is not recorded"
    if not reason:
        _refuse_other_kind(last_build(processed / mode).get("mode"), mode, str(processed))
    if not reason and (mode == "embedded" or mirror is None):
        return
    if mode == "official" and named is None:
        raise DataMissing(
            f"the official tables of {processed} cannot be used: {reason}",
            hint="cls-analysis data build --data official --mirror DIR (--data embedded for simulated data)",
        )
    if reason and say is not None:
        say(f"building the national tables ({mode}), once for all territories: {reason}")
    from cls_analysis.build import build  # slow to import, and most often everything is built

    build(mode, mirror=named if mode == "official" else None, processed=processed)


def _refuse_older(mode: str, folder: Path, address: str) -> None:
    reason = stamp.stale_reason(mode, folder)
    if reason:
        raise DataMissing(
            f"the {mode} build at {address} is not of this version of the code: {reason}",
            hint=f"build it again where it lies (cls-analysis data build --data {mode}), or install here the version that made it",
        )


def _refuse_other_kind(said: object, mode: str, where: str) -> None:
    if said != mode:
        raise InvalidInput(
            f"the tables under {mode}/ of {where} say that they are {said}: a folder was renamed or copied over another",
            hint=f"remove {mode}/, then cls-analysis data build --data {mode}",
        )


def refuse_simulated_among_official(table: pd.DataFrame, mode: str) -> None:
    """InvalidInput when a row of official data is marked as simulated: real and simulated never meet in one report."""
    if mode == "official" and table["simulated"].fillna(False).astype(bool).any():
        names = sorted(table.loc[table["simulated"].fillna(False).astype(bool), "indicator"].astype(str).unique())
        raise InvalidInput(
            f"official tables hold simulated rows ({', '.join(names[:5])}{' ...' if len(names) > 5 else ''})",
            hint="remove official/ of the processed folder, then cls-analysis data build --data official --mirror DIR",
        )


def _shown(address: str) -> str:
    from cls_analysis.sources.far import without_secrets

    return without_secrets(address.partition("#")[0])
