"""How long is the drive from each commune to the nearest general practitioner, pharmacy, emergency ward, maternity?

No producer publishes these four times in one file: they are computed from Insee's distancier (times by road between the centres of
communes) and the facilities of the BPE, then put in the mirror in this form: `;`, UTF-8, decimal point,
`codgeo;temps_medecin;temps_pharmacie;temps_urgences;temps_maternite`, minutes, 0 for a commune that has the service, blank
where there is no road (islands); every commune outside Mayotte is listed. https://www.insee.fr/fr/information/2416930
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from cls_analysis.sources.codes import FRANCE, Scope, clean_codes, departement_of, duplicates
from cls_analysis.sources.deduced_cog import fitting_cog
from cls_analysis.sources.melodi import EMPTIED
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, Variable
from cls_analysis.sources.notes import note
from cls_analysis.sources.observations import assemble, with_plm
from cls_analysis.sources.plausible import middle, spread
from cls_analysis.sources.reading import read_csv
from cls_analysis.sources.wide import Measure, refuse, wide_blocks

YEAR = "2023"
CANDIDATES = (2023, 2024, 2025, 2026)
SERVICES = {
    "medecin": "médecin généraliste",
    "pharmacie": "pharmacie",
    "urgences": "service d’urgences",
    "maternite": "maternité",
}
VARIABLES = tuple(
    Variable(f"temps_{key}", f"Temps d’accès par la route : {label} le plus proche", "minutes", "mean", maximum=600)
    for key, label in SERVICES.items()
)
FILE = File(
    "communes", f"insee-distancier/{YEAR}/temps_acces_{YEAR}.csv", None, separator=";",
    columns=("codgeo", *(variable.name for variable in VARIABLES)), min_rows=34000,
)  # fmt: skip


def read(paths: Mapping[str, Path], *, scope: Scope = FRANCE) -> pd.DataFrame:
    """OBSERVATIONS of `temps_*` in minutes by commune; a blank is `not_applicable` (no road)."""
    grid = read_csv(paths["communes"], FILE)
    codes, problems = clean_codes(grid.frame["codgeo"], "commune", where=grid.where, column="codgeo")
    problems += duplicates(codes, where=grid.where, what="communes")
    cog, wrong = fitting_cog(
        set(codes), CANDIDATES, where=grid.where, scope=scope,
        absent=lambda code: departement_of(code) == "976" or code in EMPTIED,
    )  # fmt: skip
    problems += wrong
    if scope.whole and len(codes) < FILE.min_rows:
        problems.append(
            f"{grid.where}: {len(codes)} communes, at least {FILE.min_rows} expected; likely a file cut short"
        )
    measures = [Measure(variable.name, variable.name, YEAR) for variable in VARIABLES]
    blocks, wrong = wide_blocks(
        grid, codes, measures, SOURCE.names, level="commune", cog=cog, marks={"": "not_applicable"}
    )
    for block in blocks:
        problems += spread(block.value, 5, 600, where=grid.where, column=block.variable, unit="minutes")
        problems += middle(block.value, 90, where=grid.where, column=block.variable, unit="minutes")
    refuse([*problems, *wrong], source_id=SOURCE.id)
    note(f"{grid.where}: codes are those of COG {cog}")
    return assemble([part for block in blocks for part in with_plm(block, additive=False)])


SOURCE = Source(
    "insee-distancier",
    "Insee (distancier, BPE), calcul de l’utilisateur",
    "Temps d’accès par la route aux services de santé",
    YEAR,
    LICENCE_OUVERTE,
    "COG déduit du fichier (2023 à 2026)",
    (FILE,),
    VARIABLES,
    read,
    caveats=("De centre de commune à centre de commune ; table préparée à partir du distancier de l’Insee.",),
)
