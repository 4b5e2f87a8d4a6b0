"""What exactly was this report made from, and are its files still the ones that were made?

`manifest.json` beside a report gives the versions, the parameters, the hash of every input, the indicators
and sources used, the trace of every figure and the hash of every file written. Everything in it is a function
of the input, except the one field `made_at`. A report is valid when its files still have the hashes its
manifest says; it is up to date when its inputs also still have theirs. That is all `--resume` looks at.

Reference: docs/publishing.md, "The manifest".
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from cls_analysis import __version__
from cls_analysis.errors import InvalidInput
from cls_analysis.publishing.publication import Publication
from cls_analysis.unchanged import sha256

FORMAT = 1
_LIBRARIES = (
    "geopandas", "jinja2", "markdown-it-py", "matplotlib", "nbclient", "numpy", "pandas", "papermill",
    "pyarrow", "scipy", "shapely", "weasyprint", "xlsxwriter",
)  # fmt: skip
_CODE_SUFFIXES = frozenset({".py", ".toml", ".css", ".js", ".j2", ".json"})


def manifest_name(kind: str) -> str:
    """`manifest.json` for the pré-diagnostic, `manifest-<kind>.json` for another kind in the same folder."""
    return "manifest.json" if kind == "pre-diagnostic" else f"manifest-{kind}.json"


def folder_sha256(folder: Path, *, suffixes: frozenset[str] | None = None) -> str:
    """One hash for all files below `folder` (their relative paths and bytes); the hash of nothing if absent."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file() and "__pycache__" not in path.parts and (suffixes is None or path.suffix in suffixes):
            digest.update(f"{path.relative_to(folder).as_posix()}\0{sha256(path)}\n".encode())
    return digest.hexdigest()


@cache
def code_sha256() -> str:
    """One hash for the code, catalogue, styles and templates of this installation."""
    return folder_sha256(Path(str(files("cls_analysis"))), suffixes=_CODE_SUFFIXES)


def versions() -> dict[str, str]:
    """Version of the package, of Python and of the libraries that shape a report."""
    return {"cls_analysis": __version__, "python": platform.python_version(), **_library_versions()}


@cache
def _library_versions() -> Mapping[str, str]:
    return {name: version(name) for name in _LIBRARIES}


def make_manifest(
    publication: Publication,
    *,
    parameters: Mapping[str, Any],
    inputs: Mapping[str, Any],
    outputs: Mapping[str, Path],
    made_at: str | None = None,
) -> dict[str, Any]:
    """The manifest as a JSON object. `outputs` maps a file name to the file as it lies now."""
    declared = publication.model_dump(mode="json", exclude={"rows", "sheets"})
    return {
        "format": FORMAT,
        "made_at": made_at or datetime.now(UTC).isoformat(timespec="seconds"),
        "report": {
            key: declared[key] for key in declared if key not in {"indicators", "figures", "sources", "composition"}
        },
        "versions": versions(),
        "parameters": dict(sorted(parameters.items())),
        "inputs": dict(sorted(inputs.items())),
        "indicators": declared["indicators"],
        "sources": declared["sources"],
        "figures": declared["figures"],
        "composition": declared.get("composition", {}),
        "outputs": {
            name: {"bytes": path.stat().st_size, "sha256": sha256(path)} for name, path in sorted(outputs.items())
        },
    }


def dump_manifest(manifest: Mapping[str, Any]) -> str:
    """The manifest's text: UTF-8, an entry per line, no number that JSON does not know."""
    written = ((json.dumps(part, ensure_ascii=False, allow_nan=False) for part in entry) for entry in manifest.items())
    return "{\n" + ",\n".join(f" {name}: {content}" for name, content in written) + "\n}\n"


def read_manifest(path: Path) -> dict[str, Any]:
    """A manifest read back; InvalidInput when it is cut short or of another format."""
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except (ValueError, OSError) as error:
        raise InvalidInput(f"{path.name} in {path.parent} is not a readable manifest: {error}") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise InvalidInput(f"{path.name} in {path.parent} is not a manifest of format {FORMAT}")
    return manifest


def output_problems(path: Path) -> list[str]:
    """What is wrong with the report this manifest speaks of: unreadable, a file missing or changed. Empty if valid."""
    try:
        manifest = read_manifest(path)
        outputs = [(name, made["bytes"], made["sha256"]) for name, made in manifest["outputs"].items()]
    except (InvalidInput, KeyError, AttributeError, TypeError) as error:
        return [f"{path}: unreadable manifest ({error})"]
    problems = []
    for name, size, digest in outputs:
        file = path.parent / name
        if file.parent != path.parent:
            problems.append(f"{path}: {name!r} does not lie beside it")
        elif not file.is_file():
            problems.append(f"{file} is missing")
        elif file.stat().st_size != size or sha256(file) != digest:
            problems.append(f"{file} is not the file that was made")
    return problems
