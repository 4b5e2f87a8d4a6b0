"""Do the sources agree with each other, and each with what it should be, before anything is computed from them?

A reader sees one file; here the built OBSERVATIONS are held against the Code officiel géographique, against the totals
another producer publishes, and against their own previous year. Each check gives a figure, a tolerance and a status:
`ok`; `doubtful` (out of tolerance: the report's annex says so); `broken` (so far out that a file, a unit or a column must
be wrong: the build stops). Tolerances are those met by the official files of 2023 to 2025, with room for a new vintage.
Simulated tables are only checked for their bounds. Written as `<processed>/<mode>/checks.json`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd

from cls_analysis.errors import DataMissing, InvalidInput
from cls_analysis.sources.agreements import BY_ROAD, MEDIANS, NEAR, ORDERED, SAME, SUMS, TOTALS, YEARLY, Cell
from cls_analysis.sources.checks import Check, cases, french, graded
from cls_analysis.sources.codes import DEPARTEMENTS, departement_of, known_communes
from cls_analysis.sources.coherence import by_road, on_the_map, one_number, ordered
from cls_analysis.sources.model import Source
from cls_analysis.sources.places import mode_dir
from cls_analysis.sources.registry import all_sources
from cls_analysis.sources.store import load_changes, load_lock, load_observations, load_trust
from cls_analysis.sources.trust import reviewed, trust_check

BIG = 2000  # inhabitants: under this, a census moves too much from year to year to tell an error


def within_bounds(source: Source, frame: pd.DataFrame) -> Check:
    """Shares outside 0 to 100 and values outside the declared bounds; a share that never passes 1 is a wrong unit."""
    wrong = []
    for name, values in frame.groupby("variable", observed=True)["value"]:
        variable, held = source.names.get(str(name)), values.dropna()
        if variable is None or held.empty:
            continue
        low = variable.minimum is not None and held.min() < variable.minimum
        high = variable.maximum is not None and held.max() > variable.maximum
        share = variable.maximum == 100 and variable.unit.startswith("%")
        if low or high or (share and len(held) >= 100 and 0 < held.max() <= 1):
            wrong.append(f"{name} ({held.min():g} à {held.max():g})")
    return graded(
        f"bounds/{source.id}", [source.id], f"Valeurs dans leurs bornes, parts entre 0 et 100 % : {source.title}",
        len(wrong), ok=0, broken=0, unit="variable hors bornes", detail=cases(wrong),
    )  # fmt: skip


def communes_known(source: Source, frame: pd.DataFrame) -> list[Check]:
    """Communes of each département against the COG that the rows declare: unknown codes, and départements with holes."""
    checks = []
    rows = frame.loc[frame["level"] == "commune", ["code", "cog"]].drop_duplicates()
    for cog, part in rows.groupby("cog"):
        year, held = int(str(cog)), set(part["code"].astype("str"))
        known = known_communes(year)
        whole = {departement_of(code) for code in held}
        missing = sorted(code for code in known - held if departement_of(code) in whole)
        gap = 100 * (len(missing) + len(held - known)) / max(len(known), 1)
        absent = [code for code in DEPARTEMENTS if code not in whole]
        detail = "; ".join(
            text
            for text in (
                f"absentes : {cases(missing, most=6)}" if missing else "",
                f"inconnues : {cases(sorted(held - known), most=6)}" if held - known else "",
                f"départements sans donnée : {cases(absent, most=12)}" if absent else "",
            )
            if text
        )
        checks.append(
            graded(
                f"communes/{source.id}/{year}",
                [source.id],
                f"Communes du COG {year} présentes, département par département : {source.title}",
                gap,
                ok=0.1,
                broken=5,
                unit="% des communes",
                detail=detail,
            )
        )
    return checks


def same_figures(key: str, label: str, one: pd.Series, other: pd.Series, sources: Sequence[str]) -> Check:
    """One figure published twice: the share of the common codes where the two differ."""
    both = _paired(one, other)
    differ = both["one"] != both["other"]
    return graded(
        key,
        sources,
        label,
        _percent(differ),
        ok=0.5,
        broken=3,
        unit="% des communes",
        detail=cases(both.index[differ], most=6),
    )


def near_figures(key: str, label: str, one: pd.Series, other: pd.Series, sources: Sequence[str]) -> Check:
    """Populations of near years: the share of the communes over 2 000 inhabitants that differ by more than 20 %."""
    both = _paired(one, other)
    big = both[both["one"] > BIG]
    far = (big["other"] / big["one"] - 1).abs() > 0.2
    return graded(
        key,
        sources,
        label,
        _percent(far),
        ok=0.5,
        broken=2,
        unit="% des communes de plus de 2 000 habitants",
        detail=cases(big.index[far], most=6),
    )


def same_totals(
    key: str, label: str, one: pd.Series, other: pd.Series, sources: Sequence[str], *, ok: float, broken: float
) -> Check:
    """Sums against published totals, by code: the largest gap in %, and where it is."""
    both = _paired(one, other)
    gaps = (100 * (both["one"] / both["other"].where(both["other"] != 0) - 1)).abs().dropna()
    worst = gaps.nlargest(4).index
    return graded(
        key, sources, label, gaps.max() if len(gaps) else 100.0, ok=ok, broken=broken, unit="%", detail=cases(worst)
    )


def jumps(key: str, label: str, before: pd.Series, after: pd.Series, sources: Sequence[str]) -> Check:
    """A yearly measure against its previous year: the share of communes that moved by more than half.

    Movements are counted from the median at least, so that a rise from almost nothing is not one. A median that moved
    by more than a quarter is a change of unit or method: it alone makes the check broken.
    """
    both = _paired(before, after)
    middle = both["one"].median()
    moved = (both["other"] - both["one"]).abs() > 0.5 * both["one"].clip(lower=middle)
    shift = 100 * abs(both["other"].median() / middle - 1) if middle else np.inf
    check = graded(
        key,
        sources,
        label,
        _percent(moved),
        ok=3,
        broken=10,
        unit="% des communes",
        detail=cases(both.index[moved], most=6),
    )
    if shift <= 25:
        return check
    return Check(
        check.key,
        check.sources,
        check.label,
        "broken",
        check.value,
        check.tolerance,
        f"médiane déplacée de {french(round(shift, 1))} %",
    )


def run_checks(mode: str, processed: Path | None = None) -> list[Check]:
    """All the checks that the built sources allow, written in `checks.json`; raises `InvalidInput` if one is broken.

    A check whose sources are not built, or are simulated (bounds excepted), is not made: it is not in the list.
    """
    lock, declared = load_lock(mode, processed), all_sources()
    real = {name for name, entry in lock.items() if not entry["simulated"]}
    checks: list[Check] = []
    told, changed = load_trust(mode, processed), load_changes(mode, processed)
    for name in sorted(set(lock) & set(declared)):
        if told.get(name):
            checks.append(trust_check(name, declared[name].title, told[name]))
        checks += [Check(**{**row, "sources": tuple(row["sources"])}) for row in changed.get(name, [])]
        frame = load_observations(name, mode=mode, processed=processed)
        if frame.empty:
            continue
        checks.append(within_bounds(declared[name], frame))
        if name in real and declared[name].modes != ("embedded",):
            checks += communes_known(declared[name], frame)
            checks += softened(_coherence(declared[name], frame), told.get(name, {}))
    checks += _between(lambda cell: _series(cell, mode, processed) if cell.source in real else None)
    _write(checks, mode_dir(mode, processed) / "checks.json")
    wrong = [check for check in checks if check.status == "broken"]
    if wrong:
        raise InvalidInput(
            [f"sources {', '.join(c.sources)}: {c.label}: {c.value:g} ({c.tolerance}); {c.detail}" for c in wrong],
            hint="compare the files with the producers' (cls-analysis data sources), then build again; the last good build was kept. A file that is "
            'right as it is: cls-analysis data trust FILE --because "what was compared" (checks of one file on the map are then told, not refused)',
        )
    return checks


def softened(checks: Sequence[Check], told: Mapping[str, Mapping[str, str]]) -> list[Check]:
    """What is broken in a file that is published so, or that was accepted after review, or a partner's, is told as doubtful."""
    if told and not reviewed(told):
        return list(checks)
    return [replace(check, status="doubtful") if check.status == "broken" else check for check in checks]


def _coherence(source: Source, frame: pd.DataFrame) -> list[Check]:
    """What the map, the population, and the variables of one source say of each other (coherence.py)."""
    checks = [*on_the_map(source, frame), *one_number(source, frame)]
    for name, low, high, label in ORDERED:
        if name == source.id and {low, high} <= set(frame["variable"].astype("str")):
            checks += ordered(source, _last_of(frame, low), _last_of(frame, high), label, low)
    if source.id in BY_ROAD:
        for name in frame["variable"].unique():
            label = source.names[str(name)].label
            checks += by_road(source, _last_of(frame, str(name), level="commune"), service=label)
    return checks


def _last_of(frame: pd.DataFrame, variable: str, *, level: str | None = None) -> pd.Series:
    """Values by code of a variable (both sexes, all ages), at its last period."""
    rows = frame[(frame["variable"] == variable) & (frame["sex"] == "all") & (frame["age"] == "all")]
    rows = rows if level is None else rows[rows["level"] == level]
    rows = rows[rows["period"] == rows["period"].astype("str").max()] if len(rows) else rows
    return pd.Series(rows["value"].to_numpy(), index=rows["code"].astype("str").to_numpy())


def load_checks(mode: str, *, processed: Path | None = None) -> list[Check]:
    """The checks of the last build, in their order; `DataMissing` where that mode was not built with checks."""
    path = mode_dir(mode, processed) / "checks.json"
    if not path.is_file():
        raise DataMissing(f"{mode} data were built without checks", hint=f"cls-analysis data build --data {mode}")
    return [Check(**{**row, "sources": tuple(row["sources"])}) for row in json.loads(path.read_text(encoding="utf-8"))]


def _write(checks: Sequence[Check], path: Path) -> None:
    path.write_text(json.dumps([asdict(check) for check in checks], ensure_ascii=False, indent=1), encoding="utf-8")


def _between(read: Callable[[Cell], pd.Series | None]) -> list[Check]:
    """The checks that hold one source against another; `read` gives the values of a cell by code, or None."""
    checks: list[Check] = []
    for kind, pairs, compare in (("same", SAME, same_figures), ("near", NEAR, near_figures)):
        for one, other, label in pairs:
            left, right = read(one), read(other)
            if left is not None and right is not None:
                checks.append(compare(_key(kind, one, other), label, left, right, (one.source, other.source)))
    for kind, totals in (("sum", SUMS), ("total", TOTALS), ("median", MEDIANS)):
        for one, other, label, ok, stop in totals:
            left, right = read(one), read(other)
            if left is None or right is None:
                continue
            if kind != "total":
                parts = left.groupby(left.index.map(departement_of))
                left = parts.sum() if kind == "sum" else parts.median()
            checks.append(
                same_totals(_key(kind, one, other), label, left, right, (one.source, other.source), ok=ok, broken=stop)
            )
    for variable in YEARLY:
        left, right = (read(Cell("drees-apl", variable, year)) for year in ("2022", "2023"))
        if left is not None and right is not None:
            label = f"APL 2022 et 2023 de la même commune ({variable})"
            checks.append(jumps(f"yearly/drees-apl/{variable}", label, left, right, ("drees-apl",)))
    return checks


def _key(kind: str, one: Cell, other: Cell) -> str:
    return f"{kind}/{one.source}/{one.variable}/{one.period}/{other.source}/{other.variable}/{other.period}"


def _series(cell: Cell, mode: str, processed: Path | None) -> pd.Series | None:
    frame = load_observations(
        cell.source, mode=mode, processed=processed, variables=[cell.variable], levels=[cell.level]
    )
    chosen = frame[frame["period"] == cell.period]
    if cell.added:
        whole = (
            chosen.groupby(chosen["code"].astype("str"))["value"].agg(lambda parts: parts.sum(skipna=False)).dropna()
        )
        return None if whole.empty else whole
    chosen = chosen[(chosen["sex"] == "all") & (chosen["age"] == "all")]
    values = pd.Series(chosen["value"].to_numpy(), index=chosen["code"].astype("str").to_numpy()).dropna()
    return None if values.empty else values


def _paired(one: pd.Series, other: pd.Series) -> pd.DataFrame:
    return pd.concat([one, other], axis=1, keys=["one", "other"], join="inner").dropna()


def _percent(found: pd.Series) -> float:
    """The share that is true, in %; 100 when there is nothing in common (two tables that do not meet)."""
    return float(100 * found.mean()) if len(found) else 100.0
