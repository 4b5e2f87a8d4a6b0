"""What is one indicator? A frozen declaration, read from TOML, complete or refused.

Everything that a report prints about an indicator, and everything that its computation needs, stands in one
entry of `catalogue/<theme>.toml`. `method` names a function of `cls_analysis.indicators.methods`; numerators,
denominators and weights are references such as `insee-comparateur:deces@2022` (see `references`).
"""

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from cls_analysis.indicators.references import Reference, parse_references

Chapter = Literal["population", "social", "environnement", "sante", "prevention", "offre", "autonomie", "enfance"]
CHAPTERS: tuple[str, ...] = (
    "population",
    "social",
    "environnement",
    "sante",
    "prevention",
    "offre",
    "autonomie",
    "enfance",
)
Level = Literal["commune", "bassin_de_vie", "epci", "departement"]
#: methods that divide one count by another: in percent their scale can only be 100
COUNTED_RATIOS = frozenset({"rate", "share", "share_below", "ratio", "balance"})
PLACEHOLDERS = frozenset(
    {
        "territory",
        "value",
        "unit",
        "period",
        "comparator",
        "comparator_value",
        "lower",
        "upper",
        "numerator",
        "denominator",
        "coverage",
    }
)


class Indicator(BaseModel):
    """One entry of the catalogue; immutable, no unknown field.

    Texts are French (`label`, `short_label`, `question`, `definition`, `unit`, `reading`, `caveat`).
    `numerator`, `denominator`, `weights`, `start`, `end` and `rank` hold references `source:variable`; a list is summed (a leading
    `-` subtracts), `a | b` takes the first whose source is built. `geography` is the finest level that gets a row.
    `period` lists the periods printed, the last one being the headline. `min_coverage` is the share of the
    population under which no value is given; `min_events` the number of events under which no rate is given.
    `compare` false: the figure is described, never set beside another territory's (no comparison, so no gap and no test).
    `tested` false: compared, never tested. `design_effect`: by how much the variance of a sampled share exceeds that of a
    simple draw of as many people; intervals and tests count that many times fewer people. `intervals`: `all`, `local` (none for the régions and France: a census
    share is no simple draw, and its size there hides that), or `none`.
    `threshold` is the smallest count that an import's agreement lets be shown (elsewhere it only makes the rule of `secrecy` stricter).
    `cutoff` is the level of `share_below`; `standard` names the reference population, `at_age` the age of a life
    expectancy. `sentence_subject`, `gender` and `plural` help the sentences where the label alone does not;
    `sentence_unit` is the unit as a sentence or a card says it ("consultations possibles par an et par habitant");
    `change_of` is what grows or shrinks ("la population") when the indicator is a change. `variant_of` names the entry of
    which this one is the same measure under an assumption, said by `variant_words` ("Sans les médecins de 65 ans ou plus"):
    sentences tell the two together. `earlier` names the same measure over an earlier period.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    label: str = Field(min_length=5)
    short_label: str = Field(min_length=2, max_length=48)
    question: str
    definition: str = Field(min_length=20)
    chapter: Chapter
    unit: str
    decimals: int = Field(ge=0, le=3)
    direction: Literal["high", "low", "neutral"]
    method: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...] = ()
    weights: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    rank: tuple[str, ...] = ()
    scale: float = 1.0
    period: tuple[str, ...]
    geography: Level
    tier: Literal["A", "B", "C"]
    secrecy: Literal["none", "health", "practitioners", "import"]
    threshold: int | None = Field(default=None, ge=1)
    reading: str
    caveat: str = ""
    mandatory: bool = False
    compare: bool = True
    tested: bool = True
    intervals: Literal["all", "local", "none"] = "all"
    design_effect: float = Field(default=1.0, ge=1)
    theme: str = ""
    years: int = Field(default=1, ge=1)
    min_coverage: float = Field(default=0.8, ge=0, le=1)
    min_events: int = Field(default=0, ge=0)
    by_sex: bool = False
    standard: str = ""
    at_age: int = Field(default=0, ge=0)
    cutoff: float | None = None
    sentence_subject: str = ""
    gender: Literal["", "f", "m"] = ""
    plural: bool = False
    sentence_unit: str = ""
    change_of: str = ""
    variant_of: str = ""
    variant_words: str = ""
    earlier: str = ""

    @field_validator("numerator", "denominator", "weights", "start", "rank", "period", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("numerator", "denominator", "weights", "start", "rank")
    @classmethod
    def _references_parse(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            parse_references(text)
        return value

    @model_validator(mode="after")
    def _says_what_it_needs(self) -> Indicator:
        problems = []
        if not self.numerator:
            problems.append("numerator is empty")
        if not self.period:
            problems.append("period is empty")
        if not self.question.rstrip().endswith("?"):
            problems.append("question does not end with a question mark")
        used = set(re.findall(r"{(\w+)}", self.reading))
        if unknown := used - PLACEHOLDERS:
            problems.append(f"reading uses unknown placeholders {sorted(unknown)}")
        if missing := {"territory", "value"} - used:
            problems.append(f"reading lacks the placeholders {sorted(missing)}")
        if self.unit.startswith("%") and self.method in COUNTED_RATIOS and self.scale != 100:
            problems.append(f"unit {self.unit!r} with method {self.method!r} needs scale 100, not {self.scale:g}")
        if self.tier == "B" and self.geography not in {"departement", "bassin_de_vie"}:
            problems.append("tier B is never finer than a département or bassin de vie")
        if self.design_effect > 1 and self.method not in {"share", "ratio"}:
            problems.append("design_effect is for a share or a ratio of people counted in a sample")
        if bool(self.variant_of) != bool(self.variant_words):
            problems.append("variant_of and variant_words go together")
        if self.change_of and not self.gender:
            problems.append("change_of needs a gender")
        if problems:
            raise ValueError(f"indicator {self.id!r}: " + "; ".join(problems))
        return self

    def references(self) -> tuple[Reference, ...]:
        """Every reference of the entry, alternatives included."""
        texts = (*self.numerator, *self.denominator, *self.weights, *self.start, *self.rank)
        return tuple(r for text in texts for r in parse_references(text))

    def sources(self) -> tuple[str, ...]:
        """Ids of every source the entry may read, sorted."""
        return tuple(sorted({r.source for r in self.references()}))
