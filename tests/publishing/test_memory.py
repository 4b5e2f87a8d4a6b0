"""What a warm parent does to its memory: it says the same, in fewer pages."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from inspect import getsource
from pathlib import Path

import pytest

from cls_analysis.publishing import engine, memory, warm
from cls_analysis.publishing.kernels import kernel_environment

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from Linux's /proc")

MEGABYTE = 1 << 20


def held(name: str, process: int | str = "self") -> int:
    """Bytes of one kind that a process holds."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) << 10


def told(code: str, environment: Mapping[str, str] | None = None) -> list[str]:
    """What code prints in a process of its own (with some environment), where `held` is known."""
    known = f"import hashlib\nfrom pathlib import Path\nfrom cls_analysis.publishing import memory\n{getsource(held)}"
    return subprocess.run(
        [sys.executable, "-c", known + code], capture_output=True, text=True, check=True, env=environment
    ).stdout.split()


def gives_huge_pages() -> bool:
    """Whether this system gathers a page of 2 MB when it is asked, by a call that is not ours."""
    code = """
import ctypes, mmap
here = mmap.mmap(-1, 8 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
here.write(bytes(8 << 20))
size, start = 2 << 20, ctypes.addressof(ctypes.c_char.from_buffer(here))
aligned = ctypes.c_void_p(-(-start // size) * size)
print(ctypes.CDLL(None).madvise(aligned, ctypes.c_size_t(size), 25) == 0)
"""
    return told(code) == ["True"]


def only_where_asked_for(before: int) -> None:
    """Skip, with the reason, on a system that has no huge pages, or one that gives them without being asked: neither shows what we did."""
    if not gives_huge_pages():
        pytest.skip("this system has no huge pages to give")
    if before > 16 * MEGABYTE:
        pytest.skip("this system gives huge pages without being asked")


def test_memory_that_is_gathered_is_in_huge_pages_and_holds_the_same() -> None:
    code = """
here = bytearray(b"commune" * (10 << 20))
before = hashlib.sha256(here).hexdigest(), held("AnonHugePages")
memory.gather()
print(before[0] == hashlib.sha256(here).hexdigest(), before[1], held("AnonHugePages"))
"""
    same, before, after = told(code)
    assert same == "True"
    only_where_asked_for(int(before))
    assert int(after) > 60 * MEGABYTE


def test_memory_that_is_mostly_holes_is_left_as_it_is() -> None:
    code = """
import mmap
sparse = mmap.mmap(-1, 200 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
for place in range(0, 200 << 20, 1 << 20):
    sparse[place] = 1
before = held("Rss")
memory.gather()
print(held("Rss") - before)
"""
    assert int(told(code)[0]) < 50 * MEGABYTE


def test_where_the_system_knows_no_huge_page_nothing_happens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(memory, "_HUGE", tmp_path / "absent")
    assert memory.gather() == 0
    (tmp_path / "odd").write_text("two megabytes")
    monkeypatch.setattr(memory, "_HUGE", tmp_path / "odd")
    assert memory.gather() == 0


def test_a_report_is_given_small_pages_and_so_is_what_it_forks_but_gathers_its_memory_still() -> None:
    code = """
import mmap, os
def filled():
    before = held("AnonHugePages")
    asked = mmap.mmap(-1, 64 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    asked.madvise(mmap.MADV_HUGEPAGE)
    asked.write(bytes(64 << 20))
    return asked, held("AnonHugePages") - before
asked, given = filled()
ours, theirs = os.pipe()
if not os.fork():
    os.write(theirs, str(filled()[1]).encode())
    os._exit(0)
print(given, os.read(ours, 99).decode())
before = held("AnonHugePages")
memory.gather()
print(held("AnonHugePages") - before, filled()[1])
"""
    mine = kernel_environment(Path(os.devnull))
    given, forked, gathered, after = map(int, told(code, {**mine, "PYTHONPATH": os.pathsep.join(sys.path)}))
    assert given == forked == after == 0
    only_where_asked_for(given)
    assert gathered > 32 * MEGABYTE


def test_memory_that_is_free_is_given_back() -> None:
    code = """
blocks = [bytes(2000) for _ in range(50_000)]
del blocks[:-1]  # the last one keeps the allocator from giving them back by itself
before = held("Rss")
memory.give_back()
print(before - held("Rss"))
"""
    if "CS_GNU_LIBC_VERSION" not in os.confstr_names:
        pytest.skip("not the allocator of GNU")
    assert int(told(code)[0]) > 80 * MEGABYTE


@pytest.mark.skipif(not engine.CAN_FORK, reason="this machine cannot fork")
def test_a_warm_parent_gathers_its_memory_once_it_has_forked_often_and_goes_on() -> None:
    with closing(engine.Forks()) as forks:
        parent = forks.parent()
        pids = {forks.run(os.getpid) for _ in range(warm.MANY - 1)}
        before = held("AnonHugePages", parent.pid)
        pids |= {forks.run(os.getpid) for _ in range(3)}
        after = held("AnonHugePages", parent.pid)
        assert forks.parent() is parent
        assert len(pids) == warm.MANY + 2
    only_where_asked_for(before)
    assert after > before  # how much depends on what the machine has in one piece
