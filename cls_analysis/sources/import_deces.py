"""How many people died, by commune, sex and age? A partner's file, put in data/raw/imports (docs/imports.md)."""

from __future__ import annotations

from cls_analysis.sources.imports.declared import DECLARED

SOURCE = DECLARED["import-deces"]
