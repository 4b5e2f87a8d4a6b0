"""What is true in the simulated world? The parameters of the model, known, so that tests can recover them.

Every figure here is invented for demonstration; none is an estimate of anything in France. docs/simulation.md
gives the model in formulas.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

SEED = 20260101
AGE_BANDS = ("0-0", "1-4", *(f"{a}-{a + 4}" for a in range(5, 95, 5)), "95+")
MID_AGES = np.array([0.5, 3.0, *(a + 2.5 for a in range(5, 95, 5)), 97.0])
SEXES = ("F", "M")
PERIOD, DEATH_PERIOD, DEATH_YEARS = "2023", "2018-2022", 5


@dataclass(frozen=True)
class Truth:
    """True parameters of the simulated world.

    Rates are per person and year, gradients are log rate per standard deviation of the deprivation index
    (population-weighted), `cluster_log_risk` applies to every commune of an EPCI of `clusters`, `epci_sd` is the
    standard deviation of the log-normal frailty of EPCI.
    """

    seed: int = SEED
    makeham: float = 1.5e-4
    gompertz_level: tuple[float, float] = (-11.7, -10.9)
    gompertz_slope: tuple[float, float] = (0.104, 0.101)
    infant: tuple[float, float] = (3.0e-3, 3.6e-3)
    ald_level: tuple[float, float] = (-5.3, -5.1)
    ald_slope: tuple[float, float] = (0.062, 0.064)
    ald_ceiling: float = 0.72
    mortality_gradient: float = 0.08
    ald_gradient: float = 0.12
    cluster_log_risk: float = float(np.log(1.30))
    cluster_count: int = 25
    epci_sd: float = 0.02
    clusters: tuple[str, ...] = field(default=())

    def death_rates(self) -> NDArray[np.float64]:
        """Baseline rate of death per person and year, sexes x bands (Gompertz-Makeham, own infant rate).

        >>> Truth().death_rates().shape
        (2, 21)
        """
        rates = np.array(
            [
                self.makeham + np.exp(level + slope * MID_AGES)
                for level, slope in zip(self.gompertz_level, self.gompertz_slope, strict=True)
            ]
        )
        rates[:, 0] = self.infant
        return np.minimum(rates, 0.6)

    def ald_prevalence(self) -> NDArray[np.float64]:
        """Baseline share of people with a long-term illness, sexes x bands (logistic with a ceiling)."""
        odds = np.array(
            [np.exp(level + slope * MID_AGES) for level, slope in zip(self.ald_level, self.ald_slope, strict=True)]
        )
        return self.ald_ceiling * odds / (1 + odds)


def generator(stream: int) -> np.random.Generator:
    """An independent random stream of the model: adding a table never changes another."""
    return np.random.default_rng([SEED, stream])
