"""Do the figures of a partner's table agree with one another: counts and denominators, totals and parts, bands of ages?

A count is not above its denominator; both sexes are there or none; bands of ages follow one another; a total beside its
parts is their sum; deaths and long-term diseases by age fit the European standard population.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cls_analysis.sources.imports.labels import bounds, untiled
from cls_analysis.sources.imports.spec import ImportSpec
from cls_analysis.sources.numbers import OBSERVED
from cls_analysis.sources.text import shown

STANDARD = (0, 1, *range(5, 90, 5))  # first ages of the European standard population as the catalogue uses it
BY_AGE = {"import-deces": "deces", "import-ald": "patients_ald"}


def parts(
    figures: Mapping[str, tuple[np.ndarray, np.ndarray]], keys: pd.DataFrame, where: str, spec: ImportSpec
) -> list[str]:
    """A count is not above its denominator, and a denominator is known where the count is."""
    if len(figures) < 2:
        return []
    (top, told), (bottom, known) = figures.values()
    with np.errstate(invalid="ignore"):
        above = np.flatnonzero(top > bottom)
    problems = [
        f"{where}, row {keys.index[at]}: {spec.columns.measure!r} {top[at]:g} is above {spec.columns.denominator!r} {bottom[at]:g}"
        for at in above[:5]
    ]
    if len(above) > 5:
        problems.append(f"{where}: {len(above) - 5} more rows whose count is above their denominator")
    lone = np.flatnonzero((told == OBSERVED) & (known != OBSERVED))
    if len(lone):
        problems.append(f"{where}, row {shown(keys.index[lone], most=5)}: a count without its denominator")
    return problems


def whole(frame: pd.DataFrame, variable: str, spec: ImportSpec, where: str) -> list[str]:
    """Sexes and ages make a whole: totals beside their parts agree, bands follow one another, no territory has another grid."""
    problems = []
    for name, both in (("sex", {"F", "M"}), ("age", None)):
        held = set(frame[name])
        if held == {"all"}:
            continue
        detail = held - {"all"}
        if name == "sex" and detail != both:
            problems.append(
                f"{where}, column {spec.columns.sex!r}: only {', '.join(sorted(detail))}; both sexes are needed, or none"
            )
            continue
        if name == "age" and (why := untiled(detail)) is not None:
            problems.append(f"{where}, column {spec.columns.age!r}: {why}")
            continue
        total, part = frame[frame[name] == "all"], frame[frame[name] != "all"]
        if total.empty:
            continue
        other = "age" if name == "sex" else "sex"
        sums = part.groupby(["code", other])[f"{variable} value"].agg(lambda values: values.sum(skipna=False))
        published = total.set_index(["code", other])[f"{variable} value"]
        alone = published.index.difference(sums.index)
        if len(alone):
            problems.append(
                f"{where}: territories with a total and no {name}: {shown(sorted(set(alone.get_level_values(0))))}; give one or the other everywhere"
            )
        gap = (published - sums.reindex(published.index)).dropna()
        wrong = gap[gap.abs() > (0.5 if spec.whole_numbers else 0.5 + 0.01 * published.abs().max())]
        if len(wrong) and spec.kind == "count":
            listed = [
                f"{code} ({difference:+g})"
                for code, difference in zip(wrong.index.get_level_values(0), wrong, strict=True)
            ]
            problems.append(f"{where}: totals that are not the sum of their {name}s: {shown(listed)}")
    ages = set(frame["age"]) - {"all"}
    if not problems and ages and BY_AGE.get(spec.source) == spec.variable:
        problems += _standard(ages, spec, where)
    return problems


def _standard(ages: set[str], spec: ImportSpec, where: str) -> list[str]:
    """Deaths and ALD by age must add up into the bands of the European standard, or the rates cannot be computed."""
    edges = {bounds(age)[0] for age in ages}
    lost = [str(age) for age in STANDARD if age not in edges]
    open_ended = any(age.endswith("+") for age in ages)
    if not lost and open_ended:
        return []
    why = f"no band begins at {shown(lost)}" if lost else "the last band must be open (85+, 90+, 95+)"
    return [
        f"{where}, column {spec.columns.age!r}: {why}; standardised rates need 0, 1-4, 5-9 ... 80-84, 85+ or finer "
        "(or leave the age out: no key 'age')"
    ]
