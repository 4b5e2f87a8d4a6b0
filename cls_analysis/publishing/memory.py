"""What does it cost to fork a large process? A copy of its page tables, twice: when the child begins, and when it ends.

A warm parent holds half a gigabyte in pages of 4 kB. `give_back` returns to the system what its allocators keep and do not use;
`gather` has Linux hold the rest in pages of 2 MB, so that there is a hundredth of the entries to copy. A child that writes into one
still copies 4 kB. Neither changes what the memory holds, and where a system knows neither, nothing happens.

Reference: madvise(2), MADV_COLLAPSE (Linux 6.1); malloc_trim(3); Linux, "Transparent Hugepage Support".
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import pyarrow as pa

_COLLAPSE = 25
_HUGE = Path("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size")


def give_back() -> None:
    """Return memory that is free to the system."""
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        libc.malloc_trim(0)


def gather() -> int:
    """Hold this process's own memory in huge pages; how many there are now, as far as this call knows."""
    if not _HUGE.is_file():
        return 0
    size, advise = int(_HUGE.read_text()), ctypes.CDLL(None).madvise
    advise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    done = 0
    for line in Path("/proc/self/maps").read_text().splitlines():
        where, rights, _, _, _, *name = line.split(maxsplit=5)
        if rights.startswith("rw") and name in ([], ["[heap]"]):  # neither a file nor a stack
            start, end = (int(address, 16) for address in where.split("-"))
            done += sum(not advise(at, size, _COLLAPSE) for at in range(-(-start // size) * size, end - size + 1, size))
    return done
