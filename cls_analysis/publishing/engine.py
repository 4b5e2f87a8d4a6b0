"""Which papermill engine runs the notebooks of a batch? One whose cells run in a process forked from a warm parent.

`forked` is a papermill engine like any other: papermill injects the parameters, keeps the clock of each cell and raises the
error of a cell. Only the process differs: it is forked (warm.py) and talks over one local socket (shell.py) instead of being
a Jupyter kernel. A worker has one warm parent, started at its first notebook; each notebook has a process of its own, so
nothing passes from one to the next. Where processes cannot be forked, the engine is papermill's plain one.

Reference: papermill documentation, "Extending papermill through custom engines".
"""

from __future__ import annotations

import atexit
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.engines import Engine, NBClientEngine, papermill_engines

from cls_analysis.publishing.kernels import OwnKernelManager, kernel_environment
from cls_analysis.publishing.shell import CellTooLong, ProcessDied, listening, run_cell
from cls_analysis.publishing.warm import WarmParent

FORKED = "forked"


class _Own:
    """What this process has: one warm parent, and what that parent rehearses when it starts."""

    parent: WarmParent | None = None
    owner: int | None = None
    rehearsal: Mapping[str, Any] | None = None


def warm_parent() -> WarmParent:
    """This process's warm parent, started (again, if it died) when needed."""
    if _Own.parent is None or _Own.owner != os.getpid() or not _Own.parent.alive:
        rehearsal = _Own.rehearsal or {}
        environment = kernel_environment(Path(os.devnull)) | dict(rehearsal.get("environment", {}))
        _Own.parent, _Own.owner = WarmParent(environment=environment, rehearsal=rehearsal), os.getpid()
        atexit.register(_Own.parent.close)
    return _Own.parent


class ForkedEngine(Engine):
    """Papermill's engine whose cells run in a forked process."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        timeout_func: Callable[[Any], int] | None = None,
        kernel_manager_class: type[OwnKernelManager] = OwnKernelManager,
        cwd: str | None = None,
        **_options: Any,
    ) -> None:
        """Run the cells of `nb_man.nb` until one fails; CellTimeoutError, DeadKernelError as nbclient raises them."""
        del kernel_name
        parent = warm_parent()
        with tempfile.TemporaryDirectory(prefix="cls-") as name, listening(f"{name}/s") as door:
            process = parent.fork(
                f"{name}/s",
                cwd=cwd or str(Path.cwd()),
                environment=kernel_environment(Path(name), kernel_manager_class.extra_environment),
            )
            try:
                _run(nb_man, door, timeout_func or (lambda _cell: 10**6))
            finally:
                process.end()


def _run(nb_man: Any, door: Any, seconds: Callable[[Any], int]) -> None:
    door.settimeout(60.0)
    try:
        link, _ = door.accept()
    except TimeoutError:
        raise DeadKernelError("the forked process did not answer") from None
    with link, link.makefile("rw", encoding="utf-8") as lines:
        for index, cell in enumerate(nb_man.nb.cells):
            nb_man.cell_start(cell, index)
            try:
                if cell.cell_type == "code" and cell.source.strip():
                    answer = run_cell(link, lines, cell.source, seconds=seconds(cell))
                    cell.outputs = [nbformat.from_dict(output) for output in answer["outputs"]]
                    cell.execution_count = answer["count"]
                    if answer["failed"]:
                        nb_man.cell_exception(cell, cell_index=index)
                        return
            except CellTooLong:
                raise CellTimeoutError(f"cell {index + 1} had not finished") from None
            except ProcessDied:
                raise DeadKernelError("the forked process died") from None
            finally:
                nb_man.cell_complete(cell, cell_index=index)


def register(rehearsal: Mapping[str, Any] | None = None) -> None:
    """Make the engine known to papermill in this process under the name `forked`.

    `rehearsal` (notebook, cwd, parameters, environment) is run once in the warm parent when it starts.
    """
    papermill_engines.register(FORKED, ForkedEngine if hasattr(os, "fork") else NBClientEngine)
    if rehearsal is not None:
        _Own.rehearsal = rehearsal
