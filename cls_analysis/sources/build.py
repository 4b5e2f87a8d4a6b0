"""From the producers' files to the built sources: which are there, which changed, which must be refused?

For each declared source of the mode: its files are found in the mirror, hashed, compared with the mirror's
`MANIFEST.csv` when there is one and with the journal of downloads, read, validated and written; what vouches for each file
is told in the lock (`trust.py`). A source whose files and code did not change is not read again. Every problem of every source is collected and raised once at the end; a refused source keeps its last
good build, an absent one is recorded as absent with the reason, so that reports can say so.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from cls_analysis.errors import DataMissing, InvalidInput
from cls_analysis.geography import store as geography_store
from cls_analysis.sources.changes import compared, problems_of, table_rows
from cls_analysis.sources.code import code_behind, said
from cls_analysis.sources.model import Source
from cls_analysis.sources.notes import collect
from cls_analysis.sources.places import mirror_dir, mode_dir
from cls_analysis.sources.registry import all_sources
from cls_analysis.sources.store import (
    NOT_FETCHED,
    is_fresh,
    load_lock,
    load_observations,
    load_table,
    load_trust,
    record_absent,
    record_told,
    write_observations,
)
from cls_analysis.sources.text import shown
from cls_analysis.sources.trust import (
    ACCEPTED,
    FETCHED,
    KNOWN,
    LISTED,
    Records,
    Told,
    altered,
    proven,
    records_of,
    trust,
)
from cls_analysis.sources.vintages import chosen

Progress = Callable[[str, int, int], None]

MOST_MANIFEST_BYTES = 20_000_000  # a line per file: a mirror has some hundreds


def build_sources(
    mode: str,
    *,
    mirror: Path | str | None = None,
    processed: Path | None = None,
    only: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> dict[str, dict[str, Any]]:
    """Read every declared source of `mode` into `<processed>/<mode>/sources/`; returns the lock.

    `mirror` (or `CLS_DATA_MIRROR`) holds the official files as `<source>/<vintage>/<file>`; mode `embedded` needs
    none. `progress(source_id, done, total)` is called before each source. Raises `DataMissing` when the mirror holds
    no source at all, and `InvalidInput` at the end with every problem of every refused source.
    """
    mode_dir(mode, processed)
    folder = mirror_dir(mirror) if mode == "official" else None
    known = all_sources() if folder is None else chosen(all_sources(), folder)
    sources = [source for source in known.values() if mode in source.modes and (only is None or source.id in only)]
    lost = {source.id: absent_files(source, folder) for source in sources}
    if folder is not None and all(lost[source.id] for source in sources if source.files):
        raise DataMissing(
            f"the mirror {folder} holds none of the official files",
            hint="cls-analysis data sources lists the files and where they go",
        )
    records = records_of(folder, manifest_of(folder)) if folder is not None else Records()
    problems: list[str] = []
    for done, source in enumerate(sources):
        if progress is not None:
            progress(source.id, done, len(sources))
        if lost[source.id]:
            continue
        try:
            _build_one(source, folder, records, mode=mode, processed=processed)
        except InvalidInput as error:
            problems += error.problems
    if only is None:
        record_absent(
            {source_id: f"not in the mirror: {shown(files)}" for source_id, files in lost.items() if files},
            mode=mode,
            processed=processed,
            why={source_id: NOT_FETCHED for source_id, files in lost.items() if files},
        )
    if problems:
        raise InvalidInput(
            list(dict.fromkeys(problems)),
            hint="put the producers' own files back in the mirror (cls-analysis data sources), then build again; the last good build was kept",
        )
    return load_lock(mode, processed)


def absent_files(source: Source, mirror: Path | None) -> list[str]:
    """Paths of the source's files that the mirror does not hold."""
    if mirror is None:
        return []
    return [file.path for file in source.files if not (mirror / file.path).is_file()]


def read_source(source: Source, mirror: Path | None) -> tuple[pd.DataFrame, dict[str, pd.DataFrame], list[str]]:
    """OBSERVATIONS, tables and notes of one source, read from the mirror; `InvalidInput` with all its problems."""
    paths = {file.key: mirror / file.path for file in source.files} if mirror is not None else {}
    with collect() as notes:
        frame = source.read(paths)
        tables = {table.name: table.read(paths) for table in source.tables}
    for table in source.tables:
        _check_table(source, table.name, tables[table.name], table.columns, table.key)
    return frame, tables, notes


def _build_one(source: Source, mirror: Path | None, records: Records, *, mode: str, processed: Path | None) -> None:
    files = [_file_entry(mirror, file.path, file.url) for file in source.files] if mirror is not None else []
    digests = records.listed
    changed = [
        f"{file['path']}: differs from MANIFEST.csv of the mirror (SHA-256 {file['sha256'][:12]}, listed {digests[file['path']][:12]})"
        for file in files
        if file["path"] in digests and digests[file["path"]] != file["sha256"]
    ]
    changed = changed or altered(source.id, files, records)
    told = trust(files, records, load_trust(mode, processed).get(source.id, {}))
    key = source_key(source, files)
    if not changed and is_fresh(source, key, mode=mode, processed=processed):
        record_told("trust", source.id, told, mode=mode, processed=processed)
        return
    try:
        frame, tables, notes = read_source(source, mirror)
    except InvalidInput as error:
        raise InvalidInput([*changed, *error.problems], hint=error.hint) from error
    if changed:
        raise InvalidInput(
            changed, hint="download the file again, or update MANIFEST.csv if the producer published a correction"
        )
    changes = _changes(source, frame, tables, files, told, mode=mode, processed=processed)
    write_observations(
        source, frame, mode=mode, processed=processed, origin="mirror" if files else "embedded", files=files,
        tables=tables, notes=notes, key=key,
    )  # fmt: skip
    record_told("trust", source.id, told, mode=mode, processed=processed)
    if changes is not None:
        record_told("changes", source.id, changes, mode=mode, processed=processed)


def _changes(
    source: Source,
    frame: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    files: Sequence[Mapping[str, Any]],
    told: Told,
    *,
    mode: str,
    processed: Path | None,
) -> list[dict[str, Any]] | None:
    """What a replaced file changed, as checks to keep; None where no file was replaced. `InvalidInput` for a spoiled one."""
    last = load_lock(mode, processed).get(source.id)
    if last is None or last["simulated"] or not files:
        return None
    if [file["sha256"] for file in last["files"]] == [file["sha256"] for file in files]:
        return None
    try:
        before = [load_observations(source.id, mode=mode, processed=processed)]
        held = {
            table.name: load_table(source.id, table.name, mode=mode, processed=processed) for table in source.tables
        }
    except DataMissing:  # the last build was interrupted: nothing to compare with
        return None

    def rows(named: Mapping[str, pd.DataFrame]) -> list[pd.DataFrame]:
        return [table_rows(named[table.name], table.name, table.key) for table in source.tables]

    checks = compared(
        source, pd.concat([*before, *rows(held)]), pd.concat([frame, *rows(tables)]), same_vintage=last["vintage"] == source.vintage,
        vouched=proven(told, LISTED, KNOWN, ACCEPTED), fetched=proven(told, LISTED, KNOWN, ACCEPTED, FETCHED),
    )  # fmt: skip
    problems = problems_of(checks, [str(file["path"]) for file in files])
    if problems:
        raise InvalidInput(problems, hint=f"cls-analysis data fetch {source.id} --again")
    return [asdict(check) for check in checks]


def source_key(source: Source, files: Sequence[Mapping[str, Any]]) -> str:
    """Identity of a built source: its files' hashes, the code of its reader and the embedded geography."""
    digest = hashlib.sha256(source.id.encode())
    for file in files:
        digest.update(f"{file['path']}:{file['sha256']}".encode())
    digest.update(_code_digest(source.id).encode())
    return digest.hexdigest()


@cache
def _code_digest(source_id: str) -> str:
    """Hash of the source's own module, of those it imports, of what writes it, and of the embedded geography: a change in
    one reader makes no other source be read again. A source declared in no module of its name stands on the whole package."""
    room = "cls_analysis.sources."
    own = room + source_id.replace("-", "_")
    if not (Path(__file__).parent / f"{own.removeprefix(room)}.py").is_file():
        own = ""
    modules = [own] if own else [f"{room}{path.stem}" for path in sorted(Path(__file__).parent.glob("*.py"))]
    code = code_behind(*modules, f"{room}model", f"{room}observations", f"{room}store", within=(room,))
    data = [said(geography_store.path(name)) for name in ("communes", "atoms")]
    return "".join([code, *data])


def _file_entry(mirror: Path, path: str, url: str | None) -> dict[str, Any]:
    try:
        with (mirror / path).open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except PermissionError as error:
        raise InvalidInput(
            f"{path}: cannot be read: permission denied", hint="ask who owns it to let it be read"
        ) from error
    return {
        "path": path,
        "url": url,
        "bytes": (mirror / path).stat().st_size,
        "sha256": digest,
        "origin": "mirror",
    }


def manifest_of(mirror: Path) -> dict[str, str]:
    """SHA-256 by path, from the mirror's `MANIFEST.csv`; empty when there is none.

    Its paths are looked up, never opened: a line of another folder vouches for nothing. `InvalidInput` for what is no such
    list: a manifest that cannot be read might have said that a file was altered.
    """
    path = mirror / "MANIFEST.csv"
    if not path.exists() and not path.is_symlink():
        return {}
    why, rows, named = "", [], set()
    try:
        if path.stat().st_size > MOST_MANIFEST_BYTES:
            why = f"has more than {MOST_MANIFEST_BYTES} bytes, so it is no list of files"
        else:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                reader = csv.DictReader(stream)
                rows, named = list(reader), set(reader.fieldnames or ())
            if missing := sorted({"path", "sha256"} - named):
                why = f"columns 'path' and 'sha256' are expected, {' and '.join(map(repr, missing))} missing"
    except UnicodeDecodeError as error:
        why = f"is not valid UTF-8 (byte {error.start}); likely saved again by a spreadsheet"
    except csv.Error as error:
        why = f"is not a CSV ({error})"
    except OSError as error:
        why = f"cannot be read: {error.strerror or error}"
    if why:
        raise InvalidInput(f"{path}: {why}", hint="remove it from the mirror, or put its own back")
    return {row["path"]: row["sha256"].strip().lower() for row in rows if row.get("path") and row.get("sha256")}


def _check_table(source: Source, name: str, table: pd.DataFrame, columns: Sequence[str], key: Sequence[str]) -> None:
    problems = []
    if sorted(table.columns) != sorted(columns):
        problems.append(
            f"source {source.id!r}, table {name!r}: columns are {shown(table.columns, most=40)}, declared {shown(columns, most=40)}"
        )
    elif key and (table[list(key)].isna().any(axis=None) or table.duplicated(list(key)).any()):
        problems.append(f"source {source.id!r}, table {name!r}: {shown(key)} is blank or repeated in some rows")
    if problems:
        raise InvalidInput(problems, hint="the reader returned an unsound table; see docs/sources.md")
