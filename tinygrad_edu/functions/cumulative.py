"""Along a dimension, from each element to the next: running sums, products and extremes, and differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.dtypes import array_of
from tinygrad_edu.engine.op import NUMPY, Op
from tinygrad_edu.functions.arguments import along, counted, numbers_as_rows, numpy_names
from tinygrad_edu.functions.numpy_protocol import answers
from tinygrad_edu.functions.reduction import ValuesAndIndices, as_dtype, picked

if TYPE_CHECKING:
    from tinygrad_edu.tensors.tensor import Tensor

__all__ = ["cummax", "cummin", "cumprod", "cumsum", "diff", "logcumsumexp"]


@numpy_names
def cumsum(input: Any, dim: int, *, dtype: Any = None) -> Tensor:
    """Add up along `dim` (as `dtype`, if given): yᵢ = x₀ + … + xᵢ."""
    return as_dtype(ops.cumsum(as_dtype(input, dtype), axis=dim), dtype)


@numpy_names
def cumprod(input: Any, dim: int, *, dtype: Any = None) -> Tensor:
    """Multiply up along `dim` (as `dtype`, if given): yᵢ = x₀ … xᵢ."""
    return as_dtype(ops.cumprod(as_dtype(input, dtype), axis=dim), dtype)


@numpy_names
def logcumsumexp(input: Any, dim: int) -> Tensor:
    """Compute the logarithm of the running sum of exp along `dim`, without overflow."""
    return ops.logcumsumexp(input, axis=dim)


@numpy_names
@numbers_as_rows
def cummax(input: Any, dim: int) -> ValuesAndIndices:
    """Find the largest element so far along `dim`, the last of equals or NaNs: a pair (values, indices)."""
    return _running(input, dim, np.maximum)


@numpy_names
@numbers_as_rows
def cummin(input: Any, dim: int) -> ValuesAndIndices:
    """Find the smallest element so far along `dim`, the last of equals or NaNs: a pair (values, indices)."""
    return _running(input, dim, np.minimum)


def _running(input: Any, dim: int, extreme: np.ufunc) -> ValuesAndIndices:
    array = array_of(input)
    others = tuple(i for i in range(array.ndim) if i != counted(dim, array.ndim))
    place = np.expand_dims(np.arange(array.shape[dim]), others)
    is_new = (array == extreme.accumulate(array, axis=dim)) | np.isnan(array)
    return picked(input, np.maximum.accumulate(np.where(is_new, place, 0), axis=dim), dim)


@numpy_names
def diff(input: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Tensor:
    """Subtract from each element the one before it along `dim`, n times; `prepend` and `append` are joined on first.

    Of bools, it tells where two neighbours differ.
    """
    if n < 0:
        raise ValueError(f"diff: expected n to be 0 or more, got {n}")
    if n == 0:
        return input
    minus = ops.ne if input.dtype.kind == "b" else ops.sub
    parts = [part for part in (prepend, input, append) if part is not None]
    y = ops.concatenate(*parts, axis=dim) if len(parts) > 1 else input
    later, earlier = along(y, dim, slice(1, None)), along(y, dim, slice(None, -1))
    for _ in range(n):
        y = minus(ops.getitem(y, index=later), ops.getitem(y, index=earlier))
    return y


# NumPy's


def _or_flat(running: Op) -> Callable[..., Any]:
    """Return what runs along an axis or, without one, over the flattened array."""
    return lambda a, axis=None: running(np.ravel(a), axis=0) if axis is None else running(a, axis=axis)


@answers(np.diff)
def numpy_diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Subtract from each element the one before, n times; first, elements may be added at the ends."""
    parts = [np.asarray(x) if isinstance(x, int | float) else x for x in (prepend, a, append) if x is not None]
    like = tuple(1 if i == axis % np.ndim(a) else size for i, size in enumerate(np.shape(a)))
    if len(parts) > 1:
        a = np.concatenate([x if np.ndim(x) else np.broadcast_to(x, like) for x in parts], axis=axis)
    return diff(a, n, axis)


NUMPY[np.cumprod] = NUMPY[np.cumulative_prod] = _or_flat(ops.cumprod)
NUMPY[np.cumsum] = NUMPY[np.cumulative_sum] = _or_flat(ops.cumsum)
NUMPY[np.ediff1d] = lambda ary: np.diff(np.ravel(ary))
