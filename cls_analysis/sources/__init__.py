"""The published datasets: what each is, how each is read, and what was read (docs/sources.md).

`all_sources()` and `get_source(id)` give the declarations, `load_observations(id, mode=...)` the tidy rows.
"""

from cls_analysis.sources.model import File, Source, Table, Variable
from cls_analysis.sources.registry import all_sources, get_source

__all__ = ["File", "Source", "Table", "Variable", "all_sources", "get_source"]
