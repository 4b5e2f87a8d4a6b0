"""Into which classes does a map cut its values? At most five, the same for every territory of an edition.

Breaks are computed once on all areas of the edition (quantiles, or Fisher-Jenks on request) or given (legal
thresholds, index 100), rounded to the printed decimals so that the legend and the colours agree, and named on the
map. Reference: Cauvin, Escobar, Serradj, *Cartographie thématique* (2007); natural breaks by
`mapclassify`, quantiles as its own (numpy).
"""

from __future__ import annotations

import warnings
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cls_analysis.errors import InvalidInput
from cls_analysis.figures import french
from cls_analysis.figures.svg import PUOR, YLGNBU

MAX_CLASSES = 5
_METHODS = {
    "quantiles": "mêmes seuils de couleur pour toute la France (quantiles)",
    "jenks": "mêmes seuils de couleur pour toute la France (seuils naturels, Fisher-Jenks)",
    "given": "classes par seuils fixés",
    "extremes": "mêmes seuils de couleur pour toute la France",
}
ALL_OR_NOTHING = 0.9


@dataclass(frozen=True)
class Breaks:
    """Inner bounds, ascending: a value belongs to class i when bounds[i-1] <= value < bounds[i].

    `method` is the French phrase printed with the map; `reference` the value around which a diverging scale turns.
    `ends`, the lowest and the highest value, when nearly every area has one of the two ("all or nothing": a commune is
    far from a shop or it is not): the first and last class then hold that value alone, and their labels say so.
    """

    bounds: tuple[float, ...]
    method: str
    decimals: int = 1
    reference: float | None = None
    ends: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if len(self.bounds) >= MAX_CLASSES:
            raise InvalidInput(f"{len(self.bounds) + 1} classes, at most {MAX_CLASSES} can be told apart on a map")
        if list(self.bounds) != sorted(set(self.bounds)):
            raise InvalidInput(f"bounds {self.bounds} are not strictly ascending")

    def class_of(self, value: float) -> int:
        """Position of the class, from the value as printed, so that a reader who checks finds the same class."""
        return bisect_right(self.bounds, float(french.rounded(value, self.decimals)))

    def labels(self, unit: str = "") -> tuple[str, ...]:
        """'moins de 2,5', 'de 2,5 à moins de 3,1', '3,1 ou plus' with the unit."""
        if not self.bounds:
            return ("toutes les valeurs",)
        written = [french.format_number(bound, self.decimals) for bound in self.bounds]
        tail = f"{french.NBSP}{french.agree_unit(unit, 2)}" if unit else ""
        if self.ends:
            low, high = (_shortest(end, self.decimals) for end in self.ends)
            return (f"{low}{tail}", *([f"entre {low} et {high}{tail}"] if len(written) > 1 else []), f"{high}{tail}")
        middle = [f"de {low} à moins de {high}{tail}" for low, high in pairwise(written)]
        return (f"moins de {written[0]}{tail}", *middle, f"{written[-1]}{tail} ou plus")

    def colours(self) -> tuple[str, ...]:
        """One colour per class: YlGnBu from pale (low) to dark (high), or PuOr around the reference."""
        palette = YLGNBU if self.reference is None else PUOR
        count = len(self.bounds) + 1
        if count == 1:
            return (palette[2],)
        return tuple(palette[round(i * (MAX_CLASSES - 1) / (count - 1))] for i in range(count))


def breaks(
    values: Iterable[float | None],
    *,
    method: str = "quantiles",
    k: int = MAX_CLASSES,
    decimals: int = 1,
    given: Sequence[float] = (),
    reference: float | None = None,
) -> Breaks:
    """Class bounds of the published values of an edition; nulls are left out, equal bounds merged.

    `method`: "quantiles", "jenks", or "given" with the inner bounds in `given`. No value at all: InvalidInput.

    >>> breaks([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], k=2, decimals=0).labels("%")[1].replace(french.NBSP, " ")
    '6 % ou plus'
    """
    if method not in _METHODS:
        raise InvalidInput(f"method {method!r} is not known", hint=f"one of {', '.join(_METHODS)}")
    if method == "given":
        return Breaks(tuple(float(b) for b in given), _METHODS[method], decimals, reference)
    known = np.array([float(v) for v in values if french.is_number(v)])  # type: ignore[arg-type]
    if known.size == 0:
        raise InvalidInput("no published value to cut into classes", hint="a map without values is not drawn")
    distinct = np.unique([float(french.rounded(v, decimals)) for v in known])
    if given_ends := _all_or_nothing(known, distinct, decimals):
        step = 10.0**-decimals
        low, high = given_ends
        inner = (float(french.rounded(low + step, decimals)),) if distinct.size > 2 else ()
        return Breaks((*inner, high), _METHODS["extremes"], decimals, reference, given_ends)
    k = min(k, MAX_CLASSES, distinct.size)
    if k < 2:
        return Breaks((), "une seule valeur", decimals, reference)
    # Upper bounds close on the right in both methods; the first value above each opens the next class here.
    uppers = _jenks(known, k) if method == "jenks" else np.quantile(known, np.arange(1, k) / k).tolist()
    bounds = sorted({float(french.rounded(known[known > b].min(), decimals)) for b in uppers if (known > b).any()})
    return Breaks(tuple(b for b in bounds if b > distinct[0]), _METHODS[method], decimals, reference)


def _shortest(value: float, decimals: int) -> str:
    """'100' rather than '100,0'."""
    return french.format_number(value, 0 if float(value).is_integer() else decimals)


def _all_or_nothing(known: np.ndarray, distinct: np.ndarray, decimals: int) -> tuple[float, float] | None:
    """The two extremes, when at least nine areas in ten have one of them (and at least twenty areas are known)."""
    if known.size < 20 or distinct.size < 2:
        return None
    printed = np.round(known, decimals)
    at_ends = np.isclose(printed, distinct[0]) | np.isclose(printed, distinct[-1])
    return (float(distinct[0]), float(distinct[-1])) if at_ends.mean() >= ALL_OR_NOTHING else None


def _jenks(known: np.ndarray, k: int) -> list[float]:
    import mapclassify  # slow to import, and only this method needs it

    with warnings.catch_warnings():
        # ties may leave fewer classes than asked: merging the bounds, as the caller does, is what we want then
        warnings.simplefilter("ignore", UserWarning)
        return [float(b) for b in mapclassify.FisherJenks(known, k=k).bins[:-1]]
