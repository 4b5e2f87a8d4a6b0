"""What are the communes, EPCI, départements and régions of France in a given year?

France here is INSEE's: the métropole and the five overseas départements (34,875 communes in 2026). The communes of
the overseas collectivities (Saint-Pierre-et-Miquelon, Polynésie, ...) stand apart in `overseas_collectivities`;
the municipal arrondissements of Paris, Lyon and Marseille in `arrondissements_municipaux`. Codes are strings.
Source: packages `@etalab/decoupage-administratif`, see data/ATTRIBUTION.md.
"""

from __future__ import annotations

from functools import cache

import pandas as pd

from cls_analysis.geography import articles, store
from cls_analysis.geography.vintages import (
    COMMUNE_POPULATION_YEAR,
    MAYOTTE_POPULATION_YEAR,
    MEMBER_POPULATION_YEAR,
    REFERENCE_COG,
    VINTAGES,
    check_vintage,
    membership_vintage,
)

_COLLECTIVITIES = ("975", "977", "978", "984", "986", "987", "988", "989")
COMMUNE_COLUMNS = ["code_commune", "name", "departement", "region", "population", "zone"]


def communes(year: int = REFERENCE_COG) -> pd.DataFrame:
    """Communes of France (métropole and DROM) on 1 January of `year`, sorted by code.

    Columns: `code_commune` (key), `name`, `departement`, `region` (codes), `population` (municipale, Int64,
    inhabitants; census year in `COMMUNE_POPULATION_YEAR[year]`, 2017 for Mayotte; null for Mayotte in 2019),
    `zone` (`metro` or `drom`). UnknownName for a year without a package (2020).

    >>> communes(2026).shape
    (34875, 6)
    """
    return _france(check_vintage(year)).copy(deep=False)


@cache
def _france(year: int) -> pd.DataFrame:
    frame = store.of_year("communes", year)
    return frame.loc[frame["zone"] != "com", COMMUNE_COLUMNS].reset_index(drop=True)


def overseas_collectivities(year: int = REFERENCE_COG) -> pd.DataFrame:
    """Communes of the overseas collectivities (975, 977, 978, 984, 986 to 989), outside every other table.

    Same columns as `communes`; `region` is null, `population` null where nobody is counted.
    """
    frame = store.of_year("communes", check_vintage(year))
    return frame.loc[frame["zone"] == "com", COMMUNE_COLUMNS].reset_index(drop=True)


def parts(year: int = REFERENCE_COG) -> pd.DataFrame:
    """Communes déléguées (COMD), associées (COMA) and municipal arrondissements (ARM).

    Columns: `code`, `name`, `type`, `parent` (commune), `population` (ARM only). A code may also be that of the
    parent commune itself (the chef-lieu is a commune déléguée of its own commune nouvelle).
    """
    return store.of_year("parts", check_vintage(year)).copy(deep=False)


def arrondissements_municipaux(year: int = REFERENCE_COG) -> pd.DataFrame:
    """The 45 arrondissements of Paris, Lyon and Marseille: `code`, `name`, `code_commune` (parent), `population`.

    >>> arrondissements_municipaux().groupby("code_commune").size().to_dict()
    {'13055': 16, '69123': 9, '75056': 20}
    """
    frame = parts(year)
    frame = frame[frame["type"] == "ARM"].rename(columns={"parent": "code_commune"})
    return frame[["code", "name", "code_commune", "population"]].reset_index(drop=True)


def epci(year: int = REFERENCE_COG) -> pd.DataFrame:
    """EPCI à fiscalité propre: `siren_epci` (key), `name`, `kind` (CC, CA, CU, METRO, MET69), `financing`.

    `epci(2026)` is the composition of 01/01/2025 (`membership_vintage`); so says `frame.attrs["date_composition"]`.

    >>> len(epci(2026)), epci(2026).attrs["date_composition"]
    (1255, '2025-01-01')
    """
    frame = store.of_year("epci", check_vintage(year)).copy(deep=False)
    frame.attrs["date_composition"] = f"{membership_vintage(year)}-01-01"
    return frame


def membership(year: int = REFERENCE_COG) -> pd.DataFrame:
    """EPCI of each commune: `code_commune` (key, communes of COG `year`), `siren_epci`; sorted by commune.

    Communes without an EPCI are absent: `communes_without_epci(year)` names them. `membership(2026)` is the
    composition of 01/01/2025, whose members are all communes of COG 2026 (no commune changed in between).
    """
    frame = store.of_year("membership", check_vintage(year))[["code_commune", "siren_epci"]]
    frame.attrs["date_composition"] = f"{membership_vintage(year)}-01-01"
    return frame


def communes_without_epci(year: int = REFERENCE_COG) -> pd.DataFrame:
    """The communes that belong to no EPCI (four islands), with the columns of `communes`.

    >>> communes_without_epci()["code_commune"].tolist()
    ['22016', '29083', '29155', '85113']
    """
    frame = communes(year)
    return frame[~frame["code_commune"].isin(membership(year)["code_commune"])].reset_index(drop=True)


def departements(year: int = REFERENCE_COG) -> pd.DataFrame:
    """The 101 départements: `code`, `name`, `region`, `tncc`, `with_article`, `of`, `in`.

    >>> departements().set_index("code").loc["52", ["with_article", "of", "in"]].tolist()
    ['la Haute-Marne', 'de la Haute-Marne', 'en Haute-Marne']
    """
    return _areas("departement", year)


def regions(year: int = REFERENCE_COG) -> pd.DataFrame:
    """The 18 régions: `code`, `name`, `region` (itself), `tncc`, `with_article`, `of`, `in`.

    >>> regions().set_index("code").loc["44", "in"]
    'dans le Grand Est'
    """
    return _areas("region", year)


def _areas(level: str, year: int) -> pd.DataFrame:
    frame = store.of_year("areas", check_vintage(year))
    frame = frame[(frame["level"] == level) & ~frame["code"].isin(_COLLECTIVITIES)]
    frame = frame.drop(columns="level").reset_index(drop=True)
    if level == "region":
        frame = frame.assign(region=frame["code"])
    names = [articles.area(level, c, n) for c, n in zip(frame["code"], frame["name"], strict=True)]
    return frame.assign(
        with_article=[n.with_article for n in names], of=[n.of for n in names], **{"in": [n.in_ for n in names]}
    )[["code", "name", "region", "tncc", "with_article", "of", "in"]]


def populations() -> pd.DataFrame:
    """Population municipale of every commune in every package, in the COG of that package.

    Columns: `code_commune`, `cog` (vintage of the code), `population` (Int64), `reference_year` (census the figure
    really is; 2017 for Mayotte). Packages 2022 and 2023 both carry RP 2020, packages 2025 and 2026 RP 2023: the
    package's year minus three is not a rule. Null stays null (Mayotte in 2019).

    >>> populations().query("code_commune == '52121' and cog == 2026")["reference_year"].item()
    2023
    """
    frames = [
        communes(y)[["code_commune", "departement", "population"]].assign(
            cog=y, reference_year=COMMUNE_POPULATION_YEAR[y]
        )
        for y in VINTAGES
    ]
    frame = pd.concat(frames, ignore_index=True)
    frame.loc[frame["departement"] == "976", "reference_year"] = MAYOTTE_POPULATION_YEAR
    return frame[["code_commune", "cog", "population", "reference_year"]]


def member_populations(year: int = REFERENCE_COG) -> pd.DataFrame:
    """Populations of the members as DGCL's list of EPCI gives them.

    Columns: `code_commune`, `siren_epci`, `pmun`, `ptot` (Int64, population municipale and totale),
    `reference_year` (`MEMBER_POPULATION_YEAR[year]`, one year older than `communes(year)` most years). Null in 2019,
    whose package has no population by member.
    """
    frame = store.of_year("membership", check_vintage(year)).copy()
    return frame.assign(reference_year=pd.array([MEMBER_POPULATION_YEAR[year]] * len(frame), dtype="Int64"))
