"""How are a notebook's cells run without a kernel, its five sockets and its threads? By IPython itself, in this very process.

`run_cell` runs one cell with IPython's own shell and returns its outputs as a notebook holds them (streams, displays,
result, error): those of a Jupyter kernel. What only a live notebook has (widgets, input) is not there. A process has one
shell, which `fresh` replaces by one that has never run a cell.

Reference: IPython, `InteractiveShell.run_cell`; nbformat, "Cell types, code cell outputs".
"""

from __future__ import annotations

import io
import json
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

Outputs = list[dict[str, Any]]
_UNCHANGED = frozenset({str, int, float, bool, type(None)})  # what JSON gives back as it was
_NESTED = frozenset({dict, list, tuple})


@dataclass(frozen=True)
class CellRun:
    """What one cell did: its outputs, its number, and whether it failed."""

    outputs: Outputs
    count: int
    failed: bool


def fresh() -> Any:
    """A shell that has never run a cell, in the place of the one this process had."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.inputtransformer2 import TransformerManager
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets import Type
    from traitlets.config import Config

    InteractiveShell.clear_instance()
    outputs: Outputs = []

    class Result(DisplayHook):
        """The value of a cell's last line becomes an output."""

        semicolon_at_end_of_expression = staticmethod(_silenced)

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

        def should_run_async(self, raw_cell: str, **known: Any) -> bool:
            source, wrong = known.get("transformed_cell"), known.get("preprocessing_exc_tuple")
            told_by_source = self.autoawait and source is not None and wrong is None
            return _awaits(source) if told_by_source else super().should_run_async(raw_cell, **known)

        def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
            outputs.append(
                {"output_type": "error", "ename": etype.__name__, "evalue": str(evalue), "traceback": list(stb)}
            )

    usual = vars(TransformerManager())  # of one that no notebook can reach

    class Rewriting(TransformerManager):
        """IPython's own rewriting of a cell, remembered as long as nobody adds to it."""

        def transform_cell(self, cell: str) -> str:
            return _rewritten(cell) if vars(self) == usual else super().transform_cell(cell)

    config = Config({"HistoryManager": {"enabled": False}, "Shell": {"colors": "NoColor"}})
    own = Shell.instance(config=config)
    own.input_transformer_manager = Rewriting()
    return own


@lru_cache(maxsize=1000)
def _rewritten(source: str) -> str:
    """The Python that IPython makes of a cell. Forked reports share what their parent remembers: most of their cells are the same."""
    from IPython.core.inputtransformer2 import TransformerManager

    return str(TransformerManager().transform_cell(source))


@lru_cache(maxsize=1000)
def _silenced(source: str) -> bool:
    """Whether a cell ends with `;`, which hides its value."""
    from IPython.core.displayhook import DisplayHook

    return bool(DisplayHook.semicolon_at_end_of_expression(source))


@lru_cache(maxsize=1000)
def _awaits(source: str) -> bool:
    """Whether a cell awaits something outside any function. What its compiler warns of is said when the cell is run."""
    from IPython.core.async_helpers import _should_be_async

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bool(_should_be_async(source))


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


@contextmanager
def shell() -> Iterator[Any]:
    """This process's shell, made if there is none, which keeps what cells print for as long as the block lasts."""
    from IPython.core.interactiveshell import InteractiveShell

    own: Any = InteractiveShell.instance() if InteractiveShell.initialized() else fresh()
    before = sys.stdout, sys.stderr, warnings.showwarning
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    sys.stdout, sys.stderr = (_Stream(name, own.kept_outputs) for name in ("stdout", "stderr"))
    warnings.showwarning = _warned
    try:
        yield own
    finally:
        sys.stdout, sys.stderr, warnings.showwarning = before


def run_cell(own: Any, source: str) -> CellRun:
    """Run one cell in the shell."""
    outputs: Outputs = own.kept_outputs
    outputs.clear()
    result = own.run_cell(source, store_history=True)
    return CellRun(as_sent(outputs), own.execution_count - 1, not result.success)


def as_sent(value: Any) -> Any:
    """A copy of an output as it comes out of a kernel, which sends it as JSON. Only what JSON would change is written and read.

    >>> as_sent({"text/html": "<p>", "rows": (("a", 1.5, None), ("b", 2, True))})
    {'text/html': '<p>', 'rows': [['a', 1.5, None], ['b', 2, True]]}
    """
    kind = type(value)
    if kind in _UNCHANGED:
        return value
    if kind in _NESTED and (kind is not dict or {str}.issuperset(map(type, value))):
        kinds = set(map(type, value.values() if kind is dict else value))
        if kinds <= _UNCHANGED:
            return dict(value) if kind is dict else list(value)
        if kinds & _NESTED:
            return {key: as_sent(item) for key, item in value.items()} if kind is dict else list(map(as_sent, value))
    from jupyter_client.jsonutil import json_default

    return json.loads(json.dumps(value, ensure_ascii=False, default=json_default))


def _warned(message: Any, category: Any, filename: str, lineno: int, file: Any = None, line: Any = None) -> None:
    print(warnings.formatwarning(message, category, filename, lineno, line), file=file or sys.stderr, end="")
