"""Which Python runs a notebook, and over what wire? The one that runs us, over local sockets.

A Jupyter "kernelspec" called `python3` found on a user's machine may point to any interpreter. Reports must
come from the environment whose versions the manifest records, so the kernel is always started with this
interpreter. It listens on Unix sockets (IPC) in a private temporary folder: no TCP port that two parallel
runs could both pick, nothing another user can connect to. It ignores the user's IPython start-up files and
hashes strings with a fixed seed, so that the same input gives the same bytes on every machine.

Reference: jupyter_client, "Making kernels for Jupyter" and `KernelManager.transport`; mimalloc, "Environment Options".
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

KERNEL_NAME = "python3"


def kernel_environment(folder: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment a report's kernel runs in: ours, a private IPython folder, a fixed hash seed, and `extra`.

    Arrow's allocator asks for huge pages, which a virtual machine may take a second to fill, and a report ends before they pay: it
    does not, unless ours says otherwise.
    """
    return {
        "MIMALLOC_ALLOW_THP": "0",
        **os.environ,
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHONHASHSEED": "0",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        **(extra or {}),
    }


class OwnKernelManager(AsyncKernelManager):
    """A kernel of the running interpreter on IPC sockets, in a folder removed when it ends."""

    extra_environment: Mapping[str, str] = {}

    def __init__(self, **traits: Any) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cls-"))
        super().__init__(**traits)
        self.transport = "ipc"
        self.connection_file = str(self.folder / "kernel.json")
        self.ip = str(self.folder / "k")

    @property
    def kernel_spec(self) -> KernelSpec:
        """Always this interpreter, whatever kernelspecs are installed on the machine."""
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python 3",
            language="python",
        )

    async def _async_start_kernel(self, **kw: Any) -> None:
        kw.setdefault("env", kernel_environment(self.folder, self.extra_environment))
        await super()._async_start_kernel(**kw)

    start_kernel = _async_start_kernel  # the base class binds its own name at class creation

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await super()._async_cleanup_resources(restart=restart)
        if not restart:
            shutil.rmtree(self.folder, ignore_errors=True)

    cleanup_resources = _async_cleanup_resources


def manager_class(environment: Mapping[str, str]) -> type[OwnKernelManager]:
    """A kernel manager whose kernels see these environment variables besides ours (nbclient takes a class)."""
    return _manager_class(tuple(sorted(environment.items())))


@cache
def _manager_class(environment: tuple[tuple[str, str], ...]) -> type[OwnKernelManager]:
    return type("OwnKernelManager", (OwnKernelManager,), {"extra_environment": dict(environment)})
