"""Is everything in a territory's participation folder right, and if not, what is wrong?

`check` says everything at once: form of each cell, traces of a person, references between files, rules of
the method, questionnaires and comments. `load` gives the frozen `Participation` of a folder without error.
"""

from __future__ import annotations

import datetime as dt
import difflib
import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cls_analysis.errors import UnknownName

from .cells import check_sheet, empty_frame, text_problems
from .cleaning import Questionnaire, read_questionnaires
from .comments import Comment, read_comments
from .contract_file import Contract, read_contract
from .locating import unlocated
from .places import Places, places_of
from .problems import FilesRefused, FolderMissing, Problem, TerritoryUnknown, errors, in_order
from .reading import find_file, read_sheet
from .rules import RULES, Context
from .tables import TABLES
from .vocabulary import MIN_PARTICIPANTS_TO_LOCATE

FICTIONAL_PREFIX = "exemple-fictif-"


@dataclass(frozen=True)
class Participation:
    """All that a territory gathered. Each table is a DataFrame with the columns of `tables.TABLES`, possibly empty.

    `folder_id` is the folder's name; `territory` the real perimeter; `fictional` is True for a made-up example and
    must be said wherever anything of it is shown. `warnings` are the problems handled by a declared rule.
    """

    territory: str
    folder_id: str
    fictional: bool
    contract: Contract
    recueils: pd.DataFrame
    verbatims: pd.DataFrame
    ressources: pd.DataFrame
    constats: pd.DataFrame
    enjeux: pd.DataFrame
    votes: pd.DataFrame
    hanlon: pd.DataFrame
    axes: pd.DataFrame
    objectifs: pd.DataFrame
    actions: pd.DataFrame
    indicateurs_actions: pd.DataFrame
    avenants: pd.DataFrame
    evaluations: pd.DataFrame
    mesures: pd.DataFrame
    afom: pd.DataFrame
    questionnaires: Mapping[str, Questionnaire]
    comments: tuple[Comment, ...]
    warnings: tuple[Problem, ...]

    @property
    def nothing_collected(self) -> bool:
        """True when no collection has been entered: the report then says what is to be gathered."""
        return self.recueils.empty and not self.questionnaires


@dataclass(frozen=True)
class _Scan:
    contract: Contract | None
    tables: Mapping[str, pd.DataFrame]
    questionnaires: Mapping[str, Questionnaire]
    comments: tuple[Comment, ...]
    problems: list[Problem]


def participation_dir() -> Path:
    """CLS_PARTICIPATION, or data/raw/participation found upwards from the working folder, then from the package."""
    if os.environ.get("CLS_PARTICIPATION"):
        return Path(os.environ["CLS_PARTICIPATION"])
    starts = (Path.cwd(), Path(__file__).resolve())
    for start in starts:
        for parent in (start, *start.parents):
            if (parent / "data" / "raw" / "participation").is_dir():
                return parent / "data" / "raw" / "participation"
    return Path.cwd() / "data" / "raw" / "participation"


def list_folders(root: Path | None = None) -> list[str]:
    """Names of the folders that hold a contrat.toml, sorted; made-up examples included."""
    base = root or participation_dir()
    return sorted(p.parent.name for p in base.glob("*/contrat.toml"))


def check(
    territory_id: str,
    folder: Path | None = None,
    *,
    places: Places | None = None,
    known_indicators: Collection[str] | None = None,
    today: dt.date | None = None,
) -> list[Problem]:
    """Everything wrong in a folder, by file, row and column; empty when all is right.

    `territory_id`: the folder's name (a territory, or `exemple-fictif-…`). `known_indicators`: ids of the catalogue,
    to check the indicators that are named (not checked when None). `DataMissing` if the folder does not exist.
    """
    path = _folder(territory_id, folder)
    return _scan(path, places=places, known_indicators=known_indicators, today=today or dt.date.today()).problems


def load(
    territory_id: str, folder: Path | None = None, *, places: Places | None = None, today: dt.date | None = None
) -> Participation:
    """The participation of a folder. `InvalidInput` with every error if there is any; `DataMissing` if there is no folder."""
    path = _folder(territory_id, folder)
    scan = _scan(path, places=places, known_indicators=None, today=today or dt.date.today())
    wrong = errors(scan.problems)
    if wrong or scan.contract is None:
        raise FilesRefused([str(p) for p in wrong], hint=f"cls-analysis participation check {territory_id}")
    return Participation(
        territory=scan.contract.territory,
        folder_id=path.name,
        fictional=scan.contract.fictif,
        contract=scan.contract,
        questionnaires=scan.questionnaires,
        comments=scan.comments,
        warnings=tuple(scan.problems),
        **{name: frame.reset_index(drop=True) for name, frame in scan.tables.items()},
    )


def load_or_blank(territory_id: str, *, places: Places | None = None) -> Participation:
    """The participation of a territory, or an empty one when it has no folder yet: its report says what is to be gathered.

    `UnknownName` for a territory that does not exist; a folder with errors raises as `load` does.
    """
    if named_folder(territory_id).is_dir():
        return load(territory_id, places=places)
    name = (places or places_of(territory_id)).name
    return Participation(
        territory=territory_id,
        folder_id=territory_id,
        fictional=False,
        contract=Contract(territory=territory_id, intitule=f"Contrat local de santé : {name}"),
        questionnaires={},
        comments=(),
        warnings=(),
        **{table: empty_frame(t).reset_index(drop=True) for table, t in TABLES.items()},
    )


def load_comments(territory_id: str, folder: Path | None = None) -> tuple[Comment, ...]:
    """The comments of a territory, sorted by file; none if the territory has no folder. `InvalidInput` if one is wrong."""
    path = folder or named_folder(territory_id)
    comments, problems = read_comments(path)
    if problems:
        raise FilesRefused([str(p) for p in problems], hint=f"cls-analysis participation check {territory_id}")
    return comments


def named_folder(territory_id: str) -> Path:
    """The folder of that name under `participation_dir()`, there or not; `InvalidInput` for a name that would leave it."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", territory_id):
        raise FilesRefused(
            f"« {territory_id} » n’est pas un nom de dossier de territoire (lettres sans accent, chiffres, tirets)",
            hint="cls-analysis territories list",
        )
    return participation_dir() / territory_id


def _folder(territory_id: str, folder: Path | None) -> Path:
    path = folder or named_folder(territory_id)
    if not path.is_dir():
        near = difflib.get_close_matches(territory_id, list_folders(path.parent), n=1)
        if folder is None and not _is_territory(territory_id):
            raise TerritoryUnknown(
                f"« {territory_id} » n'est ni un territoire ni un dossier de participation"
                + (f" ; nom proche : {near[0]}" if near else ""),
                hint=f"cls-analysis participation show {near[0]}" if near else "cls-analysis territories list",
            )
        raise FolderMissing(
            f"aucun dossier de participation pour « {territory_id} » ({path})",
            hint=f"cls-analysis participation {'show' if near else 'template'} {near[0] if near else territory_id}",
        )
    return path


def _is_territory(name: str) -> bool:
    from cls_analysis import geography

    try:
        geography.territory(name)
    except UnknownName:
        return False
    return True


def _scan(path: Path, *, places: Places | None, known_indicators: Collection[str] | None, today: dt.date) -> _Scan:
    contract, problems = read_contract(path / "contrat.toml")
    problems += _folder_name(path.name, contract) + _stray_files(path)
    if places is None and contract is not None:
        try:
            places = places_of(contract.territory)
        except UnknownName as error:
            problems.append(
                Problem(
                    "contrat.toml",
                    None,
                    "territory",
                    contract.territory,
                    f"territoire inconnu ({error.problems[0]})",
                    "cls-analysis territories list",
                )
            )
    tables, files = {}, {}
    for name, table in TABLES.items():
        found, wrong = find_file(path, name)
        problems += wrong
        files[name] = found.name if found else f"{name}.csv"
        sheet, wrong = read_sheet(found) if found else (None, [])
        problems += wrong
        if sheet is None:
            tables[name] = empty_frame(table)
        else:
            tables[name], wrong = check_sheet(sheet, table, places)
            problems += wrong
    context = Context(tables, files, contract, places, today)
    problems += [p for rule in RULES for p in rule(context)]
    if contract is not None:
        problems += [
            p for text in _texts(contract.model_dump()) for p in text_problems("contrat.toml", None, None, text)
        ]
    if known_indicators is not None:
        problems += _unknown_indicators(context, known_indicators)
    threshold = contract.seuils.localisation if contract is not None else MIN_PARTICIPANTS_TO_LOCATE
    tables["verbatims"] = unlocated(tables["verbatims"], tables["recueils"], places, threshold)
    questionnaires, wrong = read_questionnaires(path, recueils=set(tables["recueils"]["id"].dropna()), places=places)
    problems += wrong
    comments, wrong = read_comments(path)
    return _Scan(contract, tables, questionnaires, comments, in_order([*problems, *wrong]))


def _folder_name(name: str, contract: Contract | None) -> list[Problem]:
    if contract is None:
        return []
    made_up = name.startswith(FICTIONAL_PREFIX)
    if contract.fictif and not made_up:
        return [
            Problem(
                "contrat.toml",
                None,
                "fictif",
                "true",
                f"exemple fictif dans le dossier « {name} » d'un vrai territoire",
                f"renommer le dossier {FICTIONAL_PREFIX}{contract.territory}",
            )
        ]
    if made_up and not contract.fictif:
        return [
            Problem(
                "contrat.toml",
                None,
                "fictif",
                "false",
                f"dossier « {name} » sans fictif = true",
                "écrire fictif = true",
            )
        ]
    if not made_up and contract.territory != name:
        return [
            Problem(
                "contrat.toml",
                None,
                "territory",
                contract.territory,
                f"le dossier s'appelle « {name} »",
                "donner au dossier l'identifiant du territoire",
            )
        ]
    return []


def _stray_files(path: Path) -> list[Problem]:
    """Tables that nobody reads, with what to do; the lock that an open spreadsheet leaves (`~$`, `.~lock`) is no table."""
    problems = []
    for file in sorted(path.iterdir()):
        if file.name.startswith(("~$", ".")) or file.suffix.lower() not in (".csv", ".xlsx", ".xls", ".ods", ".xlsm"):
            continue
        if file.stem in TABLES and file.suffix.lower() in (".csv", ".xlsx"):
            continue
        near = difflib.get_close_matches(file.stem.casefold(), list(TABLES), n=1)
        close = near[0] if near else next((name for name in TABLES if file.stem.casefold().startswith(name)), "")
        held = next((f for f in (f"{close}.csv", f"{close}.xlsx") if close and (path / f).is_file()), None)
        if held is not None:
            fix = f"garder {held} s'il est à jour, et déplacer celui-ci hors du dossier"
        elif close and file.suffix.lower() in (".xls", ".ods", ".xlsm"):
            fix = f"l'ouvrir et l'enregistrer sous {close}.xlsx (changer le nom ne suffit pas)"
        elif close:
            fix = f"le nommer {close}.csv ou {close}.xlsx"
        else:
            fix = "le retirer du dossier ; noms lus : " + ", ".join(TABLES)
        problems.append(Problem(file.name, None, None, None, "fichier qui n'est lu nulle part", fix))
    return problems


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [t for v in value.values() for t in _texts(v)]
    return [t for v in value for t in _texts(v)] if isinstance(value, list | tuple) else []


def _unknown_indicators(context: Context, known: Collection[str]) -> list[Problem]:
    problems = []
    for table, column in (
        ("constats", "indicateurs"),
        ("actions", "indicateurs"),
        ("indicateurs_actions", "indicateur"),
    ):
        for row, value in context.tables[table][column].items():
            for item in value if isinstance(value, tuple) else (value,):
                if item is not None and item not in known:
                    near = difflib.get_close_matches(str(item), list(known), n=1)
                    fix = f"écrire « {near[0]} » ?" if near else "voir cls-analysis indicators list"
                    problems.append(context.problem(table, row, column, item, "indicateur absent du catalogue", fix))
    return problems
