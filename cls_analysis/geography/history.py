"""What became of a commune code, when and why?

Up to 01/01/2019 the events are INSEE's, dated, with their reason. Afterwards they are read from the differences
between two packages, so the date is an interval and the reason deduced (`basis` says which). With INSEE's own file
of events (v_mvt_commune_AAAA.csv) every date and reason is INSEE's, 1943 to the year of the file.
Reference: INSEE, Événements survenus aux communes depuis 1943, https://www.insee.fr/fr/information/2560452
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cls_analysis.errors import DataMissing, InvalidInput, UnknownName
from cls_analysis.geography import store
from cls_analysis.geography.crosswalk import codes_of, land, passage
from cls_analysis.geography.lineage import EVENT_COLUMNS
from cls_analysis.geography.vintages import HISTORY_START, REFERENCE_COG, VINTAGES

MOD = {
    "10": "changement de nom",
    "20": "création",
    "21": "rétablissement",
    "30": "suppression",
    "31": "fusion simple",
    "32": "commune nouvelle",
    "33": "fusion-association",
    "34": "fusion-association devenue fusion simple",
    "35": "suppression de commune déléguée",
    "41": "changement de département",
    "50": "changement de code",
    "70": "commune associée devenue déléguée",
    "71": "rétablissement de commune déléguée",
    "72": "création de commune déléguée",
}


@dataclass(frozen=True)
class Event:
    """One thing that happened to a code. `date` is exact when `date_from` is None, else the event lies between the two
    (ISO dates). `basis`: `history` (INSEE, embedded), `packages` (deduced), `insee-cog` (INSEE's file)."""

    date: str
    date_from: str | None
    code_before: str | None
    name_before: str | None
    code_after: str | None
    name_after: str | None
    reason: str
    basis: str

    @property
    def when(self) -> str:
        """The date, or the interval, as text."""
        return self.date if self.date_from is None else f"{self.date_from} to {self.date}"


def trace(code: str, to: int = REFERENCE_COG, *, events: Path | None = None) -> list[Event]:
    """Events of a commune code and of what it became, by date, up to 1 January of `to`.

    Includes what the code itself absorbed or gave birth to. Empty for a commune that nothing ever happened to.
    `events`: path of INSEE's v_mvt_commune file, used instead of the embedded events. UnknownName for a code that
    no vintage nor event knows, with near codes.

    >>> [(e.when, e.reason, e.code_after) for e in trace("52225")][0]
    ('2019-01-01', 'commune devenant déléguée', '52064')
    """
    frame = store.table("events") if events is None else read_events(events)
    last = f"{to}-01-01"
    known = set(frame["code_before"].dropna()) | set(frame["code_after"].dropna()) | codes_of(REFERENCE_COG)
    if code not in known:
        same = [c for c in known if c[:2] == code[:2] and c[2:].isdigit() and code[2:].isdigit()]
        near = sorted(same, key=lambda c: (abs(int(c[2:]) - int(code[2:])), c))[:3]
        raise UnknownName(
            f"commune code {code!r} never existed since 1943" + (f"; near: {', '.join(near)}" if near else ""),
            hint="a commune code has 5 characters: 01001, 2A004, 97411",
        )
    followed, found = {code}, []
    for event in _each(frame[frame["date_to"] <= last]):
        if event.code_before in followed or event.code_after == code:
            found.append(event)
            if event.code_before in followed and event.code_after is not None and event.reason != "rétablissement":
                followed.add(event.code_after)
    return found


def _each(frame: pd.DataFrame) -> Iterator[Event]:
    for row in frame.itertuples(index=False):
        values = [None if pd.isna(v) else str(v) for v in row]
        date_from, date_to, before, name_before, after, name_after, reason, basis = values
        yield Event(str(date_to), date_from, before, name_before, after, name_after, str(reason), str(basis))


def read_events(path: Path) -> pd.DataFrame:
    """INSEE's v_mvt_commune file as the embedded events: communes to communes, all dates, EVENT_COLUMNS.

    DataMissing if the file is absent, InvalidInput if its columns are not those of the COG.
    """
    if not path.is_file():
        raise DataMissing(f"no file of events at {path}", hint="insee-cog/2026/v_mvt_commune_2026.csv of the mirror")
    frame = pd.read_csv(path, dtype="str", keep_default_na=False)
    wanted = ["MOD", "DATE_EFF", "TYPECOM_AV", "COM_AV", "LIBELLE_AV", "TYPECOM_AP", "COM_AP", "LIBELLE_AP"]
    missing = [c for c in wanted if c not in frame.columns]
    if missing:
        raise InvalidInput(
            [f"{path.name}: column {c!r} is missing" for c in missing],
            hint="is this v_mvt_commune_AAAA.csv of INSEE's COG?",
        )
    unknown = sorted(set(frame["MOD"]) - set(MOD))
    if unknown:
        raise InvalidInput([f"{path.name}: unknown kind of event MOD={m}" for m in unknown])
    kept = frame[frame["TYPECOM_AV"].isin(["COM", ""]) & frame["TYPECOM_AP"].isin(["COM", ""])]
    kept = kept[(kept["COM_AV"] != kept["COM_AP"]) | (kept["LIBELLE_AV"] != kept["LIBELLE_AP"])]
    columns = {
        "DATE_EFF": "date_to",
        "COM_AV": "code_before",
        "LIBELLE_AV": "name_before",
        "COM_AP": "code_after",
        "LIBELLE_AP": "name_after",
    }
    out = kept.rename(columns=columns).assign(date_from=None, reason=kept["MOD"].map(MOD), basis="insee-cog")
    text = ["code_before", "name_before", "code_after", "name_after"]
    out[text] = out[text].where(out[text] != "", None)
    return out[EVENT_COLUMNS].sort_values(
        ["date_to", "code_before", "code_after", "reason"], na_position="first", ignore_index=True
    )


def heirs(code: str, year: int = REFERENCE_COG) -> list[str]:
    """Communes of COG `year` that hold the land a code last had; itself while it exists; empty if none is known.

    >>> heirs("52224"), heirs("85084")
    (['52064'], ['85084'])
    """
    if code in codes_of(year):
        return [code]
    for past in (y for y in (*reversed(VINTAGES), *range(min(VINTAGES) - 1, HISTORY_START - 1, -1)) if y < year):
        if code in codes_of(past):
            links = passage(past, year)
            return [str(d) for d in links.loc[links["origin"] == code, "destination"]]
    now = land(year)  # merged before 1994: its own atom
    return [str(now[code])] if code in now.index else []
