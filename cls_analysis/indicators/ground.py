"""On which communes, territories and populations do the methods stand? The reference year, put together once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from cls_analysis import geography
from cls_analysis.errors import InvalidInput
from cls_analysis.indicators.groups import make_groups
from cls_analysis.indicators.inputs import Inputs
from cls_analysis.indicators.methods.frame import Ground


def make_ground(
    load: Callable[[str], pd.DataFrame], sources: Mapping[str, bool], *, bassins: pd.DataFrame | None = None
) -> Ground:
    """The ground of the reference COG.

    `load` gives the OBSERVATIONS of a built source, `sources` the built ids with whether each is simulated, `bassins`
    (code_commune, bassin_de_vie, cog) the membership in bassins de vie. Coverage is weighted by the municipal
    populations of `geography.communes()`, which are embedded and hold every commune.
    """
    communes = geography.communes()
    if communes["population"].isna().any():
        lacking = communes.loc[communes["population"].isna(), "code_commune"].tolist()
        raise InvalidInput(f"communes of COG {geography.REFERENCE_COG} without a population: {', '.join(lacking[:10])}")
    population = communes.set_index("code_commune")["population"].sort_index()
    members = geography.members()
    departements = communes.groupby("departement")["population"].sum()
    inputs = Inputs(
        load=load, passage=geography.passage, sources=dict(sources), communes=pd.Index(population.index.astype(str)),
        departements=pd.Index(departements.index.astype(str)), cog=geography.REFERENCE_COG,
    )
    if bassins is not None:
        inputs.bassins = _bassins(bassins, inputs.communes)
    return Ground(
        inputs=inputs,
        communes=make_groups(members, population),
        departements=make_groups(_departement_members(), departements.rename_axis("departement"), unit="departement"),
        epci_of_commune=geography.membership().set_index("code_commune")["siren_epci"],
    )


def _departement_members() -> pd.DataFrame:
    areas = geography.departements()
    frames = [
        pd.DataFrame({"territory_type": "departement", "territory": areas["code"], "departement": areas["code"]}),
        pd.DataFrame({"territory_type": "region", "territory": areas["region"], "departement": areas["code"]}),
        pd.DataFrame({"territory_type": "france", "territory": "FR", "departement": areas["code"]}),
    ]
    return pd.concat(frames, ignore_index=True).astype("str")


def _bassins(bassins: pd.DataFrame, communes: pd.Index) -> pd.Series:
    """Bassin of each commune of the reference COG: that of the commune it comes from; where several merged, the bassin
    of the origin that weighs most is unknown here, so the commune keeps the bassin all its origins share, else none."""
    cog = int(bassins["cog"].iloc[0]) if "cog" in bassins else geography.REFERENCE_COG
    known = bassins.set_index("code_commune")["bassin_de_vie"].astype("str")
    if cog == geography.REFERENCE_COG:
        return known.reindex(communes)
    table = geography.passage(cog, geography.REFERENCE_COG)
    table = table.assign(bassin=table["origin"].map(known))
    found = table.groupby("destination")["bassin"].agg(["first", "nunique", "count", "size"])
    agreed = (found["nunique"] == 1) & (found["count"] == found["size"])
    return found["first"].where(agreed).reindex(communes)
