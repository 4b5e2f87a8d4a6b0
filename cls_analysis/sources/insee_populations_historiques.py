"""How many inhabitants had each commune, each year from 2013 to 2021?

One row per commune of the COG 2019, one column per year (`p13_pop` ... `p21_pop`), UTF-8 with a byte-order mark.
Traps of this export: communes of the DROM are written with the 3 figures of the département and 3 of the commune
(`974424` for 97424); Paris, Marseille and Lyon are arrondissements; a commune that had merged by the time of a
population has a blank (its inhabitants are counted in the commune it joined), which is `not_applicable`.
The worst is silent: each population stands in the geography of its own publication (that of year N in the COG N+2),
so a commune nouvelle of 2016 to 2019 carries, before, the figure of one of its parts only (all the rows together
lack a million inhabitants in 2013), and a commune split later carries, after, one part only (14712). Those values
are `not_applicable` here: the commune then held another land.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from cls_analysis.sources.codes import (
    FRANCE,
    Scope,
    changed_territory,
    check_communes,
    clean_codes,
    departement_of,
    duplicates,
    holders,
    known_communes,
)
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, count
from cls_analysis.sources.names import check_names
from cls_analysis.sources.notes import note
from cls_analysis.sources.numbers import MISSING, NOT_APPLICABLE, OBSERVED
from cls_analysis.sources.observations import Block, assemble, each_with_plm
from cls_analysis.sources.reading import read_csv
from cls_analysis.sources.text import shown
from cls_analysis.sources.wide import Measure, refuse, wide_blocks

COG = 2019
UNPUBLISHED = frozenset(
    {("76601", "2015"), ("76601", "2016")}
)  # Saint-Lucien, restored in 2017: the producer leaves a blank
YEARS = range(2013, 2022)
FILE = File(
    "communes",
    "insee-populations-historiques/2013-2021/populations_municipales_2013_2021.csv",
    columns=("reg", "dep", "cv", "codgeo", "libgeo", *(f"p{year % 100}_pop" for year in YEARS)),
    min_rows=34995,
)
VARIABLES = (count("pmun", "Population municipale", "habitants"),)
MEASURES = tuple(Measure(f"p{year % 100}_pop", "pmun", str(year)) for year in YEARS)


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE) -> pd.DataFrame:
    """OBSERVATIONS of `pmun` for 2013 to 2021, by commune and arrondissement (COG 2019)."""
    grid = read_csv(paths["communes"], FILE)
    codes, problems = clean_codes(_short_overseas(grid.frame["codgeo"]), "commune", where=grid.where, column="codgeo")
    problems += duplicates(codes, where=grid.where, what="communes")
    problems += check_communes(
        codes,
        COG,
        where=grid.where,
        scope=scope,
        absent=lambda code: departement_of(code) == "976",
        together=False,
    )
    problems += check_names(codes, grid.frame["libgeo"], COG, where=grid.where, column="libgeo", tolerated=0.02)
    blocks, wrong = wide_blocks(
        grid, codes, MEASURES, SOURCE.names, level="commune", cog=COG, marks={"": "not_applicable"}
    )
    problems += wrong
    problems += _years_in_order(list(grid.frame.columns), where=grid.where)
    checked = [_other_land(block, codes, where=grid.where) for block in blocks]
    blocks = [block for block, _ in checked]
    problems += [problem for _, wrong in checked for problem in wrong]
    problems += _leaps(np.column_stack([block.value for block in blocks]), grid.frame.index, where=grid.where)
    gone = codes[grid.frame[MEASURES[-1].column].str.strip().eq("")]
    if len(gone):
        note(
            f"{grid.where}: {len(gone)} communes had merged before the last population (blank, not applicable): {shown(gone, most=30)}"
        )
    refuse(problems, source_id=SOURCE.id)
    return assemble(each_with_plm(blocks))


def _short_overseas(raw: pd.Series) -> pd.Series:
    """`974424` is the commune 97424: the producer repeats the last figure of the département."""
    text = raw.str.strip()
    long = text.str.fullmatch(r"97([1-4])\1\d{2}")
    return text.mask(long, text.str.slice(0, 2) + text.str.slice(3))


def _publication(period: str) -> int:
    """COG of the publication of a population: N + 2. The dates of the events of 2019 and 2020 are known together, in 2021."""
    year = int(period) + 2
    return 2021 if year == 2020 else year


def _other_land(block: Block, codes: pd.Series, *, where: str) -> tuple[Block, list[str]]:
    """Withhold the values of a year whose publication knew the commune with another land than COG 2019, part of it left out.

    Before 2019, any difference; after, a commune that lost land (a commune that gained some holds the figure of the
    blank it absorbed). A blank is expected only where the commune's code was not in that publication: it had merged
    (`not_applicable`), or had another code (`missing`).
    """
    publication = _publication(block.period)
    if publication <= COG:
        other = changed_territory(publication, COG)
    else:
        other = frozenset(commune for commune, after in _heirs(publication).items() if len(after) > 1)
    withheld = _among(codes, other) & (block.status == OBSERVED)
    values, status = block.value.copy(), block.status.copy()
    values[withheld], status[withheld] = np.nan, NOT_APPLICABLE
    if withheld.any():
        note(
            f"{where}: {int(withheld.sum())} communes of COG {COG} held another land when the population {block.period} "
            f"was published ({shown(codes[withheld], most=5)}); not applicable"
        )
    blank = (block.status == NOT_APPLICABLE) & ~_among(codes, other)
    unpublished = np.array([(code, block.period) in UNPUBLISHED for code in codes])
    unexpected = codes[blank & ~unpublished & _among(codes, known_communes(publication))]
    problems = [
        f"{where}, row {row}, column 'p{block.period[2:]}_pop': blank, although commune {code} existed when it was published"
        for row, code in unexpected.head(5).items()
    ]
    status[blank & (unpublished | _among(codes, _renamed(publication)))] = MISSING
    return replace(block, value=values, status=status), problems


def _among(codes: pd.Series, held: frozenset[str]) -> np.ndarray:
    """Which codes are in the set (a lookup per code: `isin` would turn the whole set into a column each time)."""
    return np.fromiter((code in held for code in codes), dtype=bool, count=len(codes))


@cache
def _heirs(publication: int) -> dict[str, set[str]]:
    """The communes of a later COG that hold the land of each commune of COG 2019."""
    now = holders(publication)
    heirs: dict[str, set[str]] = {}
    for atom, commune in holders(COG).items():
        heirs.setdefault(commune, set()).add(now[atom])
    return heirs


@cache
def _renamed(publication: int) -> frozenset[str]:
    """Communes of COG 2019 that went on alone under another code."""
    if publication <= COG:
        return frozenset()
    heirs = _heirs(publication)
    owners = Counter(after for held in heirs.values() for after in held)
    return frozenset(
        commune
        for commune, held in heirs.items()
        if commune not in held and len(held) == 1 and owners[next(iter(held))] == 1
    )


def _years_in_order(header: Sequence[str], *, where: str) -> list[str]:
    """The producer writes its years from the first to the last: two headers exchanged would exchange two populations."""
    found = [name for name in header if name in {measure.column for measure in MEASURES}]
    if found == [measure.column for measure in MEASURES]:
        return []
    return [
        f"{where}: the columns of the years are not in their order ({shown(found, most=12)}); likely headers exchanged"
    ]


def _leaps(years: np.ndarray, rows: pd.Index, *, where: str) -> list[str]:
    """A population of over 2 000 that more than triples or falls below a third from one year to the next is a misread cell."""
    before, after = years[:, :-1], years[:, 1:]
    with np.errstate(invalid="ignore", divide="ignore"):
        leap = (np.maximum(before, after) > 2000) & ((after > 3 * before) | (before > 3 * after))
    bad = np.argwhere(leap)
    return [
        f"{where}, row {rows[i]}: the population passes from {before[i, j]:g} to {after[i, j]:g} in one year"
        for i, j in bad[:5]
    ]


SOURCE = Source(
    "insee-populations-historiques",
    "Insee",
    "Populations municipales 2013 à 2021",
    "2013-2021",
    LICENCE_OUVERTE,
    "COG 2019",
    (FILE,),
    VARIABLES,
    read,
    caveats=(
        "Mayotte est absente du fichier.",
        "De 2013 à 2016, les communes nouvelles créées ensuite n’ont pas de valeur : le chiffre publié ne couvrait qu’une partie de leur territoire.",
        "Une commune fusionnée avant une population n’a pas de valeur : ses habitants sont comptés dans la commune rejointe.",
        "Deux populations de référence se comparent à cinq ans d’écart au moins.",
    ),
)
