"""How fast and how heavy are the figures of one report, beside what matplotlib would make of the same map?

    .venv/bin/python benchmarks/bench_figures.py [TERRITORY]

Real communes and contours, made-up values. Prints, for each kind of figure, seconds and kilobytes of HTML; for the
commune map, the same picture by geopandas and matplotlib (SVG, same simplification left to it). Times are of wall
clock after a first warm-up call; on a busy machine they mean little.
"""

from __future__ import annotations

import argparse
import io
import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from cls_analysis import figures, geography
from cls_analysis.diagnostic.chapters import TITLES
from cls_analysis.figures import Place, Setting
from cls_analysis.indicators import load_catalogue
from cls_analysis.indicators.model import Indicator


def entry(name: str) -> Indicator:
    """An entry of the catalogue under another name."""
    return load_catalogue()["part-65-ans-ou-plus"].model_copy(update={"id": name})


def rows_of(name: str, places: list[Place], values: np.ndarray, period: str) -> pd.DataFrame:
    """Published rows of one indicator and period."""
    return pd.DataFrame(
        {
            "indicator": name, "territory_type": [p.territory_type for p in places],
            "territory": [p.territory for p in places], "period": period, "sex": "all", "age": "all", "value": values,
            "lower": values * 0.97, "upper": values * 1.03, "numerator": np.round(values * 40), "denominator": 4000.0,
            "unit": "%", "method": "made_up", "status": "observed", "reliability": "ok", "coverage": 1.0,
            "simulated": True, "source_ids": "made-up",
        }
    )  # fmt: skip


def prepare(identifier: str) -> tuple[Setting, Any, Any]:
    """A setting with 60 indicators, the base of the commune map and the shapes it was drawn from."""
    rng = np.random.default_rng(1)
    land = geography.territory(identifier)
    own, others = Place.from_territory(land), tuple(map(Place.from_territory, geography.comparators(land)))
    members = tuple(Place.from_territory(geography.territory(s)) for s in land.epci)
    shapes = geography.contours("commune")
    inside = [c for c in land.communes if c in set(shapes["code"])]
    west, south, east, north = shapes[shapes["code"].isin(inside)].total_bounds
    window = shapes.cx[west - 15_000 : east + 15_000, south - 15_000 : north + 15_000]
    frame = geography.communes()
    names = dict(zip(frame["code_commune"], frame["name"], strict=True))
    communes = [Place("commune", c, names[c]) for c in window["code"]]
    entries = {f"indicateur-{i}": entry(f"indicateur-{i}") for i in range(60)}
    wide = [own, *members, *others]
    parts = []
    for name in entries:
        parts += [rows_of(name, wide, rng.uniform(10, 40, len(wide)), str(y)) for y in (2012, 2017, 2022)]
        parts.append(rows_of(name, communes, rng.uniform(10, 40, len(communes)), "2022"))
    tests = pd.DataFrame(
        [
            {"indicator": name, "territory_type": own.territory_type, "territory": own.territory, "period": "2022",
             "sex": "all", "age": "all", "comparator_type": c.territory_type, "comparator": c.territory,
             "comparator_value": 22.0, "difference": 3.0, "ratio": 25 / 22, "p": 0.01, "p_adjusted": 0.01,
             "significance": "higher", "method": "made_up"}
            for name in entries for c in others
        ]
    )  # fmt: skip
    here = Setting(
        territory=own, comparators=others, members=members, table=pd.concat(parts, ignore_index=True), comparisons=tests,
        catalogue=entries, sources={"made-up": "Données inventées, 2022"},
    )  # fmt: skip
    groups = {c: s for s in land.epci for c in geography.territory(s).communes}
    base = figures.base_map(
        window, inside=inside, names=names, groups=groups, towns=[(c, names[c]) for c in inside[:9]]
    )
    return here, base, window


def matplotlib_map(here: Setting, window: Any) -> str:
    """The same choropleth as a geopandas user would write it."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    rows = here.rows("indicateur-0")
    rows = rows[rows["territory_type"] == "commune"]
    frame = window.merge(rows, left_on="code", right_on="territory", validate="one_to_one")
    drawing, axes = plt.subplots(figsize=(7.2, 7))
    frame.plot(column="value", scheme="quantiles", k=5, cmap="YlGnBu", ax=axes, legend=True, edgecolor="white", lw=0.4)
    out = io.StringIO()
    drawing.savefig(out, format="svg")
    plt.close(drawing)
    return out.getvalue()


def measure(label: str, draw: Callable[[], str], *, repeat: int = 5) -> None:
    """Best time of a few calls, and the size of the result."""
    draw()
    best = float("inf")
    size = 0
    for _ in range(repeat):
        start = time.perf_counter()
        size = len(draw().encode())
        best = min(best, time.perf_counter() - start)
    print(f"{label:<34}{best * 1000:>9.1f} ms{size / 1000:>10.1f} kB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("territory", nargs="?", default="petr-langres")
    here, base, window = prepare(parser.parse_args().territory)
    print(
        f"load {os.getloadavg()[0]:.1f}; {len(base.inside)} communes inside, {len(base.paths)} drawn, {len(here.table)} rows"
    )
    names = list(here.catalogue)
    communes = here.rows(names[0])
    cut = figures.breaks(communes.loc[communes["territory_type"] == "commune", "value"])
    measure("commune map", lambda: figures.choropleth(here, names[0], base, level="commune", breaks=cut).html())
    measure("the same by matplotlib (SVG)", lambda: matplotlib_map(here, window), repeat=2)
    measure("dot plot", lambda: figures.dot_plot(here, names[0]).html())
    measure("time lines", lambda: figures.time_lines(here, names[0]).html())
    measure("scorecard of 60 indicators", lambda: figures.scorecard(here, names, chapters=TITLES).html())
    measure("the first page", lambda: figures.essential(here, {n: f"comparaison-{n}" for n in names}).html())

    def report() -> str:
        maps = [figures.choropleth(here, n, base, level="commune", breaks=cut) for n in names[:12]]
        charts = [figures.dot_plot(here, n) for n in names] + [figures.time_lines(here, n) for n in names[:10]]
        return "".join(f.html() for f in (*maps, *charts, figures.scorecard(here, names, chapters=TITLES)))

    measure("12 maps, 70 charts, scorecard", report, repeat=2)


if __name__ == "__main__":
    main()
