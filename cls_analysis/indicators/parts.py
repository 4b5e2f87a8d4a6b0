"""Which indicators must be computed again? Those whose entry, code or inputs are not what they were.

Each computed part (the rows of one indicator) is kept in a file named by its own content, with a trace: the hash of the
entry, of the code of its method and of the geography, and every source that was opened or looked for, with the identity it
had then ("" for one that was not built). The trace is taken while the part is computed, so nothing has to be declared. A
part is used again when every line of its trace still holds; what changes nothing for it does not cost it a computation.

Reference: Mokhov, Mitchell, Peyton Jones, "Build systems à la carte" (2018), verifying traces.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cls_analysis.indicators.absence import Absence, absence_of
from cls_analysis.indicators.methods import METHODS
from cls_analysis.indicators.model import Indicator
from cls_analysis.sources.code import code_behind, said

SHARED = ("cls_analysis.indicators.inputs", "cls_analysis.indicators.groups", "cls_analysis.indicators.ground")
ROOMS = ("cls_analysis.indicators.", "cls_analysis.statistics", "cls_analysis.geography")


@dataclass(frozen=True)
class Kept:
    """A part computed before: its rows, why it is missing, the codes its sources held that no vintage knew."""

    frame: pd.DataFrame
    reason: Absence | None
    unmatched: Mapping[str, list[str]]


@dataclass(frozen=True)
class Parts:
    """The parts kept in `folder`. `identities`: each built source and its identity; `ground`: hash of the geography.

    `reused` and `computed` tell, as the build goes, which indicators were taken from there and which were not.
    """

    folder: Path
    identities: Mapping[str, str]
    ground: str
    reused: list[str] = field(default_factory=list)
    computed: list[str] = field(default_factory=list)

    def find(self, indicator: Indicator) -> Kept | None:
        """The part, if its trace holds and its file is whole; else None."""
        try:
            trace = json.loads(self._trace(indicator).read_text("utf-8"))
            looked = {source: self.identities.get(source, "") for source in trace["looked"]}
            path = self.folder / trace["file"]
            if trace["entry"] != self._entry(indicator) or looked != trace["looked"]:
                return None
            if hashlib.sha256(path.read_bytes()).hexdigest() != path.stem:
                return None
            frame = pq.read_table(path).to_pandas()
            reason = None if trace["reason"] is None else absence_of(trace["reason"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        self.reused.append(indicator.id)
        return Kept(frame, reason, trace["unmatched"])

    def keep(self, indicator: Indicator, kept: Kept, looked: Iterable[str]) -> None:
        """Write a computed part and its trace, each beside and then renamed."""
        self.computed.append(indicator.id)
        self.folder.mkdir(parents=True, exist_ok=True)
        buffer = pa.BufferOutputStream()
        pq.write_table(pa.Table.from_pandas(kept.frame, preserve_index=False), buffer, compression="zstd")
        content = buffer.getvalue().to_pybytes()
        name = f"{hashlib.sha256(content).hexdigest()}.parquet"
        trace: dict[str, Any] = {
            "entry": self._entry(indicator), "file": name, "reason": kept.reason and kept.reason.told(),
            "looked": {source: self.identities.get(source, "") for source in sorted(looked)},
            "unmatched": {key: list(codes) for key, codes in sorted(kept.unmatched.items())},
        }  # fmt: skip
        self._write(self.folder / name, content)
        self._write(self._trace(indicator), json.dumps(trace, ensure_ascii=False, sort_keys=True).encode())

    def sweep(self) -> None:
        """Remove what belongs to no indicator of this build."""
        known = {*self.reused, *self.computed}
        files = set()
        for path in self.folder.glob("*.json"):
            if path.stem in known:
                files.add(json.loads(path.read_text("utf-8"))["file"])
            else:
                path.unlink()
        for path in self.folder.glob("*.parquet"):
            if path.name not in files:
                path.unlink()

    def _trace(self, indicator: Indicator) -> Path:
        return self.folder / f"{indicator.id}.json"

    def _entry(self, indicator: Indicator) -> str:
        """Hash of the entry, of the code of its method and of what lies under every method."""
        code = code_behind(METHODS[indicator.method].__module__, *SHARED, within=ROOMS)
        text = json.dumps(indicator.model_dump(mode="json"), sort_keys=True)
        table = said(Path(__file__).with_name("table.py"))
        return hashlib.sha256(f"{text}\n{code}\n{table}\n{self.ground}".encode()).hexdigest()

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        beside.write_bytes(content)
        beside.replace(path)
