"""A country of six communes, small enough to be worked by hand."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cls_analysis.indicators import Indicator, make_groups
from cls_analysis.indicators.inputs import Inputs
from cls_analysis.indicators.methods.frame import Ground
from cls_analysis.sources.layout import FrameCells

POPULATION = pd.Series({"A": 100.0, "B": 200.0, "C": 300.0, "D": 0.0, "E": 400.0, "F": 1000.0})
EPCI = {"A": "e1", "B": "e1", "C": "e2", "D": "e2", "E": "e2", "F": "e3"}
DEPARTEMENT = {"A": "D1", "B": "D1", "C": "D1", "D": "D1", "E": "D2", "F": "D2"}
PERIMETER = ("A", "B", "C", "D", "E")


def members() -> pd.DataFrame:
    """Every territory of the small country."""
    rows = []
    for code in POPULATION.index:
        rows += [
            ("commune", code, code),
            ("epci", EPCI[code], code),
            ("departement", DEPARTEMENT[code], code),
            ("region", "R", code),
            ("france", "FR", code),
        ]
        if code in PERIMETER:
            rows.append(("perimeter", "p", code))
    return pd.DataFrame(rows, columns=["territory_type", "territory", "code_commune"])


def passage(source: int, target: int) -> pd.DataFrame:
    """In 2020 A was two communes A1 and A2, and X was one commune since split between B (three quarters) and C."""
    assert (source, target) == (2020, 2026)
    rows = [
        ("A1", "A", 1.0),
        ("A2", "A", 1.0),
        ("X", "B", 0.75),
        ("X", "C", 0.25),
        ("B", "B", 1.0),
        ("C", "C", 1.0),
        ("D", "D", 1.0),
        ("E", "E", 1.0),
        ("F", "F", 1.0),
    ]
    return pd.DataFrame(rows, columns=["origin", "destination", "weight"])


def obs(
    variable: str,
    values: Mapping[str, float | str],
    *,
    period: str = "2023",
    level: str = "commune",
    cog: int = 2026,
    sex: str = "all",
    age: str = "all",
) -> pd.DataFrame:
    """OBSERVATIONS of one variable; a text value is a status."""
    rows = [
        (
            level,
            code,
            variable,
            period,
            sex,
            age,
            None if isinstance(v, str) else float(v),
            v if isinstance(v, str) else "observed",
            cog,
        )
        for code, v in values.items()
    ]
    frame = pd.DataFrame(rows, columns=["level", "code", "variable", "period", "sex", "age", "value", "status", "cog"])
    return frame.astype({"value": "float64"})


def ground(
    tables: Mapping[str, list[pd.DataFrame]],
    *,
    bassins: Mapping[str, str] | None = None,
    simulated: tuple[str, ...] = (),
) -> Ground:
    """The ground of the small country over these sources."""
    frames = {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}
    departements = POPULATION.groupby(DEPARTEMENT).sum()
    inputs = Inputs(
        stored=FrameCells(frames.__getitem__),
        passage=passage,
        sources={name: name in simulated for name in frames},
        communes=pd.Index(POPULATION.index),
        departements=pd.Index(departements.index),
        cog=2026,
        epci=pd.Series(EPCI),
        bassins=None
        if bassins is None
        else pd.DataFrame(
            [(c, b, 1.0) for c, b in bassins.items()], columns=["code_commune", "bassin_de_vie", "share"]
        ),
    )
    by_departement = pd.DataFrame(
        [("departement", d, d) for d in departements.index]
        + [("region", "R", d) for d in departements.index]
        + [("france", "FR", d) for d in departements.index],
        columns=["territory_type", "territory", "departement"],
    )
    return Ground(
        inputs=inputs,
        communes=make_groups(members(), POPULATION),
        departements=make_groups(by_departement, departements.rename_axis("departement"), unit="departement"),
        epci_of_commune=pd.Series(EPCI),
    )


def indicator(**fields: object) -> Indicator:
    """An entry with everything but what the test is about."""
    base: dict[str, object] = {
        "id": "essai",
        "label": "Taux d’essai",
        "short_label": "essai",
        "question": "Combien ?",
        "definition": "Un indicateur fait pour un essai.",
        "chapter": "social",
        "unit": "%" if fields.get("scale") == 100 else "unités",
        "decimals": 1,
        "direction": "neutral",
        "numerator": "s:n",
        "period": "2023",
        "geography": "commune",
        "tier": "A",
        "secrecy": "none",
        "reading": "Dans {territory} : {value}.",
    }
    return Indicator(**{**base, **fields})


def pick(frame: pd.DataFrame, territory: str, kind: str = "", **keys: str) -> pd.Series:
    """The one row of a territory (rests left out unless `comparator` is asked for)."""
    keys = {"comparator": "", **keys}
    rows = frame[frame["territory"].astype(str) == territory]
    if kind:
        rows = rows[rows["territory_type"].astype(str) == kind]
    for name, value in keys.items():
        rows = rows[rows[name].astype(str) == value]
    assert len(rows) == 1, rows
    return rows.iloc[0]
