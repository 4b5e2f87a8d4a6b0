"""Which communes make each territory, and what is left of a comparator without the territory? Sparse membership.

Every aggregate of the product is one product of a sparse matrix (territories x units) by a vector over units.
Where a territory holds more than `OWN_SHARE` of its comparator's population, a further row holds the rest of
the comparator: tests of difference then compare the territory with the rest, not with a whole that contains it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from cls_analysis.errors import InvalidInput

OWN_SHARE = 0.10
COMPARED = ("epci", "perimeter", "departement", "region")
COMPARATORS = ("departement", "region", "france")
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Groups:
    """Territories as rows over units as columns.

    `keys`: DataFrame[territory_type, territory, comparator_type, comparator], one row per row of `matrix`; the last
    two are "" for a territory and filled for a rest ("comparator without territory"). `units`: codes of
    the columns. `population`: people of each unit (weights of coverage only).
    """

    keys: pd.DataFrame
    matrix: sparse.csr_array
    units: pd.Index
    population: Floats

    @cached_property
    def totals(self) -> tuple[Floats, Floats]:
        """People and number of units of each row, known or not."""
        return self.sum(self.population), self.sum(np.ones(len(self.population)))

    def cuts(self, epci: pd.Series) -> NDArray[np.bool_]:
        """Rows that hold some communes of an EPCI and not the others (`epci`: EPCI of each commune)."""
        codes, names = pd.factorize(epci.reindex(self.units))
        held = codes >= 0
        size = np.bincount(codes[held], minlength=len(names))
        shape = (len(self.units), len(names))
        part = sparse.csr_array((np.ones(held.sum()), (np.flatnonzero(held), codes[held])), shape=shape)
        inside = sparse.coo_array(self.matrix @ part)
        cut = np.zeros(self.matrix.shape[0], dtype=bool)
        cut[inside.row[inside.data != size[inside.col]]] = True
        return cut

    def sum(self, values: Floats) -> Floats:
        """Sum over the units of each territory; the caller has replaced what is unknown by 0 and counts coverage."""
        return np.asarray(self.matrix @ values, dtype=float)

    def only(self, levels: tuple[str, ...]) -> Groups:
        """The rows of these territory types, rests of those types included."""
        keep = np.flatnonzero(self.keys["territory_type"].isin(levels))
        return Groups(self.keys.iloc[keep].reset_index(drop=True), self.matrix[keep], self.units, self.population)


def main_comparators(members: pd.DataFrame, population: pd.Series) -> pd.DataFrame:
    """The main département, the région and France of each compared territory.

    The main département (région) is the one where most of the territory's inhabitants live; ties go to the smaller
    code. A département is compared with its région and France, a région with France.
    Columns `territory_type, territory, comparator_type, comparator`.
    """
    of_commune = {
        kind: members.loc[members["territory_type"] == kind].set_index("code_commune")["territory"]
        for kind in COMPARATORS
    }
    rows = members.loc[members["territory_type"].isin(COMPARED), ["territory_type", "territory", "code_commune"]]
    rows = rows.assign(people=rows["code_commune"].map(population))
    unknown = sorted(set(rows.loc[rows["people"].isna(), "code_commune"]))
    if unknown:
        raise InvalidInput(
            f"{len(unknown)} communes have no population, so their main département cannot be told: {', '.join(unknown[:10])}",
            hint="the populations are those of geography.communes()",
        )
    found = []
    for kind in COMPARATORS:
        tally = (
            rows.assign(comparator=rows["code_commune"].map(of_commune[kind]))
            .dropna(subset=["comparator"])
            .groupby(["territory_type", "territory", "comparator"], observed=True)["people"]
            .sum()
            .reset_index()
            .sort_values(["territory_type", "territory", "people", "comparator"], ascending=[True, True, False, True])
            .drop_duplicates(["territory_type", "territory"])
        )
        depth = {"departement": {"epci", "perimeter"}, "region": {"epci", "perimeter", "departement"}}
        tally = tally[tally["territory_type"].isin(depth.get(kind, set(COMPARED)))]
        found.append(tally.assign(comparator_type=kind))
    columns = ["territory_type", "territory", "comparator_type", "comparator"]
    return pd.concat(found, ignore_index=True)[columns]


def make_groups(members: pd.DataFrame, population: pd.Series, *, unit: str = "code_commune") -> Groups:
    """Membership matrix of every territory of `members` (territory_type, territory, `unit`), rests included.

    `population` (Series by unit code) fixes the columns and their order; a member that it lacks is refused.
    """
    units = pd.Index(population.index.astype(str), name=unit)
    unknown = sorted(set(members[unit]) - set(units))
    if unknown:
        raise InvalidInput(
            f"{len(unknown)} units of the territories have no population row: {', '.join(unknown[:10])}",
            hint="cls-analysis territories trace CODE",
        )
    people = population.to_numpy(dtype=float)
    keys = members[["territory_type", "territory"]].drop_duplicates().sort_values(["territory_type", "territory"])
    keys = keys.reset_index(drop=True)
    row = pd.MultiIndex.from_frame(keys).get_indexer(pd.MultiIndex.from_frame(members[["territory_type", "territory"]]))
    column = units.get_indexer(members[unit])
    matrix = sparse.csr_array((np.ones(len(members)), (row, column)), shape=(len(keys), len(units)))
    if matrix.nnz and matrix.data.max() > 1:
        raise InvalidInput("a unit is given twice for one territory in members")
    rests, rest_matrix = _rests(members, keys, matrix, population, unit)
    all_keys = pd.concat([keys.assign(comparator_type="", comparator=""), rests], ignore_index=True)
    return Groups(all_keys, sparse.vstack([matrix, rest_matrix], format="csr"), units, people)


def _rests(
    members: pd.DataFrame, keys: pd.DataFrame, matrix: sparse.csr_array, population: pd.Series, unit: str
) -> tuple[pd.DataFrame, sparse.csr_array]:
    """Rows of the comparators without the territory, where the territory weighs more than `OWN_SHARE` of them."""
    named = members.rename(columns={unit: "code_commune"})
    pairs = main_comparators(named, population)
    own = _own_part(named, pairs, population)
    totals = pd.Series(matrix @ population.to_numpy(dtype=float), index=pd.MultiIndex.from_frame(keys))
    whole = totals.reindex(pd.MultiIndex.from_frame(pairs[["comparator_type", "comparator"]])).to_numpy()
    pairs = pairs[(own > OWN_SHARE * whole) & (own < whole)].reset_index(drop=True)
    if pairs.empty:
        return pairs, sparse.csr_array((0, matrix.shape[1]))
    position = {key: i for i, key in enumerate(keys.itertuples(index=False, name=None))}
    mine = matrix[[position[key] for key in zip(pairs["territory_type"], pairs["territory"], strict=True)]]
    theirs = matrix[[position[key] for key in zip(pairs["comparator_type"], pairs["comparator"], strict=True)]]
    rest = sparse.csr_array(theirs - mine.multiply(theirs))
    rest.eliminate_zeros()
    return pairs, rest


def _own_part(members: pd.DataFrame, pairs: pd.DataFrame, population: pd.Series) -> Floats:
    """People of each territory who live in the comparator of each pair."""
    out = np.zeros(len(pairs))
    people = members["code_commune"].map(population)
    for kind in COMPARATORS:
        of_commune = members.loc[members["territory_type"] == kind].set_index("code_commune")["territory"]
        held = people.groupby(
            [members["territory_type"], members["territory"], members["code_commune"].map(of_commune)]
        ).sum()
        rows = (pairs["comparator_type"] == kind).to_numpy()
        wanted = pd.MultiIndex.from_frame(pairs.loc[rows, ["territory_type", "territory", "comparator"]])
        out[rows] = held.reindex(wanted).to_numpy()
    return out
