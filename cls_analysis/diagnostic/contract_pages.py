"""What is the contract: generations, signatories, phases, bodies, calendar, axes, objectives, actions and what justifies them?

Everything is data of `contrat.toml` and of the contract's tables; what is not known is said to be unknown, never assumed.
"""

from __future__ import annotations

import datetime as dt
from html import escape
from typing import TYPE_CHECKING, Any

from cls_analysis.diagnostic.fragment import Fragment
from cls_analysis.diagnostic.lines import lines
from cls_analysis.figures import french, tables
from cls_analysis.figures.figure import Cell, Figure
from cls_analysis.participation import Participation, contract_tree, evaluated_years, justification, transversal_axes
from cls_analysis.participation import vocabulary as words

if TYPE_CHECKING:
    from cls_analysis.diagnostic.partage import Partage

_ROLES = {"porteur": "Porteur", "signataire": "Signataire", "partenaire": "Partenaire"}
_STATES = {
    "en_preparation": "en préparation", "signe": "signé", "en_cours": "en cours", "termine": "terminé", "inconnu": "état non connu",
}  # fmt: skip
_COUNTS = (
    ("axes", "axe", "axes"), ("axes_transversaux", "axe transversal", "axes transversaux"), ("orientations", "orientation", "orientations"),
    ("objectifs_specifiques", "objectif spécifique", "objectifs spécifiques"), ("actions", "action", "actions"),
)  # fmt: skip


def last_day(p: Participation) -> dt.date:
    """The day at which the contract is shown: the end of the last evaluated year, the last amendment or the signature, whichever is last."""
    days = [dt.date(y, 12, 31) for y in evaluated_years(p)]
    days += [x for x in p.avenants["date"] if isinstance(x, dt.date)]
    days += [g.date_signature for g in p.contract.generation if g.date_signature]
    days += [x for x in p.actions["debut"] if isinstance(x, dt.date)] if not days else []
    return max(days, default=dt.date(1900, 1, 1))


def identity(d: Partage) -> list[Any]:
    """What is known of the contract as a whole."""
    c = d.p.contract
    found: list[Any] = [_generations(d)]
    if c.signataire:
        rows = [(s.organisation, _ROLES[s.role]) for s in c.signataire]
        found.append(
            _table(
                d,
                "contrat-signataires",
                f"{french.count_of(len(rows), 'organisation')} au contrat",
                "Organisation et place dans le contrat",
                ("Organisation", "Place"),
                rows,
            )
        )
    if c.phase:
        rows3 = [
            (f"{x.ordre}. {x.intitule}", x.responsable or "non précisé", _dates(x.debut, x.fin), x.description or "non précisé")
            for x in sorted(c.phase, key=lambda x: x.ordre)
        ]  # fmt: skip
        found.append(
            _table(
                d,
                "contrat-phases",
                f"{french.count_of(len(rows3), 'phase')} pour construire et suivre le contrat",
                "Phase, responsable, dates",
                ("Phase", "Responsable", "Dates", "Précisions"),
                rows3,
            )
        )
    if c.instance:
        rows4 = [(b.intitule, b.role, b.composition or "non précisée", _every(b.frequence_mois)) for b in c.instance]
        found.append(
            _table(
                d,
                "contrat-instances",
                f"{french.count_of(len(rows4), 'instance')} de pilotage et de suivi",
                "Instance, rôle, composition, fréquence des réunions",
                ("Instance", "Rôle", "Composition", "Fréquence"),
                rows4,
            )
        )
    if c.echeance:
        names = {b.id: b.intitule for b in c.instance}
        rows2 = [
            (french.date(x.date), x.intitule, names.get(x.instance or "", "non précisée"))
            for x in sorted(c.echeance, key=lambda x: x.date)
        ]
        found.append(
            _table(
                d,
                "contrat-calendrier",
                f"Calendrier : {french.count_of(len(rows2), 'date')}",
                "Date, objet, instance",
                ("Date", "Objet", "Instance"),
                rows2,
            )
        )
    if not d.fictional:
        found += [Fragment(f"<p>{escape(french.punctuate(n))}</p>") for n in c.notes]
    return found


def _generations(d: Partage) -> Any:
    if not d.p.contract.generation:
        return Fragment("<p>Aucun contrat n’est inscrit pour ce territoire.</p>")
    rows = []
    for g in sorted(d.p.contract.generation, key=lambda g: g.numero):
        counts = [french.count_of(getattr(g, k), one, many) for k, one, many in _COUNTS if getattr(g, k) is not None]
        span = f"{g.debut or 'début non connu'} – {g.fin or 'fin non connue'}"
        signed = f", signé le {french.date(g.date_signature)}" if g.date_signature else ""
        rows.append((
            f"{g.numero}. {g.intitule}", f"{span}, {_STATES[g.statut]}{signed}", french.join_list(counts) or "non connu",
            french.punctuate(" ".join(g.faits)) or "aucun autre fait connu", french.punctuate(g.source),
        ))  # fmt: skip
    return _table(d, "contrat-generations", french.punctuate(d.p.contract.intitule), "Générations du contrat : dates, contenu, faits connus et source",
                  ("Génération", "Dates et état", "Contenu", "Faits connus", "Source"), rows)  # fmt: skip


def _dates(start: dt.date | None, end: dt.date | None) -> str:
    if start and end:
        return f"du {french.date(start)} au {french.date(end)}"
    return f"à partir du {french.date(start)}" if start else f"jusqu’au {french.date(end)}" if end else "non connues"


def _every(months: float | None) -> str:
    if months is None:
        return "non précisée"
    return (
        "tous les mois"
        if months == 1
        else f"tous les {french.format_number(months, 0 if float(months).is_integer() else 1)} mois"
    )


def _table(d: Partage, identifier: str, title: str, subtitle: str, header: tuple[str, ...], rows: list[Any], *, numeric: tuple[bool, ...] | None = None, notes: tuple[str, ...] = (), reading: str = "") -> Figure:  # fmt: skip
    first = [c.text if isinstance(c, Cell) else c for c in rows[0]]
    return tables.plain_table(
        identifier=identifier, title=french.punctuate(title), subtitle=subtitle, header=header, rows=rows,
        numeric=numeric or (False,) * len(header), reading=french.punctuate(reading or f"{first[0]} : {french.uncapitalise(first[1])}."),
        source=d.source("contrat local de santé"), period=d.edition, notes=tuple(french.punctuate(n) for n in notes),
    )  # fmt: skip


def tree(d: Partage) -> list[Any]:
    """Axes, objectives and actions in force, transversal axes, and the thread from each action to what justifies it."""
    if d.p.axes.empty:
        return [Fragment("<p>Les axes, objectifs et actions restent à inscrire.</p>")]
    frame = contract_tree(d.p, d.day)
    rows = []
    for r in frame.to_dict("records"):
        has = isinstance(r["action"], str)
        rows.append((
            Cell(french.punctuate(f"{r['numero']} {r['intitule']}") if has else "aucune action", str(r["action"]) if has else "", "" if has else "withheld"),
            french.punctuate(str(r["axe_intitule"])), french.punctuate(str(r["objectif_intitule"])) if isinstance(r["objectif"], str) else "aucun objectif",
            french.punctuate(str(r["operationnel_intitule"])) if isinstance(r["operationnel"], str) else "sans objet",
            r["pilote"] if has else "sans objet", words.ACTION_STATES[r["etat"]] if has else "sans objet",
        ))  # fmt: skip
    axes = d.p.axes[d.p.axes["type"] == "thematique"]
    title = f"{french.count_of(len(axes), 'axe')} et {french.count_of(int(frame['action'].notna().sum()), 'action')} au {french.date(d.day)}"
    found: list[Any] = [_table(
        d, "contrat-actions", title, f"Actions en vigueur au {french.date(d.day)}, par axe et objectif ; état à l’entrée dans le contrat",
        ("Action", "Axe", "Objectif spécifique", "Objectif opérationnel", "Pilote", "État"), rows,
        reading=f"{rows[0][0].text} relève de l’axe « {rows[0][1]} », pilote : {rows[0][4]}.",
    )]  # fmt: skip
    across = transversal_axes(d.p, d.day)
    if not across.empty:
        rows2 = [
            (french.punctuate(r.intitule), french.format_number(r.count), ", ".join(r.actions) or "aucune")
            for r in lines(across)
        ]
        found.append(
            _table(
                d,
                "contrat-transversaux",
                f"{french.count_of(len(rows2), 'axe transversal', 'axes transversaux')}",
                "Actions qui servent chaque axe transversal (nombre)",
                ("Axe transversal", "Actions", "Lesquelles"),
                rows2,
                numeric=(False, True, False),
                reading=f"{rows2[0][0]} : {rows2[0][1]} actions.",
            )
        )
    return [*found, _justified(d)]


def _justified(d: Partage) -> Figure:
    frame = justification(d.p, d.day)
    rows = [
        (
            Cell(french.punctuate(r.intitule), r.action), ", ".join(r.constats) or "aucun",
            french.punctuate(", ".join(_short(d, i) for i in r.indicateurs)) or "aucun", french.format_number(len(r.verbatims)),
            ", ".join(r.enjeux) or "aucun", Cell("oui") if r.justified else Cell("non", tone="bad"),
        )
        for r in lines(frame)
    ]  # fmt: skip
    lacking = int((~frame["justified"].astype(bool)).sum())
    title = (
        "Chaque action s’appuie sur un constat validé ou un indicateur"
        if not lacking
        else f"{french.count_of(lacking, 'action')} sans constat validé ni indicateur"
    )
    return _table(
        d, "contrat-justifications", title, "De chaque action aux constats, indicateurs, paroles (nombre) et enjeux qui la fondent",
        ("Action", "Constats", "Indicateurs", "Paroles", "Enjeux", "Justifiée"), rows, numeric=(False, False, False, True, False, False),
        reading=f"{rows[0][0].text} : constats {rows[0][1]}, {rows[0][3]} paroles, enjeux {rows[0][4]}.",
    )  # fmt: skip


def _short(d: Partage, name: str) -> str:
    return str(d.catalogue[name].short_label) if name in d.catalogue else f"{name} (absent du catalogue)"
