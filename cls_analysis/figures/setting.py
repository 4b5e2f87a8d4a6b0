"""What is published here about an indicator, and against what is it compared?

A `Setting` gathers what every figure and sentence of one report stands on: the territory, its comparators in
their fixed order (département, région, France), its members (EPCI), the *published* rows, the catalogue and the
citations of sources. Rows are picked by key (indicator, territory, period, sex, age), never by position; the period
is the latest one that the territory itself has, and a comparator of another period is not shown in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

import pandas as pd

from cls_analysis.errors import InvalidInput, UnknownName
from cls_analysis.figures import french
from cls_analysis.figures.figure import Key, one_kind
from cls_analysis.figures.lots import Lot, Lots, Wider

if TYPE_CHECKING:
    from cls_analysis.indicators import Indicator

SHOWN = ("observed", "estimated")
_NOT_COMPARED = frozenset({"count", "balance"})  # methods whose values grow with the size of the territory
_ROW_NUMBERS = ("value", "lower", "upper", "numerator", "denominator", "coverage")
_ROW_TEXTS = ("unit", "status", "reliability", "source_ids")
_TEST_NUMBERS = ("comparator_value", "difference", "ratio")
_COLUMNS = (
    "indicator", "territory_type", "territory", "period", "sex", "age", "value", "lower", "upper", "numerator",
    "denominator", "unit", "status", "reliability", "coverage", "simulated", "source_ids",
)  # fmt: skip
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Place:
    """A territory as charts and sentences need it: type, code, name ("Pays de Langres"), name with its article
    ("le Pays de Langres"), and, when usage decides, the forms after "de" and "dans" (else worked out in french)."""

    territory_type: str
    territory: str
    name: str
    name_with_article: str = ""
    of_words: str = ""
    in_words: str = ""

    @classmethod
    def from_territory(cls, territory: Any) -> Place:
        """From a `geography.Territory` (its short name labels the charts)."""
        short = getattr(territory, "short_name", "") or territory.name
        return cls(
            territory.territory_type, territory.territory, short, territory.name_with_article,
            getattr(territory, "of", ""), getattr(territory, "in_", ""),
        )  # fmt: skip

    @property
    def full_name(self) -> str:
        """With its article: le Pays de Langres."""
        return (self.name_with_article or self.name).replace("'", french.APOSTROPHE)

    @property
    def label(self) -> str:
        """The bare name for a chart or table."""
        return self.name.replace("'", french.APOSTROPHE)

    @property
    def of(self) -> str:
        """After "de": du Pays de Langres, de la Haute-Marne."""
        return self.of_words or french.de(self.full_name)

    @property
    def where(self) -> str:
        """After "dans": dans le Pays de Langres, en Haute-Marne, à Langres."""
        return self.in_words or french.locative(self.full_name, self.territory_type)


@dataclass(frozen=True)
class Published:
    """One published row; value and limits are None where withheld."""

    place: Place
    indicator: str
    period: str
    sex: str
    age: str
    value: float | None
    lower: float | None
    upper: float | None
    numerator: float | None
    denominator: float | None
    unit: str
    status: str
    reliability: str
    coverage: float | None
    simulated: bool
    source_ids: tuple[str, ...]

    @property
    def key(self) -> Key:
        """What a number of this row is tagged with where it is written."""
        return Key(self.indicator, self.place.territory_type, self.place.territory, self.period, self.sex, self.age)

    @property
    def shown(self) -> bool:
        return self.status in SHOWN and self.value is not None


@dataclass(frozen=True)
class Compared:
    """A row of comparisons: the gap to one comparator and what the test says of it."""

    comparator: Place
    value: float | None
    difference: float | None
    ratio: float | None
    significance: str


def remembered(made: Callable[Concatenate[Setting, P], T]) -> Callable[Concatenate[Setting, P], T]:
    """Around a question put to a setting in names: the setting keeps the answer, for a report asks the same ones again.

    Only for an answer that nobody changes (a number, a text, a frozen record).
    """

    @wraps(made)
    def asked(setting: Setting, *names: P.args, **options: P.kwargs) -> T:
        key = (made.__module__, made.__qualname__, names, *options.items())
        if key not in setting.answers:
            setting.answers[key] = made(setting, *names, **options)
        return cast(T, setting.answers[key])

    return asked


@dataclass(frozen=True)
class Setting:
    """What the figures and sentences of one report are made from. `sources` maps a source id to its citation.

    `members` are the EPCI inside the territory, `peers` the territories among which a rank is given (for instance
    every EPCI of the région), `edition` is printed where a date of edition is wanted. With `wider`, every
    row of a commune that is asked for is read there (`table` has those of the territory only), and the comparisons of any other place than
    the territory, its members and comparators: who changes `table` gives another `wider`, or none.
    """

    territory: Place
    comparators: tuple[Place, ...]
    table: pd.DataFrame
    comparisons: pd.DataFrame
    catalogue: Mapping[str, Indicator]
    sources: Mapping[str, str]
    members: tuple[Place, ...] = ()
    peers: tuple[Place, ...] = ()
    edition: str = ""
    peers_label: str = field(default="EPCI de la région")
    wider: Wider | None = None

    def __post_init__(self) -> None:
        absent = [name for name in _COLUMNS if name not in self.table.columns]
        if absent:
            raise InvalidInput(f"published rows lack the columns {', '.join(absent)}", hint="see docs/architecture.md")

    @cached_property
    def answers(self) -> dict[tuple[Any, ...], Any]:
        """What this setting was already asked (`remembered`)."""
        return {}

    @cached_property
    def _lots(self) -> Lots:
        near = {p.territory for p in (self.territory, *self.comparators, *self.members)}
        return Lots(self.table, self.comparisons, frozenset(near), self.wider)

    @cached_property
    def made_up(self) -> frozenset[str]:
        """Indicators that show a simulated value."""
        table, around = self.table, frozenset[str]() if self.wider is None else self.wider.made_up()
        return around | frozenset(table.loc[table["value"].notna() & table["simulated"].astype(bool), "indicator"])

    @cached_property
    def told(self) -> frozenset[str]:
        """Indicators that have a published value for the territory or for one of its comparators."""
        return self._lots.valued({(p.territory_type, p.territory) for p in (self.territory, *self.comparators)})

    @property
    def main(self) -> Place | None:
        """The comparator sentences use first: the région, else the last one of those given."""
        regions = [c for c in self.comparators if c.territory_type == "region"]
        return regions[0] if regions else (self.comparators[-1] if self.comparators else None)

    @cached_property
    def other_peers(self) -> tuple[Place, ...]:
        """The peers that are neither the territory nor inside it."""
        own = {self.territory.territory, *(m.territory for m in self.members)}
        return tuple(p for p in self.peers if p.territory not in own)

    def indicator(self, identifier: str) -> Indicator:
        """The catalogue's record; UnknownName otherwise."""
        if identifier not in self.catalogue:
            from cls_analysis.indicators.faults import near

            said = f"indicator {identifier!r} is not in the catalogue{near(identifier, self.catalogue)}"
            raise UnknownName(said, hint="cls-analysis indicators list")
        return self.catalogue[identifier]

    def rows(self, indicator: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Every published row of an indicator (may be empty), with all its columns or those wanted."""
        return self._lots.every(indicator, [str(name) for name in self.table] if columns is None else columns)

    def periods(self, indicator: str, place: Place, *, sex: str = "all", age: str = "all") -> list[str]:
        """The periods for which a place has a row, earliest first (by last year, then first)."""
        sex, lot = self._sex(indicator, sex), self._lot(indicator, place.territory_type)
        known = lot.periods.get(indicator, [])
        return [p for p in known if lot.find(indicator, place.territory_type, place.territory, p, sex, age) is not None]

    @remembered
    def period(self, indicator: str, *, sex: str = "all", age: str = "all") -> str | None:
        """The latest period of the territory's own rows; None when it has none."""
        found = self.periods(indicator, self.territory, sex=sex, age=age)
        return found[-1] if found else None

    def select(
        self, indicator: str, places: Iterable[Place], *, period: str | None, sex: str = "all", age: str = "all"
    ) -> list[Published]:
        """One row per place, in that order; a place without a row has status `missing`. Duplicates raise."""
        sex, period = self._sex(indicator, sex), period or ""
        found = []
        for p in places:
            lot = self._lot(indicator, p.territory_type, period)
            found.append(_record(p, indicator, period, sex, age, lot))
        return found

    def values(
        self, indicator: str, places: Iterable[Place], *, period: str | None, covering: float = 0.0
    ) -> list[float]:
        """The values shown of places, in that order, without those that stand on less than a share of the inhabitants."""
        sex, period, found = self._sex(indicator, "all"), period or "", []
        for p in places:
            lot = self._lot(indicator, p.territory_type, period)
            position = lot.find(indicator, p.territory_type, p.territory, period, sex, "all")
            if position is None or lot.column("status")[position] not in SHOWN:
                continue
            value, share = _optional(lot.column("value")[position]), _optional(lot.column("coverage")[position])
            if value is not None and (share is None or share >= covering):
                found.append(value)
        return found

    def _sex(self, indicator: str, sex: str) -> str:
        """The sex meant by `all`: that of an indicator that exists for one sex only (a life expectancy of women)."""
        return self._lots.only_sex(indicator) if sex == "all" else sex

    def _lot(self, indicator: str, territory_type: str, period: str = "") -> Lot:
        """The rows of an indicator for a type of territory (and a period); two rows with one key raise InvalidInput."""
        lot = self._lots.rows(indicator, territory_type, period)
        if lot.doubled and indicator in lot.doubled:
            said = [f"{', '.join(key)} has two rows" for key in lot.doubled[indicator]]
            raise InvalidInput(said[:20], hint="published rows must be unique by key")
        return lot

    def focused(self, indicator: str) -> Setting:
        """The setting in which the indicator is told: this one, or, when only the département has it (tier B), the
        same seen from the département, compared with the région and France. Nothing is ever brought down to the
        territory."""
        if self.period(indicator) is not None or not self.comparators:
            return self
        first, *rest = self.comparators
        if first.territory_type != "departement" or self.territory.territory_type == "departement":
            return self
        known = self._framed.get(first.territory)
        if known is None:
            known = replace(self, territory=first, comparators=tuple(rest), members=(), peers=())
            known.__dict__["_lots"] = self._lots  # the same table: its rows are found once
            self._framed[first.territory] = known
        return known if known.period(indicator) is not None else self

    @cached_property
    def _framed(self) -> dict[str, Setting]:
        return {}

    @remembered
    def own(self, indicator: str, *, period: str | None = None, sex: str = "all", age: str = "all") -> Published:
        """The territory's own row (latest period unless given)."""
        period = period or self.period(indicator, sex=sex, age=age)
        return self.select(indicator, [self.territory], period=period, sex=sex, age=age)[0]

    def compare(self, row: Published, comparator: Place) -> Compared | None:
        """The comparison of a published row with a comparator; None when none was made."""
        if not self.comparable(row.indicator):
            return None
        place, tests = row.place, self._lots.tests(row.place.territory)
        if tests.doubled and row.indicator in tests.doubled:
            first = tests.doubled[row.indicator][0]
            raise InvalidInput(f"{row.indicator}: two comparisons with the key {', '.join(first[1:])}")
        position = tests.find(
            row.indicator, place.territory_type, place.territory, row.period, row.sex, row.age,
            comparator.territory_type, comparator.territory,
        )  # fmt: skip
        if position is None:
            return None
        value, difference, ratio = (_optional(tests.column(name)[position]) for name in _TEST_NUMBERS)
        return Compared(comparator, value, difference, ratio, str(tests.column("significance")[position]))

    def comparable(self, indicator: str) -> bool:
        """False for a count or a balance: 338 births here and 51 414 in the région are not a gap."""
        entry = self.indicator(indicator)
        return entry.compare and entry.method not in _NOT_COMPARED

    def citation(self, rows: Iterable[Published]) -> str:
        """The source line of the rows: each producer with vintage and date, in order of first use."""
        ids = dict.fromkeys(s for row in rows for s in row.source_ids)
        unknown = [s for s in ids if s not in self.sources]
        if unknown:
            raise UnknownName([f"source {s!r} has no citation" for s in unknown], hint="cls-analysis data sources")
        return f"{french.NBSP}; ".join(dict.fromkeys(self.sources[s] for s in ids))

    def simulated(self, rows: Iterable[Published], what: str) -> bool:
        """Whether the rows are simulated; mixing raises."""
        return one_kind([row.simulated for row in rows if row.source_ids], what)


def cite(source: Any) -> str:
    """The citation of a source record: producer, title, vintage, date of last update. Licences are in the annex."""
    parts = [f"{source.producer}, {source.title}"]
    if getattr(source, "vintage", ""):
        parts.append(f"millésime {source.vintage}")
    if getattr(source, "updated", ""):
        parts.append(f"mise à jour {french.format_stamp(str(source.updated))}")
    return french.punctuate(", ".join(parts))


def _optional(value: Any) -> float | None:
    return float(value) if french.is_number(value) else None


def _record(place: Place, indicator: str, period: str, sex: str, age: str, lot: Lot) -> Published:
    position = lot.find(indicator, place.territory_type, place.territory, period, sex, age)
    if position is None:
        return Published(
            place, indicator, period, sex, age, None, None, None, None, None, "", "missing", "none", None, False, ()
        )
    value, lower, upper, numerator, denominator, coverage = (
        _optional(lot.column(name)[position]) for name in _ROW_NUMBERS
    )
    unit, status, reliability, source_ids = (str(lot.column(name)[position]) for name in _ROW_TEXTS)
    return Published(
        place, indicator, period, sex, age, value, lower, upper, numerator, denominator, unit, status, reliability,
        coverage, bool(lot.column("simulated")[position]), _split(source_ids),
    )  # fmt: skip


@lru_cache(maxsize=1024)
def _split(source_ids: str) -> tuple[str, ...]:
    return tuple(s for s in source_ids.split(";") if s)
