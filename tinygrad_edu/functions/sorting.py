"""Sorting, and what is read off a sorted row: the largest few, the median, quantiles, the most frequent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import array_of, get_default_dtype
from tinygrad_edu.engine.op import NUMPY
from tinygrad_edu.functions.arguments import along, counted, numbers_as_rows, numpy_names
from tinygrad_edu.functions.numpy_protocol import answers
from tinygrad_edu.functions.reduction import ValuesAndIndices, picked
from tinygrad_edu.functions.shape import movedim

if TYPE_CHECKING:
    from tinygrad_edu.tensors.tensor import Tensor

__all__ = ["argsort", "kthvalue", "median", "mode", "quantile", "sort", "topk"]


INTERPOLATIONS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "linear": lambda place, low, high: place - low,
    "lower": lambda place, low, high: 0.0,
    "higher": lambda place, low, high: 1.0,
    "midpoint": lambda place, low, high: 0.5,
    "nearest": lambda place, low, high: np.round(array_of(place)) - low,
}
"""How far from one rank to the next a quantile lies: its place among the ranks, and the whole ones around it."""


@numpy_names
@numbers_as_rows
def argsort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Tensor:
    """Find the order that sorts the input along `dim`. Equal elements keep their order (as PyTorch's stable=True)."""
    if not descending:
        return ops.argsort(input, axis=dim, kind="stable")
    # Sorting the reversed row upwards and reversing the answer keeps equal elements in order.
    size = input.shape[dim]
    return ops.flip(size - 1 - ops.argsort(ops.flip(input, axis=dim), axis=dim, kind="stable"), axis=dim)


@numpy_names
@numbers_as_rows
def sort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> ValuesAndIndices:
    """Sort along `dim`: a pair (values, indices). NaN counts as the largest."""
    return picked(input, argsort(input, dim, descending, stable), dim)


@numpy_names
@numbers_as_rows
def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> ValuesAndIndices:
    """Find the k largest elements along `dim` (the smallest, with largest=False), in order."""
    if not 0 <= k <= input.shape[dim]:
        raise ValueError(f"topk: expected k from 0 to {input.shape[dim]}, the size of dimension {dim}, got {k}")
    order = argsort(input, dim, descending=largest)
    return picked(input, ops.getitem(order, index=along(input, dim, slice(k))), dim)


@numpy_names
@numbers_as_rows
def kthvalue(input: Any, k: int, dim: int = -1, keepdim: bool = False) -> ValuesAndIndices:
    """Find the k-th smallest element along `dim`, counted from 1: a pair (values, indices)."""
    if not 1 <= k <= input.shape[dim]:
        raise ValueError(f"kthvalue: expected k from 1 to {input.shape[dim]}, the size of dimension {dim}, got {k}")
    order = argsort(input, dim)
    return picked(input, ops.getitem(order, index=along(input, dim, slice(k - 1, k))), dim, keepdim)


@numpy_names
@numbers_as_rows
def mode(input: Any, dim: int = -1, keepdim: bool = False) -> ValuesAndIndices:
    """Find the most frequent element along `dim`, the smallest of several: a pair (values, indices of the last)."""
    rows = np.moveaxis(array_of(input), dim, -1)
    places = np.arange(rows.shape[-1])
    ordered = np.sort(rows, axis=-1)
    is_first = np.concatenate([np.ones_like(ordered[..., :1], bool), ordered[..., 1:] != ordered[..., :-1]], axis=-1)
    # How many equal ones there were up to each place: the most frequent element ends the longest run.
    run = places - np.maximum.accumulate(np.where(is_first, places, 0), axis=-1)
    value = np.take_along_axis(ordered, np.argmax(run, axis=-1, keepdims=True), axis=-1)
    last = np.max(np.where(rows == value, places, 0), axis=-1, keepdims=True)
    return picked(input, np.moveaxis(last, -1, dim), dim, keepdim)


@overload
def median(input: Any, dim: None = None) -> Tensor: ...
@overload
def median(input: Any, dim: int, keepdim: bool = ...) -> ValuesAndIndices: ...
@numpy_names
def median(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """Find the middle element, the lower one of two; NaN if there is one. Along `dim` it is a pair (values, indices).

    Over all elements, those that equal the median share its gradient evenly.
    """
    if dim is not None:
        return _median_along(input, dim, keepdim)
    row = ops.reshape(input, shape=(-1,))
    middle = _median_along(row, 0, False).values
    if input.dtype.kind != "f":
        return middle
    at = ops.isnan(row) if np.isnan(array_of(middle)) else ops.eq(row, middle)
    return ops.sum(ops.where(at, row, 0)) / ops.sum(at)


@numbers_as_rows
def _median_along(input: Any, dim: int, keepdim: bool) -> ValuesAndIndices:
    size = input.shape[dim]
    missing = np.sum(array_of(input) != array_of(input), axis=dim, keepdims=True)  # NaNs, which are sorted to the end
    place = np.where(missing, size - missing, (size - 1) // 2)
    return picked(input, ops.take_along_axis(argsort(input, dim), place, axis=dim), dim, keepdim)


@numpy_names
def quantile(
    input: Any, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """Find the value below which a share q of the elements lies, between two neighbours where need be.

    q is a number from 0 to 1 or a row of them, which then is the first dimension of the result. Where there is a
    NaN, the result is NaN.
    """
    shares = q if hasattr(q, "array") else np.asarray(q, input.dtype)
    if shares.ndim > 1 or not ((array_of(shares) >= 0) & (array_of(shares) <= 1)).all():
        raise ValueError(f"quantile: expected q between 0 and 1, a number or a row of them, got {q}")
    if input.dtype.kind != "f" or shares.dtype != input.dtype:
        raise TypeError(
            f"quantile: expected floats, and q of the same type, got {input.dtype} and {shares.dtype}; "
            "convert them first: t.float()"
        )
    if interpolation not in INTERPOLATIONS:
        raise ValueError(
            f"quantile: expected interpolation to be one of {', '.join(INTERPOLATIONS)}, got {interpolation!r}"
        )
    axis = None if dim is None else counted(dim, input.ndim)
    flat = axis is None or input.ndim == 0
    rows = ops.reshape(input, shape=(-1,)) if flat else movedim(input, axis, -1)
    value = _at_shares(sort(rows).values, ops.reshape(shares, shape=(-1,)), INTERPOLATIONS[interpolation])
    others = rows.shape[:-1]
    if keepdim:
        others = tuple(1 if axis in (None, i) else size for i, size in enumerate(input.shape))
    return ops.reshape(movedim(value, -1, 0), shape=tuple(shares.shape) + others)


def _at_shares(ordered: Any, shares: Any, weight_of: Callable[[Any, Any, Any], Any]) -> Any:
    """Read sorted rows (…, n) at each of the shares (k) of their length: (…, k)."""
    last = ordered.shape[-1] - 1
    place = ops.mul(shares, last)
    missing = np.isnan(array_of(ordered)[..., -1:])
    low, high = (np.where(missing, last, rank(array_of(place))) for rank in (np.floor, np.ceil))
    below, above = (ops.take_along_axis(ordered, rank.astype(int), axis=-1) for rank in (low, high))
    step = ops.where(low == high, 0, above) - ops.where(low == high, 0, below)  # no infinity minus itself
    return below + step * weight_of(place, low, high)


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


NUMPY.update(
    {
        np.median: lambda a, axis=None, *, keepdims=False: numpy_quantile(a, 0.5, axis, keepdims=keepdims),
        np.nanmedian: lambda a, axis=None, *, keepdims=False: nanquantile(a, 0.5, axis, keepdims=keepdims),
        np.nanpercentile: lambda a, q, axis=None, **options: nanquantile(a, np.divide(q, 100), axis, **options),
        np.percentile: lambda a, q, axis=None, **options: numpy_quantile(a, np.divide(q, 100), axis, **options),
    }
)
