"""Where do built tables go, and where are the producers' files? `CLS_PROCESSED` and `CLS_DATA_MIRROR`, or the project."""

from __future__ import annotations

import os
import re
from pathlib import Path

from cls_analysis.errors import DataMissing, InvalidInput, StorageFailed

MODES = ("embedded", "official")


def is_address(where: object) -> bool:
    """Whether this names a place to reach with a protocol rather than a folder of this machine.

    >>> is_address("s3://bucket/processed"), is_address("data/processed"), is_address(None)
    (True, False, False)
    """
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+:(//|:)", str(where)) is not None


def refuse_address(where: Path | None, *, hint: str) -> None:
    """InvalidInput for an address that was read as a path (`s3:/bucket`): it would become a folder of that name.

    >>> refuse_address(Path("s3://bucket/reports"), hint="--out DIR")
    Traceback (most recent call last):
    cls_analysis.errors.InvalidInput: s3:/bucket/reports is an address; this needs a folder
    Try: --out DIR
    """
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", str(where)):
        raise InvalidInput(f"{where} is an address; this needs a folder", hint=hint)


def processed_dir() -> Path:
    """Folder of built tables: `CLS_PROCESSED`, or `data/processed` of the project.

    The project is looked for upwards from the working folder, then upwards from this package; without one, it is
    `data/processed` of the working folder. The folder may not exist yet. `InvalidInput` where `CLS_PROCESSED` is an
    address, from which reports only are made (diagnostic/standing.py).
    """
    asked = os.environ.get("CLS_PROCESSED")
    if is_address(asked):
        raise InvalidInput(
            "CLS_PROCESSED is an address; only reports and notebooks read data at an address, this needs a folder",
            hint="--processed DIR, or CLS_PROCESSED=DIR",
        )
    if asked:
        return Path(asked).expanduser().absolute()
    for start in (Path.cwd(), Path(__file__).resolve().parent):
        for folder in (start, *start.parents):
            if (folder / "pyproject.toml").is_file() and (folder / "cls_analysis").is_dir():
                return folder / "data" / "processed"
    return Path.cwd() / "data" / "processed"


def mode_dir(mode: str, processed: Path | None = None) -> Path:
    """`<processed>/<mode>`; an unknown mode is refused (the two never share a folder), and a file where the folder should be.

    >>> mode_dir("embedded", Path("out")).as_posix()
    'out/embedded'
    """
    if mode not in MODES:
        raise ValueError(f"mode {mode!r} is none of {', '.join(MODES)}")
    refuse_address(processed, hint="--processed DIR")
    folder = processed or processed_dir()
    if folder.is_file():
        raise StorageFailed(
            f"{folder} is a file; built tables lie in a folder", hint="--processed DIR, or CLS_PROCESSED=DIR"
        )
    return folder / mode


def mirror_dir(mirror: Path | str | None = None) -> Path:
    """The folder laid out as `<source>/<vintage>/<file>`: the argument, or `CLS_DATA_MIRROR`; `DataMissing` without one.

    What stands there and is no folder, or cannot be read, is said: `held_folder`.
    """
    asked = mirror or os.environ.get("CLS_DATA_MIRROR")
    if not asked:
        raise DataMissing(
            "the official files need a mirror: none was given and CLS_DATA_MIRROR is not set",
            hint="cls-analysis data build --data official --mirror DIR (or --data embedded, without official files)",
        )
    return held_folder(Path(asked).expanduser())


def held_folder(folder: Path) -> Path:
    """The mirror itself, once it was seen to be a folder that can be read.

    `DataMissing` for what is not there, is a file, or links to nothing; `StorageFailed` for a folder that may not be read.

    >>> held_folder(Path(__file__))
    Traceback (most recent call last):
    cls_analysis.errors.DataMissing: the mirror ...places.py is not a folder: it is a file
    Try: give --mirror the folder that holds <source>/<vintage>/<file>
    """
    hint = "give --mirror the folder that holds <source>/<vintage>/<file>"
    refuse_address(folder, hint=hint)
    try:
        if folder.is_dir() and os.access(folder, os.R_OK | os.X_OK):
            return folder
        why = (
            "it is a file"
            if folder.exists()
            else "it is a link to nothing"
            if folder.is_symlink()
            else "nothing is there"
        )
        readable = not folder.is_dir()
    except PermissionError:
        readable = False
    except OSError as error:  # a name too long, links in a circle
        why, readable = str(error.strerror), True
    if not readable:
        raise StorageFailed(
            f"the mirror {folder} cannot be read: permission denied",
            hint=f"ask who owns it for the right to read it (ls -ld {folder}), or {hint}",
        )
    raise DataMissing(f"the mirror {folder} is not a folder: {why}", hint=hint)
