"""Sorting, and what is read off a sorted row: the largest few, the median, quantiles, the most frequent."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import get_default_dtype
from tinygrad_edu.functions.arguments import numbers_as_rows, numpy_names
from tinygrad_edu.functions.numpy_protocol import answers
from tinygrad_edu.functions.reduction import ValuesAndIndices, picked

__all__ = ["argsort", "kthvalue", "median", "mode", "quantile", "sort", "topk"]


@numpy_names
@numbers_as_rows
def argsort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """Find the order that sorts the input along `dim`. Equal elements keep their order (as PyTorch's stable=True)."""
    if not descending:
        return ops.argsort(input, axis=dim, kind="stable")
    # Sorting the reversed row upwards and reversing the answer keeps equal elements in order.
    size = input.shape[dim]
    return ops.flip(size - 1 - ops.argsort(ops.flip(input, axis=dim), axis=dim, kind="stable"), axis=dim)


@numpy_names
@numbers_as_rows
def sort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> ValuesAndIndices:
    """Sort along `dim`: a pair (values, indices)."""
    return picked(input, argsort(input, dim, descending, stable), dim)


@numpy_names
@numbers_as_rows
def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> ValuesAndIndices:
    """Find the k largest elements along `dim` (the smallest, with largest=False), in order."""
    if not 0 <= k <= input.shape[dim]:
        raise ValueError(f"topk: expected k from 0 to {input.shape[dim]}, the size of dimension {dim}, got {k}")
    order = argsort(input, dim, descending=largest)
    return picked(input, ops.take_along_axis(order, _positions(range(k), input.shape, dim), axis=dim), dim)


def _positions(positions: Any, shape: tuple[int, ...], dim: int) -> Any:
    """Repeat positions along `dim` for every row of an array of `shape`."""
    sizes = list(shape)
    sizes[dim] = len(positions)
    row = np.reshape(
        np.asarray(positions, dtype=np.int64), [-1 if i == dim % len(shape) else 1 for i in range(len(shape))]
    )
    return np.broadcast_to(row, sizes)


@numpy_names
@numbers_as_rows
def kthvalue(input: Any, k: int, dim: int = -1, keepdim: bool = False) -> ValuesAndIndices:
    """Find the k-th smallest element along `dim`, counted from 1: a pair (values, indices)."""
    if not 1 <= k <= input.shape[dim]:
        raise ValueError(f"kthvalue: expected k from 1 to {input.shape[dim]}, the size of dimension {dim}, got {k}")
    order = argsort(input, dim)
    return picked(input, ops.take_along_axis(order, _positions([k - 1], input.shape, dim), axis=dim), dim, keepdim)


@numpy_names
@numbers_as_rows
def mode(input: Any, dim: int = -1, keepdim: bool = False) -> ValuesAndIndices:
    """Find the most frequent element along `dim`, the smallest of several: a pair (values, indices of the last)."""
    array = np.moveaxis(np.asarray(getattr(input, "array", input)), dim, -1)
    counts = (array[..., :, None] == array[..., None, :]).sum(-1)
    # The largest count, then the smallest value, then the last place.
    value = np.where(counts == counts.max(-1, keepdims=True), array, array.max()).min(-1, keepdims=True)
    last = array.shape[-1] - 1 - np.argmax((array == value)[..., ::-1], axis=-1)
    return picked(input, np.expand_dims(last, dim), dim, keepdim)


@numpy_names
@numbers_as_rows
def median(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """Find the middle element, the lower one of two; NaN if there is one. Along `dim`: a pair (values, indices).

    Over all elements, those that equal the median share its gradient evenly.
    """
    if dim is None:
        row = ops.reshape(input, shape=(-1,))
        middle = median(row, 0).values
        if row.dtype.kind != "f":
            return middle
        at = ops.logical_or(ops.eq(row, middle), ops.isnan(row))
        return ops.sum(ops.where(at, row, 0)) / ops.sum(at)
    order = argsort(input, dim)  # NaN comes last
    nans = np.sum(np.isnan(np.asarray(getattr(input, "array", input))), axis=dim, keepdims=True)
    place = np.where(nans, input.shape[dim] - nans, (input.shape[dim] - 1) // 2)
    return picked(input, ops.take_along_axis(order, place, axis=dim), dim, keepdim)


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
    if not input.ndim and dim in (0, -1):
        dim = None  # a single number has no dimension to leave out or to keep
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


# NumPy's


@answers(np.sort)
def numpy_sort(a: Any, axis: int | None = -1, kind: str | None = None) -> Any:
    """Sort along an axis, or the flattened array. Equal elements keep their order, whatever the kind."""
    return sort(np.ravel(a) if axis is None else a, 0 if axis is None else axis).values


@answers(np.partition)
def partition(a: Any, kth: int, axis: int | None = -1) -> Any:
    """Put the kth element where it would be in sorted order, smaller ones before it."""
    a, axis = (np.ravel(a), 0) if axis is None else (a, axis)
    return np.take_along_axis(a, np.argpartition(a, kth, axis=axis), axis=axis)


@answers(np.quantile)
def numpy_quantile(a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False) -> Any:
    """Find the value below which a share q of the elements lies."""
    a = a if a.dtype.kind == "f" else a.astype(get_default_dtype())
    if not isinstance(axis, tuple):
        return quantile(a, q, axis, keepdims, interpolation=method)
    axes = [i % a.ndim for i in axis]
    kept = tuple(1 if i in axes else size for i, size in enumerate(a.shape))
    last = np.moveaxis(a, axes, [*range(-len(axes), 0)])
    value = quantile(np.reshape(last, (*last.shape[: -len(axes)], -1)), q, -1, interpolation=method)
    return np.reshape(value, np.shape(q) + kept) if keepdims else value


@answers(np.percentile)
def percentile(a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False) -> Any:
    """Find the value below which q percent of the elements lie."""
    return numpy_quantile(a, np.divide(q, 100), axis, method=method, keepdims=keepdims)


@answers(np.median)
def numpy_median(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Take the middle value, the mean of two for an even number."""
    return numpy_quantile(a, 0.5, axis, keepdims=keepdims)


@answers(np.nanquantile)
def nanquantile(a: Any, q: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
    """Find the value below which a share q of the elements that are not NaN lies."""
    if axis is None:
        value = numpy_quantile(a[np.logical_not(np.isnan(a))], q)
        return np.reshape(value, np.shape(q) + (1,) * a.ndim) if keepdims else value
    if np.ndim(q):
        return np.stack([nanquantile(a, share, axis, keepdims=keepdims) for share in q])
    ordered = np.sort(a, axis=axis)  # NaN comes last
    place = a.dtype.type(q) * np.maximum(np.sum(~np.isnan(a.array), axis=axis, keepdims=True) - 1, 0, dtype=a.dtype)
    low, high = (np.take_along_axis(ordered, rank(place).astype(int), axis=axis) for rank in (np.floor, np.ceil))
    value = np.add(low, np.multiply(np.subtract(high, low), place % 1))
    return value if keepdims else np.squeeze(value, axis=axis)


@answers(np.nanpercentile)
def nanpercentile(a: Any, q: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
    """Find the value below which q percent of the elements that are not NaN lie."""
    return nanquantile(a, np.divide(q, 100), axis, keepdims=keepdims)


@answers(np.nanmedian)
def nanmedian(a: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
    """Take the middle value of those that are not NaN."""
    return nanquantile(a, 0.5, axis, keepdims=keepdims)
