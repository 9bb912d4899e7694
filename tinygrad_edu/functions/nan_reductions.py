"""Reductions that leave NaN out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.op import NUMPY
from tinygrad_edu.functions.arguments import as_axis, numpy_names
from tinygrad_edu.functions.numpy_protocol import answers
from tinygrad_edu.functions.reduction import root, sum

if TYPE_CHECKING:
    from tinygrad_edu.tensors.tensor import Tensor

__all__ = ["nanmean", "nansum"]


@answers(np.nansum)
@numpy_names
def nansum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Add up the elements that are not NaN (as `dtype`, if given)."""
    return sum(ops.where(ops.isnan(input), 0, input), dim, keepdim, dtype=dtype)


@answers(np.nanmean)
@numpy_names
def nanmean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Average the elements that are not NaN (as `dtype`, if given)."""
    count = ops.sum(ops.logical_not(ops.isnan(input)), axis=as_axis(dim), keepdims=keepdim)
    return nansum(input, dim, keepdim, dtype=dtype) / count


@answers(np.nanvar)
def nanvar(a: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    """Compute the variance of what is not NaN."""
    count = np.sum(np.logical_not(np.isnan(a)), axis=axis, keepdims=keepdims).astype(a.dtype)
    mean = np.nanmean(a, axis=axis, keepdims=True)
    deviation = np.subtract(np.where(np.isnan(a), mean, a), mean)
    return np.divide(np.sum(np.square(deviation), axis=axis, keepdims=keepdims), np.subtract(count, ddof))


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
        np.nancumprod: filled(np.cumprod, 1),
        np.nancumsum: filled(np.cumsum, 0),
        np.nanmax: _or_nan(np.max, -np.inf),
        np.nanmin: _or_nan(np.min, np.inf),
        np.nanprod: filled(np.prod, 1),
        np.nanstd: lambda a, axis=None, **options: root(np.nanvar(a, axis=axis, **options)),
    }
)
