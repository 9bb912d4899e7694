"""Statistics that are made of others: pairs of them, without NaN, running, of neighbours, between rows."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.functions import decomposition, sorting
from tinygrad_edu.functions.linalg import norm
from tinygrad_edu.functions.naming import as_axis, numpy_names
from tinygrad_edu.functions.reduction import ValuesAndIndices, amax, amin, mean, std, var

__all__ = [
    "aminmax", "cdist", "corrcoef", "cov", "cross", "cummax", "cummin", "diff", "dist", "kthvalue", "mode", "nanmean",
    "nansum", "std_mean", "var_mean",
]  # fmt: skip


class MinAndMax(NamedTuple):
    """What `aminmax` returns."""

    min: Any
    max: Any


@numpy_names
def var_mean(
    input: Any, dim: Any = None, unbiased: bool = True, keepdim: bool = False, *, correction: float | None = None
) -> tuple[Any, Any]:
    """Compute the variance and the mean. Parameters as for `var`."""
    spread = var(input, dim, unbiased, keepdim, correction=correction)
    return spread, mean(input, None if isinstance(dim, bool) else dim, keepdim)


@numpy_names
def std_mean(
    input: Any, dim: Any = None, unbiased: bool = True, keepdim: bool = False, *, correction: float | None = None
) -> tuple[Any, Any]:
    """Compute the standard deviation and the mean. Parameters as for `std`."""
    spread = std(input, dim, unbiased, keepdim, correction=correction)
    return spread, mean(input, None if isinstance(dim, bool) else dim, keepdim)


@numpy_names
def aminmax(input: Any, *, dim: int | None = None, keepdim: bool = False) -> MinAndMax:
    """Find the smallest and the largest element: a pair (min, max)."""
    return MinAndMax(amin(input, dim, keepdim), amax(input, dim, keepdim))


@numpy_names
def nansum(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Add up the elements that are not NaN."""
    return ops.sum(ops.where(ops.isnan(input), 0, input), axis=as_axis(dim), keepdims=keepdim)


@numpy_names
def nanmean(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Average the elements that are not NaN."""
    count = ops.sum(ops.logical_not(ops.isnan(input)), axis=as_axis(dim), keepdims=keepdim)
    return nansum(input, dim, keepdim) / count


@numpy_names
def kthvalue(input: Any, k: int, dim: int = -1, keepdim: bool = False) -> ValuesAndIndices:
    """Find the k-th smallest element along `dim`, counted from 1: a pair (values, indices)."""
    if not 1 <= k <= input.shape[dim]:
        raise ValueError(f"kthvalue: expected k from 1 to {input.shape[dim]}, the size of dimension {dim}, got {k}")
    at = (slice(None),) * (dim % input.ndim) + (slice(k - 1, k),)
    ordered = sorting.sort(input, dim)
    found = (ops.getitem(part, index=at) for part in ordered)
    return ValuesAndIndices(*(part if keepdim else ops.squeeze(part, axis=dim) for part in found))


@numpy_names
def mode(input: Any, dim: int = -1, keepdim: bool = False) -> ValuesAndIndices:
    """Find the most frequent element along `dim`, the smallest of several: a pair (values, indices of the last)."""
    array = np.moveaxis(np.asarray(getattr(input, "array", input)), dim, -1)
    counts = (array[..., :, None] == array[..., None, :]).sum(-1)
    # The largest count, then the smallest value, then the last place.
    value = np.where(counts == counts.max(-1, keepdims=True), array, array.max()).min(-1, keepdims=True)
    last = array.shape[-1] - 1 - np.argmax((array == value)[..., ::-1], axis=-1)
    return _taken(input, np.expand_dims(last, dim), dim, keepdim)


@numpy_names
def cummax(input: Any, dim: int) -> ValuesAndIndices:
    """Find the largest element so far along `dim`, the last of equal ones: a pair (values, indices)."""
    return _running(input, dim, np.maximum)


@numpy_names
def cummin(input: Any, dim: int) -> ValuesAndIndices:
    """Find the smallest element so far along `dim`, the last of equal ones: a pair (values, indices)."""
    return _running(input, dim, np.minimum)


def _running(input: Any, dim: int, extreme: np.ufunc) -> ValuesAndIndices:
    array = np.asarray(getattr(input, "array", input))
    place = np.expand_dims(np.arange(array.shape[dim]), tuple(i for i in range(array.ndim) if i != dim % array.ndim))
    is_new = array == extreme.accumulate(array, axis=dim)
    return _taken(input, np.maximum.accumulate(np.where(is_new, place, 0), axis=dim), dim, True)


def _taken(input: Any, indices: Any, dim: int, keepdim: bool) -> ValuesAndIndices:
    values = ops.take_along_axis(input, indices, axis=dim)
    if hasattr(input, "new_tensor"):
        indices = input.new_tensor(indices, dtype=np.int64)
    if keepdim:
        return ValuesAndIndices(values, indices)
    return ValuesAndIndices(ops.squeeze(values, axis=dim), ops.squeeze(indices, axis=dim))


@numpy_names
def diff(input: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Subtract from each element the one before it along `dim`, n times; `prepend` and `append` are joined on first."""
    parts = [part for part in (prepend, input, append) if part is not None]
    y = ops.concatenate(*parts, axis=dim) if len(parts) > 1 else input
    before = (slice(None),) * (dim % y.ndim)
    for _ in range(n):
        y = ops.getitem(y, index=(*before, slice(1, None))) - ops.getitem(y, index=(*before, slice(None, -1)))
    return y


def cov(input: Any, *, correction: int = 1) -> Any:
    """Compute the covariances of variables, one a row: (D, N) gives (D, D)."""
    rows = input if input.ndim == 2 else ops.reshape(input, shape=(1, -1))
    deviation = rows - ops.mean(rows, axis=1, keepdims=True)
    covariance = ops.matmul(deviation, ops.transpose(deviation)) / (rows.shape[1] - correction)
    return covariance if input.ndim == 2 else ops.reshape(covariance, shape=())


def corrcoef(input: Any) -> Any:
    """Compute the correlations of variables, one a row: their covariances over their standard deviations."""
    return correlations(cov(input))


def correlations(covariance: Any) -> Any:
    """Divide covariances by the standard deviations of both variables; a single one gives 1."""
    if covariance.ndim == 0:
        return covariance / covariance
    deviation = ops.sqrt(ops.diagonal(covariance))
    return covariance / ops.expand_dims(deviation, axis=1) / deviation


def cdist(x1: Any, x2: Any, p: float = 2.0) -> Any:
    """Compute the p-norm distance of each row of x1 (…, P, D) from each row of x2 (…, R, D): (…, P, R)."""
    return norm(ops.expand_dims(x1, axis=-2) - ops.expand_dims(x2, axis=-3), p, -1)


def dist(input: Any, other: Any, p: float = 2.0) -> Any:
    """Compute the p-norm of the difference."""
    return norm(input - other, p)


def cross(input: Any, other: Any, dim: int | None = None) -> Any:
    """Compute the cross product of vectors in three dimensions, along `dim`; the first of size 3 if not given."""
    if dim is None:
        dim = next((i for i, size in enumerate(input.shape) if size == 3), 0)
    return decomposition.cross(input, other, dim=dim)
