"""What does a notebook declare about the report it makes?

The last cell of a report's notebook displays one JSON object of type `application/vnd.cls.meta+json`: the
cover (title, territory, edition, status), the indicators and sources used, the trace of every figure, and
the published rows for the workbook (THE TABLE's columns, each a list, or told as `columns.Column` does). This module reads it back and refuses, with
everything that is wrong at once, a declaration that would leave a page unlabelled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import nbformat
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf, ValidationError, field_validator

from cls_analysis.columns import Column
from cls_analysis.disclosure.artefacts import SIMULATED
from cls_analysis.errors import InvalidInput

META_MIME = "application/vnd.cls.meta+json"

Status = Literal["simulated", "restricted", "provisional", "fictional"]

STATUS_WORDS: dict[str, str] = {
    "simulated": "Données simulées, démonstration",
    "restricted": "Diffusion restreinte",
    "provisional": "Version provisoire",
    "fictional": "Exemple fictif",
}


class _Record(BaseModel):
    """A frozen record that keeps fields this version does not know, so that a trace is never thinned."""

    model_config = ConfigDict(frozen=True, extra="allow")


class IndicatorEntry(_Record):
    """One line of the data dictionary (at least `id`)."""

    id: str
    label: str = ""
    unit: str = ""
    definition: str = ""
    caveat: str = ""
    tier: str = ""
    geography: str = ""
    period: str = ""


class FigureEntry(_Record):
    """One figure: the anchor in the page is its `id`; anything else given is its trace, kept as it is."""

    id: str
    title: str = ""
    period: str = ""
    indicators: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class SourceEntry(_Record):
    """One source as cited: producer, title, vintage, licence, address, date of last update."""

    id: str
    producer: str = ""
    title: str = ""
    vintage: str = ""
    licence: str = ""
    url: str | None = None
    updated: str = ""
    simulated: bool = False


#: what an edition may be called: it is the name of a folder and a part of addresses
EDITION = r"^[A-Za-z0-9][A-Za-z0-9.-]*$"


class Publication(_Record):
    """The declaration of one report. `statuses` drives the ribbon and the file names."""

    title: str = Field(min_length=1)
    kind: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    kind_label: str = ""
    territory: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$")
    territory_name: str = Field(min_length=1)
    territory_type: str = ""
    edition: str = Field(pattern=EDITION)
    data_date: str = ""
    data_mode: str = ""
    statuses: tuple[Status, ...] = ()
    description: str = ""
    indicators: tuple[IndicatorEntry, ...] = ()
    figures: tuple[FigureEntry, ...] = ()
    sources: tuple[SourceEntry, ...] = ()
    rows: dict[str, Annotated[InstanceOf[Column], BeforeValidator(Column.read)]] | None = None

    @field_validator("edition", mode="before")
    @classmethod
    def _edition_as_text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) else value

    @field_validator("edition")
    @classmethod
    def _edition_of_its_own(cls, value: str) -> str:
        if value.endswith(SIMULATED):
            raise ValueError(
                f"an edition cannot be called {value!r}: {SIMULATED} marks the folders of simulated reports"
            )
        return value

    @field_validator("rows", mode="before")
    @classmethod
    def _by_column(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and set(value) == {"columns", "data"}:
            raise ValueError("a list of columns and one of rows; declare {column: [its values]}")
        return value

    @field_validator("rows")
    @classmethod
    def _of_one_length(cls, value: dict[str, Column] | None) -> dict[str, Column] | None:
        lengths = {name: len(column) for name, column in (value or {}).items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"columns of different lengths: {lengths}")
        return value

    @field_validator("indicators", mode="before")
    @classmethod
    def _bare_ids(cls, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [{"id": item} if isinstance(item, str) else item for item in value]
        return value

    @property
    def simulated(self) -> bool:
        """Whether any figure of the report rests on simulated data."""
        return "simulated" in self.statuses

    @property
    def fictional(self) -> bool:
        """Whether what people say and decide in the report was made up to show the method."""
        return "fictional" in self.statuses

    @property
    def folder(self) -> str:
        """Folder of the report below its territory's: the edition, apart for simulated figures, so that an official and
        a simulated report of one territory and edition never replace each other.

        >>> Publication(title="t", kind="pre-diagnostic", territory="petr-langres", territory_name="Langres",
        ...             edition="2026", statuses=("simulated",)).folder
        '2026-simule'
        """
        return self.edition + (SIMULATED if self.simulated else "")

    @property
    def stem(self) -> str:
        """File name without extension: says the kind, the territory and, where so, that data are simulated.

        >>> Publication(title="t", kind="pre-diagnostic", territory="petr-langres", territory_name="Langres",
        ...             edition="2026", statuses=("simulated",)).stem
        'pre-diagnostic-petr-langres-donnees-simulees'
        """
        marks = ("-exemple-fictif" if self.fictional else "") + ("-donnees-simulees" if self.simulated else "")
        return f"{self.kind}-{self.territory}{marks}"


def read_publication(notebook: nbformat.NotebookNode, *, name: str = "the notebook") -> Publication:
    """The one declaration displayed by an executed notebook.

    Raises InvalidInput when there is none, more than one, or when fields are missing or malformed (all listed).
    """
    found = [
        output["data"][META_MIME]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if META_MIME in output.get("data", {})
    ]
    if len(found) != 1:
        count = "no output" if not found else f"{len(found)} outputs"
        raise InvalidInput(
            f"{name} has {count} of type {META_MIME}; exactly one says what the report is",
            hint="end the notebook with a cell that displays d.publication()",
        )
    try:
        return Publication.model_validate(found[0])
    except ValidationError as error:
        problems = [
            f"publication field {'.'.join(map(str, item['loc'])) or '(whole)'}: {item['msg']}"
            for item in error.errors(include_url=False, include_input=False)
        ]
        raise InvalidInput(problems, hint=f"see what {name} displays as {META_MIME}") from error
