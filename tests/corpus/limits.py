"""Faults that no reader can see in the file alone, each with the reason and with what stands guard instead."""

from __future__ import annotations

LIMITS: dict[tuple[str, str], str] = {}
