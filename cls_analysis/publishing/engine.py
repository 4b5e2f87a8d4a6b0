"""Which papermill engine runs the notebooks of a batch? Papermill's own, with kernels forked from a warm parent.

`forked` is papermill's NBClientEngine, its cells executed by nbclient as always; only the way a kernel comes to
life differs. A process has one warm parent, started at its first notebook; each notebook has a kernel of its own,
so nothing passes from one to the next. Where processes cannot be forked, the engine is papermill's plain one.

Reference: papermill documentation, "Extending papermill through custom engines".
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from papermill.engines import NBClientEngine, papermill_engines

from cls_analysis.publishing.kernels import OwnKernelManager, kernel_environment
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


class ForkedKernelManager(OwnKernelManager):
    """A kernel manager whose kernels are forked instead of started."""

    async def _async_launch_kernel(self, kernel_cmd: list[str], **kw: Any) -> None:
        del kernel_cmd
        provisioner: Any = self.provisioner
        process = warm_parent().fork(self.connection_file, cwd=str(kw.get("cwd") or Path.cwd()), environment=kw["env"])
        provisioner.process, provisioner.pid, provisioner.pgid = process, process.pid, process.pid
        self._reconcile_connection_info(provisioner.connection_info)

    _launch_kernel = _async_launch_kernel  # type: ignore[assignment]  # as the base class does


class ForkedEngine(NBClientEngine):
    """Papermill's engine, with forked kernels."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kw: Any) -> Any:
        """As papermill's, the kernel manager replaced by one that forks (keeping its extra environment)."""
        given = kw.pop("kernel_manager_class", OwnKernelManager)
        manager = type("ForkedKernelManager", (ForkedKernelManager,), {"extra_environment": given.extra_environment})
        return super().execute_managed_notebook(nb_man, kernel_name, kernel_manager_class=manager, **kw)


def register(rehearsal: Mapping[str, Any] | None = None) -> None:
    """Make the engine known to papermill in this process under the name `forked`.

    `rehearsal` (notebook, cwd, parameters, environment) is run once in the warm parent when it starts.
    """
    papermill_engines.register(FORKED, ForkedEngine if hasattr(os, "fork") else NBClientEngine)
    if rehearsal is not None:
        _Own.rehearsal = rehearsal
