"""What closes a report and keeps it honest: composition, sources with hashes, definitions, what is missing and why,
the limits of each chapter, and the declaration of the publication.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from html import escape
from inspect import signature
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cls_analysis import geography
from cls_analysis.columns import Column
from cls_analysis.diagnostic import beside
from cls_analysis.diagnostic.coverage import REASONS, TIERS, reason_of, to_fetch
from cls_analysis.diagnostic.drawing import CONTOUR_SOURCE, CONTOURS
from cls_analysis.diagnostic.fragment import Bundle, Fragment
from cls_analysis.disclosure.composition import describe
from cls_analysis.errors import NothingToDraw
from cls_analysis.figures import french, tables
from cls_analysis.figures.figure import Figure
from cls_analysis.figures.setting import SHOWN
from cls_analysis.sources import all_sources, load_lock

if TYPE_CHECKING:
    from cls_analysis.diagnostic.core import Diagnostic

COMPOSED_FROM = "etalab-decoupage"  # the source of every report's communes and EPCI
META_MIME = "application/vnd.cls.meta+json"
COMPOSITION_SOURCE = (
    "Etalab, découpage administratif (Insee, DGCL), composition des EPCI au 1er janvier 2025, communes au "
    "1er janvier 2026, population municipale 2023, Licence Ouverte 2.0"
)


def paragraphs(sentences: Iterable[str]) -> Fragment:
    """One paragraph per sentence, escaped."""
    said = [s for s in sentences if s]
    return Fragment("".join(f"<p>{escape(s)}</p>" for s in said), "\n".join(said))


def not_drawn(diagnostic: Diagnostic, indicator: str, what: str) -> Fragment:
    """The sentence that stands where a figure would: which indicator, and why it is not drawn."""
    entry = diagnostic.setting.indicator(indicator)
    row = diagnostic.setting.own(indicator)
    reason = REASONS.get(row.status, "non disponible")
    return absent(french.punctuate(f"{entry.label} : pas de {what}, donnée {reason}."))


def one_epci(diagnostic: Diagnostic, indicator: str) -> Fragment:
    """The sentence that stands where a map by EPCI would, for a territory of one EPCI."""
    label = diagnostic.setting.indicator(indicator).label
    return absent(french.punctuate(f"{label} : pas de carte par EPCI, le territoire n’en compte qu’un."))


def absent(text: str) -> Fragment:
    """A sentence in the place of what is not drawn."""
    return Fragment(f'<p class="fig-absent">{escape(text)}</p>', text)


def or_said(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Around a method that draws one indicator: where nothing is published to draw, the sentence that says so."""

    def around(draw: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(draw)
        def drawn(diagnostic: Diagnostic, *indicator: str, **options: Any) -> Any:
            try:
                return draw(diagnostic, *indicator, **options)
            except NothingToDraw:
                name = signature(draw).bind(diagnostic, *indicator, **options)
                name.apply_defaults()
                return not_drawn(diagnostic, name.arguments["indicator"], what)

        return drawn

    return around


def composition(diagnostic: Diagnostic) -> Figure:
    """EPCI of the territory: SIREN, number of communes, inhabitants, communes outside the main département."""
    communes = diagnostic.atlas.communes.loc[list(diagnostic.territory.communes)]
    called = {m.label: french.capitalise(m.full_name) for m in diagnostic.setting.members}
    names = {m.territory: m.label for m in diagnostic.setting.members}
    names = names or {diagnostic.territory.territory: diagnostic.territory.name}
    main = diagnostic.territory.main_departement
    rows = []
    for siren, part in communes.groupby(communes["siren_epci"].fillna(""), sort=True):
        outside = part[part["departement"] != main]
        listed = french.join_list(sorted(outside["name"])) if len(outside) else "aucune"
        rows.append((
            names.get(str(siren), str(siren) or "communes sans EPCI"), str(siren) or "sans objet",
            french.format_number(len(part)), french.format_number(float(part["population"].sum())), listed,
        ))  # fmt: skip
    rows.append((
        french.capitalise(diagnostic.setting.territory.label), "sans objet", french.format_number(len(communes)),
        french.format_number(float(communes["population"].sum())),
        french.count_of(int((communes["departement"] != main).sum()), "commune", "communes"),
    ))  # fmt: skip
    population = french.format_number(float(communes["population"].sum()))
    title = (
        f"{french.count_of(len(communes), 'commune', 'communes')} et {population}{french.NBSP}habitants, "
        f"{french.count_of(len(rows) - 1, 'EPCI', 'EPCI')}"
    )
    written = diagnostic.territory.perimeter.notes if diagnostic.territory.perimeter else ()
    notes = [french.punctuate(note.replace("'", french.APOSTROPHE)) for note in written]
    return tables.plain_table(
        identifier="composition-tableau", title=title,
        subtitle=f"Composition {diagnostic.setting.territory.of}, nombre de communes et population municipale (habitants), 2023",
        header=("EPCI", "SIREN", "Communes", "Population municipale 2023", f"Communes hors du département {main}"),
        rows=rows, numeric=(False, False, True, True, False),
        reading=french.punctuate(f"{called.get(rows[0][0], rows[0][0])} compte {rows[0][2]} communes et {rows[0][3]} habitants."),
        source=COMPOSITION_SOURCE, period="2023", notes=tuple(notes),
    )  # fmt: skip


def limits(diagnostic: Diagnostic, chapter: str) -> Fragment:
    """A short list: share of the population covered, estimates, what is known at the département only, what is missing."""
    groups: dict[str, list[str]] = {"estimated": [], "departement": []}
    blank: dict[str, list[str]] = {}
    lowest: tuple[float, str] | None = None
    for name in diagnostic.chapter(chapter):
        entry, row = diagnostic.setting.indicator(name), diagnostic.setting.own(name)
        label = str(entry.short_label)
        if row.shown:
            if row.status == "estimated":
                groups["estimated"].append(label)
            if row.coverage is not None and (lowest is None or row.coverage < lowest[0]):
                lowest = (row.coverage, label)
        elif entry.tier == "B" and diagnostic.has_value(name):
            groups["departement"].append(label)
        else:
            blank.setdefault(reason_of(diagnostic, name)[0], []).append(label)
    said = []
    if lowest is not None:
        share = french.percent(100 * lowest[0], 0)
        said.append(
            "Les valeurs de ce chapitre portent sur toute la population du territoire."
            if lowest[0] >= 0.995
            else f"Population couverte : au moins {share} de celle du territoire (le moins couvert : {lowest[1]})."
        )
    if groups["estimated"]:
        said.append(f"Valeurs estimées, à lire comme des ordres de grandeur : {french.join_list(groups['estimated'])}.")
    if groups["departement"]:
        listed = french.join_list(groups["departement"])
        said.append(f"Connus au département seulement, donnés pour cadrage et jamais ventilés : {listed}.")
        outside = diagnostic.territory.outside_departement
        if len(outside):
            named = french.join_list(sorted(outside["name"]))
            said.append(f"Ces chiffres départementaux ignorent des communes du territoire : {named}.")
    if blank:
        listed = " ; ".join(f"{french.join_list(names)} ({reason})" for reason, names in blank.items())
        said.append(f"Sans valeur pour le territoire : {listed}.")
    if not said:
        return Fragment("")
    items = "".join(f"<li>{escape(french.punctuate(s))}</li>" for s in said)
    return Fragment(f'<div class="limits"><h3>Limites</h3><ul>{items}</ul></div>', "\n".join(said))


def legend() -> Fragment:
    """The marks used where there is no number, each with its meaning."""
    rows = "".join(
        f"<tr><th scope='row'>{escape(mark)}</th><td>{escape(meaning)}</td></tr>"
        for mark, meaning in french.marks(french.STATUS_WORDS)
    )
    return Fragment(
        '<div class="scroll marks" role="region" tabindex="0" aria-label="Marques des valeurs absentes"><table class="data">'
        "<caption>Ce que veulent dire les marques à la place d’un nombre</caption>"
        "<thead><tr><th scope='col'>Marque</th><th scope='col'>Sens</th></tr></thead>"
        f"<tbody>{rows}<tr><th scope='row'>0</th><td>un vrai zéro : l’évènement ne s’est pas produit</td></tr>"
        "</tbody></table></div>"
    )


def used_sources(diagnostic: Diagnostic) -> list[str]:
    """Ids of the sources behind the rows of the report's territory and comparators, its composition, and its maps."""
    places = {p.territory for p in (diagnostic.setting.territory, *diagnostic.setting.comparators)}
    table = diagnostic.setting.table
    ids = table.loc[table["territory"].isin(places), "source_ids"].astype(str).unique()
    maps = {CONTOURS.id} if any(CONTOUR_SOURCE in f.source for f in diagnostic.drawn) else set()
    return sorted({COMPOSED_FROM} | maps | {s for joined in ids for s in joined.split(";") if s})


def _known() -> dict[str, Any]:
    return {**all_sources(), CONTOURS.id: CONTOURS}


def sources(diagnostic: Diagnostic) -> Figure:
    """One row per source: producer, dataset, vintage, licence, files with the first digits of their SHA-256."""
    lock, known = load_lock(diagnostic.mode, processed=diagnostic.processed), _known()
    rows = []
    for source_id in used_sources(diagnostic):
        source, entry = known.get(source_id), lock.get(source_id, {})
        files = entry.get("files", [])
        prints = french.join_list([str(f.get("sha256", ""))[:12] for f in files if f.get("sha256")]) if files else ""
        rows.append((
            getattr(source, "title", source_id), getattr(source, "producer", "") or "cls_analysis",
            getattr(source, "vintage", "") or "sans objet", getattr(source, "updated", None) or "non connue",
            "simulé, démonstration" if entry.get("simulated") else (getattr(source, "licence", "") or "sans objet"),
            prints or "embarqué avec le programme",
        ))  # fmt: skip
    return tables.plain_table(
        identifier="sources", title=f"{french.count_of(len(rows), 'source', 'sources')} derrière ce document",
        subtitle="Producteur, jeu de données, millésime, date de mise à jour, licence et empreinte des fichiers lus",
        header=("Jeu de données", "Producteur", "Millésime", "Mise à jour", "Licence", "Empreinte (début du SHA-256)"),
        rows=rows, numeric=(False,) * 6,
        reading="L’empreinte permet de vérifier que le fichier lu est bien celui du producteur ; l’empreinte entière est dans manifest.json.",
        source="déclarations du programme et verrou de la construction", period=diagnostic.edition,
        simulated=False,
    )  # fmt: skip


def missing(diagnostic: Diagnostic) -> Any:
    """Every indicator of the catalogue without a value for the territory, by reason and by what would give it."""
    found: dict[tuple[str, str], list[str]] = {}
    order = {reason: rank for rank, reason in enumerate(reasons(diagnostic))}
    for name in diagnostic.chapter():
        if not diagnostic.setting.own(name).shown:
            found.setdefault(reason_of(diagnostic, name), []).append(
                str(diagnostic.setting.indicator(name).short_label)
            )
    if not found:
        return paragraphs(["Tous les indicateurs du catalogue ont une valeur pour ce territoire."])
    lines = sorted(found.items(), key=lambda item: (order[item[0][0]], -len(item[1])))
    rows = [(todo, french.format_number(len(names)), " ; ".join(names)) for (_, todo), names in lines]
    total = sum(len(names) for names in found.values())
    (reason, _), names = lines[0]
    return tables.plain_table(
        identifier="donnees-manquantes",
        title=f"{french.count_of(total, 'indicateur', 'indicateurs')} sans valeur pour le territoire, et pourquoi",
        subtitle="Par raison de l’absence : ce qui donnerait la valeur, nombre d’indicateurs, leurs noms",
        header=("Ce qui donnerait la valeur", "Nombre", "Indicateurs"),
        rows=[(french.punctuate(a), b, french.punctuate(c)) for a, b, c in rows], numeric=(False, True, False),
        groups=tuple(french.capitalise(reason) for (reason, _), _ in lines),
        reading=french.punctuate(f"« {names[0]} » n’a pas de valeur pour le territoire : {reason}."),
        source="table des indicateurs, lignes publiées de cette édition, et compte rendu de la construction des données",
        period=diagnostic.edition, simulated=diagnostic.simulated, notes=_for_analysts(diagnostic),
    )  # fmt: skip


def _for_analysts(diagnostic: Diagnostic) -> tuple[str, ...]:
    """The one command that a report prints: in this table, for who makes the reports."""
    wanted = to_fetch(diagnostic)
    listed = " ".join(wanted)
    return (french.punctuate(f"Pour l’analyste : cls-analysis data fetch {listed}"),) if wanted else ()


def told_of(diagnostic: Diagnostic) -> list[str]:
    """Indicators that the document speaks of: a value of the territory or of a comparator, or a figure (a map by commune)."""
    drawn = {name for figure in diagnostic.drawn for name in figure.indicators}
    return [name for name in diagnostic.chapter() if diagnostic.has_value(name) or name in drawn]


def folded(summary: str, figure: Figure, before: Fragment | None = None) -> Fragment:
    """A long table of the annex behind a disclosure triangle, after an optional sentence that stays in view."""
    html = f'<details class="annex"><summary>{escape(summary)}</summary>{figure.html()}</details>'
    return (before or Fragment("")) + Fragment(html, figure.title)


def reasons(diagnostic: Diagnostic) -> dict[str, list[str]]:
    """Indicators without a value for the territory, by reason (`coverage.reason_of`), the most frequent first."""
    found: dict[str, list[str]] = {}
    for name in diagnostic.chapter():
        if not diagnostic.setting.own(name).shown:
            found.setdefault(reason_of(diagnostic, name)[0], []).append(name)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def missing_summary(diagnostic: Diagnostic) -> Fragment:
    """How many indicators have a value, and how many lack one for each reason."""
    found = reasons(diagnostic)
    total, lacking = len(diagnostic.chapter()), sum(map(len, found.values()))
    have = french.count_of(total - lacking, "indicateur a", "indicateurs ont")
    listed = french.join_list([f"{reason} : {french.format_number(len(names))}" for reason, names in found.items()])
    first = f"Sur les {french.format_number(total)} indicateurs du catalogue, {have} une valeur pour ce territoire."
    return paragraphs([french.punctuate(first), french.punctuate(f"Les autres, par raison : {listed}.")])


def dictionary(diagnostic: Diagnostic) -> Figure:
    """Label, definition, unit and tier of every indicator that the report shows."""
    rows = [
        (
            str(e.label),
            str(e.definition) + (f" {e.caveat}" if e.caveat else ""),
            str(e.unit) or "sans unité",
            TIERS[e.tier],
        )
        for e in (diagnostic.setting.indicator(name) for name in told_of(diagnostic))
    ]
    return tables.plain_table(
        identifier="definitions", title=f"Définition des {french.count_of(len(rows), 'indicateur', 'indicateurs')} de ce document",
        subtitle="Libellé, définition et précautions, unité, étage de la donnée",
        header=("Indicateur", "Définition", "Unité", "Étage de la donnée"), rows=rows, numeric=(False,) * 4,
        reading="L’étage dit à quelle maille la donnée existe : une donnée connue au département seulement n’est jamais ventilée.",
        source="catalogue des indicateurs", period=diagnostic.edition, simulated=diagnostic.simulated,
    )  # fmt: skip


def publication(diagnostic: Diagnostic) -> Bundle:
    """The declaration read by the publishing room (publishing/publication.py)."""
    from cls_analysis.diagnostic.core import KINDS

    name = french.capitalise(diagnostic.setting.territory.label)
    kind = KINDS.get(diagnostic.kind, diagnostic.kind)
    lock, known = load_lock(diagnostic.mode, processed=diagnostic.processed), _known()
    rows = published_rows(diagnostic)
    held = {*told_of(diagnostic), *rows["indicator"].categories}
    shown = [diagnostic.setting.indicator(n) for n in diagnostic.chapter() if n in held]
    statuses = ["simulated"] if diagnostic.simulated else []
    if any(lock.get(s, {}).get("restricted") for s in used_sources(diagnostic)):
        statuses.append("restricted")
    data = {
        "title": f"{kind} {diagnostic.setting.territory.of}",
        "kind": diagnostic.kind,
        "kind_label": kind,
        "territory": diagnostic.territory.territory,
        "territory_name": name,
        "territory_type": diagnostic.territory.territory_type,
        "edition": diagnostic.edition,
        "data_date": data_date(diagnostic),
        "data_mode": diagnostic.mode,
        "statuses": statuses,
        "description": f"{kind} {diagnostic.setting.territory.of}, édition {diagnostic.edition}.",
        "indicators": [
            {"id": e.id, "label": e.label, "unit": e.unit, "definition": e.definition, "caveat": e.caveat, "tier": e.tier,
             "geography": e.geography, "period": diagnostic.setting.focused(e.id).period(e.id) or e.period[-1], "method": e.method, "numerator": list(e.numerator),
             "denominator": list(e.denominator)}
            for e in shown
        ],
        "figures": [
            {"id": f.id, "title": f.title, "indicators": list(f.indicators), "period": f.period, "kind": f.kind}
            for f in diagnostic.drawn
        ],
        "sources": [
            {"id": s, "producer": getattr(known.get(s), "producer", ""), "title": getattr(known.get(s), "title", s),
             "vintage": str(getattr(known.get(s), "vintage", "")), "licence": getattr(known.get(s), "licence", ""),
             "url": next((f.url for f in getattr(known.get(s), "files", ()) if f.url), None),
             "updated": getattr(known.get(s), "updated", None) or "", "simulated": bool(lock.get(s, {}).get("simulated")),
             "files": lock.get(s, {}).get("files", [])}
            for s in used_sources(diagnostic)
        ],
        "rows": {name: column.told() for name, column in rows.items()},
        "composition": compositions(diagnostic, rows),
    }  # fmt: skip
    return Bundle(META_MIME, data, f"{data['title']} : {len(data['figures'])} figures")


def compositions(diagnostic: Diagnostic, rows: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Of which communes each territory with published rows (by column) is made, so that a later edition can be checked against it."""
    territory = diagnostic.territory
    seen = beside.places(diagnostic, rows)
    places = [
        territory,
        *(geography.territory(m.territory) for m in diagnostic.setting.members),
        *geography.comparators(territory),
        *(geography.territory(code) for kind, code in sorted(seen) if kind == "epci"),
    ]
    told = [(p.territory_type, p.territory, p.communes) for p in places]
    return describe([*told, *beside.bassins(diagnostic, seen)], cog=geography.REFERENCE_COG)


def data_date(diagnostic: Diagnostic) -> str:
    """The span of the years that the shown values describe, those of the département included where it alone has them."""
    table = diagnostic.setting.table
    places = {p.territory for p in (diagnostic.setting.territory, *diagnostic.setting.comparators)}
    shown = table[table["territory"].isin(places) & table["status"].isin(SHOWN)]
    years = sorted(
        {y for p in shown["period"].astype(str).unique() for y in p.split("-") if len(y) == 4 and y.isdigit()}
    )
    return f"données de {years[0]} à {years[-1]}" if years else "sans donnée"


def published_rows(diagnostic: Diagnostic) -> dict[str, Column]:
    """Published rows of the territory, its EPCI, communes and comparators, and those it is ranked among or mapped with, by column."""
    setting, territory = diagnostic.setting, diagnostic.territory
    places = (setting.territory, *setting.comparators, *setting.members)
    wanted = {(p.territory_type, p.territory) for p in places} | {("commune", code) for code in territory.communes}
    own = np.zeros(len(setting.table), dtype=bool)
    for kind in sorted({kind for kind, _ in wanted}):
        own |= beside.of_places(setting.table, kind, {code for other, code in wanted if other == kind}).to_numpy()
    frame = pd.concat([setting.table[own], beside.rows(diagnostic, wanted)])
    names = {p.territory: p.label for p in places}
    names |= {p.territory: p.label for p in setting.peers} | beside.bassin_names(diagnostic)
    names |= {code: str(diagnostic.atlas.communes.loc[code, "name"]) for code in territory.communes}
    told = {str(name): Column.of_series(frame[name]) for name in frame.columns}
    codes = told["territory"]
    return told | {"territory_name": codes.renamed(names[code] for code in codes.categories)}
