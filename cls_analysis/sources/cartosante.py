"""CartoSanté.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from cls_analysis.errors import DataMissing
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, Variable, count, rate, share  # noqa: F401


VARIABLES = (
    share("part_beneficiaires_ophtalmologue", "Part des bénéficiaires d’un acte d’ophtalmologue dans la population"),
    rate("apl_mg", "APL aux médecins généralistes", "consultations ou visites par an et par habitant"),
    rate("densite_orthophonistes", "Densité d’orthophonistes libéraux", "pour 100 000 hab. (unité non écrite dans le fichier)"),
    rate("densite_generalistes", "Densité de médecins généralistes libéraux", "pour 10 000 hab. (unité non écrite dans le fichier)"),
    rate("densite_infirmiers", "Densité d’infirmiers libéraux", "pour 10 000 hab. (unité non écrite dans le fichier)"),
    rate("densite_sages_femmes", "Densité de sages-femmes libérales", "unité non écrite dans le fichier"),
    share("part_ald", "Part des bénéficiaires en affection de longue durée dans la population"),
    rate("densite_pharmacies", "Densité de pharmacies", "pour 10 000 hab."),
)
def read(paths: Mapping[str, Path]) -> pd.DataFrame:
    raise DataMissing(f"no reader for {sorted(paths)}")

SOURCE = Source("cartosante", "ARS, CartoSanté", "Offre et recours aux soins par bassin de vie", "2024", LICENCE_OUVERTE + " (à confirmer)", "bassins de vie 2022", (), VARIABLES, read)
