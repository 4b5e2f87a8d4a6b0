"""Who dies and who is ill in the simulated world? Poisson deaths and binomial long-term illnesses by sex and age.

Deaths of the pooled years: Poisson(years x people x baseline(sex, age) x exp(gradient x deprivation + EPCI effect)).
Long-term illnesses: Binomial(people, baseline(sex, age) x the same kind of relative risk, at most 0.95).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cls_analysis.demo.rows import observations
from cls_analysis.demo.truth import AGE_BANDS, DEATH_PERIOD, DEATH_YEARS, PERIOD, SEXES, generator
from cls_analysis.demo.world import World


def population(world: World) -> pd.DataFrame:
    """OBSERVATIONS `population` by sex and age; the cells of a commune add up to its real municipal population."""
    return observations(world.communes["code_commune"], "population", PERIOD, world.people, sexes=SEXES, ages=AGE_BANDS)


def deaths(world: World) -> pd.DataFrame:
    """OBSERVATIONS `deces` by sex and age over the pooled years; never more deaths than people can give."""
    truth = world.truth
    expected = DEATH_YEARS * world.people * truth.death_rates()[None] * world.risk(truth.mortality_gradient)
    drawn = generator(11).poisson(expected)
    ceiling = DEATH_YEARS * world.people
    return observations(
        world.communes["code_commune"], "deces", DEATH_PERIOD, np.minimum(drawn, ceiling), sexes=SEXES, ages=AGE_BANDS
    )


def illnesses(world: World) -> pd.DataFrame:
    """OBSERVATIONS `patients_ald` by sex and age: people with a long-term illness in the year."""
    truth = world.truth
    share = np.minimum(truth.ald_prevalence()[None] * world.risk(truth.ald_gradient), 0.95)
    drawn = generator(12).binomial(world.people, share)
    return observations(world.communes["code_commune"], "patients_ald", PERIOD, drawn, sexes=SEXES, ages=AGE_BANDS)
