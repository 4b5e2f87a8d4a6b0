"""What does each participation file hold, column by column?

The only declaration of the tabular inputs: reader, checker, templates and documentation all read it,
so that a column is added in one place. Column names are French words in ASCII because coordinators
fill them in a spreadsheet; a list inside a cell is separated by `|`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from . import vocabulary as words

Kind = Literal[
    "id", "text", "int", "number", "date", "year", "choice", "choices", "epcis", "commune", "yesno", "list", "money"
]


@dataclass(frozen=True)
class Column:
    """One column: `kind` gives its form, `refers` the table whose `id` its values must exist in."""

    name: str
    kind: Kind
    help: str
    example: str = ""
    required: bool = False
    choices: Mapping[str, str] | None = None
    refers: str | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Table:
    """One file: `name` without extension, its columns, and the columns that identify a row."""

    name: str
    help: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ("id",)
    column: Mapping[str, Column] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "column", {c.name: c for c in self.columns})


def _id(example: str, help_: str = "Identifiant court, unique dans le fichier") -> Column:
    return Column("id", "id", help_, example, required=True)


_THEME = Column("theme", "choice", "Thème", "acces_soins", required=True, choices=words.THEMES)
_EPCI = Column("epci", "epcis", "SIREN des EPCI concernés, séparés par | ; vide = tout le périmètre", "200000000")


def _note(name: str, help_: str, example: str) -> Column:
    return Column(name, "int", help_, example, low=0, high=4)


_ACTION_COLUMNS: tuple[Column, ...] = (
    _id("A01"),
    Column("numero", "text", "Numéro imprimé sur la fiche", "1.1", required=True),
    Column("intitule", "text", "Intitulé de l'action", "Ouvrir une consultation avancée", required=True),
    Column(
        "objectif",
        "text",
        "Objectif (spécifique ou opérationnel) que l'action sert",
        "OS1",
        required=True,
        refers="objectifs",
    ),
    Column("axes_transversaux", "list", "Axes transversaux concernés", "AT1", refers="axes"),
    Column("liens_plans", "list", "Liens avec PRS, PRSE, CTG, PTSM, PAT, CLSM…", "PRS|CTG"),
    Column("contexte", "text", "Contexte : pourquoi cette action", "Les délais de rendez-vous s'allongent."),
    Column("constats", "list", "Constats validés qui la justifient", "C01", refers="constats"),
    Column("indicateurs", "list", "Indicateurs du diagnostic qui la justifient", "apl-mg"),
    Column("public_cible", "text", "Public cible", "Personnes de 75 ans ou plus", required=True),
    _EPCI,
    Column("description", "text", "Description de l'action", "Une demi-journée par semaine…", required=True),
    Column("etapes", "list", "Étapes, dans l'ordre", "Convention|Ouverture|Bilan"),
    Column("pilote", "text", "Organisation pilote (jamais une personne)", "Communauté de communes", required=True),
    Column("partenaires", "list", "Organisations partenaires", "ARS|CPAM"),
    Column("debut", "date", "Début", "01/09/2024", required=True),
    Column("fin", "date", "Fin", "31/12/2026"),
    Column("budget_eur", "number", "Budget total en euros ; vide = non chiffré", "12000", low=0),
    Column("financeurs", "money", "Financeurs et montants en euros", "ARS (FIR):8000|EPCI:4000"),
    Column("determinants", "list", "Déterminants de la santé visés", "accès aux services|revenus"),
    Column(
        "inegalites",
        "text",
        "Comment l'action réduit les inégalités (universalisme proportionné)",
        "Effort renforcé pour…",
    ),
    Column(
        "etat",
        "choice",
        "État à la signature ou à l'entrée dans le contrat",
        "a_lancer",
        required=True,
        choices=words.ACTION_STATES,
    ),
    Column("origine", "text", "« signature », ou identifiant de l'avenant qui l'a ajoutée", "signature", required=True),
)

_ALL: tuple[Table, ...] = (
    Table(
        "recueils",
        "Chaque entretien, groupe, atelier, réunion ou questionnaire.",
        (
            _id("R01"),
            Column("type", "choice", "Forme du recueil", "atelier", required=True, choices=words.COLLECTION_TYPES),
            Column("date", "date", "Date (le premier jour s'il y en a plusieurs)", "14/03/2024", required=True),
            Column("lieu", "text", "Lieu ou canal, sans nom de personne", "Salle intercommunale", required=True),
            _EPCI,
            Column("commune", "commune", "Code INSEE ; à laisser vide sous 10 participants", ""),
            Column(
                "public",
                "choices",
                "Publics présents, séparés par |",
                "habitants",
                required=True,
                choices=words.PUBLICS,
            ),
            Column(
                "participants",
                "int",
                "Nombre de participants (ou de réponses)",
                "18",
                required=True,
                low=1,
                high=100_000,
            ),
            Column("operateur", "choice", "Qui a mené le recueil", "porteur", required=True, choices=words.OPERATORS),
            Column("mode", "choices", "Modes, séparés par |", "presentiel", choices=words.MODES),
            Column("themes", "choices", "Thèmes abordés, séparés par |", "acces_soins|mobilite", choices=words.THEMES),
        ),
    ),
    Table(
        "verbatims",
        "Ce qui a été dit, anonymisé, une idée par ligne.",
        (
            _id("V001"),
            Column("recueil", "text", "Recueil d'où vient la parole", "R01", required=True, refers="recueils"),
            _THEME,
            Column("nature", "choice", "Nature de la parole", "besoin", required=True, choices=words.STATEMENT_KINDS),
            _EPCI,
            Column("commune", "commune", "Code INSEE ; à laisser vide sous 10 participants", ""),
            Column(
                "public",
                "choice",
                "Qui parle, si le recueil réunit plusieurs publics",
                "habitants",
                choices=words.PUBLICS,
            ),
            Column(
                "texte",
                "text",
                "La parole, sans nom, contact ni détail sur la santé d'une personne",
                "Il faut attendre trop longtemps.",
                required=True,
            ),
        ),
    ),
    Table(
        "ressources",
        "Structures, dispositifs et projets déjà en route.",
        (
            _id("S01"),
            Column("intitule", "text", "Nom du projet ou du dispositif", "Bus santé", required=True),
            Column("structure", "text", "Organisation porteuse", "Communauté de communes", required=True),
            Column("type", "choice", "Type", "dispositif", required=True, choices=words.RESOURCE_TYPES),
            Column("themes", "choices", "Thèmes, séparés par |", "acces_soins", required=True, choices=words.THEMES),
            _EPCI,
            Column("statut", "choice", "État", "en_cours", required=True, choices=words.RESOURCE_STATES),
            Column("source", "text", "D'où vient l'information", "Recensement du porteur"),
            Column("description", "text", "En une phrase", "Consultations itinérantes un jour par semaine."),
        ),
    ),
    Table(
        "constats",
        "Faits retenus, avec ce qui les fonde.",
        (
            _id("C01"),
            _THEME,
            Column(
                "nature", "choice", "Chiffres, parole ou les deux", "mixte", required=True, choices=words.FINDING_KINDS
            ),
            Column("texte", "text", "Le constat en une phrase", "Les délais d'accès s'allongent.", required=True),
            Column("indicateurs", "list", "Identifiants d'indicateurs", "apl-mg"),
            Column("verbatims", "list", "Paroles qui le fondent", "V001|V002", refers="verbatims"),
            _EPCI,
            Column(
                "statut", "choice", "Proposé, validé ou écarté", "valide", required=True, choices=words.FINDING_STATES
            ),
            Column("instance", "text", "Instance qui l'a validé", "COPIL"),
            Column("date_validation", "date", "Date de la validation", "20/06/2024"),
        ),
    ),
    Table(
        "enjeux",
        "Ce qui est en jeu, et la décision du comité de pilotage avec son motif.",
        (
            _id("E1"),
            _THEME,
            Column("intitule", "text", "L'enjeu", "Garantir un premier recours à moins de 20 minutes", required=True),
            Column("description", "text", "Précisions", ""),
            Column("constats", "list", "Constats dont il découle", "C01", required=True, refers="constats"),
            Column(
                "decision", "choice", "Décision du COPIL ; vide = pas encore décidé", "retenu", choices=words.DECISIONS
            ),
            Column("rang_copil", "int", "Rang donné par le COPIL", "1", low=1, high=99),
            Column("instance", "text", "Instance qui décide", "COPIL"),
            Column("date_decision", "date", "Date de la décision", "02/07/2024"),
            Column(
                "motif",
                "text",
                "Motif (obligatoire dès qu'il y a décision)",
                "Premier besoin exprimé et écart significatif.",
            ),
        ),
    ),
    Table(
        "votes",
        "Grille des élus : une ligne par votant et par enjeu, notes de 0 à 4.",
        (
            Column("votant", "id", "Code du votant (jamais un nom)", "N1", required=True),
            Column("college", "choice", "Collège", "elus", required=True, choices=words.COLLEGES),
            Column("enjeu", "text", "Enjeu noté", "E1", required=True, refers="enjeux"),
            *(
                _note(c, f"{label}, de 0 à 4 ; vide = ne se prononce pas", str(i % 5))
                for i, (c, label) in enumerate(words.GRID_CRITERIA.items(), 1)
            ),
        ),
        key=("votant", "enjeu"),
    ),
    Table(
        "hanlon",
        "Méthode de Hanlon : une ligne par évaluateur et par enjeu.",
        (
            Column("evaluateur", "id", "Code de l'évaluateur (jamais un nom)", "H1", required=True),
            Column("enjeu", "text", "Enjeu", "E1", required=True, refers="enjeux"),
            Column("ampleur", "number", "A, ampleur, 0 à 10", "6", required=True, low=0, high=10),
            Column("severite", "number", "B, gravité, 0 à 10", "7", required=True, low=0, high=10),
            Column(
                "efficacite",
                "number",
                "C, efficacité des solutions, 0,5 à 1,5",
                "1,2",
                required=True,
                low=0.5,
                high=1.5,
            ),
            *(Column(c, "yesno", f"PEARL : {label.lower()}", "oui", required=True) for c, label in words.PEARL.items()),
        ),
        key=("evaluateur", "enjeu"),
    ),
    Table(
        "axes",
        "Axes du contrat.",
        (
            _id("AX1"),
            Column(
                "type", "choice", "Thématique ou transversal", "thematique", required=True, choices=words.AXIS_KINDS
            ),
            Column("ordre", "int", "Ordre d'impression", "1", required=True, low=1, high=99),
            Column("intitule", "text", "Intitulé", "Accéder aux soins partout", required=True),
            Column("description", "text", "Précisions", ""),
        ),
    ),
    Table(
        "objectifs",
        "Objectifs spécifiques (sous un axe) et opérationnels (sous un objectif spécifique).",
        (
            _id("OS1"),
            Column("niveau", "choice", "Niveau", "specifique", required=True, choices=words.OBJECTIVE_LEVELS),
            Column("axe", "text", "Axe (pour un objectif spécifique)", "AX1", refers="axes"),
            Column("parent", "text", "Objectif spécifique (pour un objectif opérationnel)", "", refers="objectifs"),
            Column("intitule", "text", "Intitulé", "Maintenir une offre de premier recours", required=True),
            Column("enjeux", "list", "Enjeux auxquels il répond", "E1", refers="enjeux"),
        ),
    ),
    Table("actions", "Fiches actions.", _ACTION_COLUMNS),
    Table(
        "indicateurs_actions",
        "Indicateurs de chaque action, avec départ et cible.",
        (
            _id("A01-P1"),
            Column("action", "text", "Action", "A01", required=True, refers="actions"),
            Column(
                "nature",
                "choice",
                "Processus, résultat ou impact",
                "processus",
                required=True,
                choices=words.MEASURE_KINDS,
            ),
            Column("libelle", "text", "Libellé", "Consultations tenues", required=True),
            Column("unite", "text", "Unité", "consultations par an", required=True),
            Column("depart", "number", "Valeur de départ ; vide = inconnue", "0"),
            Column("annee_depart", "year", "Année de la valeur de départ", "2024"),
            Column("cible", "number", "Cible", "40"),
            Column("annee_cible", "year", "Année de la cible", "2026"),
            Column("sens", "choice", "Sens favorable", "hausse", required=True, choices=words.MEASURE_SENSES),
            Column("source", "text", "Qui fournit le chiffre", "Registre de l'action", required=True),
            Column("indicateur", "text", "Identifiant de l'indicateur du diagnostic, s'il en est un", ""),
            Column("lent", "yesno", "Indicateur de santé lent, donné comme contexte", "non"),
        ),
    ),
    Table(
        "avenants",
        "Ce que chaque avenant ajoute, supprime ou modifie, ligne à ligne.",
        (
            Column("avenant", "id", "Identifiant de l'avenant", "AV1", required=True),
            Column("date", "date", "Date de signature", "15/04/2025", required=True),
            Column(
                "type",
                "choice",
                "Ajout, suppression ou modification",
                "modification",
                required=True,
                choices=words.AMENDMENT_KINDS,
            ),
            Column("action", "text", "Action concernée", "A01", required=True, refers="actions"),
            Column("champ", "text", "Colonne modifiée (pour une modification)", "pilote"),
            Column("ancienne_valeur", "text", "Valeur avant (pour une modification)", "CC A"),
            Column("nouvelle_valeur", "text", "Valeur après (pour une modification)", "CC B"),
            Column("motif", "text", "Motif", "Reprise de compétence", required=True),
        ),
        key=("avenant", "type", "action", "champ"),
    ),
    Table(
        "evaluations",
        "Évaluation annuelle : une ligne par année et par action.",
        (
            Column("annee", "year", "Année évaluée", "2024", required=True),
            Column("action", "text", "Action", "A01", required=True, refers="actions"),
            Column("avancement_pct", "number", "Avancement de 0 à 100 % ; vide = non renseigné", "40", low=0, high=100),
            Column("etat", "choice", "État en fin d'année", "en_cours", required=True, choices=words.ACTION_STATES),
            Column("freins", "text", "Freins", ""),
            Column("leviers", "text", "Leviers", ""),
            Column("suite", "choice", "Suite proposée", "poursuivre", required=True, choices=words.NEXT_STEPS),
            Column("commentaire", "text", "En une phrase", ""),
        ),
        key=("annee", "action"),
    ),
    Table(
        "mesures",
        "Valeurs annuelles des indicateurs d'action.",
        (
            Column("annee", "year", "Année mesurée", "2024", required=True),
            Column("indicateur", "text", "Indicateur d'action", "A01-P1", required=True, refers="indicateurs_actions"),
            Column("valeur", "number", "Valeur ; vide = pas encore connue", "12"),
            Column("commentaire", "text", "Précision", ""),
        ),
        key=("annee", "indicateur"),
    ),
    Table(
        "afom",
        "Atouts, faiblesses, opportunités, menaces : ce que le groupe ajoute aux écarts mesurés.",
        (
            _id("F01"),
            _THEME,
            Column("case", "choice", "Case", "atout", required=True, choices=words.AFOM_CELLS),
            Column(
                "texte", "text", "En une phrase", "Des maisons de santé portées par les collectivités.", required=True
            ),
            Column("constats", "list", "Constats liés", "", refers="constats"),
            Column("ressources", "list", "Ressources liées", "", refers="ressources"),
        ),
    ),
)

TABLES: Final[dict[str, Table]] = {t.name: t for t in _ALL}
