"""Do the figures lie where they should on the map? What a file never seen before cannot hide from the embedded geography.

Codes sorted apart from their rows, a column moved down by a row: each number is plausible, and none is on its territory. Then
a column loses all likeness between neighbours, and a count all relation with the population. Measured within each
département, so that files sorted by département, whose rows stay near their own when they move, are seen too:

- neighbours: Moran's I of the ranks, each less the mean rank of its département, binary weights of shared borders;
- population: correlation of the same ranks with those of the embedded population.

A column's *likeness* is the larger of the first and of a quarter of the second (without its sign: names that begin alike lie
near each other in a list, and have populations alike). Official files: 0.041 at least for each column of 5 000 communes with
5 % of them above zero, 0.013 at most once it is sorted alone or moved by a row (docs/corpus.md). One matrix product for all the
columns of a source; `statistics.spatial.moran` gives the same for one.

Other signs: one number in all rows; a time by road shorter than the crow flies. References: Moran PAP. Biometrika 1950;37:17-23.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from cls_analysis import geography
from cls_analysis.sources.checks import Check, Status, cases, french, graded
from cls_analysis.sources.codes import departement_of
from cls_analysis.sources.model import Source

Floats = npt.NDArray[np.float64]
LIKE, UNLIKE = 0.025, 0.018  # likeness of a column of many communes: ok from, broken under
MANY, SOME = 5000, 1000  # communes with a value from which a column may be broken, or doubtful
LEAST = 4.0  # likeness of neighbours of a shorter column, over its standard error
EPCI, EPCI_LEAST = 400, 0.02  # EPCI, never broken: without likeness, a dozen by département, I is -0.055 +- 0.03
PEOPLE = 0.25  # weight of the population's correlation
HELD = 0.05  # share of the values above zero under which a column is too empty to be judged
SAME = 400  # values from which one number everywhere is no accident
FASTEST, GRACE = 130.0, 3.0  # km/h by road; minutes, since a service lies anywhere in its commune


class Ground:
    """The territories of a level: their order, borders, départements and populations, as arrays."""

    def __init__(self, level: str) -> None:
        held = geography.communes()[["code_commune", "population"]].assign(code=lambda c: c["code_commune"])
        if level == "epci":
            held = held.merge(geography.membership(), on="code_commune", how="inner", validate="one_to_one")
            held = held.assign(code=held["siren_epci"]).sort_values("population", ascending=False)
        by_code = held.groupby("code", sort=True)
        self.people = by_code["population"].sum().to_numpy(dtype=float)
        self.codes = pd.Index(by_code["code_commune"].first().index, dtype="str")
        holder = pd.Series(self.codes.get_indexer(pd.Index(held["code"])), index=held["code_commune"])
        pairs = geography.borders()[["a", "b"]]
        ends = np.column_stack([holder.reindex(pairs[end]).to_numpy() for end in ("a", "b")])
        ends = np.unique(np.sort(ends[~np.isnan(ends).any(axis=1)].astype(int), axis=1), axis=0)
        ends = ends[ends[:, 0] != ends[:, 1]]
        size = (len(self.codes), len(self.codes))
        both = (np.concatenate([ends[:, 0], ends[:, 1]]), np.concatenate([ends[:, 1], ends[:, 0]]))
        self.borders = sparse.csr_array((np.ones(2 * len(ends)), both), shape=size)
        numbers, names = pd.factorize(by_code["code_commune"].first().map(departement_of))
        self.departement = numbers
        self.members = sparse.csr_array(
            (np.ones(len(self.codes)), (numbers, np.arange(len(self.codes)))), shape=(len(names), len(self.codes))
        )


@cache
def ground(level: str) -> Ground:
    return Ground(level)


def likeness(values: Floats, level: str = "commune") -> pd.DataFrame:
    """Of each column: `territories` with a value, `moran`, its `z`, `population` (within départements), `held` (share not zero), `likeness`.

    `values`: one row per territory of `ground(level).codes`, NaN where there is none. NaN where nothing can be said (one
    value, no neighbours with a value).
    """
    on = ground(level)
    held = ~np.isnan(values)
    counts = held.sum(axis=0)
    ranks = _within(_ranks(values), held, on)
    kinds, which = np.unique(np.packbits(held, axis=0), axis=1, return_inverse=True)
    first = [int(np.flatnonzero(which == kind)[0]) for kind in range(kinds.shape[1])]
    shared = held[:, first]
    pairs = np.asarray(shared * (on.borders @ shared.astype(float))).sum(axis=0)[which]
    people = _within(_ranks(np.where(shared, on.people[:, None], np.nan)), shared, on)
    spread = (ranks**2).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        moran = (np.asarray(ranks * (on.borders @ ranks)).sum(axis=0) / pairs) / (spread / counts)
        population = np.einsum("ij,ij->j", ranks, people[:, which]) / np.sqrt(spread * (people**2).sum(axis=0)[which])
        share = (np.where(held, values, 0) != 0).sum(axis=0) / counts
    return pd.DataFrame(
        {
            "territories": counts, "moran": moran, "z": moran * np.sqrt(pairs / 2), "population": population, "held": share,
            "likeness": np.fmax(moran, PEOPLE * np.abs(population)),
        }
    )  # fmt: skip


def _ranks(values: Floats) -> Floats:
    return np.asarray(pd.DataFrame(values).rank(axis=0).to_numpy(), dtype=float)


def _within(ranks: Floats, held: npt.NDArray[np.bool_], on: Ground) -> Floats:
    """Ranks less the mean rank of their département; 0 where there is no value."""
    zeroed = np.where(held, ranks, 0.0)
    mean = (on.members @ zeroed) / np.maximum(on.members @ held.astype(float), 1)
    return np.where(held, zeroed - mean[on.departement], 0.0)


def columns_of(frame: pd.DataFrame, level: str) -> tuple[list[str], Floats]:
    """The columns (`variable period`) of OBSERVATIONS at a level, on its ground; ages and sexes are added up for counts by age."""
    rows = frame[(frame["level"] == level).to_numpy()]
    whole = rows[((rows["sex"] == "all") & (rows["age"] == "all")).to_numpy()]
    if whole.empty and not rows.empty:
        summed = rows.groupby(["variable", "period", "code"], observed=True)["value"].sum(min_count=1)
        whole = summed.reset_index()
    variable, period = (whole[name].astype("category").cat for name in ("variable", "period"))
    width = len(period.categories)
    numbers, kept = np.unique(variable.codes.to_numpy(int) * width + period.codes.to_numpy(int), return_inverse=True)[
        ::-1
    ]
    names = [f"{variable.categories[one // width]} {period.categories[one % width]}" for one in kept.tolist()]
    codes = whole["code"].astype("category")
    place = ground(level).codes.get_indexer(pd.Index(codes.cat.categories.astype("str")))[codes.cat.codes.to_numpy()]
    values = np.full((len(ground(level).codes), len(kept)), np.nan)
    found = place >= 0
    values[place[found], numbers[found]] = whole["value"].to_numpy(dtype=float)[found]
    return names, values


def on_the_map(source: Source, frame: pd.DataFrame) -> list[Check]:
    """The check of likeness of a source (`geography/<source>`): none where no column has enough territories."""
    doubtful: list[str] = []
    broken: list[str] = []
    judged = 0
    for level, least in (("commune", SOME), ("epci", EPCI)):
        if not (frame["level"] == level).any():
            continue
        names, values = columns_of(frame, level)
        told = likeness(values, level).assign(name=names)
        told = told[(told["territories"] >= least) & (told["held"] >= HELD) & told["likeness"].notna()]
        judged += len(told)
        said = told["name"] + " (" + told["likeness"].map(lambda one: french(round(one, 3))).astype("str") + ")"
        many = told["territories"] >= MANY if level == "commune" else told["likeness"].isna()
        alone = told["population"].abs() < LIKE / PEOPLE
        few = ~many & alone & (told["z"] < LEAST if level == "commune" else told["moran"] < EPCI_LEAST)
        broken += list(said[many & (told["likeness"] < UNLIKE)])
        doubtful += list(said[few | (many & told["likeness"].between(UNLIKE, LIKE, inclusive="left"))])
    if not judged:
        return []
    status: Status = "broken" if broken else "doubtful" if doubtful else "ok"
    wrong = [*broken, *doubtful]
    detail = f"sans ressemblance entre voisins ni lien avec la population : {cases(wrong)}" if wrong else ""
    return [
        Check(
            f"geography/{source.id}", (source.id,), f"Chiffres à leur place sur la carte (voisins, population) : {source.title}",
            status, float(len(wrong)), "au plus 0 variable", detail,
        )
    ]  # fmt: skip


def one_number(source: Source, frame: pd.DataFrame) -> list[Check]:
    """Columns of many values that are all one number other than 0 (`constant/<source>`); none where all vary."""
    rows = frame.dropna(subset=["value"])
    grouped = rows.groupby(["level", "variable", "period", "sex", "age"], observed=True)["value"]
    told = grouped.agg(["size", "min", "max"])
    same = told[(told["size"] >= SAME) & (told["min"] == told["max"]) & (told["max"] != 0)]
    if same.empty:
        return []
    told = same.reset_index()
    named = [f"{v} {p} ({n:g})" for v, p, n in zip(told["variable"], told["period"], told["max"], strict=True)]
    return [
        Check(
            f"constant/{source.id}", (source.id,), f"Un même nombre sur toutes les lignes : {source.title}", "broken",
            float(len(same)), "au plus 0 variable", cases(named),
        )
    ]  # fmt: skip


def by_road(source: Source, times: pd.Series, *, service: str) -> list[Check]:
    """Minutes by road to the nearest service, against the straight line to the nearest commune whose time is 0 (it has one).

    Two checks: no road is faster than the crow at 130 km/h (1 % of the communes may be, over 5 % the build stops); and times
    rank as distances do (0.6 at least, under 0.3 the build stops: times that lie on other communes).
    """
    points = geography.centroids().set_index("code_commune")
    held = times.dropna()
    held = held[held.index.isin(points.index)]
    km = _nearest(points, held.index, held.index[held == 0])
    known = km.notna() & (held > 0)
    if known.sum() < SOME:
        return []
    faster = held[known] < km[known] / FASTEST * 60 - GRACE
    ranks = float(np.corrcoef(held[known].rank(), km[known].rank())[0, 1])
    return [
        graded(
            f"road/{source.id}/{service}", (source.id,), f"Temps par la route jamais plus courts qu’à vol d’oiseau : {service}",
            100 * float(faster.mean()), ok=1, broken=5, unit="% des communes", detail=cases(faster.index[faster]),
        ),
        Check(
            f"distance/{source.id}/{service}", (source.id,), f"Temps par la route qui croissent avec la distance : {service}",
            "ok" if ranks >= 0.6 else "doubtful" if ranks >= 0.3 else "broken", round(ranks, 4), "corrélation des rangs d’au moins 0,6",
        ),
    ]  # fmt: skip


def _nearest(points: pd.DataFrame, origins: pd.Index[Any], destinations: pd.Index[Any]) -> pd.Series:
    """Kilometres from each origin to the nearest destination of its zone; NaN where the zone has none."""
    from scipy.spatial import cKDTree  # slow to import; only this check asks for it

    found = pd.Series(np.nan, index=origins)
    for zone, rows in points.loc[origins].groupby("zone"):
        ends = points.loc[destinations]
        ends = ends[ends["zone"] == zone]
        if len(ends):
            distance, _ = cKDTree(ends[["x", "y"]].to_numpy()).query(rows[["x", "y"]].to_numpy())
            found[rows.index] = distance / 1000
    return found


def ordered(source: Source, low: pd.Series, high: pd.Series, label: str, key: str) -> list[Check]:
    """One variable that cannot exceed another in most territories (a general practitioner is nearer than an emergency ward)."""
    both = pd.concat([low, high], axis=1, keys=["low", "high"], join="inner").dropna()
    if len(both) < EPCI:
        return []
    above = both["low"] > both["high"]
    return [
        graded(
            f"order/{source.id}/{key}", (source.id,), label, 100 * float(above.mean()), ok=10, broken=50,
            unit="% des territoires", detail=cases(both.index[above]),
        )
    ]  # fmt: skip
