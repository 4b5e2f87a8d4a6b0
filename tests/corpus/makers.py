"""The valid files that the corpus spoils: those of the readers' own tests, longer where a single row would weigh too much."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from tests.sources import made
from tests.sources_more import made_more
from tests.sources_more.made_more import RPPS_HEADER, activity

PROFESSIONS = (("10", "SM54"), ("21", ""), ("60", ""))


def rpps(mirror: Path, departements: Sequence[str]) -> None:
    """Three persons in every commune, of which a pharmacist in a pharmacy."""
    rows = [RPPS_HEADER]
    communes = made.communes(2026, departements)
    names = made_more.names_of(communes)
    for place, commune in enumerate(communes):
        for kind, (profession, skill) in enumerate(PROFESSIONS):
            pharmacy = {"sector": "SA33", "sector_word": "Pharmacie d'officine"} if profession == "21" else {}
            person = activity(
                place * 3 + kind, profession=profession, skill=skill, commune=commune, structure=f"R{place}",
                postcode=f"{commune[:2]}000", town=names[commune], **pharmacy,
            )  # fmt: skip
            rows.append(person)
    path = made.path_of(mirror, "ans-rpps", "activites")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join("|".join(row) + "\n" for row in rows), encoding="utf-8")


MAKERS: dict[str, Callable[[Path, Sequence[str]], None]] = {**made.MAKERS, **made_more.MAKERS, "ans-rpps": rpps}
