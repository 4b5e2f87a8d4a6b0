"""What people say, and the life of a contract: templates, checks, and a look at what was entered.

What these commands print is French, as their files and guide are: their reader coordinates a contract.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from cls_analysis import participation
from cls_analysis.indicators import load_catalogue
from cls_analysis.participation.problems import FilesRefused
from cls_analysis.participation.reading import parse_date

app = typer.Typer(no_args_is_help=True, help="Interviews, questionnaires, priorities, actions and their evaluation.")

Id = Annotated[str, typer.Argument(help="Territory (or the folder of a made-up example).", show_default=False)]
Folder = Annotated[Path | None, typer.Option(help="Another folder than data/raw/participation/ID.", file_okay=False)]


@app.command()
def template(territory: Id, folder: Folder = None) -> None:
    """Write the files to fill in, without touching those that exist."""
    if folder is None and territory not in participation.list_folders():
        participation.places_of(territory)  # an unknown territory is refused before anything is written
    written, kept = participation.write_templates(territory, folder)
    for path in written:
        typer.echo(f"écrit     {path}")
    for path in kept:
        typer.echo(f"conservé  {path}")
    typer.echo(f"Ensuite : remplir les fichiers (LISEZMOI.md), puis cls-analysis participation check {territory}")


@app.command()
def check(
    territory: Id,
    folder: Folder = None,
    warnings: Annotated[bool, typer.Option("--warnings", help="List the warnings too, not only their number.")] = False,
) -> None:
    """Say everything wrong at once; exit 3 if there is an error."""
    problems = participation.check(territory, folder, known_indicators=load_catalogue().keys())
    wrong = [p for p in problems if p.severity == "error"]
    mild = [p for p in problems if p.severity == "warning"]
    for p in mild if warnings else []:
        typer.echo(f"avertissement : {p}")
    if wrong:
        raise FilesRefused(
            [str(p) for p in wrong], hint=f"corriger les fichiers, puis cls-analysis participation check {territory}"
        )
    told = "" if warnings or not mild else " (--warnings pour les lire)"
    typer.echo(f"{territory} : aucune erreur, {len(mild)} avertissement{'s' if len(mild) > 1 else ''}{told}")


@app.command()
def show(
    territory: Id,
    folder: Folder = None,
    date: Annotated[
        str | None, typer.Option(help="State of the contract on that day (JJ/MM/AAAA or YYYY-MM-DD); today by default.")
    ] = None,
) -> None:
    """Show what was entered, and the contract on a given day."""
    p = participation.load(territory, folder)
    day = _day(date)
    console = Console()
    if p.fictional:
        console.print("EXEMPLE FICTIF", style="bold")
    steps = Table("étape", "fichier", "saisi", title=escape(f"{p.contract.intitule} ({p.folder_id})"))
    for s in participation.missing_steps(p).to_dict("records"):
        steps.add_row(s["what"], s["file"], str(s["entered"]) if s["done"] else "-")
    console.print(steps)
    for g in p.contract.generation:
        facts = [
            f"{v:g} {k.replace('_', ' ')}"
            for k in ("axes", "axes_transversaux", "orientations", "objectifs_specifiques", "actions")
            if (v := getattr(g, k)) is not None
        ]
        console.print(
            f"{g.intitule} : {g.statut.replace('_', ' ')} ; {', '.join(facts) or 'aucun nombre connu'} ({g.source})",
            markup=False,
        )
    if p.actions.empty:
        return
    actions = Table("axe", "n°", "action", "pilote", "état", title=f"Actions au {day:%d/%m/%Y}")
    for a in participation.contract_tree(p, day).to_dict("records"):
        if isinstance(a["action"], str):
            actions.add_row(*(Text(str(a[k])) for k in ("axe", "numero", "intitule", "pilote", "etat")))
    console.print(actions)


def _day(text: str | None) -> dt.date:
    if text is None:
        return dt.date.today()
    try:
        return parse_date(text)
    except ValueError:
        raise FilesRefused(
            f"« {text} » n’est pas un jour", hint="l’écrire JJ/MM/AAAA, par exemple 30/06/2025"
        ) from None
