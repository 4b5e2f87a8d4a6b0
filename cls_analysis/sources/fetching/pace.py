"""How often may a producer's site be asked? A pace per host, shared by every process that uses the cache.

A host gets at most `limit` requests in any `window` seconds; the times of the last requests lie in one small file per
host beside the cache, under a lock, so two runs at once stay polite together. Insee's Melodi asks for 30 requests a minute.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cls_analysis.sources.locks import passing_lock

#: requests per window for hosts that publish a limit; others get the default
LIMITS: Mapping[str, tuple[int, float]] = {"api.insee.fr": (30, 60.0)}
DEFAULT_LIMIT = (120, 60.0)


@dataclass(frozen=True)
class Pace:
    """Waits before a request so that no host is asked too often; `folder` holds the shared record of requests."""

    folder: Path
    limits: Mapping[str, tuple[int, float]] = field(default_factory=lambda: dict(LIMITS))
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    def wait(self, host: str) -> float:
        """Sleep until `host` may be asked, record the request, return the seconds waited."""
        limit, window = self.limits.get(host, DEFAULT_LIMIT)
        self.folder.mkdir(parents=True, exist_ok=True)
        record = self.folder / f".pace-{re.sub(r'[^A-Za-z0-9.-]', '_', host)}.json"
        waited = 0.0
        while True:
            with passing_lock(f"{record}.lock", timeout=60):
                now = self.clock()
                recent = [t for t in _times(record) if now - window < t <= now]
                if len(recent) < limit:
                    record.write_text(json.dumps([*recent, now]), encoding="utf-8")
                    return waited
                pause = max(recent[0] + window - now, 0.01)
            self.sleep(pause)
            waited += pause


def _times(record: Path) -> list[float]:
    """Times recorded, oldest first; a damaged record counts as empty (it only holds courtesy)."""
    try:
        loaded = json.loads(record.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return []
    return sorted(float(t) for t in loaded if isinstance(t, int | float)) if isinstance(loaded, list) else []
