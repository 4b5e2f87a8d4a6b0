"""How does a notebook start in a tenth of a second? Its process is forked from a parent that has already imported everything.

`python -m cls_analysis.publishing.warm FD` is that parent. It imports the libraries of a report, may rehearse one
notebook (so that tables, contours and fonts are read once), then waits on a socket: each request forks a child that
runs cells (shell.py) with a fresh namespace, in its own session, and dies with its parent. The parent never starts a
thread, an event loop or a ZeroMQ socket, so nothing of the kind is copied by the fork. `WarmParent` is its client.

Reference: os.fork; prctl(2), PR_SET_PDEATHSIG; Android's zygote for the idea.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cls_analysis.errors import ReportFailed
from cls_analysis.publishing.shell import prepare, serve

PRELOADED = (
    "IPython.core.interactiveshell", "jupyter_client.jsonutil", "matplotlib_inline", "cls_analysis.diagnostic",
)  # fmt: skip
_PR_SET_PDEATHSIG = 1
_START_SECONDS = 300.0


class ForkedProcess:
    """A process forked by the warm parent, with a few methods of `subprocess.Popen`."""

    def __init__(self, parent: WarmParent, pid: int) -> None:
        self._parent = parent
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Exit code, or None while it runs; -9 when its parent is gone, for it went with it."""
        if self.returncode is None:
            self.returncode = self._parent.ask({"poll": self.pid}).get("status", -9)
        return self.returncode

    def end(self) -> int:
        """Kill it and whatever it started, if it still runs; its exit code."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        while (code := self.poll()) is None:
            time.sleep(0.005)
        return code


class WarmParent:
    """The warm parent of this process's notebooks, started once, ended with this process."""

    def __init__(self, *, environment: Mapping[str, str], rehearsal: Mapping[str, Any] | None = None) -> None:
        ours, theirs = socket.socketpair()
        self._folder = tempfile.TemporaryDirectory(prefix="cls-warm-")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cls_analysis.publishing.warm", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={**environment, "IPYTHONDIR": self._folder.name},
            start_new_session=True,
        )
        theirs.close()
        ours.settimeout(_START_SECONDS)
        self._socket = ours
        self._lines = ours.makefile("rw", encoding="utf-8")
        self._turn = threading.Lock()
        if self.ask({"rehearse": dict(rehearsal or {})}).get("ready") is not True:
            raise ReportFailed(
                "the warm parent of notebooks did not start", hint="without --workers: cls-analysis report"
            )

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """One request, one answer; an empty answer when the parent is gone."""
        with self._turn:
            try:
                self._lines.write(json.dumps(request) + "\n")
                self._lines.flush()
                line = self._lines.readline()
            except (OSError, ValueError):
                return {}
        return dict(json.loads(line)) if line else {}

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def fork(self, address: str, *, cwd: str, environment: Mapping[str, str]) -> ForkedProcess:
        """A new process that runs the cells it is sent from `address`; ReportFailed when the parent is gone."""
        answer = self.ask({"fork": address, "cwd": cwd, "environment": dict(environment)})
        if "pid" not in answer:
            raise ReportFailed(
                "the warm parent of notebooks is gone (killed, or out of memory)", hint="fewer --workers"
            )
        return ForkedProcess(self, int(answer["pid"]))

    def close(self) -> None:
        """End the parent and with it every process it forked."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # a close alone waits for the file made over it
        self._socket.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)
        if self.alive:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()


def _serve(descriptor: int) -> None:
    """The warm parent's life: import, rehearse, then fork on request until the other end closes (its owner ended)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in PRELOADED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    link = socket.socket(fileno=descriptor)
    lines = link.makefile("rw", encoding="utf-8")
    for line in lines:
        request = json.loads(line)
        if "rehearse" in request:
            answer: dict[str, Any] = {"ready": True, "note": _rehearse(**request["rehearse"])}
            shell = prepare()  # after the rehearsal, which thus shows nothing in it
            gc.collect()
            gc.freeze()  # a collection in a child would touch, hence copy, every page of what it shares
        elif "poll" in request:
            answer = {"status": _status(request["poll"])}
        else:
            owner = os.getpid()
            pid = os.fork()
            if pid == 0:
                link.close()
                _run_cells(shell, owner, request["fork"], request["cwd"], request["environment"])
            answer = {"pid": pid}
        lines.write(json.dumps(answer) + "\n")
        lines.flush()
    os._exit(0)


def _status(pid: int) -> int | None:
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return -9
    return os.waitstatus_to_exitcode(status) if ended else None


def _rehearse(
    notebook: str | None = None, cwd: str = ".", parameters: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:  # fmt: skip
    """Run a notebook's cells once, plainly, for the caches they fill; what they say or raise does not matter here."""
    if notebook is None:
        return ""
    os.environ.update(environment or {})
    os.chdir(cwd)
    namespace: dict[str, Any] = {"__name__": "rehearsal", "display": lambda *_things, **_options: None}
    try:
        cells = json.loads(Path(notebook).read_text("utf-8"))["cells"]
        for cell in cells:
            if cell["cell_type"] == "code":
                exec(compile("".join(cell["source"]), "<rehearsal>", "exec"), namespace)
                if "parameters" in cell["metadata"].get("tags", []):
                    namespace.update(parameters or {})
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _run_cells(shell: Any, owner: int, address: str, cwd: str, environment: Mapping[str, str]) -> None:
    """In the child: own session, own environment, then the cells it is sent until there are no more."""
    code = 1
    try:
        os.setsid()
        _die_with_parent(owner)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(environment)
        gc.disable()  # it lives a few seconds
        serve(shell, address)
        code = 0
    finally:
        os._exit(code)


def _die_with_parent(parent: int) -> None:
    """On Linux, be killed when the parent process ends, however it ends, even before this call."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def main(arguments: Sequence[str]) -> None:
    """Entry point of the warm parent: the number of the socket it serves."""
    _serve(int(arguments[0]))


if __name__ == "__main__":
    main(sys.argv[1:])
