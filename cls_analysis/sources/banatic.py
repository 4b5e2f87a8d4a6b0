"""Which groupings of communes exist in 2023, of what nature (PETR, syndicats, EPCI), with how many inhabitants?

Extract of BANATIC, `,`, UTF-8: one row per grouping, without its members. A table only: its population is the one the
producer writes, whose census year is not stated, so it is kept beside the name and is no observation.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from cls_analysis.sources.codes import FRANCE, Scope, clean_codes, duplicates
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, Table, count
from cls_analysis.sources.numbers import parse_column
from cls_analysis.sources.observations import empty
from cls_analysis.sources.reading import read_csv
from cls_analysis.sources.text import shown
from cls_analysis.sources.wide import refuse

KINDS = ("CA", "CC", "CU", "EPT", "METRO", "MET69", "PETR", "POLEM", "SIVOM", "SIVU", "SMF", "SMO")
FILE = File(
    "groupements", "banatic/2023/groupements_2023.csv",
    "https://www.banatic.interieur.gouv.fr/consultation/api/export/pregenere/telecharger/France",
    columns=("siren", "lib", "reg", "dep", "nature", "pop"), min_rows=10137,
    by_hand="the producer's address gives the whole workbook (data fetch banatic-export), this file is an extract of it",
)  # fmt: skip
_POPULATION = count("population", "Population", "habitants")


def read_groupings(paths: Mapping[str, Path], *, scope: Scope = FRANCE) -> pd.DataFrame:
    """`siren, name, region, departement, kind, population`: one row per grouping of 2023."""
    grid = read_csv(paths["groupements"], FILE)
    frame = grid.frame.apply(lambda column: column.str.strip())
    problems = duplicates(frame["siren"], where=grid.where, what="SIREN")
    bad = frame["siren"][~frame["siren"].str.fullmatch(r"\d{9}")]
    if len(bad):
        problems.append(
            f"{grid.where}, row {shown(bad.index, most=4)}, column 'siren': not a SIREN of 9 figures: {shown(map(repr, bad), most=3)}"
        )
    bad = frame["nature"][~frame["nature"].isin(KINDS)]
    if len(bad):
        problems.append(
            f"{grid.where}, row {shown(bad.index, most=4)}, column 'nature': {shown(map(repr, bad.unique()))} is none of {shown(KINDS, most=20)}"
        )
    departements, wrong = clean_codes(grid.frame["dep"], "departement", where=grid.where, column="dep")
    regions, more = clean_codes(grid.frame["reg"], "region", where=grid.where, column="reg")
    population, _, last = parse_column(grid.frame["pop"], _POPULATION, marks={}, where=grid.where, column="pop")
    problems += [*wrong, *more, *last]
    if scope.whole and len(frame) < FILE.min_rows:
        problems.append(f"{grid.where}: {len(frame)} rows, {FILE.min_rows} expected; likely a file cut short")
    refuse(problems, source_id=SOURCE.id)
    table = pd.DataFrame(
        {
            "siren": frame["siren"],
            "name": frame["lib"],
            "region": regions,
            "departement": departements,
            "kind": frame["nature"],
            "population": population,
        }
    )
    return table.sort_values("siren").reset_index(drop=True)


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE) -> pd.DataFrame:  # noqa: ARG001 (tables only)
    """No numeric observation: an empty OBSERVATIONS frame; see the table `groupements`."""
    return empty()


SOURCE = Source(
    "banatic",
    "DGCL, BANATIC",
    "Groupements de collectivités 2023",
    "2023",
    LICENCE_OUVERTE,
    "2023",
    (FILE,),
    (),
    read,
    caveats=("Extrait sans les membres des groupements.",),
    tables=(
        Table(
            "groupements",
            "Groupements de collectivités",
            ("siren", "name", "region", "departement", "kind", "population"),
            ("siren",),
            read_groupings,
        ),
    ),
)
