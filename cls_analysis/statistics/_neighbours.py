"""Who borders whom: one sparse matrix, whatever the neighbours came as."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from cls_analysis.errors import InvalidInput
from cls_analysis.statistics._check import plain, positions


def adjacency(neighbours: Any, value: Any, n: int) -> sparse.csr_array:
    """Square matrix of weights, rows in the order of `value`, no diagonal; 0 where not neighbours.

    `neighbours`: a mapping from area to its neighbours (a list, or a mapping to weights), a libpysal `W` or
    `Graph`. If `value` is a Series its index labels are the areas; otherwise areas are positions 0 to n-1,
    or, for a `W` or `Graph`, its own order of areas. Labels that do not match are listed in the error, never
    dropped.
    """
    labels: pd.Index[Any] = value.index if isinstance(value, pd.Series) else pd.RangeIndex(n)
    matrix, ids = _matrix(neighbours)
    if not isinstance(value, pd.Series) and not isinstance(neighbours, Mapping):
        labels = ids
    if not labels.is_unique:
        raise InvalidInput(f"areas are repeated: {labels[labels.duplicated()].unique()[:5].tolist()}")
    if len(ids) != n or len(labels) != n or not (places := ids.get_indexer(labels)).min(initial=0) >= 0:
        lacking, foreign = labels.difference(ids, sort=False), ids.difference(labels, sort=False)
        raise InvalidInput(
            [f"neighbours describe {len(ids)} areas, the values {n}"]
            + [f"{len(lacking)} areas have no entry in neighbours: {lacking[:5].tolist()}"] * bool(len(lacking))
            + [f"{len(foreign)} areas of neighbours have no value: {foreign[:5].tolist()}"] * bool(len(foreign)),
            hint="give every area an entry (an empty list for an island)",
        )
    matrix = matrix[places][:, places].tocsr() if not np.array_equal(places, np.arange(n)) else matrix
    if matrix.diagonal().any():
        raise InvalidInput(f"{int((matrix.diagonal() != 0).sum())} areas are their own neighbour")
    if matrix.nnz and (not np.isfinite(matrix.data).all() or matrix.data.min() < 0):
        raise InvalidInput("a weight between neighbours is negative or not finite")
    matrix.eliminate_zeros()
    matrix.sort_indices()
    return matrix


def _matrix(neighbours: Any) -> tuple[sparse.csr_array, pd.Index[Any]]:
    if isinstance(neighbours, Mapping):
        lists = [v for v in neighbours.values() if isinstance(v, str) or not isinstance(v, Collection)]
        if lists:
            raise InvalidInput(
                f"{len(lists)} areas have something else than a list of neighbours: {lists[:5]}",
                hint="{'a': ['b', 'c'], 'b': ['a'], 'island': []}",
            )
        ids = pd.Index(list(neighbours))
        sizes = np.fromiter((len(v) for v in neighbours.values()), dtype=np.int64, count=len(ids))
        ends = [end for v in neighbours.values() for end in v]
        weights = [w for v in neighbours.values() for w in (v.values() if isinstance(v, Mapping) else [1.0] * len(v))]
        columns = ids.get_indexer(pd.Index(ends)) if ends else np.empty(0, dtype=np.int64)
        if (columns < 0).any():
            unknown = pd.unique(pd.Series([ends[i] for i in positions(columns < 0)]))
            raise InvalidInput(f"{len(unknown)} neighbours are not areas themselves: {[plain(u) for u in unknown[:5]]}")
        rows = np.repeat(np.arange(len(ids)), sizes)
        matrix = sparse.csr_array((np.asarray(weights, dtype=float), (rows, columns)), shape=(len(ids),) * 2)
        if matrix.nnz != len(ends):
            raise InvalidInput("an area lists the same neighbour twice")
        return matrix, ids
    if hasattr(neighbours, "unique_ids") and hasattr(neighbours, "sparse"):  # libpysal.graph.Graph
        return sparse.csr_array(neighbours.sparse, dtype=float), pd.Index(neighbours.unique_ids)
    if hasattr(neighbours, "id_order") and hasattr(neighbours, "sparse"):  # libpysal.weights.W
        return sparse.csr_array(neighbours.sparse, dtype=float), pd.Index(neighbours.id_order)
    raise InvalidInput(
        f"neighbours is a {type(neighbours).__name__}; it must be a mapping area -> neighbours, a libpysal W or Graph"
    )


def row_standardised(matrix: sparse.csr_array) -> sparse.csr_array:
    """Rows that sum to 1; rows of islands stay empty."""
    sums = np.asarray(matrix.sum(axis=1)).ravel()
    scale = np.divide(1.0, sums, out=np.zeros_like(sums, dtype=float), where=sums > 0)
    return (sparse.diags_array(scale) @ matrix).tocsr()
