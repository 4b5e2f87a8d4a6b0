"""Which code does a result rest on? The module that makes it and every module of ours that it imports, by what they say.

A result kept under this hash is made again when its own code changes, not when a neighbour's does. Modules are read, never
imported: `import` and `from ... import` are followed wherever they stand in the file. Comments and layout do not count.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from pathlib import Path

from cls_analysis.unchanged import once_per_file

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT.name


def code_behind(*modules: str, within: Iterable[str] = ()) -> str:
    """One hash for these modules (dotted names) and all that they import of the package.

    `within` keeps to modules whose names start so (all of the package's without it). A name that is no module is left out.
    """
    kept = tuple(within)
    found: set[str] = set()
    waiting = [name for name in modules if _file(name)]
    while waiting:
        name = waiting.pop()
        if name in found or (kept and not name.startswith(kept) and name not in modules):
            continue
        found.add(name)
        waiting += _imported(_module(name), name)
    digest = hashlib.sha256()
    for name in sorted(found):
        digest.update(f"{name}:{_said(_module(name))}\n".encode())
    return digest.hexdigest()


def said(path: Path) -> str:
    """SHA-256 of what a file says: a module's without comments and layout, any other's bytes."""
    return _said(path)


def _file(module: str) -> Path | None:
    parts = module.split(".")
    if parts[0] != PACKAGE:
        return None
    path = ROOT.joinpath(*parts[1:])
    return next((p for p in (path.with_suffix(".py"), path / "__init__.py") if p.is_file()), None)


def _module(name: str) -> Path:
    path = _file(name)
    assert path is not None
    return path


@once_per_file(None)
def _said(path: Path) -> str:
    content = path.read_bytes()
    return hashlib.sha256(ast.dump(ast.parse(content)).encode() if path.suffix == ".py" else content).hexdigest()


@once_per_file(None)
def _imported(path: Path, module: str) -> tuple[str, ...]:
    """Modules of the package that a module names in its imports; a name imported from a package counts if it is a module."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = module.split(".")[: -node.level] if path.name != "__init__.py" else module.split(".")
                base = ".".join([*above, base]).strip(".")
            inner = {f"{base}.{alias.name}" for alias in node.names}
            submodules = {name for name in inner if _file(name)}
            names |= submodules | ({base} if submodules != inner else set())
    return tuple(sorted(name for name in names if _file(name)))
