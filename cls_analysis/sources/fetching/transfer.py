"""How does one file come from a producer's site without ever harming what is already there?

The bytes go to `<target>.part`; status, redirects, length, type, size and hash are checked while and after they
arrive; only then the part takes the target's place. A transfer that breaks off is resumed with a Range request when
the server named a strong validator, else begun again. HTTP by httpx (TLS verified), retries by tenacity.
References: RFC 9110 (Range, If-Range, Retry-After).
"""

from __future__ import annotations

import email.utils
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import tenacity
from filelock import Timeout

from cls_analysis import __version__
from cls_analysis.errors import FetchFailed, StorageFailed
from cls_analysis.sources.fetching.content import check_content, refuse_head
from cls_analysis.sources.fetching.pace import Pace
from cls_analysis.sources.locks import passing_lock

USER_AGENT = f"cls-analysis/{__version__} (health diagnostics of local contracts; reads open data)"
MAX_REDIRECTS = 5
MAX_WAIT = 120.0  # a Retry-After beyond this is an error for the user, not a sleep
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class Address:
    """Where a file lies and what it must be. `hosts` are further hosts a redirect may lead to.

    `form` is one of csv, json, zip, xlsx, parquet, gzip, text: what the first bytes must look like.
    """

    url: str
    form: str = "csv"
    hosts: tuple[str, ...] = ()
    sha256: str | None = None
    min_bytes: int = 1
    max_bytes: int = 2_000_000_000


@dataclass(frozen=True)
class Receipt:
    """What came: the address asked and the one that answered, size, SHA-256, time (UTC, ISO 8601), validators."""

    url: str
    final_url: str
    bytes: int
    sha256: str
    fetched_at: str
    etag: str | None = None
    last_modified: str | None = None
    resumed: bool = False


class NotFound(FetchFailed):
    """The site answers, and has nothing at this address (404 or 410): another vintage may be asked."""


class _Passing(Exception):
    """A fault that may pass: worth another try after `after` seconds."""

    def __init__(self, cause: str, after: float | None = None) -> None:
        super().__init__(cause)
        self.after = after


@dataclass(frozen=True)
class Network:
    """How the network is used: timeouts in seconds, number of tries, and the clock's sleep (replaced in tests)."""

    connect: float = 15.0
    read: float = 60.0
    total: float = 7200.0
    tries: int = 4
    sleep: Callable[[float], None] = time.sleep
    client: Callable[[httpx.Timeout], httpx.Client] = field(
        default=lambda timeout: httpx.Client(
            timeout=timeout,
            follow_redirects=False,
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
        )
    )


def download(address: Address, target: Path, *, pace: Pace | None = None, network: Network | None = None) -> Receipt:
    """Fetch `address` to `target`; an existing target is replaced only by a file that passed every check.

    Raises FetchFailed (site, network, wrong content), StorageFailed (disk, lock). The target is then untouched.
    """
    network = network or Network()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with passing_lock(f"{target}.lock", timeout=60):
            return _download(address, target, pace or Pace(target.parent), network)
    except Timeout as error:
        raise StorageFailed(
            f"{target.name}: another process holds its lock", hint="wait for it to end, or remove the .lock file"
        ) from error
    except StorageFailed:
        raise
    except OSError as error:
        raise StorageFailed(
            f"{target}: {error.strerror or error}",
            hint="free some space or choose a folder that can be written (--mirror DIR)",
        ) from error


def probe(address: Address, *, pace: Pace, network: Network | None = None) -> dict[str, str | None]:
    """Ask whether `address` gives a file of its form, reading its first bytes only; returns `etag` and `last_modified`.

    Raises NotFound for 404 and 410, FetchFailed for anything else that is not the file (a web page included).
    """
    network = network or Network()
    allowed = {urlsplit(address.url).hostname, *address.hosts}
    url = address.url
    try:
        with network.client(httpx.Timeout(network.read, connect=network.connect)) as client:
            for _ in range(MAX_REDIRECTS + 1):
                _check_url(url, address, allowed)
                pace.wait(urlsplit(url).hostname or "")
                with client.stream("GET", url, headers={"Range": "bytes=0-4095"}) as answer:
                    if answer.is_redirect:
                        url = urljoin(url, answer.headers["location"])
                        continue
                    _refuse_status(address, answer)
                    refuse_head(address, next(answer.iter_raw(4096), b""))
                    return {name: answer.headers.get(name.replace("_", "-")) for name in ("etag", "last_modified")}
    except _Passing as error:
        raise FetchFailed(f"{address.url}: {error}", hint="try again later") from error
    except httpx.TransportError as error:
        raise FetchFailed(f"{address.url}: {type(error).__name__}: {error}", hint="check the connection") from error
    raise FetchFailed(f"{address.url}: more than {MAX_REDIRECTS} redirects", hint="check the address in a browser")


def _download(address: Address, target: Path, pace: Pace, network: Network) -> Receipt:
    part = target.with_name(f"{target.name}.part")
    retrying = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(network.tries),
        retry=tenacity.retry_if_exception_type((_Passing, httpx.TransportError)),
        wait=_pause,
        sleep=network.sleep,
        reraise=True,
    )
    try:
        receipt = retrying(_once, address, part, pace, network)
    except _Passing as error:
        raise FetchFailed(
            f"{address.url}: {error} (after {network.tries} tries)",
            hint="try again later, or put the file into the mirror by hand (cls-analysis data sources)",
        ) from error
    except httpx.TransportError as error:
        raise FetchFailed(
            f"{address.url}: {type(error).__name__}: {error} (after {network.tries} tries)",
            hint="check the connection, or put the file into the mirror by hand (cls-analysis data sources)",
        ) from error
    try:
        check_content(address, part)
        checked = _digest(part)
        if address.sha256 and checked != address.sha256:
            raise FetchFailed(
                f"{address.url}: SHA-256 is {checked}, {address.sha256} was expected",
                hint="the producer changed the file, or it was altered on the way: compare before trusting it",
            )
    except FetchFailed:
        _forget(part)
        raise
    size = part.stat().st_size
    with part.open("rb") as handle:
        os.fsync(handle.fileno())
    part.replace(target)
    _forget(part)
    return replace(receipt, bytes=size, sha256=checked)


def _pause(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, _Passing) and error.after is not None:
        return error.after
    return float(min(2.0 ** (state.attempt_number - 1), 30.0))


def _once(address: Address, part: Path, pace: Pace, network: Network) -> Receipt:
    """One try: follow redirects inside the declared hosts, resume if possible, append to `part`."""
    kept = _validator(part)
    start = part.stat().st_size if kept and part.exists() else 0
    headers = {"Range": f"bytes={start}-", "If-Range": kept} if start and kept else {}
    deadline = time.monotonic() + network.total
    url = address.url
    allowed = {urlsplit(address.url).hostname, *address.hosts}
    with network.client(httpx.Timeout(network.read, connect=network.connect)) as client:
        for _ in range(MAX_REDIRECTS + 1):
            _check_url(url, address, allowed)
            pace.wait(urlsplit(url).hostname or "")
            with client.stream("GET", url, headers=headers) as answer:
                if answer.is_redirect:
                    url = urljoin(url, answer.headers["location"])
                    continue
                return _receive(address, url, answer, part, start, deadline)
    raise FetchFailed(f"{address.url}: more than {MAX_REDIRECTS} redirects", hint="check the address in a browser")


def _check_url(url: str, address: Address, allowed: set[str | None]) -> None:
    split = urlsplit(url)
    if split.hostname not in allowed:
        raise FetchFailed(
            f"{address.url} leads to host {split.hostname!r}, which its source does not declare",
            hint="check the address in a browser; declare the host in the source's module if it is the producer's",
        )
    if split.scheme != "https" and not (split.scheme == "http" and split.hostname in _LOOPBACK):
        raise FetchFailed(
            f"{address.url} leads to {split.scheme}://, which is not encrypted", hint="declare an https address"
        )


def _receive(address: Address, url: str, answer: httpx.Response, part: Path, start: int, deadline: float) -> Receipt:
    _check_status(address, answer, part)
    resumed = answer.status_code == httpx.codes.PARTIAL_CONTENT and start > 0
    if answer.status_code == httpx.codes.PARTIAL_CONTENT:
        given = answer.headers.get("content-range", "")
        if not given.startswith(f"bytes {start}-"):
            _forget(part)
            raise _Passing(f"the server resumed at the wrong place ({given!r})")
    encoding = answer.headers.get("content-encoding", "identity").lower()
    announced = answer.headers.get("content-length")
    expected = int(announced) if announced and announced.isdigit() else None
    _check_size(address, (start if resumed else 0) + (expected or 0), part)
    etag, modified = answer.headers.get("etag"), answer.headers.get("last-modified")
    _remember(part, etag if encoding == "identity" else None)
    received = 0
    with part.open("ab" if resumed else "wb") as out:
        for chunk in _decoded(answer, encoding):
            out.write(chunk)
            received += len(chunk)
            if out.tell() > address.max_bytes:
                out.close()
                _forget(part)
                raise FetchFailed(
                    f"{address.url}: more than {address.max_bytes} bytes",
                    hint="this is not the file that the source declares; check the address",
                )
            if time.monotonic() > deadline:
                raise _Passing(f"too slow: {received} bytes before the time limit")
        out.flush()
        os.fsync(out.fileno())
    if encoding == "identity" and expected is not None and received != expected:
        raise _Passing(f"{received} bytes came, {expected} were announced")
    return Receipt(
        url=address.url,
        final_url=url,
        bytes=part.stat().st_size,
        sha256="",
        fetched_at=datetime.now(UTC).isoformat(timespec="seconds"),
        etag=etag,
        last_modified=modified,
        resumed=resumed,
    )


def _check_status(address: Address, answer: httpx.Response, part: Path) -> None:
    if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
        _forget(part)
        raise _Passing("the server refused to resume (416); beginning again")
    _refuse_status(address, answer)


def _refuse_status(address: Address, answer: httpx.Response) -> None:
    status = answer.status_code
    if status in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
        return
    if status == httpx.codes.TOO_MANY_REQUESTS or status >= 500:
        after = _retry_after(answer.headers.get("retry-after"))
        if after is not None and after > MAX_WAIT:
            raise FetchFailed(
                f"{address.url}: status {status}, the site asks to wait {after:.0f} s",
                hint="run the command again after that time",
            )
        raise _Passing(f"status {status}", after)
    kind = NotFound if status in (httpx.codes.NOT_FOUND, httpx.codes.GONE) else FetchFailed
    raise kind(
        f"{address.url}: status {status} ({answer.reason_phrase})",
        hint="the producer moved the file: cls-analysis data update, or put it into the mirror by hand",
    )


def _retry_after(value: str | None) -> float | None:
    """Seconds named by a Retry-After header, a number or a date; None when there is none or it cannot be read.

    >>> _retry_after("7"), _retry_after("soon"), _retry_after(None)
    (7.0, None, None)
    """
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)


def _decoded(answer: httpx.Response, encoding: str) -> Iterator[bytes]:
    if encoding in ("identity", ""):
        return answer.iter_raw()
    if encoding in ("gzip", "deflate"):
        return answer.iter_bytes()  # decoded by httpx; counted against max_bytes as it grows
    raise FetchFailed(f"content encoding {encoding!r} was not asked for", hint="try again, or fetch by hand")


def _check_size(address: Address, size: int, part: Path) -> None:
    if size > address.max_bytes:
        raise FetchFailed(
            f"{address.url}: {size} bytes announced, at most {address.max_bytes} expected",
            hint="this is not the file that the source declares; check the address",
        )
    free = shutil.disk_usage(part.parent).free
    if size > free:
        raise StorageFailed(
            f"{part.name}: {size} bytes to come, {free} free on the disk",
            hint="free some space or choose another folder",
        )


def _digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _note(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _validator(part: Path) -> str | None:
    """The strong ETag recorded for a part; None when it cannot be resumed safely."""
    try:
        etag = json.loads(_note(part).read_text(encoding="utf-8")).get("etag")
    except (FileNotFoundError, ValueError, AttributeError):
        return None
    return etag if isinstance(etag, str) and etag.startswith('"') else None


def _remember(part: Path, etag: str | None) -> None:
    _note(part).write_text(json.dumps({"etag": etag}), encoding="utf-8")


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


__all__ = ["Address", "Network", "NotFound", "Receipt", "download", "probe"]
