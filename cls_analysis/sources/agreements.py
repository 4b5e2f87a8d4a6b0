"""Which sources publish the same thing, or nearly: what `crosschecks` holds against each other, and how far apart they may be.

Each pair is (one, other, French label), and for totals the gap in % that is ok and the gap over which the build stops.
`SAME`: one figure published twice. `NEAR`: populations of near years. `SUMS`: communes added up against a published
total. `TOTALS`: one quantity counted by two producers. `MEDIANS`: communes' median against a published median.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """One column of OBSERVATIONS: a variable of a source at a level and period (both sexes, all ages).

    `added`: the source publishes women and men by age only; they are added up.
    """

    source: str
    variable: str
    period: str
    level: str = "commune"
    added: bool = False


SAME = (
    (Cell("insee-populations-reference", "pmun", "2023"), Cell("etalab-decoupage", "pmun", "2023"), "Population municipale 2023 : Insee et Etalab"),
    (Cell("insee-populations-historiques", "pmun", "2021"), Cell("insee-comparateur", "population", "2021"), "Population municipale 2021 : série historique et comparateur"),
    (Cell("dgcl-epci", "pmun", "2022"), Cell("etalab-decoupage", "pmun", "2022"), "Population municipale 2022 : DGCL et Etalab"),
)  # fmt: skip
NEAR = (
    (Cell("insee-comparateur", "population", "2021"), Cell("insee-populations-reference", "pmun", "2023"), "Population municipale, 2021 (comparateur) et 2023 (référence)"),
    (Cell("dgcl-epci", "pmun", "2022"), Cell("insee-populations-reference", "pmun", "2023"), "Population municipale, 2022 (DGCL) et 2023 (référence)"),
    (Cell("insee-comparateur", "population", "2021"), Cell("dgcl-epci", "pmun", "2022"), "Population municipale, 2021 (comparateur) et 2022 (DGCL)"),
    (Cell("insee-rp-age-sexe", "population", "2023", added=True), Cell("insee-populations-reference", "pmun", "2023"), "Population 2023 : âges additionnés (recensement) et population de référence"),
)  # fmt: skip
_LOCALES, _AMELI = "insee-statistiques-locales", "ameli-demographie"
SUMS = (
    (Cell("insee-populations-reference", "pmun", "2023"), Cell(_LOCALES, "population_estimee", "2025", "departement"), "Populations communales additionnées et population estimée du département", 6.0, 20.0),
    (Cell("insee-ds-bpe", "equip_d265", "2025"), Cell(_AMELI, "effectif_ensemble_generalistes", "2024", "departement"), "Médecins généralistes : équipements (Insee, lieux d’exercice) et Assurance maladie", 40.0, 80.0),
    (Cell("ans-rpps", "medecins_generalistes_liberaux", "2026"), Cell(_AMELI, "effectif_ensemble_generalistes", "2024", "departement"), "Médecins généralistes libéraux : RPPS et Assurance maladie", 40.0, 80.0),
)  # fmt: skip
TOTALS = (
    (Cell(_AMELI, "effectif_ensemble_generalistes", "2024", "departement"), Cell(_LOCALES, "nb_medecins_generalistes", "2024", "departement"), "Médecins généralistes : Assurance maladie et Insee", 40.0, 80.0),
    (Cell(_AMELI, "effectif_infirmiers", "2024", "departement"), Cell(_LOCALES, "nb_infirmiers", "2024", "departement"), "Infirmiers : Assurance maladie et Insee", 30.0, 80.0),
    (Cell(_AMELI, "effectif_ensemble_dentistes", "2024", "departement"), Cell(_LOCALES, "nb_chirurgiens_dentistes", "2024", "departement"), "Chirurgiens-dentistes : Assurance maladie et Insee", 30.0, 80.0),
)  # fmt: skip
MEDIANS = (
    (Cell("insee-filosofi", "niveau_vie_median", "2021"), Cell(_LOCALES, "niveau_vie_median", "2021", "departement"), "Niveau de vie médian : médiane des communes et médiane du département", 30.0, 60.0),
    (Cell("insee-ds-filosofi", "niveau_vie_median", "2023"), Cell("insee-ds-filosofi", "niveau_vie_median", "2023", "departement"), "Niveau de vie médian 2023 : médiane des communes et médiane du département", 30.0, 60.0),
)  # fmt: skip
YEARLY = ("apl_mg", "apl_ide", "apl_cd", "apl_sf")
#: (source, what is lower nearly everywhere, what is higher, label)
ORDERED = (
    ("insee-distancier", "temps_medecin", "temps_urgences", "Médecin généraliste plus proche que les urgences"),
    ("insee-distancier", "temps_pharmacie", "temps_maternite", "Pharmacie plus proche que la maternité"),
    *(
        ("odisse-cardio-epci", f"mortalite_{key}", f"hospitalisation_{key}", f"Patients hospitalisés plus nombreux que les décès : {key.replace('_', ' ')}")
        for key in ("avc", "avc_ischemiques", "infarctus", "cardiopathies_ischemiques", "syndrome_coronaire_aigu", "embolie_pulmonaire")
    ),
)  # fmt: skip
#: source whose variables are minutes by road to a service, 0 where the commune has it
BY_ROAD = ("insee-distancier",)
