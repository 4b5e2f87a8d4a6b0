"""From sources to published tables, for all France, whole or not at all.

Sources (official: read from a mirror; embedded: real populations and simulated tables) -> THE TABLE -> comparisons ->
the door of disclosure -> `published/`. The sources are first held against each other (`checks.json`): a broken check stops
the build, a doubtful one is kept for the reports. Nothing is computed when the stamp of the last build is that of the
catalogue, code and sources of now. Everything is written beside the last good build, which is replaced only when
all of it is there: a build that fails leaves the last one untouched.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from filelock import FileLock, Timeout

from cls_analysis import __version__, demo, disclosure, geography, indicators, kept, sources
from cls_analysis.errors import ClsError, InvalidInput, StorageFailed
from cls_analysis.indicators import Built, Indicator
from cls_analysis.indicators.absence import explained
from cls_analysis.indicators.parts import Parts
from cls_analysis.kept import load_build
from cls_analysis.sources import remote
from cls_analysis.sources.crosschecks import run_checks
from cls_analysis.sources.imports import import_thresholds, write_imports
from cls_analysis.sources.places import refuse_address
from cls_analysis.sources.store import is_fresh, load_why, lock_is_sound, stored_cells
from cls_analysis.stamp import bytes_of, is_current, stale_reason, stamp_of

__all__ = ["MODES", "build", "is_current", "load_build", "stale_reason"]

BASSINS_COG = 2024  # vintage of the membership table that carries the bassins de vie of 2022
MODES = ("embedded", "official")
READ_AHEAD_FROM = 6  # sources from which two processes repay their start
WRITTEN = (
    "indicators.parquet",
    "comparisons.parquet",
    "published/indicators.parquet",
    "published/comparisons.parquet",
    "checks.json",
    "lock.json",
)
Progress = Callable[[str], None]


def build(
    mode: str,
    *,
    mirror: Path | None = None,
    processed: Path | None = None,
    earlier: Sequence[Path] = (),
    progress: Progress | None = None,
) -> Path:
    """Build everything for `mode` ("embedded" or "official") and return the folder `<processed>/<mode>`.

    `mirror`: folder of the official files (official mode). `earlier`: folders of reports already sent, whose published
    counts stay known, so that a changed perimeter does not reveal one by difference. `progress` is called with the name of each step.
    Writes `sources/`, `indicators.parquet`, `comparisons.parquet`, `published/` and `build.json` (what was built, what is
    missing and why, codes no vintage knew, what disclosure withheld, families of tests, checks, stamp, seconds of each step). When the
    stamp and the files of the last build are those of now, it is left as it is and its folder returned. Raises `InvalidInput` for an
    unknown mode or an address, `StorageFailed` when another build of the same folder is running, and what the rooms raise.
    """
    if mode not in MODES:
        raise InvalidInput(f"mode {mode!r} is not one of {', '.join(MODES)}")
    refuse_address(processed, hint="--processed DIR; copy the folder to its address once it is built (docs/cluster.md)")
    root = processed or sources.processed_dir()
    root.mkdir(parents=True, exist_ok=True)
    say = progress or (lambda _: None)
    try:
        with FileLock(root / f".{mode}.lock", timeout=600), _beside(root, mode) as (workspace, folder):
            clock: dict[str, float] = {}
            with _timed(clock, "sources", say):
                _build_sources(mode, mirror=mirror, processed=workspace)
            written, stamp = bytes_of(mode), stamp_of(mode, workspace)
            if not earlier and _made_already(root / mode, stamp):
                say("unchanged")
                return root / mode
            before = kept.last_build(root / mode)
            with _timed(clock, "checks", say):
                checks = _checks(mode, workspace, root / mode, before)
            made = _tables(mode, workspace, folder, clock, say, earlier, last=root / mode, before=before)
            made["keys"] |= checks["keys"]
            made["checks"] = checks["checks"]
            made |= {"stamp": stamp, "bytes": written}
            made["seconds"] = {step: round(spent, 2) for step, spent in clock.items()}
            made["files"] = remote.hashes(folder)
            (folder / "build.json").write_text(
                json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8"
            )
            _swap(folder, root / mode)
    except Timeout:
        raise StorageFailed(f"another build of {mode} data holds {root.name}", hint="wait for it to end") from None
    return root / mode


def _checks(mode: str, workspace: Path, last: Path, before: Mapping[str, Any]) -> dict[str, Any]:
    """The checks of the sources, made or, where nothing they read has changed, those of the last build."""
    key = kept.checks_key(mode, workspace)
    if before.get("keys", {}).get("checks") == key and (last / "checks.json").is_file():
        kept.linked(str(last / "checks.json"), str(workspace / mode / "checks.json"))
        return {"checks": before["checks"], "keys": {"checks": key}}
    made = run_checks(mode, workspace)
    return {"checks": dict(sorted(Counter(check.status for check in made).items())), "keys": {"checks": key}}


def _made_already(last: Path, stamp: Mapping[str, str]) -> bool:
    """Whether the last build has this stamp, no earlier edition to respect and all its files."""
    told = kept.last_build(last)
    same = told.get("stamp") == dict(stamp) and not told.get("earlier")
    return same and all((last / name).is_file() for name in WRITTEN) and not remote.altered(last, told)


def _tables(
    mode: str,
    workspace: Path,
    folder: Path,
    clock: dict[str, float],
    say: Progress,
    earlier: Sequence[Path],
    *,
    last: Path,
    before: Mapping[str, Any],
) -> dict[str, Any]:
    catalogue = disclosure.under_agreements(indicators.load_catalogue(), import_thresholds(mode, workspace))
    members = geography.members()
    sent = [disclosure.earlier_edition(path, name=path.name, members=members, catalogue=catalogue) for path in earlier]
    with _timed(clock, "indicators", say):
        built, recomputed = _indicators(mode, workspace, folder, catalogue, say)
    with _timed(clock, "contours", say):
        keys = _bassin_contours(folder, last, before)
    with _timed(clock, "comparisons", say):
        population = geography.communes().set_index("code_commune")["population"]
        pairs = indicators.main_comparators(members, population)
        comparisons = indicators.compare(built.table, built.rests, pairs, catalogue=catalogue)
        indicators.write_table(comparisons, folder / "comparisons.parquet")
        built = replace(built, rests=built.rests.iloc[:0].copy())  # their only use is behind us
    with _timed(clock, "disclosure", say):
        tables = (folder / "indicators.parquet", folder / "comparisons.parquet")
        key = kept.disclosure_key(tables, catalogue, members, (str(path) for path in earlier))
        told = before.get("disclosure", {})
        same = before.get("keys", {}).get("disclosure") == key and not earlier
        if not same or not kept.take_published(last, folder, before["keys"]["published"]):
            published, published_comparisons, report = disclosure.publish(
                built.table, comparisons, catalogue=catalogue, members=members, earlier=[edition for edition, _ in sent]
            )
            indicators.write_table(published, folder / "published" / "indicators.parquet")
            indicators.write_table(published_comparisons, folder / "published" / "comparisons.parquet")
            told = {"before": report.before, "after": report.after}
    return {
        "keys": {**keys, "disclosure": key, "published": kept.hashes(folder)},
        "recomputed": recomputed,
        "mode": mode,
        "version": __version__,
        "reference_cog": geography.REFERENCE_COG,
        "rows": len(built.table),
        "indicators": len(catalogue),
        "missing": dict(built.missing),
        "absences": {name: explained(one, load_why(mode, workspace)).told() for name, one in built.absences.items()},
        "unmatched_codes": {source: list(codes) for source, codes in built.unmatched.items()},
        "families": _families(comparisons),
        "disclosure": told,
        "earlier": {edition.name: {"rows": len(edition.published), "told": list(told)} for edition, told in sent},
    }


def _indicators(
    mode: str, workspace: Path, folder: Path, catalogue: Mapping[str, Indicator], say: Progress
) -> tuple[Built, list[str]]:
    """THE TABLE, written, and the indicators that had to be computed; what they were computed on is let go with the call."""
    lock = sources.load_lock(mode, workspace)
    ground = indicators.make_ground(
        stored_cells(mode, workspace),
        {source: bool(entry["simulated"]) for source, entry in lock.items()},
        bassins=_bassins(mode, workspace, lock),
    )
    _write_bassins(ground.inputs.bassins, folder / "bassins.parquet")
    parts = Parts(folder / "parts", kept.source_identities(mode, workspace), kept.ground_key(ground.inputs.bassins))
    built = indicators.compute_table(catalogue, ground, progress=lambda name: say(f"indicator {name}"), kept=parts)
    parts.sweep()
    indicators.write_table(built.table, folder / "indicators.parquet")
    return built, sorted(parts.computed)


def _families(comparisons: pd.DataFrame) -> dict[str, int]:
    """Tests corrected together, by perimeter."""
    mine = comparisons[comparisons["territory_type"] == "perimeter"]
    return {str(name): int(size) for name, size in mine.groupby("territory", observed=True)["family"].first().items()}


def _build_sources(mode: str, *, mirror: Path | None, processed: Path) -> None:
    """Sources of the mode into the workspace; those whose files and code did not change are kept as they are."""
    if mode == "official" and not sources.load_lock(mode, processed):
        _read_ahead(mode, mirror, processed)
    sources.build_sources(mode, mirror=mirror, processed=processed)
    write_imports(mode, processed)
    if mode != "embedded":
        return
    key = _demo_key()
    for source_id in demo.source_ids():
        declared = demo.DEMO_SOURCES.get(source_id) or sources.get_source(source_id)
        declared = replace(declared, tables=())
        if not is_fresh(declared, key, mode=mode, processed=processed):
            sources.write_observations(
                declared,
                demo.simulate(source_id),
                mode=mode,
                processed=processed,
                simulated=True,
                key=key,
                notes=("Table simulée : aucune valeur n’est réelle.",),
            )


def _read_ahead(mode: str, mirror: Path | None, processed: Path) -> None:
    """Read the sources of a first build in two processes, the heaviest first; what cannot be read is told afterwards, by
    the reading that finds the others done."""
    folder = mirror or Path(os.environ.get("CLS_DATA_MIRROR", "."))
    weights = {
        name: sum((folder / f.path).stat().st_size for f in source.files if (folder / f.path).is_file())
        for name, source in sources.all_sources().items()
        if mode in source.modes
    }
    heaviest = sorted((name for name in weights if weights[name]), key=lambda name: (-weights[name], name))
    if len(heaviest) < READ_AHEAD_FROM or (os.cpu_count() or 1) < 2:
        return
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        for done in [pool.submit(_read_one, mode, folder, processed, name) for name in heaviest]:
            done.result()


def _read_one(mode: str, mirror: Path, processed: Path, source: str) -> None:
    with suppress(ClsError):
        sources.build_sources(mode, mirror=mirror, processed=processed, only=[source])


def _demo_key() -> str:
    """Identity of the simulated tables: their code and the communes they stand on."""
    digest = hashlib.sha256()
    for path in sorted(Path(demo.__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    communes = geography.communes().merge(geography.membership(), on="code_commune", how="left", validate="one_to_one")
    digest.update(
        pd.util.hash_pandas_object(communes[["code_commune", "population", "siren_epci"]]).to_numpy().tobytes()
    )
    return digest.hexdigest()


def _bassins(mode: str, processed: Path, lock: Mapping[str, Any]) -> pd.DataFrame | None:
    """Membership of communes in bassins de vie, with the vintage of their codes; None where it is not built."""
    if mode == "embedded":
        return demo.bassins_de_vie().assign(cog=geography.REFERENCE_COG)
    if "insee-appartenance" not in lock:
        return None
    table = sources.load_table("insee-appartenance", str(BASSINS_COG), mode=mode, processed=processed)
    return table[["code_commune", "bassin_de_vie"]].assign(cog=BASSINS_COG)


def _write_bassins(shares: pd.DataFrame | None, path: Path) -> None:
    """Bassin de vie of each commune, for maps (columns code_commune, bassin_de_vie): the one with most of its people."""
    if shares is not None:
        ordered = shares.sort_values(["code_commune", "share", "bassin_de_vie"], ascending=[True, False, True])
        main = ordered.drop_duplicates("code_commune")[["code_commune", "bassin_de_vie"]].astype("str")
        indicators.write_table(main, path)


def _bassin_contours(folder: Path, last: Path, before: Mapping[str, Any]) -> dict[str, str]:
    """Contours of the bassins de vie, dissolved or, where neither their communes nor those of a commune changed, the last ones; their key."""
    bassins, name = folder / "bassins.parquet", "bassins-contours.parquet"
    if not bassins.is_file():
        return {}
    key = kept.contours_key(bassins)
    written = before.get("files", {}).get(name)
    if before.get("keys", {}).get("contours") == key and written and remote.hashes(last).get(name) == written:
        kept.linked(str(last / name), str(folder / name))
    else:
        frame = pd.read_parquet(bassins).astype("str")
        mapping = dict(zip(frame["code_commune"].tolist(), frame["bassin_de_vie"].tolist(), strict=True))
        geography.keep_dissolved(mapping, folder / name)
    return {"contours": key}


@contextmanager
def _beside(root: Path, mode: str) -> Iterator[tuple[Path, Path]]:
    """A workspace with the layout of `root`, removed at the end whatever happens."""
    workspace = root / f".building-{mode}-{os.getpid()}"
    shutil.rmtree(workspace, ignore_errors=True)
    (workspace / mode / "published").mkdir(parents=True)
    last = root / mode
    if lock_is_sound(last) and (last / "sources").is_dir():  # else every source is read again
        shutil.copytree(last / "sources", workspace / mode / "sources", copy_function=kept.linked)
        shutil.copy2(last / "lock.json", workspace / mode / "lock.json")
    if (last / "parts").is_dir():
        shutil.copytree(last / "parts", workspace / mode / "parts", copy_function=kept.linked)
    try:
        yield workspace, workspace / mode
    finally:
        shutil.rmtree(workspace, ignore_errors=True)


def _swap(new: Path, final: Path) -> None:
    """Put the new build in place; the old one goes only once the new one is there."""
    old = final.with_name(f".old-{final.name}-{os.getpid()}")
    if final.exists():
        final.rename(old)
    try:
        new.rename(final)
    except OSError as error:
        if old.exists():
            old.rename(final)
        raise StorageFailed(f"the new build could not be put in place: {error}", hint="check the disk") from error
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _timed(clock: dict[str, float], step: str, say: Progress) -> Iterator[None]:
    say(step)
    start = time.monotonic()
    yield
    pa.default_memory_pool().release_unused()  # what a step read is not carried into the next
    clock[step] = time.monotonic() - start
