"""A wrong address of a scheduler costs nothing; a right one where none answers costs seconds, and the cause is told."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from typer.testing import CliRunner

from cls_analysis.cli import app
from cls_analysis.errors import ClsError, DataMissing, InvalidInput, ReportFailed
from cls_analysis.publishing import scheduler
from cls_analysis.publishing.scheduler import require_scheduler, scheduler_address


@contextmanager
def listener(says: bytes = b"") -> Iterator[str]:
    """Something that listens at a port of this machine and is no scheduler."""
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    taken, _ = server.accept()
                except OSError:
                    return
                kept.append(taken)
                if says:
                    taken.sendall(says)
                    taken.close()

        threading.Thread(target=accept, daemon=True).start()
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("foo", "names no protocol"),
        ("", "names no protocol"),
        ("127.0.0.1:8786", "names no protocol"),
        ("http://host:8786", "has the protocol 'http'"),
        ("tcp://host", "gives no port"),
        ("tcp://host:0", "gives port 0"),
        ("tcp://127.0.0.1:99999", "cannot be read: Port out of range"),
        ("tcp://host:eight", "cannot be read: Port could not be cast"),
        ("tcp://[::1:8786", "cannot be read"),
        ("tcp://:8786", "names no host"),
        ("tcp://a b:8786", "names no host"),
        ("tcp://host:8786/status", "holds more than a host and a port"),
        ("tcp://me:secret@host:8786", "holds more than a host and a port"),
    ],
)
def test_a_malformed_address_is_refused_before_anything_is_planned(
    text: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def planned(*_: object, **__: object) -> None:
        raise AssertionError("planned all the same")

    monkeypatch.setattr("cls_analysis.publishing.report.plan_batch", planned)
    result = CliRunner().invoke(app, ["batch", "--territories", "petr-langres", "--scheduler", text])
    assert isinstance(result.exception, InvalidInput), result.exception
    assert why in str(result.exception) and "tcp://HOST:PORT" in str(result.exception)


def test_addresses_that_dask_prints_are_taken() -> None:
    for address in ("tcp://10.0.0.1:8786", "tls://scheduler.example:8786", "tcp://[::1]:8786"):
        assert scheduler_address(address) == address


@pytest.fixture
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="SKIPPED LOUDLY: the extra `cluster` is not installed")
    monkeypatch.setattr(scheduler, "ANSWER", 0.5)


def _refused(address: str) -> tuple[ClsError, float]:
    began = time.monotonic()
    with pytest.raises(ReportFailed) as caught:
        require_scheduler(address)
    assert f"no Dask scheduler answers at {address}: " in str(caught.value)
    return caught.value, time.monotonic() - began


@pytest.mark.usefixtures("_soon")
def test_a_port_where_nothing_listens_is_told_within_seconds() -> None:
    error, seconds = _refused("tcp://127.0.0.1:9")
    assert "nothing listens there" in str(error) and error.exit_code == 7
    assert seconds < 8  # half a second to answer, the rest for the first import of Dask on a busy machine


@pytest.mark.usefixtures("_soon")
def test_the_same_is_told_where_an_event_loop_runs_already() -> None:
    async def within() -> ClsError:
        return _refused("tcp://127.0.0.1:9")[0]

    assert "nothing listens there" in str(asyncio.run(within()))


@pytest.mark.usefixtures("_soon")
def test_a_host_that_no_network_knows_is_named() -> None:
    error, _ = _refused("tcp://no-such-host.invalid:8786")
    assert "'no-such-host.invalid' is not known" in str(error)


@pytest.mark.usefixtures("_soon")
@pytest.mark.parametrize("says", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n<html>what a web server says</html>"])
def test_a_service_that_is_no_scheduler_neither_hangs_nor_takes_all_memory(says: bytes) -> None:
    with listener(says) as address:
        error, seconds = _refused(address)
    assert "does not greet as a scheduler" in str(error)
    assert seconds < 8


@pytest.mark.usefixtures("_soon")
def test_tls_without_certificates_says_where_to_name_them() -> None:
    with pytest.raises(DataMissing, match="asks for certificates"):
        require_scheduler("tls://127.0.0.1:9")


@pytest.mark.slow
def test_a_scheduler_that_is_there_is_greeted_at_once() -> None:
    distributed = pytest.importorskip("distributed", reason="SKIPPED LOUDLY: the extra `cluster` is not installed")
    with distributed.LocalCluster(n_workers=0, dashboard_address=None, host="127.0.0.1") as cluster:
        require_scheduler(cluster.scheduler_address)
