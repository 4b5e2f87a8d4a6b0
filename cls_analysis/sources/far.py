"""How are the bytes of one file at an address read, and what is said when they cannot be?

http and https by httpx, which every installation has: TLS verified, timeouts, three tries for what may pass. Any other
scheme by fsspec and the driver of that scheme. Every failure becomes an error that names the address without its
password, the likely cause and the next command.
Reference: fsspec documentation, "Built-in implementations"; RFC 9110, status codes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from cls_analysis import __version__
from cls_analysis.errors import ClsError, DataMissing, FetchFailed, InvalidInput

if TYPE_CHECKING:
    import httpx  # slow to import, and most commands read no address

T = TypeVar("T")
TRIES = 3
PAUSE = 0.5  # seconds before the second try, doubled before the third
_CHUNK = 1 << 20
_ANSWER, _CONNECT = 60.0, 15.0  # seconds
_HEADERS = {"User-Agent": f"cls-analysis/{__version__}", "Accept-Encoding": "identity", "Cache-Control": "no-cache"}
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


class NothingThere(DataMissing):
    """The place answers, and has nothing at this address."""


class Passing(Exception):
    """A fault that another try may not meet; `hint` is what to do when it stays."""

    def __init__(self, cause: str, hint: str = "") -> None:
        super().__init__(cause)
        self.hint = hint


def without_secrets(address: str) -> str:
    """The address as it may be printed: no user, password or query.

    >>> without_secrets("https://me:secret@host.org:8000/data?key=1")
    'https://host.org:8000/data'
    """
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", "")) if host else address


def read(where: str, take: Callable[[Iterator[bytes]], T]) -> T:
    """What `take` makes of the bytes of the file at `where`, piece by piece; begun again when it is cut (three tries).

    `NothingThere`, `DataMissing`: no such file, or what is needed to read it is not installed; `InvalidInput`: no such scheme;
    `FetchFailed`: no answer, refused, cut, or what `take` raised as `Passing`.
    """
    pieces = _by_http if where.startswith(("http://", "https://")) else _by_fsspec
    for attempt in range(1, TRIES + 1):
        try:
            return take(pieces(where))
        except Passing as error:
            if attempt == TRIES:
                raise FetchFailed(f"{without_secrets(where)}: {error}", hint=error.hint or _network(where)) from error
            time.sleep(PAUSE * 2 ** (attempt - 1))
    raise AssertionError("unreachable: the last try returns or raises")


def _network(where: str) -> str:
    look = f"curl -I {without_secrets(where)}" if where.startswith("http") else "read it with that storage's own tool"
    return f"check the network of this machine (proxy, VPN) and that the server runs: {look}"


def _by_http(where: str) -> Iterator[bytes]:
    import httpx

    timeout = httpx.Timeout(_ANSWER, connect=_CONNECT)
    try:
        with httpx.stream("GET", where, headers=_HEADERS, timeout=timeout, follow_redirects=True) as answer:
            _refuse(where, answer)
            yield from answer.iter_raw(_CHUNK)
    except httpx.TimeoutException as error:
        raise Passing("the server does not answer in time") from error
    except httpx.TransportError as error:
        raise Passing(_cause(str(error))) from error
    except (httpx.InvalidURL, httpx.TooManyRedirects) as error:
        raise InvalidInput(f"{without_secrets(where)}: {error}", hint="check the address") from error


def _cause(said: str) -> str:
    """The likely cause of a connection that failed, before the words of the library."""
    lower = said.lower()
    if "certificate" in lower:
        return f"its certificate is not trusted by this machine: {said}"
    if "refused" in lower:
        return f"nothing listens there (server down, or wrong port): {said}"
    if "name" in lower and ("resol" in lower or "known" in lower):
        return f"this name is not known (misspelt, or no network): {said}"
    if "incomplete" in lower or "closed" in lower or "disconnected" in lower or "reset" in lower:
        return f"the connection was cut: {said}"
    return f"no connection: {said}"


def _refuse(where: str, answer: httpx.Response) -> None:
    shown = without_secrets(where)
    if where.startswith("https://") and answer.url.scheme != "https":
        raise FetchFailed(f"{shown} leads to an address that is not encrypted", hint="check the address")
    if answer.status_code in (404, 410):
        raise NothingThere(f"nothing at {shown} (status {answer.status_code})", hint="check the address in --processed")
    if answer.status_code in (401, 403):
        raise FetchFailed(f"{shown} is refused (status {answer.status_code})", hint="ask for the right to read it")
    if answer.status_code in _PASSING:
        raise Passing(f"the server says {answer.status_code} {answer.reason_phrase}")
    if answer.status_code != 200:
        raise FetchFailed(f"{shown}: the server says {answer.status_code}", hint="check the address in --processed")


def _by_fsspec(where: str) -> Iterator[bytes]:
    system, path = file_system(where)
    try:
        with system.open(path, "rb") as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk
    except ClsError:
        raise
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise NothingThere(f"nothing at {without_secrets(where)}", hint="check the address in --processed") from None
    except PermissionError as error:
        raise FetchFailed(
            f"{without_secrets(where)} is refused: {error}", hint="give this machine the credentials of that storage"
        ) from error
    except Exception as error:  # drivers raise the errors of their own libraries (botocore, gcsfs, paramiko...)
        raise Passing(f"{type(error).__name__}: {error}") from error


def file_system(address: str) -> tuple[Any, str]:
    """fsspec's file system for an address, and the path in it.

    `DataMissing` when fsspec or the driver of the scheme is not installed, `InvalidInput` for a scheme that nobody knows.
    """
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise DataMissing(
            f"{without_secrets(address)} needs fsspec, which is not installed",
            hint="pip install 'cls-analysis[cluster]' (an http or https address needs nothing more)",
        ) from error
    scheme = address.partition(":")[0]
    try:
        system, path = url_to_fs(address)
    except ImportError as error:
        raise DataMissing(
            f"{without_secrets(address)}: the driver of {scheme}:// is not installed: {error}",
            hint="install it in the environment of every machine that reads there",
        ) from error
    except ValueError as error:
        raise InvalidInput(
            f"{without_secrets(address)}: {error}", hint="an address such as https://, s3://, gs://, sftp://, file://"
        ) from error
    except Exception as error:  # a driver that connects at once (sftp, smb) raises the errors of its own library
        raise FetchFailed(
            f"{without_secrets(address)}: {type(error).__name__}: {error}",
            hint="check the network, the host's name and the credentials of this machine",
        ) from error
    return system, str(path)
