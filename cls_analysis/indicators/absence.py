"""Why does an indicator have no value anywhere? A code with its fields, beside the sentence for who runs the build.

The sentence is English and may be worded anew; the code and its fields are what other rooms read (`build.json`, `absences`),
to say the same thing in French with what to do about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from cls_analysis.errors import DataMissing
from cls_analysis.sources.store import NOT_FETCHED


class Code(StrEnum):
    """What is lacking."""

    NOT_BUILT = "not_built"  # no alternative of a reference is among the built sources
    NOT_FETCHED = "not_fetched"  # ... because the mirror does not hold its file
    PARTNER = "partner"  # ... because it is a partner's, awaited
    VARIABLE = "variable"  # the source is there, without this variable
    VINTAGE = "vintage"  # the source has the variable, for other years or levels
    AGES = "ages"  # the source does not break down by the sex or the ages that are needed
    NATIONAL = "national"  # no reference for France
    LEVEL = "level"  # the source is known by areas that cannot be brought to communes
    OTHER = "other"


@dataclass(frozen=True)
class Absence:
    """`text` (English), `sources` that lack or are lacking, and where it is one: `variable`, `period` asked for, `held` ones."""

    code: Code
    text: str
    sources: tuple[str, ...] = ()
    variable: str = ""
    period: str = ""
    held: tuple[str, ...] = ()

    def told(self) -> dict[str, Any]:
        """As JSON keeps it, empty fields left out.

        >>> Absence(Code.PARTNER, "source not built: import-deces", ("import-deces",)).told()
        {'code': 'partner', 'text': 'source not built: import-deces', 'sources': ['import-deces']}
        """
        return {
            name: list(one) if isinstance(one, tuple) else str(one)
            for name, one in asdict(self).items()
            if one or name in ("code", "text")
        }


def absence_of(told: Mapping[str, Any]) -> Absence:
    """What `Absence.told` kept.

    >>> absence_of({"code": "ages", "text": "t", "sources": ["a"]})
    Absence(code=<Code.AGES: 'ages'>, text='t', sources=('a',), variable='', period='', held=())
    """
    several = {name: tuple(str(item) for item in told.get(name, ())) for name in ("sources", "held")}
    texts = {name: str(told.get(name, "")) for name in ("text", "variable", "period")}
    return Absence(
        Code(told["code"]), texts["text"], several["sources"], texts["variable"], texts["period"], several["held"]
    )


def explained(absence: Absence, why: Mapping[str, str]) -> Absence:
    """An absence of sources with the reason why they are not built; `why`: source and code of the lock (`load_why`).

    A partner's file is awaited whatever else could stand in for it.
    """
    if absence.code is not Code.NOT_BUILT:
        return absence
    if any(source.startswith("import-") for source in absence.sources):
        return replace(absence, code=Code.PARTNER)
    if absence.sources and all(why.get(source) == NOT_FETCHED for source in absence.sources):
        return replace(absence, code=Code.NOT_FETCHED)
    return absence


class SourceAbsent(DataMissing):
    """A source, or what an indicator needs of it, is not there; the caller records the indicator as missing, with `absence`."""

    def __init__(
        self,
        text: str,
        *,
        code: Code = Code.OTHER,
        sources: tuple[str, ...] = (),
        variable: str = "",
        period: str = "",
        held: tuple[str, ...] = (),
        hint: str | None = None,
    ) -> None:
        super().__init__(text, hint=hint)
        self.absence = Absence(code, text, sources, variable, period, held)
