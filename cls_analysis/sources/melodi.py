"""How is a dataset of Insee's Melodi catalogue written, and what traps does its long file hold?

`{DS}_{year}_data.csv`: `;`, UTF-8, cells quoted, decimal point, one row per observation under `GEO`, `GEO_OBJECT`,
dimensions, `TIME_PERIOD`, `OBS_STATUS`, `OBS_VALUE`. The same code names a région and a département (`27`): rows are
always chosen by `GEO_OBJECT`. Paris, Lyon and Marseille come as commune and as arrondissements: two levels, never
added. `OBS_STATUS`: A normal; W the value includes another commune's (kept, `estimated`); K it is counted in another
commune (`not_applicable`); M, L, O no value (`missing`). `CONF_STATUS` other than F: statistical secrecy.
https://www.insee.fr/fr/information/8184141
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from cls_analysis.errors import InvalidInput
from cls_analysis.sources.codes import (
    ARRONDISSEMENTS,
    PATTERNS,
    PLM,
    Scope,
    departement_of,
    known_communes,
)
from cls_analysis.sources.numbers import CEILING, CODE_OF, ESTIMATED, MISSING, NOT_APPLICABLE, NOT_PUBLISHED, OBSERVED
from cls_analysis.sources.streaming import Stream
from cls_analysis.sources.text import shown

OBJECTS = {
    "COM": "commune",
    "ARM": "arrondissement",
    "EPCI": "epci",
    "DEP": "departement",
    "REG": "region",
    "FRANCE": "france",
}
WHOLE = {"F": "FR", "FR": "FR"}  # France with its five DROM; FM and others are other fields, not read
STATUS = {"A": OBSERVED, "W": ESTIMATED, "K": NOT_APPLICABLE, "M": MISSING, "L": MISSING, "O": MISSING}
# Plain, tiny as programs write it (5.0E-4), or large as Java writes it (1.2E7); never 1E+05, which lost figures.
NUMBER = r"^(?:[+-]?[0-9]+(\.[0-9]+)?([eE]-[0-9]{1,3})?|-?[0-9]\.[0-9]+E[0-9])$"
EMPTIED = frozenset({"55039", "55050", "55139", "55189", "55239", "55307"})  # villages destroyed in 1916, no inhabitant


def api(dataset: str, year: str) -> str:
    """Address of the whole dataset (a zip that holds the data file).

    >>> api("DS_BPE", "2025")
    'https://api.insee.fr/melodi/file/DS_BPE/DS_BPE_2025_CSV_FR'
    """
    return f"https://api.insee.fr/melodi/file/{dataset}/{dataset}_{year}_CSV_FR"


def problems_of_cells(stream: Stream, *, condition: str, only: dict[str, Collection[str]]) -> list[str]:
    """Rows met by `condition` whose value is not a number, whose status is unknown, or that say two things at once.

    `only` lists the values that a dimension may take (a measure, a year): any other is a problem, because adding over
    it would count twice.
    """
    has = set(stream.columns)
    status = '"OBS_STATUS"' if "OBS_STATUS" in has else "'A'"
    conf = '"CONF_STATUS"' if "CONF_STATUS" in has else "'F'"
    known = ", ".join(f"'{mark}'" for mark in STATUS)
    open_ = f"{conf} IN ('', 'F')"
    rules = {
        "OBS_STATUS is none of " + ", ".join(STATUS): f"{status} NOT IN ({known})",
        "OBS_VALUE is not a number with a decimal point": f"\"OBS_VALUE\" <> '' AND NOT regexp_matches(\"OBS_VALUE\", '{NUMBER}')",
        f"OBS_VALUE is above {CEILING:g}": f'try_cast("OBS_VALUE" AS DOUBLE) > {CEILING:g}',
        "no value where the status says that there is one": f"{open_} AND {status} IN ('A', 'W') AND \"OBS_VALUE\" = ''",
        "a value where the status says that there is none": f"{open_} AND {status} IN ('K', 'M', 'L', 'O') AND \"OBS_VALUE\" <> ''",
    }
    for name, allowed in only.items():
        if name in has:
            listed = ", ".join("'" + word.replace("'", "''") + "'" for word in allowed)
            rules[f"{name} is none of {shown(allowed)}"] = f'"{name}" NOT IN ({listed})'
    shown_columns = [name for name in ("GEO", "GEO_OBJECT", "OBS_STATUS", "OBS_VALUE", *only) if name in has]
    problems = _shapes(stream)
    if not int(stream.query(f"SELECT count(*) AS n FROM rows WHERE {condition}")["n"].iloc[0]) and not problems:
        problems.append(f"{stream.where}: holds no row of a commune under its header; likely a file cut short")
    for rule, sql in rules.items():
        rows = stream.located(f"({condition}) AND ({sql})", shown_columns)
        problems += [f"{stream.where}, {row}: {rule}" for row in rows]
    return problems


def _shapes(stream: Stream) -> list[str]:
    """Rows whose first cells are no territory and no level: a row moved to the side, a header among the rows."""
    words = ", ".join(f"'{word}'" for word in (*OBJECTS, "GEO", ""))
    wrong = f'"GEO" IN ({words}) OR NOT regexp_matches("GEO_OBJECT", \'^[A-Z][A-Z_]*[0-9]{{0,4}}$\')'
    return [
        f"{stream.where}, {row}: GEO is not a code, or GEO_OBJECT not a level; likely cells moved to the side, or columns exchanged"
        for row in stream.located(wrong, ("GEO", "GEO_OBJECT"))
    ]


def levels_and_codes(frame: pd.DataFrame, *, where: str) -> tuple[pd.DataFrame, list[str]]:
    """The rows of the levels kept, with `level` and `code` from `GEO_OBJECT` and `GEO`; codes of a wrong shape are problems."""
    level = frame["GEO_OBJECT"].map(OBJECTS)
    code = frame["GEO"].str.replace(r"^(?:\d{4}-)?(?:COM|ARM|EPCI|DEP|REG|FRANCE)-", "", regex=True)
    france = level == "france"
    code = code.mask(france, code.map(WHOLE))
    kept = frame.assign(level=level, code=code)[level.notna() & code.notna()]
    problems = []
    for name, part in kept.groupby("level"):
        arrondissements = part["code"].isin(ARRONDISSEMENTS) if name == "commune" else False
        wrong = part.loc[~part["code"].str.match(PATTERNS[str(name)]) | arrondissements, "code"].unique()
        if len(wrong):
            problems.append(
                f"{where}: {len(wrong)} codes under GEO_OBJECT are not codes of a {name}: {shown(sorted(wrong))}"
            )
    return kept, problems


def statuses(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Values and statuses (int8) of rows already checked by `problems_of_cells`."""
    mark = frame["OBS_STATUS"] if "OBS_STATUS" in frame else pd.Series("A", index=frame.index)
    status = mark.map(STATUS).fillna(CODE_OF["missing"]).to_numpy(dtype=np.int8)
    if "CONF_STATUS" in frame:
        status = np.where(frame["CONF_STATUS"].isin(["", "F"]), status, NOT_PUBLISHED).astype(np.int8)
    value = pd.to_numeric(frame["OBS_VALUE"], errors="coerce").to_numpy(dtype=float)
    return np.where(np.isin(status, (OBSERVED, ESTIMATED)), value, np.nan), status


def whole_and_parts(
    frame: pd.DataFrame, value: str, *, where: str, tolerance: float, by: Sequence[str] = (), sparse: bool = False
) -> list[str]:
    """Paris, Lyon and Marseille published twice must agree: the commune is the sum of its arrondissements.

    `sparse` says that an absent row is 0 in this file, so that an arrondissement may be absent.
    """
    problems = []
    arm = frame[frame["level"] == "arrondissement"].assign(parent=lambda rows: rows["code"].map(ARRONDISSEMENTS))
    for parent, part in arm.groupby("parent"):
        if not sparse and set(part["code"]) != set(PLM[str(parent)]):
            problems.append(
                f"{where}: arrondissements of {parent} are missing: {shown(sorted(set(PLM[str(parent)]) - set(part['code'])))}"
            )
            continue
        commune = frame[(frame["level"] == "commune") & (frame["code"] == parent)]
        if commune.empty:
            continue
        keys = list(by) or ["level"]
        first = commune.groupby(keys if by else lambda _row: 0, observed=True)[value].sum()
        second = part.groupby(keys if by else lambda _row: 0, observed=True)[value].sum()
        gap = first.sub(second, fill_value=0).abs()
        if (gap > tolerance).any():
            problems.append(f"{where}: {parent} is not the sum of its arrondissements (gap {gap.max():g})")
    return problems


def with_sisters(codes: Collection[str]) -> set[str]:
    """The codes, and every arrondissement of a city of which one is present (absent ones have 0 in a sparse file)."""
    cities = {ARRONDISSEMENTS[code] for code in codes if code in ARRONDISSEMENTS}
    return {*codes, *(arm for arm, city in ARRONDISSEMENTS.items() if city in cities)}


def zeros(codes: Collection[str], cog: int, *, scope: Scope, but: Collection[str] = ()) -> list[str]:
    """Communes of that COG absent from a file in which an absent row is a zero, sorted."""
    stood_for = {ARRONDISSEMENTS[code] for code in codes if code in ARRONDISSEMENTS}
    held = {code for code in codes if code not in ARRONDISSEMENTS} | stood_for
    return sorted(c for c in known_communes(cog) - held if scope.holds(c) and departement_of(c) not in but)


def refuse_lines(error: InvalidInput, source_id: str) -> InvalidInput:
    """The same problems under the source's own advice (structure faults come without it)."""
    return InvalidInput(
        error.problems,
        hint=f"put the producer's own file of {source_id!r} back in the mirror (cls-analysis data sources), then build again",
    )
