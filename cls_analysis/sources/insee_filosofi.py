"""What do the inhabitants of each commune live on (Filosofi 2021: income, poverty, composition of income)?

Official base of communes, `;`, decimal comma, COG 2024, hors Guadeloupe, Guyane and Mayotte. `s` is statistical
secrecy (under 50 households, or under 1 000 households for the details), `nd` is not available; neither is 0.
Paris, Marseille and Lyon are published as communes and as arrondissements. A median or a rate of poverty of several
communes is never the mean of theirs. https://www.insee.fr/fr/metadonnees/source/serie/s1172
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from cls_analysis.sources.codes import FRANCE, Scope, check_communes, clean_codes, departement_of, duplicates
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, Variable, count, rate, share
from cls_analysis.sources.observations import assemble, each_with_plm
from cls_analysis.sources.reading import read_csv
from cls_analysis.sources.wide import Measure, broken, refuse, wide_blocks

COG = 2024
YEAR = "2021"
MARKS = {"s": "not_published", "nd": "missing"}
UNPUBLISHED = frozenset({"971", "973", "976"})
_EUROS = "€/an par unité de consommation"
_INCOME = "% du revenu disponible"


def _part(name: str, label: str, *, low: float = 0.0, high: float = 200.0) -> Variable:
    """A share of disposable income: taxes are negative, so activity and pensions may pass 100 %."""
    return Variable(name, label, _INCOME, "rate", minimum=low, maximum=high)


COLUMNS: dict[str, Variable] = {
    "NBMENFISC21": count("menages_fiscaux", "Ménages fiscaux", "ménages"),
    "NBPERSMENFISC21": count("personnes_fiscales", "Personnes dans les ménages fiscaux", "personnes"),
    "MED21": Variable("niveau_vie_median", "Niveau de vie médian", _EUROS, "median", minimum=3000, maximum=200000),
    "PIMP21": share("part_menages_imposes", "Part des ménages fiscaux imposés"),
    "TP6021": share("taux_pauvrete", "Taux de pauvreté (seuil à 60 % du niveau de vie médian)"),
    "TP60AGE121": share("taux_pauvrete_moins_30", "Taux de pauvreté, référent fiscal de moins de 30 ans"),
    "TP60AGE221": share("taux_pauvrete_30_39", "Taux de pauvreté, référent fiscal de 30 à 39 ans"),
    "TP60AGE321": share("taux_pauvrete_40_49", "Taux de pauvreté, référent fiscal de 40 à 49 ans"),
    "TP60AGE421": share("taux_pauvrete_50_59", "Taux de pauvreté, référent fiscal de 50 à 59 ans"),
    "TP60AGE521": share("taux_pauvrete_60_74", "Taux de pauvreté, référent fiscal de 60 à 74 ans"),
    "TP60AGE621": share("taux_pauvrete_75_plus", "Taux de pauvreté, référent fiscal de 75 ans ou plus"),
    "TP60TOL121": share("taux_pauvrete_proprietaires", "Taux de pauvreté des ménages propriétaires"),
    "TP60TOL221": share("taux_pauvrete_locataires", "Taux de pauvreté des ménages locataires"),
    "PACT21": _part("part_revenus_activite", "Part des revenus d’activité"),
    "PTSA21": _part("part_salaires", "Part des salaires et traitements"),
    "PCHO21": _part("part_indemnites_chomage", "Part des indemnités de chômage", high=100),
    "PBEN21": _part("part_revenus_non_salaries", "Part des revenus des activités non salariées", low=-100),
    "PPEN21": _part("part_pensions", "Part des pensions, retraites et rentes"),
    "PPAT21": _part("part_patrimoine", "Part des revenus du patrimoine et autres revenus", low=-100),
    "PPSOC21": _part("part_prestations_sociales", "Part de l’ensemble des prestations sociales", high=100),
    "PPFAM21": _part("part_prestations_familiales", "Part des prestations familiales", high=100),
    "PPMINI21": _part("part_minima_sociaux", "Part des minima sociaux", high=100),
    "PPLOGT21": _part("part_prestations_logement", "Part des prestations logement", high=100),
    "PIMPOT21": _part("part_impots", "Part des impôts (négative)", low=-100, high=0),
    "D121": Variable("d1", "1er décile du niveau de vie", _EUROS, "median", minimum=0, maximum=200000),
    "D921": Variable("d9", "9e décile du niveau de vie", _EUROS, "median", minimum=3000, maximum=500000),
    "RD21": rate("rapport_interdecile", "Rapport interdécile D9/D1", "rapport", maximum=100),
}
MEASURES = tuple(Measure(column, variable.name, YEAR) for column, variable in COLUMNS.items())
FILE = File(
    "communes",
    "insee-filosofi/2021/cc_filosofi_2021_COM.csv",
    separator=";",
    columns=("CODGEO", *COLUMNS),
    min_rows=34909,
)


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE) -> pd.DataFrame:
    """OBSERVATIONS of Filosofi 2021 by commune and arrondissement (COG 2024); `s` is `not_published`, `nd` is `missing`."""
    grid = read_csv(paths["communes"], FILE)
    codes, problems = clean_codes(grid.frame["CODGEO"], "commune", where=grid.where, column="CODGEO")
    problems += duplicates(codes, where=grid.where, what="communes")
    problems += check_communes(
        codes, COG, where=grid.where, scope=scope, absent=lambda code: departement_of(code) in UNPUBLISHED
    )
    blocks, wrong = wide_blocks(grid, codes, MEASURES, SOURCE.names, level="commune", cog=COG, marks=MARKS, decimal=",")
    problems += wrong
    problems += _rules({block.variable: block.value for block in blocks}, grid.frame.index, where=grid.where)
    refuse(problems, source_id=SOURCE.id)
    return assemble(each_with_plm(blocks, additive=False))


def _rules(of: Mapping[str, np.ndarray], rows: pd.Index, *, where: str) -> list[str]:
    """What must hold between columns: deciles in order, their ratio, persons in households, income adding up to 100."""
    income = sum(
        of[name]
        for name in (
            "part_revenus_activite",
            "part_pensions",
            "part_patrimoine",
            "part_prestations_sociales",
            "part_impots",
        )
    )
    activity = of["part_salaires"] + of["part_indemnites_chomage"] + of["part_revenus_non_salaries"]
    benefits = of["part_prestations_familiales"] + of["part_minima_sociaux"] + of["part_prestations_logement"]
    with np.errstate(invalid="ignore"):
        checks = {
            "D1 <= MED <= D9": (of["d1"] > of["niveau_vie_median"]) | (of["niveau_vie_median"] > of["d9"]),
            "RD = D9 / D1": np.abs(of["d9"] / of["d1"] - of["rapport_interdecile"]) > 0.11,
            "NBMENFISC <= NBPERSMENFISC": of["menages_fiscaux"] > of["personnes_fiscales"],
            "PACT + PPEN + PPAT + PPSOC + PIMPOT = 100": np.abs(income - 100) > 0.61,
            "PTSA + PCHO + PBEN = PACT": np.abs(activity - of["part_revenus_activite"]) > 0.41,
            "PPFAM + PPMINI + PPLOGT = PPSOC": np.abs(benefits - of["part_prestations_sociales"]) > 0.41,
        }
    return [problem for rule, fails in checks.items() for problem in broken(rows, fails, where=where, rule=rule)]


SOURCE = Source(
    "insee-filosofi",
    "Insee",
    "Filosofi 2021, base communes",
    "2021",
    LICENCE_OUVERTE,
    "COG 2024",
    (FILE,),
    tuple(COLUMNS.values()),
    read,
    caveats=(
        "Guadeloupe, Guyane et Mayotte ne sont pas diffusées.",
        "« s » : secret statistique (moins de 50 ménages, ou moins de 1 000 ménages pour les détails) ; « nd » : non disponible.",
        "Une médiane ou un taux de pauvreté de plusieurs communes ne se déduit pas de ceux des communes.",
    ),
)
