"""A made-up territory with published rows and a participation folder: what the notebooks open, without any build."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from cls_analysis.diagnostic.partage import Partage
from cls_analysis.figures import Place, Setting
from cls_analysis.indicators import load_catalogue
from cls_analysis.participation import load
from tests.figures.made_up import COMPARATORS, SOURCES, comparison, record
from tests.participation.conftest import PLACES, write_folder

OWN = Place("perimeter", "pays-imaginaire", "Pays imaginaire", "le Pays imaginaire")
EPCI = (
    Place("epci", "200000001", "CC du Nord", "la CC du Nord"),
    Place("epci", "200000002", "CC du Sud", "la CC du Sud"),
)
VALUES = {
    "apl-medecins-generalistes": (2.1, 2.9, "lower"),
    "temps-acces-pharmacie": (9.0, 9.1, "not_different"),
    "taux-chomage": (8.0, 11.0, "lower"),
    "recours-ophtalmologue": (30.0, 40.0, "not_tested"),
    "couvert-forestier": (55.0, 30.0, "higher"),
}


def setting() -> Setting:
    rows = [record(n, OWN, own) for n, (own, _, _) in VALUES.items()]
    rows += [record(n, place, other) for n, (_, other, _) in VALUES.items() for place in COMPARATORS]
    rows += [record("population-municipale", p, v) for p, v in zip(EPCI, (30000.0, 10000.0), strict=True)]
    rows.append(record("population-municipale", OWN, 40000.0))
    rows += [record("densite-psychiatres-departement", p, 5.0) for p in COMPARATORS]
    tests = [
        comparison(n, own, other, word, place=OWN, comparator=place)
        for n, (own, other, word) in VALUES.items()
        for place in COMPARATORS
    ]
    return Setting(
        territory=OWN, comparators=COMPARATORS, table=pd.DataFrame(rows), comparisons=pd.DataFrame(tests),
        catalogue=load_catalogue(), sources=SOURCES, members=EPCI, edition="2026",
    )  # fmt: skip


def partage(folder: Path, changes: dict[str, str | None] | None = None) -> Partage:
    """A shared diagnostic on the folder, spoiled or completed by `changes`."""
    p = load(
        "pays-imaginaire", write_folder(folder / "pays-imaginaire", changes), places=PLACES, today=dt.date(2025, 6, 1)
    )
    territory = SimpleNamespace(territory_type="perimeter", territory="pays-imaginaire")
    return Partage(
        territory=territory, setting=setting(), atlas=SimpleNamespace(), mode="official", edition="2026",
        processed=folder, gathered_here=p,
    )  # fmt: skip


def pretend_built(folder: Path, monkeypatch) -> Path:
    """Published tables of an official build that is never opened, so that a report can be planned."""
    monkeypatch.setattr("cls_analysis.diagnostic.standing.ensure_built", lambda *_, **__: None)
    published = folder / "official" / "published"
    published.mkdir(parents=True)
    for name in ("indicators.parquet", "comparisons.parquet"):
        (published / name).write_bytes(b"x")
    return folder
