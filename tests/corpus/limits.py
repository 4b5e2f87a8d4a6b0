"""Faults that one file cannot show, each with the reason and with what stands guard instead of the reader.

A whole column replaced by other plausible figures is a valid file. What remains then: the SHA-256 of the mirror's
`MANIFEST.csv`, the cross-checks between sources, and the previous build. A limit that a reader learns to see must leave
this list: a test says so.
"""

from __future__ import annotations

HASH = "guard: SHA-256 in MANIFEST.csv"
BOTH = "no fault for this producer, who publishes the commune and its arrondissements: both are kept, at two levels"
NO_NAMES = f"the file has no names to compare the codes with; {HASH}, and medians against the département's"
PLAUSIBLE = f"other plausible figures, without an identity between columns; {HASH}"

REGISTER = "a register mixes the codes of many years and of cities: no fault, the site is put where its code lies today, noted; guard: names beside the codes"
TWICE = "sums hold at any scale; guard: the populations of two sources (cross-checks)"
OPTIONAL = "a rate that the file lacks leaves no figure; guard: its indicator is absent with a reason, and the note lists the columns not read"
COUNTED = "an extract of some départements has no list of these rows; guard: the number of rows of the whole file (`min_rows`)"
_COUNTED = {
    "insee-statistiques-locales": (
        "cut at the end of a line", "the first row lost", "a middle row lost", "the last row lost", "only one row left",
    ),
    "insee-bpe": ("the first row lost", "a middle row lost", "the last row lost", "only one row left"),
    "insee-cog": ("the last row lost",),
    "ans-rpps": ("cut at the end of a line", "the first row lost", "a middle row lost", "the last row lost", "only one row left"),
    "finess": ("cut at the end of a line", "the first row lost", "a middle row lost", "the last row lost", "only one row left"),
    "insee-ds-bpe": ("cut at the end of a line", "only one row left"),
    "odisse-cardio-epci": ("cut at the end of a line", "only one row left"),
}  # fmt: skip

LIMITS: dict[tuple[str, str], str] = {
    (
        "ameli-demographie",
        "numbers a hundred times too large",
    ): "sums hold at any scale; guard: counts against Insee's (cross-checks)",
    ("banatic", "the codes sorted alone"): f"no official list of names is embedded for groupings; {HASH}",
    ("banatic", "numbers a hundred times too large"): PLAUSIBLE,
    ("banatic", "the first number in every row"): PLAUSIBLE,
    ("cartosante", "two headers exchanged"): PLAUSIBLE,
    ("cartosante", "the cells of two columns exchanged"): PLAUSIBLE,
    ("cartosante", "a decimal point lost"): PLAUSIBLE,
    ("cartosante", "numbers in thousands"): PLAUSIBLE,
    ("cartosante", "the first number in every row"): PLAUSIBLE,
    ("insee-bpe", "two headers exchanged"): PLAUSIBLE,
    ("insee-bpe", "the cells of two columns exchanged"): PLAUSIBLE,
    ("insee-bpe", "the codes sorted alone"): f"the file has no names to compare the codes with; {HASH}",
    (
        "insee-comparateur",
        "numbers a hundred times too large",
    ): "guard: the historical series of the same year (cross-checks)",
    ("insee-filosofi", "the codes sorted alone"): NO_NAMES,
    ("insee-filosofi", "the commune beside its arrondissements"): BOTH,
    (
        "insee-populations-historiques",
        "the cells of two columns exchanged",
    ): f"two years of one commune are both plausible; {HASH}",
    ("insee-statistiques-locales", "the first number in every row"): PLAUSIBLE,
    ("urbasante", "two headers exchanged"): PLAUSIBLE,
    ("urbasante", "the cells of two columns exchanged"): PLAUSIBLE,
    ("ans-rpps", "a code of an older vintage"): REGISTER,
    ("ans-rpps", "the commune beside its arrondissements"): REGISTER,
    ("finess", "a code of another territory of the file"): PLAUSIBLE,
    ("frr", "the commune beside its arrondissements"): BOTH,
    ("insee-distancier", "the commune beside its arrondissements"): BOTH,
    ("insee-distancier", "the codes sorted alone"): NO_NAMES,
    ("insee-distancier", "two headers exchanged"): PLAUSIBLE,
    ("insee-distancier", "the cells of two columns exchanged"): PLAUSIBLE,
    ("insee-distancier", "a column moved down by a row"): PLAUSIBLE,
    (
        "insee-ds-bpe",
        "numbers a hundred times too large",
    ): "sums hold at any scale; guard: professionals of two sources (cross-checks)",
    (
        "insee-etat-civil",
        "numbers a hundred times too large",
    ): "a fixture of few births; guard: births and deaths per inhabitant, which a whole département shows (tests/sources_more)",
    ("insee-rp-age-sexe", "numbers in thousands"): TWICE,
    ("insee-rp-age-sexe", "numbers a hundred times too large"): TWICE,
    ("inserm-fdep", "last figure of the file lost"): f"an export whose last line has no end; {HASH}",
    ("inserm-fdep", "a column moved down by a row"): PLAUSIBLE,
    ("inserm-fdep", "a negative number"): PLAUSIBLE,
    ("inserm-fdep", "the commune beside its arrondissements"): BOTH,
    ("inserm-fedi", "a negative number"): PLAUSIBLE,
    ("inserm-fedi", "the commune beside its arrondissements"): BOTH,
    ("odisse-cardio-epci", "a column lost"): OPTIONAL,
    ("odisse-cardio-epci", "a column renamed"): OPTIONAL,
    ("odisse-cardio-epci", "a header left blank"): OPTIONAL,
    ("odisse-cardio-epci", "two headers exchanged"): PLAUSIBLE,
    ("odisse-cardio-epci", "the cells of two columns exchanged"): PLAUSIBLE,
    ("odisse-cardio-epci", "a column moved down by a row"): PLAUSIBLE,
    ("odisse-cardio-epci", "a decimal point lost"): PLAUSIBLE,
    ("odisse-cardio-epci", "numbers in thousands"): PLAUSIBLE,
    ("odisse-cardio-epci", "numbers a hundred times too large"): PLAUSIBLE,
    ("odisse-cardio-epci", "the first number in every row"): f"too few rows in an extract to judge a column; {HASH}",
    **{(source_id, name): COUNTED for source_id, names in _COUNTED.items() for name in names},
}
