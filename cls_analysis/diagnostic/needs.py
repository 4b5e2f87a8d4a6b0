"""Theme by theme, do the figures and what people say agree, and what exists already?

The measured side: for each indicator of the catalogue that has a published value of the territory itself and a participation
theme (`participation/themes.toml`), its tested gap to the main comparator, as THE TABLE's comparisons give it (corrected for
the number of tests). What is known at the département only says nothing of the territory and stays out.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from cls_analysis.diagnostic.fragment import Fragment
from cls_analysis.diagnostic.gathered import NOT_SAMPLE
from cls_analysis.diagnostic.lines import lines
from cls_analysis.figures import french, tables
from cls_analysis.figures.figure import Cell, Figure, ribbon, text_of
from cls_analysis.figures.narrative import level_sentence
from cls_analysis.figures.participation_figure import fictional_ribbon
from cls_analysis.participation import afom, gaps, triangle
from cls_analysis.participation import vocabulary as words
from cls_analysis.participation.themes import CONTEXT, theme_map

if TYPE_CHECKING:
    from cls_analysis.diagnostic.core import Diagnostic
    from cls_analysis.diagnostic.partage import Partage

#: untested values told in a sentence, theme by theme; the others are named
MOST_UNTESTED = 4
COLUMNS = ["indicator", "theme", "significance", "direction", "simulated"]
MEASURED = {
    "unfavourable": "écarts défavorables", "favourable": "écarts favorables", "mixed": "écarts des deux sens",
    "no_gap": "aucun écart significatif", "no_indicator": "aucun indicateur testé",
}  # fmt: skip
_READING = {
    "favourable": "favorable", "unfavourable": "défavorable", "neutral": "sans lecture favorable évidente",
    "not_different": "non significatif", "not_tested": "non testé",
}  # fmt: skip


def comparisons(d: Diagnostic) -> pd.DataFrame:
    """One row per indicator with a theme and a value of the territory: `indicator, theme, significance, direction, simulated`."""
    rows = []
    themes = theme_map()
    for name in d.chapter():
        entry = d.setting.indicator(name)
        theme = themes.theme(name, entry.chapter)
        own = d.setting.own(name)
        if theme == CONTEXT or not own.shown or d.setting.main is None:
            continue
        compared = d.setting.compare(own, d.setting.main)
        significance = compared.significance if compared is not None else "not_tested"
        if significance not in ("higher", "lower", "not_different"):
            significance = "not_tested"
        rows.append((name, theme, significance, entry.direction, own.simulated))
    return pd.DataFrame(rows, columns=COLUMNS)


def triangle_figures(d: Partage) -> list[Any]:
    """The overview, then one table per theme that has anything measured, said or existing."""
    read = gaps(comparisons(d))
    frame = triangle(read, d.p.verbatims, d.p.recueils, d.p.ressources)
    return [_overview(d, frame, read), *[_theme(d, r, read) for r in frame.to_dict("records") if _worth(r)]]


def _worth(r: Any) -> bool:
    return bool(r["statements"] or r["resources"] or r["measured"] != "no_indicator")


def _against(d: Diagnostic) -> str:
    return d.setting.main.full_name if d.setting.main else "son comparateur"


def _overview(d: Partage, frame: pd.DataFrame, read: pd.DataFrame) -> Figure:
    rows = []
    for r in frame.to_dict("records"):
        detail = french.join_list(
            [f"{r[k]} {word}{'s' if r[k] > 1 else ''}" for k, word in (("unfavourable", "défavorable"), ("favourable", "favorable")) if r[k]]
        )  # fmt: skip
        tested = r["favourable"] + r["unfavourable"] + r["neutral"] + r["not_different"]
        rows.append((
            r["label"],
            Cell(_measured(r), french.punctuate(_tested(detail, tested, r["not_tested"]))),
            Cell("besoin exprimé" if r["said"] else "pas de besoin assez exprimé",
                 f"{french.count_of(r['needs'], 'besoin ou obstacle', 'besoins ou obstacles')}, {french.count_of(r['collections'], 'recueil')}"),
            Cell(french.count_of(r["resources"], "ressource"), "angle mort : besoin sans ressource" if r["blind_spot"] else ""),
            Cell(_verdict(r), tone="bad" if r["verdict"] == "convergent" else ""),
        ))  # fmt: skip
    agree = frame.loc[frame["verdict"] == "convergent", "label"]
    title = (
        f"Chiffres et parole convergent sur {french.count_of(len(agree), 'thème')} : {french.join_list(french.uncapitalise(x) for x in agree)}"
        if len(agree)
        else "Aucun thème où chiffres et parole convergent à ce stade"
    )
    first = rows[0]
    notes = (
        "Mesuré : au moins un écart significatif défavorable, ou favorable. Dit : au moins trois besoins ou obstacles venus d’au moins deux recueils.",
        "« Dit, mais non mesuré » ne veut pas dire faux : la donnée manque souvent, ou ne se prête pas à un test (accessibilité, médiane publiée). « Mesuré, mais non dit » ne veut pas dire sans importance.",
        NOT_SAMPLE,
    )
    return tables.plain_table(
        identifier="triangle", title=french.punctuate(title),
        subtitle=french.punctuate(f"Par thème : écarts significatifs avec {_against(d)} (nombre d’indicateurs), besoins exprimés (nombre de paroles et de recueils), ressources (nombre)"),
        header=("Thème", "Ce que disent les chiffres", "Ce que disent les personnes", "Ce qui existe", "Lecture croisée"), rows=rows,
        numeric=(False,) * 5,
        reading=french.punctuate(f"{first[0]} : {text_of(first[1])} ; {text_of(first[2])} ; {text_of(first[3])}. {text_of(first[4])}."),
        source=f"table des indicateurs ; {d.source('paroles et ressources')}", period=d.edition,
        notes=tuple(french.punctuate(n) for n in notes), indicators=tuple(sorted(read["indicator"])),
        simulated=bool(read["simulated"].any()),
    )  # fmt: skip


def _tested(detail: str, tested: int, untested: int) -> str:
    said = [f"{detail or 'aucun'} sur {french.count_of(tested, 'testé', 'testés')}"] if tested else []
    said += [french.count_of(untested, "non testé", "non testés")] if untested else []
    return " ; ".join(said)


def _measured(r: Any) -> str:
    """`no_indicator` covers two things that a reader must tell apart: values without a test, and no value at all."""
    return (
        "des valeurs, aucun écart testé"
        if r["measured"] == "no_indicator" and r["not_tested"]
        else MEASURED[r["measured"]]
    )


def _verdict(r: Any) -> str:
    if r["verdict"] == "said_not_measured" and r["not_tested"] and r["measured"] == "no_indicator":
        return "Dit ; chiffres connus, écart non testé"
    return words.TRIANGLE_VERDICTS[r["verdict"]]


def _theme(d: Partage, r: Any, read: pd.DataFrame) -> Figure:
    mine = read[read["theme"] == r["theme"]]
    rows: list[tuple[str | Cell, ...]] = []
    order = {"unfavourable": 0, "favourable": 1, "neutral": 2}
    telling = mine[mine["reading"].isin(list(order))]
    telling = telling.assign(_o=telling["reading"].map(order)).sort_values(["_o", "indicator"])
    for x in lines(telling):
        tone = {"unfavourable": "bad", "favourable": "good"}.get(x.reading, "")
        rows.append(("Chiffres", level_sentence(d.setting, x.indicator), Cell(_READING[x.reading], tone=tone)))
    rest = mine[~mine["reading"].isin(list(order))]
    same = [str(d.setting.indicator(i).short_label) for i in rest.loc[rest["reading"] == "not_different", "indicator"]]
    if same:
        rows.append(
            ("Chiffres", french.capitalise(french.punctuate(f"{french.join_list(same)}.")), _READING["not_different"])
        )
    untested = [str(i) for i in rest.loc[rest["reading"] == "not_tested", "indicator"]]
    told = untested if len(untested) <= MOST_UNTESTED + 1 else untested[:MOST_UNTESTED]
    rows += [("Chiffres", level_sentence(d.setting, i), Cell(_READING["not_tested"], tone="withheld")) for i in told]
    others = [str(d.setting.indicator(i).short_label) for i in untested[len(told) :]]
    if others:
        said = f"Aussi connus, valeurs dans les tableaux de ce document : {french.join_list(others)}."
        rows.append(("Chiffres", french.punctuate(said), Cell(_READING["not_tested"], tone="withheld")))
    if mine.empty:
        rows.append(("Chiffres", "Aucun indicateur de ce thème n’a de valeur pour le territoire.", "non mesuré"))
    rows += _spoken(r)
    rows += _existing(d, r)
    return tables.plain_table(
        identifier=f"triangle-{r['theme'].replace('_', '-')}", title=french.punctuate(f"{r['label']} : {french.uncapitalise(_verdict(r))}"),
        subtitle=french.punctuate(f"Chiffres comparés {french.a(_against(d))}, paroles, ressources"), header=("D’où", "Ce qui est dit ou mesuré", "Lecture"),
        rows=rows, numeric=(False, False, False),
        reading=french.punctuate(f"{french.capitalise(_measured(r))} ; {r['needs']} besoins ou obstacles de {french.count_of(r['collections'], 'recueil')} ; {french.count_of(r['resources'], 'ressource')}."),
        source=f"table des indicateurs ; {d.source('paroles et ressources')}", period=d.edition, indicators=tuple(sorted(mine["indicator"])),
        simulated=bool(mine["simulated"].any()),
    )  # fmt: skip


def _spoken(r: Any) -> list[tuple[str | Cell, ...]]:
    if not r["statements"]:
        return [("Parole", "Personne n’en a parlé.", "non dit")]
    who = french.join_list(words.PUBLICS[x].lower() for x in r["publics"])
    kinds = [
        french.count_of(r[k], one, many)
        for k, one, many in (
            ("needs", "besoin ou obstacle", "besoins ou obstacles"), ("resources_said", "ressource citée", "ressources citées"),
            ("proposals", "proposition", "propositions"),
        )
        if r[k]
    ]  # fmt: skip
    said = f"{french.join_list(kinds)}, dans {french.count_of(r['collections'], 'recueil')} ({who})."
    return [("Parole", french.punctuate(said), "besoin exprimé" if r["said"] else "peu exprimé")]


def _existing(d: Partage, r: Any) -> list[tuple[str | Cell, ...]]:
    mine = [
        x for x in d.p.ressources.to_dict("records") if r["theme"] in x["themes"] and x["statut"] != "termine"
    ]  # fmt: skip
    if not mine:
        return [("Ressources", "Aucune ressource recensée.", "angle mort" if r["blind_spot"] else "à recenser")]
    listed = french.join_list(f"{x['intitule']} ({words.RESOURCE_STATES[x['statut']].lower()})" for x in mine)
    return [("Ressources", french.punctuate(f"{listed}."), french.count_of(len(mine), "ressource"))]


_NOTHING = {
    "atout": "Aucun écart favorable significatif, et le groupe n’a rien écrit.",
    "faiblesse": "Aucun écart défavorable significatif, et le groupe n’a rien écrit.",
    "opportunite": "À écrire par le groupe de travail.",
    "menace": "À écrire par le groupe de travail.",
}


def afom_fragment(d: Partage) -> Fragment:
    """Four cells; strengths and weaknesses from significant gaps (linked to their table) then what the group wrote."""
    frame = afom(comparisons(d), d.p.afom)
    cells = []
    for cell, label in words.AFOM_CELLS.items():
        part = frame[frame["case"] == cell]
        inner = "".join(_afom_theme(d, str(theme), rows) for theme, rows in part.groupby("label", sort=False))
        empty = f"<p class='absent'>{_NOTHING[cell]}</p>"
        cells.append(f'<div><h3 id="afom-{cell}">{label}</h3>{inner or empty}</div>')
    mark = fictional_ribbon(d.fictional)
    if d.simulated:
        mark += ribbon()
    note = french.punctuate(
        f"Atouts et faiblesses mesurés : écarts significatifs avec {_against(d)} seulement. Opportunités et menaces viennent du groupe de travail. "
        "« Groupe » : écrit par le groupe, non mesuré."
    )
    return Fragment(f'{mark}<p>{escape(note)}</p><div class="afom">{"".join(cells)}</div>')


def _afom_theme(d: Partage, label: str, rows: pd.DataFrame) -> str:
    items = []
    for r in lines(rows):
        if r.origin == "indicator":
            link = f'<a href="#{d.shown_in[r.indicator]}">tableau</a>' if r.indicator in d.shown_in else ""
            items.append(f"<li>{escape(level_sentence(d.setting, r.indicator))} {link}</li>")
        else:
            items.append(f"<li>Groupe{french.NBSP}: {escape(french.punctuate(r.texte))}</li>")
    return f"<h4>{escape(label)}</h4><ul>{''.join(items)}</ul>"


def indicator_links(d: Partage, indicators: Any) -> str:
    """Indicators as links to the figure that shows them, or with the reason why there is none (HTML)."""
    parts = []
    for name in indicators:
        if name not in d.catalogue:
            parts.append(f"{escape(str(name))} <span class='absent'>(absent du catalogue)</span>")
            continue
        label = escape(french.punctuate(str(d.catalogue[name].short_label)))
        if name in d.shown_in:
            parts.append(f'<a href="#{d.shown_in[name]}">{label}</a>')
        else:
            parts.append(f"{label} <span class='absent'>(sans valeur ici)</span>")
    return ", ".join(parts)


def findings(d: Partage) -> Fragment:
    """Each finding with its state, what founds it, and an anchor that action sheets link to."""
    if d.p.constats.empty:
        return Fragment("<p>Aucun constat n’a été rédigé.</p>")
    spoken = d.p.verbatims.set_index("id")["texte"].to_dict()
    items = []
    for c in d.p.constats.to_dict("records"):
        state = words.FINDING_STATES[c["statut"]].lower()
        if c["instance"] and c["date_validation"]:
            state += f" ({c['instance']}, {french.date(c['date_validation'])})"
        said = [f"« {spoken[v]} » ({v})" for v in c["verbatims"] if v in spoken]
        links = indicator_links(d, c["indicateurs"])
        items.append(
            f'<li id="{finding_anchor(c["id"])}"><strong>{escape(c["id"])}</strong> {escape(french.punctuate(c["texte"]))}'
            f"<small>{escape(words.THEMES[c['theme']])}, {escape(words.FINDING_KINDS[c['nature']].lower())}, {escape(state)}</small>"
            + (f"<small>Indicateurs{french.NBSP}: {links}</small>" if links else "")
            + (f"<small>Paroles{french.NBSP}: {escape(french.punctuate(' ; '.join(said)))}</small>" if said else "")
            + "</li>"
        )
    mark = fictional_ribbon(d.fictional)
    return Fragment(f'{mark}<ul class="linked">{"".join(items)}</ul>')


def finding_anchor(identifier: str) -> str:
    """The anchor of a finding in the page."""
    return "constat-" + "".join(c if c.isalnum() else "-" for c in str(identifier).lower())
