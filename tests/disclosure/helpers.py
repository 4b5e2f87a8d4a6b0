"""Small made-up tables in the form of THE TABLE."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

COLUMNS = [
    "indicator", "territory_type", "territory", "period", "sex", "age", "value", "lower", "upper", "numerator",
    "denominator", "unit", "method", "status", "reliability", "coverage", "simulated", "source_ids",
]  # fmt: skip


@dataclass(frozen=True)
class Entry:
    id: str
    secrecy: str = "health"
    method: str = "rate"
    unit: str = "pour 100 000 habitants"
    numerator: str | list[str] = "src:cases"
    denominator: str | list[str] | None = "insee-populations-reference:population"
    scale: float = 100_000
    decimals: int = 1
    threshold: int | None = None
    min_events: int = 0


def row(count, *, indicator="cases", level="commune", code="01001", period="2023", sex="all", age="all",
        denominator=5000.0, scale=100_000, status="observed", interval=True):  # fmt: skip
    value = None if count is None else scale * count / denominator
    return {
        "indicator": indicator, "territory_type": level, "territory": code, "period": period, "sex": sex, "age": age,
        "value": value, "lower": value * 0.8 if value is not None and interval else None,
        "upper": value * 1.2 if value is not None and interval else None,
        "numerator": None if count is None else float(count), "denominator": denominator, "unit": "u",
        "method": "rate", "status": status, "reliability": "ok", "coverage": 1.0, "simulated": True,
        "source_ids": "src",
    }  # fmt: skip


def table(*rows) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=COLUMNS)
    for column in ("value", "lower", "upper", "numerator", "denominator"):
        frame[column] = frame[column].astype(float)
    return frame


def members(*triples) -> pd.DataFrame:
    return pd.DataFrame(triples, columns=["territory_type", "territory", "code_commune"])


def no_comparisons() -> pd.DataFrame:
    return pd.DataFrame(
        columns=["indicator", "territory_type", "territory", "period", "sex", "age", "comparator_type", "comparator",
                 "comparator_value", "difference", "ratio", "p", "p_adjusted", "significance", "method"]
    )  # fmt: skip
