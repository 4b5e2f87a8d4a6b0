"""What does one printed page say of one action?

The whole sheet as it stands on the day: path in the contract, why (context, findings and indicators, with links to the
figures that show them), for whom, what, who, when, money, how it will be known to work, amendments that touched it.
Sheets never carry a person: only organisations.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from cls_analysis.diagnostic.fragment import Fragment
from cls_analysis.diagnostic.lines import lines, valued
from cls_analysis.diagnostic.needs import finding_anchor, indicator_links
from cls_analysis.figures import french
from cls_analysis.figures.figure import DataTable
from cls_analysis.figures.participation_figure import fictional_ribbon
from cls_analysis.participation import ActionSheet, action_sheets
from cls_analysis.participation import vocabulary as words

if TYPE_CHECKING:
    from cls_analysis.diagnostic.partage import Partage

ABSENT = '<span class="absent">non renseigné</span>'


def all_sheets(d: Partage) -> Fragment:
    """Every sheet in force, in order of print."""
    if d.p.actions.empty:
        return Fragment("<p>Aucune fiche action n’est rédigée.</p>")
    return Fragment("".join(sheet_html(d, sheet) for sheet in action_sheets(d.p, d.day)))


def sheet_anchor(action: str) -> str:
    """The anchor of a sheet in the page."""
    return "fiche-" + "".join(c if c.isalnum() else "-" for c in action.lower())


def sheet_html(d: Partage, sheet: ActionSheet) -> str:
    """One sheet as an article."""
    f: dict[str, Any] = sheet.fields
    anchor = sheet_anchor(sheet.action)
    path = [sheet.axis, sheet.objective, *([sheet.operational_objective] if sheet.operational_objective else [])]
    across = [str(x) for x in f["axes_transversaux"] or ()]
    rows = [
        ("Contexte", _text(f["contexte"])),
        ("Ce qui la justifie", _why(d, sheet)),
        ("Public cible", _text(f["public_cible"])),
        ("Où", escape(d.epci_names(f["epci"]))),
        ("Description", _text(f["description"])),
        ("Étapes", _listed(f["etapes"], ordered=True)),
        ("Pilote", _text(f["pilote"])),
        ("Partenaires", _joined(f["partenaires"])),
        ("Calendrier", _when(f["debut"], f["fin"])),
        ("Budget", _money(f["budget_eur"], f["financeurs"])),
        ("Déterminants visés", _joined(f["determinants"])),
        ("Réduire les inégalités", _text(f["inegalites"])),
        ("Liens", _joined([*across, *(f["liens_plans"] or ())])),
        ("État", _state(sheet)),
        *((("Avenants", _amended(sheet)),) if len(sheet.amendments) else ()),
    ]
    body = "".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in rows)
    mark = fictional_ribbon(d.fictional)
    title = escape(french.punctuate(f"{f['numero']} {f['intitule']}"))
    return (
        f'<article class="sheet" id="{anchor}" aria-labelledby="{anchor}-t">'
        f'<p class="sheet-path">Fiche action {escape(sheet.action)} · {escape(french.punctuate(" › ".join(path)))}</p>'
        f'<h3 id="{anchor}-t">{title}</h3>{mark}<dl>{body}</dl>{_measures(sheet)}</article>'
    )


def _text(value: Any) -> str:
    return escape(french.punctuate(value)) if isinstance(value, str) and value.strip() else ABSENT


def _joined(values: Any) -> str:
    listed = [str(v) for v in values or ()]
    return escape(french.punctuate(french.join_list(listed))) if listed else ABSENT


def _listed(values: Any, *, ordered: bool) -> str:
    listed = [str(v) for v in values or ()]
    if not listed:
        return ABSENT
    tag = "ol" if ordered else "ul"
    return f"<{tag}>" + "".join(f"<li>{escape(french.punctuate(v))}</li>" for v in listed) + f"</{tag}>"


def _why(d: Partage, sheet: ActionSheet) -> str:
    parts = [
        f'<li><a href="#{finding_anchor(r.id)}">{escape(r.id)}</a>{french.NBSP}: {escape(french.punctuate(r.texte))}</li>'
        for r in lines(sheet.findings)
    ]
    links = indicator_links(d, sheet.fields["indicateurs"] or ())
    if links:
        parts.append(f"<li>Indicateurs{french.NBSP}: {links}</li>")
    return f"<ul>{''.join(parts)}</ul>" if parts else '<span class="absent">aucun constat ni indicateur lié</span>'


def _when(start: Any, end: Any) -> str:
    if pd.isna(start):
        return ABSENT
    tail = f" au {french.date(end)}" if not pd.isna(end) else ", fin non fixée"
    return escape(f"du {french.date(start)}{tail}")


def _money(total: Any, funders: Any) -> str:
    shares = [
        f"{name} {french.format_number(amount, unit='€')}" if amount == amount else str(name)
        for name, amount in funders or ()
    ]
    if pd.isna(total):
        return '<span class="absent">non chiffré</span>' + (f" ({escape(', '.join(shares))})" if shares else "")
    return escape(french.format_number(float(total), unit="€") + (f" : {', '.join(shares)}" if shares else ", financeurs non précisés")).replace(" :", f"{french.NBSP}:")  # fmt: skip


def _state(sheet: ActionSheet) -> str:
    said = f"À l’entrée dans le contrat{french.NBSP}: {words.ACTION_STATES[str(sheet.fields['etat'])].lower()}."
    if len(sheet.evaluations):
        last = sheet.evaluations.iloc[-1]
        done = "" if pd.isna(last["avancement_pct"]) else f", avancement {french.percent(last['avancement_pct'], 0)}"
        said += f" Fin {int(last['annee'])}{french.NBSP}: {words.ACTION_STATES[last['etat']].lower()}{done}."
    return escape(said)


def _amended(sheet: ActionSheet) -> str:
    said = [
        f"{r.avenant}, {french.date(r.date)}, {words.AMENDMENT_KINDS[r.type].lower()} : {r.motif}"
        for r in lines(sheet.amendments)
    ]
    return _listed(said, ordered=False)


def _measures(sheet: ActionSheet) -> str:
    if sheet.measures.empty:
        return '<p class="absent">Aucun indicateur de suivi.</p>'
    rows = tuple(
        (
            french.punctuate(r["libelle"]), words.MEASURE_KINDS[r["nature"]], french.punctuate(str(r["unite"])),
            valued(r["depart"], r["annee_depart"]), valued(r["cible"], r["annee_cible"]), valued(r["valeur"], r["annee_valeur"]), str(r["source"]),
        )
        for r in sheet.measures.to_dict("records")
    )  # fmt: skip
    header = ("Indicateur de suivi", "Nature", "Unité", "Départ", "Cible", "Dernière valeur", "Qui fournit")
    table = DataTable(header, rows, (False, False, False, True, True, True, False))
    name = escape(f"Indicateurs de suivi de l’action {sheet.action}")
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{name}">{table.html(f"Indicateurs de suivi de l’action {sheet.action}", hide_caption=True)}</div>'
