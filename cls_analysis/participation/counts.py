"""Who was asked a closed question, who answered what, and to which group does each respondent belong?"""

from __future__ import annotations

from typing import Literal

import pandas as pd

from cls_analysis.errors import UnknownName

from .cleaning import Questionnaire
from .codebook import Question

By = Literal["epci", "age", "sexe"]


def group_of(questionnaire: Questionnaire, by: By) -> tuple[pd.Series, dict[str, str]]:
    """The group of each respondent, and the labels of the groups in order. `UnknownName` if the codebook has no such role."""
    role = questionnaire.codebook.roles.get(by)
    if role is None:
        raise UnknownName(
            f"questionnaire '{questionnaire.name}' does not ask '{by}'",
            hint="declare it under [roles] of codebook.toml",
        )
    asked = questionnaire.codebook.asked(role)
    if by == "age":
        bands = questionnaire.answers["age_band"]
        known = sorted(
            bands.dropna().unique(), key=lambda b: int("".join(c for c in b.split("-")[0] if c.isdigit()) or 0)
        )
        return bands, asked.labels or {b: _age_label(b) for b in known}
    return questionnaire.answers[role], asked.labels


def _age_label(band: str) -> str:
    return f"{band[:-1]} ans ou plus" if band.endswith("+") else f"{band.replace('-', ' à ')} ans"


def was_asked(questionnaire: Questionnaire, question: Question) -> pd.Series:
    """True for the respondents to whom the question was put (all, unless the codebook declares a filter)."""
    if question.si is None:
        return pd.Series(True, index=questionnaire.answers.index)
    wanted = set(question.si.valeurs)
    return (
        questionnaire.answers[question.si.question]
        .map(lambda v: bool(wanted & set(v)) if isinstance(v, tuple) else v in wanted)
        .astype(bool)
    )


def answered(questionnaire: Questionnaire, question: Question) -> pd.DataFrame:
    """One row per respondent who was asked and answered, one column per code: True when chosen."""
    values = questionnaire.answers.loc[was_asked(questionnaire, question), question.id]
    answered = values[values.notna()]
    return pd.DataFrame(
        {code: [code in v if isinstance(v, tuple) else v == code for v in answered] for code in question.labels},
        index=answered.index,
        dtype=bool,
    )
