"""What does a coordinator start from?

Writes, for one territory, an empty file per table (titles and one example as a comment), a `contrat.toml`, a model codebook and
a LISEZMOI that explains each column. All made from `tables.py`, so that the templates cannot differ from what is read.
A file that exists is never overwritten.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from cls_analysis.errors import StorageFailed, UnknownName

from .checking import named_folder
from .places import places_of
from .tables import TABLES, Column, Table
from .vocabulary import MIN_PARTICIPANTS_TO_LOCATE

_FORMS = {
    "id": "identifiant (lettres, chiffres, point, tiret)",
    "text": "texte",
    "int": "nombre entier",
    "number": "nombre (virgule décimale)",
    "date": "date JJ/MM/AAAA",
    "year": "année",
    "choice": "un mot de la liste",
    "choices": "mots de la liste séparés par |",
    "epcis": "SIREN séparés par |",
    "commune": "code INSEE",
    "yesno": "oui ou non",
    "list": "éléments séparés par |",
    "money": "« financeur:montant » séparés par |",
}
_CONTRACT = """# Le contrat de {territory}. Une ligne qui commence par # est un commentaire.
# Aucun nom de personne : les signataires et les pilotes sont des organisations.
territory = "{territory}"
intitule = "Contrat local de santé"
# porteur = "PETR ou communauté de communes"

# [[generation]]
# numero = 1
# intitule = "CLS 1"
# statut = "en_preparation"        # en_preparation, signe, en_cours, termine, inconnu
# date_signature = 2024-03-22
# source = "Délibération du conseil"

# [[signataire]]
# organisation = "Agence régionale de santé"

# [[phase]]
# ordre = 1
# intitule = "Diagnostic partagé"

# [[instance]]
# id = "COPIL"
# intitule = "Comité de pilotage"
# role = "Décide et arbitre"
# frequence_mois = 4

# [[echeance]]
# date = 2024-06-20
# intitule = "Validation des constats"
# instance = "COPIL"

# [poids]                           # poids des critères de la grille des élus
# gravite = 1.0
# importance = 1.0
# frequence = 1.0
# impact = 1.0
# faisabilite = 1.0
"""
_CODEBOOK = """# Modèle : à copier dans questionnaires/<nom>/codebook.toml, à côté de reponses.csv.
titre = "Votre santé, votre territoire"
public = "habitants"
recueil = "R01"                     # le recueil correspondant de recueils.csv
identifiant = "id_reponse"          # colonne qui identifie une réponse
tranches_age = [18, 30, 45, 60, 75]
redressement = []                   # dimensions à redresser sur la population : ["epci"] ; vide = aucun

[roles]                             # quelles questions donnent l'âge, le sexe, l'EPCI
age = "q1"
sexe = "q2"

[[essai]]                           # lignes d'essai à écarter
colonne = "Remarque"
valeur = "test"

[[question]]
id = "q1"
colonne = "Votre âge"
libelle = "Âge"
type = "nombre"
min = 18
max = 110

[[question]]
id = "q2"
colonne = "Vous êtes"
libelle = "Sexe"
type = "unique"
modalites = [{code = "F", libelle = "Une femme"}, {code = "M", libelle = "Un homme"}]

[[question]]
id = "q3"
colonne = "Avez-vous renoncé à des soins ?"
libelle = "Renoncement aux soins depuis un an"
type = "unique"
theme = "acces_soins"
modalites = [{code = "oui", libelle = "Oui"}, {code = "non", libelle = "Non"}, {code = "nsp", libelle = "Ne sait pas", alias = ["NSP"]}]

[[question]]
id = "q4"
colonne = "Remarque"
libelle = "Remarque libre"
type = "ouverte"
codage = "theme_remarque"           # colonne où une personne a codé le ou les thèmes
"""


def write_templates(territory_id: str, folder: Path | None = None) -> tuple[list[Path], list[Path]]:
    """Write what is missing in the territory's folder. Returns (written, kept as they were). `StorageFailed` if it cannot be written."""
    path = folder or named_folder(territory_id)
    written, kept = [], []
    contents = {f"{t.name}.csv": csv_template(t).encode("utf-8-sig") for t in TABLES.values()}
    contents |= {
        "contrat.toml": _CONTRACT.format(territory=territory_id).encode(),
        "questionnaires/modele.codebook.toml": _CODEBOOK.encode(),
        "LISEZMOI.md": readme(territory_id).encode(),
    }
    try:
        for name, content in contents.items():
            target = path / name
            if target.exists() or (target.suffix == ".csv" and target.with_suffix(".xlsx").exists()):
                kept.append(target)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            written.append(target)
        (path / "commentaires").mkdir(exist_ok=True)
    except OSError as error:
        raise StorageFailed(
            f"cannot write the templates in {path}: {error.strerror}",
            hint="check the folder's permissions and the disk",
        ) from error
    return written, kept


def csv_template(table: Table) -> str:
    """Titles, then one example as a comment (its first cell begins with #)."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([c.name for c in table.columns])
    example = [c.example for c in table.columns]
    writer.writerow([f"# exemple : {example[0]}", *example[1:]])
    return out.getvalue()


def readme(territory_id: str) -> str:
    """The LISEZMOI: every file, every column, what is refused."""
    parts = [
        f"# Fichiers de participation : {territory_id}",
        "",
        "Remplir ces fichiers dans un tableur (« CSV UTF-8, points-virgules », ou xlsx) ou un éditeur de texte. Une ligne dont la première "
        "cellule commence par # est ignorée. Vérifier à tout moment :",
        "",
        f"    cls-analysis participation check {territory_id}",
        "",
        "Aucun nom de personne, aucun contact, aucune information sur la santé d’une personne. Une parole recueillie auprès de moins de "
        f"{MIN_PARTICIPANTS_TO_LOCATE} participants n’est pas située plus finement que l’EPCI. Dates JJ/MM/AAAA ou AAAA-MM-JJ, virgule décimale.",
        "",
    ]
    parts += _epcis(territory_id)
    for table in TABLES.values():
        parts += [
            f"## {table.name}.csv",
            "",
            table.help.replace("'", "’"),
            "",
            "| colonne | obligatoire | forme | sens |",
            "|---|---|---|---|",
        ]
        parts += [
            f"| `{c.name}` | {'oui' if c.required else ''} | {_form(c)} | {_bar(c.help)} |" for c in table.columns
        ]
        parts.append("")
    parts += [
        "## questionnaires/<nom>/",
        "",
        "`reponses.csv` (ou xlsx) : l’export tel quel. `codebook.toml` : ce que chaque colonne demande "
        "(modèle : `questionnaires/modele.codebook.toml`).",
        "",
        "## commentaires/*.md",
        "",
        "Un commentaire par figure :",
        "",
        "    ---",
        "    figure: identifiant-de-la-figure",
        "    empreinte: empreinte imprimée sous la figure",
        "    ---",
        "    Texte du commentaire.",
        "",
    ]
    return "\n".join(parts)


def _epcis(territory_id: str) -> list[str]:
    """The EPCI that the files may name, with their SIREN; nothing for a made-up example."""
    try:
        epcis = places_of(territory_id).epci
    except UnknownName:
        return []
    rows = [f"| {_bar(name)} | `{siren}` |" for siren, name in epcis.items()]
    ask = f"Codes des communes : `cls-analysis territories communes {territory_id}`."
    return ["## Vos EPCI", "", "| EPCI | SIREN |", "|---|---|", *rows, "", ask, ""]


def _form(column: Column) -> str:
    if column.choices is not None:
        return _bar(_FORMS[column.kind]) + " : " + ", ".join(f"`{c}`" for c in column.choices)
    return _bar(_FORMS[column.kind])


def _bar(text: str) -> str:
    return text.replace("|", "\\|").replace("'", "’")
