"""Where does each action stand this year, what do its indicators say, what moved in the health context?

Progress is what pilots declared; an action without evaluation keeps its blank. Process and result indicators get a verdict by
the declared rule of `participation.evaluation`; slow health indicators are re-read from the published rows as context only.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd

from cls_analysis.diagnostic.fragment import Fragment
from cls_analysis.diagnostic.lines import valued
from cls_analysis.diagnostic.slices import in_texts
from cls_analysis.figures import french, tables
from cls_analysis.figures.figure import Cell, DataTable, Figure
from cls_analysis.figures.participation_charts import Words, stacked
from cls_analysis.participation import (
    actions_at,
    amendment_log,
    contract_difference,
    health_context,
    measures,
    progress_by_axis,
    progress_over_years,
    yearly_actions,
)
from cls_analysis.participation import vocabulary as words
from cls_analysis.participation.contract import contract_tree
from cls_analysis.participation.reading import PARSERS
from cls_analysis.participation.tables import TABLES

if TYPE_CHECKING:
    from cls_analysis.diagnostic.partage import Partage

VERDICTS = {
    "reached": "cible atteinte", "on_track": "dans le rythme", "behind": "en retard", "away": "s’éloigne de la cible",
    "no_value": "sans valeur", "no_target": "sans cible", "context": "contexte, sans verdict",
}  # fmt: skip
CHANGES = {"added": "ajoutée", "removed": "supprimée", "modified": "modifiée"}
SLOW = (
    "Contexte, pas un résultat : ces indicateurs bougent en plusieurs années, pour bien d’autres raisons que le contrat. "
    "Une hausse ou une baisse ne juge aucune action."
)
STATES = {**words.ACTION_STATES, "not_evaluated": "Non évaluée"}


def progress(d: Partage, year: int) -> list[Any]:
    """States by axis (drawing), over the years when there are several, then every action."""
    if not year:
        return [Fragment("<p>Aucune évaluation annuelle n’a été saisie.</p>")]
    frame = progress_by_axis(d.p, year)
    found: list[Any] = [_by_axis(d, frame, year)]
    over = progress_over_years(d.p)
    if len(set(over["year"])) > 1:
        found.append(_over_years(d, over))
    return [*found, _actions(d, year)]


def _by_axis(d: Partage, frame: pd.DataFrame, year: int) -> Figure:
    axes = frame[frame["axe"] != "all"]
    rows = [(french.punctuate(r["axe_intitule"]), [int(r[s]) for s in STATES]) for r in axes.to_dict("records")]
    written = [
        (
            french.punctuate(r["axe_intitule"]), french.format_number(r["actions"]), *(french.format_number(r[s]) for s in STATES),
            french.percent(r["mean_progress_pct"], 0) if pd.notna(r["mean_progress_pct"]) else "non connu", french.format_number(r["progress_known"]),
        )
        for r in frame.to_dict("records")
    ]  # fmt: skip
    whole = frame[frame["axe"] == "all"].iloc[0]
    done = int(whole["realisee"])
    going = int(whole["en_cours"])
    said = Words(
        id="avancement-axes", title=french.punctuate(f"Fin {year}, {french.count_of(done, 'action réalisée', 'actions réalisées')} et {going} en cours sur {int(whole['actions'])}"),
        subtitle=f"État des actions du contrat par axe à la fin de {year} (nombre d’actions)",
        reading=french.punctuate(f"{rows[0][0]} : {_states(rows[0][1])}, sur {french.count_of(sum(rows[0][1]), 'action')}."),
        source=d.source("évaluation annuelle déclarée par les pilotes"), period=str(year),
        notes=("L’avancement moyen ne porte que sur les actions dont l’avancement est renseigné : inconnu n’est pas 0 %.",),
    )  # fmt: skip
    header = ("Axe", "Actions", *STATES.values(), "Avancement moyen", "Avancement connu")
    return stacked(said, rows, STATES, DataTable(header, tuple(written), (False, *[True] * (len(header) - 1))))


def _states(counts: list[int]) -> str:
    return french.join_list(f"{n} {label.lower()}" for n, label in zip(counts, STATES.values(), strict=True) if n)


def _over_years(d: Partage, over: pd.DataFrame) -> Figure:
    years = sorted(set(over["year"]))
    rows = [
        (f"Fin {y}", [int(over[(over["year"] == y) & (over["etat"] == s)]["count"].sum()) for s in STATES])
        for y in years
    ]
    written = [(label, *(french.format_number(n) for n in counts)) for label, counts in rows]
    said = Words(
        id="avancement-annees", title=french.punctuate(f"De {years[0]} à {years[-1]}, année par année"), subtitle="État des actions en vigueur à la fin de chaque année évaluée (nombre d’actions)",
        reading=french.punctuate(f"{rows[-1][0]} : {_states(rows[-1][1])}."), source=d.source("évaluations annuelles déclarées par les pilotes"),
        period=f"{years[0]}-{years[-1]}",
    )  # fmt: skip
    return stacked(
        said,
        rows,
        STATES,
        DataTable(("Année", *STATES.values()), tuple(written), (False, *[True] * len(STATES))),
        totals=False,
    )


def _actions(d: Partage, year: int) -> Figure:
    rows = []
    for r in yearly_actions(d.p, year).to_dict("records"):
        known = bool(r["evaluated"])
        before = "" if pd.isna(r["previous_pct"]) else f"{french.percent(r['previous_pct'], 0)} un an avant"
        held = [
            f"Freins : {r['freins']}" if _has(r["freins"]) else "",
            f"Leviers : {r['leviers']}" if _has(r["leviers"]) else "",
            r["commentaire"] if _has(r["commentaire"]) else "",
        ]
        rows.append((
            Cell(french.punctuate(f"{r['numero']} {r['intitule']}"), french.punctuate(f"{r['axe_intitule']} ; pilote : {r['pilote']}")),
            Cell(words.ACTION_STATES[r["etat"]] if known else "non évaluée", tone="" if known else "withheld"),
            Cell(french.percent(r["avancement_pct"], 0) if pd.notna(r["avancement_pct"]) else french.STATUS_WORDS["missing"].short, before, "" if pd.notna(r["avancement_pct"]) else "withheld"),
            french.punctuate(" ".join(f"{x.rstrip('.')}." for x in held if x)) or "rien de signalé", words.NEXT_STEPS[r["suite"]] if known else "à évaluer",
        ))  # fmt: skip
    return tables.plain_table(
        identifier="avancement-actions", title=f"Les {len(rows)} actions en vigueur à la fin de {year}",
        subtitle="État, avancement déclaré (%), freins et leviers, suite proposée", header=("Action", "État", "Avancement", "Freins, leviers, commentaire", "Suite"),
        rows=rows, numeric=(False, False, True, False, False), reading=french.punctuate(f"{rows[0][0].text} : {rows[0][1].text.lower()}, {rows[0][2].text}, suite : {rows[0][4].lower()}."),
        source=d.source("évaluation annuelle déclarée par les pilotes"), period=str(year),
    )  # fmt: skip


def _has(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def measured(d: Partage, year: int) -> list[Any]:
    """Process and result indicators with their verdict."""
    if not year:
        return [Fragment("<p>Aucune mesure n’est à lire sans évaluation annuelle.</p>")]
    frame = measures(d.p, year)
    frame = frame[frame["verdict"] != "context"]
    if frame.empty:
        return [Fragment("<p>Aucun indicateur de processus ou de résultat n’est déclaré.</p>")]
    names = _titles(d, year)
    rows = []
    for r in frame.to_dict("records"):
        tone = {"reached": "good", "on_track": "good", "behind": "bad", "away": "bad"}.get(r["verdict"], "withheld")
        expected = "" if pd.isna(r["expected_pct"]) else f"attendu {french.percent(r['expected_pct'], 0)}"
        rows.append((
            Cell(french.punctuate(r["libelle"]), french.punctuate(f"{names.get(r['action'], r['action'])} ; {r['unite']}")), words.MEASURE_KINDS[r["nature"]],
            valued(r["depart"], r["annee_depart"]), valued(r["valeur"], r["annee_valeur"]), valued(r["cible"], r["annee_cible"]),
            Cell(french.percent(r["progress_pct"], 0) if pd.notna(r["progress_pct"]) else "sans objet", expected), Cell(VERDICTS[r["verdict"]], tone=tone),
        ))  # fmt: skip
    counts = frame["verdict"].value_counts()
    title = french.join_list(french.punctuate(f"{int(counts[k])} {VERDICTS[k]}") for k in VERDICTS if k in counts.index)
    return [tables.plain_table(
        identifier="mesures", title=french.punctuate(f"Indicateurs des actions : {title}"), subtitle=f"Départ, dernière valeur connue à la fin de {year}, cible, chemin parcouru du départ à la cible (%)",
        header=("Indicateur", "Nature", "Départ", "Valeur", "Cible", "Chemin parcouru", "Lecture"), rows=rows, numeric=(False, False, True, True, True, True, False),
        reading=french.punctuate(f"{rows[0][0].text} : {rows[0][3]}, pour une cible de {rows[0][4]} ; {rows[0][6].text}."),
        source=d.source("mesures fournies par les pilotes"), period=str(year),
        notes=(french.punctuate("Règle : le chemin attendu est la part du temps écoulé entre l’année de départ et celle de la cible ; « dans le rythme » à dix points près."),),
    )]  # fmt: skip


def _titles(d: Partage, year: int) -> dict[str, str]:
    frame = contract_tree(d.p, dt.date(year, 12, 31))
    return {
        r["action"]: f"{r['numero']} {r['intitule']}" for r in frame.to_dict("records") if isinstance(r["action"], str)
    }


def health(d: Partage, year: int) -> list[Any]:
    """The health indicators that actions name, re-read from the published rows of the territory."""
    table = d.setting.table
    own = table[
        (table["territory_type"] == d.territory.territory_type) & (table["territory"] == d.territory.territory)
        & (table["sex"] == "all") & (table["age"] == "all")
    ]  # fmt: skip
    frame = health_context(d.p, in_texts(own), year) if year else pd.DataFrame()
    if frame.empty:
        return [Fragment("<p>Aucune action ne nomme d’indicateur de santé du diagnostic.</p>")]
    rows, used = [], []
    for name, part in frame.groupby("indicateur", sort=False):
        entry = d.catalogue.get(str(name))
        if entry is None:
            rows.append(
                (
                    Cell(str(name), "absent du catalogue"),
                    ", ".join(part["action"]),
                    Cell(french.STATUS_WORDS["missing"].short, tone="withheld"),
                    "sans objet",
                    "sans objet",
                )
            )
            continue
        row = d.setting.own(str(name))
        used.append(str(name))
        value = french.format_value(row.value, status=row.status, decimals=entry.decimals)
        main = d.setting.main
        compared = d.setting.compare(row, main) if main else None
        words_, _tone = tables.significance_words(entry, compared) if row.shown else ("sans objet", "")
        rows.append((
            Cell(french.punctuate(str(entry.label)), french.tidy_unit(str(entry.unit)) or "sans unité"), ", ".join(part["action"]),
            Cell(value, french.format_interval(row.lower, row.upper, entry.decimals), "" if row.shown else "withheld"), row.period or "sans objet", words_,
        ))  # fmt: skip
    published = [d.setting.own(n) for n in used if d.setting.own(n).shown]
    source = d.setting.citation(published) if published else "table des indicateurs, lignes publiées"
    against = d.setting.main.full_name if d.setting.main else "le comparateur"
    return [tables.plain_table(
        identifier="contexte-sante", title="Le contexte de santé, relu dans la table des indicateurs", subtitle=f"Dernière valeur publiée {d.setting.territory.of}, intervalle à 95 %, période, écart avec {against}",
        header=("Indicateur", "Actions", "Valeur", "Période", "Écart"), rows=rows, numeric=(False, False, True, False, False),
        reading=french.punctuate(f"{rows[0][0].text} : {rows[0][2].text} ({rows[0][3]}), nommé par {rows[0][1]}."), source=source, period=d.edition,
        notes=(french.punctuate(SLOW),), indicators=tuple(used), simulated=any(r.simulated for r in published),
    )]  # fmt: skip


def amendments(d: Partage, year: int) -> list[Any]:
    """Every amendment with its reason, then what differs between the signature and the end of the year."""
    log = amendment_log(d.p.actions, d.p.avenants)
    if log.empty:
        return [Fragment("<p>Aucun avenant n’a été signé.</p>")]
    rows = [
        (
            Cell(f"{r['avenant']}, {words.AMENDMENT_KINDS[r['type']].lower()}", french.date(r["date"])), Cell(french.punctuate(str(r["intitule"])), str(r["action"])),
            _column(r["champ"]) if _has(r["champ"]) else "toute la fiche", _typed(r["champ"], r["ancienne_valeur"]),
            _typed(r["champ"], r["nouvelle_valeur"]), french.punctuate(str(r["motif"])),
        )
        for r in log.to_dict("records")
    ]  # fmt: skip
    number = log["avenant"].nunique()
    table = tables.plain_table(
        identifier="avenants", title=french.punctuate(f"{french.count_of(number, 'avenant')}, {french.count_of(len(log), 'changement')}"), subtitle="Ce que chaque avenant ajoute, supprime ou modifie, avec sa date et son motif",
        header=("Avenant", "Action", "Champ", "Avant", "Après", "Motif"), rows=rows, numeric=(False,) * 6,
        reading=french.punctuate(f"{rows[0][0].text} : {rows[0][1].text}. {rows[0][5]}"), source=d.source("avenants"), period=str(max(x.year for x in log["date"])),
    )  # fmt: skip
    return [table, _two_states(d, year)]


def _two_states(d: Partage, year: int) -> Any:
    signed = [g.date_signature for g in d.p.contract.generation if g.date_signature]
    if not signed or not year:
        return Fragment("<p>La date de signature n’est pas connue : l’état initial du contrat n’est pas comparé.</p>")
    first, last = max(signed), dt.date(year, 12, 31)
    before, after = actions_at(d.p, first), actions_at(d.p, last)
    frame = contract_difference(before, after)
    none: list[tuple[Cell | str, ...]] = [("aucune différence", "sans objet", "sans objet", "sans objet", "sans objet")]
    title = f"{french.count_of(len(before), 'action')} à la signature, {len(after)} à la fin de {year}"
    rows: list[tuple[Cell | str, ...]] = [
        (
            Cell(french.punctuate(str(r["intitule"])), str(r["action"])), CHANGES[r["change"]],
            _column(r["champ"]) if _has(r["champ"]) else "toute la fiche", _shown(r["avant"]), _shown(r["apres"]),
        )
        for r in frame.to_dict("records")
    ] or none  # fmt: skip
    return tables.plain_table(
        identifier="contrat-deux-dates", title=title, subtitle=f"Le contrat au {french.date(first)} et au {french.date(last)} : ce qui diffère", header=("Action", "Changement", "Champ", "Avant", "Après"),
        rows=rows, numeric=(False,) * 5, reading=french.punctuate(f"{title}, après {french.count_of(d.p.avenants['avenant'].nunique(), 'avenant')}."), source=d.source("fiches actions et avenants"), period=f"{first.year}-{year}",
    )  # fmt: skip


def _column(name: str) -> str:
    return TABLES["actions"].column[name].help.split(" ; ")[0] if name in TABLES["actions"].column else name


def _typed(name: Any, text: Any) -> str:
    """A value as an amendment writes it, shown as the sheet shows it: money, date, list."""
    if not _has(text):
        return "sans objet"
    column = TABLES["actions"].column.get(name)
    if column is None:
        return french.punctuate(str(text))
    try:
        return _shown(PARSERS[column.kind](text))
    except ValueError:
        return french.punctuate(str(text))


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return french.punctuate(", ".join(_money(v) if isinstance(v, tuple) else str(v) for v in value)) or "vide"
    if value is None or (isinstance(value, float) and value != value):
        return "sans objet"
    if isinstance(value, dt.date):
        return french.date(value)
    return french.format_number(value) if isinstance(value, int | float) else french.punctuate(str(value))


def _money(funder: tuple[str, float]) -> str:
    name, amount = funder
    return f"{name} : {french.format_number(amount)} €" if amount == amount else str(name)
