"""What the door did: rows withheld by kind, engines that ran, information lost.

>>> Report(rows=3, before={"observed": 3}, after={"observed": 2, "suppressed": 1}).withheld
1
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from cls_analysis.disclosure.rules import SHOWN


@dataclass(frozen=True)
class Report:
    """Account of one `publish`: `before` and `after` count rows by status; `engines` counts problems by solver."""

    rows: int
    before: Mapping[str, int]
    after: Mapping[str, int]
    by_indicator: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    cells: int = 0
    sensitive: int = 0
    relations: int = 0
    relations_not_additive: int = 0
    engines: Mapping[str, int] = field(default_factory=dict)
    rounds: int = 0
    weight_withheld: float = 0.0
    seconds: float = 0.0

    @property
    def withheld(self) -> int:
        """Rows that had a value and whose value the door keeps."""
        return sum(self.before.get(s, 0) for s in SHOWN) - sum(self.after.get(s, 0) for s in SHOWN)

    def to_dict(self) -> dict[str, Any]:
        """Plain mapping for a manifest; holds no count of the data, only numbers of rows."""
        return {**asdict(self), "withheld": self.withheld}
