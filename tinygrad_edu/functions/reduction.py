"""Reductions: sum, mean and so on over all dimensions, or over `dim` (a number or several)."""

from __future__ import annotations

from typing import Any, NamedTuple

from tinygrad_edu import ops
from tinygrad_edu.functions.naming import as_axis, numpy_names

__all__ = [
    "all", "amax", "amin", "any", "argmax", "argmin", "cumprod", "cumsum", "log_softmax", "logcumsumexp", "logsumexp",
    "max", "mean", "min", "prod", "softmax", "std", "sum", "var",
]  # fmt: skip


class ValuesAndIndices(NamedTuple):
    """What `max` and `min` along a dimension return: the extreme values, and where they stand."""

    values: Any
    indices: Any


def _as(input: Any, dtype: Any) -> Any:
    """Convert the input of a reduction that is asked for a dtype."""
    return input if dtype is None else ops.astype(input, dtype=dtype)


@numpy_names
def sum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """Add up the elements (as `dtype`, if given): y = Σ input."""
    return ops.sum(_as(input, dtype), axis=as_axis(dim), keepdims=keepdim)


@numpy_names
def mean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """Average the elements (as `dtype`, if given): y = Σ input / n.

    Raises:
        TypeError: the input is made of integers, whose mean is none (as in PyTorch).
    """
    input = _as(input, dtype)
    if input.dtype.kind != "f":
        raise TypeError(
            f"mean: expected floats, got {input.dtype}; convert them first: t.float().mean(), or t.mean(dtype=...)"
        )
    return ops.mean(input, axis=as_axis(dim), keepdims=keepdim)


@numpy_names
def var(
    input: Any,
    dim: Any = None,
    unbiased: bool = True,
    keepdim: bool = False,
    *,
    correction: float | None = None,
    ddof: float | None = None,
) -> Any:
    """Compute the variance, Σ (input - mean)² / (n - correction); NaN for one element, as in PyTorch.

    The correction is 1, or 0 with unbiased=False, as older programs write it: `x.var(0, False)`, `x.var(False)`.
    NumPy's name for it is `ddof`.
    """
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    given = next((number for number in (correction, ddof) if number is not None), float(unbiased))
    return ops.var(input, axis=as_axis(dim), ddof=given, keepdims=keepdim)


@numpy_names
def std(
    input: Any,
    dim: Any = None,
    unbiased: bool = True,
    keepdim: bool = False,
    *,
    correction: float | None = None,
    ddof: float | None = None,
) -> Any:
    """Compute the standard deviation, the root of `var`. Its gradient is 0 where all values are equal."""
    return root(var(input, dim, unbiased, keepdim, correction=correction, ddof=ddof))


def root(variance: Any) -> Any:
    """Take the square root, whose slope counts as 0 at 0."""
    flat = ops.eq(variance, 0)
    return ops.where(flat, 0.0, ops.sqrt(ops.where(flat, 1.0, variance)))


@numpy_names
def prod(input: Any, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """Multiply the elements (as `dtype`, if given): y = Π input. Zeros among them do the gradient no harm."""
    return ops.prod(_as(input, dtype), axis=dim, keepdims=keepdim)


@numpy_names
def cumsum(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """Add up along `dim` (as `dtype`, if given): yᵢ = x₀ + … + xᵢ."""
    return ops.cumsum(_as(input, dtype), axis=dim)


@numpy_names
def cumprod(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """Multiply up along `dim` (as `dtype`, if given): yᵢ = x₀ … xᵢ."""
    return ops.cumprod(_as(input, dtype), axis=dim)


@numpy_names
def logcumsumexp(input: Any, dim: int) -> Any:
    """Compute the logarithm of the running sum of exp along `dim`, without overflow."""
    return ops.logcumsumexp(input, axis=dim)


@numpy_names
def amax(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Take the largest element. Equal ones share the gradient evenly."""
    return ops.max(input, axis=as_axis(dim), keepdims=keepdim)


@numpy_names
def amin(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Take the smallest element. Equal ones share the gradient evenly."""
    return ops.min(input, axis=as_axis(dim), keepdims=keepdim)


@numpy_names
def max(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Take the largest element of all; with `dim`, a pair (values, indices) along it; with a tensor, `maximum`.

    Over all elements, equal ones share the gradient evenly; along a dimension the first takes all.
    """
    return _extreme(input, dim, keepdim, ops.max, ops.argmax, ops.maximum)


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
    indices = position(input, axis=dim, keepdims=True)
    values = ops.take_along_axis(input, indices, axis=dim)
    if not keepdim:
        values, indices = ops.squeeze(values, axis=dim), ops.squeeze(indices, axis=dim)
    return ValuesAndIndices(values, indices)


@numpy_names
def argmax(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """Find the position of the first largest element, in the flattened input or along `dim`."""
    return ops.argmax(input, axis=dim, keepdims=keepdim)


@numpy_names
def argmin(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """Find the position of the first smallest element, in the flattened input or along `dim`."""
    return ops.argmin(input, axis=dim, keepdims=keepdim)


@numpy_names
def any(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Tell whether any element is true (not 0)."""
    return ops.any(input, axis=as_axis(dim), keepdims=keepdim)


@numpy_names
def all(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Tell whether all elements are true (not 0)."""
    return ops.all(input, axis=as_axis(dim), keepdims=keepdim)


@numpy_names
def logsumexp(input: Any, dim: Any, keepdim: bool = False) -> Any:
    """Compute log Σ exp(input) without overflow."""
    return ops.logsumexp(input, axis=as_axis(dim), keepdims=keepdim)


@numpy_names
def softmax(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """Turn scores (as `dtype`, if given) into probabilities along `dim`: exp(input) / Σ exp(input)."""
    return ops.softmax(_as(input, dtype), axis=dim)


@numpy_names
def log_softmax(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """Compute the logarithm of `softmax`, precise where the probabilities are tiny."""
    return ops.log_softmax(_as(input, dtype), axis=dim)
