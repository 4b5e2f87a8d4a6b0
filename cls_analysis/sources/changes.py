"""A file was replaced: what did it change in the figures, and is that a producer's correction or a spoiled file?

The build before is the best witness of a file never seen. Same source and vintage, other bytes: rows lost and added, share
of values changed, and the signatures of a spoiled file, each of which breaks the build: a variable that vanished, many
territories lost, a column multiplied (another unit, a decimal point lost), one number in every row, two variables exchanged,
values moved to other territories, ranks without likeness to those before. A file that a manifest or a person
vouches for is told, never refused. A new vintage of the source: ranks and medians of each variable against the one before.
Everything is vectorised on one table of territories by variables. References: docs/corpus.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cls_analysis.sources.checks import Check, Status, cases
from cls_analysis.sources.model import Source

ENOUGH = 20  # territories with a value in both builds, from which a column is judged
LOST = 5.0  # % of the figures, over which rows lost are a file cut short
MOVED = 10.0  # % of the values of a fetched file, up to which a change is a producer's ordinary correction
LIKE = 0.7  # rank correlation under which a column is not the same measure
VINTAGE_LIKE, VINTAGE_BROKEN = 0.5, 0.1  # the same, between two vintages
VINTAGE_RATIO, VINTAGE_FACTOR = 2.0, 8.0  # median of the ratios between two vintages: doubtful, broken
_COLUMN = ["level", "variable", "period", "sex", "age"]


@dataclass(frozen=True)
class Columns:
    """Two builds side by side: one row a territory, one column a variable (level, period, sex, age), values or NaN."""

    names: tuple[str, ...]
    codes: np.ndarray
    before: np.ndarray
    after: np.ndarray


def compared(
    source: Source, before: pd.DataFrame, after: pd.DataFrame, *, same_vintage: bool, vouched: bool, fetched: bool
) -> list[Check]:
    """The check of what a replaced file changed (`changes/<source>`), or of a new vintage (`vintage/<source>`).

    `before` and `after` are OBSERVATIONS. `vouched`: a manifest or a person answers for the new file; `fetched`: it comes from
    the producer as it is. Tables come in as `table_rows`. Empty when there is nothing to compare.
    """
    if before.empty or after.empty:
        return []
    if not same_vintage:
        return _new_vintage(source, before, after, vouched=vouched)
    both = beside(before, after)
    signatures = [*_lost(both), *_constant(both), *_factor(both), *_exchanged(both), *_moved(both)]
    share, said = _extent(both)
    status: Status = "broken" if signatures else "doubtful" if share > 0 else "ok"
    if vouched:
        status = "doubtful" if signatures else "ok"
    elif status == "doubtful" and fetched and share <= MOVED:
        status = "ok"
    check = Check(
        f"changes/{source.id}", (source.id,), f"Même millésime, autre fichier que celui de la construction précédente : {source.title}",
        status, round(share, 4), "aucun signe de fichier abîmé", "; ".join([*_few(signatures), *said]),
    )  # fmt: skip
    return [check]


def _few(signatures: Sequence[str], *, most: int = 5) -> list[str]:
    """The first signatures, and how many more there are: a whole file sorted alone has one by column."""
    more = len(signatures) - most
    return [*signatures[:most], *([f"et {more} autres signes"] if more > 0 else [])]


def table_rows(table: pd.DataFrame, name: str, key: Sequence[str]) -> pd.DataFrame:
    """A table that is not numeric as rows to compare: one a row and column, a word by the number of its hash.

    A blank is a word of its own; without a key, a row is known by all that it says.

    >>> table_rows(pd.DataFrame({"siren": ["1"], "pop": [7.0]}), "groupings", ["siren"])["value"].tolist()
    [7.0]
    """
    keys = list(key) or list(table.columns)
    whole = table.drop_duplicates(keys)
    code = _worded(whole[keys[0]])
    for name_of_key in keys[1:]:
        code = code + "/" + _worded(whole[name_of_key])
    frames = []
    for column in [column for column in whole.columns if column not in keys] or keys[:1]:
        values = whole[column]
        numbers = (
            values.astype("float64")
            if pd.api.types.is_numeric_dtype(values)
            else pd.Series(pd.util.hash_array(_worded(values).to_numpy(dtype=object)), values.index).astype("float64")
        )
        frames.append(
            pd.DataFrame(
                {
                    "level": name,
                    "code": code,
                    "variable": str(column),
                    "period": "",
                    "sex": "all",
                    "age": "all",
                    "value": numbers,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _worded(values: pd.Series) -> pd.Series:
    return values.astype("object").where(values.notna(), "").astype("str")


def beside(before: pd.DataFrame, after: pd.DataFrame) -> Columns:
    """The values of two builds in two arrays of the same shape: all their territories by all their columns."""
    frames = [
        frame[[*_COLUMN, "code", "value"]].astype(dict.fromkeys([*_COLUMN, "code"], "str")) for frame in (before, after)
    ]
    both = pd.concat(frames, ignore_index=True)
    column, names = _named(both)
    row, codes = pd.factorize(both["level"] + "/" + both["code"])
    cut = len(frames[0])
    arrays = []
    for part in (slice(0, cut), slice(cut, None)):
        values = np.full((len(codes), len(names)), np.nan)
        values[row[part], column[part]] = both["value"].to_numpy()[part]
        arrays.append(values)
    return Columns(tuple(map(_short, names)), np.array([code.partition("/")[2] for code in codes]), *arrays)


def _named(both: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Columns numbered without writing their names row by row."""
    groups = both.groupby(_COLUMN, sort=False, observed=True)
    firsts = both.loc[~both.duplicated(_COLUMN), _COLUMN]
    return groups.ngroup().to_numpy(), firsts.agg("/".join, axis=1).to_numpy()


def _short(name: str) -> str:
    """`commune/apl_mg/2023/all/all` is `apl_mg 2023` to a reader."""
    level, variable, period, sex, age = name.split("/")
    parts = [
        variable,
        period,
        *([level] if level != "commune" else []),
        *(part for part in (sex, age) if part != "all"),
    ]
    return " ".join(parts)


def _extent(both: Columns) -> tuple[float, list[str]]:
    """Share of the figures that changed, in %, and what changed in words: rows lost, added, values changed, with cases."""
    had, has = ~np.isnan(both.before), ~np.isnan(both.after)
    changed = had & has & (both.before != both.after)
    lost, added = had & ~has, has & ~had
    said = []
    for found, words in ((lost, "chiffres perdus"), (added, "chiffres ajoutés"), (changed, "chiffres changés")):
        if found.any():
            rows, columns = np.nonzero(found)
            named = [f"{both.names[j]} {both.codes[i]}" for i, j in zip(rows[:3], columns[:3], strict=True)]
            said.append(f"{int(found.sum())} {words} ({cases(named, most=3)}{'...' if found.sum() > 3 else ''})")
    return 100 * float((changed | lost | added).sum()) / max(int(had.sum()), 1), said


def _lost(both: Columns) -> list[str]:
    had, has = ~np.isnan(both.before), ~np.isnan(both.after)
    gone = [both.names[j] for j in np.flatnonzero(had.any(axis=0) & ~has.any(axis=0))]
    found = [f"variables disparues : {cases(gone, most=4)}"] if gone else []
    share = 100 * float((had & ~has).sum()) / max(int(had.sum()), 1)
    if share > LOST and not gone:
        found.append(f"{share:.0f} % des chiffres perdus, fichier sans doute coupé")
    return found


def _constant(both: Columns) -> list[str]:
    """One number in every row, where there were several."""
    found = []
    for j, old, new in _pairs(both, least=3):
        if np.ptp(new) == 0 and np.ptp(old) > 0 and len(new) >= min(ENOUGH, 5):
            found.append(f"{both.names[j]} : un seul nombre, {new[0]:g}, sur toutes les lignes")
    return found


def _factor(both: Columns) -> list[str]:
    """A column multiplied: the median of the ratios is far from 1, and most rows moved that way."""
    found = []
    for j, old, new in _pairs(both, least=3):
        held = (old != 0) & (new != 0)
        middle = float(np.median(np.abs(new[held] / old[held]))) if held.sum() >= 3 and held.mean() >= 0.1 else 1.0
        if middle >= 4 or middle <= 0.25:
            found.append(f"{both.names[j]} : multiplié par {middle:.4g} (unité ou virgule)")
        elif len(new) >= ENOUGH and old.min() >= 0 and old.sum() >= ENOUGH and not 0.5 <= new.sum() / old.sum() <= 2:
            found.append(f"{both.names[j]} : somme multipliée par {new.sum() / old.sum():.3g}")
    return found or _factor_of_all(both)


def _factor_of_all(both: Columns) -> list[str]:
    """The same over all the columns, where each has too few territories (a file of départements)."""
    cells = (
        (both.before != both.after)
        & (both.before != 0)
        & (both.after != 0)
        & ~np.isnan(both.before)
        & ~np.isnan(both.after)
    )
    if cells.sum() < ENOUGH:
        return []
    ratio = np.abs(both.after[cells] / both.before[cells])
    far = (ratio >= 4) | (ratio <= 0.25)
    return [f"chiffres multipliés par {np.median(ratio):.4g} (unité ou virgule)"] if far.mean() > 0.9 else []


def _exchanged(both: Columns) -> list[str]:
    """Two variables that hold each other's figures: today's A is the last build's B more than it is the last build's A."""
    codes = _fingerprints(both.before), _fingerprints(both.after)
    by_print: dict[bytes, int] = {print_: j for j, print_ in enumerate(codes[0]) if print_}
    found = []
    for j, print_ in enumerate(codes[1]):
        k = by_print.get(print_) if print_ and print_ != codes[0][j] else None
        if k is not None and k != j:
            found.append(f"{both.names[j]} : porte les chiffres de {both.names[k]}")
    return found or _exchanged_in_part(both)


def _exchanged_in_part(both: Columns) -> list[str]:
    """The same where a few values differ: most cells of a changed column equal another column of the build before."""
    changed = [j for j, old, new in _pairs(both, least=3) if (old != new).mean() > 0.5]
    found = []
    for j in changed[:200]:
        new = both.after[:, j]
        held = ~np.isnan(new)
        equal = (both.before[held] == new[held, None]).mean(axis=0)
        equal[j] = 0
        k = int(equal.argmax())
        if equal[k] > 0.9 and len(np.unique(new[held])) >= 3:
            found.append(f"{both.names[j]} : porte les chiffres de {both.names[k]}")
    return found


def _moved(both: Columns) -> list[str]:
    """The same values on other territories (a column sorted alone or moved down), or ranks without likeness.

    Territories that have 0 in both builds say nothing: a rare facility moved is seen where it is.
    """
    found = []
    for j, old, new in _pairs(both, least=5):
        held = (old != 0) | (new != 0)
        same = float((old[held] == new[held]).mean())
        if same > 0.5 or held.sum() < 5:
            continue
        if _same_values(old[held], new[held]):
            found.append(
                f"{both.names[j]} : les mêmes chiffres sur d’autres territoires ({100 * (1 - same):.0f} % des lignes)"
            )
        elif len(old) >= ENOUGH and (likeness := _ranked(old, new)) < LIKE:
            found.append(f"{both.names[j]} : rangs sans ressemblance avec la construction précédente ({likeness:.2f})")
    return found


def _same_values(old: np.ndarray, new: np.ndarray) -> bool:
    """Whether two columns hold the same numbers, a few lost or added, whatever their order."""
    near = abs(old.sum() - new.sum()) <= 0.1 * np.abs(old).sum()
    return bool(near and np.isin(old, new).mean() > 0.9 and np.isin(new, old).mean() > 0.9)


def _new_vintage(source: Source, before: pd.DataFrame, after: pd.DataFrame, *, vouched: bool) -> list[Check]:
    """The last period of each variable against that of the vintage before: ranks, and the median of the ratios."""
    one, other = _last(before), _last(after)
    both = beside(one, other)
    doubtful, broken, judged = [], [], 0
    for j, old, new in _pairs(both, least=ENOUGH):
        if len(np.unique(old)) < 10 or (old != 0).mean() < 0.2:
            continue
        judged += 1
        likeness = _ranked(old, new)
        held = (old != 0) & (new != 0)
        ratio = float(np.median(np.abs(new[held] / old[held]))) if held.any() else np.inf
        far = max(ratio, 1 / ratio) if ratio > 0 else np.inf
        said = f"{both.names[j].replace(' 0000', '')} : rangs {likeness:.2f}, rapport médian {ratio:.3g}"
        if likeness < VINTAGE_BROKEN or far > VINTAGE_FACTOR:
            broken.append(said)
        elif likeness < VINTAGE_LIKE or far > VINTAGE_RATIO:
            doubtful.append(said)
    if not judged:
        return []
    status: Status = "broken" if broken and not vouched else "doubtful" if broken or doubtful else "ok"
    return [
        Check(
            f"vintage/{source.id}", (source.id,), f"Nouveau millésime comparé au précédent : {source.title}", status,
            float(len(broken) + len(doubtful)), "au plus 0 variable aux rangs ou au niveau sans rapport", cases([*broken, *doubtful], most=4),
        )
    ]  # fmt: skip


def _last(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of the last period of each variable, under a period of no year."""
    text = frame.assign(variable=frame["variable"].astype("str"), period=frame["period"].astype("str"))
    newest = text.groupby("variable")["period"].transform("max")
    return text[text["period"] == newest].assign(period="0000")


def _pairs(both: Columns, *, least: int) -> list[tuple[int, np.ndarray, np.ndarray]]:
    """Columns whose values differ, with the values that both builds have; columns of too few are left out."""
    held = ~np.isnan(both.before) & ~np.isnan(both.after)
    differ = (held & (both.before != both.after)).any(axis=0) & (held.sum(axis=0) >= least)
    return [(int(j), both.before[held[:, j], j], both.after[held[:, j], j]) for j in np.flatnonzero(differ)]


def _ranked(one: np.ndarray, other: np.ndarray) -> float:
    """Rank correlation; 1 where a column is all one value (nothing can be said of its ranks)."""
    ranks = [pd.Series(values).rank().to_numpy() for values in (one, other)]
    if min(np.ptp(ranks[0]), np.ptp(ranks[1])) == 0:
        return 1.0
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _fingerprints(values: np.ndarray) -> list[bytes]:
    """One print a column, empty where it holds fewer than three different values (two such columns may be equal by chance)."""
    prints = []
    for j in range(values.shape[1]):
        column = values[:, j]
        held = column[~np.isnan(column)]
        prints.append(column.tobytes() if len(held) >= 3 and len(np.unique(held)) >= 3 else b"")
    return prints


def problems_of(checks: Sequence[Check], files: Sequence[str]) -> list[str]:
    """A refusal for each broken check, with the files and what to do."""
    return [
        f"{cases(files, most=3)}: replaced since the last good build, and changed like a spoiled file: {check.detail}. Get the producer's file again "
        f'(cls-analysis data fetch {check.sources[0]} --again); if the change is real: cls-analysis data trust {files[0]} --because "..."'
        for check in checks
        if check.status == "broken"
    ]
