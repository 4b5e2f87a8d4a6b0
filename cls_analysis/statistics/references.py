"""With which population is a rate standardised?

Reference populations, by name, so that the name can be printed under every standardised figure.

Reference: Eurostat. *Revision of the European Standard Population*. Methodologies and working papers, 2013
edition, annex (weights per 100 000, both sexes, ages to 95 and over; older endings add the last bands
together).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cls_analysis.errors import InvalidInput, UnknownName
from cls_analysis.statistics._check import Check, check_option, columns_present, floats_of

_ESP_2013 = {
    "0": 1000,
    "1-4": 4000,
    "5-9": 5500,
    "10-14": 5500,
    "15-19": 5500,
    "20-24": 6000,
    "25-29": 6000,
    "30-34": 6500,
    "35-39": 7000,
    "40-44": 7000,
    "45-49": 7000,
    "50-54": 7000,
    "55-59": 6500,
    "60-64": 6000,
    "65-69": 5500,
    "70-74": 5000,
    "75-79": 4000,
    "80-84": 2500,
    "85-89": 1500,
    "90-94": 800,
    "95+": 200,
}
_ENDINGS = (85, 90, 95)
_NAMES = {
    f"esp2013-{top}{suffix}": (top, infants)
    for top in _ENDINGS
    for suffix, infants in (("", "together"), ("-infants", "split"))
}


def european_standard_population(top: int = 95, *, infants: str = "together") -> pd.Series[float]:
    """The European Standard Population of 2013, ending at 85+, 90+ or 95+.

    `infants` "together" (first band "0-4") or "split" ("0", "1-4"). Returns a Series, age label -> weight,
    that sums to 100 000; its `name` is the one `reference_population` takes. Raises `InvalidInput` for
    another ending. Reference: Eurostat 2013.

    >>> european_standard_population(85).tail(2).to_dict()
    {'80-84': 2500.0, '85+': 2500.0}
    >>> european_standard_population(90, infants="split").name
    'esp2013-90-infants'
    """
    check_option(top, "top", _ENDINGS)
    check_option(infants, "infants", ("together", "split"))
    weights: dict[str, float] = {}
    for label, weight in _ESP_2013.items():
        start = int(label.split("-")[0].rstrip("+"))
        if start >= top:
            label = f"{top}+"
        elif start < 5 and infants == "together":
            label = "0-4"
        weights[label] = weights.get(label, 0.0) + weight
    series = pd.Series(weights, name=f"esp2013-{top}" + ("-infants" if infants == "split" else ""))
    return series.rename_axis("age")


def standard_from_frame(frame: pd.DataFrame, *, age: str, population: str, name: str) -> pd.Series[float]:
    """A standard from a population by age (France's, say), named for the note under the figure.

    `frame`: rows with an `age` label and a `population`; rows of one age (sexes, regions) are added. Ages
    keep the order in which they first appear. Returns a Series, age -> weight, in people. Raises
    `InvalidInput`: a negative or missing population, a missing age, nobody at all.

    >>> frame = pd.DataFrame({"age": ["0-64", "65+", "0-64"], "people": [30, 15, 25]})
    >>> standard_from_frame(frame, age="age", population="people", name="france-2022").to_dict()
    {'0-64': 55.0, '65+': 15.0}
    """
    columns_present(frame, [age, population])
    check = Check()
    people = floats_of(frame, population)
    check.values(people, lambda i: f"{age}={frame[age].iloc[i]!r}: column {population!r}", low=0)
    if frame[age].isna().any():
        check.add(f"column {age!r} is missing in {int(frame[age].isna().sum())} rows")
    if not np.nansum(people) > 0:
        check.add(f"column {population!r} adds up to 0")
    check.done()
    summed = pd.Series(people, index=pd.Index(frame[age], name="age")).groupby(level=0, sort=False).sum()
    return summed.rename(name)


def reference_population(name: str, *, others: Mapping[str, pd.Series[float]] | None = None) -> pd.Series[float]:
    """A reference population by its name.

    `name`: "esp2013-85", "esp2013-90", "esp2013-95", each also with "-infants" (bands "0" and "1-4"), or a
    key of `others` (populations the caller made, for instance with `standard_from_frame`). Returns a Series,
    age -> weight, whose `name` is `name`. Raises `UnknownName` listing the known ones.

    >>> reference_population("esp2013-90").loc["90+"].item()
    1000.0
    """
    if others and name in others:
        return others[name].rename(name)
    if name not in _NAMES:
        known = ", ".join([*_NAMES, *(others or {})])
        raise UnknownName(f"reference population {name!r} is not known", hint=f"one of {known}")
    top, infants = _NAMES[name]
    return european_standard_population(top, infants=infants)


def bands_of(top: int, *, infants: str = "together") -> list[str]:
    """The age labels of a European Standard Population ending.

    >>> bands_of(85)[0], bands_of(85)[-1], len(bands_of(95, infants="split"))
    ('0-4', '85+', 21)
    """
    if top not in _ENDINGS:
        raise InvalidInput(f"top is {top!r}; it must be one of {_ENDINGS}")
    return european_standard_population(top, infants=infants).index.tolist()
