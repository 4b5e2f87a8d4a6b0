"""Where does each action stand this year, is it on the way to its target, and what next?

Process and result indicators are read against baseline and target. A slow health indicator or an impact indicator is context: it is
re-read from THE TABLE and never given a verdict, since one action cannot be judged by a territory's mortality.
Declared rule: with a baseline, a target and both years, the expected progress of a year is the share of time elapsed;
`reached` at 100 % or more, `on_track` at or above the expected share less 10 points, `behind` below, `away` when the value moves
against the favourable sense, `no_value`, `no_target`; `context` for slow or impact indicators.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cls_analysis.errors import DataMissing, InvalidInput

from .amendments import amendment_log
from .checking import Participation
from .contract import actions_at, contract_tree
from .vocabulary import ACTION_STATES, NEXT_STEPS

TOLERANCE_POINTS = 10.0


def evaluated_years(p: Participation) -> list[int]:
    """Years with at least one evaluation, in order."""
    return sorted(int(y) for y in p.evaluations["annee"].dropna().unique())


def yearly_actions(p: Participation, year: int) -> pd.DataFrame:
    """Every action in force at the end of `year`, in order of print, evaluated or not.

    Columns: `axe, axe_intitule, action, numero, intitule, pilote, etat, avancement_pct, previous_pct` (last year's), `suite, freins,
    leviers, commentaire, evaluated`. An action without evaluation keeps null: unknown is not 0 %.
    """
    tree = contract_tree(p, dt.date(year, 12, 31))
    tree = tree[tree["action"].notna()][["axe", "axe_intitule", "action", "numero", "intitule", "pilote"]]
    wanted = ["action", "etat", "avancement_pct", "suite", "freins", "leviers", "commentaire"]
    now = p.evaluations[p.evaluations["annee"] == year][wanted]
    before = p.evaluations[p.evaluations["annee"] == year - 1][["action", "avancement_pct"]]
    frame = tree.merge(now, on="action", how="left", validate="one_to_one", indicator=True)
    frame = frame.assign(evaluated=frame["_merge"] == "both").drop(columns="_merge")
    return frame.merge(
        before.rename(columns={"avancement_pct": "previous_pct"}), on="action", how="left", validate="one_to_one"
    )


def progress_by_axis(p: Participation, year: int) -> pd.DataFrame:
    """One row per thematic axis, then `axe` = `all`: number of actions in each state, `not_evaluated`, `mean_progress_pct` (of those known)."""
    rows = yearly_actions(p, year)
    groups = [
        (str(a), t, rows[rows["axe"] == a])
        for a, t in rows[["axe", "axe_intitule"]].drop_duplicates().itertuples(index=False)
    ]
    return pd.DataFrame(
        [
            {
                "axe": axis,
                "axe_intitule": title,
                "actions": len(part),
                **{s: int((part["etat"] == s).sum()) for s in ACTION_STATES},
                "not_evaluated": int((~part["evaluated"]).sum()),
                "mean_progress_pct": part["avancement_pct"].mean(),
                "progress_known": int(part["avancement_pct"].notna().sum()),
            }
            for axis, title, part in [*groups, ("all", "Ensemble", rows)]
        ]
    )


def measures(p: Participation, year: int) -> pd.DataFrame:
    """Each indicator of each action in force at the end of `year`: baseline, value, target, verdict.

    Columns: `action, id, nature, libelle, unite, sens, source, indicateur, depart, annee_depart, cible, annee_cible, valeur, annee_valeur` (the latest year up to
    `year` with a value), `progress_pct` (share of the way from baseline to target), `expected_pct`, `verdict` (rule above).
    """
    live = set(actions_at(p, dt.date(year, 12, 31))["id"])
    declared = p.indicateurs_actions[p.indicateurs_actions["action"].isin(live)]
    known = p.mesures[p.mesures["valeur"].notna() & (p.mesures["annee"] <= year)].sort_values("annee")
    latest = known.groupby("indicateur").last()[["annee", "valeur"]].reset_index()
    frame = declared.merge(
        latest.rename(columns={"indicateur": "id", "annee": "annee_valeur"}), on="id", how="left", validate="one_to_one"
    )
    read = [_read(r) for r in frame.to_dict("records")]
    frame = frame.assign(
        progress_pct=[r[0] for r in read], expected_pct=[r[1] for r in read], verdict=[r[2] for r in read]
    )
    return frame[
        [
            "action",
            "id",
            "nature",
            "libelle",
            "unite",
            "sens",
            "source",
            "indicateur",
            "depart",
            "annee_depart",
            "cible",
            "annee_cible",
            "valeur",
            "annee_valeur",
            "progress_pct",
            "expected_pct",
            "verdict",
        ]
    ]


def _read(r: Mapping[Hashable, Any]) -> tuple[float, float, str]:
    start, target, value = (float(str(r[k])) if pd.notna(r[k]) else np.nan for k in ("depart", "cible", "valeur"))
    first, last, year = (
        int(str(r[k])) if pd.notna(r[k]) else None for k in ("annee_depart", "annee_cible", "annee_valeur")
    )
    if r["nature"] == "impact" or r["lent"] is True:
        return np.nan, np.nan, "context"
    if np.isnan(value):
        return np.nan, np.nan, "no_value"
    if np.isnan(target):
        return np.nan, np.nan, "no_target"
    better = 1.0 if r["sens"] == "hausse" else -1.0
    if np.isnan(start) or start == target:
        # Without a way to go, only "is it there?" can be answered.
        return np.nan, np.nan, "reached" if better * (value - target) >= 0 else "behind"
    progress = 100 * (value - start) / (target - start)
    expected = np.nan
    if first is not None and last is not None and year is not None and last > first:
        expected = 100 * min(max((year - first) / (last - first), 0.0), 1.0)
    if progress >= 100:
        return progress, expected, "reached"
    if progress < 0:
        return progress, expected, "away"
    if np.isnan(expected):
        return progress, expected, "behind"
    return progress, expected, "on_track" if progress >= expected - TOLERANCE_POINTS else "behind"


def health_context(p: Participation, rows: pd.DataFrame, year: int) -> pd.DataFrame:
    """Indicators of the diagnostic that actions name, re-read from published rows of THE TABLE for the territory.

    `rows`: rows of the published table (one per `indicator` and `period`; already for one territory, `sex` and `age` all). Returns
    `action, id, libelle, indicateur, depart, period, value, lower, upper, unit, status, found`; the latest period of each indicator.
    An indicator that the table lacks stays, `found` False. Context only: no verdict.
    """
    named = measures(p, year)
    named = named[named["indicateur"].notna()][["action", "id", "libelle", "indicateur", "depart", "annee_depart"]]
    by_time = rows.assign(period=rows["period"].astype("str"), _end=[str(p)[-4:] for p in rows["period"]])
    last = by_time.sort_values(["_end", "period"]).drop_duplicates("indicator", keep="last")
    kept = last[["indicator", "period", "value", "lower", "upper", "unit", "status"]].rename(
        columns={"indicator": "indicateur"}
    )
    frame = named.merge(kept, on="indicateur", how="left", validate="many_to_one", indicator=True)
    return frame.assign(found=frame["_merge"] == "both").drop(columns="_merge")


@dataclass(frozen=True)
class YearlySummary:
    """The one page of the steering committee. Counts are of actions in force at the end of `year`."""

    year: int
    actions: int
    by_state: dict[str, int]
    by_next_step: dict[str, int]
    not_evaluated: tuple[str, ...]
    mean_progress_pct: float
    previous_mean_progress_pct: float
    verdicts: dict[str, int]
    blocked: pd.DataFrame
    amendments: pd.DataFrame
    to_decide: pd.DataFrame


def yearly_summary(p: Participation, year: int) -> YearlySummary:
    """What the committee must see: states, progress, what blocks, amendments of the year, what to decide.

    Means are over the actions whose progress is known; the previous one over those of them that were evaluated the year before.
    `to_decide`: actions whose next step is to adjust or stop, or that were not evaluated. `DataMissing` when the year has no evaluation.
    """
    if year not in evaluated_years(p):
        raise DataMissing(
            f"no evaluation of {year} for '{p.folder_id}' (known: {', '.join(map(str, evaluated_years(p))) or 'none'})",
            hint="fill evaluations.csv, then cls-analysis participation check ID",
        )
    rows = yearly_actions(p, year)
    log = amendment_log(p.actions, p.avenants)
    return YearlySummary(
        year=year,
        actions=len(rows),
        by_state={s: int((rows["etat"] == s).sum()) for s in ACTION_STATES},
        by_next_step={s: int((rows["suite"] == s).sum()) for s in NEXT_STEPS},
        not_evaluated=tuple(rows.loc[~rows["evaluated"], "action"]),
        mean_progress_pct=float(rows["avancement_pct"].mean()),
        previous_mean_progress_pct=float(rows["previous_pct"].mean()),
        verdicts={str(k): int(v) for k, v in measures(p, year)["verdict"].value_counts().sort_index().items()},
        blocked=rows[rows["freins"].notna() & rows["etat"].isin(["suspendue", "a_lancer", "en_cours"])].reset_index(
            drop=True
        ),
        amendments=log[[d.year == year for d in log["date"]]].reset_index(drop=True),
        to_decide=rows[rows["suite"].isin(["ajuster", "arreter"]) | ~rows["evaluated"]].reset_index(drop=True),
    )


def progress_over_years(p: Participation) -> pd.DataFrame:
    """One row per evaluated year and state: `year, etat, label, count`; actions not evaluated have `etat` = `not_evaluated`."""
    rows = []
    for year in evaluated_years(p):
        actions = yearly_actions(p, year)
        counts = [(s, label, int((actions["etat"] == s).sum())) for s, label in ACTION_STATES.items()]
        counts.append(("not_evaluated", "Non évaluée", int((~actions["evaluated"]).sum())))
        if sum(c for _, _, c in counts) != len(actions):
            raise InvalidInput(
                f"evaluations of {year} hold a state out of the list", hint="cls-analysis participation check ID"
            )
        rows += [{"year": year, "etat": s, "label": label, "count": c} for s, label, c in counts]
    return pd.DataFrame(rows, columns=["year", "etat", "label", "count"])
