"""Which papermill engine runs the notebooks of a batch? One whose cells run in the process that makes the report.

`forked` is a papermill engine like any other: papermill injects the parameters and raises the error of a cell. Only the
process differs: the cells are run by IPython (shell.py) in the process that then writes the page, itself forked from a warm
parent (warm.py) for this one report, so that nothing passes from one report to the next; the parent makes one report itself,
before any that it warms. A batch and a Dask worker have each one warm parent (`Forks`), shared by their threads.

Reference: papermill documentation, "Extending papermill through custom engines".
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import nbformat
from papermill.engines import Engine, NBClientEngine, papermill_engines

from cls_analysis.publishing.kernels import OwnKernelManager, kernel_environment
from cls_analysis.publishing.shell import run_cell, shell
from cls_analysis.publishing.warm import ProcessDied, WarmParent

FORKED = "forked"
CAN_FORK = hasattr(os, "fork")


class Forks:
    """Fresh processes for the reports of this process, forked from a warm parent that is started when needed, again if it died.

    The first calls may be warming ones: one is run in the parent itself, while others wait, all but `ahead`, which begin before it
    in processes that are still cold.
    """

    def __init__(self, *, ahead: int = 0) -> None:
        self._parent: WarmParent | None = None
        self._closed = False
        self._ahead, self._begun = ahead, 0
        self._turn, self._warming = threading.Lock(), threading.Lock()

    def start(self) -> None:
        """Have the warm parent start now, without waiting for it, where processes can be forked."""
        if CAN_FORK:
            self._current()

    def parent(self) -> WarmParent:
        """The warm parent, once no call is warming it; ProcessDied once these forks are closed."""
        with self._warming:
            return self._current()

    def _current(self) -> WarmParent:
        with self._turn:
            if self._closed:
                raise ProcessDied
            if self._parent is not None and not self._parent.alive:
                self._parent.close()
                self._parent = None
            if self._parent is None:
                self._parent = WarmParent(environment=_environment())
            return self._parent

    def run(
        self,
        function: Callable[..., Any],
        *arguments: Any,
        timeout: float | None = None,
        warming: bool = False,
    ) -> Any:
        """What `function(*arguments)` returns, or raises, in a fresh process or in one that ran nothing before; see `WarmParent.run`.

        The first call that is `warming` (after those ahead) is run in the parent: what it reads and prepares, all others find.
        If it hangs or dies, the parent is replaced, as it would be without it.
        """
        with self._warming if warming else contextlib.nullcontext():
            before, self._begun = self._begun, self._begun + warming
            parent = self._current() if warming else self.parent()
            parent.wait()
            if warming and before == self._ahead:
                return parent.warm(function, *arguments, timeout=timeout)
            begun = parent.begin(function, *arguments, environment=_environment())
        return begun.answer(timeout)

    def close(self) -> None:
        """End the warm parent and every report in the making, for good."""
        with self._turn:
            self._closed = True
            if self._parent is not None:
                self._parent.close()


def _environment() -> dict[str, str]:
    """The variables of every report, in the parent or out of it: two threads for each of two reports would wait for each other."""
    return kernel_environment(Path(os.devnull)) | {"OMP_NUM_THREADS": "1"}


_OWN: dict[int, Forks] = {}


def forks_of(process: int) -> Forks:
    """The forks of a process that others send reports to (a Dask worker, by its number), ended with it; made at the first call."""
    if process not in _OWN:
        _OWN.clear()  # those of a process that forked this one are not ours
        _OWN[process] = Forks()
        atexit.register(_OWN[process].close)
    return _OWN[process]


class ForkedEngine(Engine):
    """Papermill's engine whose cells run in this process, which is a fresh one.

    Papermill copies, validates and writes the executed notebook as indented JSON even where no file is asked for, which takes
    longer than the page, and parses the clock of each cell. Without a file, a notebook whose cells succeed is kept aside, its
    cells not clocked, and papermill is given an empty one in its place: `executed_notebook` exchanges them.
    """

    kept: ClassVar[list[nbformat.NotebookNode]] = []

    @classmethod
    def execute_notebook(cls, nb: nbformat.NotebookNode, *arguments: Any, **options: Any) -> nbformat.NotebookNode:
        """Run the cells; the executed notebook, or an empty one if no file is to be written and no cell failed."""
        cls.kept.clear()
        executed = super().execute_notebook(nb, *arguments, **options)
        if _has_file(executed) or executed.metadata.papermill.exception:
            return executed
        cls.kept.append(executed)
        return nbformat.v4.new_notebook()

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        kernel_manager_class: type[OwnKernelManager] = OwnKernelManager,
        cwd: str | None = None,
        **_options: Any,
    ) -> None:
        """Run the cells of `nb_man.nb` until one fails. The caller bounds their time."""
        del kernel_name
        os.environ.update(kernel_manager_class.extra_environment)
        if cwd:
            os.chdir(cwd)
        clocked = _has_file(nb_man.nb)
        with shell() as own:
            for index, cell in enumerate(nb_man.nb.cells):
                if clocked:
                    nb_man.cell_start(cell, index)
                try:
                    if cell.cell_type == "code" and cell.source.strip():
                        ran = run_cell(own, cell.source)
                        cell.execution_count = ran.count
                        as_node = nbformat.from_dict if clocked or ran.failed else nbformat.NotebookNode
                        cell.outputs = [as_node(output) for output in ran.outputs]
                        if ran.failed:
                            nb_man.cell_exception(cell, cell_index=index)
                            return
                finally:
                    if clocked or nb_man.pbar:
                        nb_man.cell_complete(cell, cell_index=index)


def _has_file(notebook: nbformat.NotebookNode) -> bool:
    """Whether papermill is to write this notebook to a file."""
    return bool(notebook.metadata.papermill.get("output_path"))


def executed_notebook(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook that the engine kept aside, if it did, in the place of the one that papermill returned."""
    return ForkedEngine.kept.pop() if ForkedEngine.kept else notebook


papermill_engines.register(FORKED, ForkedEngine if CAN_FORK else NBClientEngine)
