"""Territories of France: which communes, which year, where, and how counts pass from one year to another.

Contracts in docs/architecture.md, method and traps in docs/geography.md.
"""

from cls_analysis.geography.administrative import (
    arrondissements_municipaux,
    communes,
    communes_without_epci,
    departements,
    epci,
    member_populations,
    membership,
    overseas_collectivities,
    parts,
    populations,
    regions,
)
from cls_analysis.geography.vintages import (
    COMMUNE_POPULATION_YEAR,
    MEMBER_POPULATION_YEAR,
    REFERENCE_COG,
    VINTAGES,
    membership_vintage,
)

__all__ = [
    "COMMUNE_POPULATION_YEAR",
    "MEMBER_POPULATION_YEAR",
    "REFERENCE_COG",
    "VINTAGES",
    "arrondissements_municipaux",
    "communes",
    "communes_without_epci",
    "departements",
    "epci",
    "member_populations",
    "membership",
    "membership_vintage",
    "overseas_collectivities",
    "parts",
    "populations",
    "regions",
]
