"""Which actions did the contract hold on a given day?

The action sheets are written once: those signed (`origine` = signature) and those that an amendment added
(`origine` = the amendment). Amendments are then replayed in order of date: add, remove, modify a field.
A modification carries the former value, so that a replay that does not fit is found, not hidden.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cls_analysis.errors import InvalidInput

from .cells import rows_of
from .problems import Problem
from .reading import PARSERS
from .tables import TABLES

SIGNED = "signature"
_FIXED = ("id", "origine")


@dataclass(frozen=True)
class _Step:
    """One row of amendments and what goes wrong when it is replayed (None when it fits)."""

    row: object
    column: str
    value: object
    cause: str | None
    fix: str


def state_at(actions: pd.DataFrame, amendments: pd.DataFrame, date: dt.date) -> pd.DataFrame:
    """The action sheets in force at the end of `date`, in the order of the file.

    Same columns as `actions`, plus `modifie_par`: the amendments that changed the sheet, in order (tuple).
    `InvalidInput` lists every amendment that cannot be replayed.
    """
    state, steps = _replay(actions, amendments, date)
    wrong = [f"{s.column} {s.value}: {s.cause}" for s in steps if s.cause]
    if wrong:
        raise InvalidInput(wrong, hint="cls-analysis participation check ID")
    return state


def amendment_log(actions: pd.DataFrame, amendments: pd.DataFrame) -> pd.DataFrame:
    """One row per change, in order: `avenant, date, type, action, intitule, champ, ancienne_valeur, nouvelle_valeur, motif`."""
    titles = dict(zip(actions["id"], actions["intitule"], strict=True))
    log = _in_order(amendments).reset_index(drop=True)
    return log.assign(intitule=log["action"].map(titles))[
        ["avenant", "date", "type", "action", "intitule", "champ", "ancienne_valeur", "nouvelle_valeur", "motif"]
    ]


def contract_difference(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """What differs between two states: `action, intitule, change` (added, removed, modified), `champ`, `avant`, `apres`."""
    old = {str(a["id"]): a for a in before.to_dict("records")}
    new = {str(a["id"]): a for a in after.to_dict("records")}
    rows: list[dict[str, object]] = []
    for action in [*old, *(i for i in new if i not in old)]:
        if action not in new:
            rows.append({"action": action, "intitule": old[action]["intitule"], "change": "removed"})
        elif action not in old:
            rows.append({"action": action, "intitule": new[action]["intitule"], "change": "added"})
        else:
            for column in (c.name for c in TABLES["actions"].columns if c.name not in _FIXED):
                a, b = old[action][column], new[action][column]
                if not _same(a, b):
                    rows.append(
                        {
                            "action": action,
                            "intitule": new[action]["intitule"],
                            "change": "modified",
                            "champ": column,
                            "avant": a,
                            "apres": b,
                        }
                    )
    return pd.DataFrame(rows, columns=["action", "intitule", "change", "champ", "avant", "apres"])


def replay_problems(
    actions: pd.DataFrame, amendments: pd.DataFrame, *, actions_file: str, amendments_file: str
) -> Iterator[Problem]:
    """Everything that stops the replay, told by row of the amendments file (and of the actions file)."""
    _, steps = _replay(actions, amendments, dt.date.max)
    for s in steps:
        if s.cause:
            yield Problem(
                amendments_file, int(str(s.row)), s.column, None if s.value is None else str(s.value), s.cause, s.fix
            )
    added = {(r.avenant, r.action) for r in amendments.itertuples() if r.type == "ajout"}
    for row, a in rows_of(actions):
        if a["origine"] not in (None, SIGNED) and (a["origine"], a["id"]) not in added:
            yield Problem(
                actions_file,
                int(str(row)),
                "origine",
                str(a["origine"]),
                f"aucune ligne « ajout » de cet avenant pour {a['id']} dans {amendments_file}",
                "écrire « signature », ou ajouter la ligne à l'avenant",
            )
    for avenant, group in amendments.groupby("avenant", sort=False):
        dates = set(group["date"].dropna())
        if len(dates) > 1:
            yield Problem(
                amendments_file,
                int(str(group.index[-1])),
                "date",
                str(avenant),
                "deux dates pour le même avenant",
                "n'en garder qu'une",
            )


def _in_order(amendments: pd.DataFrame) -> pd.DataFrame:
    keyed = amendments[amendments["date"].notna()]
    return keyed.assign(_d=[d.toordinal() for d in keyed["date"]]).sort_values("_d", kind="stable").drop(columns="_d")


def _replay(actions: pd.DataFrame, amendments: pd.DataFrame, date: dt.date) -> tuple[pd.DataFrame, list[_Step]]:
    sheets = {a["id"]: dict(a) for _, a in rows_of(actions) if a["id"] is not None}
    live = {i for i, a in sheets.items() if a["origine"] in (None, SIGNED)}
    changed: dict[str, tuple[str, ...]] = {}
    steps = []
    for row, m in rows_of(_in_order(amendments)):
        if m["date"] > date or m["action"] not in sheets:
            continue
        step = _apply(row, m, sheets, live)
        if step.cause is None and m["type"] == "modification":
            changed[m["action"]] = (*changed.get(m["action"], ()), m["avenant"])
        steps.append(step)
    state = pd.DataFrame([sheets[i] for i in sheets if i in live], columns=actions.columns)
    # A replayed value may be numeric in an object column: give each column back its type.
    state = state.astype({c: actions[c].dtype for c in actions.columns if actions[c].dtype != object})
    return state.assign(
        modifie_par=pd.Series([changed.get(i, ()) for i in state["id"]], index=state.index, dtype=object)
    ), steps


def _apply(row: object, m: dict[str, Any], sheets: dict[str, dict[str, object]], live: set[str]) -> _Step:
    action, kind = m["action"], m["type"]
    if kind == "ajout":
        if action in live:
            return _Step(
                row,
                "action",
                action,
                "action ajoutée alors qu'elle est déjà au contrat",
                "corriger l'action ou le type",
            )
        if sheets[action]["origine"] != m["avenant"]:
            return _Step(
                row,
                "action",
                action,
                f"l'origine de la fiche est « {sheets[action]['origine']} »",
                f"écrire {m['avenant']} dans la colonne origine de la fiche",
            )
        live.add(action)
        return _Step(row, "action", action, None, "")
    if action not in live:
        return _Step(
            row,
            "action",
            action,
            f"{kind} d'une action qui n'est pas (ou plus) au contrat à cette date",
            "vérifier l'action et les dates",
        )
    if kind == "suppression":
        live.remove(action)
        return _Step(row, "action", action, None, "")
    field = m["champ"]
    columns = TABLES["actions"].column
    if field is None or field not in columns or field in _FIXED:
        allowed = ", ".join(c for c in columns if c not in _FIXED)
        return _Step(row, "champ", field, "champ absent ou qui ne se modifie pas", f"choisir parmi : {allowed}")
    try:
        former = _parse(field, m["ancienne_valeur"])
        new = _parse(field, m["nouvelle_valeur"])
    except ValueError as error:
        return _Step(row, "nouvelle_valeur", m["nouvelle_valeur"], str(error), "écrire la valeur comme dans la fiche")
    if not _same(former, sheets[action][field]):
        return _Step(
            row,
            "ancienne_valeur",
            m["ancienne_valeur"],
            f"la fiche porte « {sheets[action][field]} » à cette date",
            "recopier la valeur en vigueur",
        )
    sheets[action] = {**sheets[action], field: new}
    return _Step(row, "action", action, None, "")


def _parse(field: str, text: object) -> object:
    column = TABLES["actions"].column[field]
    if text is None:
        if column.required:
            raise ValueError("valeur obligatoire absente")
        return () if column.kind in ("choices", "epcis", "list", "money") else None
    value = PARSERS[column.kind](str(text))
    if column.choices is not None and value not in column.choices:
        raise ValueError("valeur hors liste : " + ", ".join(column.choices))
    return value


def _same(a: object, b: object) -> bool:
    blank = (None, ())
    if a in blank or b in blank or (isinstance(a, float) and a != a) or (isinstance(b, float) and b != b):
        return _is_blank(a) and _is_blank(b)
    return a == b


def _is_blank(value: object) -> bool:
    return value is None or value == () or (isinstance(value, float) and value != value)
