"""Commune-level data to the health diagnostics of French local health contracts (CLS)."""

__version__ = "0.1.0"
