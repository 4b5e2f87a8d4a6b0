"""A Ctrl-C ends the command line with one line and exit code 130, even in its first second, while Python still imports."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

INTERRUPTING = """
import os, signal, sys

class Interrupting:
    '''The process gets SIGINT at the moment it begins to import one module.'''

    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            {interrupt}

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job starts with it ignored
sys.meta_path.insert(0, Interrupting())
"""


def console_script() -> list[str]:
    """What the installed `cls-analysis` runs, of this pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, function = project["scripts"]["cls-analysis"].split(":")
    return ["-c", f"import sys\nfrom {module} import {function}\nsys.exit({function}())"]


@pytest.mark.parametrize("entry", [["-m", "cls_analysis"], console_script()], ids=["module", "console script"])
@pytest.mark.parametrize(
    ("module", "interrupt"),
    [
        ("typer", "os.kill(os.getpid(), signal.SIGINT)"),  # the first import of the command line
        ("cls_analysis.geography.perimeters", "exec('os.kill(os.getpid(), signal.SIGINT)')"),  # in a text of code
        ("cls_analysis.publishing.explain", "os.kill(os.getpid(), signal.SIGINT)"),  # in the command itself
    ],
    ids=["first import", "later import", "command"],
)
def test_an_interruption_is_one_line_and_exit_code_130_whenever_it_comes(
    entry: list[str], module: str, interrupt: str, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(INTERRUPTING.format(module=module, interrupt=interrupt))
    ended = subprocess.run(
        [sys.executable, *entry, "explain", "petr-langres", "deces"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr, ended.stdout) == (130, "interrupted\n", "")
