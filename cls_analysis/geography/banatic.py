"""Which communes make each PETR of France, according to BANATIC? Perimeter files for a person to review.

A PETR's members are EPCI, sometimes other groupings, sometimes communes, all named by SIREN. A member that is an EPCI
of the reference COG stays an EPCI; another grouping of the export is expanded in turn; a commune is known by its SIREN
when a table of them is given. Whatever is left is listed: a perimeter with a hole is written under another name, which
no command reads. Names are never used to recognise a member (homonyms).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cls_analysis.errors import InvalidInput
from cls_analysis.geography import administrative, articles
from cls_analysis.geography.perimeters import list_perimeters, load_perimeter, parse_perimeter
from cls_analysis.geography.vintages import REFERENCE_COG, membership_vintage

PETR = "PETR"


@dataclass(frozen=True, slots=True)
class Link:
    """One row of BANATIC: a grouping, its legal nature, one of its members and the kind that member is."""

    siren: str
    name: str
    nature: str
    member: str
    member_name: str
    category: str


@dataclass(frozen=True)
class Groupings:
    """The groupings of an export by SIREN: names, natures, members; names of the members."""

    names: Mapping[str, str]
    natures: Mapping[str, str]
    members: Mapping[str, tuple[str, ...]]
    member_names: Mapping[str, str]


@dataclass(frozen=True)
class Composition:
    """A grouping expanded: its EPCI, its communes by code, the members that are neither, the cycles met."""

    siren: str
    name: str
    epci: tuple[str, ...]
    communes: tuple[str, ...]
    unknown: tuple[str, ...]
    cycles: tuple[str, ...]


@dataclass(frozen=True)
class Written:
    """What became of one PETR: the file (None when nothing was written) and why."""

    siren: str
    name: str
    path: Path | None
    said: str


def gather(links: Iterable[Link]) -> Groupings:
    """Groupings from the rows of an export, in one pass; a member written twice counts once."""
    names: dict[str, str] = {}
    natures: dict[str, str] = {}
    members: dict[str, dict[str, None]] = {}
    member_names: dict[str, str] = {}
    for link in links:
        names.setdefault(link.siren, link.name)
        natures.setdefault(link.siren, link.nature)
        members.setdefault(link.siren, {})[link.member] = None
        member_names.setdefault(link.member, f"{link.member_name} ({link.category})")
    return Groupings(names, natures, {siren: tuple(found) for siren, found in members.items()}, member_names)


def compose(
    siren: str, groupings: Groupings, *, epci: frozenset[str], communes: Mapping[str, str] | None = None
) -> Composition:
    """Members of a grouping expanded until EPCI and communes. `communes` maps the SIREN of a commune to its code.

    A grouping met again inside itself is reported as a cycle and not followed. A commune that is already in one of
    the EPCI is not told twice.
    """
    known = communes or {}
    found_epci: dict[str, None] = {}
    found_communes: dict[str, None] = {}
    unknown: dict[str, None] = {}
    cycles: list[str] = []
    done: set[str] = set()
    waiting: list[tuple[str, tuple[str, ...]]] = [(siren, (siren,))]
    while waiting:
        current, path = waiting.pop()
        done.add(current)
        for member in groupings.members.get(current, ()):
            if member in epci:
                found_epci[member] = None
            elif member in path:
                cycles.append(" > ".join([*path, member]))
            elif member in groupings.members:
                if member not in done:
                    waiting.append((member, (*path, member)))
            elif member in known:
                found_communes[known[member]] = None
            else:
                unknown[f"{member} {groupings.member_names.get(member, '')}".strip()] = None
    inside = administrative.membership(REFERENCE_COG).set_index("code_commune")["siren_epci"]
    alone = sorted(code for code in found_communes if inside.get(code) not in found_epci)
    return Composition(
        siren,
        groupings.names.get(siren, ""),
        tuple(sorted(found_epci)),
        tuple(alone),
        tuple(sorted(unknown)),
        tuple(cycles),
    )


def write_perimeters(
    groupings: Groupings,
    out: Path,
    *,
    read_on: str,
    communes: Mapping[str, str] | None = None,
    nature: str = PETR,
    perimeters: Path | None = None,
) -> list[Written]:
    """One TOML per grouping of that legal nature, in `out`, for review; nothing that exists is ever overwritten.

    `read_on` is the date of the export (`2026-03` or `2026-03-15`). A perimeter of the same composition that is
    already known is named and not written again. A composition with unknown members is `<id>.toml.incomplete`.
    """
    sirens = sorted(siren for siren, kind in groupings.natures.items() if kind.strip().upper() == nature)
    if not sirens:
        kinds = ", ".join(sorted(set(groupings.natures.values()))[:15])
        raise InvalidInput(
            f"no grouping of nature {nature!r} in the export; it holds: {kinds}", hint="is it the national export?"
        )
    out.mkdir(parents=True, exist_ok=True)
    epci = frozenset(administrative.epci(REFERENCE_COG)["siren_epci"])
    known_ids = set(list_perimeters(perimeters))
    known = {frozenset(load_perimeter(i, perimeters).communes()): i for i in sorted(known_ids)}
    ids = _identifiers({siren: groupings.names[siren] for siren in sirens})
    written = []
    for siren in sirens:
        composition = compose(siren, groupings, epci=epci, communes=communes)
        written.append(_write(composition, ids[siren], out, read_on=read_on, known=known, known_ids=known_ids))
    return written


def _write(
    composition: Composition,
    identifier: str,
    out: Path,
    *,
    read_on: str,
    known: Mapping[frozenset[str], str],
    known_ids: set[str],
) -> Written:
    siren, name = composition.siren, composition.name
    text = toml_of(composition, identifier, read_on=read_on)
    problems = [f"membre inconnu : {one}" for one in composition.unknown]
    try:
        perimeter = parse_perimeter(text, name=f"{identifier}.toml")
    except InvalidInput as error:
        problems += error.problems
    else:
        same = known.get(frozenset(perimeter.communes()))
        if same is not None and not problems:
            return Written(siren, name, None, f"same composition as the perimeter {same}, not written")
    path = out / f"{identifier}.toml{'.incomplete' if problems else ''}"
    if identifier in known_ids and not problems:
        path = out / f"{identifier}-banatic.toml"
        text = toml_of(composition, f"{identifier}-banatic", read_on=read_on)
    if path.exists():
        return Written(siren, name, None, f"{path.name} exists, left as it is")
    listed = "".join(
        f"# {' '.join(line.split())}\n" for line in (*problems, *(f"cycle : {c}" for c in composition.cycles))
    )
    with path.open("x", encoding="utf-8") as stream:
        stream.write(f"# À relire : tiré de BANATIC, noms et articles compris.\n{listed}{text}")
    said = f"{len(composition.epci)} EPCI, {len(composition.communes)} communes"
    if path.stem != identifier and not problems:
        said += f"; another composition than the perimeter {identifier}"
    if problems:
        said += f"; incomplete: {len(problems)} problems"
    return Written(siren, name, path, said + ("; a cycle" if composition.cycles else ""))


def toml_of(composition: Composition, identifier: str, *, read_on: str) -> str:
    """The text of a perimeter file, in the form that `load_perimeter` reads."""
    name = _name(composition.name)
    short = re.sub(r"^PETR\s+(?:du\s+|de\s+la\s+|de\s+|des\s+|d['’]\s*)?", "", name) or name
    article = f"le {name}"
    values: dict[str, object] = {
        "id": identifier, "name": name, "short_name": short, "name_with_article": article,
        "of": articles.of(article), "in": f"dans {article}", "kind": "petr",
        "epci": list(composition.epci), "communes": list(composition.communes), "cog": REFERENCE_COG,
        "date_composition": read_on,
        "source_composition": f"BANATIC, export national ({read_on}) : membres du PETR {composition.siren} ; communes des EPCI : "
        f"composition au 1er janvier {membership_vintage(REFERENCE_COG)}.",
    }  # fmt: skip
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())


def _name(text: str) -> str:
    """The name after « PETR ».

    >>> _name("Pôle d'équilibre territorial et rural du Pays  X"), _name("Pays Y")
    ('PETR du Pays X', 'PETR Pays Y')
    """
    text = " ".join(text.replace("'", "’").split())
    bare = re.sub(
        r"^(?:p[oô]le d’[eé]quilibre territorial(?: et rural)?|p\.?e\.?t\.?r\.?)(?=\W|$)\W*",
        "",
        text,
        flags=re.IGNORECASE,
    )
    return f"PETR {bare}".strip()


def _identifiers(names: Mapping[str, str]) -> dict[str, str]:
    """An identifier per SIREN; two of one name get their SIREN added."""
    slugs = {siren: _slug(_name(name)) for siren, name in names.items()}
    return {
        siren: slug if list(slugs.values()).count(slug) == 1 and slug != "petr" else f"{slug}-{siren}"
        for siren, slug in slugs.items()
    }


def _slug(name: str) -> str:
    plain = (
        unicodedata.normalize("NFKD", name.replace("œ", "oe").replace("’", " "))
        .encode("ascii", "ignore")
        .decode()
        .lower()
    )
    short = re.sub(
        r"\bpetr (?:du |de la |des |de |d )?(?:pays (?:de la |de |du |des |d )?)?",
        "petr ",
        re.sub(r"[^a-z0-9]+", " ", plain),
    )
    return "-".join(short.split())
