"""Do the files of a territory agree with one another, and with the rules of the method?

Each rule takes the typed tables (index = spreadsheet row) and yields problems. A rule is a plain function
listed in `RULES`; to add one, write it and list it. References between tables are checked from the
declarations of `tables.py`, not here twice.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from .amendments import replay_problems
from .cells import rows_of
from .contract_file import Contract
from .locating import communes_named
from .places import Places
from .problems import Problem
from .tables import TABLES


@dataclass(frozen=True)
class Context:
    """What the rules read: typed tables, their file names, the contract, places and the day of the check."""

    tables: Mapping[str, pd.DataFrame]
    files: Mapping[str, str]
    contract: Contract | None
    places: Places | None
    today: dt.date

    def problem(
        self, table: str, row: object, column: str, value: object, cause: str, fix: str, *, severity: str = "error"
    ) -> Problem:
        shown = None if value is None or value is pd.NA else str(value)
        return Problem(
            self.files[table], int(str(row)), column, shown, cause, fix, "warning" if severity == "warning" else "error"
        )


def references(c: Context) -> Iterator[Problem]:
    """Each identifier named in one table exists in the table that it refers to."""
    for table in TABLES.values():
        frame = c.tables[table.name]
        for column in table.columns:
            if column.refers is None:
                continue
            known = list(c.tables[column.refers]["id"].dropna())
            for row, value in frame[column.name].items():
                for item in value if isinstance(value, tuple) else (value,):
                    if item is not None and item not in known:
                        near = difflib.get_close_matches(str(item), known, n=1)
                        fix = f"écrire « {near[0]} » ?" if near else f"l'ajouter à {c.files[column.refers]} ou corriger"
                        yield c.problem(table.name, row, column.name, item, f"absent de {c.files[column.refers]}", fix)


def small_groups_are_not_located(c: Context) -> Iterator[Problem]:
    """A collection below the threshold, and its statements, stop at the EPCI."""
    threshold = c.contract.seuils.localisation if c.contract else 10
    recueils = c.tables["recueils"]
    few = recueils[recueils["participants"] < threshold]
    size = dict(zip(few["id"], few["participants"], strict=True))
    fix = "vider la colonne commune (l'EPCI suffit)"
    for row, r in rows_of(few):
        if r["commune"] is not None:
            yield c.problem(
                "recueils",
                row,
                "commune",
                r["commune"],
                f"recueil de {r['participants']} participants, moins de {threshold} : pas de lieu plus fin que l'EPCI",
                fix,
            )
    for row, v in rows_of(c.tables["verbatims"]):
        if v["recueil"] not in size:
            continue
        cause = f"parole d'un recueil de {size[v['recueil']]} participants, moins de {threshold} : pas de lieu plus fin que l'EPCI"
        if v["commune"] is not None:
            yield c.problem("verbatims", row, "commune", v["commune"], cause, fix)
        named = communes_named(str(v["texte"] or ""), c.places)
        if named:
            yield c.problem(
                "verbatims", row, "texte", named[0], cause, "remplacer le nom par « la commune »", severity="warning"
            )


def collections_are_past(c: Context) -> Iterator[Problem]:
    """A collection has taken place; a statement's public took part in it."""
    recueils = c.tables["recueils"]
    for row, date in recueils["date"].items():
        if date is not None and date > c.today:
            yield c.problem(
                "recueils", row, "date", date.isoformat(), "date à venir", "n'inscrire que les recueils faits"
            )
    publics = dict(zip(recueils["id"], recueils["public"], strict=True))
    for row, v in rows_of(c.tables["verbatims"]):
        present = publics.get(v["recueil"])
        if v["public"] is not None and present and v["public"] not in present:
            yield c.problem(
                "verbatims",
                row,
                "public",
                v["public"],
                f"public absent du recueil {v['recueil']} ({', '.join(present)})",
                "corriger ici ou dans recueils",
            )


def findings_stand_on_something(c: Context) -> Iterator[Problem]:
    """A finding names what founds it, and a validated one names who validated it and when."""
    for row, f in rows_of(c.tables["constats"]):
        if f["nature"] in ("quanti", "mixte") and not f["indicateurs"]:
            yield c.problem(
                "constats",
                row,
                "indicateurs",
                None,
                f"constat « {f['nature']} » sans indicateur",
                "nommer l'indicateur",
            )
        if f["nature"] in ("quali", "mixte") and not f["verbatims"]:
            yield c.problem(
                "constats", row, "verbatims", None, f"constat « {f['nature']} » sans parole", "nommer les paroles"
            )
        if f["statut"] == "valide":
            for column in ("instance", "date_validation"):
                if f[column] is None:
                    yield c.problem(
                        "constats", row, column, None, "constat validé sans instance ou sans date", "la remplir"
                    )


def decisions_have_a_reason(c: Context) -> Iterator[Problem]:
    """A decision of the steering committee comes with body, date and reason; its ranks are distinct."""
    discarded = set(c.tables["constats"].loc[c.tables["constats"]["statut"] == "ecarte", "id"])
    ranks: dict[int, object] = {}
    for row, e in rows_of(c.tables["enjeux"]):
        if e["decision"] is not None:
            for column in ("motif", "instance", "date_decision"):
                if e[column] is None:
                    yield c.problem(
                        "enjeux", row, column, None, "décision sans motif, instance ou date", f"remplir {column}"
                    )
        rank = e["rang_copil"]
        if not pd.isna(rank):
            if e["decision"] != "retenu":
                yield c.problem(
                    "enjeux", row, "rang_copil", rank, "rang donné à un enjeu qui n'est pas retenu", "vider le rang"
                )
            if int(rank) in ranks:
                yield c.problem(
                    "enjeux",
                    row,
                    "rang_copil",
                    rank,
                    f"rang déjà donné à la ligne {ranks[int(rank)]}",
                    "donner un autre rang",
                )
            ranks.setdefault(int(rank), row)
        for finding in e["constats"] or ():
            if finding in discarded:
                yield c.problem(
                    "enjeux", row, "constats", finding, "constat écarté", "retirer le constat, ou le valider"
                )


def voters_keep_their_college(c: Context) -> Iterator[Problem]:
    """One voter sits in one college and scores something."""
    colleges: dict[str, str] = {}
    for row, v in rows_of(c.tables["votes"]):
        first = colleges.setdefault(v["votant"], v["college"])
        if v["college"] is not None and first is not None and v["college"] != first:
            yield c.problem(
                "votes",
                row,
                "college",
                v["college"],
                f"votant {v['votant']} déjà inscrit comme « {first} »",
                "corriger le collège",
            )


def objectives_hang_together(c: Context) -> Iterator[Problem]:
    """A specific objective hangs from a thematic axis, an operational one from a specific one."""
    levels = dict(zip(c.tables["objectifs"]["id"], c.tables["objectifs"]["niveau"], strict=True))
    kinds = dict(zip(c.tables["axes"]["id"], c.tables["axes"]["type"], strict=True))
    for row, o in rows_of(c.tables["objectifs"]):
        if o["niveau"] == "specifique" and kinds.get(o["axe"], "thematique" if o["axe"] else None) != "thematique":
            yield c.problem(
                "objectifs", row, "axe", o["axe"], "objectif spécifique sans axe thématique", "nommer son axe"
            )
        if (
            o["niveau"] == "operationnel"
            and levels.get(o["parent"], "specifique" if o["parent"] else None) != "specifique"
        ):
            yield c.problem(
                "objectifs",
                row,
                "parent",
                o["parent"],
                "objectif opérationnel sans objectif spécifique",
                "nommer son objectif",
            )
    for row, a in rows_of(c.tables["actions"]):
        for axis in a["axes_transversaux"] or ():
            if kinds.get(axis) == "thematique":
                yield c.problem(
                    "actions",
                    row,
                    "axes_transversaux",
                    axis,
                    "cet axe n'est pas transversal",
                    "l'axe vient de l'objectif",
                )


def actions_add_up(c: Context) -> Iterator[Problem]:
    """Dates in order, funding within the budget."""
    for row, a in rows_of(c.tables["actions"]):
        if a["debut"] is not None and a["fin"] is not None and a["fin"] < a["debut"]:
            yield c.problem(
                "actions", row, "fin", a["fin"].isoformat(), "la fin précède le début", "corriger l'une des dates"
            )
        amounts = [m for _, m in a["financeurs"] or () if m == m]
        if not pd.isna(a["budget_eur"]) and sum(amounts) > a["budget_eur"] + 0.5:
            yield c.problem(
                "actions",
                row,
                "financeurs",
                f"{sum(amounts):g}",
                f"les financements dépassent le budget de {a['budget_eur']:g} €",
                "corriger le budget ou les montants",
            )


def targets_make_sense(c: Context) -> Iterator[Problem]:
    """A target has a year and goes the favourable way; only slow or impact indicators are context."""
    for row, m in rows_of(c.tables["indicateurs_actions"]):
        if not pd.isna(m["cible"]) and pd.isna(m["annee_cible"]):
            yield c.problem(
                "indicateurs_actions", row, "annee_cible", None, "cible sans année", "donner l'année de la cible"
            )
        if not pd.isna(m["cible"]) and not pd.isna(m["depart"]):
            wrong = m["cible"] < m["depart"] if m["sens"] == "hausse" else m["cible"] > m["depart"]
            if wrong and m["sens"] is not None:
                yield c.problem(
                    "indicateurs_actions",
                    row,
                    "cible",
                    f"{m['cible']:g}",
                    f"la cible va contre le sens « {m['sens']} » (départ {m['depart']:g})",
                    "corriger la cible ou le sens",
                )
        if m["lent"] is True and m["nature"] == "processus":
            yield c.problem(
                "indicateurs_actions",
                row,
                "lent",
                "oui",
                "un indicateur de processus n'est pas lent",
                "mettre non, ou nature impact",
            )


def percentages_are_written_whole(c: Context) -> Iterator[Problem]:
    """A cell in the format « % » of a spreadsheet holds 0.3 where it shows 30 %: such a progress is refused, never read as 0.3 %.

    A measured percentage under 1 may be right: from a workbook it is a warning.
    """
    cause = "cellule sans doute au format « % » : le tableur y garde une fraction, pas un pourcentage"
    actions = c.tables["indicateurs_actions"]
    units = {i: str(unit or "") for i, unit in zip(actions["id"], actions["unite"], strict=True)}
    for table, column in (("evaluations", "avancement_pct"), ("mesures", "valeur")):
        in_workbook = c.files[table].endswith(".xlsx")
        for row, e in rows_of(c.tables[table]):
            value = e[column]
            if value is None or (
                table == "mesures" and not (in_workbook and units.get(e["indicateur"], "").startswith("%"))
            ):
                continue
            if 0 < value < 1 or (value == 1 and in_workbook):
                fix = f"mettre la colonne au format Nombre et écrire {value * 100:g}"
                severity = "error" if table == "evaluations" else "warning"
                yield c.problem(table, row, column, f"{value:g}", cause, fix, severity=severity)


def evaluations_agree(c: Context) -> Iterator[Problem]:
    """Progress, state and what next do not contradict one another."""
    starts = dict(zip(c.tables["actions"]["id"], c.tables["actions"]["debut"], strict=True))
    for row, e in rows_of(c.tables["evaluations"]):
        progress = e["avancement_pct"]
        if e["etat"] == "realisee" and not pd.isna(progress) and progress < 100:
            yield c.problem(
                "evaluations",
                row,
                "avancement_pct",
                f"{progress:g}",
                "action réalisée à moins de 100 %",
                "corriger l'état ou l'avancement",
            )
        if e["etat"] == "a_lancer" and not pd.isna(progress) and progress > 0:
            yield c.problem(
                "evaluations",
                row,
                "etat",
                "a_lancer",
                f"action à lancer avancée à {progress:g} %",
                "mettre en_cours ou 0",
            )
        if e["etat"] == "abandonnee" and e["suite"] not in (None, "arreter"):
            yield c.problem(
                "evaluations",
                row,
                "suite",
                e["suite"],
                "action abandonnée dont la suite n'est pas « arreter »",
                "écrire arreter",
            )
        start = starts.get(e["action"])
        if (
            start is not None
            and not pd.isna(e["annee"])
            and e["annee"] < start.year
            and e["etat"] not in (None, "a_lancer")
        ):
            yield c.problem(
                "evaluations",
                row,
                "annee",
                e["annee"],
                f"l'action ne débute qu'en {start.year}",
                "corriger l'année ou la date de début",
            )


def amendments_replay(c: Context) -> Iterator[Problem]:
    """Amendments can be replayed one after the other on the actions that were signed."""
    yield from replay_problems(
        c.tables["actions"], c.tables["avenants"], actions_file=c.files["actions"], amendments_file=c.files["avenants"]
    )


def amendments_follow_the_signature(c: Context) -> Iterator[Problem]:
    """An amendment is signed after the contract that it changes, and before it is entered here."""
    signed = [g.date_signature for g in c.contract.generation if g.date_signature] if c.contract else []
    for row, m in rows_of(c.tables["avenants"]):
        day = m["date"]
        if day is not None and signed and day < min(signed):
            cause = f"avenant daté d'avant la signature du contrat ({min(signed).isoformat()})"
            yield c.problem(
                "avenants", row, "date", day.isoformat(), cause, "corriger la date, ici ou dans contrat.toml"
            )
        if day is not None and day > c.today:
            yield c.problem(
                "avenants", row, "date", day.isoformat(), "date à venir", "n'inscrire que les avenants signés"
            )


def voters_are_codes(c: Context) -> Iterator[Problem]:
    """The code of a voter or of an assessor holds a number: a surname alone would be printed."""
    for table, column in (("votes", "votant"), ("hanlon", "evaluateur")):
        told: set[object] = set()
        for row, code in c.tables[table][column].items():
            if isinstance(code, str) and not any(x.isdigit() for x in code) and code not in told:
                told.add(code)
                yield c.problem(
                    table,
                    row,
                    column,
                    code,
                    "code sans chiffre : ce peut être un nom",
                    "donner un code, par exemple « N1 »",
                )


RULES: tuple[Callable[[Context], Iterator[Problem]], ...] = (
    references,
    small_groups_are_not_located,
    collections_are_past,
    findings_stand_on_something,
    decisions_have_a_reason,
    voters_keep_their_college,
    objectives_hang_together,
    actions_add_up,
    targets_make_sense,
    percentages_are_written_whole,
    evaluations_agree,
    amendments_replay,
    amendments_follow_the_signature,
    voters_are_codes,
)
