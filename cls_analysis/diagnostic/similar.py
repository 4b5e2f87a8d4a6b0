"""Which EPCI of France resemble the territory? Comparators beside the département, the région and France.

Declared characteristics, each standardised over all EPCI of France: inhabitants and density (logarithms), share of 65 or
over, poverty, share of inhabitants far from intermediate services. Only published values enter; an EPCI that lacks
one is left out and counted. EPCI of the territory itself are never its own neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from cls_analysis import geography, statistics
from cls_analysis.diagnostic import annex
from cls_analysis.diagnostic.slices import PublishedTable
from cls_analysis.figures import french, tables
from cls_analysis.figures.grammar import heading
from cls_analysis.figures.setting import SHOWN

if TYPE_CHECKING:
    from cls_analysis.diagnostic.core import Diagnostic

CHARACTERISTICS = (
    "population-municipale", "densite-population", "part-65-ans-ou-plus", "taux-pauvrete", "eloignement-intermediaires",
)  # fmt: skip
LOGARITHM = ("population-municipale", "densite-population")
TOLD = ("apl-medecins-generalistes", "taux-chomage")
NEIGHBOURS = 5


def similar(diagnostic: Diagnostic) -> Any:
    """The five nearest EPCI of France and their values, as a table; a sentence where it cannot be made."""
    columns = [*CHARACTERISTICS, *(n for n in TOLD if diagnostic.has_own(n))]
    values, simulated = _national(diagnostic, columns)
    target = diagnostic.territory.territory
    lacking = [n for n in CHARACTERISTICS if target not in values.index or pd.isna(values.loc[target, n])]
    if lacking:
        named = french.join_list([f"« {diagnostic.setting.indicator(n).short_label} »" for n in lacking])
        return annex.paragraphs(
            [french.punctuate(f"Territoires semblables : non calculés, faute de valeur pour {named}.")]
        )
    inside = set(diagnostic.territory.epci) - {target}
    pool = values.drop(index=sorted(inside & set(values.index)))
    near = statistics.nearest(pool[list(CHARACTERISTICS)], target, k=NEIGHBOURS, logarithm=LOGARITHM)
    kinds = diagnostic.kinds(columns)
    columns = max(kinds.values(), key=len)  # real and simulated values never share a table; all of one kind officially
    entries = [diagnostic.setting.indicator(name) for name in columns]
    codes = [target, *near.index]
    names = {target: french.capitalise(diagnostic.setting.territory.label)}
    names |= {code: _epci_name(code) for code in near.index}
    rows = [
        (
            names[code],
            *(
                french.format_value(float(values.loc[code, e.id]), decimals=e.decimals)
                if pd.notna(values.loc[code, e.id])
                else french.STATUS_WORDS["missing"].short
                for e in entries
            ),
        )
        for code in codes
    ]
    left_out = int(pool[list(CHARACTERISTICS)].isna().any(axis=1).sum())
    listed = french.join_list([str(diagnostic.setting.indicator(n).short_label) for n in CHARACTERISTICS])
    notes = (
        f"Proximité calculée sur {listed}, chaque grandeur centrée et réduite sur les EPCI de France (logarithme de la "
        f"population et de la densité) ; {french.count_of(left_out, 'EPCI sans valeur', 'EPCI sans valeur')} non retenus.",
        "Se ressembler sur ces cinq grandeurs ne dit rien des autres.",
    )
    return diagnostic.show(
        tables.plain_table(
            identifier="territoires-semblables",
            title=french.punctuate(f"Les {NEIGHBOURS} EPCI de France qui ressemblent le plus {french.a(diagnostic.setting.territory.full_name)}"),
            subtitle="Territoire et EPCI les plus proches, unité en tête de colonne, dernière période de chaque indicateur",
            header=("Territoire", *(heading(e) for e in entries)), rows=rows, numeric=(False, *[True] * len(entries)),
            reading=french.punctuate(f"L’EPCI le plus proche du territoire sur les grandeurs retenues : {rows[1][0]}."),
            source=diagnostic.setting.citation([diagnostic.setting.own(n) for n in columns]),
            simulated=simulated, period="dernière période", notes=tuple(french.punctuate(n) for n in notes),
            indicators=tuple(columns),
        )
    )  # fmt: skip


def _epci_name(code: str) -> str:
    place = geography.territory(code)
    main = geography.territory(place.main_departement)
    return f"{place.name} ({main.name})".replace("'", french.APOSTROPHE)


def _national(diagnostic: Diagnostic, columns: list[str]) -> tuple[pd.DataFrame, bool]:
    """Published values of every EPCI and of the territory, latest period of the territory: territory x indicator."""
    own = {name: diagnostic.setting.own(name) for name in columns}
    wide = _every_epci(diagnostic.published, tuple((name, row.period) for name, row in own.items()))
    shown = {name: row for name, row in own.items() if row.shown}
    if diagnostic.territory.territory_type != "epci" and shown:
        mine = pd.DataFrame({name: row.value for name, row in shown.items()}, index=[diagnostic.territory.territory])
        wide = pd.concat([wide, mine]).sort_index()
    return wide, any(row.simulated for row in shown.values())


@lru_cache(maxsize=16)
def _every_epci(published: PublishedTable, periods: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """The same of every EPCI, for each indicator in its period; not to be changed, for other reports ask for it as well."""
    kinds = {"epci": geography.epci()["siren_epci"].astype(str).tolist()}
    frame = published.cut(kinds, indicators=[name for name, _ in periods])
    kept = frame[
        frame["status"].isin(SHOWN)
        & (frame["sex"] == "all")
        & (frame["age"] == "all")
        & (frame["period"] == frame["indicator"].astype("str").map(dict(periods)))
    ]
    wide = kept.pivot_table(index="territory", columns="indicator", values="value", aggfunc="first", observed=True)
    wide.index = wide.index.astype("str")
    return wide.reindex(columns=[name for name, _ in periods])
