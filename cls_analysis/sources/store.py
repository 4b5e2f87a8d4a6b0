"""How are observations written so that a crash, a full disk or two builds at once never leave half a table?

Each source is one Parquet file, written beside then renamed; `lock.json` of the mode says what was read to make it
(files, size, SHA-256, origin) and under which key. The key is also inside the Parquet file: a table whose key is not
the lock's comes from an interrupted build and is not read. Same input, same bytes: dates are kept apart from the lock.
"""

from __future__ import annotations

import datetime
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from cls_analysis.errors import DataMissing, StorageFailed
from cls_analysis.sources.layout import CELLS, CellFile, StoredCells, write_cells
from cls_analysis.sources.model import Source
from cls_analysis.sources.observations import COLUMNS, validate_observations
from cls_analysis.sources.places import mode_dir
from cls_analysis.sources.registry import get_source

KEY = b"cls_key"
_TEXT = [name for name in COLUMNS if name not in ("value", "cog")]
LOCK_PATIENCE_S = 600
NOT_FETCHED, NOT_GIVEN = "not_fetched", "partner"  # why a source is absent: not in the mirror; not given by a partner
TOLD = ("trust", "changes")  # what is said of files beside what was made from them: it makes no table anew


def write_observations(
    source: Source | str,
    frame: pd.DataFrame,
    *,
    mode: str,
    processed: Path | None = None,
    origin: str | None = None,
    files: Sequence[Mapping[str, Any]] = (),
    simulated: bool = False,
    tables: Mapping[str, pd.DataFrame] | None = None,
    notes: Sequence[str] = (),
    key: str = "",
) -> Path:
    """Validate OBSERVATIONS and put them, with the source's tables, in the built data of a mode; returns the Parquet path.

    `origin` says where the rows come from (`mirror`, `embedded`, or `simulated` where that is so); `files` are the lock's file entries;
    `key` identifies input and code, so that an unchanged source need not be read again. `InvalidInput` leaves what
    was there untouched; `StorageFailed` for a disk that is full or a folder that cannot be written.
    """
    declared = get_source(source) if isinstance(source, str) else source
    checked = validate_observations(frame, declared)
    folder = mode_dir(mode, processed) / "sources"
    origin = origin or ("simulated" if simulated else "embedded")
    with _storage(folder), _locked(mode, processed):
        for name, table in (tables or {}).items():
            _write_parquet(
                pa.Table.from_pandas(table, preserve_index=False), folder / f"{declared.id}.{name}.parquet", key
            )
        target = folder / f"{declared.id}.parquet"
        _replace(target, lambda path: write_cells(_arrow(checked), path, {KEY: key.encode()}))
        _update_lock(
            mode, processed, declared.id, _entry(declared, checked, origin, files, simulated, tables, notes, key)
        )
    return target


def load_observations(
    source_id: str,
    *,
    mode: str,
    processed: Path | None = None,
    variables: Sequence[str] | None = None,
    levels: Sequence[str] | None = None,
) -> pd.DataFrame:
    """OBSERVATIONS of one built source, sorted by level, variable, period, sex, age and code; text columns are categorical.

    `variables` and `levels` read only those rows. `DataMissing` when the source is not built in that mode, or when
    its table comes from an interrupted build.
    """
    path = mode_dir(mode, processed) / "sources" / f"{source_id}.parquet"
    _check_built(source_id, path, mode, processed)
    frame = CellFile(path).several(
        lambda cell: (levels is None or cell[0] in levels) and (variables is None or cell[1] in variables)
    )
    return frame.assign(**{name: _only_used(frame[name]) for name in _TEXT})


def stored_cells(mode: str, processed: Path | None = None) -> StoredCells:
    """The built sources of a mode, read cell by cell (layout.py). What is not built is a `DataMissing` once it is asked for."""

    def path_of(source_id: str) -> Path:
        path = mode_dir(mode, processed) / "sources" / f"{source_id}.parquet"
        _check_built(source_id, path, mode, processed)
        return path

    return StoredCells(path_of)


def _only_used(column: pd.Series) -> pd.Series:
    """A categorical column without the words that none of its rows has (counted, which is faster than sorted)."""
    whole = column.astype("category")
    words = whole.cat
    used = np.bincount(words.codes + 1, minlength=len(words.categories) + 1)[1:] > 0
    return whole if used.all() else words.set_categories(words.categories[used])


def load_table(source_id: str, table: str, *, mode: str, processed: Path | None = None) -> pd.DataFrame:
    """One table of a built source that is not numeric (`load_table("insee-appartenance", "2024", mode="official")`).

    Columns are those its `Table` declares; codes are text, null where the producer has none.
    """
    path = mode_dir(mode, processed) / "sources" / f"{source_id}.{table}.parquet"
    _check_built(source_id, path, mode, processed)
    return pq.read_table(path).to_pandas()


def load_lock(mode: str, processed: Path | None = None) -> dict[str, dict[str, Any]]:
    """What the built sources of a mode were made from, by source id, sorted; empty when nothing is built.

    Each entry holds `simulated`, `origin`, `files` ({path, url, bytes, sha256, origin}), `title`, `producer`,
    `vintage`, `licence`, `geography`, `updated`, `rows`, `tables`, `notes`, `caveats`, `key`. A source that was
    absent or refused has no entry (see `load_absent`).
    """
    return dict(_read_lock(mode, processed)["sources"])


def load_absent(mode: str, processed: Path | None = None) -> dict[str, str]:
    """The declared sources that the last build did not find, with the reason."""
    return dict(_read_lock(mode, processed)["absent"])


def load_read_dates(mode: str, processed: Path | None = None) -> dict[str, str]:
    """When each built source was read (UTC, ISO 8601)."""
    return dict(_read_lock(mode, processed)["read"])


def load_trust(mode: str, processed: Path | None = None) -> dict[str, dict[str, dict[str, str]]]:
    """How far each file of the built sources is known to be the producer's: `{source: {path: {sha256, level, why}}}` (trust.py)."""
    return dict(_read_lock(mode, processed)["trust"])


def load_changes(mode: str, processed: Path | None = None) -> dict[str, list[dict[str, Any]]]:
    """What the last replaced file of each source changed against the build before it, as checks (changes.py)."""
    return dict(_read_lock(mode, processed)["changes"])


def record_told(part: str, source_id: str, told: Any, *, mode: str, processed: Path | None = None) -> None:
    """Say this of a source in that part of the lock (`trust`, `changes`); nothing is written when it says so already."""
    if _read_lock(mode, processed)[part].get(source_id) == told:
        return
    folder = mode_dir(mode, processed) / "sources"
    with _storage(folder), _locked(mode, processed):
        lock = _read_lock(mode, processed)
        _write_lock(mode, processed, {**lock, part: dict(sorted({**lock[part], source_id: told}.items()))})


def is_fresh(source: Source, key: str, *, mode: str, processed: Path | None = None) -> bool:
    """Whether the built tables of a source were made from this very key, are whole, and in the layout that is read now."""
    entry = load_lock(mode, processed).get(source.id)
    folder = mode_dir(mode, processed) / "sources"
    paths = [
        folder / f"{source.id}.parquet",
        *(folder / f"{source.id}.{table.name}.parquet" for table in source.tables),
    ]
    if not key or entry is None or entry.get("key") != key or any(_key_of(path) != key for path in paths):
        return False
    return CELLS in (pq.read_schema(paths[0]).metadata or {})


def lock_is_sound(folder: Path) -> bool:
    """Whether a built folder (`<processed>/<mode>`) has a lock that can be read."""
    try:
        return isinstance(json.loads((folder / "lock.json").read_text(encoding="utf-8")), dict)
    except (FileNotFoundError, ValueError):
        return False


def load_why(mode: str, processed: Path | None = None) -> dict[str, str]:
    """Code of the absence of each source that `load_absent` tells in a sentence: `NOT_FETCHED` or `NOT_GIVEN`."""
    return dict(_read_lock(mode, processed)["why"])


def record_absent(
    absent: Mapping[str, str], *, mode: str, processed: Path | None = None, why: Mapping[str, str] | None = None
) -> None:
    """Replace the list of absent sources (`why`: their codes); their earlier tables and lock entries are withdrawn."""
    folder = mode_dir(mode, processed) / "sources"
    with _storage(folder), _locked(mode, processed):
        lock = _read_lock(mode, processed)
        kept = {name: entry for name, entry in lock["sources"].items() if name not in absent}
        dates = {name: date for name, date in lock["read"].items() if name not in absent}
        told = {part: {name: one for name, one in lock[part].items() if name not in absent} for part in TOLD}
        codes = {name: code for name, code in sorted({**lock["why"], **(why or {})}.items()) if name in absent}
        whole = {"sources": kept, "absent": dict(sorted(absent.items())), "why": codes, "read": dates, **told}
        _write_lock(mode, processed, whole)
        for source_id in absent:
            for path in folder.glob(f"{source_id}.*parquet"):
                path.unlink()


def _entry(
    source: Source,
    frame: pd.DataFrame,
    origin: str,
    files: Sequence[Mapping[str, Any]],
    simulated: bool,
    tables: Mapping[str, pd.DataFrame] | None,
    notes: Sequence[str],
    key: str,
) -> dict[str, Any]:
    return {
        "simulated": simulated, "origin": origin, "files": [dict(file) for file in files], "title": source.title,
        "producer": source.producer, "vintage": source.vintage, "licence": source.licence, "geography": source.geography,
        "updated": source.updated, "rows": len(frame), "tables": {name: len(table) for name, table in (tables or {}).items()},
        "notes": list(notes), "caveats": list(source.caveats), "key": key,
    }  # fmt: skip


def _arrow(frame: pd.DataFrame) -> pa.Table:
    """Text columns as dictionaries of sorted words, so that equal rows give equal bytes."""
    columns: dict[str, Any] = {}
    for name in COLUMNS:
        column = frame[name]
        if name in _TEXT:
            words = column.astype("category").cat
            ordered = (
                words.set_categories(sorted(words.categories.astype("str")))
                if len(frame)
                else column.astype("category")
            )
            columns[name] = pa.DictionaryArray.from_arrays(
                pa.array(ordered.cat.codes.astype("int32").to_numpy()),
                pa.array(list(ordered.cat.categories), type=pa.string()),
            )
        else:
            columns[name] = pa.array(
                column.to_numpy(), from_pandas=True, type=pa.float64() if name == "value" else pa.int64()
            )
    return pa.table(columns)


def _write_parquet(table: pa.Table, target: Path, key: str) -> None:
    stamped = table.replace_schema_metadata({KEY: key.encode()})
    _replace(target, lambda path: pq.write_table(stamped, path, compression="zstd"))


def _replace(target: Path, write: Callable[[Path], None]) -> None:
    """Write beside, flush to the disk, then rename: the target is the old file or the new one, never a part."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    os.close(handle)
    beside = Path(name)
    try:
        write(beside)
        with beside.open("rb+") as stream:
            os.fsync(stream.fileno())
        beside.chmod(0o644)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _read_lock(mode: str, processed: Path | None) -> dict[str, Any]:
    path = mode_dir(mode, processed) / "lock.json"
    try:
        lock = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        lock = {}
    except ValueError as error:
        raise StorageFailed(
            f"{path.name} of mode {mode!r} cannot be read: {error}", hint=f"cls-analysis data build --data {mode}"
        ) from error
    if not isinstance(lock, dict):
        raise StorageFailed(
            f"{path.name} of mode {mode!r} is damaged: not a list of sources",
            hint=f"cls-analysis data build --data {mode}",
        )
    return {part: lock.get(part, {}) for part in ("sources", "absent", "why", "read", *TOLD)}


def _write_lock(mode: str, processed: Path | None, lock: Mapping[str, Any]) -> None:
    text = json.dumps(lock, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    _replace(mode_dir(mode, processed) / "lock.json", lambda path: _say(path, text))


def _say(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _update_lock(mode: str, processed: Path | None, source_id: str, entry: Mapping[str, Any]) -> None:
    lock = _read_lock(mode, processed)
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    _write_lock(
        mode,
        processed,
        {
            **lock,
            "sources": dict(sorted({**lock["sources"], source_id: dict(entry)}.items())),
            "absent": {name: why for name, why in lock["absent"].items() if name != source_id},
            "why": {name: code for name, code in lock["why"].items() if name != source_id},
            "read": {**lock["read"], source_id: now},
        },
    )


def _check_built(source_id: str, path: Path, mode: str, processed: Path | None) -> None:
    entry = load_lock(mode, processed).get(source_id)
    how = f"cls-analysis data build --data {mode}"
    if entry is None or not path.is_file():
        why = load_absent(mode, processed).get(source_id, "it was never built")
        raise DataMissing(f"source {source_id!r} is not built in mode {mode!r}: {path.name}: {why}", hint=how)
    if _key_of(path) != entry.get("key"):
        raise DataMissing(f"{path.name} does not belong to the lock of mode {mode!r}: an interrupted build", hint=how)


def _key_of(path: Path) -> str | None:
    try:
        return (pq.read_schema(path).metadata or {}).get(KEY, b"").decode()
    except (OSError, pa.ArrowInvalid):
        return None


@contextmanager
def _locked(mode: str, processed: Path | None) -> Iterator[None]:
    """One writer at a time in the folder of a mode."""
    folder = mode_dir(mode, processed)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / ".write.lock", timeout=LOCK_PATIENCE_S):
            yield
    except Timeout as error:
        raise StorageFailed(
            f"another build has held {folder} for {LOCK_PATIENCE_S} s", hint="wait for it to end, then try again"
        ) from error


@contextmanager
def _storage(folder: Path) -> Iterator[None]:
    """A disk that is full or a folder that cannot be written is a `StorageFailed` that names the folder."""
    try:
        yield
    except StorageFailed:
        raise
    except OSError as error:
        raise StorageFailed(
            f"cannot write in {folder}: {error.strerror or error}",
            hint="free some space, or set CLS_PROCESSED to another folder",
        ) from error
