"""From a territory's name to its report: what must exist first, and what will the report rest upon?

`plan_report` turns words (territory, kind, data) into a `Job`: it resolves the name, finds the notebook, makes
sure that the national tables are built, and hashes everything the report depends on. `make_report` makes it.
Nothing here depends on the day or the machine: two plans from the same files are equal.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from cls_analysis import geography, sources
from cls_analysis.diagnostic import standing
from cls_analysis.diagnostic.moved import FOLDER
from cls_analysis.diagnostic.previous import locate
from cls_analysis.diagnostic.standing import Standing
from cls_analysis.errors import InvalidInput, StorageFailed, UnknownName
from cls_analysis.geography.project import perimeters_dir, project_root
from cls_analysis.participation.checking import FICTIONAL_PREFIX, named_folder
from cls_analysis.publishing.making import DEFAULT_FORMATS, Job, ReportResult, make
from cls_analysis.publishing.manifest import code_sha256, folder_sha256
from cls_analysis.publishing.publication import EDITION
from cls_analysis.publishing.run import DEFAULT_TIMEOUT, declared_parameters
from cls_analysis.sources.places import is_address, refuse_address
from cls_analysis.unchanged import sha256

DEFAULT_KIND = "pre-diagnostic"

Say = Callable[[str], None]


def kinds(notebooks: Path | None = None) -> dict[str, Path]:
    """Kind of report -> notebook that makes it: every notebook of `notebooks/`, `_` written `-`."""
    folder = notebooks or project_root() / "notebooks"
    return {path.stem.replace("_", "-"): path for path in sorted(folder.glob("*.ipynb"))}


def notebook_of(kind: str, notebooks: Path | None = None) -> Path:
    """The notebook of a kind of report; UnknownName lists the kinds there are."""
    known = kinds(notebooks)
    if kind not in known:
        near = difflib.get_close_matches(kind, known, n=1)
        raise UnknownName(
            f"kind of report {kind!r} is not known" + (f" (did you mean {near[0]!r}?)" if near else ""),
            hint=f"--kind {' | '.join(known) or '(no notebook found)'}",
        )
    return known[kind]


def published_folder(mode: str, processed: Path) -> Path:
    """Where the published tables of a mode lie."""
    return processed / mode / "published"


def standing_data(
    data: str, *, mirror: Path | None = None, processed: Path | str | None = None, say: Say | None = None
) -> Standing:
    """The data of a report (diagnostic/standing.py), after the national build if its tables are absent or older than the code;
    a mirror that is named is read again, a report being worth the hash of its files."""
    folder = processed or os.environ.get(standing.PROCESSED) or sources.processed_dir()
    if not is_address(folder):
        official = standing.choose_mode(data, Path(folder), mirror=mirror) == "official"
        mirror = standing.mirror_named(mirror) if official else None
    return standing.stand(data, processed=folder, mirror=mirror, say=say)


def input_hashes(
    territory: str, *, notebook: Path, mode: str, processed: Path, participation: str = ""
) -> dict[str, Any]:
    """Everything a report depends on, by hash: code, notebook, published tables, sources, the territory's own files."""
    folder = published_folder(mode, processed)
    found: dict[str, Any] = {
        "code": code_sha256(),
        "notebook": sha256(notebook),
        "mode": mode,
        "sources": sources.load_lock(mode, processed),
        "participation": folder_sha256(named_folder(participation or territory)),
    }
    for name in ("indicators.parquet", "comparisons.parquet"):
        if (folder / name).is_file():
            found[f"published/{name}"] = sha256(folder / name)
    perimeter = perimeters_dir() / f"{territory}.toml"
    if perimeter.is_file():
        found["perimeter"] = sha256(perimeter)
    return found


def plan_report(
    territory: str,
    kind: str = DEFAULT_KIND,
    *,
    data: str = "auto",
    mirror: Path | None = None,
    out: Path | None = None,
    processed: Path | str | None = None,
    edition: str | None = None,
    participation: str | None = None,
    previous: str | None = None,
    formats: Sequence[str] = DEFAULT_FORMATS,
    timeout: float = DEFAULT_TIMEOUT,
    engine: str | None = None,
    say: Say | None = None,
    found: Standing | None = None,
) -> Job:
    """The job that makes this report, its inputs hashed; builds the national tables first when they are missing, unless the
    data were `found` by the caller.

    Raises UnknownName (territory, kind), InvalidInput (data, formats), DataMissing (notebook, official files).
    """
    code = geography.territory(territory).territory
    notebook = notebook_of(kind)
    found = found or standing_data(data, mirror=mirror, processed=processed, say=say)
    mode, folder = found.mode, found.folder
    declared = declared_parameters(notebook)
    earlier = previous_folder(previous, code, out=out, participation=participation) if previous else None
    offered = {
        "data": mode, "edition": edition, "participation": participation, "previous": earlier.name if earlier else None,
    }  # fmt: skip
    parameters = {"territory": code} | {
        name: value for name, value in offered.items() if name in declared and value is not None
    }
    for name, value in (("edition", edition), ("participation", participation), ("previous", previous)):
        if value is not None and name not in declared:
            raise InvalidInput(f"{notebook.name} has no parameter {name!r}", hint=f"leave --{name} out")
    if edition is not None and not re.fullmatch(EDITION, edition):
        raise InvalidInput(
            f"edition {edition!r} cannot name a folder: letters, digits, dots and hyphens, a letter or digit first",
            hint="--edition 2026",
        )
    refuse_address(out, hint="--out DIR; an edition is a folder that any tool copies to its address (docs/cluster.md)")
    out = (out or project_root() / "reports").resolve()
    there = next(folder for folder in (out, *out.parents) if folder.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise StorageFailed(
            f"{there} is not a folder that can be written to", hint="another folder of reports: --out DIR"
        )
    if participation and participation.startswith(FICTIONAL_PREFIX):
        out = out / participation  # a made-up example never lies among the real reports, nor replaces one
    return Job(
        territory=code,
        kind=kind,
        notebook=notebook.resolve(),
        out=out,
        parameters=parameters,
        environment={standing.PROCESSED: found.where} | ({FOLDER: str(earlier)} if earlier else {}),
        inputs=input_hashes(code, notebook=notebook, mode=mode, processed=folder, participation=participation or "")
        | ({"previous": _previous_hash(earlier, mode)} if earlier else {}),
        formats=tuple(formats),
        timeout=timeout,
        engine=engine,
    )


def previous_folder(previous: str, territory: str, *, out: Path | None, participation: str | None) -> Path:
    """Where an earlier edition lies: a path, or its name among the reports of the territory. DataMissing lists those there are."""
    home = (out or project_root() / "reports").resolve()
    if (
        participation
        and participation.startswith(FICTIONAL_PREFIX)
        and (home / participation / territory / previous).is_dir()
    ):
        home = home / participation
    return locate(previous, territory, reports=home)


def _previous_hash(path: Path, mode: str) -> str:
    """What the comparison depends on: the table of published rows, or the CSV files of the report."""
    if path.is_file():
        return sha256(path)
    tables = [p / "indicators.parquet" for p in (path / mode / "published", path / "published", path)]
    found = next((p for p in tables if p.is_file()), None)
    return sha256(found) if found else folder_sha256(path, suffixes=frozenset({".csv"}))


def make_report(
    territory: str,
    kind: str = DEFAULT_KIND,
    *,
    data: str = "auto",
    mirror: Path | None = None,
    out: Path | None = None,
    processed: Path | str | None = None,
    edition: str | None = None,
    participation: str | None = None,
    previous: str | None = None,
    formats: Sequence[str] = DEFAULT_FORMATS,
    timeout: float = DEFAULT_TIMEOUT,
    say: Say | None = None,
    progress: bool = False,
) -> ReportResult:
    """Make one report; returns where its files are.

    `territory` is a perimeter id, an EPCI's SIREN or any code of `territories list`; `out` defaults to the
    project's `reports/`; files go to `<out>/<territory>/<edition>/`, under `<out>/exemple-fictif-…/` when `participation` names
    a made-up example. A failed run leaves the last good report.

    Raises what `plan_report` and `making.make` raise.
    """
    job = plan_report(
        territory, kind, data=data, mirror=mirror, out=out, processed=processed, edition=edition, participation=participation,
        previous=previous, formats=formats, timeout=timeout, say=say,
    )  # fmt: skip
    return make(job, progress=progress, say=say)


def plan_batch(
    territories: Iterable[str], kind: str = DEFAULT_KIND, *, say: Say | None = None, **options: Any
) -> tuple[list[Job], dict[str, str]]:
    """Jobs of every territory that can be planned, and why the others cannot (territory -> problem).

    `options` are those of `plan_report`. What stops them all (unknown kind, no official file) is raised.
    """
    notebook_of(kind)
    data, mirror, processed = (options.get(name) for name in ("data", "mirror", "processed"))
    found = standing_data(data or "auto", mirror=mirror, processed=processed, say=say)
    jobs: dict[str, Job] = {}
    unplanned: dict[str, str] = {}
    for name in territories:
        try:
            job = plan_report(name, kind, say=say, found=found, **options)
        except UnknownName as error:
            unplanned[name] = str(error)
        else:
            jobs[job.territory] = job  # a territory named twice is made once
    return list(jobs.values()), unplanned


def territories_of(types: Iterable[str]) -> list[str]:
    """Codes of every territory of the given types, sorted: `perimeter`, `epci`, `petr` (perimeters of that kind).

    Raises UnknownName for another type.
    """
    table = geography.territories()
    chosen: set[str] = set()
    problems = []
    for name in types:
        if name == "petr":
            chosen |= {code for code in geography.list_perimeters() if geography.load_perimeter(code).kind == "petr"}
        elif name in set(table["territory_type"]):
            chosen |= set(table.loc[table["territory_type"] == name, "territory"])
        else:
            problems.append(f"type of territory {name!r} is not known")
    if problems:
        raise UnknownName(problems, hint="--type perimeter | epci | petr")
    return sorted(chosen)
