"""How much of the catalogue does this territory have, and why is the rest absent? Counts by tier, reasons in French.

The reason of an absence is looked for where it was decided: the row's own status (secret, too few events, nothing at this level), then
what the build recorded (`build.json`: the source that is not there, the year or the ages that it lacks), told with what to do.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from cls_analysis.errors import DataMissing
from cls_analysis.figures import french
from cls_analysis.indicators.absence import Absence, Code, absence_of
from cls_analysis.sources import all_sources
from cls_analysis.unchanged import once_per_file

if TYPE_CHECKING:
    from cls_analysis.diagnostic.core import Diagnostic

TIERS = {
    "A": "valeur connue à la commune, au bassin de vie ou à l’EPCI",
    "B": "valeur connue au département seulement",
    "C": "valeur fournie par un partenaire",
}
#: short names of the tiers, for a table
TIER_WORDS = {"A": "A. Donnée ouverte locale", "B": "B. Donnée du département", "C": "C. Donnée d’un partenaire"}
#: a tier beside the name of an indicator
TIER_NAMES = {"A": "A (donnée ouverte locale)", "B": "B (donnée du département)", "C": "C (donnée d’un partenaire)"}
REASONS = {
    "suppressed": "secret statistique",
    "suppressed_secondary": "secret statistique (protège une autre valeur)",
    "too_few_events": "effectif trop faible",
    "not_published": "non publié par le producteur",
    "missing": "non disponible",
    "not_applicable": "sans objet à cette maille",
}
_NO_YEAR = (
    "année ou variable absente du fichier",
    "Le fichier construit ne contient pas cette donnée pour l’année demandée.",
)
#: what is lacking in a source that is there, by the build's code: the reason, and what to do about it
LACKING = {
    Code.AGES: ("âges absents du fichier", "Le fichier reçu ne donne pas le détail par âge qu’il faut."),
    Code.NATIONAL: (
        "référence nationale absente",
        "Le fichier du partenaire ne couvre pas la France, qui sert de référence.",
    ),
    Code.VINTAGE: _NO_YEAR,
    Code.VARIABLE: _NO_YEAR,
}
DEPARTEMENT = "valeur connue au département seulement"
WAITING_OPEN = "fichier ouvert non chargé"
WAITING_COMPUTED = "fichier à calculer"
WAITING_PARTNER = "fichier d’un partenaire attendu"
#: columns of `tier_counts`, in order: a value of the territory, one of its département, or the reason of the blank
STATES = (
    "observée",
    "estimée",
    "au département",
    "secret ou effectif trop faible",
    "non publiée",
    "sans objet",
    "absente",
)
#: whom to ask for a partner's file that the catalogue reads, as it follows « À demander »
PARTNERS = {
    "import-deces": "à l’ARS ou à l’ORS (décès par sexe et âge, CépiDc)",
    "import-ald": "à la CPAM et à la MSA (affections de longue durée par sexe et âge)",
    "import-depistages": "au centre régional de coordination des dépistages des cancers (CRCDC)",
    "import-medecin-traitant": "à la CPAM (patients sans médecin traitant)",
    "import-generalistes": "à la CPAM ou à l’ordre des médecins (généralistes par âge)",
    "import-vaccination": "à la CPAM, à la MSA ou à Santé publique France (vaccination contre la grippe)",
    "import-apa": "au conseil départemental (bénéficiaires de l’APA)",
}


def state(diagnostic: Diagnostic, name: str) -> str:
    """One of `STATES`: what the reader of this territory has for an indicator."""
    row = diagnostic.setting.own(name)
    if row.shown:
        return "estimée" if row.status == "estimated" else "observée"
    if diagnostic.setting.indicator(name).tier == "B" and diagnostic.has_value(name):
        return "au département"
    return {
        "suppressed": STATES[3], "suppressed_secondary": STATES[3], "too_few_events": STATES[3], "not_published": STATES[4],
        "not_applicable": STATES[5],
    }.get(row.status, STATES[6])  # fmt: skip


def tier_counts(diagnostic: Diagnostic) -> pd.DataFrame:
    """Number of indicators by tier (index A, B, C, with `total`) and by what the territory has of them (`STATES`, `total`).

    Every indicator of the catalogue is counted once: the grand total is its length.
    """
    names = diagnostic.chapter()
    counts = Counter((str(diagnostic.setting.indicator(n).tier), state(diagnostic, n)) for n in names)
    table = pd.DataFrame([[counts[tier, s] for s in STATES] for tier in TIER_WORDS], list(TIER_WORDS), list(STATES))
    table["total"] = table.sum(axis=1)
    table.loc["total"] = table.sum(axis=0)
    return table.rename_axis(index="tier", columns=None)


def reason_of(diagnostic: Diagnostic, name: str) -> tuple[str, str]:
    """Why an indicator has no value for the territory (a short reason, the same for all alike) and what to do about it."""
    row, entry = diagnostic.setting.own(name), diagnostic.setting.indicator(name)
    if state(diagnostic, name) == "au département":
        return DEPARTEMENT, "La valeur du département est donnée pour cadrage."
    if row.status in ("suppressed", "suppressed_secondary", "too_few_events"):
        return REASONS[row.status], "Aucune démarche : la règle protège les personnes ou évite un chiffre instable."
    if row.status == "not_applicable":
        if len(diagnostic.territory.epci) == 1:
            return REASONS[
                row.status
            ], "Cette mesure ne se recalcule pas à partir des communes, et n’est pas donnée par EPCI ici."
        return REASONS[
            row.status
        ], "Une médiane, ou un taux publié par EPCI, ne se calcule pas pour plusieurs EPCI réunis."
    if row.status == "not_published":
        return REASONS[row.status], "Le producteur ne donne pas la valeur de trop de communes ou de bassins de vie."
    recorded = built_absence(diagnostic.mode, diagnostic.processed, name)
    return in_words(recorded, entry)


@once_per_file(8)
def _recorded(_build: Path, mode: str, processed: Path) -> dict[str, Absence]:
    from cls_analysis.kept import load_build

    told = load_build(mode, processed=processed).get("absences", {})
    return {name: absence_of(one) for name, one in told.items() if one is not None}


def built_absence(mode: str, processed: Path, name: str) -> Absence | None:
    """What the build recorded of an indicator that it could not compute; None where it did, or where there is no record."""
    try:
        return _recorded(processed / mode / "build.json", mode, processed).get(name)
    except (DataMissing, FileNotFoundError):
        return None


def in_words(recorded: Absence | None, entry: Any) -> tuple[str, str]:
    """The build's reason in French: a short reason, and what to do.

    The build writes for who runs it; a reader wants the name of the file and who has it.
    """
    code = None if recorded is None else recorded.code
    if recorded is not None and code is Code.PARTNER:
        partners = [n for n in recorded.sources if n.startswith("import-")]
        holders = [PARTNERS.get(n, f"au partenaire qui détient le fichier ({n})") for n in partners]
        return WAITING_PARTNER, f"À demander {french.join_list(holders, last='ou')}."
    if recorded is not None and code in (Code.NOT_FETCHED, Code.NOT_BUILT):
        return _waiting(recorded.sources)
    if code in LACKING:
        return LACKING[code]
    if entry.tier == "B":
        return "non publié pour ce département", "Le producteur ne donne pas la valeur du département."
    return REASONS["missing"], "Aucune source construite ne donne cette valeur pour le territoire."


@lru_cache(maxsize=256)
def _waiting(names: tuple[str, ...]) -> tuple[str, str]:
    """What is said of open sources that are not there: the files by name, in words that ask nothing of the reader.

    The commands are for who runs the program (`to_fetch`).
    """
    known = all_sources()
    found = [known[n] for n in names if n in known]
    called = [f"« {s.title} » ({s.producer})" for s in found] + [f"« {n} »" for n in names if n not in known]
    listed, one = french.join_list(called), len(called) == 1
    if found and not any(_has_address(s) for s in found):
        titles = french.join_list([f"« {s.title} »" for s in found])
        return WAITING_COMPUTED, f"Il reste à calculer {'le fichier' if one else 'les fichiers'} {titles}."
    what = f"Le fichier {listed}" if one else f"Les fichiers {listed}"
    return WAITING_OPEN, f"{what} {'n’a pas été chargé' if one else 'n’ont pas été chargés'} pour cette édition."


def _has_address(source: Any) -> bool:
    return bool(source.files) and all(f.url for f in source.files)


def to_fetch(diagnostic: Diagnostic) -> list[str]:
    """Ids of the open sources, with an address, that would give an indicator its value: what an analyst may fetch."""
    wanted: set[str] = set()
    for name in diagnostic.chapter():
        if not diagnostic.setting.own(name).shown and reason_of(diagnostic, name)[0] == WAITING_OPEN:
            recorded = built_absence(diagnostic.mode, diagnostic.processed, name)
            wanted.update(() if recorded is None else recorded.sources)
    return sorted(n for n in wanted if n in all_sources() and _has_address(all_sources()[n]))
