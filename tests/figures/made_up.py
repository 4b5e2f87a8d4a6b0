"""A made-up territory, its EPCI and comparators, with rows in the form of published tables; nothing here is real."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import geopandas
import pandas as pd
import shapely

from cls_analysis.figures import Compared, Place, Published, Setting
from cls_analysis.indicators import Indicator

OWN = Place("perimeter", "pays-de-brume", "Pays de Brume", "le Pays de Brume")
EPCI = (
    Place("epci", "990000001", "CC de l’Étang", "la CC de l’Étang"),
    Place("epci", "990000002", "CC des Hauts", "la CC des Hauts"),
    Place("epci", "990000003", "CA du Gué", "la CA du Gué"),
)
DEPARTEMENT = Place("departement", "9A", "Haute-Rive", "la Haute-Rive")
REGION = Place("region", "9R", "Grand Val", "le Grand Val")
FRANCE = Place("france", "FR", "France", "la France")
COMPARATORS = (DEPARTEMENT, REGION, FRANCE)
SOURCES = {"made-up": "Producteur, jeu inventé, millésime 2022, mise à jour 1er mars 2025, Licence Ouverte 2.0"}
_FIELDS = {name: field.default for name, field in Indicator.model_fields.items() if not field.is_required()} | {
    "label": "Part des 65 ans ou plus", "short_label": "65 ans ou plus", "unit": "%", "decimals": 1,
    "direction": "neutral", "chapter": "population", "caveat": "", "mandatory": False, "method": "made_up", "scale": 1.0,
    "tier": "A", "numerator": (), "reading": "Dans {territory}, {value} {unit} des habitants ont 65 ans ou plus en {period}.",
}  # fmt: skip


def indicator(identifier: str = "part-65-plus", **changes: Any) -> SimpleNamespace:
    """A catalogue entry with the fields that figures read."""
    return SimpleNamespace(id=identifier, **{**_FIELDS, **changes})


CATALOGUE = {
    entry.id: entry
    for entry in (
        indicator(mandatory=True),
        indicator("apl", label="Accessibilité potentielle localisée aux médecins généralistes", direction="high",
                  short_label="APL aux généralistes", unit="consultations par an et par habitant", chapter="offre",
                  reading="À {territory}, l’accessibilité est de {value} {unit}."),
        indicator("pauvrete", label="Taux de pauvreté", short_label="Taux de pauvreté", direction="low",
                  chapter="social", reading="Dans {territory}, la pauvreté touche {value} {unit} des habitants."),
        indicator("mortalite", label="Mortalité générale standardisée", short_label="Mortalité générale",
                  direction="low", unit="décès pour 100 000 hab.", decimals=0, chapter="sante", reading=""),
        indicator("esperance", label="Espérance de vie à la naissance", short_label="Espérance de vie", unit="ans",
                  direction="high", chapter="sante", reading=""),
        indicator("habitants", label="Population municipale", short_label="Population", unit="habitants", decimals=0,
                  reading=""),
    )
}  # fmt: skip


def row(value: float | None = 26.94, place: Place = OWN, **changes: Any) -> Published:
    """One published row."""
    fields: dict[str, Any] = {
        "indicator": "part-65-plus", "period": "2022", "sex": "all", "age": "all", "lower": None, "upper": None,
        "numerator": None, "denominator": None, "unit": "%", "status": "observed", "reliability": "ok",
        "coverage": 1.0, "simulated": False, "source_ids": ("made-up",), **changes,
    }  # fmt: skip
    return Published(place=place, value=value, **fields)


def compared(value: float | None, mine: float | None, significance: str, comparator: Place = REGION) -> Compared:
    """A comparison as the comparisons table would give it."""
    if value is None or mine is None:
        return Compared(comparator, value, None, None, significance)
    return Compared(comparator, value, mine - value, mine / value if value else None, significance)


def record(name: str, place: Place, value: float | None, **changes: Any) -> dict[str, Any]:
    """One row of THE TABLE."""
    return {
        "indicator": name, "territory_type": place.territory_type, "territory": place.territory, "period": "2022",
        "sex": "all", "age": "all", "value": value, "lower": None, "upper": None, "numerator": None,
        "denominator": None, "unit": "", "method": "made_up", "status": "observed" if value is not None else "missing",
        "reliability": "ok" if value is not None else "none", "coverage": 1.0, "simulated": False,
        "source_ids": "made-up", **changes,
    }  # fmt: skip


def comparison(name: str, mine: float, theirs: float, significance: str, *, place: Place = OWN,
               comparator: Place = REGION, period: str = "2022") -> dict[str, Any]:  # fmt: skip
    """One row of comparisons."""
    return {
        "indicator": name, "territory_type": place.territory_type, "territory": place.territory, "period": period,
        "sex": "all", "age": "all", "comparator_type": comparator.territory_type, "comparator": comparator.territory,
        "comparator_value": theirs, "difference": mine - theirs, "ratio": mine / theirs, "p": 0.01,
        "p_adjusted": 0.01, "significance": significance, "method": "made_up",
    }  # fmt: skip


_VALUES = {
    "part-65-plus": (26.94, (25.1, 31.0, 22.4), (24.0, 22.0, 21.1), "higher"),
    "apl": (2.13, (2.6, 1.4, 1.94), (2.5, 2.9, 3.0), "lower"),
    "pauvrete": (11.2, (10.1, 12.9, None), (13.9, 14.2, 14.9), "lower"),
    "mortalite": (861.0, (900.0, 845.0, 858.0), (850.0, 859.0, 840.0), "not_different"),
    "esperance": (80.9, (None, None, None), (81.0, 82.1, 82.5), "lower"),
    "habitants": (43482.0, (20445.0, 14981.0, 8056.0), (168331.0, 5_561_000.0, 68_000_000.0), ""),
}


def table(*, simulated: bool = False) -> pd.DataFrame:
    """Published rows of the territory, its EPCI, its comparators, with one withheld value and two earlier years."""
    rows = []
    for name, (own, members, others, _) in _VALUES.items():
        limits = {"lower": own * 0.97, "upper": own * 1.03} if name != "habitants" else {}
        rows.append(record(name, OWN, own, numerator=round(own * 40), denominator=4000.0, **limits))
        for place, value in zip(EPCI, members, strict=True):
            hidden = {"status": "suppressed", "reliability": "none"} if value is None else {}
            rows.append(record(name, place, value, **hidden))
        rows += [record(name, place, value) for place, value in zip(COMPARATORS, others, strict=True)]
        for period, factor in (("2012", 0.8), ("2017", 0.9)):
            rows += [
                record(name, place, value * factor, period=period)
                for place, value in ((OWN, own), *zip(COMPARATORS, others, strict=True))
            ]
    return pd.DataFrame(rows).assign(simulated=simulated)


def comparisons() -> pd.DataFrame:
    """Comparisons of the territory with its three comparators (none for the number of inhabitants)."""
    return pd.DataFrame(
        [
            comparison(name, own, theirs, word, comparator=place)
            for name, (own, _, others, word) in _VALUES.items()
            for place, theirs in zip(COMPARATORS, others, strict=True)
            if word
        ]
    )


def setting(**changes: Any) -> Setting:
    """The setting of the made-up report."""
    fields: dict[str, Any] = {
        "territory": OWN, "comparators": COMPARATORS, "members": EPCI, "table": table(), "comparisons": comparisons(),
        "catalogue": CATALOGUE, "sources": SOURCES, **changes,
    }  # fmt: skip
    return Setting(**fields)


def grid(size: int = 6, side: float = 4000.0) -> geopandas.GeoDataFrame:
    """Square communes, codes 99000 to 99035 row by row, in EPSG:2154."""
    shapes = [
        shapely.box(8e5 + side * x, 6.7e6 + side * y, 8e5 + side * (x + 1), 6.7e6 + side * (y + 1))
        for y in range(size)
        for x in range(size)
    ]
    codes = [f"99{i:03d}" for i in range(size * size)]
    return geopandas.GeoDataFrame({"code": codes}, geometry=shapes, crs=2154)


INSIDE = tuple(f"99{6 * y + x:03d}" for y in range(1, 5) for x in range(1, 5))
NAMES = {f"99{i:03d}": f"Commune {i}" for i in range(36)}


def communal(name: str = "part-65-plus", **status: str) -> pd.DataFrame:
    """Commune rows 10, 11, ... for the whole grid; keywords give a status to a code (`c99007="suppressed"`)."""
    rows = []
    for position, code in enumerate(NAMES):
        word = status.get(f"c{code}", "observed")
        value = 10.0 + position if word == "observed" else None
        rows.append(record(name, Place("commune", code, NAMES[code]), value, status=word))
    return pd.DataFrame(rows)


def cells(figure: Any) -> list[list[str]]:
    """The table of a figure as plain texts."""
    return [[c if isinstance(c, str) else c.text for c in r] for r in figure.data.rows]
