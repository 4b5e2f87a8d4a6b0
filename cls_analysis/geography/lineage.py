"""Which commune held each piece of land at each date, from 1943 to the last package?

Method. An *atom* is a commune as it stood at some time since 1943. Merging puts atoms together, a
restored commune (rétablissement, dé-fusion) leaves with the atoms it came with, a change of code or name moves them.
Two geography vintages then meet atom by atom: a commune that merged in 2016 and was restored in 2024 is
the same commune in COG 2009 and in COG 2026, although a chain of yearly tables would have blurred it.

Inputs: `historique-communes.json` of package 0.7.0 (INSEE's events, 1943 to 01/01/2019, dated, with reasons), then
the differences between the communes of consecutive packages (2019, 2021, ...), whose dates are only known
as an interval. Build-time code: the result is embedded, see `embed`.
Reference: INSEE, Code officiel géographique, https://www.insee.fr/fr/information/2560452
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import pandas as pd

from cls_analysis.errors import InvalidInput
from cls_analysis.geography.vintages import HISTORY_START

Record = Mapping[str, Any]
Change = tuple[str, str, str | None]  # ATOM_COLUMNS
Told = tuple[str | None, ...]  # EVENT_COLUMNS

ATOM_COLUMNS = ["atom", "valid_from", "code_commune"]
EVENT_COLUMNS = ["date_from", "date_to", "code_before", "name_before", "code_after", "name_after", "reason", "basis"]


def _merged_into(record: Record, by_id: Mapping[str, Record]) -> str | None:
    """Code that holds the land of a COM record after its end; None when it goes on under the same code."""
    successor = by_id.get(record.get("successeur", ""))
    if successor is None:
        return None
    if successor["type"] == "COM":
        return str(successor["code"])
    return str(by_id[successor["pole"]]["code"])


def _last_life_as_commune(record: Record, by_id: Mapping[str, Record]) -> str | None:
    """Code of the commune that a restored commune last was, walking back along its predecessors."""
    while "predecesseur" in record:
        record = by_id[record["predecesseur"]]
        if record["type"] == "COM":
            return str(record["code"])
    return None


def _holder(member: Record, by_id: Mapping[str, Record]) -> str | None:
    """Code of the commune that held a part (COMA, COMD, COMP) just before its record begins."""
    before = by_id.get(member.get("predecesseur", ""))
    return str(by_id[before["pole"]]["code"]) if before is not None and "pole" in before else None


def _is_new(record: Record, by_id: Mapping[str, Record]) -> bool:
    """Whether a record follows no other: a commune that is created, or made of parts of others."""
    return by_id.get(record.get("predecesseur", "")) is None


def _given(
    record: Record, by_id: Mapping[str, Record], last: Mapping[str, set[str]], before: Mapping[str, str]
) -> list[tuple[str, str | None, set[str]]]:
    """Communes that give land to one that begins: code, name where it is told, atoms.

    A restored commune takes back from the one that held it the land it came with; one made of parts takes each from its holder.
    """
    if _is_new(record, by_id):
        lives = [
            (_last_life_as_commune(part, by_id), _holder(part, by_id))
            for part in (by_id[member] for member in record.get("membres", ()))
        ]
        found = [(pole, None, {a for a in last.get(own or "", set()) if before.get(a) == pole}) for own, pole in lives]
        return [(pole, name, atoms) for pole, name, atoms in found if pole and atoms]
    previous = by_id[record["predecesseur"]]
    if previous["type"] == "COM" or "pole" not in previous:
        return []
    holder = by_id[previous["pole"]]
    pole, code = str(holder["code"]), record["code"]
    origin = _last_life_as_commune(record, by_id)
    back = {a for a in last.get(origin or "", {code}) if before.get(a) == pole}
    return [(pole, holder["nom"], back)] if pole != code else []


def _apply(held: dict[str, set[str]], moves: Iterable[tuple[str, str, set[str]]]) -> None:
    """Move atoms at once: every move reads the state before the date."""
    for before, after, atoms in moves:
        held[before] -= atoms
        held[after] |= atoms


def follow(history: list[Record], packages: Mapping[int, pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Build the table of atoms and the table of events.

    `history`: records of historique-communes.json. `packages`: year -> DataFrame[code, nom, type, chefLieu,
    anciensCodes] of communes.json, all types. Returns `(atoms, events)` with ATOM_COLUMNS and EVENT_COLUMNS;
    `date_from` is empty where the date is exact. Raises InvalidInput when the communes obtained for a year are not
    those of the package of that year.
    """
    held, last, rows, events = _history(history)
    _check(held, packages, min(packages))
    years = sorted(packages)
    for earlier, later in pairwise(years):
        new_rows, new_events = _difference(held, last, packages[earlier], packages[later], earlier, later)
        rows += new_rows
        events += new_events
        _check(held, packages, later)
    return _clip(pd.DataFrame(rows, columns=ATOM_COLUMNS)), _sorted_events(events)


def _history(history: list[Record]) -> tuple[dict[str, set[str]], dict[str, set[str]], list[Change], list[Told]]:
    """INSEE's events, date by date: atoms that each commune holds at the end, those that each last held, changes, events."""
    by_id = {r["id"]: r for r in history}
    communes = [r for r in history if r["type"] == "COM"]
    begins, ends = defaultdict(list), defaultdict(list)
    held: dict[str, set[str]] = defaultdict(set)
    for record in communes:
        if "dateDebut" in record:
            begins[record["dateDebut"]].append(record)
        else:
            held[record["code"]].add(record["code"])
        if "dateFin" in record:
            ends[record["dateFin"]].append(record)
    last: dict[str, set[str]] = {}
    rows: list[Change] = [(a, "1943-01-01", c) for c, atoms in held.items() for a in atoms]
    events: list[Told] = []

    for date in sorted(set(begins) | set(ends)):
        before = {atom: code for code, atoms in held.items() for atom in atoms}
        moves: list[tuple[str, str, set[str]]] = []
        leaving: set[str] = set()
        for record in begins[date]:
            code, name = record["code"], record["nom"]
            if _is_new(record, by_id) and held[code]:
                continue
            for pole, pole_name, back in _given(record, by_id, last, before):
                events.append((None, date, pole, pole_name, code, name, record["raisonDebut"], "history"))
                leaving |= back
                moves.append((pole, code, back))
            if _is_new(record, by_id) and not record.get("membres"):
                events.append((None, date, None, None, code, name, record.get("raisonDebut", "création"), "history"))
                held[code].add(code)
                rows.append((code, date, code))
        for record in ends[date]:
            code = record["code"]
            into = _merged_into(record, by_id)
            last[code] = set(held[code])
            if into is None:
                if record["raisonFin"] == "suppression":
                    events.append((None, date, code, record["nom"], None, None, "suppression", "history"))
                    rows += [(a, date, None) for a in held.pop(code)]
                continue
            after_names = [r["nom"] for r in begins[date] if r["code"] == into]
            name = after_names[0] if after_names else record["nom"]
            events.append((None, date, code, record["nom"], into, name, record["raisonFin"], "history"))
            if into != code:
                moves.append((code, into, held[code] - leaving))
        _apply(held, moves)
        after = {atom: code for code, atoms in held.items() for atom in atoms}
        rows += [(a, date, c) for a, c in after.items() if a in before and before[a] != c]
    for code, atoms in held.items():
        if atoms:
            last[code] = set(atoms)
    return held, last, rows, events


def _difference(
    held: dict[str, set[str]], last: dict[str, set[str]], old: pd.DataFrame, new: pd.DataFrame, earlier: int, later: int
) -> tuple[list[Change], list[Told]]:
    """Moves between two packages: parent of what vanished, restored parts, changed codes and names."""
    date_from, date_to = f"{earlier}-01-02", f"{later}-01-01"
    names: dict[int, dict[str, str]] = {
        y: dict(_actual(f)[["code", "nom"]].itertuples(index=False)) for y, f in ((earlier, old), (later, new))
    }
    parts = {y: _parts(f) for y, f in ((earlier, old), (later, new))}
    former: dict[str, str] = {
        o: c
        for c, codes in _actual(new)[["code", "anciensCodes"]].itertuples(index=False)
        if isinstance(codes, list)
        for o in codes
    }
    before = {atom: code for code, atoms in held.items() for atom in atoms}
    moves: list[tuple[str, str, set[str]]] = []
    events: list[Told] = []
    leaving: set[str] = set()
    gone = sorted(set(names[earlier]) - set(names[later]))
    for code in sorted(set(names[later]) - set(names[earlier])):
        if code in parts[earlier]:
            holder = parts[earlier][code][0]
            if holder in gone:
                continue  # the whole commune took another code: seen from the code that vanished
            back = {a for a in last.get(code, {code}) if before.get(a) == holder}
            leaving |= back
            moves.append((holder, code, back))
            held_by, now_called = names[earlier][holder], names[later][code]
            events.append((date_from, date_to, holder, held_by, code, now_called, "rétablissement", "packages"))
    for code in sorted(set(parts[earlier]) & set(parts[later])):
        was, now = parts[earlier][code][0], parts[later][code][0]
        if was != now and was in names[later] and code != now:  # a part left with the restored commune
            back = {a for a in last.get(code, {code}) if before.get(a) == was} - leaving
            leaving |= back
            moves.append((was, now, back))
    for code in gone:
        last[code] = set(held[code])
        if code in parts[later]:
            into, kind = parts[later][code]
            reason = "commune nouvelle" if kind == "commune-deleguee" else "fusion-association"
        else:
            into, reason = former[code], "fusion"
        if (
            into not in names[earlier]
            and into not in {m[1] for m in moves}
            and names[earlier][code] == names[later][into]
        ):
            reason = "changement de code"
        events.append((date_from, date_to, code, names[earlier][code], into, names[later][into], reason, "packages"))
        moves.append((code, into, held[code] - leaving))
    events += [
        (date_from, date_to, c, names[earlier][c], c, names[later][c], "changement de nom", "packages")
        for c in sorted(set(names[earlier]) & set(names[later]))
        if names[earlier][c] != names[later][c]
    ]
    _apply(held, moves)
    for code in names[later]:
        last[code] = last.get(code, set()) | held[code]
    return [(a, date_to, after) for _, after, atoms in moves for a in sorted(atoms)], events


def _parts(package: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Commune and type of each commune déléguée or associée, by code."""
    kept = package[package["type"].isin(["commune-deleguee", "commune-associee"])]
    return {code: (parent, kind) for code, parent, kind in kept[["code", "chefLieu", "type"]].itertuples(index=False)}


def _actual(package: pd.DataFrame) -> pd.DataFrame:
    return package[(package["type"] == "commune-actuelle") & ~package["overseas_collectivity"]]


def _check(held: Mapping[str, set[str]], packages: Mapping[int, pd.DataFrame], year: int) -> None:
    found, expected = {c for c, atoms in held.items() if atoms}, set(_actual(packages[year])["code"])
    problems = [f"{c}: not followed to COG {year}" for c in sorted(expected - found)]
    problems += [f"{c}: followed to COG {year} where it does not exist" for c in sorted(found - expected)]
    if problems:
        raise InvalidInput(problems, hint="check historique-communes.json and communes.json of the packages")


def _clip(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per atom and change, none before HISTORY_START: the state of that day stands for the past."""
    start = f"{HISTORY_START}-01-01"
    ordered = rows.assign(_n=range(len(rows))).sort_values(["atom", "valid_from", "_n"])
    ordered = ordered.drop_duplicates(["atom", "valid_from"], keep="last").drop(columns="_n")
    past = ordered[ordered["valid_from"] <= start].drop_duplicates("atom", keep="last").assign(valid_from=start)
    kept = pd.concat([past, ordered[ordered["valid_from"] > start]])
    return kept[kept["code_commune"].notna()].sort_values(["atom", "valid_from"]).reset_index(drop=True)


def _sorted_events(events: list[Told]) -> pd.DataFrame:
    frame = pd.DataFrame(events, columns=EVENT_COLUMNS).drop_duplicates()
    return frame.sort_values(["date_to", "code_before", "code_after", "reason"], na_position="first", ignore_index=True)
