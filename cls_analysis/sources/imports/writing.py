"""How do partners' tables enter the built data, beside the official sources and never over them?

`write_imports("official")` is called after the official sources: an import has its own source id (`import-...`), so no
official row can be replaced. Two imports may feed one source (two variables, two partners) if no cell is given twice and
each variable keeps one geography. One problem in one import refuses them all: a figure left out in silence is a hidden gap. The
lock says of each import what a report must say: producer, licence, `restricted`, `threshold`. Simulated data take no import.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.api.types import union_categoricals

from cls_analysis.errors import InvalidInput
from cls_analysis.sources import store
from cls_analysis.sources.imports.declared import DECLARED
from cls_analysis.sources.imports.reading import ImportResult, load_imports
from cls_analysis.sources.imports.spec import ImportSpec
from cls_analysis.sources.model import Source, Variable
from cls_analysis.sources.observations import KEYS
from cls_analysis.sources.places import mode_dir
from cls_analysis.sources.text import shown

NONE_THERE = "no partner's file in data/raw/imports (cls-analysis imports template)"
RESTRICTED = "Diffusion restreinte"


def write_imports(mode: str, processed: Path | None = None, folder: Path | str | None = None) -> list[ImportResult]:
    """Read every import and write it among the built sources of `mode`; returns what was read.

    Mode `embedded` takes none and returns an empty list: a partner's real figures never meet simulated ones. `InvalidInput`
    with every problem of every import, nothing of them written. Imports of an earlier build that are gone are withdrawn.
    """
    mode_dir(mode, processed)
    if mode == "embedded":
        return []
    results = load_imports(folder)
    problems = [problem for result in results for problem in result.problems]
    groups: dict[str, list[ImportResult]] = {}
    for result in results:
        if result.spec is not None and result.observations is not None:
            groups.setdefault(result.spec.source, []).append(result)
    for source_id, group in groups.items():
        problems += _conflicts(source_id, group)
    if problems:
        raise InvalidInput(
            list(dict.fromkeys(problems)), hint="mend the files of data/raw/imports, then cls-analysis imports check"
        )
    gone = {name for name in store.load_lock(mode, processed) if name.startswith("import-")} - set(groups)
    absent = store.load_absent(mode, processed) | dict.fromkeys({*gone, *DECLARED} - set(groups), NONE_THERE)
    store.record_absent(
        {name: why for name, why in absent.items() if name not in groups},
        mode=mode,
        processed=processed,
        why=dict.fromkeys({*gone, *DECLARED} - set(groups), store.NOT_GIVEN),
    )
    for source_id, group in sorted(groups.items()):
        _write(source_id, group, mode=mode, processed=processed)
    return results


def restricted_imports(mode: str, processed: Path | None = None) -> list[str]:
    """Built imports of restricted circulation, sorted: a report that shows one of them is « diffusion restreinte »."""
    return sorted(name for name, entry in store.load_lock(mode, processed).items() if entry.get("restricted"))


def import_thresholds(mode: str, processed: Path | None = None) -> dict[str, int]:
    """Smallest count that each built import allows to publish, where its partner set one."""
    lock = store.load_lock(mode, processed)
    return {name: int(entry["threshold"]) for name, entry in lock.items() if entry.get("threshold") is not None}


def _specs(group: Sequence[ImportResult]) -> list[ImportSpec]:
    return [result.spec for result in group if result.spec is not None]


def _conflicts(source_id: str, group: Sequence[ImportResult]) -> list[str]:
    """What two imports of one source may not do: give a cell twice, or one variable in two geographies or two units."""
    problems = []
    frames = [
        result.observations.assign(file=result.path.name).astype(dict.fromkeys(KEYS, "str"))
        for result in group
        if result.observations is not None
    ]
    whole = pd.concat(frames, ignore_index=True)
    again = whole[whole.duplicated(list(KEYS), keep=False)]
    for keys, part in list(again.groupby(["variable", "period"])):
        files = sorted(set(part["file"]))
        codes = sorted(set(part["code"]))
        problems.append(
            f"{' and '.join(files)}: both give {keys[0]!r} of {keys[1]} for {len(codes)} territories of {source_id}: {shown(codes)}"
        )
    for (variable, period), part in whole.groupby(["variable", "period"]):
        cogs = sorted(set(part["cog"]))
        if len(cogs) > 1:
            files = sorted(set(part["file"]))
            problems.append(
                f"{', '.join(files)}: {variable!r} of {period} is given in COG {' and '.join(map(str, cogs))}; one variable keeps one geography"
            )
        grids = {tuple(sorted(set(zip(rows["sex"], rows["age"], strict=True)))) for _, rows in part.groupby("file")}
        if len(grids) > 1:
            problems.append(
                f"{', '.join(sorted(set(part['file'])))}: {variable!r} of {period} has not the same sexes and ages in each file"
            )
    units: dict[str, Variable] = {}
    for spec in _specs(group):
        for variable in spec.variables():
            first = units.setdefault(variable.name, variable)
            if (first.unit, first.kind) != (variable.unit, variable.kind):
                problems.append(
                    f"{source_id}: {variable.name!r} is in {first.unit!r} in one file, in {variable.unit!r} in another"
                )
    return problems


def _write(source_id: str, group: Sequence[ImportResult], *, mode: str, processed: Path | None) -> None:
    specs = _specs(group)
    frames = [result.observations for result in group if result.observations is not None]
    files = [file for result in group for file in result.files]
    key = hashlib.sha256("".join(f"{file['path']}:{file['sha256']};" for file in files).encode()).hexdigest()
    source = _source(source_id, specs)
    notes = [note for result in group for note in result.notes]
    store.write_observations(
        source, _stack(frames), mode=mode, processed=processed, origin="import", files=list({file["path"]: file for file in files}.values()),
        notes=notes, key=key,
    )  # fmt: skip
    thresholds = [spec.threshold for spec in specs if spec.threshold is not None]
    extra: dict[str, Any] = {
        "restricted": any(spec.restricted for spec in specs),
        "threshold": max(thresholds) if thresholds else None,
        "imports": sorted(result.name for result in group),
    }
    entry = store.load_lock(mode, processed)[source_id]
    with store._locked(mode, processed):
        store._update_lock(mode, processed, source_id, {**entry, **extra})


def _stack(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    if len(frames) == 1:
        return frames[0]
    whole = pd.concat(frames, ignore_index=True)
    text = [name for name in whole.columns if name not in ("value", "cog")]
    columns = {
        name: union_categoricals([frame[name].astype("category") for frame in frames], sort_categories=name != "status")
        for name in text
    }
    return whole.assign(**columns).sort_values(list(KEYS), kind="stable").reset_index(drop=True)


def _source(source_id: str, specs: Sequence[ImportSpec]) -> Source:
    """The declaration under which an import is written: the catalogue's variables, the partner's own words."""
    variables = {variable.name: variable for spec in specs for variable in spec.variables()}
    declared = DECLARED.get(source_id)
    title = "; ".join(dict.fromkeys(spec.title or (declared.title if declared else spec.label) for spec in specs))
    caveats = [RESTRICTED + " : convention du partenaire."] if any(spec.restricted for spec in specs) else []
    made = Source(
        source_id,
        "; ".join(dict.fromkeys(spec.producer for spec in specs)),
        title,
        "; ".join(dict.fromkeys(spec.period for spec in specs)),
        "; ".join(dict.fromkeys(spec.licence for spec in specs)),
        "; ".join(dict.fromkeys(f"COG {spec.cog}" for spec in specs)),
        (),
        tuple(variables.values()),
        _unread,
        caveats=("Fichier de partenaire, déposé par l’utilisateur.", *caveats),
    )
    return replace(made, homepage=None)


def _unread(_paths: object) -> pd.DataFrame:
    raise InvalidInput(
        "an import is read by load_imports, not as an official source", hint="cls-analysis imports check"
    )
