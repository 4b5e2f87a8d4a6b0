"""What does a partner's TOML say of its table? Columns, period, geography, producer, confidentiality; read strictly.

Unknown keys, a missing key, a wrong word are all told at once, each with its key. Texts are plain text: control characters and
line breaks are refused, nothing is interpreted as markup. Keys and their meaning: docs/imports.md.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from cls_analysis import geography
from cls_analysis.sources.imports.declared import DECLARED
from cls_analysis.sources.model import Variable

PLACEHOLDERS = ("Nom du partenaire", "Convention ou licence, avec sa date")
Level = Literal["commune", "epci", "departement", "region", "france"]
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def _plain(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("holds a line break or an invisible control character")
    return text


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), AfterValidator(_plain)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$", max_length=60)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Columns(_Strict):
    """Titles of the partner's columns; `count` or `value`, never both."""

    code: Text
    count: Text | None = None
    value: Text | None = None
    denominator: Text | None = None
    sex: Text | None = None
    age: Text | None = None

    @model_validator(mode="after")
    def _one_measure(self) -> Columns:
        if (self.count is None) == (self.value is None):
            raise ValueError("give exactly one of count (numbers that add up) and value (rates, scores)")
        if self.value is not None and self.denominator is not None:
            raise ValueError("a denominator goes with count, not with value")
        titles = [title for title in self.model_dump().values() if title is not None]
        if len(set(titles)) != len(titles):
            raise ValueError("two keys name the same column")
        return self

    @property
    def measure(self) -> str:
        """Title of the column that holds the figures."""
        return self.count or self.value or ""


class ImportSpec(_Strict):
    """One partner's table. Defaults are the careful ones: an absent row and a blank are missing, never zero."""

    source: Annotated[str, StringConstraints(pattern=r"^import-[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=60)]
    variable: Name
    label: Text
    unit: Text
    period: Annotated[str, StringConstraints(pattern=r"^\d{4}(?:-\d{4})?$")]
    level: Level
    cog: Annotated[int, Field(ge=1994, le=geography.REFERENCE_COG)]
    producer: Text
    licence: Text
    confidentiality: Literal["public", "restricted"]
    columns: Columns
    threshold: Annotated[int, Field(ge=0, le=1000)] | None = None
    file: (
        Annotated[str, StringConstraints(pattern=r"^[^/\\:\x00-\x1f]+\.(?:csv|CSV|xlsx|XLSX)$", max_length=200)] | None
    ) = None
    title: Text | None = None
    kind: Literal["count", "rate", "mean", "median", "score"] = "count"
    whole_numbers: bool = True
    minimum: float | None = 0.0
    maximum: float | None = None
    blank: Literal["missing", "not_published", "zero", "refused"] = "missing"
    absent_rows: Literal["missing", "zero"] = "missing"
    coverage: tuple[Text, ...] = Field(default=(), strict=False)
    sexes: dict[str, Literal["F", "M", "all"]] = {}
    ages: dict[str, str] = {}
    keep: dict[str, str] = {}
    separator: Literal[";", ",", "\t", "|"] | None = None
    decimal: Literal[",", "."] = ","
    encoding: Literal["utf-8", "cp1252"] | None = None
    sheet: Text | None = None
    header_row: Annotated[int, Field(ge=1, le=100)] = 1

    @model_validator(mode="after")
    def _coherent(self) -> ImportSpec:
        wrong = [
            f"{key} is still the template's {value!r}"
            for key, value in (("producer", self.producer), ("licence", self.licence))
            if value in PLACEHOLDERS
        ]
        if self.cog == 2020:
            wrong.append("cog 2020 has no passage to the reference geography: ask for the file in 2019 or 2021")
        first, _, last = self.period.partition("-")
        if last and int(last) <= int(first):
            wrong.append(f"period {self.period!r} ends before it begins")
        if int(last or first) > geography.REFERENCE_COG:
            wrong.append(f"period {self.period!r} is in the future")
        if (self.columns.count is not None) != (self.kind == "count"):
            wrong.append("columns.count goes with kind = 'count', columns.value with another kind")
        if self.absent_rows == "zero" and self.kind != "count":
            wrong.append("absent_rows = 'zero' only makes sense for counts")
        if self.absent_rows == "zero" and self.blank == "not_published":
            wrong.append("absent_rows = 'zero' contradicts blank = 'not_published'")
        if self.coverage and self.level != "commune":
            wrong.append("coverage lists territories whose communes are all in the file: level must be 'commune'")
        declared = DECLARED.get(self.source)
        if declared and self.variable in declared.names:
            known = declared.names[self.variable]
            if self.unit != known.unit:
                wrong.append(f"unit {self.unit!r}: variable {self.variable!r} of {self.source} is in {known.unit!r}")
            if self.kind != known.kind:
                wrong.append(f"kind {self.kind!r}: variable {self.variable!r} of {self.source} is a {known.kind}")
            if f"{self.variable}_denominateur" in declared.names and self.columns.denominator is None:
                wrong.append(
                    f"columns.denominator is needed for {self.variable!r}: its share is what the catalogue reads"
                )
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    @property
    def restricted(self) -> bool:
        """Whether a report that shows these figures is for restricted circulation."""
        return self.confidentiality == "restricted"

    def variables(self) -> tuple[Variable, ...]:
        """The variable and its denominator as declarations: the catalogue's own where it knows them, else from the TOML."""
        declared = DECLARED[self.source].names if self.source in DECLARED else {}
        made = [self._variable(self.variable, self.label)]
        if self.columns.denominator is not None:
            made.append(self._variable(f"{self.variable}_denominateur", f"{self.label} (dénominateur)"))
        return tuple(declared.get(variable.name, variable) for variable in made)

    def _variable(self, name: str, label: str) -> Variable:
        low = 0.0 if self.kind == "count" else self.minimum
        return Variable(
            name,
            label,
            self.unit,
            self.kind,
            minimum=low,
            maximum=self.maximum,
            integer=self.kind == "count" and self.whole_numbers,
        )


def imports_dir(folder: Path | str | None = None) -> Path:
    """The folder of partners' files: the argument, `CLS_IMPORTS`, or data/raw/imports of the project (it may not exist)."""
    named = folder or os.environ.get("CLS_IMPORTS")
    return Path(named) if named else geography.project_root() / "data" / "raw" / "imports"


def read_spec(path: Path) -> tuple[ImportSpec | None, list[str]]:
    """The TOML of one import, or None with everything wrong in it."""
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        return None, [f"{path.name}: is not UTF-8 text; save it again as UTF-8"]
    except tomllib.TOMLDecodeError as error:
        return None, [f"{path.name}: is not TOML: {error}"]
    except OSError as error:
        return None, [f"{path.name}: cannot be read ({error.strerror})"]
    try:
        return ImportSpec.model_validate(raw), []
    except ValidationError as error:
        return None, [_problem(path.name, dict(one)) for one in error.errors(include_url=False)]


def _problem(name: str, error: dict[str, Any]) -> str:
    """One error of the model in words: the file, the key, the value, the cause."""
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{name}, key {key!r}: is not known (docs/imports.md lists the keys)"
    if error["type"] == "missing":
        return f"{name}, key {key!r}: is missing"
    cause = str(error["msg"]).removeprefix("Value error, ")
    if not key:
        return f"{name}: {cause}"
    value = error.get("input")
    said = f"{value!r}" if isinstance(value, str | int | float | bool) else type(value).__name__
    return f"{name}, key {key!r}: {said}: {cause}"
