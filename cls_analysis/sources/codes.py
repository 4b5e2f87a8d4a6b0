"""Is this the code of a real territory, and can a code that lost its zeros be put right?

A commune has 5 characters, a département 2 or 3, a région 2, an EPCI a 9-figure SIREN. A code that a spreadsheet
turned into a number (`1001`, `1001.0`) is repaired when only one code can have given it, with a note; anything else
is refused by row. Paris, Marseille and Lyon are published as communes, as arrondissements, or as both.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache

import pandas as pd

from cls_analysis import geography
from cls_analysis.geography import store
from cls_analysis.sources.notes import note
from cls_analysis.sources.text import shown

DEPARTEMENTS: tuple[str, ...] = tuple(
    [f"{number:02d}" for number in range(1, 96) if number != 20] + ["2A", "2B", "971", "972", "973", "974", "976"]
)
DROM = ("971", "972", "973", "974", "976")
_LAND = r"(?:0[1-9]|1\d|2[1-9AB]|[3-8]\d|9[0-5])"
PATTERNS: dict[str, str] = {
    "commune": rf"^(?:{_LAND}\d{{3}}|9[78]\d{{3}})$",
    "arrondissement": r"^(?:751(?:0[1-9]|1\d|20)|132(?:0[1-9]|1[0-6])|6938[1-9])$",
    "bassin_de_vie": rf"^(?:{_LAND}\d{{3}}|97\d{{3}}|97[78]ZZ)$",
    "departement": rf"^(?:{_LAND}|97[1-46])$",
    "region": r"^(?:0[1-46]|11|24|27|28|32|44|52|53|75|76|84|93|94)$",
    "epci": r"^\d{9}$",
    "france": r"^FR$",
}
PLM: dict[str, tuple[str, ...]] = {
    "75056": tuple(f"751{n:02d}" for n in range(1, 21)),
    "13055": tuple(f"132{n:02d}" for n in range(1, 17)),
    "69123": tuple(f"6938{n}" for n in range(1, 10)),
}
ARRONDISSEMENTS: dict[str, str] = {arm: parent for parent, arms in PLM.items() for arm in arms}
_WIDTH = {"commune": 5, "bassin_de_vie": 5, "arrondissement": 5, "departement": 2, "region": 2, "epci": 9}


@dataclass(frozen=True)
class Scope:
    """Which part of France a file must cover in full: all of it, or some départements (extracts, tests)."""

    departements: frozenset[str] | None = None

    @property
    def whole(self) -> bool:
        return self.departements is None

    def holds(self, code: str) -> bool:
        return self.departements is None or departement_of(code) in self.departements


FRANCE = Scope()


def departement_of(code_commune: str) -> str:
    """`97424` is in `974`, `2B033` in `2B`.

    >>> departement_of("97424"), departement_of("52269")
    ('974', '52')
    """
    return code_commune[:3] if code_commune[:2] in ("97", "98") else code_commune[:2]


def clean_codes(raw: pd.Series, level: str, *, where: str, column: str) -> tuple[pd.Series, list[str]]:
    """Codes of one level as published, repaired where only one code is possible; the problems name their rows.

    `raw` is text, indexed by the row of the file. `1001` becomes `01001` (communes of the départements 01 to 09 are
    the only ones a number can shorten); `1001.0` the same. Each kind of repair is noted with its count.
    """
    codes = raw.str.strip()
    floats = codes.str.fullmatch(r"\d+\.0")
    if floats.any():
        note(
            f"{where}: {int(floats.sum())} codes of {column!r} were written as decimal numbers ({shown(codes[floats], most=3)}); repaired"
        )
        codes = codes.mask(floats, codes.str.replace(r"\.0$", "", regex=True))
    width = _WIDTH.get(level)
    if width and level != "epci":
        short = codes.str.fullmatch(rf"[1-9]\d{{{width - 2}}}")
        if short.any():
            rows = codes.index[short]
            note(
                f"{where}: {int(short.sum())} codes of {column!r} had lost their leading zero (row {shown(rows, most=3)}); repaired"
            )
            codes = codes.mask(short, "0" + codes)
    pattern = PATTERNS["commune"] if level == "commune" else PATTERNS[level]
    wrong = ~codes.str.match(pattern)
    problems = [
        f"{where}, row {row}, column {column!r}: {raw[row]!r} is not a code of a {level}"
        for row in list(codes.index[wrong])[:10]
    ]
    if int(wrong.sum()) > 10:
        problems.append(f"{where}, column {column!r}: {int(wrong.sum()) - 10} more rows without a valid code")
    return codes, problems


def duplicates(keys: pd.Series, *, where: str, what: str) -> list[str]:
    """One problem that lists the keys found twice with their rows; empty when all are unique."""
    again = keys[keys.duplicated(keep=False)]
    if again.empty:
        return []
    by_key = [f"{key} (rows {shown(rows, most=4)})" for key, rows in again.groupby(again).groups.items()]
    return [f"{where}: {len(by_key)} duplicate {what}: {shown(by_key, most=6)}"]


@cache
def known_communes(year: int) -> frozenset[str]:
    """Codes of the communes of France (départements and DROM) in that COG, 1994 to the last vintage."""
    embedded = year in geography.VINTAGES
    codes = geography.communes(year)["code_commune"] if embedded else holders(year).values()
    return frozenset(str(code) for code in codes if departement_of(str(code)) in DEPARTEMENTS)


@cache
def communes_within(year: int, scope: Scope) -> frozenset[str]:
    """The known communes of that COG that the scope holds."""
    return known_communes(year) if scope.whole else frozenset(filter(scope.holds, known_communes(year)))


@cache
def holders(year: int) -> dict[str, str]:
    """Which commune held each atom (a commune as it once was) on 1 January of that year: `{atom: code_commune}`."""
    atoms = _atoms()
    then = atoms[atoms["valid_from"] <= f"{year}-01-01"].drop_duplicates("atom", keep="last")
    return dict(zip(then["atom"], then["code_commune"], strict=True))


@cache
def _atoms() -> pd.DataFrame:
    columns = store.table("atoms")[["atom", "valid_from", "code_commune"]].astype("str")
    return columns.sort_values(["atom", "valid_from"], kind="stable")


@cache
def changed_territory(start: int, end: int) -> frozenset[str]:
    """Communes of COG `end` that did not hold the same land in COG `start` (merged, restored, exchanged parts)."""

    pairs = pd.DataFrame({"before": pd.Series(holders(start)), "after": pd.Series(holders(end))}).drop_duplicates()
    split = pairs["before"].duplicated(keep=False)
    joined = pairs["after"].duplicated(keep=False)
    return frozenset(pairs["after"][split | joined | pairs["before"].isna()].dropna())


def check_communes(
    codes: Collection[str],
    year: int,
    *,
    where: str,
    scope: Scope = FRANCE,
    absent: Callable[[str], bool] = lambda _code: False,
    strange: Collection[str] = (),
    together: bool = True,
) -> list[str]:
    """Compare the communes of a file with the COG it declares: codes it should not hold, communes it lost.

    Arrondissements of Paris, Lyon and Marseille stand for their commune; `together=False` says that this producer
    never publishes a commune beside its arrondissements (one of the two would be counted twice). `absent(code)` says which communes the
    producer is known not to publish; `strange` lists the codes it is known to publish outside that COG.
    """
    known = known_communes(year)
    held = set(codes)
    stood_for = {ARRONDISSEMENTS[code] for code in held if code in ARRONDISSEMENTS}
    for parent in sorted(stood_for):
        lost = sorted(set(PLM[parent]) - held)
        if lost and scope.holds(parent):
            return [f"{where}: arrondissements of {parent} are missing: {shown(lost)}"]
    communes = {code for code in held if code not in ARRONDISSEMENTS}
    problems = []
    both = sorted(stood_for & communes)
    if both and not together:
        problems.append(
            f"{where}: {shown(both)} stands beside its arrondissements, where the producer publishes one of the two"
        )
    unknown = sorted(communes - known - set(strange))
    if unknown:
        problems.append(
            f"{where}: {len(unknown)} codes are not communes of COG {year}: {shown(unknown)}. Likely another vintage or a wrong code"
        )
    missing = sorted(code for code in communes_within(year, scope) - communes - stood_for if not absent(code))
    if missing:
        problems.append(
            f"{where}: {len(missing)} communes of COG {year} are missing: {shown(missing)}. Likely a file cut short or another vintage"
        )
    return problems
