"""Does what the analyst wrote under a figure still fit the figure?

A comment is a Markdown file in `commentaires/`, with a small header: the figure it comments and the
fingerprint of the values it was written for. It survives reruns; when the values beneath have changed,
it is flagged as to be read again, never dropped and never silently kept.

    ---
    figure: apl-mg-carte
    empreinte: 3f5a0c1d2e4b
    date: 2024-06-12
    ---
    Texte du commentaire.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .cells import text_problems
from .problems import Problem
from .reading import parse_date


@dataclass(frozen=True)
class Comment:
    """One comment. `fingerprint` is None when the author did not note the values."""

    figure: str
    text: str
    file: str
    fingerprint: str | None = None
    date: dt.date | None = None


def values_hash(values: Sequence[object] | Mapping[str, object]) -> str:
    """Fingerprint (12 hexadecimal digits) of the values under a figure; floats count to 9 significant digits.

    >>> values_hash([["Langres", 12.3, None]]) == values_hash((("Langres", 12.30000000001, None),))
    True
    """
    return hashlib.sha256(json.dumps(_plain(values), sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:12]


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, str) or value is None or isinstance(value, bool):
        return value
    if isinstance(value, Sequence):
        return [_plain(v) for v in value]
    if hasattr(value, "item"):  # numpy scalars
        return _plain(value.item())
    if isinstance(value, int | float):
        return None if math.isnan(value) else f"{value:.9g}"
    return str(value)


def is_stale(comment: Comment, current_hash: str) -> bool | None:
    """True if the values changed since the comment was written, None if the author did not note them."""
    return None if comment.fingerprint is None else comment.fingerprint != current_hash


def read_comments(folder: Path) -> tuple[tuple[Comment, ...], list[Problem]]:
    """Comments of `folder/commentaires`, sorted by file, and what is wrong in them."""
    comments, problems = [], []
    for path in sorted((folder / "commentaires").glob("*")):
        file = f"commentaires/{path.name}"
        if path.is_dir() or path.name.startswith(("~$", ".")) or path.suffix.lower() in (".db", ".ini"):
            continue
        if path.suffix.lower() != ".md":
            fix = "enregistrer le texte seul, sous un nom qui finit par .md (Bloc-notes : Type, Tous les fichiers)"
            problems.append(Problem(file, None, None, None, "commentaire qui n'est pas lu", fix))
            continue
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            problems.append(Problem(file, None, None, None, "le fichier n'est pas en UTF-8", "l'enregistrer en UTF-8"))
            continue
        comment, found = parse_comment(text, file=file)
        problems += found
        if comment is not None:
            comments.append(comment)
    return tuple(comments), problems


def parse_comment(text: str, *, file: str) -> tuple[Comment | None, list[Problem]]:
    """One comment from its text."""
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0].strip() != "---" or "---" not in (line.strip() for line in lines[1:]):
        return None, [Problem(file, 1, None, lines[0], "en-tête absent", "commencer par ---, figure: identifiant, ---")]
    end = next(i for i, line in enumerate(lines[1:], 1) if line.strip() == "---")
    head: dict[str, str] = {}
    problems = []
    for number, line in enumerate(lines[1:end], 2):
        name, colon, value = line.partition(":")
        if line.strip() and (not colon or name.strip() not in ("figure", "empreinte", "date")):
            problems.append(
                Problem(file, number, None, line, "ligne d'en-tête inconnue", "garder figure, empreinte et date")
            )
        head[name.strip()] = value.strip()
    if not head.get("figure"):
        problems.append(
            Problem(file, 2, "figure", None, "figure non nommée", "écrire figure: identifiant de la figure")
        )
    date = None
    if head.get("date"):
        try:
            date = parse_date(head["date"])
        except ValueError as error:
            problems.append(Problem(file, None, "date", head["date"], str(error), "écrire la date AAAA-MM-JJ"))
    body = "\n".join(lines[end + 1 :]).strip()
    if not body:
        problems.append(
            Problem(file, end + 1, None, None, "commentaire vide", "écrire le texte, ou supprimer le fichier")
        )
    for number, line in enumerate(lines[end + 1 :], end + 2):
        problems += text_problems(file, number, None, line)
    if problems:
        return None, problems
    return Comment(head["figure"], body, file, head.get("empreinte") or None, date), []
