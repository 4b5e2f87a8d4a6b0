"""Which papermill engine runs the notebooks of a batch? One whose cells run in the process that makes the report.

`forked` is a papermill engine like any other: papermill injects the parameters, keeps the clock of each cell and raises the
error of a cell. Only the process differs: the cells are run by IPython (shell.py) in the process that then writes the page,
itself forked from a warm parent (warm.py) for this one report, so that nothing passes from one report to the next. A batch
and a Dask worker have each one warm parent (`Forks`), shared by their threads.

Reference: papermill documentation, "Extending papermill through custom engines".
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import nbformat
from papermill.engines import Engine, NBClientEngine, papermill_engines

from cls_analysis.errors import ReportFailed
from cls_analysis.publishing.kernels import OwnKernelManager, kernel_environment
from cls_analysis.publishing.shell import run_cell, shell
from cls_analysis.publishing.warm import START_SECONDS, Call, ProcessDied, WarmParent

FORKED = "forked"
CAN_FORK = hasattr(os, "fork")


class Forks:
    """Fresh processes for the reports of this process: a warm parent, started when needed, again if it died."""

    def __init__(self, rehearsal: Call | None = None, *, patience: float = START_SECONDS) -> None:
        self._rehearsal, self._patience = rehearsal, patience
        self._parent: WarmParent | None = None
        self._closed = False
        self._turn = threading.Lock()

    def parent(self) -> WarmParent:
        """The warm parent; ProcessDied once these forks are closed."""
        with self._turn:
            if self._closed:
                raise ProcessDied
            if self._parent is None or not self._parent.alive:
                self._parent = self._started()
            return self._parent

    def _started(self) -> WarmParent:
        environment = kernel_environment(Path(os.devnull)) | {"OMP_NUM_THREADS": "1"}
        if self._rehearsal is not None:
            with contextlib.suppress(ReportFailed):  # what hangs or kills its process is for the report itself to say
                return WarmParent(environment=environment, rehearsal=self._rehearsal, patience=self._patience)
        self._rehearsal = None
        return WarmParent(environment=environment)

    def run(
        self,
        function: Callable[..., Any],
        *arguments: Any,
        timeout: float | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Any:
        """What `function(*arguments)` returns, or raises, in a fresh process; see `WarmParent.run`."""
        variables = kernel_environment(Path(os.devnull), environment)
        return self.parent().run(function, *arguments, timeout=timeout, environment=variables)

    def close(self) -> None:
        """End the warm parent and every report in the making, for good."""
        with self._turn:
            self._closed = True
            if self._parent is not None:
                self._parent.close()


_OWN: dict[int, Forks] = {}


def forks_of(process: int, rehearsal: Callable[..., Any] | None, *arguments: Any) -> Forks:
    """The forks of a process that others send reports to (a Dask worker, by its number), ended with it; made at the first call,
    with this rehearsal if there is one."""
    if process not in _OWN:
        _OWN.clear()  # those of a process that forked this one are not ours
        _OWN[process] = Forks(None if rehearsal is None else (rehearsal, arguments))
        atexit.register(_OWN[process].close)
    return _OWN[process]


class ForkedEngine(Engine):
    """Papermill's engine whose cells run in this process, which is a fresh one.

    Papermill copies and writes the executed notebook as indented JSON even where no file is asked for, which takes longer than
    the page. Without a file, the outputs of cells that succeed are kept aside until `with_outputs` puts them in.
    """

    kept: ClassVar[dict[int, list[Any]]] = {}

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
        cls.kept.clear()
        os.environ.update(kernel_manager_class.extra_environment)
        if cwd:
            os.chdir(cwd)
        with shell() as own:
            for index, cell in enumerate(nb_man.nb.cells):
                nb_man.cell_start(cell, index)
                try:
                    if cell.cell_type == "code" and cell.source.strip():
                        ran = run_cell(own, cell.source)
                        cell.execution_count = ran.count
                        if ran.failed or nb_man.output_path:
                            cell.outputs = [nbformat.from_dict(output) for output in ran.outputs]
                        else:
                            cls.kept[index] = [nbformat.NotebookNode(output) for output in ran.outputs]
                        if ran.failed:
                            nb_man.cell_exception(cell, cell_index=index)
                            return
                finally:
                    nb_man.cell_complete(cell, cell_index=index)


def with_outputs(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook that papermill returned, its cells given the outputs that the engine kept aside."""
    for index, outputs in ForkedEngine.kept.items():
        notebook.cells[index].outputs = outputs
    ForkedEngine.kept.clear()
    return notebook


papermill_engines.register(FORKED, ForkedEngine if CAN_FORK else NBClientEngine)
