"""On which communes, territories and populations do the methods stand? The reference year, put together once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cls_analysis import geography
from cls_analysis.errors import InvalidInput
from cls_analysis.indicators.groups import make_groups
from cls_analysis.indicators.inputs import Inputs
from cls_analysis.indicators.methods.frame import Ground
from cls_analysis.sources.layout import Rows


def make_ground(stored: Rows, sources: Mapping[str, bool], *, bassins: pd.DataFrame | None = None) -> Ground:
    """The ground of the reference COG.

    `stored` gives the OBSERVATIONS of the built sources cell by cell, `sources` the built ids with whether each is simulated, `bassins`
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
        stored=stored,
        passage=geography.passage,
        sources=dict(sources),
        communes=pd.Index(population.index.astype(str)),
        departements=pd.Index(departements.index.astype(str)),
        cog=geography.REFERENCE_COG,
    )
    inputs.epci = geography.membership().set_index("code_commune")["siren_epci"]
    if bassins is not None:
        inputs.bassins = bassin_shares(bassins, inputs.communes)
    return Ground(
        inputs=inputs,
        communes=make_groups(members, population),
        departements=make_groups(_departement_members(), departements.rename_axis("departement"), unit="departement"),
        epci_of_commune=inputs.epci,
    )


def _departement_members() -> pd.DataFrame:
    areas = geography.departements()
    frames = [
        pd.DataFrame({"territory_type": "departement", "territory": areas["code"], "departement": areas["code"]}),
        pd.DataFrame({"territory_type": "region", "territory": areas["region"], "departement": areas["code"]}),
        pd.DataFrame({"territory_type": "france", "territory": "FR", "departement": areas["code"]}),
    ]
    return pd.concat(frames, ignore_index=True).astype("str")


def bassin_shares(bassins: pd.DataFrame, communes: pd.Index) -> pd.DataFrame:
    """Share of each commune of the reference COG in each bassin de vie: `code_commune`, `bassin_de_vie`, `share`.

    `bassins`: code_commune, bassin_de_vie, cog (vintage of the codes). A commune made of several has the shares of
    its origins, by their inhabitants of that vintage (equal where nobody lives). A share without bassin is left out,
    so the shares of a commune may sum to less than 1.
    """
    cog = int(bassins["cog"].iloc[0])
    known = bassins.set_index("code_commune")["bassin_de_vie"].astype("object")
    if cog == geography.REFERENCE_COG:
        table = pd.DataFrame(
            {"destination": communes, "bassin_de_vie": known.reindex(communes).to_numpy(), "people": 1.0}
        )
    else:
        people = geography.communes(cog).set_index("code_commune")["population"]
        table = geography.passage(cog, geography.REFERENCE_COG)
        table = table.assign(
            bassin_de_vie=table["origin"].map(known),
            people=table["weight"] * table["origin"].map(people).to_numpy(dtype=float, na_value=np.nan),
        )
        table = table[table["destination"].isin(communes)]
    total = table.groupby("destination")["people"].transform("sum")
    parts = table.groupby("destination")["destination"].transform("size")
    table = table.assign(share=np.where(total > 0, table["people"] / total, 1 / parts))
    known_shares = table.dropna(subset=["bassin_de_vie", "share"])
    found = known_shares.groupby(["destination", "bassin_de_vie"])["share"].sum().reset_index()
    return found.rename(columns={"destination": "code_commune"})
