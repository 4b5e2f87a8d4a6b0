"""Do the sources agree with each other? The build's cross-checks, as a reader may see them.

Each build sets one source against another (the same figure published twice, sums against totals, a year against the one
before). Here: how many held, every doubtful one, and those that concern the sources of this territory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cls_analysis.diagnostic import annex
from cls_analysis.diagnostic.coverage import STATES, TIER_WORDS, tier_counts
from cls_analysis.errors import DataMissing
from cls_analysis.figures import french, tables
from cls_analysis.figures.figure import Figure
from cls_analysis.sources import Check, load_checks

if TYPE_CHECKING:
    from cls_analysis.diagnostic.core import Diagnostic

#: what a check names by its variable, in words
VARIABLES = {
    "apl_mg": "médecins généralistes", "apl_ide": "infirmiers", "apl_cd": "chirurgiens-dentistes", "apl_sf": "sages-femmes",
}  # fmt: skip
STATUS_WORDS = {"ok": "conforme", "doubtful": "à vérifier", "broken": "rompu"}
#: checks of one source alone (bounds, list of communes): counted, and listed only when they are doubtful
ALONE = ("bounds/", "communes/", "trust/", "changes/", "geography/")
TRUST = "trust/"


def checks_table(diagnostic: Diagnostic) -> Any:
    """The checks behind this report, folded under a sentence that counts them; a sentence alone where none were kept."""
    try:
        checks = load_checks(diagnostic.mode, processed=diagnostic.processed)
    except DataMissing:
        return annex.paragraphs(
            ["Les contrôles des sources n’ont pas été conservés avec cette construction des données."]
        )
    mine = _concerning(diagnostic, checks)
    if not mine:
        return counted(checks)
    return counted(checks) + annex.folded("Ouvrir les contrôles", diagnostic.show(_table(diagnostic, mine)))


def counted(checks: list[Check]) -> Any:
    """How many checks were made and how many are doubtful, in a sentence."""
    unverified = [c for c in checks if c.status != "ok" and c.key.startswith(TRUST)]
    doubtful = [c for c in checks if c.status != "ok" and not c.key.startswith(TRUST)]
    total = french.count_of(len(checks), "contrôle a été fait", "contrôles ont été faits")
    first = f"{total} sur les fichiers lus : valeurs dans leurs bornes, communes toutes présentes, répartition géographique plausible, même chiffre publié par deux producteurs, sommes égales aux totaux, année proche de la précédente."
    if doubtful:
        listed = french.join_list([f"« {named(c)} »" for c in doubtful])
        second = f"{french.count_of(len(doubtful), 'contrôle est à vérifier', 'contrôles sont à vérifier')} : {listed}."
    else:
        second = "Tous les autres sont conformes." if unverified else "Tous sont conformes."
    said = [first, *([files_said(unverified)] if unverified else []), second]
    return annex.paragraphs([french.punctuate(text) for text in said])


def named(check: Check) -> str:
    """The label of a check as a reader sees it: "(apl_mg)" is "(médecins généralistes)"."""
    label = check.label
    for variable, words in VARIABLES.items():
        label = label.replace(f"({variable})", f"({words})")
    return label


def files_said(unverified: list[Check]) -> str:
    """The files that no hash vouches for, in a sentence: nobody may take them for the producer's without being told."""
    count = french.count_of(
        sum(round(c.value) for c in unverified), "fichier n’est pas vérifié", "fichiers ne sont pas vérifiés"
    )
    return (
        f"{count} par empreinte : rien ne permet de dire si le contenu est, au chiffre près, celui "
        f"que le producteur a publié. Sources concernées : {french.join_list([c.label.partition(' : ')[2] or c.label for c in unverified])}."
    )


def _concerning(diagnostic: Diagnostic, checks: list[Check]) -> list[Check]:
    """Doubtful checks first, then those that set two sources, or two years, of this report against each other."""
    used = set(annex.used_sources(diagnostic))
    between = [c for c in checks if c.status == "ok" and not c.key.startswith(ALONE) and set(c.sources) & used]
    return [*(c for c in checks if c.status != "ok"), *between]


def _table(diagnostic: Diagnostic, checks: list[Check]) -> Figure:
    rows = [
        (
            french.punctuate(named(c)), STATUS_WORDS[c.status], french.format_number(c.value, 2 if 0 < c.value < 10 else 0),
            french.punctuate(c.tolerance), french.punctuate(c.detail) or "aucun",
        )
        for c in checks
    ]  # fmt: skip
    return tables.plain_table(
        identifier="controles-sources", title="Les sources de ce document, confrontées entre elles",
        subtitle=f"Écart constaté et tolérance (%), construction des données, édition {diagnostic.edition}",
        header=("Contrôle", "Résultat", "Écart constaté", "Toléré", "Cas signalés (codes)"), rows=rows,
        numeric=(False, False, True, False, False),
        reading=french.punctuate(f"« {rows[0][0]} » : écart de {rows[0][2]}, toléré {rows[0][3]} ; résultat {rows[0][1]}."),
        source="contrôles de la construction des données", period=diagnostic.edition, simulated=diagnostic.simulated,
    )  # fmt: skip


def tiers_table(diagnostic: Diagnostic) -> Figure:
    """Number of indicators by tier and by what the territory has of them (`coverage.tier_counts`)."""
    counts = tier_counts(diagnostic)
    rows = [
        (
            TIER_WORDS.get(str(tier), "Ensemble"),
            *(french.format_number(int(v)) for v in counts.loc[tier, [*STATES, "total"]]),
        )
        for tier in counts.index
    ]
    whole = {str(k): int(v) for k, v in counts.iloc[-1].to_dict().items()}
    total, have, frame = whole["total"], whole[STATES[0]] + whole[STATES[1]], whole[STATES[2]]
    return diagnostic.show(
        tables.plain_table(
            identifier="indicateurs-par-etage",
            title=french.punctuate(f"{have} indicateurs ont une valeur pour le territoire, {frame} pour son département"),
            subtitle=f"Nombre d’indicateurs du catalogue, par étage de la donnée et par statut, {diagnostic.setting.territory.label}, édition {diagnostic.edition}",
            header=("Étage de la donnée", *(french.capitalise(s) for s in STATES), "Ensemble"), rows=rows,
            numeric=(False, *[True] * (len(STATES) + 1)),
            reading=french.punctuate(f"Sur les {total} indicateurs du catalogue, {have} ont une valeur pour le territoire, observée ou estimée."),
            source="table des indicateurs, lignes publiées de cette édition", period=diagnostic.edition,
            simulated=diagnostic.simulated,
        )
    )  # fmt: skip
