"""Who lives here, by sex and age? Counts in five-year bands, for the pyramid of each territory.

The counts of the communes are converted to the reference COG and summed; bands finer than five years are added together.
One row per sex (`F`, `M`) and band (`0-4` ... `95+`), and one for everybody (`all`, `all`). Nothing is estimated: a territory whose
communes are not all known has a band only where they are, by the rule of a count.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cls_analysis.errors import InvalidInput
from cls_analysis.indicators.absence import Code, SourceAbsent
from cls_analysis.indicators.inputs import ESTIMATED, MISSING, OBSERVED, Floats, Units
from cls_analysis.indicators.methods.counts import COUNT_FLOOR
from cls_analysis.indicators.methods.frame import Ground, Part, aggregate, figure
from cls_analysis.indicators.model import Indicator
from cls_analysis.indicators.references import ALL, age_bounds, bands_within

BANDS = (*(f"{age}-{age + 4}" for age in range(0, 95, 5)), "95+")


def count_by_age(indicator: Indicator, ground: Ground) -> Part:
    """Counts by sex and five-year band (`numerator`: one reference with `?sex=*&age=*`), and their total.

    A source whose ages do not make these bands is absent for this purpose (`SourceAbsent`), never shared out.
    """
    groups, frames, sources = ground.groups(indicator), [], set()
    for period in indicator.period:
        cells, values, read = ground.inputs.grid(indicator.numerator[0], period)
        known = np.isfinite(values).all(axis=0)
        reason = np.where(known, OBSERVED, np.where(read.reason > ESTIMATED, read.reason, MISSING)).astype(np.int8)
        parts = {(sex, band): _band(cells, values, sex, band) for sex in ("F", "M") for band in bands_held(cells)}
        parts[ALL, ALL] = np.sum(list(parts.values()), axis=0)
        for (sex, band), number in parts.items():
            units = Units(np.where(known, number, np.nan), reason, read.sources, read.period, read.whole_epci)
            agg = aggregate(groups, (units,), floor=COUNT_FLOOR, epci=ground.epci_of_commune)
            frames.append(
                figure(
                    groups, read.period, value=agg.sums[0] * indicator.scale, numerator=agg.sums[0], status=agg.status,
                    coverage=agg.coverage, sex=sex, age=band,
                )
            )  # fmt: skip
        sources |= set(read.sources)
    return Part(pd.concat(frames, ignore_index=True), tuple(sorted(sources)))


def bands_held(cells: pd.DataFrame) -> tuple[str, ...]:
    """The five-year bands; where the source closes at an earlier age (85+, say), its last band stands for the rest.

    >>> bands_held(pd.DataFrame({"sex": ["F", "F", "F"], "age": ["0-4", "5-9", "10+"]}))
    ('0-4', '5-9', '10+')
    """
    held = {str(age) for age in cells["age"] if age != ALL}
    opened = sorted((age for age in held if age_bounds(age)[1] == float("inf")), key=lambda age: age_bounds(age)[0])
    if not opened:
        raise SourceAbsent(f"ages {sorted(held)} have no open last band", code=Code.AGES)
    last = opened[0]
    return (*(band for band in BANDS if age_bounds(band)[1] < age_bounds(last)[0]), last)


def _band(cells: pd.DataFrame, values: Floats, sex: str, band: str) -> Floats:
    own = np.flatnonzero(cells["sex"] == sex)
    held = [str(age) for age in cells["age"].to_numpy()[own]]
    try:
        inside = bands_within(band, held)
    except InvalidInput as error:
        raise SourceAbsent(f"the source has no ages that make {band} for sex {sex}: {error}", code=Code.AGES) from error
    return np.asarray(values[[own[held.index(age)] for age in inside]].sum(axis=0))
