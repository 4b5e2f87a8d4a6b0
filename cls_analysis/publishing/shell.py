"""How are a notebook's cells run without a kernel's five sockets and threads? By IPython itself, in a forked process.

`serve` is the life of that process: it connects to a Unix socket, runs each cell it is sent with IPython's own shell, and
answers with the cell's outputs as a notebook holds them (streams, displays, result, error). `run_cell` is the other end.
The same cells give the same outputs as a Jupyter kernel; what only a live notebook has (widgets, input) is not there.

Reference: IPython, `InteractiveShell.run_cell`; nbformat, "Cell types, code cell outputs".
"""

from __future__ import annotations

import io
import json
import os
import socket
import sys
import warnings
from typing import Any, TextIO

from cls_analysis.errors import ReportFailed

Outputs = list[dict[str, Any]]


class CellTooLong(Exception):
    """The cell had not finished when its time was over."""


class ProcessDied(Exception):
    """The process that ran the cells is gone."""


def run_cell(link: socket.socket, lines: TextIO, source: str, *, seconds: float) -> dict[str, Any]:
    """Run one cell at the other end: its `outputs`, its `count`, and whether it `failed`. CellTooLong, ProcessDied."""
    link.settimeout(seconds)
    try:
        lines.write(json.dumps({"source": source}) + "\n")
        lines.flush()
        answer = lines.readline()
    except TimeoutError:
        raise CellTooLong from None
    except OSError as error:
        raise ProcessDied from error
    if not answer.endswith("\n"):
        raise ProcessDied
    return dict(json.loads(answer))


def prepare() -> Any:
    """IPython's shell, made once before the fork, that has never run a cell."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets import Type
    from traitlets.config import Config

    outputs: Outputs = []

    class Result(DisplayHook):
        """The value of a cell's last line becomes an output."""

        def write_output_prompt(self) -> None:
            """Nothing is printed."""

        def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
            outputs.append(
                {
                    "output_type": "execute_result", "data": dict(format_dict), "metadata": md_dict or {},
                    "execution_count": self.prompt_count,
                }
            )  # fmt: skip

    class Displays(DisplayPublisher):
        """What a cell displays becomes an output."""

        def publish(self, data: Any, metadata: Any = None, source: Any = None, **_options: Any) -> None:
            del source
            outputs.append({"output_type": "display_data", "data": dict(data), "metadata": metadata or {}})

        def clear_output(self, wait: bool = False) -> None:
            del wait
            outputs.clear()

    class Shell(InteractiveShell):
        """IPython's shell whose outputs are kept."""

        displayhook_class = Type(Result)
        display_pub_class = Type(Displays)
        kept_outputs = outputs

        def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
            outputs.append(
                {"output_type": "error", "ename": etype.__name__, "evalue": str(evalue), "traceback": list(stb)}
            )

    config = Config({"HistoryManager": {"enabled": False}, "Shell": {"colors": "NoColor"}})
    return Shell.instance(config=config)


class _Stream(io.TextIOBase):
    """Standard output or error of a cell, kept among its outputs in order."""

    def __init__(self, name: str, outputs: Outputs) -> None:
        self._name, self._outputs = name, outputs

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        last = self._outputs[-1] if self._outputs else {}
        if last.get("name") == self._name:
            last["text"] += text
        elif text:
            self._outputs.append({"output_type": "stream", "name": self._name, "text": text})
        return len(text)


def serve(shell: Any, address: str) -> None:
    """Run the cells sent to `address` until the other end closes."""
    from jupyter_client.jsonutil import json_default

    outputs: Outputs = shell.kept_outputs
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    sys.stdout, sys.stderr = _Stream("stdout", outputs), _Stream("stderr", outputs)
    warnings.showwarning = _warned
    link = socket.socket(socket.AF_UNIX)
    link.connect(address)
    lines = link.makefile("rw", encoding="utf-8")
    outputs.clear()
    for line in lines:
        result = shell.run_cell(json.loads(line)["source"], store_history=True)
        answer = {"outputs": outputs, "count": shell.execution_count - 1, "failed": not result.success}
        lines.write(json.dumps(answer, ensure_ascii=False, default=json_default) + "\n")
        lines.flush()
        outputs.clear()


def _warned(message: Any, category: Any, filename: str, lineno: int, file: Any = None, line: Any = None) -> None:
    print(warnings.formatwarning(message, category, filename, lineno, line), file=file or sys.stderr, end="")


def listening(path: str) -> socket.socket:
    """A socket that one process may connect to."""
    try:
        door = socket.socket(socket.AF_UNIX)
        door.bind(path)
        door.listen(1)
    except OSError as error:
        raise ReportFailed(f"no local socket can be made in the temporary folder: {error}", hint="TMPDIR") from error
    return door
