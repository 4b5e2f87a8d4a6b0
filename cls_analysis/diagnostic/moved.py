"""What moved since an earlier edition of the diagnostic, and is it the territory that moved?

A change of unit, method, source or perimeter, a revision by the producer, periods that overlap: each is told for what it is and never
as a change of the territory. Otherwise the interval of the difference says whether it moved (`participation.editions`).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pandas as pd

from cls_analysis.diagnostic.fragment import Fragment
from cls_analysis.diagnostic.previous import Earlier, locate, read_earlier, told_once
from cls_analysis.diagnostic.slices import in_texts
from cls_analysis.figures import french, tables
from cls_analysis.figures.figure import Cell, Figure, text_of
from cls_analysis.participation import compare_editions

if TYPE_CHECKING:
    from cls_analysis.diagnostic.partage import Partage

#: where the earlier edition lies on this machine, when the command line found it: paths never enter a report
FOLDER = "CLS_PREVIOUS"
ORDER = (
    "rose", "fell", "stable", "revised", "perimeter_changed", "definition_changed", "simulated_changed", "overlapping", "not_tested",
    "value_lost", "value_gained", "appeared", "disappeared", "unchanged", "no_value",
)  # fmt: skip


def editions(d: Partage, previous: str) -> list[Any]:
    """What moved since the edition `previous` (a path or the name of an edition); a sentence when none is named."""
    if not previous:
        said = (
            "Aucune édition antérieure du diagnostic n’est indiquée : rien n’est comparé. L’option « --previous » (ou le paramètre "
            "« previous » du notebook) nomme une édition précédente ou son dossier."
        )
        return [Fragment(f"<p>{french.punctuate(said)}</p>")]
    place = os.environ.get(FOLDER) or previous
    earlier = read_earlier(locate(place, d.territory.territory), d.territory, d.mode)
    table = d.setting.table
    own = (table["territory_type"] == d.territory.territory_type) & (table["territory"] == d.territory.territory)
    changed = [d.territory.territory] if earlier.same_communes is False else []
    frame = compare_editions(earlier.rows, told_once(in_texts(table[own])), changed_perimeters=changed)
    return [_figure(d, frame, earlier)]


def _figure(d: Partage, frame: pd.DataFrame, earlier: Earlier) -> Figure:
    order = frame["verdict"].map(ORDER.index)
    ranked = frame.assign(_o=order).sort_values(["_o", "indicator", "sex"], kind="stable")
    valued = frame["old_value"].notna() | frame["new_value"].notna()
    same, blank = int((frame["verdict"] == "unchanged").sum()), int((~valued).sum())
    listed = ranked[(ranked["verdict"] != "unchanged") & valued.reindex(ranked.index)]
    rows = [_row(d, r) for r in listed.to_dict("records")]
    if not rows:
        rows = [("aucune différence", "sans objet", "sans objet", "sans objet", "même période, même valeur")]
    moved = int(frame["verdict"].isin(["rose", "fell"]).sum())
    tested = moved + int((frame["verdict"] == "stable").sum())
    notes = [
        "Un changement de source, de méthode, de millésime ou de périmètre est dit comme tel : ce n’est pas une évolution du territoire.",
        f"{french.count_of(tested, 'évolution testée', 'évolutions testées')} ; au seuil de 5 %, une sur vingt paraîtrait significative par hasard.",
        f"Non listés : {french.count_of(same, 'indicateur', 'indicateurs')} de même période et de même valeur, {french.count_of(blank, 'indicateur', 'indicateurs')} sans valeur.",
    ]
    if earlier.same_communes is None:
        notes.append(
            "La composition du territoire dans l’édition précédente n’est pas connue : elle est supposée la même."
        )
    if earlier.same_communes is False:
        notes.append(
            "Le territoire n’avait pas les mêmes communes dans l’édition précédente : aucune évolution n’est lue."
        )
    shown = [x for x in (d.setting.own(n) for n in d.available()) if x.shown]
    first = rows[0]
    return tables.plain_table(
        identifier="editions", title=french.punctuate(f"{french.count_of(moved, 'indicateur a bougé', 'indicateurs ont bougé')} de façon significative depuis l’édition précédente"),
        subtitle=french.punctuate(f"Édition « {earlier.name} » et édition {d.edition} : valeurs, écart, et ce qui l’explique"),
        header=("Indicateur", "Édition précédente", "Cette édition", "Écart", "Lecture"), rows=rows,
        numeric=(False, True, True, True, False), reading=french.punctuate(f"{text_of(first[0])} : {text_of(first[4])}."), source=d.setting.citation(shown),
        period=d.edition, notes=tuple(french.punctuate(n) for n in notes), indicators=tuple(sorted(set(frame["indicator"]) & set(d.catalogue))),
        simulated=any(x.simulated for x in shown),
    )  # fmt: skip


def _row(d: Partage, r: Any) -> tuple[str | Cell, ...]:
    entry = d.catalogue.get(r["indicator"])
    decimals = entry.decimals if entry else 1
    name = french.punctuate(str(entry.label)) if entry else str(r["indicator"])
    gap: str | Cell = (
        french.format_number(r["difference"], decimals, signed=True) if pd.notna(r.get("difference")) else "non comparé"
    )
    if r["verdict"] in ("revised", "overlapping", "not_tested") and pd.notna(r.get("difference")):
        gap = Cell(text_of(gap), "non testé")
    elif pd.notna(r.get("difference_lower")):
        gap = Cell(text_of(gap), french.format_interval(r["difference_lower"], r["difference_upper"], decimals))
    return (
        Cell(name, french.tidy_unit(str(r["unit"])) or "sans unité"),
        _value(r["old_value"], r["old_status"], r["old_period"], decimals),
        _value(r["new_value"], r["new_status"], r["new_period"], decimals), gap, str(r["verdict_label"]),
    )  # fmt: skip


def _value(value: Any, status: Any, period: Any, decimals: int) -> Cell:
    if not isinstance(status, str):
        return Cell("absent", tone="withheld")
    known = status in ("observed", "estimated")
    text = french.format_value(
        float(value) if known and pd.notna(value) else None,
        status=status if not known or pd.notna(value) else "missing",
        decimals=decimals,
    )
    return Cell(text, str(period), "" if known else "withheld")
