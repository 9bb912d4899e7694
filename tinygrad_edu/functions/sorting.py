"""Sorting, and what is read off a sorted row: the largest few, the median, quantiles."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.functions.naming import numpy_names
from tinygrad_edu.functions.reduction import ValuesAndIndices

__all__ = [
    "argsort", "median", "quantile", "sort", "topk",
]  # fmt: skip


@numpy_names
def argsort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """Find the order that sorts the input along `dim`. Equal elements keep their order (as PyTorch's stable=True)."""
    if not descending:
        return ops.argsort(input, axis=dim, kind="stable")
    # Sorting the reversed row upwards and reversing the answer keeps equal elements in order.
    size = input.shape[dim]
    return ops.flip(size - 1 - ops.argsort(ops.flip(input, axis=dim), axis=dim, kind="stable"), axis=dim)


@numpy_names
def sort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> ValuesAndIndices:
    """Sort along `dim`: a pair (values, indices)."""
    indices = argsort(input, dim, descending, stable)
    return ValuesAndIndices(ops.take_along_axis(input, indices, axis=dim), indices)


@numpy_names
def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> ValuesAndIndices:
    """Find the k largest elements along `dim` (the smallest, with largest=False), in order."""
    if not 0 <= k <= input.shape[dim]:
        raise ValueError(f"topk: expected k from 0 to {input.shape[dim]}, the size of dimension {dim}, got {k}")
    order = argsort(input, dim, descending=largest)
    indices = ops.take_along_axis(order, _positions(range(k), input.shape, dim), axis=dim)
    return ValuesAndIndices(ops.take_along_axis(input, indices, axis=dim), indices)


def _positions(positions: Any, shape: tuple[int, ...], dim: int) -> Any:
    """Repeat positions along `dim` for every row of an array of `shape`."""
    sizes = list(shape)
    sizes[dim] = len(positions)
    row = np.reshape(
        np.asarray(positions, dtype=np.int64), [-1 if i == dim % len(shape) else 1 for i in range(len(shape))]
    )
    return np.broadcast_to(row, sizes)


@numpy_names
def median(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """Find the middle element, the lower one of two. Along `dim` it is a pair (values, indices).

    Over all elements, those that equal the median share its gradient evenly.
    """
    if dim is None:
        row = ops.reshape(input, shape=(-1,))
        middle = sort(row).values[(row.shape[0] - 1) // 2]
        at = ops.eq(row, middle)
        return ops.sum(ops.where(at, row, 0)) / ops.sum(at)
    order = argsort(input, dim)
    indices = ops.take_along_axis(order, _positions([(input.shape[dim] - 1) // 2], input.shape, dim), axis=dim)
    values = ops.take_along_axis(input, indices, axis=dim)
    if not keepdim:
        values, indices = ops.squeeze(values, axis=dim), ops.squeeze(indices, axis=dim)
    return ValuesAndIndices(values, indices)


@numpy_names
def quantile(
    input: Any, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Any:
    """Find the value below which a share q of the elements lies, between two neighbours where need be.

    q is a number from 0 to 1 or a row of them, which then is the first dimension of the result.
    """
    shares = np.asarray(getattr(q, "array", q), dtype=np.float64)
    if shares.ndim > 1 or not ((shares >= 0) & (shares <= 1)).all():
        raise ValueError(f"quantile: expected q between 0 and 1, a number or a row of them, got {q}")
    axis = 0 if dim is None else dim
    row = ops.reshape(input, shape=(-1,)) if dim is None else input
    ordered = sort(row, axis).values
    place = np.atleast_1d(shares) * (row.shape[axis] - 1)
    low, high = np.floor(place).astype(int), np.ceil(place).astype(int)
    weights = {
        "linear": place - low,
        "lower": np.zeros_like(place),
        "higher": np.ones_like(place),
        "midpoint": np.where(high > low, 0.5, 0.0),
        "nearest": np.rint(place) - low,
    }
    if interpolation not in weights:
        raise ValueError(f"quantile: expected interpolation to be one of {', '.join(weights)}, got {interpolation!r}")
    results = []
    for i, j, weight in zip(low, high, weights[interpolation], strict=True):
        below = ops.take_along_axis(ordered, _positions([i], row.shape, axis), axis=axis)
        above = ops.take_along_axis(ordered, _positions([j], row.shape, axis), axis=axis)
        results.append(below + (above - below) * float(weight))
    results = [r if keepdim and dim is not None else ops.squeeze(r, axis=axis) for r in results]
    if keepdim and dim is None:
        results = [ops.reshape(r, shape=(1,) * input.ndim) for r in results]
    return ops.stack(*results, axis=0) if shares.ndim else results[0]
