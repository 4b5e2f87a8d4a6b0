"""Faults that one file cannot show to its reader, and the check of the build that tells or refuses each of them.

A whole column replaced by other plausible figures is a valid file. Its reader reads it; the build does not stay silent:

- on a first build, `trust` says that nothing vouches for the file (doubtful, in the annex of every report), and on a whole
  file of France the map, the roads, the order of two variables or a single number refuse it (`WHOLE`, test_national.py);
- after a good build, the comparison with it refuses what has the signature of a spoiled file (`REFUSED`) and tells any
  other change (`CHANGED`); `SAME` where no figure that is read changes.

With the mirror's `MANIFEST.csv`, a download's journal or `known.toml`, the same file is refused or told by its hash alone. A
fault that its reader learns to see must leave this list: a test says so.
"""

from __future__ import annotations

from dataclasses import dataclass

REFUSED, CHANGED, SAME = "refused by changes", "told by changes", "told by trust"

BOTH = "no fault for this producer, who publishes the commune and its arrondissements: both are kept, at two levels"
NO_NAMES = "the file has no names to compare the codes with"
PLAUSIBLE = "other plausible figures, without an identity between columns"
REGISTER = (
    "a register mixes the codes of many years and of cities: no fault, the site is put where its code lies today, noted"
)
ONE = "one plausible figure among all those of a column"
SCALE = "sums hold at any scale; populations and counts of two sources tell it too (crosschecks)"
OPTIONAL = "a rate that the file lacks leaves no figure: its indicator is absent with a reason"
ROWS = "an extract of some départements has no list of these rows; the rows of a whole file are counted (`min_rows`)"


@dataclass(frozen=True)
class Guard:
    """Why a reader cannot see a fault; `after`: what a build says that follows a good one; a first build says `trust` of all."""

    why: str
    after: str = REFUSED


_ROWS = {
    "insee-statistiques-locales": {
        "cut at the end of a line": REFUSED, "the first row lost": REFUSED, "a middle row lost": REFUSED,
        "the last row lost": REFUSED, "only one row left": REFUSED,
    },
    "insee-bpe": {"the first row lost": CHANGED, "a middle row lost": CHANGED, "the last row lost": CHANGED, "only one row left": REFUSED},
    "insee-cog": {"the last row lost": CHANGED},
    "ans-rpps": {
        "cut at the end of a line": CHANGED, "the first row lost": CHANGED, "a middle row lost": CHANGED, "the last row lost": CHANGED,
        "only one row left": REFUSED,
    },
    "finess": {
        "cut at the end of a line": CHANGED, "the first row lost": CHANGED, "a middle row lost": CHANGED, "the last row lost": CHANGED,
        "only one row left": REFUSED,
    },
    "insee-ds-bpe": {"cut at the end of a line": CHANGED, "only one row left": REFUSED},
    "odisse-cardio-epci": {"cut at the end of a line": REFUSED, "only one row left": REFUSED},
}  # fmt: skip

LIMITS: dict[tuple[str, str], Guard] = {
    ("ameli-demographie", "numbers a hundred times too large"): Guard(SCALE),
    ("ans-rpps", "a code of an older vintage"): Guard(REGISTER, CHANGED),
    ("ans-rpps", "the commune beside its arrondissements"): Guard(REGISTER, CHANGED),
    ("banatic", "numbers a hundred times too large"): Guard(PLAUSIBLE),
    ("banatic", "the codes sorted alone"): Guard("no official list of names is embedded for groupings"),
    ("banatic", "the first number in every row"): Guard(PLAUSIBLE),
    ("cartosante", "a decimal point lost"): Guard(PLAUSIBLE),
    ("cartosante", "numbers in thousands"): Guard(PLAUSIBLE),
    ("cartosante", "the cells of two columns exchanged"): Guard(PLAUSIBLE),
    ("cartosante", "the first number in every row"): Guard(PLAUSIBLE),
    ("cartosante", "two headers exchanged"): Guard(PLAUSIBLE),
    ("finess", "a code of another territory of the file"): Guard(ONE, CHANGED),
    ("frr", "the commune beside its arrondissements"): Guard(BOTH, CHANGED),
    ("insee-bpe", "the cells of two columns exchanged"): Guard(PLAUSIBLE),
    ("insee-bpe", "the codes sorted alone"): Guard(NO_NAMES),
    ("insee-bpe", "two headers exchanged"): Guard(PLAUSIBLE),
    ("insee-comparateur", "numbers a hundred times too large"): Guard(SCALE),
    ("insee-distancier", "a column moved down by a row"): Guard(NO_NAMES),
    ("insee-distancier", "the cells of two columns exchanged"): Guard(PLAUSIBLE),
    ("insee-distancier", "the codes sorted alone"): Guard(NO_NAMES),
    ("insee-distancier", "the commune beside its arrondissements"): Guard(BOTH, CHANGED),
    ("insee-distancier", "two headers exchanged"): Guard(PLAUSIBLE),
    ("insee-ds-bpe", "numbers a hundred times too large"): Guard(SCALE),
    ("insee-etat-civil", "numbers a hundred times too large"): Guard(
        "a fixture of few births; births and deaths per inhabitant refuse it in a whole département"
    ),
    ("insee-filosofi", "the codes sorted alone"): Guard(NO_NAMES),
    ("insee-filosofi", "the commune beside its arrondissements"): Guard(BOTH, SAME),
    ("insee-populations-historiques", "the cells of two columns exchanged"): Guard("two years of one commune are both plausible"),
    ("insee-rp-age-sexe", "numbers a hundred times too large"): Guard(SCALE),
    ("insee-rp-age-sexe", "numbers in thousands"): Guard(SCALE),
    ("insee-statistiques-locales", "the first number in every row"): Guard(PLAUSIBLE),
    ("inserm-fdep", "a column moved down by a row"): Guard(PLAUSIBLE),
    ("inserm-fdep", "a negative number"): Guard(ONE, CHANGED),
    ("inserm-fdep", "last figure of the file lost"): Guard("an export whose last line has no end", CHANGED),
    ("inserm-fdep", "the commune beside its arrondissements"): Guard(BOTH, CHANGED),
    ("inserm-fedi", "a negative number"): Guard(ONE, CHANGED),
    ("inserm-fedi", "the commune beside its arrondissements"): Guard(BOTH, CHANGED),
    ("odisse-cardio-epci", "a column lost"): Guard(OPTIONAL),
    ("odisse-cardio-epci", "a column moved down by a row"): Guard(PLAUSIBLE),
    ("odisse-cardio-epci", "a column renamed"): Guard(OPTIONAL),
    ("odisse-cardio-epci", "a decimal point lost"): Guard(PLAUSIBLE),
    ("odisse-cardio-epci", "a header left blank"): Guard(OPTIONAL),
    ("odisse-cardio-epci", "numbers a hundred times too large"): Guard(PLAUSIBLE),
    ("odisse-cardio-epci", "numbers in thousands"): Guard(PLAUSIBLE),
    ("odisse-cardio-epci", "the cells of two columns exchanged"): Guard(PLAUSIBLE),
    ("odisse-cardio-epci", "the first number in every row"): Guard("too few rows in an extract to judge a column"),
    ("odisse-cardio-epci", "two headers exchanged"): Guard(PLAUSIBLE),
    ("urbasante", "the cells of two columns exchanged"): Guard(PLAUSIBLE),
    ("urbasante", "two headers exchanged"): Guard(PLAUSIBLE),
    **{(source_id, name): Guard(ROWS, after) for source_id, faults in _ROWS.items() for name, after in faults.items()},
}  # fmt: skip

#: on a whole file of France never seen before: fault -> the check that refuses it, or tells it (a doubtful one)
WHOLE: dict[tuple[str, str], tuple[str, str]] = {
    ("insee-filosofi", "the codes sorted alone"): ("broken", "geography"),
    ("inserm-fdep", "a column moved down by a row"): ("broken", "geography"),
    ("insee-distancier", "the codes sorted alone"): ("broken", "distance"),
    ("insee-distancier", "a column moved down by a row"): ("broken", "distance"),
    ("insee-distancier", "two headers exchanged"): ("broken", "order"),
    ("insee-distancier", "the cells of two columns exchanged"): ("broken", "order"),
    ("odisse-cardio-epci", "a column moved down by a row"): ("doubtful", "geography"),
    ("odisse-cardio-epci", "two headers exchanged"): ("broken", "order"),
    ("odisse-cardio-epci", "the cells of two columns exchanged"): ("broken", "order"),
    ("odisse-cardio-epci", "the first number in every row"): ("broken", "reader"),
}
