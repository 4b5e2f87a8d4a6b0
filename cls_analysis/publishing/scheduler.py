"""Is there a Dask scheduler at this address? Asked before any report is planned, and answered within seconds.

The address is read first (a wrong one costs nothing), then the scheduler is greeted as a client would: something that listens
there and is none (a web server, another service) is told apart from nothing at all.

Reference: Dask.distributed, Communications (`distributed.comm.connect`, `Security`).
"""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from cls_analysis.errors import DataMissing, InvalidInput, ReportFailed

INSTALL = "pip install 'cls-analysis[cluster]'"
ANSWER = 6.0  # seconds that a scheduler may take to answer; a second more for its greeting
PROTOCOLS = ("tcp", "tls")
_HINT = "--scheduler tcp://HOST:PORT, as dask scheduler prints it (8786 is its usual port)"


def scheduler_address(text: str) -> str:
    """The address, once it is seen to be one of a scheduler: protocol, host, port. `InvalidInput` says what is wrong in it.

    >>> scheduler_address(" tcp://10.0.0.1:8786 ")
    'tcp://10.0.0.1:8786'
    >>> scheduler_address("tcp://10.0.0.1")
    Traceback (most recent call last):
    cls_analysis.errors.InvalidInput: the address of the scheduler, 'tcp://10.0.0.1', gives no port
    Try: --scheduler tcp://HOST:PORT, as dask scheduler prints it (8786 is its usual port)
    """
    address = text.strip()
    wrong = _wrong(address)
    if wrong:
        raise InvalidInput(f"the address of the scheduler, {text!r}, {wrong}", hint=_HINT)
    return address


def _wrong(address: str) -> str:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError as error:  # a port beyond 65535 or that is no number, a bracket left open
        return f"cannot be read: {error}"
    if "://" not in address:
        return "names no protocol"
    if parts.scheme not in PROTOCOLS:
        return f"has the protocol {parts.scheme!r}; a scheduler speaks {' or '.join(PROTOCOLS)}"
    if not host or not host.isprintable() or " " in host:
        return "names no host"
    if not port:
        return "gives no port" if port is None else "gives port 0, which none listens at"
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username is not None:
        return "holds more than a host and a port"
    return ""


def require_scheduler(address: str) -> None:
    """Nothing, once a scheduler answered; `ReportFailed` within about ten seconds where none does, with the likely cause.

    `InvalidInput` for an address that is none, `DataMissing` without Dask or without the certificates that tls:// asks for.
    It waits, and may be called where an event loop runs already (a notebook, a coroutine): the greeting has a thread of its own.
    """
    address = scheduler_address(address)
    try:
        from distributed import Security
        from distributed.comm import connect
    except ImportError as error:
        raise DataMissing("--scheduler needs Dask, which is not installed", hint=INSTALL) from error
    arguments: dict[str, Any] = Security().get_connection_args("client")
    if address.startswith("tls:") and not arguments.get("ssl_context"):
        raise DataMissing(
            f"{address} asks for certificates, and this machine's configuration of Dask names none",
            hint="name them in Dask's configuration (distributed.comm.tls), or use tcp:// on a private network",
        )

    parts = urlsplit(address)
    host, port = str(parts.hostname), int(parts.port or 0)

    async def greet() -> None:
        async with asyncio.timeout(ANSWER + 1):
            comm = await connect(address, timeout=ANSWER, **arguments)
            await comm.close()

    try:
        with ThreadPoolExecutor(max_workers=1) as own:
            own.submit(lambda: asyncio.run(greet())).result()
    except (OSError, ValueError, MemoryError) as error:  # MemoryError: the greeting of another service read as a length
        raise ReportFailed(
            f"no Dask scheduler answers at {address}: {_cause(error, host, port)}",
            hint="start one (dask scheduler) and give the address that it prints; from another machine, --host and an open port",
        ) from error


def _cause(error: BaseException, host: str, port: int) -> str:
    """The likely cause in words: how a plain connection fares tells more than the last of Dask's tries."""
    try:
        socket.create_connection((host, port), timeout=1.0).close()
    except socket.gaierror:
        return f"the host name {host!r} is not known on this network"
    except ConnectionRefusedError:
        return "nothing listens there (connection refused)"
    except TimeoutError:
        return "the host does not answer: it is off, or a firewall stands before it"
    except OSError as fault:
        return str(fault.strerror or fault)
    return "what listens there does not greet as a scheduler of this version of Dask does" + (
        "" if isinstance(error, TimeoutError) else f" ({type(error).__name__})"
    )
