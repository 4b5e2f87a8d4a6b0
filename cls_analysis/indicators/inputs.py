"""What does each source say of each commune of the reference year? Observations turned into vectors over units.

A source is read cell by cell (`sources/layout.py`), so memory does not grow with it. Counts are converted to the reference COG before anything else; a rate is never converted, its product by its
weight is. A unit whose value is unknown stays NaN with the reason (not published, missing); nothing is filled with zero.
Codes that the vintage does not know are kept in `Inputs.unmatched`, never dropped in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from cls_analysis.errors import InvalidInput
from cls_analysis.indicators.absence import Code, SourceAbsent
from cls_analysis.indicators.references import ALL, EVERY, LATEST, Reference, bands_within, parse_references
from cls_analysis.sources.layout import CellKey, Rows

STATUSES = ("observed", "estimated", "not_applicable", "missing", "not_published")  # from best to worst
OBSERVED, ESTIMATED, NOT_APPLICABLE, MISSING, NOT_PUBLISHED = range(5)
OVERSEAS = ("975", "977", "978", "98")  # collectivities outside the 101 départements: no territory here holds them
LOOKUPS_HELD = 32
Floats = NDArray[np.float64]
Codes = NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class Units:
    """One quantity over units: `value` (NaN where unknown), `reason` (rank in `STATUSES`), `sources`, `period` read.

    `whole_epci`: the source only knows EPCI; the figure of each stands on its first commune, so that a sum is right
    for the territories that hold each EPCI whole or not at all, and for no other.
    """

    value: Floats
    reason: Codes
    sources: tuple[str, ...]
    period: str
    whole_epci: bool = False

    def __add__(self, other: Units) -> Units:
        return Units(
            self.value + other.value,
            np.maximum(self.reason, other.reason),
            tuple(sorted({*self.sources, *other.sources})),
            self.period,
            self.whole_epci or other.whole_epci,
        )

    def __neg__(self) -> Units:
        return replace(self, value=-self.value)


@dataclass(eq=False)
class Inputs:
    """Reader of built sources. `stored` gives the OBSERVATIONS of a source, cell by cell; `passage` the conversion weights.
    `bassins` holds the share of each commune in each bassin de vie. `epci` is the EPCI of each commune.

    `sources` are the ids that are built, with whether they are simulated. `unmatched` collects, by source and vintage,
    the codes that the vintage's list does not hold. `looked` collects the sources opened or looked for (see `parts`).
    """

    stored: Rows
    passage: Callable[[int, int], pd.DataFrame]
    sources: Mapping[str, bool]
    communes: pd.Index
    departements: pd.Index
    cog: int
    bassins: pd.DataFrame | None = None
    epci: pd.Series | None = None
    unmatched: dict[str, list[str]] = field(default_factory=dict)
    looked: set[str] = field(default_factory=set)
    _held: dict[str, frozenset[CellKey]] = field(default_factory=dict)
    _places: dict[tuple[int, int], tuple[pd.Index, pd.Index, NDArray[np.intp]]] = field(default_factory=dict)
    _matrices: dict[tuple[int, int], tuple[pd.Index, pd.Index, sparse.csr_array]] = field(default_factory=dict)

    # -- choosing ------------------------------------------------------------------------------------------------
    def pick(self, text: str) -> Reference:
        """The first alternative whose source is built; `SourceAbsent` names them all otherwise."""
        alternatives = parse_references(text)
        for reference in alternatives:
            self.looked.add(reference.source)
            if reference.source in self.sources:
                return reference
        real = [r.source for r in alternatives if not r.source.startswith("demo-")]
        names = tuple(dict.fromkeys(real or [r.source for r in alternatives]))
        raise SourceAbsent(
            f"source not built: {', '.join(names)}", code=Code.NOT_BUILT, sources=names, hint="cls-analysis data status"
        )

    def periods(self, text: str) -> list[str]:
        """The periods that the chosen source holds for this variable, sorted."""
        reference = self.pick(text)
        return self._periods_of(reference)

    def holds(self, text: str, period: str, level: str) -> bool:
        """Whether the chosen source has this variable and period at that level."""
        reference = self.pick(text)
        return (level, reference.variable, self.period_of(reference, period)) in self._cells(reference.source)

    # -- rows ----------------------------------------------------------------------------------------------------
    def _cells(self, source: str) -> frozenset[CellKey]:
        self.looked.add(source)
        if source not in self._held:
            self._held[source] = frozenset(self.stored.held(source))
        return self._held[source]

    def _periods_of(self, reference: Reference) -> list[str]:
        return sorted({p for (_, v, p) in self._cells(reference.source) if v == reference.variable})

    def rows(self, reference: Reference, period: str, level: str) -> pd.DataFrame:
        """Observations of one variable, period and level, every sex and age; `SourceAbsent` if the source has none."""
        wanted = self.period_of(reference, period)
        cell = (level, reference.variable, wanted)
        if cell not in self._cells(reference.source):
            known = self._periods_of(reference)
            raise SourceAbsent(
                f"source {reference.source} has no {reference.variable!r} for {wanted} at level {level}"
                + (f" (periods held: {', '.join(known)})" if known else " (no such variable)"),
                code=Code.VINTAGE if known else Code.VARIABLE,
                sources=(reference.source,),
                variable=reference.variable,
                period=wanted,
                held=tuple(known),
                hint="cls-analysis data status",
            )
        return self.stored.rows(reference.source, cell)

    def period_of(self, reference: Reference, period: str) -> str:
        """The period to read: the reference's own (`latest`: the last one held), else the indicator's; a partner's table
        that has another gives its last."""
        newest = reference.period == LATEST
        if not newest and (reference.period or not reference.source.startswith("import-")):
            return reference.period or period
        held = self._periods_of(reference)
        if not held or (not newest and period in held):
            return period
        return max(held, key=lambda p: (p[-4:], p))

    def level_of(self, reference: Reference, period: str) -> str:
        """`commune`, or `epci` where the source knows this variable by EPCI only."""
        key = (reference.variable, self.period_of(reference, period))
        held = self._cells(reference.source)
        return (
            "epci" if ("commune", *key) not in held and ("epci", *key) in held and self.epci is not None else "commune"
        )

    def _on_communes(self, rows: pd.DataFrame, source: str, level: str) -> tuple[Floats, Codes]:
        """Counts over the communes of the reference COG; those of an EPCI stand on its first commune."""
        cog = int(rows["cog"].iloc[0])
        if level == "commune" or self.epci is None:
            return self._convert(*self._spread(rows, self._origins(cog), source), cog, self.cog)
        of_commune = self.epci.reindex(self.communes)
        names = pd.Index(sorted(of_commune.dropna().unique()))
        value, reason = self._spread(rows, names, source)
        place = names.get_indexer(pd.Index(of_commune.astype("object")))
        known = np.where(place >= 0, np.isfinite(value[place]), False)
        first = ~of_commune.duplicated().to_numpy()
        spread = np.where(known, np.where(first, value[place], 0.0), np.nan)
        return spread, np.where(place >= 0, reason[place], MISSING).astype(np.int8)

    def select(self, reference: Reference, period: str, level: str) -> pd.DataFrame:
        """Rows of the sex and the age (or tiling age bands) that the reference asks for."""
        rows = self.rows(reference, period, level)
        sexes = set(rows["sex"].unique())
        wanted = ("F", "M") if reference.sex == ALL and ALL not in sexes else (reference.sex,)
        rows = rows[rows["sex"].isin(wanted)] if set(wanted) <= sexes else rows.iloc[:0]
        ages = set(rows["age"].unique())
        if reference.age in ages or not ages:
            rows = rows[rows["age"] == reference.age]
        elif ages == {ALL}:
            rows = rows.iloc[:0]  # a source that tells no ages is absent for an age group, which is no fault of its own
        else:
            group = "0+" if reference.age == ALL else reference.age
            rows = rows[rows["age"].isin(bands_within(group, ages))]
        if rows.empty:
            raise SourceAbsent(
                f"source {reference.source}: {reference.variable!r} has no row for sex {reference.sex}, "
                f"age {reference.age} at level {level}",
                code=Code.AGES,
                sources=(reference.source,),
                variable=reference.variable,
            )
        return rows

    # -- conversion ----------------------------------------------------------------------------------------------
    def _matrix(self, source: int, target: int) -> tuple[pd.Index, pd.Index, sparse.csr_array]:
        """Origins, destinations and weights (destinations x origins) of a conversion between vintages."""
        if (source, target) not in self._matrices:
            if source == target == self.cog:
                n = len(self.communes)
                self._matrices[source, target] = (self.communes, self.communes, sparse.eye_array(n, format="csr"))
            else:
                table = self.passage(source, target)
                table = table[~table["destination"].str.startswith(OVERSEAS)]
                origins = pd.Index(np.sort(table["origin"].unique()))
                places = self.communes if target == self.cog else pd.Index(np.sort(table["destination"].unique()))
                i, j = (
                    places.get_indexer(pd.Index(table["destination"])),
                    origins.get_indexer(pd.Index(table["origin"])),
                )
                if (i < 0).any():
                    lost = sorted(set(table["destination"][i < 0]))
                    raise InvalidInput(f"passage {source}->{target} leads to unknown communes: {', '.join(lost[:10])}")
                weights = table["weight"].to_numpy(dtype=float)
                matrix = sparse.csr_array((weights, (i, j)), shape=(len(places), len(origins)))
                self._matrices[source, target] = (origins, places, matrix)
        return self._matrices[source, target]

    def _origins(self, cog: int) -> pd.Index:
        return self.communes if cog == self.cog else self._matrix(cog, self.cog)[0]

    def _spread(self, rows: pd.DataFrame, codes: pd.Index, source: str) -> tuple[Floats, Codes]:
        """Vector over `codes` from rows (summed over bands); absent rows are missing."""
        held = rows["code"].cat
        position = self._places_of(held.categories, codes)[held.codes]
        lost = position < 0
        if lost.any():
            cog = int(rows["cog"].iloc[0])
            seen = self.unmatched.setdefault(f"{source}@{cog}", [])
            seen += sorted(set(rows["code"][lost].astype("str")) - set(seen))
        position = position[~lost]
        rank = _ranks(rows["status"])[~lost]
        number = rows["value"].to_numpy(dtype=float)[~lost]
        value = np.zeros(len(codes))
        np.add.at(value, position, number)
        reason = np.zeros(len(codes), dtype=np.int8)
        np.maximum.at(reason, position, rank)
        found = np.zeros(len(codes), dtype=bool)
        found[position] = True
        value[~found] = np.nan
        reason[~found] = MISSING
        value[reason >= NOT_APPLICABLE] = np.nan
        return value, reason

    def _places_of(self, words: pd.Index, codes: pd.Index) -> NDArray[np.intp]:
        """Position in `codes` of each word; looked up once for the variables that share their list of words."""
        key = (id(words), id(codes))
        found = self._places.get(key)
        if found is None:  # the two lists are kept beside the answer, so that an `id` is not given to another
            if len(self._places) >= LOOKUPS_HELD:
                self._places.pop(next(iter(self._places)))
            found = self._places[key] = (words, codes, np.asarray(codes.get_indexer(words)))
        return found[2]

    def _convert(self, value: Floats, reason: Codes, source: int, target: int) -> tuple[Floats, Codes]:
        """Counts to another vintage; a destination with any unknown origin is unknown, for the worst reason."""
        if source == target:
            return value, reason
        _, _, matrix = self._matrix(source, target)
        known = np.isfinite(value)
        moved = np.asarray(matrix @ np.where(known, value, 0.0))
        worst = np.zeros(matrix.shape[0], dtype=np.int8)
        for rank in range(1, len(STATUSES)):
            worst[(matrix @ (reason == rank).astype(float)) > 0] = rank
        reached = (matrix @ np.ones(matrix.shape[1])) > 0
        worst[~reached] = MISSING
        moved[((matrix @ (~known).astype(float)) > 0) | ~reached] = np.nan
        return moved, worst

    # -- vectors over the units of the reference year ------------------------------------------------------------
    def counts(self, texts: Sequence[str], period: str, *, level: str = "commune") -> Units:
        """Sum (with signs) of count references over communes of the reference COG, or over départements."""
        total: Units | None = None
        for text in texts:
            reference = self.pick(text)
            known_by = level if level == "departement" else self.level_of(reference, period)
            rows = self.select(reference, period, known_by)
            if level == "departement":
                value, reason = self._spread(rows, self.departements, reference.source)
            else:
                value, reason = self._on_communes(rows, reference.source, known_by)
            read = self.period_of(reference, period)
            units = Units(value, reason, (reference.source,), read, known_by == "epci")
            units = -units if reference.sign < 0 else units
            total = units if total is None else total + units
        if total is None:
            raise InvalidInput("an indicator asks for no reference at all")
        return total

    def products(self, value: str, weight: str, period: str) -> tuple[Units, Units]:
        """Value x weight and weight over communes, both as counts of the reference COG, where the value is known.

        The weight is brought to the vintage of the value first, so that a mean is only ever moved as a product.
        """
        reference, by = self.pick(value), self.pick(weight)
        rows, weights = self.select(reference, period, "commune"), self.select(by, period, "commune")
        cog, cog_weight = int(rows["cog"].iloc[0]), int(weights["cog"].iloc[0])
        origins = self._origins(cog)
        number, reason = self._spread(rows, origins, reference.source)
        if cog_weight == cog:
            load, why = self._spread(weights, origins, by.source)
        else:
            load, why = self._spread(weights, self._origins(cog_weight), by.source)
            if cog == self.cog:
                load, why = self._convert(load, why, cog_weight, cog)
            else:
                sources, places, _ = self._matrix(cog_weight, cog)
                aligned = self._origins(cog_weight)
                pick = aligned.get_indexer(sources)
                load = np.where(pick >= 0, load[pick], np.nan)
                why = np.where(pick >= 0, why[pick], MISSING).astype(np.int8)
                load, why = self._convert(load, why, cog_weight, cog)
                place = places.get_indexer(origins)
                load = np.where(place >= 0, load[place], np.nan)
                why = np.where(place >= 0, why[place], MISSING).astype(np.int8)
        worst = np.maximum(reason, why)
        nobody = load == 0
        product = np.where(nobody, 0.0, number * load)
        worst = np.where(nobody, OBSERVED, worst).astype(np.int8)
        base = np.where(np.isfinite(product), load, np.nan)
        used, read = tuple(sorted({reference.source, by.source})), self.period_of(reference, period)
        top = Units(*self._convert(product, worst, cog, self.cog), used, read)
        bottom = Units(*self._convert(base, worst, cog, self.cog), used, read)
        return top, bottom

    def spread(self, rows: pd.DataFrame, cog: int, source: str) -> tuple[Floats, Codes]:
        """Vector over the communes of the vintage `cog`, absent rows being missing."""
        return self._spread(rows, self._origins(cog), source)

    def unchanged(self, value: Floats, reason: Codes, cog: int) -> tuple[Floats, Codes]:
        """Figures that cannot be converted: kept for communes with one whole origin, `not_applicable` for the others."""
        if cog == self.cog:
            return value, reason
        _, _, matrix = self._matrix(cog, self.cog)
        origins_per_place = np.diff(matrix.indptr)
        places_per_origin = np.bincount(matrix.indices, minlength=matrix.shape[1])
        first = np.zeros(matrix.shape[0], dtype=int)
        single = origins_per_place == 1
        first[single] = matrix.indices[matrix.indptr[:-1][single]]
        whole = single & (places_per_origin[first] == 1)
        kept = np.where(whole, value[first], np.nan)
        why = np.where(whole, reason[first], np.where(origins_per_place == 0, MISSING, NOT_APPLICABLE))
        return kept, why.astype(np.int8)

    def rates(self, text: str, period: str) -> Units:
        """Published figures of the départements, aligned on the reference list; not a count, so never summed here."""
        reference = self.pick(text)
        value, reason = self._spread(self.select(reference, period, "departement"), self.departements, reference.source)
        return Units(value, reason, (reference.source,), self.period_of(reference, period))

    def published(self, text: str, period: str, level: str) -> pd.DataFrame:
        """Values as published at one level: code, value, status (rank), cog."""
        reference = self.pick(text)
        rows = self.select(reference, period, level)
        if rows["code"].astype(str).duplicated().any():
            raise InvalidInput(f"source {reference.source}: {reference.variable!r} has several rows per {level}")
        return pd.DataFrame(
            {
                "code": rows["code"].astype(str).to_numpy(),
                "value": rows["value"].to_numpy(dtype=float),
                "rank": _ranks(rows["status"]),
                "cog": rows["cog"].to_numpy(),
            }
        )

    def grid(self, text: str, period: str) -> tuple[pd.DataFrame, Floats, Units]:
        """Counts by cell over communes of the reference COG: cells (sex, age), an array cells x communes, and what was
        read (its value and reason are those of the first cell; `period`, `sources` and `whole_epci` hold for all).

        `sex` "*" keeps F and M, `age` "*" keeps every band; the totals ("all") are left out where parts exist.
        """
        reference = self.pick(text)
        level = self.level_of(reference, period)
        rows = self.rows(reference, period, level)
        sexes, ages = rows["sex"], rows["age"]
        keep = sexes.isin(["F", "M"]) if reference.sex == EVERY else sexes == reference.sex
        keep &= (ages != ALL) if reference.age == EVERY else ages == reference.age
        rows = rows[keep.to_numpy()]
        cells, arrays = [], []
        for (sex, age), part in rows.groupby(["sex", "age"], observed=True, sort=False):
            arrays.append(self._on_communes(part, reference.source, level))
            cells.append((str(sex), str(age)))
        if not cells:
            raise SourceAbsent(
                f"source {reference.source}: {reference.variable!r} is not broken down by sex and age",
                code=Code.AGES,
                sources=(reference.source,),
                variable=reference.variable,
            )
        read = Units(*arrays[0], (reference.source,), self.period_of(reference, period), level == "epci")
        return pd.DataFrame(cells, columns=["sex", "age"]), np.vstack([value for value, _ in arrays]), read


def _ranks(status: pd.Series) -> Codes:
    """Rank in `STATUSES` of a categorical column."""
    found = np.array([STATUSES.index(word) for word in status.cat.categories], dtype=np.int8)
    return found[status.cat.codes]
