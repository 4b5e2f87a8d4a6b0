"""What is this territory: its name in French, its communes, its département, what it is compared with?

A territory is a perimeter, an EPCI, a commune, a département, a région or France, in the reference COG. Every
rate is a sum over member communes, so `members()` is the one table that tells who belongs to whom.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import pandas as pd

from cls_analysis.errors import UnknownName
from cls_analysis.geography import administrative, articles, held
from cls_analysis.geography.perimeters import Perimeter, load_perimeter
from cls_analysis.geography.project import perimeters_dir
from cls_analysis.geography.vintages import REFERENCE_COG

TERRITORY_TYPES = ("commune", "epci", "perimeter", "departement", "region", "france")
FRANCE = "FR"
_HELD = frozenset({"departement", "epci", "region"})  # told once for all of a kind: `held.py`


@dataclass(frozen=True)
class Territory:
    """A territory of the reference COG.

    `territory` is its code (INSEE, SIREN, perimeter id, `FR`); `name_with_article`, `of`, `in_` its French forms;
    `departements` and `regions` the codes it lies in, by decreasing population (the first is the main one);
    `population` its population municipale (RP 2023; Mayotte 2017).
    """

    territory_type: str
    territory: str
    name: str
    name_with_article: str
    of: str
    in_: str
    short_name: str
    communes: tuple[str, ...] = field(repr=False)
    epci: tuple[str, ...]
    departements: tuple[str, ...]
    regions: tuple[str, ...]
    population: int
    perimeter: Perimeter | None = field(default=None, repr=False)

    @property
    def main_departement(self) -> str:
        """Code of the département where most of its inhabitants live."""
        return self.departements[0]

    @property
    def main_region(self) -> str:
        """Code of the région where most of its inhabitants live."""
        return self.regions[0]

    @property
    def outside_departement(self) -> pd.DataFrame:
        """Member communes outside the main département, with the columns of `communes`; a département-only figure
        ignores them, and the report must say so."""
        known, frame = held.communes(), administrative.communes()
        outside = [code for code in self.communes if known[code].departement != self.main_departement]
        return frame[frame["code_commune"].isin(outside)].reset_index(drop=True)


@lru_cache(maxsize=1)
def _communes() -> pd.DataFrame:
    frame = administrative.communes().merge(administrative.membership(), on="code_commune", how="left", validate="1:1")
    return frame.set_index("code_commune", drop=False)


@lru_cache(maxsize=4)
def perimeter_members(key: tuple[tuple[str, int], ...]) -> pd.DataFrame:
    """`territory`, `code_commune` of every perimeter of a `perimeter_key` (do not change it: copy first)."""
    rows = [(i, c) for i, _ in key for c in load_perimeter(i).communes()]
    return pd.DataFrame(rows, columns=["territory", "code_commune"])


def perimeter_key() -> tuple[tuple[str, int], ...]:
    """Ids and dates of the perimeter files: what is kept of perimeters is kept under it, and read again when one changes."""
    with os.scandir(perimeters_dir()) as entries:
        return tuple(sorted((e.name[:-5], e.stat().st_mtime_ns) for e in entries if e.name.endswith(".toml")))


def members() -> pd.DataFrame:
    """Every territory and its communes in the reference COG, long.

    Columns: `territory_type`, `territory`, `code_commune` (the three make the key), `departement`, `region` (of the
    commune). Each commune is in itself, its EPCI if any, its perimeters, département, région and `FR`. About
    175,000 rows, sorted by key.

    >>> m = members()
    >>> m[m["territory"] == "petr-langres"]["departement"].value_counts().to_dict()
    {'52': 165, '70': 3}
    """
    return _members(perimeter_key()).copy(deep=False)


@lru_cache(maxsize=4)
def _members(key: tuple[tuple[str, int], ...]) -> pd.DataFrame:
    base = _communes().reset_index(drop=True)
    columns = {"commune": "code_commune", "departement": "departement", "epci": "siren_epci", "region": "region"}
    frames = [
        pd.DataFrame({"territory_type": kind, "territory": base[column], "code_commune": base["code_commune"]})
        for kind, column in columns.items()
    ]
    frames.append(pd.DataFrame({"territory_type": "france", "territory": FRANCE, "code_commune": base["code_commune"]}))
    frames.append(perimeter_members(key).assign(territory_type="perimeter"))
    long = pd.concat(frames, ignore_index=True)
    long = long[long["territory"].notna()]
    place = base.set_index("code_commune")
    long = long.assign(
        departement=long["code_commune"].map(place["departement"]), region=long["code_commune"].map(place["region"])
    )
    return long.sort_values(["territory_type", "territory", "code_commune"], ignore_index=True)


def territories() -> pd.DataFrame:
    """Every territory of the reference COG: `territory_type`, `territory`, `name`; sorted by type and code.

    >>> territories()["territory_type"].value_counts()["epci"].item()
    1255
    """
    key = perimeter_key()
    known = {kind: _names(kind, key) for kind in sorted(TERRITORY_TYPES)}
    return pd.concat(
        [
            pd.DataFrame({"territory_type": kind, "territory": list(names), "name": list(names.values())}, dtype="str")
            for kind, names in known.items()
        ],
        ignore_index=True,
    )


def territory(id_or_code: str, *, territory_type: str | None = None) -> Territory:
    """The territory of that id or code.

    A code of two characters that is both a département and a région (`52`, `44`) is the département: name the
    région `region:44`, or pass `territory_type="region"`. UnknownName suggests near ids and names.

    >>> territory("petr-langres").outside_departement["code_commune"].tolist()
    ['70400', '70430', '70450']
    >>> territory("52").in_, territory("region:44").in_
    ('en Haute-Marne', 'dans le Grand Est')
    """
    code = str(id_or_code).strip()
    if territory_type is None and ":" in code:
        territory_type, code = code.split(":", 1)
    if territory_type is not None and territory_type not in TERRITORY_TYPES:
        raise UnknownName(f"territory type {territory_type!r} is not known; known: {', '.join(TERRITORY_TYPES)}")
    key = perimeter_key()
    if code.upper() == FRANCE:
        code = FRANCE
    for kind in (
        [territory_type] if territory_type else ["perimeter", "france", "epci", "commune", "departement", "region"]
    ):
        if code in _names(kind, key):
            return _make(kind, code, key)
    raise _unknown(code, territory_type)


def _names(kind: str, key: tuple[tuple[str, int], ...]) -> Mapping[str, str]:
    """Name by code of the territories of a type."""
    if kind == "perimeter":
        return {code: one.name for code, one in _perimeters(key).items()}
    return {FRANCE: "France"} if kind == "france" else held.names(kind)


@lru_cache(maxsize=4)
def _perimeters(key: tuple[tuple[str, int], ...]) -> Mapping[str, Perimeter]:
    return {code: load_perimeter(code) for code, _ in key}


def _codes(kind: str, code: str, key: tuple[tuple[str, int], ...]) -> tuple[str, ...]:
    """Its communes, sorted."""
    if kind == "commune":
        return (code,)
    if kind == "perimeter":
        return tuple(_perimeters(key)[code].communes())
    return tuple(held.communes()) if kind == "france" else held.holding(kind)[code]


@lru_cache(maxsize=4096)
def _make(kind: str, code: str, key: tuple[tuple[str, int], ...]) -> Territory:
    codes = _codes(kind, code, key)
    perimeter = _perimeters(key)[code] if kind == "perimeter" else None
    named = _named(kind, code, _names(kind, key)[code], perimeter)
    return Territory(
        territory_type=kind,
        territory=code,
        name=named.name,
        name_with_article=named.with_article,
        of=named.of,
        in_=named.in_,
        short_name=perimeter.short_name if perimeter else named.name,
        communes=codes,
        epci=tuple(sorted(_lying(kind, code, codes, "epci"))) if kind not in ("france", "region") else (),
        departements=_lying(kind, code, codes, "departement"),
        regions=_lying(kind, code, codes, "region"),
        population=held.populations(kind)[code] if kind in _HELD else held.population(codes),
        perimeter=perimeter,
    )


def _lying(kind: str, code: str, codes: tuple[str, ...], above: str) -> tuple[str, ...]:
    """The territories in which it lies; those of which France has a thousand are asked once for all."""
    return held.lying(kind, above)[code] if kind in _HELD else held.by_population(codes, above)


def _named(kind: str, code: str, name: str, perimeter: Perimeter | None) -> articles.Named:
    if perimeter is not None:
        return articles.Named(perimeter.name, perimeter.name_with_article, perimeter.of, perimeter.in_)
    if kind == "france":
        return articles.Named("France", "la France", "de France", "en France")
    if kind in ("departement", "region"):
        return articles.area(kind, code, name)
    return articles.epci(name) if kind == "epci" else articles.commune(name)


def _unknown(code: str, kind: str | None) -> UnknownName:
    frame = territories()
    frame = frame[frame["territory_type"] == kind] if kind else frame
    perimeters = frame[frame["territory_type"] == "perimeter"]
    near = difflib.get_close_matches(code.lower(), perimeters["territory"].tolist(), n=3, cutoff=0.5)
    wanted = code.casefold()
    named = frame[frame["name"].str.casefold().str.contains(wanted, regex=False)] if len(wanted) > 2 else frame.head(0)
    near += [f"{t} ({n})" for t, n in zip(named["territory"].head(5), named["name"].head(5), strict=True)]
    if code.isdigit() and len(code) in (5, 9):
        near += difflib.get_close_matches(code, frame["territory"].tolist(), n=3, cutoff=0.8)
    told = f"; near: {', '.join(dict.fromkeys(near))}" if near else ""
    hint = (
        f"cls-analysis territories trace {code}"
        if len(code) == 5 and code[0].isdigit()
        else "cls-analysis territories list"
    )
    return UnknownName(f"territory {code!r} is not known in COG {REFERENCE_COG}{told}", hint=hint)


def comparators(of: Territory | str) -> list[Territory]:
    """What the territory is compared with: main département, région, France, in that order.

    Larger territories only: a département is compared with its région and France, a région with France. A
    perimeter's file may keep fewer.

    >>> [t.name for t in comparators("petr-vosges-saonoises")]
    ['Haute-Saône', 'Bourgogne-Franche-Comté', 'France']
    """
    one = territory(of) if isinstance(of, str) else of
    order = ("departement", "region", "france")
    wanted = one.perimeter.comparators if one.perimeter else order
    above = order[order.index(one.territory_type) + 1 :] if one.territory_type in order else order
    codes = {"departement": one.main_departement, "region": one.main_region, "france": FRANCE}
    return [territory(codes[kind], territory_type=kind) for kind in above if kind in wanted]
