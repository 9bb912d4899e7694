"""Reading and writing by index: one or several positions along a dimension, masks, an index for each place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu import ops
from tinygrad_edu.engine.op import NUMPY
from tinygrad_edu.functions.arguments import along, numbers_as_rows, numpy_names, plain_index
from tinygrad_edu.functions.comparison import only_bools
from tinygrad_edu.functions.numpy_protocol import answers
from tinygrad_edu.functions.shape import ravel

__all__ = [
    "gather", "index_add", "index_copy", "index_fill", "index_put", "index_select", "masked_fill", "masked_scatter",
    "masked_select", "narrow", "scatter", "scatter_add", "select", "take", "take_along_dim",
]  # fmt: skip


def getitem(input: Any, index: Any) -> Any:
    """Read the elements at `index`: numbers, slices, lists, masks, tensors, as in NumPy."""
    return ops.getitem(input, index=plain_index(index))


def narrow(input: Any, dim: int, start: Any, length: int) -> Any:
    """Read `length` slices along `dim`, from `start` on, which counts from the end if it is negative."""
    if hasattr(start, "dtype") and (np.ndim(start) or start.dtype.kind not in "iu"):
        raise TypeError(f"narrow: expected a whole number as start, got shape {tuple(start.shape)} {start.dtype}")
    start = int(start) + (input.shape[dim] if start < 0 else 0)
    if not 0 <= start <= start + length <= input.shape[dim]:
        raise IndexError(
            f"narrow: expected a part of dimension {dim}, of size {input.shape[dim]}; got {start} to {start + length}"
        )
    return ops.getitem(input, index=along(input, dim, slice(start, start + length)))


@numpy_names
def select(input: Any, dim: int, index: int) -> Any:
    """Read the slice at one index along `dim`, and remove that dimension."""
    return ops.getitem(input, index=along(input, dim, index))


def take(input: Any, index: Any) -> Any:
    """Read elements of the flattened input."""
    return ops.getitem(ravel(input), index=plain_index(index))


def _places(index: Any, dim: int) -> tuple[Any, ...]:
    """Write the index of gather and scatter out for plain indexing: its own coordinate along every other dimension."""
    array = plain_index(index)
    places = list(np.ogrid[tuple(slice(size) for size in array.shape)])
    places[dim] = array
    return tuple(places)


def gather(input: Any, dim: int, index: Any) -> Any:
    """Read along `dim` at an index of its own for each place: yᵢⱼ = input[indexᵢⱼ, j] for dim 0.

    `index` may be smaller than the input in the other dimensions. One with no elements may have any dimensions.
    """
    if not input.ndim:
        return ops.getitem(ops.reshape(input, shape=(1,)), index=plain_index(index))
    if not np.size(index):
        return ops.getitem(ops.reshape(input, shape=(-1,)), index=plain_index(index).astype(np.int64))
    if np.ndim(index) != input.ndim:
        raise IndexError(
            f"gather: expected an index of as many dimensions as the input's shape {tuple(input.shape)}, got shape "
            f"{tuple(np.shape(index))}; index.unsqueeze(dim) gives it one more"
        )
    return ops.getitem(input, index=_places(index, dim))


@numbers_as_rows
def scatter(input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None) -> Any:
    """Write `src`, a tensor or a number, along `dim` at an index of its own for each place. The reverse of gather.

    A number may be given as `value` instead.
    """
    if (src is None) == (value is None):
        raise TypeError("scatter: expected either src or value=, the numbers to write, not both")
    return ops.setitem(input, _cut(src, index) if value is None else value, index=_places(index, dim))


@numbers_as_rows
def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Any:
    """Add `src` along `dim` at an index of its own for each place; where indices repeat, all are added."""
    return input + ops.put(_cut(src, index), index=_places(index, dim), shape=tuple(input.shape))


def _cut(src: Any, index: Any) -> Any:
    """Take the part of `src` that is as large as `index`."""
    if not hasattr(src, "shape"):
        return src
    return ops.getitem(src, index=tuple(slice(size) for size in index.shape))


@numbers_as_rows
def index_select(input: Any, dim: int, index: Any) -> Any:
    """Read whole slices along `dim`: input[index] for dim 0."""
    return ops.getitem(input, index=along(input, dim, index))


@numbers_as_rows
def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: float = 1) -> Any:
    """Add whole slices along `dim` at `index`; where indices repeat, all are added."""
    added = ops.put(source, index=along(input, dim, index), shape=tuple(input.shape))
    return input + (added if alpha == 1 else added * alpha)


@numbers_as_rows
def index_copy(input: Any, dim: int, index: Any, source: Any) -> Any:
    """Write whole slices along `dim` at `index`."""
    return ops.setitem(input, source, index=along(input, dim, index))


@numbers_as_rows
def index_fill(input: Any, dim: int, index: Any, value: Any) -> Any:
    """Write one number into whole slices along `dim` at `index`."""
    return ops.setitem(input, value, index=along(input, dim, index))


def index_put(input: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """Write `values` at input[indices], or add them there with `accumulate`."""
    index = plain_index(tuple(indices))
    if accumulate:
        shape = np.empty(input.shape, bool)[index].shape
        return input + ops.put(ops.broadcast_to(values, shape=shape), index=index, shape=tuple(input.shape))
    return ops.setitem(input, values, index=index)


def masked_select(input: Any, mask: Any) -> Any:
    """Read the elements where `mask` holds, as a row."""
    shape = np.broadcast_shapes(input.shape, mask.shape)
    wide = np.broadcast_to(plain_index(mask), shape)
    return ops.getitem(ops.broadcast_to(input, shape=shape), index=wide)


def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """Replace the elements where `mask` holds by one value."""
    only_bools("masked_fill", "mask", mask)
    return ops.where(mask, value, input)


def masked_scatter(input: Any, mask: Any, source: Any) -> Any:
    """Write the first elements of `source` one after the other where `mask` holds."""
    shape = np.broadcast_shapes(np.shape(input), np.shape(mask))
    input, wide = ops.broadcast_to(input, shape=shape), np.broadcast_to(plain_index(mask), shape)
    row = ops.reshape(source, shape=(-1,))
    return ops.setitem(input, ops.getitem(row, index=slice(np.count_nonzero(wide))), index=wide)


def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Any:
    """Read along `dim` at the index that `indices` has for each place; the other dimensions broadcast.

    Without `dim`, both are flattened first.
    """
    if dim is None:
        input, indices, dim = ops.reshape(input, shape=(-1,)), ops.reshape(indices, shape=(-1,)), 0
    return ops.take_along_axis(input, indices, axis=dim)


# NumPy's


@answers(np.take)
def numpy_take(a: Any, indices: Any, axis: int | None = None) -> Any:
    """Read at `indices` along an axis, or in the flattened array."""
    a, axis = (a, axis) if axis is not None else (np.reshape(a, (-1,)), 0)
    return ops.getitem(a, index=along(a, axis, indices))


@answers(np.compress)
def compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    """Keep the slices for which a condition holds."""
    return numpy_take(a, np.flatnonzero(condition), axis)


@answers(np.extract)
def extract(condition: Any, arr: Any) -> Any:
    """Keep the elements for which a condition holds, as a row."""
    return numpy_take(arr, np.flatnonzero(condition))


def moved(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return what moves elements as `function` does: it is shown their numbers, and they are read in that order."""

    def move(a: Any, *args: Any, **kwargs: Any) -> Any:
        numbers = np.arange(np.size(a)).reshape(np.shape(a))
        order = function(numbers, *args, **kwargs)
        return [numpy_take(a, part) for part in order] if isinstance(order, list | tuple) else numpy_take(a, order)

    return move


for function in (np.delete, np.fliplr, np.flipud, np.resize, np.rollaxis, np.rot90):
    NUMPY[function] = moved(function)
