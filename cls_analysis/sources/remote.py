"""How does a machine read a build that lies at an address (http, s3, gs, ...)? By content, from a cache of its own.

`<address>/<mode>/build.json` lists the files that a report reads, each with its size and SHA-256. Those that the cache
does not hold yet are downloaded beside, verified, then renamed to their hash; a build is a folder of links to them,
named by the hash of its `build.json`. So a build that changes never changes under a reader, what two builds share is
fetched once, and processes that start together fetch once (file locks). An address may be pinned to one build
(`...#build=HASH`): a batch is made from one build, and a worker that has it needs no network.

http and https go through httpx (TLS verified), every other scheme through fsspec (extra `cluster`) and its driver.
Reference: fsspec documentation, `url_to_fs`; RFC 9110.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from cls_analysis.errors import DataMissing, FetchFailed, StorageFailed
from cls_analysis.sources import far
from cls_analysis.sources.far import without_secrets
from cls_analysis.sources.places import MODES
from cls_analysis.sources.pruning import prune, used
from cls_analysis.unchanged import sha256

#: files of `<processed>/<mode>` that reports read, besides build.json
SHARED = (
    "published/indicators.parquet", "published/comparisons.parquet", "lock.json", "checks.json", "bassins.parquet",
    "bassins-contours.parquet",
)  # fmt: skip
NEEDED = frozenset(SHARED[:3])
BUILD = "build.json"
_PIN = "#build="
_MOST_BUILD_BYTES = 20_000_000
_PATIENCE = 900.0  # seconds: another process of this machine may be downloading the same build


@dataclass(frozen=True)
class Copy:
    """A build of an address, whole on this machine: `folder` stands for a folder of processed data."""

    address: str
    folder: Path
    fetched_bytes: int

    @property
    def build(self) -> str:
        """SHA-256 of its build.json."""
        return self.folder.name


def pinned(address: str, build: str) -> str:
    """The address of that very build (SHA-256 of its build.json), and of no later one.

    >>> pinned("s3://bucket/processed#build=old", "new")
    's3://bucket/processed#build=new'
    """
    return f"{_split(address)[0]}{_PIN}{build}"


def _split(address: str) -> tuple[str, str | None]:
    bare, _, pin = address.partition(_PIN)
    return bare.rstrip("/") if not bare.endswith("://") else bare, pin or None


def cache_dir() -> Path:
    """Where copies of builds are kept: `CLS_CACHE`, or `cls-analysis` of the user's cache folder. It may be removed at any time;
    what nothing used for thirty days leaves it when a new build is copied (pruning.py)."""
    named = os.environ.get("CLS_CACHE")
    if named:
        return Path(named).expanduser().absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cls-analysis"


def modes_at(address: str, *, cache: Path | None = None) -> list[str]:
    """The modes built at an address (a pinned one that the cache holds is not asked again), in the order of `MODES`.

    What cannot be read is not taken for absent: `FetchFailed`, `DataMissing` (driver) are raised.
    """
    bare, pin = _split(address)
    held = [mode for mode in MODES if pin and _whole((cache or cache_dir()) / "builds" / pin / mode)]
    if held:
        return held
    found = []
    for mode in MODES:
        try:
            _read_build(bare, mode)
        except far.NothingThere:
            continue
        found.append(mode)
    return found


def local_copy(address: str, mode: str, *, cache: Path | None = None) -> Copy:
    """The build of `mode` at `address`, every file verified by its hash; only what the cache lacks is downloaded.

    `DataMissing`: no such build there, another one than the pinned, or one that does not list its files. `FetchFailed`:
    no network, refused, or a file that is not the one listed. `StorageFailed`: the cache cannot be written.
    """
    bare, pin = _split(address)
    home = cache or cache_dir()
    if pin:
        used(home / "builds" / pin)  # before it is looked at: what is being read is not pruned
    if pin and _whole(home / "builds" / pin / mode):
        return Copy(address, home / "builds" / pin, 0)
    text = _read_build(bare, mode)
    build = hashlib.sha256(text).hexdigest()
    if pin and build != pin:
        raise DataMissing(
            f"the {mode} build at {without_secrets(bare)} is another one than when the work was planned "
            f"({build[:12]}, not {pin[:12]})",
            hint="the same command again with --resume: it plans from the build that is there now",
        )
    folder = home / "builds" / build / mode
    fetched = 0
    with _storage(home):
        (home / "files").mkdir(parents=True, exist_ok=True)
        folder.parent.parent.mkdir(exist_ok=True)
        with FileLock(home / "builds" / f".{build}.lock", timeout=_PATIENCE):
            (folder / "published").mkdir(parents=True, exist_ok=True)
            used(folder.parent)
            copied = not _whole(folder)
            if copied:
                for name, (size, digest) in _listed(text, mode, bare).items():
                    blob, came = _blob(home / "files", f"{bare}/{mode}/{name}", size, digest)
                    _put(folder / name, partial(_link, blob))
                    fetched += came
                _put(folder / BUILD, lambda beside: beside.write_bytes(text))
    if copied:
        prune(home, keep=build)
    return Copy(pinned(bare, build), home / "builds" / build, fetched)


def _read_build(bare: str, mode: str) -> bytes:
    where = f"{bare}/{mode}/{BUILD}"

    def take(pieces: Iterator[bytes]) -> bytes:
        text = b""
        for piece in pieces:
            text += piece
            if len(text) > _MOST_BUILD_BYTES:
                raise FetchFailed(f"{without_secrets(where)} is no build.json: it does not end", hint=_HINT)
        return text

    return far.read(where, take)


_HINT = "give the address of the folder that holds official/ or embedded/, each with its build.json"


def _listed(text: bytes, mode: str, bare: str) -> dict[str, tuple[int, str]]:
    """Size and hash of each file a report reads, as build.json lists them; anything unexpected is refused."""
    where = f"{without_secrets(bare)}/{mode}/{BUILD}"
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        kind = "a web page" if text.lstrip()[:1] == b"<" else "not the JSON of a build"
        raise FetchFailed(f"{where} is {kind}", hint=_HINT)
    if told.get("mode") != mode:
        raise DataMissing(f"{where} is a build of {told.get('mode')!r} data, not of {mode}", hint=_HINT)
    if not isinstance(told.get("files"), dict):
        raise DataMissing(
            f"{where} does not list its files: it was made by an older version",
            hint=f"build it again where it lies: cls-analysis data build --data {mode}",
        )
    files = {}
    problems = [f"{where} does not list {name}" for name in sorted(NEEDED - set(told["files"]))]
    for name in SHARED:
        entry = told["files"].get(name)
        if entry is None:
            continue
        size, digest = entry.get("bytes"), entry.get("sha256")
        if isinstance(size, int) and isinstance(digest, str) and re.fullmatch("[0-9a-f]{64}", digest):
            files[name] = (size, digest)
        else:
            problems.append(f"{where} gives no size and SHA-256 of {name}")
    if problems:
        raise FetchFailed(problems, hint="build it again where it lies")
    return files


def _blob(files: Path, where: str, size: int, digest: str) -> tuple[Path, int]:
    """The cached file of that hash, downloaded if it is not there or damaged; bytes that came."""
    target = files / digest
    with FileLock(files / f".{digest}.lock", timeout=_PATIENCE):
        if _is(target, digest):
            used(target)
            return target, 0
        _put(target, lambda beside: _download(where, beside, size, digest))
    return target, size


def _download(where: str, beside: Path, size: int, digest: str) -> None:
    """A file read while its build is being replaced is right at another try; a damaged one is refused."""

    def take(pieces: Iterator[bytes]) -> None:
        seen, came = hashlib.sha256(), 0
        with beside.open("wb") as stream:
            for piece in pieces:
                came += len(piece)
                if came > size:
                    break
                seen.update(piece)
                stream.write(piece)
            stream.flush()
            os.fsync(stream.fileno())
        if came != size or seen.hexdigest() != digest:
            what = f"more than {size} bytes" if came > size else f"{came} bytes" if came < size else "other bytes"
            raise far.Passing(
                f"not the file that its build.json lists ({size} bytes, SHA-256 {digest[:12]}...): {what} came; "
                "it was damaged or cut, or the build is being replaced",
                hint="again in a minute; if it stays so, copy the build there again, build.json last",
            )

    try:
        far.read(where, take)
    except far.NothingThere:
        raise far.NothingThere(
            f"nothing at {without_secrets(where)}, which its build.json lists",
            hint="copy the whole build there again, build.json last",
        ) from None
    beside.chmod(0o444)


def _is(path: Path, digest: str) -> bool:
    try:
        return sha256(path) == digest
    except FileNotFoundError:
        return False


def _whole(folder: Path) -> bool:
    """Whether a build of the cache is all there, byte for byte (build.json comes last)."""
    build, mode = folder.parent.name, folder.name
    if not _is(folder / BUILD, build):
        return False
    listed = _listed((folder / BUILD).read_bytes(), mode, str(folder.parent))
    return all(_is(folder / name, digest) for name, (_, digest) in listed.items())


def _link(blob: Path, beside: Path) -> None:
    try:
        os.link(blob, beside)
    except OSError:  # a disk without links
        beside.write_bytes(blob.read_bytes())


def _put(target: Path, write: Callable[[Path], object]) -> None:
    """Write beside, then rename; what is left of a killed writer is never the target."""
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    beside.unlink(missing_ok=True)
    try:
        write(beside)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def _storage(home: Path) -> Iterator[None]:
    try:
        yield
    except (StorageFailed, FetchFailed, DataMissing):
        raise
    except Timeout as error:
        raise StorageFailed(
            f"another process has held {Path(error.lock_file).parent} for {_PATIENCE:.0f} s",
            hint="wait for it to end, or another folder with CLS_CACHE",
        ) from error
    except OSError as error:
        raise StorageFailed(
            f"the copy of the build cannot be kept in {home}: {error.strerror or error}",
            hint="free space there, or set CLS_CACHE to another folder",
        ) from error


def hashes(folder: Path) -> dict[str, dict[str, object]]:
    """What build.json lists of a built folder (`<processed>/<mode>`): size and SHA-256 of each file that reports read."""
    there = [name for name in SHARED if (folder / name).is_file()]
    return {name: {"bytes": (folder / name).stat().st_size, "sha256": sha256(folder / name)} for name in there}


def altered(folder: Path, told: Mapping[str, object]) -> list[str]:
    """Names of the files of a built folder that are not, byte for byte, those that its build.json (`told`) lists, or are gone."""
    listed = told.get("files")
    if not isinstance(listed, dict):
        return []
    here = hashes(folder)
    return [name for name, entry in listed.items() if here.get(name) != entry]
