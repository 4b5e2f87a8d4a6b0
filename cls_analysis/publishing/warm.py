"""How does a report start in a hundredth of a second? Its process is forked from a parent that has already imported everything.

`serve` is the life of that parent. It imports the libraries of a report, may make one report itself (so that tables, contours,
templates and fonts are read once, and for all), then waits on a socket: each request forks a child
that runs one function with a state of its own, in its own session, answers, and dies; also with its parent. The parent
has no thread, event loop or ZeroMQ socket when it forks, so nothing of the kind is copied. `WarmParent` is its client, for
any number of threads.

Reference: os.fork; multiprocessing.connection; prctl(2), PR_SET_PDEATHSIG; Android's zygote for the idea.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection, Pipe
from multiprocessing.reduction import recv_handle, send_handle
from pathlib import Path
from typing import Any

from cls_analysis.errors import ClsError, ReportFailed
from cls_analysis.publishing import memory, shell

PRELOADED = (
    "IPython.core.interactiveshell", "jupyter_client.jsonutil", "cls_analysis.diagnostic",
    "cls_analysis.publishing.engine", "cls_analysis.publishing.making", "cls_analysis.publishing.workbook",
)  # fmt: skip
START_SECONDS = 900.0
MANY = 20  # forks after which it pays to gather the memory, which takes as long as twenty of them gain
_PR_SET_PDEATHSIG = 1


class TookTooLong(Exception):
    """The function had not finished when its time was over: its process was killed."""


class ProcessDied(Exception):
    """The process that ran the function is gone without an answer (killed, or out of memory)."""


class Forked:
    """A process that runs one function, until its answer is asked for."""

    def __init__(self, link: Connection, end: Callable[[bool], Any]) -> None:
        self._link, self._end = link, end

    def answer(self, timeout: float | None) -> Any:
        """What the function returns, or raises; TookTooLong and ProcessDied as `WarmParent.run` says.

        A process that has answered is not waited for: giving back its memory takes a while. One that has not is gone.
        """
        answered = False
        try:
            with self._link:
                if not self._link.poll(timeout):
                    raise TookTooLong
                told = self._link.recv()
                answered = True
        except (EOFError, OSError):
            raise ProcessDied from None
        finally:
            self._end(answered)
        return _given(*told)


class WarmParent:
    """A warm parent of this process, ended with it; it starts while its owner goes on, and each call waits until it can."""

    def __init__(self, *, environment: Mapping[str, str]) -> None:
        self._turn = threading.Lock()
        self._started = self._deaf = False
        self._folder = tempfile.TemporaryDirectory(prefix="cls-warm-", ignore_cleanup_errors=True)
        self._link, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", f"from {__name__} import serve; serve({theirs.fileno()})"],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**environment, **self._private()},
                start_new_session=True,
            )

    def wait(self, patience: float = START_SECONDS) -> None:
        """Until it has started; ReportFailed, and it is closed, when it has not after `patience` seconds."""
        if self._started:
            return
        try:
            self._started = self._told("ready", None, patience)
        except (ProcessDied, TookTooLong):
            self.close()
            raise ReportFailed(
                "the warm parent of reports did not start", hint="cls-analysis report TERRITORY"
            ) from None

    def warm(self, function: Callable[..., Any], *arguments: Any, timeout: float | None = None) -> Any:
        """What `function(*arguments)` returns, or raises, run in the parent itself: what it read and prepared, later calls find.

        Other calls wait until it ends: one to begin, and one that has ended or run out of time to be buried. Raises as `run` does; after TookTooLong or ProcessDied this parent is closed.
        """
        try:
            told = self._told("warm", (function, arguments), timeout)
        except (ProcessDied, TookTooLong):
            self.close()
            raise
        return _given(*told)

    def _told(self, what: str, detail: Any, timeout: float | None) -> Any:
        """The answer to a request that may take long."""
        with self._turn:
            try:
                self._link.send((what, detail))
                if not self._link.poll(timeout):
                    raise TookTooLong
                return self._link.recv()
            except (EOFError, OSError):
                self._deaf = True
                raise ProcessDied from None

    @property
    def alive(self) -> bool:
        """Whether it still runs; one that no longer hears is about to end, which may take it a while."""
        return not self._deaf and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid

    def run(
        self,
        function: Callable[..., Any],
        *arguments: Any,
        timeout: float | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Any:
        """What `function(*arguments)` returns, or raises, in a process of its own; all of it can be pickled.

        `environment` (default: ours) is the whole of its variables. Raises TookTooLong after `timeout` seconds, when it
        and whatever it started are killed, and ProcessDied when it is gone without an answer.
        """
        return self.begin(function, *arguments, environment=environment).answer(timeout)

    def begin(
        self, function: Callable[..., Any], *arguments: Any, environment: Mapping[str, str] | None = None
    ) -> Forked:
        """The same process, begun; ProcessDied when the parent is gone."""
        ours, theirs = Pipe()
        with theirs:
            pid = self._ask("fork", descriptor=theirs.fileno())
        if pid is None:
            ours.close()
            raise ProcessDied
        variables = {**(os.environ if environment is None else environment), **self._private()}
        with contextlib.suppress(OSError):  # it died at once: the answer will say so
            ours.send((function, arguments, variables))
        return Forked(ours, lambda answered: self._ask("leave" if answered else "end", pid))

    def _private(self) -> dict[str, str]:
        """Variables that keep what is left by a killed process in a folder that ends with the parent."""
        return {"IPYTHONDIR": self._folder.name, "TMPDIR": self._folder.name}

    def _ask(self, what: str, detail: Any = None, *, descriptor: int | None = None) -> Any:
        """One request, one answer; None when the parent is gone."""
        with self._turn:
            try:
                self._link.send((what, detail))
                if descriptor is not None:
                    send_handle(self._link, descriptor, self.pid)
                return self._link.recv()
            except (EOFError, OSError):
                self._deaf = True
                return None

    def close(self) -> None:
        """End the parent and with it every process it forked; who waits for an answer in another thread gets none."""
        self._process.kill()
        self._process.wait()
        with self._turn:
            self._link.close()
        self._folder.cleanup()


def serve(descriptor: int) -> None:
    """The warm parent's life: import, then answer requests until the other end closes (its owner ended)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    owner = os.getppid()
    for name in PRELOADED:
        importlib.import_module(name)
    _settle()
    link, leaving, forks = Connection(descriptor), set[int](), 0
    while True:
        try:
            what, detail = link.recv()
            leaving -= {pid for pid in leaving if os.waitpid(pid, os.WNOHANG)[0]}
            if what == "ready":
                answer: Any = True
            elif what == "warm":
                answer = _warmed(owner, *detail)
            elif what == "leave":
                _kill(detail)
                leaving.add(detail)
                answer = True
            elif what == "end":
                _kill(detail)
                answer = os.waitpid(detail, 0)[0] == detail
            else:
                answer = _forked(link)
                forks += 1
            link.send(answer)
            if what == "fork" and forks == MANY:
                memory.gather()
        except (EOFError, OSError):
            os._exit(0)


def _warmed(owner: int, function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[bool, Any]:
    """Run a function here, for its answer and for what it leaves read; its variables, folder and path do not stay.

    Meanwhile a thread looks whether the owner still is: nobody reads the link that would tell.
    """
    environment, folder, path, over = dict(os.environ), Path.cwd(), list(sys.path), threading.Event()
    watching = threading.Thread(target=_end_without, args=(owner, over), daemon=True)
    watching.start()
    try:
        return _answer(function, arguments)
    finally:
        over.set()
        watching.join()
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        sys.path[:] = path
        _settle()


def _end_without(owner: int, over: threading.Event) -> None:
    while not over.wait(0.5):
        if os.getppid() != owner:
            os._exit(1)


def _settle() -> None:
    """A shell that has never run a cell, and a memory that is small and that collections in a child do not touch (hence copy)."""
    shell.fresh()
    gc.collect()
    gc.freeze()
    memory.give_back()


def _forked(link: Connection) -> int:
    descriptor, owner = recv_handle(link), os.getpid()
    pid = os.fork()
    if pid == 0:
        link.close()
        _live(owner, descriptor)
    os.close(descriptor)
    return pid


def _kill(pid: int) -> None:
    """Kill a child and whatever it started; it was not buried before, so no other process can have its number."""
    for kill in (os.kill, os.killpg):  # it may not have had a session of its own yet
        with contextlib.suppress(ProcessLookupError):
            kill(pid, signal.SIGKILL)


def _live(owner: int, descriptor: int) -> None:
    """In the child: own session, own environment, one function, its answer."""
    code = 1
    try:
        os.setsid()
        _die_with_parent(owner)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        gc.disable()  # it lives a few seconds
        with Connection(descriptor) as link:
            function, arguments, environment = link.recv()
            os.environ.clear()
            os.environ.update(environment)
            link.send(_answer(function, arguments))
        code = 0
    finally:
        os._exit(code)


def _given(done: bool, answer: Any) -> Any:
    """At the owner's end: what `_answer` says was returned, or raised."""
    if done:
        return answer
    raise answer


def _answer(function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[bool, Any]:
    try:
        return True, function(*arguments)
    except ClsError as error:  # raised again at the other end
        return False, error
    except Exception as error:  # of a kind that the other end may not know how to make again
        return False, RuntimeError(f"{type(error).__name__}: {error}")


def _die_with_parent(parent: int) -> None:
    """On Linux, be killed when the parent process ends, however it ends, even before this call."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
