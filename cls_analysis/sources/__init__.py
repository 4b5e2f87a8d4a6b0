"""The published datasets: what each is, how each is read, and what was read (docs/sources.md).

`all_sources()` and `get_source(id)` give the declarations, `build_sources(mode)` reads the files of a mirror,
`load_observations(id, mode=...)` the tidy rows, `load_table(id, table, mode=...)` the tables that are not numbers.
"""

from cls_analysis.sources.build import build_sources
from cls_analysis.sources.crosschecks import Check, load_checks, run_checks
from cls_analysis.sources.model import File, Source, Table, Variable
from cls_analysis.sources.observations import validate_observations
from cls_analysis.sources.places import mirror_dir, mode_dir, processed_dir
from cls_analysis.sources.registry import all_sources, get_source
from cls_analysis.sources.store import (
    load_absent,
    load_changes,
    load_lock,
    load_observations,
    load_read_dates,
    load_table,
    load_trust,
    write_observations,
)

load_membership = load_table

__all__ = [
    "Check",
    "File",
    "Source",
    "Table",
    "Variable",
    "all_sources",
    "build_sources",
    "get_source",
    "load_absent",
    "load_changes",
    "load_checks",
    "load_lock",
    "load_membership",
    "load_observations",
    "load_read_dates",
    "load_table",
    "load_trust",
    "mirror_dir",
    "mode_dir",
    "processed_dir",
    "run_checks",
    "validate_observations",
    "write_observations",
]
