"""What is known of a contract as a whole: signatories, generations, phases, bodies, calendar.

One `contrat.toml` per folder. Territories differ (three or four phases, a steering committee three times a
year or once): everything is data, nothing is assumed. Signatories are organisations, never persons.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from . import vocabulary as words
from .problems import Problem
from .written_toml import in_french, read_toml


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Signatory(_Frozen):
    """An organisation and what it is in the contract."""

    organisation: str = Field(min_length=2)
    role: Literal["signataire", "partenaire", "porteur"] = "signataire"


class Phase(_Frozen):
    """A phase, in order; dates may be unknown."""

    ordre: int = Field(ge=1)
    intitule: str
    responsable: str | None = None
    debut: dt.date | None = None
    fin: dt.date | None = None
    description: str | None = None

    @model_validator(mode="after")
    def _order(self) -> Phase:
        if self.debut and self.fin and self.fin < self.debut:
            raise ValueError("la fin de la phase précède son début")
        return self


class Body(_Frozen):
    """A body (instance): what it does, how often it meets (in months)."""

    id: str
    intitule: str
    role: str
    composition: str | None = None
    frequence_mois: float | None = Field(default=None, gt=0)


class Deadline(_Frozen):
    """A date of the calendar."""

    date: dt.date
    intitule: str
    instance: str | None = None


class Generation(_Frozen):
    """What is known of one generation of the contract; a count that is not known stays out."""

    numero: int = Field(ge=1)
    intitule: str
    statut: Literal["en_preparation", "signe", "en_cours", "termine", "inconnu"] = "inconnu"
    debut: str | None = None
    fin: str | None = None
    date_signature: dt.date | None = None
    duree_ans: float | None = Field(default=None, gt=0)
    axes: int | None = Field(default=None, ge=0)
    axes_transversaux: int | None = Field(default=None, ge=0)
    orientations: int | None = Field(default=None, ge=0)
    objectifs_specifiques: int | None = Field(default=None, ge=0)
    actions: int | None = Field(default=None, ge=0)
    faits: tuple[str, ...] = ()
    source: str


class Thresholds(_Frozen):
    """Declared thresholds; they may be raised, never lowered below the project's own."""

    localisation: int = Field(default=words.MIN_PARTICIPANTS_TO_LOCATE, ge=words.MIN_PARTICIPANTS_TO_LOCATE)
    petits_effectifs: int = Field(default=words.MIN_RESPONDENTS, ge=words.MIN_RESPONDENTS)


class Contract(_Frozen):
    """A whole `contrat.toml`. `fictif` marks a made-up example down to the last page."""

    territory: str
    fictif: bool = False
    intitule: str
    porteur: str | None = None
    generation: tuple[Generation, ...] = ()
    signataire: tuple[Signatory, ...] = ()
    phase: tuple[Phase, ...] = ()
    instance: tuple[Body, ...] = ()
    echeance: tuple[Deadline, ...] = ()
    seuils: Thresholds = Thresholds()
    poids: dict[str, float] = Field(default_factory=lambda: dict.fromkeys(words.GRID_CRITERIA, 1.0))
    notes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Contract:
        if set(self.poids) != set(words.GRID_CRITERIA):
            raise ValueError(f"poids : donner exactement {', '.join(words.GRID_CRITERIA)}")
        if min(self.poids.values()) < 0 or sum(self.poids.values()) <= 0:
            raise ValueError("poids : aucun négatif, et au moins un positif")
        known = {body.id for body in self.instance}
        unknown = sorted({d.instance for d in self.echeance if d.instance} - known)
        if unknown:
            raise ValueError(f"echeance : instance inconnue {', '.join(unknown)}")
        numbers = [g.numero for g in self.generation]
        if len(set(numbers)) != len(numbers):
            raise ValueError("generation : numéro en double")
        return self


def read_contract(path: Path, *, file: str = "contrat.toml") -> tuple[Contract | None, list[Problem]]:
    """The contract of a file, or every problem that it has."""
    if not path.is_file():
        return None, [
            Problem(
                file,
                None,
                None,
                None,
                "fichier absent",
                "le créer depuis le modèle (cls-analysis participation template)",
            )
        ]
    data, problems = read_toml(path, file=file)
    if data is None:
        return None, problems
    try:
        return Contract.model_validate(data), []
    except ValidationError as error:
        return None, in_french(error, file=file, fix="corriger la valeur, voir LISEZMOI.md et le modèle")
