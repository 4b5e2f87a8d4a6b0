"""How many patients have no médecin traitant? A partner's file, put in data/raw/imports (docs/imports.md)."""

from __future__ import annotations

from cls_analysis.sources.imports.declared import DECLARED

SOURCE = DECLARED["import-medecin-traitant"]
