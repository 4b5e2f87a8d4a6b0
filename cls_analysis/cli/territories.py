"""`cls-analysis territories`: which territories exist, what they are made of, what became of a code."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cls_analysis.cli.tables import print_table

if TYPE_CHECKING:
    from cls_analysis.geography import Territory

app = typer.Typer(
    name="territories",
    help="Territories: list them, show one, list its communes, trace a code, check the coverage of a département.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


def _complete(incomplete: str) -> list[str]:
    from cls_analysis import geography

    return [i for i in geography.list_perimeters() if i.startswith(incomplete)]


Year = Annotated[
    int | None,
    typer.Option("--year", help="Composition of another year: the EPCI of that year, in the COG of that year."),
]
Identifier = Annotated[
    str,
    typer.Argument(
        help="Perimeter id, SIREN of an EPCI, code of a commune or département, region:CODE, or FR.",
        metavar="ID",
        autocompletion=_complete,
    ),
]


@app.command("list")
def list_(
    kind: Annotated[str, typer.Option("--type", help="perimeter, epci, departement, region or commune.")] = "perimeter",
    search: Annotated[str, typer.Option("--search", help="Keep names that contain this text.")] = "",
) -> None:
    """List the territories of a type (the perimeters by default).

    Examples:

        cls-analysis territories list

        cls-analysis territories list --type epci --search langres
    """
    from cls_analysis import geography
    from cls_analysis.errors import UnknownName
    from cls_analysis.geography.places import TERRITORY_TYPES
    from cls_analysis.sources.text import fold

    if kind not in TERRITORY_TYPES:
        raise UnknownName(
            f"territory type {kind!r} is not known; known: {', '.join(TERRITORY_TYPES)}",
            hint="cls-analysis territories list --type perimeter",
        )
    frame = geography.territories()
    named = frame["name"].map(fold).str.contains(fold(search), regex=False)
    frame = frame[(frame["territory_type"] == kind) & named]
    rows = []
    for code in frame["territory"]:
        one = geography.territory(code, territory_type=kind)
        rows.append(
            (
                one.territory,
                one.name,
                f"{len(one.communes):,}",
                f"{one.population:,}",
                ", ".join(one.departements[:4]) + ("..." if len(one.departements) > 4 else ""),
            )
        )
    print_table(
        f"{len(rows)} territories of type {kind}, COG {geography.REFERENCE_COG}, population RP 2023",
        {"id": "left", "name": "left", "communes": "right", "inhabitants": "right", "départements": "left"},
        rows,
    )


@app.command()
def show(
    identifier: Identifier,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for another program.")] = False,
    year: Year = None,
) -> None:
    """Show one territory: names, EPCI, communes outside its main département, contracts, notes.

    Examples:

        cls-analysis territories show petr-langres

        cls-analysis territories show petr-vosges-saonoises --year 2023

        cls-analysis territories show 200072999 --json
    """
    from cls_analysis import geography

    one = geography.territory(identifier)
    if year is not None:
        _show_past(one, year, as_json)
        return
    outside = one.outside_departement if one.territory_type in ("perimeter", "epci") else None
    names = geography.epci().set_index("siren_epci")["name"]
    perimeter = one.perimeter
    if as_json:
        document = {
            "territory_type": one.territory_type,
            "territory": one.territory,
            "name": one.name,
            "name_with_article": one.name_with_article,
            "cog": geography.REFERENCE_COG,
            "date_composition": f"{geography.membership_vintage()}-01-01",
            "population": one.population,
            "communes": list(one.communes),
            "departements": list(one.departements),
            "regions": list(one.regions),
            "epci": [{"siren": s, "name": names[s]} for s in one.epci],
            "outside_departement": [] if outside is None else outside["code_commune"].tolist(),
            "perimeter": perimeter.model_dump(mode="json", by_alias=True) if perimeter else None,
            "comparators": [f"{c.territory_type}:{c.territory}" for c in geography.comparators(one)],
        }
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    rows = [
        ("type", one.territory_type),
        ("name", one.name),
        ("communes", f"{len(one.communes):,}"),
        ("inhabitants", f"{one.population:,} (population municipale, RP 2023)"),
        (
            "départements",
            ", ".join(geography.territory(d, territory_type="departement").name for d in one.departements[:8]),
        ),
        ("compared with", ", ".join(c.name for c in geography.comparators(one))),
    ]
    if outside is not None and len(outside):
        listed = ", ".join(f"{n} ({c})" for c, n in outside[["code_commune", "name"]].itertuples(index=False))
        rows.append(
            (
                "outside its main département",
                f"{len(outside)} communes, {int(outside['population'].sum()):,} inhabitants: {listed}",
            )
        )
    if perimeter:
        rows += [("composition", f"{perimeter.source_composition} ({perimeter.date_composition})")]
        rows += [
            ("contract", f"{g.label} ({g.start or g.signed or '?'} - {g.end or '?'}): {g.source}. {g.note}")
            for g in perimeter.generations
        ]
        rows += [("note", n) for n in perimeter.notes]
    print_table(f"{one.territory}", {"": "left", " ": "left"}, rows)
    if one.territory_type in ("perimeter", "departement"):
        members = geography.member_populations()
        inside = members[members["code_commune"].isin(one.communes)]
        size = inside.groupby("siren_epci").size()
        print_table(
            f"{len(one.epci)} EPCI, composition of {geography.membership_vintage()}-01-01",
            {"SIREN": "left", "name": "left", "communes here": "right"},
            [(s, names[s], str(size[s])) for s in one.epci],
        )


def _show_past(one: Territory, year: int, as_json: bool) -> None:
    """Print what a territory was made of in another year: EPCI, communes, inhabitants."""
    from cls_analysis import geography

    frame = geography.composition(one, year=year)
    held = frame.groupby(["siren_epci", "epci"], dropna=False, sort=True)["population"].agg(["size", "sum"])
    census, members = geography.COMMUNE_POPULATION_YEAR[year], geography.membership_vintage(year)
    total = int(frame["population"].sum())
    if as_json:
        document = {
            "territory_type": one.territory_type,
            "territory": one.territory,
            "name": one.name,
            "cog": year,
            "date_composition": f"{members}-01-01",
            "population": total,
            "population_year": census,
            "communes": frame["code_commune"].tolist(),
            "epci": [
                {"siren": siren, "name": name, "communes": int(size), "population": int(people)}
                for (siren, name), (size, people) in zip(held.index, held.to_numpy(), strict=True)
                if siren == siren
            ],
        }
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    print_table(
        f"{one.name} in {year}: {len(frame)} communes, COG {year}, EPCI of {members}-01-01, {total:,} inhabitants "
        f"(population municipale, RP {census})",
        {"SIREN": "left", "name": "left", "communes": "right", "inhabitants": "right"},
        [
            (
                "-" if siren != siren else siren,
                "no EPCI" if name != name else name,
                f"{int(size):,}",
                f"{int(people):,}",
            )
            for (siren, name), (size, people) in zip(held.index, held.to_numpy(), strict=True)
        ],
    )


@app.command()
def communes(
    identifier: Identifier,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV (UTF-8, comma) instead of a table.")] = False,
    year: Year = None,
) -> None:
    """List the communes of a territory.

    Examples:

        cls-analysis territories communes petr-vosges-saonoises --year 2023

        cls-analysis territories communes 200072999 --csv > langres.csv
    """
    from cls_analysis import geography

    one = geography.territory(identifier)
    at = geography.REFERENCE_COG if year is None else year
    frame = geography.composition(one, year=year)
    rows = [
        tuple("" if value is None or value != value else str(value) for value in row)
        for row in frame.astype(object).where(frame.notna(), None).itertuples(index=False)
    ]
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(frame.columns)
        writer.writerows(rows)
        return
    census = geography.COMMUNE_POPULATION_YEAR[at]
    print_table(
        f"{one.name}: {len(rows)} communes, COG {at}, EPCI of {geography.membership_vintage(at)}-01-01, "
        f"{int(frame['population'].sum()):,} inhabitants (RP {census})",
        {"code": "left", "name": "left", "dép.": "left", "SIREN": "left", "EPCI": "left", "inhabitants": "right"},
        rows,
    )


@app.command()
def trace(
    code: Annotated[str, typer.Argument(help="Code of a commune, present or past (5 characters).", metavar="CODE")],
    to: Annotated[int, typer.Option("--to", help="Stop at 1 January of this year.")] = 2026,
    events: Annotated[
        Path | None, typer.Option("--events", help="INSEE's v_mvt_commune_AAAA.csv, for exact dates after 2019.")
    ] = None,
) -> None:
    """Tell what became of a commune code, with dates and reasons.

    Examples:

        cls-analysis territories trace 52224

        cls-analysis territories trace 85165 --events insee-cog/2026/v_mvt_commune_2026.csv
    """
    from cls_analysis import geography
    from cls_analysis.geography.history import heirs

    found = geography.trace(code, to, events=events)
    if found:
        print_table(
            f"{code}: {len(found)} events up to {to}-01-01",
            {"date": "left", "reason": "left", "before": "left", "after": "left", "known from": "left"},
            [
                (
                    e.when,
                    e.reason,
                    f"{e.code_before or ''} {e.name_before or ''}".strip(),
                    f"{e.code_after or ''} {e.name_after or ''}".strip(),
                    e.basis,
                )
                for e in found
            ],
        )
    else:
        typer.echo(f"{code}: no event since 1943")
    names = geography.communes().set_index("code_commune")["name"]
    now = heirs(code)
    if now:
        typer.echo(
            f"In COG {geography.REFERENCE_COG}: "
            + ", ".join(f"{c} {names.get(c, '(overseas collectivity)')}" for c in now)
        )


@app.command()
def coverage(
    departement: Annotated[str, typer.Option("--departement", "-d", help="Code of the département, e.g. 52.")],
) -> None:
    """Count the communes and inhabitants of a département that the known perimeters cover, and name the rest.

    Example:

        cls-analysis territories coverage --departement 52
    """
    from cls_analysis.geography.covered import coverage as measure

    found = measure(departement)
    print_table(
        f"{found.departement.name} ({departement})",
        {"perimeter": "left", "communes in the département": "right", "inhabitants": "right"},
        [(p, str(n), f"{people:,}") for p, n, people in found.perimeters.itertuples(index=False)],
    )
    typer.echo(
        f"{found.covered_communes} of {found.communes} communes, "
        f"{found.share_population:.1%} of {found.population:,} inhabitants are in a perimeter."
    )
    shown = found.uncovered.head(20)
    for row in shown.itertuples(index=False):
        where = f"{row.epci_name} ({row.siren_epci})" if isinstance(row.epci_name, str) else "no EPCI"
        typer.echo(f"Outside: {row.name} ({row.code_commune}), {row.population:,} inhabitants, member of {where}")
    if len(found.uncovered) > len(shown):
        typer.echo(f"... and {len(found.uncovered) - len(shown)} other communes outside.")


@app.command()
def check() -> None:
    """Check every perimeter file, and overlaps between perimeters.

    Example:

        cls-analysis territories check
    """
    from cls_analysis import geography
    from cls_analysis.errors import InvalidInput

    problems = geography.check_perimeters()
    if problems:
        raise InvalidInput(problems, hint="edit the files of data/raw/perimeters")
    typer.echo(f"{len(geography.list_perimeters())} perimeters, no problem.")


@app.command("import-banatic")
def import_banatic(
    file: Annotated[Path, typer.Argument(help="BANATIC's national export (.xlsx).", exists=True, dir_okay=False)],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder of the files to review.", show_default="data/raw/banatic-perimeters"),
    ] = None,
    communes_file: Annotated[
        Path | None,
        typer.Option(
            "--communes", help="DGCL's epcicom2025.xlsx: the SIREN of the communes that are members themselves."
        ),
    ] = None,
    read_on: Annotated[
        str | None, typer.Option("--date", help="Date of the export, e.g. 2026-03.", show_default="the file's date")
    ] = None,
    nature: Annotated[str, typer.Option("--nature", help="Legal nature to keep.")] = "PETR",
) -> None:
    """Write a perimeter file for every PETR of BANATIC, for review: PETR to EPCI to communes. Nothing is overwritten.

    Examples:

        cls-analysis territories import-banatic data/raw/banatic-export/courant/banatic_france.xlsx

        cls-analysis territories import-banatic France.xlsx --out to-review --communes epcicom2025.xlsx
    """
    import datetime

    from cls_analysis.geography import banatic, project
    from cls_analysis.sources.banatic_members import read_links
    from cls_analysis.sources.dgcl_epci import read_composition

    sirens = None
    if communes_file is not None:
        table = read_composition({"composition": communes_file})
        sirens = dict(zip(table["siren_commune"], table["code_commune"], strict=True))
    date = read_on or datetime.date.fromtimestamp(file.stat().st_mtime).isoformat()
    folder = out or project.project_root() / "data" / "raw" / "banatic-perimeters"
    written = banatic.write_perimeters(
        banatic.gather(read_links(file)), folder, read_on=date, communes=sirens, nature=nature
    )
    print_table(
        f"{len(written)} groupings of nature {nature}",
        {"SIREN": "left", "name": "left", "file": "left", "": "left"},
        [(one.siren, one.name, one.path.name if one.path else "-", one.said) for one in written],
    )
    made = [one.path for one in written if one.path is not None]
    ready = sum(path.suffix == ".toml" for path in made)
    typer.echo(
        f"{ready} files to review and {len(made) - ready} incomplete ones in {folder}; move those you trust to "
        "data/raw/perimeters, then: cls-analysis territories check"
    )
