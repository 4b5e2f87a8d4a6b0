"""Which file of an archive is the dataset, and is it safe to unpack?

A producer's zip is data from outside: a member is streamed to a file beside its place, counted while it is read
(a header can lie), its checksum verified by the reader, then renamed. Refused: paths that leave the folder, links,
encrypted members, more than `max_bytes` unpacked, a compression ratio no table of numbers has, none or several members
where one is expected.
"""

from __future__ import annotations

import fnmatch
import os
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from cls_analysis.errors import InvalidInput

CHUNK = 1 << 20
MAX_RATIO = 200.0  # a CSV of numbers deflates 5 to 30 times; a bomb a thousand times
RATIO_FROM = 10 * CHUNK  # under this size a high ratio harms nobody


def extract_member(archive: Path, pattern: str, target: Path, *, max_bytes: int = 4_000_000_000) -> Path:
    """Write the one member whose name matches `pattern` (glob on its base name) to `target`; returns `target`.

    Raises InvalidInput naming archive, member and cause; `target` is then as it was before.
    """
    beside = target.with_name(f"{target.name}.unpacking")
    try:
        with zipfile.ZipFile(archive) as opened:
            member = _choose(opened, archive, pattern, max_bytes)
            with opened.open(member) as source, beside.open("wb") as out:
                written = 0
                while chunk := source.read(CHUNK):
                    written += len(chunk)
                    if written > max_bytes or _is_bomb(written, member.compress_size):
                        raise InvalidInput(
                            f"{archive.name}: member {member.filename!r} unpacks to more than it may "
                            f"({written} bytes read from {member.compress_size} compressed)",
                            hint="the archive is not the producer's; fetch it again or check the address",
                        )
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
        beside.replace(target)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise InvalidInput(
            f"{archive.name} is not a whole zip archive: {error}",
            hint="the download was cut short or is another kind of file; fetch it again",
        ) from error
    finally:
        beside.unlink(missing_ok=True)
    return target


def _is_bomb(unpacked: int, packed: int) -> bool:
    return unpacked > RATIO_FROM and unpacked > MAX_RATIO * max(packed, 1)


def _choose(opened: zipfile.ZipFile, archive: Path, pattern: str, max_bytes: int) -> zipfile.ZipInfo:
    problems = []
    for info in opened.infolist():
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            problems.append(f"{archive.name}: member {info.filename!r} points outside the folder")
        if stat.S_ISLNK(info.external_attr >> 16):
            problems.append(f"{archive.name}: member {info.filename!r} is a link")
        if info.flag_bits & 0x1:
            problems.append(f"{archive.name}: member {info.filename!r} is encrypted")
    total = sum(info.file_size for info in opened.infolist())
    if total > max_bytes:
        problems.append(f"{archive.name}: {total} bytes once unpacked, more than the {max_bytes} allowed")
    found = [
        info
        for info in opened.infolist()
        if not info.is_dir() and fnmatch.fnmatch(PurePosixPath(info.filename).name, pattern)
    ]
    if len(found) != 1:
        names = ", ".join(sorted(info.filename for info in opened.infolist())[:10]) or "none"
        problems.append(f"{archive.name}: {len(found)} members match {pattern!r}, one is expected; members: {names}")
    if problems:
        raise InvalidInput(problems, hint="compare the archive with the producer's page")
    return found[0]
