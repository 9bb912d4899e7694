"""Reductions: sum, mean and so on over all dimensions, or over `dim` (a number or several)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.op import NUMPY
from tinygrad_edu.functions.arguments import as_axis, half_as_single, like, numbers_as_rows, numpy_names, shown_in_lines
from tinygrad_edu.functions.numpy_protocol import answers

if TYPE_CHECKING:
    from tinygrad_edu.tensors.tensor import Tensor

__all__ = [
    "all", "amax", "amin", "aminmax", "any", "argmax", "argmin", "count_nonzero", "log_softmax", "logsumexp", "max",
    "mean", "min", "prod", "softmax", "std", "std_mean", "sum", "var", "var_mean",
]  # fmt: skip


@shown_in_lines
class ValuesAndIndices(NamedTuple):
    """What `max` and `min` along a dimension return: the extreme values, and where they stand."""

    values: Tensor
    indices: Tensor


@shown_in_lines
class MinAndMax(NamedTuple):
    """What `aminmax` returns."""

    min: Tensor
    max: Tensor


def as_dtype(input: Any, dtype: Any) -> Any:
    """Convert the input, or the result, of a reduction that is asked for a dtype."""
    return input if dtype is None or input.dtype == dtype else ops.astype(input, dtype=dtype)


@numpy_names
def sum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Add up the elements (as `dtype`, if given): y = Σ input."""
    return as_dtype(ops.sum(as_dtype(input, dtype), axis=as_axis(dim), keepdims=keepdim), dtype)


@numpy_names
def mean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Average the elements (as `dtype`, if given): y = Σ input / n.

    Raises:
        TypeError: the input is made of integers, whose mean is none (as in PyTorch).
    """
    input = as_dtype(input, dtype)
    if input.dtype.kind != "f":
        raise TypeError(
            f"mean: expected floats, got {input.dtype}; convert them first: t.float().mean(), or t.mean(dtype=...)"
        )
    return ops.mean(input, axis=as_axis(dim), keepdims=keepdim)


@numpy_names
def prod(input: Any, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Multiply the elements (as `dtype`, if given): y = Π input. Zeros among them do the gradient no harm."""
    return as_dtype(ops.prod(as_dtype(input, dtype), axis=dim, keepdims=keepdim), dtype)


@numpy_names
@half_as_single
def var(
    input: Any,
    dim: Any = None,
    unbiased: bool = True,
    keepdim: bool = False,
    *,
    correction: float | None = None,
    ddof: float | None = None,
) -> Tensor:
    """Compute the variance, Σ (input - mean)² / (n - correction); NaN for one element, as in PyTorch.

    The correction is 1, or 0 with unbiased=False, as older programs write it: `x.var(0, False)`, `x.var(False)`.
    NumPy's name for it is `ddof`.
    """
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    given = next((number for number in (correction, ddof) if number is not None), float(unbiased))
    return ops.var(input, axis=as_axis(dim), ddof=given, keepdims=keepdim)


@numpy_names
@half_as_single
def std(
    input: Any,
    dim: Any = None,
    unbiased: bool = True,
    keepdim: bool = False,
    *,
    correction: float | None = None,
    ddof: float | None = None,
) -> Tensor:
    """Compute the standard deviation, the root of `var`. Its gradient is 0 where all values are equal."""
    return root(var(input, dim, unbiased, keepdim, correction=correction, ddof=ddof))


def root(variance: Any) -> Any:
    """Take the square root, whose slope counts as 0 at 0."""
    flat = ops.eq(variance, 0)
    return ops.where(flat, 0.0, ops.sqrt(ops.where(flat, 1.0, variance)))


@numpy_names
def var_mean(
    input: Any, dim: Any = None, unbiased: bool = True, keepdim: bool = False, *, correction: float | None = None
) -> tuple[Tensor, Tensor]:
    """Compute the variance and the mean. Parameters as for `var`."""
    spread = var(input, dim, unbiased, keepdim, correction=correction)
    return spread, mean(input, None if isinstance(dim, bool) else dim, keepdim)


@numpy_names
def std_mean(
    input: Any, dim: Any = None, unbiased: bool = True, keepdim: bool = False, *, correction: float | None = None
) -> tuple[Tensor, Tensor]:
    """Compute the standard deviation and the mean. Parameters as for `std`."""
    spread = std(input, dim, unbiased, keepdim, correction=correction)
    return spread, mean(input, None if isinstance(dim, bool) else dim, keepdim)


@numpy_names
def amax(input: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Take the largest element. Equal ones share the gradient evenly."""
    return ops.max(input, axis=as_axis(dim), keepdims=keepdim)


@numpy_names
def amin(input: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Take the smallest element. Equal ones share the gradient evenly."""
    return ops.min(input, axis=as_axis(dim), keepdims=keepdim)


@numpy_names
def aminmax(input: Any, *, dim: int | None = None, keepdim: bool = False) -> MinAndMax:
    """Find the smallest and the largest element: a pair (min, max)."""
    return MinAndMax(amin(input, dim, keepdim), amax(input, dim, keepdim))


@overload
def max(input: Any, dim: Tensor | None = None) -> Tensor: ...
@overload
def max(input: Any, dim: int, keepdim: bool = ...) -> ValuesAndIndices: ...
@numpy_names
def max(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Take the largest element of all; with `dim`, a pair (values, indices) along it; with a tensor, `maximum`.

    Over all elements, equal ones share the gradient evenly; along a dimension the first takes all.
    """
    return _extreme(input, dim, keepdim, ops.max, ops.argmax, ops.maximum)


@overload
def min(input: Any, dim: Tensor | None = None) -> Tensor: ...
@overload
def min(input: Any, dim: int, keepdim: bool = ...) -> ValuesAndIndices: ...
@numpy_names
def min(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Take the smallest element of all; with `dim`, a pair (values, indices) along it; with a tensor, `minimum`.

    Over all elements, equal ones share the gradient evenly; along a dimension the first takes all.
    """
    return _extreme(input, dim, keepdim, ops.min, ops.argmin, ops.minimum)


def _extreme(input: Any, dim: Any, keepdim: bool, over_all: Any, position: Any, of_two: Any) -> Any:
    if dim is None:
        return over_all(input)
    if hasattr(dim, "shape"):
        return of_two(input, dim)
    return _extreme_along(input, dim, keepdim, position)


@numbers_as_rows
def _extreme_along(input: Any, dim: int, keepdim: bool, position: Any) -> ValuesAndIndices:
    return picked(input, position(input, axis=dim, keepdims=True), dim, keepdim)


def picked(input: Any, indices: Any, dim: int, keepdim: bool = True) -> ValuesAndIndices:
    """Read the elements at `indices` along `dim`, and return both, without `dim` unless `keepdim`."""
    values = ops.take_along_axis(input, indices, axis=dim)
    if not hasattr(indices, "plain"):
        indices = like(input, indices)
    return ValuesAndIndices(*(x if keepdim else ops.squeeze(x, axis=dim) for x in (values, indices)))


@numpy_names
def argmax(input: Any, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Find the position of the first largest element, in the flattened input or along `dim`."""
    return ops.argmax(input, axis=dim, keepdims=keepdim)


@numpy_names
def argmin(input: Any, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Find the position of the first smallest element, in the flattened input or along `dim`."""
    return ops.argmin(input, axis=dim, keepdims=keepdim)


@numpy_names
def any(input: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Tell whether any element is true (not 0), with a bool; of bytes, as PyTorch, with a byte."""
    return as_dtype(ops.any(input, axis=as_axis(dim), keepdims=keepdim), _bytes_of(input))


@numpy_names
def all(input: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Tell whether all elements are true (not 0), with a bool; of bytes, as PyTorch, with a byte."""
    return as_dtype(ops.all(input, axis=as_axis(dim), keepdims=keepdim), _bytes_of(input))


def _bytes_of(input: Any) -> Any:
    return np.uint8 if input.dtype == np.uint8 else None


@answers(np.count_nonzero)
@numpy_names
def count_nonzero(input: Any, dim: Any = None) -> Tensor:
    """Count the elements that are not 0."""
    return ops.sum(ops.ne(input, 0), axis=tuple(dim) if isinstance(dim, list | tuple) else dim)


@numpy_names
def logsumexp(input: Any, dim: Any, keepdim: bool = False) -> Tensor:
    """Compute log Σ exp(input) without overflow."""
    return ops.logsumexp(input, axis=as_axis(dim), keepdims=keepdim)


@numpy_names
def softmax(input: Any, dim: int, *, dtype: Any = None) -> Tensor:
    """Turn scores (as `dtype`, if given) into probabilities along `dim`: exp(input) / Σ exp(input)."""
    return ops.softmax(as_dtype(input, dtype), axis=dim)


@numpy_names
def log_softmax(input: Any, dim: int, *, dtype: Any = None) -> Tensor:
    """Compute the logarithm of `softmax`, precise where the probabilities are tiny."""
    return ops.log_softmax(as_dtype(input, dtype), axis=dim)


# NumPy's


@answers(np.std)
def numpy_std(
    a: Any, axis: Any = None, *, ddof: float = 0, correction: float | None = None, keepdims: bool = False
) -> Any:
    """Compute the standard deviation, over n - ddof."""
    return root(np.var(a, axis, ddof=ddof if correction is None else correction, keepdims=keepdims))


REDUCTIONS: dict[np.ufunc, Any] = {
    np.add: np.sum,
    np.logical_and: np.all,
    np.logical_or: np.any,
    np.maximum: np.max,
    np.minimum: np.min,
    np.multiply: np.prod,
}


def reduce_first(function: Callable[..., Any], array: Any, axis: Any = 0, *, keepdims: bool = False) -> Any:
    """Reduce along the first axis, unless told otherwise."""
    return function(array, axis=axis, keepdims=keepdims)


def outer_of(ufunc: np.ufunc, a: Any, b: Any) -> Any:
    """Combine each element of a with each of b."""
    return ufunc(np.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b)


for ufunc, function in REDUCTIONS.items():
    NUMPY[ufunc.reduce] = functools.partial(reduce_first, function)
for ufunc in (np.add, np.divide, np.maximum, np.minimum, np.multiply, np.power, np.subtract):
    NUMPY[ufunc.outer] = functools.partial(outer_of, ufunc)
NUMPY.update(
    {
        np.add.accumulate: lambda array, axis=0: np.cumsum(array, axis=axis),
        np.amax: NUMPY[np.max],
        np.amin: NUMPY[np.min],
        np.logaddexp.reduce: lambda array, axis=0: ops.logsumexp(array, axis=axis),
        np.multiply.accumulate: lambda array, axis=0: np.cumprod(array, axis=axis),
        np.ptp: lambda a, axis=None, **keep: np.subtract(np.max(a, axis=axis, **keep), np.min(a, axis=axis, **keep)),
    }
)
