"""Would the figure differ at the same ages? Standardised rates, ratios and life expectancy from counts by sex and age.

Counts by sex and age of the communes are converted to the reference COG, summed over each territory, and only then
standardised (`cls_analysis.statistics`). The standard is named in the entry (`standard`). Communes get no row:
their events are too few. Both sexes together are standardised on sex and age.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cls_analysis import statistics
from cls_analysis.indicators.absence import Code, SourceAbsent
from cls_analysis.indicators.groups import Floats, Groups
from cls_analysis.indicators.methods.frame import FULL, Ground, Part, figure, person_years
from cls_analysis.indicators.model import Indicator
from cls_analysis.indicators.references import bands_within

MIN_EVENTS = 10
NATIONAL = 0.95  # share of France that a table must cover to give its rates
LIFE_STARTS = (0, 1, *range(5, 95, 5))
LIFE_BANDS = ("0", "1-4", *(f"{a}-{a + 4}" for a in range(5, 90, 5)), "90+")


@dataclass(frozen=True, eq=False)
class Grid:
    """Events and person-years of communes by cell: arrays cells x communes, `cells` naming sex and band."""

    cells: pd.DataFrame
    events: Floats
    people: Floats
    known: np.ndarray
    sources: tuple[str, ...]
    period: str
    whole_epci: bool
    france: Floats | None  # events of France by cell, where the source gives that level itself


def standard_bands(indicator: Indicator, ground: Ground, period: str) -> tuple[str, pd.Series]:
    """The standard of the entry, with infants together where the source does not tell them apart; name and weights."""
    name = indicator.standard
    cells, _, _ = ground.inputs.grid(indicator.numerator[0], period)
    if name.endswith("-infants") and not {"0", "0-0"} & set(cells["age"]):
        name = name.removesuffix("-infants")
    return name, statistics.reference_population(name)


def read_grid(indicator: Indicator, ground: Ground, period: str, bands: tuple[str, ...]) -> Grid:
    """Events and person-years by sex and band, the source's finer bands added into `bands`."""
    inputs = ground.inputs
    event_cells, events, read = inputs.grid(indicator.numerator[0], period)
    people_cells, people, by = inputs.grid(indicator.denominator[0], period)
    cells = pd.DataFrame([(s, b) for s in ("F", "M") for b in bands], columns=["sex", "age"])
    x, n = (_into(c, a, cells, bands) for c, a in ((event_cells, events), (people_cells, people)))
    known = np.asarray(np.isfinite(x).all(axis=0) & np.isfinite(n).all(axis=0))
    return Grid(
        cells,
        np.where(known, x, 0.0),
        np.where(known, n, 0.0) * person_years(indicator, read.period),
        known,
        tuple(sorted({*read.sources, *by.sources})),
        read.period,
        read.whole_epci,
        _events_of_france(indicator, ground, period, cells, bands),
    )


def _events_of_france(
    indicator: Indicator, ground: Ground, period: str, cells: pd.DataFrame, bands: tuple[str, ...]
) -> Floats | None:
    text = indicator.numerator[0]
    if not ground.inputs.holds(text, period, "france"):
        return None
    rows = ground.inputs.rows(ground.inputs.pick(text), period, "france")
    rows = rows[rows["sex"].isin(["F", "M"]) & (rows["age"] != "all")]
    have = rows[["sex", "age"]].astype("str").reset_index(drop=True)
    return _into(have, rows[["value"]].to_numpy(dtype=float), cells, bands)[:, 0]


def _into(have: pd.DataFrame, values: Floats, cells: pd.DataFrame, bands: tuple[str, ...]) -> Floats:
    out = np.zeros((len(cells), values.shape[1]))
    for sex in ("F", "M"):
        of_sex = have.index[have["sex"] == sex]
        if not len(of_sex):
            raise SourceAbsent(f"no counts by age for sex {sex}", code=Code.AGES)
        held = list(have.loc[of_sex, "age"])
        for band in bands:
            row = cells.index[(cells["sex"] == sex) & (cells["age"] == band)][0]
            for age in bands_within(band, held):
                out[row] += values[of_sex[held.index(age)]]
    return out


def _coverage(groups: Groups, grid: Grid, ground: Ground) -> tuple[Floats, np.ndarray]:
    total = groups.sum(groups.population)
    with np.errstate(invalid="ignore", divide="ignore"):
        coverage = np.where(total > 0, groups.sum(groups.population * grid.known) / total, 0.0)
    if grid.whole_epci:
        coverage = np.where(groups.cuts(ground.epci_of_commune), 0.0, coverage)
    return coverage, np.where(coverage >= FULL, "observed", "estimated").astype(object)


def _sums(groups: Groups, grid: Grid) -> tuple[Floats, Floats]:
    return np.asarray(groups.matrix @ grid.events.T), np.asarray(groups.matrix @ grid.people.T)


def _final(status: np.ndarray, base: np.ndarray, coverage: Floats, floor: float) -> np.ndarray:
    """Status of the method where it has none, the coverage's otherwise."""
    out = np.where(status == "observed", base, status)
    return np.where(coverage < floor, "missing", out).astype(object)


def _sexes(indicator: Indicator) -> tuple[str, ...]:
    return ("all", "F", "M") if indicator.by_sex else ("all",)


def _long(sex: str, cells: pd.DataFrame, x: Floats, n: Floats) -> pd.DataFrame:
    """Long frame group x cell of one sex (or both, cells then keep their sex)."""
    pick = np.arange(len(cells)) if sex == "all" else np.flatnonzero(cells["sex"] == sex)
    label = (cells["sex"] + " " + cells["age"]).to_numpy()[pick]
    groups = np.repeat(np.arange(x.shape[0]), len(pick))
    return pd.DataFrame(
        {
            "group": groups,
            "cell": np.tile(label, x.shape[0]),
            "events": x[:, pick].ravel(),
            "people": n[:, pick].ravel(),
        }
    )


def directly_standardised_rate(indicator: Indicator, ground: Ground) -> Part:
    """Rate per `scale` on the standard named in `standard` (half of each sex for both sexes), Dobson limits.

    Under 10 events, or with nobody in a band, `too_few_events`. `numerator` events, `denominator` person-years.
    """
    groups, frames, sources = ground.groups(indicator), [], set()
    for period in indicator.period:
        _, weights = standard_bands(indicator, ground, period)
        grid = read_grid(indicator, ground, period, tuple(weights.index))
        x, n = _sums(groups, grid)
        coverage, base = _coverage(groups, grid, ground)
        for sex in _sexes(indicator):
            long = _long(sex, grid.cells, x, n)
            empty = np.unique(long.loc[long["people"] <= 0, "group"])
            usable = long[~long["group"].isin(empty)]
            both = {f"{s} {b}": float(w) for s in (("F", "M") if sex == "all" else (sex,)) for b, w in weights.items()}
            result = (
                statistics.directly_standardised_rate(
                    usable,
                    by="group",
                    age="cell",
                    count="events",
                    population="people",
                    standard=both,
                    per=indicator.scale,
                    min_events=max(MIN_EVENTS, indicator.min_events),
                )
                .set_index("group")
                .reindex(np.arange(x.shape[0]))
            )
            status = result["status"].fillna("too_few_events").to_numpy(dtype=object)
            pick = slice(None) if sex == "all" else np.flatnonzero(grid.cells["sex"] == sex)
            frames.append(
                figure(
                    groups,
                    grid.period,
                    value=result["value"].to_numpy(float),
                    lower=result["lower"].to_numpy(float),
                    upper=result["upper"].to_numpy(float),
                    numerator=x[:, pick].sum(axis=1),
                    denominator=n[:, pick].sum(axis=1),
                    sex=sex,
                    coverage=coverage,
                    status=_final(status, base, coverage, indicator.min_coverage),
                    events=x[:, pick].sum(axis=1),
                )
            )
        sources |= set(grid.sources)
    return Part(pd.concat(frames, ignore_index=True), tuple(sorted(sources)))


def standardised_ratio(indicator: Indicator, ground: Ground) -> Part:
    """Observed over expected events at France's rates by sex and age (France = 100), exact or Byar limits.

    `numerator` observed, `denominator` expected. Under 10 observed events, `too_few_events`.
    """
    groups, frames, sources = ground.groups(indicator), [], set()
    for period in indicator.period:
        _, weights = standard_bands(indicator, ground, period)
        grid = read_grid(indicator, ground, period, tuple(weights.index))
        events, people = _reference(grid, indicator, ground, period)
        x, n = _sums(groups, grid)
        coverage, base = _coverage(groups, grid, ground)
        for sex in _sexes(indicator):
            pick = np.arange(len(grid.cells)) if sex == "all" else np.flatnonzero(grid.cells["sex"] == sex)
            label = (grid.cells["sex"] + " " + grid.cells["age"]).to_numpy()[pick]
            france = pd.DataFrame({"cell": label, "count": events[pick], "population": people[pick]})
            result = (
                statistics.standardised_ratio(
                    _long(sex, grid.cells, x, n),
                    by="group",
                    age="cell",
                    count="events",
                    population="people",
                    reference=france,
                    per=indicator.scale,
                )
                .set_index("group")
                .reindex(np.arange(x.shape[0]))
            )
            observed = result["observed"].to_numpy(float)
            status = np.where(observed < max(MIN_EVENTS, indicator.min_events), "too_few_events", "observed")
            frames.append(
                figure(
                    groups,
                    grid.period,
                    value=result["value"].to_numpy(float),
                    lower=result["lower"].to_numpy(float),
                    upper=result["upper"].to_numpy(float),
                    numerator=observed,
                    denominator=result["expected"].to_numpy(float),
                    sex=sex,
                    coverage=coverage,
                    status=_final(status, base, coverage, indicator.min_coverage),
                    events=observed,
                )
            )
        sources |= set(grid.sources)
    return Part(pd.concat(frames, ignore_index=True), tuple(sorted(sources)))


def _reference(grid: Grid, indicator: Indicator, ground: Ground, period: str) -> tuple[Floats, Floats]:
    """Events and person-years of France by cell: the source's own level, else the sum of a table that covers France.

    A table of one region is no France: without its own national row, nothing is expected of it (`SourceAbsent`).
    """
    people, population = ground.communes.population, grid.people
    if grid.france is not None:
        cells, everyone, _ = ground.inputs.grid(indicator.denominator[0], period)
        bands = tuple(dict.fromkeys(grid.cells["age"]))
        return grid.france, np.nansum(_into(cells, everyone, grid.cells, bands), axis=1) * person_years(
            indicator, grid.period
        )
    covered = float((people * grid.known).sum() / people.sum())
    if covered < NATIONAL:
        raise SourceAbsent(
            f"{', '.join(grid.sources)}: the table covers {covered:.0%} of France and has no national row, so no ratio to France",
            code=Code.NATIONAL,
            sources=grid.sources,
        )
    return grid.events.sum(axis=1), population.sum(axis=1)


def life_expectancy(indicator: Indicator, ground: Ground) -> Part:
    """Life expectancy at `at_age`, by sex, Chiang II. Blank (`too_few_events`) for 5,000 person-years or fewer, or
    an interval wider than 20 years."""
    groups, frames, sources = ground.groups(indicator), [], set()
    for period in indicator.period:
        grid = read_grid(indicator, ground, period, LIFE_BANDS)
        x, n = _sums(groups, grid)
        coverage, base = _coverage(groups, grid, ground)
        size, k = x.shape[0], len(LIFE_BANDS)
        for sex in _sexes(indicator):
            both = [np.flatnonzero(grid.cells["sex"] == s) for s in (("F", "M") if sex == "all" else (sex,))]
            deaths, people = (np.sum([a[:, p] for p in both], axis=0) for a in (x, n))
            result = statistics.life_expectancy(
                pd.DataFrame(
                    {
                        "group": np.repeat(np.arange(size), k),
                        "start": np.tile(LIFE_STARTS, size),
                        "deaths": deaths.ravel(),
                        "people": people.ravel(),
                    }
                ),
                by="group",
                age_start="start",
                deaths="deaths",
                population="people",
            )
            result = result[result["age_start"] == indicator.at_age].set_index("group").reindex(np.arange(size))
            status = np.where(result["status"] == "observed", "observed", "too_few_events").astype(object)
            frames.append(
                figure(
                    groups,
                    grid.period,
                    value=result["value"].to_numpy(float),
                    lower=result["lower"].to_numpy(float),
                    upper=result["upper"].to_numpy(float),
                    numerator=deaths.sum(axis=1),
                    denominator=people.sum(axis=1),
                    sex=sex,
                    coverage=coverage,
                    status=_final(status, base, coverage, indicator.min_coverage),
                )
            )
        sources |= set(grid.sources)
    return Part(pd.concat(frames, ignore_index=True), tuple(sorted(sources)))
