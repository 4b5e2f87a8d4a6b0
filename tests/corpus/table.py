"""The corpus as a table: for each reader, how many faults were read right, left a blank, or were refused.

    python -m tests.corpus.table [SOURCE ...] [--all]

`--all` lists every outcome; without it, only what is not as it should be follows the counts.
"""

from __future__ import annotations

import sys

from tests.corpus.layout import LAYOUTS
from tests.corpus.limits import LIMITS
from tests.corpus.mutations import gathered
from tests.corpus.outcome import BLANKED, CRASHED, NONE, NOTED, READ, REFUSED, UNCLEAR, WRONG, Outcome, bench, counts

LIMIT = "told by the build"
KINDS = (READ, BLANKED, NOTED, REFUSED, LIMIT, UNCLEAR, WRONG, CRASHED, NONE)


def run(chosen: list[str]) -> dict[tuple[str, str], Outcome]:
    outcomes = {}
    with bench() as made:
        for source_id in chosen:
            for mutation in gathered().values():
                outcome = made.outcome(source_id, mutation)
                if outcome.kind == WRONG and (source_id, mutation.name) in LIMITS:
                    outcome = Outcome(LIMIT, LIMITS[source_id, mutation.name].why)
                outcomes[source_id, mutation.name] = outcome
    return outcomes


def main(arguments: list[str]) -> None:
    chosen = [name for name in arguments if not name.startswith("--")] or sorted(LAYOUTS)
    outcomes = run(chosen)
    out = sys.stdout.write
    out(f"{len(gathered())} faults, {sum(o.kind != NONE for o in outcomes.values())} spoiled files\n\n")
    out("| reader | " + " | ".join(KINDS) + " |\n|---" * 1 + "|---" * len(KINDS) + "|\n")
    for source_id, row in counts(outcomes).items():
        out(f"| `{source_id}` | " + " | ".join(str(row.get(kind, 0)) for kind in KINDS) + " |\n")
    for (source_id, name), outcome in outcomes.items():
        if "--all" in arguments or outcome.kind in (UNCLEAR, WRONG, CRASHED):
            out(f"\n{source_id} / {name}: {outcome.kind}\n    {outcome.detail[:600]}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
