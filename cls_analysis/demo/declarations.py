"""What are the simulated sources, for the list of sources of a report? Declared like the published ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from cls_analysis.errors import DataMissing
from cls_analysis.sources import Source, Variable

PRODUCER = "Données simulées (démonstration)"
LICENCE = "Licence MIT (données simulées)"


def _no_file(_: Mapping[str, Path]) -> pd.DataFrame:
    raise DataMissing(
        "a simulated source has no file: it is drawn by cls_analysis.demo", hint="cls-analysis data build"
    )


def _source(source_id: str, title: str, vintage: str, *variables: Variable) -> Source:
    return Source(
        id=source_id,
        producer=PRODUCER,
        title=title,
        vintage=vintage,
        licence=LICENCE,
        geography="COG 2026",
        files=(),
        variables=variables,
        read=_no_file,
        updated=None,
        caveats=("Table simulée : aucune valeur n’est réelle.",),
        modes=("embedded",),
    )


DEMO_SOURCES: dict[str, Source] = {
    s.id: s
    for s in (
        _source(
            "demo-population",
            "Population par sexe et âge (simulée sur les populations communales réelles)",
            "2023",
            Variable("population", "Population municipale", "habitants", "count", integer=True),
        ),
        _source(
            "demo-deces",
            "Décès par sexe et âge (simulés)",
            "2018-2022",
            Variable("deces", "Décès", "décès", "count", integer=True),
        ),
        _source(
            "demo-ald",
            "Affections de longue durée par sexe et âge (simulées)",
            "2023",
            Variable("patients_ald", "Personnes en affection de longue durée", "personnes", "count", integer=True),
        ),
        _source(
            "demo-professionnels",
            "Professionnels de santé par commune et âge (simulés)",
            "2023",
            *(
                Variable(name, label, "professionnels", "count", integer=True)
                for name, label in (
                    ("medecins_generalistes", "Médecins généralistes"),
                    ("infirmiers", "Infirmiers"),
                    ("kinesitherapeutes", "Masseurs-kinésithérapeutes"),
                    ("chirurgiens_dentistes", "Chirurgiens-dentistes"),
                    ("sages_femmes", "Sages-femmes"),
                    ("orthophonistes", "Orthophonistes"),
                    ("pharmacies", "Pharmacies"),
                )
            ),
        ),
        _source(
            "demo-social",
            "Indice de défavorisation (simulé)",
            "2023",
            Variable("defavorisation", "Indice de défavorisation", "écarts-types", "score", minimum=None),
        ),
        _source(
            "demo-distances",
            "Temps d’accès par la route (simulés)",
            "2023",
            *(
                Variable(name, label, "minutes", "mean")
                for name, label in (
                    ("temps_medecin", "Temps d’accès au médecin généraliste le plus proche"),
                    ("temps_pharmacie", "Temps d’accès à la pharmacie la plus proche"),
                    ("temps_urgences", "Temps d’accès au service d’urgences le plus proche"),
                    ("temps_maternite", "Temps d’accès à la maternité la plus proche"),
                )
            ),
        ),
    )
}
