"""What was asked in a questionnaire, and how is each answer written in the export?

A questionnaire is `questionnaires/<nom>/reponses.csv` (any export) with a `codebook.toml`, read here: one entry per
question, its column, its possible answers and their other spellings. `cleaning.py` applies it to the answers.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from . import vocabulary as words
from .problems import Problem
from .written_toml import in_french, read_toml


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Modality(_Frozen):
    """One possible answer; `alias` are other ways it is written in the export."""

    code: str
    libelle: str
    alias: tuple[str, ...] = ()


class Filter(_Frozen):
    """A question asked only to those whose answer to another is one of `valeurs`."""

    question: str
    valeurs: tuple[str, ...]


class Question(_Frozen):
    """One question: `colonne` is its column in the answers; `codage` the column of coded themes of an open one."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    colonne: str
    libelle: str
    type: Literal["unique", "multiple", "nombre", "ouverte"]
    theme: str | None = None
    modalites: tuple[Modality, ...] = ()
    separateur: str = "|"
    min: float | None = None
    max: float | None = None
    entier: bool = True
    codage: str | None = None
    si: Filter | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Question:
        if self.theme is not None and self.theme not in words.THEMES:
            raise ValueError(f"thème « {self.theme} » hors liste")
        if self.type in ("unique", "multiple") and len(self.modalites) < 2:
            raise ValueError(f"question {self.id} : au moins deux modalités")
        codes = [m.code for m in self.modalites]
        if len(set(codes)) != len(codes):
            raise ValueError(f"question {self.id} : code de modalité en double")
        if self.type == "multiple":
            split = [s for m in self.modalites for s in (m.code, m.libelle, *m.alias) if self.separateur in s]
            if split:
                raise ValueError(f"question {self.id} : le séparateur « {self.separateur} » est dans « {split[0]} »")
        spellings = [(fold(s), m.code) for m in self.modalites for s in (m.code, m.libelle, *m.alias)]
        if len({s for s, _ in spellings}) != len(set(spellings)):
            raise ValueError(f"question {self.id} : la même écriture désigne deux modalités")
        return self

    @property
    def labels(self) -> dict[str, str]:
        """Code -> label, in the order of the codebook."""
        return {m.code: m.libelle for m in self.modalites}


class TestMark(_Frozen):
    """A column and a value that mark a test row."""

    __test__ = False
    colonne: str
    valeur: str


class Codebook(_Frozen):
    """A whole codebook. `roles` says which question gives age, sexe and epci; `tranches_age` the lower bounds of bands."""

    titre: str
    public: str = "habitants"
    recueil: str
    identifiant: str
    tranches_age: tuple[int, ...] = (18, 30, 45, 60, 75)
    roles: dict[Literal["age", "sexe", "epci"], str] = Field(default_factory=dict)
    redressement: tuple[Literal["age", "sexe", "epci"], ...] = ()
    essai: tuple[TestMark, ...] = ()
    question: tuple[Question, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Codebook:
        ids = [q.id for q in self.question]
        if len(set(ids)) != len(ids):
            raise ValueError("identifiant de question en double")
        unknown = sorted(set(self.roles.values()) - set(ids))
        if unknown:
            raise ValueError(f"roles : question inconnue {', '.join(unknown)}")
        undeclared = sorted(set(self.redressement) - set(self.roles))
        if undeclared:
            raise ValueError(f"redressement : {', '.join(undeclared)} n'est pas dans [roles]")
        for q in self.question:
            if q.si is not None and (q.si.question not in ids or q.si.question == q.id):
                raise ValueError(f"question {q.id} : filtre sur une question inconnue ({q.si.question})")
        if list(self.tranches_age) != sorted(set(self.tranches_age)):
            raise ValueError("tranches_age : bornes croissantes attendues")
        return self

    def asked(self, question_id: str) -> Question:
        """The question of that id (KeyError if there is none)."""
        return {q.id: q for q in self.question}[question_id]


def read_codebook(path: Path, *, file: str) -> tuple[Codebook | None, list[Problem]]:
    """A codebook, or what is wrong in it."""
    if not path.is_file():
        return None, [
            Problem(file, None, None, None, "fichier absent", "le créer depuis le modèle, un [[question]] par colonne")
        ]
    data, problems = read_toml(path, file=file)
    if data is None:
        return None, problems
    try:
        return Codebook.model_validate(data), []
    except ValidationError as error:
        return None, in_french(error, file=file, fix="corriger la valeur, voir questionnaires/modele.codebook.toml")


@cache
def fold(text: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(bare.replace("’", "'").casefold().split())
