"""Forked processes: fresh state for each report, the same outputs as a plain kernel, nothing left behind."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import psutil
import pytest
from jupyter_client.jsonutil import json_default
from nbformat.v4 import new_code_cell, new_notebook

from cls_analysis.errors import ReportFailed, UnknownName
from cls_analysis.publishing import engine
from cls_analysis.publishing.run import run_notebook
from cls_analysis.publishing.shell import as_sent, fresh, shell
from cls_analysis.publishing.warm import ProcessDied, TookTooLong, WarmParent

pytestmark = pytest.mark.skipif(not engine.CAN_FORK, reason="this machine cannot fork")

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
def leaking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("forked")
    path = folder / "leaks.ipynb"
    parameters = new_code_cell('territory = "a"', metadata={"tags": ["parameters"]})
    here = new_code_cell(f"import os\ncwd_is_mine = os.path.samefile(os.getcwd(), {str(folder)!r})")
    nbformat.write(new_notebook(cells=[parameters, here, new_code_cell(LEAKS)]), path)
    return path


@pytest.fixture(scope="module")
def forks(leaking: Path) -> Iterator[engine.Forks]:
    """Forks whose warm parent has itself run the leaking notebook once, cells, variables and all."""
    made = engine.Forks()
    pid = made.run(warmed, leaking, warming=True)
    assert pid == made.parent().pid
    yield made
    made.close()


def warmed(notebook: Path) -> int:
    run_notebook(notebook, {"territory": "warmed"}, engine=engine.FORKED)
    del sys.modules["cls_analysis"].left_behind  # a module that a notebook changes stays changed, as in any process
    return os.getpid()


def run(forks: engine.Forks, notebook: Path, parameters: dict[str, str], **options: Any) -> Any:
    return forks.run(run_notebook, notebook, parameters, **options)


def forked_notebook(notebook: Path, parameters: dict[str, str], environment: dict[str, str] | None = None) -> Any:
    return run_notebook(notebook, parameters, engine=engine.FORKED, environment=environment)


def written_notebook(notebook: Path, parameters: dict[str, str], output: Path) -> Any:
    return run_notebook(notebook, parameters, engine=engine.FORKED, output=output)


def printed(notebook: Any) -> str:
    return "".join(output["text"] for output in notebook.cells[-1].outputs if output.output_type == "stream")


@pytest.fixture(autouse=True)
def known_to_the_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))


def test_nothing_passes_from_one_notebook_to_the_next_nor_from_the_one_made_in_the_parent(
    forks: engine.Forks, leaking: Path
) -> None:
    lines = [printed(forks.run(forked_notebook, leaking, {"territory": name})) for name in ("b", "c")]
    assert [line.split(" ")[:3] for line in lines] == [["[]", "b", "True"], ["[]", "c", "True"]]


def test_a_forked_process_hashes_as_a_plain_kernel_does(forks: engine.Forks, leaking: Path) -> None:
    plain = printed(run_notebook(leaking, {}))
    assert printed(forks.run(forked_notebook, leaking, {})).split()[-1] == plain.split()[-1]


def test_a_notebook_sees_its_own_environment(forks: engine.Forks, tmp_path: Path) -> None:
    path = tmp_path / "environment.ipynb"
    cells = [
        new_code_cell("x = 1", metadata={"tags": ["parameters"]}),
        new_code_cell("import os\nprint(os.environ['CLS_X'])"),
    ]
    nbformat.write(new_notebook(cells=cells), path)
    for value in ("one", "two"):
        assert printed(forks.run(forked_notebook, path, {}, {"CLS_X": value})).strip() == value


def test_a_process_that_hangs_or_dies_is_told_with_what_it_started_and_the_next_one_works(
    forks: engine.Forks, leaking: Path
) -> None:
    began = time.monotonic()
    with pytest.raises(TookTooLong):
        forks.run(time.sleep, 600, timeout=0.5)
    assert time.monotonic() - began < 20
    with pytest.raises(ProcessDied):
        forks.run(os._exit, 9)
    assert psutil.Process(forks.parent().pid).children(recursive=True) == []
    with pytest.raises(UnknownName, match="nowhere") as caught:
        forks.run(fails)
    assert caught.value.hint == "elsewhere"
    assert printed(forks.run(forked_notebook, leaking, {"territory": "d"})).startswith("[] d True")


def test_a_process_that_has_answered_is_not_waited_for_and_leaves_nothing_running(forks: engine.Forks) -> None:
    parent = psutil.Process(forks.parent().pid)
    for _ in range(3):
        left = forks.run(starts_another)
        late = time.monotonic() + 20
        while running([left, *(child.pid for child in parent.children(recursive=True))]):
            assert time.monotonic() < late
            time.sleep(0.05)
    assert len(parent.children()) <= 1  # the last one, dead, is buried at the next request


def running(pids: list[int]) -> list[int]:
    """The processes that are not dead, buried or not."""
    found = []
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            found += [pid] if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE else []
    return found


def starts_another() -> int:
    return subprocess.Popen(["sleep", "600"]).pid


def fails() -> None:
    raise UnknownName("nowhere", hint="elsewhere")


def test_a_warm_parent_that_is_killed_takes_its_reports_with_it_and_is_replaced(
    forks: engine.Forks, leaking: Path
) -> None:
    first = forks.parent()
    psutil.Process(first.pid).kill()
    with pytest.raises(ProcessDied):
        first.run(os.getpid)
    first._process.wait()
    assert printed(forks.run(forked_notebook, leaking, {"territory": "e"})).startswith("[] e True")
    assert forks.parent() is not first


def test_a_parent_that_no_longer_hears_is_replaced_though_it_has_not_ended_yet() -> None:
    with closing(engine.Forks()) as forks:
        before = forks.parent()
        before.wait()
        process = psutil.Process(before.pid)
        before._link.close()  # as the end of a process begins: its links close, then it is gone
        with pytest.raises(ProcessDied):
            before.run(os.getpid)
        assert forks.run(os.getpid)
        assert forks.parent() is not before
        assert not process.is_running()


def test_a_call_in_the_parent_that_dies_or_hangs_is_told_and_the_others_go_on_with_a_new_parent() -> None:
    for problem, function, argument in ((ProcessDied, os._exit, 9), (TookTooLong, time.sleep, 600)):
        with closing(engine.Forks()) as forks, ThreadPoolExecutor() as executor:
            forks.start()
            before = forks.parent().pid
            first = executor.submit(forks.run, function, argument, timeout=5.0, warming=True)
            while not forks._begun:
                time.sleep(0.01)
            others = [executor.submit(forks.run, os.getppid, warming=True) for _ in range(3)]
            with pytest.raises(problem):
                first.result()
            assert {other.result() for other in others} == {forks.parent().pid} != {before}


def test_only_the_first_call_is_run_in_the_parent_and_what_it_raises_is_raised() -> None:
    with closing(engine.Forks()) as forks:
        with pytest.raises(UnknownName, match="nowhere"):
            forks.run(fails, warming=True)
        assert forks.run(os.getppid, warming=True) == forks.parent().pid
        with pytest.raises(UnknownName):
            forks.run(fails, warming=True)


def test_a_call_ahead_has_its_own_process_while_the_next_one_is_run_in_the_parent() -> None:
    with closing(engine.Forks(ahead=1)) as forks, ThreadPoolExecutor() as executor:
        ahead = executor.submit(forks.run, pid_after, 1.0, warming=True)
        while not forks._begun:
            time.sleep(0.01)
        assert forks.run(os.getpid, warming=True) == forks.parent().pid != ahead.result()
        assert forks.run(os.getppid, warming=True) == forks.parent().pid


def pid_after(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def test_forks_closed_while_a_call_is_run_in_the_parent_end_at_once() -> None:
    forks = engine.Forks()
    with ThreadPoolExecutor() as executor:
        waiting = [executor.submit(forks.run, time.sleep, 600, warming=True) for _ in range(2)]
        while not forks._begun:
            time.sleep(0.01)
        forks.close()
        for one in waiting:
            with pytest.raises((ProcessDied, ReportFailed)):
                one.result(timeout=60)


def test_a_warm_parent_whose_owner_is_killed_ends_even_while_it_makes_a_report_itself(tmp_path: Path) -> None:
    script = tmp_path / "owner.py"
    script.write_text(
        "import time\nfrom cls_analysis.publishing.engine import Forks\n"
        "if __name__ == '__main__':\n    forks = Forks()\n    print(forks.parent().pid, flush=True)\n"
        "    forks.parent().wait()\n    print('ready', flush=True)\n    forks.run(time.sleep, 600, warming=True)\n"
    )
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        parent = psutil.Process(int(owner.stdout.readline()))
        assert owner.stdout.readline() == "ready\n"
        time.sleep(1.0)
        assert parent.is_running()
        owner.kill()
        assert psutil.wait_procs([parent], timeout=20)[1] == []


def test_closing_a_warm_parent_leaves_no_process_and_nothing_starts_again() -> None:
    forks = engine.Forks()
    parent = forks.parent()
    processes = [psutil.Process(parent.pid), psutil.Process(forks.run(os.getppid))]
    forks.close()
    assert psutil.wait_procs(processes, timeout=10)[1] == []
    with pytest.raises(ProcessDied):
        forks.run(os.getpid)


def test_a_warm_parent_that_cannot_start_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(ReportFailed, match="did not start"):
        WarmParent(environment=dict(os.environ)).wait()


def test_what_a_cell_displays_is_kept_as_json_would_send_it() -> None:
    given = [
        {"rows": ((np.int64(1), "a"), (2.5, None)), "text": "l’été"},
        {1: "number as a key", "day": date(2031, 1, 2), "values": [np.float64(0.1), np.str_("b")]},
        {"nested": {"empty": {}, "list": [(), [{"x": True}]]}},
    ]
    sent = as_sent(given)
    assert sent == json.loads(json.dumps(given, default=json_default))
    assert {type(value) for value in sent[1]["values"]} == {float, str}
    sent[2]["nested"]["list"].append(1)
    assert given[2]["nested"]["list"] == [(), [{"x": True}]]


def test_a_rewriting_added_by_a_notebook_is_applied_to_cells_already_met() -> None:
    with shell() as own:
        before = own.transform_cell("word = 'plain'\nword")
        own.input_transformers_cleanup.append(lambda lines: [line.replace("plain", "other") for line in lines])
        after = own.transform_cell("word = 'plain'\nword")
    fresh()
    assert (before, after) == ("word = 'plain'\nword\n", "word = 'other'\nword\n")


def test_an_executed_notebook_asked_for_as_a_file_has_its_outputs_and_its_clock(
    forks: engine.Forks, leaking: Path, tmp_path: Path
) -> None:
    path = tmp_path / "executed.ipynb"
    returned = forks.run(written_notebook, leaking, {"territory": "b"}, path)
    written = nbformat.read(path, as_version=4)
    assert printed(written) == printed(returned) != ""
    assert all(cell.metadata.papermill["duration"] >= 0 for cell in written.cells)
