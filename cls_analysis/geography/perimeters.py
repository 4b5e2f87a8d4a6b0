"""Which EPCI and communes make the territory of a health contract, in which year, according to whom?

One file `data/raw/perimeters/<id>.toml` per perimeter, checked on reading: unknown keys, SIREN and communes, a
commune named twice, an overlap with another perimeter that is not declared. The composition of another year is that
of its EPCI in that year, so an EPCI that gained or lost a commune changes the perimeter as it did in reality.
"""

from __future__ import annotations

import difflib
import tomllib
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from cls_analysis.errors import InvalidInput, UnknownName
from cls_analysis.geography import administrative
from cls_analysis.geography.project import perimeters_dir
from cls_analysis.geography.vintages import REFERENCE_COG, check_vintage
from cls_analysis.unchanged import once_per_file

PartialDate = Annotated[str, StringConstraints(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]
Siren = Annotated[str, StringConstraints(pattern=r"^\d{9}$")]
Commune = Annotated[str, StringConstraints(pattern=r"^\d[\dAB]\d{3}$")]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Comparator = Literal["departement", "region", "france"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Generation(_Frozen):
    """One contract in time. Dates as precise as the source: `2024`, `2024-03` or `2024-03-22`; French texts."""

    number: int | None = None
    label: str
    signed: PartialDate | None = None
    start: PartialDate | None = None
    end: PartialDate | None = None
    source: str
    note: str = ""


class Perimeter(_Frozen):
    """A territory made of EPCI and communes. Texts are French, ready for a sentence (`of`: « du Pays ... »)."""

    id: Identifier
    name: str
    short_name: str
    name_with_article: str
    of: str
    in_: str = Field(alias="in")
    kind: Literal["cls", "petr", "pays", "syndicat_mixte"]
    epci: tuple[Siren, ...] = ()
    extra_communes: tuple[Commune, ...] = Field(default=(), alias="communes")
    cog: int = REFERENCE_COG
    date_composition: PartialDate
    source_composition: str
    comparators: tuple[Comparator, ...] = ("departement", "region", "france")
    contains: tuple[Identifier, ...] = ()
    generations: tuple[Generation, ...] = ()
    notes: tuple[str, ...] = ()

    def communes(self, year: int | None = None) -> list[str]:
        """Codes of the member communes in COG `year` (the reference COG by default), sorted.

        The EPCI are those of `year` (`membership_vintage` tells the date), communes named one by one follow their
        land from `cog`. UnknownName for a year without a package or an EPCI that did not exist that year.
        """
        year = check_vintage(REFERENCE_COG if year is None else year)
        known = _known(year)
        absent = sorted(set(self.epci) - set(known.members))
        if absent:
            raise UnknownName(
                [f"EPCI {s} of perimeter {self.id} does not exist in {year}" for s in absent],
                hint=f"cls-analysis territories show {self.id}",
            )
        codes = {code for siren in self.epci for code in known.members[siren]}
        return sorted(codes | set(_in_year(self.extra_communes, self.cog, year)))


class _Known(NamedTuple):
    """What a perimeter can name in one year: EPCI and communes by code, with their names, and who is a member of which."""

    epci: Mapping[str, str]
    communes: Mapping[str, str]
    holder: Mapping[str, str]
    members: Mapping[str, list[str]]


@lru_cache(maxsize=16)
def _known(year: int) -> _Known:
    epci, communes, member = administrative.epci(year), administrative.communes(year), administrative.membership(year)
    holder = dict(zip(member["code_commune"].tolist(), member["siren_epci"].tolist(), strict=True))
    members: dict[str, list[str]] = {}
    for code, siren in holder.items():
        members.setdefault(siren, []).append(code)
    return _Known(
        dict(zip(epci["siren_epci"].tolist(), epci["name"].tolist(), strict=True)),
        dict(zip(communes["code_commune"].tolist(), communes["name"].tolist(), strict=True)),
        holder,
        members,
    )


def _in_year(codes: tuple[str, ...], cog: int, year: int) -> list[str]:
    if not codes or cog == year:
        return list(codes)
    from cls_analysis.geography.crosswalk import passage

    links = passage(cog, year)
    return links.loc[links["origin"].isin(codes), "destination"].unique().tolist()


def list_perimeters(folder: Path | None = None) -> list[str]:
    """Ids of the perimeters found, sorted.

    >>> "petr-langres" in list_perimeters()
    True
    """
    return sorted(p.stem for p in (folder or perimeters_dir()).glob("*.toml"))


def load_perimeter(perimeter_id: str, folder: Path | None = None) -> Perimeter:
    """Read and check one perimeter. UnknownName with near ids; InvalidInput with every problem of the file.

    >>> len(load_perimeter("petr-langres").communes())
    168
    """
    where = folder or perimeters_dir()
    path = where / f"{perimeter_id}.toml"
    if path.parent != where or not path.is_file():  # a name that would leave the folder is no perimeter's
        known = list_perimeters(where)
        near = difflib.get_close_matches(perimeter_id, known, n=3, cutoff=0.4) or known
        raise UnknownName(
            f"perimeter {perimeter_id!r} is not known; near: {', '.join(near)}", hint="cls-analysis territories list"
        )
    return _load(path)


@once_per_file(256)
def _load(path: Path) -> Perimeter:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"{path.name}: is not UTF-8 text (byte {error.object[error.start]:#04x}); likely saved in a Windows encoding",
            hint="save it again as UTF-8",
        ) from error
    perimeter = parse_perimeter(text, name=path.name)
    if perimeter.id != path.stem:
        raise InvalidInput(f"{path.name}: id is {perimeter.id!r}", hint="give the file the name of its id")
    return perimeter


def parse_perimeter(text: str, *, name: str = "perimeter") -> Perimeter:
    """Perimeter from the text of its TOML file, checked against the EPCI and communes of its COG."""
    try:
        perimeter = Perimeter.model_validate(_lists_to_tuples(tomllib.loads(text)))
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(
            f"{name} is not valid TOML: {error}",
            hint="texts and codes stand between straight quotes, lists between brackets: docs/geography.md shows a file",
        ) from error
    except ValidationError as error:
        raise InvalidInput(
            [
                f"{name}: {'.'.join(str(part) for part in e['loc'])}: {e['msg']}"
                + ("" if isinstance(e["input"], dict) else f" (found {e['input']!r})")
                for e in error.errors()
            ],
            hint="docs/geography.md lists the keys of a perimeter file",
        ) from error
    problems = [f"{name}: {p}" for p in _problems(perimeter)]
    if problems:
        raise InvalidInput(
            problems,
            hint="cls-analysis territories list --type epci --search NAME gives a SIREN, territories trace CODE what became of a commune",
        )
    return perimeter


def _lists_to_tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _lists_to_tuples(v) for k, v in value.items()}
    return tuple(_lists_to_tuples(v) for v in value) if isinstance(value, list) else value


def _problems(perimeter: Perimeter) -> list[str]:
    """What does not hold against the COG of the perimeter."""
    try:
        year = check_vintage(perimeter.cog)
    except UnknownName as error:
        return [f"cog: {error.problems[0]}"]
    names, labels, known, _ = _known(year)
    out = []
    for siren in perimeter.epci:
        if siren not in names:
            near = difflib.get_close_matches(siren, list(names), n=3, cutoff=0.75)
            told = ", ".join(f"{s} ({names[s]})" for s in near) or "no near SIREN"
            out.append(f"EPCI {siren} is unknown in {year}; near: {told}")
    out += [f"EPCI {s} is named {n} times" for s, n in Counter(perimeter.epci).items() if n > 1]
    out += [f"commune {c} is named {n} times" for c, n in Counter(perimeter.extra_communes).items() if n > 1]
    for code in dict.fromkeys(perimeter.extra_communes):
        if code not in labels:
            out.append(f"commune {code} is not in COG {year}, likely merged or mistyped")
        elif known.get(code) in perimeter.epci:
            out.append(f"commune {code} ({labels[code]}) is twice in the perimeter: already by EPCI {known[code]}")
    if not perimeter.epci and not perimeter.extra_communes:
        out.append("neither epci nor communes: the perimeter is empty")
    return out


def check_perimeters(folder: Path | None = None) -> list[str]:
    """Problems between perimeters: overlaps not declared by `contains`, and `contains` that does not hold.

    >>> check_perimeters()
    []
    """
    found = [load_perimeter(i, folder) for i in list_perimeters(folder)]
    members = {p.id: set(p.communes()) for p in found}
    out = []
    for i, one in enumerate(found):
        out += [
            f"{one.id} declares that it contains {other}, which "
            + (
                "is not a known perimeter"
                if other not in members
                else f"has {len(members[other] - members[one.id])} communes outside it"
            )
            for other in one.contains
            if other not in members or not members[other] <= members[one.id]
        ]
        for two in found[i + 1 :]:
            common = sorted(members[one.id] & members[two.id])
            if common and two.id not in one.contains and one.id not in two.contains:
                out.append(
                    f"{one.id} and {two.id} overlap on {len(common)} communes ({', '.join(common[:5])}"
                    f"{', ...' if len(common) > 5 else ''}): declare it with `contains`"
                )
    return out
