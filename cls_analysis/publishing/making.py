"""How is one report made, so that what lies in its folder is always whole?

A report is a `Job`: a notebook, its parameters, the hashes of its inputs. Making it runs the notebook with
papermill, turns the outputs into a page and its files in a folder beside the final one, then renames each
into place, the manifest last. A run that fails or is killed leaves the last good report as it was; files whose
hashes are not those of the manifest are never taken for a report. `docs/publishing.md` shows the folder.
"""

from __future__ import annotations

import contextlib
import errno
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from cls_analysis.diagnostic.standing import here
from cls_analysis.errors import InvalidInput, StorageFailed
from cls_analysis.publishing.manifest import (
    dump_manifest,
    make_manifest,
    manifest_name,
    output_problems,
    read_manifest,
)
from cls_analysis.publishing.page import render_page
from cls_analysis.publishing.publication import Publication, read_publication
from cls_analysis.publishing.run import DEFAULT_TIMEOUT, run_notebook

FORMATS = ("html", "pdf", "xlsx", "csv")
DEFAULT_FORMATS = ("html", "xlsx", "csv")
WORK = ".work"
LOCK_WAIT = 10.0  # seconds: long enough for a killed run to let go


@dataclass(frozen=True)
class Job:
    """One report to make: everything a worker needs, on this machine or another that sees the same folders.

    `parameters` go to the notebook, `environment` (paths of this machine) to its process and nowhere else.
    `inputs` maps a name to a hash: two jobs with equal recorded parameters and inputs give the same bytes.
    """

    territory: str
    kind: str
    notebook: Path
    out: Path
    parameters: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    formats: tuple[str, ...] = DEFAULT_FORMATS
    timeout: float = DEFAULT_TIMEOUT
    engine: str | None = None

    def __post_init__(self) -> None:
        unknown = [name for name in self.formats if name not in FORMATS]
        if unknown or not self.formats:
            raise InvalidInput(
                [f"format {name!r} is not known" for name in unknown] or "no format is asked for",
                hint=f"--format {' | '.join(FORMATS)}",
            )


@dataclass(frozen=True)
class ReportResult:
    """What was made: `files` (the page first), the manifest, seconds taken, whether an earlier run was reused."""

    territory: str
    kind: str
    edition: str
    folder: Path
    files: tuple[Path, ...]
    manifest: Path
    seconds: float
    reused: bool = False

    @property
    def page(self) -> Path | None:
        """The HTML page, if it was asked for."""
        return next((path for path in self.files if path.suffix == ".html"), None)


def finished(job: Job) -> ReportResult | None:
    """The report already made from the same inputs with (at least) the same formats, if its files are intact."""
    for path in sorted((job.out / job.territory).glob(f"*/{manifest_name(job.kind)}"), reverse=True):
        try:
            manifest = read_manifest(path)
        except InvalidInput:
            continue
        made = {Path(name).suffix.removeprefix(".") for name in manifest.get("outputs", {})}
        same = manifest.get("parameters") == dict(job.parameters) and manifest.get("inputs") == dict(job.inputs)
        if same and set(job.formats) <= made and not output_problems(path):
            return _result(path, manifest, seconds=0.0, reused=True)
    return None


def make(job: Job, *, progress: bool = False, say: Callable[[str], None] | None = None) -> ReportResult:
    """Make the report of `job`, whatever lies there already.

    Raises InvalidInput, DataMissing, ReportFailed or DisclosureBreach from the notebook and its declaration;
    StorageFailed when the folder cannot be written or another run is making the same report.
    """
    began = time.monotonic()
    tell = say or (lambda _message: None)
    with _workspace(job) as workspace:
        tell(f"running {job.notebook.name} for {job.territory}")
        executed = run_notebook(
            job.notebook, job.parameters, timeout=job.timeout, engine=job.engine,
            environment=here(job.environment, str(job.parameters.get("data", ""))), progress=progress,
        )  # fmt: skip
        publication = read_publication(executed, name=job.notebook.name)
        _check_same(job, publication)
        tell("writing the page and its files")
        files = _write_files(executed, publication, job.formats, workspace)
        manifest = make_manifest(publication, parameters=dict(job.parameters), inputs=job.inputs, outputs=files)
        folder = job.out / job.territory / publication.folder
        path = _move_into_place(files, manifest, folder, manifest_name(job.kind), workspace)
    return _result(path, manifest, seconds=time.monotonic() - began)


def clear_workspace(job: Job) -> None:
    """Remove what a killed run of `job` left half written, unless another run is at it."""
    with contextlib.suppress(StorageFailed), _workspace(job, wait=0.0):
        pass


def _result(path: Path, manifest: Mapping[str, Any], *, seconds: float, reused: bool = False) -> ReportResult:
    names = sorted(manifest["outputs"], key=lambda name: (FORMATS.index(Path(name).suffix[1:]), name))
    report = manifest["report"]
    return ReportResult(
        report["territory"], report["kind"], report["edition"], path.parent,
        tuple(path.parent / name for name in names), path, seconds, reused,
    )  # fmt: skip


def _check_same(job: Job, publication: Publication) -> None:
    problems = [
        f"{job.notebook.name} declares {what} {said!r}, but {asked!r} was asked for"
        for what, said, asked in (
            ("territory", publication.territory, job.territory),
            ("kind", publication.kind, job.kind),
        )
        if said != asked
    ]
    if problems:
        raise InvalidInput(problems, hint="the publication must use the notebook's parameters")


def _write_files(executed: Any, publication: Publication, formats: Sequence[str], workspace: Path) -> dict[str, Path]:
    files = {f"{publication.stem}.{name}": workspace / f"{publication.stem}.{name}" for name in formats}
    by_format = dict(zip(formats, files.values(), strict=True))
    if {"html", "pdf"} & set(formats):
        html = render_page(executed, publication)
        if "html" in by_format:
            by_format["html"].write_text(html, encoding="utf-8", newline="\n")
        if "pdf" in by_format:
            from cls_analysis.publishing.pdf import write_pdf

            write_pdf(html, by_format["pdf"])
    if {"xlsx", "csv"} & set(formats):
        from xlsxwriter.exceptions import FileCreateError

        from cls_analysis.publishing.extra_sheets import extra_sheets
        from cls_analysis.publishing.workbook import published_rows, write_csv, write_extra_csv, write_workbook

        rows = published_rows(publication)
        if "xlsx" in by_format:
            try:
                write_workbook(rows, publication, by_format["xlsx"])
            except FileCreateError as error:  # the disk's own error, which XlsxWriter hides in one of its own
                raise error.args[0] from error
        if "csv" in by_format:
            write_csv(rows, by_format["csv"])
            if extra_sheets(publication):
                name = f"{publication.stem}-participation.csv"
                files[name] = workspace / name
                write_extra_csv(publication, files[name])
    return files


@contextmanager
def _workspace(job: Job, *, wait: float = LOCK_WAIT) -> Iterator[Path]:
    """A fresh folder on the disk of the final ones, held by a lock that dies with its process; removed at the end."""
    home = job.out / WORK
    workspace = home / f"{job.territory}.{job.kind}"
    try:
        home.mkdir(parents=True, exist_ok=True)
        with FileLock(workspace.with_suffix(f".{job.kind}.lock"), timeout=wait):
            shutil.rmtree(workspace, ignore_errors=True)
            workspace.mkdir()
            try:
                yield workspace
            finally:
                shutil.rmtree(workspace, ignore_errors=True)
    except Timeout as error:
        raise StorageFailed(
            f"another run is making the {job.kind} of {job.territory} in {job.out}", hint="wait for it to end"
        ) from error
    except OSError as error:
        if isinstance(error, StorageFailed) or (error.filename is None and error.errno not in _DISK):
            raise
        raise StorageFailed(
            f"{error.filename or home}: {error.strerror}; the last good report, if any, is unchanged",
            hint="free space, or another folder with --out",
        ) from error


_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})


def _move_into_place(
    files: Mapping[str, Path], manifest: Mapping[str, Any], folder: Path, name: str, workspace: Path
) -> Path:
    """Rename each file into `folder`, the manifest last; then remove files of an earlier run that this one replaces."""
    folder.mkdir(parents=True, exist_ok=True)
    final = folder / name
    written = workspace / name
    written.write_text(dump_manifest(manifest), encoding="utf-8", newline="\n")
    stale = _earlier_files(final) - set(files)
    for file_name, path in files.items():
        path.replace(folder / file_name)
    written.replace(final)
    for file_name in sorted(stale):
        (folder / file_name).unlink(missing_ok=True)
    return final


def _earlier_files(manifest_path: Path) -> set[str]:
    """Files that the manifest now in place says it made, so that a page in another format never outlives its data."""
    try:
        names = read_manifest(manifest_path)["outputs"]
    except (InvalidInput, KeyError):
        return set()
    return {name for name in names if Path(name).name == name}
