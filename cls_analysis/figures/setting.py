"""What is published here about an indicator, and against what is it compared?

A `Setting` gathers what every figure and sentence of one report stands on: the territory, its comparators in
their fixed order (département, région, France), its members (EPCI), the *published* rows, the catalogue and the
citations of sources. Rows are picked by key (indicator, territory, period, sex, age), never by position; the period
is the latest one that the territory itself has, and a comparator of another period is not shown in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cls_analysis.errors import InvalidInput, UnknownName
from cls_analysis.figures import french
from cls_analysis.figures.figure import Key, one_kind

if TYPE_CHECKING:
    from cls_analysis.indicators import Indicator

SHOWN = ("observed", "estimated")
_NOT_COMPARED = frozenset({"count", "balance"})  # methods whose values grow with the size of the territory
_ROW_KEY = ("territory_type", "territory", "period", "sex", "age")
_ROW_VALUES = (
    "value", "lower", "upper", "numerator", "denominator", "unit", "status", "reliability", "coverage", "simulated",
    "source_ids",
)  # fmt: skip
_TEST_KEY = (*_ROW_KEY, "comparator_type", "comparator")
_TEST_VALUES = ("comparator_value", "difference", "ratio", "significance")
_SHARED = ("_positions", "_compared", "_indexes", "_sexes", "_tests", "_columns", "_tested")  # by settings of one table
_COLUMNS = ("indicator", *_ROW_KEY, *_ROW_VALUES)


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


@dataclass(frozen=True)
class _Index:
    """Positions of the rows of one indicator by key, and the periods of each place, sex and age."""

    rows: dict[tuple[str, ...], int]
    periods: dict[tuple[str, ...], set[str]]


def _texts(column: pd.Series) -> Any:
    """A column of texts as Python's, each distinct one made once."""
    codes, values = pd.factorize(column.astype("str"))
    return np.asarray([*values, None], dtype=object)[codes]  # the code of a blank is -1


@dataclass(frozen=True)
class _Columns:
    """Columns of a table as plain Python values (numbers as they are), each made when first asked for."""

    table: pd.DataFrame
    made: dict[str, Any]

    def of(self, name: str) -> Any:
        """One column, as an array."""
        if name not in self.made:
            column = self.table[name]
            numeric = pd.api.types.is_numeric_dtype(column.dtype)
            self.made[name] = column.to_numpy() if numeric else _texts(column)
        return self.made[name]

    def keys(self, names: Sequence[str], positions: Any) -> Iterable[tuple[str, ...]]:
        """The texts of some columns, row by row."""
        return zip(*(self.of(name)[positions].tolist() for name in names), strict=True)

    def row(self, position: int | None, names: Sequence[str]) -> SimpleNamespace | None:
        """Some columns of one row; None without a position."""
        if position is None:
            return None
        return SimpleNamespace(**{name: self.of(name)[position] for name in names})


@dataclass(frozen=True)
class Setting:
    """What the figures and sentences of one report are made from. `sources` maps a source id to its citation.

    `members` are the EPCI inside the territory, `peers` the territories among which a rank is given (for instance
    every EPCI of the région), `edition` is printed where a date of edition is wanted.
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

    def __post_init__(self) -> None:
        absent = [name for name in _COLUMNS if name not in self.table.columns]
        if absent:
            raise InvalidInput(f"published rows lack the columns {', '.join(absent)}", hint="see docs/architecture.md")

    @cached_property
    def _positions(self) -> dict[str, Any]:
        return {str(k): v for k, v in self.table.groupby("indicator", observed=True, sort=False).indices.items()}

    @cached_property
    def _compared(self) -> dict[str, Any]:
        if self.comparisons.empty:
            return {}
        return {str(k): v for k, v in self.comparisons.groupby("indicator", observed=True, sort=False).indices.items()}

    @cached_property
    def made_up(self) -> frozenset[str]:
        """Indicators that show a simulated value."""
        table = self.table
        return frozenset(table.loc[table["value"].notna() & table["simulated"].astype(bool), "indicator"])

    @property
    def main(self) -> Place | None:
        """The comparator sentences use first: the région, else the last one of those given."""
        regions = [c for c in self.comparators if c.territory_type == "region"]
        return regions[0] if regions else (self.comparators[-1] if self.comparators else None)

    def indicator(self, identifier: str) -> Indicator:
        """The catalogue's record; UnknownName otherwise."""
        if identifier not in self.catalogue:
            from cls_analysis.indicators.faults import near

            said = f"indicator {identifier!r} is not in the catalogue{near(identifier, self.catalogue)}"
            raise UnknownName(said, hint="cls-analysis indicators list")
        return self.catalogue[identifier]

    def rows(self, indicator: str) -> pd.DataFrame:
        """Every published row of an indicator (may be empty)."""
        return self.table.iloc[self._positions.get(indicator, [])]

    def periods(self, indicator: str, place: Place, *, sex: str = "all", age: str = "all") -> list[str]:
        """The periods for which a place has a row, earliest first (by last year, then first)."""
        sex = self._sex(indicator, sex)
        index = self._index(indicator, place.territory_type)
        found = index.periods.get((place.territory_type, place.territory, sex, age), set())
        return sorted(found, key=lambda p: (p[-4:], p))

    def period(self, indicator: str, *, sex: str = "all", age: str = "all") -> str | None:
        """The latest period of the territory's own rows; None when it has none."""
        found = self.periods(indicator, self.territory, sex=sex, age=age)
        return found[-1] if found else None

    def select(
        self, indicator: str, places: Iterable[Place], *, period: str | None, sex: str = "all", age: str = "all"
    ) -> list[Published]:
        """One row per place, in that order; a place without a row has status `missing`. Duplicates raise."""
        sex = self._sex(indicator, sex)
        found = []
        for p in places:
            rows = self._index(indicator, p.territory_type).rows
            position = rows.get((p.territory_type, p.territory, period or "", sex, age))
            found.append(_record(p, indicator, period or "", sex, age, self._columns.row(position, _ROW_VALUES)))
        return found

    def _sex(self, indicator: str, sex: str) -> str:
        """The sex meant by `all`: that of an indicator that exists for one sex only (a life expectancy of women)."""
        if sex != "all":
            return sex
        if indicator not in self._sexes:
            self._sexes[indicator] = frozenset(self._columns.of("sex")[self._positions.get(indicator, [])])
        known = self._sexes[indicator]
        return next(iter(known)) if len(known) == 1 else sex

    def _index(self, indicator: str, territory_type: str) -> _Index:
        """Rows by key, made once per indicator (communes, by far the most, apart); two rows with one key raise
        InvalidInput."""
        cache, fine = self._indexes, territory_type == "commune"
        if (indicator, fine) not in cache:
            rows: dict[tuple[str, ...], int] = {}
            periods: dict[tuple[str, ...], set[str]] = {}
            doubled = []
            mine = np.asarray(self._positions.get(indicator, []), dtype=np.int64)
            mine = mine[(self._columns.of("territory_type")[mine] == "commune") == fine]
            for position, key in zip(mine.tolist(), self._columns.keys(_ROW_KEY, mine), strict=True):
                if key in rows:
                    doubled.append(f"{indicator}, {', '.join(key)} has two rows")
                rows[key] = position
                periods.setdefault((key[0], key[1], key[3], key[4]), set()).add(key[2])
            if doubled:
                raise InvalidInput(doubled[:20], hint="published rows must be unique by key")
            cache[indicator, fine] = _Index(rows, periods)
        return cache[indicator, fine]

    @cached_property
    def _indexes(self) -> dict[tuple[str, bool], _Index]:
        return {}

    @cached_property
    def _sexes(self) -> dict[str, frozenset[str]]:
        return {}

    @cached_property
    def _columns(self) -> _Columns:
        return _Columns(self.table, {})

    @cached_property
    def _tested(self) -> _Columns:
        return _Columns(self.comparisons, {})

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
            known.__dict__.update({name: getattr(self, name) for name in _SHARED})
            self._framed[first.territory] = known
        return known if known.period(indicator) is not None else self

    @cached_property
    def _framed(self) -> dict[str, Setting]:
        return {}

    def own(self, indicator: str, *, period: str | None = None, sex: str = "all", age: str = "all") -> Published:
        """The territory's own row (latest period unless given)."""
        period = period or self.period(indicator, sex=sex, age=age)
        return self.select(indicator, [self.territory], period=period, sex=sex, age=age)[0]

    def compare(self, row: Published, comparator: Place) -> Compared | None:
        """The comparison of a published row with a comparator; None when none was made."""
        if not self.comparable(row.indicator):
            return None
        key = (*_key(row), comparator.territory_type, comparator.territory)
        found = self._tested.row(self._comparison_index(row.indicator).get(key), _TEST_VALUES)
        if found is None:
            return None
        return Compared(
            comparator, _optional(found.comparator_value), _optional(found.difference), _optional(found.ratio),
            str(found.significance),
        )  # fmt: skip

    def comparable(self, indicator: str) -> bool:
        """False for a count or a balance: 338 births here and 51 414 in the région are not a gap."""
        entry = self.indicator(indicator)
        return entry.compare and entry.method not in _NOT_COMPARED

    def _comparison_index(self, indicator: str) -> dict[tuple[str, ...], int]:
        cache = self._tests
        if indicator not in cache:
            index: dict[tuple[str, ...], int] = {}
            mine = self._compared.get(indicator, [])
            for position, key in zip(mine, self._tested.keys(_TEST_KEY, mine), strict=True):
                if key in index:
                    raise InvalidInput(f"{indicator}: two comparisons with the key {', '.join(key)}")
                index[key] = position
            cache[indicator] = index
        return cache[indicator]

    @cached_property
    def _tests(self) -> dict[str, dict[tuple[str, ...], int]]:
        return {}

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


def _key(row: Published) -> tuple[str, ...]:
    return (row.place.territory_type, row.place.territory, row.period, row.sex, row.age)


def _optional(value: Any) -> float | None:
    return float(value) if french.is_number(value) else None


def _record(place: Place, indicator: str, period: str, sex: str, age: str, record: Any) -> Published:
    if record is None:
        return Published(
            place, indicator, period, sex, age, None, None, None, None, None, "", "missing", "none", None, False, ()
        )
    return Published(
        place, indicator, period, sex, age, _optional(record.value), _optional(record.lower), _optional(record.upper),
        _optional(record.numerator), _optional(record.denominator), str(record.unit), str(record.status),
        str(record.reliability), _optional(record.coverage), bool(record.simulated),
        tuple(s for s in str(record.source_ids).split(";") if s),
    )  # fmt: skip
