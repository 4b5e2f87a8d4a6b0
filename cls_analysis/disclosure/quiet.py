"""Why does nothing of the solver reach our output? HiGHS writes some lines of its integer solver whatever its options say.

They come from C, so that Python's own streams cannot catch them: file descriptor 1 points to nowhere while an integer
program runs, and C's buffer is emptied on both sides. Reference: HiGHS, option `output_flag`, which scipy
already sets to false.
"""

from __future__ import annotations

import ctypes
import os
import sys
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult  # slow to import: a report reads what was published, and solves nothing

_ONE_AT_A_TIME = Lock()
_C = ctypes.CDLL(None)


def integer_program(cost: Any, **options: Any) -> OptimizeResult:
    """`scipy.optimize.milp` with the same arguments and result, without a line on the standard output.

    >>> import numpy as np
    >>> integer_program(np.ones(1), integrality=np.ones(1)).x.tolist()
    [0.0]
    """
    from scipy.optimize import milp

    with _ONE_AT_A_TIME:
        _flush()
        try:
            kept = os.dup(1)
        except OSError:  # a process without a standard output has nothing to keep clean
            return milp(cost, **options)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 1)
            return milp(cost, **options)
        finally:
            _flush()
            os.dup2(kept, 1)
            os.close(nowhere)
            os.close(kept)


def _flush() -> None:
    """Empty Python's and C's buffers of the standard output."""
    if sys.stdout is not None and not sys.stdout.closed:
        sys.stdout.flush()
    _C.fflush(None)
