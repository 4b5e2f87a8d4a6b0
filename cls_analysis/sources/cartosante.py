"""Who is in long-term illness, and how many professionals are there, in each bassin de vie (CartoSanté, 2024)?

Géoclip export by bassin de vie 2022 (see `locales`). The share of people in long-term illness (ALD) is hidden in
157 bassins. The file does not write the denominators of its densities: the units below were inferred by comparing
national orders of magnitude with data.ameli.fr, and say so. Two codes (`977ZZ`, `978ZZ`) are Saint-Barthélemy and
Saint-Martin.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from cls_analysis.sources.codes import FRANCE, Scope
from cls_analysis.sources.locales import read_export
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, rate, share
from cls_analysis.sources.observations import assemble
from cls_analysis.sources.wide import refuse

COG = 2025
_INFERRED = "(unité non écrite dans le fichier)"
MEASURES = {
    "Part des bénéf. ophtalmo. dans pop. 2024": ("part_beneficiaires_ophtalmologue", "all"),
    "APL Médecins généralistes 2023": ("apl_mg", "all"),
    "Densité d'orthophonistes lib. 2024": ("densite_orthophonistes", "all"),
    "Densité de généralistes lib. 2024": ("densite_generalistes", "all"),
    "Densité d'infirmiers lib. 2024": ("densite_infirmiers", "all"),
    "Densité de sages-femmes lib. 2024": ("densite_sages_femmes", "all"),
    "Part des bénéf. en ALD dans la pop 2024": ("part_ald", "all"),
    "Densité des pharmacies pour 10 000 hab. 2024": ("densite_pharmacies", "all"),
}
FILE = File(
    "bassins",
    "cartosante/2024/bassins_de_vie_sante.csv",
    separator=";",
    columns=("Code", "Libellé", *MEASURES),
    min_rows=1709,
)
VARIABLES = (
    share("part_beneficiaires_ophtalmologue", "Part des bénéficiaires d’un acte d’ophtalmologue dans la population"),
    rate("apl_mg", "APL aux médecins généralistes", "consultations ou visites par an et par habitant", maximum=100),
    rate("densite_orthophonistes", "Densité d’orthophonistes libéraux", f"pour 100 000 hab. {_INFERRED}", maximum=1000),
    rate(
        "densite_generalistes",
        "Densité de médecins généralistes libéraux",
        f"pour 10 000 hab. {_INFERRED}",
        maximum=200,
    ),
    rate("densite_infirmiers", "Densité d’infirmiers libéraux", f"pour 10 000 hab. {_INFERRED}", maximum=500),
    rate("densite_sages_femmes", "Densité de sages-femmes libérales", f"pour 10 000 femmes {_INFERRED}", maximum=100),
    share("part_ald", "Part des bénéficiaires en affection de longue durée dans la population"),
    rate("densite_pharmacies", "Densité de pharmacies", "pour 10 000 hab.", maximum=100),
)


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE) -> pd.DataFrame:
    """OBSERVATIONS by bassin de vie 2022; the period is the year of each column (2023 for the APL, 2024 otherwise)."""
    blocks, _, problems = read_export(
        paths["bassins"], FILE, MEASURES, SOURCE.names,
        level="bassin_de_vie", cog=COG, title="France par bassin de vie", scope=scope,
    )  # fmt: skip
    refuse(problems, source_id=SOURCE.id)
    return assemble(blocks)


SOURCE = Source(
    "cartosante",
    "ARS, CartoSanté",
    "Offre et recours aux soins par bassin de vie",
    "2024",
    f"{LICENCE_OUVERTE} (à confirmer)",
    "bassins de vie 2022",
    (FILE,),
    VARIABLES,
    read,
    caveats=(
        "Densités de professionnels libéraux seulement ; leur dénominateur n’est pas écrit dans le fichier.",
        "La part des bénéficiaires en ALD est sous secret statistique dans 157 bassins de vie.",
        "Un bassin de vie n’est pas un EPCI : toute valeur portée à un autre territoire est une estimation.",
    ),
    homepage="https://cartosante.atlasante.fr",
)
