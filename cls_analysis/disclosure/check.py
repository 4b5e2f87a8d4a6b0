"""May this folder be sent to anyone? Every published file read back, and attacked as a reader would.

1. Rows of one key that one file shows and another withholds; rows that carry a number though withheld.
2. The attack (audit.py) over the rows of all files together, and of earlier editions.
3. With the private table at hand, every number of every file (texts, tooltips, text alternatives, data attributes, JSON,
   notebook outputs) is compared with the withheld values: exact or rounded where the number is tagged with its key, and
   anywhere when the number has at least five digits and a decimal part, so that chance is no explanation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cls_analysis.disclosure.artefacts import (
    NEEDED,
    Folder,
    apart,
    is_simulated,
    plain,
    read_folder,
)
from cls_analysis.disclosure.audit import Audit, audit
from cls_analysis.disclosure.composition import members_then
from cls_analysis.disclosure.editions import Edition
from cls_analysis.disclosure.markup import Tagged, numbers
from cls_analysis.disclosure.rules import KEY, RULES, SHOWN, WITHHELD_COLUMNS, IndicatorLike
from cls_analysis.errors import DisclosureBreach, InvalidInput

_DIGITS = 5
_COUNTED = ("attacked", "cells", "relations", "inconsistent", "unproved", "redundant", "seconds")


@dataclass(frozen=True)
class Check:
    """Result of a check; `breaches` holds everything, `audit` the attack's own account."""

    files: int
    rows: int
    tagged: int
    searched: int
    breaches: tuple[str, ...]
    audit: Audit | None

    def require(self) -> None:
        """Raise DisclosureBreach listing the breaches, or do nothing."""
        if self.breaches:
            raise DisclosureBreach(list(self.breaches[:50]), hint="do not send these files; cls-analysis data build")


def check_folder(
    folder: Path | str,
    *,
    catalogue: Mapping[str, IndicatorLike],
    members: pd.DataFrame,
    private: pd.DataFrame | None = None,
    earlier: Sequence[Edition] = (),
    names: Mapping[str, str] | None = None,
) -> Check:
    """Check every file below `folder`.

    `private` is THE TABLE before the door, if available; `names` maps a territory's code to its name, so that the cells of
    page tables headed by a territory and an indicator's label are compared too; `earlier` are editions already sent. Territories that
    `members` does not hold and unreadable files raise; breaches are returned, rows of an indicator without an entry among them.
    Real and simulated reports (folders `…-simule`) are attacked apart, and a private table is held against its own kind.
    """
    members, _ = members_then(Path(folder), members)
    parts = apart(read_folder(Path(folder)))
    made_up = bool(private["simulated"].astype(bool).any()) if private is not None and "simulated" in private else None
    checks = []
    for part in parts:
        mine = made_up is None or len(parts) == 1 or is_simulated(part.files[0]) is made_up
        checks.append(_check(part, catalogue, members, private if mine else None, earlier, names))
    return _together(checks)


def _together(checks: Sequence[Check]) -> Check:
    """One account of several checks."""
    audits = [check.audit for check in checks if check.audit is not None]
    whole = replace(
        audits[0],
        breaches=tuple(b for a in audits for b in a.breaches),
        **{name: sum(getattr(a, name) for a in audits) for name in _COUNTED},
    ) if audits else None  # fmt: skip
    return Check(
        sum(check.files for check in checks), sum(check.rows for check in checks), sum(check.tagged for check in checks),
        sum(check.searched for check in checks), tuple(dict.fromkeys(b for check in checks for b in check.breaches)), whole,
    )  # fmt: skip


def _check(
    read: Folder,
    catalogue: Mapping[str, IndicatorLike],
    members: pd.DataFrame,
    private: pd.DataFrame | None,
    earlier: Sequence[Edition],
    names: Mapping[str, str] | None,
) -> Check:
    rows, found = _one_per_key(read)
    unruled = ~rows["indicator"].astype(str).isin(list(catalogue))
    found += [
        f"{name}: no entry in the catalogue, so no rule can judge its rows"
        for name in sorted(set(rows.loc[unruled, "indicator"]))
    ]
    rows = rows[~unruled].reset_index(drop=True)
    result = audit(rows, catalogue=catalogue, members=members, earlier=earlier) if len(rows) else None
    found += list(result.breaches) if result else []
    found += _tagged_breaches(read, rows, private)
    searched = 0
    if private is not None:
        more, searched = _loose_breaches(read, rows, private)
        found += more
        found += _headed_breaches(read, rows, private, catalogue, names or {})
    return Check(len(read.files), len(rows), len(read.tagged), searched, tuple(dict.fromkeys(found)), result)


def earlier_edition(
    folder: Path | str, *, name: str, members: pd.DataFrame, catalogue: Mapping[str, IndicatorLike] | None = None
) -> tuple[Edition, tuple[str, ...]]:
    """The rows that an earlier folder of published files shows, as an edition, and what could not be taken as it was.

    Compositions are those of the folder's own manifests, else `members` as given. With a `catalogue`, rows of
    indicators that it no longer holds are left out, and told.
    """
    parts = apart(read_folder(Path(folder)))
    if len(parts) > 1:
        raise InvalidInput(
            f"{name} holds real and simulated reports", hint="give the folder of one: reports/TERRITORY/2026"
        )
    rows, _ = _one_per_key(parts[0]) if parts else (pd.DataFrame(columns=[*NEEDED, "file"]), [])
    places, told = members_then(Path(folder), members)
    gone: list[str] = []
    if catalogue is not None and len(rows):
        gone = sorted(set(rows["indicator"].astype(str)) - set(catalogue))
        rows = rows[~rows["indicator"].isin(gone)].reset_index(drop=True)
    left_out = (f"{name}: not in the catalogue any more, left out: {', '.join(gone)}",) if gone else ()
    return Edition(name, rows, places), (*told, *left_out)


def _one_per_key(read: Folder) -> tuple[pd.DataFrame, list[str]]:
    """Rows of all files, one per key: shown if any file shows it. Disagreements are told."""
    rows = read.rows
    if rows.empty:
        return rows, []
    shown = rows["status"].isin(SHOWN)
    number = rows[WITHHELD_COLUMNS].notna().any(axis=1)
    beside = rows["unnamed"].fillna("").ne("") if "unnamed" in rows else pd.Series(False, index=rows.index)
    by_key = rows.assign(shown=shown).groupby(KEY, sort=False)["shown"]
    mixed = by_key.transform("any") & ~by_key.transform("all") & ~shown
    found = [
        f"{row[-1]}: withheld here, shown in another file: {' '.join(map(str, row[:-1]))}"
        for row in rows.loc[mixed, [*KEY, "file"]].itertuples(index=False)
    ]
    found += [
        f"{row[-1]}: withheld row carries a number: {' '.join(map(str, row[:-1]))}"
        for row in rows.loc[~shown & number, [*KEY, "file"]].itertuples(index=False)
    ]
    found += [
        f"{row[-1]}: a number stands beside a withheld row, in a column that is none of the table's: {' '.join(map(str, row[:-1]))}"
        for row in rows.loc[~shown & beside, [*KEY, "file"]].itertuples(index=False)
    ]
    order = np.lexsort((~number.to_numpy(), ~shown.to_numpy()))
    return rows.iloc[order].drop_duplicates(KEY).sort_index().reset_index(drop=True), found


def _withheld(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[~rows["status"].isin(SHOWN)]


def _tagged_breaches(read: Folder, rows: pd.DataFrame, private: pd.DataFrame | None) -> list[str]:
    """Numbers tagged with the key of a withheld row."""
    withheld = _withheld(rows) if len(rows) else rows
    if private is not None and len(withheld):
        withheld = withheld[KEY].merge(private, on=KEY, how="left", validate="1:1")
    index: dict[tuple[str, str], list[dict[Any, Any]]] = {}
    for row in withheld.to_dict("records"):
        index.setdefault((str(row["indicator"]), str(row["territory"])), []).append(row)
    found = []
    for tag in read.tagged:
        key = dict(tag.key)
        if {"period", "territory_type"} <= set(key):
            key = {"sex": "all", "age": "all"} | key  # a whole key leaves out what is `all`
        for row in index.get((key["indicator"], key["territory"]), ()):
            if any(str(row[k]) != v for k, v in key.items() if k in row):
                continue
            full = set(key) >= {"period", "territory_type"}
            if _same(tag, row) if private is not None else full and _telling(tag):
                found.append(
                    f"{tag.file}: a number stands where a value is withheld: {' '.join(str(row[k]) for k in KEY)}"
                )
    return found


def _telling(tag: Tagged) -> bool:
    """Whether a number is written that is no part of the key, no year and no threshold."""
    ordinary = {part for _, value in tag.key for part in value.split("-")} | {
        str(rule.threshold) for rule in RULES.values()
    }
    return any(n not in ordinary and not (len(n) == 4 and n[:2] in {"19", "20"}) for n in tag.numbers)


def _same(tag: Tagged, row: Mapping[Any, Any]) -> bool:
    """Whether a number written is one of the row's, exact or rounded as it is written."""
    for text in tag.numbers:
        decimals = len(text.partition(".")[2])
        for column in WITHHELD_COLUMNS[:4]:
            value = row.get(column)
            if isinstance(value, float) and np.isfinite(value) and abs(round(value, decimals) - float(text)) < 1e-9:
                return True
    return False


def _headed_breaches(
    read: Folder,
    rows: pd.DataFrame,
    private: pd.DataFrame,
    catalogue: Mapping[str, IndicatorLike],
    names: Mapping[str, str],
) -> list[str]:
    """Withheld values in a cell that row, column and caption name by territory and indicator."""
    withheld = _withheld(rows)[KEY].merge(private, on=KEY, how="left", validate="1:1") if len(rows) else rows
    words: dict[str, list[tuple[str, str]]] = {}
    for row in withheld.drop_duplicates(["indicator", "territory"]).itertuples():
        name = plain(names.get(str(row.territory), str(row.territory)))
        words.setdefault(name, []).append((str(row.indicator), str(row.territory)))
    by_pair = {k: part.to_dict("records") for k, part in withheld.groupby(["indicator", "territory"])}
    found = []
    for table in read.tables:
        for line in table.rows:
            for head, cell in zip(table.header[1:], line[1:], strict=False):
                around = [plain(line[0]), plain(head), plain(table.caption)]
                for indicator, territory in [p for text in around[:2] for p in words.get(text, ())]:
                    entry = catalogue[indicator]
                    labels = {plain(str(getattr(entry, f, ""))) for f in ("label", "short_label", "id")} - {""}
                    if not any(label in text for label in labels for text in around):
                        continue
                    written = Tagged(table.file, (), tuple(numbers(cell)))
                    if any(_same(written, row) for row in by_pair[indicator, territory]):
                        found.append(f"{table.file}: a table shows what is withheld: {indicator} {territory}")
    return found


def _loose_breaches(read: Folder, rows: pd.DataFrame, private: pd.DataFrame) -> tuple[list[str], int]:
    """Withheld values that stand anywhere in a file, when written with enough digits to be recognised."""
    places = set(rows["territory"].astype(str)) if len(rows) else set()
    table = private.merge(rows[[*KEY, "status"]], on=KEY, how="inner", validate="1:1", suffixes=("", "_file"))
    secret = table[~table["status_file"].isin(SHOWN)]
    shown = table[table["status_file"].isin(SHOWN)]
    wanted: dict[str, str] = {}
    for row in secret.to_dict("records"):
        for text in _writings(row):
            wanted.setdefault(text, " ".join(str(row[k]) for k in KEY))
    for row in shown.to_dict("records"):
        for text in _writings(row):
            wanted.pop(text, None)
    if not wanted or not places:
        return [], 0
    found, searched = [], 0
    for file, texts in read.texts.items():
        for text in texts:
            for number in numbers(text):
                searched += 1
                if number in wanted:
                    found.append(f"{file}: the value withheld for {wanted[number]} is written in it")
    return found, searched


def _writings(row: Mapping[Any, Any]) -> set[str]:
    """Recognisable ways to write a row's numbers: at least five digits, of which some decimal."""
    result = set()
    for column in WITHHELD_COLUMNS[:4]:
        value = row.get(column)
        if not isinstance(value, float) or not np.isfinite(value) or value == round(value):
            continue
        result |= {repr(value), *(f"{value:.{d}f}" for d in range(1, 9))}
    return {t for t in result if len(t.replace(".", "").replace("-", "").lstrip("0")) >= _DIGITS and "e" not in t}
