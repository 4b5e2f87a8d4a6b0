"""What is every indicator's value for every territory of France? THE TABLE, computed once.

One row per indicator, territory, period, sex and age (docs/architecture.md). An indicator whose source is not built is
not an error: its territories get a `missing` row and `Built.missing` keeps the reason. What the vintages did not
recognise is in `Built.unmatched`. The rests ("comparator without the territory") serve the tests of difference only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cls_analysis.errors import DataMissing, InvalidInput
from cls_analysis.indicators.absence import Absence, SourceAbsent
from cls_analysis.indicators.groups import Groups
from cls_analysis.indicators.methods import METHODS
from cls_analysis.indicators.methods.frame import Ground, Part, figure
from cls_analysis.indicators.model import Indicator
from cls_analysis.indicators.parts import Kept, Parts

COLUMNS = (
    "indicator",
    "territory_type",
    "territory",
    "period",
    "sex",
    "age",
    "value",
    "lower",
    "upper",
    "numerator",
    "denominator",
    "unit",
    "method",
    "status",
    "reliability",
    "coverage",
    "simulated",
    "source_ids",
)
KEYS = ("territory_type", "territory", "indicator", "period", "sex", "age")
NUMBERS = ("value", "lower", "upper", "numerator", "denominator", "coverage")
TEXTS = tuple(c for c in COLUMNS if c not in {*NUMBERS, "simulated"})
LABELS = (*TEXTS, "comparator_type", "comparator")
STATUSES = (
    "observed",
    "estimated",
    "suppressed",
    "suppressed_secondary",
    "too_few_events",
    "not_published",
    "missing",
    "not_applicable",
)
ROW_GROUP = 65_536


@dataclass(frozen=True, eq=False)
class Built:
    """THE TABLE, the rests with the same figures, why an indicator is missing (in a sentence; in a code with its fields), codes
    that no vintage knew."""

    table: pd.DataFrame
    rests: pd.DataFrame
    missing: Mapping[str, str]
    unmatched: Mapping[str, Sequence[str]]
    absences: Mapping[str, Absence]


def compute_part(indicator: Indicator, ground: Ground) -> tuple[pd.DataFrame, Absence | None]:
    """The rows of one indicator (rests included), or its `missing` rows and the reason."""
    try:
        part = METHODS[indicator.method](indicator, ground)
        reason = None
    except SourceAbsent as error:
        part, reason = _absent(indicator, ground), error.absence
    except InvalidInput as error:
        raise InvalidInput(
            [f"indicator {indicator.id!r}: {problem}" for problem in error.problems], hint=error.hint
        ) from error
    frame = part.frame
    simulated = any(ground.inputs.sources.get(s, False) for s in part.sources)
    frame = frame.assign(
        indicator=indicator.id,
        unit=indicator.unit,
        method=indicator.method,
        simulated=simulated,
        source_ids=";".join(part.sources),
    )
    return frame.astype(dict.fromkeys(LABELS, "category")), reason


def _absent(indicator: Indicator, ground: Ground) -> Part:
    """`missing` rows for the territories above the commune, for the headline period."""
    groups: Groups = ground.groups(indicator)
    groups = groups.only(("epci", "perimeter", "departement", "region", "france"))
    n = len(groups.keys)
    nothing = np.full(n, np.nan)
    frame = figure(
        groups, indicator.period[-1], value=nothing, status=np.full(n, "missing", dtype=object), coverage=np.zeros(n)
    )
    return Part(frame[frame["comparator_type"] == ""], ())


def compute_table(
    catalogue: Mapping[str, Indicator],
    ground: Ground,
    *,
    progress: Callable[[str], None] | None = None,
    kept: Parts | None = None,
) -> Built:
    """THE TABLE of a catalogue over what is built. Duplicate keys are refused.

    Nothing is written, unless `kept` holds the parts of an earlier build: those whose trace holds are taken from there, the
    others are computed and put there. The result is the same.
    """
    unmatched: dict[str, list[str]] = {}
    parts, absences = [], {}
    words: dict[str, pd.Index] = {}
    for indicator in catalogue.values():
        if progress is not None:
            progress(indicator.id)
        part = kept.find(indicator) if kept is not None else None
        if part is None:
            ground.inputs.looked, ground.inputs.unmatched = set(), {}
            part = Kept(*compute_part(indicator, ground), ground.inputs.unmatched)
            if kept is not None:
                kept.keep(indicator, part, ground.inputs.looked)
        frame, reason = part.frame, part.reason
        for key, codes in part.unmatched.items():
            seen = unmatched.setdefault(key, [])
            seen += [code for code in codes if code not in set(seen)]
        if reason is not None:
            absences[indicator.id] = reason
        parts.append(_sharing(frame, words))
    whole = stack(parts)
    del parts, frame, part
    rest = (whole["comparator_type"] != "").to_numpy()
    table = _sorted(whole.loc[~rest, list(COLUMNS)])
    again = table.duplicated(list(KEYS))
    if again.any():
        rows = table.loc[again, list(KEYS)].head(5).astype("str").agg(" / ".join, axis=1)
        raise InvalidInput(f"THE TABLE would repeat {int(again.sum())} keys, first: " + "; ".join(rows))
    rests = whole.loc[rest, ["comparator_type", "comparator", *COLUMNS]].reset_index(drop=True)
    missing = {name: absence.text for name, absence in absences.items()}
    return Built(table, rests, missing, {k: tuple(sorted(v)) for k, v in sorted(unmatched.items())}, absences)


def stack(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Frames of several indicators under one another, text columns categorical with sorted categories."""
    frames = list(parts)
    out: dict[str, object] = {}
    for column in LABELS:
        out[column] = _joined([f[column] for f in frames])
    for column in (*NUMBERS, "simulated"):
        out[column] = np.concatenate([f[column].to_numpy() for f in frames])
    return pd.DataFrame(out)


def _joined(columns: Sequence[pd.Series]) -> pd.Categorical:
    """Columns under one another, with all their words sorted; a list of words that several share is looked up once."""
    held = [column.astype("category").cat for column in columns]
    lists = {id(one): one for one in (words.categories for words in held)}
    union = pd.Index(sorted({str(word) for one in lists.values() for word in one}), dtype="str")
    where = {key: np.append(union.get_indexer(pd.Index(one, dtype="str")), -1) for key, one in lists.items()}
    codes = np.concatenate([where[id(words.categories)][words.codes.to_numpy()] for words in held])
    return pd.Categorical.from_codes(codes, categories=union, validate=False)


def _sharing(frame: pd.DataFrame, known: dict[str, pd.Index]) -> pd.DataFrame:
    """The frame with the list of words of the part before it, in each column that has the same: kept once, not for each part."""
    columns = {}
    for name in LABELS:
        held = frame[name].astype("category").cat
        if name not in known or not known[name].equals(held.categories):
            known[name] = held.categories
        columns[name] = pd.Categorical.from_codes(held.codes.to_numpy(), categories=known[name], validate=False)
    return frame.assign(**columns)


def _sorted(table: pd.DataFrame) -> pd.DataFrame:
    order = np.lexsort([table[key].cat.codes.to_numpy() for key in reversed(KEYS)])
    return table.iloc[order].reset_index(drop=True)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Parquet with dictionary columns and row groups small enough to read one territory without the rest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        pa.Table.from_pandas(table, preserve_index=False), path, row_group_size=ROW_GROUP, compression="zstd"
    )


def load_table(
    path: Path,
    *,
    territory: str | Iterable[str] | None = None,
    territory_type: str | Iterable[str] | None = None,
    indicator: str | Iterable[str] | None = None,
    columns: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Rows of a table of this shape (indicators, comparisons, raw or published), filtered while reading.

    `territory`, `territory_type`, `indicator`: one value or several. Text columns come back as plain strings. `DataMissing`
    where the file is not built.
    """
    if not path.exists():
        raise DataMissing(f"{path.name} is not built in {path.parent.name}", hint="cls-analysis data build")
    filters = []
    for name, wanted in (("territory_type", territory_type), ("territory", territory), ("indicator", indicator)):
        if wanted is not None:
            filters.append((name, "in", [wanted] if isinstance(wanted, str) else sorted(wanted)))
    arrow = pq.read_table(path, filters=filters or None, columns=list(columns) if columns else None)
    frame = arrow.to_pandas()
    text = [c for c in frame.columns if isinstance(frame[c].dtype, pd.CategoricalDtype)]
    return frame.astype(dict.fromkeys(text, "str")) if len(frame) < 2_000_000 else frame
