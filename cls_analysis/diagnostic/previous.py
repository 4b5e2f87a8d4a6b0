"""Which earlier edition is meant, what did it publish about this territory, and of which communes was it made?

An edition is a folder of processed data (it holds `official/published/`), a folder of reports (`reports/<territory>/<edition>/`, with the
CSV of the published rows and the manifest), or that CSV itself. The manifest tells the composition of the territory then, so that
a perimeter that changed is not read as a change of its inhabitants; without one, that is not known, and it is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cls_analysis.diagnostic import slices
from cls_analysis.disclosure.composition import fingerprint, told_by
from cls_analysis.errors import DataMissing, InvalidInput
from cls_analysis.geography.project import project_root

HINT = "give a folder that holds official/published/, or the folder of a report made with csv, or that csv"
_NEEDED = ("indicator", "territory_type", "territory", "period", "sex", "age", "value", "lower", "upper", "unit", "method",
           "status", "source_ids")  # fmt: skip


@dataclass(frozen=True)
class Earlier:
    """Rows of the territory in an earlier edition, its name, and whether the perimeter was made of the same communes (None: not told)."""

    rows: pd.DataFrame
    name: str
    same_communes: bool | None = None


def locate(name: str, territory: str, *, reports: Path | None = None) -> Path:
    """The file or folder that `name` means: a path, or an edition under `reports` (the project's unless given).

    DataMissing lists the editions that there are.
    """
    path = Path(name).expanduser()
    if path.exists():
        return path.resolve()
    home = (reports or project_root() / "reports") / territory
    if Path(name).name == name and (home / name).is_dir():
        return (home / name).resolve()
    known = sorted(p.name for p in home.iterdir() if p.is_dir()) if home.is_dir() else []
    raise DataMissing(
        f"no earlier edition {name!r} of {territory}" + (f" (there are: {', '.join(known)})" if known else ""), hint=HINT
    )  # fmt: skip


def read_earlier(path: Path, territory: Any, mode: str) -> Earlier:
    """What that edition published about the territory; DataMissing when it holds nothing about it, InvalidInput when it is unreadable."""
    same = None
    if path.is_file():
        rows, same = _from_csv(path), _same(path.parent, territory)
    elif (table := _parquet(path, mode)) is not None:
        rows = slices.in_texts(slices.read_slice(table, {territory.territory_type: [territory.territory]}))
    else:
        rows, same = _from_report(path, territory.territory), _same(path, territory)
    own = rows[(rows["territory_type"] == territory.territory_type) & (rows["territory"] == territory.territory)]
    if own.empty:
        raise DataMissing(f"{path.name} says nothing of {territory.territory}", hint=HINT)
    return Earlier(told_once(own), path.name, same)


def told_once(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of all ages, both sexes together where the indicator has such a row: the others would repeat the same change."""
    kept = rows[rows["age"].astype(str) == "all"]
    both = set(kept.loc[kept["sex"].astype(str) == "all", "indicator"])
    return kept[(kept["sex"].astype(str) == "all") | ~kept["indicator"].isin(both)].reset_index(drop=True)


def _parquet(path: Path, mode: str) -> Path | None:
    wanted = (path / mode / "published", path / "published", path)
    return next((p / "indicators.parquet" for p in wanted if (p / "indicators.parquet").is_file()), None)


def _from_report(path: Path, territory: str) -> pd.DataFrame:
    files = [p for p in sorted(path.glob("*.csv")) if not p.stem.endswith("-participation")]
    for file in files:
        rows = _from_csv(file)
        if territory in set(rows["territory"]):
            return rows
    raise DataMissing(f"{path.name} holds no table of published rows of {territory}", hint=HINT)


def _from_csv(path: Path) -> pd.DataFrame:
    """The CSV of a report (`;`, decimal comma), as rows of THE TABLE."""
    try:
        frame = pd.read_csv(path, sep=";", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except ValueError as error:  # pandas' errors of reading and Python's of decoding
        raise InvalidInput(f"{path.name} is not the CSV of a report ({error})", hint=HINT) from error
    missing = [c for c in _NEEDED if c not in frame]
    if missing:
        raise InvalidInput(f"{path.name} is not the CSV of a report: it lacks {', '.join(missing)}", hint=HINT)
    try:
        numbers = {c: pd.to_numeric(frame[c].str.replace(",", ".", regex=False)) for c in ("value", "lower", "upper")}
    except ValueError as error:
        raise InvalidInput(f"{path.name} is not the CSV of a report: {error}", hint=HINT) from error
    return frame.assign(**numbers, simulated=frame["simulated"] == "vrai" if "simulated" in frame else False)


def _same(folder: Path, territory: Any) -> bool | None:
    """Whether the manifests of a folder tell the territory of the same communes; None where none tells it."""
    for path in sorted(folder.glob("manifest*.json")):
        for entry in (told_by(path) or {"territories": ()})["territories"]:
            if (entry["territory_type"], entry["territory"]) == (territory.territory_type, territory.territory):
                return bool(entry["sha256"] == fingerprint(territory.communes))
    return None
