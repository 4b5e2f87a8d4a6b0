"""What did the coordinator write in a TOML file, and what is wrong in it, in French?

`contrat.toml` and `codebook.toml` are typed by hand in a text editor. What the TOML reader and the model refuse is said with the line
to look at and what is written instead. Kinds of refusal: https://docs.pydantic.dev/latest/errors/validation_errors/
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from .problems import Problem

_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")
_CURLY = "“”«»„"
_KINDS = {
    "missing": "valeur obligatoire absente",
    "extra_forbidden": "clé inconnue",
    "string_type": "texte attendu, entre guillemets droits",
    "string_too_short": "texte vide",
    "list_type": "liste attendue, entre crochets",
    "tuple_type": "liste attendue, entre crochets",
    "dict_type": "rubrique attendue, entre crochets",
    "model_type": "rubrique attendue, entre crochets",
    "bool_parsing": "true ou false attendu, sans guillemets",
    "bool_type": "true ou false attendu, sans guillemets",
}
_SAID = {"greater_than_equal": "valeur trop petite", "greater_than": "valeur trop petite", "less_than_equal": "valeur trop grande"}  # fmt: skip


def read_toml(path: Path, *, file: str) -> tuple[dict[str, Any] | None, list[Problem]]:
    """The keys of a TOML file, or why it cannot be read; `file` is the name used in problems."""
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        fix = "l'enregistrer en UTF-8 (Bloc-notes : Enregistrer sous, Encodage UTF-8)"
        return None, [Problem(file, None, None, None, "le fichier n'est pas en UTF-8", fix)]
    try:
        return tomllib.loads(text), []
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        row = int(place[1]) if place and place[1] else None
        line = text.splitlines()[row - 1].strip() if row and row <= len(text.splitlines()) else None
        return None, [Problem(file, row, None, line, "syntaxe TOML incorrecte", _remedy(line or ""))]


def _remedy(line: str) -> str:
    if any(mark in line for mark in _CURLY):
        return 'remplacer les guillemets courbes ou français par des guillemets droits "'
    name, equals, value = line.partition("=")
    if equals and value.strip() and not re.match(r"""["'\[{0-9+-]|true\b|false\b""", value.strip()):
        return f'mettre la valeur entre guillemets droits : {name.strip()} = "{value.strip()}"'
    return (
        'comparer avec le modèle : nom = "texte", chaque guillemet et chaque crochet refermé, une clé écrite une fois'
    )


def in_french(error: ValidationError, *, file: str, fix: str) -> list[Problem]:
    """What the model refused, one problem by key."""
    return [
        Problem(
            file,
            None,
            ".".join(str(part) for part in e["loc"]) or None,
            None if isinstance(e.get("input"), dict | list | tuple) else str(e.get("input")),
            _cause(e["type"], e["msg"]),
            fix,
        )
        for e in error.errors()
    ]


def _cause(kind: str, message: str) -> str:
    """The cause in French.

    >>> _cause("literal_error", "Input should be 'unique' or 'multiple'")
    "valeur hors liste : 'unique' ou 'multiple'"
    """
    said = message.removeprefix("Input should be ")
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    if kind == "literal_error":
        return f"valeur hors liste : {said.replace(' or ', ' ou ')}"
    if kind in _SAID:
        return f"{_SAID[kind]} (limite : {said.rsplit(' ', 1)[-1]})"
    if kind.startswith("date"):
        return "date attendue au format AAAA-MM-JJ"
    if kind.startswith("int"):
        return "nombre entier attendu, sans guillemets"
    if kind.startswith(("float", "decimal")):
        return "nombre attendu, sans guillemets"
    return _KINDS.get(kind, f"valeur refusée ({message})")
