"""How do read columns become OBSERVATIONS, and are they sound?

OBSERVATIONS (docs/architecture.md): one row per level, code, variable, period, sex and age, with a value or the
reason why there is none. Readers build small `Block`s, one per variable and period; `assemble` joins them, sorted.
`validate_observations` is the pandera schema every reader's result passes before it is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from cls_analysis.errors import InvalidInput
from cls_analysis.sources.codes import ARRONDISSEMENTS, PATTERNS, PLM
from cls_analysis.sources.model import Source
from cls_analysis.sources.numbers import ESTIMATED, MISSING, OBSERVED, STATUSES
from cls_analysis.sources.text import shown

if TYPE_CHECKING:
    import pandera.pandas as pa  # slow to import, and only what is read or simulated is checked by it

COLUMNS = ("level", "code", "variable", "period", "sex", "age", "value", "status", "cog")
KEYS = ("level", "code", "variable", "period", "sex", "age")
LEVELS = ("commune", "arrondissement", "bassin_de_vie", "epci", "perimeter", "departement", "region", "france")
SEXES = ("all", "F", "M")
_AGE = r"^(?:all|\d{1,2}-\d{1,2}|\d{1,2}\+|[a-z][a-z0-9_]*)$"
_PERIOD = r"^\d{4}(?:-\d{4})?$"


@dataclass(frozen=True)
class Block:
    """Values of one variable, period, sex and age over the codes of one level, with their statuses (int8)."""

    level: str
    codes: pd.Categorical
    variable: str
    period: str
    value: np.ndarray
    status: np.ndarray
    cog: int
    sex: str = "all"
    age: str = "all"


@dataclass(frozen=True)
class Places:
    """The codes of many blocks, split once: communes (with those of Paris, Lyon, Marseille added), arrondissements."""

    keep: np.ndarray
    added: tuple[tuple[str, np.ndarray], ...]
    communes: pd.Categorical
    arrondissements: pd.Categorical


def split_places(codes: pd.Categorical) -> Places:
    """Which rows are arrondissements, and which communes they make that are not there; for several blocks of the same codes."""
    text = np.asarray(codes.astype("str"), dtype=object)
    parent = np.array([ARRONDISSEMENTS.get(code, "") for code in text], dtype=object)
    keep = parent == ""
    added = tuple(
        (str(commune), np.flatnonzero(parent == commune)) for commune in sorted(set(parent[~keep]) - set(text[keep]))
    )
    named = np.array([commune for commune, _ in added], dtype=object)
    whole = codes if keep.all() else pd.Categorical(np.concatenate([text[keep], named]))
    return Places(keep, added, whole, pd.Categorical(text[~keep]))


def with_plm(
    block: Block, *, weights: np.ndarray | None = None, additive: bool = True, places: Places | None = None
) -> list[Block]:
    """Arrondissements of Paris, Lyon and Marseille to their own level, and their commune computed when it is absent.

    The commune is the sum of its arrondissements (`observed`), or with `weights` their weighted mean (`estimated`);
    with neither (`additive=False`) or with an arrondissement that has no value, it is `missing`. `places` is
    `split_places(block.codes)`, for a reader that makes many blocks of the same codes.
    """
    places = split_places(block.codes) if places is None else places
    keep = places.keep
    if keep.all():
        return [block]
    made = []
    for commune, rows in places.added:
        value, status = np.nan, MISSING
        if (block.status[rows] == OBSERVED).all() and len(rows) == len(PLM[commune]):
            if weights is not None and weights[rows].sum() > 0:
                value, status = float(np.average(block.value[rows], weights=weights[rows])), ESTIMATED
            elif weights is None and additive:
                value, status = float(block.value[rows].sum()), OBSERVED
        made.append((value, status))
    communes = replace(
        block,
        codes=places.communes,
        value=np.concatenate([block.value[keep], [value for value, _ in made]]),
        status=np.concatenate([block.status[keep], np.array([status for _, status in made], dtype=np.int8)]),
    )
    arms = replace(
        block,
        level="arrondissement",
        codes=places.arrondissements,
        value=block.value[~keep],
        status=block.status[~keep],
    )
    return [communes, arms]


def each_with_plm(blocks: Iterable[Block], *, additive: bool = True) -> list[Block]:
    """`with_plm` of every block; the codes that several blocks share are split once."""
    split: dict[int, tuple[pd.Categorical, Places]] = {}
    made: list[Block] = []
    for block in blocks:
        if id(block.codes) not in split:
            split[id(block.codes)] = block.codes, split_places(block.codes)
        made += with_plm(block, additive=additive, places=split[id(block.codes)][1])
    return made


def assemble(blocks: Sequence[Block]) -> pd.DataFrame:
    """OBSERVATIONS of all the blocks, sorted by key; text columns are categorical (light in memory)."""
    if not blocks:
        return empty()
    sizes = [len(block.value) for block in blocks]

    def constant(name: str) -> pd.Categorical:
        words = [str(getattr(block, name)) for block in blocks]
        levels = sorted(set(words))
        position = {word: place for place, word in enumerate(levels)}
        codes = np.repeat(np.array([position[word] for word in words], dtype=np.int16), sizes)
        return pd.Categorical.from_codes(codes, categories=pd.Index(levels, dtype="str"))

    shared = {id(block.codes): _text_categories(block.codes) for block in blocks}
    codes = union_categoricals([shared[id(block.codes)] for block in blocks], sort_categories=True)
    frame = pd.DataFrame(
        {
            "level": constant("level"),
            "code": codes,
            "variable": constant("variable"),
            "period": constant("period"),
            "sex": constant("sex"),
            "age": constant("age"),
            "value": np.concatenate([block.value for block in blocks]).astype("float64"),
            "status": pd.Categorical.from_codes(
                np.concatenate([block.status for block in blocks]), categories=pd.Index(STATUSES, dtype="str")
            ),
            "cog": np.repeat(np.array([block.cog for block in blocks], dtype="int64"), sizes),
        }
    )
    order = np.lexsort([frame[key].cat.codes.to_numpy() for key in reversed(KEYS)])
    return frame.iloc[order].reset_index(drop=True)


def empty() -> pd.DataFrame:
    """OBSERVATIONS with no row (a source that only has tables)."""
    frame = pd.DataFrame({name: pd.Series(dtype="str") for name in COLUMNS})
    return frame.astype({"value": "float64", "cog": "int64"})


def validate_observations(frame: pd.DataFrame, source: Source) -> pd.DataFrame:
    """The frame itself when it is OBSERVATIONS of that source; otherwise `InvalidInput` with every problem.

    Checked: columns and types, vocabulary, the shape of codes, unique keys, a value exactly where the status is
    `observed` or `estimated`, and each variable's declared bounds.
    """
    import pandera.pandas as pa

    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise InvalidInput(f"source {source.id!r}: columns missing from the observations: {shown(missing)}", hint=None)
    problems = []
    try:
        _schema(source).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        for (column, check), cases in error.failure_cases.groupby(["column", "check"], dropna=False):
            problems.append(
                f"source {source.id!r}, column {column!r}: {check} fails for {shown(sorted(set(map(str, cases['failure_case']))))}"
            )
    for level, codes in _codes_by_level(frame):
        pattern = PATTERNS.get(level)
        wrong = [] if pattern is None else sorted(codes[~codes.str.match(pattern)])
        if wrong:
            problems.append(f"source {source.id!r}: not codes of a {level}: {shown(wrong)}")
    again = frame.duplicated(list(KEYS))
    if again.any():
        rows = frame.loc[again, list(KEYS)].head(4).astype("str").agg(" / ".join, axis=1)
        problems.append(f"source {source.id!r}: {int(again.sum())} rows repeat a key: {shown(rows)}")
    has_value = frame["value"].notna()
    should = frame["status"].isin(["observed", "estimated"])
    if (has_value != should).any():
        problems.append(
            f"source {source.id!r}: {int((has_value != should).sum())} rows have a value without `observed`, or none with it"
        )
    problems += _bounds(frame, source)
    if problems:
        raise InvalidInput(problems, hint="a reader or a simulator returned unsound rows; see docs/sources.md")
    return frame.loc[:, list(COLUMNS)]


def _schema(source: Source) -> pa.DataFrameSchema:
    import pandera.pandas as pa

    def words(allowed: Iterable[str] | None = None, pattern: str | None = None) -> pa.Column:
        """A text or categorical column, checked on its distinct values (millions of rows hold few)."""

        def distinct_ok(column: pd.Series) -> bool:
            distinct = pd.Series(column.drop_duplicates().astype("str"))
            good = distinct.isin(list(allowed)) if allowed is not None else distinct.str.match(pattern or ".*")
            return bool(good.all())

        what = f"one of {shown(allowed, most=6)}" if allowed is not None else f"shape {pattern}"
        return pa.Column(None, pa.Check(distinct_ok, name=what, error=what), nullable=False)

    return pa.DataFrameSchema(
        {
            "level": words(LEVELS),
            "code": pa.Column(None, nullable=False),
            "variable": words([variable.name for variable in source.variables]),
            "period": words(pattern=_PERIOD),
            "sex": words(SEXES),
            "age": words(pattern=_AGE),
            "value": pa.Column("float64", pa.Check(lambda v: ~np.isinf(v), error="finite"), nullable=True),
            "status": words(STATUSES),
            "cog": pa.Column(int, pa.Check.in_range(1999, 2100)),
        }
    )


def _codes_by_level(frame: pd.DataFrame) -> list[tuple[str, pd.Series]]:
    pairs = frame[["level", "code"]].drop_duplicates().astype("str")
    return [(str(level), part["code"]) for level, part in pairs.groupby("level")]


def _bounds(frame: pd.DataFrame, source: Source) -> list[str]:
    problems = []
    extremes = frame.groupby("variable", observed=True)["value"].agg(["min", "max"])
    for name, low, high in extremes.itertuples():
        variable = source.names.get(str(name))
        if variable is None:
            continue
        if variable.minimum is not None and low < variable.minimum:
            problems.append(f"source {source.id!r}, variable {name!r}: {low:g} is below {variable.minimum:g}")
        if variable.maximum is not None and high > variable.maximum:
            problems.append(f"source {source.id!r}, variable {name!r}: {high:g} is above {variable.maximum:g}")
    return problems


def _text_categories(codes: pd.Categorical) -> pd.Categorical:
    return codes.set_categories(codes.categories.astype("str")) if codes.categories.dtype != "str" else codes
