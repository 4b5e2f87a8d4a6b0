"""What does the contract hold on a given day, and what justifies each action?

Axes, specific and operational objectives and action sheets as one tidy table, whole sheets ready to be printed on one page,
and the thread from an action back to findings, statements, indicators and issues.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from cls_analysis.errors import UnknownName

from .amendments import amendment_log, state_at
from .checking import Participation


@dataclass(frozen=True)
class ActionSheet:
    """One action sheet as it stood on `date`; every table is a DataFrame sorted for print.

    `fields`: the columns of actions.csv in order, by name. `findings`: `id, texte, nature`. `measures`: the indicators with the
    latest value known at `date`. `evaluations`: by year. `amendments`: those that touched it.
    """

    action: str
    date: dt.date
    axis: str
    objective: str
    operational_objective: str | None
    fields: dict[str, object]
    findings: pd.DataFrame
    measures: pd.DataFrame
    evaluations: pd.DataFrame
    amendments: pd.DataFrame


def actions_at(p: Participation, date: dt.date) -> pd.DataFrame:
    """Action sheets in force at the end of `date` (see `amendments.state_at`)."""
    return state_at(p.actions, p.avenants, date)


def contract_tree(p: Participation, date: dt.date) -> pd.DataFrame:
    """One row per action in force, in order of print.

    Columns: `axe, axe_intitule, axe_ordre, objectif, objectif_intitule` (specific), `operationnel, operationnel_intitule` (null when
    the action hangs from a specific objective), `action, numero, intitule, etat, pilote, axes_transversaux`. An axis or objective without
    action has a row whose `action` is null, so that an empty branch is seen.
    """
    objectives = p.objectifs.set_index("id").to_dict("index")
    axes = p.axes[p.axes["type"] == "thematique"]
    rows: list[dict[str, object]] = []
    live = actions_at(p, date)
    for a in live.to_dict("records"):
        own = objectives[a["objectif"]]
        top = own["parent"] if own["niveau"] == "operationnel" else a["objectif"]
        rows.append(
            {
                "axe": objectives[top]["axe"],
                "objectif": top,
                "operationnel": a["objectif"] if top != a["objectif"] else None,
                **{k: a[k] for k in ("numero", "intitule", "etat", "pilote", "axes_transversaux")},
                "action": a["id"],
            }
        )
    used = {r["objectif"] for r in rows}
    rows += [
        {"axe": o["axe"], "objectif": i} for i, o in objectives.items() if o["niveau"] == "specifique" and i not in used
    ]
    used_axes = {r["axe"] for r in rows}
    rows += [{"axe": i} for i in axes["id"] if i not in used_axes]
    columns = ["axe", "objectif", "operationnel", "action", "numero", "intitule", "etat", "pilote", "axes_transversaux"]
    tree = pd.DataFrame(rows, columns=columns)
    titles = {i: o["intitule"] for i, o in objectives.items()}
    tree = tree.merge(
        axes[["id", "intitule", "ordre"]].rename(
            columns={"id": "axe", "intitule": "axe_intitule", "ordre": "axe_ordre"}
        ),
        on="axe",
        how="left",
        validate="many_to_one",
    )
    tree = tree.assign(
        objectif_intitule=tree["objectif"].map(titles), operationnel_intitule=tree["operationnel"].map(titles)
    )
    tree = tree.assign(_n=tree["numero"].map(_natural)).sort_values(
        ["axe_ordre", "_n"], kind="stable", ignore_index=True
    )
    return tree[
        [
            "axe",
            "axe_intitule",
            "axe_ordre",
            "objectif",
            "objectif_intitule",
            "operationnel",
            "operationnel_intitule",
            "action",
            "numero",
            "intitule",
            "etat",
            "pilote",
            "axes_transversaux",
        ]
    ]


def transversal_axes(p: Participation, date: dt.date) -> pd.DataFrame:
    """Each transversal axis with the actions that serve it: `axe, intitule, actions` (tuple), `count`."""
    live = actions_at(p, date)
    rows = []
    for axis in p.axes[p.axes["type"] == "transversal"].sort_values("ordre").itertuples(index=False):
        serve = tuple(i for i, t in zip(live["id"], live["axes_transversaux"], strict=True) if axis.id in t)
        rows.append({"axe": axis.id, "intitule": axis.intitule, "actions": serve, "count": len(serve)})
    return pd.DataFrame(rows, columns=["axe", "intitule", "actions", "count"])


def justification(p: Participation, date: dt.date) -> pd.DataFrame:
    """The thread behind each action: `action, intitule, constats, indicateurs, verbatims, enjeux` (tuples) and `justified`.

    `indicateurs` joins those of the sheet and of its findings; `enjeux` are those of its objective. `justified` is False for an
    action that neither a validated finding nor an indicator supports.
    """
    findings = p.constats.set_index("id").to_dict("index")
    issues = dict(zip(p.objectifs["id"], p.objectifs["enjeux"], strict=True))
    parents = dict(zip(p.objectifs["id"], p.objectifs["parent"], strict=True))
    rows = []
    for a in actions_at(p, date).to_dict("records"):
        linked = [findings[c] for c in a["constats"]]
        own = a["objectif"]
        rows.append(
            {
                "action": a["id"],
                "intitule": a["intitule"],
                "constats": a["constats"],
                "indicateurs": tuple(
                    dict.fromkeys([*a["indicateurs"], *(i for f in linked for i in f["indicateurs"])])
                ),
                "verbatims": tuple(dict.fromkeys(v for f in linked for v in f["verbatims"])),
                "enjeux": tuple(dict.fromkeys([*issues.get(own, ()), *issues.get(parents.get(own), ())])),
                "justified": bool(a["indicateurs"]) or any(f["statut"] == "valide" for f in linked),
            }
        )
    return pd.DataFrame(
        rows, columns=["action", "intitule", "constats", "indicateurs", "verbatims", "enjeux", "justified"]
    )


def action_sheet(p: Participation, action: str, date: dt.date) -> ActionSheet:
    """One sheet as it stood on `date`. `UnknownName` if the action was not in the contract on that day."""
    live = actions_at(p, date)
    if action not in set(live["id"]):
        known = action in set(p.actions["id"])
        raise UnknownName(
            f"action '{action}' is not in the contract on {date.isoformat()}",
            hint="it was added later or removed: see amendment_log()" if known else f"one of {', '.join(live['id'])}",
        )
    return action_sheets(p, date, only=(action,))[0]


def action_sheets(p: Participation, date: dt.date, *, only: Collection[str] | None = None) -> list[ActionSheet]:
    """Every sheet in force on `date` (or those named), in the order of the contract; state, tree and log are computed once."""
    live = actions_at(p, date).set_index("id", drop=False)
    tree = contract_tree(p, date)
    tree = tree[tree["action"].notna()].set_index("action")
    values = p.mesures[p.mesures["valeur"].notna() & (p.mesures["annee"] <= date.year)]
    latest = values.sort_values("annee").groupby("indicateur").last()[["annee", "valeur"]].reset_index()
    measures = p.indicateurs_actions.merge(
        latest.rename(columns={"indicateur": "id", "annee": "annee_valeur"}), on="id", how="left", validate="one_to_one"
    )
    log = amendment_log(p.actions, p.avenants)
    log = log[log["date"] <= date]
    judged = p.evaluations[p.evaluations["annee"] <= date.year].sort_values("annee")
    sheets = []
    for action in (a for a in tree.index if only is None or a in only):
        place = tree.loc[action]
        row = {str(k): v for k, v in live.loc[action].to_dict().items()}
        own = p.constats[p.constats["id"].isin(row["constats"])]
        sheets.append(
            ActionSheet(
                action=str(action),
                date=date,
                axis=str(place["axe_intitule"]),
                objective=str(place["objectif_intitule"]),
                operational_objective=None if pd.isna(place["operationnel"]) else str(place["operationnel_intitule"]),
                fields=row,
                findings=own[["id", "texte", "nature"]].reset_index(drop=True),
                measures=measures[measures["action"] == action].reset_index(drop=True),
                evaluations=judged[judged["action"] == action].reset_index(drop=True),
                amendments=log[log["action"] == action].reset_index(drop=True),
            )
        )
    return sheets


def _natural(numero: object) -> tuple[int, ...]:
    """1.10 after 1.9; rows without a number last."""
    if not isinstance(numero, str):
        return (10_000,)
    return tuple(int(part) if part.isdigit() else 9_999 for part in numero.split("."))
