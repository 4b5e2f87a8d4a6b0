"""APL.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from cls_analysis.errors import DataMissing
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, Variable, count, rate, share  # noqa: F401


MG, ETP, ETP_F = "consultations ou visites par an et par habitant standardisé", "ETP pour 100 000 habitants standardisés", "ETP pour 100 000 habitantes standardisées"
STD = "habitants standardisés"
VARIABLES = (
    rate("apl_mg", "APL aux médecins généralistes", MG),
    rate("apl_mg_65", "APL aux médecins généralistes de moins de 65 ans", MG),
    count("pop_standardisee_mg", "Population standardisée pour la médecine générale", STD, integer=False),
    rate("apl_ide", "APL aux infirmières", ETP),
    count("pop_standardisee_ide", "Population standardisée pour les infirmières", STD, integer=False),
    rate("apl_cd", "APL aux chirurgiens-dentistes", ETP),
    count("pop_standardisee_cd", "Population standardisée pour les chirurgiens-dentistes", STD, integer=False),
    rate("apl_sf", "APL aux sages-femmes", ETP_F),
    count("pop_feminine_standardisee_sf", "Population féminine standardisée pour les sages-femmes", "habitantes standardisées", integer=False),
    count("population_totale", "Population totale du classeur APL (médecins généralistes)", "habitants", integer=False),
    count("population_feminine", "Population féminine du classeur APL (sages-femmes)", "habitantes", integer=False),
)
def read(paths: Mapping[str, Path]) -> pd.DataFrame:
    raise DataMissing(f"no reader for {sorted(paths)}")

SOURCE = Source("drees-apl", "DREES", "Accessibilité potentielle localisée (APL) 2022 et 2023", "2023", LICENCE_OUVERTE, "COG 2023 (APL 2022), COG 2024 (APL 2023)", (), VARIABLES, read)
