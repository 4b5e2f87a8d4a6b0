"""How does a count published in one commune geography pass to another?

Each piece of land (atom, see `lineage`) has one commune in the source vintage and one in the target. An origin
whose land stays together passes whole (`exact`). One that was divided is shared by the population of each piece, read in
the nearest vintage where those pieces are whole communes (`population`), or in equal shares when no vintage knows
them (`equal`). Weights are multiples of 2^-20 that sum to 1 exactly, so that an integer total is conserved
to the last digit. Only counts can be shared: a rate, a mean or a median is refused.
Reference: INSEE, Table de passage annuelle des communes, https://www.insee.fr/fr/information/7671867
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from cls_analysis.errors import InvalidInput, UnknownName
from cls_analysis.geography import administrative, store
from cls_analysis.geography.vintages import HISTORY_START, VINTAGES

PASSAGE_COLUMNS = ["origin", "destination", "weight", "weight_basis", "basis_year"]
_GRAIN = 2**20
_LISTED = 30


def check_year(year: int) -> int:
    """Return `year` if the communes of that year are known: 1994 to 2019 by INSEE's history, then the packages."""
    if year in VINTAGES or HISTORY_START <= year <= min(VINTAGES):
        return year
    listed = f"{HISTORY_START} to {min(VINTAGES)}, {', '.join(str(y) for y in VINTAGES[1:])}"
    raise UnknownName(
        f"the communes of {year} are not known; known years: {listed}",
        hint="2021 holds every commune of 2020 but those that merged during 2020"
        if year == 2020
        else "use the nearest known year",
    )


@lru_cache(maxsize=16)
def land(year: int) -> pd.Series:
    """Commune that holds each atom on 1 January of `year`: index atom, values code."""
    frame = store.table("atoms")
    frame = frame[frame["valid_from"] <= f"{check_year(year)}-01-01"]
    return frame.drop_duplicates("atom", keep="last").set_index("atom")["code_commune"]


@lru_cache(maxsize=16)
def codes_of(year: int) -> frozenset[str]:
    """Every commune code of `year`, overseas collectivities included."""
    overseas = administrative.overseas_collectivities(year if year in VINTAGES else min(VINTAGES))
    return frozenset(land(year)) | frozenset(overseas["code_commune"])


def passage(source: int, target: int) -> pd.DataFrame:
    """Table of passage between two vintages, one row per origin and destination, sorted.

    Columns: `origin` (every commune of `source`), `destination` (communes of `target`), `weight` (share of the
    origin, sums to 1 by origin), `weight_basis` (`exact`, `population`, `equal`), `basis_year` (vintage whose
    populations weigh, null otherwise). Communes of the overseas collectivities pass to themselves. Mayotte exists in
    every year, as in INSEE's history of codes. UnknownName for a year that is not known (2020).

    >>> passage(2023, 2026).query("origin == '85084'")["destination"].tolist()
    ['85084', '85165', '85212']
    """
    return _passage(check_year(source), check_year(target)).copy()


@lru_cache(maxsize=32)
def _passage(source: int, target: int) -> pd.DataFrame:
    pieces = pd.concat([land(source).rename("origin"), land(target).rename("destination")], axis=1, join="inner")
    lost = sorted(set(land(source)) - set(pieces["origin"]))
    if lost:
        raise InvalidInput(
            [f"commune {c} of {source} has no land in {target}" for c in lost],
            hint=f"cls-analysis territories trace {lost[0]}",
        )
    pieces = pieces.reset_index(names="atom")
    links = pieces[["origin", "destination"]].drop_duplicates()
    split = links["origin"].duplicated(keep=False)
    rows = [links[~split].assign(weight=1.0, weight_basis="exact", basis_year=None)]
    for origin, group in pieces[pieces["origin"].isin(links.loc[split, "origin"])].groupby("origin"):
        rows.append(_share(str(origin), group, source))
    overseas = sorted((codes_of(source) - set(land(source))) & codes_of(target))
    rows.append(
        pd.DataFrame(
            {"origin": overseas, "destination": overseas, "weight": 1.0, "weight_basis": "exact", "basis_year": None}
        )
    )
    table = pd.concat([r.astype({"basis_year": "Int64"}) for r in rows], ignore_index=True)
    return table.sort_values(["origin", "destination"], ignore_index=True)[PASSAGE_COLUMNS]


def _share(origin: str, group: pd.DataFrame, source: int) -> pd.DataFrame:
    """Weights of a divided commune."""
    shares = {str(d): frozenset(g["atom"]) for d, g in group.groupby("destination")}
    basis, year, sizes = "equal", None, [1.0] * len(shares)
    for vintage in sorted(VINTAGES, key=lambda v: (abs(v - source), v)):
        found = [_population(atoms, vintage) for atoms in shares.values()]
        known = [f for f in found if f is not None]
        if len(known) == len(found) and sum(known) > 0:
            basis, year, sizes = "population", vintage, [float(k) for k in known]
            break
    return pd.DataFrame(
        {
            "origin": origin,
            "destination": list(shares),
            "weight": dyadic(sizes),
            "weight_basis": basis,
            "basis_year": year,
        }
    )


@lru_cache(maxsize=16)
def _peopled(vintage: int) -> tuple[dict[str, str], Counter[str], dict[str, int]]:
    """Commune of each atom, number of atoms in each commune, inhabitants of each commune."""
    held = {str(a): str(c) for a, c in land(vintage).items()}
    people = administrative.communes(vintage).dropna(subset="population")
    return (
        held,
        Counter(held.values()),
        {c: int(n) for c, n in people[["code_commune", "population"]].itertuples(index=False)},
    )


def _population(atoms: frozenset[str], vintage: int) -> int | None:
    """Inhabitants of a set of atoms when it is made of whole communes of that vintage, otherwise None."""
    held, sizes, people = _peopled(vintage)
    inside = Counter(held[a] for a in atoms if a in held)
    if any(sizes[c] != n or c not in people for c, n in inside.items()):
        return None
    return sum(people[c] for c in inside)


def dyadic(sizes: Sequence[float]) -> np.ndarray:
    """Shares of `sizes` as multiples of 2^-20 that sum to exactly 1; the largest absorbs the rounding.

    >>> float(dyadic([1, 1, 1]).sum())
    1.0
    """
    exact = np.asarray(sizes, dtype=float) / float(np.sum(sizes))
    grains = np.rint(exact * _GRAIN)
    grains[int(np.argmax(grains))] += _GRAIN - grains.sum()
    return grains / _GRAIN


def convert(
    frame: pd.DataFrame,
    *,
    counts: Sequence[str],
    source: int,
    target: int,
    code: str = "code_commune",
    by: Sequence[str] = (),
) -> pd.DataFrame:
    """Counts by commune of COG `source`, as counts by commune of COG `target`.

    `frame` has one row per `code` and `by`, no other columns than these and `counts`. Returns `code`, `by`, `counts`
    (float64) sorted by key; the total of each count is conserved exactly. A commune that receives nothing has no row
    (never zero); a null count makes every sum it enters null. `result.attrs["apportioned"]` lists the destinations
    that received a share of a divided commune. Raises InvalidInput for codes unknown in `source` (all listed), codes
    that are not text, repeated keys, or a column that is neither count nor key: a rate, mean or median cannot
    be converted, convert its numerator and denominator.

    >>> import pandas as pd
    >>> deaths = pd.DataFrame({"code_commune": ["70530", "70180"], "deaths": [3, 2]})
    >>> convert(deaths, counts=["deaths"], source=2023, target=2026)["deaths"].sum().item()
    5.0
    """
    keys, values = [code, *by], list(counts)
    problems = _form_problems(frame, keys, values)
    if problems:
        raise InvalidInput(problems, hint="keep only the key, `by` and count columns; recompute rates after conversion")
    links = passage(source, target)
    _check_codes(frame[code], set(links["origin"]), source)
    joined = frame.merge(links, left_on=code, right_on="origin", how="left", validate="m:m")
    for value in values:
        joined[value] = joined[value].astype("float64") * joined["weight"]
    joined[code] = joined["destination"]
    out = joined.groupby(keys, sort=True, dropna=False)[values].sum(skipna=False).reset_index()
    out.attrs["apportioned"] = sorted(joined.loc[joined["weight_basis"] != "exact", "destination"].unique())
    return out


def _form_problems(frame: pd.DataFrame, keys: list[str], values: list[str]) -> list[str]:
    missing = [c for c in keys + values if c not in frame.columns]
    if missing:
        return [f"column {c!r} is missing" for c in missing]
    out = [f"column {c!r} is named both as count and as key" for c in values if c in keys]
    out += [
        f"count {c!r} is not numeric ({frame[c].dtype})"
        for c in values
        if not is_numeric_dtype(frame[c]) or is_bool_dtype(frame[c])
    ]
    for column in (c for c in frame.columns if c not in keys + values):
        why = (
            "a rate, mean or median cannot be converted"
            if is_numeric_dtype(frame[column])
            else "a label does not survive a change of geography"
        )
        out.append(f"column {column!r} is neither a count nor a key: {why}")
    texts = frame[keys[0]].map(lambda v: isinstance(v, str))
    if not texts.all():
        out.append(
            f"{int((~texts).sum())} codes of {keys[0]!r} are not text (leading zeros lost?): "
            f"{frame.loc[~texts, keys[0]].iloc[0]!r}, ..."
        )
    repeated = frame.duplicated(keys, keep=False)
    if repeated.any():
        shown = frame.loc[repeated, keys].drop_duplicates().head(5).to_dict("split")["data"]
        out.append(f"{int(repeated.sum())} rows repeat a key of {keys}: {shown}")
    return out


def _check_codes(codes: pd.Series, known: set[str], source: int) -> None:
    unknown = sorted(set(codes) - known)
    if not unknown:
        return
    arrondissements = set(administrative.arrondissements_municipaux()["code"])
    inner = [c for c in unknown if c in arrondissements]
    problems = [f"commune {c} is not in COG {source}" for c in unknown if c not in arrondissements]
    if inner:
        problems.append(
            f"{', '.join(inner[:5])}{', ...' if len(inner) > 5 else ''}: municipal arrondissements, not "
            "communes; sum them into their parent (arrondissements_municipaux) or drop them if it is there"
        )
    extra = len(problems) - _LISTED
    raise InvalidInput(
        problems if extra <= 0 else [*problems[:_LISTED], f"and {extra} more: {', '.join(unknown[_LISTED:])}"],
        hint=f"cls-analysis territories trace {unknown[0]}",
    )


def sum_arrondissements(
    frame: pd.DataFrame, *, counts: Sequence[str], code: str = "code_commune", by: Sequence[str] = ()
) -> pd.DataFrame:
    """Counts given for the arrondissements of Paris, Lyon and Marseille, summed into the three communes.

    Same columns, `code`, `by`, `counts`. InvalidInput if a parent is in the frame too (its inhabitants would be
    counted twice): drop one or the other first.
    """
    parent = administrative.arrondissements_municipaux().set_index("code")["code_commune"]
    inner = frame[code].isin(parent.index)
    both = sorted(set(frame.loc[inner, code].map(parent)) & set(frame.loc[~inner, code]))
    if both:
        raise InvalidInput(
            [f"{c} is given whole and by arrondissement" for c in both],
            hint="drop the arrondissements or the parent commune",
        )
    keys = [code, *by]
    joined = frame[keys + list(counts)].assign(**{code: frame[code].map(parent).where(inner, frame[code])})
    return joined.groupby(keys, sort=True, dropna=False)[list(counts)].sum(skipna=False).reset_index()
