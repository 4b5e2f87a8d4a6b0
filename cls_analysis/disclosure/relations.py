"""Which counts add up to which? Linear relations along one dimension at a time: territories, sexes, ages, years.

Each label of a dimension is a set of elements: a territory is its communes, `65+` its elementary age intervals,
`2018-2022` its years, `all` the two sexes. A set is written as the sum of the largest disjoint labels inside it and of what
is left; what is left and bears no label becomes a piece: a count that nobody publishes but that a difference of two
published totals would give (two perimeters that differ by one commune).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

Ints = NDArray[Any]
Elements = Callable[[Sequence[str]], list[Sequence[object]]]


@dataclass(frozen=True)
class Cover:
    """Relations among `size` labels and `pieces` unnamed ones: coordinates of terms in the sums that are zero."""

    pieces: int
    equations: int
    equation: Ints
    label: Ints
    sign: NDArray[np.float64]


def cover(sets: Sequence[Sequence[object]]) -> Cover:
    """Relations between sets given by their elements (each without repetition).

    >>> found = cover([["a"], ["b"], ["a", "b"], ["a", "b", "c"]])
    >>> found.pieces, found.equations  # {a,b} = a + b; {a,b,c} = {a,b} + a piece {c}
    (1, 2)
    """
    size = len(sets)
    lengths = np.fromiter((len(s) for s in sets), dtype=np.intp, count=size)
    flat, names = pd.factorize(np.array([e for s in sets for e in s], dtype=object))
    owner = np.repeat(np.arange(size), lengths)
    one = np.ones(len(flat))
    incidence = sparse.csr_array((one, (owner, flat)), shape=(size, len(names)))
    large = np.flatnonzero(lengths > 1)
    single = np.full(len(names), -1, dtype=np.intp)
    small = np.flatnonzero(lengths == 1)
    singles = incidence[small].indices if len(small) else np.empty(0, dtype=np.intp)
    terms: list[tuple[int, int, float]] = []
    count = 0
    for position, element in zip(small[::-1].tolist(), singles[::-1].tolist(), strict=True):
        single[element] = position  # the first label that names one element stands for it
    for position, element in zip(small.tolist(), singles.tolist(), strict=True):
        if single[element] != position:
            terms += [(count, int(position), 1.0), (count, int(single[element]), -1.0)]
            count += 1
    if len(large):
        equations, pieces = _large(incidence, large, lengths, single, size)
        for body in equations:
            terms += [(count, label, sign) for label, sign in body]
            count += 1
    else:
        pieces = 0
    array = np.array(terms, dtype=np.float64).reshape(-1, 3)
    return Cover(pieces, count, array[:, 0].astype(np.intp), array[:, 1].astype(np.intp), array[:, 2])


def _large(
    incidence: sparse.csr_array, large: Ints, lengths: Ints, single: Ints, size: int
) -> tuple[list[list[tuple[int, float]]], int]:
    inside = sparse.csr_array(incidence[large])
    shared = sparse.csr_array(inside @ inside.T)
    salt = np.random.default_rng(7).integers(1, 2**31 - 1, size=(2, len(large))).astype(np.float64)
    prints = np.stack([inside.T @ salt[0], inside.T @ salt[1]], axis=1)
    _, signature = np.unique(prints, axis=0, return_inverse=True)
    signature = signature.reshape(-1)
    sizes = lengths[large]
    piece_label: dict[int, int] = {}
    equations: list[list[tuple[int, float]]] = []
    pieces = 0
    covered = np.zeros(incidence.shape[1], dtype=bool)
    for k in np.lexsort((np.arange(len(large)), sizes)):
        own = inside.indices[inside.indptr[k] : inside.indptr[k + 1]]
        near = shared.indices[shared.indptr[k] : shared.indptr[k + 1]]
        common = shared.data[shared.indptr[k] : shared.indptr[k + 1]]
        part = near[(common == sizes[near]) & (near != k)]
        part = part[(sizes[part] < sizes[k]) | (part < k)]
        body: list[tuple[int, float]] = []
        covered[own] = False
        left = len(own)
        for j in part[np.lexsort((part, -sizes[part]))]:
            if left < sizes[j]:
                continue
            theirs = inside.indices[inside.indptr[j] : inside.indptr[j + 1]]
            if covered[theirs].any():
                continue
            covered[theirs] = True
            left -= len(theirs)
            body.append((int(large[j]), -1.0))
            if not left:
                break
        rest = own[~covered[own]]
        named = single[rest]
        body += [(int(label), -1.0) for label in named[named >= 0]]
        groups = np.unique(signature[rest[named < 0]])
        if not body and len(groups) == 1:
            piece_label.setdefault(int(groups[0]), int(large[k]))  # the set is one piece: it names itself
            continue
        for group in groups:
            if int(group) not in piece_label:
                piece_label[int(group)] = size + pieces
                pieces += 1
            body.append((piece_label[int(group)], -1.0))
        equations.append([(int(large[k]), 1.0), *body])
    return equations, pieces


def sexes(labels: Sequence[str]) -> list[Sequence[object]]:
    """`all` is F and M; any other label stands alone."""
    return [("F", "M") if label == "all" else (label,) for label in labels]


def years(labels: Sequence[str]) -> list[Sequence[object]]:
    """`2018-2022` is five years; a label that is not a year or a span stands alone."""
    result: list[Sequence[object]] = []
    for label in labels:
        match = re.fullmatch(r"(\d{4})(?:-(\d{4}))?", label)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        result.append(tuple(range(first, last + 1)) if first <= last else (label,))
    return result


def ages(labels: Sequence[str]) -> list[Sequence[object]]:
    """Age labels as elementary intervals between all the limits that occur; `all` is every one."""
    spans = [_span(label) for label in labels]
    limits = sorted({limit for span in spans if span for limit in span} | {0.0, np.inf})
    result: list[Sequence[object]] = []
    for label, span in zip(labels, spans, strict=True):
        if span is None:
            result.append((label,))
            continue
        inside = [a for a, b in pairwise(limits) if span[0] <= a and b <= span[1]]
        result.append(tuple(inside) or (label,))
    return result


def _span(label: str) -> tuple[float, float] | None:
    if label == "all":
        return 0.0, np.inf
    if match := re.fullmatch(r"(\d+)-(\d+)", label):
        return float(match[1]), float(match[2]) + 1
    if match := re.fullmatch(r"(\d+)\+", label):
        return float(match[1]), np.inf
    if match := re.fullmatch(r"<(\d+)", label):
        return 0.0, float(match[1])
    return (float(label), float(label) + 1) if label.isdigit() else None


def variables(labels: Sequence[str]) -> list[Sequence[object]]:
    """A numerator made of several variables, joined by ` + `, is their sum."""
    return [tuple(dict.fromkeys(label.split(" + "))) for label in labels]


def expand(frame: pd.DataFrame, dimension: str, elements: Elements) -> tuple[pd.DataFrame, sparse.coo_array]:
    """Relations along one dimension of cells, and the cells extended by the unnamed pieces they need.

    `frame` has one row per cell and only columns of labels (str); the result keeps its rows first, in order. The matrix has
    one row per relation and one column per row of the extended frame; a relation's terms sum to zero.
    """
    others = [c for c in frame.columns if c != dimension]
    slices = frame.groupby(others, sort=False).ngroup().to_numpy()
    codes, labels = pd.factorize(frame[dimension], sort=True)
    order = np.lexsort((codes, slices))
    starts = np.flatnonzero(np.r_[True, np.diff(slices[order]) > 0])
    ends = np.r_[starts[1:], len(order)]
    classes: dict[bytes, list[int]] = {}
    for k, (a, b) in enumerate(zip(starts, ends, strict=True)):
        if b - a > 1:
            classes.setdefault(codes[order[a:b]].tobytes(), []).append(k)
    rows: list[Ints] = []
    columns: list[Ints] = []
    signs: list[NDArray[np.float64]] = []
    extra: list[pd.DataFrame] = []
    total, width = 0, len(frame)
    for number, members in enumerate(classes.values()):
        a, b = starts[members[0]], ends[members[0]]
        found = cover(elements([str(x) for x in labels[codes[order[a:b]]]]))
        if not found.equations:
            continue
        at = np.stack([order[starts[k] : ends[k]] for k in members])
        if found.pieces:
            fresh = width + np.arange(len(members) * found.pieces).reshape(len(members), -1)
            base = frame.iloc[at[:, 0]].loc[:, others]
            added = base.loc[base.index.repeat(found.pieces)].reset_index(drop=True)
            added[dimension] = [f"~{number}.{i}" for _ in members for i in range(found.pieces)]
            extra.append(added[list(frame.columns)])
            at = np.concatenate([at, fresh], axis=1)
            width += fresh.size
        each = np.arange(len(members))[:, None] * found.equations
        rows.append((total + each + found.equation[None, :]).ravel())
        columns.append(at[:, found.label].ravel())
        signs.append(np.tile(found.sign, len(members)))
        total += found.equations * len(members)
    extended = pd.concat([frame, *extra], ignore_index=True) if extra else frame
    if not rows:
        return extended, sparse.coo_array((0, width))
    data = np.concatenate(signs)
    return extended, sparse.coo_array((data, (np.concatenate(rows), np.concatenate(columns))), shape=(total, width))
