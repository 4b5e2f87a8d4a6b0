"""Theme by theme: what do the figures say, what do people say, what exists already?

The three corners of a shared diagnostic: measured needs, expressed needs, resources. Declared rules:

* measured: `unfavourable` when at least one indicator of the theme differs significantly from the comparator against its
  favourable direction, `favourable` the other way round, `mixed` both, `no_gap` when all that was tested does not differ,
  `no_indicator` when nothing was tested. Indicators without a favourable direction never make a gap.
* said: a theme is said when at least `min_statements` needs or obstacles come from at least `min_collections` collections.
* verdict: said and unfavourable or mixed: `convergent`; said and favourable only: `divergent`; not said and unfavourable
  or mixed: `measured_not_said`; said and no gap or no indicator: `said_not_measured`; otherwise `none`.
"""

from __future__ import annotations

import pandas as pd

from cls_analysis.errors import InvalidInput

from .vocabulary import AFOM_CELLS, THEMES

_NEEDS = ("besoin", "obstacle")
_REQUIRED = ("indicator", "theme", "significance", "direction")


def gaps(comparisons: pd.DataFrame) -> pd.DataFrame:
    """Each comparison with its `reading`: `favourable`, `unfavourable`, `neutral`, `not_different` or `not_tested`.

    `comparisons` has `indicator, theme, significance` (`higher`, `lower`, `not_different`, `not_tested`), `direction` (`high`,
    `low`, `neutral`: when favourable), and any other column, all kept. `InvalidInput` for a missing column or unknown word.
    """
    missing = [c for c in _REQUIRED if c not in comparisons]
    if missing:
        raise InvalidInput(
            f"comparisons lack the columns {', '.join(missing)}", hint="join the catalogue's theme and direction"
        )
    problems = [
        f"{column}: unknown value '{value}'"
        for column, known in (
            ("theme", set(THEMES)),
            ("significance", {"higher", "lower", "not_different", "not_tested"}),
            ("direction", {"high", "low", "neutral"}),
        )
        for value in sorted(set(comparisons[column].dropna()) - known)
    ]
    problems += [
        f"{c}: missing for {', '.join(comparisons.loc[comparisons[c].isna(), 'indicator'].astype(str))}"
        for c in _REQUIRED
        if comparisons[c].isna().any()
    ]
    if problems:
        raise InvalidInput(problems)
    return comparisons.assign(
        reading=[_reading(s, d) for s, d in zip(comparisons["significance"], comparisons["direction"], strict=True)]
    )


def _reading(significance: str, direction: str) -> str:
    if significance in ("not_different", "not_tested"):
        return significance
    if direction == "neutral":
        return "neutral"
    return "favourable" if (significance == "higher") == (direction == "high") else "unfavourable"


def triangle(
    comparisons: pd.DataFrame,
    verbatims: pd.DataFrame,
    recueils: pd.DataFrame,
    ressources: pd.DataFrame,
    *,
    min_statements: int = 3,
    min_collections: int = 2,
) -> pd.DataFrame:
    """One row per theme of the vocabulary, in its order (rules above).

    Columns: `theme, label`; `favourable, unfavourable, neutral, not_different, not_tested` (numbers of indicators), `indicators`
    (those unfavourable, tuple), `measured`; `statements, needs, resources_said, proposals, collections, publics` (tuple), `said`
    (bool: as a need); `resources` (running or planned), `verdict`, `blind_spot` (a need said or measured, and no resource listed).
    """
    read = gaps(comparisons)
    publics = dict(zip(recueils["id"], recueils["public"], strict=True))
    unknown = sorted(set(verbatims["recueil"].dropna()) - set(publics))
    if unknown:
        raise InvalidInput([f"statements name the collection '{r}', which does not exist" for r in unknown])
    rows = []
    for theme, label in THEMES.items():
        mine = read[read["theme"] == theme]
        numbers = {
            r: int(mine.loc[mine["reading"] == r, "indicator"].nunique())
            for r in ("favourable", "unfavourable", "neutral", "not_different", "not_tested")
        }
        spoken = verbatims[verbatims["theme"] == theme]
        needs = spoken[spoken["nature"].isin(_NEEDS)]
        said = len(needs) >= min_statements and needs["recueil"].nunique() >= min_collections
        exist = ressources[
            [theme in t and s != "termine" for t, s in zip(ressources["themes"], ressources["statut"], strict=True)]
        ]
        measured = _measured(numbers)
        verdict = _verdict(measured, said)
        rows.append(
            {
                "theme": theme,
                "label": label,
                **numbers,
                "indicators": tuple(sorted(set(mine.loc[mine["reading"] == "unfavourable", "indicator"]))),
                "measured": measured,
                "statements": len(spoken),
                "needs": len(needs),
                "resources_said": int((spoken["nature"] == "ressource").sum()),
                "proposals": int((spoken["nature"] == "proposition").sum()),
                "collections": int(spoken["recueil"].nunique()),
                "publics": _publics(spoken, publics),
                "said": bool(said),
                "resources": len(exist),
                "verdict": verdict,
                "blind_spot": (said or measured in ("unfavourable", "mixed")) and exist.empty,
            }
        )
    return pd.DataFrame(rows)


def _measured(numbers: dict[str, int]) -> str:
    if numbers["unfavourable"]:
        return "mixed" if numbers["favourable"] else "unfavourable"
    if numbers["favourable"]:
        return "favourable"
    return "no_gap" if numbers["not_different"] or numbers["neutral"] else "no_indicator"


def _verdict(measured: str, said: bool) -> str:
    if measured in ("unfavourable", "mixed"):
        return "convergent" if said else "measured_not_said"
    if not said:
        return "none"
    return "divergent" if measured == "favourable" else "said_not_measured"


def _publics(spoken: pd.DataFrame, publics: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Who spoke: the statement's own public, or those of its collection."""
    found = {
        p
        for own, r in zip(spoken["public"], spoken["recueil"], strict=True)
        for p in ((own,) if isinstance(own, str) else publics[r])
    }
    return tuple(sorted(found))


def afom(comparisons: pd.DataFrame, by_hand: pd.DataFrame) -> pd.DataFrame:
    """Strengths and weaknesses from significant gaps only, then what the group wrote, by theme and cell.

    Columns: `theme, label, case, case_label, origin` (`indicator` or `group`), `indicator`, `texte` (null for an indicator: the
    report words it). A favourable gap is an `atout`, an unfavourable one a `faiblesse`; opportunities and threats
    are outside the territory and come from the group only. The same indicator counts once per cell.
    """
    read = gaps(comparisons)
    cell = {"favourable": "atout", "unfavourable": "faiblesse"}
    measured = read[read["reading"].isin(cell)].drop_duplicates(["theme", "indicator", "reading"])
    rows = [
        {
            "theme": r["theme"],
            "case": cell[r["reading"]],
            "origin": "indicator",
            "indicator": r["indicator"],
            "texte": None,
        }
        for r in measured.to_dict("records")
    ]
    rows += [
        {"theme": r.theme, "case": r.case, "origin": "group", "indicator": None, "texte": r.texte}
        for r in by_hand.itertuples(index=False)
    ]
    rows.sort(
        key=lambda r: (
            list(THEMES).index(str(r["theme"])),
            list(AFOM_CELLS).index(str(r["case"])),
            r["origin"] != "indicator",
        )
    )
    frame = pd.DataFrame(rows, columns=["theme", "case", "origin", "indicator", "texte"])
    return frame.assign(label=frame["theme"].map(THEMES), case_label=frame["case"].map(AFOM_CELLS))[
        ["theme", "label", "case", "case_label", "origin", "indicator", "texte"]
    ]
