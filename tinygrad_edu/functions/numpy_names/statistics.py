"""Averages, spreads, order statistics, and the reductions that leave NaN out."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.op import NUMPY
from tinygrad_edu.functions import reduction, sorting, statistics
from tinygrad_edu.functions.numpy_protocol import answers


@answers(np.std)
def std(a: Any, axis: Any = None, *, ddof: float = 0, correction: float | None = None, keepdims: bool = False) -> Any:
    """Compute the standard deviation, over n - ddof."""
    return reduction.root(np.var(a, axis, ddof=ddof if correction is None else correction, keepdims=keepdims))


@answers(np.ptp)
def ptp(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Compute the range: the largest minus the smallest element."""
    return np.subtract(np.max(a, axis=axis, keepdims=keepdims), np.min(a, axis=axis, keepdims=keepdims))


@answers(np.average)
def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    """Average with weights: Σ w a / Σ w. Weights for one axis may be a vector."""
    if weights is None:
        weights = np.ones(np.shape(a))
    elif np.shape(weights) != np.shape(a):
        weights = np.reshape(weights, tuple(-1 if i == axis % np.ndim(a) else 1 for i in range(np.ndim(a))))
    weights = np.broadcast_to(weights, np.shape(a))
    total = np.sum(weights, axis=axis, keepdims=keepdims)
    mean = np.divide(np.sum(np.multiply(a, weights), axis=axis, keepdims=keepdims), total)
    return (mean, total) if returned else mean


@answers(np.cov)
def cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: float | None = None) -> Any:
    """Compute the covariances of variables, one a row (one a column with rowvar=False)."""
    x = np.atleast_2d(np.multiply(m, np.float64(1)))
    if not rowvar and np.shape(x)[0] != 1:
        x = np.transpose(x)
    if y is not None:
        other = np.atleast_2d(y)
        x = np.concatenate([x, other if rowvar or np.shape(other)[0] == 1 else np.transpose(other)], axis=0)
    n = np.shape(x)[1] - ((0 if bias else 1) if ddof is None else ddof)
    deviation = np.subtract(x, np.mean(x, axis=1, keepdims=True))
    return np.squeeze(np.divide(np.matmul(deviation, np.transpose(deviation)), n))


@answers(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    """Compute the correlations of variables: their covariances over their standard deviations."""
    return statistics.correlations(np.cov(x, y, rowvar))


@answers(np.bincount)
def bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    """Count each number from 0 on, or add up its weights."""
    places = np.asarray(getattr(x, "array", x))
    size = max(minlength, int(places.max(initial=-1)) + 1)
    return np.bincount(places, minlength=size) if weights is None else ops.put(weights, index=places, shape=(size,))


@answers(np.sort)
def sort(a: Any, axis: int | None = -1, kind: str | None = None) -> Any:
    """Sort along an axis, or the flattened array. Equal elements keep their order, whatever the kind."""
    return sorting.sort(np.ravel(a) if axis is None else a, 0 if axis is None else axis).values


@answers(np.partition)
def partition(a: Any, kth: int, axis: int | None = -1) -> Any:
    """Put the kth element where it would be in sorted order, smaller ones before it."""
    a, axis = (np.ravel(a), 0) if axis is None else (a, axis)
    return np.take_along_axis(a, np.argpartition(a, kth, axis=axis), axis=axis)


@answers(np.quantile)
def quantile(a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False) -> Any:
    """Find the value below which a share q of the elements lies."""
    a = a if a.dtype.kind == "f" else a.astype(float)
    if not isinstance(axis, tuple):
        return sorting.quantile(a, q, axis, keepdims, interpolation=method)
    axes = [i % a.ndim for i in axis]
    kept = tuple(1 if i in axes else size for i, size in enumerate(a.shape))
    last = np.moveaxis(a, axes, [*range(-len(axes), 0)])
    value = sorting.quantile(np.reshape(last, (*last.shape[: -len(axes)], -1)), q, -1, interpolation=method)
    return np.reshape(value, np.shape(q) + kept) if keepdims else value


@answers(np.percentile)
def percentile(a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False) -> Any:
    """Find the value below which q percent of the elements lie."""
    return quantile(a, np.divide(q, 100), axis, method=method, keepdims=keepdims)


@answers(np.median)
def median(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Take the middle value, the mean of two for an even number."""
    return quantile(a, 0.5, axis, keepdims=keepdims)


# What leaves NaN out


def filled(function: Callable[..., Any], value: float) -> Callable[..., Any]:
    """Return what calls `function` with a number in the place of every NaN."""

    def without_nan(a: Any, *args: Any, **kwargs: Any) -> Any:
        return function(np.where(np.isnan(a), value, a), *args, **kwargs)

    return without_nan


def _or_nan(function: Callable[..., Any], value: float) -> Callable[..., Any]:
    """Return what `filled` does, and NaN where there is nothing but NaN."""

    def without_nan(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
        extreme = filled(function, value)(a, axis=axis, keepdims=keepdims)
        return np.where(np.all(np.isnan(a), axis=axis, keepdims=keepdims), np.nan, extreme)

    return without_nan


NUMPY.update(
    {
        np.amax: NUMPY[np.max],
        np.amin: NUMPY[np.min],
        np.nansum: filled(np.sum, 0),
        np.nanprod: filled(np.prod, 1),
        np.nancumsum: filled(np.cumsum, 0),
        np.nancumprod: filled(np.cumprod, 1),
        np.nanmax: _or_nan(np.max, -np.inf),
        np.nanmin: _or_nan(np.min, np.inf),
    }
)


@answers(np.nanmean)
def nanmean(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Average what is not NaN."""
    count = np.sum(np.logical_not(np.isnan(a)), axis=axis, keepdims=keepdims).astype(a.dtype)
    return np.divide(np.nansum(a, axis=axis, keepdims=keepdims), count)


@answers(np.nanvar)
def nanvar(a: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    """Compute the variance of what is not NaN."""
    count = np.sum(np.logical_not(np.isnan(a)), axis=axis, keepdims=keepdims).astype(a.dtype)
    mean = np.nanmean(a, axis=axis, keepdims=True)
    deviation = np.subtract(np.where(np.isnan(a), mean, a), mean)
    return np.divide(np.sum(np.square(deviation), axis=axis, keepdims=keepdims), np.subtract(count, ddof))


@answers(np.nanstd)
def nanstd(a: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    """Compute the standard deviation of what is not NaN."""
    return reduction.root(np.nanvar(a, axis=axis, ddof=ddof, keepdims=keepdims))


@answers(np.nanquantile)
def nanquantile(a: Any, q: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
    """Find the value below which a share q of the elements that are not NaN lies."""
    if axis is None:
        value = quantile(a[np.logical_not(np.isnan(a))], q)
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


# Ufuncs as reductions: np.add.reduce(t), np.multiply.outer(a, b)

REDUCTIONS: dict[np.ufunc, Any] = {
    np.add: np.sum,
    np.logical_and: np.all,
    np.logical_or: np.any,
    np.maximum: np.max,
    np.minimum: np.min,
    np.multiply: np.prod,
}


def reduce(function: Callable[..., Any], array: Any, axis: Any = 0, *, keepdims: bool = False) -> Any:
    """Reduce along the first axis, unless told otherwise."""
    return function(array, axis=axis, keepdims=keepdims)


def outer(ufunc: np.ufunc, a: Any, b: Any) -> Any:
    """Combine each element of a with each of b."""
    return ufunc(np.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b)


for ufunc, function in REDUCTIONS.items():
    NUMPY[ufunc.reduce] = functools.partial(reduce, function)
for ufunc in (np.add, np.divide, np.maximum, np.minimum, np.multiply, np.power, np.subtract):
    NUMPY[ufunc.outer] = functools.partial(outer, ufunc)
NUMPY[np.logaddexp.reduce] = lambda array, axis=0: ops.logsumexp(array, axis=axis)
NUMPY[np.add.accumulate] = lambda array, axis=0: np.cumsum(array, axis=axis)
NUMPY[np.multiply.accumulate] = lambda array, axis=0: np.cumprod(array, axis=axis)
