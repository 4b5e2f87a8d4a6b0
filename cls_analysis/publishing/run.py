"""How does a notebook become an executed notebook? With papermill, strictly.

Papermill only warns when it is given a parameter that the notebook does not declare, and reports an error
in a cell as a long traceback. Here an unknown parameter is an error before anything runs, a failing cell is
one `ReportFailed` that names the cell and repeats the message meant for the user, and one clock bounds the
whole notebook rather than each cell.

Reference: papermill documentation, "Parameterize" and "Execute"; nbclient, `NotebookClient.timeout_func`.
"""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError
from papermill.translators import PythonTranslator

from cls_analysis import errors
from cls_analysis.errors import DataMissing, InvalidInput, ReportFailed
from cls_analysis.publishing.engine import FORKED, executed_notebook
from cls_analysis.publishing.kernels import KERNEL_NAME, manager_class
from cls_analysis.unchanged import once_per_file

DEFAULT_TIMEOUT = 900.0
START_TIMEOUT = 120

_USER_ERRORS = {
    name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.ClsError)
}


def declared_parameters(notebook: Path) -> dict[str, str]:
    """Name -> default (as source text) of each parameter in the notebook's cell tagged `parameters`.

    Raises DataMissing when the file is not there, InvalidInput when it is not a notebook or has no such cell.
    """
    if not notebook.is_file():
        raise DataMissing(f"notebook {notebook.name} is not in {notebook.parent}", hint="git status notebooks/")
    return dict(_declared(notebook))


@once_per_file(16)
def _declared(notebook: Path) -> Mapping[str, str]:
    try:
        cells = nbformat.read(notebook, as_version=4).cells
        tagged = [cell for cell in cells if "parameters" in cell.metadata.get("tags", [])]
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, AttributeError) as error:
        raise InvalidInput(f"{notebook.name} is not a readable notebook: {error}") from error
    if not tagged:
        raise InvalidInput(
            f"{notebook.name} has no cell tagged 'parameters'",
            hint="tag the cell that gives territory its default value",
        )
    return {found.name: str(found.default) for found in PythonTranslator.inspect(tagged[0])}


def check_parameters(notebook: Path, parameters: Mapping[str, Any]) -> None:
    """Raise InvalidInput listing every given parameter that the notebook does not declare."""
    declared = declared_parameters(notebook)
    problems = []
    for name in parameters:
        if name not in declared:
            near = difflib.get_close_matches(name, declared, n=1)
            meant = f" (did you mean {near[0]!r}?)" if near else ""
            problems.append(f"{notebook.name} has no parameter {name!r}{meant}")
    if problems:
        raise InvalidInput(problems, hint=f"parameters of {notebook.name}: {', '.join(declared) or 'none'}")


def run_notebook(
    notebook: Path,
    parameters: Mapping[str, Any],
    *,
    output: Path | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    cwd: Path | None = None,
    engine: str | None = None,
    environment: Mapping[str, str] | None = None,
    progress: bool = False,
) -> nbformat.NotebookNode:
    """Execute `notebook` with `parameters` through papermill; return the executed notebook.

    `output` keeps the executed notebook (also when a cell fails); `timeout` is in seconds for the whole
    notebook; `cwd` is the working folder of the cells (default: the notebook's own folder); `engine` names a
    papermill engine, None being a fresh kernel of this interpreter; `environment` adds variables to the kernel's.

    Raises InvalidInput (unknown parameter), DataMissing (no such notebook), ReportFailed (a cell failed,
    took too long, or the kernel died).
    """
    check_parameters(notebook, parameters)
    deadline = time.monotonic() + timeout
    try:
        executed = papermill.execute_notebook(
            str(notebook),
            str(output) if output else None,
            parameters=dict(parameters),
            engine_name=engine,
            kernel_name=KERNEL_NAME,
            language="python",
            progress_bar=progress,
            cwd=str(cwd or notebook.parent),
            start_timeout=START_TIMEOUT,
            request_save_on_cell_execute=False,
            timeout_func=_remaining(deadline),
            shutdown_kernel="immediate",
            kernel_manager_class=manager_class(environment or {}),
        )
        return executed_notebook(executed) if engine == FORKED else executed
    except PapermillExecutionError as error:
        raise ReportFailed(_cell_problem(notebook, error), hint=_hint(error)) from None
    except CellTimeoutError:
        raise ReportFailed(
            f"{notebook.name} was stopped: it had not finished after {timeout:g} s",
            hint="cls-analysis report ... --timeout SECONDS",
        ) from None
    except DeadKernelError:
        raise ReportFailed(
            f"{notebook.name}: its Python process died (killed, or out of memory)", hint="fewer --workers"
        ) from None


def _remaining(deadline: float) -> Callable[[Any], int]:
    # nbclient takes whole seconds and reads 0 as "no limit"
    return lambda _cell: max(1, round(deadline - time.monotonic()))


def _cell_problem(notebook: Path, error: PapermillExecutionError) -> str:
    """One line that names the cell, then the message; the kind only where it is not one of our own errors."""
    where = f"{notebook.name}, cell {error.cell_index + 1}"
    code = next((line.strip() for line in error.source.splitlines() if line.strip()), "")
    message = error.evalue if error.ename in _USER_ERRORS else f"{error.ename}: {error.evalue}"
    return f"{where} ({code[:80]}): {_without_hint(message)}"


def _without_hint(message: str) -> str:
    return message.rsplit("\nTry: ", 1)[0]


def _hint(error: PapermillExecutionError) -> str | None:
    if error.ename in _USER_ERRORS and "\nTry: " in error.evalue:
        return str(error.evalue.rsplit("\nTry: ", 1)[1])
    return None
