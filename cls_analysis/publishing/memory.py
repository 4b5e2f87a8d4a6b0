"""What does it cost to fork a large process? A copy of its page tables, twice: when the child begins, and when it ends.

A warm parent holds half a gigabyte in pages of 4 kB. `give_back` returns to the system what its allocators keep and do not use;
`gather` has Linux hold the rest in pages of 2 MB, so that there is a hundredth of the entries to copy. A child that writes into one
still copies 4 kB. What the memory says stays the same. Its amount grows a little, by the holes of what is gathered; while earlier
children live it is held twice. What is asked for later comes in small pages (`kernels.py`); `gather` has its huge ones nevertheless.
Where a system knows none of these calls, nothing happens: they save time and nothing else.

Reference: madvise(2), MADV_COLLAPSE (Linux 6.1); prctl(2), PR_SET_THP_DISABLE; Linux, "pagemap", "Transparent
Hugepage Support"; malloc_trim(3).
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa

_COLLAPSE = 25
_SET_REFUSED, _GET_REFUSED = 41, 42  # PR_SET_THP_DISABLE, PR_GET_THP_DISABLE
_PRESENT = 63  # the bit of a page that lies in memory
_LEAST = 0.25  # of a page of 2 MB, held before: less would cost more memory than it saves time
_HUGE = Path("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size")


def give_back() -> None:
    """Return memory that is free to the system."""
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        libc.malloc_trim(0)


def _huge_refused(wanted: int) -> int:
    """Whether the system was to give this process no huge pages, before it is told."""
    if sys.platform != "linux":
        return 0
    prctl = ctypes.CDLL(None).prctl
    before = int(prctl(_GET_REFUSED, 0, 0, 0, 0))
    if before >= 0:
        prctl(_SET_REFUSED, wanted, 0, 0, 0)
    return before


def gather() -> int:
    """Hold this process's own memory in huge pages, where a part of one is held already; how many such pages it holds now."""
    refused = _huge_refused(0)
    try:
        size = int(_HUGE.read_text())
        advise = ctypes.CDLL(None).madvise
        advise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        return sum(not advise(address, size, _COLLAPSE) for address in _well_held(size))
    except (OSError, ValueError):
        return 0
    finally:
        _huge_refused(refused)


def _well_held(size: int) -> list[int]:
    """Addresses of the pieces of this size, aligned to it, enough of which lies in memory: neither a file nor a sparse stack."""
    found, page = [], os.sysconf("SC_PAGE_SIZE")
    with Path("/proc/self/pagemap").open("rb", buffering=0) as pages:
        for line in Path("/proc/self/maps").read_text().splitlines():
            where, rights, _, _, _, *name = line.split(maxsplit=5)
            low, high = (int(address, 16) for address in where.split("-"))
            low, high = -(-low // size) * size, high // size * size
            if rights.startswith("rw") and name in ([], ["[heap]"]) and low < high:
                pages.seek(low // page * 8)
                told = np.frombuffer(pages.read((high - low) // page * 8), dtype=np.uint64) >> _PRESENT
                held = told[: len(told) // (size // page) * (size // page)].reshape(-1, size // page).mean(axis=1)
                found += [low + int(piece) * size for piece in np.flatnonzero(held >= _LEAST)]
    return found
