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
from cls_analysis.geography.articles import Named
from cls_analysis.geography.covered import Coverage, coverage
from cls_analysis.geography.crosswalk import codes_of, convert, passage, sum_arrondissements
from cls_analysis.geography.history import Event, heirs, read_events, trace
from cls_analysis.geography.past import composition
from cls_analysis.geography.perimeters import (
    Generation,
    Perimeter,
    check_perimeters,
    list_perimeters,
    load_perimeter,
    parse_perimeter,
)
from cls_analysis.geography.places import Territory, comparators, members, territories, territory
from cls_analysis.geography.project import perimeters_dir, project_root
from cls_analysis.geography.shapes import (
    areas,
    borders,
    centroids,
    contours,
    dissolve,
    distances,
    keep_dissolved,
    missing_contours,
    neighbours,
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
    "Coverage",
    "Event",
    "Generation",
    "Named",
    "Perimeter",
    "Territory",
    "areas",
    "arrondissements_municipaux",
    "borders",
    "centroids",
    "check_perimeters",
    "codes_of",
    "communes",
    "communes_without_epci",
    "comparators",
    "composition",
    "contours",
    "convert",
    "coverage",
    "departements",
    "dissolve",
    "distances",
    "epci",
    "heirs",
    "keep_dissolved",
    "list_perimeters",
    "load_perimeter",
    "member_populations",
    "members",
    "membership",
    "membership_vintage",
    "missing_contours",
    "neighbours",
    "overseas_collectivities",
    "parse_perimeter",
    "parts",
    "passage",
    "perimeters_dir",
    "populations",
    "project_root",
    "read_events",
    "regions",
    "sum_arrondissements",
    "territories",
    "territory",
    "trace",
]
