"""How fast is each spatial statistic beside what a user would pick instead: PySAL's `esda` and `access`?

.venv/bin/python benchmarks/bench_spatial.py            full sizes (a few minutes)
.venv/bin/python benchmarks/bench_spatial.py --quick    small sizes (seconds)
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from side_by_side import Case, Result, run

import cls_analysis.statistics as s


def lattice(n: int) -> tuple[int, dict[int, list[int]]]:
    side = int(np.sqrt(n))
    near: dict[int, list[int]] = {}
    for i in range(side * side):
        r, c = divmod(i, side)
        near[i] = [
            a * side + b
            for a in range(max(r - 1, 0), min(r + 2, side))
            for b in range(max(c - 1, 0), min(c + 2, side))
            if (a, b) != (r, c)
        ]
    return side, near


def map_inputs(n: int) -> dict[str, Any]:
    side, near = lattice(n)
    rng = np.random.default_rng(5)
    value = rng.normal(size=(side, side))
    value[: side // 4, : side // 4] += 1.0
    people = rng.integers(50, 5000, side * side)
    return {
        "value": value.ravel(),
        "near": near,
        "people": people,
        "count": rng.poisson(people * rng.gamma(4, 0.0025, side * side)),
    }


def pysal_w(near: dict[int, list[int]]) -> Any:
    from libpysal.weights import W

    return W(near, id_order=list(near), silence_warnings=True)


def bayes_ours(d: dict[str, Any]) -> Result:
    return s.empirical_bayes(d["count"], d["people"], weights=d["near"])


def bayes_other(d: dict[str, Any]) -> Result:
    from esda.smoothing import Spatial_Empirical_Bayes

    return Spatial_Empirical_Bayes(d["count"], d["people"], pysal_w(d["near"])).r.ravel()


def global_bayes_ours(d: dict[str, Any]) -> Result:
    return s.empirical_bayes(d["count"], d["people"])


def global_bayes_other(d: dict[str, Any]) -> Result:
    from esda.smoothing import Empirical_Bayes

    return Empirical_Bayes(d["count"], d["people"]).r.ravel()


def moran_ours(d: dict[str, Any]) -> Result:
    r = s.moran(d["value"], d["near"])
    return np.array([r, r.variance])


def moran_other(d: dict[str, Any]) -> Result:
    from esda import Moran

    r = Moran(d["value"], pysal_w(d["near"]), permutations=0)
    return np.array([r.I, r.VI_rand])


def local_ours(d: dict[str, Any]) -> Result:
    return s.local_moran(d["value"], d["near"], permutations=999, seed=1)["p"].to_numpy()


def local_other(d: dict[str, Any]) -> Result:
    from esda import Moran_Local

    return np.minimum(2 * Moran_Local(d["value"], pysal_w(d["near"]), permutations=999, seed=1, n_jobs=1).p_sim, 1)


def access_inputs(origins: int, sites: int, pairs: int) -> dict[str, Any]:
    rng = np.random.default_rng(7)
    per = pairs // origins
    start = rng.integers(0, sites, origins)
    site = (start[:, None] + np.arange(per) * (sites // per or 1)) % sites
    names = np.array([f"{i:05d}" for i in range(max(origins, sites))])
    cost = pd.DataFrame(
        {
            "origin": pd.Series(np.repeat(names[:origins], per), dtype="str"),
            "site": pd.Series(names[site.ravel()], dtype="str"),
            "cost": rng.uniform(0, 60, origins * per),
        }
    )
    return {
        "population": pd.Series(rng.integers(10, 5000, origins), index=pd.Index(names[:origins], dtype="str")),
        "supply": pd.Series(rng.integers(1, 10, sites).astype(float), index=pd.Index(names[:sites], dtype="str")),
        "cost": cost,
    }


STEPS = [(10, 1.0), (20, 0.68), (30, 0.22)]


def access_ours(d: dict[str, Any]) -> Result:
    return s.floating_catchment(d["population"], d["supply"], d["cost"], radius=30, steps=STEPS).to_numpy()


def access_other(d: dict[str, Any]) -> Result:
    from access.access import weights
    from access.fca import two_stage_fca

    found = two_stage_fca(
        d["population"].rename("demand").to_frame(),
        d["supply"].rename("supply").to_frame(),
        d["cost"].rename(columns={"site": "dest"}),
        max_cost=30,
        demand_index=True,
        demand_name="demand",
        supply_name="supply",
        weight_fn=weights.step_fn(dict(STEPS)),
    )
    # a commune that no site reaches is not in the answer: its access is a true zero
    return found.reindex(d["population"].index).fillna(0).to_numpy()


def cases(quick: bool) -> list[Case]:
    """What is measured, at full size or in seconds."""
    areas, n = (700, 2500) if quick else (35_000, 35_000)
    sites, pairs = (300, 100_000) if quick else (10_000, 5_000_000)
    return [
        Case(
            "empirical_bayes, global",
            f"{n} areas",
            1,
            lambda: map_inputs(n),
            global_bayes_ours,
            "esda",
            global_bayes_other,
        ),
        Case("empirical_bayes, local", f"{n} areas", 1, lambda: map_inputs(n), bayes_ours, "esda", bayes_other),
        Case("moran", f"{n} areas", None, lambda: map_inputs(n), moran_ours, "esda", moran_other),
        Case(
            "local_moran",
            f"{n} areas x 999",
            60,
            lambda: map_inputs(n),
            local_ours,
            "esda (no numba)",
            local_other,
            relative=False,
        ),
        Case(
            "floating_catchment, steps",
            f"{pairs} pairs",
            5,
            lambda: access_inputs(areas, sites, pairs),
            access_ours,
            "PySAL access",
            access_other,
        ),
    ]


if __name__ == "__main__":
    raise SystemExit(run(cases, __doc__))
