"""Forked kernels: fresh state for each notebook, the same outputs as a plain kernel, nothing left behind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from cls_analysis.errors import ReportFailed
from cls_analysis.publishing import engine
from cls_analysis.publishing.run import run_notebook
from cls_analysis.publishing.warm import WarmParent

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this machine cannot fork")

LEAKS = """\
import os, sys
import cls_analysis
found = [name for name in ("left_behind",) if name in globals()]
found += [name for name in ("LEFT_BEHIND",) if name in os.environ]
found += [name for name in ("left_behind",) if hasattr(cls_analysis, name)]
found += [name for name in ("/left/behind",) if name in sys.path]
left_behind = territory
os.environ["LEFT_BEHIND"] = territory
cls_analysis.left_behind = territory
sys.path.append("/left/behind")
os.chdir("/")
print(found, territory, cwd_is_mine, hash("Langres"))
"""


@pytest.fixture(scope="module")
def forked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("forked")
    path = folder / "leaks.ipynb"
    parameters = new_code_cell('territory = "a"', metadata={"tags": ["parameters"]})
    here = new_code_cell(f"import os\ncwd_is_mine = os.path.samefile(os.getcwd(), {str(folder)!r})")
    nbformat.write(new_notebook(cells=[parameters, here, new_code_cell(LEAKS)]), path)
    engine.register()
    yield path
    engine.warm_parent().close()


def printed(notebook: Any) -> str:
    return "".join(output["text"] for output in notebook.cells[-1].outputs if output.output_type == "stream")


def test_nothing_passes_from_one_notebook_to_the_next(forked: Path) -> None:
    lines = [printed(run_notebook(forked, {"territory": name}, engine=engine.FORKED)) for name in ("b", "c")]
    assert [line.split(" ")[:3] for line in lines] == [["[]", "b", "True"], ["[]", "c", "True"]]


def test_a_forked_kernel_hashes_as_a_plain_one_does(forked: Path) -> None:
    lines = [printed(run_notebook(forked, {}, engine=name)).split() for name in (None, engine.FORKED)]
    assert lines[0][-1] == lines[1][-1]


@pytest.mark.usefixtures("forked")
def test_a_forked_kernel_sees_its_own_environment(tmp_path: Path) -> None:
    path = tmp_path / "environment.ipynb"
    cells = [
        new_code_cell("x = 1", metadata={"tags": ["parameters"]}),
        new_code_cell("import os\nprint(os.environ['CLS_X'])"),
    ]
    nbformat.write(new_notebook(cells=cells), path)
    for value in ("one", "two"):
        done = run_notebook(path, {}, engine=engine.FORKED, environment={"CLS_X": value})
        assert printed(done).strip() == value


def test_a_forked_kernel_that_hangs_or_dies_is_reported_and_the_next_one_works(
    forked: Path, notebook_path: Path
) -> None:
    with pytest.raises(ReportFailed, match="had not finished after 2 s"):
        run_notebook(notebook_path, {"trouble": "hang"}, engine=engine.FORKED, timeout=2)
    with pytest.raises(ReportFailed, match="process died"):
        run_notebook(notebook_path, {"trouble": "die"}, engine=engine.FORKED, timeout=60)
    assert printed(run_notebook(forked, {"territory": "d"}, engine=engine.FORKED)).startswith("[] d True")


def test_a_warm_parent_that_is_killed_takes_its_kernels_with_it_and_is_replaced(forked: Path) -> None:
    first = engine.warm_parent()
    psutil.Process(first._process.pid).kill()
    first._process.wait()
    assert first.ask({"poll": 1}) == {}
    assert printed(run_notebook(forked, {"territory": "e"}, engine=engine.FORKED)).startswith("[] e True")
    assert engine.warm_parent() is not first


def test_closing_a_warm_parent_leaves_no_process(tmp_path: Path) -> None:
    parent = WarmParent(environment=dict(os.environ))
    kernel = parent.fork(str(tmp_path / "absent"), cwd=str(tmp_path), environment=dict(os.environ))
    processes = [psutil.Process(parent._process.pid), psutil.Process(kernel.pid)]
    parent.close()
    assert psutil.wait_procs(processes, timeout=10)[1] == []
    assert kernel.poll() == -9
