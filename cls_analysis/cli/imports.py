"""`cls-analysis imports`: a partner's tables. Write the two files to fill in, check them, list them."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Annotated

import typer

from cls_analysis.cli.tables import print_table

app = typer.Typer(
    name="imports", no_args_is_help=True, rich_markup_mode="markdown",
    help="Partners' tables (ALD, deaths, screening ...): write the files to fill in, check them, list them.",
)  # fmt: skip

Folder = Annotated[
    Path | None,
    typer.Option(
        "--folder", help="Folder of partners' files.", show_default="CLS_IMPORTS, or data/raw/imports", file_okay=False
    ),
]


@app.command()
def template(
    name: Annotated[
        str, typer.Argument(help="Name of the two files, for instance deces-2018-2022.", show_default=False)
    ],
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind", help="deces, ald, depistages, medecin-traitant or generic.", show_default="from the name"
        ),
    ] = None,
    level: Annotated[str, typer.Option("--level", help="commune or epci.")] = "commune",
    territory: Annotated[
        str | None, typer.Option("--territory", help="Fill in the codes of this territory.", show_default="none")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="csv or xlsx.")] = "csv",
    folder: Folder = None,
) -> None:
    """Write NAME.csv (or .xlsx) and NAME.toml to fill in; nothing is overwritten.

    Examples:

        cls-analysis imports template deces-2018-2022 --territory petr-langres

        cls-analysis imports template ald-2023 --format xlsx
    """
    from cls_analysis.sources.imports import KINDS, write_template

    guessed = next((one for one in KINDS if name.startswith(one)), "generic")
    for path in write_template(name, kind=kind or guessed, level=level, territory=territory, form=form, folder=folder):
        typer.echo(f"written  {path}")
    if kind is None and guessed == "generic" and not name.startswith("generic"):
        near = difflib.get_close_matches(re.split(r"[-_ ][0-9]", name)[0], KINDS, n=1)
        told = f"{near[0]!r} is near: --kind {near[0]}" if near else f"another with --kind: {', '.join(KINDS)}"
        typer.echo(f"kind     generic, as the name begins with no known kind ({told})")


@app.command()
def check(
    file: Annotated[
        Path,
        typer.Argument(
            help="The TOML or the table of an import (a name is looked for in the folder).", show_default=False
        ),
    ],
    folder: Folder = None,
) -> None:
    """Say everything wrong in an import at once, by file, row and column; exit 3 if something is.

    Examples:

        cls-analysis imports check deces-2018-2022

        cls-analysis imports check data/raw/imports/ald-2023.toml
    """
    from cls_analysis.errors import DataMissing, InvalidInput
    from cls_analysis.sources.imports import imports_dir, load_import

    if not file.name:
        raise InvalidInput("no import is named", hint="cls-analysis imports list")
    path = (
        file
        if file.suffix and file.exists()
        else imports_dir(folder) / f"{file.stem if file.suffix in ('.toml', '.csv', '.xlsx') else file.name}.toml"
    )
    if not path.with_suffix(".toml").is_file():
        near = difflib.get_close_matches(path.stem, [one.stem for one in path.parent.glob("*.toml")], n=1, cutoff=0.5)
        raise DataMissing(
            f"{path.with_suffix('.toml')}: no such import{f'; near: {near[0]}' if near else ''}",
            hint="cls-analysis imports list, or imports template NAME",
        )
    result = load_import(path)
    for note in result.notes:
        typer.echo(f"note     {note}")
    if result.problems:
        raise InvalidInput(list(result.problems), hint=f"mend the files, then cls-analysis imports check {result.name}")
    assert result.spec is not None
    assert result.observations is not None
    spec, frame = result.spec, result.observations
    typer.echo(
        f"{result.name}: no problem; {len(frame)} rows, {frame['code'].nunique()} territories, {spec.source}:{spec.variable}, {spec.period}, "
        f"COG {spec.cog}, {'restricted' if spec.restricted else 'public'}"
    )
    readers = _readers(spec.source, spec.variable)
    typer.echo(f"read by  {', '.join(readers)}" if readers else "read by  no indicator of the catalogue yet")


@app.command("list")
def list_(folder: Folder = None) -> None:
    """List the imports: what each gives, its circulation, its problems.

    Example:

        cls-analysis imports list
    """
    from cls_analysis.sources.imports import imports_dir, load_imports

    results = load_imports(folder)
    if not results:
        typer.echo(f"no import in {imports_dir(folder)}. Try: cls-analysis imports template NAME")
        return
    rows = []
    for result in results:
        spec = result.spec
        cells = ("?", "?", "?", "?", "?") if spec is None else (
            f"{spec.source}:{spec.variable}", spec.period, f"{spec.level} {spec.cog}", spec.producer, "restreinte" if spec.restricted else "publique"
        )  # fmt: skip
        state = f"{len(result.problems)} problems: {result.problems[0]}" if result.problems else "sound"
        rows.append(
            (
                result.name,
                *cells,
                "-" if result.observations is None else f"{len(result.observations):,}",
                state,
            )
        )
    columns = dict.fromkeys(("import", "gives", "period", "level", "producer", "circulation", "rows", "state"), "left")
    print_table(
        f"{len(rows)} import{'' if len(rows) == 1 else 's'}",
        columns | {"rows": "right"},
        rows,
        whole=("import", "gives", "period"),
    )


def _readers(source_id: str, variable: str) -> list[str]:
    """Indicators of the catalogue that read a variable of a source, with their periods."""
    from cls_analysis.indicators import load_catalogue
    from cls_analysis.indicators.references import parse_references

    found = []
    for name, indicator in load_catalogue().items():
        texts = [text for field in (indicator.numerator, indicator.denominator) for text in field]
        references = [one for text in texts for one in parse_references(text)]
        if any(one.source == source_id and one.variable == variable for one in references):
            found.append(f"{name} ({', '.join(indicator.period)})")
    return found
