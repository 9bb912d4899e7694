"""Reductions: sum, mean and so on over all dimensions, or over `dim` (a number or several)."""

from __future__ import annotations

from typing import Any, NamedTuple

from tinygrad_edu import ops
from tinygrad_edu.functions.naming import as_axis, numpy_names

__all__ = [
    "all", "amax", "amin", "any", "argmax", "argmin", "cumprod", "cumsum", "log_softmax", "logcumsumexp",
    "logsumexp", "max", "mean", "min", "prod", "softmax", "std", "sum", "var",
]  # fmt: skip


class ValuesAndIndices(NamedTuple):
    """What `max` and `min` along a dimension return: the extreme values, and where they stand."""

    values: Any
    indices: Any


@numpy_names
def sum(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Add up the elements: y = Σ input."""
    return ops.sum(input, axis=as_axis(dim), keepdims=keepdim)


@numpy_names
def mean(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Average the elements: y = Σ input / n."""
    return ops.mean(input, axis=as_axis(dim), keepdims=keepdim)


@numpy_names
def var(input: Any, dim: Any = None, *, correction: float = 1, keepdim: bool = False) -> Any:
    """Compute the variance, Σ (input - mean)² / (n - correction); NaN for one element, as in PyTorch."""
    return ops.var(input, axis=as_axis(dim), ddof=correction, keepdims=keepdim)


@numpy_names
def std(input: Any, dim: Any = None, *, correction: float = 1, keepdim: bool = False) -> Any:
    """Compute the standard deviation, the root of `var`. Its gradient is 0 where all values are equal."""
    variance = var(input, dim, correction=correction, keepdim=keepdim)
    flat = ops.eq(variance, 0)
    return ops.where(flat, 0.0, ops.sqrt(ops.where(flat, 1.0, variance)))


@numpy_names
def prod(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """Multiply the elements: y = Π input. Zeros among them do the gradient no harm."""
    return ops.prod(input, axis=dim, keepdims=keepdim)


@numpy_names
def cumsum(input: Any, dim: int) -> Any:
    """Add up along `dim`: yᵢ = x₀ + … + xᵢ."""
    return ops.cumsum(input, axis=dim)


@numpy_names
def cumprod(input: Any, dim: int) -> Any:
    """Multiply up along `dim`: yᵢ = x₀ … xᵢ."""
    return ops.cumprod(input, axis=dim)


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
def softmax(input: Any, dim: int) -> Any:
    """Turn scores into probabilities along `dim`: exp(input) / Σ exp(input)."""
    return ops.softmax(input, axis=dim)


@numpy_names
def log_softmax(input: Any, dim: int) -> Any:
    """Compute the logarithm of `softmax`, precise where the probabilities are tiny."""
    return ops.log_softmax(input, axis=dim)
