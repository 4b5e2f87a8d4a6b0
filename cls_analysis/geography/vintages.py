"""Which geography vintages are known, and what year do their populations and memberships really carry?

Established by comparing the packages with INSEE's files: populations_municipales_2013_2021 (RP 2013 to 2021)
and donnees_communes (RP 2023); a package agrees with one reference year on every commune but a handful. The
reference year of 2024 (RP 2022) follows from its equality with the members' populations of packages 2025 and 2026
and from its difference with both neighbours.
"""

from __future__ import annotations

from typing import Final

from cls_analysis.errors import UnknownName

REFERENCE_COG: Final = 2026
VINTAGES: Final[tuple[int, ...]] = (2019, 2021, 2022, 2023, 2024, 2025, 2026)
HISTORY_START: Final = 1994
PACKAGES: Final[dict[int, str]] = {
    2019: "0.7.0",
    2021: "1.1.1",
    2022: "2.3.1",
    2023: "3.1.1",
    2024: "4.1.0",
    2025: "5.3.0",
    2026: "6.0.0",
}
COMMUNE_POPULATION_YEAR: Final[dict[int, int]] = {
    2019: 2016,
    2021: 2019,
    2022: 2020,
    2023: 2020,
    2024: 2022,
    2025: 2023,
    2026: 2023,
}
"""Census year (RP) of `population` in communes.json, by package vintage; Mayotte always carries its census of 2017."""
MEMBER_POPULATION_YEAR: Final[dict[int, int | None]] = {
    2019: None,
    2021: 2018,
    2022: 2019,
    2023: 2020,
    2024: 2021,
    2025: 2022,
    2026: 2022,
}
"""Census year of the members' populations in epci.json; package 2019 gives none per member."""
MAYOTTE_POPULATION_YEAR: Final = 2017
MEMBERSHIP_VINTAGE: Final[dict[int, int]] = {**{y: y for y in VINTAGES}, 2026: 2025}
"""Package 6.0.0 (2026) carries the EPCI of 01/01/2025, byte for byte those of 5.3.0."""


def check_vintage(year: int) -> int:
    """Return `year` if a package exists for it; UnknownName with the list of vintages otherwise.

    >>> check_vintage(2023)
    2023
    """
    if year in VINTAGES:
        return year
    listed = ", ".join(str(y) for y in VINTAGES)
    reason = "no package was ever published for the communes of 2020" if year == 2020 else "no package holds it"
    raise UnknownName(
        f"geography vintage {year} is not available: {reason}; available: {listed}",
        hint=f"use the nearest vintage ({min(VINTAGES, key=lambda y: (abs(y - year), -y))})",
    )


def membership_vintage(year: int = REFERENCE_COG) -> int:
    """Year of the EPCI composition that `membership(year)` and `epci(year)` hold (1 January of that year).

    >>> membership_vintage(2026), membership_vintage(2023)
    (2025, 2023)
    """
    return MEMBERSHIP_VINTAGE[check_vintage(year)]
