"""Which partners' tables does the catalogue expect, and under which names? Declared like the published sources.

Their files never come from the mirror: they are put in data/raw/imports with the TOML that describes them, and each
import's own producer, licence and period replace what is declared here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from cls_analysis.errors import InvalidInput
from cls_analysis.sources.model import File, Source, Variable, count


def _no_mirror(paths: Mapping[str, Path]) -> pd.DataFrame:
    raise InvalidInput(
        f"a partner's file is not read from the mirror ({', '.join(path.name for path in paths.values())})",
        hint="put it in data/raw/imports: cls-analysis imports template NAME",
    )


def _source(source_id: str, title: str, *variables: Variable) -> Source:
    file = File("depot", f"{source_id}/see-data-raw-imports", None)
    return Source(
        source_id, "Partenaire", title, "selon le dépôt", "Selon la convention du partenaire", "selon le dépôt", (file,), variables,
        _no_mirror, caveats=("Fichier de partenaire, déposé par l’utilisateur.",),
    )  # fmt: skip


def _with_denominator(name: str, label: str, unit: str, invited: str) -> tuple[Variable, Variable]:
    return count(name, label, unit), count(f"{name}_denominateur", invited, unit)


DECLARED: dict[str, Source] = {
    source.id: source
    for source in (
        _source("import-deces", "Décès par commune, sexe et âge", count("deces", "Décès", "décès")),
        _source(
            "import-ald", "Affections de longue durée par commune, sexe et âge",
            count("patients_ald", "Personnes en affection de longue durée", "personnes"),
        ),
        _source(
            "import-depistages", "Dépistages organisés",
            *_with_denominator("depistage_sein", "Femmes dépistées (cancer du sein)", "personnes", "Femmes invitées (cancer du sein)"),
            *_with_denominator("depistage_colorectal", "Personnes dépistées (cancer colorectal)", "personnes", "Personnes invitées (cancer colorectal)"),
        ),
        _source(
            "import-medecin-traitant", "Patients sans médecin traitant",
            *_with_denominator("patients_sans_mt", "Patients de 17 ans ou plus sans médecin traitant", "personnes", "Patients de 17 ans ou plus"),
        ),
    )
}  # fmt: skip
